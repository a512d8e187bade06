"""Outlook's winmail.dat ([MS-OXTNEF]): attributes one behind the other, most of what matters as MAPI properties within them.

Read by ourselves: tnefparse copies the rest of the file at each attribute, cuts NULs off the ends of attachments, and had no
release since 2021. Nothing is copied here but what is kept.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from triage.mailbox.mapi import TWO_BYTES, WANTED, Held, OutlookMessage, Properties, Tag, Type, Unreadable

SIGNATURE = b"\x78\x9f\x3e\x22"
_KEY_BYTES = 2
_ATTRIBUTE = struct.Struct("<BII")
_CHECK_SUM_BYTES = 2
_MESSAGE_LEVEL, _ATTACHMENT_LEVEL = 1, 2
_FILL = b"\0\r\n "
_MOST_ATTRIBUTES = 10_000
# Values in all the properties of one file: a message to 200 people has some 5,000.
_MOST_VALUES = 50_000
_MOST_RECIPIENTS = 200

# Attributes, [MS-OXTNEF] section 2.1.3.2. The upper half of the number is the type, which some programs leave out.
_SUBJECT, _BODY, _CLASS, _FROM, _SENT = 0x8004, 0x800C, 0x8008, 0x8000, 0x8005
_PROPERTIES, _RECIPIENTS, _CODE_PAGE = 0x9003, 0x9004, 0x9007
_NEW_ATTACHMENT, _FILE, _FILE_NAME, _FILE_PROPERTIES = 0x9002, 0x800F, 0x8010, 0x9005

_MANY = 0x1000
# Bytes of each type of value; the others say how long they are. Not all of these types are read.
_WIDTHS = {0x01: 0, 0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({Type.STRING8, Type.UNICODE, Type.BINARY, Type.OBJECT})
_KEPT = frozenset(int(kind) for kind in Type)
# IID_IMessage, which stands before a message in a property that holds one.
_MESSAGE_ID = bytes.fromhex("0703020000000000c000000000000046")


@dataclass(slots=True)
class _File:
    """One attachment as its attributes tell it; `message` is the TNEF of one that is a message."""

    own: Properties
    data: memoryview | None = None
    message: memoryview | None = None

    def held(self) -> Held:
        """It as what is attached to any message of Outlook's."""
        data, message = self.data or b"", self.message
        return Held(self.own, lambda: bytes(data), None if message is None else lambda: opened(message))


@dataclass(slots=True)
class _Reading:
    """What the attributes of one file have told so far."""

    own: Properties = field(default_factory=Properties)
    recipients: list[Properties] = field(default_factory=list)
    files: list[_File] = field(default_factory=list)
    page: int | None = None
    values: int = 0


def opened(data: bytes | memoryview) -> OutlookMessage:
    """A winmail.dat. Raises Unreadable where it is none; one that breaks off is read as far as it goes, and `damaged`."""
    if data[: len(SIGNATURE)] != SIGNATURE:
        raise Unreadable
    reading = _Reading()
    damaged = False
    try:
        for level, attribute, value in _attributes(memoryview(data)):
            _take(reading, level, attribute, value)
    except (Unreadable, struct.error):
        damaged = True
    return OutlookMessage(reading.own, reading.recipients, [file.held() for file in reading.files], damaged)


