"""What managers see of the mail that they forwarded: that it was logged, where, and how it stands; on both databases."""

from datetime import date
from typing import Any

import pytest

from tests.support.casework import PERSON, RITA, case_of
from tests.support.logged import JOAN, at, log
from tests.support.viewers import person
from tests.unit.making import labels
from triage import desk, review
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Role, Status
from triage.domain.user import User, UserRole
from triage.errors import CallError, NotFound
from triage.review import Change
from triage.store.casestore import CaseStore
from triage.store.forwards import Forwarded

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
BOSS = "boss@ashmere.example"


@pytest.fixture
def meg(store: CaseStore) -> User:
    return person(store, "meg", UserRole.MANAGER, address=BOSS)


def forward(store: CaseStore, of: Kind = C, *, by: str = BOSS, **given: Any) -> int:
    return log(store, of, forwarder=by, **given)


def rows(store: CaseStore, user: User) -> tuple[Forwarded, ...]:
    return desk.forwarded(store, user).rows


def test_a_manager_sees_what_they_forwarded_with_its_case_and_how_that_stands(store: CaseStore, meg: User):
    key = forward(store, received=at(2), status=Status.AUTO)
    reference = case_of(store, key)
    review.set_due(store, PERSON, reference, date(2026, 6, 15))
    forward(store, by="other@ashmere.example")
    log(store, C)
    [one] = rows(store, meg)
    assert (one.message, one.received_at, one.subject, one.author_name, one.kind) == (key, at(2), "School taxi", JOAN.name, "complaint")
    assert (one.state, one.case, one.case_status, one.outcome, one.due_on) == (
        "logged as a complaint", reference, "open", None, date(2026, 6, 15),
    )  # fmt: skip
    assert one.logged_at is not None and one.logged_at > one.received_at
    review.close_case(store, PERSON, reference, Outcome.UPHELD, at(20))
    [one] = rows(store, meg)
    assert (one.case_status, one.outcome) == ("closed", "upheld")


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        (C, Status.REVIEW, "logged as a complaint; a person will look at it"),
        (E, Status.AUTO, "logged as an enquiry"),
        (N, Status.REVIEW, "logged; a person will look at it"),
        (N, Status.CONFIRMED, "logged; it is nothing for the complaints team"),
    ],
)
def test_how_far_it_has_come_is_said_in_plain_words(store: CaseStore, meg: User, kind: Kind, status: Status, state: str):
    forward(store, kind, status=status)
    [one] = rows(store, meg)
    assert one.state == state


def test_of_what_is_on_a_restricted_case_they_see_that_it_was_logged_and_no_more(store: CaseStore, meg: User):
    rita = person(store, "rita")
    key = forward(store)
    desk.restrict(store, rita, case_of(store, key), [])
    [one] = rows(store, meg)
    assert (one.message, one.kind, one.case, one.case_status, one.outcome, one.due_on) == (None, None, None, None, None, None)
    assert (one.state, one.subject) == ("logged; the complaints team has it", "School taxi")
    desk.change_readers(store, rita, case_of(store, key), [meg.id])
    assert rows(store, meg)[0].case == case_of(store, key)


def test_the_last_logged_comes_first_and_pages_follow_on_without_a_gap(store: CaseStore, meg: User):
    keys = [forward(store, received=at(day)) for day in range(1, 8)]
    found, after = [], None
    while True:
        page = desk.forwarded(store, meg, after, size=3)
        found += [one.message for one in page.rows]
        if page.next is None:
            break
        assert len(page.rows) == 3
        after = page.next
    assert found == keys[::-1]


@pytest.mark.parametrize("after", ["", "x", "-1", "1; DROP TABLE message", "9" * 40, "²"])
def test_a_page_that_there_is_not_is_refused(store: CaseStore, meg: User, after: str):
    with pytest.raises(CallError):
        desk.forwarded(store, meg, after)


def test_who_has_no_address_has_forwarded_nothing(store: CaseStore):
    forward(store)
    assert desk.forwarded(store, person(store, "kim", UserRole.MANAGER)).rows == ()


def test_what_was_merged_is_told_by_the_case_that_is_left_and_erased_mail_is_gone(store: CaseStore, meg: User):
    key, other = forward(store, status=Status.AUTO), log(store, C, author=RITA)
    officers = forward(store, mailboxes=("officer-hale",))
    review.confirm(store, PERSON, key)
    review.merge(store, PERSON, case_of(store, key), case_of(store, other))
    review.correct(store, PERSON, officers, Change(kind=N))
    [one] = rows(store, meg)
    assert one.case == case_of(store, other)


def test_a_members_mail_is_told_like_any_other(store: CaseStore, meg: User):
    log(store, labels(E, role=Role.MP), status=Status.AUTO, forwarder=BOSS)
    assert rows(store, meg)[0].state == "logged as an enquiry"


def test_a_forward_that_the_program_put_on_another_family_s_case_shows_that_case_only_once_a_person_has_looked(store: CaseStore, meg: User):
    """What the program joins may be wrong, and whoever forges a forward must not be shown a family's case for it."""
    first = log(store, C, author=RITA)
    key = forward(store, status=Status.AUTO, case_of=first)
    [one] = rows(store, meg)
    assert (one.state, one.case, one.message) == ("logged; the complaints team has it", None, None)
    with pytest.raises(NotFound):
        desk.case(store, meg, case_of(store, first))
    review.confirm(store, PERSON, key)
    [one] = rows(store, meg)
    assert one.case == case_of(store, first)
    assert desk.case(store, meg, one.case).reference == one.case
