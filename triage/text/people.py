"""The person that a header or a sentence names: an address, a name, or both, however a program or a hand wrote them."""

import re

from triage.domain.message import Address

_BEFORE_AT = re.compile(r"[^\s<>()\[\]{},;:\"“”|@/\\]{1,64}\Z")
_BEHIND_AT = re.compile(r"[^\s<>()\[\]{},;:\"'|@/\\*]{1,190}")
_ON_BEHALF = re.compile(r"\s(?:on behalf of|im auftrag von|de la part de|ar ran|i ran|w imieniu|namens|por cuenta de)\s", re.IGNORECASE)
_LONGEST_NAME = 200


def find_address(text: str) -> str:
    """The first address in a text, in lower case, or an empty string."""
    found = _spans(text, most=1)
    return text[slice(*found[0])].lower() if found else ""


def _spans(text: str, most: int = 20) -> list[tuple[int, int]]:
    """Where addresses stand. Each is looked for around its sign, so that the work grows with the text and not faster."""
    spans: list[tuple[int, int]] = []
    at = text.find("@")
    looked = 0
    while at >= 0 and len(spans) < most and looked < 200:
        before = _BEFORE_AT.search(text[max(0, at - 64) : at])
        behind = _BEHIND_AT.match(text, at + 1)
        if before and behind:
            # Quotation marks and the stars of bold type may stand around it; an apostrophe may stand in it.
            end = at + 1 + len(behind[0].rstrip(".*’_"))
            start = at - len(before[0].lstrip("*.'‘"))
            if end > at + 1 and start < at:
                spans.append((start, end))
        at = text.find("@", at + 1)
        looked += 1
    return spans


def without_addresses(text: str) -> str:
    """A text with a space for each address in it."""
    for start, end in reversed(_spans(text)):
        text = f"{text[:start]} {text[end:]}"
    return text


def who(value: str) -> tuple[Address, Address | None]:
    """The author that a From field names, and who sent it on the author's behalf."""
    parts = _ON_BEHALF.split(value, maxsplit=1)
    if len(parts) == 2:
        return _one(parts[1]), _one(parts[0])
    return _one(value), None


def _one(value: str) -> Address:
    # "a@x <mailto:a@x>", "Name [mailto:a@x]", "'Name' <a@x>", "Name (a@x)", "Name a@x"
    value = re.sub(r"(?i)mailto:", "", value)
    address = find_address(value)
    name = without_addresses(value)
    name = re.sub(r"<[^<>]*>|\[\s*\]|\(\s*\)|<\s*|\s*>|\[\s*|\s*\]", " ", name)
    name = re.sub(r"\bvia\b .*$", "", name) if address else name
    name = re.sub(r"\s+", " ", name).strip(" \"'“”‘’,;:|*_-").removesuffix(" .")
    return Address(address, "" if name.lower() == address else name[:_LONGEST_NAME])
