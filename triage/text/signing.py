"""Where a letter is signed, and which lines below the name are a program's signature.

A signature stands behind closing words, behind the author's name, behind "-- " or at the end, and its lines say together that it is
one. The name itself stays, as does every line that may be a sentence: people write on below their name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triage.domain.message import Address
from triage.text.disclaimers import Weight, weight_of
from triage.text.footers import is_footer
from triage.text.personal import is_of_the_matter, is_personal
from triage.text.signatures import CLOSING, PS, Sort, bears_name, is_closing, is_name, is_sign_off, names_own_site, names_writer, sort_of
from triage.text.units import RULE, Unit

_DELIMITERS = ("--", "—", "__", "&mdash;")
_LONGEST = 18
_LONGEST_TITLED_NAME = 14
_FIRST_PERSON = re.compile(r"\b(?:I|my(?! own\W{0,3}$)|me)\b")
_LONGEST_MOTTO = 10
# "Ashmere Council: getting it right".
_SAYS_OF_ITSELF = re.compile(
    r"(?:[A-Z][\w'’&-]{0,30} ){0,6}(?:Council|Trust|School|Academy|College|Service|Services|Hospital|Team|Police|Charity)\s?[:–—-]\s\S"
)
_LINE_OF_NAME = re.compile(r"[^\W\d_][\w'’.-]{0,30}(?: (?:&|and|of|for|[^\W\d_][\w'’.-]{0,30})){0,7}")
# An office and, behind a comma, the body or the place: a capital begins each.
_OFFICE = re.compile(
    r"(?:(?:Vice|Deputy|Joint|Hon\.?|Honorary)[ -])?(?:Chair|Chairman|Chairwoman|Chairperson|Secretary|Treasurer|Clerk|"
    r"Trustee|Director|Manager|Head ?teacher|Head|Leader|Governor|Co-?ordinator)(?: of (?:Governors|Trustees))?"
    r"(?:, (?!Mum|Dad|Mother|Father)[A-Z][\w'’&-]{0,30}(?: [A-Z&][\w'’-]{0,30}| of| the){0,5}){1,2}|"
    # A lawyer's firm says what it is.
    r"(?:(?:Managing|Senior|Associate|Trainee) )?(?:Partner|Solicitor|Associate|Director|Barrister|Paralegal|Legal Executive)"
    r"(?:,| at|,? for) (?:[A-Z&][\w'’-]{0,30} ){1,5}(?:LLP|Ltd|Limited|Solicitors|Law|Chambers|Legal)"
)
_OFFICE_OF = re.compile(r"(?:the )?(?:parliamentary |constituency |private )?office of [A-Z]", re.IGNORECASE)
# "Learn, Play, Grow": a school's, under what else its signature says.
_MOTTO = re.compile(r"[A-Z][\w'’-]{1,20}(?:(?:,| [|•·–-])(?: and)? [A-Z][\w'’-]{1,20}){2,5}")
_STRONG = frozenset({Sort.CONTACT, Sort.TITLE, Sort.BODY, Sort.EXTRA})


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines that may be a signature, where they end, and the unit above them."""

    units: list[Unit]
    end: int


