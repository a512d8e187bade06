"""What commands print: rows as CSV, and a model's figures."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from triage.evaluation import Evaluation


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
