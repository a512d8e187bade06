"""Which words of a page stand in a colour of which its author says that their answers are in it: "mine in red underneath yours"."""

import re
from collections.abc import Sequence
from typing import Any

from lxml.etree import LxmlError
from lxml.html import HTMLParser, document_fromstring

_COLOUR = re.compile(r"(?:^|;)\s{0,4}color\s{0,4}:\s{0,4}([^;\"']{1,40})", re.IGNORECASE)
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s{0,4}(\d{1,3})\s{0,4}[, ]\s{0,4}(\d{1,3})\s{0,4}[, ]\s{0,4}(\d{1,3})", re.IGNORECASE)
# The names by which pages call them.
_NAMED = {
    "red": ("red", "darkred", "crimson", "firebrick", "windowtext red"),
    "blue": ("blue", "darkblue", "navy", "royalblue", "mediumblue", "dodgerblue"),
    "green": ("green", "darkgreen", "forestgreen", "limegreen", "seagreen"),
    "purple": ("purple", "indigo", "darkviolet", "blueviolet"),
}
SAID = re.compile(r"\bin (?:bold )?(red|blue|green|purple)\b", re.IGNORECASE)
_MOST = 400


def in_colour(pages: Sequence[str], said: str) -> set[str]:
    """The lines of `pages` in the first colour that the words `said` name, without what is no letter."""
    match = SAID.search(said)
    if match is None:
        return set()
    found: set[str] = set()
    for page in pages:
        try:
            tree = document_fromstring(re.sub(r"^<\?xml[^>]*\?>", "", page), parser=HTMLParser(huge_tree=True, encoding="utf-8"))
        except (LxmlError, ValueError):
            continue
        for element in tree.xpath("//body//*[@style or @color]")[:_MOST]:
            if _is(_colour_of(element), match[1].lower()):
                found.update(filter(None, map(letters, element.itertext())))
                found.add(letters("".join(element.itertext())))
    return found - {""}


def letters(text: str) -> str:
    """A text's letters and digits, in lower case, for comparing."""
    return re.sub(r"[\W_]+", "", text).lower()


def _colour_of(element: Any) -> str:
    match = _COLOUR.search(element.get("style") or "")
    return (match[1] if match else element.get("color") or "").strip().lower()


def _is(colour: str, name: str) -> bool:
    """Whether a colour as a page states it is what a person calls by that name."""
    if colour in _NAMED[name]:
        return True
    red, green, blue = _parts(colour)
    brightest = max(red, green, blue)
    if brightest < 90:
        return False
    low = brightest * 0.6
    return {
        "red": red == brightest and green < low and blue < low,
        "green": green == brightest and red < low and blue < brightest * 0.8,
        "blue": blue == brightest and red < low,
        "purple": green < low and red > brightest * 0.4 and blue > brightest * 0.6,
    }[name]


def _parts(colour: str) -> tuple[int, int, int]:
    rgb = _RGB.match(colour)
    if rgb:
        return int(rgb[1]), int(rgb[2]), int(rgb[3])
    match = _HEX.fullmatch(colour)
    if match is None:
        return 0, 0, 0
    digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
