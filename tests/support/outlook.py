"""Genuine .msg and winmail.dat files, byte by byte: compound files after [MS-CFB] and [MS-OXMSG], streams after [MS-OXTNEF].

No Outlook is at hand where the tests run. Whatever is here by number is written out from those documents, and shares nothing
with the code that reads it. python-oxmsg and tnefparse read these files too. Every person in them is invented.
"""

import struct
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from compressed_rtf import compress

from triage.domain.message import ParsedMessage
from triage.mailbox.parsing import ParseLimits, parse

SHORT, LONG, BOOLEAN, OBJECT, STRING8, UNICODE, TIME, BINARY = 0x02, 0x03, 0x0B, 0x0D, 0x1E, 0x1F, 0x40, 0x102
_FREE, _END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_SECTOR, _MINI_SECTOR, _MINI_LIMIT, _ENTRY = 512, 64, 4096, 128
_SUBMITTED = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
_DELIVERED = datetime(2026, 6, 1, 9, 0, 7, tzinfo=UTC)

type_of_value = tuple[int, int, bytes]


@dataclass(frozen=True)
class Person:
    """Somebody with an SMTP address, a path in Exchange's directory (X500), or both."""

    name: str = ""
    smtp: str = ""
    x500: str = ""


DAWN = Person("Dawn Pickering", "dawn.pickering@family.example")
MANAGER = Person("Priya Anand", "priya.anand@ashmere.example", "/O=ASHMERE/OU=EXCHANGE/CN=RECIPIENTS/CN=PANAND")
COMPLAINTS = Person("Complaints", "complaints@ashmere.example", "/O=ASHMERE/OU=EXCHANGE/CN=RECIPIENTS/CN=COMPLAINTS")


@dataclass(frozen=True)
class File:
    """An attached file."""

    name: str
    content: bytes = b"%PDF-1.7"
    media_type: str = ""
    content_id: str = ""
    flags: int = 0


@dataclass(frozen=True)
class Mail:
    """A message as Outlook keeps it. `page` is the code page of 8-bit texts; None writes them in Unicode."""

    subject: str = "School taxi"
    body: str | None = "The taxi did not come again."
    html: bytes | None = None
    html_page: int | None = None
    rtf: bytes | None = None
    sender: Person = DAWN
    on_behalf_of: Person | None = None
    to: Sequence[Person] = (COMPLAINTS,)
    cc: Sequence[Person] = ()
    headers: str = ""
    message_id: str = "<one@family.example>"
    submitted: datetime | None = _SUBMITTED
    delivered: datetime | None = _DELIVERED
    message_class: str = "IPM.Note"
    attached: Sequence["File | Mail"] = ()
    page: int | None = None


@dataclass
class Storage:
    """A folder of a compound file."""

    streams: dict[str, bytes] = field(default_factory=dict)
    storages: dict[str, "Storage"] = field(default_factory=dict)


def file_time(moment: datetime) -> bytes:
    return struct.pack("<q", int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 10_000_000))


def _text(tag: int, text: str, page: int | None) -> list[type_of_value]:
    if not text:
        return []
    return [(tag, UNICODE, text.encode("utf-16-le"))] if page is None else [(tag, STRING8, text.encode(f"cp{page}"))]


def _number(tag: int, value: int) -> type_of_value:
    return tag, LONG, struct.pack("<I", value)


def _person(who: Person, page: int | None, *, name: int, kind: int, entry: int, smtp: int) -> list[type_of_value]:
    """X500 people have no SMTP address as their entry; Outlook adds it where it could ask the directory."""
    address, address_type = (who.x500, "EX") if who.x500 else (who.smtp, "SMTP")
    found = [*_text(name, who.name, page), *_text(kind, address_type, page), *_text(entry, address, page)]
    return [*found, *_text(smtp, who.smtp, page)]


def _of_mail(mail: Mail) -> list[type_of_value]:
    page = mail.page
    author = mail.on_behalf_of or mail.sender
    values = [*_text(0x001A, mail.message_class, page), *_text(0x0037, mail.subject, page), *_text(0x1035, mail.message_id, page)]
    values += _person(mail.sender, page, name=0x0C1A, kind=0x0C1E, entry=0x0C1F, smtp=0x5D01)
    values += _person(author, page, name=0x0042, kind=0x0064, entry=0x0065, smtp=0x5D02)
    values += _text(0x007D, mail.headers, page)
    values += [(tag, TIME, file_time(moment)) for tag, moment in ((0x0039, mail.submitted), (0x0E06, mail.delivered)) if moment]
    values += _text(0x1000, mail.body or "", page)
    values += [(0x1013, BINARY, mail.html)] if mail.html is not None else []
    values += [_number(0x3FDE, mail.html_page)] if mail.html_page is not None else []
    values += [_number(0x3FFD, page)] if page is not None else []
    values += [(0x1009, BINARY, mail.rtf)] if mail.rtf is not None else []
    return values


