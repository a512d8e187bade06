"""What others wrote, as text in a page: nothing invisible, nothing turned round, and hosts by their real names."""

import csv
import io

import pytest

from tests.unit.making import ROOT, within_cpu_seconds
from triage.mailbox.parsing import parse
from triage.text import shown
from triage.text.reading import read

FOLDER = ROOT / "tests" / "data" / "hostile_mail"
CYRILLIC = "\u0430pple.example"


def _parsed(name: str):
    return parse((FOLDER / f"{name}.eml").read_bytes())


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("harmless.\u202efdp.exe", "harmless.fdp.exe"),
        ("Joan\u200b Whit\u00adlow\u2060", "Joan Whitlow"),
        ("two\r\nlines\u2028three\tfour", "two lines three four"),
        ("a\x00b\x1b[31mc\ud800d", "ab[31mcd"),
        ("Zoë  O’Brien-Łuć", "Zoë O’Brien-Łuć"),
        ("\u3164\u115f\u2800empty", "empty"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
    ],
)
def test_a_line_is_what_was_typed_without_what_cannot_be_seen(written: str, seen: str) -> None:
    assert shown.line(written) == seen


@pytest.mark.parametrize(
    "kept",
    [
        "می\u200cخواهم",
        "👩\u200d👧",
        "❤\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
        "क्\u200dष",
        "Z\u0308",
    ],
)
def test_what_a_language_or_an_emoji_needs_is_kept(kept: str) -> None:
    assert shown.line(kept) == kept


def test_a_joiner_between_our_letters_is_not_kept() -> None:
    assert shown.line("pay\u200dpal") == "paypal"


def test_tags_that_spell_hidden_words_are_taken_out() -> None:
    assert shown.words("Hello" + "".join(chr(0xE0000 + ord(letter)) for letter in "obey me")) == "Hello"


def test_marks_piled_on_a_letter_are_taken_off_but_for_a_few() -> None:
    assert len(shown.line("a" + "\u0301" * 200)) == 4


def test_a_line_is_cut_with_a_sign_that_it_was() -> None:
    assert shown.line("word " * 100, 20) == "word word word word…"
    assert shown.line("a" * 20, 20) == "a" * 20
    assert len(shown.line("\u202e" * 10_000_000 + "a", 20)) <= 20


def test_a_body_keeps_its_lines() -> None:
    assert shown.words("One\r\nTwo\rThree\n\n  Four\tfive") == "One\nTwo\nThree\n\n  Four\tfive"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (f"joan@{CYRILLIC}", f"joan@{CYRILLIC} (xn--pple-43d.example)"),
        ("joan@zoë.example", "joan@zoë.example (xn--zo-ija.example)"),
        ("joan@family.example", "joan@family.example"),
        ("joan@xn--pple-43d.example", "joan@xn--pple-43d.example"),
        ("jo\u200ban@family.example", "jo[U+200B]an@family.example"),
        ("joan@family\u202e.example", "joan@family[U+202E].example"),
    ],
)
def test_an_address_shows_what_makes_it_another_address(written: str, seen: str) -> None:
    assert shown.address(written) == seen


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (f"See https://{CYRILLIC}/login.", f"See https://{CYRILLIC} (xn--pple-43d.example)/login."),
        (f"See {CYRILLIC}, please", f"See {CYRILLIC} (xn--pple-43d.example), please"),
        ("www.\u0430\u0440\u0440le.example", "www.\u0430\u0440\u0440le.example (www.xn--le-6kc8da.example)"),
        ("She cried in the café.Then we left", "She cried in the café.Then we left"),
        ("Он пришёл.Потом ушёл", "Он пришёл.Потом ушёл"),
        ("https://family.example/zoë", "https://family.example/zoë"),
    ],
)
def test_a_host_in_a_text_has_its_real_name_beside_it(written: str, seen: str) -> None:
    assert shown.words(written) == seen
    assert shown.words(seen) == seen


@pytest.mark.parametrize(
    "text", ["=1+1", "+44 7700 900123", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\uff1d1+1", "\n@x", "\u202e=1"]
)
def test_a_cell_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(text: str) -> None:
    assert shown.cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "School taxi", "1+1=2", "a=b", "CC-2026-000001", "'=1"])
def test_another_cell_stays_as_it_is(text: str) -> None:
    assert shown.cell(text) == text


@pytest.mark.parametrize(
    "unit", ["é", "é.", "\u202e", "a\u0301", "é. ", "é.a", "@é", "é-", "//é.", "\u200c", "👩\u200d", "\r", "\U0001f3f4\U000e0067"]
)
def test_a_long_text_is_shown_in_a_moment(unit: str) -> None:
    with within_cpu_seconds(1.5):
        shown.words(unit * (500_000 // len(unit)))
        shown.address(unit * (500_000 // len(unit)))
        shown.cell(unit * (500_000 // len(unit)))


def test_script_in_subject_is_the_subject_as_it_was_typed() -> None:
    assert shown.line(_parsed("script_in_subject").subject) == '<script>alert(document.domain)</script> & "taxi"'


def test_template_in_subject_is_the_subject_as_it_was_typed() -> None:
    message = _parsed("template_in_subject")
    assert shown.line(message.subject) == '{{ 7*7 }} ${7*7} {{ config.items() }} {% include "/etc/passwd" %}'
    assert shown.line(message.sender.name) == "{{ cycler.__init__ }}"


def test_bidi_in_words_stand_in_the_order_in_which_they_were_typed() -> None:
    message = _parsed("bidi_in_words")
    assert shown.line(message.subject) == "Refund of 001 pounds"
    assert shown.line(message.sender.name) == "Joan Whitlow"
    assert shown.words(read(message)) == "We were promised 0001 pounds by the school. Paypal me."


def test_javascript_in_text_stays_words() -> None:
    text = 'javascript:alert(1) or data:text/html,<script>alert(2)</script> in your browser.\nOr go to https://evil.example/"onmouseover'
    assert text in shown.words(read(_parsed("javascript_in_text")))


def test_homograph_sender_is_told_from_the_council() -> None:
    assert shown.address(_parsed("homograph_sender").sender.address) == "finance@\u0430shmere.example (xn--shmere-2nf.example)"


def test_formula_in_subject_does_not_begin_a_cell() -> None:
    message = _parsed("formula_in_subject")
    written = io.StringIO()
    csv.writer(written).writerow([shown.cell(message.subject), shown.cell(message.sender.name)])
    (row,) = csv.reader(io.StringIO(written.getvalue()))
    assert row == [f"'{message.subject}", f"'{message.sender.name}"]
    assert message.subject.startswith("=HYPERLINK(")
