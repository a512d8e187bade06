"""Particulars that are to be made from a message's kept bytes: an earlier version logged it, or a person has since said what it is.

Which messages those are stands in `message_particulars.tries`, so that it is one look into a small index to find that there are
none. What was made, and what cannot be, is not asked for again. A message with which the program breaks down time after time is
given up: `tries` counts before it is read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from triage.domain.labels import Labels
from triage.domain.message import Arrival, MailboxKind, Place
from triage.store.decisions import labels_of
from triage.store.ledger import Ledger
from triage.store.schema import Delivery, Message, MessageParticulars, RawMessage

_MOST_TRIES = 3
# Read together: as many as the classifier takes at once, and no more bytes than are fetched together.
_MOST_MESSAGES, _MOST_BYTES = 25, 8_000_000
_WANTED = MessageParticulars.tries.is_not(None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message whose particulars are to be made: the part of `arrival` with that number, which has these labels.

    The bytes of `arrival` are not loaded. `version` is the message's, as it was when it was asked for.
    """

    message_pk: int
    version: int
    arrival: Arrival
    sha256: str
    part: int
    author: str
    labels: Labels


def is_wanted(connection: Connection) -> bool:
    """Whether anything is to be made."""
    return connection.execute(select(MessageParticulars.message_pk).where(_WANTED).limit(1)).first() is not None


def take(ledger: Ledger, connection: Connection) -> list[Wanted]:
    """Some of what is to be made, the newest first; another process takes others, as long as there are others.

    What has broken the program off each time, and what has no bytes any more, is given up.
    """
    messages = Message.__table__.c
    query = (
        select(*messages, MessageParticulars.tries)
        .join(Message, Message.id == MessageParticulars.message_pk)
        .where(_WANTED)
        .order_by(MessageParticulars.tries, MessageParticulars.message_pk.desc())
        .limit(_MOST_MESSAGES)
    )
    found: list[Wanted] = []
    size = 0
    for row in connection.execute(query).all():
        one = _wanted(connection, row) if row.tries < _MOST_TRIES and row.role is not None else None
        if one is None:
            give_up(ledger, connection, row.id)
            continue
        size += one.arrival.size
        if found and size > _MOST_BYTES:
            break
        this = MessageParticulars.message_pk == row.id
        connection.execute(update(MessageParticulars).where(this).values(tries=MessageParticulars.tries + 1))
        found.append(one)
    return found


def _wanted(connection: Connection, row: Any) -> Wanted | None:
    kept = (
        select(Delivery.__table__)
        .join(RawMessage, RawMessage.sha256 == Delivery.sha256)
        .where(Delivery.message_pk == row.id)
        .order_by(Delivery.id)
        .limit(1)
    )
    delivery = connection.execute(kept).first()
    if delivery is None:
        return None
    place = Place(
        delivery.mailbox, MailboxKind(delivery.mailbox_kind), delivery.folder, delivery.uidvalidity, delivery.uid, delivery.occurrence
    )
    return Wanted(
        message_pk=row.id,
        version=row.version,
        arrival=Arrival(place, None, delivery.size, row.received_at),
        sha256=delivery.sha256,
        part=delivery.part,
        author=row.original_address or "",
        labels=labels_of(row),
    )


def put(ledger: Ledger, connection: Connection, one: Wanted, keys: Iterable[int], stored: dict[str, Any]) -> bool:
    """Keep what was made. Where the message was changed or erased meanwhile, nothing is kept: what is still wanted is taken again."""
    these = (Message.id == one.message_pk) & (Message.version == one.version) & Message.erased_at.is_(None)
    if connection.execute(select(Message.id).where(these)).first() is None:
        return False
    ledger.forget_particulars(one.message_pk)
    ledger.keep_particulars(one.message_pk, None, tuple(keys), None, stored)
    return True


def give_up(ledger: Ledger, connection: Connection, message_pk: int) -> None:
    """Note that a message's particulars cannot be made: what is kept of them stays."""
    this = (MessageParticulars.message_pk == message_pk) & _WANTED
    if connection.execute(update(MessageParticulars).where(this).values(tries=None)).rowcount:
        ledger.record("could not be read again", message_pk=message_pk)
