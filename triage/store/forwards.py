"""What became of the mail that somebody forwarded: that it was logged, where, and how its case stands."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from triage.domain.labels import Kind, Status
from triage.domain.user import User
from triage.errors import CallError
from triage.store.messagefile import subject_of
from triage.store.schema import Case, Delivery, Message
from triage.store.sight import sees_case

_LOGGED_ONLY = "logged; the complaints team has it"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A message that somebody forwarded. `message` is its key where they may open it.

    Of one whose case they may not see they are told that it was logged, as `state` says, and nothing that was made of it.
    """

    message: int | None
    received_at: datetime
    logged_at: datetime | None
    subject: str
    author_name: str
    kind: str | None
    state: str
    case: str | None
    case_status: str | None
    outcome: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class ForwardedPage:
    """Some of what somebody forwarded, the last logged first; `next` asks for what was logged before it."""

    rows: tuple[Forwarded, ...]
    next: str | None


def forwarded(connection: Connection, viewer: User, after: str | None = None, size: int = 25) -> ForwardedPage:
    """What this person forwarded, by the address that they write from. Raises CallError where `after` is none of `next`."""
    if not viewer.address:
        return ForwardedPage((), None)
    theirs = select(Message.id).where(Message.forwarder == viewer.address)
    if after is not None:
        theirs = theirs.where(Message.id < _key(after))
    # By a sum, so that no database takes the order for a reason to go through all mail backwards; and looked at by themselves.
    keys = list(connection.execute(theirs.order_by((Message.id + 0).desc()).limit(size + 1)).scalars())
    query = (
        select(Message.__table__, Case.reference, Case.status.label("case_status"), Case.outcome, Case.due_on)
        .outerjoin(Case, (Case.id == Message.case_id) & sees_case(viewer))
        .where(Message.id.in_(keys))
        .order_by(Message.id.desc())
    )
    rows = connection.execute(query).all()
    shown = rows[:size]
    first = select(Delivery.message_pk, func.min(Delivery.logged_at)).where(Delivery.message_pk.in_([row.id for row in shown]))
    logged: dict[int, datetime] = {int(key or 0): at for key, at in connection.execute(first.group_by(Delivery.message_pk))}
    last = str(shown[-1].id) if len(rows) > size else None
    return ForwardedPage(tuple(_told(row, logged.get(row.id)) for row in shown), last)


def _key(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise CallError("this page of the list does not exist: begin with the first")
    return int(after)


def _told(row: Any, logged_at: datetime | None) -> Forwarded:
    hidden = row.case_id is not None and row.reference is None
    return Forwarded(
        message=None if hidden else row.id,
        received_at=row.received_at,
        logged_at=logged_at,
        subject=subject_of(row),
        author_name=row.original_name or row.original_address or "",
        kind=None if hidden else row.kind,
        state=_LOGGED_ONLY if hidden else _state(row),
        case=row.reference,
        case_status=row.case_status,
        outcome=row.outcome,
        due_on=row.due_on,
    )


def _state(row: Any) -> str:
    looked_at = row.status != Status.REVIEW.value
    if row.reference is None:
        nothing = row.kind == Kind.NONE.value and looked_at
        return "logged; it is nothing for the complaints team" if nothing else "logged; a person will look at it"
    kind = {Kind.COMPLAINT.value: "a complaint", Kind.ENQUIRY.value: "an enquiry", Kind.COMPLIMENT.value: "a compliment"}.get(row.kind)
    logged = f"logged as {kind}" if kind else "logged"
    return logged if looked_at else f"{logged}; a person will look at it"
