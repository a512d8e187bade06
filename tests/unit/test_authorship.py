"""Whose words are these? Nobody becomes a party to a case by having passed a message on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.making import NOON, is_own, parsed
from triage.domain.message import Address, Attachment, Authorship, Body, ParsedMessage, Structure
from triage.text.authorship import authorships

OFFICER = Address("r.hale@ashmere.example", "Ruth Hale")
MACHINE = Address("noreply@ashmere.example", "Ashmere Online")
JOAN = Address("joan.whitlow@family.example", "Joan Whitlow")
SAM = Address("sam@reid.example", "Sam Reid")
TEXT = "The taxi did not come again and nobody rang. I want to complain."
HEADER = "From: {0.name} <{0.address}>\nSent: 01 March 2026 10:15\nTo: Ruth Hale <r.hale@ashmere.example>\nSubject: {1}\n\n"
INNER = parsed(Body(plain=TEXT))


def _one(message: ParsedMessage) -> Authorship:
    (found,) = authorships(message, is_own)
    return found


def _forward(text: str, subject: str = "FW: School taxi", sender: Address = OFFICER, **rest: object) -> ParsedMessage:
    return replace(parsed(Body(plain=text), sender=sender, subject=subject), **rest)  # type: ignore[arg-type]


# Nothing was forwarded


def test_the_sender_is_the_author_of_mail_that_was_not_forwarded() -> None:
    letter = Attachment("letter.pdf", "application/pdf", 10, "d")
    message = parsed(Body(plain=TEXT), subject="School  taxi: Zoë", attachments=(letter,))
    found = _one(message)
    assert found.author == message.sender
    assert (found.subject, found.sent_at, found.text) == ("School  taxi: Zoë", NOON, TEXT)
    assert (found.forwarded, found.forwarder) == (False, None)
    assert found.attachments == (letter,)
    assert found.author_known
    assert found.party


@pytest.mark.parametrize("subject", ["Fw: School taxi", "School taxi"])
def test_a_member_of_the_public_who_passes_something_on_is_the_author(subject: str) -> None:
    found = _one(parsed(Body(plain="What does this mean?"), subject=subject, nested=(INNER,)))
    assert not found.forwarded
    assert found.author == JOAN


def test_a_family_that_forwards_the_councils_letter_with_a_question_is_the_author_of_the_question() -> None:
    letter = "From: Transport <t@ashmere.example>\nSent: 01 March 2026 10:15\nTo: Joan\nSubject: Your place\n\nYour place has been moved."
    found = _one(parsed(Body(plain=f"Why? She is three.\n\nJoan\n\n{letter}"), subject="Fw: Your place"))
    assert (found.author, found.text, found.subject) == (JOAN, "Why? She is three.\n\nJoan", "Fw: Your place")


SECOND = "And the other one. Mrs Hallett of 12 Quarry Lane asks which nurseries take the two-year-old money. Please answer us both."


@pytest.mark.parametrize("sender", [Address("t.barrow@ashmere.example", "Ted Barrow"), Address("casework@barrow.example", "Ted Barrow")])
def test_something_new_above_ones_own_earlier_mail_is_what_was_written(sender: Address) -> None:
    first = "Mr Okafor of 7 Quarry Lane has rung me about his daughter's speech therapy. Please reply to him."
    found = _one(parsed(Body(plain=f"{SECOND}\n\n{HEADER.format(sender, 'Casework')}{first}"), sender=sender, subject="Casework, second"))
    assert (found.author, found.text, found.subject, found.forwarded) == (sender, SECOND, "Casework, second", False)


def test_a_colleague_who_only_points_to_their_own_earlier_mail_means_that() -> None:
    first = "Mr Okafor of 7 Quarry Lane has rung me about his daughter's speech therapy. Please reply to him."
    found = _one(_forward(f"Any news on the below?\n\n{HEADER.format(OFFICER, 'Casework')}{first}", "Casework"))
    assert found.text == first


@pytest.mark.parametrize(
    "subject", ["A mum rang me today", "Re: School taxi", "Forward planning", "Fwd planning", "Travel: fw: x", "Trips"]
)
def test_a_colleagues_own_note_is_no_forward(subject: str) -> None:
    found = _one(parsed(Body(plain=TEXT), sender=OFFICER, subject=subject))
    assert not found.forwarded
    assert found.author == OFFICER
    assert not found.party


def test_a_colleague_who_answers_a_family_forwards_nothing_and_a_person_is_asked_to_look() -> None:
    answer = replace(
        parsed(Body(plain=f"Dear Joan, I am sorry.\n\n{HEADER.format(JOAN, 'taxi')}{TEXT}"), sender=OFFICER, subject="RE: taxi")
    )
    found = _one(answer)
    assert (found.forwarded, found.author, found.text) == (False, OFFICER, "Dear Joan, I am sorry.")
    assert found.doubt


def test_a_look_alike_of_the_council_is_the_public() -> None:
    sender = Address("r.hale@ashmere.example.attacker.example", "Ruth Hale")
    found = _one(parsed(Body(plain=TEXT), sender=sender, subject="Fw: taxi"))
    assert not found.forwarded
    assert found.party


def test_mail_without_a_sender_has_no_known_author() -> None:
    found = _one(parsed(Body(plain=TEXT), sender=Address()))
    assert not found.author_known
    assert not found.forwarded


def test_a_mail_that_seems_to_be_all_boilerplate_is_read_as_it_stands() -> None:
    assert _one(parsed(Body(plain="Sent from my phone"))).text == "Sent from my phone"


def test_a_mail_that_only_quotes_is_read_for_what_its_sender_wrote_before() -> None:
    found = _one(parsed(Body(plain=f"{HEADER.format(JOAN, 'taxi')}{TEXT}"), subject="Fw: taxi"))
    assert (found.author, found.text) == (JOAN, TEXT)


# Machines


def test_a_councils_form_is_written_by_whom_its_answer_goes_to() -> None:
    message = replace(parsed(Body(plain=f"Reference: 1\nWhat happened?\n{TEXT}"), sender=MACHINE, subject="New form"), reply_to=JOAN)
    found = _one(message)
    assert (found.author, found.forwarded, found.forwarder, found.party) == (JOAN, False, None, True)
    assert TEXT in found.text


def test_a_form_without_that_is_written_by_whom_its_fields_name() -> None:
    form = f"FEEDBACK FORM SUBMISSION\n=====\nFrom: Joan Whitlow\nEmail: joan.whitlow@family.example\nDate: 1 March 2026\nSubject: Taxi\n\nComments:\n{TEXT}"
    found = _one(parsed(Body(plain=form), sender=MACHINE, subject="Feedback form: Taxi"))
    assert (found.author, found.forwarded, found.subject) == (JOAN, False, "Feedback form: Taxi")
    assert TEXT in found.text


def test_a_form_that_names_nobody_is_the_machines_and_makes_nobody_a_party() -> None:
    found = _one(parsed(Body(plain=f"Form 1\n{TEXT}"), sender=MACHINE, subject="New form"))
    assert found.author == MACHINE
    assert not found.party


def test_a_form_that_a_colleague_forwards_is_the_familys() -> None:
    found = _one(
        _forward(f"For you\n\n{HEADER.format(MACHINE, 'Form').replace('Subject', f'Reply-To: {JOAN.address}{chr(10)}Subject')}{TEXT}")
    )
    assert (found.author.address, found.forwarded, found.party) == (JOAN.address, True, True)


def test_a_machines_report_is_read_whole() -> None:
    message = parsed(Body(plain="It could not be delivered."), structure=Structure.BOUNCE, nested=(INNER,))
    found = _one(message)
    assert found.text == f"It could not be delivered.\n\n{TEXT}"
    assert not found.party


def test_a_group_that_rewrites_the_sender_names_the_author() -> None:
    message = replace(parsed(Body(plain=TEXT), sender=Address("list@ashmere.example", "Parents via List")), original_sender=JOAN)
    assert _one(message).author == JOAN


# Forwarded


def test_the_author_of_a_forward_is_the_family_and_the_note_is_kept_apart() -> None:
    found = _one(_forward(f"Please log this. Ruth\n\n{HEADER.format(JOAN, 'School taxi')}{TEXT}\n\nJoan Whitlow"))
    assert (found.author, found.subject, found.text) == (JOAN, "School taxi", f"{TEXT}\n\nJoan Whitlow")
    assert (found.forwarded, found.forwarder, found.note, found.party) == (True, OFFICER.address, "Please log this. Ruth", True)
    assert found.sent_at is not None
    assert found.sent_at.date().isoformat() == "2026-03-01"


NO_ADDRESS = f"From: Joan Whitlow\nSent: 01 March 2026 10:15\nTo: Ruth Hale\nSubject: taxi\n\n{TEXT}"


def test_a_forward_without_an_address_has_an_author_by_name_and_says_so() -> None:
    found = _one(_forward(NO_ADDRESS))
    assert found.author == Address("", "Joan Whitlow")
    assert not found.author_known
    assert not found.party
    assert not found.doubt
    assert any("no address" in words and "name was taken" in words for words in found.evidence)


@pytest.mark.parametrize("text", [NO_ADDRESS, f"--- her email ---\n{NO_ADDRESS}"])
@pytest.mark.parametrize("subject", ["taxi", "complaint from a mum"])
def test_where_the_header_was_pasted_by_hand_a_person_looks(text: str, subject: str) -> None:
    found = _one(_forward(f"Copied and pasted:\n\n{text}", subject=subject))
    assert found.author == Address("", "Joan Whitlow")
    assert found.doubt


def test_a_name_that_a_colleagues_forwarded_note_relays_is_taken_without_a_doubt() -> None:
    colleague = Address("bob@ashmere.example", "Bob Cole")
    found = _one(_forward(f"For you\n\n{HEADER.format(colleague, 'call')}Mrs Quill rang me today. She was delighted with the taxi."))
    assert (found.author, found.doubt, found.party) == (Address("", "Mrs Quill"), "", False)
    assert any("name was taken" in words for words in found.evidence)


def test_the_deepest_member_of_the_public_is_the_author_whoever_passed_it_on() -> None:
    colleague = Address("bob@ashmere.example", "Bob Cole")
    found = _one(_forward(f"Please log.\n\n{HEADER.format(colleague, 'FW: taxi')}Yours?\n\n{HEADER.format(JOAN, 'taxi')}{TEXT}"))
    assert (found.author, found.text) == (JOAN, TEXT)


def test_of_a_thread_the_latest_message_of_the_family_counts() -> None:
    later = HEADER.format(JOAN, "RE: taxi").replace("01 March", "02 March")
    found = _one(
        _forward(
            f"Please log.\n\n{later}And again today.\n\n{HEADER.format(OFFICER, 'RE: taxi')}Sorry.\n\n{HEADER.format(JOAN, 'taxi')}{TEXT}"
        )
    )
    assert (found.author, found.text) == (JOAN, "And again today.")


def test_several_messages_in_one_mail_are_several_authorships() -> None:
    found = authorships(
        _forward(f"Both to log\n\n{HEADER.format(JOAN, 'Taxi')}{TEXT}\n\n{HEADER.format(SAM, 'Thank you')}Rita was lovely."), is_own
    )
    assert [(one.author, one.text) for one in found] == [(JOAN, TEXT), (SAM, "Rita was lovely.")]


def test_a_message_that_a_colleague_attached_was_forwarded_whatever_its_subject() -> None:
    found = _one(parsed(Body(plain="Please log."), sender=OFFICER, subject="One for you", nested=(INNER,)))
    assert (found.forwarded, found.author, found.text, found.note) == (True, JOAN, TEXT, "Please log.")


def test_a_note_below_the_forwarded_message_is_the_forwarders() -> None:
    note = "^^ for logging please, I have checked the diary.\n\nRuth Hale\nTeam Manager | Ashmere Council"
    found = _one(_forward(f"{HEADER.format(JOAN, 'taxi')}Dear Ruth Hale,\n\n{TEXT}\n\nJoan\n\n{note}"))
    assert found.text == f"Dear Ruth Hale,\n\n{TEXT}\n\nJoan"
    assert "checked the diary" in found.note


@pytest.mark.parametrize(
    "note",
    ["***\nNoted by R Hale: I have told the depot.", "=====\n\nThe depot has been rung. Ruth", "-----\nAdded by Ruth Hale, see diary"],
)
def test_a_short_note_behind_a_line_drawn_is_the_forwarders(note: str) -> None:
    found = _one(_forward(f"{HEADER.format(JOAN, 'taxi')}{TEXT}\n\nJoan\n\n{note}"))
    assert found.text == f"{TEXT}\n\nJoan"
    assert note.rsplit("\n", maxsplit=1)[-1] in found.note


@pytest.mark.parametrize(
    "rest",
    [
        "***\nNoted by the driver: no escort on board.",
        "=====\n\nPlease ring me before noon, Ruth",
        "=====\n\nI have rung the depot. Nobody knew. Joan",
        "***\nI have rung the depot twice. Ruth",
    ],
)
def test_what_the_family_writes_behind_a_line_drawn_is_theirs(rest: str) -> None:
    words = f"{TEXT}\n\nJoan\n\n{rest}"
    assert _one(_forward(f"{HEADER.format(JOAN, 'taxi')}{words}")).text == words


def test_what_the_family_writes_of_the_forwarder_is_theirs() -> None:
    words = f"{TEXT}\n\nJoan\n\nRuth Hale, your manager, was told twice and never rang back."
    assert _one(_forward(f"{HEADER.format(JOAN, 'taxi')}{words}")).text == words


def test_of_the_attachments_those_are_the_originals_that_its_header_names() -> None:
    files = tuple(Attachment(name, "application/pdf", 1, name) for name in ("offer.pdf", "logging form.docx"))
    header = HEADER.format(JOAN, "taxi").rstrip("\n") + "\nAttachments: offer.pdf\n\n"
    assert [one.name for one in _one(_forward(f"{header}{TEXT}", attachments=files)).attachments] == ["offer.pdf"]
    assert [one.name for one in _one(_forward(f"{HEADER.format(JOAN, 'taxi')}{TEXT}", attachments=files)).attachments] == [
        one.name for one in files
    ]


def test_what_was_redirected_is_the_senders_own() -> None:
    found = _one(replace(parsed(Body(plain=TEXT)), resent_from=OFFICER))
    assert (found.author, found.forwarded, found.forwarder) == (JOAN, True, OFFICER.address)
    assert found.evidence == ("A colleague redirected it; the author is the original sender.",)


def test_a_message_that_is_forwarded_inline_and_attached_is_one_in_its_attached_form() -> None:
    letter = Attachment("letter.pdf", "application/pdf", 10, "d")
    attached = parsed(Body(plain=f"{TEXT}\n\nJoan Whitlow"), attachments=(letter,))
    found = _one(_forward(f"Please log.\n\n{HEADER.format(JOAN, 'School taxi')}{TEXT}", nested=(attached,)))
    assert (found.author, found.sent_at, found.attachments, found.note) == (JOAN, NOON, (letter,), "Please log.")


def test_a_message_that_is_attached_twice_is_one() -> None:
    again = replace(INNER, bodies=(Body(plain=TEXT.replace(" ", "\n", 3)),))
    assert _one(_forward("Please log.", nested=(INNER, again))).text == TEXT


@pytest.mark.parametrize(
    "other",
    [
        parsed(Body(plain="The escort has left as well, and now she is at home.")),
        parsed(Body(plain=TEXT), sender=SAM),
        replace(parsed(Body(plain="The taxi did not come again.")), sent_at=NOON + timedelta(days=9)),
    ],
)
def test_two_messages_stay_two_where_words_author_or_the_day_of_a_short_one_differ(other: ParsedMessage) -> None:
    assert len(authorships(_forward("Please log.", nested=(INNER, other)), is_own)) == 2


def test_two_messages_that_say_only_that_something_is_attached_stay_two() -> None:
    first, second = (Attachment(f"{name}.pdf", "application/pdf", 10, name) for name in ("first", "second"))
    letters = tuple(parsed(Body(plain="Please see attached letter."), attachments=(file,)) for file in (first, second))
    assert len(authorships(_forward("Please log.", nested=letters), is_own)) == 2


def test_a_message_pasted_in_by_hand_is_its_authors() -> None:
    found = _one(
        _forward(f'Please log this from Joan Whitlow ({JOAN.address}), sent on 1 March 2026:\n\n"{TEXT}"\n\nRuth', subject="please log")
    )
    assert (found.author, found.text, found.forwarded) == (JOAN, TEXT, True)
    assert found.doubt


def test_somebody_outside_who_passes_on_anothers_words_as_asked_is_the_forwarder() -> None:
    message = _forward(f"She asked me to send you this.\n\n{HEADER.format(JOAN, 'taxi')}{TEXT}", "Fwd: taxi", sender=SAM)
    found = _one(message)
    assert (found.author, found.forwarded, found.forwarder) == (JOAN, True, SAM.address)


def test_somebody_outside_who_forwards_to_complain_of_it_is_the_author() -> None:
    message = _forward(f"Look what she writes about me, it is all lies.\n\n{HEADER.format(JOAN, 'taxi')}{TEXT}", "Fwd: taxi", sender=SAM)
    found = _one(message)
    assert (found.author, found.forwarded) == (SAM, False)


# A colleague's own note


def test_a_note_that_relays_what_somebody_said_has_their_name_and_no_address() -> None:
    found = _one(parsed(Body(plain="Mrs Quill rang me today. She was delighted with the new taxi."), sender=OFFICER, subject="for the log"))
    assert (found.forwarded, found.forwarder) == (False, OFFICER.address)
    assert found.author == Address("", "Mrs Quill")
    assert not found.party
    assert not found.doubt
    assert any("no address" in words.lower() and "name was taken" in words for words in found.evidence)


def test_only_so_much_of_a_text_is_looked_at() -> None:
    (found,) = authorships(parsed(Body(plain=f"{TEXT}\n" * 1000)), is_own, text_limit=200)
    assert len(found.text) <= 200


def test_a_message_introduced_in_prose_gives_its_day_hour_and_subject() -> None:
    text = (
        'Hello,\n\nJoan Whitlow (joan.whitlow@family.example) e-mailed me on 1 March 2026 at 07:15 with the subject "No taxi since 9 February" '
        'and she wrote:\n\n"The taxi did not come. The driver said "tough".\n\nI want to complain."\n\nI have told her that you will ring.\n\nRuth'
    )
    found = _one(parsed(Body(plain=text), sender=OFFICER, subject="Copied across"))
    assert (found.author, found.subject, found.forwarded) == (JOAN, "No taxi since 9 February", True)
    assert found.sent_at is not None
    assert found.sent_at.date().isoformat() == "2026-03-01"
    assert found.text == 'The taxi did not come. The driver said "tough".\n\nI want to complain.'
    assert "I have told her" in found.note
    assert found.doubt


def test_a_solicitors_lines_below_the_name_go() -> None:
    sender = Address("r.orr@orr-marlow.example", "Rosa Orr")
    letter = "We act for the parents.\n\nYours faithfully\nR. Orr\nPartner, Orr Marlow LLP\nService by email is not accepted."
    assert _one(parsed(Body(plain=letter), sender=sender)).text == "We act for the parents.\n\nYours faithfully\nR. Orr"
