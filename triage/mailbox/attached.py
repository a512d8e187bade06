"""Attached files that are messages: saved mail (.eml), Outlook's .msg, and the winmail.dat in which Outlook hides the rest.

Managers forward mail "as attachment", and what a family wrote is then in such a file. What is opened counts against the bounds
of the walk like any part; what cannot be opened stays an attachment, and a person is told to look.
"""

import email
import hashlib
from enum import StrEnum
from pathlib import PurePath

from triage.domain.message import Attachment, Body, ParsedMessage, fingerprint
from triage.mailbox import repair, tnef
from triage.mailbox.mapi import COMPOUND_FILE, Held, OutlookMessage, Unreadable
from triage.mailbox.walk import Found, Walk, assembled

MAIL_TYPE, OUTLOOK_TYPE = "message/rfc822", "application/vnd.ms-outlook"
_TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_TNEF_NAMES = frozenset({"winmail.dat", "win.dat"})
_SEALED_TYPES = frozenset({"multipart/signed", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_UNREAD_MESSAGE = "an attached Outlook message could not be read"
_UNREAD_TNEF = "an attachment in Outlook's own format could not be read"


class Kind(StrEnum):
    """What an attached file is by its type and name; its content decides."""

    MAIL = "mail"
    OUTLOOK = "outlook"
    TNEF = "tnef"


def kind_of(media_type: str, name: str) -> Kind | None:
    """What kind of message a file may be; None for any other file."""
    ending = PurePath(name.lower()).suffix
    if media_type in _TNEF_TYPES or name.lower() in _TNEF_NAMES:
        return Kind.TNEF
    if media_type == OUTLOOK_TYPE or ending == ".msg":
        return Kind.OUTLOOK
    return Kind.MAIL if ending == ".eml" or media_type == MAIL_TYPE else None


def opened(kind: Kind, name: str, content: bytes, found: Found, walk: Walk, *, depth: int) -> bool:
    """Collect what is in a file, and whether that is all of it: otherwise it is to be listed as any attachment.

    Raises MessageError past the time limit. A file that should be a message and cannot be read is noted.
    """
    if repair.is_mail(content) and kind is not Kind.TNEF:
        return _open_mail(name, content, found, walk, depth)
    if kind is Kind.OUTLOOK:
        return _open_outlook(name, content, found, walk, depth)
    return kind is Kind.TNEF and _open_tnef(content, found, walk, depth)


def _open_mail(name: str, content: bytes, found: Found, walk: Walk, depth: int) -> bool:
    nested = walk.read_mail(content, walk, depth + 1)
    if nested is None:
        return False
    found.nested.append(nested)
    found.attachments.append(_listed(name or f"{nested.subject[:100] or 'message'}.eml", MAIL_TYPE, content))
    return True


def _open_outlook(name: str, content: bytes, found: Found, walk: Walk, depth: int) -> bool:
    if not content.startswith(COMPOUND_FILE):
        walk.cut_short(_UNREAD_MESSAGE)
        return False
    from triage.mailbox import outlook  # noqa: PLC0415 - its library is loaded where it is needed

    try:
        with outlook.opened(content) as message:
            if not message.is_mail:
                return False
            nested = parsed(message, walk, depth + 1)
    except (Unreadable, RecursionError):
        walk.cut_short(_UNREAD_MESSAGE)
        return False
    found.nested.append(nested)
    found.attachments.append(_listed(name or f"{nested.subject[:100] or 'message'}.msg", OUTLOOK_TYPE, content))
    return True


def _open_tnef(content: bytes, found: Found, walk: Walk, depth: int) -> bool:
    """What a winmail.dat holds belongs to the message that carries it: its files are that message's, and so are its words."""
    try:
        message = tnef.opened(content)
    except Unreadable:
        walk.cut_short(_UNREAD_TNEF)
        return False
    before = len(found.attachments)
    body = _body(message, walk)
    found.outlook_bodies.append(body)
    found.calendar_method = found.calendar_method or message.calendar_method
    _collect(message, found, walk, depth)
    if message.damaged:
        walk.cut_short(_UNREAD_TNEF)
    holds_something = bool(body.plain or body.html) or len(found.attachments) > before
    return holds_something and not message.damaged


def parsed(message: OutlookMessage, walk: Walk, depth: int) -> ParsedMessage:
    """A message of Outlook's taken apart like mail, in the bounds of the walk. Raises MessageError past the time limit."""
    found = Found()
    if walk.may_take(depth):
        found.bodies.append(_body(message, walk))
        found.calendar_method = message.calendar_method
        _collect(message, found, walk, depth)
    report = message.report_type
    mime = b"" if report is None else f"Content-Type: multipart/report; report-type={report}\r\n".encode()
    if message.damaged:
        walk.cut_short(_UNREAD_MESSAGE)
    return assembled(email.message_from_bytes(mime + message.header_block()), found, walk)


def _body(message: OutlookMessage, walk: Walk) -> Body:
    try:
        words = message.words(walk.limits.text_characters)
    except Unreadable:
        walk.cut_short(_UNREAD_MESSAGE)
        return Body()
    if words.damaged:
        walk.cut_short(_UNREAD_MESSAGE)
    if not words.whole:
        walk.text_was_cut()
    return Body(words.body.plain and walk.within(words.body.plain), words.body.html and walk.within(words.body.html))


def _collect(message: OutlookMessage, found: Found, walk: Walk, depth: int) -> None:
    """Sort what is attached to a message of Outlook's into `found`, as far as it can be read."""
    try:
        for held in message.held:
            if not walk.may_take(depth + 1):
                return
            if message_in_it := _message_in(held, walk):
                _collect_message(held, message_in_it, found, walk, depth)
            elif not held.is_shown_in_place:
                _collect_file(held, found, walk, depth)
    except (Unreadable, RecursionError):
        walk.cut_short(_UNREAD_MESSAGE)


def _message_in(held: Held, walk: Walk) -> OutlookMessage | None:
    try:
        return held.message() if held.message is not None else None
    except Unreadable:
        walk.cut_short(_UNREAD_MESSAGE)
        return None


def _collect_message(held: Held, message: OutlookMessage, found: Found, walk: Walk, depth: int) -> None:
    """An embedded message has no bytes of its own: its digest is of what it says, and its size that of its texts and files."""
    nested = parsed(message, walk, depth + 1)
    if message.is_mail:
        found.nested.append(nested)
    texts = [text for body in nested.bodies for text in (body.plain, body.html) if text]
    size = sum(len(text.encode()) for text in texts) + sum(one.size for one in nested.attachments)
    digest = fingerprint(nested.sender, nested.reply_to, nested.subject, "\0".join(texts), nested.attachments)
    name = (held.name or nested.subject[:100] or "message").removesuffix(".msg")
    found.attachments.append(Attachment(f"{name}.msg", OUTLOOK_TYPE, size, digest))


def _collect_file(held: Held, found: Found, walk: Walk, depth: int) -> None:
    if held.says_message:
        walk.cut_short(_UNREAD_MESSAGE)
    if held.media_type in _SEALED_TYPES:
        walk.cut_short("it is encrypted or signed and could not be read")
    content = _content(held, walk)
    kind = kind_of(held.media_type, held.name)
    if kind and walk.may_open(len(content)) and opened(kind, held.name, content, found, walk, depth=depth + 1):
        return
    found.attachments.append(_listed(held.name or "attachment", held.media_type, content))


def _content(held: Held, walk: Walk) -> bytes:
    try:
        return held.content()
    except Unreadable:
        walk.cut_short(_UNREAD_MESSAGE)
        return b""


def _listed(name: str, media_type: str, content: bytes) -> Attachment:
    return Attachment(name, media_type, len(content), hashlib.sha256(content).hexdigest())
