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
from email.message import Message

from triage.domain.message import Attachment, Body, ParsedMessage
from triage.mailbox import attached, leaves, repair
from triage.mailbox.charsets import clean, decode, stated_in_page
from triage.mailbox.headers import unfolded
from triage.mailbox.walk import Found, ParseLimits, Walk, assembled

__all__ = ["ParseLimits", "parse"]

# Of a message that is too deeply nested, so much is shown as text.
_HEAD_BYTES = 1_000_000
# A multipart whose boundary is lost is mended this often in one message; a damaged one can hold itself.
_MOST_MENDS = 10
_DIGEST_CHUNK = 1_000_000

_MISSING_BOUNDARY = re.compile(r"^--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)
_CALENDAR_METHOD = re.compile(r"^METHOD:\s*([A-Z-]+)", re.IGNORECASE | re.MULTILINE)
_ENCODED = frozenset({"base64", "quoted-printable", "uuencode", "x-uuencode", "uue", "x-uue"})
_RECURSION = "it is nested more deeply than can be read"


def parse(raw: bytes, limits: ParseLimits | None = None) -> ParsedMessage:
    """Take a message apart. Raises MessageError only where it took longer than the limit allows."""
    limits = limits or ParseLimits()
    walk = Walk(limits, time.monotonic() + limits.seconds, _read_mail)
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


def _parsed(message: Message, walk: Walk, depth: int) -> ParsedMessage:
    found = Found()
    _collect(message, found, walk, depth)
    return assembled(message, found, walk)


def _read_mail(content: bytes, walk: Walk, depth: int) -> ParsedMessage | None:
    """The message in an attached file, in the bounds of the walk; None, and a note, where it cannot be read."""
    message = _message_in(content, walk)
    try:
        return None if message is None else _parsed(message, walk, depth)
    except RecursionError:
        walk.cut_short(_RECURSION)
        return None


def _message_in(content: bytes, walk: Walk) -> Message | None:
    try:
        return email.message_from_bytes(walk.affordable(repair.mended_header_block(walk.condensed(content))))
    except (RecursionError, *leaves.LIBRARY_FAULTS):
        walk.cut_short("a message in it is damaged and was not read")
        return None


def _collect(part: Message, found: Found, walk: Walk, depth: int) -> None:
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
        _collect_leaf(part, found, walk, depth)


def _collect_multipart(part: Message, children: list[Message], found: Found, walk: Walk, depth: int) -> None:
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


def _collect_alternative(children: list[Message], found: Found, walk: Walk, depth: int) -> None:
    """One body with its forms. Which form is read is decided where text is judged, not here."""
    plain: list[str] = []
    html: list[str] = []
    for child in children:
        inner = Found()
        _collect(child, inner, walk, depth + 1)
        for body in inner.bodies:
            if body.plain:
                plain.append(body.plain)
            if body.html:
                html.append(body.html)
        found.take_all_but_bodies(inner)
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


def _collect_message(part: Message, found: Found, walk: Walk, depth: int) -> None:
    inner = next(iter(leaves.children(part)), None)
    if leaves.transfer_encoding(part) in _ENCODED:
        # Not allowed (RFC 2046 section 5.2.1) and often sent; the standard library leaves it encoded.
        wire = leaves.message_bytes(inner) if inner is not None else leaves.wire(part).encode("utf-8", "surrogateescape")
        inner = _message_in(walk.whole(wire.decode("ascii", "surrogateescape"), leaves.transfer_encoding(part)), walk) or inner
    if inner is None:
        _collect_leaf(part, found, walk, depth)
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


def _collect_broken_multipart(part: Message, found: Found, walk: Walk, depth: int) -> None:
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
    else:
        # The standard library drops what stands behind a boundary that is closed before it is opened: a person reads that in the bytes.
        walk.cut_short("a part of it is damaged and was not read")


def _collect_leaf(part: Message, found: Found, walk: Walk, depth: int) -> None:
    media_type = part.get_content_type()
    name = leaves.file_name(part)
    disposition = leaves.disposition(part)
    kind = attached.kind_of(media_type, name)
    if kind:
        content = walk.whole(leaves.wire(part), leaves.transfer_encoding(part))
        if attached.opened(kind, name, content, found, walk, depth=depth):
            return
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


def _body(part: Message, found: Found, walk: Walk) -> Body:
    text = _leaf_text(part, walk)
    if part.get_content_subtype() == "html" or leaves.looks_like_html(text):
        return Body(html=text)
    return Body(plain=_without_uuencoded(leaves.unflowed(part, text), found))


def _leaf_text(part: Message, walk: Walk) -> str:
    content = leaves.wire(part)
    most = walk.limits.text_characters
    if len(content) > 4 * most:
        content = content[: 4 * most]
        walk.text_was_cut()
    data, footer = leaves.decoded_bytes(content, leaves.transfer_encoding(part))
    charset = leaves.charset(part)
    if charset is None and part.get_content_subtype() == "html":
        charset = stated_in_page(data)
    return walk.within(decode(data, charset) + ("\n" + decode(footer, None) if footer.strip() else ""))


def _without_uuencoded(text: str, found: Found) -> str:
    """Text without the files that were uuencoded into it; they are listed as attachments."""
    if "begin " not in text:
        return text
    rest, files = leaves.uuencoded(text)
    for name, data in files:
        found.attachments.append(
            Attachment(leaves.safe_name(name), "application/octet-stream", len(data), hashlib.sha256(data).hexdigest())
        )
    return rest


def _attachment(part: Message, name: str, walk: Walk) -> Attachment:
    """Name, type and size of a part. Its content is hashed as it is encoded, in pieces: 25 MB are not decoded for a size."""
    content = leaves.wire(part)
    digest = hashlib.sha256()
    padding = spaces = 0
    for start in range(0, len(content), _DIGEST_CHUNK):
        piece = content[start : start + _DIGEST_CHUNK]
        digest.update(piece.encode("utf-8", "surrogateescape"))
        spaces += piece.count("\n") + piece.count("\r") + piece.count(" ")
    marks = repair.OMITTED.finditer(content) if walk.omitted else ()
    omitted = sum(walk.omitted[mark[1]].letters - repair.MARK_LETTERS for mark in marks if mark[1] in walk.omitted)
    encoding = leaves.transfer_encoding(part)
    if encoding == "base64":
        padding = content[-8:].count("=")
        size = max(0, (len(content) + omitted - spaces) * 3 // 4 - padding)
    else:
        size = len(leaves.decoded_bytes(content, encoding)[0])
    return Attachment(name, clean(part.get_content_type()), size, digest.hexdigest())
