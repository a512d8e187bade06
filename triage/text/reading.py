"""The readable text of a message: which form of each body is read, and HTML turned into text.

inscriptis converts HTML: it hides what a mail program hides, keeps lists and tables readable, and takes 0.4 ms for a page of
Outlook's (html2text prints markup, selectolax runs words of one line apart).
"""

import re
from html import unescape

from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError
from lxml.html import HTMLParser, document_fromstring

from triage.domain.message import Body, ParsedMessage
from triage.text.markup import prepare, tells_quotes, with_quote_signs, without_marks

# "This message is in HTML" and its like, in the place of the text.
_NOT_THE_TEXT = re.compile(
    r"(does(n.t| not)|do(n.t| not)|cannot|can.t|unable to) (\w+ ){0,3}(support|display|show|read|view) (\w+ ){0,3}html"
    r"|html[- ](version|format|e-?mail|message|capable|enabled|compatible)|in html|view (this|the) (e-?mail|message) (in|online)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_HIDDEN = re.compile(r"(?is)<(script|style|head|title)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)")
# Soft hyphens, zero-width spaces, joiners between letters and direction marks: invisible, and they break words apart.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\u200e\u200f\u202a-\u202e\u034f]|\u200c(?=[ \u200c\u00a0\n])")
_ODD_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]")
_BLANK_LINES = re.compile(r"\n{3,}")
_BEGINS_WITH_TAG = re.compile(r"\s*<(?:!doctype|html|body|div|p|font|span|table)\b[^<>]{0,500}>", re.IGNORECASE)
_CLOSING_TAG = re.compile(r"</(?:html|body|div|p|font|span|table)>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:nbsp|lt|gt|amp|quot|apos|pound|euro|[lr][sd]quo|[mn]dash|hellip|bull|zwnj|shy|#\d{2,6}|#x[0-9a-f]{2,5});", re.IGNORECASE
)
_QUOTED_LINE = re.compile(r"^ ?>", re.MULTILINE)
_SHORT = 200


def read(message: ParsedMessage) -> str:
    """Everything that a reader of the message would read, attached messages included, as plain text."""
    texts = [readable(body) for body in message.bodies]
    texts += [read(nested) for nested in message.nested]
    return "\n\n".join(text for text in texts if text)


def readable(body: Body) -> str:
    """One body's text: the plain form where it says what the HTML says, otherwise the HTML. What is quoted begins with "> "."""
    plain = tidy(_without_residue(body.plain or ""))
    if body.html is None:
        return plain
    if plain and not _only_stands_in(plain, body.html):
        return _with_quotes_told(plain, body.html)
    return tidy(html_to_text(body.html)) or plain


def _without_residue(plain: str) -> str:
    """Text without the markup that some programs leave in a plain form: whole tags, or "&nbsp;" and its like."""
    if _BEGINS_WITH_TAG.match(plain) and _CLOSING_TAG.search(plain):
        return html_to_text(plain) or plain
    return _ENTITY.sub(lambda match: unescape(match[0]), plain) if "&" in plain else plain


def _with_quotes_told(plain: str, html: str) -> str:
    """The plain form, or the HTML with the same words where only that tells what is quoted."""
    if not tells_quotes(html) or _QUOTED_LINE.search(plain):
        return plain
    page = tidy(html_to_text(html))
    said, shown = len(_letters(plain)), len(_letters(page))
    return page if _QUOTED_LINE.search(page) and 0.9 * said <= shown <= 1.2 * said + 100 else plain


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _only_stands_in(plain: str, html: str) -> bool:
    """Whether the plain form only stands in for the HTML."""
    if len(plain) > _SHORT * 3:
        return False
    shown = len(re.sub(r"\s+", " ", _TAG.sub(" ", _HIDDEN.sub(" ", html))))
    if _NOT_THE_TEXT.search(plain):
        return shown > 1
    return len(plain) <= _SHORT and shown > 3 * len(plain) + 100


def html_to_text(html: str) -> str:
    """HTML as text. Markup that cannot be parsed is stripped instead: words are never lost to bad markup."""
    html = without_marks(html.strip())
    if not html:
        return ""
    try:
        # The text is decoded already: a charset or encoding stated inside it would be applied again.
        tree = document_fromstring(re.sub(r"^<\?xml[^>]*\?>", "", html), parser=HTMLParser(huge_tree=True, encoding="utf-8"))
        prepare(tree)
        text = with_quote_signs(str(Inscriptis(tree, ParserConfig(css=STRICT_CSS_PROFILE.copy())).get_text()))
    except (LxmlError, ValueError, RecursionError, AssertionError, KeyError, IndexError, TypeError, AttributeError):
        text = ""
    if not text.strip():
        text = _stripped(html)
    return text


def _stripped(html: str) -> str:
    return unescape(_TAG.sub(" ", re.sub(r"(?i)<(br|/p|/div|/tr|/li)\b[^<>]*>", "\n", _HIDDEN.sub(" ", html))))


def tidy(text: str) -> str:
    """Text with one kind of line end and space, nothing invisible, and no more than one blank line together."""
    text = re.sub(r"\r\n?|[\f\v]", "\n", text)
    text = _ODD_SPACES.sub(" ", _INVISIBLE.sub("", text))
    return _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip(" ") for line in text.split("\n"))).strip()
