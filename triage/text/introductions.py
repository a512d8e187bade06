"""How a colleague says, in a line of their own, whose message stands below: "This came in from Ann Parker, ann@family.example:".

No program wrote such a line, so it says little for certain. It is taken for an introduction where it says that a message came from
somebody, and points below; an address that merely stands in an officer's mail says neither.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.domain.message import Address
from triage.text.chain import IsOwn, same_name
from triage.text.labels import typed
from triage.text.patterns import listed
from triage.text.people import find_address
from triage.text.relayed import NAME, PLACE_WORD, RELATION, untitled
from triage.text.signatures import Sort, names_writer, sort_of

_ADDRESS = re.compile(r"[^\s<>()\[\]{},;:\"'“”|@/\\]{1,64}@[^\s<>()\[\]{},;:\"'“”|@/\\]{1,190}")
_A_PERSON = rf"(?:(?:a|an|the|our|my|one of our)\s)?(?:[A-ZÀ-Ý][\w]{{1,20}}['’]s\s)?(?:{RELATION}[\s,]{{1,2}})?"
# What may stand between a name and the address: "(mum of Tom)", a telephone number, "at".
_BETWEEN = (
    r"(?:\s\([^()\n@]{1,40}\))?(?:,?\s[\d ]{9,14})?,?\s{0,3}(?:[-–—]\s)?(?:(?:at|on|via|using|of|e-?mail(?: address)?:?)\s)?[(<\[\"']{0,2}"
    r"(?:mailto:)?"
)
_NAME_BEFORE = re.compile(rf"(?<![\w'’-]){NAME}{_BETWEEN}$")
_NAME_BEHIND = re.compile(rf"[)>\]]?\s{{0,2}}[(\[–-]\s{{0,2}}{NAME}[)\]]?")
_FROM = re.compile(rf"\b(?i:from|by)[\s:]{{1,3}}{_A_PERSON}[(<\[\"'“]{{0,2}}(?:mailto:)?$")
_BEGINS = re.compile(rf"(?:^|[.!?:;,–—-]\s{{0,3}})\s{{0,3}}{_A_PERSON}$")
_SENT = re.compile(r"[^.:!?\n]{0,60}?\b(?:wrote|writes|e-?mailed|mailed|sent|has written|messaged|got in touch)\b", re.IGNORECASE)
_NO_NAME = frozenset(
    listed(
        "from by fyi hi hello dear email e-mail complaint compliment message letter enquiry query feedback parent mum mother dad father "
        "carer resident the this please received sent sender forwarded customer below note new"
    )
)
_A_MESSAGE = r"(?:e-?mail|message|complaint|compliment|letter|enquiry|query|feedback|note|mail)"
_POINTS = re.compile(
    r":\s*$|\b(?:below|beneath|underneath|the following|as follows|pasted|copied (?:across|in|over|here)|verbatim|word for word|in full)\b|"
    rf"\bthis(?: one| {_A_MESSAGE})?(?: (?:has|was|is|just|also|only)){{0,3}} (?:came|come|arrived|landed|received|sent|from|forwarded|"
    r"e-?mailed)\b|\b(?:got|had|received|log|see|have|forward(?:ing)?|pass(?:ing)?|send(?:ing)?|record) (?:in |on )?(?:this|these)\b|"
    rf"^\W{{0,4}}(?:(?:fyi|for info(?:rmation)?|new|another|copy of an?)\W{{1,4}})?(?:{_A_MESSAGE}|received|sent|from)\b",
    re.IGNORECASE,
)
_NAMES_A_MESSAGE = re.compile(
    rf"^\W{{0,4}}from\b|"
    rf"\b(?:{_A_MESSAGE}s?|this|these|below|following|came|arrived|received|sent|e-?mailed|wrote|writes|written|from:|messaged|got in "
    r"touch|forwarded)(?!\w)",
    re.IGNORECASE,
)
_AN_EMAIL = re.compile(r"\be-?mail(?:ed|s)?\b", re.IGNORECASE)
# An answer, or a draft of one, is the officer's.
_AN_ANSWER = re.compile(
    r"\bdraft\b|\b(?:my|our|the|a|this)(?: \w{2,10})? (?:reply|response|answer|acknowledgement)\b|"
    r"\b(?:I|we)(?:['’]ve| have)? (?:replied|responded|answered|acknowledged)\b",
    re.IGNORECASE,
)
_ATTACHED = re.compile(r"\b(?:attach|enclos)", re.IGNORECASE)
# What makes a sentence of casework out of a line that seemed to introduce something.
_GOES_ON = re.compile(r"\b(?:I|we|she|he|they|her|him|them)\b", re.IGNORECASE)
_MOST_WORDS_BEHIND = 10
FIRST_PERSON = re.compile(r"\b(?-i:I)\b|\bi['’](?:m|ve|d|ll)\b|\b(?:im|ive|my|me|we|our|us|mine|myself)\b", re.IGNORECASE)
FAMILYS_VOICE = re.compile(
    r"\b(?:my|our) (?:own |\w{2,10} ){0,2}(?:sons?|daughters?|child(?:ren)?|kids?|boys?|girls?|lads?|grand\w{3,10}|nephew|niece)\b|"
    r"\b(?:I|we) (?:want|wish|would like) to (?:complain|make|raise|thank|say)\b|\bI(?:['’]m| am) (?:writing|disgusted|appalled|fuming)\b|"
    r"\bmy complaint\b",
    re.IGNORECASE,
)
# Who wrote down what somebody said writes of them, not as them.
_REPORTED = re.compile(
    r"\b(?:she|he|they|caller|mum|dad|mother|father|(?:mrs?|ms|miss|mx)\.? \w{2,30})(?:['’]s| is| has| was)? (?:\w{2,10} )?"
    r"(?:rang|called|phoned|said|says|told|wants?|wanted|would like|asked|asks|feels|unhappy|upset|delighted|pleased|happy)\b|"
    r"\bI (?:took|had|spoke|rang|called|met|saw|visited)\b[^.\n]{0,20}\b(?:call|to (?:her|him|them)|her|him|them|with)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    rf"\W{{0,4}}(?i:(?:{_A_MESSAGE} |received |sent )?(?:from|sender|sent by))\s{{0,2}}[:\-–]\s{{0,3}}(?P<value>[^\n]{{2,120}})$"
)
_A_NAME = re.compile(rf"(?:{RELATION}[\s,:]{{1,2}})?{NAME}(?:\s\([^()\n]{{1,40}}\))?[.,;:]?")
_NAMED_BY_MAIL = re.compile(rf"\b(?i:from|by)[\s:]{{1,3}}{_A_PERSON}{NAME}(?P<behind>[^\n]{{0,80}})$")
_OF_TIME = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b|\b(?:january|february|march|april|june|july|august|september|"
    r"october|november|december|today|tomorrow|now|noon)\b",
    re.IGNORECASE,
)
# To whom something goes, or who was asked, and whose address it is.
_GOES_TO = re.compile(
    r"\b(?:to|e-?mail(?:ed|ing)?|contact(?:ed|ing)?|cc(?:['’]?d|ed)?|copy(?:ing)?|copied|invit(?:e|ed|ing)|tell|told|ask(?:ed|ing)?|with|for|at|"
    r"add(?:ed|ing)?|reach|chas(?:e|ed|ing)|address(?: is)?)\b[\s:]{0,3}(?:[\w'’-]{2,20}[\s,]{1,2}){0,2}[(<\[\"']{0,2}$|"
    r"\bmy\b[^.\n]{0,40}$",
    re.IGNORECASE,
)
_BARE = re.compile(rf"[^\w]{{0,6}}(?:{NAME})?[^\w]{{0,6}}(?:\d{{1,2}}[\w/. ]{{0,20}})?[^\w]{{0,6}}")
_TO = re.compile(r"\s{0,20}to\s{0,2}[:\-–]", re.IGNORECASE)
_GREETED = re.compile(r"\W{0,3}(?:dear|hi|hello|good (?:morning|afternoon))\s(?:(?:mrs?|ms|miss|mx|dr)\.?\s)?(\w{2,30})", re.IGNORECASE)
# Such a line stands at the beginning of the colleague's mail, and is not longer than a sentence.
_LOOKED_AT = 1_200
_LONGEST = 320
_MOST_LINES = 3
_FEWEST_WORDS = 4
_MOST_WORDS_ABOVE, _MOST_WORDS_OF_A_NAME = 25, 4
_BEGINNING = 250
# So much of what stands below is looked at.
_MOST_BELOW, _LONGEST_BELOW = 80, 4_000


@dataclass(frozen=True, slots=True)
class Introduction:
    """The line that introduces a message: lines `start` to `end` - 1 of the text. `fields` are those that were typed below it."""

    start: int
    end: int
    author: Address
    line: str
    fields: dict[str, str]


def introduction(text: str, writer: Address, is_own: IsOwn, *, answers: bool = False) -> Introduction | None:
    """The line in which `writer`, a colleague, says whose message stands below it, or None.

    In a mail that answers another (`answers`), a name alone may be that of whom it quotes.
    """
    lines = text.split("\n")
    for i in _first_lines(lines):
        for end, joined in _joined(lines, i):
            complete = _is_complete(joined, lines, end)
            author: Address | None = None
            fields: dict[str, str] = {}
            if end == i + 1 and _is_at_the_top(lines[:i], writer):
                author, fields, end = _labelled(lines, i, is_own)
            if author is None and complete is not None:
                author = _with_address(joined, is_own)
            if author is None and complete and not answers:
                author = _by_mail(joined)
            if author is not None and not _is_one(author, writer) and _is_a_message(lines[end:], author):
                return Introduction(i, end, author, joined, fields)
    return None


def seems_handed_on(text: str, writer: Address, is_own: IsOwn) -> bool:
    """Whether a colleague's own note may hold somebody else's message all the same: whom it names, and who speaks below, are two."""
    lines = text.split("\n")
    for i in _first_lines(lines):
        line, below = lines[i], "\n".join(lines[i + 1 : i + _MOST_BELOW])[:_LONGEST_BELOW]
        if len(line) > 2 * _LONGEST or not below.strip():
            continue
        label = None if _AN_ANSWER.search(line) or _TO.match(below) else _LABEL.match(line)
        if (
            label
            and _ADDRESS.search(line) is None
            and _is_at_the_top(lines[:i], writer)
            and _may_name(label["value"], writer)
            and FIRST_PERSON.search(below)
        ):
            return True
        is_in_a_list = "@" in below.lstrip().split("\n", 1)[0] or (i > 0 and "@" in lines[i - 1])
        if any(_speaks_below(line, match, below, writer, is_in_a_list) for match in _ADDRESS.finditer(line) if not is_own(_domain(match))):
            return True
    return False


def _first_lines(lines: Sequence[str]) -> Iterator[int]:
    seen = 0
    for i, line in enumerate(lines):
        if seen > _LOOKED_AT:
            return
        seen += len(line) + 1
        if line.strip() and not line.lstrip().startswith(">"):
            yield i


def _is_at_the_top(above: Sequence[str], writer: Address) -> bool:
    """Whether only a word or two of the colleague's stand above: under their name somebody's older message is quoted."""
    return sum(len(line.split()) for line in above) <= _MOST_WORDS_ABOVE and not any(
        len(line.split()) <= _MOST_WORDS_OF_A_NAME and names_writer(line.strip(), writer) for line in above if line.strip()
    )


def _joined(lines: Sequence[str], i: int) -> Iterator[tuple[int, str]]:
    """A line, and with it the next ones, because a program may have broken the sentence."""
    joined = ""
    for end in range(i + 1, min(i + _MOST_LINES, len(lines)) + 1):
        if not lines[end - 1].strip() or len(joined) + len(lines[end - 1]) > _LONGEST:
            return
        joined = f"{joined} {lines[end - 1].strip()}".strip()
        yield end, joined


def _is_complete(joined: str, lines: Sequence[str], end: int) -> bool | None:
    """Whether a sentence ends with its line; None where it plainly goes on in the next."""
    following = lines[end].strip() if end < len(lines) else ""
    if joined.endswith((":", ".", "!", "-", "–")) or not following:
        return True
    return False if following[0].isupper() or following[0] in ">\"'“‘" else None


# With an address


def _with_address(line: str, is_own: IsOwn) -> Address | None:
    """The author whom a line with one address from outside names, where it says that a message came from them and points below."""
    found = [match for match in _ADDRESS.finditer(line) if not is_own(_domain(match))]
    if len({_plain(match) for match in found}) != 1 or _AN_ANSWER.search(line) or not _POINTS.search(line):
        return None
    before, behind = line[: found[0].start()], line[found[-1].end() :]
    name, lead = _named_before(before)
    if _FROM.search(lead) is None and not (_BEGINS.search(lead) and _SENT.match(behind)):
        return None
    if not name and (after := _NAME_BEHIND.match(behind)) and not unlikely(after["name"]):
        name, behind = after["name"], behind[after.end() :]
    if not line.endswith(":") and (_ATTACHED.search(line) or _is_casework(behind)):
        return None
    return Address(_plain(found[0]), untitled(name)) if _NAMES_A_MESSAGE.search(line) else None


def _named_before(before: str) -> tuple[str, str]:
    """The name that stands before an address, and what stands before the name."""
    match = _NAME_BEFORE.search(before)
    words = match["name"].split() if match else []
    start = match.start("name") if match else len(before)
    while words and words[0].strip(".,").lower() in _NO_NAME:
        start += len(words.pop(0)) + 1
    name = " ".join(words)
    return (name, before[:start]) if name and not unlikely(name) else ("", before)


def _is_casework(behind: str) -> bool:
    return len(behind.split()) > _MOST_WORDS_BEHIND or _GOES_ON.search(behind) is not None


def _plain(match: re.Match[str]) -> str:
    return match[0].lower().strip(".*_’'")


def _domain(match: re.Match[str]) -> str:
    return _plain(match).rpartition("@")[2]


# By name alone


def _labelled(lines: Sequence[str], i: int, is_own: IsOwn) -> tuple[Address | None, dict[str, str], int]:
    """The author whom "From: Ann Parker" names, the fields typed below it, and the line behind them."""
    label = _LABEL.match(lines[i])
    if label is None:
        return None, {}, i + 1
    fields: dict[str, str] = {}
    end = i + 1
    while end < len(lines) and len(fields) < 5 and (found := typed(lines[end])) is not None and found[0] not in {"from", *fields}:
        fields[found[0]] = found[1]
        end += 1
    if "to" in fields and "sent" not in fields and "address" not in fields:
        return None, {}, i + 1
    address = find_address(label["value"]) or find_address(fields.get("address", ""))
    value = _ADDRESS.split(label["value"], maxsplit=1)[0].rstrip(" ,;-–(<[\"'") if address else label["value"].strip()
    named = _A_NAME.fullmatch(value.strip(" \"'*_"))
    if address:
        # Of two lines or more, the others are read with the address elsewhere; a colleague's address is no family's.
        return (None if is_own(address.rpartition("@")[2]) else Address(address, untitled(named["name"]) if named else "")), fields, end
    if named is None or len(named["name"].split()) < 2 or unlikely(named["name"]) or _reports(lines[end:]):
        return None, fields, i + 1
    return Address("", untitled(named["name"])), fields, end


def _by_mail(line: str) -> Address | None:
    """The author whom a line names that says that they sent an e-mail, which stands below."""
    if not _AN_EMAIL.search(line) or not _POINTS.search(line) or "@" in line or _AN_ANSWER.search(line) or _ATTACHED.search(line):
        return None
    match = _NAMED_BY_MAIL.search(line)
    if match is None or len(match["name"].split()) < 2 or unlikely(match["name"]) or _is_casework(match["behind"]):
        return None
    below = line.endswith(":") or re.search(r"\b(?:below|underneath|the following|pasted)\b", line, re.IGNORECASE)
    return Address("", untitled(match["name"])) if below else None


def _reports(lines: Sequence[str]) -> bool:
    return _REPORTED.search("\n".join(lines[:_MOST_BELOW])[:_BEGINNING]) is not None


def unlikely(name: str) -> bool:
    """Whether words with capitals are those of a place, a body or a day."""
    return bool(PLACE_WORD.search(name) or _OF_TIME.search(name)) or sort_of(name, Address()) in (Sort.BODY, Sort.PLACE)


def _is_one(author: Address, writer: Address) -> bool:
    return author.address == writer.address if author.address else same_name(author.name, writer.name)


# What stands below


def _is_a_message(lines: Sequence[str], author: Address) -> bool:
    """Whether what stands below may be somebody's message: in the first person, and not written to the one who is named."""
    below = "\n".join(lines[:_MOST_BELOW]).strip()[:_LONGEST_BELOW]
    if is_written_to(author, below):
        return False
    return len(below.split()) >= _FEWEST_WORDS and FIRST_PERSON.search(below) is not None


