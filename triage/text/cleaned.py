"""A page from mail as HTML that can do nothing: for a sandboxed frame whose policy is `default-src 'none'`.

Three steps. The page's tags are read one by one and written again from a short list, without attributes, the text between them
escaped: that costs time in proportion to what is read, and bounds how deep and how many they are, before any parser sees them. Links
become their words with the address behind them, pictures their description. nh3 sanitises last, and nothing is done to what it
returns: whatever the steps before got wrong, no element or attribute leaves here that is not on its list.

Nothing that an author hid (display:none, white on white, a size of nothing) stays hidden, as styles are gone. Comments, scripts, styles
and the page's title, which no mail program shows, are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import islice

import nh3

from triage.text.shown import line, words
from triage.text.targets import told

# Of a longer page the beginning is shown; bodies are read as far by default.
MOST_CHARACTERS = 500_000
_MOST_TAGS = 20_000
_DEEPEST = 60
_MOST_ATTRIBUTES = 200
_LONGEST_DESCRIPTION = 200
# The sanitiser's time is the square of the ampersands in one piece of text. A place where a line may break is put between so many.
_AMPERSANDS_TOGETHER = 500
_TOO_LONG = "This page is very long. Only its beginning is shown here."
_SIMPLIFIED = "Some of the layout of this page is left out, because there is too much of it. Its words are all here."
_FORM = "a form, which cannot be filled in here"
_BREAKS_OFF = "This page is damaged and breaks off."

_INLINE = {name: name for name in ("strong", "em", "u", "s", "code", "sub", "sup")} | {
    **dict.fromkeys(("b",), "strong"),
    **dict.fromkeys(("i", "cite", "var", "dfn"), "em"),
    **dict.fromkeys(("ins",), "u"),
    **dict.fromkeys(("strike", "del"), "s"),
    **dict.fromkeys(("tt", "kbd", "samp"), "code"),
}
_BLOCKS = {
    **{name: name for name in ("p", "div", "blockquote", "pre", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6")},
    **{name: name for name in ("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th")},
    **dict.fromkeys(("center", "address", "section", "article", "header", "footer", "main", "aside", "nav", "figure", "figcaption"), "div"),
}
_WRITTEN = _INLINE | _BLOCKS
_ALONE = frozenset({"br", "hr", "wbr"})
# These are left out; the words in them are not, and stand apart from those beside them.
_APART = frozenset({"form", "fieldset", "legend", "label", "option", "button", "details", "summary", "iframe", "object", "foreignobject"})
_NO_WORDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style", "title")}
# What an element ends that stands open before it, as HTML has it, and what it does not look beyond.
_CELLS, _ROWS, _GROUPS = frozenset({"td", "th"}), frozenset({"tr"}), frozenset({"thead", "tbody", "tfoot"})
_TABLE = frozenset({"table"})
_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    **dict.fromkeys(("td", "th"), (_CELLS, _TABLE)),
    "tr": (_ROWS, _TABLE),
    **dict.fromkeys(("thead", "tbody", "tfoot"), (_GROUPS | _ROWS, _TABLE)),
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "table", "td", "th"})),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), frozenset({"dl", "table", "td", "th"}))),
}
_TABLE_PARTS = _CELLS | _ROWS | _GROUPS | _TABLE | {"caption"}
_BLOCK_NAMES = frozenset(_BLOCKS.values())
# Elements that may stay without an end of their own.
_ENDED_BY_OTHERS = frozenset({"p", *_ENDS})

_MARKUP = re.compile(r"<(?:(?P<comment>!--)|(?P<declared>[!?])|(?=/?[a-zA-Z]))")
_END_OF_COMMENT = re.compile(r"--!?>")
# An equals sign begins a value, and only there do quotes mean anything (HTML, section 13.2.5).
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<rest>(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])))*+)>")
_ATTRIBUTE = re.compile(r"([^\s=/>\"'][^\s=/>]*+)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+))?+")
_ANY_TAG = re.compile(r"<[^<>]*+>")
_SPAN = re.compile(r"[1-9][0-9]?")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,3}")
_DIRECTIONS = frozenset({"ltr", "rtl", "auto"})
_TINY = re.compile(r"\s*[0-3](?:px)?\s*")

_KEPT = {"*": {"dir", "lang"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_SANITISER = nh3.Cleaner(
    tags={*_WRITTEN.values(), *_ALONE},
    attributes=_KEPT,
    clean_content_tags={"script", "style"},
    strip_comments=True,
    link_rel=None,
    url_schemes=set(),
)


def clean(html: str) -> str:
    """A page as harmless HTML without links, pictures, styles, forms and scripts. Never raises; takes about a second at most."""
    writer = _Writer()
    _read(html[:MOST_CHARACTERS], writer)
    writer.close_all()
    if len(html) > MOST_CHARACTERS:
        writer.note(_TOO_LONG)
    elif writer.breaks_off:
        writer.note(_BREAKS_OFF)
    if writer.simplified:
        writer.note(_SIMPLIFIED)
    return _SANITISER.clean("".join(writer.out))


def _read(html: str, writer: "_Writer") -> None:
    """Read the page tag by tag, never any place twice but for ends that are not there, which are looked for once each."""
    position = 0
    missing: set[str] = set()
    while found := _MARKUP.search(html, position):
        writer.text(html[position : found.start()])
        if found["comment"] or found["declared"]:
            sort = "comment" if found["comment"] else "declared"
            end = _end_of_comment(html, found.start(), sort) if sort not in missing else -1
            if end < 0:
                missing.add(sort)
            position = end if end > 0 else found.end()
            continue
        tag = _TAG.match(html, found.start())
        if tag is None:
            # It is never closed, and so neither is what follows: words from here on are shown without markup.
            following = html.find("<", found.end())
            writer.breaks_off = True
            writer.text(_ANY_TAG.sub(" ", html[following:]) if following > 0 else "")
            return
        position = tag.end()
        name = tag["name"].lower()
        if tag["end"]:
            writer.end(name)
        elif name in _NO_WORDS and name not in missing:
            closing = _NO_WORDS[name].search(html, position)
            if closing is None:
                missing.add(name)
            else:
                position = closing.start()
        else:
            writer.begin(name, tag["rest"])
    writer.text(html[position:])


def _end_of_comment(html: str, start: int, sort: str) -> int:
    """Where a comment or declaration that begins at `start` is over; -1 where it never is."""
    if sort == "declared":
        return html.find(">", start) + 1 or -1
    if html.startswith((">", "->"), start + 4):
        return html.index(">", start) + 1
    end = _END_OF_COMMENT.search(html, start + 4)
    return end.end() if end else -1


@dataclass(slots=True)
class _Writer:
    """The page as it is written again: `open` are the elements that are not ended, `left_out` those that were not begun."""

    out: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    tags: int = 0
    ampersands: int = 0
    simplified: bool = False
    breaks_off: bool = False
    target: str = ""
    link_words: list[str] | None = None
    """What was said since a link began; None outside one."""

    def text(self, source: str) -> None:
        """Words, in the escapes of HTML."""
        if source:
            self.say(unescape(source) if "&" in source else source)

    def say(self, text: str) -> None:
        """Words as a person reads them."""
        text = words(text)
        if self.link_words is not None:
            self.link_words.append(text)
        self.out.append(self._broken_up(text) if "&" in text else escape(text))

    def _broken_up(self, text: str) -> str:
        pieces = text.split("&")
        for place, piece in enumerate(pieces[:-1]):
            self.ampersands += 1
            pieces[place] = escape(piece) + ("&amp;" if self.ampersands % _AMPERSANDS_TOGETHER else "&amp;<wbr>")
        pieces[-1] = escape(pieces[-1])
        return "".join(pieces)

    def note(self, text: str) -> None:
        """A paragraph of this program's own."""
        self.out.append(f"<p>[{escape(text)}]</p>")

    def begin(self, name: str, rest: str) -> None:
        """An element begins; `rest` is what its tag holds behind its name."""
        if name == "a":
            self.end_link()
            found = _attributes(rest)
            self.target, self.link_words = found.get("href") or found.get("xlink:href", ""), []
        elif name in ("img", "image", "area"):
            self.say(_picture(_attributes(rest)))
        elif name in _ALONE:
            self._alone(name)
        elif name in _WRITTEN:
            self._begin(name, rest)
        elif name == "form":
            self.say(f" [{_FORM}] ")
        elif name in _APART:
            self.say(" ")

    def end(self, name: str) -> None:
        """An element ends, if it ever began."""
        if name == "a":
            self.end_link()
        elif name in ("br", "p") and (name == "br" or "p" not in self.open):
            self._alone("br")
        elif name in _WRITTEN:
            self._end(name)
        elif name in _APART:
            self.say(" ")

    def end_link(self) -> None:
        """Put behind the words of a link where it leads."""
        if self.link_words is None:
            return
        said, self.link_words = "".join(self.link_words), None
        if behind := told(said, self.target):
            self.say(f" [{behind}]")

    def close_all(self) -> None:
        """End everything."""
        self.end_link()
        while self.open:
            self._pop()

    def _alone(self, name: str) -> None:
        if self._may_write(0):
            self.out.append(f"<{name}>")
        else:
            self.say(" ")

    def _begin(self, name: str, rest: str) -> None:
        written = _WRITTEN[name]
        if not self.left_out:
            self._end_what_it_ends(written)
        if self.left_out or not self._may_write(len(self.open)):
            # What stands in an element that was left out is left out too, so that it cannot end one around both.
            if written not in _ENDED_BY_OTHERS:
                self.left_out[name] += 1
            if name in _BLOCKS:
                self.say(" ")
            return
        self.open.append(written)
        self.out.append(f"<{written}{_kept_attributes(written, rest)}>")

    def _end(self, name: str) -> None:
        written = _WRITTEN[name]
        if self.left_out and (self.left_out[name] or written in _ENDED_BY_OTHERS):
            self.left_out -= Counter({name})
            if name in _BLOCKS:
                self.say(" ")
            return
        barrier = _TABLE if written in _TABLE_PARTS else _CELLS | _TABLE | {"caption"}
        if self._pop_to(frozenset({written}), frozenset() if written == "table" else barrier - {written}):
            self.left_out.clear()

    def _end_what_it_ends(self, written: str) -> None:
        if written in _ENDS:
            self._pop_to(*_ENDS[written])
        elif written in _BLOCK_NAMES:
            self._pop_to(frozenset({"p"}), _BLOCK_NAMES - {"p"})

    def _pop_to(self, names: frozenset[str], barrier: frozenset[str]) -> bool:
        """End the innermost open element of these names with all in it, unless a barrier stands between; whether one was ended."""
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] in names:
                while len(self.open) > place:
                    self._pop()
                return True
            if self.open[place] in barrier:
                return False
        return False

    def _pop(self) -> None:
        self.out.append(f"</{self.open.pop()}>")

    def _may_write(self, depth: int) -> bool:
        """Count one more tag; False, and the page is said to be simplified, where there are too many or too deep."""
        if self.tags < _MOST_TAGS and depth < _DEEPEST:
            self.tags += 1
            return True
        self.simplified = True
        return False


