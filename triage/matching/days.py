"""Days that a message names: "on 17 April", "the 4th of Feb", "01/05". Years are left out: families write within one."""

import re
from datetime import datetime

_MONTHS = {name: number for number, names in enumerate(
    ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august", "sep sept september",
     "oct october", "nov november", "dec december"), 1) for name in names.split()}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?! ?(?:%|weeks|days|hours))", re.IGNORECASE)
_FIGURES = re.compile(r"(?<![\d/.])(\d{1,2})[/.](\d{1,2})(?:[/.](?:20)?\d\d)?(?![\d/])")
_ORDINAL = re.compile(r"\bthe (\d{1,2})(?:st|nd|rd|th)\b(?! (?:of )?[A-Z]?(?:floor|birthday|time|year|week|week))", re.IGNORECASE)
# "I wrote on the 11th", "my email of 24 April", "what she sent on 3 March".
_WRITING = re.compile(
    r"\b(?:wr[oi]te|written|e-?mail(?:ed)?|sent|send|complain(?:ed|t)|letter|message|form|report(?:ed)?|rang|phoned|spoke|contacted|"
    r"submitted|ours of|mine of)\b",
    re.IGNORECASE,
)
_NEAR = 60


def days_in(text: str, written_at: datetime) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The days that a text names as (month, day), and those of them beside which it speaks of writing or calling."""
    days: set[tuple[int, int]] = set()
    told: set[tuple[int, int]] = set()
    found: list[tuple[int, int, int]] = []
    text = text[:6000]
    found += [(match.start(), _MONTHS[match[2].lower()], int(match[1])) for match in _DAY_MONTH.finditer(text)]
    found += [(match.start(), _MONTHS[match[1].lower()], int(match[2])) for match in _MONTH_DAY.finditer(text)]
    found += [(match.start(), int(match[2]), int(match[1])) for match in _FIGURES.finditer(text)]
    for match in _ORDINAL.finditer(text):
        day = int(match[1])
        month = written_at.month if day <= written_at.day else written_at.month - 1 or 12
        found.append((match.start(), month, day))
    for start, month, day in found:
        if 1 <= month <= 12 and 1 <= day <= 31:
            days.add((month, day))
            if _WRITING.search(text[max(0, start - _NEAR) : start + 25]):
                told.add((month, day))
    return days, told
