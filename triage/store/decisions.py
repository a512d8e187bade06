"""What people decide about a message: that it was taken right, or what it really is. Each decision is one to learn from."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from triage.domain.case import Relation
from triage.domain.labels import Kind, Labels, Process, Role, Service, Status, Theme
from triage.domain.message import Structure
from triage.errors import CallError, ConflictError
from triage.store import engine as database
from triage.store.ledger import Ledger
from triage.store.schema import Case, Correspondent, Delivery, Message, MessageParticulars, RawMessage
from triage.store.summing import left, sum_up

_DECIDED = (Status.CONFIRMED.value, Status.CORRECTED.value)
NOTHING = "a person decided that it is nothing for the case store"

TeamOf = Callable[[Service, str, Callable[[], bytes | None]], str | None]
"""Names the council's team for a service, by what a message says and, where it asks for them, by its bytes as fetched."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits for a person, as a list shows it. `kind` and `confidence` are the program's.

    `suggested` is the case to which it may belong: the program asks.
    """

    id: int
    received_at: datetime
    mailbox: str
    kind: Kind
    confidence: float
    urgent: bool
    case: str | None
    reasons: tuple[str, ...]
    suggested: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A message whose labels a person has confirmed or corrected, as an example to learn from."""

    id: int
    sender: str
    subject: str
    text: str
    author_name: str
    writer: str
    structure: Structure
    relayed: bool
    labels: Labels


def waiting(engine: Engine) -> list[Waiting]:
    """Messages that wait for a person: the urgent first, then the oldest."""
    suggested = Case.__table__.alias("suggested")
    columns = (Message.id, Message.received_at, Message.kind, Message.confidence, Message.urgent, Message.reasons)
    query = (
        select(*columns, Case.reference, suggested.c.reference.label("suggested"))
        .outerjoin(Case, Case.id == Message.case_id)
        .outerjoin(suggested, suggested.c.id == Message.suggested_case_id)
        .where(Message.status == Status.REVIEW.value, Message.erased_at.is_(None))
        .order_by(Message.urgent.desc(), Message.received_at, Message.id)
    )
    with database.reading(engine) as connection:
        rows = connection.execute(query).all()
        boxes: dict[int, str] = {}
        deliveries = select(Delivery.message_pk, Delivery.mailbox).where(Delivery.message_pk.is_not(None)).order_by(Delivery.id)
        for key, mailbox in connection.execute(deliveries):
            boxes.setdefault(int(key or 0), mailbox)
    return [
        Waiting(
            row.id,
            row.received_at,
            boxes.get(row.id, ""),
            Kind(row.kind),
            row.confidence,
            bool(row.urgent),
            row.reference,
            tuple(row.reasons),
            row.suggested,
        )
        for row in rows
    ]


def corrections(engine: Engine) -> list[Correction]:
    """Every message that a person has decided about and whose words are kept, the oldest first.

    Of an officer's mail that is nothing none are.
    """
    with database.reading(engine) as connection:
        rows = connection.execute(
            select(Message.__table__)
            .where(Message.status.in_(_DECIDED), Message.erased_at.is_(None), Message.text.is_not(None))
            .order_by(Message.id)
        ).all()
    return [_correction(row) for row in rows]


def _correction(row: Any) -> Correction:
    relayed = not row.forwarded and not row.original_address
    return Correction(
        id=row.id,
        sender=row.original_address or f"message {row.id}",
        subject=row.original_subject if row.original_subject is not None else row.subject or "",
        text=row.text,
        author_name=row.original_name or "",
        writer=(row.sender_address if relayed else row.original_address) or "",
        structure=Structure(row.structure),
        relayed=relayed,
        labels=labels_of(row),
    )


def labels_of(row: Any) -> Labels:
    """The labels of a message's row."""
    return Labels(
        kind=Kind(row.kind),
        process=Process(row.process) if row.process else None,
        role=Role(row.role),
        urgent=bool(row.urgent),
        outside_scope=bool(row.outside_scope),
        service=Service(row.service),
        themes=tuple(sorted(Theme(theme) for theme in row.themes)),
        language=row.language,
    )


