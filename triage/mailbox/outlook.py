"""Outlook's .msg files: a compound file ([MS-CFB]) of property storages ([MS-OXMSG]).

olefile reads the container; python-oxmsg, which reads the messages in it, loads every stream at once and decodes strictly, and
extract-msg may not be used under this licence. Only `attached` and `rendering` import this, and only where such a file is met.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from olefile import OleFileIO
from olefile.olefile import DEFECT_INCORRECT, STGTY_STORAGE, STGTY_STREAM, OleFileError

from triage.mailbox.mapi import NUMBERS, TWO_BYTES, WANTED, Held, OutlookMessage, Properties, Tag, Type, Unreadable

# What olefile raises on damaged files, beside its own error (an OSError): it trusts numbers in them.
_FAULTS = (OSError, ValueError, LookupError, ArithmeticError, RecursionError, AttributeError, TypeError, struct.error)
# Streams and storages in one file; olefile keeps an object for each and compares each with those before it. Outlook writes
# some 20 for each person that a message went to.
_MOST_ENTRIES = 15_000
_MOST_PROPERTIES = 5000
_SECTOR_SHIFTS = (9, 12)
_MOST_SPARE_FAT_SECTORS = 128
# Places in the file's header, [MS-CFB] section 2.2: the sector's size as a power of two, and the sectors that the FAT has.
_SECTOR_SHIFT, _FAT_SECTORS = struct.Struct("<30xH"), struct.Struct("<44xI")
_PROPERTY_STREAM = "__properties_version1.0"
_RECIPIENT, _ATTACHMENT = "__recip_version1.0_#", "__attach_version1.0_#"
# What stands before the properties in their stream, [MS-OXMSG] section 2.4.1.
_HEADER_OF_FILE, _HEADER_OF_EMBEDDED, _HEADER_OF_PART = 32, 24, 8
_PROPERTY = struct.Struct("<HH4x8s")
_BODIES = frozenset({Tag.BODY, Tag.HTML, Tag.RTF})
_LONGEST_OTHER = 1_000_000


class _File(OleFileIO):  # type: ignore[misc]  # the library is not typed
    """A compound file with a bound on its entries."""

    _entries = 0

    def _load_direntry(self, sid: int) -> Any:
        self._entries += 1
        if self._entries > _MOST_ENTRIES:
            raise OleFileError("too many entries")
        return super()._load_direntry(sid)


@dataclass(slots=True)
class _Reading:
    """One file being read. Streams that overlap could make much of little: all together yield not more than `left` bytes.

    `damaged` says that a property could not be read.
    """

    file: _File
    left: int
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class _Storage:
    """A folder of the compound file: its path, and the names in it, in lower case, with their entries."""

    reading: _Reading
    path: tuple[str, ...]
    entries: dict[str, Any]

    def stream(self, name: str) -> bytes | None:
        """The bytes of a stream; None where there is none. Raises Unreadable."""
        entry = self.entries.get(name.lower())
        if entry is None or entry.entry_type != STGTY_STREAM:
            return None
        if entry.size == 0:
            # Some programs give it a place all the same, which olefile takes for damage.
            return b""
        self.reading.left -= entry.size
        if self.reading.left < 0:
            raise Unreadable
        try:
            data: bytes = self.reading.file.openstream([*self.path, entry.name]).getvalue()
        except _FAULTS as error:
            raise Unreadable from error
        return data

    def storage(self, name: str) -> "_Storage | None":
        """A storage in it; None where there is none."""
        entry = self.entries.get(name.lower())
        if entry is None or entry.entry_type != STGTY_STORAGE:
            return None
        return _Storage(self.reading, (*self.path, entry.name), entry.kids_dict)

    def storages(self, beginning: str) -> "Iterator[_Storage]":
        """The storages whose names begin like this, in the order of their numbers."""
        for name in sorted(self.entries):
            if name.startswith(beginning) and (found := self.storage(name)):
                yield found


@contextmanager
def opened(data: bytes) -> Iterator[OutlookMessage]:
    """A .msg file, whose attachments can be read as long as it is open. Raises Unreadable."""
    if not _is_plausible(data):
        raise Unreadable
    buffer = BytesIO(data)
    try:
        file = _File(buffer, raise_defects=DEFECT_INCORRECT)
        root = _Storage(_Reading(file, 2 * len(data)), (), file.root.kids_dict)
    except _FAULTS as error:
        raise Unreadable from error
    try:
        if _PROPERTY_STREAM not in root.entries:
            raise Unreadable
        yield _message(root, _HEADER_OF_FILE)
    finally:
        # olefile's objects hold each other, and so the file, until Python next looks for such rings.
        buffer.close()


def _is_plausible(data: bytes) -> bool:
    """Whether the FAT is of the size that the file needs, more or less: olefile would follow one that goes in a circle so far."""
    if len(data) < _FAT_SECTORS.size:
        return False
    (shift,), (fat_sectors,) = _SECTOR_SHIFT.unpack_from(data), _FAT_SECTORS.unpack_from(data)
    return shift in _SECTOR_SHIFTS and fat_sectors <= 2 * (len(data) >> (2 * shift - 2)) + _MOST_SPARE_FAT_SECTORS


def _message(storage: _Storage, header: int) -> OutlookMessage:
    own = _properties(storage, header, None)
    page = own.number(Tag.MESSAGE_CODE_PAGE) or own.number(Tag.INTERNET_CODE_PAGE)
    recipients = [_properties(one, _HEADER_OF_PART, page) for one, _ in zip(storage.storages(_RECIPIENT), range(200), strict=False)]
    return OutlookMessage(own, recipients, _held(storage, page))


def _held(storage: _Storage, page: int | None) -> Iterator[Held]:
    """What is attached, read one by one. Raises Unreadable at the end where anything on the way could not be read."""
    for one in storage.storages(_ATTACHMENT):
        yield _attached(one, _properties(one, _HEADER_OF_PART, page))
    if storage.reading.damaged:
        raise Unreadable


def _attached(storage: _Storage, own: Properties) -> Held:
    embedded = storage.storage(f"__substg1.0_{Tag.ATTACH_DATA:04X}{Type.OBJECT:04X}")
    # An object of another program (a drawing, say) is such a storage too, without properties.
    is_message = embedded is not None and _PROPERTY_STREAM in embedded.entries

    def content() -> bytes:
        return storage.stream(f"__substg1.0_{Tag.ATTACH_DATA:04X}{Type.BINARY:04X}") or b""

    def message() -> OutlookMessage:
        if embedded is None:
            raise Unreadable
        return _message(embedded, _HEADER_OF_EMBEDDED)

    return Held(own, content, message if is_message else None)


def _properties(storage: _Storage, header: int, page: int | None) -> Properties:
    """The properties that are read; one that is damaged is passed over and noted."""
    values: dict[int, tuple[int, bytes]] = {}
    fixed = (_stream(storage, _PROPERTY_STREAM) or b"")[header:]
    count = min(len(fixed) // _PROPERTY.size, _MOST_PROPERTIES)
    for kind, number, value in _PROPERTY.iter_unpack(fixed[: count * _PROPERTY.size]):
        if (kind in NUMBERS or kind == Type.TIME) and number in WANTED:
            values[number] = (kind, value[:2] if kind in TWO_BYTES else value)
    for tag in WANTED - {Tag.ATTACH_DATA}:
        for kind in (Type.UNICODE, Type.STRING8, Type.BINARY):
            data = _stream(storage, f"__substg1.0_{tag:04X}{kind:04X}")
            if data is not None:
                values[tag] = (kind, data if tag in _BODIES else data[:_LONGEST_OTHER])
                break
    return Properties(values, page)


def _stream(storage: _Storage, name: str) -> bytes | None:
    try:
        return storage.stream(name)
    except Unreadable:
        storage.reading.damaged = True
        return None
