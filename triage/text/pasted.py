"""A message that a colleague pasted in by hand, behind a sentence that says whose it is."""

import re

from triage.domain.message import Address, Attachment, Authorship, ParsedMessage
from triage.text.chain import IsOwn
from triage.text.dates import parse_date
from triage.text.marks import announces
from triage.text.own_words import own_words

# "... from Joan Whitlow (joan.whitlow@family.example), 3 March:" and then the message.
_INTRODUCED = re.compile(
    r"(?P<name>(?:(?:Mrs|Mr|Ms|Miss|Dr|Cllr)\.? )?[A-ZÀ-ÝŁŚŻ][\w'’-]{1,30}(?: [A-ZÀ-ÝŁŚŻ][\w'’-]{1,30}){0,3})?,?\s?"
    r"[(<\[](?:mailto:)?(?P<mail>[^\s<>()\[\]@]{1,64}@[^\s<>()\[\]]{1,190})[)>\]][^:\n]{0,160}:\s*\n"
)
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+(?: \d{4})?|\d{1,2}/\d{1,2}/\d{2,4}")
_QUOTED = re.compile(r"\s*[\"“”](.+?)[\"”]\s*(?:\n|$)", re.DOTALL)
# Such a sentence stands at the beginning of the colleague's mail.
_LOOKED_AT = 1_200
_FEWEST_WORDS = 4


def introduced(text: str, message: ParsedMessage, attachments: tuple[Attachment, ...], is_own: IsOwn) -> Authorship | None:
    """Whose message was pasted into the text of a colleague's mail, or None."""
    for match in _INTRODUCED.finditer(text[:_LOOKED_AT]):
        mail = match["mail"].lower()
        if is_own(mail.rpartition("@")[2]):
            continue
        words = _pasted(text[match.end() :])
        if len(words.split()) < _FEWEST_WORDS:
            return None
        author = Address(mail, (match["name"] or "").strip())
        return Authorship(
            author=author,
            subject=None,
            sent_at=parse_date(_last_day(text[max(0, match.start() - 200) : match.end()]), message.sent_at),
            text=own_words(words, author, organisation=False),
            forwarded=True,
            forwarder=message.sender.address or None,
            attachments=attachments,
            note=own_words(text[: match.end()], message.sender),
            evidence=("A colleague pasted it in; the author is read from the sentence before it.",),
            doubt="It was pasted in by hand.",
        )
    return None


def _pasted(text: str) -> str:
    """What was pasted: between quotation marks where it stands in some, otherwise to the end or to a mark that says so."""
    quoted = _QUOTED.match(text)
    if quoted:
        return quoted[1]
    lines = text.split("\n")
    ending = next((i for i, line in enumerate(lines) if announces(line) == "end"), len(lines))
    return "\n".join(lines[:ending])


def _last_day(sentence: str) -> str:
    days = _DAY.findall(sentence)
    return days[-1] if days else ""
