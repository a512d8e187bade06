"""One message as a person sees it on its page: its words, what was decided about it and why, and the case beside it."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from triage.domain.case import REFERENCE
from triage.domain.message import Attachment, MailboxKind
from triage.domain.user import Right, User
from triage.store.claims import Claim, claimed
from triage.store.reads import Read, is_noted
from triage.store.references import leads_to
from triage.store.schema import Account, Case, Correspondent, Delivery, Message, RawMessage
from triage.store.seen import seen_message
from triage.store.sight import sees_case, sees_message

# With these begins what matching says, in `triage.matching.reasons`; what the classifier says stands before it.
_ABOUT_CASE = re.compile(r"It (?:was put on|may belong to) CC-\d{4}-\d{6}\b")
_MOST_DELIVERIES = 100
_PREVIEW = 300
# Messages of a case that are counted; a case of more is said to have more.
MOST_COUNTED = 500


@dataclass(frozen=True, slots=True)
class Delivered:
    """That a message is in a mailbox. `sha256`, which names its bytes, only where they are kept, for those who may have them."""

    mailbox: str
    mailbox_kind: str
    folder: str
    received_at: datetime
    logged_at: datetime
    relation: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """A case in a few lines, beside a message. `messages` counts to `MOST_COUNTED`; `more` says that there are more.

    `people` are role and name of each. `subject` and `preview` are those of the message that opened it.
    """

    reference: str
    version: int
    kind: str
    process: str | None
    status: str
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None
    due_on: date | None
    service: str
    team: str | None
    urgent: bool
    people: tuple[tuple[str, str], ...]
    messages: int
    more: bool
    subject: str
    preview: str
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageView:
    """Everything that a page about one message needs.

    `text` holds the author's own words, `note` what a forwarder wrote above them; both are empty where the words are erased.
    `reasons` are the program's for what the message is, `case_reasons` those for its case; those about a case that this person may not
    see are left out. `suggestion_hidden` says that the program asks about such a case: `suggested` is None then. `leaves_no_words`
    says that to decide that it is nothing erases it: only officers' mailboxes hold it.
    """

    id: int
    version: int
    status: str
    kind: str
    process: str | None
    role: str | None
    urgent: bool
    outside_scope: bool
    service: str | None
    themes: tuple[str, ...]
    language: str | None
    team: str | None
    confidence: float
    decided_by: str
    reasons: tuple[str, ...]
    case_reasons: tuple[str, ...]
    subject: str
    original_subject: str | None
    author_name: str
    author_address: str
    written_at: datetime | None
    sender_name: str
    sender_address: str
    forwarded: bool
    forwarder: str | None
    note: str
    text: str
    attachments: tuple[Attachment, ...]
    structure: str
    entities: Mapping[str, tuple[str, ...]]
    received_at: datetime
    erased: bool
    erased_at: datetime | None
    deliveries: tuple[Delivered, ...]
    mailbox: str
    mailbox_kind: str
    leaves_no_words: bool
    claimed: Claim | None
    assigned_to: str | None
    assigned_to_id: int | None
    case: CaseBrief | None
    suggested: CaseBrief | None
    suggestion_hidden: bool


def opened(connection: Connection, now: datetime, viewer: User, key: int) -> tuple[MessageView, Read, bool]:
    """A message as this person sees it, what they look at by that, and whether that is in the audit already. Raises NotFound."""
    row = seen_message(connection, viewer, key)
    asked = [one for one in (row.case_id, row.suggested_case_id) if one is not None]
    beside = briefs(connection, viewer, asked)
    read = Read(tuple(one for one in asked if one in beside), key)
    return _view(connection, now, viewer, row, beside), read, is_noted(connection, now, viewer, read)


def bytes_to_read(connection: Connection, now: datetime, viewer: User, key: int) -> tuple[str | None, Read, bool]:
    """The SHA-256 of a message's bytes, or None where they are not kept or this person may not see all of them; and as `opened`."""
    row = seen_message(connection, viewer, key)
    read = Read((row.case_id,) if row.case_id is not None else (), key)
    return min(whole_bytes(connection, viewer, key), default=None), read, is_noted(connection, now, viewer, read)


