"""Lists of cases: filtered, sorted, a page at a time. Cases that were merged, and those that were opened by mistake, are none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from triage.domain.case import OPENED_BY_MISTAKE, CaseStatus
from triage.domain.labels import Kind, Process, Service
from triage.domain.user import User, UserRole
from triage.domain.wording import COUNCIL_TIME
from triage.store.paging import MOST_ROWS, Count, Listing, Spot, Stretch, count, walk
from triage.store.schema import Account, Case, CaseRestriction, Correspondent, Message
from triage.store.sight import sees_case

# What is due in as many days, today among them, is due soon: a working week, less the day on which one looks.
SOON = timedelta(days=5)
_MOST_MESSAGES = 1000


class Due(StrEnum):
    """When open cases are due."""

    OVERDUE = "overdue"
    WEEK = "week"


class Sort(StrEnum):
    """An order of cases. Of those that are due at no time, the oldest come after all others."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases are listed. `mine`: assigned to the viewer. What is asked to be `due` is open."""

    status: CaseStatus | None = None
    kind: Kind | None = None
    process: Process | None = None
    service: Service | None = None
    team: str | None = None
    mine: bool = False
    urgent: bool | None = None
    due: Due | None = None
    restricted: bool | None = None
    sort: Sort = Sort.NEWEST


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list. `person` is the name of the first of those it belongs to, or else their role."""

    reference: str
    version: int
    kind: str
    process: str | None
    status: str
    outcome: str | None
    urgent: bool
    service: str
    team: str | None
    opened_at: datetime
    closed_at: datetime | None
    due_on: date | None
    assigned_to: str | None
    person: str
    messages: Count
    restricted: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the list. `next` is the cursor of the page after; where it is, this one may be short or empty (`paging`)."""

    rows: tuple[Row, ...]
    next: str | None
    first: bool


def page(connection: Connection, viewer: User, now: datetime, asked: Filter, after: str | None = None, *, size: int = 25) -> Page:
    """A page of the cases that the viewer sees. Raises CallError where `after` is no cursor of this order."""
    listing, name = _listing(viewer, now, asked), _name(asked)
    begin = None if after is None else Spot.read(after, name, listing.stretches)
    spots, go_on = walk(connection, listing, begin, max(1, min(size, MOST_ROWS)))
    rows = _rows(connection, [spot.values[-1] for spot in spots])
    return Page(tuple(rows), None if go_on is None else go_on.cursor(name), after is None)


def counted(connection: Connection, viewer: User, now: datetime, asked: Filter) -> Count:
    """How many cases a filter leaves, as far as that is counted."""
    return count(connection, _listing(viewer, now, asked))


def each(connection: Connection, viewer: User, now: datetime, asked: Filter, at_most: int) -> Iterator[Row]:
    """The cases that a filter leaves, one by one, no more than that many."""
    listing = _listing(viewer, now, asked)
    begin, left = None, at_most
    while left > 0:
        spots, begin = walk(connection, listing, begin, min(left, MOST_ROWS))
        yield from _rows(connection, [spot.values[-1] for spot in spots])
        left -= len(spots)
        if begin is None:
            return


# Which


def _listing(viewer: User, now: datetime, asked: Filter) -> Listing:
    # A case that was opened by mistake is closed.
    is_open = asked.due is not None or asked.status is CaseStatus.OPEN
    state: list[ColumnElement[bool]] = []
    if asked.due is not None and asked.status not in (None, CaseStatus.OPEN):
        state.append(Case.id.is_(None))
    if is_open:
        state.append(Case.status == CaseStatus.OPEN.value)
    else:
        state.append(Case.outcome.is_distinct_from(OPENED_BY_MISTAKE))
        closed = asked.status is CaseStatus.CLOSED
        state.append(Case.status == CaseStatus.CLOSED.value if closed else Case.status != CaseStatus.MERGED.value)
    scope = select().select_from(Case).where(*state)
    passes = _passes(viewer, asked)
    manager, stretches = viewer.role is UserRole.MANAGER, _stretches(now, asked)
    # What a manager sees is one of several things: where it is much, it is not gathered from several indexes and sorted, but looked for
    # in the order of the list. So it is written as no database takes apart.
    sees = case((sees_case(viewer), 1), else_=0) == 1 if manager and viewer.services else sees_case(viewer)
    rows = scope.where(sees, *passes)
    # Few are a person's own, are restricted, are due soon or are seen by who has no service: they are not looked for among the others.
    few = asked.mine or asked.due is not None or asked.restricted is True or (manager and not viewer.services)
    if few or (not passes and not manager):
        return Listing(rows, stretches)
    return Listing(rows, stretches, scope)


