"""Bar charts as SVG that stands in a page: nothing that a strict Content-Security-Policy refuses, and nothing that only eyes can read.

A chart is as wide as what it stands in: bars are shares of that width and words keep their size, so that it can be read at 320 pixels
and at 400% zoom. No `style` is in it; colours are presentation attributes and classes (`triage/web/styles/_charts.scss`). Every figure
stands as a number beside its bar and in the description; the template gives them all in a table too. Colour is never the only sign:
the parts of a bar bear patterns, and a white line stands between neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

# By about this many characters a label of 16 pixels fills the width of a small screen.
_LONGEST_LABEL = 30
# Labels as short as dates stand beside their bars; longer ones above.
_SHORT_LABEL = 8
_BAR, _GAP, _LINE = 18, 10, 20
# Of the width: what is kept for short labels, and the share of the rest that the longest bar takes, so that its number has room.
_FOR_LABELS, _LONGEST_BAR = 30.0, 74.0
# A figure that is not nought can be seen, however small it is beside the largest, and though the white line takes a pixel at each end.
_SHORTEST_BAR = 2.0
# Seen where no style sheet is: with it, a bar is the council's colour.
_COLOUR = "#1d5b63"
_INK = "#0b0c0c"
_LETTERS = f'fill="{_INK}" font-size="16" font-family="arial, sans-serif"'
_NOTHING = "There is nothing to show yet."
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")

# The parts of a stacked bar, in order: a colour that can be told from white by three to one at least (WCAG 2.2, 1.4.11), and a pattern
# drawn over it in white.
PARTS: tuple[tuple[str, str], ...] = (
    ("#12394a", ""),
    ("#9c4a00", '<path d="M-2 2l4-4M0 8l8-8M6 10l4-4" stroke="#ffffff" stroke-width="1.5"/>'),
    ("#1f7a4d", '<circle cx="2" cy="2" r="1.2" fill="#ffffff"/><circle cx="6" cy="6" r="1.2" fill="#ffffff"/>'),
    ("#5f5f5f", '<path d="M0 2h8M0 6h8" stroke="#ffffff" stroke-width="1"/>'),
    ("#6b2d7d", '<path d="M2 0v8M6 0v8" stroke="#ffffff" stroke-width="1.2"/>'),
    ("#a3234f", '<path d="M0 0l8 8M8 0l-8 8" stroke="#ffffff" stroke-width="1"/>'),
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and the table of what it shows: `headings`, and under them `rows` of a label and its figures."""

    svg: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str
    empty: bool
    """Whether every figure is nought: a page may say so in a sentence and leave the picture out."""


def bars(
    title: str, description: str, rows: Sequence[tuple[str, int]], *, name: str, headings: tuple[str, str] = ("", "Messages")
) -> Chart:
    """A bar for each row, with its label and its value.

    `name`, of small letters, digits and dashes, tells the chart from others in a page. Raises ValueError where a value is negative.
    """
    whole = [(_clean(label), (value,)) for label, value in rows]
    return _chart(name, title, description, rows=whole, parts=(), headings=headings)


def stacked(
    title: str,
    description: str,
    parts: Sequence[str],
    rows: Sequence[tuple[str, Sequence[int]]],
    *,
    name: str,
    heading: str = "",
) -> Chart:
    """A bar for each row, made of as many values as there are `parts`; a legend says which part bears which pattern.

    Raises ValueError where a value is negative, a row has more or fewer values than there are parts, or there are more parts than patterns.
    """
    if not 0 < len(parts) <= len(PARTS):
        raise ValueError(f"a bar has from one to {len(PARTS)} parts")
    whole = [(_clean(label), tuple(values)) for label, values in rows]
    if any(len(values) != len(parts) for _, values in whole):
        raise ValueError("each row needs a value for every part")
    names = tuple(_clean(part) for part in parts)
    return _chart(name, title, description, rows=whole, parts=names, headings=(heading, *names, "All"))


def _chart(
    name: str,
    title: str,
    description: str,
    *,
    rows: Sequence[tuple[str, tuple[int, ...]]],
    parts: tuple[str, ...],
    headings: tuple[str, ...],
) -> Chart:
    if not _NAME.fullmatch(name):
        raise ValueError("a chart's name is of small letters, digits and dashes")
    if any(value < 0 for _, values in rows for value in values):
        raise ValueError("a bar cannot show less than nothing")
    totals = [sum(values) for _, values in rows]
    table = tuple(
        (label, *(_number(value) for value in (*values, total)[: len(headings) - 1]))
        for (label, values), total in zip(rows, totals, strict=True)
    )
    said = " ".join(filter(None, (_clean(description), _in_words(rows, parts))))
    picture, height = _picture(name, rows, totals, parts)
    svg = (
        f'<svg class="tq-chart__picture" role="img" aria-labelledby="{name}-title {name}-desc" width="100%" height="{height}">'
        f'<title id="{name}-title">{escape(_clean(title))}</title><desc id="{name}-desc">{escape(said)}</desc>{picture}</svg>'
    )
    return Chart(svg, headings, table, _clean(title), not any(totals))


