"""A case as a person sees it on its page: with its mail, what was done on it, and the other cases of which that person may know."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from triage.domain.message import Attachment
from triage.domain.user import User
from triage.store import casefile, notes, restrictions
from triage.store.actors import named
from triage.store.casefile import OnCase, Related, WholeCase
from triage.store.messagefile import attachments, named_in, preview, subject_of, told_apart, visible
from triage.store.notes import Note
from triage.store.reads import Read, is_noted
from triage.store.restrictions import NamedReader
from triage.store.schema import Account, Case, CaseReader, CaseRestriction, Delivery, Message
from triage.store.seen import seen_case
from triage.store.sight import sees_case, sees_message
from triage.store.timeline import Came, Entry, timeline

MOST_MESSAGES = 500
_MOST_WAITING = 100
# Of the words of one message on a case's page: what is longer is shown with the message. A case can have hundreds, and one may be a book.
_MOST_WORDS = 10_000
_PREVIEW = 200
_SOMEBODY = "Somebody"


@dataclass(frozen=True, slots=True)
class MailOnCase(OnCase):
    """A message on a case with its words.

    `text` and `note` are its words as far as a page of many shows them; where there are more, it is `cut`. `asked` is the case that it is
    suggested for where this person may see it, and `reasons` are those that name no other case.
    `mailboxes` are those that it lies in, the first first.
    """

    process: str | None
    urgent: bool
    confidence: float
    subject: str
    author_name: str
    author_address: str
    forwarded: bool
    forwarder: str | None
    note: str
    preview: str
    text: str
    cut: bool
    erased: bool
    attachments: tuple[Attachment, ...]
    mailboxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WholeCaseView(WholeCase):
    """A case with everything on it that a person may see. Its key is for those who write about it.

    `more_messages` says that there are earlier ones than these, `more_entries` the same of the timeline. `readers` are named for it
    where it is `restricted`.
    """

    id: int
    messages: tuple[MailOnCase, ...]
    more_messages: bool
    timeline: tuple[Entry, ...]
    more_entries: bool
    notes: tuple[Note, ...]
    assigned_to: str | None
    assigned_to_id: int | None
    due_on: date | None
    restricted: bool
    readers: tuple[NamedReader, ...]


def opened(connection: Connection, now: datetime, viewer: User, reference: str) -> tuple[WholeCaseView, Read, bool]:
    """A case as this person sees it, what they look at by that, and whether that is in the audit already. Raises NotFound."""
    view = show(connection, viewer, reference)
    read = Read((view.id,))
    return view, read, is_noted(connection, now, viewer, read)


def keys_of(connection: Connection, viewer: User, reference: str) -> list[int]:
    """The keys of the case that a reference leads to, and of those that were merged into it. Raises NotFound."""
    row = seen_case(connection, viewer, reference)
    return [row.id, *casefile.merged_into(connection, row.id)]


def show(connection: Connection, viewer: User, reference: str) -> WholeCaseView:
    """The case that a reference leads to, as this person sees it. Raises NotFound."""
    row = seen_case(connection, viewer, reference)
    merged = casefile.merged_into(connection, row.id)
    hidden = _hidden(connection, viewer, merged)
    names = {row.id: row.reference, **merged}
    rows, more_messages = _mail(connection, viewer, row.id)
    deliveries = _deliveries(connection, [one.id for one in rows])
    written = notes.of_cases(connection, names)
    readers = restrictions.readers_of(connection, [row.id])
    came = [_came(one, deliveries[one.id]) for one in rows]
    entries, more_entries = timeline(connection, viewer, names, hidden=hidden, mail=came, notes=written)
    here = set(names.values())
    seen = (here - hidden) | visible(connection, viewer, {name for one in came for name in named_in(one.reasons)} - here)
    assigned = select(Account.full_name).where(Account.id == row.assigned_to_id)
    waiting = casefile.asked_about(row.id).outerjoin(Case, Case.id == Message.case_id).where(sees_message(viewer)).limit(_MOST_WAITING)
    return WholeCaseView(
        id=row.id,
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
        people=casefile.people_of(connection, row.id),
        copy_answer_to=tuple(casefile.copies_of_answers(connection, row.id).get(row.id, ())),
        messages=tuple(_on_case(one, deliveries[one.id], seen) for one in rows),
        more_messages=more_messages,
        related=_related(connection, viewer, row.id),
        merged=tuple(sorted(set(merged.values()) - hidden)),
        waiting=tuple(connection.execute(waiting).scalars()),
        timeline=entries,
        more_entries=more_entries,
        notes=written,
        assigned_to=connection.execute(assigned).scalar() if row.assigned_to_id is not None else None,
        assigned_to_id=row.assigned_to_id,
        due_on=row.due_on,
        restricted=row.id in readers,
        readers=readers.get(row.id, ()),
    )


def _hidden(connection: Connection, viewer: User, merged: Mapping[int, str]) -> set[str]:
    """Of merged cases those that this person may not know of: they are restricted still, to others.

    A merged case is of no service and holds no mail, so that nothing but its restriction says who may know of it. What came from it is
    on the case into which it was merged, and is seen there.
    """
    if not merged:
        return set()
    theirs = select(CaseReader.case_id).where(CaseReader.account_id == viewer.id)
    hidden = select(CaseRestriction.case_id).where(CaseRestriction.case_id.in_(merged), CaseRestriction.case_id.not_in(theirs))
    return {merged[key] for key in connection.execute(hidden).scalars()}


def _mail(connection: Connection, viewer: User, case_id: int) -> tuple[list[Any], bool]:
    """The messages that came last, in order of time, and whether there are earlier ones."""
    asked = aliased(Case)
    columns = [func.substr(one, 1, _MOST_WORDS + 1).label(one.name) if one.name in ("text", "note") else one for one in Message.__table__.c]
    query = (
        select(*columns, asked.reference.label("asked"))
        .outerjoin(asked, and_(asked.id == Message.suggested_case_id, sees_case(viewer, asked)))
        .where(Message.case_id == case_id)
        .order_by(Message.id.desc())
        .limit(MOST_MESSAGES + 1)
    )
    rows = connection.execute(query).all()
    return sorted(rows[:MOST_MESSAGES], key=lambda row: (row.received_at, row.id)), len(rows) > MOST_MESSAGES


def _deliveries(connection: Connection, messages: Collection[int]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    query = select(Delivery.message_pk, Delivery.mailbox, Delivery.relation, Delivery.received_at).where(Delivery.message_pk.in_(messages))
    # One message that came thousands of times is told so often, and not oftener.
    for row in connection.execute(query.order_by(Delivery.id).limit(4 * MOST_MESSAGES)):
        found[row.message_pk or 0].append(row)
    return found


def _came(row: Any, deliveries: Sequence[Any]) -> Came:
    author = row.original_name or row.original_address or _SOMEBODY
    by = tuple((one.mailbox, one.received_at) for one in deliveries)
    return Came(row.id, author, row.forwarder, row.received_at, by, tuple(row.reasons))


def _on_case(row: Any, deliveries: Sequence[Any], seen: Collection[str]) -> MailOnCase:
    about, about_case = told_apart(row.reasons)
    return MailOnCase(
        id=row.id,
        received_at=row.received_at,
        kind=row.kind,
        relation=next((one.relation for one in deliveries), None),
        role=row.role,
        status=row.status,
        asked=row.asked,
        reasons=about + (about_case if named_in(about_case) <= set(seen) else ()),
        process=row.process,
        urgent=bool(row.urgent),
        confidence=row.confidence,
        subject=subject_of(row),
        author_name=row.original_name or "",
        author_address=row.original_address or "",
        forwarded=row.forwarded,
        forwarder=row.forwarder,
        note=(row.note or "")[:_MOST_WORDS],
        preview=preview(row.text or "", _PREVIEW),
        text=(row.text or "")[:_MOST_WORDS],
        cut=max(len(row.text or ""), len(row.note or "")) > _MOST_WORDS,
        erased=row.erased_at is not None,
        attachments=attachments(row.attachments),
        mailboxes=tuple(dict.fromkeys(one.mailbox for one in deliveries)),
    )


def _related(connection: Connection, viewer: User, case_id: int) -> tuple[Related, ...]:
    """The cases that this one is related to, of those that a person may see."""
    rows = connection.execute(casefile.links_of(case_id).where(sees_case(viewer))).all()
    names = named(connection, {row.made_by for row in rows})
    return tuple(Related(row.reference, row.why, names[row.made_by], row.score) for row in rows)
