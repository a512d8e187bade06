"""Mail that somebody outside the council sends on: whose is it, the sender's or that of the person who wrote what lies below?"""

from dataclasses import replace

import pytest

from tests.unit.making import is_own, parsed
from triage.domain.message import Address, Authorship, Body
from triage.text.authorship import authorships
from triage.text.passed_on import Handing, handing_on, is_a_body, writes_for_residents

NOOR = Address("noor.ali@family.example", "Noor Ali")
NEIGHBOUR = Address("ted.marsh@postbag.example", "Ted Marsh")
CLUB = Address("hello@harbouryouthclub.example", "Harbour Youth Club")
SCHOOL = Address("office@hillview-primary.example", "Hill View Primary")
COUNCIL = Address("transport@ashmere.example", "Transport")
COUNCILLOR = Address("bev.lomas@postbag.example", "Bev Lomas")
TEXT = "The key worker has changed five times since May and nobody told us. I want to complain."


def _sent_on(note: str, sender: Address = NEIGHBOUR, author: Address = NOOR, subject: str = "Fwd: key worker") -> Authorship:
    below = (
        f"---------- Forwarded message ---------\nFrom: {author.name} <{author.address}>\nDate: Tue, 3 Mar 2026 at 10:15\n"
        f"Subject: key worker\nTo: {sender.name} <{sender.address}>\n\n{TEXT}"
    )
    (found,) = authorships(parsed(Body(plain=f"{note}\n\n{below}"), sender=sender, subject=subject), is_own)
    return found


LONG = " She lives two doors down and I have known the family for a good many years, they are quiet people who keep to themselves."


@pytest.mark.parametrize(
    "note",
    [
        "She hasn't got an email address of her own.",
        "Noor doesn't know where to send it.",
        "Sent on with her permission.",
        "At Noor's request.",
        "She has agreed to my passing this to you.",
        "Noor is happy for me to send it.",
        "This was addressed to our group by mistake.",
        "It came to us this morning.",
        "We received the below from a mother.",
        "I'm sending this for my neighbour.",
        "The committee resolved to forward it.",
        "I said I'd pass it along.",
        "Should have gone to you.",
        "Please reply to her directly.",
        "I'm worried about her, but she doesn't have your email so this is from one of our members.",
    ],
)
def test_a_note_that_says_so_only_passes_on(note: str) -> None:
    found = _sent_on(note + LONG)
    assert (found.author, found.forwarded, found.forwarder, found.text, found.doubt) == (NOOR, True, NEIGHBOUR.address, TEXT, "")
    assert note in found.note


@pytest.mark.parametrize(
    "note",
    [
        "I disagree with every word of this, and I am furious that she sent it to half the street.",
        "This is what she writes about me. All lies.",
        "We want an apology for how we were spoken to, see below.",
        "He sent me this with her permission and I'm not happy about it.",
        "I act for Ms Ali, who wrote the mail below. Please confirm your position by Friday.",
        "Our client's e-mail is enclosed.",
        "You told us that you had been sent this by mistake. You had not.",
        "We are still waiting for an answer to the mail below, sent at her request.",
    ],
)
@pytest.mark.parametrize("sender", [NEIGHBOUR, CLUB], ids=["private", "club"])
def test_who_speaks_for_themselves_and_encloses_something_is_the_author(note: str, sender: Address) -> None:
    found = _sent_on(note, sender)
    assert (found.author, found.forwarded) == (sender, False)
    assert TEXT not in found.text


def test_a_body_or_a_member_sends_on_without_saying_so() -> None:
    note = "Good evening, please find the mail of a parent who comes to us on Fridays, about her key worker."
    for sender, signed in ((SCHOOL, ""), (COUNCILLOR, "\n\nCllr Bev Lomas"), (COUNCILLOR, "\n\nBev Lomas, Clerk")):
        found = _sent_on(note + signed, sender)
        assert (found.author, found.forwarded, found.doubt) == (NOOR, True, "")


def test_a_body_that_writes_a_letter_of_its_own_is_the_author() -> None:
    letter = " ".join(["The club has run on Fridays since the spring and the room is let to us by the parish."] * 12)
    assert _sent_on(letter, SCHOOL).author == SCHOOL


@pytest.mark.parametrize("note", ["", "Please see below.", "Key worker, as discussed with your colleague."])
def test_hardly_a_word_between_private_people_is_a_forward_that_a_person_looks_at(note: str) -> None:
    found = _sent_on(note)
    assert (found.author, found.forwarded) == (NOOR, True)
    assert found.doubt


@pytest.mark.parametrize(
    "note",
    [
        "What does this mean?",
        "Another one from him.",
        "My son was there too.",
        "I e-mailed her by mistake, what now?",
        "Evidence 3 for stage 2",
        "Look what came today",
    ],
)
def test_a_short_note_on_a_matter_of_their_own_is_no_forward(note: str) -> None:
    assert not _sent_on(note).forwarded


@pytest.mark.parametrize("note", ["", "She asked me to send it to you.", "This came to us.", "Sent on with their permission."])
@pytest.mark.parametrize(
    "author",
    [SCHOOL, COUNCIL, Address("no-reply@messages.example", "Messages"), Address("d.orr@kestrel.example", "Deputy Head, Hill View School")],
    ids=["school", "council", "machine", "title"],
)
def test_a_family_that_passes_on_the_letter_of_a_body_is_the_author(note: str, author: Address) -> None:
    found = _sent_on(note, author=author)
    assert (found.author, found.forwarded) == (NEIGHBOUR, False)


def test_a_mail_from_ones_other_address_is_ones_own() -> None:
    assert not _sent_on("", author=Address("ted@work.example", "Mr Ted Marsh")).forwarded


