"""What the markup of a page says beside its words: which parts are quoted, which are a signature, and what is hidden.

Mail programs mark what they quote with a blockquote and what they add under a message with an element of a known name. Text has
other signs for both ("> ", and "-- " on a line of its own, RFC 3676 section 4.3); here the one becomes the other, so that a page
and a text are read by the same rules.
"""

import re
from typing import Any

from triage.text.attributions import introduces_a_quote
from triage.text.patterns import matching

SIGNATURE_MARK = "--"

# Two characters of the private use area stand for where a quoted part begins and ends, until the page has become text.
_OPENS, _CLOSES = "\ue000", "\ue001"
_MARKS = re.compile(f"[{_OPENS}{_CLOSES}]")

_NOT_SHOWN = re.compile(r"(display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# Classes, ids and names of quoted parts: Gmail, Thunderbird, Yahoo, Proton, Tutanota, Fastmail, GMX, Zoho, Spark, Front. Other
# programs that pass a page on write "x_" before them.
_QUOTE_NAMES = matching(
    r"gmail_quote",
    r"moz-?cite",
    r"yahoo_quoted",
    r"proton(?:mail)?_quote",
    r"tutanota_quote",
    r"zmail_(?:extra|quote)",
    r"spark_quote",
    r"front-blockquote",
    r"blockquote_zmail",
    r"history_container",
    r"(?:^|\s)(?:x_)*(?:qt\d*|quote|quoted|cite|replyquote|mail-?quote)(?:$|\s)",
)
# Elements other than blockquotes that hold nothing but a quoted message.
_QUOTE_BOXES = matching(r"yahoo_quoted")
_SIGNATURE_NAMES = matching(
    r"gmail_signature(?!_prefix)",
    r"moz-signature",
    r"protonmail_signature_block(?:-user)?(?![-\w])",
    r"AppleMailSignature",
    r"ms-outlook-mobile-signature",
    r"zmail_signature",
    r"lineBreakAtBeginningOfSignature",
    r"(?:^|\s)(?:x_)*(?:signature|email-?signature|mail-?signature|bm_signature|sig)(?:$|\s)",
)
_LEFT_LINE = re.compile(r"border-left(?:-width|-style)?\s*:\s*(?!none|medium none|0|\s)", re.IGNORECASE)
# Outlook's line at the left of what an answer quotes, where it is set up to draw one.
_OUTLOOK_LINE = re.compile(r"border\s*:\s*none\s*;\s*border-left\s*:\s*solid\s+blue", re.IGNORECASE)
# Sooner or later markup is made to be costly: that many unnamed blockquotes are looked at, and that deep are they marked.
_LOOKED_AT = 50
_DEEPEST = 15

_TELLS_QUOTES = matching(
    r"<blockquote[^<>]{0,300}\b(?:type\s*=\s*[\"']?cite|cite\s*=|gmail_quote|border-left)", r"<div[^<>]{0,200}\byahoo_quoted"
)


def tells_quotes(html: str) -> bool:
    """Whether the page marks what it quotes, as far as a look at its source tells."""
    return _TELLS_QUOTES.search(html) is not None


def without_marks(html: str) -> str:
    """A page's source without the characters that stand for quoting here."""
    return _MARKS.sub("", html)


def prepare(tree: Any) -> None:
    """Take hidden parts out of a page, and put marks where quoted parts and signatures begin and end."""
    for hidden in tree.xpath("//body//*[@style or @hidden]"):
        if hidden.get("hidden") is not None or _NOT_SHOWN.search(hidden.get("style") or ""):
            hidden.drop_tree()
    unnamed = 0
    for element in list(tree.iter("blockquote", "div")):
        if element.tag == "blockquote" and not _names(element, _QUOTE_NAMES):
            unnamed += 1
        if _is_quote(element, unnamed <= _LOOKED_AT):
            _enclose(element)
    for element in tree.xpath("//body//*[@class or @id or @data-smartmail]"):
        if element.tag in ("div", "pre", "span", "p", "table", "td") and _is_signature(element):
            _announce(element)


def _names(element: Any, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(element.get(name) or "") for name in ("class", "id", "name"))


def _is_quote(element: Any, look: bool) -> bool:
    """Whether a blockquote or a box quotes. A blockquote without a sign of it may be what a program calls an indented paragraph."""
    style = element.get("style") or ""
    if element.tag == "div":
        return _names(element, _QUOTE_BOXES) or element.get("name") == "quote" or _OUTLOOK_LINE.search(style) is not None
    if (element.get("type") or "").lower() == "cite" or element.get("cite") is not None or _names(element, _QUOTE_NAMES):
        return True
    return _LEFT_LINE.search(style) is not None or (look and introduces_a_quote(_text_before(element)))


def _text_before(element: Any) -> str:
    """The words that stand directly above an element: of its elder sibling, or of its parents'."""
    for _ in range(3):
        sibling = element.getprevious()
        while sibling is not None:
            text = " ".join((("".join(sibling.itertext()) if isinstance(sibling.tag, str) else "") + (sibling.tail or "")).split())
            if text:
                return text[-320:]
            sibling = sibling.getprevious()
        element = element.getparent()
        if element is None or element.tag == "body":
            return ""
        if (element.text or "").strip():
            return " ".join(element.text.split())[-320:]
    return ""


def _is_signature(element: Any) -> bool:
    return element.get("data-smartmail") == "gmail_signature" or any(
        _SIGNATURE_NAMES.search(element.get(name) or "") for name in ("class", "id")
    )


def _enclose(element: Any) -> None:
    """Put marks on lines of their own around what an element holds."""
    opens, closes = element.makeelement("div"), element.makeelement("div")
    opens.text, opens.tail, closes.text = _OPENS, element.text, _CLOSES
    element.text = None
    element.insert(0, opens)
    element.append(closes)


def _announce(element: Any) -> None:
    """Put the mark of a signature above an element, unless it has or follows one."""
    shown = "".join(element.itertext()).strip()
    if not shown or shown.startswith(SIGNATURE_MARK) or _text_before(element).endswith(SIGNATURE_MARK):
        return
    mark = element.makeelement("div")
    mark.text, mark.tail = SIGNATURE_MARK, element.text
    element.text = None
    element.insert(0, mark)


def with_quote_signs(text: str) -> str:
    """Text that was made from a prepared page, with "> " before each quoted line instead of the marks around them."""
    if _OPENS not in text:
        return text
    lines, depth = [], 0
    for line in text.split("\n"):
        here = depth
        depth += line.count(_OPENS) - line.count(_CLOSES)
        bare = _MARKS.sub("", line)
        if bare != line and not bare.strip():
            continue
        # A line with words beside a mark belongs to the deeper of the two.
        shown = min(max(here, depth), _DEEPEST)
        lines.append(f"{'>' * shown} {bare.strip()}".rstrip() if shown > 0 else bare)
    return "\n".join(lines)
