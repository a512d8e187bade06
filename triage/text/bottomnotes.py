"""What a colleague wrote below the message that they forward, so that it is not taken for the author's."""

import re

from triage.domain.message import Address
from triage.text.disclaimers import Weight, weight_of
from triage.text.personal import is_prose
from triage.text.signatures import CLOSING, PS, Sort, names_writer, sort_of

_RULE = re.compile(r"\s*[_\-–—=*]{5,}\s*")
# Three are enough above a line that says who added it.
_SHORT_RULE = re.compile(r"\s*[_\-–—=*]{3,}\s*")
_SENTENCE_SIGNED = re.compile(r"[.!?]\s+(?P<name>[^\W\d_][\w'’-]{1,30})\s*$")
_MOST_WORDS = 60
_FORWARDED_BY = re.compile(r"\W*(?:forwarded|passed on|sent on|logged|added|noted|comment|note(?: added)?) by\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
# A note is short: further down nobody looks for the end of the author's letter.
_LOOKED_AT = 40
_MOST_SIGNED = 14


def apart(text: str, author: Address, forwarder: Address) -> tuple[str, str]:
    """The author's words, and the note of the forwarder below them; an empty note where there is none.

    A note is known by the forwarder's name under it, and begins behind the author's own name or a line drawn between the two.
    """
    lines = text.split("\n")
    low = max(0, len(lines) - _LOOKED_AT)
    if not forwarder.name or names_writer(forwarder.name, author):
        return text, ""
    added = _added(lines, low, forwarder)
    if added is not None and any(line.strip() for line in lines[:added]):
        return "\n".join(lines[:added]).rstrip(), "\n".join(lines[added:]).strip()
    named = next((i for i in range(len(lines) - 1, low - 1, -1) if _names(lines[i], forwarder)), None)
    if named is None:
        return text, ""
    begin = _beginning(lines, low, named, author)
    if begin is None or not all(_is_signature(line.strip(), forwarder) for line in lines[named + 1 :]):
        return text, ""
    if not any(line.strip() for line in lines[:begin]):
        return text, ""
    return "\n".join(lines[:begin]).rstrip(), "\n".join(lines[begin:]).strip()


def without_sign_off(text: str, author: Address, forwarder: Address) -> tuple[str, str]:
    """A message that a colleague pasted in, without the colleague's own name and closing words below it; and those."""
    lines = text.rstrip().split("\n")
    known = [word.lower() for word in _WORD.findall(forwarder.name)]
    if not known:
        return text, ""
    if not names_writer(forwarder.name, author):
        kept, note = apart(text, author, forwarder)
        if note:
            return kept, note
    named = len(lines)
    for i in range(len(lines) - 1, max(0, len(lines) - _MOST_SIGNED) - 1, -1):
        line = lines[i].strip()
        if _signs_off(line, author, forwarder):
            named = i
            break
        if not _is_signature(line, forwarder) or names_writer(line, author):
            return text, ""
    if named == len(lines):
        return text, ""
    begin = named
    for i in range(named - 1, max(0, named - 4) - 1, -1):
        if not lines[i].strip():
            continue
        if not CLOSING.fullmatch(lines[i].strip()):
            break
        begin = i
    if not any(line.strip() for line in lines[:begin]):
        return text, ""
    return "\n".join(lines[:begin]).rstrip(), "\n".join(lines[begin:]).strip()


def _signs_off(line: str, author: Address, forwarder: Address) -> bool:
    """Whether a line is the forwarder's name: in full, with an initial, or their first name where the author has another."""
    if _names(line, forwarder) or (_is_initialled(line, forwarder) and not is_prose(line)):
        return True
    known = [word.lower() for word in _WORD.findall(forwarder.name)]
    first = known[-1] if "," in forwarder.name else known[0]
    here = [word.lower() for word in _WORD.findall(line)]
    return here == [first] and first not in {word.lower() for word in _WORD.findall(author.name)}


def _added(lines: list[str], low: int, forwarder: Address) -> int | None:
    """Where a short note begins that stands alone behind the last line drawn, and says whose it is: "Added by R Hale", or "... Ruth"."""
    drawn = next((i for i in range(len(lines) - 1, low - 1, -1) if _SHORT_RULE.fullmatch(lines[i])), None)
    behind = [line.strip() for line in lines[drawn + 1 :] if line.strip()] if drawn is not None else []
    if drawn is None or not behind or sum(len(line.split()) for line in behind) > _MOST_WORDS:
        return None
    if _FORWARDED_BY.match(behind[0]) and _is_initialled(_FORWARDED_BY.sub("", behind[0]), forwarder):
        return drawn
    signed = _SENTENCE_SIGNED.search(behind[-1]) if _RULE.fullmatch(lines[drawn]) else None
    known = [word.lower() for word in _WORD.findall(forwarder.name)]
    return drawn if signed is not None and signed["name"].lower() in (known[:1], known[-1:])["," in forwarder.name] else None


def _is_initialled(text: str, forwarder: Address) -> bool:
    """Whether a line begins with the forwarder's name, the first name perhaps as an initial."""
    here = [word.lower() for word in _WORD.findall(re.split(r"[,|(–:]|\s-\s", text, maxsplit=1)[0])]
    known = [word.lower() for word in _WORD.findall(forwarder.name)]
    known = [*known[1:], known[0]] if "," in forwarder.name else known
    return len(known) > 1 and 2 <= len(here) <= 5 and here[-1] == known[-1] and here[0] in (known[0], known[0][0])


def _is_signature(line: str, forwarder: Address) -> bool:
    """Whether a line below the forwarder's name may be part of their signature."""
    return not line or sort_of(line, forwarder) is not Sort.PROSE or weight_of(line) is not Weight.NONE


def _names(line: str, forwarder: Address) -> bool:
    """Whether a line is the forwarder's full name, or begins with it and a title."""
    first = re.split(r"[,|(–]|\s-\s", _FORWARDED_BY.sub("", line), maxsplit=1)[0]
    here = [word.lower() for word in _WORD.findall(first)]
    known = [word.lower() for word in _WORD.findall(forwarder.name)]
    if not (len(known) > 1 and 2 <= len(here) <= 5 and known[0] in here and known[-1] in here):
        return False
    return _FORWARDED_BY.match(line) is not None or not is_prose(line)


def _beginning(lines: list[str], low: int, named: int, author: Address) -> int | None:
    """Where the note begins: behind the last line drawn above the forwarder's name, or behind the author's own name."""
    for i in range(named - 1, low - 1, -1):
        if _RULE.fullmatch(lines[i]):
            return i
        bare = lines[i].strip()
        if bare and len(bare.split()) <= 5 and names_writer(bare, author) and not bare.endswith((",", "?", "!")):
            i += 1
            while i < named and (not lines[i].strip() or PS.match(lines[i].strip())):
                i += 1
            return i
    return None
