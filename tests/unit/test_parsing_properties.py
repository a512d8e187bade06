"""Nothing raises, and what comes out can be stored: on bytes that nobody thought of."""

from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.making import ROOT
from triage.domain.message import ParsedMessage
from triage.mailbox.charsets import decode
from triage.mailbox.headers import date_of
from triage.mailbox.parsing import parse
from triage.text.reading import html_to_text, read

SAMPLES = [path.read_bytes() for path in sorted((ROOT / "examples" / "mail").glob("**/*.eml"))]
SAMPLES += [path.read_bytes() for path in sorted((ROOT / "tests" / "data" / "odd_mail").glob("*.eml"))]

# Pieces that mail is made of, and pieces that break it.
PIECES = [
    *(b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Content-Type: ", b"Content-Transfer-Encoding: ", b"Content-Disposition: "),
    *(b"Message-ID: ", b"References: ", b"MIME-Version: 1.0\n", b"Received: from x; ", b"Auto-Submitted: ", b"\n", b"\r\n", b"\n\n", b"\r"),
    *(b"multipart/mixed", b"multipart/alternative", b"multipart/related", b"multipart/report", b"message/rfc822", b"text/plain"),
    *(b"text/html", b"text/calendar", b"message/delivery-status", b"message/external-body", b"message/partial", b"application/pdf"),
    *(b"; boundary=b", b"; charset=", b"; charset*=", b"; name*0=", b"; name*=utf-8''", b"; filename=", b"; format=flowed", b"; start=<1>"),
    *(
        b"--b\n",
        b"--b--\n",
        b"\n--b\n\n",
        b"utf-8",
        b"utf-16",
        b"iso-2022-jp",
        b"hz",
        b"idna",
        b"unknown-8bit",
        b"base64",
        b"quoted-printable",
    ),
    *(
        b"x-uuencode",
        b"begin 644 a\n",
        b"end\n",
        b"attachment",
        b"inline",
        b"=?utf-8?b?",
        b"=?x?q?=FF",
        b"?=",
        b"=",
        b"=\n",
        b"=3D",
        b"<",
        b">",
    ),
    *(
        b'"',
        b"'",
        b"(",
        b")",
        b"@",
        b"a@b.example",
        b":",
        b";",
        b",",
        b"\\",
        b"\0",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b" ",
        b"\t",
        b"word ",
    ),
    *(
        b"Mon, 2 Mar 2026 12:00:00 +0000",
        b"+9999",
        b"<html>",
        b"<p>",
        b"<table>",
        b"&#0;",
        b"&#xD800;",
        b"<!--",
        b"BEGIN:VCALENDAR\nMETHOD:",
    ),
]


def _strings(value: Any) -> Iterator[str]:
    """Every text in a message taken apart, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _strings(getattr(value, name))


def _assert_can_be_stored(*texts: str) -> None:
    for text in texts:
        text.encode("utf-8")
        assert "\0" not in text


def _assert_reads(raw: bytes) -> None:
    message: ParsedMessage = parse(raw)
    _assert_can_be_stored(*_strings(message), read(message))


@st.composite
def _edits(draw: st.DrawFn) -> bytes:
    """A sample with a few bytes flipped, taken out or put in."""
    raw = bytearray(draw(st.sampled_from(SAMPLES)))
    # Half the edits fall into the header, where a byte changes most.
    head = max(1, min(len(raw), 1500))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, head - 1) | st.integers(0, max(0, len(raw) - 1)))
        match draw(st.sampled_from(["flip", "delete", "insert", "piece"])):
            case "flip" if at < len(raw):
                raw[at] ^= draw(st.integers(1, 255))
            case "delete":
                del raw[at : at + draw(st.integers(1, 40))]
            case "insert":
                raw[at:at] = draw(st.binary(min_size=1, max_size=8))
            case _:
                raw[at:at] = draw(st.sampled_from(PIECES))
    return bytes(raw)


bounded = settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@bounded
@given(st.binary(max_size=2000))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    _assert_reads(raw)


@bounded
@given(_edits())
def test_mail_that_was_damaged_on_the_way_can_be_read(raw: bytes) -> None:
    _assert_reads(raw)


@settings(parent=bounded, max_examples=400)
@given(st.lists(st.sampled_from(PIECES), min_size=3, max_size=60).map(b"".join))
def test_mail_made_of_odd_pieces_can_be_read(raw: bytes) -> None:
    _assert_reads(raw)


@bounded
@given(st.text(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=40).map(lambda found: b"".join(found).decode("latin-1")))
def test_any_page_can_be_read(html: str) -> None:
    _assert_can_be_stored(html_to_text(decode(html.encode("utf-8", "surrogatepass"), None)))


@bounded
@given(
    st.binary(max_size=400), st.none() | st.text(max_size=20) | st.sampled_from(["utf-16", "utf-7", "hz", "iso-2022-kr", "utf-32", "big5"])
)
def test_any_bytes_decode_to_text_that_can_be_stored(data: bytes, charset: str | None) -> None:
    _assert_can_be_stored(decode(data, charset))


@bounded
@given(st.text(max_size=60) | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{2,5} \d\d:\d\d:\d\d [+-]\d{2,6}\Z"))
def test_any_date_is_a_date_or_none(text: str) -> None:
    found = date_of(text)
    assert found is None or found.utcoffset() is not None