def _attributes(rest: str) -> dict[str, str]:
    """A tag's attributes, the first of each name, as browsers have it."""
    found: dict[str, str] = {}
    for match in islice(_ATTRIBUTE.finditer(rest), _MOST_ATTRIBUTES):
        value = match[2] or ""
        found.setdefault(match[1].lower(), unescape(value[1:-1] if value[:1] in ('"', "'") and value else value))
    return found


def _kept_attributes(written: str, rest: str) -> str:
    return "".join(f' {name}="{value}"' for name, value in _worth_keeping(written, rest)) if rest.strip() else ""


def _worth_keeping(written: str, rest: str) -> Iterator[tuple[str, str]]:
    """What of an element's attributes says how its words are read, by strict rules."""
    found = _attributes(rest)
    if found.get("dir", "").lower() in _DIRECTIONS:
        yield "dir", found["dir"].lower()
    if _LANGUAGE.fullmatch(found.get("lang", "")):
        yield "lang", found["lang"]
    if written in _CELLS:
        yield from ((name, found[name]) for name in ("colspan", "rowspan") if _SPAN.fullmatch(found.get(name, "")))


def _picture(attributes: dict[str, str]) -> str:
    """What stands in the place of a picture; nothing for one that is too small to see, by which senders learn who reads their mail."""
    described = line(attributes.get("alt", ""), _LONGEST_DESCRIPTION)
    if described:
        return f"[picture: {described}]"
    tiny = all(_TINY.fullmatch(attributes.get(name, "")) for name in ("width", "height"))
    return "" if tiny else "[picture]"
