"""What stands below an author's words: footers of telephones, legal notices, and the lines that frame them."""

import re
from collections.abc import Sequence
from enum import Enum

from triage.text.banners import is_banner, is_wrapper
from triage.text.disclaimers import Weight, is_frame, weight_of
from triage.text.footers import is_footer
from triage.text.personal import is_personal, is_prose
from triage.text.units import RULE, Unit

_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\W{0,3}$")
# Words that lead to what the writer quotes.
_LEADS_TO = re.compile(
    r"(?:\b(?:then|and|says?|said|reads?|wrote|was|with|just|only|got|footer|signature|line|bottom)|[:,;–-])$", re.IGNORECASE
)
_FEWEST_ABOVE = 3
_LONGEST_FRAMED = 30
_OWN_IN_A_ROW = 4


class Place(Enum):
    """Where a unit may belong, as far as its own words tell."""

    OWN = "own"
    RULE = "rule"
    FRAME = "frame"
    FOOTER = "footer"
    BANNER = "banner"
    LIKELY_LEGAL = "likely"
    LEGAL = "legal"


def place_of(unit: Unit) -> Place:
    """Where one unit may belong."""
    if is_frame(unit.text):
        return Place.FRAME
    if RULE.fullmatch(unit.text):
        return Place.RULE
    if is_footer(unit.text):
        return Place.FOOTER
    weight = weight_of(unit.text)
    if weight is Weight.SURE:
        return Place.LEGAL
    if is_banner(unit.text) or is_wrapper(unit.text):
        return Place.BANNER
    return Place.LIKELY_LEGAL if weight is Weight.LIKELY else Place.OWN


def notices_at_the_end(units: Sequence[Unit]) -> set[int]:
    """The numbers of the units below the author's words that are notices, footers or what frames them."""
    places = _places(units)
    taken: dict[int, Place] = {}
    number = len(units)
    while number and places[number - 1] is not Place.OWN:
        number -= 1
        taken[number] = places[number]
        opening = _frame_above(units, number) if places[number] is Place.FRAME else None
        if opening is not None:
            taken.update(dict.fromkeys(range(opening, number), Place.LEGAL))
            number = opening
    while taken and not _can_begin(units, taken, number):
        del taken[number]
        number += 1
    return set(taken)


def footers_between(units: Sequence[Unit]) -> list[Unit]:
    """Footers between the author's words, who wrote on below them. A person may also quote one."""
    found = []
    for number in range(1, len(units) - 1):
        unit, above = units[number], units[max(0, number - 2) : number]
        if not unit.apart or not units[number + 1].apart or not is_footer(unit.text):
            continue
        # Who never puts a full stop is understood by their words.
        ended = above[-1].text.endswith((".", "!", "?", "x", "X")) or (
            above[-1].words >= _FEWEST_ABOVE and not _LEADS_TO.search(above[-1].text)
        )
        if ended and not any('"' in one.text or "“" in one.text for one in above):
            found.append(unit)
    return found


def _places(units: Sequence[Unit]) -> list[Place]:
    """Where units may belong; the sentences of a notice's line, and what stands between two notices, go with it."""
    places = _as_they_stand(units)
    begin = 0
    while begin < len(units):
        end = begin + 1
        while end < len(units) and units[end].runs_on:
            end += 1
        line = places[begin:end]
        legal = sum(place in (Place.LEGAL, Place.LIKELY_LEGAL) for place in line)
        if Place.LEGAL in line and 2 * legal >= len(line) and not any(is_personal(unit.text) for unit in units[begin:end]):
            places[begin:end] = [Place.LEGAL] * (end - begin)
        begin = end
    for number in range(1, len(units) - 1):
        between = places[number - 1] is places[number + 1] is Place.LEGAL and not (units[number].apart and units[number + 1].apart)
        if places[number] is Place.OWN and between and not is_personal(units[number].text):
            places[number] = Place.LEGAL
    for number in range(1, len(units)):
        # The sender's postal address stands in the footer of what a newsletter's tool sent.
        ends = number + 1 == len(units) or places[number + 1] in (Place.LEGAL, Place.FOOTER)
        if places[number] is Place.OWN and places[number - 1] is Place.LEGAL and ends and _is_address(units[number]):
            places[number] = Place.LEGAL
    return places


def _is_address(unit: Unit) -> bool:
    """Whether a line is a postal address, right below another line, and says nothing of a person."""
    return not unit.apart and _POSTCODE.search(unit.text) is not None and not is_personal(unit.text) and not is_prose(unit.text)


def _as_they_stand(units: Sequence[Unit]) -> list[Place]:
    """Where units may belong, looked at from the end until several in a row are the author's; above those all are."""
    places = [Place.OWN] * len(units)
    own = 0
    for number in range(len(units) - 1, -1, -1):
        places[number] = place_of(units[number])
        own = own + 1 if places[number] is Place.OWN else 0
        if own > _OWN_IN_A_ROW:
            break
    return places


def _frame_above(units: Sequence[Unit], closing: int) -> int | None:
    """Where the frame begins whose lower edge is `closing`, if what stands in it is a notice."""
    for number in range(closing - 1, max(-1, closing - _LONGEST_FRAMED), -1):
        if is_frame(units[number].text):
            inside = units[number + 1 : closing]
            return number if any(weight_of(unit.text) is Weight.SURE for unit in inside) else None
    return None


def _can_begin(units: Sequence[Unit], taken: dict[int, Place], number: int) -> bool:
    """Whether the notices may begin with this unit: with a sure one, or a likely one that a sure one follows."""
    place = taken[number]
    if place in (Place.RULE, Place.FRAME):
        following = taken.get(number + 1)
        return following not in (None, Place.RULE) and _can_begin(units, taken, number + 1)
    if place is Place.LIKELY_LEGAL:
        near = taken.get(number + 1) in (Place.LEGAL, Place.LIKELY_LEGAL)
        return near and any(other is Place.LEGAL for at, other in taken.items() if at > number)
    if place is Place.LEGAL and number and units[number].runs_on:
        # A single such sentence that runs on behind the author's own is theirs.
        return sum(other is Place.LEGAL for other in taken.values()) > 1 or not is_prose(units[number - 1].text)
    return True
