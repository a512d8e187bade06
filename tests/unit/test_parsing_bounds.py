"""The stated bounds: one message costs bounded memory and time, whatever its sender made of it, and keeps its first text.

Where seconds are counted they are of processor time, many times what the work needs, so that a busy machine fails nothing.
"""

import pytest

from tests.unit.making import mail, within_cpu_seconds
from triage.domain.message import ParsedMessage
from triage.errors import MessageError
from triage.mailbox.parsing import ParseLimits, parse
from triage.text.reading import html_to_text, read

FIRST = "The taxi did not come."


def _many(count: int, content: bytes = b"More.") -> bytes:
    """`FIRST` and so many parts behind it."""
    part = b"--edge\r\nContent-Type: text/plain\r\n\r\n"
    body = part + FIRST.encode() + b"\r\n" + (part + content + b"\r\n") * count + b"--edge--\r\n"
    return mail(body, 'Content-Type: multipart/mixed; boundary="edge"')


def _nested(depth: int, innermost: bytes = b"The end.") -> bytes:
    """`FIRST`, and containers within containers behind it, each with a text of its own."""
    raw = b"From: joan@family.example\r\nSubject: School taxi\r\n"
    for level in range(depth):
        text = FIRST if level == 0 else f"Level {level}."
        edge = f"edge-{level}"
        raw += f'Content-Type: multipart/mixed; boundary="{edge}"\r\n\r\n--{edge}\r\n\r\n{text}\r\n--{edge}\r\n'.encode()
    return raw + b"Content-Type: text/plain\r\n\r\n" + innermost


def _assert_cut_with_a_plain_note(message: ParsedMessage) -> None:
    assert message.cut
    assert message.notes
    assert [note for note in message.notes if "Error" in note or "\n" in note or FIRST in note] == []


def test_an_ordinary_message_is_not_cut() -> None:
    message = parse(_many(20))
    assert not message.cut
    assert message.notes == ()


def test_five_thousand_parts_are_cut_and_the_first_text_is_kept() -> None:
    with within_cpu_seconds(10):
        message = parse(_many(5000))
    _assert_cut_with_a_plain_note(message)
    assert (message.bodies[0].plain or "").strip() == FIRST
    assert len(message.bodies) <= ParseLimits().parts


def test_the_bound_on_parts_is_the_one_that_was_set() -> None:
    message = parse(_many(30), ParseLimits(parts=10))
    assert any("10 parts" in note for note in message.notes)
    assert len(message.bodies) <= 10


def test_as_many_parts_as_are_allowed_are_read_to_the_end() -> None:
    message = parse(_many(8), ParseLimits(parts=10))
    assert len(message.bodies) == 9
    assert not message.cut


@pytest.mark.parametrize("depth", [31, 99, 300, 2000])
def test_containers_within_containers_are_cut_and_the_first_text_is_kept(depth: int) -> None:
    with within_cpu_seconds(10):
        message = parse(_nested(depth))
    _assert_cut_with_a_plain_note(message)
    assert FIRST in read(message)


def test_three_megabytes_with_two_thousand_boundaries_are_cut_and_the_first_text_is_kept() -> None:
    with within_cpu_seconds(20):
        message = parse(_nested(2000, innermost=b"Words of the innermost part.\r\n" * 100_000))
    _assert_cut_with_a_plain_note(message)
    assert FIRST in read(message)


def test_messages_attached_to_messages_are_cut_and_the_first_text_is_kept() -> None:
    raw = b""
    for level in range(200):
        raw += f"From: joan@family.example\r\nSubject: Level {level}\r\n".encode()
        raw += f'Content-Type: multipart/mixed; boundary="m{level}"\r\n\r\n--m{level}\r\n\r\n{FIRST}\r\n--m{level}\r\n'.encode()
        raw += b"Content-Type: message/rfc822\r\n\r\n"
    with within_cpu_seconds(20):
        message = parse(raw + mail())
    _assert_cut_with_a_plain_note(message)
    assert FIRST in read(message)


def test_a_very_long_text_is_cut_and_keeps_its_beginning() -> None:
    message = parse(mail(b"The taxi did not come. " * 40_000))
    _assert_cut_with_a_plain_note(message)
    text = message.bodies[0].plain or ""
    assert text.startswith(FIRST)
    assert len(text) <= ParseLimits().text_characters


def test_a_text_as_long_as_allowed_is_whole() -> None:
    message = parse(mail(b"x" * 10_000), ParseLimits(text_characters=10_000))
    assert message.bodies[0].plain == "x" * 10_000
    assert not message.cut


