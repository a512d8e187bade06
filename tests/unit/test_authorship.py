"""Whose words are these? Nobody becomes a party to a case by having passed a message on."""

import pytest

from tests.unit.making import NOON, is_own, parsed
from triage.domain.message import Address, Attachment, Body
from triage.text.authorship import authorship

OFFICER = Address("r.hale@ashmere.example", "Ruth Hale")
TEXT = "The taxi did not come."
INNER = parsed(Body(plain=TEXT))


def test_the_sender_is_the_author_of_mail_that_was_not_forwarded() -> None:
    letter = Attachment("letter.pdf", "application/pdf", 10, "d")
    message = parsed(Body(plain=TEXT), subject="School  taxi: Zoë", attachments=(letter,))
    found = authorship(message, TEXT, is_own)
    assert found.author == message.sender
    assert (found.subject, found.sent_at, found.text) == ("School  taxi: Zoë", NOON, TEXT)
    assert (found.forwarded, found.forwarder) == (False, None)
    assert found.attachments == (letter,)
    assert found.author_known


@pytest.mark.parametrize(
    "subject", ["Fw: School taxi", "FWD: School taxi", "fwd:taxi", " Fw : taxi", "WG: taxi", "TR: taxi", "Fw[2]: taxi"]
)
def test_what_a_colleague_forwarded_has_no_known_author_until_someone_has_read_who_it_is(subject: str) -> None:
    found = authorship(parsed(Body(plain=TEXT), sender=OFFICER, subject=subject), TEXT, is_own)
    assert found.forwarded
    assert found.forwarder == "r.hale@ashmere.example"
    assert not found.author_known
    assert found.author != OFFICER
    assert (found.subject, found.sent_at) == (None, None)
    assert found.text == TEXT


def test_a_message_that_a_colleague_attached_was_forwarded_whatever_its_subject() -> None:
    found = authorship(parsed(Body(plain="Please log."), sender=OFFICER, subject="One for you", nested=(INNER,)), TEXT, is_own)
    assert found.forwarded
    assert not found.author_known


@pytest.mark.parametrize("subject", ["Fw: School taxi", "School taxi"])
def test_a_member_of_the_public_who_passes_something_on_is_the_author(subject: str) -> None:
    found = authorship(parsed(Body(plain=TEXT), subject=subject, nested=(INNER,)), TEXT, is_own)
    assert not found.forwarded
    assert found.author.address == "joan.whitlow@family.example"


@pytest.mark.parametrize(
    "subject", ["A mum rang me today", "Re: School taxi", "Forward planning", "Fwd planning", "Travel: fw: x", "Trips"]
)
def test_a_colleagues_own_note_is_no_forward(subject: str) -> None:
    found = authorship(parsed(Body(plain=TEXT), sender=OFFICER, subject=subject), TEXT, is_own)
    assert not found.forwarded
    assert found.author == OFFICER


def test_a_look_alike_of_the_council_is_the_public() -> None:
    sender = Address("r.hale@ashmere.example.attacker.example", "Ruth Hale")
    assert not authorship(parsed(Body(plain=TEXT), sender=sender, subject="Fw: taxi"), TEXT, is_own).forwarded


def test_mail_without_a_sender_has_no_known_author() -> None:
    found = authorship(parsed(Body(plain=TEXT), sender=Address()), TEXT, is_own)
    assert not found.author_known
    assert not found.forwarded
