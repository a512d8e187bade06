"""One message being taken apart: what is counted over it and the messages in it, and what is collected of each.

The walk over MIME parts (`parsing`) and that over Outlook's own formats (`attached`) share it, and with it every bound.
"""

import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message

from triage.domain.message import Address, Attachment, Body, ParsedMessage, Structure
from triage.errors import MessageError
from triage.mailbox import leaves, repair
from triage.mailbox.headers import DIRECTORY_FIELD, IN_DIRECTORY, addresses, first, message_ids, own_message_id, received_at, sent_at
from triage.mailbox.structure import auto_submitted, structure_of

# Groups that rewrite From, so that DMARC holds, name the writer in one of these.
_ORIGINAL_SENDER = ("x-original-from", "x-original-sender", "x-google-original-from")
# Messages that lie in messages as files are decoded one within the other; over one message not more bytes than this.
_MOST_OPENED_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds on one message: MIME parts, depth of nesting, characters of one body, seconds (looked at between parts)."""

    parts: int = 500
    depth: int = 30
    text_characters: int = 500_000
    seconds: float = 10.0


@dataclass(slots=True)
class Walk:
    """What is counted over one message and the messages in it.

    `read_mail` takes a message's bytes apart within this walk, at a depth; None where it cannot. `deadline` is on the clock of
    `time.monotonic`.
    """

    limits: ParseLimits
    deadline: float
    read_mail: Callable[[bytes, "Walk", int], ParsedMessage | None]
    parts: int = 0
    cut: bool = False
    notes: list[str] = field(default_factory=list)
    mends: int = 0
    omitted: dict[str, repair.Omitted] = field(default_factory=dict)
    """Base64 that was taken out, by the digest that stands in its place."""
    opened_bytes: int = 0

    def condensed(self, raw: bytes) -> bytes:
        """The message without the middle of its long runs of base64."""
        condensed, omitted = repair.condensed(raw)
        self.omitted |= omitted
        return condensed

    def affordable(self, raw: bytes) -> bytes:
        """The message, or as much of its beginning as can be parsed in a second or two."""
        head = repair.affordable(raw)
        if len(head) < len(raw):
            self.cut_short("it has too many parts and lines: only its beginning was read")
        return head

    def cut_short(self, note: str) -> None:
        """Mark the message for a person, and say why, once."""
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

    def within(self, text: str) -> str:
        """A text, or as much of its beginning as is allowed."""
        most = self.limits.text_characters
        if len(text) > most:
            self.text_was_cut()
        return text[:most]

    def text_was_cut(self) -> None:
        """Note that a text was read to the limit only."""
        self.cut_short(f"its text is longer than {self.limits.text_characters} characters: the rest was not read")

    def whole(self, content: str, encoding: str) -> bytes:
        """The decoded bytes of a part that is opened, with what `condensed` took out; none where too much was opened already."""
        if encoding == "base64" and repair.OMITTED.search(content):
            try:
                data = binascii.a2b_base64(repair.restored(content, self.omitted))
            except binascii.Error:
                data = b""
        else:
            data = leaves.decoded_bytes(content, encoding)[0]
        return data if self.may_open(len(data)) else b""

    def may_open(self, size: int) -> bool:
        """Count an attached message of so many bytes; False where too much was opened already."""
        self.opened_bytes += size
        if self.opened_bytes > _MOST_OPENED_BYTES:
            self.cut_short("the messages attached to it are too large: not all of them were read")
        return self.opened_bytes <= _MOST_OPENED_BYTES


@dataclass(slots=True)
class Found:
    """What the walk collects of one message."""

    bodies: list[Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    nested: list[ParsedMessage] = field(default_factory=list)
    named_texts: list[Body] = field(default_factory=list)
    outlook_bodies: list[Body] = field(default_factory=list)
    """What a winmail.dat says: read where there is no other body."""
    types: set[str] = field(default_factory=set)
    calendar_method: str | None = None
    calendar_text: str = ""
    report: list[str] = field(default_factory=list)

    def take_all_but_bodies(self, inner: "Found") -> None:
        """Take over what was collected of one of the forms of a body, apart from the body."""
        self.attachments += inner.attachments
        self.nested += inner.nested
        self.named_texts += inner.named_texts
        self.outlook_bodies += inner.outlook_bodies
        self.types |= inner.types
        self.report += inner.report
        self.calendar_method = self.calendar_method or inner.calendar_method
        self.calendar_text = self.calendar_text or inner.calendar_text

    def readable(self) -> tuple[Body, ...]:
        """The bodies that say anything; where none does, the next best text there is."""
        for bodies in (self.bodies, self.outlook_bodies):
            if saying := [body for body in bodies if (body.plain or "").strip() or (body.html or "").strip()]:
                return tuple(saying)
        if self.named_texts:
            return tuple(self.named_texts)
        return tuple(Body(plain=text) for text in (self.calendar_text, "\n\n".join(self.report)) if text.strip())


def assembled(header: Message, found: Found, walk: Walk) -> ParsedMessage:
    """A message from its header fields and what was collected of it."""
    senders = addresses(header, "from") or addresses(header, "sender")
    sender = next((one for one in senders if one.address), senders[0] if senders else Address())
    structure = structure_of(header, frozenset(found.types), found.calendar_method)
    return ParsedMessage(
        message_id=own_message_id(header),
        in_reply_to=message_ids(header, "in-reply-to"),
        references=message_ids(header, "references"),
        sender=sender,
        reply_to=next(iter(addresses(header, "reply-to")), Address()),
        recipients=(*addresses(header, "to"), *addresses(header, "cc"))[:200],
        subject=first(header, "subject")[:2000],
        sent_at=sent_at(header),
        received_at=received_at(header),
        bodies=found.readable(),
        attachments=tuple(found.attachments),
        nested=tuple(found.nested),
        structure=structure,
        automatic=bool(auto_submitted(header)) or structure in (Structure.AUTO_REPLY, Structure.BOUNCE, Structure.RECEIPT),
        resent_from=next(iter(addresses(header, "resent-from")), Address()),
        original_sender=next((named[0] for field_name in _ORIGINAL_SENDER if (named := addresses(header, field_name))), Address()),
        sender_in_directory=bool(sender.name) and not sender.address and first(header, DIRECTORY_FIELD).lower() == IN_DIRECTORY,
        cut=walk.cut,
        notes=tuple(walk.notes),
    )
