"""A page from mail as HTML that can do nothing, and of which no word is lost."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.making import ROOT, within_cpu_seconds
from triage.mailbox.contents import html_body
from triage.text.cleaned import MOST_CHARACTERS, clean

FOLDER = ROOT / "tests" / "data" / "hostile_mail"
_ALLOWED = re.compile(
    r"<(?:/?(?:strong|em|u|s|code|sub|sup|p|div|blockquote|pre|ul|ol|li|dl|dt|dd|h[1-6]|table|caption|thead|tbody|tfoot|tr|td|th|br|hr|wbr)"
    r"(?: (?:dir=\"(?:ltr|rtl|auto)\"|lang=\"[a-zA-Z0-9-]+\"|colspan=\"[0-9]{1,2}\"|rowspan=\"[0-9]{1,2}\"))*)>"
)


def _cleaned(name: str) -> str:
    """A page of the hostile mail, cleaned and held to be harmless."""
    page = html_body((FOLDER / f"{name}.eml").read_bytes())
    assert page is not None
    return _harmless(clean(page))


def _harmless(cleaned: str) -> str:
    """Every "<" in it begins one of the allowed tags, with nothing in them but the allowed attributes."""
    assert "<" not in _ALLOWED.sub("", cleaned)
    return cleaned


def _words(cleaned: str) -> str:
    return " ".join(unescape(re.sub(r"<wbr>", "", re.sub(r"<(?!wbr)[^>]*>", " ", cleaned))).split())


def test_script_in_html_leaves_the_words() -> None:
    assert _words(_cleaned("script_in_html")) == "The taxi did not come on Monday. Zoë waited for an hour."


def test_svg_onload_leaves_the_words_and_says_where_its_link_leads() -> None:
    said = _words(_cleaned("svg_onload"))
    assert (
        said == "I was told the meeting was moved. Press here [not an address of a page or a person: javascript:alert(3)] Nobody told me."
    )


def test_css_leaves_the_words_without_a_style() -> None:
    assert _words(_cleaned("css")) == "Your session has ended. Sign in again. We have had no respite since June."


def test_hidden_text_is_shown() -> None:
    said = _words(_cleaned("hidden_text"))
    for words in ("Thank you", "I wish to withdraw my complaint.", "Nothing in this", "Close every case of mine.", "Seen by nobody."):
        assert words in said


def test_javascript_links_are_words_that_lead_nowhere() -> None:
    said = _words(_cleaned("javascript_links"))
    assert said.count("[not an address of a page or a person: ") == 5
    assert "Read the second report [not an address of a page or a person: JaVaScript:alert(2)]" in said


def test_homograph_link_shows_its_real_name() -> None:
    said = _words(_cleaned("homograph_link"))
    assert "https://\u0430shmere.example (xn--shmere-2nf.example)/sign-in or" in said
    assert "ashmere.example [this link does not go where it says. It goes to xn--shmere-2nf.example:" in said


def test_link_goes_elsewhere_is_said_plainly() -> None:
    said = _words(_cleaned("link_goes_elsewhere"))
    assert said.count("this link does not go where it says. It goes to evil.example:") == 2
    assert "our form [goes to evil.example: https://www.ashmere.example@evil.example/collect]" in said
    assert "complaints@ashmere.example [this link does not go where it says. It writes to thief@evil.example]" in said


def test_tracking_pixel_is_nothing_and_other_pictures_are_words() -> None:
    cleaned = _cleaned("tracking_pixel")
    assert _words(cleaned) == 'Did you read my mail? [picture: Our "logo" <b>][picture] After school club'
    assert "evil.example" not in cleaned


def test_form_leaves_words_and_no_field() -> None:
    said = _words(_cleaned("form"))
    assert said == "Please confirm who you are: [a form, which cannot be filled in here] Password My words One Confirm"


def test_meta_refresh_leaves_the_words() -> None:
    assert _words(_cleaned("meta_refresh")) == "We moved to Ferry Road."


def test_base_href_cannot_complete_an_address() -> None:
    assert _words(_cleaned("base_href")) == "See the timetable [an address that is not complete: timetable.html] and the top."


def test_srcdoc_leaves_the_words() -> None:
    assert _words(_cleaned("srcdoc")) == "A note: No frames? That is all."


def test_mutation_leaves_nothing_that_acts() -> None:
    cleaned = _cleaned("mutation")
    assert "These are our words." in cleaned
    assert "onerror" not in cleaned


def test_null_bytes_hide_nothing() -> None:
    said = _words(_cleaned("null_bytes"))
    assert said == "The taxi did not come. [picture] Timetable [not an address of a page or a person: javascript:alert(3)]"


def test_template_literal_in_page_stays_as_it_was_typed() -> None:
    assert _words(_cleaned("template_literal_in_page")) == "{{ 7*7 }} ${7*7} #{7*7} {% raw %} <%= 7*7 %>"


def test_unclosed_markup_loses_no_words() -> None:
    said = _words(_cleaned("unclosed"))
    assert [number for number in ("first", "second", "third") if f"The {number} words." not in said] == []
    assert "damaged and breaks off" in said


def test_boundary_tricks_leave_the_words_of_both_bodies() -> None:
    said = _words(_cleaned("boundary_tricks"))
    assert "The minibus did not come." in said
    assert "alert(1)" not in said


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ('<a href="https://school.example/a">the school</a>', "the school [https://school.example/a]"),
        ('<a href="https://school.example/">school.example</a>', "school.example"),
        (
            '<a href="https://www.school.example/a?b=1&amp;c=2">www.school.example</a>',
            "www.school.example [https://www.school.example/a?b=1&c=2]",
        ),
        ('<a href="https://files.school.example/x">school.example</a>', "school.example [https://files.school.example/x]"),
        (
            '<a href="https://school.example.evil.example/">school.example</a>',
            "does not go where it says. It goes to school.example.evil.example",
        ),
        ('<a href="https://evil.example/school.example">school.example</a>', "It goes to evil.example"),
        ('<a href="//evil.example/x">https://school.example</a>', "It goes to evil.example"),
        ('<a href="https:evil.example">https://school.example</a>', "It goes to evil.example"),
        ('<a href="ht&#9;tps://evil.example">https://school.example</a>', "It goes to evil.example"),
        ('<a href="https://%65vil.example">https://school.example</a>', "It goes to evil.example"),
        ('<a href="https://evil\u3002example/">https://school.example</a>', "It goes to evil.example"),
        ('<a href="https://evil.example">joan@school.example</a>', "It goes to evil.example"),
        ('<a href="https://school.example/report.pdf">report.pdf</a>', "report.pdf [https://school.example/report.pdf]"),
        ('<a href="https://school.example/">See 3.5 and e.g. this</a>', "e.g. this [https://school.example/]"),
        ('<a href="mailto:joan@family.example">joan@family.example</a>', "joan@family.example"),
        ('<a href="mailto:joan@family.example?bcc=x@y.example">Joan</a>', "Joan [writes to joan@family.example]"),
        ('<a href="tel:07700900123">call</a>', "call [tel:07700900123]"),
        ("<a name=x>no link</a>", "no link"),
        ("<a HREF = https://school.example/x >unquoted</a>", "unquoted [https://school.example/x]"),
        ('<a href="https://a.example/" href="https://b.example/">two</a>', "two [https://a.example/]"),
        ('<a href="https://a.example/">one<a href="https://b.example/">two</a>', "one [https://a.example/]two [https://b.example/]"),
        (
            '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fschool.example%2Fa&amp;data=1">https://school.example/a</a>',
            "[https://school.example/a, by way of eur01.safelinks.protection.outlook.com]",
        ),
        (
            '<a href="https://safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Fschool.example">https://school.example</a>',
            "It goes to safelinks.protection.outlook.com.evil.example",
        ),
        (
            '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2F">https://school.example</a>',
            "It goes to evil.example",
        ),
    ],
)
def test_a_link_is_its_words_and_where_it_leads(link: str, said: str) -> None:
    cleaned = _words(_harmless(clean(f"<p>{link}</p>")))
    assert said in cleaned
    assert ("does not go" in cleaned) == ("It goes to" in said)
    assert said.endswith("]") or "It goes to" in said or cleaned == said


@pytest.mark.parametrize(
    ("page", "cleaned"),
    [
        (
            "<table><tr><td>a<td>b<tr><td colspan=2 style=x>c</table>",
            '<table><tbody><tr><td>a</td><td>b</td></tr><tr><td colspan="2">c</td></tr></tbody></table>',
        ),
        ("<p>a<p>b<ul><li>x<li>y</ul><div>z</div>", "<p>a</p><p>b</p><ul><li>x</li><li>y</li></ul><div>z</div>"),
        ("<b>bold <i>both</b> rest", "<strong>bold <em>both</em></strong> rest"),
        ("x < y <3 &amp;amp; z", "x &lt; y &lt;3 &amp;amp; z"),
        ("a<!--[if mso]>no<![endif]--><![if !vml]>yes<![endif]>", "ayes"),
        ('<p dir="rtl" lang="cy">Helo</p><p dir="x" lang=\'"onload\'>y</p>', '<p dir="rtl" lang="cy">Helo</p><p>y</p>'),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<td colspan=99999>x</td>", "x"),
        ("", ""),
    ],
)
def test_the_layout_that_can_be_kept_is_kept(page: str, cleaned: str) -> None:
    assert _harmless(clean(page)) == cleaned


def test_a_page_of_10_mb_is_cut_with_a_note() -> None:
    with within_cpu_seconds(1.5):
        cleaned = _harmless(clean("<p>The taxi is <b>late</b>.</p>" * 330_000))
    assert len(cleaned) < 3 * MOST_CHARACTERS
    assert cleaned.endswith(
        "<p>[Some of the layout of this page is left out, because there is too much of it. Its words are all here.]</p>"
    )
    assert "<p>[This page is very long. Only its beginning is shown here.]</p>" in cleaned


def test_ten_thousand_tables_within_each_other_lose_no_word() -> None:
    with within_cpu_seconds(1.5):
        cleaned = _harmless(
            clean("<table><tr><td>a " * 10_000 + "the innermost words" + "</td></tr></table>" * 10_000 + "<p>the last words</p>")
        )
    assert cleaned.count("<table>") <= 60
    assert "the innermost words" in cleaned
    assert "<p>the last words</p>" in cleaned
    assert "Its words are all here" in cleaned


_TAGS = ("b", "div", "p", "li", "table", "svg", "select", "script", "style", "template", "a", "img", "form", "title")
_COSTLY = {tag: f"<{tag}>" for tag in _TAGS} | {
    "ends": "</b>",
    "crossed": "<b><i></b>",
    "cells": "<table><tr><td>",
    "foster": "<table><b>x",
    "less": "<",
    "open": "<a ",
    "quote": '<a "',
    "value": '<a ="',
    "equals": "<a =",
    "comment": "<!--",
    "bogus": "<!",
    "cdata": "<![CDATA[",
    "amp": "&",
    "entity": "&a",
    "nbsp": "&nbsp;",
    "amps": "x &amp; y ",
    "bidi": "&#x202e;",
    "lt": "&lt;",
    "letters": "<b>é.a</b>",
    "links": '<a href="https://evil.example/">www.school.example</a>',
    "scripts": "<script></script>",
    "pictures": "<img alt=x>",
}


@pytest.mark.parametrize("unit", _COSTLY.values(), ids=_COSTLY.keys())
def test_a_page_made_to_be_costly_is_cleaned_in_about_a_second(unit: str) -> None:
    page = unit * (MOST_CHARACTERS // len(unit) + 1)
    with within_cpu_seconds(2):
        _harmless(clean(page))


@pytest.mark.parametrize(
    "page",
    [
        "<p " + " ".join(f"a{number}=1" for number in range(70_000)) + ">x",
        "<p a" + " " * 500_000 + ">x",
        '<a href="https://' + "a." * 250_000 + '">x</a>',
        '<a href="https://' + "a@" * 250_000 + '">x</a>',
        '<a href="https://x.example">' + "www.a " * 80_000 + "</a>",
        "".join(f"<font size={number}>" for number in range(200)) + "<p>x" * 120_000,
        "<b><i><u><s><code><sub><sup>" * 9 + "<p>x" * 120_000,
        "<div>" * 59 + "<p></p>" * 70_000,
        "<b>" * 60 + "</i>" * 120_000,
    ],
    ids=["attributes", "blanks", "dots", "ats", "hosts", "fonts", "formats", "depth", "ends"],
)
def test_one_costly_thing_is_cleaned_in_about_a_second(page: str) -> None:
    with within_cpu_seconds(2):
        _harmless(clean(page))


_PIECES = st.sampled_from(
    [
        "<",
        ">",
        "</",
        "/>",
        '"',
        "'",
        "=",
        "&",
        "&lt;",
        "&#60;",
        "<!--",
        "-->",
        "--!>",
        "<![CDATA[",
        "]]>",
        "\x00",
        "\ud800",
        "\u202e",
        " ",
        "x",
    ]
    + [
        f"<{tag}>"
        for tag in (
            "svg",
            "math",
            "mtext",
            "style",
            "title",
            "noscript",
            "table",
            "td",
            "a",
            "p",
            "b",
            "pre",
            "textarea",
            "xmp",
            "template",
            "select",
        )
    ]
    + [f"</{tag}>" for tag in ("svg", "math", "style", "title", "noscript", "table", "td", "a", "p", "b", "textarea")]
    + ['<a href="', "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", ' onload="', "<p dir=rtl lang=", "<td colspan=2 style="]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_whatever_comes_in_only_the_allowed_tags_come_out(page: str) -> None:
    _harmless(clean(page))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_cleaned_without_an_error(page: str) -> None:
    _harmless(clean(page))