def is_written_to(author: Address, words: str) -> bool:
    """Whether a letter greets the one who is said to have written it: then it is an answer to them."""
    greeted = _GREETED.match(words[:_BEGINNING].lstrip())
    return greeted is not None and greeted[1].lower() in author.name.lower().split()


def _may_name(value: str, writer: Address) -> bool:
    """Whether what stands behind "From:" may be a name."""
    return value[:1].isupper() and not re.search(r"\d", value) and not unlikely(value) and not same_name(value, writer.name)


def _speaks_below(line: str, match: re.Match[str], below: str, writer: Address, is_in_a_list: bool) -> bool:
    """Whether somebody speaks below a line with an address who may be the one that it belongs to."""
    name, lead = _named_before(line[: match.start()])
    if _GOES_TO.search(lead) or _shares_a_name(f"{name} {match[0].partition('@')[0]}", writer):
        return False
    behind = line[match.end() :]
    alone = not is_in_a_list and _BARE.fullmatch(f"{lead}{name}{behind}")
    led = _FROM.search(lead) is not None or (_BEGINS.search(lead) and _SENT.match(behind)) or alone
    if led and not _is_casework(behind) and not _AN_ANSWER.search(line):
        return FIRST_PERSON.search(below) is not None
    return FAMILYS_VOICE.search(below) is not None


def _shares_a_name(words: str, writer: Address) -> bool:
    """Whether a name or an address may be the colleague's own, or that of somebody of their family."""
    own = set(re.findall(r"[^\W\d_]{3,}", writer.name.lower()))
    return bool(own & set(re.findall(r"[^\W\d_]{3,}", words.lower())))
