"""A message as Outlook keeps it: properties by number (MAPI), whatever file they lie in; and what can be told from them.

[MS-OXPROPS] names the properties, [MS-OXCMSG] and [MS-OXOMSG] say what they mean. Nothing here raises on what a sender wrote
but `Unreadable`, and that only where it says so.
"""

import email
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from enum import IntEnum

from triage.domain.message import Address, Body
from triage.mailbox.charsets import clean, decode, decode_exactly, of_code_page, stated_in_page
from triage.mailbox.headers import DIRECTORY_FIELD, IN_DIRECTORY, addresses
from triage.mailbox.leaves import safe_name

# What a .msg file begins with ([MS-CFB] section 2.2), as every compound file does.
COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")


class Unreadable(Exception):
    """A file in one of Outlook's formats, or a part of it, is damaged or no such file. Never leaves this package."""


class Tag(IntEnum):
    """Numbers of the properties that are read; the others are passed over."""

    MESSAGE_CLASS = 0x001A
    SUBJECT = 0x0037
    CLIENT_SUBMIT_TIME = 0x0039
    REPRESENTING_NAME = 0x0042
    REPRESENTING_ENTRY = 0x0065
    TRANSPORT_HEADERS = 0x007D
    RECIPIENT_TYPE = 0x0C15
    SENDER_NAME = 0x0C1A
    SENDER_ENTRY = 0x0C1F
    DELIVERY_TIME = 0x0E06
    NORMALIZED_SUBJECT = 0x0E1D
    BODY = 0x1000
    RTF = 0x1009
    HTML = 0x1013
    MESSAGE_ID = 0x1035
    REFERENCES = 0x1039
    IN_REPLY_TO = 0x1042
    DISPLAY_NAME = 0x3001
    ENTRY = 0x3003
    ATTACH_DATA = 0x3701
    ATTACH_FILENAME = 0x3704
    ATTACH_METHOD = 0x3705
    ATTACH_LONG_FILENAME = 0x3707
    ATTACH_MIME_TYPE = 0x370E
    ATTACH_CONTENT_ID = 0x3712
    ATTACH_FLAGS = 0x3714
    SMTP_ADDRESS = 0x39FE
    INTERNET_CODE_PAGE = 0x3FDE
    MESSAGE_CODE_PAGE = 0x3FFD
    SENDER_SMTP_ADDRESS = 0x5D01
    REPRESENTING_SMTP_ADDRESS = 0x5D02
    ATTACHMENT_HIDDEN = 0x7FFE


WANTED = frozenset(int(tag) for tag in Tag)


class Type(IntEnum):
    """Types of values, [MS-OXCDATA] section 2.11.1."""

    SHORT = 0x0002
    LONG = 0x0003
    BOOLEAN = 0x000B
    OBJECT = 0x000D
    STRING8 = 0x001E
    UNICODE = 0x001F
    TIME = 0x0040
    BINARY = 0x0102


TWO_BYTES = frozenset({Type.SHORT, Type.BOOLEAN})
NUMBERS = TWO_BYTES | {Type.LONG}
# PR_ATTACH_METHOD and PR_ATTACH_FLAGS, [MS-OXCMSG] section 2.2.2: a message; shown in the page, not as a file.
_EMBEDDED_MESSAGE = 5
_RENDERED_IN_BODY = 4
_CC, _BCC = 2, 3

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_LONGEST_LINE = 20_000
_LONGEST_HEADERS = 200_000
_MOST_RECIPIENTS = 200
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']+")
# Addresses of Exchange's own directory (X500), bare or wrapped ([MS-OXOABK], IMCEA): nobody can be written to by them.
_NO_INTERNET_ADDRESS = ("/o=", "/cn=", "imceaex-")
_IN_DIRECTORY_PATHS = ("/o=", "/cn=")
_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")

# Message classes, [MS-OXCMSG] section 2.2.1.3 and [MS-OXOCAL], also as TNEF spells them: things that are no mail at all, ...
_NO_MAIL = re.compile(r"ipm\.(contact|distlist|appointment|task|stickynote|activity|abchperson)\b", re.IGNORECASE)
# ... and mail that says by its class what it is.
_REPORT = re.compile(r"report\..*\.(ndr|dr|ipnrn|ipnnrn)\Z", re.IGNORECASE)
_AUTOMATIC = re.compile(r"ipm\.note\.rules\.(oof|reply)template", re.IGNORECASE)
_MEETING = re.compile(r"ipm\.(?:schedule\.meeting|microsoft schedule)\.(?:mtg)?(req|can|cncl|resp)", re.IGNORECASE)
_METHODS = {"req": "REQUEST", "can": "CANCEL", "cncl": "CANCEL", "resp": "REPLY"}


