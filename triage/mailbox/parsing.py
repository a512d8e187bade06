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
import re
import time
from dataclasses import dataclass, field
from email.message import Message

from triage.domain.message import Address, Attachment, Body, ParsedMessage, Structure
from triage.errors import MessageError
from triage.mailbox import leaves, repair
from triage.mailbox.charsets import clean, decode
from triage.mailbox.headers import addresses, first, message_ids, own_message_id, received_at, sent_at, unfolded
from triage.mailbox.structure import auto_submitted, structure_of

# Of a message that is too deeply nested, so much is shown as text.
_HEAD_BYTES = 1_000_000
# A multipart whose boundary is lost is mended this often in one message; a damaged one can hold itself.
_MOST_MENDS = 10
_DIGEST_CHUNK = 1_000_000

_MISSING_BOUNDARY = re.compile(r"^--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)
_CALENDAR_METHOD = re.compile(r"^METHOD:\s*([A-Z-]+)", re.IGNORECASE | re.MULTILINE)
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
    head = walk.affordable(repair.mended_header_block(walk.condensed(raw)))
    try:
        message = email.message_from_bytes(head)
    except RecursionError:
        walk.cut_short(_RECURSION)
        message = email.message_from_bytes(repair.as_plain_text(head[:_HEAD_BYTES]))
    except leaves.LIBRARY_FAULTS:
        # A parameter that the library trips over, of the container or of one in it: read as one whose boundary is lost.
        walk.cut_short("its structure is damaged: parts may be shown as text")
        message = email.message_from_bytes(repair.as_plain_text(head))
        message.set_type("multipart/mixed", requote=False)
    return _parsed(message, walk, depth=0)


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
        """The message without the middle of its long runs of base64."""
        condensed, self.omitted = repair.condensed(raw)
        return condensed

    def affordable(self, raw: bytes) -> bytes:
        """The message, or as much of its beginning as can be parsed in a second or two."""
        head = repair.affordable(raw)
        if len(head) < len(raw):
            self.cut_short("it has too many parts and lines: only its beginning was read")
        return head

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
    children = leaves.children(part)
    if media_type in ("message/delivery-status", "message/disposition-notification"):
        found.report.append(leaves.report_text(part))
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
    start = leaves.parameter(part, "start")
    if start:
        for child in children:
            if unfolded(str(child.get("content-id", ""))).strip("<> ") == start.strip("<> "):
                return child
    return next((child for child in children if child.get_content_maintype() in ("text", "multipart")), children[0])


def _is_shown_in_place(part: Message) -> bool:
    """A picture of the page itself (a logo, say), not something that was attached."""
    return part.get_content_maintype() == "image" and "content-id" in part and leaves.disposition(part) != "attachment"


def _collect_message(part: Message, found: _Found, walk: _Walk, depth: int) -> None:
    inner = next(iter(leaves.children(part)), None)
    if leaves.transfer_encoding(part) in ("base64", "quoted-printable"):
        # Not allowed (RFC 2046 section 5.2.1) and often sent; the standard library leaves it encoded.
        wire = leaves.message_bytes(inner) if inner is not None else leaves.wire(part).encode("utf-8", "surrogateescape")
        content = leaves.decoded_bytes(wire.decode("ascii", "surrogateescape"), leaves.transfer_encoding(part))[0]
        try:
            inner = email.message_from_bytes(walk.affordable(repair.mended_header_block(content)))
        except (RecursionError, *leaves.LIBRARY_FAULTS):
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
    content = leaves.message_bytes(inner) if not walk.cut else b""
    name = leaves.file_name(part) or f"{nested.subject[:100] or 'message'}.eml"
    found.attachments.append(Attachment(name, clean(part.get_content_type()), len(content), hashlib.sha256(content).hexdigest()))


def _collect_broken_multipart(part: Message, found: _Found, walk: _Walk, depth: int) -> None:
    """A multipart without its boundary: found again where its first part shows it, otherwise read as it stands."""
    text = leaves.wire(part)
    boundary = _MISSING_BOUNDARY.search(text)
    if boundary and walk.mends < _MOST_MENDS:
        walk.mends += 1
        quoted = boundary[1].replace("\\", "\\\\").replace('"', '\\"')
        head = f'Content-Type: multipart/mixed; boundary="{quoted}"\n\n'.encode("utf-8", "surrogateescape")
        try:
            mended = email.message_from_bytes(walk.affordable(head + text.encode("utf-8", "surrogateescape")))
        except (RecursionError, *leaves.LIBRARY_FAULTS):
            mended = Message()
        if leaves.children(mended):
            _collect_multipart(mended, leaves.children(mended), found, walk, depth)
            return
    if text.strip():
        # A container's transfer encoding should be an identity; where one base64-encoded the whole, its lines show it.
        data, _ = leaves.decoded_bytes(text, leaves.transfer_encoding(part))
        found.bodies.append(Body(plain=decode(data, leaves.charset(part))[: walk.limits.text_characters]))


def _collect_leaf(part: Message, found: _Found, walk: _Walk) -> None:
    media_type = part.get_content_type()
    name = leaves.file_name(part)
    disposition = leaves.disposition(part)
    if media_type == "text/calendar" and disposition != "attachment":
        text = _leaf_text(part, walk)
        method = leaves.parameter(part, "method")
        stated = _CALENDAR_METHOD.search(text)
        shown = method or (stated[1] if stated else "")
        if shown:
            found.calendar_method = shown.upper()
        found.calendar_text = leaves.calendar_text(text)
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
    found.attachments.append(_attachment(part, name or leaves.default_name(media_type), walk))


def _body(part: Message, found: _Found, walk: _Walk) -> Body:
    text = _leaf_text(part, walk)
    if part.get_content_subtype() == "html" or leaves.looks_like_html(text):
        return Body(html=text)
    return Body(plain=_without_uuencoded(leaves.unflowed(part, text), found))


def _leaf_text(part: Message, walk: _Walk) -> str:
    content = leaves.wire(part)
    most = walk.limits.text_characters
    if len(content) > 4 * most:
        content = content[: 4 * most]
        walk.cut_short(f"its text is longer than {most} characters: the rest was not read")
    data, footer = leaves.decoded_bytes(content, leaves.transfer_encoding(part))
    charset = leaves.charset(part)
    if charset is None and part.get_content_subtype() == "html":
        stated = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_\-]+)", data[:4000], re.IGNORECASE)
        charset = stated[1].decode("ascii") if stated else None
    text = decode(data, charset) + ("\n" + decode(footer, None) if footer.strip() else "")
    if len(text) > most:
        text = text[:most]
        walk.cut_short(f"its text is longer than {most} characters: the rest was not read")
    return text


