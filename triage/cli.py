"""The commands. Exit status: 0 done, 1 something failed and it said what, 2 the call or the configuration is wrong.

Errors are one line on stderr, never a traceback. Heavy libraries are imported by the command that needs them, so that `--help`
is instant.
"""

import io
import json
import logging
import os
import pwd
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage import __version__
from triage.domain.case import Outcome
from triage.errors import CallError, FileError, MailboxError, MessageError, ModelError, StoreError, TriageError

if TYPE_CHECKING:
    from triage.bootstrap import Parts
    from triage.pipeline import Observer
    from triage.settings import Settings
    from triage.store.casestore import CaseStore, Health

_CONFIG = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, readable=False),
    default=Path("config/triage.toml"),
    show_default=True,
    help="The configuration file.",
)
# A closing date out of these years is a slip of the finger.
_EARLIEST_CLOSING, _LATEST_CLOSING = 2000, 2100
# The program warns this long before an officer's mail that waits for a person is erased.
_WARN_BEFORE_ERASING = timedelta(days=7)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        result = commands.main(args=arguments, prog_name="run_triage.py", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        group = error.ctx.command_path.removeprefix("run_triage.py").strip()
        _complain(f"name a command of {group}; {group} --help lists them" if group else "name a command, such as check; --help lists them")
        return 2
    except click.ClickException as error:
        _complain(error.format_message())
        return 2
    except click.Abort:
        return 1
    except TriageError as error:
        _complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        return 1
    except OSError as error:
        _complain(f"{error.filename or 'the output cannot be written'}: {error.strerror or type(error).__name__}")
        return 1
    except Exception as error:
        # A fault of the program itself. Its text may hold words of a mail, so only its kind and place are said.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _complain(f"the program has a fault ({type(error).__name__} in {Path(place.filename).name}, line {place.lineno}); please report it")
        return 1


def _complain(text: str) -> None:
    click.echo(f"Error: {' '.join(text.split())}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="Triage %(version)s")
def commands() -> None:
    """Triage logs what families write to a council's children's services, so that no complaint is lost."""


def _settings(config: Path, *, store_secret: bool = True, mailbox_secrets: bool = True) -> "Settings":
    from triage import settings

    return settings.load(config, store_secret=store_secret, mailbox_secrets=mailbox_secrets)


def _without_secrets(config: Path) -> "Settings":
    """For commands that need neither the store nor a mailbox."""
    return _settings(config, store_secret=False, mailbox_secrets=False)


@contextmanager
def _store(config: Path) -> Iterator["CaseStore"]:
    """The case store alone: no mailbox password is needed."""
    from triage.bootstrap import open_store

    store = open_store(_settings(config, mailbox_secrets=False))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _parts(config: Path, observer: "Observer | None" = None) -> Iterator["Parts"]:
    from triage.bootstrap import build

    parts = build(_settings(config), observer)
    try:
        yield parts
    finally:
        parts.store.close()


@contextmanager
def _stopping_at(*signals: signal.Signals) -> Iterator[threading.Event]:
    """An event that is set when one of the signals comes."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Mail in


@commands.command()
@_CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def poll(config: Path, as_json: bool) -> int:
    """Read every mailbox once and log what is new."""
    from triage.progress import Progress

    with Progress() as progress, _parts(config, progress.observer) as parts, _stopping_at(signal.SIGTERM, signal.SIGINT) as stop:
        parts.pipeline.stop = stop
        tallies = [parts.pipeline.poll(source) for source in parts.mailboxes if not stop.is_set()]
        parts.pipeline.forget_expired(parts.settings.privacy.keep_waiting)
    if as_json:
        click.echo(json.dumps({"mailboxes": [asdict(tally) for tally in tallies]}))
    else:
        for tally in tallies:
            done = f"{tally.fetched} fetched, {tally.logged} logged ({tally.none} of them no case), {tally.quarantined} quarantined"
            if not tally.error:
                click.echo(f"{tally.name}: {done}, {tally.seconds:.1f} s")
            else:
                click.echo(f"{tally.name}: FAILED" + (f" after {done}" if tally.fetched else ""))
    for tally in tallies:
        if tally.error:
            _complain(tally.error)
    return int(any(tally.error for tally in tallies))


@commands.command(name="import")
@_CONFIG
@click.option("--mailbox", required=True, help="The mailbox that the mail belongs to, by its name in the configuration.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
def import_(config: Path, mailbox: str, paths: tuple[Path, ...]) -> int:
    """Log mail from files: .eml, folders of them, Maildirs and mbox files.

    What is there already is passed over. A message that another program has changed (a header more, say) is a repeat on its case.
    """
    from triage.progress import Progress

    with Progress() as progress, _parts(config, progress.observer) as parts, _stopping_at(signal.SIGTERM, signal.SIGINT) as stop:
        parts.pipeline.stop = stop
        source = parts.files(mailbox, paths)
        tally = parts.pipeline.take(source)
    before = source.found - tally.fetched if tally.error is None and not stop.is_set() else 0
    click.echo(
        f"{mailbox}: {_counted(source.found, 'message')}, {before} there already; {tally.logged} logged ({tally.none} of them no case), "
        f"{tally.quarantined} quarantined"
        + (f"; {_counted(source.passed_over, 'file')} in the folders passed over, not .eml or .mbox" if source.passed_over else "")
    )
    problems = [*source.problems, *([tally.error] if tally.error else [])]
    if stop.is_set():
        problems.append("stopped before the end: call it again, and what is logged already is passed over")
    for problem in problems:
        _complain(problem)
    return int(bool(problems))


@commands.command()
@_CONFIG
def run(config: Path) -> int:
    """Run as a service until SIGTERM, then finish the message in hand and end."""
    from triage.scheduler import Service

    settings = _settings(config)
    logging.basicConfig(level=settings.log.level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Both say at length what they are about to do.
    for library in ("apscheduler", "alembic"):
        logging.getLogger(library).setLevel(logging.WARNING)
    log = logging.getLogger("triage.service")
    with _stopping_at(signal.SIGTERM, signal.SIGINT) as stop, _parts(config) as parts:
        log.info("started version=%s model=%s mailboxes=%d", __version__, parts.pipeline.judge.model.version, len(parts.mailboxes))

        def polled(tally: Any) -> None:
            if tally.fetched:
                log.info(
                    "polled mailbox=%s fetched=%d logged=%d none=%d quarantined=%d seconds=%.1f",
                    tally.name, tally.fetched, tally.logged, tally.none, tally.quarantined, tally.seconds,
                )  # fmt: skip

        Service(parts, polled).run_until(stop)
        log.info("stopped")
    return 0


@commands.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, readable=False),
    default=Path("config/demo.toml"),
    show_default=True,
    help="The configuration file.",
)
@click.option("--once", is_flag=True, help="Log the sample mail, print the summary and end.")
@click.option("--listen", default=None, metavar="HOST:PORT", hidden=True, help="Where the review queue listens.")
def demo(config: Path, once: bool, listen: str | None) -> int:
    """Show the main job on sample mail, with an IMAP server that this command starts."""
    from triage.demo.show import show

    with _stopping_at(signal.SIGTERM, signal.SIGINT) as stop:
        return show(config, once=once, listen=listen, stop=stop)


# Looking


@commands.command()
@_CONFIG
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
def classify(config: Path, files: tuple[Path, ...]) -> int:
    """Say what each message is, one JSON line a file. Nothing is stored."""
    from triage.bootstrap import describe_file, load_judge

    judge = load_judge(_without_secrets(config))
    failed = False
    for file in files:
        try:
            click.echo(json.dumps({"file": file.name, **describe_file(judge, file)}, ensure_ascii=False))
        except (FileError, MessageError) as error:
            failed = True
            _complain(str(error))
    return int(failed)


@commands.command()
@_CONFIG
@click.argument("what", type=click.Choice(["messages", "cases"]))
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
def export(config: Path, what: str, format_: str) -> int:
    """Print every message or every case, in order of arrival."""
    from triage.printing import print_csv

    with _store(config) as store:
        rows = store.export_messages() if what == "messages" else store.export_cases()
        try:
            if format_ == "csv":
                print_csv(rows)
            else:
                for row in rows:
                    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader (head, say) has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


@commands.command()
@_CONFIG
def check(config: Path) -> int:
    """Say whether everything that the configuration names is there and answers, a line each."""
    from triage.bootstrap import load_model, now, open_store
    from triage.mailbox.imap import ImapMailbox

    settings = _settings(config)
    click.echo(f"configuration: {config} is valid")
    failed = False
    polls: dict[str, Health] = {}

    def attempt(name: str, look: Callable[[], str]) -> None:
        nonlocal failed
        try:
            click.echo(f"{name}: {look()}")
        except TriageError as error:
            failed = True
            _complain(str(error))

    def look_at_model() -> str:
        return f"version {load_model(settings).version} can be used"

    def look_at_store() -> str:
        store = open_store(settings)
        try:
            found = store.counts()
            expiring = store.about_to_expire(now(), settings.privacy.keep_waiting, _WARN_BEFORE_ERASING)
            polls.update(store.health())
        finally:
            store.close()
        if found["quarantined"]:
            click.echo(
                f"quarantine: {_counted(found['quarantined'], 'message')} could not be processed: see `run_triage.py quarantine list`"
            )
        if expiring:
            click.echo(
                f"waiting: {_counted(expiring, 'message')} of officers' mailboxes will be erased within a week unless someone decides"
            )
        return (
            f"answers; {_counted(found['deliveries'], 'delivery', 'deliveries')}, {_counted(found['cases'], 'case')}, "
            f"{_counted(found['waiting'], 'message')} waiting for a person ({found['urgent']} urgent)"
        )

    attempt("model", look_at_model)
    attempt("store", look_at_store)
    for box in settings.mailbox:
        attempt(f"mailbox {box.name}", lambda box=box: _look_at_mailbox(ImapMailbox(box, settings.limits)))  # type: ignore[misc]
        if box.name in polls and polls[box.name].failures:
            health = polls[box.name]
            since = f"none since {_when(health.succeeded_at)} succeeded" if health.succeeded_at else "none has succeeded yet"
            click.echo(f"mailbox {box.name}: {_counted(health.failures, 'poll')} in a row failed, {since}")
    return int(failed)


def _look_at_mailbox(source: Any) -> str:
    with source.open() as mailbox:
        counts = [f"{folder} ({_counted(mailbox.count_new(folder, None), 'message')})" for folder in source.folders]
    return f"signed in; {', '.join(counts)}"


def _counted(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _when(moment: datetime) -> str:
    from triage.store.ledger import COUNCIL_TIME

    local = moment.astimezone(COUNCIL_TIME)
    return f"{local.day} {local:%B %Y at %H:%M}"


# What a person does


@commands.group()
def case() -> None:
    """Change a case."""


@case.command(name="close")
@_CONFIG
@click.argument("reference")
@click.option("--outcome", required=True, type=click.Choice([outcome.value for outcome in Outcome]))
@click.option("--on", "on", default=None, metavar="DATE", help="The day it was closed, such as 2026-11-03; today where left out.")
def close(config: Path, reference: str, outcome: str, on: str | None) -> int:
    """Close the case REFERENCE, such as CC-2026-000123."""
    from triage.review import close_case

    closed_at = _moment(on) if on else datetime.now(UTC)
    with _store(config) as store:
        close_case(store, _at_the_command_line(), reference, Outcome(outcome), closed_at)
    click.echo(f"{reference.strip().upper()} is closed: {outcome.replace('_', ' ')}, {_when(closed_at)}")
    return 0


def _moment(text: str) -> datetime:
    from triage.review import end_of
    from triage.store.ledger import COUNCIL_TIME

    try:
        moment = end_of(date.fromisoformat(text)) if len(text) <= 10 else datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=COUNCIL_TIME)
        if not _EARLIEST_CLOSING <= moment.astimezone(UTC).year <= _LATEST_CLOSING:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        raise CallError(f'--on: "{text}" is not a date; write it as 2026-11-03') from error
    return moment


def _at_the_command_line() -> str:
    """The account that really runs the command; not what a variable says."""
    try:
        return f"{pwd.getpwuid(os.getuid()).pw_name} at the command line"
    except KeyError:
        return f"user {os.getuid()} at the command line"


@commands.group()
def quarantine() -> None:
    """Messages that could not be processed: see them, try them again."""


@quarantine.command(name="list")
@_CONFIG
def list_quarantined(config: Path) -> int:
    """List the messages in quarantine with the reason, a line each."""
    with _store(config) as store:
        waiting = store.quarantined()
    for one in waiting:
        place = one.arrival.place
        where = f"{place.mailbox}/{place.folder}" + (f" UID {place.uid}" if place.uid is not None else "")
        tried = "once" if one.attempts == 1 else f"{one.attempts} times"
        click.echo(f"{one.id}  {where}, {_when(one.received_at)}, {one.arrival.size:,} bytes, tried {tried}: {one.error}")
    if not waiting:
        click.echo("nothing is in quarantine")
    return 0


@quarantine.command(name="retry")
@_CONFIG
@click.argument("numbers", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Try every message in quarantine.")
def retry(config: Path, numbers: tuple[int, ...], everything: bool) -> int:
    """Try messages again, by the numbers that `quarantine list` shows."""
    from triage.domain.labels import Status

    if not numbers and not everything:
        raise CallError("say which: numbers from `quarantine list`, or --all")
    still = 0
    with _parts(config) as parts:
        waiting = {one.id: one for one in parts.store.quarantined()}
        unknown = [number for number in numbers if number not in waiting]
        if unknown:
            raise CallError(f"not in quarantine: {', '.join(map(str, unknown))}")
        if everything and not waiting:
            click.echo("nothing is in quarantine")
        for number in waiting if everything else numbers:
            try:
                logged = parts.retry(waiting[number])
            except (MailboxError, StoreError, CallError) as error:
                still += 1
                _complain(str(error))
                continue
            if logged.status is Status.QUARANTINED:
                still += 1
                _complain(f"message {number}: it could not be processed this time either; see `quarantine list`")
            else:
                click.echo(f"message {number}: logged" + (f" on {logged.case}" if logged.case else ""))
    return int(bool(still))


# The model


@commands.command()
@_CONFIG
def train(config: Path) -> int:
    """Build the model from the corpus, and say how good it is on messages it had not met."""
    from triage.classify import training
    from triage.printing import print_figures
    from triage.progress import steps

    settings = _without_secrets(config)
    with steps("training") as step:
        manifest = training.train(settings.classifier.corpus, settings.classifier.model, step)
    click.echo(f"built {manifest['version']} from {manifest['messages']:,} messages in {settings.classifier.corpus}")
    print_figures(manifest["held_out"])
    return 0


@commands.command()
@_CONFIG
@click.argument("file", required=False, type=click.Path(path_type=Path, readable=False))
def evaluate(config: Path, file: Path | None) -> int:
    """Measure the model on the project's own test set, or on FILE, labelled mail as .jsonl."""
    from triage.bootstrap import load_model
    from triage.classify import corpus, training
    from triage.printing import print_figures

    settings = _without_secrets(config)
    if file is not None and not file.exists():
        raise CallError(f"{file}: there is no such file")
    model = load_model(settings)
    messages = corpus.read(file or settings.classifier.corpus / "evaluation")
    if not messages:
        raise ModelError(f"{file or settings.classifier.corpus}: there is no labelled mail here")
    print_figures(training.evaluate(model, messages))
    return 0
