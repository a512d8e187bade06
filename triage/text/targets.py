"""Where a link of a page leads, told in words: its real address, and plainly so where its own words name another."""

import re
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import parse_qs, unquote, urlsplit

from triage.text.shown import line, real_name

_LONGEST = 300
_LONGEST_OTHER = 80
_LOOKED_AT = 1000
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}):")
_WEB = re.compile(r"(https?|ftp):[/\\]*", re.IGNORECASE)
_NO_PART_OF_IT = re.compile(r"[\x00-\x1f\x7f]")
# An address in the words of a link, with "http://", "www." or without.
_NAMED = re.compile(
    r"(?:(?:https?|ftp):[/\\]{1,4}|www\.)[^\s<>\"'\[\]]{1,400}|(?<![\w.@-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?![\w@])", re.IGNORECASE
)
_MAIL = re.compile(r"[^\s<>()\[\],;:\"']{1,64}@[^\s<>()\[\],;:\"']{1,255}")
# What stands in the words of a link like a host's name: a file's, a number, an abbreviation.
_ENDING = re.compile(r"[a-z]{2,24}|xn--[a-z0-9-]{1,59}")
_FILES = frozenset(
    ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "jpg", "jpeg", "png", "gif", "txt", "csv", "zip", "odt", "rtf", "html", "htm")
)
_WRAPPED = re.compile(r"/v3/__(https?:/{1,2}.{1,2000}?)__;", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Goal:
    """Where an address leads: the host that a browser would ask, and the service that it goes through, by which mail was rewritten."""

    shown: str
    host: str
    through: str = ""
    hides_host: bool = False


def told(said: str, target: str) -> str:
    """What is put in brackets behind a link's words; nothing where they are the address itself, or it leads nowhere."""
    target = _NO_PART_OF_IT.sub("", target).strip()
    said = " ".join(said[:_LOOKED_AT].split())
    if not target or target.startswith("#"):
        return ""
    if _WEB.match(target) or target.startswith(("//", "\\\\", "/\\", "\\/")):
        return _web(said, target)
    scheme = _SCHEME.match(target)
    if scheme is None:
        return f"an address that is not complete: {line(target, _LONGEST)}"
    if scheme[1].lower() == "mailto":
        return _mail(said, target)
    if scheme[1].lower() == "tel":
        return line(target, _LONGEST_OTHER)
    return f"not an address of a page or a person: {line(target, _LONGEST_OTHER)}"


def _web(said: str, target: str) -> str:
    goal = _goal(target)
    shown = f"{goal.shown}, by way of {goal.through}" if goal.through else goal.shown
    if goal.hides_host:
        shown = f"goes to {_beside(goal.host)}: {shown}"
    if _names_another(said, goal.host):
        return f"this link does not go where it says. It goes to {_beside(goal.host)}: {shown}"
    return "" if not goal.through and not goal.hides_host and _bare(said) == _bare(goal.shown) else shown


def _goal(target: str, *, rewritten: bool = True) -> _Goal:
    """What a browser makes of an address: backslashes are slashes to it, their number matters little, and names are folded."""
    start = _WEB.match(target)
    scheme = start[1].lower() if start else "https"
    rest = (target[start.end() :] if start else target.lstrip("/\\")).replace("\\", "/")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, at, place = authority.rpartition("@")
    host = normalize("NFKC", unquote(place.rpartition(":")[0] or place) if re.search(r":\d*$", place) else unquote(place)).lower()
    host = re.sub("[\u3002\uff61]", ".", host).strip(".")
    url = f"{scheme}://{rest}"
    if rewritten and (inside := _before_it_was_rewritten(host, url)):
        goal = _goal(inside, rewritten=False)
        return _Goal(goal.shown, goal.host, through=line(host, 100), hides_host=goal.hides_host)
    return _Goal(line(url, _LONGEST), line(real_name(host), 260), hides_host=bool(at) and bool(user))


def _before_it_was_rewritten(host: str, url: str) -> str:
    """The address in one that the mail system of the council or of the sender put in its place, by their exact names."""
    if host.endswith(".safelinks.protection.outlook.com"):
        try:
            inside = parse_qs(urlsplit(url[:8000]).query).get("url", [""])[0]
        except ValueError:
            return ""
    elif host in ("urldefense.com", "urldefense.proofpoint.com"):
        match = _WRAPPED.search(url[:8000])
        inside = match[1] if match else ""
    else:
        return ""
    return inside if _WEB.match(inside) else ""


def _names_another(said: str, host: str) -> bool:
    """Whether the words of a link name a host, and not that to which it leads or one above that."""
    mails = [one[0].rpartition("@")[2] for one in _MAIL.finditer(said)]
    return any(
        not _is_within(host, name)
        for name in [*(_goal(one[0], rewritten=False).host for one in _NAMED.finditer(said) if _is_host(one[0])), *mails]
    )


def _is_host(text: str) -> bool:
    if re.match(r"(?:https?|ftp):|www\.", text, re.IGNORECASE):
        return True
    last = text.lower().rpartition(".")[2]
    return (
        (_ENDING.fullmatch(last) is not None or not last.isascii())
        and last not in _FILES
        and not any(part[:1].isupper() for part in text.split(".")[1:])
    )


def _is_within(host: str, name: str) -> bool:
    name = real_name(name.strip(".,;:!?)").lower()).removeprefix("www.")
    host = host.removeprefix("www.")
    return host == name or host.endswith(f".{name}")


def _mail(said: str, target: str) -> str:
    address = unquote(target[len("mailto:") :].partition("?")[0])
    named = _MAIL.search(said)
    shown = line(address, _LONGEST)
    if named and named[0].lower() != address.lower():
        return f"this link does not go where it says. It writes to {shown}"
    return "" if said.lower() == address.lower() else f"writes to {shown}"


def _beside(host: str) -> str:
    return host or "nowhere"


def _bare(text: str) -> str:
    return re.sub(r"^https?://", "", text.split(" (", 1)[0].strip().lower()).rstrip("/")
