"""A message's bytes taken apart: headers, readable bodies, attachments, structure.

The promise, and its bounds: nothing raises; no body that is there is lost; no character is made up; and one message costs
bounded memory and time, whatever its sender made of it. A message that reaches a bound is read as far as that and marked
`cut`, so that a person looks at it.

The standard library's parser does the MIME grammar (RFC 2045-2049); the walk over its leaves is ours, because `get_body()`
loses bodies of reports and broken multiparts. Measured against mail-parser and the standard library in
`tests/unit/test_parsers_compared.py`.
"""

import email
import hashlib
import quopri
import re
import time
from binascii import Error as BinasciiError
from binascii import a2b_uu
from dataclasses import dataclass, field
from email.errors import MessageParseError
from email.message import Message
from typing import Any

from triage.domain.message import Address, Attachment, Body, ParsedMessage, Structure
from triage.errors import MessageError
from triage.mailbox.charsets import clean, decode
from triage.mailbox.headers import (
    addresses,
    decoded,
    first,
    lenient_base64,
    message_ids,
    own_message_id,
    received_at,
    sent_at,
    unfolded,
)
from triage.mailbox.structure import auto_submitted, structure_of

# The standard library's parser tries every open boundary on every line, so its cost is lines times depth, some 0.2 microseconds
# each. Of a message whose lines times boundaries are more than this, only the head is read.
_MOST_LINES_TIMES_BOUNDARIES = 8_000_000
_HEAD_BYTES = 1_000_000
# A multipart whose boundary is lost is mended this often in one message; a damaged one can hold itself.
_MOST_MENDS = 10
_DIGEST_CHUNK = 1_000_000

# The standard library's parser keeps each line of an attachment as a string of its own, many times its size. Of a longer run of
# base64 than this the middle is taken out first: no body that is read is as long, and of a file only name, type and size are told.
_KEPT_OF_A_RUN = 2_000_000
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/=\r\n]{%d,}" % (_KEPT_OF_A_RUN + 200_000))
_OMITTED = re.compile(r"\r\nOmitted([0-9a-f]{64})\r\n")
_RUN_END = 200
_LONGEST_NAME = 500

