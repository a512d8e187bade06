"""Files of Outlook's that are damaged, or made to do damage: never a failure, bounded time and memory, and a person looks.

Where seconds are counted they are of processor time, many times what the work needs, so that a busy machine fails nothing.
"""

import hashlib
import struct
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.outlook import (
    COMPLAINTS,
    FIRST,
    HTML_IN_RTF,
    MANAGER,
    NOTE,
    UNREAD,
    File,
    Mail,
    Storage,
    all_words,
    assert_only_listed,
    compound_file,
    forwarded,
    msg,
    packed,
    plain,
    tnef,
    uncompressed,
    with_file,
)
from tests.unit.making import mail, within_cpu_seconds
from triage.domain.message import ParsedMessage
from triage.mailbox.parsing import ParseLimits, parse


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"PK\x03\x04 a document", id="something else"),
        pytest.param(bytes.fromhex("d0cf11e0a1b11ae1"), id="the first bytes only"),
        pytest.param(msg(Mail())[:600], id="the beginning only"),
        pytest.param(msg(Mail())[:512] + bytes(20_000), id="no table"),
        pytest.param(compound_file(Storage({"WordDocument": b"x" * 5000})), id="another program's"),
    ],
)
def test_a_file_that_cannot_be_read_is_listed_and_a_person_looks(content: bytes) -> None:
    assert_only_listed(forwarded(content), "School taxi.msg")


def test_a_mail_that_is_called_msg_is_read_as_mail() -> None:
    [nested] = forwarded(mail(FIRST.encode())).nested
    assert plain(nested) == FIRST


def test_a_file_that_breaks_off_in_an_attachment_keeps_its_words() -> None:
    message = forwarded(msg(Mail(attached=[File("a.pdf", b"x" * 100_000)]))[:-50_000])
    [nested] = message.nested
    assert plain(nested) == FIRST
    assert [(one.name, one.size) for one in nested.attachments] == [("a.pdf", 0)]
    assert message.cut
    assert message.notes == (UNREAD,)


def _with_table(content: bytes, at: int, value: int) -> bytes:
    """The file with one entry of its first FAT sector changed; the builder puts that first."""
    position = 512 + 4 * at
    return content[:position] + struct.pack("<I", value) + content[position + 4 :]


@pytest.mark.parametrize("value", [0, 1, 5, 0xFFFFFFF0, 2**31])
def test_tables_that_go_in_a_circle_or_nowhere_cost_little(value: int) -> None:
    whole = msg(Mail(attached=[File("a.pdf", b"x" * 20_000)]))
    with within_cpu_seconds(10):
        for at in range(1, 60):
            message = forwarded(_with_table(whole, at, value))
            assert plain(message) == NOTE
            assert len(message.attachments) == 1


@pytest.mark.parametrize("place", [30, 32, 40, 44, 48, 60, 64, 68, 72, 76])
@pytest.mark.parametrize("value", [0, 9, 2000, 2**31, 2**32 - 1])
def test_a_header_that_promises_too_much_costs_little(place: int, value: int) -> None:
    whole = msg(Mail(attached=[File("a.pdf", b"x" * 20_000)])) + bytes(1_000_000)
    with within_cpu_seconds(3):
        message = forwarded(whole[:place] + struct.pack("<I", value) + whole[place + 4 :])
    assert len(message.attachments) == 1


def test_streams_that_share_their_bytes_are_not_read_for_ever() -> None:
    """Each of two hundred attachments is said to be all the sectors from its own on, and its last leads on to the next."""
    whole = bytearray(msg(Mail(attached=[File(f"{number:03}.pdf", bytes(51_200)) for number in range(200)])))
    sectors = len(whole) // 512 - 1
    table = 512 * (1 + struct.unpack_from("<I", whole, 72)[0])
    for number in range(sectors - 200 * 100, sectors - 1):
        struct.pack_into("<I", whole, table + 4 * number, number + 1)
    name = "__substg1.0_37010102".encode("utf-16-le")
    position = whole.find(name)
    while position >= 0:
        (start,) = struct.unpack_from("<I", whole, position + 116)
        struct.pack_into("<I", whole, position + 120, (sectors - start) * 512)
        position = whole.find(name, position + 1)
    with within_cpu_seconds(5):
        message = forwarded(bytes(whole))
    assert message.cut
    assert sum(one.size for one in message.nested[0].attachments) < 3 * len(whole)


def test_a_hundred_thousand_streams_cost_little() -> None:
    streams = {f"{number:08x}": b"" for number in range(100_000)}
    with within_cpu_seconds(10):
        content = compound_file(Storage({"__properties_version1.0": bytes(32), **streams}))
    with within_cpu_seconds(4):
        assert_only_listed(forwarded(content), "School taxi.msg")


@pytest.mark.parametrize("write", [msg, tnef])
def test_messages_nested_too_deeply_are_cut_and_the_outer_words_are_kept(write: type) -> None:
    outlook = Mail()
    for _ in range(60):
        outlook = Mail(body="Outer words.", attached=[outlook])
    message = parse(with_file(write(outlook), "a.msg" if write is msg else "winmail.dat"))
    assert any("30 deep" in note for note in message.notes)
    assert "Outer words." in all_words(message)


@pytest.mark.parametrize("write", [msg, tnef])
def test_its_attachments_count_as_parts(write: type) -> None:
    content = write(Mail(attached=[File(f"{n}.txt") for n in range(60)]))
    message = parse(with_file(content, "a.msg" if write is msg else "winmail.dat"), ParseLimits(parts=20))
    assert any("20 parts" in note for note in message.notes)
    listed = message.nested[0].attachments if write is msg else message.attachments
    assert 10 < len(listed) < 20