@dataclass(slots=True)
class Properties:
    """The properties of one message, recipient or attachment, as (type, bytes) by number.

    `code_page` is that of its 8-bit strings where the file states one; otherwise a property may.
    """

    values: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    code_page: int | None = None

    def text(self, tag: Tag, most: int = _LONGEST_LINE) -> str:
        """A text as far as `most` characters, NULs at its end taken off; an empty string where there is none."""
        kind, data = self.values.get(tag, (0, b""))
        if kind == Type.UNICODE:
            return clean(data[: 2 * most].decode("utf-16-le", "ignore"))
        if kind == Type.STRING8:
            label = of_code_page(self.code_page or self.number(Tag.MESSAGE_CODE_PAGE) or self.number(Tag.INTERNET_CODE_PAGE))
            return decode_exactly(_whole_letters(data, 4 * most).rstrip(b"\0"), label)[:most]
        return ""

    def line(self, tag: Tag) -> str:
        """A text on one line."""
        return _one_line(self.text(tag))

    def number(self, tag: Tag) -> int | None:
        """A whole number, or None."""
        kind, data = self.values.get(tag, (0, b""))
        return int.from_bytes(data[:4], "little") if kind in NUMBERS else None

    def moment(self, tag: Tag) -> datetime | None:
        """A time (a count of 100 nanoseconds since 1601, [MS-DTYP] section 2.3.3), in UTC; None where it is none of our age."""
        kind, data = self.values.get(tag, (0, b""))
        if kind != Type.TIME or len(data) < 8:
            return None
        try:
            moment = _EPOCH + timedelta(microseconds=int.from_bytes(data[:8], "little") // 10)
        except OverflowError:
            return None
        return moment if 1970 <= moment.year <= 9998 else None

    def binary(self, tag: Tag) -> bytes:
        """Bytes; none where there are none."""
        kind, data = self.values.get(tag, (0, b""))
        return data if kind == Type.BINARY else b""


@dataclass(frozen=True, slots=True)
class Held:
    """What is attached to an Outlook message: a file, or a message where `message` is given.

    Both calls read what they return only then, and raise Unreadable.
    """

    own: Properties
    content: Callable[[], bytes]
    message: Callable[[], "OutlookMessage"] | None = None

    @property
    def name(self) -> str:
        """The name of the file as its sender saw it, without a path; an empty string where it has none."""
        for tag in (Tag.ATTACH_LONG_FILENAME, Tag.ATTACH_FILENAME, Tag.DISPLAY_NAME):
            if name := safe_name(self.own.line(tag)):
                return name
        return ""

    @property
    def media_type(self) -> str:
        """As stated; of something unknown where nothing is."""
        stated = self.own.line(Tag.ATTACH_MIME_TYPE).lower()
        return stated if re.fullmatch(r"[!-~]{1,60}/[!-~]{1,120}", stated) else "application/octet-stream"

    @property
    def is_shown_in_place(self) -> bool:
        """A picture of the page itself (a logo, say), not something that was attached."""
        of_page = (self.own.number(Tag.ATTACH_FLAGS) or 0) & _RENDERED_IN_BODY or self.own.number(Tag.ATTACHMENT_HIDDEN)
        return bool(of_page) and self.media_type.startswith("image/") and bool(self.own.line(Tag.ATTACH_CONTENT_ID))

    @property
    def says_message(self) -> bool:
        """Whether it is attached as a message, whatever is found in its place."""
        return self.own.number(Tag.ATTACH_METHOD) == _EMBEDDED_MESSAGE


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says; whether that is all of it, as far as was asked for, and whether it was damaged."""

    body: Body
    whole: bool = True
    damaged: bool = False


@dataclass(slots=True)
class OutlookMessage:
    """A message out of a .msg or a winmail.dat. `held` reads the attachments as it goes, and raises Unreadable where it cannot.

    A `damaged` one was read as far as it goes.
    """

    own: Properties
    recipients: Sequence[Properties] = ()
    held: Iterable[Held] = ()
    damaged: bool = False

    @property
    def message_class(self) -> str:
        """What Outlook takes it for: IPM.Note is mail."""
        return self.own.line(Tag.MESSAGE_CLASS)

    @property
    def is_mail(self) -> bool:
        """False for contacts, appointments, tasks and notes, which can be attached like messages."""
        return not _NO_MAIL.match(self.message_class)

    @property
    def calendar_method(self) -> str | None:
        """The METHOD (RFC 5546) of an invitation or an answer to one; None for other mail."""
        found = _MEETING.match(self.message_class)
        return _METHODS[found[1].lower()] if found else None

    @property
    def report_type(self) -> str | None:
        """The `report-type` (RFC 6522) of a bounce or receipt; None for other mail."""
        found = _REPORT.match(self.message_class)
        if not found:
            return None
        return "delivery-status" if found[1].lower() in ("ndr", "dr") else "disposition-notification"

    def words(self, most: int) -> Words:
        """What it says, in texts of at most `most` characters and one. Raises Unreadable.

        RTF is read only where there is nothing else: Outlook makes the other forms of it.
        """
        plain = self.own.text(Tag.BODY, most + 1) or None
        html = self.own.text(Tag.HTML, most + 1) or self._page(most + 1) or None
        packed = self.own.binary(Tag.RTF)
        if (plain or "").strip() or (html or "").strip() or not packed:
            return Words(Body(plain, html))
        from triage.mailbox import rtf  # noqa: PLC0415 - its library is loaded where it is needed

        text = rtf.unpacked(packed, most)
        return Words(Body(html=text.text) if text.is_html else Body(plain=text.text), text.whole, text.damaged)

    def _page(self, most: int) -> str:
        data = _whole_letters(self.own.binary(Tag.HTML), 4 * most)
        return decode(data, of_code_page(self.own.number(Tag.INTERNET_CODE_PAGE)) or stated_in_page(data))[:most]

    def header_block(self) -> bytes:
        """Its header as mail has it, in UTF-8 (RFC 6532), with the blank line behind it: equal for equal properties.

        The header that it came with, where Outlook kept that; what the properties know better, or what is missing there, from
        them. Without MIME fields.
        """
        kept = _transport_fields(self.own.text(Tag.TRANSPORT_HEADERS, _LONGEST_HEADERS))
        stated = email.message_from_bytes(_block(kept))
        author, sender = self._author(stated), self._sender()
        certain = [("From", _mailbox(author)), ("Sender", _mailbox(sender) if sender.address not in ("", author.address) else "")]
        if subject := self.own.line(Tag.SUBJECT) or ("" if "subject" in stated else self.own.line(Tag.NORMALIZED_SUBJECT)):
            certain.append(("Subject", subject))
        if author.name and not author.address and self._is_in_directory(author, sender):
            certain.append((DIRECTORY_FIELD, IN_DIRECTORY))
        replaced = {DIRECTORY_FIELD.lower(), *(name.lower() for name, _ in certain)}
        fields = [pair for pair in (*certain, *(one for one in kept if one[0].lower() not in replaced)) if pair[1]]
        there = {name.lower() for name, _ in fields}
        return _block([*fields, *((name, value) for name, value in self._further(there) if value and name.lower() not in there)])

    def _further(self, there: set[str]) -> Iterator[tuple[str, str]]:
        """Fields for which the header that it came with goes first."""
        sent, taken = self.own.moment(Tag.CLIENT_SUBMIT_TIME), self.own.moment(Tag.DELIVERY_TIME)
        if moment := sent or taken:
            yield "Date", format_datetime(moment)
        if taken:
            yield "Received", f"by Outlook; {format_datetime(taken)}"
        if not there & {"to", "cc"}:
            yield "To", self._written_to(lambda kind: kind not in (_CC, _BCC))
            yield "Cc", self._written_to(lambda kind: kind == _CC)
        yield "Message-ID", self.own.line(Tag.MESSAGE_ID)
        yield "In-Reply-To", self.own.line(Tag.IN_REPLY_TO)
        yield "References", self.own.line(Tag.REFERENCES)
        if _AUTOMATIC.match(self.message_class):
            yield "Auto-Submitted", "auto-replied"

    def _written_to(self, of_kind: Callable[[int | None], bool]) -> str:
        found = (one for one in self.recipients[:_MOST_RECIPIENTS] if of_kind(one.number(Tag.RECIPIENT_TYPE)))
        return ", ".join(filter(None, (_mailbox(_party(one, Tag.DISPLAY_NAME, Tag.SMTP_ADDRESS, Tag.ENTRY)) for one in found)))

    def _author(self, stated: Message) -> Address:
        """On whose behalf it was sent, which is the sender where nobody else is named ([MS-OXOMSG] section 2.2.1)."""
        author = _party(self.own, Tag.REPRESENTING_NAME, Tag.REPRESENTING_SMTP_ADDRESS, Tag.REPRESENTING_ENTRY)
        sender = self._sender()
        from_header = [Address(internet_address(one.address), one.name) for one in addresses(stated, "from")]
        in_header = next((one for one in from_header if one.address), next(iter(from_header), Address()))
        alone = self._sends_for_itself(author, sender)
        return Address(
            author.address or in_header.address or (sender.address if alone else ""),
            author.name or (sender.name if alone else "") or in_header.name,
        )

    def _sender(self) -> Address:
        return _party(self.own, Tag.SENDER_NAME, Tag.SENDER_SMTP_ADDRESS, Tag.SENDER_ENTRY)

    def _is_in_directory(self, author: Address, sender: Address) -> bool:
        """Whether the author is known by a path in Exchange's directory, which only Outlook within one organisation writes."""
        entries = [self.own.line(Tag.REPRESENTING_ENTRY)]
        entries += [self.own.line(Tag.SENDER_ENTRY)] if self._sends_for_itself(author, sender) else []
        return any(entry.lower().startswith(_IN_DIRECTORY_PATHS) for entry in entries)

    def _sends_for_itself(self, author: Address, sender: Address) -> bool:
        author_entry, sender_entry = self.own.line(Tag.REPRESENTING_ENTRY).lower(), self.own.line(Tag.SENDER_ENTRY).lower()
        if author_entry and sender_entry:
            return author_entry == sender_entry
        return not (author.name or author_entry or author.address) or author.name.casefold() == sender.name.casefold()


def internet_address(text: str) -> str:
    """An SMTP address in lower case; an empty string for anything else, a path in Exchange's directory above all."""
    text = text.strip().strip("<>'\"").lower()
    return text if _ADDRESS.fullmatch(text) and not text.startswith(_NO_INTERNET_ADDRESS) else ""


def _party(own: Properties, name: Tag, smtp: Tag, entry: Tag) -> Address:
    """A person by the three properties that name one; without an address where only Exchange's directory knows it."""
    address = internet_address(own.line(smtp)) or internet_address(own.line(entry))
    display = own.line(name).strip("'\" ")
    return Address(address, "" if display.lower() == address else display)


def _mailbox(one: Address) -> str:
    """RFC 5322 section 3.4; an empty string for nobody."""
    name = '"' + one.name.replace("\\", "\\\\").replace('"', '\\"') + '"' if one.name else ""
    return f"{name} <{one.address}>".strip() if one.address else name


def _transport_fields(text: str) -> list[tuple[str, str]]:
    """The fields of a header that Outlook kept, each on one line, up to the first blank line; without those of MIME.

    A line that is no field is passed over: some versions of Outlook put a line of their own before the first.
    """
    fields: list[tuple[str, list[str]]] = []
    is_field = False
    for line in re.split(r"\r\n|\r|\n", text.strip()):
        if not line.strip() and fields:
            break
        if not line.startswith((" ", "\t")):
            found = _FIELD.match(line)
            is_field = found is not None
            if found:
                fields.append((found[1], [line[found.end() :].strip()]))
        elif is_field:
            fields[-1][1].append(line.strip())
    values = [(name, " ".join(lines).strip()) for name, lines in fields]
    return [(name, value) for name, value in values if value and not name.lower().startswith(("content-", "mime-version"))]


def _block(fields: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {_one_line(value)}\r\n" for name, value in fields).encode("utf-8", "ignore") + b"\r\n"


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text[:_LONGEST_LINE]).strip()


def _whole_letters(data: bytes, most: int) -> bytes:
    """The bytes, or so many of their beginning, where a letter of several bytes at the end is left out."""
    if len(data) <= most:
        return data
    end = most
    while end > most - 8 and data[end - 1] > 0x7F:
        end -= 1
    return data[:end]
