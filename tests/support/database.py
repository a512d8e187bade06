"""The database behind a store, for what no program may do to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from triage.store import engine as database


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A transaction of one's own."""
    engine = database.connect(url)
    try:
        with database.writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()
