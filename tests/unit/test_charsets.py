"""Bytes to text: what a family wrote stays what it wrote, whatever its mail program declared."""

import pytest

from triage.mailbox.charsets import clean, decode

NAMES = "Zoë, Siân and Łukasz: “£40 a week”"


@pytest.mark.parametrize("declared", ["utf-8", "us-ascii", "iso-8859-1", "windows-1252", "no-such-charset", None, "", "base64", "utf8mb4"])
def test_utf_8_is_read_as_utf_8_whatever_was_declared(declared: str | None) -> None:
    assert decode(NAMES.encode(), declared) == NAMES


@pytest.mark.parametrize("declared", ["iso-8859-1", "ISO-8859-1", "latin1", "us-ascii", "windows-1252", "cp-1252", "ansi", None])
def test_windows_quotes_and_the_euro_sign_are_read_where_latin_1_was_declared(declared: str | None) -> None:
    text = "“Thank you” – it’s €5"
    assert decode(text.encode("cp1252"), declared) == text


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Спасибо вам", "koi8-r"),
        ("Прошу ответить", "windows-1251"),
        ("Dziękuję, Łukasz", "iso-8859-2"),
        ("谢谢您的帮助", "gb2312"),
        ("謝謝您", "big5"),
        ("ありがとうございます", "iso-2022-jp"),
        ("ありがとうございます", "shift_jis"),
        ("감사합니다", "euc-kr"),
        ("شكرا جزيلا", "windows-1256"),
        ("Teşekkür ederim, İnci", "iso-8859-9"),
        ("Hello", "utf-16"),
        ("Zoë", "utf-16-le"),
        ("Zoë", "utf-7"),
    ],
)
def test_what_was_declared_rightly_is_read_so(text: str, charset: str) -> None:
    assert decode(text.encode(charset), charset) == text


@pytest.mark.parametrize("bom", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_obeyed_and_not_shown(bom: str) -> None:
    assert decode(NAMES.encode(bom), None) == NAMES


def test_a_few_broken_bytes_do_not_spoil_the_rest() -> None:
    text = decode(NAMES.encode() + b" caf\xe9", "utf-8")
    assert text.startswith(NAMES)
    assert text.endswith("café")


def test_long_undeclared_cyrillic_is_recognised() -> None:
    text = "Здравствуйте! Мой сын снова не получил места в школе, и никто мне не ответил. Прошу вас рассмотреть мою жалобу."
    assert decode(text.encode("windows-1251"), None) == text


@pytest.mark.parametrize("declared", ["utf-8", "us-ascii", "iso-8859-1", "gb2312", "utf-16", "iso-2022-jp", "nonsense", None])
def test_no_character_is_made_up(declared: str | None) -> None:
    assert "\ufffd" not in decode(b"Dear team, \x81\x8d\xff\xfe\xc3\x28 thank you", declared)


@pytest.mark.parametrize("label", ["unicode_escape", "raw_unicode_escape", "idna", "punycode", "rot13", "hex", "zlib", "uu", "undefined"])
def test_a_codec_that_is_no_charset_changes_nothing(label: str) -> None:
    text = "Straße C:\\new\\u0041"
    assert decode(text.encode("cp1252"), label) == text


@pytest.mark.parametrize("label", ["\0", "a\0b", "é", "../../etc/passwd", "x" * 5000, "utf-8; format=flowed", '"utf-8"', " UTF-8 "])
def test_an_odd_label_is_no_reason_to_fail(label: str) -> None:
    assert decode("Zoë".encode(), label) == "Zoë"


@pytest.mark.parametrize("unseen", ["\0", "\x07", "\x7f", "\ufeff", "\ud800", "\udfff"])
def test_what_no_store_can_keep_is_taken_out(unseen: str) -> None:
    assert clean(f"a{unseen}b") == "ab"


def test_line_ends_tabs_and_emoji_stay() -> None:
    assert clean("one\r\n\ttwo 👩‍👧 three") == "one\r\n\ttwo 👩‍👧 three"


def test_nothing_decodes_to_nothing() -> None:
    assert decode(b"", "utf-8") == ""