_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_KNOWN_HEADER = re.compile(
    rb"(?i)(from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|received|return-path|reply-to|x-[a-z0-9-]+)[ \t]*:"
)
_BOUNDARY_PARAMETER = re.compile(rb"(?i)\bboundary\s*=")
_MISSING_BOUNDARY = re.compile(r"^--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} (.+?)\r?$", re.MULTILINE)
_CALENDAR_FIELD = re.compile(r"^(SUMMARY|DESCRIPTION|LOCATION)(?:;[^:\r\n]*)?:(.*)$", re.IGNORECASE | re.MULTILINE)
_CALENDAR_METHOD = re.compile(r"^METHOD:\s*([A-Z-]+)", re.IGNORECASE | re.MULTILINE)
_NAME_JUNK = re.compile(r"[\x00-\x1f\x7f]+")
# What the standard library's parser raises on parameters that contradict each other, and on headers that it cannot write.
_LIBRARY_FAULTS = (TypeError, ValueError, LookupError, AttributeError, MessageParseError)
_RECURSION = "it is nested more deeply than can be read"


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds on one message: MIME parts, depth of nesting, characters of one body, seconds (looked at between parts)."""

    parts: int = 500
    depth: int = 30
    text_characters: int = 500_000
    seconds: float = 10.0


def parse(raw: bytes, limits: ParseLimits | None = None) -> ParsedMessage:
    """Take a message apart. Raises MessageError only where it took longer than the limit allows."""
    limits = limits or ParseLimits()
    walk = _Walk(limits, deadline=time.monotonic() + limits.seconds)
    head = _affordable(_mended_header_block(walk.condensed(raw)), walk)
    try:
        message = email.message_from_bytes(head)
    except RecursionError:
        walk.cut_short(_RECURSION)
        message = email.message_from_bytes(_as_plain_text(head[:_HEAD_BYTES]))
    except _LIBRARY_FAULTS:
        # A parameter that the library trips over, of the container or of one in it: read as one whose boundary is lost.
        walk.cut_short("its structure is damaged: parts may be shown as text")
        message = email.message_from_bytes(_as_plain_text(head))
        message.set_type("multipart/mixed", requote=False)
    return _parsed(message, walk, depth=0)


def _affordable(raw: bytes, walk: "_Walk") -> bytes:
    """The message, or as much of its head as can be parsed in a second or two."""
    boundaries = sum(1 for _ in _BOUNDARY_PARAMETER.finditer(raw))
    if boundaries < 2:
        return raw
    lines = raw.count(b"\n") + raw.count(b"\r")
    if lines * boundaries <= _MOST_LINES_TIMES_BOUNDARIES:
        return raw
    most = max(2000, _MOST_LINES_TIMES_BOUNDARIES // boundaries)
    walk.cut_short("it has too many parts and lines: only its beginning was read")
    return raw[: len(raw) * most // lines]


def _as_plain_text(raw: bytes) -> bytes:
    """The same header, without what makes the parser look for parts."""
    header, separator, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:100_000] else b"\n\n")
    return re.sub(rb"(?im)^content-type:", b"X-Content-Type:", header) + separator + body


def _mended_header_block(raw: bytes) -> bytes:
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


@dataclass(slots=True)
class _Walk:
    """What is counted over one message and the messages in it."""

    limits: ParseLimits
    deadline: float
    parts: int = 0
    cut: bool = False
    notes: list[str] = field(default_factory=list)
    mends: int = 0
    omitted: dict[str, int] = field(default_factory=dict)
    """Letters of base64 that were taken out, by the digest that stands in their place."""

    def condensed(self, raw: bytes) -> bytes:
        """The message without the middle of its long runs of base64; each leaves its digest."""
        pieces: list[bytes] = []
        position = 0
        for run in _BASE64_RUN.finditer(raw):
            start, end = run.start() + _KEPT_OF_A_RUN, run.end() - _RUN_END
            middle = memoryview(raw)[start:end]
            digest = hashlib.sha256(middle).hexdigest()
            self.omitted[digest] = len(middle) - raw.count(b"\n", start, end) - raw.count(b"\r", start, end)
            pieces += [raw[position:start], b"\r\nOmitted" + digest.encode() + b"\r\n"]
            position = end
        return b"".join([*pieces, raw[position:]]) if pieces else raw

    def cut_short(self, note: str) -> None:
        self.cut = True
        if note not in self.notes:
            self.notes.append(note)

    def may_take(self, depth: int) -> bool:
        """Count one more part; False where a bound is reached. Raises MessageError past the time limit."""
        if time.monotonic() > self.deadline:
            raise MessageError(f"reading it took longer than {self.limits.seconds:g} seconds")
        self.parts += 1
        if self.parts > self.limits.parts:
            self.cut_short(f"it has more than {self.limits.parts} parts: the rest was not read")
            return False
        if depth > self.limits.depth:
            self.cut_short(f"it is nested more than {self.limits.depth} deep: what lies deeper was not read")
            return False
        return True


@dataclass(slots=True)
class _Found:
    """What the walk collects of one message."""

    bodies: list[Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    nested: list[ParsedMessage] = field(default_factory=list)
    named_texts: list[Body] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    calendar_method: str | None = None
    calendar_text: str = ""
    report: list[str] = field(default_factory=list)


def _parsed(message: Message, walk: _Walk, depth: int) -> ParsedMessage:
    found = _Found()
    _collect(message, found, walk, depth)
    bodies = [body for body in found.bodies if (body.plain or "").strip() or (body.html or "").strip()]
    if not bodies:
        bodies = found.named_texts or [Body(plain=text) for text in (found.calendar_text, "\n\n".join(found.report)) if text.strip()]
    senders = addresses(message, "from") or addresses(message, "sender")
    structure = structure_of(message, frozenset(found.types), found.calendar_method)
    return ParsedMessage(
        message_id=own_message_id(message),
        in_reply_to=message_ids(message, "in-reply-to"),
        references=message_ids(message, "references"),
        sender=next((one for one in senders if one.address), senders[0] if senders else Address()),
        reply_to=next(iter(addresses(message, "reply-to")), Address()),
        recipients=(*addresses(message, "to"), *addresses(message, "cc"))[:200],
        subject=first(message, "subject")[:2000],
        sent_at=sent_at(message),
        received_at=received_at(message),
        bodies=tuple(bodies),
        attachments=tuple(found.attachments),
        nested=tuple(found.nested),
        structure=structure,
        automatic=bool(auto_submitted(message)) or structure in (Structure.AUTO_REPLY, Structure.BOUNCE, Structure.RECEIPT),
        cut=walk.cut,
        notes=tuple(walk.notes),
    )


def _collect(part: Message, found: _Found, walk: _Walk, depth: int) -> None:
    """Sort one part, and the parts in it, into `found`."""
    if not walk.may_take(depth):
        return
    media_type = clean(part.get_content_type())
    found.types.add(media_type)
    children = _children(part)
    if media_type in ("message/delivery-status", "message/disposition-notification"):
        found.report.append(_report_text(part))
    elif part.get_content_maintype() == "message" and media_type != "message/external-body":
        _collect_message(part, found, walk, depth)
    elif part.get_content_maintype() == "multipart":
        if children:
            _collect_multipart(part, children, found, walk, depth)
        else:
            _collect_broken_multipart(part, found, walk, depth)
    else:
        _collect_leaf(part, found, walk)


def _collect_multipart(part: Message, children: list[Message], found: _Found, walk: _Walk, depth: int) -> None:
    subtype = part.get_content_subtype()
    if subtype == "alternative":
        _collect_alternative(children, found, walk, depth)
    elif subtype == "related":
        root = _related_root(part, children)
        for child in [root, *(other for other in children if other is not root)]:
            if child is not root and _is_shown_in_place(child):
                found.types.add(child.get_content_type())
                walk.may_take(depth)
            else:
                _collect(child, found, walk, depth + 1)
    else:
        for child in children:
            _collect(child, found, walk, depth + 1)


def _collect_alternative(children: list[Message], found: _Found, walk: _Walk, depth: int) -> None:
    """One body with its forms. Which form is read is decided where text is judged, not here."""
    plain: list[str] = []
    html: list[str] = []
    for child in children:
        inner = _Found()
        _collect(child, inner, walk, depth + 1)
        for body in inner.bodies:
            if body.plain:
                plain.append(body.plain)
            if body.html:
                html.append(body.html)
        found.attachments += inner.attachments
        found.nested += inner.nested
        found.named_texts += inner.named_texts
        found.types |= inner.types
        found.report += inner.report
        found.calendar_method = found.calendar_method or inner.calendar_method
        found.calendar_text = found.calendar_text or inner.calendar_text
    if plain or html:
        found.bodies.append(Body(plain="\n\n".join(plain) or None, html="\n".join(html) or None))


def _related_root(part: Message, children: list[Message]) -> Message:
    """RFC 2387 section 3.2: the part named by `start`, otherwise the first."""
    start = _parameter(part, "start")
    if start:
        for child in children:
            if unfolded(str(child.get("content-id", ""))).strip("<> ") == start.strip("<> "):
                return child
    return next((child for child in children if child.get_content_maintype() in ("text", "multipart")), children[0])


def _is_shown_in_place(part: Message) -> bool:
    """A picture of the page itself (a logo, say), not something that was attached."""
    return part.get_content_maintype() == "image" and "content-id" in part and _disposition(part) != "attachment"


def _collect_message(part: Message, found: _Found, walk: _Walk, depth: int) -> None:
    inner = next(iter(_children(part)), None)
    if _transfer_encoding(part) in ("base64", "quoted-printable"):
        # Not allowed (RFC 2046 section 5.2.1) and often sent; the standard library leaves it encoded.
        wire = _message_bytes(inner) if inner is not None else _wire(part).encode("utf-8", "surrogateescape")
        content = _decoded_bytes(wire.decode("ascii", "surrogateescape"), _transfer_encoding(part))[0]
        try:
            inner = email.message_from_bytes(_affordable(_mended_header_block(content), walk))
        except (RecursionError, *_LIBRARY_FAULTS):
            walk.cut_short("a message in it is damaged and was not read")
    if inner is None:
        _collect_leaf(part, found, walk)
        return
    try:
        nested = _parsed(inner, walk, depth + 1)
    except RecursionError:
        walk.cut_short(_RECURSION)
        return
    found.nested.append(nested)
    content = _message_bytes(inner) if not walk.cut else b""
    name = _file_name(part) or f"{nested.subject[:100] or 'message'}.eml"
    found.attachments.append(Attachment(name, clean(part.get_content_type()), len(content), hashlib.sha256(content).hexdigest()))


def _message_bytes(message: Message) -> bytes:
    """An attached message as bytes; without its header where the library cannot write that again."""
    try:
        return message.as_bytes(unixfrom=False)
    except (RecursionError, *_LIBRARY_FAULTS):
        return _wire(message).encode("utf-8", "surrogateescape")


def _collect_broken_multipart(part: Message, found: _Found, walk: _Walk, depth: int) -> None:
    """A multipart without its boundary: found again where its first part shows it, otherwise read as it stands."""
    text = _wire(part)
    boundary = _MISSING_BOUNDARY.search(text)
    if boundary and walk.mends < _MOST_MENDS:
        walk.mends += 1
        quoted = boundary[1].replace("\\", "\\\\").replace('"', '\\"')
        head = f'Content-Type: multipart/mixed; boundary="{quoted}"\n\n'.encode("utf-8", "surrogateescape")
        try:
            mended = email.message_from_bytes(_affordable(head + text.encode("utf-8", "surrogateescape"), walk))
        except (RecursionError, *_LIBRARY_FAULTS):
            mended = Message()
        if _children(mended):
            _collect_multipart(mended, _children(mended), found, walk, depth)
            return
    if text.strip():
        # A container's transfer encoding should be an identity; where one base64-encoded the whole, its lines show it.
        data, _ = _decoded_bytes(text, _transfer_encoding(part))
        found.bodies.append(Body(plain=decode(data, _charset(part))[: walk.limits.text_characters]))


def _collect_leaf(part: Message, found: _Found, walk: _Walk) -> None:
    media_type = part.get_content_type()
    name = _file_name(part)
    disposition = _disposition(part)
    if media_type == "text/calendar" and disposition != "attachment":
        text = _leaf_text(part, walk)
        method = _parameter(part, "method")
        stated = _CALENDAR_METHOD.search(text)
        shown = method or (stated[1] if stated else "")
        if shown:
            found.calendar_method = shown.upper()
        found.calendar_text = _calendar_text(text)
        if name:
            found.attachments.append(_attachment(part, name, walk))
        return
    readable = part.get_content_maintype() == "text" and media_type not in ("text/rtf", "text/calendar", "text/x-vcard", "text/vcard")
    if readable and disposition != "attachment" and not name:
        found.bodies.append(_body(part, found, walk))
        return
    if media_type in ("application/pgp-encrypted", "multipart/encrypted", "application/pkcs7-mime"):
        walk.cut_short("it is encrypted and could not be read")
    if readable and disposition != "attachment":
        found.named_texts.append(_body(part, found, walk))
    found.attachments.append(_attachment(part, name or _default_name(media_type), walk))


def _body(part: Message, found: _Found, walk: _Walk) -> Body:
    text = _leaf_text(part, walk)
    if part.get_content_subtype() == "html" or _looks_like_html(text):
        return Body(html=text)
    return Body(plain=_without_uuencoded(_unflowed(part, text), found))


def _looks_like_html(text: str) -> bool:
    return bool(re.match(r"\s*(<!doctype html|<html[\s>]|<head[\s>]|<body[\s>])", text[:500], re.IGNORECASE))


def _leaf_text(part: Message, walk: _Walk) -> str:
    content = _wire(part)
    most = walk.limits.text_characters
    if len(content) > 4 * most:
        content = content[: 4 * most]
        walk.cut_short(f"its text is longer than {most} characters: the rest was not read")
    data, footer = _decoded_bytes(content, _transfer_encoding(part))
    charset = _charset(part)
    if charset is None and part.get_content_subtype() == "html":
        stated = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_\-]+)", data[:4000], re.IGNORECASE)
        charset = stated[1].decode("ascii") if stated else None
    text = decode(data, charset) + ("\n" + decode(footer, None) if footer.strip() else "")
    if len(text) > most:
        text = text[:most]
        walk.cut_short(f"its text is longer than {most} characters: the rest was not read")
    return text


def _parameter(part: Message, name: str) -> str:
    """A parameter of the Content-Type; an empty string where there is none or it cannot be read."""
    try:
        value = part.get_param(name)
    except _LIBRARY_FAULTS:
        return ""
    return value if isinstance(value, str) else ""


def _charset(part: Message) -> str | None:
    """The charset that is stated, or None where there is none or it cannot be read."""
    try:
        return part.get_content_charset()
    except _LIBRARY_FAULTS:
        return None


def _children(part: Message) -> list[Message]:
    """The parts of a container; none where it has no parts or is a leaf."""
    payload = part.get_payload() if part.is_multipart() else None
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _wire(part: Message) -> str:
    """A leaf's content as it was sent, its bytes as ASCII and lone surrogates; an empty string for a container.

    `get_payload()` would decode 8-bit content by a charset that is yet to be judged, and put U+FFFD for what does not fit.
    """
    payload = part._payload  # type: ignore[attr-defined]
    return payload if isinstance(payload, str) else ""


def _transfer_encoding(part: Message) -> str:
    """The transfer encoding's name alone: comments, spaces and case are common and mean nothing (RFC 2045 section 6.1)."""
    match = re.match(r"\s*([a-z0-9_-]+)", str(part.get("content-transfer-encoding", "")).lower())
    name = match[1] if match else ""
    return {
        "base-64": "base64",
        "b": "base64",
        "q": "quoted-printable",
        "quotedprintable": "quoted-printable",
        "qp": "quoted-printable",
    }.get(name, name)


