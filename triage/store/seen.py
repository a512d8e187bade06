"""The row of a case or a message that somebody asks for; what they may not see is told as what does not exist."""

from typing import Any

from sqlalchemy import Connection, select

from triage.domain.user import User
from triage.errors import CallError, NotFound
from triage.store.references import case_of
from triage.store.schema import Case, Message
from triage.store.sight import may_see_case, sees_message

# PostgreSQL refuses to compare a key with a larger number.
_LARGEST_KEY = 2**63 - 1


def seen_case(connection: Connection, viewer: User, reference: str) -> Any:
    """The row of the case that a reference leads to. Raises NotFound where there is none, or this person may not see it."""
    try:
        row = case_of(connection, reference)
    except CallError:
        row = None
    if row is None or not may_see_case(connection, viewer, row.id):
        raise NotFound(f"there is no case {reference}")
    return row


def seen_message(connection: Connection, viewer: User, key: int) -> Any:
    """A message's row. Raises NotFound where there is none, or this person may not see it."""
    query = select(Message.__table__).outerjoin(Case, Case.id == Message.case_id).where(Message.id == key, sees_message(viewer))
    row = connection.execute(query).first() if 0 < key <= _LARGEST_KEY else None
    if row is None:
        raise NotFound(f"there is no message {key}")
    return row
