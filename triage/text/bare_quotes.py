"""A message that stands quoted below a note with nothing above it that says whose it is: no header, no line "Ann Parker wrote:".

Somebody forwarded it and took the header away, or their program did. Below an answer such a quotation is what is answered; it is a
message passed on only where the subject has the mark of a forwarded one, and where nothing tells that the council, a body or the
sender wrote it. The name that signs it is all that is known of its author.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triage.domain.message import Address
from triage.text.chain import IsOwn
from triage.text.introductions import FAMILYS_VOICE, FIRST_PERSON, unlikely
from triage.text.layers import BREAK, Layer
from triage.text.lines import Line
from triage.text.patterns import listed, matching
from triage.text.people import find_address
from triage.text.personal import is_prose
from triage.text.relayed import NAME, untitled
from triage.text.signatures import CLOSING, Sort, bears_name, is_closing, is_name, names_writer, sort_of

# One line is a quotation, unless a program wrote a whole letter in it.
_FEWEST_WORDS, _FEWEST_IN_ONE_LINE = 8, 25
# A signature stands within so many lines of the end.
_SIGNED_WITHIN = 6
_LONGEST_OF_A_SIGNATURE = 100
_LONGEST_WITH_CLOSING = 60
_LOOKED_AT = 6_000
_HEADER = re.compile(r"\W{0,4}(?:from|sender|sent|date|to|subject)\s?:", re.IGNORECASE)
_FROM = re.compile(rf"\W{{0,4}}(?i:from|sender)\s?:\s{{0,3}}{NAME}\W{{0,3}}")
# At the end of a line of the letter itself: "... I did tell Carl. – Sonia", "... Thanks, Dawn x", "... From Riley".
_SIGNED_IN_LINE = re.compile(
    rf"(?:[.!?…]\s{{0,3}}|\s{{2,4}})(?:[-–—]\s?|(?i:from|(?:many |kind |best |much )?(?:thanks|regards|love|wishes)|"
    rf"yours(?: \w{{5,12}}ly)?),?\s){NAME}[\s.xX]{{0,6}}$"
)
_FROM_WHOM = re.compile(r"^from\s", re.IGNORECASE)
_KISSES = re.compile(r"\s[xX]{1,6}$")
_DASHES = " \t-–—~*_,."
_NO_NAMES = frozenset(
    listed(
        "yes no please help ok okay ta cheers thanks thank regards urgent disgusted attached attachment image photo sent mum dad mam nan "
        "gran grandma parent parents carer everyone all anonymous resident confidential private the a and "
    )
)
# What a council writes to a family, and no family to a council.
_COUNCILS_LETTER = matching(
    r"\bthank(?:s| you) for (?:(?:contacting|raising|bringing)\b|(?:your|making (?:a|your)) (?:\w{2,12} )?(?:complaint|enquiry|query|"
    r"feedback|request|application|compliment)\b)",
    r"\b(?:we|i)(?:['’]ve| have| had| did)?(?: \w{2,10}){0,2} (?:upheld|investigated|considered|reviewed|logged|registered|recorded|"
    r"received|acknowledged?|look(?:ed)? into|looking into) your\b",
    r"\byour (?:complaint|enquiry|feedback|concerns|appeal) (?:has|have|was|were|is|are|will)\b",
    r"\b(?:in response|in reply|further|with reference|with regard|in relation) to your (?:\w{2,12} )?(?:complaint|enquiry|query|request|"
    r"application|appeal)\b",
    r"\bif you (?:remain|are still|are) (?:unhappy|dissatisfied|not (?:happy|satisfied))\b",
    r"\b(?:we regret|we are (?:writing|pleased|sorry) to (?:inform|tell|confirm|advise|let you know|offer))\b",
)
# Who signs for a council, below a letter.
_COUNCILS_SIGNATURE = re.compile(
    r"\bcouncil\b(?! tenant)|\b(?:complaints|customer (?:relations|services?|care)|feedback|social care|children['’]?s services|transport|"
    r"admissions|sen|facilities)\b(?: \w{2,15}){0,2} (?:team|department|office|officer|manager|unit)\b",
    re.IGNORECASE,
)
_THEIR_OWN_ANSWER = re.compile(
    r"\bdraft(?:ed)?\b|\b(?:below|underneath|here|this|following)(?:['’]s| is| was| are)? (?:a copy of )?(?:my|our)(?: \w{2,12})? (?:reply|"
    r"response|answer|letter|e-?mail|message|acknowledgement)\b|\b(?:my|our)(?: \w{2,12})? (?:reply|response|answer|letter|e-?mail|message|"
    r"acknowledgement)\b[^\n.]{0,30}\b(?:below|underneath)\b|\bwhat (?:i|we)(?:['’]ve| have)? (?:sent|wrote|written|said|told)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BareQuote:
    """A quoted message of which nothing above it tells: its text without the signs, the name that signs it, and what stands below."""

    text: str
    name: str
    below: str


def bare_quote(layer: Layer, depths_below: Sequence[int], sender: Address, is_own: IsOwn) -> BareQuote | None:
    """The message of another person that is quoted in `layer`, the mail of `sender`, below all that they wrote; None where there is none.

    `depths_below` says how deep those messages are quoted that have a header: they must lie within this one. `is_own` says whether
    a domain is the council's, from which no family writes.
    """
    found = _quoted(layer)
    if found is None:
        return None
    lines, below = found
    base = min(line.depth for line in lines if line.content.strip())
    if any(depth <= base for depth in depths_below):
        return None
    theirs = [line.content for line in lines if line.depth <= base and line.content != BREAK]
    name, headed = _stated(theirs)
    if headed:
        if not name:
            return None
        theirs = theirs[1:]
    text = "\n".join(theirs).strip("\n")
    if not _is_a_letter(text) or _is_the_councils(text, is_own):
        return None
    signed = signer(text)
    if any(names_writer(one, sender) for one in (name, signed) if one):
        return None
    chosen = name or signed
    return BareQuote(text, "" if _are_initials(chosen) else untitled(chosen), below)


def signed_name(text: str, sender: Address) -> str:
    """The name under a message that lost its header, or an empty string: initials are none, nor is that of who sent it on."""
    signed = signer(text)
    return "" if not signed or _are_initials(signed) or names_writer(signed, sender) or is_signed_by_a_body(text) else untitled(signed)


def is_a_councils_letter(text: str) -> bool:
    """Whether a letter says what a council writes to a family, and no family to a council."""
    return _COUNCILS_LETTER.search(text[:_LOOKED_AT]) is not None


def shows_own_answer(note: str) -> bool:
    """Whether a note says that what stands below it was written by who wrote the note."""
    return _THEIR_OWN_ANSWER.search(note) is not None


def speaks_as_family(text: str) -> bool:
    """Whether somebody writes of their own child, or to complain or thank."""
    return FAMILYS_VOICE.search(text[:_LOOKED_AT]) is not None


def is_signed_by_a_body(text: str) -> bool:
    """Whether the lines that end a letter name a post or a body."""
    return any(sort_of(line, Address()) in (Sort.TITLE, Sort.BODY) for line in _last_lines(text) if not is_prose(line))


def signer(text: str) -> str:
    """The name that stands under a letter, or at the end of its last line; an empty string where none plainly does."""
    lines = _last_lines(text)
    for number in range(len(lines) - 1, 0, -1):
        line = lines[number]
        closing = CLOSING.match(line) if len(line) < _LONGEST_WITH_CLOSING else None
        rest = _KISSES.sub("", line[closing.end() :]).strip(_DASHES) if closing else ""
        if rest:
            return rest if _is_a_name(rest) else ""
        if is_closing(line):
            continue
        bare = _KISSES.sub("", _FROM_WHOM.sub("", line.strip(_DASHES))).strip(_DASHES)
        alone = len(bare.split()) == 1
        if _is_a_name(bare) and (not alone or number == len(lines) - 1 or is_closing(lines[number - 1])):
            return bare
        if is_prose(line) or line.endswith((",", "?", "!")):
            return _at_the_end(line)
    return _at_the_end(lines[-1]) if len(lines) == 1 else ""


def _at_the_end(line: str) -> str:
    match = _SIGNED_IN_LINE.search(line[-120:])
    return match["name"] if match and _is_a_name(match["name"]) else ""


def _is_a_name(text: str) -> bool:
    """Whether a few words with capitals can be a person's name."""
    words = text.split()
    if not 1 <= len(words) <= 4 or not is_name(text) or not all(word[0].isupper() for word in words):
        return False
    return not any(word.strip(".,").lower() in _NO_NAMES for word in words) and not unlikely(text)


