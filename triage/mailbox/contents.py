"""What is attached to a message, found again in its bytes: for the person who opens it.

`parsing` lists attachments without keeping them. Here its list is taken, and the message is searched for the content of each, known
by its digest: a file can be missing (see `Part.there`), but never be another than the one that was listed.
"""

import binascii
import email
import hashlib
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from html import escape

from triage.domain.message import Attachment, ParsedMessage
from triage.mailbox import attached, leaves, repair, tnef
from triage.mailbox.charsets import clean, decode
from triage.mailbox.headers import first, lenient_base64
from triage.mailbox.kinds import safe_name, shown_type, why_misleading
from triage.mailbox.mapi import COMPOUND_FILE, OutlookMessage, Unreadable
from triage.mailbox.parsing import parse
from triage.mailbox.walk import ParseLimits, Walk

__all__ = ["Kind", "OpenedAttachment", "Part", "attachment", "html_body", "kinds_of", "list_parts", "safe_name", "why_misleading"]

_HEAD_BYTES = 1_000_000
_MOST_MENDS = 10
_NOTHING = hashlib.sha256(b"").hexdigest()
_FAULTS = (RecursionError, *leaves.LIBRARY_FAULTS)
_ENCODED = frozenset({"base64", "quoted-printable", "uuencode", "x-uuencode", "uue", "x-uue"})
_MISSING_BOUNDARY = re.compile(r"^--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment in the list of a message; `position` is its place there, from 0.

    `inside` is 0 for the message's own, 1 for those of a message attached to it, and so on. `there` is false where its content
    cannot be had: a message that Outlook embedded in another has no bytes of its own.
    """

    position: int
    listed: Attachment
    inside: int
    there: bool


@dataclass(frozen=True, slots=True)
class OpenedAttachment:
    """An attachment with its bytes. `declared_type` is its sender's word and may be anything; `content_type` is what it shows.

    It is for saving, never for showing: serve it as application/octet-stream, as an attachment, under `safe_name(name)`.
    """

    name: str
    declared_type: str
    content_type: str
    data: bytes
    why_misleading: str

    @property
    def misleading(self) -> bool:
        """Whether its name must not be believed; `why_misleading` says why, for a person."""
        return bool(self.why_misleading)


@dataclass(frozen=True, slots=True)
class Kind:
    """What an attachment is by its content, and why its name must not be believed (see `OpenedAttachment`)."""

    content_type: str
    why_misleading: str


@dataclass(slots=True)
class _Candidate:
    """Content that was met on the way, with the name that `parsing` would list it by. `taken` says that an attachment was told to be it."""

    name: str
    load: Callable[[], bytes]
    taken: bool = False


@dataclass(slots=True)
class _Search:
    """One message being searched. Of Outlook's files only the content that is `wanted` is kept, by its digest."""

    walk: Walk
    wanted: Collection[str]
    met: dict[str, list[_Candidate]] = field(default_factory=dict)
    mends: int = 0

    def meet(self, digest: str, name: str, load: Callable[[], bytes]) -> None:
        """Remember content that may be asked for."""
        self.met.setdefault(digest, []).append(_Candidate(name, load))

    def meet_bytes(self, name: str, content: bytes) -> None:
        """Remember content that was decoded: its bytes only where they are wanted."""
        digest = hashlib.sha256(content).hexdigest()
        kept = content if digest in self.wanted else b""
        self.meet(digest, name, lambda: kept)

    def content_of(self, listed: Attachment) -> _Candidate | None:
        """The content of a listed attachment, by its digest, and among equal ones by name and order; None where there is none."""
        alike = self.met.get(listed.digest, [])
        named = [one for one in alike if one.name == listed.name]
        # What was not read for its size has the digest of nothing, and so has every empty file: only the name tells them apart.
        found = named or ([] if listed.digest == _NOTHING else alike)
        best = next((one for one in found if not one.taken), found[0] if found else None)
        if best is not None:
            best.taken = True
        return best


def list_parts(raw: bytes, limits: ParseLimits | None = None) -> tuple[Part, ...]:
    """Every attachment of a message, its own first, then those of the messages attached to it, as `parsing` lists them.

    Raises MessageError where reading took too long.
    """
    limits = limits or ParseLimits()
    listed = list(_listed(parse(raw, limits), 0))
    search = _searched(raw, limits, ())
    return tuple(Part(position, one, inside, search.content_of(one) is not None) for position, (one, inside) in enumerate(listed))


def attachment(raw: bytes, which: int | str, *, name: str | None = None, limits: ParseLimits | None = None) -> OpenedAttachment | None:
    """One attachment, by its place in `list_parts` or by its digest; None where there is none such or its content cannot be had.

    With a digest, `name` chooses among files of equal content. Raises MessageError where reading took too long.
    """
    limits = limits or ParseLimits()
    listed = [one for one, _ in _listed(parse(raw, limits), 0)]
    if isinstance(which, int):
        place = which if 0 <= which < len(listed) else None
    else:
        places = [number for number, one in enumerate(listed) if one.digest == which]
        place = next((number for number in places if listed[number].name == name), places[0] if places else None)
    if place is None:
        return None
    search = _searched(raw, limits, (listed[place].digest,))
    found = None
    for one in listed[: place + 1]:
        found = search.content_of(one)
    if found is None:
        return None
    return _opened(listed[place], found.load())


def kinds_of(raw: bytes, wanted: Sequence[Attachment], limits: ParseLimits | None = None) -> tuple[Kind | None, ...]:
    """What each of a message's attachments is by its content; None where that cannot be had. The message is read once for all of them."""
    search = _searched(raw, limits or ParseLimits(), {one.digest for one in wanted})
    return tuple(_kind(one, search.content_of(one)) for one in wanted)


def _kind(listed: Attachment, found: "_Candidate | None") -> Kind | None:
    if found is None:
        return None
    opened = _opened(listed, found.load())
    return Kind(opened.content_type, opened.why_misleading)


def _opened(listed: Attachment, data: bytes) -> OpenedAttachment:
    shown = shown_type(data)
    return OpenedAttachment(listed.name, listed.media_type, shown, data, why_misleading(listed.name, shown))


def html_body(raw: bytes, limits: ParseLimits | None = None) -> str | None:
    """The message's own HTML as it was sent, hostile as it may be (`triage.text.cleaned` makes it safe); None where it has none.

    Bodies beside it that are text only stand in it too, so that no words are missing. Raises MessageError as `parse` does.
    """
    bodies = parse(raw, limits).bodies
    if not any((body.html or "").strip() for body in bodies):
        return None
    return "\n".join(body.html if body.html else f"<pre>{escape(body.plain or '')}</pre>" for body in bodies)


def _listed(message: ParsedMessage, inside: int) -> Iterator[tuple[Attachment, int]]:
    for one in message.attachments:
        yield one, inside
    for nested in message.nested:
        yield from _listed(nested, inside + 1)


def _searched(raw: bytes, limits: ParseLimits, wanted: Collection[str]) -> _Search:
    walk = Walk(limits, time.monotonic() + limits.seconds, lambda content, walk, depth: None)
    search = _Search(walk, wanted)
    head = walk.affordable(repair.mended_header_block(walk.condensed(raw)))
    try:
        message = email.message_from_bytes(head)
    except RecursionError:
        message = email.message_from_bytes(repair.as_plain_text(head[:_HEAD_BYTES]))
    except leaves.LIBRARY_FAULTS:
        message = email.message_from_bytes(repair.as_plain_text(head))
        message.set_type("multipart/mixed", requote=False)
    try:
        _look(message, search, 0)
    except RecursionError:
        # What was met until then can be had.
        walk.cut = True
    return search


def _look(part: Message, search: _Search, depth: int) -> None:
    """Meet what is in one part, whatever `parsing` makes of it: only what it listed is asked for."""
    if not search.walk.may_take(depth):
        return
    children = leaves.children(part)
    if part.get_content_maintype() == "message" and children and part.get_content_type() != "message/external-body":
        _look_at_message(part, children, search, depth)
    elif children:
        for child in children:
            _look(child, search, depth + 1)
    elif part.get_content_maintype() == "multipart":
        for child in _mended(part, search):
            _look(child, search, depth + 1)
    else:
        _look_at_leaf(part, search, depth)


def _look_at_message(part: Message, children: list[Message], search: _Search, depth: int) -> None:
    inner, walk = children[0], search.walk
    encoding = leaves.transfer_encoding(part)
    if encoding in _ENCODED:
        wire = leaves.message_bytes(inner)
        inner = _message_in(walk.whole(wire.decode("ascii", "surrogateescape"), encoding), walk) or inner
    content = leaves.message_bytes(inner)
    name = leaves.file_name(part) or f"{first(inner, 'subject')[:100] or 'message'}.eml"
    text = content.decode("utf-8", "surrogateescape")
    for digest in (hashlib.sha256(content).hexdigest(), _NOTHING):
        search.meet(digest, name, lambda: repair.restored(text, walk.omitted))
    _look(inner, search, depth + 1)


def _message_in(content: bytes, walk: Walk) -> Message | None:
    try:
        return email.message_from_bytes(walk.affordable(repair.mended_header_block(walk.condensed(content))))
    except _FAULTS:
        return None


def _look_at_leaf(part: Message, search: _Search, depth: int) -> None:
    content, encoding, walk = leaves.wire(part), leaves.transfer_encoding(part), search.walk
    media_type = clean(part.get_content_type())
    stated = leaves.file_name(part)
    digest = hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()
    search.meet(digest, stated or leaves.default_name(media_type), lambda: _decoded(content, encoding, walk.omitted))
    kind = attached.kind_of(media_type, stated)
    if kind:
        _open(kind, stated, walk.whole(content, encoding), search, depth)
    elif part.get_content_maintype() == "text" and "begin " in content[: 4 * walk.limits.text_characters]:
        most = walk.limits.text_characters
        text = decode(leaves.decoded_bytes(content[: 4 * most], encoding)[0], leaves.charset(part))[:most]
        for name, data in leaves.uuencoded(leaves.unflowed(part, text))[1]:
            search.meet_bytes(leaves.safe_name(name), data)


def _open(kind: attached.Kind, name: str, content: bytes, search: _Search, depth: int) -> None:
    """Meet a file that is a message, and what is in it. What cannot be read holds nothing."""
    if repair.is_mail(content) and kind is not attached.Kind.TNEF:
        message = _message_in(content, search.walk)
        if message is not None:
            search.meet_bytes(name or f"{first(message, 'subject')[:100] or 'message'}.eml", content)
            _look(message, search, depth + 1)
        return
    try:
        if kind is attached.Kind.OUTLOOK and content.startswith(COMPOUND_FILE):
            from triage.mailbox import outlook  # noqa: PLC0415 - its library is loaded where it is needed

            with outlook.opened(content) as message_of_outlook:
                search.meet_bytes(name, content)
                _look_in_outlook(message_of_outlook, search, depth + 1)
        elif kind is attached.Kind.TNEF:
            _look_in_outlook(tnef.opened(content), search, depth)
    except (Unreadable, RecursionError):
        return


def _look_in_outlook(message: OutlookMessage, search: _Search, depth: int) -> None:
    for held in message.held:
        if not search.walk.may_take(depth + 1):
            return
        try:
            if held.message is not None:
                _look_in_outlook(held.message(), search, depth + 1)
                continue
            content = held.content()
        except Unreadable:
            content = b""
        search.meet_bytes(held.name or "attachment", content)
        kind = attached.kind_of(held.media_type, held.name)
        if kind and search.walk.may_open(len(content)):
            _open(kind, held.name, content, search, depth + 1)


def _mended(part: Message, search: _Search) -> list[Message]:
    """The parts of a multipart whose boundary is lost, by the rule of `parsing`."""
    text = leaves.wire(part)
    boundary = _MISSING_BOUNDARY.search(text) if search.mends < _MOST_MENDS else None
    if boundary is None:
        return []
    search.mends += 1
    quoted = boundary[1].replace("\\", "\\\\").replace('"', '\\"')
    head = f'Content-Type: multipart/mixed; boundary="{quoted}"\n\n'
    try:
        return leaves.children(email.message_from_bytes(search.walk.affordable((head + text).encode("utf-8", "surrogateescape"))))
    except _FAULTS:
        return []


def _decoded(content: str, encoding: str, omitted: Mapping[str, repair.Omitted]) -> bytes:
    """A part's bytes, with what was taken out of it before it was parsed."""
    if encoding != "base64" or not repair.OMITTED.search(content):
        return leaves.decoded_bytes(content, encoding)[0]
    whole = repair.restored(content, omitted)
    try:
        return binascii.a2b_base64(whole)
    except binascii.Error:
        return lenient_base64(whole.decode("ascii", "ignore"))
