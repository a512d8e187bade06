"""Where one message ends and another begins inside a text: header blocks, attribution lines and the lines that announce them.

Mail programs write the header of what they forward or answer as lines of text ("From: ... Sent: ... Subject: ..."), or as one
line of prose ("On 3 March 2026 at 14:02, A Person wrote:"). Their words differ by program and language, not their shape.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from triage.domain.message import Address
from triage.text import attributions, labels, looseheaders, marks
from triage.text.dates import parse_date
from triage.text.labels import colonless, labelled
from triage.text.lines import Line, next_full
from triage.text.marks import announces
from triage.text.people import find_address, who
from triage.text.signatures import Sort, sort_of

# Of whom nothing is said.
NOBODY = Address()
_LONGEST_BLOCK = 24
# A thread has a few dozen messages; a text made to cost time has thousands.
_MOST_BLOCKS = 100
_MOST_LINES = 20_000
_SEPARATORS = ("forward", "original", "typed")
_HOUR = re.compile(r"\d[:.]\d\d\b")
_A_SENTENCE = re.compile(r"[.!?]$|,\s\w+\s\w+\s\w+")

_Labelled = Callable[[str], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the message around the blocks: when it was sent, and whether it answers or forwards another."""

    sent: datetime | None = None
    answers: bool = True


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """What a text says of a message inside it. `start` and `end` are line numbers: the header itself is lines start to end - 1.

    `delegate` is who sent it on behalf of `author`. `subject` is None where none is stated, `sent` where no day can be read.
    `forwards` is true where its program announces that it was passed on, `answers` where it is that of an answered message.
    `typed` is true where a person typed or pasted it. `answer_to` is its Reply-To, and `attached` are the names that its line of
    attachments gives.
    """

    start: int
    end: int
    depth: int
    author: Address
    recipients: str
    subject: str | None
    sent: datetime | None
    forwards: bool = False
    answers: bool = False
    attribution: bool = False
    delegate: Address | None = None
    answer_to: Address = NOBODY
    attached: tuple[str, ...] = field(default=())
    typed: bool = False


def prepared(text: str) -> str:
    """The text with every header, attribution and announcement on lines of its own, where a program ran them together."""
    return attributions.on_lines_of_their_own(labels.on_lines_of_their_own(marks.on_one_line(text)))


def find_blocks(lines: Sequence[Line], around: Around) -> list[HeaderBlock]:
    """Every header block and attribution line, in order."""
    blocks: list[HeaderBlock] = []
    i = 0
    while i < min(len(lines), _MOST_LINES) and len(blocks) < _MOST_BLOCKS:
        found = _block_at(lines, i, around) if lines[i].content.strip() else None
        if found is None:
            i += 1
            continue
        blocks.append(found)
        i = max(found.end, i + 1)
    return blocks


def _block_at(lines: Sequence[Line], i: int, around: Around) -> HeaderBlock | None:
    """The block that begins at line `i`, with the lines that announce it, or None."""
    first, announced = _behind_announcements(lines, i)
    if first >= len(lines):
        return None
    found = _header(lines, first, around, announced)
    if found is None and announced in (None, "rule"):
        return None if first > i and announced is None else _prose(lines, i, around)
    if found is None and announced in _SEPARATORS:
        found = _prose(lines, first, around)
        found = replace(found, forwards=announced != "original") if found is not None else None
    return None if found is None else replace(found, start=i)


def _behind_announcements(lines: Sequence[Line], i: int) -> tuple[int, str | None]:
    """The first line behind those that announce a message, and what they announce."""
    start, announced = i, None
    while i < len(lines) and i - start <= 4:
        mark = announces(lines[i].content)
        if mark is None or mark == "end":
            break
        announced = mark if announced in (None, "rule") else announced
        i = next_full(lines, i + 1)
    return i, announced


def _prose(lines: Sequence[Line], i: int, around: Around) -> HeaderBlock | None:
    """A block that is no list of fields: an attribution, or what some programs and hands write instead of a header."""
    found = attributions.attribution_at(lines, i, around.sent, around.answers)
    if found is not None:
        return HeaderBlock(i, found.end, lines[i].depth, found.author, "", None, found.sent, attribution=True)
    loose = looseheaders.loose_header_at(lines, i, around.sent)
    if loose is None:
        return None
    return HeaderBlock(
        i, loose.end, 0 if loose.unquoted else lines[i].depth, loose.author, loose.recipients, loose.subject, loose.sent,
        forwards=loose.pasted, attribution=loose.unquoted, typed=loose.pasted,
    )  # fmt: skip


