"""Is it the same message? In several mailboxes or sent again it is one message; the same words of another family are not."""

from datetime import datetime, timedelta

import pytest

from tests.unit.making import JOAN, NOON, case, parsed, words
from triage.domain.case import CaseStatus, CaseView, KnownMessage
from triage.domain.message import Address, Attachment, Body, fingerprint
from triage.matching.same import find_same

LETTER = "The taxi did not come again this morning, and nobody rang. My son waited for an hour in the rain."
STRANGER = Address("d.marsh@other-family.example", "Dee Marsh")
NOBODY = Address()
LETTER_FILE = Attachment("letter.pdf", "application/pdf", 10, "digest of a letter")


def _known(
    text: str = LETTER,
    *,
    sender: Address = JOAN,
    message_id: str | None = "<1@family.example>",
    on: CaseView | None = None,
    sent: datetime | None = NOON,
) -> KnownMessage:
    return KnownMessage(1, message_id, sender.address, fingerprint(sender, NOBODY, "School taxi", text, ()), text, sent, NOON, on)


def _found(
    known: KnownMessage,
    text: str = LETTER,
    *,
    sender: Address = JOAN,
    message_id: str | None = "<2@family.example>",
    at: datetime = NOON + timedelta(hours=1),
) -> KnownMessage | None:
    message = parsed(Body(plain=text), sender=sender, message_id=message_id)
    return find_same(message, words(text, author=sender), fingerprint(sender, NOBODY, "School taxi", text, ()), at, [known])


def test_a_copy_in_another_mailbox_is_the_same_message() -> None:
    known = _known()
    assert _found(known, message_id="<1@family.example>") is known


def test_a_copy_that_got_a_note_on_its_way_that_was_not_taken_off_is_the_same_message() -> None:
    known = _known()
    assert _found(known, f"CAUTION: this came from outside the council.\n\n{LETTER}", message_id="<1@family.example>") is known
    assert _found(_known(f"{LETTER}\n\nScanned for viruses."), message_id="<1@family.example>") is not None


def test_a_web_form_that_repeats_its_message_id_sends_new_messages() -> None:
    assert _found(_known(), "My daughter has no school place, and the appeal was lost.", message_id="<1@family.example>") is None


@pytest.mark.parametrize("text", ["Yes please.", "", "ok"])
def test_a_few_words_within_another_message_of_that_id_are_not_the_same_message(text: str) -> None:
    assert _found(_known(f"{LETTER} Yes please. ok"), text, message_id="<1@family.example>") is None


def test_someone_else_with_the_same_message_id_sent_another_message() -> None:
    assert _found(_known(), sender=STRANGER, message_id="<1@family.example>") is None


@pytest.mark.parametrize("message_id", ["<2@family.example>", None])
def test_the_same_words_sent_again_are_the_same_message(message_id: str | None) -> None:
    known = _known()
    assert _found(known, message_id=message_id) is known


def test_the_same_words_are_the_same_whatever_their_white_space_and_case() -> None:
    known = _known()
    assert _found(known, LETTER.replace(" ", "\n ").upper()) is known


def test_the_same_words_of_another_family_are_another_message() -> None:
    """A campaign's letter: each household counts."""
    assert _found(_known(), sender=STRANGER) is None


def test_other_words_of_the_same_sender_are_another_message() -> None:
    assert _found(_known(), f"{LETTER} It happened again on Tuesday.") is None


@pytest.mark.parametrize(("days", "same"), [(89, True), (91, False)])
def test_a_letter_sent_again_within_ninety_days_is_the_same_message(days: int, same: bool) -> None:
    assert (_found(_known(), at=NOON + timedelta(days=days)) is not None) is same


@pytest.mark.parametrize(("hours", "same"), [(47, True), (49, False)])
def test_a_few_words_sent_again_say_something_new_after_two_days(hours: int, same: bool) -> None:
    assert (_found(_known("Any news?"), "Any news?", at=NOON + timedelta(hours=hours)) is not None) is same


def test_a_message_that_was_fetched_out_of_order_is_recognised() -> None:
    assert _found(_known(), at=NOON - timedelta(days=3)) is not None


def test_the_same_words_after_their_case_was_closed_are_a_new_message() -> None:
    assert _found(_known(on=case(status=CaseStatus.CLOSED))) is None


def test_the_same_words_while_their_case_is_open_are_the_same_message() -> None:
    assert _found(_known(on=case())) is not None


def test_mail_of_unknown_senders_is_never_taken_for_one_message_by_its_words() -> None:
    nobody = Address()
    assert _found(_known(sender=nobody, message_id=None), sender=nobody, message_id=None) is None


def test_the_first_that_fits_is_found_among_many() -> None:
    message = parsed(Body(plain=LETTER), message_id="<2@family.example>")
    known = [_known("Other words altogether."), _known(), _known(sender=STRANGER)]
    assert find_same(message, words(LETTER), fingerprint(JOAN, NOBODY, "School taxi", LETTER, ()), NOON, known) is known[1]


@pytest.mark.parametrize(
    ("sender", "subject", "text", "attachments"),
    [
        (STRANGER, "School taxi", LETTER, ()),
        (JOAN, "School place", LETTER, ()),
        (JOAN, "School taxi", LETTER + " Again.", ()),
        (JOAN, "School taxi", LETTER, (LETTER_FILE,)),
    ],
)
def test_a_fingerprint_tells_apart_what_differs(sender: Address, subject: str, text: str, attachments: tuple[Attachment, ...]) -> None:
    assert fingerprint(sender, NOBODY, subject, text, attachments) != fingerprint(JOAN, NOBODY, "School taxi", LETTER, ())


def test_a_fingerprint_does_not_depend_on_a_display_name_or_the_order_of_attachments() -> None:
    other = Attachment("photo.jpg", "image/jpeg", 10, "digest of a photo")
    one = fingerprint(JOAN, NOBODY, "School taxi", LETTER, (LETTER_FILE, other))
    assert one == fingerprint(Address(JOAN.address, "J Whitlow"), NOBODY, "SCHOOL  TAXI", LETTER, (other, LETTER_FILE))


def test_new_words_above_the_old_ones_under_the_old_message_id_are_a_new_message() -> None:
    text = f"URGENT: my son is in hospital.\n\n{LETTER}"
    assert _found(_known(sent=NOON - timedelta(days=3)), text, message_id="<1@family.example>") is None


def test_the_same_words_for_another_family_through_one_form_are_another_message() -> None:
    form = Address("forms@council-web.example")
    ann, bob = (fingerprint(form, Address(f"{name}@family.example"), "Form", LETTER, ()) for name in ("ann", "bob"))
    assert ann != bob
