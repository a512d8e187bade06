"""Lines of prose that introduce a quoted message: "On 3 March 2026 at 14:02, A Person <a@family.example> wrote:".

Mail programs write them in their user's language and over one to three lines. People write such lines too, in letters and diaries;
what tells them apart is an address, a moment to the minute, and quoting below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.message import Address
from triage.text.dates import WEEKDAYS, parse_date
from triage.text.lines import Line, next_full
from triage.text.patterns import one_of
from triage.text.people import find_address, who

_WROTE = one_of(
    r"wrote(?: the following| back)?",
    r"schrieb",
    r"a écrit",
    r"écrit",
    r"escribió",
    r"ha scritto",
    r"schreef(?: het volgende)?",
    r"escreveu",
    r"napisał(?:\(a\)|a|/a)?",
    r"pisze",
    r"skrev",
    r"ysgrifennodd",
    r"a scris",
    r"написа[лв](?:\(а\)|а)?",
    r"пише(?:т)?",
    r"писал(?:\(а\)|а)?",
    r"kirjoitti",
    r"napsala?",
    r"napísala?",
    r"rašė",
    r"yazdı",
    r"írta",
    r"έγραψε",
    r"je napisa[ol]",
    r"shkroi",
    r"said",
    r"写道",
    r"寫道",
    r"كتب",
)
_ON = one_of(
    r"on",
    r"am",
    r"le",
    r"el",
    r"il(?: giorno)?",
    r"op",
    r"den",
    r"em",
    r"w dniu",
    r"dnia",
    r"ar(?: ddydd)?",
    r"pe",
    r"în",
    r"fra",
    r"dne",
    r"στις",
    r"în data de",
    r"a data de",
    r"на",
    r"в",
    r"kl",
)
# The moment to the minute, or the day with its year.
_TIME = re.compile(r"\b\d{1,2}[:.h]\d\d\b")
_DAY_AND_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.]\d\d\b")
DAY = re.compile(
    rf"(?:\b{one_of(*sorted(WEEKDAYS, key=len, reverse=True))}\b\.?,? )?"
    r"(?:\d{1,2}(?:st|nd|rd|th|\.|º)? (?:de )?[^\W\d_]{3,12}\.?,? (?:de )?\d{2,4}|[^\W\d_]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|"
    r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4})(?:,?\s(?:at |um |à |o |om |kl\.? |las |a las |às |godz\. |v |am |"
    r"klo )?\d{1,2}[:.]\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?)?",
    re.IGNORECASE,
)

_LED = re.compile(rf"^\W{{0,3}}{_ON}\b[^\n]{{4,260}}?(?<!\w){_WROTE}\b[^\n]{{0,80}}?\s?[:：]?\s*$", re.IGNORECASE)
_BARE = re.compile(rf"^[^\n]{{3,200}}?(?<!\w){_WROTE}(?!\w)(?P<when>[^\n]{{0,90}}?)\s?[:：]\s*$", re.IGNORECASE)
_ENDS = re.compile(rf"(?:[:：]|\b{_WROTE})\s*$", re.IGNORECASE)
_BEGINS = re.compile(rf"^\W{{0,3}}(?:{_ON}\s+(?=(?:\S{{1,14}}\s+){{0,3}}\S{{0,6}}\d)|\d{{4}}-\d\d-\d\d\b)", re.IGNORECASE)
_VERBS_AT_END = (":", "：", "wrote", "schrieb", "écrit", "escribió", "scritto", "schreef", "escreveu", "skrev")
# Whom a letter speaks of; a program names the person.
_SPEAKS_OF = re.compile(
    rf"\b(?:i|he|she|they|we|you|who|it|which|someone|somebody|nobody|(?:his|her|my|our|the|your) \w+|a \w+|er|sie|ich|il|elle|"
    rf"je|on)\s+(?:also |then |just |later |once )?{_WROTE}",
    re.IGNORECASE,
)
_LONGEST = 320
_DASHED = re.compile(r"^-{2,8} (?=\S)|(?<=\S) -{2,8}$")
# Behind "On ... wrote:" some programs write the quoted words on the same line.
_GLUED = re.compile(
    r"^([ >]{0,12})((?:On|Am|Le|El|Il|Op|Em|W dniu)\s[^\n<>]{6,120}?<[^\n<>@\s]{1,64}@[^\n<>\s]{1,190}>[^\n<>:]{0,12}?"
    r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał(?:\(a\))?)\s?:)[ \t]+(?=\S)",
    re.MULTILINE,
)
# The author's last words, and the line glued to them where a page had no break.
_GLUED_ABOVE = re.compile(
    r"(?<=[^\s>])[ \t]*(?<![A-Za-z])(On (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|"
    r"Sun)[a-z]{0,6}, )?\d{1,2} [A-Z][a-z]{2,8},? 20\d\d,?(?: at)? \d{1,2}:\d\d[^\n<>]{1,80}<[^\n<>@\s]{1,64}@[^\n<>\s]{1,190}>\s?wrote:)"
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who wrote what is quoted behind line `end` - 1, and when, as far as the line says."""

    end: int
    author: Address
    sent: datetime | None


