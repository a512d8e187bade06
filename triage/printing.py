"""What commands print: rows as CSV, a model's figures, and what became of streams."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from triage.evaluation import Evaluation, Merge, Quoted, StreamEvaluation, beside_the_figures, figures_table

# Streams that stand side by side; of more than that, each has a line.
_MOST_COLUMNS = 4


def print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows with a heading, on stdout."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: Any) -> Any:
    """One cell: lists as JSON, and text that a spreadsheet would run as a formula made harmless by an apostrophe (OWASP)."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def print_figures(found: Mapping[str, Any]) -> None:
    """The figures of `triage.classify.figures.measure`, for a person."""
    kind = found["kind"]
    click.echo(f"{found['messages']:,} messages: kind macro-F1 {kind['macro_f1']:.3f}, calibration error {kind['calibration_error']:.3f}")
    if kind["of_those_right"] is not None:
        click.echo(
            f"decided without a person: {kind['decided_without_a_person']:.0%}, of those right {kind['of_those_right']:.1%}; "
            f"complaints decided to be something else: {kind['silently_lost']}"
        )
    _print_scores("kind", kind["each"])
    for name in ("process", "role", "service"):
        if name in found:
            click.echo(f"  {name:23} macro-F1 {found[name]['macro_f1']:.2f}  ({found[name]['messages']} messages)")
    _print_scores("", {name: one for name, one in found.items() if name in ("urgent", "outside_scope") or name.startswith("theme ")})


def _print_scores(heading: str, each: Mapping[str, Any]) -> None:
    for name, one in each.items():
        label = f"{heading} {name}".strip().replace("_", " ")
        click.echo(
            f"  {label:23} precision {one['precision']:.2f}  recall {one['recall']:.2f}  F1 {one['f1']:.2f}  ({one['messages']} messages)"
        )


def print_evaluation(result: Evaluation) -> None:
    """An evaluation as tables: every label, confusion, calibration, groups of authors, the worst mistakes."""
    click.echo(f"model {result.model} on {result.name}")
    print_figures(result.figures)
    for name in ("process", "role", "service"):
        if name not in result.figures:
            continue
        click.echo(f"\n{name}")
        _print_scores("", result.figures[name]["each"])
    names = list(result.confusion)
    click.echo("\nwhat was taken for what (rows: what it truly is)")
    click.echo(f"  {'':12}" + "".join(f"{name:>12}" for name in names))
    for true in names:
        click.echo(f"  {true:12}" + "".join(f"{result.confusion[true][found]:>12}" for found in names))
    click.echo("\nis it as sure as it is right?")
    for one in result.calibration:
        click.echo(
            f"  {one['from']:>4.0%} to {one['to']:>4.0%}: {one['messages']:>4.0f} messages, sure {one['confidence']:.0%}, "
            f"right {one['right']:.0%}"
        )
    click.echo("\ngroups of authors")
    for name, one in result.groups.items():
        right = "" if one["of_those_right"] is None else f", of those right {one['of_those_right']:.1%}"
        click.echo(
            f"  {name}: {one['messages']} messages, kind macro-F1 {one['macro_f1']:.2f}, decided {one['decided_without_a_person']:.0%}"
            f"{right}, complaints lost {one['silently_lost']}"
        )
    click.echo("\nthe worst mistakes, those decided without a person first")
    for mistake in result.mistakes:
        how = "DECIDED" if mistake.decided else "asked"
        click.echo(f"  {mistake.id}: {mistake.true} taken for {mistake.found}, {mistake.confidence:.0%}, {how}: {mistake.excerpt}")
    if not result.mistakes:
        click.echo("  none")


def print_streams(result: StreamEvaluation, *, missed: bool) -> None:
    """What became of streams: the figures, then every wrong merge; with `missed` also every message that is not where it belongs."""
    click.echo(f"model {result.model} on {result.name}, mail {result.order.value}")
    many = len(result.streams) > _MOST_COLUMNS
    heads, lines = figures_table({"all": result.total} if many else result.streams, result.total)
    widths = [max(len(line[column]) for line in (heads, *lines)) for column in range(len(heads))]
    for first, *others in (heads, *lines):
        cells = "".join(f"  {cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        click.echo(f"  {first:<{widths[0]}}{cells}".rstrip())
    for name, one in result.streams.items() if many else ():
        click.echo(
            f"  {name}: {one.rows:,} messages, pairs joined {one.joined:,}, of them wrong {one.wrong:,}, recall {one.recall:.3f}, "
            f"with what a person is asked about {one.recall_with_suggestions:.3f}"
        )
    click.echo(f"\n{beside_the_figures(result)}")
    click.echo("\nwrong merges, each with the first message on the case that it does not belong with")
    _print_merges(result.wrong)
    if missed:
        click.echo("\nmissed merges, each with the first message that it belongs with")
        _print_merges(result.missed)


def _print_merges(merges: Sequence[Merge]) -> None:
    for merge in merges:
        where = f"on {merge.case}" if merge.case else "on no case"
        asked = "; a person is asked about the right one" if merge.asked else ""
        click.echo(f"\n  {merge.stream}: {merge.message.id} is {where}{asked}. {merge.reason}".rstrip())
        _print_quoted(merge.earlier)
        _print_quoted(merge.message)
    if not merges:
        click.echo("  none")


def _print_quoted(one: Quoted) -> None:
    click.echo(f"    {one.id}, {one.date}, {one.sender}: {one.subject}\n      {one.text}")