def _decoded_bytes(content: str, encoding: str) -> tuple[bytes, bytes]:
    """The part's bytes, and text that a list server wrote behind its base64 (otherwise empty)."""
    wire = content.encode("utf-8", "surrogateescape")
    if encoding == "quoted-printable":
        # Blanks behind a soft line break were added on the way (RFC 2045 section 6.7, rule 3).
        return quopri.decodestring(re.sub(rb"=[ \t]+(?=\r?\n)", b"=", wire)), b""
    if encoding == "base64":
        return _from_base64(content, wire)
    if encoding in ("uuencode", "x-uuencode", "uue", "x-uue"):
        decoded_parts = [data for _, data in _uuencoded(content)[1]]
        return (b"\n".join(decoded_parts), b"") if decoded_parts else (wire, b"")
    return wire, b""


def _from_base64(content: str, wire: bytes) -> tuple[bytes, bytes]:
    lines = content.splitlines()
    kept: list[str] = []
    for number, line in enumerate(lines):
        line = line.strip()
        if not line:
            if kept and kept[-1].endswith("="):
                return lenient_base64("".join(kept)), "\n".join(lines[number:]).encode("utf-8", "surrogateescape")
            continue
        if " " in line and not _BASE64_LINE.fullmatch(line.replace(" ", "")):
            footer = "\n".join(lines[number:]).encode("utf-8", "surrogateescape")
            return (lenient_base64("".join(kept)), footer) if kept else (wire, b"")
        kept.append(line)
    data = lenient_base64("".join(kept))
    return (data if data or not kept else wire), b""


