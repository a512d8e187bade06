"""What a colleague wrote below the message that they forward, so that it is not taken for the author's."""

import re

from triage.domain.message import Address
from triage.text.disclaimers import Weight, weight_of
from triage.text.personal import is_prose
from triage.text.signatures import CLOSING, PS, Sort, names_writer, sort_of

_RULE = re.compile(r"\s*[_\-–—=*]{5,}\s*")
# Three are enough above a line that says who added it.
_SHORT_RULE = re.compile(r"\s*[_\-–—=*]{3,}\s*")
_SPACED_RULE = re.compile(r"\s*(?:[_\-–—=*] ){2,40}[_\-–—=*]?\s*")
# "... goes to you. Claire", "... by Friday. Thanks, Claire Tunley, Front Door Admin"
_SENTENCE_SIGNED = re.compile(
    r"[.!?]\s{1,3}(?:(?i:many thanks|thanks|thank you|regards|cheers|ta),?\s)?"
    r"(?P<name>[^\W\d_][\w'’-]{1,30}(?:\s[^\W\d_][\w'’-]{0,30}){0,2})"
    r"(?P<post>\s?[,|(–—-]\s?[^.!?\n]{2,60})?\s*$"
)
# "Note for complaints: ...", "Comment from MO: ...", "Marcus's comment: ..."
_A_NOTE = (
    r"(?:(?:quick|short|internal|extra|additional|further|manager['’]s|officer['’]s)\s)?"
    r"(?:notes?|comments?|remarks?|message|background|steer)"
)
_LABEL = re.compile(
    rf"\W{{0,4}}(?:{_A_NOTE}\s(?P<way>from|by|for|to)\s(?P<whom>[^\n:]{{1,60}})|(?P<whose>[^\n:]{{1,40}}?)(?:['’]s)?\s{_A_NOTE})\s?:",
    re.IGNORECASE,
)
# What a forwarder writes over the next of several messages: "SECOND ONE:", "2)", "And this one:", "Next:".
_HEADING = re.compile(
    r"[\W_]{0,12}(?:"
    r"(?:and (?:then )?|then )?(?:the )?(?:first|second|third|fourth|fifth|sixth|next|other|last|final|another|1st|2nd|3rd|4th|5th|6th|"
    r"this)(?: (?:one|e-?mail|message|complaint|letter|enquiry|family|parent))?(?: below)?\s?[:\-–—]"
    r"|(?:SECOND|THIRD|FOURTH|FIFTH|NEXT|LAST) (?:ONE|E-?MAIL|MESSAGE)"
    r"|(?:(?:no\.?|number|e-?mail|message|complaint|family|item)\s?)?[#(]{0,2}\d{1,2}(?: of \d{1,2})?[).:]{1,2}"
    r")[\W_]{0,12}",
    re.IGNORECASE,
)
_MOST_WORDS, _MOST_WORDS_LABELLED = 60, 120
_FORWARDED_BY = re.compile(r"\W{0,12}(?:forwarded|passed on|sent on|logged|added|noted|comment|note(?: added)?) by\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
# A note is short: further down nobody looks for the end of the author's letter.
_LOOKED_AT = 40
_MOST_SIGNED = 14
_LONGEST_HEADING = 60


def apart(text: str, author: Address, forwarder: Address) -> tuple[str, str]:
    """The author's words, and the note of the forwarder below them; an empty note where there is none.

    A note is known by the forwarder's name under it, and begins behind the author's own name or a line drawn between the two.
    """
    lines = text.split("\n")
    low = max(0, len(lines) - _LOOKED_AT)
    if not forwarder.name or names_writer(forwarder.name, author):
        return text, ""
    added = _added(lines, low, author, forwarder)
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


def without_heading(text: str) -> tuple[str, str]:
    """A message above another one, without the heading that the forwarder of both wrote over the second; and that heading."""
    lines = text.rstrip().split("\n")
    if len(lines) < 2 or len(lines[-1]) > _LONGEST_HEADING or _HEADING.fullmatch(lines[-1]) is None:
        return text, ""
    return "\n".join(lines[:-1]).rstrip(), lines[-1].strip()


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


def _added(lines: list[str], low: int, author: Address, forwarder: Address) -> int | None:
    """Where a short note begins that stands alone behind the last line drawn, and says whose it is: "Added by R Hale", or "... Ruth".

    One that begins "Comment from RH:", or "Note for complaints:" and ends with the name, needs no line above it, only an empty one.
    """
    drawn = next((i for i in range(len(lines) - 1, low - 1, -1) if _is_drawn(lines[i])), None)
    behind = _full(lines[drawn + 1 :]) if drawn is not None else []
    if drawn is not None and behind:
        if _is_labelled(behind, author, forwarder):
            return drawn
        few = sum(len(line.split()) for line in behind) <= _MOST_WORDS
        if few and _FORWARDED_BY.match(behind[0]) and _is_initialled(_FORWARDED_BY.sub("", behind[0]), forwarder):
            return drawn
        # Below a few dashes, or with a space between them, an author may sign a postscript; with a post there, an officer does.
        if few and _is_signed(behind, author, forwarder, with_post=not _RULE.fullmatch(lines[drawn])):
            return drawn
    for i in range(len(lines) - 1, max(low, 1) - 1, -1):
        if not lines[i - 1].strip() and _LABEL.match(lines[i]) and _is_labelled(_full(lines[i:]), author, forwarder):
            return i
    return None


def _is_drawn(line: str) -> bool:
    return _SHORT_RULE.fullmatch(line) is not None or _SPACED_RULE.fullmatch(line) is not None


def _full(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _is_labelled(behind: list[str], author: Address, forwarder: Address) -> bool:
    """Whether a note says above its words that it is the forwarder's, or for whom it is meant and below them that it is theirs."""
    label = _LABEL.match(behind[0])
    if label is None or sum(len(line.split()) for line in behind) > _MOST_WORDS_LABELLED:
        return False
    if label["way"] and label["way"].lower() in ("for", "to"):
        return _is_signed(behind, author, forwarder, with_post=False)
    return _is_forwarder(label["whom"] or label["whose"], author, forwarder)


def _is_signed(behind: list[str], author: Address, forwarder: Address, *, with_post: bool) -> bool:
    """Whether the last words of a note are the forwarder's name, perhaps with their post: `with_post` says that it must be there."""
    signed = _SENTENCE_SIGNED.search(" ".join(behind)[-200:])
    if signed is not None and signed["post"] and _is_post(signed["post"], forwarder):
        return True
    if signed is not None and (signed["post"] or not with_post) and _is_forwarder(signed["name"], author, forwarder):
        return True
    for i in range(len(behind) - 1, max(0, len(behind) - 3), -1):
        name, *post = re.split(r"[,|(–—]|\s-\s", behind[i], maxsplit=1)
        named = _is_forwarder(name, author, forwarder) or (len(name.split()) <= 3 and any(_is_post(one, forwarder) for one in post))
        if named and all(_is_signature(line, forwarder) for line in behind[i + 1 :]):
            return bool(post or i + 1 < len(behind)) or not with_post
    return False


def _is_post(text: str, forwarder: Address) -> bool:
    """Whether a post is the name of the mailbox that forwarded it: "Claire, Front Door Admin" from "Front Door Admin"."""
    here, known = ({word.lower() for word in _WORD.findall(part)} for part in (text, forwarder.name))
    return len(known) > 1 and (here == known or (len(here) > 1 and known > here))


def _is_forwarder(text: str, author: Address, forwarder: Address) -> bool:
    """Whether a few words are the forwarder's name, first name or initials, and not also the author's."""
    here, known, other = (
        [word.lower() for word in _WORD.findall(part)] for part in (re.split(r"[,|(–]", text)[0], forwarder.name, author.name)
    )
    known = [*known[1:], known[0]] if "," in forwarder.name else known
    if not here or not known:
        return False
    if len(here) > 1:
        return _is_initialled(text, forwarder)
    if here[0] == known[0]:
        return here[0] not in other
    initials = "".join(word[0] for word in known)
    return len(initials) > 1 and text.strip().isupper() and here[0] == initials and initials != "".join(word[0] for word in other)


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
