"""A message that a colleague pasted in by hand, behind a sentence that says whose it is."""

import re

from triage.domain.message import Address, Attachment, Authorship, ParsedMessage
from triage.text.chain import IsOwn
from triage.text.dates import parse_date
from triage.text.marks import announces
from triage.text.own_words import own_words

# "... from Joan Whitlow (joan.whitlow@family.example), 3 March:", or "Joan Whitlow (...) e-mailed me on 3 March at 7:40 with the subject
# "No bus" and she wrote:", and then the message.
_INTRODUCED = re.compile(
    r"(?P<name>(?:(?:Mrs|Mr|Ms|Miss|Dr|Cllr)\.? )?[A-ZÀ-ÝŁŚŻ][\w'’-]{1,30}(?: [A-ZÀ-ÝŁŚŻ][\w'’-]{1,30}){0,3})?,?\s?"
    r"[(<\[](?:mailto:)?(?P<mail>[^\s<>()\[\]@]{1,64}@[^\s<>()\[\]]{1,190})[)>\]](?:[^:\n]|(?<=\d):(?=\d)){0,240}:\s*\n"
)
_SUBJECT = re.compile(
    r"\b(?:subject(?: line| of)?|headed|titled|entitled|heading)\b\W{1,3}[\"“']([^\"”\n]{1,150})[\"”'](?!\w)", re.IGNORECASE
)
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+(?: \d{4})?|\d{1,2}/\d{1,2}/\d{2,4}")
_OPENING = re.compile(r"\s{0,10}[\"“”]")
_CLOSING = re.compile(r"[\"”] {0,10}(?:\n|$)")
_MARKS = ('"', "“", "”")
# Such a sentence stands at the beginning of the colleague's mail.
_LOOKED_AT = 1_200
_FEWEST_WORDS = 4


def introduced(text: str, message: ParsedMessage, attachments: tuple[Attachment, ...], is_own: IsOwn) -> Authorship | None:
    """Whose message was pasted into the text of a colleague's mail, or None."""
    for match in _INTRODUCED.finditer(text[:_LOOKED_AT]):
        mail = match["mail"].lower()
        if is_own(mail.rpartition("@")[2]):
            continue
        words, below = _pasted(text[match.end() :])
        if len(words.split()) < _FEWEST_WORDS:
            return None
        author = Address(mail, (match["name"] or "").strip())
        subject = _SUBJECT.search(match[0])
        # A day in its subject is not the day on which it was written.
        sentence = text[max(0, match.start() - 200) : match.end()]
        sentence = sentence.replace(subject[1], " ") if subject else sentence
        notes = (own_words(part, message.sender) for part in (text[: match.end()], below))
        return Authorship(
            author=author,
            subject=subject[1].strip() if subject else None,
            sent_at=parse_date(_last_day(sentence), message.sent_at),
            text=own_words(words, author, organisation=False),
            forwarded=True,
            forwarder=message.sender.address or None,
            attachments=attachments,
            note="\n\n".join(note for note in notes if note),
            evidence=("A colleague pasted it in; the author is read from the sentence before it.",),
            doubt="It was pasted in by hand.",
        )
    return None


def _pasted(text: str) -> tuple[str, str]:
    """What was pasted, and what stands below it: between quotation marks where it stands in some, otherwise to the end or to a mark."""
    quoted = _quoted(text)
    if quoted is not None:
        return quoted
    lines = text.split("\n")
    ending = next((i for i, line in enumerate(lines) if announces(line) == "end"), len(lines))
    return "\n".join(lines[:ending]), "\n".join(lines[ending + 1 :])


def _quoted(text: str) -> tuple[str, str] | None:
    """What stands between quotation marks, and what stands below: to the first mark at the end of a line behind which none is open."""
    opening = _OPENING.match(text)
    ends = list(_CLOSING.finditer(text, opening.end())) if opening else []
    if opening is None or not ends:
        return None
    marks = 0
    seen = opening.end()
    end = ends[0]
    for one in ends:
        marks += sum(text.count(mark, seen, one.start()) for mark in _MARKS)
        seen = one.end()
        if marks % 2 == 0:
            end = one
            break
        marks += 1
    return text[opening.end() : end.start()], text[end.end() :]


def _last_day(sentence: str) -> str:
    days = _DAY.findall(sentence)
    return days[-1] if days else ""