def _uuencoded(content: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A text without the files that were uuencoded into it, and the files as (name, bytes)."""
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    inside: tuple[str, list[str], bytearray] | None = None
    for line in content.splitlines(keepends=True):
        if inside is None:
            begin = _UU_BEGIN.match(line)
            if begin is None:
                kept.append(line)
            else:
                inside = (begin[1].strip(), [line], bytearray())
            continue
        name, lines, data = inside
        lines.append(line)
        piece = _uu_line(line.rstrip("\r\n"))
        if line.strip() == "end":
            files.append((name, bytes(data)))
            inside = None
        elif piece is None:
            # Not a file after all: someone wrote "begin 100 things".
            kept += lines
            inside = None
        else:
            data += piece
    if inside is not None:
        name, lines, data = inside
        if data:
            files.append((name, bytes(data)))
        else:
            kept += lines
    return "".join(kept), files


def _uu_line(line: str) -> bytes | None:
    """The bytes of one uuencoded line; None where it is no such line."""
    if line.strip() in ("", "`", "end"):
        return b""
    if not line.isascii():
        return None
    try:
        return a2b_uu(line)
    except (BinasciiError, ValueError):
        # Encoders disagree about padding; the length letter says how much of the line counts.
        count = (((ord(line[0]) - 32) & 63) * 4 + 5) // 3
        try:
            return a2b_uu(line[:count])
        except (BinasciiError, ValueError):
            return None


def _without_uuencoded(text: str, found: _Found) -> str:
    """Text without the files that were uuencoded into it; they are listed as attachments."""
    if "begin " not in text:
        return text
    rest, files = _uuencoded(text)
    for name, data in files:
        found.attachments.append(Attachment(_safe_name(name), "application/octet-stream", len(data), hashlib.sha256(data).hexdigest()))
    return rest


def _unflowed(part: Message, text: str) -> str:
    """RFC 3676 format=flowed: soft line breaks taken out, stuffed spaces removed. Signature and quoted lines stay apart."""
    flowed = _parameter(part, "format")
    if flowed.lower() != "flowed":
        return text
    delsp = _parameter(part, "delsp").lower() == "yes"
    out: list[str] = []
    open_quote: int | None = None
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        soft = content.endswith(" ") and content != "-- "
        if open_quote == depth and content != "-- " and out:
            out[-1] += content
        else:
            out.append((">" * depth + " " if depth else "") + content)
        if soft and delsp:
            out[-1] = out[-1][:-1]
        open_quote = depth if soft else None
    return "\n".join(out)


def _report_text(part: Message) -> str:
    """The fields of a delivery report or receipt, a line each."""
    blocks = _children(part)
    if not blocks:
        return decode(_decoded_bytes(_wire(part), _transfer_encoding(part))[0], None)
    return "\n\n".join("\n".join(f"{key}: {unfolded(str(value))}" for key, value in block.raw_items()) for block in blocks[:50])


def _calendar_text(text: str) -> str:
    """What an invitation says, for a person: its summary, place and description (RFC 5545 section 3.1 unfolded)."""
    unfolded_text = re.sub(r"\r?\n[ \t]", "", text[:50_000])
    lines = [match[2].strip() for match in _CALENDAR_FIELD.finditer(unfolded_text)]
    return "\n".join(line.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";") for line in lines)


def _disposition(part: Message) -> str:
    match = re.match(r"\s*([a-z0-9_-]+)", str(part.get("content-disposition", "")).lower())
    return match[1] if match else ""


def _file_name(part: Message) -> str:
    """The name of an attached file as its sender saw it, without a path; an empty string where it has none."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            stated: list[tuple[str, Any]] = _readable_header(part, header).get_params([], header=header)
            values = [value for key, value in stated if key.lower() == parameter]
            # Both forms may be given (RFC 6266 section 4.3): the encoded one is the full name.
            value = next((value for value in values if isinstance(value, tuple)), values[0] if values else None)
        except _LIBRARY_FAULTS:
            continue
        if isinstance(value, tuple):
            # RFC 2231: (charset, language, text), the text's bytes as Latin-1.
            text = decode(value[2].encode("latin-1", "replace"), value[0])
        else:
            text = value or ""
        name = _safe_name(decoded(unfolded(text)))
        if name:
            return name
    return ""


def _readable_header(part: Message, header: str) -> Message:
    """The part, or, where that header holds raw 8-bit text, a part with the header decoded: the library would lose it."""
    raw = next((str(value) for key, value in part.raw_items() if key.lower() == header), "")
    if raw.isascii():
        return part
    view = Message()
    view[header] = unfolded(raw)
    return view


def _safe_name(text: str) -> str:
    text = clean(_NAME_JUNK.sub("", text)).strip().strip("\"'")
    return re.split(r"[/\\]", text)[-1].strip()[:_LONGEST_NAME]


def _default_name(media_type: str) -> str:
    return {"text/calendar": "invite.ics", "text/rtf": "document.rtf", "application/pdf": "document.pdf"}.get(media_type, "attachment")


def _attachment(part: Message, name: str, walk: _Walk) -> Attachment:
    """Name, type and size of a part. Its content is hashed as it is encoded, in pieces: 25 MB are not decoded for a size."""
    content = _wire(part)
    digest = hashlib.sha256()
    padding = spaces = 0
    for start in range(0, len(content), _DIGEST_CHUNK):
        piece = content[start : start + _DIGEST_CHUNK]
        digest.update(piece.encode("utf-8", "surrogateescape"))
        spaces += piece.count("\n") + piece.count("\r") + piece.count(" ")
    omitted = sum(walk.omitted.get(found[1], 0) - len(found[0]) + 4 for found in _OMITTED.finditer(content)) if walk.omitted else 0
    encoding = _transfer_encoding(part)
    if encoding == "base64":
        padding = content[-8:].count("=")
        size = max(0, (len(content) + omitted - spaces) * 3 // 4 - padding)
    else:
        size = len(_decoded_bytes(content, encoding)[0])
    return Attachment(name, clean(part.get_content_type()), size, digest.hexdigest())
