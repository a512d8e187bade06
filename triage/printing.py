"""What commands print: rows as CSV, and a model's figures."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click


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
    """The figures of `triage.classify.training.figures`, for a person."""
    kind = found["kind"]
    click.echo(
        f"on {found['messages']:,} messages: kind macro-F1 {kind['macro_f1']:.3f}, calibration error {kind['calibration_error']:.3f}"
    )
    if kind["of_those_right"] is not None:
        click.echo(
            f"decided without a person: {kind['decided_without_a_person']:.0%}, of those right {kind['of_those_right']:.1%}; "
            f"complaints decided to be something else: {kind['silently_lost']}"
        )
    for name in ("complaint", "enquiry", "compliment", "none"):
        one = kind[name]
        click.echo(
            f"  {name:12} precision {one['precision']:.2f}  recall {one['recall']:.2f}  F1 {one['f1']:.2f}  ({one['messages']} messages)"
        )
    for name in ("process", "role", "service"):
        if found[name]["macro_f1"] is not None:
            click.echo(f"  {name:12} macro-F1 {found[name]['macro_f1']:.2f}")
    for name, one in found.items():
        if name in ("urgent", "outside_scope") or name.startswith("theme "):
            click.echo(f"  {name:23} precision {one['precision']:.2f}  recall {one['recall']:.2f}  ({one['messages']} messages)")
