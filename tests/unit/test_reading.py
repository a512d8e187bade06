"""The text of a message is what a reader of it would read."""

import pytest

from tests.unit.making import parsed
from triage.domain.message import Body
from triage.text.reading import html_to_text, read, readable, tidy

LETTER = "The taxi did not come again this morning, and nobody rang. My son waited for an hour in the rain."


def test_the_plain_form_is_read_where_it_says_what_the_page_says() -> None:
    assert readable(Body(plain=LETTER, html=f"<p>{LETTER}</p><p style='font-size:9px'>x</p>")) == LETTER


@pytest.mark.parametrize(
    "stand_in",
    [
        "This message is in HTML format.",
        "Your e-mail program does not support HTML messages.",
        "To view this message, use an HTML compatible e-mail program.",
        "If you cannot display HTML, view this email in your browser",
        "",
        " \r\n ",
    ],
)
def test_the_page_is_read_where_the_plain_form_only_stands_in_for_it(stand_in: str) -> None:
    assert readable(Body(plain=stand_in, html=f"<p>{LETTER}</p>")) == LETTER


@pytest.mark.parametrize("words", ["I want to complain.", "No taxi. Again.", "Help us"])
def test_a_short_letter_is_not_lost_behind_what_stands_in_for_it(words: str) -> None:
    assert words in readable(Body(plain="Your e-mail program does not support HTML messages.", html=f"<p>{words}</p>"))


def test_a_teaser_does_not_hide_the_letter() -> None:
    assert LETTER in readable(Body(plain="School taxi", html=f"<h1>School taxi</h1><p>{LETTER}</p><p>{LETTER}</p>"))


def test_a_letter_that_speaks_of_html_is_read_in_its_plain_form() -> None:
    letter = f"I cannot open your form: it says that it is in HTML. {LETTER}"
    assert readable(Body(plain=letter, html=f"<p>{letter}</p>")) == letter


def test_a_page_without_words_does_not_hide_the_plain_form() -> None:
    assert readable(Body(plain="Help", html="<img src='cid:1'>" + "<br>" * 200)) == "Help"


def test_mail_that_is_only_a_page_is_read() -> None:
    assert readable(Body(html=f"<html><body><p>{LETTER}</p></body></html>")) == LETTER


def test_a_body_without_anything_is_empty() -> None:
    assert readable(Body()) == ""


def test_every_body_and_every_attached_message_is_read_in_order() -> None:
    inner = parsed(Body(plain="What the family wrote."))
    assert read(parsed(Body(plain="Please log."), Body(html="<p>Thank you</p>"), nested=(inner,))) == (
        "Please log.\n\nThank you\n\nWhat the family wrote."
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "<style>p {color: red} SECRET</style>",
        "<script>var a = 'SECRET'</script>",
        "<!-- SECRET -->",
        "<!--[if mso]><p>SECRET</p><![endif]-->",
        "<head><title>SECRET</title></head>",
        '<div style="display:none">SECRET</div>',
        '<div style="DISPLAY: NONE">SECRET</div>',
        '<div style="display:none !important">SECRET</div>',
        '<div style="display:none;max-height:0px;overflow:hidden">SECRET</div>',
        '<div style="visibility:hidden">SECRET</div>',
        "<div hidden>SECRET</div>",
    ],
)
def test_what_a_mail_program_hides_is_not_read(hidden: str) -> None:
    text = html_to_text(f"<html>{hidden}<body><p>{LETTER}</p></body></html>")
    assert "SECRET" not in text
    assert LETTER in text


def test_a_table_keeps_its_rows_apart_and_their_cells_in_order() -> None:
    rows = "".join(f"<tr><td>{day}</td><td>{minutes} minutes late</td></tr>" for day, minutes in [("Monday", 20), ("Tuesday", 45)])
    lines = [" ".join(line.split()) for line in tidy(html_to_text(f"<table>{rows}</table>")).splitlines() if line.strip()]
    assert lines == ["Monday 20 minutes late", "Tuesday 45 minutes late"]


def test_the_points_of_a_list_stand_on_lines_of_their_own() -> None:
    lines = tidy(html_to_text("<ul><li>no taxi</li><li>no call</li></ul>")).splitlines()
    assert [line.lstrip("* -•").strip() for line in lines] == ["no taxi", "no call"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("One<br>Two", ["One", "Two"]),
        ("<div>One</div><div>Two</div>", ["One", "Two"]),
        ("the <b>ta</b>xi did <i>not</i> come", ["the taxi did not come"]),
        ("caf&eacute; &amp; &pound;5 &#8364;6", ["café & £5 €6"]),
        ("<p>Zoë</p>", ["Zoë"]),
        ('<?xml version="1.0" encoding="iso-8859-1"?><html><body>Zoë</body></html>', ["Zoë"]),
        ('<meta charset="iso-8859-1"><p>Zoë</p>', ["Zoë"]),
        ("<p>unclosed <b>bold", ["unclosed bold"]),
        ("5 < 6 and 7 > 6", ["5 < 6 and 7 > 6"]),
    ],
)
def test_a_page_reads_as_it_looks(html: str, text: list[str]) -> None:
    assert [line.strip() for line in html_to_text(html).splitlines() if line.strip()] == text


@pytest.mark.parametrize("html", ["", "   ", "<", "<>", "<!--", "<html>", "<p></p>", "&", "<?xml?>", "<!DOCTYPE html>"])
def test_a_page_of_nothing_is_no_reason_to_fail(html: str) -> None:
    assert LETTER not in html_to_text(html)
    assert LETTER in html_to_text(f"<p>{LETTER}</p>{html}")


@pytest.mark.parametrize("invisible", ["\u00ad", "\u200b", "\u2060", "\u200e", "\u200f", "\u202a"])
def test_what_nobody_sees_does_not_break_words_apart(invisible: str) -> None:
    assert tidy(f"com{invisible}plaint") == "complaint"


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u202f", "\u3000", "\t"])
def test_every_kind_of_space_is_a_space(space: str) -> None:
    assert tidy(f"the{space}taxi") == "the taxi"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_is_one(end: str) -> None:
    assert tidy(f"one {end}two{end}{end}{end}{end}three{end}") == "one\ntwo\n\nthree"


@pytest.mark.parametrize("text", ["👩‍👧", "می‌خواهم", "ಕ್ಷ", "ﬁne", "naïve"])
def test_joiners_that_mean_something_stay(text: str) -> None:
    assert tidy(text) == text