def _view(connection: Connection, now: datetime, viewer: User, row: Any, beside: Mapping[int, CaseBrief]) -> MessageView:
    deliveries = _deliveries(connection, viewer, row.id)
    about, about_case = told_apart(row.reasons)
    assigned = select(Account.full_name).where(Account.id == row.assigned_to_id)
    return MessageView(
        id=row.id,
        version=row.version,
        status=row.status,
        kind=row.kind,
        process=row.process,
        role=row.role,
        urgent=bool(row.urgent),
        outside_scope=bool(row.outside_scope),
        service=row.service,
        themes=tuple(row.themes),
        language=row.language,
        team=row.team,
        confidence=row.confidence,
        decided_by=row.decided_by,
        reasons=about,
        case_reasons=about_case if named_in(about_case) <= visible(connection, viewer, named_in(about_case)) else (),
        subject=row.subject or "",
        original_subject=row.original_subject,
        author_name=row.original_name or "",
        author_address=row.original_address or "",
        written_at=_moment(row.original_date),
        sender_name=row.sender_name or "",
        sender_address=row.sender_address or "",
        forwarded=row.forwarded,
        forwarder=row.forwarder,
        note=row.note or "",
        text=row.text or "",
        attachments=attachments(row.attachments),
        structure=row.structure,
        entities={sort: tuple(found) for sort, found in row.entities.items()},
        received_at=row.received_at,
        erased=row.erased_at is not None,
        erased_at=row.erased_at,
        deliveries=deliveries,
        mailbox=deliveries[0].mailbox if deliveries else "",
        mailbox_kind=deliveries[0].mailbox_kind if deliveries else MailboxKind.SHARED.value,
        leaves_no_words=row.erased_at is None and not _is_shared(connection, row.id),
        claimed=claimed(connection, now, row.id),
        assigned_to=connection.execute(assigned).scalar() if row.assigned_to_id is not None else None,
        assigned_to_id=row.assigned_to_id,
        case=beside.get(row.case_id),
        suggested=beside.get(row.suggested_case_id),
        suggestion_hidden=row.suggested_case_id is not None and row.suggested_case_id not in beside,
    )


