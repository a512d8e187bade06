"""Header fields to text, addresses and dates.

mail-parser reads addresses and dates (it recovers what the standard library refuses, and refuses what cannot be told);
encoded words are decoded here, because both drop raw 8-bit text and characters that were split between two words.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import islice

from mailparser.dates import parse_mail_date
from mailparser.utils import get_addresses

from triage.domain.message import Address
from triage.mailbox.charsets import clean, decode

# A field of this program's own: the header was made of what Outlook kept, and its author is known there by a path in Exchange's directory.
DIRECTORY_FIELD, IN_DIRECTORY = "X-Outlook-Sender", "exchange directory"

# RFC 2047 section 2, and what is really sent: spaces inside, a missing final "?=".
_WORD = re.compile(r"=\?([A-Za-z0-9_.:*\-]+)\?([bBqQ])\?(.*?)(?:\?=|\?$|$)", re.DOTALL)
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[A-Za-z0-9_.:*\-]+\?[bBqQ]\?)")
_FOLD = re.compile(r"\r\n|\r|\n")
_SPACES = re.compile(r"[ \t\x00-\x1f\x7f]+")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
# "Okafor, Daniel <d.okafor@example.org>": one address, whose name should have been quoted.
_UNQUOTED_COMMA = re.compile(r"([^<>@\",;:]+,[^<>@\";:]+)<([^<>@\s]+@[^<>@\s]+)>")
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
# RFC 5321 section 4.5.3.1: 64 letters before the @ and 255 behind it.
_LONGEST_ADDRESS = 320
_LONGEST_NAME = 300
# An address field that cannot be parsed is searched this far, and so many fields of one name are read.
_LONGEST_ODD_ADDRESS = 1000
_MOST_FIELDS = 20
# A header longer than this is cut: no field that is read here is, and decoding costs time.
_LONGEST = 20_000


def values(message: Message, name: str) -> Iterator[str]:
    """Every value of a header field as text, 8-bit bytes decoded, unfolded, encoded words still in place."""
    wanted = name.lower()
    for key, value in message.raw_items():
        if key.lower() == wanted:
            yield unfolded(str(value))


def unfolded(value: str) -> str:
    """One field's value on one line, its raw bytes decoded."""
    value = value[:_LONGEST]
    if not value.isascii():
        value = decode(value.encode("utf-8", "surrogateescape"), None)
    return _SPACES.sub(" ", _FOLD.sub("", value.replace("\0", ""))).strip()


def first(message: Message, name: str) -> str:
    """The first value of a header field as a person reads it; an empty string where there is none."""
    return decoded(next(values(message, name), ""))


def decoded(value: str) -> str:
    """Text with its encoded words (RFC 2047) decoded.

    Neighbouring words of one charset are joined before they are decoded, because senders split characters between them.
    What is no encoded word stays as it is.
    """
    if "=?" not in value:
        return value
    value = _BETWEEN_WORDS.sub(r"\1", value)
    pieces: list[str] = []
    pending = b""
    pending_charset = ""
    position = 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        charset = word[1].partition("*")[0].lower()
        data = _word_bytes(word[2], word[3])
        if pending and (between or charset != pending_charset):
            pieces.append(decode(pending, pending_charset))
            pending = b""
        pieces.append(between)
        pending += data
        pending_charset = charset
        position = word.end()
    if pending:
        pieces.append(decode(pending, pending_charset))
    pieces.append(value[position:])
    return _SPACES.sub(" ", clean("".join(pieces))).strip()


def _word_bytes(encoding: str, content: str) -> bytes:
    if encoding in "qQ":
        return quopri.decodestring(content.replace("_", " ").encode("utf-8", "surrogateescape"), header=False)
    return lenient_base64(content)


def lenient_base64(content: str) -> bytes:
    """Bytes of base64 text whatever its padding; characters outside the alphabet are passed over."""
    letters = re.sub(r"[^A-Za-z0-9+/]", "", content.split("=", 1)[0] if "=" in content.rstrip("= \r\n") else content)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return b""


def addresses(message: Message, name: str) -> tuple[Address, ...]:
    """The addresses of a field, without empty ones. Where only a name can be told, the address is empty."""
    found: list[Address] = []
    for value in islice(values(message, name), _MOST_FIELDS):
        if unquoted := _UNQUOTED_COMMA.fullmatch(value):
            found.append(Address(_address(unquoted[2]), _name(unquoted[1])))
            continue
        parsed = [Address(_address(address), _name(display)) for display, address in get_addresses(value)]
        parsed = [one for one in parsed if one.address or one.name]
        if not any(one.address for one in parsed):
            parsed = _recovered(value) or parsed
        found.extend(parsed)
    return tuple(found)


def _address(text: str) -> str:
    text = clean(text).strip().strip("<>'\"").lower()
    return text if "@" in text and len(text) <= _LONGEST_ADDRESS and not re.search(r"\s", text) else ""


def _name(text: str) -> str:
    name = decoded(text).strip()
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return re.sub(r"\\(.)", r"\1", name)[:_LONGEST_NAME]


def _recovered(value: str) -> list[Address]:
    """An address that stands somewhere in a field which cannot be parsed: the last one, with what stands before it as name."""
    text = decoded(value)[:_LONGEST_ODD_ADDRESS]
    matches = list(_ADDRESS.finditer(text))
    if not matches:
        name = _name(text.strip(" <>;:,"))
        return [Address("", name)] if name else []
    last = matches[-1]
    return [Address(_address(last[0].strip(".")), _name(text[: last.start()].strip(" <>\"'(),;:")))]


def message_ids(message: Message, name: str) -> tuple[str, ...]:
    """The Message-IDs in a field (RFC 5322 section 3.6.4), in angle brackets, in order, without repeats; at most 100."""
    found: dict[str, None] = {}
    for value in islice(values(message, name), _MOST_FIELDS):
        for match in _MESSAGE_ID.finditer(value):
            found[f"<{match[1][:500]}>"] = None
    return tuple(found)[-100:]


def own_message_id(message: Message) -> str | None:
    """The Message-ID as the sender gave it, or None."""
    value = next(values(message, "message-id"), "")
    match = _MESSAGE_ID.search(value)
    if match:
        return f"<{match[1][:500]}>"
    return value[:500] or None


def date_of(text: str) -> datetime | None:
    """A date as written in a header, with the offset written there; None where it cannot be told."""
    result = parse_mail_date(text)
    try:
        if isinstance(result.value, datetime):
            return result.value.astimezone(timezone(timedelta(hours=float(result.timezone or 0))))
        value = parsedate_to_datetime(text)
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        return value if 1970 <= value.year <= 9998 else None
    except (ValueError, TypeError, IndexError, OverflowError):
        # An offset of a day or more, say: the moment itself is known all the same.
        return result.value if isinstance(result.value, datetime) else None


def sent_at(message: Message) -> datetime | None:
    """When the sender says it was sent."""
    return date_of(next(values(message, "date"), ""))


def received_at(message: Message) -> datetime | None:
    """When the council's own server took it, by the topmost Received field (RFC 5321 section 4.4); None without one."""
    newest = next(values(message, "received"), "")
    return date_of(newest.rpartition(";")[2].strip()) if ";" in newest else None
