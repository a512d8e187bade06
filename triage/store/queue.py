"""What the queue shows: the messages that wait for a person and those that were logged without one, filtered, sorted, a page at a time.

What is filtered by stands in the indexes that give the order (`triage.store.schema`), so that what does not pass is not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from triage.domain.labels import Kind, Process, Service
from triage.domain.user import Right, User
from triage.store.claims import CLAIM_LASTS
from triage.store.paging import MOST_COUNTED, MOST_ROWS, Count, Listing, Spot, Stretch, among, count, walk
from triage.store.schema import LOGGED, WAITS, Account, Case, Delivery, Message, MessageClaim
from triage.store.sight import is_asked, is_not_asked, may_see_message, sees_case, sees_message

_PREVIEW = 200
# Of a filter that a mailbox or a colleague is, the rows themselves are looked at.
_LOOKED_AT_ONE_BY_ONE = 4_000
# Of what one person deals with, and of what is like one message.
_MOST_PICKED = MOST_COUNTED + 1
_MOST_CHOICES = 200


class Section(StrEnum):
    """A part of the queue. All but `LOGGED` wait for a person."""

    EVERYTHING = "everything"
    URGENT = "urgent"
    UNSURE = "unsure"
    SUGGESTED = "suggested"
    LOGGED = "logged"


class Sort(StrEnum):
    """An order of the queue. What was logged by itself is shown newest first, whatever is asked."""

    URGENT_FIRST = "urgent"
    OLDEST = "oldest"
    NEWEST = "newest"
    LEAST_SURE = "unsure"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages are shown. `mine`: those that the viewer deals with or looks at.

    `like`: those of the same kind as that message which have its author's address or its subject.
    """

    section: Section = Section.EVERYTHING
    kind: Kind | None = None
    process: Process | None = None
    mailbox: str | None = None
    service: Service | None = None
    team: str | None = None
    mine: bool = False
    like: int | None = None
    sort: Sort = Sort.URGENT_FIRST


@dataclass(frozen=True, slots=True)
class Claimant:
    """Somebody who looks at a message just now, by the key of their account."""

    id: int
    full_name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A message as the queue shows it. `case` and `suggested` are references of cases that the viewer may see."""

    id: int
    version: int
    received_at: datetime
    mailbox: str
    mailbox_kind: str
    kind: str
    process: str | None
    confidence: float
    urgent: bool
    status: str
    case: str | None
    suggested: str | None
    subject: str
    author: str
    role: str | None
    preview: str
    service: str | None
    team: str | None
    claimed_by: Claimant | None
    assigned_to: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the queue. `next` is the cursor of the page after; where it is, this one may be short or empty (`paging`)."""

    rows: tuple[Row, ...]
    next: str | None
    first: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages there are in each section, of the viewer's own, and in quarantine (for those who see the queue)."""

    sections: dict[Section, Count]
    mine: Count
    quarantined: Count


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to filter by."""

    mailboxes: tuple[str, ...]
    teams: tuple[str, ...]


def page(connection: Connection, viewer: User, now: datetime, asked: Filter, after: str | None = None, *, size: int = 25) -> Page:
    """A page of the queue. Raises CallError where `after` is no cursor of this order."""
    listing = _listing(connection, viewer, now, asked)
    name = _name(asked)
    begin = None if after is None else Spot.read(after, name, listing.stretches)
    spots, go_on = walk(connection, listing, begin, max(1, min(size, MOST_ROWS)))
    rows = _rows(connection, viewer, now, [spot.values[-1] for spot in spots])
    return Page(tuple(rows), None if go_on is None else go_on.cursor(name), after is None)


def counts(connection: Connection, viewer: User, now: datetime) -> Counts:
    """How many there are, as far as that is counted."""
    sections = {section: count(connection, _listing(connection, viewer, now, Filter(section))) for section in Section}
    mine = count(connection, _listing(connection, viewer, now, Filter(mine=True)))
    quarantined = Count(0)
    if viewer.may(Right.SEE_QUEUE):
        some = select(Delivery.id).where(Delivery.message_pk.is_(None)).limit(MOST_COUNTED + 1).subquery()
        number = int(connection.execute(select(func.count()).select_from(some)).scalar_one())
        quarantined = Count(min(number, MOST_COUNTED), number > MOST_COUNTED)
    return Counts(sections, mine, quarantined)


def following(connection: Connection, viewer: User, now: datetime, asked: Filter, message: int | None = None) -> int | None:
    """The next message to look at after `message`, which may have left the list; the first where there is none after it.

    What others look at just now is passed over.
    """
    listing = _listing(connection, viewer, now, asked, claimed_by_others=False)
    at = _spot(connection, viewer, listing, message)
    for begin in dict.fromkeys((at, None)):
        spot = begin
        while True:
            spots, spot = walk(connection, listing, spot, 2)
            for one in spots:
                if one.values[-1] != message:
                    return int(one.values[-1])
            if spot is None:
                break
    return None


def choices(connection: Connection, viewer: User) -> Choices:
    """The mailboxes that mail came to and the teams that cases are with: names from the configuration, of nobody's mail."""
    if not viewer.may(Right.SEE_QUEUE):
        return Choices((), _each(connection, Case.team))
    return Choices(_each(connection, Delivery.mailbox), _each(connection, Case.team))


