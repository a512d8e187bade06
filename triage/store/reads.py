"""That people looked at cases and messages: each is in the audit, and once where somebody looks again soon."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, select

from triage.domain.user import User
from triage.store.actors import named
from triage.store.ledger import Ledger
from triage.store.schema import AuditEvent

READ, DOWNLOADED = "read", "downloaded"
# Somebody who goes to and fro between a case and its messages reads it once.
_AGAIN_AFTER = timedelta(minutes=10)
_MOST_READINGS = 500


@dataclass(frozen=True, slots=True)
class Read:
    """What somebody looks at: a message, or, without one, a case. `cases` are the keys of those whose mail is seen by that."""

    cases: tuple[int, ...]
    message: int | None = None


def is_noted(connection: Connection, now: datetime, viewer: User, read: Read) -> bool:
    """Whether it is in the audit that this person looked at the same a short while ago."""
    # All that the audit says of one message or case is looked at: to ask for the last of it could take a database through the whole audit.
    theirs = and_(AuditEvent.actor == viewer.name, AuditEvent.action == READ, AuditEvent.at > now - _AGAIN_AFTER)
    if read.message is not None:
        # It may have come to another case meanwhile, or another be suggested.
        noted = select(AuditEvent.case_id).where(AuditEvent.message_pk == read.message, theirs)
        found = set(connection.execute(noted).scalars())
        return bool(found) and found >= set(read.cases)
    alone: ColumnElement[bool] = AuditEvent.message_pk.is_(None)
    return all(
        connection.execute(select(AuditEvent.id).where(AuditEvent.case_id == one, alone, theirs).limit(1)).first() is not None
        for one in read.cases
    )


def note(ledger: Ledger, read: Read, action: str = READ) -> None:
    """Put it in the audit that somebody looks at a message or a case."""
    for case_id in read.cases or (None,):
        ledger.record(action, case_id=case_id, message_pk=read.message)


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody looked at a case, at a message on it, or, with `downloaded`, took a message's bytes away."""

    at: datetime
    who: str
    message: int | None
    downloaded: bool


def readings(connection: Connection, cases: Sequence[int]) -> list[Reading]:
    """Who looked at these cases, the last first."""
    query = select(AuditEvent.at, AuditEvent.actor, AuditEvent.action, AuditEvent.message_pk)
    theirs = query.where(AuditEvent.case_id.in_(cases), AuditEvent.action.in_((READ, DOWNLOADED)))
    # By a sum, so that no database takes the order for a reason to go through the whole audit backwards.
    rows = connection.execute(theirs.order_by((AuditEvent.id + 0).desc()).limit(_MOST_READINGS)).all()
    names = named(connection, {one.actor for one in rows})
    return [Reading(one.at, names[one.actor], one.message_pk, one.action == DOWNLOADED) for one in rows]
