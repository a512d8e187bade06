"""Commands for what people do to cases: merge, split, move, relate, undo, and answer what the program suggests."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.base import CONFIG, at_the_command_line, say_where, the_store
from triage.domain.wording import counted, moment

if TYPE_CHECKING:
    from triage.store.casefile import OnCase, Operation, WholeCase
    from triage.store.operations import Done


@click.command()
@CONFIG
@click.argument("reference")
@click.argument("into")
def merge(config: Path, reference: str, into: str) -> int:
    """Make one case of two: everything on REFERENCE comes to INTO, and REFERENCE leads on to it for ever."""
    from triage import review

    with the_store(config) as store:
        done = review.merge(store, at_the_command_line(), reference, into)
    say_where(reference, done.case or "")
    say_where(into, done.other or "")
    click.echo(_merged(done))
    return 0


@click.command()
@CONFIG
@click.argument("reference")
@click.argument("messages", nargs=-1, type=int, required=True)
def split(config: Path, reference: str, messages: tuple[int, ...]) -> int:
    """Open a case of its own for MESSAGES of the case REFERENCE, by the numbers that `case show` lists."""
    from triage import review

    with the_store(config) as store:
        done = review.split(store, at_the_command_line(), reference, messages)
    say_where(reference, done.case or "")
    click.echo(f"{done.other} is opened with {counted(len(set(messages)), 'message')} of {done.case}; {_undoing(done)}")
    return 0


@click.command()
@CONFIG
@click.argument("message", type=int)
@click.argument("reference")
def move(config: Path, message: int, reference: str) -> int:
    """Put MESSAGE on the case REFERENCE. Where it is the only one on its case, that case is merged into REFERENCE."""
    from triage import review

    with the_store(config) as store:
        done = review.move(store, at_the_command_line(), message, reference)
    say_where(reference, done.other or "")
    click.echo(_moved(message, done))
    return 0


@click.command()
@CONFIG
@click.argument("reference")
@click.argument("other")
@click.option("--why", required=True, help="In a line. It is kept with the cases: name nobody in it.")
def link(config: Path, reference: str, other: str, why: str) -> int:
    """Note that the cases REFERENCE and OTHER are related: two households about one event, say. They stay two cases."""
    from triage import review

    with the_store(config) as store:
        done = review.link(store, at_the_command_line(), reference, other, why)
    say_where(reference, done.case or "")
    say_where(other, done.other or "")
    click.echo(f"{done.case} and {done.other} are related; {_undoing(done)}")
    return 0


@click.command()
@CONFIG
@click.argument("reference")
@click.argument("other")
def unlink(config: Path, reference: str, other: str) -> int:
    """Note that the cases REFERENCE and OTHER are not related after all."""
    from triage import review

    with the_store(config) as store:
        done = review.unlink(store, at_the_command_line(), reference, other)
    say_where(reference, done.case or "")
    say_where(other, done.other or "")
    click.echo(f"{done.case} and {done.other} are not related any more; {_undoing(done)}")
    return 0


@click.command()
@CONFIG
@click.argument("number", type=int)
def undo(config: Path, number: int) -> int:
    """Put everything back as it was before operation NUMBER, which `case history` shows."""
    from triage import review

    with the_store(config) as store:
        done = review.undo(store, at_the_command_line(), number)
    between = f" ({done.case} and {done.other})" if done.other else f" ({done.case})" if done.case else ""
    click.echo(f"operation {number}, {_SORTS[done.sort]}, is undone{between}")
    if done.sort == "split":
        click.echo(f"{done.other} leads on to {done.case}")
    return 0


@click.command()
@CONFIG
@click.argument("reference")
def history(config: Path, reference: str) -> int:
    """List what people did to the case REFERENCE, the first first, with the numbers for undoing it."""
    from triage import review

    with the_store(config) as store:
        meant, found = review.show(store, reference).reference, review.history(store, reference)
    say_where(reference, meant)
    for one in found:
        click.echo(f"{one.number}  {moment(one.at)}, {one.actor}: {_told(one)}")
        if one.undone_at is not None:
            click.echo(f"    undone on {moment(one.undone_at)}, {one.undone_by}")
    if not found:
        click.echo(f"nobody has done anything to {meant} that can be undone")
    return 0


@click.command()
@CONFIG
@click.argument("reference")
def show(config: Path, reference: str) -> int:
    """Show the case REFERENCE: what it is, its people, its messages and why each is there, and the cases it is related to."""
    from triage import review

    with the_store(config) as store:
        found = review.show(store, reference)
    say_where(reference, found.reference)
    _print_case(found)
    return 0


@click.command()
@CONFIG
@click.option("--days", type=int, default=90, show_default=True, help="Look at so many days back.")
@click.option("--at-least", type=int, default=10, show_default=True, help="Name people with so many messages or more.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def patterns(config: Path, days: int, at_least: int, *, as_json: bool) -> int:
    """Point out people who write very often, with figures. Nothing is done about them: that is for people to decide."""
    from triage import review

    with the_store(config) as store:
        found = review.patterns(store, days, at_least)
    if as_json:
        click.echo(json.dumps({"days": days, "at_least": at_least, "people": [asdict(one) for one in found]}, ensure_ascii=False))
        return 0
    for one in found:
        roles = ", ".join(role.replace("_", " ") for role in one.roles)
        click.echo(
            f"{one.address} ({roles}): {counted(one.messages, 'message')} on {counted(one.cases, 'case')}, {one.messages_a_week:g} a week, "
            f"the first {counted(one.days_since_the_first, 'day')} ago"
        )
    if not found:
        click.echo(f"nobody has written {at_least} messages or more in {counted(days, 'day')}")
    return 0


@click.command()
@CONFIG
@click.argument("number", type=int)
def join(config: Path, number: int) -> int:
    """Say that message NUMBER belongs to the case that is suggested for it."""
    from triage import review

    with the_store(config) as store:
        done = review.settle(store, at_the_command_line(), number, join=True)
    click.echo(_moved(number, done))
    return 0


@click.command()
@CONFIG
@click.argument("number", type=int)
def keep(config: Path, number: int) -> int:
    """Say that message NUMBER does not belong to the case that is suggested for it."""
    from triage import review

    with the_store(config) as store:
        done = review.settle(store, at_the_command_line(), number, join=False)
    click.echo(f"message {number} does not belong to {done.other} and stays where it is; {_undoing(done)}")
    return 0


# In words

_SORTS = {
    "merge": "a merge", "split": "a split", "move": "a move", "link": "a link", "unlink": "an unlink", "keep": "a keep",
    "decide": "a decision about a message", "close": "a closing", "reopen": "an opening again", "assign": "an assignment",
    "due": "a due date",
}  # fmt: skip


def _undoing(done: "Done") -> str:
    return f"`case undo {done.number}` takes it back"


def _merged(done: "Done") -> str:
    return f"{done.case} is merged into {done.other}{', which is closed' if done.closed else ''}; {_undoing(done)}"


def _moved(message: int, done: "Done") -> str:
    if done.sort == "merge":
        return f"message {message}: {_merged(done)}"
    return (
        f"message {message} is on {done.other}{', which is closed' if done.closed else ''}, and no longer on {done.case}; {_undoing(done)}"
    )


def _told(one: "Operation") -> str:
    messages = f"message{'s' if len(one.messages) > 1 else ''} {', '.join(map(str, one.messages))}"
    return {
        "merge": f"merged {one.case} into {one.other} ({messages})",
        "split": f"split {one.other} off {one.case} ({messages})",
        "move": f"moved {messages} from {one.case} to {one.other}",
        "link": f"related {one.case} and {one.other}",
        "unlink": f"{one.case} and {one.other} are not related",
        "keep": f"a message of {one.case} does not belong to {one.other}" if one.other else f"a message does not belong to {one.case}",
        "decide": f"decided about a message of {one.case}",
        "close": f"closed {one.case}",
        "reopen": f"opened {one.case} again",
        "assign": f"said who deals with {one.case}",
        "due": f"said when {one.case} is due",
    }[one.sort]


def _print_case(found: "WholeCase") -> None:
    state = f"{found.status}, {found.outcome.replace('_', ' ')}" if found.outcome else found.status
    closed = f", closed {moment(found.closed_at)}" if found.closed_at else ""
    kind = f"{found.kind}, {found.process}" if found.process else found.kind
    click.echo(f"{found.reference}: {kind}; {state}; opened {moment(found.opened_at)}{closed}{'; URGENT' if found.urgent else ''}")
    about = [found.service, *(["team " + found.team] if found.team else []), *found.themes]
    click.echo(f"about: {', '.join(one.replace('_', ' ') for one in about)}")
    if found.merged:
        click.echo(f"merged into it: {', '.join(found.merged)}")
    for role, name, address in found.people:
        click.echo(f"{role.replace('_', ' ')}: {name} <{address}>" if name else f"{role.replace('_', ' ')}: {address}")
    if found.copy_answer_to:
        click.echo(f"one answer goes to the family, with a copy to: {', '.join(found.copy_answer_to)}")
    click.echo(f"{counted(len(found.messages), 'message')}:")
    for one in found.messages:
        _print_message(one)
    for other in found.related:
        score = f" ({other.score:.0%})" if other.score is not None else ""
        click.echo(f"related: {other.reference}{score}, by {other.made_by}: {other.why}")
    if found.waiting:
        asked = ", ".join(map(str, found.waiting))
        click.echo(f"may belong to it, as the program asks: message{'s' if len(found.waiting) > 1 else ''} {asked}")


def _print_message(one: "OnCase") -> None:
    role = (one.role or "unknown").replace("_", " ")
    asked = f"; does it belong to {one.asked}? `message join {one.id}` or `message keep {one.id}`" if one.asked else ""
    click.echo(f"  {one.id}  {moment(one.received_at)}: {one.kind}, {one.relation or 'on no case'}, by {role}, {one.status}{asked}")
    for reason in one.reasons:
        click.echo(f"      {reason}")


OF_CASE = (merge, split, move, link, unlink, undo, history, show, patterns)
OF_MESSAGE = (join, keep)