# Which


def _listing(connection: Connection, viewer: User, now: datetime, asked: Filter, *, claimed_by_others: bool = True) -> Listing:
    logged = asked.section is Section.LOGGED
    state = LOGGED if logged else WAITS
    picked: list[ColumnElement[bool]] = []
    if asked.mine and not logged:
        picked.append(among(_mine(connection, viewer, now)))
    if asked.like is not None:
        picked.append(among(_like(connection, viewer, asked.like, logged=logged)))
    scope = select().select_from(Message).where(state)
    # What was picked is known to be in that state: not to say so again keeps a database from going through all that is.
    rows = select().select_from(Message).where(*picked) if picked else scope
    rows = rows.outerjoin(Case, Case.id == Message.case_id).where(sees_message(viewer), *_passes(asked, viewer))
    one_by_one = False
    if asked.mine and logged:
        rows, one_by_one = rows.where(or_(Message.assigned_to_id == viewer.id, Case.assigned_to_id == viewer.id)), True
    if asked.mailbox is not None:
        rows = rows.where(exists().where(Delivery.message_pk == Message.id, Delivery.mailbox == asked.mailbox))
        one_by_one = True
    if not claimed_by_others:
        rows = rows.where(Message.id.not_in(_claims(now).where(MessageClaim.account_id != viewer.id)))
    orders_own = asked.section in _WHOLE or (asked.section is Section.SUGGESTED and asked.sort is Sort.URGENT_FIRST)
    passes_all = orders_own and asked == Filter(asked.section, sort=asked.sort)
    stretches = _stretches(asked)
    if picked or (passes_all and not _sees_little(viewer)):
        return Listing(rows, stretches)
    if one_by_one or _sees_little(viewer):
        return Listing(rows, stretches, scope, _LOOKED_AT_ONE_BY_ONE)
    return Listing(rows, stretches, scope)


# Sections of which an order's own index holds nothing else, or little else.
_WHOLE = frozenset({Section.EVERYTHING, Section.URGENT, Section.UNSURE, Section.LOGGED})
_RECEIVED = (Message.received_at, Message.id)


def _sees_little(viewer: User) -> bool:
    return not viewer.may(Right.SEE_QUEUE)


def _passes(asked: Filter, viewer: User) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.section is Section.SUGGESTED:
        found.append(is_asked(viewer))
    elif asked.section is Section.UNSURE:
        found.append(is_not_asked(viewer))
    if asked.kind is not None:
        found.append(Message.kind == asked.kind.value)
    if asked.process is not None:
        found.append(Message.process == asked.process.value)
    if asked.service is not None:
        found.append(Message.service == asked.service.value)
    if asked.team is not None:
        found.append(Message.team == asked.team)
    return found


def _stretches(asked: Filter) -> tuple[Stretch, ...]:
    if asked.section is Section.LOGGED:
        return (Stretch(_RECEIVED, descending=True),)
    urgent, other = Message.urgent == true(), Message.urgent == false()
    only: tuple[ColumnElement[bool], ...] = ()
    if asked.section is Section.URGENT:
        only = (urgent,)
    elif asked.section is Section.UNSURE:
        only = (other,)
    if asked.sort is Sort.LEAST_SURE:
        return (Stretch((Message.confidence, Message.id), only),)
    if asked.sort is not Sort.URGENT_FIRST:
        return (Stretch(_RECEIVED, only, descending=asked.sort is Sort.NEWEST),)
    return (Stretch(_RECEIVED, only),) if only else (Stretch(_RECEIVED, (urgent,)), Stretch(_RECEIVED, (other,)))


def _name(asked: Filter) -> str:
    """What a cursor is of: of another section it would name another stretch."""
    return f"queue {asked.section} {asked.sort}"


def _claims(now: datetime) -> Select[Any]:
    """The messages that somebody looks at just now. Who may not sign in any more looks at nothing."""
    return (
        select(MessageClaim.message_pk)
        .join(Account, Account.id == MessageClaim.account_id)
        .where(MessageClaim.at > now - CLAIM_LASTS, Account.disabled_at.is_(None))
    )


def _mine(connection: Connection, viewer: User, now: datetime) -> list[int]:
    """Messages that wait, and that the viewer deals with, or with whose case, or looks at."""
    on_theirs = select(Message.id).join(Case, Case.id == Message.case_id).where(Case.assigned_to_id == viewer.id)
    found: set[int] = set()
    for query in (
        select(Message.id).where(Message.assigned_to_id == viewer.id),
        on_theirs,
        select(Message.id).where(Message.id.in_(_claims(now).where(MessageClaim.account_id == viewer.id))),
    ):
        found.update(connection.execute(query.where(WAITS).limit(_MOST_PICKED)).scalars())
    return sorted(found)


