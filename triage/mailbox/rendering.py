"""A .msg file as the mail it was, in RFC 5322: so that a backlog saved from Outlook is taken in like any mail.

The same file gives the same bytes, always: an import that is repeated knows the message again. The header is that which Outlook
kept, or one made of what it knows; the bodies and attachments are the file's. Only `files` imports this.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from triage.mailbox import outlook
from triage.mailbox.mapi import Held, OutlookMessage, Unreadable
from triage.mailbox.walk import ParseLimits

_LINE_BYTES = 57 * 1000
_TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,120}")


def rendered(data: bytes) -> bytes:
    """The mail in a .msg file. Raises Unreadable where anything of it cannot be read, and for what is no mail (a contact, say)."""
    try:
        with outlook.opened(data) as message:
            if not message.is_mail:
                raise Unreadable
            return b"".join(_Rendering(ParseLimits()).message(message, 0))
    except RecursionError as error:
        raise Unreadable from error


@dataclass(slots=True)
class _Rendering:
    """One message being written. What is beyond the bounds is left out but for one: the parser then says so."""

    limits: ParseLimits
    parts: int = 0

    def message(self, message: OutlookMessage, depth: int) -> Iterator[bytes]:
        """The message with its header, in pieces."""
        self.parts += 1
        # No content can hold such a line: it is in base64, where neither "-" nor "_" is a letter, or a header field.
        boundary = f"=_outlook_{self.parts:06}"
        report = message.report_type
        kind = "mixed" if report is None else f"report; report-type={report}"
        yield f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="{boundary}"\r\n'.encode()
        yield message.header_block()
        for part in self._parts(message, depth):
            yield f"--{boundary}\r\n".encode()
            yield from part
            yield b"\r\n"
        yield f"--{boundary}--\r\n".encode()

    def _parts(self, message: OutlookMessage, depth: int) -> Iterator[Iterator[bytes]]:
        words = message.words(self.limits.text_characters)
        if words.damaged or not words.whole:
            raise Unreadable
        forms = [(kind, text) for kind, text in (("plain", words.body.plain), ("html", words.body.html)) if text]
        if message.calendar_method:
            yield iter([f"Content-Type: text/calendar; method={message.calendar_method}\r\n\r\n".encode()])
        if forms:
            yield _alternative(forms)
        for held in message.held:
            self.parts += 1
            if self.parts > self.limits.parts + 1 or depth > self.limits.depth:
                return
            if held.message is not None:
                yield self._embedded(held, held.message(), depth)
            elif not held.is_shown_in_place:
                yield _file(held)

    def _embedded(self, held: Held, message: OutlookMessage, depth: int) -> Iterator[bytes]:
        name = held.name.removesuffix(".msg")
        yield b"Content-Type: message/rfc822\r\n" + (_disposition(f"{name}.eml") if name else b"") + b"\r\n"
        yield from self.message(message, depth + 1)


def _alternative(forms: list[tuple[str, str]]) -> Iterator[bytes]:
    """One body in its forms. The boundary is like that of a message, and no message has that number."""
    boundary = "=_outlook_000000"
    yield f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode()
    for kind, text in forms:
        yield f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
        yield from _base64(text.encode())
    yield f"--{boundary}--\r\n".encode()


def _file(held: Held) -> Iterator[bytes]:
    kind = held.media_type if _TOKEN.fullmatch(held.media_type) else "application/octet-stream"
    # The parser would look for parts in what is here a file.
    kind = "application/octet-stream" if kind.startswith(("multipart/", "message/")) else kind
    yield f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n".encode() + _disposition(held.name) + b"\r\n"
    yield from _base64(held.content())


def _disposition(name: str) -> bytes:
    """Name of a file in UTF-8, as RFC 2231 writes it."""
    if not name:
        return b"Content-Disposition: attachment\r\n"
    escaped = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in name.encode())
    return f"Content-Disposition: attachment; filename*=utf-8''{escaped}\r\n".encode()


def _base64(content: bytes) -> Iterator[bytes]:
    """Lines of base64, some at a time."""
    for start in range(0, len(content), _LINE_BYTES):
        yield base64.encodebytes(content[start : start + _LINE_BYTES]).replace(b"\n", b"\r\n")
