"""How far each folder was read, inside a write transaction; and what becomes of that where a server numbers a folder anew."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from triage.domain.message import Arrival, Place
from triage.errors import FetchError
from triage.store.schema import Delivery, FolderCursor


class Folders:
    """The cursors. `flush` writes what the ledger has put off; `record` adds to its audit."""

    def __init__(self, connection: Connection, now: datetime, flush: Callable[[], None], record: Callable[..., None]) -> None:
        self._connection = connection
        self._now = now
        self._flush = flush
        self._record = record

    def begin(self, mailbox: str, folder: str, uidvalidity: int, known_below: int) -> None:
        """Where the server has numbered the folder anew since the cursor: take the numbers back that its deliveries had.

        They are found again one by one (`claim`). A row that is not found keeps the negative UIDVALIDITY that it is given here.
        """
        if not known_below:
            return
        cursor = self._connection.execute(
            select(FolderCursor.uidvalidity, FolderCursor.known_below).where(FolderCursor.mailbox == mailbox, FolderCursor.folder == folder)
        ).first()
        if cursor is not None and (cursor.uidvalidity, cursor.known_below) == (uidvalidity, known_below):
            return
        self._connection.execute(
            update(Delivery)
            .where(Delivery.mailbox == mailbox, Delivery.folder == folder, Delivery.uidvalidity > 0)
            .values(uidvalidity=-Delivery.id)
        )
        self._connection.execute(
            update(FolderCursor)
            .where(FolderCursor.mailbox == mailbox, FolderCursor.folder == folder)
            .values(uidvalidity=uidvalidity, known_below=known_below, last_uid=0, one_by_one_until=0)
        )
        self._record("folder numbered anew")

    def claim(self, arrival: Arrival, message_pk: int | None = None, part: int = 0) -> bool:
        """Give a delivery that lost its number the one that it has now. False where there is none.

        It is known by its bytes; where a server changed those while it moved, by its message; where it was never fetched, by size
        and date. One delivery answers for one UID, so that mail which really came twice stays two.
        """
        place = arrival.place
        if message_pk is not None:
            same = (Delivery.message_pk == message_pk) & (Delivery.part == part)
        elif arrival.raw is not None:
            same = (Delivery.sha256 == arrival.sha256) & (Delivery.part == part)
        else:
            same = (Delivery.size == arrival.size) & (Delivery.received_at == arrival.received_at) & Delivery.message_pk.is_(None)
        self._flush()
        lost = self._connection.execute(
            select(Delivery.id).where(_same_folder(place), Delivery.uidvalidity < 0, same).order_by(Delivery.id).limit(1)
        ).scalar()
        if lost is None:
            return False
        self._connection.execute(update(Delivery).where(Delivery.id == lost).values(uidvalidity=place.uidvalidity, uid=place.uid))
        self._record("renumbered", delivery_id=lost)
        return True

    def advance(self, arrival: Arrival) -> None:
        """Note that every UID up to that of `arrival` has been dealt with. It never moves back under one numbering."""
        place = arrival.place
        assert place.uid is not None
        assert place.uidvalidity is not None
        row = self._cursor(place.mailbox, place.folder, place.uidvalidity)
        last_uid = max(place.uid, row.last_uid) if row is not None else place.uid
        until = row.one_by_one_until if row is not None and row.one_by_one_until > last_uid else 0
        self._save_cursor(place.mailbox, place.folder, place.uidvalidity, last_uid, known_below=arrival.known_below, one_by_one_until=until)

    def note_stuck(self, mailbox: str, error: FetchError) -> None:
        """Note where fetching broke off: of a batch, that it is to be asked for one by one; of one message, how many times."""
        self.begin(mailbox, error.folder, error.uidvalidity, error.known_below)
        row = self._cursor(mailbox, error.folder, error.uidvalidity)
        alone = error.uid == error.last_uid
        again = row is not None and row.stuck_uid == error.uid
        self._save_cursor(
            mailbox,
            error.folder,
            error.uidvalidity,
            row.last_uid if row is not None else 0,
            known_below=error.known_below,
            one_by_one_until=max(error.last_uid, row.one_by_one_until if row is not None else 0),
            stuck_uid=error.uid if alone else None,
            stuck_count=((row.stuck_count if again else 0) + 1) if alone else 0,
        )

    def _cursor(self, mailbox: str, folder: str, uidvalidity: int) -> Any:
        return self._connection.execute(
            select(FolderCursor.last_uid, FolderCursor.one_by_one_until, FolderCursor.stuck_uid, FolderCursor.stuck_count).where(
                FolderCursor.mailbox == mailbox, FolderCursor.folder == folder, FolderCursor.uidvalidity == uidvalidity
            )
        ).first()

    def _save_cursor(
        self,
        mailbox: str,
        folder: str,
        uidvalidity: int,
        last_uid: int,
        *,
        known_below: int,
        one_by_one_until: int,
        stuck_uid: int | None = None,
        stuck_count: int = 0,
    ) -> None:
        values = {
            "uidvalidity": uidvalidity,
            "last_uid": last_uid,
            "known_below": known_below,
            "one_by_one_until": one_by_one_until,
            "stuck_uid": stuck_uid,
            "stuck_count": stuck_count,
            "updated_at": self._now,
        }
        insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        row = insert(FolderCursor).values(mailbox=mailbox, folder=folder, **values)
        self._connection.execute(row.on_conflict_do_update(index_elements=["mailbox", "folder"], set_=values))


def _same_folder(place: Place) -> Any:
    return and_(Delivery.mailbox == place.mailbox, Delivery.folder == place.folder)