def _passes(viewer: User, asked: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.kind is not None:
        found.append(Case.kind == asked.kind.value)
    if asked.process is not None:
        found.append(Case.process == asked.process.value)
    if asked.service is not None:
        found.append(Case.service == asked.service.value)
    if asked.team is not None:
        found.append(Case.team == asked.team)
    if asked.mine:
        found.append(Case.assigned_to_id == viewer.id)
    if asked.urgent is not None:
        found.append(Case.urgent.is_(asked.urgent))
    if asked.restricted is not None:
        restricted = select(CaseRestriction.case_id)
        found.append(Case.id.in_(restricted) if asked.restricted else Case.id.not_in(restricted))
    return found


def _due(now: datetime, asked: Filter) -> tuple[ColumnElement[bool], ...]:
    """By the calendar on the council's wall."""
    today = now.astimezone(COUNCIL_TIME).date()
    if asked.due is Due.OVERDUE:
        return (Case.due_on < today,)
    return (Case.due_on >= today, Case.due_on <= today + SOON) if asked.due is Due.WEEK else ()


def _stretches(now: datetime, asked: Filter) -> tuple[Stretch, ...]:
    due = _due(now, asked)
    if asked.sort is not Sort.DUE:
        return (Stretch((Case.opened_at, Case.id), due, descending=asked.sort is Sort.NEWEST),)
    first = Stretch((Case.due_on, Case.id), (Case.due_on.is_not(None), *due))
    return (first,) if due else (first, Stretch((Case.id,), (Case.due_on.is_(None),)))


def _name(asked: Filter) -> str:
    """What a cursor is of."""
    return f"cases {asked.sort}"


# What is shown of them


def _rows(connection: Connection, keys: Sequence[int]) -> list[Row]:
    if not keys:
        return []
    some = select(Message.id).where(Message.case_id == Case.id).limit(_MOST_MESSAGES + 1).correlate(Case).subquery()
    messages = select(func.count()).select_from(some).scalar_subquery()
    query = (
        select(Case.__table__, Account.full_name, CaseRestriction.made_at.label("restricted"), messages.label("messages"))
        .select_from(Case)
        .outerjoin(Account, Account.id == Case.assigned_to_id)
        .outerjoin(CaseRestriction, CaseRestriction.case_id == Case.id)
        .where(Case.id.in_(keys))
    )
    found = {row.id: row for row in connection.execute(query)}
    people: dict[int, str] = {}
    theirs = select(Correspondent.case_id, Correspondent.name, Correspondent.role).where(Correspondent.case_id.in_(keys))
    for row in connection.execute(theirs.order_by(Correspondent.id)):
        people.setdefault(row.case_id, row.name or row.role)
    return [_row(found[key], people.get(key, "")) for key in keys]


def _row(row: Any, person: str) -> Row:
    return Row(
        reference=row.reference,
        version=row.version,
        kind=row.kind,
        process=row.process,
        status=row.status,
        outcome=row.outcome,
        urgent=row.urgent,
        service=row.service,
        team=row.team,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        due_on=row.due_on,
        assigned_to=row.full_name,
        person=person,
        messages=Count(min(row.messages, _MOST_MESSAGES), row.messages > _MOST_MESSAGES),
        restricted=row.restricted is not None,
    )
