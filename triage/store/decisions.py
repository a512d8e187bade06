"""What people decide about a message: that it was taken right, or what it really is. Each decision is one to learn from."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from triage.domain.case import Relation
from triage.domain.labels import Kind, Labels, Process, Role, Service, Status, Theme
from triage.domain.message import Structure
from triage.domain.user import User
from triage.errors import CallError
from triage.store import engine as database
from triage.store import findable, following
from triage.store.ledger import Ledger
from triage.store.operations import Done, Operation, case_row, the_message
from triage.store.schema import Case, Correspondent, Delivery, Message, RawMessage
from triage.store.sight import may_see_case
from triage.store.summing import left

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
class Decided:
    """What was decided about a message: the case that it is on then, and the number by which all of it can be undone.

    There is no number where nothing was changed, nor where its words were `erased`: that cannot be undone. `asked` is the case of which
    it is still asked whether the message belongs to it.
    """

    message: int
    reference: str | None
    operation: int | None
    erased: bool = False
    asked: str | None = None


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
    ledger: Ledger,
    connection: Connection,
    key: int,
    change: Callable[[Labels], Labels] | None,
    team_of: TeamOf | None = None,
    *,
    version: int | None = None,
    leave_asked: bool = False,
) -> Decided:
    """Confirm a message's labels, or change them (see `label`). `version` is the message's as the person saw it.

    That does not answer whether the message belongs to the case that is suggested for it. The answer comes first, or with it
    (`triage.store.casework.answer`); with `leave_asked` it may come later.

    Raises CallError where there is no such message or its words are erased, ConflictError where it changed meanwhile.
    """
    row = decidable(connection, key, version)
    if row.suggested_case_id is not None and not leave_asked:
        raise CallError(_asked_first(connection, row))
    operation = Operation(ledger, connection, (row.case_id,), (key,))
    label(operation, row, change, team_of)
    return decided(operation, row)


def kinds_of(connection: Connection, keys: Sequence[int]) -> set[Kind]:
    """The kinds that these messages were taken for."""
    return {Kind(one) for one in connection.execute(select(Message.kind).where(Message.id.in_(keys)).distinct()).scalars()}


def confirm_alike(ledger: Ledger, connection: Connection, *, key: int, version: int, viewer: User | None = None) -> Decided:
    """Confirm one of several messages that were looked at together. Raises CallError where it is to be looked at by itself.

    What is asked about a case that a `viewer` may not see is left to those who may: for them it is not asked.
    """
    row = decidable(connection, key, version)
    asked = row.suggested_case_id
    hidden = asked is not None and viewer is not None and not may_see_case(connection, viewer, asked)
    if row.urgent or (asked is not None and not hidden):
        raise CallError(f"message {key} is to be looked at by itself")
    return decide(ledger, connection, key, None, version=version, leave_asked=hidden)


def decidable(connection: Connection, key: int, version: int | None = None) -> Any:
    """A message that can be decided about. Raises CallError where there is none or its words are erased, ConflictError as `the_message`."""
    row = the_message(connection, key, version)
    if row.erased_at is not None or row.role is None:
        raise CallError(f"message {key}: its words are not kept, so nothing can be decided about it")
    return row


def _asked_first(connection: Connection, row: Any) -> str:
    suggested = connection.execute(select(Case.reference).where(Case.id == row.suggested_case_id)).scalar_one()
    asks = f"message {row.id} may belong to {suggested}: answer that first"
    if row.kind == Kind.NONE.value:
        return f"{asks}: `message keep {row.id}` where it is nothing, `message correct {row.id}` where it is something after all"
    return f"{asks}, with `message join {row.id}` or `message keep {row.id}`"


def label(
    operation: Operation, row: Any, change: Callable[[Labels], Labels] | None, team_of: TeamOf | None = None, *, to: Any | None = None
) -> None:
    """Say that a message's labels are right, or what they really are.

    A message that turns out to be something for the case store opens a case, or comes to the case `to`. One that turns out to be nothing
    leaves its case, which is closed where it was its only message, and belongs to none that was suggested. Without `team_of` the team
    stays as it was. Raises CallError or ConflictError.
    """
    ledger, connection, key = operation.ledger, operation.connection, int(row.id)
    before = labels_of(row)
    after = change(before) if change else before
    team = row.team
    opens = after.kind is not Kind.NONE and row.case_id is None
    # What was put aside as nothing was given no team.
    if team_of is not None and (after.service is not before.service or (opens and team is None)):
        team = team_of(after.service, f"{row.original_subject or ''}\n{row.text or ''}", lambda: _bytes_of(connection, key))
    case_id = None if after.kind is Kind.NONE else row.case_id
    if opens:
        case_id = _come_to(operation, row, after, team, to)
    elif case_id is not None and after.role is not before.role:
        theirs = (Correspondent.case_id == case_id) & (Correspondent.address == row.original_address)
        connection.execute(update(Correspondent).where(theirs).values(role=after.role.value))
    decision = Status.CONFIRMED if after == before else Status.CORRECTED
    # To confirm what was corrected does not make the program right.
    status = Status.CORRECTED if row.status == Status.CORRECTED.value else decision
    operation.decided = True
    operation.change(
        "message", key,
        kind=after.kind.value, process=after.process.value if after.process else None, role=after.role.value, urgent=after.urgent,
        outside_scope=after.outside_scope, service=after.service.value, themes=[theme.value for theme in after.themes],
        team=team, status=status.value, case_id=case_id,
    )  # fmt: skip
    if case_id != row.case_id:
        _relate(connection, key, case_id, opens=to is None)
        if row.case_id is not None:
            ledger.forget_correspondent(row.case_id, row.original_address)
            left(connection, row.case_id, row.received_at)
    changes = _changes(before, after) | ({"team": [row.team, team]} if team != row.team else {})
    ledger.record(decision.value, message_pk=key, case_id=case_id, decided_by=row.decided_by, **changes)
    for one in sorted({row.case_id, case_id} - {None}):
        operation.sum_up(one)
    if case_id is not None and (after != before or case_id != row.case_id):
        # Later mail is compared with what it is, not with what the program took it for.
        ledger.have_remade(key)
    if after.kind is Kind.NONE and change is not None and row.suggested_case_id is not None:
        operation.answer(the_message(connection, key), None, case_row(connection, row.suggested_case_id), joined=False)


def _come_to(operation: Operation, row: Any, labels: Labels, team: str | None, to: Any | None) -> int:
    """The case that a message which was on none is on from now: `to`, or one of its own. Its author belongs to it."""
    ledger, connection = operation.ledger, operation.connection
    if to is None:
        case_id = ledger.open_case(labels, row.received_at, team).id
        operation.opened(case_id)
    else:
        case_id = int(to.id)
        operation.change("case", case_id, opened_at=min(row.received_at, to.opened_at))
        ledger.record("moved", message_pk=row.id, case_id=case_id, to=to.reference)
    there = (Correspondent.case_id == case_id) & (Correspondent.address == row.original_address)
    if row.original_address and connection.execute(select(Correspondent.id).where(there)).first() is None:
        author = {"address": row.original_address, "name": row.original_name or "", "role": labels.role.value}
        connection.execute(insert(Correspondent), {"case_id": case_id, **author})
    return case_id


def decided(operation: Operation, row: Any, keep: Callable[[], Done | None] | None = None) -> Decided:
    """Keep what undoing a decision needs, by `keep` where more was done than to decide; the message was as in `row` before.

    Its words are erased where it is nothing and only officers' mailboxes hold it: that cannot be undone.
    """
    ledger, connection, key = operation.ledger, operation.connection, int(row.id)
    now = the_message(connection, key)
    if ledger.decided_nothing(key):
        ledger.erase(key, NOTHING)
        return Decided(key, None, None, erased=True)
    if now.case_id is None and following.is_restricted(connection, row.case_id):
        raise CallError(f"only named people see message {key}, and everybody would if it were on no case: lift the restriction first")
    findable.keep(connection, key)
    case = row.case_id if row.case_id is not None else now.case_id
    done = keep() if keep is not None else operation.kept("decide", None if case is None else case_row(connection, case))
    now = the_message(connection, key)
    reference, asked = (None if one is None else str(case_row(connection, one).reference) for one in (now.case_id, now.suggested_case_id))
    return Decided(key, reference, None if done is None else done.number, asked=asked)


def _relate(connection: Connection, key: int, case_id: int | None, *, opens: bool) -> None:
    """Say what a message's deliveries are to the case that it came to: the first opened it, or all of them repeat what is there."""
    these = Delivery.message_pk == key
    connection.execute(update(Delivery).where(these).values(relation=Relation.REPEAT.value if case_id is not None else None))
    if case_id is not None and opens:
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