def _are_initials(name: str) -> bool:
    return name.isupper() and len(name) <= 3


def _last_lines(text: str) -> list[str]:
    """The last lines of a letter that are not empty: the whole last line, however long, and the short ones around the name."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines[-_SIGNED_WITHIN:]


def _quoted(layer: Layer) -> tuple[list[Line], str] | None:
    """The one quoted stretch of a mail's own layer, and what its sender wrote below; None where own words stand within it."""
    full = [number for number, line in enumerate(layer.lines) if line.depth and line.content.strip()]
    if not full or layer.quoted_rest:
        return None
    begin, end = full[0], full[-1] + 1
    lines = layer.lines[begin:end]
    if any(not line.depth and line.content.strip() for line in lines):
        return None
    return lines, "\n".join(line.content for line in layer.lines[end:] if line.content != BREAK).strip()


def _stated(lines: Sequence[str]) -> tuple[str, bool]:
    """The person whom a lone line "From: Ann Parker" at the head of a quotation names, and whether there is a header at all."""
    head = [line for line in lines if line.strip()][:2]
    if not head or not _HEADER.match(head[0]):
        return "", False
    match = _FROM.fullmatch(head[0].strip())
    named = match is not None and lines[0] == head[0] and _is_a_name(match["name"]) and len(match["name"].split()) > 1
    return (match["name"] if match is not None and named else ""), True


def _is_a_letter(text: str) -> bool:
    """Whether a quotation is long enough for a message, and in the first person."""
    lines = sum(bool(line.strip()) for line in text.split("\n"))
    words = len(text.split())
    if words < (_FEWEST_WORDS if lines > 1 else _FEWEST_IN_ONE_LINE):
        return False
    return FIRST_PERSON.search(text[:_LOOKED_AT]) is not None


def _is_the_councils(text: str, is_own: IsOwn) -> bool:
    """Whether a letter is plainly one of the council's, by what it says or by who signs it."""
    if _COUNCILS_LETTER.search(text[:_LOOKED_AT]):
        return True
    last = [line for line in _last_lines(text) if len(line) <= _LONGEST_OF_A_SIGNATURE and not is_prose(line)]
    if any(is_own(find_address(line).rpartition("@")[2]) for line in last if "@" in line):
        return True
    return any(_COUNCILS_SIGNATURE.search(line) is not None and not line.lower().startswith("dear") for line in last)


def ends_with_a_name_only(below: str, sender: Address) -> bool:
    """Whether what stands below a quotation is no more than its sender's closing words and name."""
    lines = [line.strip() for line in below.split("\n") if line.strip()]
    return len(lines) <= _SIGNED_WITHIN and all(
        is_closing(line) or names_writer(line, sender) or bears_name(line, sender) for line in lines
    )
