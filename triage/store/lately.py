"""Who changed a message or a case last, what they did, and when: whoever comes second is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from triage.domain.wording import COUNCIL_TIME
from triage.errors import ConflictError
from triage.store.actors import named
from triage.store.schema import AuditEvent, CaseOperation

# What changes nothing is nothing to be told of: that somebody has read it, or wrote a note beside it.
_NO_CHANGES = ("read", "note added", "claimed", "released", "taken over", "downloaded", "exported")
_DID = {
    "classified": "logged this",
    "opened": "opened this",
    "joined": "put another message on this",
    "escalated": "opened this again for a message that came",
    "confirmed": "confirmed this",
    "corrected": "corrected this",
    "moved": "moved this",
    "suggestion answered": "answered which case this belongs to",
    "suggestion moved": "changed which case this may belong to",
    "merged": "merged this",
    "split off": "split this off another case",
    "linked": "related this to another case",
    "unlinked": "took back that this is related to another case",
    "opened by mistake": "found that this was opened by mistake",
    "closed": "closed this",
    "reopened": "opened this again",
    "assigned": "assigned this",
    "due": "set when this is due",
    "restricted": "changed who may see this",
    "readers changed": "changed who may see this",
    "restriction lifted": "changed who may see this",
    "undone": "undid what was done to this",
    "erased": "erased the words of this",
}
_OPERATED = {
    "merge": "merged this",
    "split": "split this",
    "move": "moved a message of this",
    "link": "related this to another case",
    "unlink": "took back that this is related to another case",
    "keep": "answered what was asked about this",
    "decide": "decided about a message of this",
}
# The mail of a case is told of as such: what came last may be one message of many.
_DID_TO_CASE = _DID | {"classified": "logged a message of this"}
# A page that is open while a case is read a hundred times still learns what was done to it.
_MOST_EVENTS = 200


def last_change(connection: Connection, *, message: int | None = None, case: int | None = None) -> str | None:
    """The last thing that somebody, or the program, did to a message or a case; None where nothing was.

    As in "Rita Patel confirmed this at 10:32 on 3 November 2026".
    """
    if message is None:
        found = [
            one for one in (_event(connection, AuditEvent.case_id == case, _DID_TO_CASE), _operation(connection, case)) if one is not None
        ]
        last = max(found, key=lambda one: one[0], default=None)
    else:
        last = _event(connection, AuditEvent.message_pk == message, _DID)
    if last is None:
        return None
    at, actor, did = last
    local = at.astimezone(COUNCIL_TIME)
    return f"{named(connection, [actor])[actor]} {did} at {local:%H:%M} on {local.day} {local:%B %Y}"


def conflict(connection: Connection, what: str, advice: str = "", *, message: int | None = None, case: int | None = None) -> ConflictError:
    """An error that says `what` is in the way, who did what to the message or the case last, and what to do about it."""
    lately = last_change(connection, message=message, case=case)
    said = f"{what}: {lately}" if lately else what
    return ConflictError(f"{said}; {advice}" if advice else said, lately=lately)


def _event(connection: Connection, these: ColumnElement[bool], did: Mapping[str, str]) -> tuple[datetime, str, str] | None:
    query = select(AuditEvent.at, AuditEvent.actor, AuditEvent.action).where(these).order_by(AuditEvent.id.desc()).limit(_MOST_EVENTS)
    for row in connection.execute(query):
        if row.action not in _NO_CHANGES:
            return row.at, row.actor, did.get(row.action, "changed this")
    return None


def _operation(connection: Connection, case: int | None) -> tuple[datetime, str, str] | None:
    """The last operation on a case: what left it stands in the audit of the case that it went to."""
    either = or_(CaseOperation.case_id == case, CaseOperation.other_id == case)
    row: Any = connection.execute(select(CaseOperation.__table__).where(either).order_by(CaseOperation.id.desc()).limit(1)).first()
    if row is None or row.sort not in _OPERATED:
        return None
    return row.at, row.actor, _OPERATED[row.sort]
