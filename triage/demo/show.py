"""Runs the demo: puts the sample mail into the mailboxes, logs it while you watch, and says what came of it."""

import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imapclient import IMAPClient
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from triage.bootstrap import Parts, build
from triage.demo.imap_server import HOST, imap_server
from triage.domain.labels import Status
from triage.errors import ConfigurationError
from triage.mailbox.parsing import parse
from triage.pipeline import Logged, Observer, Tally
from triage.scheduler import Service
from triage.settings import Settings, load

SAMPLE_MAIL = Path("examples/mail")
_VARIABLE = "TRIAGE_DEMO_PASSWORD"
_ROWS = 18
_READING_SECONDS = 0.06


def show(config: Path, *, once: bool, listen: str | None, stop: threading.Event) -> int:
    """The whole demo. With `once` it ends when the sample mail is logged; otherwise it goes on watching until `stop`."""
    password = secrets.token_urlsafe(9)
    os.environ[_VARIABLE] = password
    settings = load(config)
    console = Console()
    with imap_server([box.username for box in settings.mailbox], password) as port:
        settings = _moved(settings, port, listen)
        count = sum(_fill(box.username, port, password, SAMPLE_MAIL / box.name) for box in settings.mailbox)
        console.print(f"{count} sample messages wait in {len(settings.mailbox)} mailboxes on this machine. Logging them:", highlight=False)
        _start_afresh(settings)
        board = Board(console)
        parts = build(settings, Observer(logged=board.add))
        try:
            with board.shown():
                tallies = [parts.pipeline.poll(source) for source in parts.mailboxes]
            _summarise(console, parts, tallies)
            failed = any(tally.error for tally in tallies)
            if not once and not stop.is_set():
                _watch(console, parts, port, password, stop)
        finally:
            parts.store.close()
    return int(failed)


def _moved(settings: Settings, port: int, listen: str | None) -> Settings:
    """The settings with the port that the server was given."""
    content = settings.model_dump()
    for box in content["mailbox"]:
        box["port"] = port
    if listen is not None:
        content["web"]["listen"] = listen
    sizes = {key: f"{content['limits'][key]}B" for key in ("message_size", "batch_size")}
    content["limits"].update(sizes)
    try:
        return Settings.model_validate(content)
    except ValueError as error:
        raise ConfigurationError('--listen must be HOST:PORT, such as "127.0.0.1:8080"') from error


def _start_afresh(settings: Settings) -> None:
    database = Path(settings.store.url.removeprefix("sqlite:///"))
    if not settings.store.url.startswith("sqlite:///") or "demo" not in database.parts:
        raise ConfigurationError("the demo keeps its cases in a SQLite file in a folder called demo, and makes it anew each time")
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _fill(user: str, port: int, password: str, folder: Path) -> int:
    """Put every message of a folder into a mailbox, dated as it says itself; returns how many."""
    files = sorted(folder.glob("*.eml"))
    if not files:
        raise ConfigurationError(f"{folder}: the demo's sample mail is not here; start the demo in the project's folder")
    with IMAPClient(HOST, port=port, ssl=False, timeout=30) as client:
        client.login(user, password)
        for file in files:
            raw = file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            parsed = parse(raw)
            client.append("INBOX", raw, msg_time=parsed.received_at or parsed.sent_at)
    return len(files)


class Board:
    """The live table of what is being logged. It shows no name, address or word of a mail."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: deque[Logged] = deque(maxlen=_ROWS)
        self._count = 0
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the table while the block runs; without a terminal, a line a message."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self._table(), console=self._console, refresh_per_second=12) as live:
            self._live = live
            yield
        self._live = None

    def add(self, logged: Logged) -> None:
        """Show one more message."""
        self._count += 1
        self._rows.append(logged)
        if self._live is not None:
            self._live.update(self._table())
            # All is logged in a second: people who watch want to read.
            time.sleep(_READING_SECONDS)
        else:
            self._console.print("  ".join(_cells(logged)), highlight=False, soft_wrap=True)

    def _table(self) -> Group:
        table = Table(box=None, pad_edge=False)
        for heading in ("mailbox", "what it is", "how sure", "decided by", "case"):
            table.add_column(heading)
        for row in self._rows:
            table.add_row(*_cells(row), style="bold red" if row.urgent else "")
        return Group(table, Text(f"{self._count} logged", style="dim"))


def _cells(logged: Logged) -> tuple[str, str, str, str, str]:
    kind = str(logged.kind) if logged.kind is not None else "could not be read"
    sure = f"{logged.confidence:.0%}" if logged.confidence is not None else "-"
    decided = {Status.AUTO: "the program", Status.REVIEW: "waits for a person", Status.QUARANTINED: "quarantine"}[logged.status]
    case = f"{logged.case} ({logged.relation})" if logged.case else "-"
    return f"{logged.mailbox:14}", f"{kind:12}", f"{sure:>5}", f"{decided:20}", case + (" URGENT" if logged.urgent else "")


def _summarise(console: Console, parts: Parts, tallies: list[Tally]) -> None:
    table = Table(title="What became of the sample mail", title_justify="left")
    for heading in ("mailbox", "fetched", "logged", "of them no case", "quarantined", "seconds"):
        table.add_column(heading, justify="left" if heading == "mailbox" else "right")
    for tally in tallies:
        table.add_row(tally.name, *(str(n) for n in (tally.fetched, tally.logged, tally.none, tally.quarantined)), f"{tally.seconds:.1f}")
        if tally.error:
            console.print(tally.error, style="red", highlight=False)
    console.print(table)
    found = parts.store.counts()
    console.print(
        f"{found['messages']} messages in {found['deliveries']} deliveries, {found['cases']} cases opened; "
        f"{found['waiting']} messages wait for a person, {found['urgent']} of them perhaps urgent.",
        highlight=False,
    )
    console.print(
        f"The cases are in {parts.settings.store.url.removeprefix('sqlite:///')}; an officer's mail that is no case left no words there.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _watch(console: Console, parts: Parts, port: int, password: str, stop: threading.Event) -> None:
    names = ", ".join(box.username for box in parts.settings.mailbox)
    console.print(
        f"\nWatching the mailboxes every 5 seconds; Ctrl+C ends. Put mail of your own into one of them with any mail program:\n"
        f"IMAP on {HOST} port {port}, no encryption, user {names}, password {password}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    Service(parts).run_until(stop)
