"""Runs the demo: puts the sample mail into the mailboxes, logs it while you watch, and says what came of it."""

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imapclient import IMAPClient
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from triage import HOME
from triage.bootstrap import Parts, build
from triage.demo.imap_server import HOST, imap_server
from triage.demo.people import add_sample_people
from triage.domain.labels import Kind, Status
from triage.errors import ConfigurationError, StoreError
from triage.mailbox.parsing import parse
from triage.pipeline import Logged, Observer, Tally
from triage.scheduler import Service
from triage.settings import Settings, load
from triage.web.app import create_app
from triage.web.assets import HOW_TO_GET_THEM, styled
from triage.web.opening import Backlog, office_of
from triage.web.serving import served

SAMPLE_MAIL = HOME / "examples/mail"
_VARIABLE = "TRIAGE_DEMO_PASSWORD"
_ROWS = 18
_READING_SECONDS = 0.06


def show(config: Path, *, once: bool, listen: str | None, stop: threading.Event) -> int:
    """The whole demo. With `once` it ends when the sample mail is logged; otherwise it goes on watching until `stop`."""
    password = secrets.token_hex(6)
    os.environ[_VARIABLE] = password
    settings = load(config)
    console = Console()
    with _alone(_database(settings)), imap_server([box.username for box in settings.mailbox], password) as port:
        settings = _moved(settings, port, listen)
        count = sum(_fill(box.username, port, password, SAMPLE_MAIL / box.name) for box in settings.mailbox)
        _say(console, f"{count} sample messages wait in {len(settings.mailbox)} mailboxes on this machine. Logging them:")
        _start_afresh(_database(settings))
        board = Board(console)
        backlog = Backlog(Observer(logged=board.add))
        parts = build(settings, backlog.observer)
        try:
            with board.shown():
                tallies = [parts.pipeline.poll(source) for source in parts.mailboxes]
            _summarise(console, parts, tallies, config)
            failed = any(tally.error for tally in tallies)
            if not once and not stop.is_set():
                _watch(console, parts, backlog, port, password, stop)
        finally:
            parts.store.close()
    return int(failed)


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)


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


