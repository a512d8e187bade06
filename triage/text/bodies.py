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
_FAMILY = ("family", "famili")
_PROVIDER = re.compile(r".*(?:mail|post|inbox|box|net|web|line)")


def names_its_body(text: str, writer: Address) -> bool:
    """Whether one of the last lines spells the domain that its writer writes from: "Brook Homes" at brookhomes.example.

    A person's own name does not count, though their domain may be made of it.
    """
    label = "".join(_WORD.findall(writer.domain.partition(".")[0].lower()))
    if len(label) < _SHORTEST or any(part in label for part in _FAMILY) or _PROVIDER.fullmatch(label):
        return False
    own = {word.lower() for word in _WORD.findall(_NOT_IN_NAMES.sub("", writer.name))}
    last = [line for line in text[-4_000:].split("\n") if line.strip()][-_LAST_LINES:]
    return any(_spells(line, label, own) for line in last if len(line) <= _LONGEST_LINE)


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
