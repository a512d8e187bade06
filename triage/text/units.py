"""A text as the lines and sentences that it was written in, whatever its width.

What is not the author's (a footer, a disclaimer) stands in lines or sentences of its own, but mail programs break lines where they
like. Here a line that was only broken is put together again, and one that holds several sentences is taken apart.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Below that width a text is taken for one whose lines its program broke; the lines of others are paragraphs.
_WIDEST_BROKEN = 100
_NARROWEST_BROKEN = 50
_NARROWEST_PARAGRAPH = 60
_FEW_WORDS = 12
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]{0,2}[ \n]+(?=[A-ZÀ-ÞŁŚŻ0-9\"“'‘(\[*•])")
_NO_END = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|St|Rev|Prof|Cllr|No|no|Tel|Ext|ext|Reg|Co|Ltd|e\.g|i\.e|etc|cf|vs|Ref|ref|Sgt|Insp|Gen|Hon|"
    r"[A-Z])\.[\"'”’)\]]{0,2}[ \n]+$"
)
_BEGINS_ANEW = re.compile(r"\s*(?:[-–—*•·>|#(\[]|\d{1,2}[.)]\s|[A-Za-z]\)\s)")
# A footer behind the author's last full stop, where a program put no break.
_FOOTER_GLUED = re.compile(
    r"(?<=[.!?…xX])[ ]?(?=(?:Sent|Get|Envoyé|Gesendet|Enviado|Inviato|Wysłan[eo]|Verzonden) (?:from|via|with|using|Outlook|de|"
    r"depuis|desde|von|da|z|vanaf)\b)"
)
RULE = re.compile(r"[\s_\-–—=*~#.·•|]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A line or sentence: where it stands in its text, and its words with single spaces.

    `apart` is true behind an empty line, `runs_on` behind another sentence of the same line.
    """

    start: int
    end: int
    text: str
    apart: bool
    runs_on: bool = False

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def units_of(text: str, begin: int = 0) -> list[Unit]:
    """The units of `text` from `begin` on, in order; empty lines are none."""
    spans = _logical_lines(text, begin)
    units: list[Unit] = []
    for start, end, apart in spans:
        runs_on = False
        for first, last in _sentences(text, start, end):
            shown = " ".join(text[first:last].split())
            if shown:
                units.append(Unit(first, last, shown, apart, runs_on))
                apart, runs_on = False, True
    return units


def _logical_lines(text: str, begin: int) -> list[tuple[int, int, bool]]:
    """Where the lines stand, those that were only broken as one."""
    lines = _lines(text, begin)
    widest = max((end - start for start, end in lines), default=0)
    spans: list[tuple[int, int, bool]] = []
    for paragraph in _paragraphs(text, lines):
        width = widest if _NARROWEST_BROKEN <= widest <= _WIDEST_BROKEN else _width_of(paragraph)
        for number, (start, end) in enumerate(paragraph):
            if number and _goes_on(text, paragraph[number - 1], (start, end), width):
                spans[-1] = (spans[-1][0], end, spans[-1][2])
            else:
                spans.append((start, end, not number))
    return spans


def _lines(text: str, begin: int) -> list[tuple[int, int]]:
    spans = []
    while begin <= len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        spans.append((begin, end))
        begin = end + 1
    return spans


def _paragraphs(text: str, lines: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """The lines between empty ones."""
    paragraph: list[tuple[int, int]] = []
    for start, end in lines:
        if text[start:end].strip():
            paragraph.append((start, end))
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _width_of(paragraph: Sequence[tuple[int, int]]) -> int:
    """At which width one paragraph was broken; 0 where it does not look as if it was."""
    lengths = [end - start for start, end in paragraph]
    width = max(lengths)
    long = sum(length > width * 0.75 for length in lengths)
    return width if len(lengths) > 2 and _NARROWEST_PARAGRAPH <= width <= _WIDEST_BROKEN and long > len(lengths) / 2 else 0


def _goes_on(text: str, above: tuple[int, int], line: tuple[int, int], width: int) -> bool:
    """Whether a line was broken off the one above it: its first word would not have fitted there. `width` is 0 where none was."""
    over, here = text[slice(*above)].rstrip(), text[slice(*line)]
    bare = here.lstrip()
    if bare[:1].islower() and len(over) >= _NARROWEST_PARAGRAPH and len(over) <= _WIDEST_BROKEN and not over.endswith((".", ":")):
        return True
    if not width or " | " in over or RULE.fullmatch(over) or RULE.fullmatch(here) or _BEGINS_ANEW.match(here):
        return False
    return len(over) + 1 + len(bare.split(maxsplit=1)[0]) > width or (len(over) > width * 0.7 and bare[:1].islower())


def _sentences(text: str, start: int, end: int) -> Sequence[tuple[int, int]]:
    """Where the sentences of a line stand; a short line is not taken apart."""
    line = text[start:end]
    ends = [match.start() for match in _FOOTER_GLUED.finditer(line)]
    if len(line.split(maxsplit=_FEW_WORDS)) > _FEW_WORDS:
        ends += [match.end() for match in _SENTENCE_END.finditer(line) if not _NO_END.search(line[max(0, match.end() - 12) : match.end()])]
    spans, first = [], 0
    for last in sorted(set(ends)):
        spans.append((start + first, start + last))
        first = last
    return [*spans, (start + first, end)]


def without(text: str, units: Sequence[Unit]) -> str:
    """The text without `units`, which stand in it in order."""
    kept, begin = [], 0
    for unit in units:
        kept.append(text[begin : unit.start])
        begin = unit.end
    kept.append(text[begin:])
    return "\n".join(line.rstrip(" \t") for line in "".join(kept).split("\n")) if units else text