def test_of_a_thread_below_the_councils_mail_is_not_the_authors() -> None:
    below = (
        "---------- Forwarded message ---------\nFrom: Noor Ali <noor.ali@family.example>\nDate: Tue, 3 Mar 2026 at 10:15\n"
        f"Subject: Re: key worker\nTo: Transport <transport@ashmere.example>\n\n{TEXT}\n\n"
        "On Mon, 2 Mar 2026 at 09:00, Transport <transport@ashmere.example> wrote:\n\n> We have noted it."
    )
    (found,) = authorships(parsed(Body(plain=f"At her request.\n\n{below}"), sender=NEIGHBOUR, subject="Fwd: key worker"), is_own)
    assert (found.author, found.text) == (NOOR, TEXT)


def test_without_a_mark_of_forwarding_the_sender_is_the_author() -> None:
    message = parsed(Body(plain="Sent on with her permission, the words of Noor."), sender=NEIGHBOUR, subject="key worker")
    assert authorships(replace(message), is_own)[0].author == NEIGHBOUR


@pytest.mark.parametrize(
    ("sender", "text", "is_so"),
    [
        (Address("clerk@upperwold.example", ""), "", True),
        (Address("ann.body.mp@postbag.example", ""), "", True),
        (Address("a@postbag.example", "Cllr Ann Body"), "", True),
        (Address("a@postbag.example", "Ann Body"), "Hello\n\nAnn Body, Youth Worker", True),
        (Address("ann.ward@postbag.example", "Ms Ann Ward"), "Hello\n\nAnn", False),
        (Address("a@postbag.example", "Ann Body"), "Headteacher's letter below", False),
        (Address("a@postbag.example", "Ann Body"), "The clerk told me to write.", False),
    ],
)
def test_who_writes_for_residents_is_known_by_name_mailbox_or_signature(sender: Address, text: str, is_so: bool) -> None:
    assert writes_for_residents(sender, text) is is_so


def test_a_body_is_known_by_its_name_and_a_person_called_church_is_none() -> None:
    assert is_a_body("Hill View Primary School")
    assert not is_a_body("Charlotte Church")


def test_what_a_body_wrote_is_passed_on_only_by_another_that_says_so() -> None:
    assert handing_on("They asked us to pass this to you.", for_others=True, by_a_private_person=False) is Handing.SAID
    assert handing_on("Please see below.", for_others=True, by_a_private_person=False) is Handing.NO


MEMBER = Address("bev.lomas@postbag.example", "Cllr Bev Lomas")


@pytest.mark.parametrize(
    "note",
    [
        "Our friend Noor is too nervous to write to you herself.",
        "One of our members e-mailed me this on Sunday night.",
        "Noor has no internet at the flat.",
        "She typed it at the library and sent it to me to pass along.",
        "I promised that I'd do that for Noor today.",
        "She said it's fine to send it.",
        "Please ring her, not me.",
    ],
)
def test_a_note_that_says_how_it_came_only_passes_on(note: str) -> None:
    found = _sent_on(note + LONG)
    assert (found.author, found.text, found.doubt) == (NOOR, TEXT, "")


def test_a_longer_note_that_says_nothing_against_it_is_a_forward_that_a_person_looks_at() -> None:
    found = _sent_on("I thought that you ought to have this." + LONG)
    assert (found.author, found.forwarded, found.text) == (NOOR, True, TEXT)
    assert "does not say why" in found.doubt


@pytest.mark.parametrize(
    "note",
    [
        "My ex wrote this.",
        "He sent me this on Sunday night.",
        "I am frightened of her.",
        "What am I supposed to do with this?",
        "Please keep it on my file.",
        "I got this on Monday.",
    ],
)
def test_what_somebody_wrote_to_them_and_they_show_is_no_forward(note: str) -> None:
    assert not _sent_on(note + LONG).forwarded


def test_a_member_may_ask_what_to_answer() -> None:
    for sender, author in ((MEMBER, NOOR), (NEIGHBOUR, NEIGHBOUR)):
        assert _sent_on("Several of these came. What am I to say?", sender).author == author


def test_a_covering_letter_of_a_members_office_is_no_letter_of_its_own() -> None:
    note = "Dear Sir\n\nThe Member has been contacted by her constituent, whose letter is enclosed.\n\nPat Orr\nOffice of Dee Marlow MP"
    found = _sent_on(note, Address("pat.orr@members.example", "ORR, Pat"))
    assert (found.author, found.doubt) == (NOOR, "")


@pytest.mark.parametrize(
    "note",
    [
        "My cousin wrote this to me and said I can send it to whoever looks\ninto these things.",
        "My brother typed it and he says it's fine to forward it to you.",
        "My sister-in-law hasn't got the energy to do this, so here it is.",
        "My aunt doesn't mind me sending this.",
        "My nan knows I am sending this.",
    ],
)
def test_a_relative_who_says_in_ordinary_words_that_it_may_be_sent_on_is_the_author(note: str) -> None:
    found = _sent_on(note)
    assert (found.author, found.forwarded, found.doubt) == (NOOR, True, "")


@pytest.mark.parametrize("note", ["My sister wrote this.", "The below is from my cousin."])
def test_a_relative_who_wrote_it_is_no_matter_of_the_senders_own_and_a_person_looks(note: str) -> None:
    found = _sent_on(note)
    assert (found.author, found.forwarded) == (NOOR, True)
    assert found.doubt


@pytest.mark.parametrize(
    "note",
    [
        "My sister has seen what is below.",
        "My ex wrote this and said I can show it to whoever I like.",
        "I haven't got the energy to complain. My son is in tears.",
        "My ex knows I'm sending this.",
        "My sister wrote this and I am furious.",
    ],
)
def test_a_relative_who_is_only_named_hands_nothing_on(note: str) -> None:
    assert not _sent_on(note).forwarded
