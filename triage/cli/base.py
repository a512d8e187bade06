"""What every command shares: the configuration, the wired parts, signals, and how errors and figures are said."""

import os
import pwd
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from triage.bootstrap import Parts
    from triage.pipeline import Observer
    from triage.settings import Settings
    from triage.store.casestore import CaseStore

CONFIG = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, readable=False),
    default=Path("config/triage.toml"),
    show_default=True,
    help="The configuration file.",
)


def complain(text: str) -> None:
    """One line on stderr."""
    click.echo(f"Error: {' '.join(text.split())}", err=True)


def settings(config: Path, *, store_secret: bool = True, mailbox_secrets: bool = True, sign_in_secret: bool = False) -> "Settings":
    """The configuration, with the secrets that the command needs. Raises ConfigurationError."""
    from triage import settings

    return settings.load(config, store_secret=store_secret, mailbox_secrets=mailbox_secrets, sign_in_secret=sign_in_secret)


def without_secrets(config: Path) -> "Settings":
    """For commands that need neither the store nor a mailbox."""
    return settings(config, store_secret=False, mailbox_secrets=False)


@contextmanager
def the_store(config: Path) -> Iterator["CaseStore"]:
    """The case store alone: no mailbox password is needed."""
    from triage.bootstrap import open_store

    store = open_store(settings(config, mailbox_secrets=False))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def the_parts(config: Path, observer: "Observer | None" = None) -> Iterator["Parts"]:
    """The whole program, wired."""
    from triage.bootstrap import build

    parts = build(settings(config), observer)
    try:
        yield parts
    finally:
        parts.store.close()


@contextmanager
def stopping_at(*signals: signal.Signals) -> Iterator[threading.Event]:
    """An event that is set when one of the signals comes."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say_where(given: str, meant: str) -> None:
    """Say that a reference leads on, where it does."""
    given = given.strip().upper()
    if given != meant:
        click.echo(f"{given} was merged and leads on to {meant}")


def at_the_command_line() -> str:
    """The account that really runs the command; not what a variable says."""
    try:
        return f"{pwd.getpwuid(os.getuid()).pw_name} at the command line"
    except KeyError:
        return f"user {os.getuid()} at the command line"