def _of_recipients(mail: Mail) -> list[list[type_of_value]]:
    everybody = [(1, who) for who in mail.to] + [(2, who) for who in mail.cc]
    return [
        [_number(0x0C15, kind), *_person(who, mail.page, name=0x3001, kind=0x3002, entry=0x3003, smtp=0x39FE)] for kind, who in everybody
    ]


def _of_attached(one: "File | Mail", page: int | None) -> list[type_of_value]:
    if isinstance(one, Mail):
        return [_number(0x3705, 5), *_text(0x3001, one.subject, page)]
    values = [_number(0x3705, 1), _number(0x3714, one.flags), *_text(0x3707, one.name, page), *_text(0x370E, one.media_type, page)]
    return [*values, *_text(0x3712, one.content_id, page)]


def packed(rtf: bytes) -> bytes:
    """RTF as Outlook compresses it, [MS-OXRTFCP]."""
    data: bytes = compress(rtf)
    return data


def uncompressed(rtf: bytes) -> bytes:
    """RTF as Outlook keeps it where it does not compress it."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


# --- .msg ---


def msg(mail: Mail) -> bytes:
    """The message as a .msg file."""
    return compound_file(_storage(mail, 32))


def _storage(mail: Mail, header: int) -> Storage:
    """[MS-OXMSG] section 2.2: the message's own streams, a storage a recipient, a storage an attachment, the named properties."""
    recipients = _of_recipients(mail)
    count = struct.pack("<8x4I8x", len(recipients), len(mail.attached), len(recipients), len(mail.attached))
    storage = _properties(_of_mail(mail), count[:header])
    if header == 32:
        storage.storages["__nameid_version1.0"] = Storage({f"__substg1.0_000{number}0102": b"" for number in (2, 3, 4)})
    for number, values in enumerate(recipients):
        storage.storages[f"__recip_version1.0_#{number:08X}"] = _properties(values, bytes(8))
    for number, one in enumerate(mail.attached):
        storage.storages[f"__attach_version1.0_#{number:08X}"] = _attachment(one, mail.page)
    return storage


def _attachment(one: File | Mail, page: int | None) -> Storage:
    values = _of_attached(one, page)
    if isinstance(one, File):
        return _properties([*values, (0x3701, BINARY, one.content)], bytes(8))
    storage = _properties([*values, (0x3701, OBJECT, b"")], bytes(8))
    storage.storages["__substg1.0_3701000D"] = _storage(one, 24)
    return storage


def _properties(values: Sequence[type_of_value], header: bytes) -> Storage:
    """[MS-OXMSG] section 2.4: 16 bytes a property; what is longer than eight has a stream of its own."""
    storage = Storage()
    entries = [header]
    for tag, kind, data in values:
        value = data.ljust(8, b"\0")
        if kind in (STRING8, UNICODE, BINARY):
            storage.streams[f"__substg1.0_{tag:04X}{kind:04X}"] = data
            value = struct.pack("<II", len(data) + {STRING8: 1, UNICODE: 2, BINARY: 0}[kind], 0)
        elif kind == OBJECT:
            value = struct.pack("<II", 0xFFFFFFFF, 1)
        entries.append(struct.pack("<HHI", kind, tag, 6) + value)
    storage.streams["__properties_version1.0"] = b"".join(entries)
    return storage


# --- compound files ---


@dataclass
class _Node:
    """An entry of the directory before it is written, [MS-CFB] section 2.6."""

    name: str
    kind: int
    data: bytes = b""
    child: int = _FREE
    left: int = _FREE
    right: int = _FREE
    black: bool = True
    start: int = _END