def _in_words(rows: Sequence[tuple[str, tuple[int, ...]]], parts: tuple[str, ...]) -> str:
    """The figures as sentences."""
    if not rows:
        return _NOTHING
    if not parts:
        return " ".join(f"{label}: {_number(value)}." for label, (value,) in rows)
    return " ".join(
        f"{label}: {', '.join(f'{part} {_number(value)}' for part, value in zip(parts, values, strict=True))}." for label, values in rows
    )


def _picture(name: str, rows: Sequence[tuple[str, tuple[int, ...]]], totals: Sequence[int], parts: tuple[str, ...]) -> tuple[str, int]:
    """What is drawn, and how high it is."""
    if not rows:
        return _text(_NOTHING, 0, 15), _LINE
    beside = max(len(label) for label, _ in rows) <= _SHORT_LABEL
    top = 0
    drawn = [_patterns(name, len(parts))] if parts else []
    for index, part in enumerate(parts):
        drawn.append(f'<rect class="tq-chart__part" x="0" y="{top + 2}" width="16" height="16" {_fill(name, index)}/>')
        drawn.append(_text(part, 24, top + 15))
        top += _LINE + 2
    top += _GAP if parts else 0
    most = max(totals)
    for (label, values), total in zip(rows, totals, strict=True):
        drawn.append(_text(shortened(label), 0, top + 14))
        top += 0 if beside else _LINE
        where = f'x="{_FOR_LABELS:g}%" width="{100 - _FOR_LABELS:g}%"' if beside else 'x="0" width="100%"'
        drawn.append(f'<svg {where} y="{top}" height="{_BAR}" overflow="visible">{"".join(_bar(name, values, total, most, parts))}</svg>')
        top += _BAR + _GAP
    return "".join(drawn), top


def _bar(name: str, values: tuple[int, ...], total: int, most: int, parts: tuple[str, ...]) -> Iterator[str]:
    """One bar with its number behind it, and the line that it begins at."""
    end = 0.0
    if not parts:
        end = _share(total, most)
        if total:
            yield f'<rect class="tq-chart__bar" x="0" y="0" width="{end:g}%" height="{_BAR}" fill="{_COLOUR}"/>'
    else:
        for index, value in enumerate(values):
            if not value:
                continue
            width = _share(value, most)
            # The white line around a part is what tells it from its neighbour.
            yield (
                f'<rect class="tq-chart__part" x="{end:g}%" y="0" width="{width:g}%" height="{_BAR}" {_fill(name, index)} stroke="#ffffff" '
                f'stroke-width="2"><title>{escape(parts[index])}: {_number(value)}</title></rect>'
            )
            end = round(end + width, 2)
    yield f'<line class="tq-chart__axis" x1="0" y1="0" x2="0" y2="{_BAR}" stroke="{_INK}" stroke-width="1"/>'
    yield f'<text class="tq-chart__value" x="{end:g}%" dx="6" y="14" {_LETTERS}>{_number(total)}</text>'


def _share(value: int, most: int) -> float:
    """How long a bar is, of a hundred."""
    return max(_SHORTEST_BAR, round(value / most * _LONGEST_BAR, 2)) if value else 0.0


def _fill(name: str, index: int) -> str:
    colour, pattern = PARTS[index]
    return f'fill="url(#{name}-part-{index})"' if pattern else f'fill="{colour}"'


def _patterns(name: str, many: int) -> str:
    each = (
        f'<pattern id="{name}-part-{index}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{colour}"/>{pattern}</pattern>'
        for index, (colour, pattern) in enumerate(PARTS[:many])
        if pattern
    )
    return f"<defs>{''.join(each)}</defs>"


def _text(words: str, x: int, y: int) -> str:
    return f'<text class="tq-chart__label" x="{x}" y="{y}" {_LETTERS}>{escape(words)}</text>'


def _number(value: int) -> str:
    return f"{value:,}"


def _clean(words: str) -> str:
    """On one line, without what cannot be seen and could turn the words around."""
    return " ".join(_INVISIBLE.sub(" ", words).split())


def shortened(label: str, at_most: int = _LONGEST_LABEL) -> str:
    """A label as it fits beside its bar; it stands whole in the table."""
    return label if len(label) <= at_most else f"{label[: at_most - 1].rstrip()}…"