def _without_uuencoded(text: str, found: _Found) -> str:
    """Text without the files that were uuencoded into it; they are listed as attachments."""
    if "begin " not in text:
        return text
    rest, files = leaves.uuencoded(text)
    for name, data in files:
        found.attachments.append(
            Attachment(leaves.safe_name(name), "application/octet-stream", len(data), hashlib.sha256(data).hexdigest())
        )
    return rest


def _attachment(part: Message, name: str, walk: _Walk) -> Attachment:
    """Name, type and size of a part. Its content is hashed as it is encoded, in pieces: 25 MB are not decoded for a size."""
    content = leaves.wire(part)
    digest = hashlib.sha256()
    padding = spaces = 0
    for start in range(0, len(content), _DIGEST_CHUNK):
        piece = content[start : start + _DIGEST_CHUNK]
        digest.update(piece.encode("utf-8", "surrogateescape"))
        spaces += piece.count("\n") + piece.count("\r") + piece.count(" ")
    marks = repair.OMITTED.finditer(content) if walk.omitted else ()
    omitted = sum(walk.omitted.get(mark[1], 0) - len(mark[0]) + 4 for mark in marks)
    encoding = leaves.transfer_encoding(part)
    if encoding == "base64":
        padding = content[-8:].count("=")
        size = max(0, (len(content) + omitted - spaces) * 3 // 4 - padding)
    else:
        size = len(leaves.decoded_bytes(content, encoding)[0])
    return Attachment(name, clean(part.get_content_type()), size, digest.hexdigest())
