"""A message's bytes made fit for the standard library's parser: in bounded time and memory, and with its header in one piece."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

# The standard library's parser tries every open boundary on every line, so its cost is lines times depth, some 0.2 microseconds
# each. Of a message whose lines times boundaries are more than this, only the head is read.
_MOST_LINES_TIMES_BOUNDARIES = 8_000_000
# The parser keeps each line of an attachment as a string of its own, many times its size. Of a longer run of base64 than this
# the middle is taken out first: no body that is read is as long, and of a file only name, type and size are told.
_KEPT_OF_A_RUN = 2_000_000
# Looked for where a run begins only: otherwise each of its letters would be tried as a beginning, a square of its length.
_BASE64_RUN = re.compile(rb"(?<![A-Za-z0-9+/=\r\n])[A-Za-z0-9+/=\r\n]{%d,}" % (_KEPT_OF_A_RUN + 200_000))
_RUN_END = 200

_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_KNOWN_HEADER = re.compile(
    rb"(?i)(from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|received|return-path|reply-to|x-[a-z0-9-]+)[ \t]*:"
)
_BOUNDARY_PARAMETER = re.compile(rb"(?i)\bboundary\s*=")

OMITTED = re.compile(r"\r?\nOmitted([0-9a-f]{64})\r?\n")
# The letters of such a mark, without its line ends.
MARK_LETTERS = len("Omitted") + 64
# Two of these among the first lines are a message's header.
_TELLING_HEADER = re.compile(rb"(?i)(from|to|subject|date|message-id|received|return-path|mime-version)[ \t]*:")


@dataclass(frozen=True, slots=True)
class Omitted:
    """The middle of a long run of base64: the bytes where they stand in the message, and how many letters they are."""

    middle: memoryview
    letters: int


def condensed(raw: bytes) -> tuple[bytes, dict[str, Omitted]]:
    """The message without the middle of its long runs of base64; each leaves its digest (`OMITTED`)."""
    omitted: dict[str, Omitted] = {}
    pieces: list[bytes] = []
    position = 0
    for run in _BASE64_RUN.finditer(raw):
        start, end = run.start() + _KEPT_OF_A_RUN, run.end() - _RUN_END
        middle = memoryview(raw)[start:end]
        digest = hashlib.sha256(middle).hexdigest()
        omitted[digest] = Omitted(middle, len(middle) - raw.count(b"\n", start, end) - raw.count(b"\r", start, end))
        pieces += [raw[position:start], b"\r\nOmitted" + digest.encode() + b"\r\n"]
        position = end
    return (b"".join([*pieces, raw[position:]]) if pieces else raw), omitted


def restored(content: str, omitted: Mapping[str, Omitted]) -> bytes:
    """A part's encoded content with what `condensed` took out put back: each run once, as its sender may have copied a mark."""
    left = dict(omitted)
    pieces: list[bytes | memoryview] = []
    position = 0
    for mark in OMITTED.finditer(content):
        if run := left.pop(mark[1], None):
            pieces += [content[position : mark.start()].encode("utf-8", "surrogateescape"), run.middle]
            position = mark.end()
    return b"".join([*pieces, content[position:].encode("utf-8", "surrogateescape")])


def is_mail(raw: bytes) -> bool:
    """Whether bytes that were attached as a file are a message, by their header."""
    head = re.sub(rb"\A\s*(>?From [^\r\n]*\r?\n)?", b"", raw[:20_000].removeprefix(b"\xef\xbb\xbf"))
    lines = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0].splitlines()
    if not lines or not _HEADER_LINE.match(lines[0]):
        return False
    return len({found[1].lower() for line in lines if (found := _TELLING_HEADER.match(line))}) > 1


def affordable(raw: bytes) -> bytes:
    """The message, or as much of its head as can be parsed in a second or two."""
    boundaries = sum(1 for _ in _BOUNDARY_PARAMETER.finditer(raw))
    if boundaries < 2:
        return raw
    line_count = raw.count(b"\n") + raw.count(b"\r")
    if line_count * boundaries <= _MOST_LINES_TIMES_BOUNDARIES:
        return raw
    most = max(2000, _MOST_LINES_TIMES_BOUNDARIES // boundaries)
    return raw[: len(raw) * most // line_count]


def as_plain_text(raw: bytes) -> bytes:
    """The same header, without what makes the parser look for parts."""
    header, separator, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:100_000] else b"\n\n")
    return re.sub(rb"(?im)^content-type:", b"X-Content-Type:", header) + separator + body


def mended_header_block(raw: bytes) -> bytes:
    """The message with its header block in one piece.

    The standard library ends the header at the first line that is no field, and so loses every field behind it. Such a line
    is folded into the field above, but only where well-known fields follow it: otherwise it is the body.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    start = 0
    while raw[start : start + 1] in (b"\r", b"\n", b" ", b"\t"):
        start += 1
    raw = raw[start:] if start else raw
    start = 0
    while raw.startswith((b"From ", b">From "), start) and (end_of_line := raw.find(b"\n", start)) >= 0:
        start = end_of_line + 1
    raw = raw[start:] if start else raw
    end = re.search(rb"\r?\n\r?\n", raw[:200_000])
    block = raw[: end.start()] if end else raw[:200_000]
    lines = re.split(rb"(?<=\n)", block)
    if not lines or not _HEADER_LINE.match(lines[0]):
        return raw
    lines, respelt = _respelt(lines)
    odd = [i for i, line in enumerate(lines) if line.strip() and not line.startswith((b" ", b"\t")) and not _HEADER_LINE.match(line)]
    last_known = max((i for i, line in enumerate(lines) if _KNOWN_HEADER.match(line)), default=0)
    mend = [i for i in odd if i < last_known]
    if not mend and not respelt:
        return raw
    for i in mend:
        lines[i] = b" " + lines[i]
    return b"".join(lines) + raw[len(block) :]


def _respelt(lines: list[bytes]) -> tuple[list[bytes], bool]:
    """Header lines without blanks before a well-known field's colon, and without a Content-Type that a second one, of a
    multipart, puts right; and whether anything was changed.
    """
    spelt = [re.sub(rb"^([!-9;-~]+)[ \t]+:", rb"\1:", line) if _KNOWN_HEADER.match(line) else line for line in lines]
    types = [i for i, line in enumerate(spelt) if line[:13].lower() == b"content-type:"]
    multipart = next((i for i in types if b"multipart/" in spelt[i].lower()), None)
    if len(types) > 1 and multipart is not None and multipart != types[0]:
        for i in types:
            if i != multipart:
                spelt[i] = b"X-" + spelt[i]
    return spelt, spelt != lines
