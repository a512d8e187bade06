"""Is it the same message? In several mailboxes, or sent again, it is one message with several deliveries."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from triage.domain.case import CaseStatus, KnownMessage
from triage.domain.message import Authorship, ParsedMessage, normalised

# The same words from the same sender under a new Message-ID are the same message sent again within this time. A few words
# ("any news?") say something new sooner than a letter does.
_SENT_AGAIN_WITHIN = timedelta(days=90)
_A_FEW_WORDS = 40
_A_FEW_WORDS_SENT_AGAIN_WITHIN = timedelta(days=2)
# A copy may differ by a banner above it or a notice below it; words shorter than this could stand in any message.
_ENOUGH_TO_KNOW_A_COPY = 20


def find_same(
    message: ParsedMessage, whose: Authorship, fingerprint: str, received_at: datetime, known: Sequence[KnownMessage]
) -> KnownMessage | None:
    """The message in the store that this one is, or None.

    A Message-ID alone proves nothing (web forms repeat theirs, and anyone can write one): the sender and the words must be the
    same too. Sent again to a case that has been closed, the same words are a new message.
    """
    for candidate in known:
        if candidate.sender != message.sender.address:
            continue
        same_words = candidate.fingerprint == fingerprint
        if message.message_id is not None and candidate.message_id == message.message_id:
            if same_words or (_sent_together(whose, candidate) and _one_holds_the_other(whose.text, candidate.text)):
                return candidate
        elif same_words and _sent_again(candidate, whose.text, received_at):
            return candidate
    return None


def _sent_together(whose: Authorship, candidate: KnownMessage) -> bool:
    """Whether both say that they were sent in the same second: a copy does, new words under an old Message-ID do not."""
    return whose.sent_at is not None and candidate.sent_at == whose.sent_at


def _one_holds_the_other(one: str, other: str) -> bool:
    shorter, longer = sorted((normalised(one), normalised(other)), key=len)
    return len(shorter) >= _ENOUGH_TO_KNOW_A_COPY and shorter in longer


def _sent_again(candidate: KnownMessage, text: str, received_at: datetime) -> bool:
    if not candidate.sender or (candidate.case is not None and candidate.case.status is CaseStatus.CLOSED):
        return False
    within = _SENT_AGAIN_WITHIN if len(normalised(text)) > _A_FEW_WORDS else _A_FEW_WORDS_SENT_AGAIN_WITHIN
    return abs(received_at - candidate.received_at) <= within
