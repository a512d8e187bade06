"""Commands for what people decide: about a message, about a case, about what could not be processed."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.base import CONFIG, at_the_command_line, complain, say_where, settings, the_parts, the_store
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Process, Role, Service, Theme
from triage.domain.wording import moment
from triage.errors import CallError, ConflictError, MailboxError, StoreError

if TYPE_CHECKING:
    from triage.store.decisions import Decided

# A closing date out of these years is a slip of the finger.
_EARLIEST_CLOSING, _LATEST_CLOSING = 2000, 2100


@click.group()
def case() -> None:
    """See cases and change them."""


@case.command(name="close")
@CONFIG
@click.argument("reference")
@click.option("--outcome", required=True, type=click.Choice([outcome.value for outcome in Outcome]))
@click.option("--on", "on", default=None, metavar="DATE", help="The day it was closed, such as 2026-11-03; today where left out.")
def close(config: Path, reference: str, outcome: str, on: str | None) -> int:
    """Close the case REFERENCE, such as CC-2026-000123."""
    from triage.review import close_case

    closed_at = _moment(on) if on else datetime.now(UTC)
    with the_store(config) as store:
        closed = close_case(store, at_the_command_line(), reference, Outcome(outcome), closed_at)
    say_where(reference, closed)
    click.echo(f"{closed} is closed: {outcome.replace('_', ' ')}, {moment(closed_at)}")
    return 0


def _moment(text: str) -> datetime:
    from triage.domain.wording import COUNCIL_TIME
    from triage.review import end_of

    try:
        moment = end_of(date.fromisoformat(text)) if len(text) <= 10 else datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=COUNCIL_TIME)
        if not _EARLIEST_CLOSING <= moment.astimezone(UTC).year <= _LATEST_CLOSING:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        raise CallError(f'--on: "{text}" is not a date; write it as 2026-11-03') from error
    return moment


@click.group()
def quarantine() -> None:
    """Messages that could not be processed: see them, try them again."""


@quarantine.command(name="list")
@CONFIG
def list_quarantined(config: Path) -> int:
    """List the messages in quarantine with the reason, a line each."""
    with the_store(config) as store:
        waiting = store.quarantined()
    for one in waiting:
        place = one.arrival.place
        where = f"{place.mailbox}/{place.folder}" + (f" UID {place.uid}" if place.uid is not None else "")
        tried = "once" if one.attempts == 1 else f"{one.attempts} times"
        click.echo(f"{one.id}  {where}, {moment(one.received_at)}, {one.arrival.size:,} bytes, tried {tried}: {one.error}")
    if not waiting:
        click.echo("nothing is in quarantine")
    return 0


@quarantine.command(name="retry")
@CONFIG
@click.argument("numbers", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Try every message in quarantine.")
def retry(config: Path, numbers: tuple[int, ...], everything: bool) -> int:
    """Try messages again, by the numbers that `quarantine list` shows."""
    from triage.domain.labels import Status

    if not numbers and not everything:
        raise CallError("say which: numbers from `quarantine list`, or --all")
    still = 0
    with the_parts(config) as parts:
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
                complain(str(error))
                continue
            if logged.status is Status.QUARANTINED:
                still += 1
                complain(f"message {number}: it could not be processed this time either; see `quarantine list`")
            else:
                click.echo(f"message {number}: logged" + (f" on {logged.case}" if logged.case else ""))
    return int(bool(still))


@click.group()
def message() -> None:
    """Decide about messages that wait for a person."""


@message.command(name="list")
@CONFIG
def list_waiting(config: Path) -> int:
    """List the messages that wait for a person, the urgent first, with the program's guess and its reasons."""
    with the_store(config) as opened:
        waiting = opened.waiting()
    for one in waiting:
        urgent = "URGENT, " if one.urgent else ""
        click.echo(
            f"{one.id}  {urgent}{one.mailbox}, {moment(one.received_at)}: {one.kind}, {one.confidence:.0%}"
            + (f", on {one.case}" if one.case else "")
            + (f"; does it belong to {one.suggested}? `message join {one.id}` or `message keep {one.id}`" if one.suggested else "")
        )
        for reason in one.reasons:
            click.echo(f"    {reason}")
    if not waiting:
        click.echo("nothing waits for a person")
    return 0


@message.command()
@CONFIG
@click.argument("numbers", nargs=-1, type=int, required=True)
def confirm(config: Path, numbers: tuple[int, ...]) -> int:
    """Say that messages were taken right, by the numbers that `message list` shows."""
    from triage import review

    failed = False
    with the_store(config) as opened:
        for number in numbers:
            try:
                done = review.confirm(opened, at_the_command_line(), number)
            except (CallError, ConflictError) as error:
                failed = True
                complain(str(error))
                continue
            click.echo(f"message {number}: confirmed" + (f", on {done.reference}" if done.reference else "") + _undoing(done))
    return int(failed)


@message.command()
@CONFIG
@click.argument("number", type=int)
@click.option("--kind", type=click.Choice([one.value for one in Kind]))
@click.option("--process", type=click.Choice([one.value for one in Process]), help="Of a complaint.")
@click.option("--role", type=click.Choice([one.value for one in Role]))
@click.option("--urgent/--not-urgent", default=None)
@click.option("--outside-scope/--in-scope", default=None)
@click.option("--service", type=click.Choice([one.value for one in Service]))
@click.option("--theme", "themes", type=click.Choice([one.value for one in Theme]), multiple=True, help="May be given several times.")
@click.option("--no-themes", is_flag=True, help="It has no theme.")
def correct(
    config: Path, number: int, *, kind: str | None, process: str | None, role: str | None, urgent: bool | None, outside_scope: bool | None,
    service: str | None, themes: tuple[str, ...], no_themes: bool,
) -> int:  # fmt: skip
    """Say what message NUMBER really is. What is not given stays as the program had it."""
    from triage import review

    if themes and no_themes:
        raise CallError("give --theme or --no-themes, not both")
    change = review.Change(
        kind=Kind(kind) if kind else None,
        process=Process(process) if process else None,
        role=Role(role) if role else None,
        urgent=urgent,
        outside_scope=outside_scope,
        service=Service(service) if service else None,
        themes=tuple(Theme(one) for one in themes) if themes or no_themes else None,
    )
    if change == review.Change():
        raise CallError("say what is wrong, for instance --kind enquiry; if nothing is, use `message confirm`")
    teams = [team.as_team() for team in settings(config, mailbox_secrets=False).team]
    with the_store(config) as opened:
        done = review.correct(opened, at_the_command_line(), number, change, teams)
    click.echo(f"message {number}: corrected, on {done.reference or 'no case'}{_undoing(done)}")
    if done.asked:
        click.echo(f"does it belong to {done.asked}? `message join {number}` or `message keep {number}`")
    return 0


def _undoing(done: "Decided") -> str:
    if done.erased:
        return "; its words are erased, which cannot be undone"
    return f"; `case undo {done.operation}` takes it back" if done.operation is not None else ""


COMMANDS = (case, message, quarantine)
