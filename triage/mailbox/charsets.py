"""Bytes to text where the declared charset may be missing, unknown or wrong."""

import codecs
import re

from charset_normalizer import from_bytes

# What senders write is often a smaller charset than what they send; the WHATWG Encoding Standard reads these labels as
# their supersets, and so does every mail program.
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
_ALIASES = {"utf8mb4": "utf-8", "utf-8-sig": "utf-8", "ansi": "cp1252", "unicode": "utf-16", "x-sjis": "cp932", "ks_c_5601-1987": "cp949"}
# Codecs that Python knows but that are not charsets of mail: they would turn text into something else.
_NOT_CHARSETS = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "mbcs", "oem", "palmos"})
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_STATED_IN_PAGE = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_\-]+)", re.IGNORECASE)
# Windows code pages (Microsoft, "Code Page Identifiers") that Python knows by another name than cp and the number.
_CODE_PAGES = {
    936: "gb18030",
    1200: "utf-16-le",
    1201: "utf-16-be",
    1361: "johab",
    10000: "mac-roman",
    10001: "shift_jis",
    10007: "mac-cyrillic",
    20127: "ascii",
    20866: "koi8-r",
    20932: "euc-jp",
    21866: "koi8-u",
    50220: "iso-2022-jp",
    50221: "iso-2022-jp",
    50222: "iso-2022-jp",
    50225: "iso-2022-kr",
    51932: "euc-jp",
    51949: "euc-kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
}
_STATEFUL = ("iso2022", "utf-7", "hz")
# Detection needs some text to go by; below this, a guess is worse than the most likely charset of a British sender.
_DETECT_FROM_BYTES = 60


def _codec(label: str | None) -> str | None:
    """The Python codec for a declared charset, or None where it is missing, unknown or no charset at all."""
    if not label:
        return None
    name = label.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    for candidate in (name, re.sub(r"^(cp|windows|iso|utf)[-_ ]*(\d)", r"\1\2", name)):
        try:
            info = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        if info.name.replace("-", "_") in _NOT_CHARSETS or not info._is_text_encoding:
            return None
        return _SUPERSETS.get(info.name, info.name)
    return None


def of_code_page(number: int | None) -> str | None:
    """The label of a Windows code page for `decode`; None where there is none or it is unknown."""
    if number is None:
        return None
    if 28591 <= number <= 28606:
        return f"iso-8859-{number - 28590}"
    return _CODE_PAGES.get(number) or (f"cp{number}" if _codec(f"cp{number}") else None)


def stated_in_page(data: bytes) -> str | None:
    """The charset that an HTML page states in its head, or None."""
    stated = _STATED_IN_PAGE.search(data[:4000])
    return stated[1].decode("ascii") if stated else None


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def decode(data: bytes, declared: str | None) -> str:
    """Text of `data`. Never raises; the result holds no NUL, other control character, BOM or lone surrogate.

    UTF-8 wins wherever the bytes are valid UTF-8 with something beyond ASCII in them, whatever was declared: no text in
    another charset is that by chance. Then the declared charset, then detection, then Windows-1252.
    """
    codec = _codec(declared)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and codec not in ("utf-32",):
        codec = "utf-16"
    is_ascii = data.isascii()
    text: str | None = None
    if is_ascii and not (codec and codec.startswith((*_STATEFUL, "utf-16", "utf-32"))):
        text = data.decode("ascii")
    if text is None and not is_ascii and not (codec and codec.startswith(("utf-16", "utf-32"))):
        text = _strict(data, "utf-8")
    if text is None and codec is not None and codec != "utf-8":
        text = _strict(data, codec)
    if text is None and (codec is None or codec == "utf-8"):
        text = _mostly_utf8(data) or _detected(data)
    if text is None:
        text = data.decode("cp1252", errors="ignore")
    return clean(text)


def decode_exactly(data: bytes, declared: str | None) -> str:
    """As `decode`, for a few bytes whose charset a program stated: it is believed first. Two letters may be UTF-8 by chance."""
    codec = _codec(declared)
    text = _strict(data, codec) if codec else None
    return decode(data, declared) if text is None else clean(text)


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few bytes that are not, those read as Windows-1252; None where few are.

    In text of a one-byte charset hardly any run of bytes is UTF-8 by chance.
    """
    good = data.decode("utf-8", errors="ignore")
    beyond_ascii = sum(1 for char in good if char > "\x7f")
    strays = len(data) - len(good.encode("utf-8"))
    if 2 * beyond_ascii < strays:
        return None
    return "".join(
        bytes([ord(char) - 0xDC00]).decode("cp1252", errors="ignore") if "\udc80" <= char <= "\udcff" else char
        for char in data.decode("utf-8", errors="surrogateescape")
    )


def _detected(data: bytes) -> str | None:
    """Text by statistical detection, for undeclared text that is far from Western European; None otherwise."""
    high = sum(1 for byte in data if byte > 0x7F)
    if len(data) < _DETECT_FROM_BYTES or high * 4 < len(data):
        return None
    best = from_bytes(data[:20_000]).best()
    return _strict(data, best.encoding) if best is not None else None


def clean(text: str) -> str:
    """Text without the characters that no reader sees and PostgreSQL refuses: NUL, other controls, BOM, lone surrogates."""
    return _CONTROLS.sub("", text)
