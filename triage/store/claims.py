"""Who is looking at a message just now, so that two people do not decide about it side by side.

A claim keeps nobody from anything: others are told, and are given another message. It lapses by itself, and is not in the audit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from triage.domain.user import User
from triage.store.schema import Account, MessageClaim

# Longer than anybody reads one message, and shorter than a lunch for which a browser is left open.
CLAIM_LASTS = timedelta(minutes=15)
# A claim of one's own is written anew after this: a page that is loaded again and again need not write each time.
_FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody looks at a message since then; `account` is the key of their account."""

    account: int
    full_name: str
    since: datetime


def claimed(connection: Connection, now: datetime, message: int) -> Claim | None:
    """Who looks at a message just now, the person who asks included. Somebody who may not sign in any more looks at nothing."""
    row = connection.execute(
        select(MessageClaim.account_id, MessageClaim.at, Account.full_name)
        .join(Account, Account.id == MessageClaim.account_id)
        .where(MessageClaim.message_pk == message, MessageClaim.at > now - CLAIM_LASTS, Account.disabled_at.is_(None))
    ).first()
    return None if row is None else Claim(row.account_id, row.full_name, row.at)


def standing(connection: Connection, now: datetime, viewer: User, message: int) -> tuple[Claim | None, bool]:
    """Who looks at a message just now, and whether that is this person, since so short a while that it need not be written anew."""
    there = claimed(connection, now, message)
    return there, there is not None and there.account == viewer.id and there.since > now - _FRESH


def claim(connection: Connection, now: datetime, viewer: User, message: int, *, by_force: bool = False) -> Claim | None:
    """Make a message this person's; who has it where that is somebody else, unless it is taken from them `by_force`.

    Those of their own claims that have lapsed are taken away, so that the table stays small.
    """
    there = claimed(connection, now, message)
    if there is not None and there.account != viewer.id and not by_force:
        return there
    connection.execute(delete(MessageClaim).where(MessageClaim.account_id == viewer.id, MessageClaim.at <= now - CLAIM_LASTS))
    if there is not None and there.account == viewer.id:
        connection.execute(update(MessageClaim).where(MessageClaim.message_pk == message).values(at=now))
        return None
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(MessageClaim).values(message_pk=message, account_id=viewer.id, at=now)
    connection.execute(row.on_conflict_do_update(index_elements=["message_pk"], set_={"account_id": viewer.id, "at": now}))
    return None


def release(connection: Connection, viewer: User, message: int) -> None:
    """Give up one's own claim. Somebody else's stays."""
    connection.execute(delete(MessageClaim).where(MessageClaim.message_pk == message, MessageClaim.account_id == viewer.id))