def _like(connection: Connection, viewer: User, message: int, *, logged: bool) -> list[int]:
    """Messages like this one, itself too. None where the viewer does not see it."""
    if not may_see_message(connection, viewer, message):
        return []
    columns = (Message.kind, Message.original_address, Message.original_subject, Message.subject)
    row = connection.execute(select(*columns).where(Message.id == message)).one()
    these = (LOGGED if logged else WAITS, Message.kind == row.kind)
    found: set[int] = set()
    if row.original_address:
        by_them = select(Message.id).where(*these, Message.original_address == row.original_address)
        found.update(connection.execute(by_them.order_by(Message.received_at.desc()).limit(_MOST_PICKED)).scalars())
    if subject := row.original_subject or row.subject:
        # No index has subjects, which are as long as anybody likes.
        newest = select(Message.id).where(*these).order_by(Message.received_at.desc(), Message.id.desc()).limit(_LOOKED_AT_ONE_BY_ONE)
        of_it = func.coalesce(func.nullif(Message.original_subject, ""), Message.subject) == subject
        found.update(connection.execute(select(Message.id).where(Message.id.in_(newest), of_it).limit(_MOST_PICKED)).scalars())
    return sorted(found)


def _spot(connection: Connection, viewer: User, listing: Listing, message: int | None) -> Spot | None:
    """Where a message stands or stood in the list. None where the viewer does not see it."""
    if message is None or not may_see_message(connection, viewer, message):
        return None
    query = select(Message.urgent, Message.received_at, Message.confidence, Message.id).where(Message.id == message)
    row = connection.execute(query).one()
    number = 1 if len(listing.stretches) > 1 and not row.urgent else 0
    return Spot(number, tuple(getattr(row, column.key) for column in listing.stretches[number].columns))


def _each(connection: Connection, column: Any) -> tuple[str, ...]:
    """Every value of an indexed column, one look into the index for each."""
    found: list[str] = []
    query = select(column).where(column.is_not(None)).order_by(column).limit(1)
    while len(found) < _MOST_CHOICES:
        value = connection.execute(query.where(column > found[-1]) if found else query).scalar()
        if value is None:
            break
        found.append(value)
    return tuple(found)


# What is shown of them


def _rows(connection: Connection, viewer: User, now: datetime, keys: Sequence[int]) -> list[Row]:
    if not keys:
        return []
    asked_of, dealing = aliased(Case), aliased(Account)
    suggested = case((sees_case(viewer, asked_of), asked_of.reference), else_=None).label("suggested")
    columns = (
        Message.id, Message.version, Message.received_at, Message.kind, Message.process, Message.confidence, Message.urgent, Message.status,
        Message.subject, Message.original_subject, Message.original_name, Message.original_address, Message.role, Message.service,
        Message.team, func.substr(Message.text, 1, 3 * _PREVIEW).label("beginning"), Case.reference, suggested,
        dealing.full_name.label("assigned_to"),
    )  # fmt: skip
    query = (
        select(*columns)
        .outerjoin(Case, Case.id == Message.case_id)
        .outerjoin(asked_of, asked_of.id == Message.suggested_case_id)
        .outerjoin(dealing, dealing.id == Message.assigned_to_id)
        .where(Message.id.in_(keys))
    )
    found = {row.id: row for row in connection.execute(query)}
    boxes = first_deliveries(connection, keys)
    looking = {
        row.message_pk: Claimant(row.id, row.full_name)
        for row in connection.execute(_claims(now).add_columns(Account.id, Account.full_name).where(MessageClaim.message_pk.in_(keys)))
    }
    return [_row(found[key], boxes.get(key, ("", "")), looking.get(key)) for key in keys]


def first_deliveries(connection: Connection, keys: Sequence[int]) -> dict[int, tuple[str, str]]:
    """For each of these messages the mailbox that it came to first, and which kind that is."""
    columns = (Delivery.message_pk, Delivery.mailbox, Delivery.mailbox_kind)
    found: dict[int, tuple[str, str]] = {}
    for row in connection.execute(select(*columns).where(Delivery.message_pk.in_(keys)).order_by(Delivery.id)):
        found.setdefault(int(row.message_pk or 0), (row.mailbox, row.mailbox_kind))
    return found


def _row(row: Any, box: tuple[str, str], looking: Claimant | None) -> Row:
    return Row(
        id=row.id,
        version=row.version,
        received_at=row.received_at,
        mailbox=box[0],
        mailbox_kind=box[1],
        kind=row.kind,
        process=row.process,
        confidence=row.confidence,
        urgent=bool(row.urgent),
        status=row.status,
        case=row.reference,
        suggested=row.suggested,
        subject=row.original_subject or row.subject or "",
        author=row.original_name or row.original_address or row.role or "",
        role=row.role,
        preview=" ".join((row.beginning or "").split())[:_PREVIEW],
        service=row.service,
        team=row.team,
        claimed_by=looking,
        assigned_to=row.assigned_to,
    )
