"""The databases that a benchmark measures in: a large store that is kept from run to run, and small ones that are gone afterwards.

A large store takes minutes to fill. It is used again as long as it is what would be filled today: the same messages, found by the same
keys.
"""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from tests.support.postgres import Postgres
from triage.store import engine as database

_LARGE = "large"


class KeptPostgres(Postgres):
    """A PostgreSQL whose databases outlive it; its socket does not. While stores are filled it need not wait for the disk."""

    def __init__(self, data: Path) -> None:
        super().__init__()
        self.data, self._runs = data, False

    def __enter__(self) -> "KeptPostgres":
        if not (self.data / "PG_VERSION").exists():
            self.data.mkdir(parents=True, exist_ok=True)
            if self._as:
                shutil.chown(self.data, "postgres", "postgres")
            self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        self.start(durable=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *, durable: bool) -> None:
        """Run it, or run it anew; `durable`: what was committed is on the disk, as a council's is."""
        self._stop()
        # What it runs with otherwise is what it ships with.
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync={'on' if durable else 'off'}"
        options += "" if durable else " -c max_wal_size=4GB"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-o", options, "-l", str(self.folder / "log"), "start")
        self._runs = True

    def _stop(self) -> None:
        if self._runs:
            self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "-t", "600", "stop")
        self._runs = False

    def url(self, name: str) -> str:
        """Of a database of this name, there or not."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def drop(self, name: str) -> None:
        """Have no database of this name."""
        self._run("psql", "-h", str(self.folder), "-U", "postgres", "-q", "-c", "SET client_min_messages = error",
                  "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # fmt: skip

    def make(self, name: str) -> str:
        """An empty database of this name."""
        self.drop(name)
        self._run("psql", "-h", str(self.folder), "-U", "postgres", "-q", "-c", f"CREATE DATABASE {name}")
        return self.url(name)


@dataclass
class Server:
    """A database that stores can be made in. `kept` outlives the run, `folder` does not."""

    name: str
    kept: Path
    folder: Path
    postgres: KeptPostgres | None = None
    _made: list[str] = field(default_factory=list)

    @property
    def large(self) -> str:
        """The URL of the large store."""
        return self.postgres.url(_LARGE) if self.postgres is not None else f"sqlite:///{self.kept}/{_LARGE}.db"

    # What the large store is

    def is_filled(self, made_of: str) -> bool:
        """Whether the large store was filled, to the end, with what is named."""
        return bool(self._note().get("made of") == made_of)

    def begin(self) -> str:
        """The URL of an empty store in the large one's place, in which nothing waits for the disk."""
        self._file.unlink(missing_ok=True)
        if self.postgres is not None:
            self.postgres.start(durable=False)
            return self.postgres.make(_LARGE)
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{self.kept}/{_LARGE}.db{ending}").unlink(missing_ok=True)
        return self.large

    def filled(self, made_of: str) -> None:
        """Note that the large store is filled with what is named."""
        if self.postgres is not None:
            self.postgres.start(durable=True)
        os.sync()
        self._file.write_text(json.dumps({"made of": made_of, "rounds": 0}), encoding="utf-8")

    def next_round(self) -> int:
        """The number of a round of mail that the large store has not had yet."""
        note = self._note()
        self._file.write_text(json.dumps({**note, "rounds": int(note["rounds"]) + 1}), encoding="utf-8")
        return int(note["rounds"])

    @property
    def _file(self) -> Path:
        return self.kept / f"{self.name.lower()}.json"

    def _note(self) -> dict[str, int | str]:
        return dict(json.loads(self._file.read_text(encoding="utf-8"))) if self._file.exists() else {}

    # Small stores

    @contextmanager
    def small(self) -> Iterator[str]:
        """The URL of an empty store, which is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as there:
            yield f"sqlite:///{there}/small.db" if self.postgres is None else self.postgres.make("small")
        if self.postgres is not None:
            self.postgres.drop("small")

    # In memory or not

    def warm(self) -> None:
        """Read the large store through, so that it lies in memory as far as that goes, as one that is in use does."""
        for file in self._files():
            with file.open("rb", buffering=0) as content:
                while content.read(1 << 22):
                    pass

    def cool(self) -> None:
        """Have nothing of the large store in the machine's memory (what PostgreSQL keeps of it itself, a hundredth, stays)."""
        os.sync()
        for file in self._files():
            with file.open("rb") as content:
                os.posix_fadvise(content.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def _files(self) -> list[Path]:
        return [file for file in self.postgres.data.glob("base/*/*") if file.is_file()] if self.postgres else [self.kept / f"{_LARGE}.db"]

    # About it

    def size(self) -> int:
        """Bytes of the large store on disk."""
        return int(self._asked("SELECT pg_database_size(current_database())")) if self.postgres else self._files()[0].stat().st_size

    def version(self) -> str:
        """Which database it is."""
        return f"PostgreSQL {self._asked('SHOW server_version').split()[0]}" if self.postgres else f"SQLite {sqlite3.sqlite_version}"

    def _asked(self, question: str) -> str:
        engine = database.connect(self.large)
        with database.reading(engine) as connection:
            answer = str(connection.execute(text(question)).scalar_one())
        engine.dispose()
        return answer


def has_postgres() -> bool:
    """Whether PostgreSQL is installed."""
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb") is not None


@contextmanager
def servers(names: Sequence[str], kept: Path) -> Iterator[list[Server]]:
    """The databases of these names. What they keep stands in a folder of their own in `kept`."""
    with ExitStack() as stack:
        found = []
        for name in names:
            there = kept / name.lower()
            there.mkdir(parents=True, exist_ok=True)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-bench-")))
            found.append(Server(name, there, folder, stack.enter_context(KeptPostgres(there / "data")) if name == "PostgreSQL" else None))
        yield found
