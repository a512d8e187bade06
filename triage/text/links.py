"""Links as a person would see them: without what mail systems wrap around them, and without the places of pictures."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

_LINK = re.compile(r"https?://[^\s<>\"')\]]+", re.IGNORECASE)
# Services that rewrite links so that they can look at what is behind them, or count who follows them.
_REWRITTEN = re.compile(
    r"https?://[^/]{0,120}?(?:safelinks\.|urldefense\.|protect-[a-z0-9]+\.mimecast\.|mimecastprotect\.|linkprotect\.|link\.edgepilot\.|"
    r"clicktime\.|secure-web\.cisco\.|(?<![a-z])(?:click|tracking?|links?|email|mailer)\.)|https?://[^/]{1,120}/(?:ls/click|"
    r"track/|wf/open|c/e)",
    re.IGNORECASE,
)
_DEFENSE_V3 = re.compile(r"/v3/__(https?:/{1,2}.+?)__;", re.IGNORECASE)
_BEHIND = re.compile(
    r"[ \t]?<(?:https?://|mailto:|tel:)[^<>\n]{0,4000}>|[ \t]?<#[0-9A-F-]{8,60}>|[ \t]?\[(?:https?://|mailto:|tel:)[^\[\]\n]{0,4000}\]",
    re.IGNORECASE,
)
_PICTURE = re.compile(
    r"\[(?:cid:|image\b|inline image|logo\b|signature\b)[^\[\]\n]{0,120}\]|<?cid:[\w.-]{1,80}@[\w.-]{1,80}>?|"
    r"\[[^\[\]\n]{1,60}\.(?:png|jpe?g|gif|bmp)\]|"
    r"\[[^\[\]\n]{0,40}\b(?:icon|logo|banner)\]",
    re.IGNORECASE,
)
_ENTITY_RESIDUE = re.compile(r"&(?:nbsp|zwnj|shy|#160|#8203);?", re.IGNORECASE)
_LONG = 120
_LONGEST_TARGET = 200


def plain_links(text: str) -> str:
    """Text without pictures' places, without addresses that repeat a link's words, and with rewritten links as they were."""
    text = _ENTITY_RESIDUE.sub(" ", text) if "&" in text else text
    text = _PICTURE.sub("", text) if "[" in text or "cid:" in text else text
    if "://" not in text and "mailto:" not in text and "tel:" not in text and "<#" not in text:
        return text
    return _LINK.sub(_as_it_was, _BEHIND.sub("", text))


def _as_it_was(match: re.Match[str]) -> str:
    link = match[0]
    if _REWRITTEN.match(link):
        return _target(link)
    return link if len(link) <= _LONG else link.split("?", 1)[0][:_LONG]


def _target(link: str) -> str:
    """Where a rewritten link leads, without its query; nothing where that cannot be told."""
    wrapped = _DEFENSE_V3.search(link)
    if wrapped:
        target = wrapped[1]
    else:
        try:
            query = parse_qs(urlsplit(link[:4000]).query)
        except ValueError:
            return ""
        target = unquote(next((query[name][0] for name in ("url", "u", "domain", "a") if name in query), ""))
        if "urldefense" in link[:60].lower() and "://" not in target:
            target = unquote(target.replace("_", "/").replace("-", "%"))
    target = target.split("?", 1)[0]
    return target if target.startswith("http") and len(target) < _LONGEST_TARGET else ""
