"""What can be looked at of cases: one case with everything on it, what was done to it, who writes very often, how cases are related."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from triage.domain.case import CaseStatus
from triage.domain.labels import MEMBERS, Kind, Status
from triage.errors import CallError
from triage.store.references import case_of
from triage.store.schema import Case, CaseLink, CaseOperation, Correspondent, Delivery, Message

_MEMBERS = [role.value for role in MEMBERS]
# People who are pointed out at a time. A council that has more than these looks at a shorter time, or at larger numbers.
_MOST_PEOPLE = 200
_WEEK = 7


@dataclass(frozen=True, slots=True)
class OnCase:
    """A message on a case: who wrote it by role only. `asked` is the case that it is suggested for, `reasons` are the program's."""

    id: int
    received_at: datetime
    kind: str
    relation: str | None
    role: str | None
    status: str
    asked: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Another case that a case is related to; `score` where the program found it."""

    reference: str
    why: str
    made_by: str
    score: float | None


@dataclass(frozen=True, slots=True)
class WholeCase:
    """A case with everything on it. `merged` are the references that lead here; `waiting` the messages that are suggested for it."""

    reference: str
    version: int
    kind: str
    process: str | None
    status: str
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None
    service: str
    team: str | None
    themes: tuple[str, ...]
    urgent: bool
    people: tuple[tuple[str, str, str], ...]
    """Role, name and address of each."""
    copy_answer_to: tuple[str, ...]
    messages: tuple[OnCase, ...]
    related: tuple[Related, ...]
    merged: tuple[str, ...]
    waiting: tuple[int, ...]


def show(connection: Connection, reference: str) -> WholeCase:
    """The case that a reference leads to. Raises CallError where there is none."""
    row = case_of(connection, reference)
    return WholeCase(
        reference=row.reference,
        version=row.version,
        kind=row.kind,
        process=row.process,
        status=row.status,
        outcome=row.outcome,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        service=row.service,
        team=row.team,
        themes=tuple(row.themes),
        urgent=row.urgent,
        people=people_of(connection, row.id),
        copy_answer_to=tuple(copies_of_answers(connection, row.id).get(row.id, ())),
        messages=_messages(connection, row.id),
        related=tuple(Related(one.reference, one.why, one.made_by, one.score) for one in connection.execute(links_of(row.id))),
        merged=tuple(sorted(merged_into(connection, row.id).values())),
        waiting=tuple(connection.execute(asked_about(row.id)).scalars()),
    )


def people_of(connection: Connection, case_id: int) -> tuple[tuple[str, str, str], ...]:
    """Role, name and address of each to whom a case belongs."""
    people = select(Correspondent.role, Correspondent.name, Correspondent.address).where(Correspondent.case_id == case_id)
    return tuple((one.role, one.name, one.address) for one in connection.execute(people.order_by(Correspondent.id)))


def asked_about(case_id: int) -> Select[int]:
    """The query for messages that are suggested for a case, and still to be answered."""
    asks = or_(Message.kind != Kind.NONE.value, Message.status == Status.REVIEW.value)
    return select(Message.id).where(Message.suggested_case_id == case_id, Message.erased_at.is_(None), asks).order_by(Message.id)


def _messages(connection: Connection, case_id: int) -> tuple[OnCase, ...]:
    relations: dict[int, str] = {}
    deliveries = select(Delivery.message_pk, Delivery.relation).join(Message, Message.id == Delivery.message_pk)
    for row in connection.execute(deliveries.where(Message.case_id == case_id).order_by(Delivery.id)):
        # The first delivery says what the message is to the case; the others only repeat that.
        relations.setdefault(int(row.message_pk or 0), row.relation or "")
    asked = Case.__table__.alias("asked")
    query = (
        select(Message.id, Message.received_at, Message.kind, Message.role, Message.status, Message.reasons, asked.c.reference)
        .outerjoin(asked, asked.c.id == Message.suggested_case_id)
        .where(Message.case_id == case_id)
        .order_by(Message.received_at, Message.id)
    )
    return tuple(
        OnCase(
            row.id, row.received_at, row.kind, relations.get(row.id) or None, row.role, row.status, row.reference, tuple(row.reasons)
        )
        for row in connection.execute(query)
    )  # fmt: skip


def links_of(case_id: int) -> Select[str, str, str, float | None]:
    """The query for the cases that a case is related to, which may be narrowed to those that somebody may see."""
    beside = case((CaseLink.lower_id == case_id, CaseLink.higher_id), else_=CaseLink.lower_id)
    return (
        select(Case.reference, CaseLink.why, CaseLink.made_by, CaseLink.score)
        .join(Case, Case.id == beside)
        .where(or_(CaseLink.lower_id == case_id, CaseLink.higher_id == case_id))
        .order_by(Case.reference)
    )


def merged_into(connection: Connection, case_id: int) -> dict[int, str]:
    """Key and reference of every case that leads to this one, however often it was merged on the way."""
    found: dict[int, str] = {}
    ahead = {case_id}
    while ahead:
        rows = connection.execute(select(Case.id, Case.reference).where(Case.merged_into_id.in_(ahead))).all()
        ahead = {row.id for row in rows} - found.keys() - {case_id}
        found |= {row.id: row.reference for row in rows}
    return found


# What was done


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on cases, by the number with which it is undone."""

    number: int
    at: datetime
    actor: str
    sort: str
    case: str
    other: str | None
    messages: tuple[int, ...]
    undone_at: datetime | None
    undone_by: str | None


