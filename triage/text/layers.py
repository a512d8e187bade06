"""A text as the messages that are layered in it: what its sender wrote, and below or between, what was forwarded or quoted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from triage.text.attributions import attribution_at
from triage.text.headerblocks import Around, HeaderBlock, find_blocks, prepared
from triage.text.lines import Line, next_full, split_lines
from triage.text.marks import announces

# Stands in a layer's words where something quoted stood between them. No text that was read holds it (`reading.tidy`).
BREAK = "\f"
# Signs other than '>' that mark quoted lines, where an attribution stands above the first of them.
_OTHER_SIGN = re.compile(r"\s?([|»:%#}]) ")


@dataclass(slots=True)
class Layer:
    """One message inside a text. `block` is its header, None for the message around all others.

    `lines` are its own, with how much deeper than the layer itself each is quoted, and a lone `BREAK` where another message stood
    between them; `base` is the layer's own depth of quoting. `quoted_rest` are lines behind a mark ("Original Message") under which
    no header could be read.
    """

    block: HeaderBlock | None
    base: int = 0
    lines: list[Line] = field(default_factory=list)
    quoted_rest: list[Line] = field(default_factory=list)

    def words(self, keep_quotes: bool = False) -> str:
        """The layer's own lines as text; with `keep_quotes`, lines that begin with '>' count as its own."""
        kept: list[str] = []
        for line in self.lines:
            if not line.depth:
                kept.append(line.content)
            elif keep_quotes:
                kept.append(f"{'>' * line.depth} {line.content}")
            elif not kept or kept[-1] != BREAK:
                kept.append(BREAK)
        if keep_quotes:
            kept += [line.content for line in self.quoted_rest]
        return "\n".join(kept).strip(BREAK + "\n")

    def interleaved(self) -> bool:
        """Whether own words stand between and behind quoted lines, as where somebody answers a letter point by point."""
        runs = re.sub(r"Q+", "Q", re.sub(r"O+", "O", "".join("Q" if line.depth else "O" for line in self.lines if line.content.strip())))
        return runs.count("QO") >= 2


def layers_of(text: str, around: Around | None = None) -> list[Layer]:
    """The layers of `text`, in the order in which they begin; the first is the message around the others."""
    around = around or Around()
    lines = _with_usual_signs(split_lines(prepared(text)), around)
    beginning = {block.start: block for block in find_blocks(lines, around)}
    found = [Layer(None)]
    stack = [found[0]]
    last = found[0]
    behind_mark = False
    i = 0
    while i < len(lines):
        block = beginning.get(i)
        if block is not None:
            while len(stack) > 1 and stack[-1].base > block.depth:
                stack.pop()
            layer = Layer(block, _base(lines, block))
            found.append(layer)
            stack.append(layer)
            behind_mark = False
            i = block.end
            continue
        line = lines[i]
        i += 1
        mark = announces(line.content)
        if mark == "end" and len(stack) > 1:
            stack.pop()
            continue
        if mark == "original" and not line.depth:
            behind_mark = True
            continue
        if line.content.strip():
            while len(stack) > 1 and line.depth < stack[-1].base:
                stack.pop()
        own = stack[-1]
        if own is not last and own.lines and line.content.strip():
            own.lines.append(Line(0, BREAK))
        last = own
        shown = Line(max(0, line.depth - own.base), line.content)
        (own.quoted_rest if behind_mark else own.lines).append(shown)
    return found


def _base(lines: Sequence[Line], block: HeaderBlock) -> int:
    """How deep the message under a header is quoted: some programs quote it one deeper than its header."""
    first = next_full(lines, block.end)
    return max(lines[first].depth, block.depth) if first < len(lines) else block.depth


def _with_usual_signs(lines: list[Line], around: Around) -> list[Line]:
    """The lines with '>' understood where a program marks what it quotes with another sign."""
    for i, line in enumerate(lines):
        match = _OTHER_SIGN.match(line.content) if i and not line.depth else None
        if match is None or not lines[i - 1].content.rstrip().endswith(":"):
            continue
        quoted = [_quoted_with(match[1], one) for one in lines]
        above = (attribution_at(quoted, j, around.sent, around.answers) for j in range(max(0, i - 3), i))
        return quoted if any(found is not None and found.end == i for found in above) else lines
    return lines


def _quoted_with(sign: str, line: Line) -> Line:
    bare = line.content.lstrip()
    return Line(1, bare[1:].removeprefix(" ")) if not line.depth and bare.startswith(sign) else line
