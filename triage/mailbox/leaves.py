"""One part of a message: its content decoded, its parameters and names read. Nothing here raises on what a sender wrote."""

import quopri
import re
from binascii import Error as BinasciiError
from binascii import a2b_uu
from email.errors import MessageParseError
from email.message import Message
from typing import Any

from triage.mailbox.charsets import clean, decode
from triage.mailbox.headers import decoded, lenient_base64, unfolded

# What the standard library raises on parameters that contradict each other, and on headers that it cannot write.
LIBRARY_FAULTS = (TypeError, ValueError, LookupError, AttributeError, MessageParseError)

_LONGEST_NAME = 500
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} (.+?)\r?$", re.MULTILINE)
_CALENDAR_FIELD = re.compile(r"^(SUMMARY|DESCRIPTION|LOCATION)(?:;[^:\r\n]*)?:(.*)$", re.IGNORECASE | re.MULTILINE)
_NAME_JUNK = re.compile(r"[\x00-\x1f\x7f]+")


def children(part: Message) -> list[Message]:
    """The parts of a container; none where it has no parts or is a leaf."""
    payload = part.get_payload() if part.is_multipart() else None
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def wire(part: Message) -> str:
    """A leaf's content as it was sent, its bytes as ASCII and lone surrogates; an empty string for a container.

    `get_payload()` would decode 8-bit content by a charset that is yet to be judged, and put U+FFFD for what does not fit.
    """
    payload = part._payload  # type: ignore[attr-defined]
    return payload if isinstance(payload, str) else ""


def parameter(part: Message, name: str) -> str:
    """A parameter of the Content-Type; an empty string where there is none or it cannot be read."""
    try:
        value = part.get_param(name)
    except LIBRARY_FAULTS:
        return ""
    return value if isinstance(value, str) else ""


def charset(part: Message) -> str | None:
    """The charset that is stated, or None where there is none or it cannot be read."""
    try:
        return part.get_content_charset()
    except LIBRARY_FAULTS:
        return None


def disposition(part: Message) -> str:
    """The Content-Disposition's first word, in lower case; an empty string where there is none."""
    match = re.match(r"\s*([a-z0-9_-]+)", str(part.get("content-disposition", "")).lower())
    return match[1] if match else ""


def transfer_encoding(part: Message) -> str:
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


def decoded_bytes(content: str, encoding: str) -> tuple[bytes, bytes]:
    """The part's bytes, and text that a list server wrote behind its base64 (otherwise empty)."""
    wire = content.encode("utf-8", "surrogateescape")
    if encoding == "quoted-printable":
        # Blanks behind a soft line break were added on the way (RFC 2045 section 6.7, rule 3).
        return quopri.decodestring(re.sub(rb"=[ \t]+(?=\r?\n)", b"=", wire)), b""
    if encoding == "base64":
        return _from_base64(content, wire)
    if encoding in ("uuencode", "x-uuencode", "uue", "x-uue"):
        decoded_parts = [data for _, data in uuencoded(content)[1]]
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


def uuencoded(content: str) -> tuple[str, list[tuple[str, bytes]]]:
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


def unflowed(part: Message, text: str) -> str:
    """RFC 3676 format=flowed: soft line breaks taken out, stuffed spaces removed. Signature and quoted lines stay apart.

    A sign of quoting behind a stuffed space was typed by the author, as a bullet or an arrow: it becomes one that quotes nothing.
    """
    flowed = parameter(part, "format")
    if flowed.lower() != "flowed":
        return text
    delsp = parameter(part, "delsp").lower() == "yes"
    lines = text.splitlines()
    # Some gateways put a space before every line.
    stuffed = not all(line.startswith(" ") for line in lines if line)
    out: list[str] = []
    open_quote: int | None = None
    for line in lines:
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        if stuffed and not depth and line.startswith(" >"):
            signs = len(content) - len(content.lstrip(">"))
            content = "›" * signs + content[signs:]
        soft = content.endswith(" ") and content != "-- "
        if open_quote == depth and content != "-- " and out:
            out[-1] += content
        else:
            out.append((">" * depth + " " if depth else "") + content)
        if soft and delsp:
            out[-1] = out[-1][:-1]
        open_quote = depth if soft else None
    return "\n".join(out)


def report_text(part: Message) -> str:
    """The fields of a delivery report or receipt, a line each."""
    blocks = children(part)
    if not blocks:
        return decode(decoded_bytes(wire(part), transfer_encoding(part))[0], None)
    return "\n\n".join("\n".join(f"{key}: {unfolded(str(value))}" for key, value in block.raw_items()) for block in blocks[:50])


def calendar_text(text: str) -> str:
    """What an invitation says, for a person: its summary, place and description (RFC 5545 section 3.1 unfolded)."""
    unfolded_text = re.sub(r"\r?\n[ \t]", "", text[:50_000])
    lines = [match[2].strip() for match in _CALENDAR_FIELD.finditer(unfolded_text)]
    return "\n".join(line.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";") for line in lines)


def looks_like_html(text: str) -> bool:
    """Whether a text that is declared plain is a page."""
    return bool(re.match(r"\s*(<!doctype html|<html[\s>]|<head[\s>]|<body[\s>])", text[:500], re.IGNORECASE))


def message_bytes(message: Message) -> bytes:
    """An attached message as bytes; without its header where the library cannot write that again."""
    try:
        return message.as_bytes(unixfrom=False)
    except (RecursionError, *LIBRARY_FAULTS):
        return wire(message).encode("utf-8", "surrogateescape")


def file_name(part: Message) -> str:
    """The name of an attached file as its sender saw it, without a path; an empty string where it has none."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            stated: list[tuple[str, Any]] = _readable_header(part, header).get_params([], header=header)
            values = [value for key, value in stated if key.lower() == parameter]
            # Both forms may be given (RFC 6266 section 4.3): the encoded one is the full name.
            value = next((value for value in values if isinstance(value, tuple)), values[0] if values else None)
        except LIBRARY_FAULTS:
            continue
        if isinstance(value, tuple):
            # RFC 2231: (charset, language, text), the text's bytes as Latin-1.
            text = decode(value[2].encode("latin-1", "replace"), value[0])
        else:
            text = value or ""
        name = safe_name(decoded(unfolded(text)))
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


def safe_name(text: str) -> str:
    """A file name on one line, without a path."""
    text = clean(_NAME_JUNK.sub("", text)).strip().strip("\"'")
    return re.split(r"[/\\]", text)[-1].strip()[:_LONGEST_NAME]


def default_name(media_type: str) -> str:
    """What an attachment without a name is called."""
    return {"text/calendar": "invite.ics", "text/rtf": "document.rtf", "application/pdf": "document.pdf"}.get(media_type, "attachment")