def test_a_text_longer_than_allowed_is_cut_in_whatever_encoding() -> None:
    message = parse(mail(b"=41" * 10_001, "Content-Transfer-Encoding: quoted-printable"), ParseLimits(text_characters=10_000))
    assert message.bodies[0].plain == "A" * 10_000
    assert message.cut


def test_a_message_that_takes_too_long_is_refused_in_plain_words() -> None:
    with pytest.raises(MessageError, match=r"longer than 0 seconds"):
        parse(_many(10), ParseLimits(seconds=0))


def test_the_limit_of_time_holds_for_many_short_lines_in_many_containers() -> None:
    """The default allows ten times this time, and a message may be fifty times this size."""
    raw = _nested(95, innermost=b"\n" * 1_000_000)
    with within_cpu_seconds(5):
        try:
            message = parse(raw, ParseLimits(seconds=1))
        except MessageError:
            return
    assert FIRST in read(message)


def test_a_damaged_boundary_costs_little_and_loses_no_words() -> None:
    """The depth that is allowed by default is twice the one here."""
    raw = (
        b'From: joan@family.example\nContent-Type: multipart/alternative\xea boundary="_\n\n--40\nContent-Type: text/plain\n\n'
        + FIRST.encode()
    )
    with within_cpu_seconds(1):
        message = parse(raw, ParseLimits(depth=14))
    assert FIRST in read(message)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"Subject: School taxi\n" + b"a\n" * 10_000, id="lines that are no fields"),
        pytest.param(b"From \n" * 160_000 + b"x" * 100_000, id="mbox lines"),
        pytest.param(b"\n" * 1_000_000, id="empty lines"),
        pytest.param((b"From: " + b"a" * 20_000 + b"\n") * 4 + b"\nHello", id="a sender of one long word"),
        pytest.param(b"To: " + b"a@b.example," * 20_000 + b"\n\nHello", id="many recipients"),
        pytest.param(b"Received: x; " + b"(" * 20_000 + b"\n\nHello", id="open brackets"),
        pytest.param(b"Date: " + b"(" * 20_000 + b"\n\nHello", id="open brackets in a date"),
        pytest.param(b"From: " + b'"' * 20_000 + b"\n\nHello", id="quotes"),
        pytest.param(b"From: " + b"<" * 20_000 + b"\n\nHello", id="angle brackets"),
        pytest.param(b"References: " + b"<" * 20_000 + b"\n\nHello", id="open references"),
        pytest.param(b"Subject: " + b"=?utf-8?q?" * 2000 + b"\n\nHello", id="open encoded words"),
        pytest.param(b"Subject: x\nContent-Type: text/plain" + b"; a" * 20_000 + b"\n\nHello", id="parameters"),
        pytest.param(mail(b"begin 644 taxi.jpg\r\n" * 20_000), id="uuencoded beginnings"),
        pytest.param(mail(b"--x\r\n" * 100_000, "Content-Type: multipart/mixed"), id="boundaries of nothing"),
    ],
)
def test_a_message_made_to_cost_time_costs_little(raw: bytes) -> None:
    """Each is under a megabyte or so; all of them together need less than a second where the work grows with the size."""
    with within_cpu_seconds(2):
        parse(raw)


def test_a_page_of_a_thousand_boxes_within_boxes_keeps_its_words() -> None:
    page = "<html><body>" + "<div>" * 5000 + FIRST + "</div>" * 5000 + "</body></html>"
    with within_cpu_seconds(10):
        assert FIRST in html_to_text(page)


def test_tables_within_tables_keep_their_words() -> None:
    page = "<table><tr><td>" * 60 + FIRST + "</td></tr></table>" * 60
    with within_cpu_seconds(10):
        assert FIRST in html_to_text(page)


def test_a_megabyte_of_html_keeps_its_words() -> None:
    page = "<p>The taxi did <b>not</b> come.</p>\n" * 30_000
    with within_cpu_seconds(20):
        text = html_to_text(page)
    assert text.count(FIRST) == 30_000


def test_a_long_page_is_read_as_far_as_the_bound_and_cut() -> None:
    page = b"<p>The taxi did not come.</p>\r\n" * 35_000
    message = parse(mail(page, "Content-Type: text/html"))
    _assert_cut_with_a_plain_note(message)
    assert FIRST in read(message)


def test_words_behind_a_boundary_that_is_closed_before_it_is_opened_are_not_passed_over_in_silence() -> None:
    raw = (
        b"From: joan@family.example\r\nTo: complaints@ashmere.example\r\nSubject: The taxi\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="edge"\r\n\r\n'
        b"--edge--\r\n--edge\r\nContent-Type: text/plain\r\n\r\nI want to complain about the taxi.\r\n--edge--\r\n"
    )
    message = parse(raw)
    assert message.cut
    assert message.notes == ("a part of it is damaged and was not read",)
