"""A message that a colleague pasted in by hand, behind a sentence that says whose it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.message import Address, Attachment, Authorship, ParsedMessage
from triage.text.bare_quotes import is_a_councils_letter
from triage.text.bottomnotes import without_sign_off
from triage.text.chain import REPLY_SUBJECT, IsOwn, has_words
from triage.text.dates import parse_date
from triage.text.introductions import FAMILYS_VOICE, FIRST_PERSON, introduction, is_written_to
from triage.text.marks import announces
from triage.text.own_words import own_words
from triage.text.personal import is_personal, is_prose
from triage.text.signatures import CLOSING, PS, Sort, names_writer, sort_of

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
# The head of a letter: "From: ...", "Date: ...", "Our ref: ...", in any order.
_HEAD_OF_A_LETTER = re.compile(
    r"[\s*_]{0,6}(?P<label>from|dated?|(?:our|your|my) ref(?:erence|\.)?|ref(?:erence|\.)?(?: (?:no\.?|number))?|to|subject|"
    r"re|(?:direct )?(?:tel(?:ephone)?|line|dial)|contact|please ask for|e-?mail)[\s*_]{0,3}"
    r"[:：][\s*_]{0,4}(?P<value>[^\n]{0,200}?)[\s*_]{0,6}",
    re.IGNORECASE,
)
_SALUTATION = re.compile(r"\s{0,10}dear (?P<whom>[^\n]{2,80})", re.IGNORECASE)
_A_FAMILY = re.compile(r"\b(?:parents?|carers?|guardians?|famil(?:y|ies)|residents?)\b", re.IGNORECASE)
_POINTS_BELOW = re.compile(
    r"\b(?:below|beneath|underneath|copied|pasted|typed (?:it |this )?out|at the (?:bottom|end)|(?:as )?follows)\b", re.IGNORECASE
)
_LAST_LINES, _LONGEST_NAME = 6, 5
# A mail with a letter in it is no longer than that, and has a few lines that look like a letter's head; a text made to cost time has more.
_MOST_LINES, _MOST_CHARACTERS, _MOST_HEADS = 600, 40_000, 10
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


def above_a_letter(text: str, writer: Address) -> str | None:
    """What somebody from outside wrote above the letter of a body that they pasted in below; None where there is none.

    A letter is known by its head, of two lines or more, and by whom it greets. It stays where its end may be the writer's: where
    they sign below it, write in their own voice there, or go on behind its closing.
    """
    lines = text.split("\n")
    if len(lines) > _MOST_LINES or len(text) > _MOST_CHARACTERS:
        return None
    heads = [_HEAD_OF_A_LETTER.fullmatch(line) is not None for line in lines]
    for i in [i for i in range(1, len(lines)) if heads[i] and not heads[i - 1]][:_MOST_HEADS]:
        above = lines[:i]
        fields, end = _head_of_a_letter(lines, i)
        if _is_a_bodys(fields, lines[end:], writer) and has_words("\n".join(above)) and _ends_with_it(above, lines[end:], writer):
            return "\n".join(above).rstrip()
    return None


def _head_of_a_letter(lines: Sequence[str], i: int) -> tuple[dict[str, str], int]:
    """The lines of a letter's head from line `i` on, by their labels, and the line behind them."""
    fields: dict[str, str] = {}
    end = i
    while end < len(lines) and end - i < 16:
        match = _HEAD_OF_A_LETTER.fullmatch(lines[end])
        if match is not None and match["label"].lower() not in fields:
            fields[match["label"].lower().rstrip(".").replace("reference", "ref").replace("dated", "date")] = match["value"].strip()
        elif lines[end].strip() or not lines[end - 1].strip():
            break
        end += 1
    return fields, end


def _is_a_bodys(fields: dict[str, str], below: Sequence[str], writer: Address) -> bool:
    """Whether a letter is that of a body: it names one, or has "our" reference, and greets a family or speaks as a council does."""
    sent_by = fields.get("from", "")
    dated = "date" in fields and parse_date(fields["date"]) is not None
    referred = any("ref" in label for label in fields)
    if len(fields) < 2 or not (dated or referred) or "@" in sent_by or ("date" in fields and not dated):
        return False
    if sent_by and (names_writer(sent_by, writer) or _shares_a_word(sent_by, writer.name)):
        return False
    first = [line.strip() for line in below if line.strip()][:3]
    greeting = next((match["whom"] for line in first if (match := _SALUTATION.match(line))), "")
    of_a_council = is_a_councils_letter("\n".join(below))
    greets_them = bool(greeting) and (_A_FAMILY.search(greeting) is not None or _shares_a_word(greeting, writer.name))
    if sent_by and sort_of(sent_by, Address()) in (Sort.BODY, Sort.TITLE):
        return bool(greeting) or of_a_council
    return "our ref" in fields and (of_a_council or greets_them)


def _shares_a_word(text: str, name: str) -> bool:
    words = [set(re.findall(r"[^\W\d_]{3,}", part.lower())) - {"mrs", "miss"} for part in (text, name)]
    return bool(words[0] & words[1])


def _ends_with_it(above: Sequence[str], below: Sequence[str], writer: Address) -> bool:
    """Whether nothing below the head of a letter is the writer's own, as far as can be told."""
    theirs = [line.strip() for line in below if line.strip()]
    if FAMILYS_VOICE.search("\n".join(theirs)) or any(PS.match(line) for line in theirs):
        return False
    if any(len(line.split()) <= _LONGEST_NAME and names_writer(line, writer) and not _SALUTATION.match(line) for line in theirs):
        return False
    closing = next((i for i, line in enumerate(theirs) if CLOSING.fullmatch(line)), None)
    if closing is not None and any(is_prose(line) and FIRST_PERSON.search(line) for line in theirs[closing + 1 :]):
        return False
    if closing is None and any("?" in line or is_personal(line) for line in theirs[-_LAST_LINES // 2 :]):
        return False
    last = [line.strip() for line in above if line.strip()][-_LAST_LINES:]
    signed = any(len(line.split()) <= _LONGEST_NAME and names_writer(line, writer) for line in last)
    return signed or (closing is not None and _POINTS_BELOW.search("\n".join(above)) is not None)


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
