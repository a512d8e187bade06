"""What is nothing for the case store by its structure alone, and what must never be thrown away by a rule."""

import pytest

from tests.unit.making import classified, parsed, words
from triage.classify.rules import apply, decide
from triage.domain.labels import Kind, Role, Service
from triage.domain.message import Address, Attachment, Body, Structure

COMPLAINT = "The taxi did not come again, and nobody rang. " * 6
MACHINE = [Structure.BOUNCE, Structure.AUTO_REPLY, Structure.RECEIPT]


@pytest.mark.parametrize("structure", [*MACHINE, Structure.CALENDAR])
@pytest.mark.parametrize("internal", [True, False])
def test_what_a_machine_sent_is_none_without_a_person(structure: Structure, internal: bool) -> None:
    found = decide(parsed(Body(plain="Away."), structure=structure), words("Away."), internal)
    assert found is not None
    assert found[1]


@pytest.mark.parametrize("structure", MACHINE)
def test_an_automatic_reply_is_none_whatever_it_contains(structure: Structure) -> None:
    assert decide(parsed(structure=structure), words(COMPLAINT), False) is not None


def test_an_answer_to_an_invitation_that_says_much_goes_to_a_person() -> None:
    found = decide(parsed(structure=Structure.CALENDAR), words(COMPLAINT), False)
    assert found is not None
    assert not found[1]


def test_a_colleagues_long_invitation_needs_no_person() -> None:
    found = decide(parsed(structure=Structure.CALENDAR), words(COMPLAINT), True)
    assert found is not None
    assert found[1]


@pytest.mark.parametrize("structure", [Structure.ORDINARY, Structure.LIST])
def test_no_rule_decides_mail_with_words(structure: Structure) -> None:
    """Newsletters too: a family's mail may come by way of a list."""
    assert decide(parsed(Body(plain=COMPLAINT), structure=structure), words(COMPLAINT), False) is None


def test_an_empty_message_is_none() -> None:
    found = decide(parsed(subject=""), words(""), False)
    assert found is not None
    assert found[1]


def test_a_subject_alone_is_read() -> None:
    assert decide(parsed(subject="You lost our file AGAIN"), words(""), False) is None


def test_a_letter_attached_to_nothing_is_read() -> None:
    assert decide(parsed(subject="", attachments=(Attachment("letter.pdf", "application/pdf", 10, "d"),)), words(""), False) is None


def test_a_rule_gives_a_reason_without_a_word_of_the_mail() -> None:
    found = decide(parsed(structure=Structure.BOUNCE, sender=Address("x@family.example", "Joan")), words(COMPLAINT), False)
    assert found is not None
    assert found[0].endswith(".")
    assert [word for word in ("taxi", "joan", "@") if word in found[0].lower()] == []


def test_what_the_classifier_finds_to_be_nothing_too_needs_no_person() -> None:
    """A long answer to an invitation goes to a person; not where the classifier is sure of what the rule says."""
    rule = ("It is a calendar invitation or the answer to one.", False)
    assert apply(classified(Kind.NONE), rule).sure
    assert not apply(classified(Kind.COMPLAINT), rule).sure


@pytest.mark.parametrize("sure", [True, False])
def test_a_ruled_message_loses_the_labels_of_a_case_and_keeps_the_others(sure: bool) -> None:
    found = apply(classified(Kind.COMPLAINT, urgent=True, outside_scope=True), ("It is a read receipt.", sure))
    assert (found.labels.kind, found.labels.process, found.labels.themes, found.labels.outside_scope) == (Kind.NONE, None, (), False)
    assert (found.labels.role, found.labels.service) == (Role.PARENT_CARER, Service.TRANSPORT)
    assert found.labels.urgent, "urgency never depends on the kind"
    assert found.sure is sure
    assert found.decided_by == "rule, and model test"
    assert found.reasons == ("It is a read receipt.",)
    assert 0 <= found.confidence <= 1