def decide(
    ledger: Ledger, connection: Connection, key: int, change: Callable[[Labels], Labels] | None, team_of: TeamOf | None = None
) -> str | None:
    """Confirm a message's labels, or change them; returns the reference of the case that it is then on, or None.

    A message that turns out to be something for the case store opens a case. One that turns out to be nothing leaves its case,
    which is closed where it was its only message; and its words are erased where only officers' mailboxes hold it. Without `team_of`
    the team stays as it was.

    Raises CallError where there is no such message or its words are erased, ConflictError where it changed meanwhile.
    """
    row = connection.execute(select(Message.__table__).where(Message.id == key)).first()
    if row is None:
        raise CallError(f"there is no message {key}")
    if row.erased_at is not None or row.role is None:
        raise CallError(f"message {key}: its words are not kept, so nothing can be decided about it")
    before = labels_of(row)
    after = change(before) if change else before
    case_id, team = row.case_id, row.team
    opens = after.kind is not Kind.NONE and case_id is None
    # What was put aside as nothing was given no team.
    if team_of is not None and (after.service is not before.service or (opens and team is None)):
        team = team_of(after.service, f"{row.original_subject or ''}\n{row.text or ''}", lambda: _bytes_of(connection, key))
    if after.kind is Kind.NONE:
        case_id = None
    elif case_id is None:
        case_id = ledger.open_case(after, row.received_at, team).id
        if row.original_address:
            ledger.flush()
            connection.execute(
                insert(Correspondent),
                {"case_id": case_id, "address": row.original_address, "name": row.original_name or "", "role": after.role.value},
            )
    elif after.role is not before.role:
        theirs = (Correspondent.case_id == case_id) & (Correspondent.address == row.original_address)
        connection.execute(update(Correspondent).where(theirs).values(role=after.role.value))
    decision = Status.CONFIRMED if after == before else Status.CORRECTED
    # To confirm what was corrected does not make the program right.
    status = Status.CORRECTED if row.status == Status.CORRECTED.value else decision
    changed = connection.execute(
        update(Message)
        .where(Message.id == key, Message.version == row.version)
        .values(
            kind=after.kind.value, process=after.process.value if after.process else None, role=after.role.value, urgent=after.urgent,
            outside_scope=after.outside_scope, service=after.service.value, themes=[theme.value for theme in after.themes],
            team=team, status=status.value, case_id=case_id, version=row.version + 1,
        )
    )  # fmt: skip
    if changed.rowcount != 1:
        raise ConflictError(f"someone else changed message {key} just now: look at it and try again")
    if case_id != row.case_id:
        _relate(connection, key, case_id)
        if row.case_id is not None:
            ledger.forget_correspondent(row.case_id, row.original_address)
            left(connection, row.case_id, row.received_at)
    changes = _changes(before, after) | ({"team": [row.team, team]} if team != row.team else {})
    ledger.record(decision.value, message_pk=key, case_id=case_id, decided_by=row.decided_by, **changes)
    for one in {row.case_id, case_id} - {None}:
        sum_up(ledger, connection, one)
    if case_id is not None and (after != before or case_id != row.case_id):
        # Later mail is compared with what it is, not with what the program took it for.
        _have_remade(connection, key)
    if ledger.decided_nothing(key):
        ledger.erase(key, NOTHING)
    if case_id is None:
        return None
    return connection.execute(select(Case.reference).where(Case.id == case_id)).scalar_one()


def _have_remade(connection: Connection, key: int) -> None:
    """Have what matching compares of a message made, or made anew (`triage.store.remaking`)."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(MessageParticulars).values(message_pk=key, content=None, keys=[], tries=0)
    connection.execute(row.on_conflict_do_update(index_elements=["message_pk"], set_={"tries": 0}))


def _relate(connection: Connection, key: int, case_id: int | None) -> None:
    """Say what a message's deliveries are to the case that it came to: the first opened it, the others repeat it."""
    these = Delivery.message_pk == key
    connection.execute(update(Delivery).where(these).values(relation=Relation.REPEAT.value if case_id is not None else None))
    if case_id is not None:
        first = connection.execute(select(func.min(Delivery.id)).where(these)).scalar_one()
        connection.execute(update(Delivery).where(Delivery.id == first).values(relation=Relation.NEW.value))


def _bytes_of(connection: Connection, key: int) -> bytes | None:
    """A message's bytes as they were first fetched, or None where they are not kept."""
    query = select(RawMessage.content).join(Delivery, Delivery.sha256 == RawMessage.sha256).where(Delivery.message_pk == key)
    content = connection.execute(query.order_by(Delivery.id).limit(1)).scalar()
    return zlib.decompress(content) if content is not None else None


def _changes(before: Labels, after: Labels) -> dict[str, Any]:
    """What was corrected, label by label, as [from, to]."""
    found: dict[str, Any] = {}
    for name in ("kind", "process", "role", "urgent", "outside_scope", "service", "themes"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found[name] = [list(old), list(new)] if isinstance(old, tuple) else [old, new]
    return found
