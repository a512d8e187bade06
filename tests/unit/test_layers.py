"""A text as the messages that lie in it, each with its own words."""

import pytest

from tests.unit.making import parsed
from triage.domain.message import Body
from triage.text.headerblocks import Around
from triage.text.layers import BREAK, layers_of
from triage.text.reading import html_to_text, readable, tidy

QUESTION = "Which days did it fail?"
ANSWER = "Monday and Friday."
WROTE = "On Tue, 3 Mar 2026 at 10:15, Transport <t@own.example> wrote:"


def _words(text: str, *, answers: bool = True) -> list[str]:
    return [" ".join(layer.words().replace(BREAK, " ").split()) for layer in layers_of(text, Around(answers=answers))]


def test_an_answer_above_the_question_is_the_first_layer() -> None:
    assert _words(f"{ANSWER}\n\n{WROTE}\n\n> {QUESTION}") == [ANSWER, QUESTION]


def test_an_answer_below_the_question_is_the_first_layer_too() -> None:
    assert _words(f"{WROTE}\n\n> {QUESTION}\n\n{ANSWER}") == [ANSWER, QUESTION]


def test_answers_between_the_questions_are_all_the_first_layer() -> None:
    assert _words(f"{WROTE}\n> {QUESTION}\n\n{ANSWER}\n\n> Which school?\n\nHighfold.")[0] == f"{ANSWER} Highfold."


def test_a_message_inside_a_message_inside_a_message_is_the_third_layer() -> None:
    text = f"{ANSWER}\n\n{WROTE}\n> {QUESTION}\n>\n> On Mon, 2 Mar 2026 at 09:00, Joan <j@family.example> wrote:\n>\n>> It failed."
    assert _words(text) == [ANSWER, QUESTION, "It failed."]


def test_headers_one_below_the_other_are_a_layer_each() -> None:
    header = "From: {} <{}>\nSent: 03 March 2026 10:15\nTo: t@own.example\nSubject: Taxi\n\n"
    text = f"Please log.\n\n{header.format('Bob', 'bob@own.example')}Yours?\n\n{header.format('Joan', 'j@family.example')}It failed."
    assert _words(text) == ["Please log.", "Yours?", "It failed."]


def test_what_stands_behind_the_end_of_a_forwarded_message_is_the_forwarders() -> None:
    text = (
        "----- Forwarded message from Joan <j@family.example> -----\n\nDate: Tue, 3 Mar 2026 10:15:00 +0000\nFrom: Joan <j@family.example>\n"
        "To: t@own.example\nSubject: Taxi\n\nIt failed.\n\n----- End forwarded message -----\n\nNot our team."
    )
    assert _words(text) == ["Not our team.", "It failed."]


@pytest.mark.parametrize("sign", ["|", ":", "%"])
def test_other_signs_of_quoting_are_understood_below_an_attribution(sign: str) -> None:
    text = f"t@own.example wrote on 12 February 2026 at 09:30:\n{sign} {QUESTION}\n\n{ANSWER}\n\n{sign} Which school?\n\nHighfold."
    assert _words(text)[0] == f"{ANSWER} Highfold."


def test_a_text_with_bars_and_no_attribution_quotes_nothing() -> None:
    assert _words("The days were:\n| Monday |\n| Friday |") == ["The days were: | Monday | | Friday |"]


QUOTING_ELEMENTS = {
    "Gmail": '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid">{}</blockquote>',
    "Apple": '<blockquote type="cite">{}</blockquote>',
    "Thunderbird": '<blockquote type="cite" cite="mid:1@own.example">{}</blockquote>',
    "Fastmail": '<blockquote type="cite" id="qt">{}</blockquote>',
    "Proton": '<blockquote class="protonmail_quote" type="cite">{}</blockquote>',
    "Yahoo": '<div id="yahoo_quoted_1" class="yahoo_quoted">{}</div>',
    "GMX": '<div name="quote" style="border-left:2px solid #C3D9E5;">{}</div>',
    "passed on by Outlook": '<blockquote class="x_gmail_quote">{}</blockquote>',
    "a line at the left": '<blockquote style="border-left: #1010ff 2px solid; margin: 0">{}</blockquote>',
    "Outlook's line": '<div style="border:none;border-left:solid blue 1.5pt;padding:0cm">{}</div>',
}


@pytest.mark.parametrize("element", QUOTING_ELEMENTS.values(), ids=QUOTING_ELEMENTS)
def test_what_a_page_quotes_begins_with_the_sign_for_it(element: str) -> None:
    text = tidy(html_to_text(f"<div>{ANSWER}</div>{element.format(f'<div>{QUESTION}</div>')}<div>Highfold.</div>"))
    assert [line for line in text.split("\n") if line.strip(" >")] == [ANSWER, f"> {QUESTION}", "Highfold."]


def test_quotes_in_quotes_have_a_sign_more() -> None:
    text = tidy(html_to_text('<blockquote type="cite">One<blockquote type="cite">Two</blockquote>Three</blockquote>Four'))
    assert [line for line in text.split("\n") if line.strip(" >")] == ["> One", ">> Two", "> Three", "Four"]


def test_a_blockquote_behind_an_attribution_quotes() -> None:
    text = tidy(html_to_text(f"<p>On 3 March 2026 10:15, Transport wrote:</p><blockquote><p>{QUESTION}</p></blockquote>"))
    assert f"> {QUESTION}" in text


@pytest.mark.parametrize(
    "indented",
    [
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">{}</blockquote>',
        "<p>The head said to me:</p><blockquote>{}</blockquote>",
        "<blockquote>{}</blockquote>",
    ],
)
def test_an_indented_paragraph_is_the_authors_own(indented: str) -> None:
    assert ">" not in html_to_text(f"<p>Dear Sir</p>{indented.format('He will never cope here.')}")


def test_the_page_is_read_where_only_it_tells_what_is_quoted() -> None:
    page = f'<div>{ANSWER}</div><div class="yahoo_quoted"><div>{WROTE}</div><div>{QUESTION}</div></div>'
    plain = f"{ANSWER}\n{WROTE}\n{QUESTION}"
    assert f"> {QUESTION}" in readable(Body(plain=plain, html=page.replace("<t@own.example>", "&lt;t@own.example&gt;")))


def test_a_signature_that_a_page_marks_stands_behind_the_sign_for_one() -> None:
    for attributes in (
        'class="gmail_signature" data-smartmail="gmail_signature"',
        'class="moz-signature"',
        'id="Signature"',
        'id="x_Signature"',
    ):
        text = tidy(html_to_text(f"<div>{ANSWER}</div><div {attributes}>Joan Whitlow<br>Treasurer</div>"))
        assert text.split("\n")[-3:] == ["--", "Joan Whitlow", "Treasurer"]


def test_the_sign_for_a_signature_is_not_written_twice() -> None:
    text = html_to_text('<div>x</div><span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Joan</div>')
    assert text.count("--") == 1


def test_characters_that_stand_for_quoting_inside_cannot_be_sent() -> None:
    text = readable(parsed(Body(html="<p>\ue000Mine\ue001</p><p>And this</p>")).bodies[0])
    assert ">" not in text
    assert "Mine" in text
