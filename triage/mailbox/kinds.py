"""What an attached file is by its content, and whether its name says something else.

puremagic knows the signatures of pictures, recordings and archives. What can do harm (programs, pages, drawings with scripts) and
what it cannot tell from anything else (text, Office's files) are told here, by the beginning of the file and no more of it.
"""

import re
import unicodedata
from pathlib import PurePath

import puremagic

from triage.mailbox.repair import is_mail

PROGRAM, SCRIPT, SHORTCUT = "application/vnd.microsoft.portable-executable", "text/x-script", "application/x-ms-shortcut"
PAGE, DRAWING, TEXT, MAIL, UNKNOWN = "text/html", "image/svg+xml", "text/plain", "message/rfc822", "application/octet-stream"
EMPTY, PDF, RTF, OLD_OFFICE, ARCHIVE = "inode/x-empty", "application/pdf", "application/rtf", "application/x-ole-storage", "application/zip"
_XML = "application/xml"
_OPEN_OFFICE = "application/vnd.oasis.opendocument"
_NEW_OFFICE = "application/vnd.openxmlformats-officedocument"
_JAVA = "application/java-archive"

_LOOKED_AT = 4096
_PUREMAGIC_SEES = 100_000
_PROGRAMS = (b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_SHORTCUT = b"L\0\0\0\x01\x14\x02\0"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# How browsers tell a page (WHATWG, "MIME Sniffing", section 7.1); and tags that no letter in plain text begins with. Nothing in it is
# tried a second way: a row of comments could be taken apart in more ways than anybody can wait for.
_BEGINS_PAGE = re.compile(
    r"[\s\ufeff]{0,1000}+(?:<\?xml[^>]{0,200}+>\s{0,100}+)?+(?:<!--(?:(?!-->).){0,1000}+-->\s{0,100}+){0,5}+"
    r"<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|base|form|img|object|embed|link)"
    r"(?=[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_HOLDS_PAGE = re.compile(r"<(?:!doctype html|html|script|iframe|body|object|embed)(?=[\s>/])", re.IGNORECASE)
_HOLDS_DRAWING = re.compile(r"<(?:[a-z]{1,20}:)?svg(?=[\s>/])", re.IGNORECASE)
_NO_TEXT = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f]")

# Endings that a double click runs, on any system; those of Office are of files that hold programs.
_RUNNABLE = (
    "exe com scr pif bat cmd msi msp mst msix appx ps1 psm1 vbs vbe vb js jse mjs wsf wsh ws hta jar jnlp class lnk url scf cpl dll sys "
    "reg inf app dmg pkg deb rpm run sh bash command py pyw pl rb php msc gadget application appref-ms settingcontent-ms library-ms "
    "search-ms website chm hlp xll wll docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm accde mde iqy slk rdp iso img vhd vhdx"
)
_OF_PAGES = "html htm xhtml xht shtml mht mhtml svg svgz xml xsl"
_OF_ARCHIVES = "zip rar 7z gz tar tgz bz2 xz ace arj cab z lzh one"
_OF_DOCUMENTS = "pdf doc docx xls xlsx ppt pptx odt ods odp rtf txt csv jpg jpeg png gif bmp tif tiff heic mp3 mp4 m4a wav eml msg"
_RUN, _PAGES, _PACKED, _DOCUMENTS = (frozenset(text.split()) for text in (_RUNNABLE, _OF_PAGES, _OF_ARCHIVES, _OF_DOCUMENTS))

_OFFICE = (_NEW_OFFICE, _OPEN_OFFICE, OLD_OFFICE)
_TEXTS = (TEXT, MAIL, EMPTY)
_RECORDING = ("audio/", "video/", "application/ogg", "application/x-matroska", UNKNOWN, EMPTY)
# By ending, how the type that the content shows begins in an honest file.
_EXPECTED: dict[str, tuple[str, ...]] = {
    "pdf": (PDF,),
    **dict.fromkeys(("doc", "dot", "xls", "ppt", "pps", "pub", "vsd", "mpp", "msg"), (OLD_OFFICE, RTF, _NEW_OFFICE)),
    # An encrypted document is a compound file, whatever it was before.
    **dict.fromkeys(("docx", "dotx", "xlsx", "xltx", "pptx", "ppsx"), _OFFICE),
    **dict.fromkeys(("odt", "ods", "odp", "odg"), (_OPEN_OFFICE,)),
    "rtf": (RTF,),
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif", "ico"), ("image/",)),
    **dict.fromkeys(("txt", "text", "log", "md", "csv", "tsv", "ics", "vcf", "asc", "json"), _TEXTS),
    "eml": (MAIL, TEXT),
    **dict.fromkeys(("html", "htm", "xhtml"), (PAGE, TEXT, _XML)),
    **dict.fromkeys(("svg",), (DRAWING,)),
    "xml": (_XML, TEXT),
    "zip": (ARCHIVE, _JAVA, _NEW_OFFICE, _OPEN_OFFICE),
    **dict.fromkeys(
        ("mp3", "m4a", "wav", "ogg", "oga", "opus", "amr", "aac", "wma", "3gp", "mp4", "mov", "avi", "mkv", "webm"), _RECORDING
    ),
}
_CALLED = {
    PROGRAM: "a program",
    SCRIPT: "a program",
    SHORTCUT: "a shortcut that runs something",
    _JAVA: "a program",
    PAGE: "a web page",
    DRAWING: "a drawing that can hold programs",
    PDF: "a PDF",
    ARCHIVE: "an archive",
    TEXT: "text",
    MAIL: "a saved e-mail",
    EMPTY: "empty",
}
_ACTIVE = frozenset({PROGRAM, SCRIPT, SHORTCUT, PAGE, DRAWING, _JAVA})

_LONGEST_NAME = 120
_MOST_BYTES = 220
_LONGEST_ENDING = 12
_NOT_IN_NAMES = re.compile(r"[\\/:*?\"<>|;%]")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
_UNWRITTEN = _UNSEEN | {"Cs", "Co", "Cn"}
# Persian, the languages of India and emoji are written with these.
_JOINERS = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
_MANY_SPACES = re.compile(r"[\s_\u2800]{4,}\S{0,2}\.\S+$")


def shown_type(data: bytes) -> str:
    """The media type that a file's content shows; `UNKNOWN` where it shows none. Looks at a bounded part; never raises."""
    head = data[:_LOOKED_AT]
    if not head.strip():
        return EMPTY
    if head.startswith(_PROGRAMS) or (head.startswith(b"MZ") and b"\0" in head[:512]):
        return PROGRAM
    if head.startswith(_SHORTCUT):
        return SHORTCUT
    if head.startswith(_COMPOUND):
        return OLD_OFFICE
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _packed(data)
    text = _text(head)
    return _signed(data) if text is None else _written(text, head)


def why_misleading(name: str, content_type: str | None = None) -> str:
    """Why the name of a file must not be believed, in a sentence; an empty string where nothing is wrong with it.

    `content_type` is `shown_type` of its content; without it, the name alone is looked at.
    """
    if any(unicodedata.category(letter) in _UNSEEN for letter in _JOINERS.sub("", name)):
        return "Its name holds invisible characters, which can make it look like another kind of file."
    endings = _endings(name)
    last = endings[-1] if endings else ""
    if last in _RUN:
        return f"It can run as a program: its name ends in “.{last}”."
    if (last in _PAGES or last in _PACKED) and any(one in _DOCUMENTS for one in endings[:-1]):
        return f"Its name has two endings; the last, “.{last}”, is what counts."
    if _MANY_SPACES.search(name[-300:]):
        return "Its name has a gap before its ending, which can hide the ending."
    if content_type is None:
        return ""
    expected = _EXPECTED.get(last)
    if expected is not None and ((content_type == DRAWING and last != "svg") or not content_type.startswith(expected)):
        called = _CALLED.get(content_type, "something else")
        return f"Its name ends in “.{last}”, but its content is {called}."
    if content_type in _ACTIVE and expected is None and last not in _PAGES:
        return f"Its content is {_CALLED[content_type]}, which its name does not say."
    return ""


def safe_name(name: str) -> str:
    """A name under which a browser may save a file: no path, control, invisible character or leading dot, at most 120 characters.

    Letters with accents stay. For a Content-Disposition header, whose writer encodes it (RFC 6266); the ending is kept.
    """
    name = unicodedata.normalize("NFC", name[: 20 * _LONGEST_NAME])
    name = re.split(r"[/\\]", name)[-1]
    kept = "".join(
        " " if letter.isspace() else letter for letter in name if unicodedata.category(letter) not in _UNWRITTEN or letter == "\t"
    )
    name = re.sub(r" {2,}", " ", _NOT_IN_NAMES.sub("_", kept)).strip(" .")
    if _DEVICES.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    stem = stem[: _LONGEST_NAME - len(dot + ending)]
    stem = stem.encode()[: _MOST_BYTES - len((dot + ending).encode())].decode("utf-8", "ignore").rstrip(" .")
    return (stem or "attachment") + dot + ending


def _endings(name: str) -> list[str]:
    """The endings of a name, as Windows would find them: lookalike letters folded, blanks and dots behind it passed over."""
    folded = unicodedata.normalize("NFKC", name[-500:]).lower().rstrip(" .\t")
    return [part.strip() for part in PurePath(folded.replace("\\", "/")).name.split(".")[1:]]


def _text(head: bytes) -> str | None:
    """The beginning of a file as text; None where it is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "ignore")
    else:
        text = head.decode("latin-1")
    return None if _NO_TEXT.search(text) else text


def _written(text: str, head: bytes) -> str:
    beginning = text.lstrip("\ufeff\xef\xbb\xbf \t\r\n")
    if beginning.startswith("{\\rt"):
        return RTF
    if beginning.startswith("#!") and not beginning.startswith("#!AMR"):
        return SCRIPT
    if _HOLDS_DRAWING.search(beginning[:1000]) and beginning.startswith("<"):
        return DRAWING
    if _BEGINS_PAGE.match(beginning):
        return PAGE
    if is_mail(head):
        return MAIL
    if _HOLDS_PAGE.search(beginning[:1024]):
        return PAGE
    if beginning.startswith("<?xml"):
        return _XML
    found = _signed(head) if not head.isascii() or beginning.startswith(("#!AMR", "%!PS")) else TEXT
    return found if found.startswith(("image/", "audio/", "video/")) else TEXT


def _packed(data: bytes) -> str:
    """What a zip is, by the names in it: those at its beginning and in the list at its end."""
    names = data[:_PUREMAGIC_SEES] + data[-_PUREMAGIC_SEES:]
    if found := re.search(rb"mimetypeapplication/vnd\.oasis\.opendocument\.?([a-z-]{0,40})", names):
        return f"{_OPEN_OFFICE}.{found[1].decode()}"
    if b"[Content_Types].xml" in names:
        for folder, kind in (
            (b"word/", "wordprocessingml.document"),
            (b"xl/", "spreadsheetml.sheet"),
            (b"ppt/", "presentationml.presentation"),
        ):
            if folder in names:
                return f"{_NEW_OFFICE}.{kind}"
    return _JAVA if b"META-INF/MANIFEST.MF" in names else ARCHIVE


def _signed(data: bytes) -> str:
    """What puremagic tells by signatures, the likeliest first; it raises where it knows nothing."""
    try:
        found = puremagic.magic_string(data[:_PUREMAGIC_SEES])
    except (LookupError, ValueError, TypeError):
        return UNKNOWN
    return next((one.mime_type for one in found if re.fullmatch(r"[a-z]+/[!-~]+", one.mime_type)), UNKNOWN)
