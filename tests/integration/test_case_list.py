"""Lists of cases: which, in which order, to whom."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, update

from tests.support.casework import RITA, case_id_of, case_of, follow_up
from tests.support.database import writing
from tests.support.logged import JOAN, at, case_key, log
from tests.support.viewers import person, restrict
from tests.unit.making import labels
from triage import review
from triage.domain.case import CaseStatus
from triage.domain.labels import Kind, Process, Service, Status
from triage.domain.user import User, UserRole
from triage.errors import CallError
from triage.store import caselist
from triage.store.caselist import Due, Filter, Page, Row, Sort
from triage.store.casestore import CaseStore
from triage.store.paging import Count
from triage.store.schema import Case, Correspondent, Message

C, E = Kind.COMPLAINT, Kind.ENQUIRY
# Half past midnight on the 23rd by the clock on the council's wall would be half past eleven in UTC in summer.
NOW = datetime(2026, 6, 22, 23, 30, tzinfo=UTC)
OPEN, CLOSED = CaseStatus.OPEN, CaseStatus.CLOSED


@pytest.fixture
def viewer(store: CaseStore) -> User:
    return person(store, "rita")


def page(store: CaseStore, viewer: User, asked: Filter | None = None, after: str | None = None, size: int = 25) -> Page:
    return store.look(lambda connection, now: caselist.page(connection, viewer, NOW, asked or Filter(), after, size=size))


def shown(store: CaseStore, viewer: User, asked: Filter | None = None) -> list[str]:
    return [row.reference for row in page(store, viewer, asked).rows]


def counted(store: CaseStore, viewer: User, asked: Filter | None = None) -> Count:
    return store.look(lambda connection, now: caselist.counted(connection, viewer, NOW, asked or Filter()))


def made(store: CaseStore, store_url: str, of: Any = C, *, day: int = 1, logged: Status = Status.AUTO, **values: Any) -> str:
    """A case of one message."""
    key = log(store, of, received=at(day), status=logged)
    if values:
        with writing(store_url) as connection:
            connection.execute(update(Case).where(Case.id == case_key(store, key)).values(**values))
    return case_of(store, key)


def closed(day: int = 10) -> dict[str, Any]:
    return {"status": "closed", "outcome": "upheld", "closed_at": at(day)}


def test_each_filter_leaves_what_it_names(store: CaseStore, store_url: str, viewer: User):
    one = made(
        store, store_url, labels(C, process=Process.STATUTORY, service=Service.SEND, urgent=True), team="A", assigned_to_id=viewer.id
    )
    other = made(store, store_url, E, day=2, team="B", **closed())
    for asked in (
        Filter(OPEN), Filter(kind=C), Filter(process=Process.STATUTORY), Filter(service=Service.SEND), Filter(team="A"), Filter(mine=True),
        Filter(urgent=True), Filter(OPEN, kind=C, process=Process.STATUTORY, service=Service.SEND, team="A", mine=True, urgent=True),
    ):  # fmt: skip
        for sort in Sort:
            assert shown(store, viewer, replace(asked, sort=sort)) == [one], asked
        assert counted(store, viewer, asked) == Count(1)
    assert shown(store, viewer, Filter(CLOSED)) == shown(store, viewer, Filter(urgent=False)) == [other]
    assert shown(store, viewer, Filter(CLOSED, kind=C)) == shown(store, viewer, Filter(team="C")) == []
    assert shown(store, viewer) == [other, one]


def test_each_order_is_its_own(store: CaseStore, store_url: str, viewer: User):
    one = made(store, store_url, day=1, due_on=date(2026, 7, 3))
    two = made(store, store_url, day=2)
    three = made(store, store_url, day=3, due_on=date(2026, 7, 1))
    four = made(store, store_url, day=4)
    assert shown(store, viewer) == [four, three, two, one]
    assert shown(store, viewer, Filter(sort=Sort.OLDEST)) == [one, two, three, four]
    assert shown(store, viewer, Filter(sort=Sort.DUE)) == [three, one, two, four]


def test_what_is_overdue_and_what_is_due_soon_goes_by_the_council_s_calendar(store: CaseStore, store_url: str, viewer: User):
    """By its clock it is the 23rd."""
    made(store, store_url)
    before = made(store, store_url, due_on=date(2026, 6, 22))
    today = made(store, store_url, due_on=date(2026, 6, 23))
    soon = made(store, store_url, due_on=date(2026, 6, 28))
    made(store, store_url, due_on=date(2026, 6, 29))
    made(store, store_url, due_on=date(2026, 6, 22), **closed())
    for sort in Sort:
        assert shown(store, viewer, Filter(due=Due.OVERDUE, sort=sort)) == [before]
        assert set(shown(store, viewer, Filter(OPEN, due=Due.WEEK, sort=sort))) == {today, soon}
        assert shown(store, viewer, Filter(CLOSED, due=Due.OVERDUE, sort=sort)) == []
    assert (counted(store, viewer, Filter(due=Due.OVERDUE)), counted(store, viewer, Filter(due=Due.WEEK))) == (Count(1), Count(2))


def test_pages_follow_each_other_in_every_order(store: CaseStore, store_url: str, viewer: User):
    for number in range(9):
        made(store, store_url, day=1 + number // 2, due_on=date(2026, 7, 1 + number // 3) if number % 2 else None)
    for sort in Sort:
        for status in (None, OPEN):
            asked = Filter(status, sort=sort)
            whole, seen, after, first = shown(store, viewer, asked), [], None, True
            while first or after:
                some = page(store, viewer, asked, after, size=2)
                assert some.first is first
                seen += [row.reference for row in some.rows]
                after, first = some.next, False
            assert seen == whole and len(whole) == 9


def test_a_cursor_of_another_order_or_of_nothing_is_refused(store: CaseStore, store_url: str, viewer: User):
    for day in (1, 2):
        made(store, store_url, day=day, due_on=date(2026, 7, day))
    cursor = page(store, viewer, size=1).next
    due = page(store, viewer, Filter(sort=Sort.DUE), size=1).next
    assert cursor and due and page(store, viewer, Filter(sort=Sort.DUE), due).rows
    for after in ("", "x", due, cursor[:-3], "W10"):
        with pytest.raises(CallError, match="no such place"):
            page(store, viewer, after=after)


def test_cases_that_were_merged_or_opened_by_mistake_are_not_listed(store: CaseStore, store_url: str, viewer: User):
    one, other, third = (made(store, store_url, day=day) for day in (1, 2, 3))
    review.merge(store, "rita", one, other)
    with writing(store_url) as connection:
        values = {"status": "closed", "outcome": "opened_by_mistake", "closed_at": at(9)}
        connection.execute(update(Case).where(Case.reference == third).values(**values))
    for asked in (Filter(), Filter(sort=Sort.OLDEST), Filter(sort=Sort.DUE)):
        assert shown(store, viewer, asked) == [other] and counted(store, viewer, asked) == Count(1)
    assert shown(store, viewer, Filter(CLOSED)) == []


def test_what_a_row_says(store: CaseStore, store_url: str, viewer: User):
    key = log(store, labels(C, process=Process.STATUTORY, urgent=True), received=at(1))
    follow_up(store, key, author=RITA)
    reference = case_of(store, key)
    with writing(store_url) as connection:
        connection.execute(update(Case).values(assigned_to_id=viewer.id, due_on=date(2026, 7, 1)))
    [row] = page(store, viewer).rows
    assert row == Row(
        reference=reference, version=row.version, kind="complaint", process="statutory", status="open", outcome=None, urgent=True, service="transport",
        team="SEND", opened_at=at(1), closed_at=None, due_on=date(2026, 7, 1), assigned_to="Rita Shaw", person=JOAN.name, messages=Count(2),
        restricted=False,
    )  # fmt: skip
    with writing(store_url) as connection:
        connection.execute(update(Correspondent).where(Correspondent.name == JOAN.name).values(name=""))
        connection.execute(update(Message).values(case_id=None))
    [row] = page(store, viewer).rows
    assert (row.person, row.messages) == ("parent_carer", Count(0))
    with writing(store_url) as connection:
        connection.execute(delete(Correspondent))
    assert page(store, viewer).rows[0].person == ""


def test_each_gives_as_many_as_are_asked_for_in_order(store: CaseStore, store_url: str, viewer: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(caselist, "MOST_ROWS", 2)
    all_of_them = [made(store, store_url, day=day) for day in range(5, 0, -1)]

    def each(at_most: int) -> list[str]:
        return store.look(lambda connection, now: [row.reference for row in caselist.each(connection, viewer, NOW, Filter(), at_most)])

    assert (each(100), each(3), each(2), each(0)) == (all_of_them, all_of_them[:3], all_of_them[:2], [])


def test_a_restricted_case_is_listed_and_counted_for_those_who_are_named(store: CaseStore, store_url: str, viewer: User):
    named = person(store, "asha", UserRole.MANAGER)
    one, other = made(store, store_url, day=1), made(store, store_url, day=2)
    restrict(store, case_id_of(store, one), named)
    assert shown(store, viewer) == [other] and counted(store, viewer) == Count(1)
    assert shown(store, named) == [one] and page(store, named).rows[0].restricted
    assert (shown(store, viewer, Filter(restricted=True)), shown(store, viewer, Filter(restricted=False))) == ([], [other])
    assert (shown(store, named, Filter(restricted=True)), shown(store, named, Filter(restricted=False))) == ([one], [])
    assert page(store, viewer, size=1).next is None


def test_a_manager_is_listed_cases_of_their_services_that_a_person_looked_at_and_those_they_forwarded(store: CaseStore, store_url: str):
    manager = person(store, "tom", UserRole.MANAGER, address="tom@ashmere.example", services=frozenset({Service.SEND}))
    of_service = made(store, store_url, labels(C, service=Service.SEND), day=1, logged=Status.CONFIRMED)
    made(store, store_url, labels(C, service=Service.SEND), day=2)
    made(store, store_url, day=3, logged=Status.CONFIRMED)
    forwarded = log(store, C, received=at(4), status=Status.AUTO)
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id == forwarded).values(forwarder="tom@ashmere.example"))
    assert shown(store, manager) == [case_of(store, forwarded), of_service]
    assert counted(store, manager) == Count(2)
    assert shown(store, replace(manager, services=frozenset())) == [case_of(store, forwarded)]
    assert shown(store, replace(manager, address=None)) == [of_service]
