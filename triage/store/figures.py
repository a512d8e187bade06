"""The figures of the start page: what came in, what waits, what is due. Each counts only what its viewer may see.

What they cost does not grow with the store: the last two weeks' mail, what waits and what is due are each found by an index, and what
waits or is due is counted as far as lists count (`triage.store.paging`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, Subquery, case, func, select

from triage.domain.case import CaseStatus
from triage.domain.labels import Kind
from triage.domain.user import Right, User, UserRole
from triage.domain.wording import COUNCIL_TIME
from triage.store import caselist
from triage.store.caselist import Due, Filter, Sort
from triage.store.paging import Count, Listing, Stretch, count
from triage.store.schema import WAITS, Case, Delivery, Message
from triage.store.sight import is_asked, is_not_asked, sees_message

# Today and the days before it that the page shows.
DAYS = 14


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in, each message once however many mailboxes had it, under the one that had it first.

    `kinds` and `mailboxes` are today's, `days` the last fourteen, the earliest first. `people` is how many different people wrote today's
    complaints, enquiries and compliments. `mailboxes` is None for those who may not see the queue.
    """

    kinds: Mapping[Kind, int]
    days: tuple[tuple[date, Mapping[Kind, int]], ...]
    mailboxes: tuple[tuple[str, Mapping[Kind, int]], ...] | None
    people: int

    @property
    def total(self) -> int:
        """How many messages came today."""
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class InReview:
    """What waits for a person. `quarantined` is None for those who may not see the queue."""

    all: Count
    urgent: Count
    unsure: Count
    suggested: Count
    quarantined: Count | None


@dataclass(frozen=True, slots=True)
class Dates:
    """Open cases: those that are due soon, those whose date has passed (not also due soon), and those that the viewer deals with."""

    week: Count
    overdue: Count
    mine: Count


def day_begins(day: date) -> datetime:
    """The moment at which a day begins by the clock on the council's wall."""
    return datetime.combine(day, time(), tzinfo=COUNCIL_TIME)


def intake(connection: Connection, viewer: User, today: date) -> Intake:
    """What mailboxes received today and in the days before, by the council's clock. What could not be read is not among it."""
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    begins, ends = day_begins(days[0]), day_begins(today + timedelta(days=1))
    first = _first_deliveries(begins, ends)
    received: ColumnElement[int] = case(
        *((Delivery.received_at < day_begins(day + timedelta(days=1)), index) for index, day in enumerate(days[:-1])), else_=DAYS - 1
    )
    rows = (
        select(received.label("day"), Delivery.mailbox, Message.kind)
        .select_from(first)
        .join(Delivery, Delivery.id == first.c.id)
        .join(Message, Message.id == Delivery.message_pk)
        .outerjoin(Case, Case.id == Message.case_id)
        .where(Message.received_at >= begins, sees_message(viewer))
        .subquery()
    )
    by_day: list[Counter[Kind]] = [Counter() for _ in days]
    by_mailbox: dict[str, Counter[Kind]] = {}
    query = select(rows.c.day, rows.c.mailbox, rows.c.kind, func.count()).group_by(rows.c.day, rows.c.mailbox, rows.c.kind)
    for day, mailbox, kind, number in connection.execute(query):
        by_day[day][Kind(kind)] += number
        if day == DAYS - 1:
            by_mailbox.setdefault(mailbox, Counter())[Kind(kind)] += number
    return Intake(
        kinds=_each_kind(by_day[-1]),
        days=tuple((day, _each_kind(counted)) for day, counted in zip(days, by_day, strict=True)),
        mailboxes=tuple((name, _each_kind(by_mailbox[name])) for name in sorted(by_mailbox)) if viewer.may(Right.SEE_QUEUE) else None,
        people=_people(connection, viewer, day_begins(today), ends),
    )


def _first_deliveries(begins: datetime, ends: datetime) -> Subquery:
    """The first delivery of each message that has one in this time."""
    return (
        select(func.min(Delivery.id).label("id"))
        .where(Delivery.received_at >= begins, Delivery.received_at < ends, Delivery.message_pk.is_not(None))
        .group_by(Delivery.message_pk)
        .subquery()
    )


def _people(connection: Connection, viewer: User, begins: datetime, ends: datetime) -> int:
    """How many different people wrote, by address, or by name where there is none."""
    query = (
        select(func.count(func.coalesce(Message.original_address, Message.original_name).distinct()))
        .select_from(Delivery)
        .join(Message, Message.id == Delivery.message_pk)
        .outerjoin(Case, Case.id == Message.case_id)
        .where(
            Delivery.received_at >= begins,
            Delivery.received_at < ends,
            Message.received_at >= begins,
            Message.kind != Kind.NONE.value,
            sees_message(viewer),
        )
    )
    return int(connection.execute(query).scalar_one())


def _each_kind(counted: Mapping[Kind, int]) -> dict[Kind, int]:
    """Every kind, also those of which there is none."""
    return {kind: counted.get(kind, 0) for kind in Kind}


def waiting(connection: Connection, viewer: User) -> InReview:
    """How many messages wait for a person: in all; perhaps urgent; with a question about their case; with neither."""
    urgent = Message.urgent.is_(True)
    return InReview(
        all=_messages(connection, viewer),
        urgent=_messages(connection, viewer, urgent),
        unsure=_messages(connection, viewer, Message.urgent.is_not(True), is_not_asked(viewer)),
        suggested=_messages(connection, viewer, is_asked(viewer)),
        quarantined=_quarantined(connection) if viewer.may(Right.SEE_QUEUE) else None,
    )


def due(connection: Connection, viewer: User, today: date) -> Dates:
    """How many open cases are due soon, are overdue, and are the viewer's own: as many as the lists have that these figures lead to."""
    noon = datetime.combine(today, time(12), tzinfo=COUNCIL_TIME)

    def cases(asked: Filter) -> Count:
        return caselist.counted(connection, viewer, noon, asked)

    return Dates(
        week=cases(Filter(due=Due.WEEK, sort=Sort.DUE)),
        overdue=cases(Filter(due=Due.OVERDUE, sort=Sort.DUE)),
        mine=cases(Filter(status=CaseStatus.OPEN, mine=True)),
    )


def _messages(connection: Connection, viewer: User, *conditions: ColumnElement[bool]) -> Count:
    """Messages that wait."""
    every = select().select_from(Message)
    seen = every.outerjoin(Case, Case.id == Message.case_id).where(sees_message(viewer))
    stretch = Stretch((Message.received_at, Message.id), (WAITS, *conditions))
    # A manager may see little of what waits: it is looked for as far as in a list. To others next to nothing is hidden.
    return count(connection, Listing(seen, (stretch,), every if viewer.role is UserRole.MANAGER else None))


def _quarantined(connection: Connection) -> Count:
    return count(connection, Listing(select().select_from(Delivery), (Stretch((Delivery.id,), (Delivery.message_pk.is_(None),)),)))
