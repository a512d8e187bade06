"""Whose words are these? Managers forward mail so that it gets logged: the author is the family, not the manager."""

import re
from collections.abc import Callable

from triage.domain.message import Authorship, ParsedMessage, Structure

_FORWARD_SUBJECT = re.compile(r"\s*(fw|fwd|wg|tr|rv)\s*(\[\d+\])?\s*:", re.IGNORECASE)


def authorship(message: ParsedMessage, text: str, is_own: Callable[[str], bool]) -> Authorship:
    """Who wrote `text`, the readable text of `message`.

    The sender, unless the sender is a colleague who passes a message on (an attached message, or a subject that says so):
    whose words it then holds is left open, so that the message goes to a person and nobody becomes a party to a case by
    having forwarded it. A member of the public who passes something on is the author.
    """
    by_a_person = message.structure in (Structure.ORDINARY, Structure.LIST)
    forwarded = by_a_person and is_own(message.sender.domain) and (bool(message.nested) or bool(_FORWARD_SUBJECT.match(message.subject)))
    if not forwarded:
        return Authorship(
            author=message.sender,
            subject=message.subject,
            sent_at=message.sent_at,
            text=text,
            forwarded=False,
            forwarder=None,
            attachments=message.attachments,
        )
    return Authorship(
        author=type(message.sender)(),
        subject=None,
        sent_at=None,
        text=text,
        forwarded=True,
        forwarder=message.sender.address or None,
        attachments=message.attachments,
    )