def compound_file(root: Storage) -> bytes:
    """[MS-CFB] version 3: the header, then DIFAT, FAT, directory, mini FAT, mini stream and the larger streams, in this order."""
    nodes = [_Node("Root Entry", 5)]
    _place(root, 0, nodes)
    mini, mini_fat = _mini_stream(nodes)
    directory_sectors = _sectors(len(nodes) * _ENTRY)
    bodies = [node for node in nodes if node.kind == 2 and len(node.data) >= _MINI_LIMIT]
    used = directory_sectors + _sectors(len(mini_fat) * 4) + _sectors(len(mini)) + sum(_sectors(len(node.data)) for node in bodies)
    fat_sectors, difat_sectors = _tables(used)

    fat = [_DIFAT] * difat_sectors + [_FAT] * fat_sectors
    directory_start = _chain(fat, directory_sectors)
    mini_fat_start = _chain(fat, _sectors(len(mini_fat) * 4))
    nodes[0].data, nodes[0].start = mini, _chain(fat, _sectors(len(mini)))
    for node in bodies:
        node.start = _chain(fat, _sectors(len(node.data)))
    fat += [_FREE] * (fat_sectors * 128 - len(fat))

    numbers = list(range(difat_sectors, difat_sectors + fat_sectors))
    header = struct.pack("<8s16xHHHHH6x", bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIII", 0, fat_sectors, directory_start, 0, _MINI_LIMIT)
    header += struct.pack("<IIII", mini_fat_start, _sectors(len(mini_fat) * 4), 0 if difat_sectors else _END, difat_sectors)
    pieces = [header + struct.pack("<109I", *(numbers + [_FREE] * 109)[:109])]
    for block in range(difat_sectors):
        listed = (numbers[109 + block * 127 :] + [_FREE] * 127)[:127]
        pieces.append(struct.pack("<128I", *listed, block + 1 if block + 1 < difat_sectors else _END))
    pieces += [struct.pack(f"<{len(fat)}I", *fat), _filled(b"".join(_entry(node) for node in nodes))]
    pieces += [_filled(struct.pack(f"<{len(mini_fat)}I", *mini_fat), b"\xff"), _filled(mini), *(_filled(node.data) for node in bodies)]
    return b"".join(pieces)


def _place(storage: Storage, parent: int, nodes: list[_Node]) -> None:
    """Number the entries of a storage, and put them in a red-black tree: balanced, its lowest level red."""
    names = sorted([*storage.streams, *storage.storages], key=lambda name: (len(name), name.upper()))
    first = len(nodes)
    nodes += [_Node(name, 2, storage.streams[name]) if name in storage.streams else _Node(name, 1) for name in names]
    depth = len(names).bit_length()

    def tree(start: int, end: int, level: int) -> int:
        if start >= end:
            return _FREE
        middle = (start + end) // 2
        node = nodes[first + middle]
        node.left, node.right = tree(start, middle, level + 1), tree(middle + 1, end, level + 1)
        node.black = level < depth or level == 1
        return first + middle

    nodes[parent].child = tree(0, len(names), 1)
    for number, name in enumerate(names):
        if name in storage.storages:
            _place(storage.storages[name], first + number, nodes)


def _mini_stream(nodes: list[_Node]) -> tuple[bytes, list[int]]:
    """The streams shorter than 4096 bytes, one behind the other in pieces of 64, and which piece follows which."""
    mini = bytearray()
    table: list[int] = []
    for node in nodes:
        if node.kind == 2 and 0 < len(node.data) < _MINI_LIMIT:
            node.start = _chain(table, -(-len(node.data) // _MINI_SECTOR))
            mini += node.data.ljust(-(-len(node.data) // _MINI_SECTOR) * _MINI_SECTOR, b"\0")
    return bytes(mini), table


def _chain(table: list[int], count: int) -> int:
    """Put so many sectors at the end of a table, one leading to the next; the first of them."""
    start = len(table)
    table += [*range(start + 1, start + count), _END] if count else []
    return start if count else _END


def _tables(used: int) -> tuple[int, int]:
    """How many sectors the FAT and the DIFAT need, for themselves too."""
    fat = difat = 0
    while fat * 128 < used + fat + difat:
        fat += 1
        difat = max(0, -(-(fat - 109) // 127))
    return fat, difat


def _sectors(size: int) -> int:
    return -(-size // _SECTOR)


def _filled(data: bytes, by: bytes = b"\0") -> bytes:
    return data + by * (-len(data) % _SECTOR)


def _entry(node: _Node) -> bytes:
    name = node.name.encode("utf-16-le")
    head = struct.pack("<64sHBB", name, len(name) + 2, node.kind, node.black)
    place = struct.pack("<IQ", node.start if node.data else (0 if node.kind == 1 else _END), len(node.data))
    return head + struct.pack("<III16x4x8x8x", node.left, node.right, node.child) + place


# --- winmail.dat ---


def tnef(mail: Mail, *, old_kind: bool = False) -> bytes:
    """The message as winmail.dat; of the old kind, with subject, body and sender as attributes of their own."""
    values = _of_mail(mail)
    attributes = [(1, 0x00089006, struct.pack("<I", 0x00010000)), (1, 0x00069007, struct.pack("<II", mail.page or 1252, 0))]
    attributes.append((1, 0x00078008, mail.message_class.encode() + b"\0"))
    if old_kind:
        page = f"cp{mail.page or 1252}"
        name, address = mail.sender.name.encode(page) + b"\0", f"SMTP:{mail.sender.smtp}".encode() + b"\0"
        sender = struct.pack("<HHHH", 4, 8 + len(name) + len(address), len(name), len(address)) + name + address
        attributes += [(1, 0x00008000, sender), (1, 0x00018004, mail.subject.encode(page) + b"\0")]
        attributes += [(1, 0x00038005, struct.pack("<7H", *(mail.submitted or _SUBMITTED).timetuple()[:6], 1))]
        attributes += [(1, 0x0002800C, (mail.body or "").encode(page) + b"\0")]
    else:
        rows = _of_recipients(mail)
        attributes.append((1, 0x00069004, struct.pack("<I", len(rows)) + b"".join(_list(row) for row in rows)))
        attributes.append((1, 0x00069003, _list(values)))
    for one in mail.attached:
        attributes += _attached_attributes(one, mail.page, old_kind)
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(_attribute(*attribute) for attribute in attributes)


def _attached_attributes(one: File | Mail, page: int | None, old_kind: bool) -> list[tuple[int, int, bytes]]:
    values = _of_attached(one, page)
    found = [(2, 0x00069002, struct.pack("<HI8x", 1, 0xFFFFFFFF))]
    if isinstance(one, Mail):
        message = bytes.fromhex("0703020000000000c000000000000046") + tnef(one, old_kind=old_kind)
        return [*found, (2, 0x00069005, _list([*values, (0x3701, OBJECT, message)]))]
    title = one.name.encode("cp1252", "replace") + b"\0"
    return [*found, (2, 0x00018010, title), (2, 0x0006800F, one.content), (2, 0x00069005, _list(values))]


def _attribute(level: int, number: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _list(values: Sequence[type_of_value]) -> bytes:
    """[MS-OXTNEF] section 2.1.3.4, with a named property in front, as Outlook writes many."""
    named = struct.pack("<HH", UNICODE, 0x8001) + bytes(16) + struct.pack("<II", 1, 10) + _to_four("Made".encode("utf-16-le") + b"\0\0")
    named += struct.pack("<II", 1, 6) + _to_four("ab".encode("utf-16-le") + b"\0\0")
    several = struct.pack("<HHI", 0x1003, 0x6789, 3) + bytes(12)
    return struct.pack("<I", len(values) + 2) + named + several + b"".join(_value(*one) for one in values)


def _value(tag: int, kind: int, data: bytes) -> bytes:
    head = struct.pack("<HH", kind, tag)
    if kind in (STRING8, UNICODE, BINARY, OBJECT):
        data += {STRING8: b"\0", UNICODE: b"\0\0"}.get(kind, b"")
        return head + struct.pack("<II", 1, len(data)) + _to_four(data)
    return head + _to_four(data)


def _to_four(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


# --- mail with such a file ---

FIRST = "The taxi did not come again."
NOTE = "Please log this one."
UNREAD = "an attached Outlook message could not be read"
UNREAD_TNEF = "an attachment in Outlook's own format could not be read"
HTML_IN_RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fswiss\fcharset204 Arial;}}"
    rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Zo\'eb\u8217 's taxi {\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 did not\htmlrtf }\htmlrtf0"
    rb"{\*\htmltag92 </b>} come, {\f1 \'cc\'e0\'f8\'e0}{\*\htmltag72 </p>}\htmlrtf \par}\htmlrtf0}"
)


def with_file(content: bytes, name: str, media_type: str = "application/octet-stream", note: str = NOTE) -> bytes:
    """A message with a note and one attached file."""
    head = "From: Joan Whitlow <joan.whitlow@family.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n"
    body = f"--edge\r\nContent-Type: text/plain\r\n\r\n{note}\r\n--edge\r\n"
    file = f'Content-Type: {media_type}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return f"{head}{body}{file}Content-Transfer-Encoding: base64\r\n\r\n{encodebytes(content).decode()}\r\n--edge--\r\n".encode()


def forwarded(content: bytes, name: str = "School taxi.msg", limits: ParseLimits | None = None) -> ParsedMessage:
    """That message, read."""
    return parse(with_file(content, name), limits)


def plain(message: ParsedMessage) -> str:
    """Its own plain text."""
    return "\n".join((body.plain or "").strip() for body in message.bodies)


def all_words(message: ParsedMessage) -> str:
    """Its own words and those of the messages in it."""
    own = [text for body in message.bodies for text in (body.plain, body.html) if text]
    return "\n".join([*own, *(all_words(nested) for nested in message.nested)])


def assert_only_listed(message: ParsedMessage, name: str, note: str = UNREAD) -> None:
    """The file is an attachment, the note beside it is read, and a person looks."""
    assert message.nested == ()
    assert [one.name for one in message.attachments] == [name]
    assert message.notes == (note,)
    assert message.cut
    assert plain(message) == NOTE