class Signing:
    """Finds the signature below one stretch of text. `organisation` is true where its author writes for one."""

    def __init__(self, units: Sequence[Unit], writer: Address, organisation: bool) -> None:
        self.units = units
        self.writer = writer
        self.organisation = organisation
        self._sorts_known: dict[int, Sort] = {}
        self._prose_lines = self._lines_of_prose()

    def signature(self) -> list[Unit]:
        """The units that are the author's signature."""
        found: list[Unit] = []
        done = 0
        for number in range(len(self.units)):
            licence = self._licence(number) if number >= done else None
            if licence is None:
                continue
            run = self._run(number, delimited=licence == "delimiter")
            if run.units:
                found += run.units
                done = run.end
        return found or (self._at_the_end() if self.organisation else [])

    def _lines_of_prose(self) -> set[int]:
        """The numbers of sentences in lines that begin with a sentence of the author's: they are all the author's."""
        found: set[int] = set()
        for number, unit in enumerate(self.units):
            if unit.runs_on and (number - 1 in found or self._sort(number - 1) is Sort.PROSE) and not self._is_notice(number):
                found.add(number)
        return found

    def _is_notice(self, number: int) -> bool:
        """Whether a sentence and the one before it are both an organisation's notice."""
        return self.organisation and all(weight_of(unit.text) is Weight.SURE for unit in self.units[number - 1 : number + 1])

    def _sort(self, number: int) -> Sort:
        if number not in self._sorts_known:
            text = self.units[number].text
            sort = Sort.WEAK if self._is_motto(number) else sort_of(text, self.writer)
            # An organisation's signature may say "I work part time"; a family's says what they mean.
            self._sorts_known[number] = Sort.PROSE if sort is Sort.EXTRA and not self.organisation and _FIRST_PERSON.search(text) else sort
        return self._sorts_known[number]

    def _is_motto(self, number: int) -> bool:
        """Whether a line is what a firm says of itself within its signature: below a title, and above its telephone or at the very end."""
        unit = self.units[number]
        if number < 2 or unit.apart or unit.runs_on or unit.words > _LONGEST_MOTTO or unit.text.endswith((".", "?", "!")):
            return False
        if is_personal(unit.text) or is_of_the_matter(unit.text) or PS.match(unit.text):
            return False
        if sort_of(self.units[number - 1].text, self.writer) is not Sort.TITLE:
            return False
        if number + 1 == len(self.units):
            return self.organisation and _SAYS_OF_ITSELF.match(unit.text) is not None
        below = self.units[number + 1]
        return not below.apart and sort_of(below.text, self.writer) is Sort.CONTACT

    def _licence(self, number: int) -> str | None:
        """Whether a signature may stand behind this unit: a "delimiter", or the "name" that closes a letter."""
        text = self.units[number].text
        if text in _DELIMITERS:
            return "delimiter" if number and sum(unit.text in _DELIMITERS for unit in self.units) == 1 else None
        if is_closing(text) or is_sign_off(text):
            return "name"
        if not number or number in self._prose_lines:
            return None
        titled = self.units[number].words <= _LONGEST_TITLED_NAME and self._sort(number) is not Sort.PROSE
        if names_writer(text, self.writer) and (titled or is_name(text)):
            return "name"
        # A first name, and under it the whole.
        following = self.units[number + 1].text.lower().split() if number + 1 < len(self.units) else []
        return "name" if is_name(text) and len(text.split()) == 1 and len(following) > 1 and text.lower().strip(",.") in following else None

    def _run(self, anchor: int, *, delimited: bool) -> _Run:
        """The signature behind the unit `anchor`."""
        begin = end = anchor + 1
        while end < len(self.units) and end - begin < _LONGEST and self._may_belong(end):
            end += 1
        if end < len(self.units) and not self.units[end].apart and not (self.organisation and self._is_plenty(begin, end)):
            # Words run on below it: what looked like a signature is part of them.
            while end > begin and not self.units[end].apart:
                end -= 1
        lines = list(self.units[begin:end])
        if not lines or (delimited and is_closing(lines[0].text) and not self._is_enough(begin, end)):
            return _Run([], begin)
        if delimited:
            return _Run([self.units[anchor], *self._without_name(lines, anchor - 1)], end)
        if not self._is_enough(begin, end):
            return _Run([unit for unit in lines if is_footer(unit.text)], end)
        lines = self._without_name(lines, anchor)
        if self.organisation and (
            (self._sort(anchor) is Sort.BODY and not bears_name(self.units[anchor].text, Address())) or self._is_office_of(anchor)
        ):
            lines.insert(0, self.units[anchor])
        elif self.organisation and lines and self._has_title_behind_bar(self.units[anchor]):
            lines = [*_behind_bar(self.units[anchor]), *lines]
        while lines and self._is_weak_end(lines):
            lines.pop()
        return _Run(lines, end)

    def _may_belong(self, number: int) -> bool:
        """Whether a unit can be part of a signature."""
        text = self.units[number].text
        if RULE.fullmatch(text) or is_footer(text):
            return True
        if self._is_school_motto(number):
            return True
        if number in self._prose_lines or (CLOSING.match(text) and not is_name(text) and self._sort(number) is not Sort.CONTACT):
            return False
        return self._sort(number) is not Sort.PROSE or (self.organisation and weight_of(text) is Weight.SURE)

    def _is_school_motto(self, number: int) -> bool:
        """Whether a line of three words or more with capitals stands right under an organisation's title or name, or such a line."""
        unit = self.units[number]
        if not self.organisation or number < 2 or unit.apart or unit.runs_on or _MOTTO.fullmatch(unit.text) is None:
            return False
        return self._sort(number - 1) in (Sort.TITLE, Sort.BODY, Sort.EXTRA) and not is_personal(unit.text)

    def _sorts(self, begin: int, end: int) -> set[Sort]:
        return {self._sort(number) for number in range(begin, end)}

    def _is_enough(self, begin: int, end: int) -> bool:
        """Whether lines are a signature by what they say together."""
        sorts = self._sorts(begin, end)
        if self.organisation:
            return bool(sorts & _STRONG)
        if end == len(self.units) and end - begin == 1 and begin and (self._is_office(begin) or self._repeats_name(begin)):
            return True
        if any(names_own_site(unit.text, self.writer) and "@" not in unit.text for unit in self.units[begin:end]):
            return True
        return Sort.TITLE in sorts and bool(sorts & {Sort.CONTACT, Sort.BODY, Sort.EXTRA}) and end - begin > 1

    def _is_office(self, number: int) -> bool:
        """Whether the last line, right under its writer's full name, is the office that they hold in a body: "Chair, Hill Playgroup"."""
        unit, above = self.units[number], self.units[number - 1]
        full = len(above.text.split()) > 1 and names_writer(above.text, self.writer)
        return full and not unit.apart and unit.words <= _LONGEST_MOTTO and _OFFICE.fullmatch(unit.text) is not None

    def _is_office_of(self, number: int) -> bool:
        """Whether a line is "Office of Ann Orr MP", and the name alone stands above it."""
        above = (unit.text for unit in self.units[:number])
        return _OFFICE_OF.match(self.units[number].text) is not None and any(bears_name(text, self.writer) for text in above)

    def _repeats_name(self, number: int) -> bool:
        """Whether the last line has the full name above it once more, and behind bars title and body: "A Orr | Adviser | Hill Trust"."""
        name, *rest = (part.strip() for part in self.units[number].text.split(" | "))
        sorts = {sort_of(part, self.writer) for part in rest}
        same = len(name.split()) > 1 and name.lower() == self.units[number - 1].text.strip(" .,").lower()
        return same and len(rest) > 1 and Sort.TITLE in sorts and len(sorts) > 1 and Sort.PROSE not in sorts

    def _is_plenty(self, begin: int, end: int) -> bool:
        """Whether lines are a signature without a doubt, even where words run on below them."""
        sorts = self._sorts(begin, end)
        return len(sorts & _STRONG) > 1 and Sort.CONTACT in sorts

    def _without_name(self, lines: list[Unit], above: int) -> list[Unit]:
        """A signature without the name at its head, where no name was typed above it."""
        text = self.units[above].text
        if is_sign_off(text) and len(lines) > 1 and self._signs_first(lines):
            return self._without_name(lines[1:], above)
        if not is_closing(text) and (is_sign_off(text) or bears_name(text, self.writer)):
            return lines
        if is_closing(text) and len(lines) > 1 and lines[1].apart and _is_firm(lines[0].text) and self._signs_as_firm(lines):
            return self._without_name(lines[1:], above)
        for number, unit in enumerate(lines[:2]):
            if not is_footer(unit.text) and bears_name(unit.text, self.writer):
                return [*lines[:number], *_behind_bar(unit), *lines[number + 1 :]]
        # A firm or a team may sign with its own name.
        return [] if len(lines) == 1 and sort_of(lines[0].text, self.writer) is Sort.BODY else lines

    def _has_title_behind_bar(self, unit: Unit) -> bool:
        """Whether a line is a full name and, behind a bar, a title or a body: "Ann Body | Team Manager"."""
        name, bar, rest = unit.text.partition(" | ")
        return bool(bar) and len(name.split()) > 1 and is_name(name) and sort_of(rest, self.writer) in (Sort.TITLE, Sort.BODY)

    def _signs_first(self, lines: Sequence[Unit]) -> bool:
        """Whether one word right under "Thanks lovely" is the name that the author typed: the signature's stands apart below it."""
        first = lines[0]
        return not first.apart and lines[1].apart and first.words == 1 and is_name(first.text) and not is_footer(first.text)

    def _signs_as_firm(self, lines: Sequence[Unit]) -> bool:
        """Whether the firm's name, right under the closing words or above its writer's name, is what the author signs with."""
        return not lines[0].apart or bears_name(lines[1].text, self.writer)

    def _is_weak_end(self, lines: Sequence[Unit]) -> bool:
        """Whether the last line is no sure part of a signature: the author may have typed it below."""
        last = lines[-1]
        if sort_of(last.text, self.writer) is not Sort.WEAK or is_footer(last.text) or RULE.fullmatch(last.text):
            return False
        return last.apart or len(lines) == 1

    def _at_the_end(self) -> list[Unit]:
        """An organisation's lines at the end of a text that nobody signed: its name or an officer's, and below it the rest."""
        begin = len(self.units)
        while begin and len(self.units) - begin < _LONGEST and self._may_belong(begin - 1):
            begin -= 1
        head = next((n for n in range(max(begin, 1), len(self.units)) if self._heads(n)), None)
        if head is None or head + 1 >= len(self.units):
            return []
        sorts = self._sorts(head + 1, len(self.units))
        if not sorts & {Sort.CONTACT, Sort.TITLE, Sort.EXTRA}:
            return []
        if self._sort(head) is Sort.BODY and not bears_name(self.units[head].text, Address()):
            return list(self.units[head:])
        return [*_behind_bar(self.units[head]), *self.units[head + 1 :]]

    def _heads(self, number: int) -> bool:
        text = self.units[number].text
        return bears_name(text, self.writer) and (len(text.split()) > 1 or names_writer(text, self.writer))


def _is_firm(text: str) -> bool:
    """Whether a line is nothing but the name of a body."""
    return sort_of(text, Address()) is Sort.BODY and _LINE_OF_NAME.fullmatch(text) is not None


def _behind_bar(unit: Unit) -> list[Unit]:
    """What stands behind the first bar of a line "Name | Title | Body"."""
    bar = unit.text.find("|")
    if bar < 1 or unit.end - unit.start != len(unit.text):
        return []
    return [Unit(unit.start + bar, unit.end, unit.text[bar:], apart=False, runs_on=True)]
