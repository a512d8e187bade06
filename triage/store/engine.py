"""Connects to the database, and brings its tables to this version."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from triage.errors import StoreError, StoreUnavailable

# Waited for another writer before giving up, in seconds. A write holds the database for one batch of messages at most.
_LOCK_SECONDS = 60
# Classes of SQLSTATE (PostgreSQL's appendix A): connection, rolled back by the server, resources, not in state, intervention, system.
_UNAVAILABLE_STATES = frozenset({"08", "40", "53", "55", "57", "58"})
# Any number: it names this program's one-writer lock on PostgreSQL, as SQLite's file lock does there.
_WRITER_LOCK = 7_120_261
_WRITE = "triage_write"
# Of a SQLite file, what a connection keeps in memory at most: the upper pages of every index that a batch goes through. Its own 2 MiB are
# too few from a million messages on. (Memory-mapping the file was slower, where it does not lie in memory.)
_CACHE_KIB = 32 * 1024


def connect(url: str, password: str | None = None) -> Engine:
    """An engine for `url`. Nothing is connected yet; SQLite's folder and file are made, readable by this user only."""
    parsed = make_url(url)
    if password is not None:
        parsed = parsed.set(password=password)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    waits = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
    engine = create_engine(parsed, pool_pre_ping=True, connect_args=waits)

    @event.listens_for(engine, "begin")
    def lock(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITE):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
            connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{_LOCK_SECONDS}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    return engine


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreError(
                f"store.url: the file {path} cannot be made or opened: {error.strerror}; the user that runs Triage needs to write there"
            ) from error
    engine = create_engine(url, connect_args={"timeout": _LOCK_SECONDS})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # SQLAlchemy begins and ends transactions (see `begin`); the driver must not.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_LOCK_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # A commit that was reported is on the disk: the cursor moves past a message only when it is.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # What is erased is overwritten, not only forgotten; and the log is cut when it has been written back.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA journal_size_limit = 0")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock before it reads what it decides by: two mailboxes cannot both open a case for one message.
        writing = connection.get_execution_options().get(_WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction by the one writer: all of it is committed at the end, or none. Raises StoreError."""
    with translated(), engine.execution_options(**{_WRITE: True}).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view to read from. Raises StoreError."""
    view = engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="REPEATABLE READ")
    with translated(), view.begin() as connection:
        yield connection


def forget_the_log(engine: Engine) -> None:
    """Write SQLite's write-ahead log back and empty it: what was erased stands in it still. PostgreSQL recycles its own."""
    if engine.dialect.name == "sqlite":
        with translated():
            raw = engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()


@contextmanager
def translated() -> Iterator[None]:
    """The database's errors as StoreError; StoreUnavailable where the statement is not at fault.

    The parameters of a statement never stand in the text: they hold mail.
    """
    try:
        yield
    except DBAPIError as error:
        if _is_unavailable(error):
            raise StoreUnavailable(f"the case store does not answer: {_first_line(error)}") from error
        raise StoreError(f"the case store refused a statement ({type(error.orig).__name__})") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the case store could not be used ({type(error).__name__})") from error


def _is_unavailable(error: DBAPIError) -> bool:
    """Whether the store is at fault, and not what it was asked to take: then nothing is quarantined for it."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)[:2] in _UNAVAILABLE_STATES
    return isinstance(error, OperationalError | InterfaceError) and "too many" not in str(error.orig)


def migrate(engine: Engine) -> None:
    """Bring the tables to this version. Raises StoreError where the store cannot be reached or is of a later version."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(alembic_config())
    head = script.get_current_head()
    try:
        with engine.connect() as connection:
            current = _revision(connection)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"store.url: the case store cannot be reached: {_first_line(error)}") from error
    if engine.dialect.name == "postgresql":
        _check_encoding(engine)
    if current == head:
        return
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise StoreError("the case store was made by a later version of the program: install that version")
    _upgrade(engine)


def _check_encoding(engine: Engine) -> None:
    with reading(engine) as connection:
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise StoreError(f"store.url: the database is in {encoding}; mail needs one in UTF8: create it with ENCODING 'UTF8'")


def _upgrade(engine: Engine) -> None:
    from alembic import command

    with _rebuilding(engine) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """One write transaction in which a table may be replaced by an altered copy, as SQLite does it.

    What refers to the table would be in the way: keys are not enforced meanwhile, and are checked before the commit.
    """
    sqlite = engine.dialect.name == "sqlite"
    with translated(), engine.execution_options(**{_WRITE: True}).connect() as connection:
        driver: Any = connection.connection.driver_connection
        if sqlite:
            driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise StoreError("the case store refers to rows that it does not hold: restore it from a backup")
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys = ON")


def alembic_config() -> Any:
    """Alembic's configuration: the migrations of this package, no .ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _revision(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _first_line(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0][:200] if str(cause).strip() else type(cause).__name__
