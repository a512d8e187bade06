"""What others wrote, as text that a page can show: subjects, names, addresses, bodies, and cells of a table.

What comes back is plain text. Nothing is escaped here, because the templates escape everything, and nothing becomes a link: an
address in a letter stays the words that its author typed. Give right-to-left words an element of their own (`<bdi>`), so that they
cannot move what stands beside them.

Invisible characters and those that turn the direction of writing are *taken out*, not made visible: the words then stand in the
order in which they were written, so that "harmless.", U+202E and "fdp.exe" reads "harmless.fdp.exe"; a screen reader says nothing odd, and
signs of that kind are common in honest mail, put there by telephones. In an address alone they are made visible, because there
each one makes it another address. What some languages and emoji need to be written at all is kept.
"""

import re
import unicodedata
from collections.abc import Iterator

# Controls, what turns the direction, what is zero wide, fillers that are empty, tags and surplus variation selectors.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
# Persian and the languages of India write with joiners, emoji are put together with them, and the flags of England, Scotland and
# Wales are spelt in tags.
_NEEDED = re.compile(
    "(?P<kept>[\u0620-\u074a\u0900-\u0dff][\u200c\u200d](?=[\u0620-\u074a\u0900-\u0dff])"
    "|[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])"
    "|\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f)"
    f"|[{_UNSEEN}]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
_SPACES = re.compile(r"\s+")
# So many marks may stand on one letter; more of them run over the lines above and below.
_PILED_MARKS = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
                          "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip

_DOTS = ".\u3002\uff0e\uff61"
_LETTER = "[^\\s\x00-,./:-@\\[-`{-\xa0\u2013\u2014\u2018-\u201f\u2026\u3002\uff0e\uff61]"
_HOST = re.compile(f"(?<!{_LETTER})(?<![{_DOTS}]){_LETTER}{{1,63}}(?:[{_DOTS}]{_LETTER}{{1,63}}){{1,10}}")
_ENDING_OF_A_NAME = re.compile(r"[a-z]{2,24}|xn--[a-z0-9-]{1,59}")
_LONGEST_ADDRESS = 400
_ELLIPSIS = "…"
_FORMULA = re.compile("[\\s\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def line(text: str, at_most: int = 200) -> str:
    """A subject, a name or the name of a file on one line, in at most so many characters."""
    return _shortened(_SPACES.sub(" ", words(_raw(text, at_most))).strip(), at_most)


def words(text: str) -> str:
    """A body, its lines as they are; long ones are left to the style sheet."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    if _INVISIBLE.search(text):
        text = _NEEDED.sub(lambda match: match["kept"] or "", text)
    if text.isascii():
        return text
    return with_real_names(_PILED_MARKS.sub(r"\1", _ODD_SPACES.sub(" ", text)))


def address(text: str) -> str:
    """An e-mail address. What cannot be seen in it is named, and a host beyond a to z has its real name beside it."""
    text = _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", _raw(text, _LONGEST_ADDRESS))
    return _shortened(_SPACES.sub(" ", with_real_names(text)).strip(), _LONGEST_ADDRESS)


def cell(text: str) -> str:
    """Text for a cell of a CSV file: what a spreadsheet would run as a formula gets an apostrophe before it (OWASP, "CSV injection").

    Whatever writes CSV puts every text of mail through this, and leaves quotes and separators to the `csv` module. Signs that
    spreadsheets pass over before a formula are looked behind.
    """
    return "'" + text if _FORMULA.match(text) else text


def with_real_names(text: str) -> str:
    """Text in which each name of a host with letters beyond a to z is followed by the name that computers ask for.

    A Cyrillic "а" looks like ours: "аpple.example (xn--pple-43d.example)" does not.
    """
    return text if text.isascii() else _HOST.sub(_with_real_name, text)


def real_name(host: str) -> str:
    """A host's name in the letters a to z (RFC 3492); as it stands where it has no others or cannot be a name."""
    host = unicodedata.normalize("NFKC", host).lower()
    labels = re.split(f"[{_DOTS}]", host)
    if any(len(label) > 63 for label in labels):
        return host
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode", "replace").decode("ascii") for label in labels)


def _with_real_name(match: re.Match[str]) -> str:
    host = match[0]
    if host.isascii() or not _is_a_name(host, match.string[max(0, match.start() - 2) : match.start()]):
        return host
    beside = f" ({real_name(host)})"
    return host if match.string.startswith(beside, match.end()) else host + beside


def _is_a_name(host: str, before: str) -> bool:
    """Whether this is a host's name, and not two sentences without a space between them."""
    if before.endswith(("@", "//", "\\\\")) or host.lower().startswith("www."):
        return True
    labels = re.split(f"[{_DOTS}]", host)
    return _ENDING_OF_A_NAME.fullmatch(labels[-1]) is not None or any(len(set(_scripts(label))) > 1 for label in labels)


def _scripts(label: str) -> Iterator[str]:
    """The writing system of each letter, as the first word of its name in Unicode."""
    for letter in label:
        if letter.isalpha():
            yield unicodedata.name(letter, "?").partition(" ")[0]


def _raw(text: str, at_most: int) -> str:
    """As much of a text as can be needed: what is taken out of it is not counted, but nobody sends ten times that in good faith."""
    return text[: 10 * at_most + 100]


def _shortened(text: str, at_most: int) -> str:
    return text if len(text) <= at_most else text[: max(0, at_most - 1)].rstrip() + _ELLIPSIS
