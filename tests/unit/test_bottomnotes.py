"""What a colleague wrote below the message that they forward is their note; what its author wrote there stays the author's."""

import pytest

from tests.unit.making import is_own, parsed
from triage.domain.message import Address, Authorship, Body
from triage.text.authorship import authorships

OFFICER = Address("r.hale@ashmere.example", "Ruth Hale")
DESK = Address("transport.desk@ashmere.example", "Transport Desk")
HEADER = "From: {0}\nSent: {1} March 2026 10:15\nTo: Ruth Hale <r.hale@ashmere.example>\nSubject: {2}\n\n"
FIRST = HEADER.format("Joan Whitlow <joan.whitlow@family.example>", "01", "Taxi") + "The taxi did not come. I want to complain.\n\nJoan"
SECOND = HEADER.format("Bob Fenn <bob.fenn@family.example>", "02", "Passes") + "When are the passes posted to my twins?\n\nBob"
WORDS = "The taxi did not come. I want to complain.\n\nJoan"


def _passed_on(text: str, sender: Address = OFFICER) -> list[Authorship]:
    return authorships(parsed(Body(plain=f"Please log.\n\n{text}"), sender=sender, subject="FW: Taxi"), is_own)


@pytest.mark.parametrize(
    ("note", "sender"),
    [
        ("- - -\nNote for complaints: this one is yours, I think. Ruth, Transport", OFFICER),
        ("---\nNote for feedback: not ours, the lead said\nto pass it over. Dot, Transport Desk", DESK),
        ("______________\nComment from RH: I have rung her. No letter yet please.", OFFICER),
        ("\nComment from Ruth Hale: I have rung her. No letter yet please.", OFFICER),
        ("\nRuth's note: known to us since May.", OFFICER),
        ("\nNote to complaints: she is at work until four.\n\nRuth Hale\nTransport Team", OFFICER),
        ("- - - - -\nShe is at work until four. Thanks, Ruth, Transport Team", OFFICER),
    ],
)
def test_a_note_below_a_forwarded_message_that_says_that_it_is_the_forwarders_is_no_text_of_the_author(note: str, sender: Address) -> None:
    (found,) = _passed_on(f"{FIRST}\n{note}", sender)
    assert found.text == WORDS
    assert note.strip("-_ \n")[:20] in found.note


@pytest.mark.parametrize(
    "note",
    [
        "\nComment from JW: the driver was rude, too.",
        "---\nNote for transport: he is ready at three. Thanks, Joan",
        "\nNote for you: I kept the tickets. Ruth told me to keep them.",
        "- - -\nRing after six. Joan",
        "---\nThe other driver was kind. Ruth",
        "\nNote to self was what he wrote on it: rude.",
    ],
)
def test_what_the_author_adds_below_their_name_stays_theirs(note: str) -> None:
    (found,) = _passed_on(f"{FIRST}\n{note}")
    assert found.text.startswith(WORDS)
    assert note.rsplit("\n", maxsplit=1)[-1] in found.text


@pytest.mark.parametrize(
    "heading", ["SECOND ONE:", "2)", "(2)", "And this one:", "Next:", "*Second email*:", "Email 2:", "--- The other one - ---"]
)
def test_a_heading_between_two_forwarded_messages_is_no_authors_text(heading: str) -> None:
    found = _passed_on(f"{FIRST}\n{heading}\n\n{SECOND}")
    assert [one.text for one in found] == [WORDS, "When are the passes posted to my twins?\n\nBob"]


@pytest.mark.parametrize("words", ["Next week then.", "I want two things:", "2", "This one is the worst:", "He is the second one"])
def test_a_last_line_of_the_author_above_another_message_is_no_heading(words: str) -> None:
    found = _passed_on(f"{FIRST}\n\n{words}\n\n{SECOND}")
    assert found[0].text == f"{WORDS}\n\n{words}"


def test_what_stands_above_the_councils_own_letter_is_no_heading_of_the_forwarder() -> None:
    letter = HEADER.format("Transport <t@ashmere.example>", "01", "Taxi") + "It will come."
    (found,) = _passed_on(f"{FIRST}\n\nAnd this one:\n\n{letter}")
    assert found.text == f"{WORDS}\n\nAnd this one:"


@pytest.mark.parametrize("note", ["", "See below."])
@pytest.mark.parametrize("sign", ["", "> "])
def test_a_forwarded_message_that_lost_its_header_is_kept_with_a_doubt(note: str, sign: str) -> None:
    below = "\n".join(f"{sign}{line}" for line in ["Hello, the taxi did not come and I want to complain.", "", "Thanks", "Joan Whitlow"])
    text = f"{note}\n\n-----Original Message-----\n\n{below}"
    (found,) = authorships(parsed(Body(plain=text), sender=OFFICER, subject="FW: Taxi"), is_own)
    assert (found.forwarded, found.forwarder, found.author) == (True, OFFICER.address, Address("", "Joan Whitlow"))
    assert found.text.startswith("Hello, the taxi did not come and I want to complain.")
    assert (found.note, found.subject, found.sent_at) == (note, "Taxi", None)
    assert "header of the forwarded message is missing" in found.doubt


def test_a_header_lost_two_forwards_deep_loses_no_words() -> None:
    middle = HEADER.format("Ann Lee <a.lee@ashmere.example>", "02", "FW: Taxi") + "One for you.\n\nAnn"
    (found,) = _passed_on(f"{middle}\n\n-----Original Message-----\n\nThe taxi did not come and nobody rang.")
    assert (found.text, found.author) == ("The taxi did not come and nobody rang.", Address())
    assert found.doubt


@pytest.mark.parametrize(("sender", "subject"), [(OFFICER, "RE: Taxi"), (Address("joan@family.example", "Joan Whitlow"), "FW: Taxi")])
def test_what_an_answer_or_a_family_quotes_without_a_header_is_context(sender: Address, subject: str) -> None:
    text = "It is on its way.\n\n-----Original Message-----\n\nThe taxi did not come."
    (found,) = authorships(parsed(Body(plain=text), sender=sender, subject=subject), is_own)
    assert (found.forwarded, found.text) == (False, "It is on its way.")
