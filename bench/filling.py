"""Rows into a case store as fast as its database takes them, round everything that guards it one row at a time.

SQLite gets them with its journal off; PostgreSQL by COPY, with the index of the keys made at the end. Then both are analysed.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import JSON, Engine, Table, make_url
from sqlalchemy.types import TypeEngine

from triage.store import engine as database
from triage.store.casestore import CaseStore
from triage.store.schema import (
    Case,
    Correspondent,
    Delivery,
    Instant,
    MatchingKey,
    Message,
    MessageParticulars,
    RawMessage,
    ReferenceCounter,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        cast(Table, one.__table__)
        for one in (Case, Correspondent, Message, MessageParticulars, Delivery, RawMessage, MatchingKey, ReferenceCounter)
    )
}
COLUMNS = {name: tuple(column.name for column in table.columns) for name, table in TABLES.items()}
_WITH_NUMBERS = ("complaint_case", "correspondent", "message", "delivery")

Row = tuple[Any, ...]
Numbers = NDArray[np.int64]


def encoders(dump: Callable[[Any], str]) -> dict[str, tuple[Callable[[Any], Any] | None, ...]]:
    """For each column of each table what makes a value one that both drivers take; `dump` makes JSON."""
    return {name: tuple(_encoder(column.type, dump) for column in table.columns) for name, table in TABLES.items()}


def _encoder(sort: TypeEngine[Any], dump: Callable[[Any], str]) -> Callable[[Any], Any] | None:
    if isinstance(sort, JSON):
        return dump
    return _moment if isinstance(sort, Instant) else None


def _moment(value: datetime | None) -> str | None:
    """As SQLAlchemy writes a moment into SQLite; PostgreSQL reads it in UTC, which its session is told."""
    return None if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Filling(Protocol):
    """A store that is being filled. Leaving it makes it ready for use."""

    def __enter__(self) -> "Filling": ...

    def __exit__(self, *_: object) -> None: ...

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Add rows whose values stand in the order of the table's columns."""

    def add_keys(self, values: Numbers, messages: Numbers) -> None:
        """Add matching keys: each a value and the message that bears it."""


def filling(url: str) -> Filling:
    """An empty store at `url`, its tables made, to be filled."""
    CaseStore.open(url, None, lambda: datetime.now(UTC)).close()
    return _Sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _Postgres(url)


class _Sqlite:
    def __init__(self, url: str) -> None:
        self._engine: Engine = database.connect(url)

    def __enter__(self) -> "_Sqlite":
        self._raw: Any = self._engine.raw_connection()
        self._driver = cast(Any, self._raw.driver_connection)
        for pragma in ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF", "secure_delete = OFF", "cache_size = -1500000"):
            self._driver.execute(f"PRAGMA {pragma}")
        self._driver.execute("BEGIN")
        return self

    def add(self, table: str, rows: Sequence[Row]) -> None:
        columns = COLUMNS[table]
        values = ", ".join("?" * len(columns))
        self._driver.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", rows)

    def add_keys(self, values: Numbers, messages: Numbers) -> None:
        # In order within what comes together: neighbours lie on one page. Pages fill as they do in years, not to the brim.
        order = np.lexsort((messages, values))
        rows = zip(values[order].tolist(), messages[order].tolist(), strict=True)
        self._driver.executemany("INSERT INTO matching_key (value, message_pk) VALUES (?, ?)", rows)

    def __exit__(self, *_: object) -> None:
        self._driver.execute("COMMIT")
        self._driver.execute("ANALYZE")
        self._driver.execute("PRAGMA journal_mode = WAL")
        self._raw.close()
        self._engine.dispose()


class _Postgres:
    _HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
    _ROW = np.dtype([("columns", ">i2"), ("one", ">i4"), ("value", ">i8"), ("two", ">i4"), ("message", ">i8")])

    def __init__(self, url: str) -> None:
        self._engine: Engine = database.connect(url)

    def __enter__(self) -> "_Postgres":
        self._raw: Any = self._engine.raw_connection()
        self._driver = cast(Any, self._raw.driver_connection)
        for setting in (
            "timezone = 'UTC'",
            "session_replication_role = replica",
            "synchronous_commit = off",
            "maintenance_work_mem = '1GB'",
        ):
            self._driver.execute(f"SET {setting}")
        self._driver.execute("ALTER TABLE matching_key DROP CONSTRAINT pk_matching_key")
        self._driver.commit()
        return self

    def add(self, table: str, rows: Sequence[Row]) -> None:
        with self._driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(COLUMNS[table])}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        self._driver.commit()

    def add_keys(self, values: Numbers, messages: Numbers) -> None:
        rows = np.empty(len(values), self._ROW)
        rows["columns"], rows["one"], rows["two"], rows["value"], rows["message"] = 2, 8, 8, values, messages
        with self._driver.cursor() as cursor, cursor.copy("COPY matching_key (value, message_pk) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(self._HEAD + rows.tobytes() + b"\xff\xff")
        self._driver.commit()

    def __exit__(self, *_: object) -> None:
        self._driver.execute("ALTER TABLE matching_key ADD CONSTRAINT pk_matching_key PRIMARY KEY (value, message_pk)")
        for table in _WITH_NUMBERS:
            self._driver.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        self._driver.commit()
        self._driver.autocommit = True
        self._driver.execute("VACUUM (ANALYZE)")
        self._raw.invalidate()
        self._engine.dispose()


def fill(stores: Iterable[Filling], blocks: Iterable[tuple[dict[str, list[Row]], Numbers, Numbers]]) -> None:
    """Put every block into every store."""
    with ExitStack() as stack:
        opened = [stack.enter_context(store) for store in stores]
        for tables, values, messages in blocks:
            for store in opened:
                for table, rows in tables.items():
                    if rows:
                        store.add(table, rows)
                store.add_keys(values, messages)