def history(connection: Connection, reference: str) -> list[Operation]:
    """What was done to the case of this reference and to the one that it leads to, the first first. Raises CallError."""
    end = case_of(connection, reference)
    own = connection.execute(select(Case.id).where(Case.reference == reference)).scalar_one()
    case_, other = Case.__table__.alias("its_case"), Case.__table__.alias("other")
    query = (
        select(CaseOperation.__table__, case_.c.reference.label("case_reference"), other.c.reference.label("other_reference"))
        .join(case_, case_.c.id == CaseOperation.case_id)
        .outerjoin(other, other.c.id == CaseOperation.other_id)
        .where(or_(CaseOperation.case_id.in_((own, end.id)), CaseOperation.other_id.in_((own, end.id))))
        .order_by(CaseOperation.id)
    )
    return [
        Operation(
            number=row.id,
            at=row.at,
            actor=row.actor,
            sort=row.sort,
            case=row.case_reference,
            other=row.other_reference,
            messages=tuple(one["id"] for one in row.detail["changed"].get("message", ()) if "case_id" in one["before"]),
            undone_at=row.undone_at,
            undone_by=row.undone_by,
        )
        for row in connection.execute(query)
    ]


# Patterns


@dataclass(frozen=True, slots=True)
class Pattern:
    """Somebody with very many messages. It is pointed out, and nothing is done about it: that is for people to decide."""

    address: str
    roles: tuple[str, ...]
    messages: int
    cases: int
    messages_a_week: float
    days_since_the_first: int


def patterns(connection: Connection, now: datetime, days: int, at_least: int) -> list[Pattern]:
    """People with that many messages on cases in that many days, those with the most first. Raises CallError."""
    if not 1 <= days <= 3650:
        raise CallError("--days: give 1 to 3650 days")
    if at_least < 2:
        raise CallError("--at-least: one message makes no pattern; give 2 or more")
    recent = and_(Message.original_address.is_not(None), Message.received_at >= now - timedelta(days=days))
    # Answered from the index alone: it leaves few people whose messages are looked at.
    many = (
        select(Message.original_address)
        .where(recent)
        .group_by(Message.original_address)
        .having(func.count() >= at_least)
        .order_by(func.count().desc(), Message.original_address)
        .limit(10 * _MOST_PEOPLE)
    )
    often = list(connection.execute(many).scalars())
    first, count = func.min(Message.received_at).label("first"), func.count().label("messages")
    figures = (
        select(Message.original_address.label("address"), count, func.count(Message.case_id.distinct()).label("cases"), first)
        .where(recent, Message.original_address.in_(often), Message.case_id.is_not(None))
        .group_by(Message.original_address)
        .having(count >= at_least)
        .order_by(count.desc(), Message.original_address)
        .limit(_MOST_PEOPLE)
    )
    found = connection.execute(figures).all()
    roles: defaultdict[str, set[str]] = defaultdict(set)
    these = Message.original_address.in_([row.address for row in found])
    for row in connection.execute(
        select(Message.original_address, Message.role).where(recent, these, Message.case_id.is_not(None)).distinct()
    ):
        roles[row.original_address or ""].add(row.role or "")
    return [
        Pattern(
            address=row.address,
            roles=tuple(sorted(roles[row.address] - {""})),
            messages=row.messages,
            cases=row.cases,
            messages_a_week=round(row.messages * _WEEK / max(_WEEK, (now - row.first) / timedelta(days=1)), 1),
            days_since_the_first=max(0, (now - row.first).days),
        )
        for row in found
    ]


# For the export


def relations(connection: Connection) -> dict[int, list[str]]:
    """For each case that is related to others, their references in order. Cases that were merged are left out."""
    one, other = Case.__table__.alias("one"), Case.__table__.alias("other")
    query = (
        select(one.c.id, one.c.reference, other.c.id, other.c.reference)
        .select_from(CaseLink.__table__)
        .join(one, one.c.id == CaseLink.lower_id)
        .join(other, other.c.id == CaseLink.higher_id)
        .where(one.c.status != CaseStatus.MERGED.value, other.c.status != CaseStatus.MERGED.value)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for lower, lower_reference, higher, higher_reference in connection.execute(query):
        found[lower].append(higher_reference)
        found[higher].append(lower_reference)
    return {case_id: sorted(references) for case_id, references in found.items()}


def copies_of_answers(connection: Connection, case_id: int | None = None) -> dict[int, list[str]]:
    """For each case (or that one) on which there is other mail than members' own: the members who get a copy of its one answer.

    Mail is a member's by its author's role, or by its author's address where a member has written from that before.
    """
    members = select(Correspondent.case_id, Correspondent.address).where(Correspondent.role.in_(_MEMBERS)).order_by(Correspondent.id)
    theirs = (Correspondent.case_id == Message.case_id) & (Correspondent.address == Message.original_address)
    others = (
        select(Message.case_id)
        .outerjoin(Correspondent, theirs)
        .where(
            Message.case_id.is_not(None),
            func.coalesce(Message.role, "").not_in(_MEMBERS),
            func.coalesce(Correspondent.role, "").not_in(_MEMBERS),
        )
        .distinct()
    )
    if case_id is not None:
        members, others = members.where(Correspondent.case_id == case_id), others.where(Message.case_id == case_id)
    answered = set(connection.execute(others).scalars())
    found: dict[int, list[str]] = {}
    for row in connection.execute(members):
        if row.case_id in answered:
            found.setdefault(row.case_id, []).append(row.address)
    return found