def _attributes(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Level, number and value of each attribute. Raises Unreadable where they break off.

    The check sums behind them are not compared: programs that write them wrongly are common, and people read their mail.
    """
    position = len(SIGNATURE) + _KEY_BYTES
    for _ in range(_MOST_ATTRIBUTES):
        if not data[position : position + 64].tobytes().strip(_FILL):
            return
        level, attribute, length = _ATTRIBUTE.unpack_from(data, position)
        start = position + _ATTRIBUTE.size
        if level not in (_MESSAGE_LEVEL, _ATTACHMENT_LEVEL) or start + length > len(data):
            raise Unreadable
        yield level, attribute & 0xFFFF, data[start : start + length]
        position = start + length + _CHECK_SUM_BYTES
    raise Unreadable


def _take(reading: _Reading, level: int, attribute: int, value: memoryview) -> None:
    """Put what one attribute says where it belongs. Raises Unreadable or struct.error."""
    if attribute == _NEW_ATTACHMENT:
        reading.files.append(_File(Properties(code_page=reading.page)))
    elif level == _ATTACHMENT_LEVEL:
        if reading.files:
            _take_of_file(reading, reading.files[-1], attribute, value)
    elif attribute == _CODE_PAGE:
        reading.page = reading.own.code_page = int.from_bytes(value[:4], "little")
    elif attribute == _PROPERTIES:
        _take_properties(_Cursor(value), reading, reading.own)
    elif attribute == _RECIPIENTS:
        _take_recipients(reading, value)
    elif attribute == _FROM:
        _take_sender(reading.own, value)
    elif attribute == _SENT:
        _set_if_missing(reading.own, Tag.CLIENT_SUBMIT_TIME, Type.TIME, _file_time(value))
    elif attribute in (_SUBJECT, _BODY, _CLASS):
        tag = {_SUBJECT: Tag.SUBJECT, _BODY: Tag.BODY, _CLASS: Tag.MESSAGE_CLASS}[attribute]
        _set_if_missing(reading.own, tag, Type.STRING8, bytes(value))


def _take_of_file(reading: _Reading, file: _File, attribute: int, value: memoryview) -> None:
    if attribute == _FILE:
        file.data = value
    elif attribute == _FILE_NAME:
        _set_if_missing(file.own, Tag.ATTACH_FILENAME, Type.STRING8, bytes(value[:1000]))
    elif attribute == _FILE_PROPERTIES:
        kind, data = _take_properties(_Cursor(value), reading, file.own) or (0, memoryview(b""))
        if kind == Type.OBJECT and data[:16] == _MESSAGE_ID:
            file.message = data[16:]
        elif kind:
            file.data = data


def _take_recipients(reading: _Reading, value: memoryview) -> None:
    cursor = _Cursor(value)
    for _ in range(min(cursor.number(), _MOST_RECIPIENTS)):
        one = Properties(code_page=reading.page)
        _take_properties(cursor, reading, one)
        reading.recipients.append(one)


def _take_sender(own: Properties, value: memoryview) -> None:
    """A TRP structure, [MS-OXTNEF] section 2.1.3.3.3: lengths, the name, and the address behind its type and a colon."""
    name_length, address_length = struct.unpack_from("<4xHH", value)
    name, address = bytes(value[8 : 8 + name_length]), bytes(value[8 + name_length : 8 + name_length + address_length])
    _set_if_missing(own, Tag.SENDER_NAME, Type.STRING8, name)
    _set_if_missing(own, Tag.SENDER_ENTRY, Type.STRING8, address.partition(b":")[2])


def _file_time(value: memoryview) -> bytes:
    """A DTR structure (year, month, day, hour, minute, second), which is in UTC, as the time that properties hold."""
    try:
        year, month, day, hour, minute, second = struct.unpack_from("<6H", value)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return b""
    return ((moment - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10).to_bytes(8, "little", signed=True)


def _set_if_missing(own: Properties, tag: Tag, kind: Type, data: bytes) -> None:
    """Attributes of the old kind go behind properties."""
    own.values.setdefault(tag, (kind, data))


@dataclass(slots=True)
class _Cursor:
    """A place in an attribute's value. Raises Unreadable past its end."""

    data: memoryview
    position: int = 0

    def take(self, length: int) -> memoryview:
        """So many bytes, and the place set behind them and what fills them up to four."""
        start = self.position
        if start + length > len(self.data):
            raise Unreadable
        self.position = start + (length + 3) // 4 * 4
        return self.data[start : start + length]

    def number(self) -> int:
        """A whole number of four bytes."""
        return int.from_bytes(self.take(4), "little")


def _take_properties(cursor: _Cursor, reading: _Reading, own: Properties) -> tuple[int, memoryview] | None:
    """Read a list of properties, [MS-OXTNEF] section 2.1.3.4; type and value of an attachment's content. Raises Unreadable."""
    content: tuple[int, memoryview] | None = None
    for _ in range(cursor.number()):
        tag = cursor.take(4)
        kind, number = int.from_bytes(tag[:2], "little"), int.from_bytes(tag[2:], "little")
        if number >= 0x8000:
            _pass_name(cursor)
        value = _value(cursor, reading, kind)
        if value is None or kind not in _KEPT or number not in WANTED:
            continue
        if number == Tag.ATTACH_DATA:
            content = kind, value
        else:
            own.values[number] = (kind, bytes(value[:2] if kind in TWO_BYTES else value))
    return content


def _pass_name(cursor: _Cursor) -> None:
    """The name that stands behind the number of a property without a fixed one."""
    cursor.take(16)
    if cursor.number() == 0:
        cursor.take(4)
    else:
        cursor.take(cursor.number())


def _value(cursor: _Cursor, reading: _Reading, kind: int) -> memoryview | None:
    """One value, or the last of many; None where there is none. Raises Unreadable for a type that cannot be passed over."""
    single = kind & ~_MANY
    count = cursor.number() if kind & _MANY or single in _VARIABLE else 1
    reading.values += 1 + count
    if reading.values > _MOST_VALUES or (single not in _VARIABLE and single not in _WIDTHS):
        raise Unreadable
    if single not in _VARIABLE:
        width = 2 if kind & _MANY and single in TWO_BYTES else _WIDTHS[single]
        return cursor.take(width * count)
    value: memoryview | None = None
    for _ in range(count):
        value = cursor.take(cursor.number())
    return value