def told_apart(reasons: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The program's reasons for what a message is, and those for its case."""
    first = next((i for i, reason in enumerate(reasons) if _ABOUT_CASE.match(reason)), len(reasons))
    return tuple(reasons[:first]), tuple(reasons[first:])


def named_in(sentences: Iterable[str]) -> set[str]:
    """The case references that stand in these sentences."""
    return {match.group(0).upper() for sentence in sentences for match in REFERENCE.finditer(sentence)}


def visible(connection: Connection, viewer: User, references: Collection[str]) -> set[str]:
    """Of these references, those of cases that a person may see."""
    if not references:
        return set()
    query = select(Case.id, Case.reference).where(Case.reference.in_(references), sees_case(viewer))
    found = {row.id: row.reference for row in connection.execute(query)}
    # Where one leads on to a case that was restricted later, it is answered for as that is.
    ends = leads_to(connection, found)
    seen = select(Case.id).where(Case.id.in_(ends.values()), sees_case(viewer))
    there = set(connection.execute(seen).scalars()) if ends else set()
    return {reference for key, reference in found.items() if key not in ends or ends[key] in there}


def attachments(stored: Iterable[Mapping[str, Any]]) -> tuple[Attachment, ...]:
    """What a message's row holds of its attachments."""
    return tuple(Attachment(one["name"], one["type"], one["size"], one["digest"]) for one in stored)


def _moment(written: str | None) -> datetime | None:
    """The date that a message bears. One without an offset is of the sender's making in any case, and is taken for UTC."""
    if written is None:
        return None
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_shared(connection: Connection, key: int) -> bool:
    """Whether a shared mailbox holds a message too."""
    here = and_(Delivery.message_pk == key, Delivery.mailbox_kind == MailboxKind.SHARED.value)
    return connection.execute(select(Delivery.id).where(here).limit(1)).first() is not None


def _deliveries(connection: Connection, viewer: User, key: int) -> tuple[Delivered, ...]:
    columns = (Delivery.mailbox, Delivery.mailbox_kind, Delivery.folder, Delivery.received_at, Delivery.logged_at, Delivery.relation)
    query = select(*columns, Delivery.sha256).where(Delivery.message_pk == key).order_by(Delivery.id).limit(_MOST_DELIVERIES)
    rows = connection.execute(query).all()
    there = whole_bytes(connection, viewer, key) if viewer.may(Right.READ_BYTES) else frozenset()
    return tuple(Delivered(*row[:6], row.sha256 if row.sha256 in there else None) for row in rows)


def whole_bytes(connection: Connection, viewer: User, key: int) -> frozenset[str]:
    """By their SHA-256 those bytes of a message that are kept and of which this person may see everything.

    Where one mail carried several families' messages, its bytes hold the words of all of them.
    """
    mine = select(Delivery.mailbox, Delivery.sha256).where(Delivery.message_pk == key).order_by(Delivery.id).limit(_MOST_DELIVERIES)
    places = {(row.mailbox, row.sha256) for row in connection.execute(mine)}
    digests = {sha256 for _, sha256 in places}
    kept = set(connection.execute(select(RawMessage.sha256).where(RawMessage.sha256.in_(digests))).scalars())
    if not kept:
        return frozenset()
    these = or_(*(and_(Delivery.mailbox == mailbox, Delivery.sha256 == sha256) for mailbox, sha256 in places if sha256 in kept))
    held = {(row.sha256, row.message_pk) for row in connection.execute(select(Delivery.sha256, Delivery.message_pk).where(these))}
    others = {message for _, message in held} - {key, None}
    seen = {key}
    if others:
        query = select(Message.id).outerjoin(Case, Case.id == Message.case_id).where(Message.id.in_(others), sees_message(viewer))
        seen |= set(connection.execute(query).scalars())
    return frozenset(kept - {sha256 for sha256, message in held if message not in seen})


# The case beside it


def briefs(connection: Connection, viewer: User, cases: Collection[int]) -> dict[int, CaseBrief]:
    """Of these cases, those that a person may see, in a few lines each."""
    if not cases:
        return {}
    found = connection.execute(select(Case.__table__).where(Case.id.in_(cases), sees_case(viewer))).all()
    keys = [row.id for row in found]
    people: dict[int, list[tuple[str, str]]] = {key: [] for key in keys}
    theirs = select(Correspondent.case_id, Correspondent.role, Correspondent.name, Correspondent.address)
    for one in connection.execute(theirs.where(Correspondent.case_id.in_(keys)).order_by(Correspondent.id)):
        people[one.case_id].append((one.role, one.name or one.address))
    return {row.id: _brief(connection, row, tuple(people[row.id])) for row in found}


def _brief(connection: Connection, row: Any, people: tuple[tuple[str, str], ...]) -> CaseBrief:
    on = select(Message.id, Message.received_at).where(Message.case_id == row.id)
    # The last that were logged: where there are more, the first of them is not what opened the case, and the last one still is the last.
    dates = connection.execute(on.order_by(Message.id.desc()).limit(MOST_COUNTED + 1)).all()
    more = len(dates) > MOST_COUNTED
    if more:
        dates = [*dates, *connection.execute(on.order_by(Message.id).limit(1))]
    first = min(dates, key=lambda one: (one.received_at, one.id)).id if dates else 0
    words = select(Message.subject, Message.original_subject, Message.text).where(Message.id == first)
    opening = connection.execute(words).first()
    return CaseBrief(
        reference=row.reference,
        version=row.version,
        kind=row.kind,
        process=row.process,
        status=row.status,
        outcome=row.outcome,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        due_on=row.due_on,
        service=row.service,
        team=row.team,
        urgent=row.urgent,
        people=people,
        messages=min(len(dates), MOST_COUNTED),
        more=more,
        subject=subject_of(opening) if opening else "",
        preview=preview(opening.text or "", _PREVIEW) if opening else "",
        last_at=max((one.received_at for one in dates), default=None),
    )


def subject_of(row: Any) -> str:
    """The subject that the author gave."""
    return str(row.original_subject if row.original_subject is not None else row.subject or "")


def preview(text: str, at_most: int) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 4 * at_most].split())
    return line if len(line) <= at_most and len(text) <= 4 * at_most else f"{line[:at_most].rstrip()}…"
