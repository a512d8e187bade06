"""Whether a sender writes for a body, where neither a word of the domain nor the mailbox says so, by what they sign with."""

import re

from triage.domain.message import Address

_LAST_LINES = 14
_LONGEST_LINE = 200
_MOST_WORDS = 40
# Shorter names are found by chance.
_SHORTEST = 8
_WORD = re.compile(r"[^\W\d_]+")
_NOT_IN_NAMES = re.compile(r"['’]")
# Who signs with their seat writes from their office: "Ann Orr MP", "Office of Ann Orr MP".
_SEAT = re.compile(
    r"(?:(?:the )?(?:parliamentary |constituency |private )?office of )?(?:the )?(?:(?:rt\.? |right )?hon(?:ourable|\.)? )?"
    r"(?P<name>[^\W\d_][\w'’.-]{0,30}(?: [^\W\d_][\w'’.-]{0,30}){1,3}?),? (?:MP|MSP|MS/AS|AS/MS|"
    r"member of (?:parliament|the senedd))\b.{0,80}",
    re.IGNORECASE,
)
_FAMILY = ("family", "famili")
_PROVIDER = re.compile(r".*(?:mail|post|inbox|box|net|web|line)")


def names_its_body(text: str, writer: Address) -> bool:
    """Whether one of the last lines spells the domain that its writer writes from: "Brook Homes" at brookhomes.example.

    So does a line that names the writer's seat in a parliament. A person's own name does not count, though their domain may be made of it.
    """
    own = {word.lower() for word in _WORD.findall(_NOT_IN_NAMES.sub("", writer.name))}
    last = [line for line in text[-4_000:].split("\n") if line.strip() and len(line) <= _LONGEST_LINE][-_LAST_LINES:]
    if any(_states_seat(line.strip(), own) for line in last):
        return True
    label = "".join(_WORD.findall(writer.domain.partition(".")[0].lower()))
    if len(label) < _SHORTEST or any(part in label for part in _FAMILY) or _PROVIDER.fullmatch(label):
        return False
    return any(_spells(line, label, own) for line in last)


def _states_seat(line: str, own: set[str]) -> bool:
    """Whether a line is the writer's own name and that they sit in a parliament."""
    seat = _SEAT.fullmatch(line)
    return seat is not None and len(own & {word.lower() for word in _WORD.findall(_NOT_IN_NAMES.sub("", seat["name"]))}) > 1


def _spells(line: str, label: str, own: set[str]) -> bool:
    """Whether two words of a line or more, one behind the other and with a capital first, are spelled like the label."""
    words = _WORD.findall(_NOT_IN_NAMES.sub("", line))[:_MOST_WORDS]
    for first in range(len(words)):
        spelled = ""
        for last in range(first, len(words)):
            spelled += words[last].lower()
            if not label.startswith(spelled):
                break
            if spelled == label:
                here = words[first : last + 1]
                return len(here) > 1 and here[0][:1].isupper() and not all(word.lower() in own for word in here)
    return False
