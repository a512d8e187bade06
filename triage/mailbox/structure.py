"""Bounces, automatic replies, invitations, receipts and list mail, recognised by headers and MIME structure alone."""

import re
from email.message import Message

from triage.domain.message import Structure
from triage.mailbox.headers import first

_AUTO_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply")
_AUTO_REPLY_PRECEDENCE = frozenset({"auto_reply", "auto-reply", "autoreply"})
_LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "list-help")
_LIST_PRECEDENCE = frozenset({"list", "bulk", "junk"})
# What mail servers call their reports where they put nothing for machines into them. People quote such a subject, and no daemon answers.
_BOUNCE_SUBJECTS = re.compile(
    r"\s*(?:un(?:deliver|mailable)|deliver(?:y|ed)\b.{0,20}\b(?:fail|delay|incomplete|status|problem)|mail delivery|returned mail|"
    r"failure notice|warning: (?:message|could not)|message (?:delayed|undeliverable)|mail system error)",
    re.IGNORECASE,
)
_BOUNCE_SENDERS = re.compile(r"\b(mailer-daemon|postmaster)@", re.IGNORECASE)


def structure_of(message: Message, leaves: frozenset[str], calendar_method: str | None) -> Structure:
    """What the message is.

    `leaves` are the media types found anywhere in it, in lower case; `calendar_method` is the METHOD of an invitation that a
    mail program would show in place (RFC 6047 section 2.4), or None.
    """
    report_type = _parameter(message, "report-type")
    # A person who complains that their mail bounced may attach the report: then it is the person's message.
    is_report = message.get_content_maintype() == "message" or message.get_content_type() == "multipart/report" or _is_daemon(message)
    if is_report and ("message/disposition-notification" in leaves or report_type == "disposition-notification"):
        return Structure.RECEIPT
    if is_report and ("message/delivery-status" in leaves or report_type == "delivery-status"):
        return Structure.BOUNCE
    # An Exchange server, or an old one, that reports a failure without a machine-readable part (RFC 3464 is not older).
    if first(message, "x-failed-recipients") and _is_daemon(message):
        return Structure.BOUNCE
    if _BOUNCE_SENDERS.search(first(message, "from")) and _BOUNCE_SUBJECTS.match(first(message, "subject")):
        return Structure.BOUNCE
    if _is_auto_reply(message):
        return Structure.AUTO_REPLY
    if calendar_method is not None:
        return Structure.CALENDAR
    if any(name in message for name in _LIST_HEADERS) or first(message, "precedence").lower() in _LIST_PRECEDENCE:
        return Structure.LIST
    return Structure.ORDINARY


def _is_daemon(message: Message) -> bool:
    """Whether a mail server sent it: by its name, or by the empty return path that RFC 5321 section 4.5.5 asks of it."""
    sender = first(message, "from") + " " + first(message, "return-path")
    return bool(_BOUNCE_SENDERS.search(sender)) or first(message, "return-path") == "<>"


def _is_auto_reply(message: Message) -> bool:
    """RFC 3834 section 5, and the marks that were used before it."""
    if auto_submitted(message).startswith("auto-replied"):
        return True
    if first(message, "precedence").lower() in _AUTO_REPLY_PRECEDENCE:
        return True
    return any(first(message, name).lower() not in ("", "no", "false") for name in _AUTO_REPLY_HEADERS)


def auto_submitted(message: Message) -> str:
    """The Auto-Submitted keyword in lower case; an empty string where a person sent it."""
    keyword = first(message, "auto-submitted").lower().partition(";")[0].strip()
    return "" if keyword == "no" else keyword


def _parameter(message: Message, name: str) -> str:
    try:
        value = message.get_param(name)
    except (TypeError, ValueError, LookupError, AttributeError):
        return ""
    return value.lower() if isinstance(value, str) else ""
