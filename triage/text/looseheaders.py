"""Headers without labels: what GroupWise, Notes and Outlook's reading pane show, and what people type over a message that they paste.

>>> "A Person" <a@family.example> 16/06/2026 20:14 >>>
"A Person" <a@family.example> on 06/03/2026 17:22:41
A Person<a@family.example>  /  Tue 10/03/2026 08:47  /  To: An Officer
From A Person, a@family.example, 5/3/26, no subject
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.message import Address
from triage.text.attributions import DAY, day_in
from triage.text.dates import parse_date
from triage.text.labels import labelled, typed
from triage.text.lines import Line, next_full
from triage.text.people import find_address, who, without_addresses

_GROUPWISE = re.compile(
    r"([^\n<>]{0,80}?(?:<[^<>\s]{3,250}>)?)\s*,?\s"
    r"(\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4},? \d{1,2}[:.]\d\d(?::\d\d)?(?: ?[ap]m)?)\s*>>>"
)
_NOTES = re.compile(
    r"([^\n<>]{0,80}?<[^<>\s]{3,250}>|[^\s@]{1,64}@[^\s@]{3,190}) on "
    r"(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4} \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?)",
    re.IGNORECASE,
)
_RESPOND = re.compile(r"\s*Please respond to\b")
_PANE = re.compile(r"[^\n<>@:]{1,80}\s?<[^<>\s@]{1,64}@[^<>\s]{1,190}>")
_TYPED_LINE = re.compile(r"(?:\W{0,4})(?:from|e-?mail from|message from|received from|sent by)\b:?\s(?P<rest>[^\n]{6,200})", re.IGNORECASE)
_NO_SUBJECT = re.compile(r"\b(?:no subject|\(no subject\)|subject blank)\b", re.IGNORECASE)
_SUBJECT = re.compile(r"\b(?:subject|re|headed|titled)\b[:\s]\s?[\"“']?([^\"”\n]{2,150})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LooseHeader:
    """What such lines say. `pasted` is true where a person pasted the message in; `unquoted` where it is not quoted below."""

    end: int
    author: Address
    sent: datetime | None
    recipients: str = ""
    subject: str | None = None
    pasted: bool = False
    unquoted: bool = False


def loose_header_at(lines: Sequence[Line], i: int, passed_on: datetime | None) -> LooseHeader | None:
    """The header without labels that begins at line `i`, or None."""
    content = lines[i].content.strip()
    if not content or len(content) > 300:
        return None
    if content.endswith(">>>"):
        return _groupwise(lines, i, content, passed_on)
    if "@" in content:
        return _notes(lines, i, content, passed_on) or _pane(lines, i, content, passed_on) or _typed_line(lines, i, content, passed_on)
    return _typed_fields(lines, i, passed_on) if ":" in content[:20] else None


def _groupwise(lines: Sequence[Line], i: int, content: str, passed_on: datetime | None) -> LooseHeader | None:
    match = _GROUPWISE.fullmatch(content)
    if match is None or lines[i].depth < 3:
        return None
    return LooseHeader(i + 1, who(match[1])[0], parse_date(match[2], passed_on), unquoted=True)


def _notes(lines: Sequence[Line], i: int, content: str, passed_on: datetime | None) -> LooseHeader | None:
    match = _NOTES.fullmatch(content)
    if match is None:
        return None
    fields, end = _rest(lines, i + 1, ("to", "copy", "subject", "other"))
    if not fields:
        return None
    return LooseHeader(end, who(match[1])[0], parse_date(match[2], passed_on), fields.get("to", ""), fields.get("subject"))


def _pane(lines: Sequence[Line], i: int, content: str, passed_on: datetime | None) -> LooseHeader | None:
    """Name and address, and in the next lines the moment and the recipients, as they are copied out of a reading pane."""
    if _PANE.fullmatch(content) is None:
        return None
    sent, to, subject, end = None, "", None, i + 1
    for _ in range(4):
        j = next_full(lines, end)
        if j >= len(lines) or lines[j].depth != lines[i].depth or j - end > 2:
            break
        bare = lines[j].content.strip()
        found = labelled(bare)
        if found is not None and found[0] in ("to", "copy", "subject"):
            to = found[1] if found[0] == "to" else to
            subject = found[1] if found[0] == "subject" else subject
        elif sent is None and len(bare) < 60 and DAY.search(bare) and parse_date(re.sub(r"\([^()]*\)", "", bare), passed_on) is not None:
            sent = parse_date(re.sub(r"\([^()]*\)", "", bare), passed_on)
        elif not re.fullmatch(r"(?i)to me\b.{0,40}", bare):
            break
        end = j + 1
    return None if sent is None else LooseHeader(end, who(content)[0], sent, to, subject, pasted=True)


def _typed_line(lines: Sequence[Line], i: int, content: str, passed_on: datetime | None) -> LooseHeader | None:
    """One line that names the sender with an address and a day."""
    match = _TYPED_LINE.fullmatch(content)
    day = day_in(match["rest"]) if match else ""
    if match is None or not day or lines[i].depth:
        return None
    sent = parse_date(day, passed_on)
    rest = match["rest"].replace(day, " ")
    named = re.split(r"[,(<\[;]|\s-\s", without_addresses(rest), maxsplit=1)[0].strip()
    address = find_address(match["rest"])
    if sent is None or not named or len(named.split()) > 6 or not next_full(lines, i + 1) < len(lines):
        return None
    subject = None if _NO_SUBJECT.search(rest) else _SUBJECT.search(rest)
    return LooseHeader(i + 1, Address(address, who(named)[0].name), sent, subject=subject[1].strip(" .:") if subject else None, pasted=True)


def _typed_fields(lines: Sequence[Line], i: int, passed_on: datetime | None) -> LooseHeader | None:
    """Name, address and day under labels that a person chose."""
    first = typed(lines[i].content) if any("@" in line.content for line in lines[i : i + 8]) else None
    if first is None or first[0] not in ("name", "from", "address") or lines[i].depth:
        return None
    fields: dict[str, str] = {}
    end = i
    while end < len(lines) and end - i < 8 and (found := typed(lines[end].content)) is not None and found[0] not in fields:
        fields[found[0]] = found[1]
        end += 1
    address, name = find_address(fields.get("address", "")), fields.get("name", fields.get("from", ""))
    sent = parse_date(fields.get("sent", ""), passed_on)
    if not address or not name or sent is None:
        return None
    return LooseHeader(end, Address(address, who(name)[0].name), sent, fields.get("to", ""), fields.get("subject"), pasted=True)


def _rest(lines: Sequence[Line], i: int, allowed: tuple[str, ...]) -> tuple[dict[str, str], int]:
    """The labelled lines that follow, with at most two empty ones between them."""
    fields: dict[str, str] = {}
    end = i
    for _ in range(10):
        j = next_full(lines, end)
        if j < len(lines) and _RESPOND.match(lines[j].content):
            end = j + 1
            continue
        found = labelled(lines[j].content) if j < len(lines) and j - end <= 2 else None
        if found is None or found[0] not in allowed:
            break
        fields.setdefault(*found)
        end = j + 1
    return fields, end