def on_lines_of_their_own(text: str) -> str:
    """The text with a line break around attributions that were run together with the words above or behind them."""
    if "@" not in text:
        return text
    return _GLUED.sub(r"\1\2\n\1", _GLUED_ABOVE.sub(r"\n\1", text))


def introduces_a_quote(text: str) -> bool:
    """Whether `text` ends with words that introduce a quoted message."""
    last = " ".join(text.split())[-_LONGEST:]
    return _ENDS.search(last) is not None and (_LED.search(last) is not None or _BARE.search(last) is not None) and _dated(last)


def attribution_at(lines: Sequence[Line], i: int, passed_on: datetime | None, answers: bool) -> Attribution | None:
    """The attribution that begins at line `i`, which may run over four lines, or None.

    `answers` says that the message around it answers or forwards another: only then is a line without an address, and without quoting
    below it, a program's.
    """
    depth = lines[i].depth
    text = ""
    for j in range(i, min(i + 4, len(lines))):
        content = _without_dashes(lines[j].content.strip())
        if lines[j].depth != depth or not content or (j > i and _BEGINS.match(content)):
            return None
        if len(text) + len(content) > _LONGEST:
            return None
        text = f"{text} {content}".strip()
        if content.endswith(_VERBS_AT_END):
            return _read(text, lines, j, passed_on, answers)
    return None


def _without_dashes(content: str) -> str:
    """A line without the dashes that Zoho draws around it: "---- On ... wrote ----"."""
    return _DASHED.sub("", content) if content.startswith("--") or content.endswith("--") else content


def _read(text: str, lines: Sequence[Line], last: int, passed_on: datetime | None, answers: bool) -> Attribution | None:
    follows = next_full(lines, last + 1)
    quoted = follows < len(lines) and lines[follows].depth > lines[last].depth
    below = lines[follows].content.strip() if follows < len(lines) else ""
    if not _is_one(text, quoted, answers, below):
        return None
    author, _ = who(_name_in(text))
    return Attribution(last + 1, author, parse_date(day_in(text), passed_on))


def _is_one(text: str, quoted: bool, answers: bool, below: str) -> bool:
    """Whether a line that ends like an attribution is one."""
    address = find_address(text)
    if not quoted and not address and not _TIME.search(text):
        return False
    led = _LED.match(text) is not None
    bare = None if led else _BARE.match(text)
    if not (led or bare):
        # Another language: a person, a moment, a colon, and quoting below.
        return (
            bool(address)
            and _TIME.search(text) is not None
            and _DAY_AND_YEAR.search(text) is not None
            and text.endswith((":", "："))
            and (quoted or answers)
        )
    if quoted:
        return bool(address) or _dated(text) or len(text) < 80 or led
    if address:
        return _dated(text) or (bare is not None and answers)
    if not answers or _SPEAKS_OF.search(text) or below.startswith(('"', "“", "'", "‘")):
        return False
    return _TIME.search(text) is not None and parse_date(day_in(text)) is not None


def _dated(text: str) -> bool:
    return _TIME.search(text) is not None or _DAY_AND_YEAR.search(text) is not None


def day_in(text: str) -> str:
    """The part of an attribution that states a day."""
    match = DAY.search(text)
    return match[0] if match else ""


_AROUND_THE_NAME = re.compile(
    rf"(?<!\w){_WROTE}(?!\w)(?:\s(?:on|am|le|el|op)\b)?\s?[:：]?|\buhr\b|\(?\b(?:GMT|UTC|BST|CET|CEST)\b(?:[+-]\d\d?:?\d*)?\)?|"
    rf"\d{{1,2}}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\b\.?)?|"
    r"\bat\s|\bum\s|\bo godz\.?\s|\bvia\b[^<>]{0,60}(?=<|$)|\bodesílatel\b|\btarihinde\b|\bşunu\b|\bezt\b|\bmae\b|\bmae'r\b",
    re.IGNORECASE,
)


def _name_in(text: str) -> str:
    """The part of an attribution that names its author."""
    rest = re.sub(rf"^\W*{_ON}\s", "", text, count=1, flags=re.IGNORECASE)
    rest = _AROUND_THE_NAME.sub(" ", DAY.sub(" ", rest))
    return re.sub(r"^[\s,.;:–-]+|[\s,.;:–-]+$", "", re.sub(r"\s+", " ", rest))
