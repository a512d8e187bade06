"""A message that a colleague pasted in by hand, behind a sentence that says whose it is."""

import re
from dataclasses import dataclass
from datetime import datetime

from triage.domain.message import Address, Attachment, Authorship, ParsedMessage
from triage.text.bottomnotes import without_sign_off
from triage.text.chain import REPLY_SUBJECT, IsOwn
from triage.text.dates import parse_date
from triage.text.introductions import introduction, is_written_to
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
_UNQUOTED = re.compile(r"^ ?(?:> ?){1,15}")
_DRAWN = re.compile(r"\s{0,10}[_\-–—=*]{3,80}\s{0,10}")
_READ = "A colleague pasted it in; the author is read from the sentence before it."
_NO_ADDRESS = "No address is given; the name was taken from that sentence."
# Such a sentence stands at the beginning of the colleague's mail.
_LOOKED_AT = 1_200
_FEWEST_WORDS = 4


def introduced(text: str, message: ParsedMessage, attachments: tuple[Attachment, ...], is_own: IsOwn) -> Authorship | None:
    """Whose message was pasted into the text of a colleague's mail, or None."""
    for match in _INTRODUCED.finditer(text[:_LOOKED_AT]):
        mail = match["mail"].lower()
        if is_own(mail.rpartition("@")[2]):
            continue
        author = Address(mail, (match["name"] or "").strip())
        if is_written_to(author, text[match.end() :]):
            continue
        subject = _SUBJECT.search(match[0])
        # A day in its subject is not the day on which it was written.
        sentence = text[max(0, match.start() - 200) : match.end()]
        sentence = sentence.replace(subject[1], " ") if subject else sentence
        head = _Head(author, subject[1].strip() if subject else None, parse_date(_last_day(sentence), message.sent_at))
        return _authorship(head, text[: match.end()], text[match.end() :], message, attachments)
    return None


def led_in(text: str, message: ParsedMessage, attachments: tuple[Attachment, ...], is_own: IsOwn) -> Authorship | None:
    """Whose message stands in a colleague's own text below a line of theirs that says from whom it came, or None."""
    answers = bool(message.in_reply_to or REPLY_SUBJECT.match(message.subject))
    found = introduction(text, message.sender, is_own, answers=answers)
    if found is None:
        return None
    lines = text.split("\n")
    stated = _SUBJECT.search(found.line)
    subject = stated[1].strip() if stated else found.fields.get("subject")
    sentence = found.line.replace(subject, " ") if subject else found.line
    day = found.fields.get("sent") or _last_day(sentence)
    head = _Head(found.author, subject, parse_date(day, message.sent_at))
    below = "\n".join(_UNQUOTED.sub("", line) for line in lines[found.end :])
    return _authorship(head, "\n".join(lines[: found.end]), below, message, attachments)


@dataclass(frozen=True, slots=True)
class _Head:
    """What the sentence before a pasted message says of it."""

    author: Address
    subject: str | None
    sent_at: datetime | None


def _authorship(head: _Head, above: str, text: str, message: ParsedMessage, attachments: tuple[Attachment, ...]) -> Authorship | None:
    """The message that was pasted in behind `above`; None where there is hardly a word of it."""
    author, forwarder = head.author, message.sender
    words, below = _pasted(text)
    words, signed = without_sign_off(words, author, forwarder)
    words = own_words(_without_edges(words), author, organisation=False)
    if len(words.split()) < _FEWEST_WORDS:
        return None
    notes = (own_words(part, forwarder) for part in (above, signed, below))
    return Authorship(
        author=author,
        subject=head.subject,
        sent_at=head.sent_at,
        text=words,
        forwarded=True,
        forwarder=forwarder.address or None,
        attachments=attachments,
        party=bool(author.address),
        note="\n\n".join(note for note in notes if note),
        evidence=(_READ, *(() if author.address else (_NO_ADDRESS,))),
        doubt="It was pasted in by hand.",
    )


def _pasted(text: str) -> tuple[str, str]:
    """What was pasted, and what stands below it: between quotation marks where it stands in some, otherwise to the end or to a mark."""
    quoted = _quoted(text)
    if quoted is not None:
        return quoted
    lines = text.split("\n")
    ending = next((i for i, line in enumerate(lines) if announces(line) == "end"), len(lines))
    return "\n".join(lines[:ending]), "\n".join(lines[ending + 1 :])


def _without_edges(text: str) -> str:
    """What was pasted, without the lines that were drawn above and below it."""
    lines = text.strip("\n").split("\n")
    begin, end = 0, len(lines)
    while begin < end and (not lines[begin].strip() or _DRAWN.fullmatch(lines[begin])):
        begin += 1
    while end > begin and (not lines[end - 1].strip() or _DRAWN.fullmatch(lines[end - 1])):
        end -= 1
    return "\n".join(lines[begin:end])


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