def _header(lines: Sequence[Line], i: int, around: Around, announced: str | None) -> HeaderBlock | None:
    """The list of fields that begins at line `i`, or None."""
    reads: _Labelled = labelled
    first = labelled(lines[i].content)
    if first is None:
        reads, first = colonless, colonless(lines[i].content)
    if first is None or first[0] in ("other", "attached", "answer"):
        return None
    fields, end = _fields(lines, i, reads)
    if reads is colonless and not (
        find_address(fields.get("from", "")) and (announced in _SEPARATORS or {"sent", "subject"} <= fields.keys())
    ):
        return None
    if "from" not in fields and "sent" not in fields:
        return None
    author, delegate = who(fields.get("from", ""))
    sent = parse_date(fields.get("sent", ""), around.sent)
    if not _is_header(fields, author, sent, announced):
        return None
    return HeaderBlock(
        start=i,
        end=end,
        depth=lines[i].depth,
        author=author,
        recipients=fields.get("to", ""),
        subject=fields.get("subject"),
        sent=sent,
        forwards=announced in ("forward", "typed"),
        typed=announced == "typed",
        answers=announced == "original",
        delegate=delegate,
        answer_to=who(fields.get("answer", ""))[0],
        attached=tuple(name.strip() for name in re.split(r"[;,]", fields.get("attached", "")) if name.strip()),
    )


def _fields(lines: Sequence[Line], i: int, reads: _Labelled) -> tuple[dict[str, str], int]:
    """The fields stated from line `i` on, and the line behind the last. A value may go on in the next line."""
    fields: dict[str, str] = {}
    start, last, end, field_now = i, i, i, ""
    depth, blanks = lines[i].depth, 0
    while i < len(lines) and i - last <= 3 and i - start < _LONGEST_BLOCK:
        line = lines[i]
        if line.depth != depth:
            break
        if not line.content.strip():
            blanks += 1
            if blanks > 1 or {"subject", "sent", "to"} <= fields.keys():
                break
            i += 1
            continue
        found = reads(line.content)
        if found is not None and (found[0] not in fields or found[0] in ("other", "copy")):
            field_now, fields[found[0]] = found
            last, end = i, i + 1
        elif not blanks and _goes_on(lines, i, field_now, fields, reads):
            fields[field_now] = f"{fields[field_now]} {line.content.strip()}".strip()
            end = i + 1
        else:
            break
        blanks = 0
        i += 1
    return fields, end


def _goes_on(lines: Sequence[Line], i: int, field_now: str, fields: dict[str, str], reads: _Labelled) -> bool:
    """Whether a line without a label continues the field before it: a further field must follow, or the value cannot be whole."""
    if not field_now or field_now not in fields:
        return False
    content, value = lines[i].content.strip(), fields[field_now]
    if field_now in ("to", "copy") and (value.endswith((";", ",")) or content.startswith("<")):
        return True
    if field_now == "from" and not find_address(value) and content.startswith(("<", "[mailto:")):
        return True
    if not value and field_now != "subject":
        return reads(content) is None and (field_now != "other")
    for ahead in lines[i + 1 : i + 4]:
        if ahead.depth != lines[i].depth or not ahead.content.strip():
            return False
        found = reads(ahead.content)
        if found is not None and found[0] not in fields:
            return True
    return False


def _is_header(fields: dict[str, str], author: Address, sent: datetime | None, announced: str | None) -> bool:
    """Whether these fields are those of a message, not of a bus journey or a newsletter."""
    if not author.address and not author.name:
        return False
    if author.address:
        return len(fields.keys() & {"from", "sent", "to", "subject"}) >= 2 and (
            sent is not None or "subject" in fields or announced in _SEPARATORS
        )
    named = len(author.name.split()) <= 8 and len(author.name) <= 90 and not _A_SENTENCE.search(author.name)
    if {"from", "sent", "to", "subject"} <= fields.keys() and len(author.name) <= 120:
        # No bus journey has all four: "Ashmere Council, School Transport Team" is then who wrote.
        named = named or sort_of(author.name, NOBODY) in (Sort.BODY, Sort.TITLE)
    if announced in ("forward", "original") and (sent is not None or "subject" in fields):
        return named
    # Without an address the day must be there in full, with a year, and a subject, or the hour and somebody it went to.
    whole_day = sent is not None and parse_date(fields.get("sent", "")) is not None
    told = "subject" in fields or ("to" in fields and _HOUR.search(fields.get("sent", "")) is not None)
    return named and whole_day and told and not author.name[:1].isdigit()
