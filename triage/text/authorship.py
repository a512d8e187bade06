"""Whose words are these? Managers forward mail so that it gets logged: the author is the family, not the manager."""

import re
from collections.abc import Callable

from triage.domain.message import Authorship, ParsedMessage, Structure

_FORWARD_SUBJECT = re.compile(r"\s*(fw|fwd|wg|tr|rv)\s*(\[\d+\])?\s*:", re.IGNORECASE)

_MACHINE = re.compile(r"(no[-_.]?reply|do[-_.]?not[-_.]?reply|web[-_.]?forms?|forms?|mailer-daemon|notifications?)@", re.IGNORECASE)


def authorship(message: ParsedMessage, text: str, is_own: Callable[[str], bool]) -> Authorship:
    """Who wrote `text`, the readable text of `message`.

    The sender, unless the sender is a colleague who passes a message on (an attached message, or a subject that says so):
    whose words it then holds is left open, so that the message goes to a person and nobody becomes a party to a case by
    having forwarded it. A member of the public who passes something on is the author. Of a web form, sent by a machine, the author
    is whom it says to answer.
    """
    by_a_person = message.structure in (Structure.ORDINARY, Structure.LIST)
    forwarded = by_a_person and is_own(message.sender.domain) and (bool(message.nested) or bool(_FORWARD_SUBJECT.match(message.subject)))
    relayed = is_own(message.sender.domain) or message.automatic or bool(_MACHINE.match(message.sender.address))
    answer = message.reply_to
    through_a_form = relayed and bool(answer.address) and not is_own(answer.domain) and answer.address != message.sender.address
    if not forwarded:
        return Authorship(
            party=through_a_form or not relayed,
            author=answer if through_a_form else message.sender,
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
