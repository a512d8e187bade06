"""What is said on the next page about what was just done."""

from collections.abc import Sequence

from flask import flash


def done(text: str, undo: Sequence[int] = (), back: str = "") -> None:
    """Say that something was done, with the operations that would undo it, and where to come back to then."""
    flash({"text": text, "undo": list(undo), "back": back}, "done")  # type: ignore[arg-type]


def note(text: str) -> None:
    """Say something that is neither done nor wrong."""
    flash({"text": text, "undo": [], "back": ""}, "note")  # type: ignore[arg-type]


def wrong(text: str) -> None:
    """Say that something was not done, and why."""
    flash({"text": text, "undo": [], "back": ""}, "wrong")  # type: ignore[arg-type]
