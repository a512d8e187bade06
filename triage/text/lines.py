"""A text as lines with their depth of quoting."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# More signs than that in a row are a drawing, or were made to cost time.
_DEEPEST = 15
_QUOTE_SIGNS = re.compile(rf" *>(?: ?>){{0,{_DEEPEST - 1}}}(?! ?>)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text: how often it is quoted with '>', and what follows."""

    depth: int
    content: str


def split_lines(text: str) -> list[Line]:
    """A text's lines with their depth of quoting."""
    return [_line(raw) for raw in text.replace("\ufeff", "").split("\n")]


def _line(raw: str) -> Line:
    signs = _QUOTE_SIGNS.match(raw) if ">" in raw else None
    if signs is None:
        return Line(0, raw)
    content = raw[signs.end() :]
    return Line(signs[0].count(">"), content[1:] if content.startswith(" ") else content)


def next_full(lines: Sequence[Line], i: int) -> int:
    """The number of the first line from `i` on that is not empty; the number of lines where there is none."""
    while i < len(lines) and not lines[i].content.strip():
        i += 1
    return i
