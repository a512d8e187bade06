"""Commands that look and change nothing: what a message is, the export, whether everything answers."""

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from triage.cli.base import CONFIG, complain, settings, the_store, without_secrets
from triage.domain.wording import counted, moment
from triage.errors import FileError, MessageError, TriageError

if TYPE_CHECKING:
    from triage.settings import OpenIdSettings
    from triage.store.casestore import Health

# The program warns this long before an officer's mail that waits for a person is erased.
_WARN_BEFORE_ERASING = timedelta(days=7)


@click.command()
@CONFIG
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
def classify(config: Path, files: tuple[Path, ...]) -> int:
    """Say what each message is, one JSON line a file. Nothing is stored.

    A forward that carries several separate messages gives a line for each.
    """
    from triage.bootstrap import describe_file, load_judge

    judge = load_judge(without_secrets(config))
    failed = False
    for file in files:
        try:
            for described in describe_file(judge, file):
                click.echo(json.dumps({"file": file.name, **described}, ensure_ascii=False))
        except (FileError, MessageError) as error:
            failed = True
            complain(str(error))
    return int(failed)


@click.command()
@CONFIG
@click.argument("what", type=click.Choice(["messages", "cases"]))
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
def export(config: Path, what: str, format_: str) -> int:
    """Print every message or every case, in order of arrival."""
    from triage.printing import print_csv

    with the_store(config) as store:
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


@click.command()
@CONFIG
def check(config: Path) -> int:
    """Say whether everything that the configuration names is there and answers, a line each."""
    from triage.bootstrap import load_model, now, open_store
    from triage.mailbox.imap import ImapMailbox

    configured = settings(config, sign_in_secret=True)
    click.echo(f"configuration: {config} is valid")
    failed = False
    polls: dict[str, Health] = {}

    def attempt(name: str, look: Callable[[], str]) -> None:
        nonlocal failed
        try:
            click.echo(f"{name}: {look()}")
        except TriageError as error:
            failed = True
            complain(str(error))

    def look_at_model() -> str:
        return f"version {load_model(configured).version} can be used"

    def look_at_store() -> str:
        store = open_store(configured)
        try:
            found = store.counts()
            expiring = store.about_to_expire(now(), configured.privacy.keep_waiting, _WARN_BEFORE_ERASING)
            polls.update(store.health())
        finally:
            store.close()
        if found["quarantined"]:
            click.echo(
                f"quarantine: {counted(found['quarantined'], 'message')} could not be processed: see `run_triage.py quarantine list`"
            )
        if expiring:
            click.echo(
                f"waiting: {counted(expiring, 'message')} of officers' mailboxes will be erased within a week unless someone decides"
            )
        return (
            f"answers; {counted(found['deliveries'], 'delivery', 'deliveries')}, {counted(found['cases'], 'case')}, "
            f"{counted(found['waiting'], 'message')} waiting for a person ({found['urgent']} urgent)"
        )

    attempt("model", look_at_model)
    attempt("store", look_at_store)
    if configured.sign_in.openid is not None:
        attempt("sign-in", partial(_look_at_sign_in, configured.sign_in.openid))
    for box in configured.mailbox:
        attempt(f"mailbox {box.name}", lambda box=box: _look_at_mailbox(ImapMailbox(box, configured.limits)))  # type: ignore[misc]
        if box.name in polls and polls[box.name].failures:
            health = polls[box.name]
            since = f"none since {moment(health.succeeded_at)} succeeded" if health.succeeded_at else "none has succeeded yet"
            click.echo(f"mailbox {box.name}: {counted(health.failures, 'poll')} in a row failed, {since}")
    return int(failed)


def _look_at_mailbox(source: Any) -> str:
    with source.open() as mailbox:
        counts = [f"{folder} ({counted(mailbox.count_new(folder, None), 'message')})" for folder in source.folders]
    return f"signed in; {', '.join(counts)}"


def _look_at_sign_in(openid: "OpenIdSettings") -> str:
    from triage.web.provider import discover

    doors = discover(openid)
    return f"{openid.name} answers; people are sent to {urlsplit(doors.authorization_endpoint).netloc}"


COMMANDS = (classify, export, check)