@pytest.mark.parametrize("form", ["body", "html", "rtf"])
def test_a_very_long_text_is_cut_and_keeps_its_beginning(form: str) -> None:
    text = "The taxi did not come. " * 10_000
    rtf = b"{\\rtf1 " + text.encode() + b"}"
    whole = uncompressed(rtf)
    outlook = Mail(
        body=text if form == "body" else None, html=text.encode() if form == "html" else None, rtf=whole if form == "rtf" else None
    )
    message = forwarded(msg(outlook), limits=ParseLimits(text_characters=1000))
    [body] = message.nested[0].bodies
    assert len(body.plain or body.html or "") == 1000
    assert message.notes == ("its text is longer than 1000 characters: the rest was not read",)


@pytest.mark.parametrize(
    "unit", [b"{}", b"{", b"}", b"\\b ", b"\\'e9", b"\\u9 ", b"{\\*", b"\\bin9", b"{\\fonttbl\\f1\\fcharset1}", b"\\htmlrtf x"]
)
def test_rtf_made_to_cost_time_costs_little(unit: bytes) -> None:
    rtf = b"{\\rtf1\\fromhtml1 " + unit * (1_000_000 // len(unit))
    content = msg(Mail(body=None, rtf=uncompressed(rtf)))
    with within_cpu_seconds(6):
        assert len(forwarded(content).nested) == 1


@pytest.mark.parametrize("write", [msg, tnef])
def test_an_attachment_of_twenty_megabytes_costs_little(write: type) -> None:
    content = bytes(range(256)) * 80_000
    raw = with_file(write(Mail(attached=[File("flat.jpg", content, "image/jpeg")])), "a.msg" if write is msg else "winmail.dat")
    with within_cpu_seconds(5):
        message = parse(raw)
    listed = message.nested[0].attachments if write is msg else message.attachments
    assert [(one.name, one.size) for one in listed] == [("flat.jpg", len(content))]
    assert listed[0].digest == hashlib.sha256(content).hexdigest()
    assert message.notes == ()


# --- bytes that nobody thought of ---

_RICH = Mail(
    html=b"<p>Zo\xc3\xab</p>",
    html_page=65001,
    rtf=packed(HTML_IN_RTF),
    sender=MANAGER,
    on_behalf_of=COMPLAINTS,
    headers="From: a@b.example\r\nReceived: from x; Mon, 2 Mar 2026 12:00:00 +0000\r\n",
    attached=[
        File("a.pdf", b"x" * 5000, "application/pdf"),
        Mail(body=None, rtf=packed(b"{\\rtf1 Hello}"), page=1252),
        File("b.eml", mail()),
    ],
)
SAMPLES = {
    "a.msg": [msg(_RICH), msg(Mail(body=None, rtf=packed(HTML_IN_RTF)))],
    "winmail.dat": [tnef(_RICH), tnef(replace(_RICH, page=1252, html=None, body=FIRST), old_kind=True)],
}
bounded = settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file cut short, or with bytes changed: in its tables, where one changes most, or anywhere."""
    name = draw(st.sampled_from(sorted(SAMPLES)))
    raw = bytearray(draw(st.sampled_from(SAMPLES[name])))
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, min(len(raw), 6000) - 1) | st.integers(0, len(raw) - 1))
        width = draw(st.sampled_from([1, 1, 2, 4]))
        value = draw(
            st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", b"\x01\0\0\0"]) | st.binary(min_size=4, max_size=4)
        )
        raw[at : at + width] = value[: len(raw[at : at + width])]
    return name, bytes(raw[: draw(st.none() | st.integers(0, len(raw)))])


def _assert_can_be_stored(message: ParsedMessage) -> None:
    texts = [message.subject, message.sender.address, message.sender.name, all_words(message)]
    texts += [text for one in message.attachments for text in (one.name, one.media_type)]
    for text in texts:
        text.encode("utf-8")
        assert "\0" not in text
    for nested in message.nested:
        _assert_can_be_stored(nested)


@bounded
@given(_damaged())
def test_a_damaged_file_never_fails_and_the_note_beside_it_is_read(damaged: tuple[str, bytes]) -> None:
    name, content = damaged
    message = parse(with_file(content, name))
    assert plain(message) == NOTE
    _assert_can_be_stored(message)


@bounded
@given(st.binary(max_size=300), st.sampled_from(["a.msg", "winmail.dat", "a.eml"]))
def test_any_bytes_can_be_such_a_file(content: bytes, name: str) -> None:
    beginning = {"a.msg": bytes.fromhex("d0cf11e0a1b11ae1"), "winmail.dat": b"\x78\x9f\x3e\x22\x01\0", "a.eml": b"From: a@b.example\nTo: "}[
        name
    ]
    _assert_can_be_stored(parse(with_file(beginning + content, name)))


@bounded
@given(
    st.lists(
        st.sampled_from(
            [b"{", b"}", b"\\*", b"\\'e9", b"\\u9", b"\\uc9 ", b"\\htmltag1", b"\\htmlrtf", b"\\bin3", b"\\f1", b"\\'", b"\\", b"a b"]
        ),
        max_size=60,
    )
)
def test_any_rtf_can_be_read(pieces: list[bytes]) -> None:
    rtf = b"{\\rtf1\\fromhtml1" + b"".join(pieces)
    content = msg(Mail(body=None, rtf=uncompressed(rtf)))
    _assert_can_be_stored(forwarded(content))


@bounded
@given(_damaged())
def test_a_damaged_file_is_imported_or_refused_by_name(damaged: tuple[str, bytes]) -> None:
    from triage.mailbox import rendering
    from triage.mailbox.mapi import Unreadable

    try:
        raw = rendering.rendered(damaged[1])
    except Unreadable:
        return
    _assert_can_be_stored(parse(raw))