def _database(settings: Settings) -> Path:
    database = Path(settings.store.url.removeprefix("sqlite:///"))
    if not settings.store.url.startswith("sqlite:///") or "demo" not in database.parts:
        raise ConfigurationError("the demo keeps its cases in a SQLite file in a folder called demo, and makes it anew each time")
    return database


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """One demo at a time: a second one would make the first one's store anew under it."""
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (database.parent / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError("another demo is running here: end it first") from error
        yield


def _start_afresh(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _fill(user: str, port: int, password: str, folder: Path) -> int:
    """Put every message of a folder into a mailbox, dated as it says itself; returns how many."""
    files = sorted(folder.glob("*.eml"))
    if not files:
        raise ConfigurationError(f"{folder}: the demo's sample mail is not here")
    with IMAPClient(HOST, port=port, ssl=False, timeout=30) as client:
        client.login(user, password)
        for file in files:
            raw = file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            parsed = parse(raw)
            client.append("INBOX", raw, msg_time=parsed.received_at or parsed.sent_at)
    return len(files)


class Board:
    """The table of what is being logged, live on a terminal, a line a message elsewhere.

    It shows subjects, because this is sample mail; of an officer's message that is no case, none was kept.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: list[Logged] = []
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the table while the block runs; at the end it stands there whole."""
        if not self._console.is_terminal:
            _say(self._console, "  ".join(_HEADINGS))
            yield
            return
        with Live(self._table(_ROWS), console=self._console, refresh_per_second=12, transient=True) as live:
            self._live = live
            yield
        self._live = None
        self._console.print(self._table(len(self._rows)))

    def add(self, logged: Logged) -> None:
        """Show one more message."""
        self._rows.append(logged)
        if self._live is not None:
            self._live.update(self._table(_ROWS))
            # All is logged in a second: people who watch want to read.
            time.sleep(_READING_SECONDS)
        else:
            _say(self._console, "  ".join(_cells(logged)).rstrip())

    def _table(self, rows: int) -> Group:
        table = Table(box=None, pad_edge=False, show_header=True)
        for heading in _HEADINGS:
            table.add_column(heading.strip(), no_wrap=True, overflow="ellipsis")
        for row in self._rows[-rows:] if rows else ():
            table.add_row(*(cell.strip() for cell in _cells(row)))
        return Group(table, Text(f"{len(self._rows)} logged", style="dim"))


_HEADINGS = (f"{'mailbox':13}", f"{'subject':42}", f"{'what it is':17}", f"{'sure':>4}", f"{'decided by':18}", "case")
_DECIDED = {Status.AUTO: "the program", Status.REVIEW: "waits for a person", Status.QUARANTINED: "quarantine"}
_KINDS = {
    Kind.COMPLAINT: "complaint",
    Kind.COMPLIMENT: "compliment",
    Kind.ENQUIRY: "enquiry",
    Kind.NONE: "no case",
    None: "could not be read",
}


def _cells(logged: Logged) -> tuple[str, ...]:
    subject = "(no words kept)" if logged.subject is None else logged.subject or "(no subject)"
    sure = f"{logged.confidence:.0%}" if logged.confidence is not None else ""
    case = f"{logged.case} ({logged.relation})" if logged.case else ""
    if logged.urgent and (logged.case or logged.status is Status.REVIEW):
        case = f"{case} perhaps urgent".strip()
    shortened = subject if len(subject) <= 42 else subject[:41] + "…"
    return f"{logged.mailbox:13}", f"{shortened:42}", f"{_KINDS[logged.kind]:17}", f"{sure:>4}", f"{_DECIDED[logged.status]:18}", case


def _summarise(console: Console, parts: Parts, tallies: list[Tally], config: Path) -> None:
    table = Table(title="What became of the sample mail", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("mailbox", "fetched", "logged", "of them no case", "quarantined", "seconds"):
        table.add_column(heading, justify="left" if heading == "mailbox" else "right")
    for tally in tallies:
        table.add_row(tally.name, *(str(n) for n in (tally.fetched, tally.logged, tally.none, tally.quarantined)), f"{tally.seconds:.1f}")
        if tally.error:
            _say(console, tally.error)
    console.print(table)
    found = parts.store.counts()
    copies = found["deliveries"] - found["messages"]
    _say(console, f"{found['deliveries']} messages arrived; {copies} were copies of others. {found['cases']} cases were opened.")
    _say(
        console,
        f"{found['waiting']} messages wait for a person, {found['urgent']} of them perhaps urgent. What may be a complaint has its case "
        "already, so that nothing is lost meanwhile; a person confirms or corrects it in the review queue.",
    )
    _say(
        console, "An officer's message that was decided to be no case left no words behind; one that waits keeps them for 30 days at most."
    )
    shown = config.relative_to(Path.cwd()) if config.is_relative_to(Path.cwd()) else config
    _say(console, f"\nSee the cases:  .venv/bin/python run_triage.py export cases --format csv --config {shown}")


def _watch(console: Console, parts: Parts, backlog: Backlog, port: int, password: str, stop: threading.Event) -> None:
    """Serve the queue and go on watching the mailboxes."""
    user = parts.settings.mailbox[0].username
    others = ", ".join(box.username for box in parts.settings.mailbox[1:])
    with served(create_app(office_of(parts, backlog)), parts.settings.web) as address:
        sign_in = secrets.token_hex(6)
        people = add_sample_people(parts.store, sign_in)
        _say(console, f"\nThe review queue is at  {address}")
        _say(console, f"Sign in with the password  {sign_in}  and one of these names:")
        for one in people:
            _say(console, f"  {one.name:10} {one.what}")
        if not styled():
            _say(console, HOW_TO_GET_THEM)
        _say(console, "\nWatching the mailboxes every 5 seconds; Ctrl+C ends. To put a message of your own into one of them:")
        _say(console, f"  curl -T message.eml imap://{HOST}:{port}/INBOX -u {user}:{password}")
        _say(console, f"(or any mail program: IMAP, no encryption; the other users are {others}, with the same password)")
        Service(parts).run_until(stop)
    _say(console, "Ended.")
