"""What a case says follows from the messages on it: it is summed up anew when one comes, leaves or is decided about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from triage.domain.case import OPENED_BY_MISTAKE, CaseStatus, Relation, combined_kind
from triage.domain.labels import Kind, Service
from triage.store.ledger import Ledger
from triage.store.schema import Case, Correspondent, Delivery, Message

# What a case says on which nothing is.
SILENT: dict[str, Any] = {
    "kind": Kind.NONE.value, "process": None, "themes": [], "urgent": False, "service": Service.OTHER.value, "team": None,
    "closed_at": None, "outcome": None, "due_on": None, "assigned_to_id": None,
}  # fmt: skip


def sum_up(ledger: Ledger, connection: Connection, case_id: int) -> None:
    """Let a case say what its messages say. One on which none is left was opened by mistake."""
    rows: Sequence[Any] = connection.execute(
        select(Message.kind, Message.process, Message.themes, Message.urgent, Message.service, Message.team)
        .where(Message.case_id == case_id, Message.kind != Kind.NONE.value)
        .order_by(Message.id)
    ).all()
    if not rows:
        close_as_mistake(ledger, connection, case_id)
        return
    kind = Kind(rows[0].kind)
    for row in rows[1:]:
        kind = combined_kind(kind, Kind(row.kind))
    process = next((row.process for row in rows if row.process), None)
    connection.execute(
        update(Case)
        .where(Case.id == case_id)
        .values(
            kind=kind.value, process=process, themes=sorted({theme for row in rows for theme in row.themes}),
            urgent=any(row.urgent for row in rows), service=rows[0].service, team=rows[0].team, version=Case.version + 1,
        )
    )  # fmt: skip


def close_as_mistake(ledger: Ledger, connection: Connection, case_id: int) -> None:
    """Close a case on which no message is left: it was none. It says nothing more, belongs to nobody, and keeps its number."""
    row = connection.execute(select(Case.outcome, Case.closed_at).where(Case.id == case_id)).one()
    state = {"status": CaseStatus.CLOSED.value, "outcome": OPENED_BY_MISTAKE, "closed_at": row.closed_at or ledger.now}
    connection.execute(update(Case).where(Case.id == case_id).values(**{**SILENT, **state}, version=Case.version + 1))
    connection.execute(delete(Correspondent).where(Correspondent.case_id == case_id))
    ledger.record("opened by mistake", case_id=case_id, outcome=[row.outcome, OPENED_BY_MISTAKE])


def left(connection: Connection, case_id: int, received_at: datetime, *, choose_again: bool = False) -> None:
    """Follow up that messages have left a case, the earliest of them received at `received_at`.

    Where the case was opened by it, it is now opened by the earliest that is left.
    """
    choose_new(connection, case_id, choose_again=choose_again)
    opened_at = connection.execute(select(Case.opened_at).where(Case.id == case_id)).scalar_one()
    earliest = connection.execute(select(func.min(Message.received_at)).where(Message.case_id == case_id)).scalar()
    if earliest is not None and received_at <= opened_at:
        connection.execute(update(Case).where(Case.id == case_id).values(opened_at=earliest))


def choose_new(connection: Connection, case_id: int, *, choose_again: bool = False) -> None:
    """See to it that exactly one delivery of a case is `new`: the one that is; the earliest where none is, or with `choose_again`.

    Escalations stay what they are: a case that holds nothing else has none that is new.
    """
    rows = connection.execute(
        select(Delivery.id, Delivery.relation)
        .join(Message, Message.id == Delivery.message_pk)
        .where(Message.case_id == case_id, Delivery.relation.is_distinct_from(Relation.ESCALATION.value))
        .order_by(Message.received_at, Message.id, Delivery.id)
    ).all()
    are_new = [row.id for row in rows if row.relation == Relation.NEW.value]
    if not rows or (len(are_new) == 1 and not choose_again):
        return
    first = rows[0].id
    others = [key for key in are_new if key != first]
    connection.execute(update(Delivery).where(Delivery.id.in_(others)).values(relation=Relation.REPEAT.value))
    connection.execute(update(Delivery).where(Delivery.id == first).values(relation=Relation.NEW.value))
