"""The text of a body that Outlook keeps as compressed RTF: HTML where the RTF holds that, otherwise plain text.

[MS-OXRTFCP] is the compression, [MS-OXRTFEX] how HTML lies in RTF, "Rich Text Format Specification" 1.9.1 the rest. Fonts,
pictures and everything else that is no text is passed over. Only `mapi` imports this, and only where such a body is met.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field

from compressed_rtf import decompress

from triage.mailbox.charsets import clean, decode_exactly, of_code_page
from triage.mailbox.mapi import Unreadable

_COMPRESSED, _UNCOMPRESSED = b"LZFu", b"MELA"
_HEADER = struct.Struct("<II4sI")
# Of RTF so many bytes are read for each character of text that is allowed. Half of it and more is markup.
_BYTES_A_CHARACTER = 4
# A group within so many groups: Outlook's lie ten deep.
_DEEPEST_GROUP = 500

_TOKEN = re.compile(
    r"\\(?:'(?P<byte>[0-9a-fA-F]{2})|(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,9})? ?|(?P<symbol>[^a-zA-Z]))"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n\0]+)|(?P<nothing>[\r\n\0]+|\\)",
    re.DOTALL,
)
_FROM_HTML = re.compile(rb"\\fromhtml1?(?![0-9a-z])")
# Groups that hold no text for a reader.
_HIDDEN = frozenset({
    *("fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "objdata", "filetbl", "listtable", "revtbl", "rsidtbl"),
    *("generator", "xmlnstbl", "themedata", "datastore", "latentstyles", "template", "private", "bkmkstart", "bkmkend", "fldinst"),
    *("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"),
})  # fmt: skip
_SPELT = {
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "endash": "–", "emdash": "—",
    **dict.fromkeys(("par", "line", "sect", "page", "row", "softline", "softpage"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell"), "\t"),
    **dict.fromkeys(("emspace", "enspace", "qmspace"), " "),
}  # fmt: skip
_SYMBOLS = {"\\": "\\", "{": "{", "}": "}", "~": "\u00a0", "_": "-", "\r": "\n", "\n": "\n"}
# \fcharset, and the code page of each.
_CHARSETS = {
    0: 1252, 77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
    186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RtfText:
    """What an RTF body says, whether that is all of it, and whether it was damaged."""

    text: str
    is_html: bool
    whole: bool
    damaged: bool = False


def unpacked(packed: bytes, most: int) -> RtfText:
    """The text of a compressed RTF body, at most `most` characters of it. Raises Unreadable."""
    if len(packed) < _HEADER.size:
        raise Unreadable
    length, _, kind, stated_sum = _HEADER.unpack_from(packed)
    content = packed[_HEADER.size : length + 4]
    damaged = length + 4 > len(packed) or (kind == _COMPRESSED and _check_sum(content) != stated_sum)
    rtf = _decompressed(content, kind, most)
    read = to_text(rtf[: _BYTES_A_CHARACTER * most], most)
    whole = read.whole and len(rtf) <= _BYTES_A_CHARACTER * most and len(content) <= _most_packed(kind, most)
    return RtfText(read.text, read.is_html, whole, damaged)


def _most_packed(kind: bytes, most: int) -> int:
    return most if kind == _COMPRESSED else _BYTES_A_CHARACTER * most + 1


def _decompressed(content: bytes, kind: bytes, most: int) -> bytes:
    """The RTF as far as is allowed, and a little more. Raises Unreadable.

    The library unpacks everything that it is given, in Python, and that can grow to the eightfold; so it is cut first. A sum
    that does not fit is an error to it; what it can unpack all the same is read, so it is given one that does.
    """
    kept = content[: _most_packed(kind, most)]
    if kind == _COMPRESSED:
        # A reference that was cut in two would be an error; where there is an end mark, it stops before this byte.
        kept += b"\0"
    header = _HEADER.pack(len(kept) + 12, len(kept), kind, _check_sum(kept) if kind == _COMPRESSED else 0)
    try:
        rtf: bytes = decompress(header + kept)
    except Exception as error:  # it raises Exception itself, and whatever its numbers lead to
        raise Unreadable from error
    return rtf


def _check_sum(content: bytes) -> int:
    """[MS-OXRTFCP] section 2.1.3.2: the CRC of ZIP, without the complement at either end."""
    return zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF


def to_text(rtf: bytes, most: int) -> RtfText:
    """The text of RTF, at most `most` characters of it; of HTML in RTF, the page. Never raises."""
    reader = _Reader(_FROM_HTML.search(rtf[:2000]) is not None)
    whole = reader.read(rtf.decode("latin-1"), most)
    text = "".join(reader.out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return RtfText(clean(text)[:most], reader.is_html, whole)


@dataclass(slots=True)
class _Group:
    """What holds within one pair of braces. `skipped` is how many characters stand in for one in Unicode."""

    hidden: bool = False
    markup_off: bool = False
    in_tag: bool = False
    in_fonts: bool = False
    page: int | None = None
    skipped: int = 1

    def inner(self) -> "_Group":
        return _Group(self.hidden, self.markup_off, self.in_tag, self.in_fonts, self.page, self.skipped)


@dataclass(slots=True)
class _Reader:
    """RTF read token by token. `pending` holds bytes whose code page is that of the group."""

    is_html: bool
    out: list[str] = field(default_factory=list)
    length: int = 0
    pending: bytearray = field(default_factory=bytearray)
    group: _Group = field(default_factory=_Group)
    outer: list[_Group] = field(default_factory=list)
    fonts: dict[int, int | None] = field(default_factory=dict)
    font: int = 0
    default_font: int = 0
    default_page: int | None = None
    to_skip: int = 0
    starred: bool = False

    def read(self, rtf: str, most: int) -> bool:
        """Read to the end or to so many characters; whether it came to the end."""
        position = 0
        while token := _TOKEN.match(rtf, position):
            position = token.end()
            if token["text"]:
                self._bytes(token["text"])
            elif token["word"]:
                position += self._word(token["word"], int(token["number"]) if token["number"] else None)
            elif token["byte"]:
                self._bytes(chr(int(token["byte"], 16)))
            elif token["brace"]:
                self._brace(token["brace"])
            elif token["symbol"]:
                self._symbol(token["symbol"])
            if self.length > most or len(self.outer) > _DEEPEST_GROUP:
                self._flush()
                return False
        self._flush()
        return True

    @property
    def _shown(self) -> bool:
        """In HTML, what lies in its tags and what RTF does not say twice ([MS-OXRTFEX] section 2.1.3)."""
        return not self.group.hidden and (self.group.in_tag or not self.group.markup_off)

    def _brace(self, brace: str) -> None:
        self._flush()
        self.to_skip, self.starred = 0, False
        if brace == "{":
            self.outer.append(self.group)
            self.group = self.group.inner()
        elif self.outer:
            self.group = self.outer.pop()

    def _bytes(self, text: str) -> None:
        if self.to_skip:
            self.to_skip, text = max(0, self.to_skip - len(text)), text[self.to_skip :]
        if self._shown:
            self.pending += text.encode("latin-1")
            self.length += len(text)

    def _text(self, text: str) -> None:
        if self._shown:
            self._flush()
            self.out.append(text)
            self.length += len(text)

    def _flush(self) -> None:
        if self.pending:
            page = self.default_page if self.group.page is None else self.group.page
            self.out.append(decode_exactly(bytes(self.pending), of_code_page(page)))
            self.pending.clear()

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.starred = True
        elif self.to_skip:
            self.to_skip -= 1
        elif symbol in _SYMBOLS:
            self._text(_SYMBOLS[symbol])

    def _word(self, word: str, number: int | None) -> int:
        """Do what a control word says; how many characters behind it are no text."""
        starred, self.starred = self.starred, False
        if word == "bin":
            return max(0, number or 0)
        if word == "u":
            self._unicode(number or 0)
        elif self.to_skip:
            self.to_skip -= 1
        elif word == "htmltag" and starred and self.is_html:
            self.group.in_tag = True
        elif starred or word in _HIDDEN:
            self.group.hidden = True
            self.group.in_fonts = self.group.in_fonts or word == "fonttbl"
        elif word in _SPELT:
            self._text(_SPELT[word])
        else:
            self._set(word, number)
        return 0

    def _unicode(self, number: int) -> None:
        self._text(chr(number % 0x10000))
        self.to_skip = self.group.skipped

    def _set(self, word: str, number: int | None) -> None:
        """Words that say how what follows is to be read."""
        if word == "htmlrtf":
            self._flush()
            self.group.markup_off = number != 0
        elif word == "uc":
            self.group.skipped = min(max(0, number or 0), 10)
        elif word == "v" and not self.is_html:
            self._flush()
            self.group.hidden = number != 0
        elif word == "ansicpg":
            self.default_page = number
        elif word in ("mac", "pc", "pca"):
            self.default_page = {"mac": 10000, "pc": 437, "pca": 850}[word]
        elif word == "deff":
            self.default_font = number or 0
        elif self.group.in_fonts:
            self._describe_font(word, number or 0)
        elif word in ("f", "plain"):
            self._flush()
            self.group.page = self.fonts.get(self.default_font if word == "plain" else number or 0)

    def _describe_font(self, word: str, number: int) -> None:
        if word == "f":
            self.font = number
        elif word == "fcharset":
            self.fonts[self.font] = _CHARSETS.get(number)
        elif word == "cpg":
            self.fonts[self.font] = number
