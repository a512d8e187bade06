"""Hostile mail on every page that it comes to: it stays words. What a browser makes of it: `tests/acceptance/browser/test_hostile_mail.py`."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html
from werkzeug.test import TestResponse

from tests.integration.web.test_requests import headed
from tests.support.accounts import Clock
from tests.support.arrived import log_mail
from tests.support.casework import case_of
from tests.support.mail import forward_of
from tests.support.web import Browser, Web, text
from tests.unit.making import ROOT, mail, within_cpu_seconds
from triage import accounts, review
from triage.domain.labels import Status
from triage.domain.user import UserRole

FILES = sorted((ROOT / "tests/data/hostile_mail").glob("*.eml"))
HALE = "r.hale@ashmere.example"
# What leads somewhere, or loads something.
LEADING = frozenset({"href", "src", "action", "formaction", "srcset", "poster", "background", "data", "xlink:href", "cite", "longdesc", "ping", "manifest",
                     "srcdoc", "code", "codebase", "archive", "classid", "lowsrc", "dynsrc", "profile", "usemap", "data-from", "data-list", "data-next",
                     "data-counts"})  # fmt: skip
# Elements that no page of this application has but for its own heads, its charts and the frame for a mail's formatting.
NEVER = frozenset({"style", "object", "embed", "applet", "base", "img", "image", "video", "audio", "source", "track", "picture", "frame", "frameset",
                   "math", "marquee", "template", "noscript", "portal", "svg", "foreignobject", "animate", "set", "isindex", "bgsound", "layer"})  # fmt: skip
# What turns the direction of writing, or is not seen at all.
UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u00ad\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# In the frame for a mail's formatting: what `triage.text.cleaned` leaves.
FORMATTING = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "body",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "b",
        "i",
        "u",
        "s",
        "em",
        "strong",
        "small",
        "big",
        "sub",
        "sup",
        "pre",
        "code",
        "blockquote",
        "q",
        "cite",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "div",
        "span",
        "center",
        "del",
        "ins",
        "abbr",
        "address",
        "article",
        "section",
        "aside",
        "header",
        "footer",
        "details",
        "summary",
        "figure",
        "figcaption",
        "tt",
        "kbd",
        "samp",
        "var",
        "dfn",
        "mark",
        "bdi",
        "bdo",
        "wbr",
        "colgroup",
        "col",
        "font",
        "strike",
        "acronym",
        "time",
    ]
)


@dataclass
class Post:
    """Every hostile mail in a store, with who looks at it: by file name, the keys of its messages, and of those that a manager forwarded."""

    web: Web
    rita: Browser
    meg: Browser
    keys: dict[str, list[int]] = field(default_factory=dict)
    forwarded: dict[str, list[int]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("hostile")
    web = Web(f"sqlite:///{folder}/triage.db", folder, Clock())
    web.person("rita")
    web.person("meg", UserRole.MANAGER, address=HALE)
    made = Post(web, web.signed_in("rita"), web.signed_in("meg"))
    for path in FILES:
        raw = path.read_bytes()
        made.keys[path.stem] = log_mail(web.store, raw)
        made.forwarded[path.stem] = log_mail(web.store, _forwarded(raw, path.stem), status=Status.CONFIRMED)
        # Beside one another on one case, as a person may split and merge them.
        review.merge(web.store, "rita", case_of(web.store, made.forwarded[path.stem][0]), case_of(web.store, made.keys[path.stem][0]))
    yield made
    web.close()


def _forwarded(raw: bytes, name: str) -> bytes:
    try:
        return forward_of(raw, message_id=f"<fw-{name}@ashmere.example>")
    except (ValueError, UnicodeError, KeyError):
        # What Python's own library does not take apart is forwarded as people do it: its text below.
        head = b"From: Rosa Hale <r.hale@ashmere.example>\r\nTo: complaints@ashmere.example\r\nSubject: FW: for logging\r\n\r\nPlease log.\r\n\r\n"
        return head + b"---------- Forwarded message ----------\r\n" + raw


# What a page may hold


class _Tags(HTMLParser):
    """Every tag, as a browser's tokeniser finds them; `lxml` may tidy some away."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))


def tags_of(page: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    parser = _Tags()
    parser.feed(page)
    parser.close()
    by_lxml: list[tuple[str, list[tuple[str, str | None]]]] = [
        (str(one.tag).lower(), [(str(name), str(value)) for name, value in one.attrib.items()])
        for one in html.fromstring(page).iter()
        if isinstance(one.tag, str)
    ]
    return parser.tags + by_lxml


def harmless(answer: TestResponse) -> str:
    """The page, of which nothing acts, loads or leads anywhere but what is the application's own."""
    page = text(answer)
    headed(answer)
    assert answer.status_code in (200, 404), answer.status_code
    for tag, attributes in tags_of(page):
        names = {name.lower(): value or "" for name, value in attributes}
        assert tag not in NEVER, tag
        assert not [name for name in names if name.startswith("on")], (tag, names)
        assert "style" not in names, (tag, names)
        assert "http-equiv" not in names, names
        for name in LEADING & set(names):
            assert re.match(r"(/(?![/\\])|#[\w-]+$)", names[name]) or names[name] == "", (tag, name, names[name])
        if tag == "script":
            assert names.get("src", "").startswith("/own/")
        if tag == "iframe":
            assert re.fullmatch(r"/messages/\d+/formatted", names["src"]) and names["sandbox"] == ""
        if tag in ("input", "textarea", "select", "button"):
            assert names.get("type") not in ("file", "image")
    assert not re.search(r"<script[^>]*>[^<]", page), "no script in a page"
    assert not UNSEEN.search(page), UNSEEN.search(page)
    return page


def test_what_these_tests_look_for_is_found():
    """Each of them fails where there is something."""

    class Answer:
        status_code = 200
        headers = None

        def __init__(self, body: str) -> None:
            self.body = body

        def get_data(self, as_text: bool) -> str:
            return self.body

    for bad in (
        "<img src=x>", "<p onclick=x>", "<p style='a:b'>", "<a href='javascript:x'>a</a>", "<a href='//evil.example'>a</a>", "<svg/onload=x>", "<script>x</script>",
        "<iframe src='/x'>", "<a href='https://evil.example'>a</a>", "<form action='http://evil.example'>", "<meta http-equiv=refresh>", "a\u202eb",
        "<base href='/x'>", "<object data='/x'>", "<a href='data:text/html,x'>a</a>", "<button formaction='//x'>",
    ):  # fmt: skip
        with pytest.MonkeyPatch.context() as patch, pytest.raises(AssertionError):
            patch.setitem(globals(), "headed", lambda answer: None)
            harmless(Answer(f"<html><body>{bad}</body></html>"))  # type: ignore[arg-type]


# Every page


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_on_every_page_of_its_own_it_is_words(post: Post, path: Path):
    keys = post.keys[path.stem] + post.forwarded[path.stem]
    for key in keys:
        reference = case_of(post.web.store, post.keys[path.stem][0])
        for address in (
            f"/messages/{key}", f"/messages/{key}/whole", f"/cases/{reference}", f"/cases/{reference}/split?message={key}", f"/queue?like={key}",
            f"/cases/{reference}/merge?into=CC-2026-000001", f"/cases/{reference}/who-sees-it",
        ):  # fmt: skip
            answer = post.rita.get(address)
            if "/merge" not in address or reference != "CC-2026-000001":
                harmless(answer)
    for address in (f"/messages/{post.forwarded[path.stem][0]}/whole", f"/cases/{case_of(post.web.store, post.forwarded[path.stem][0])}"):
        harmless(post.meg.get(address))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_formatting_stands_in_a_frame_that_holds_nothing_but_formatted_words(post: Post, path: Path):
    for key in post.keys[path.stem] + post.forwarded[path.stem]:
        answer = post.rita.get(f"/messages/{key}/formatted")
        if answer.status_code == 404:
            continue
        page = text(answer)
        for tag, attributes in tags_of(page):
            assert tag in FORMATTING, tag
            if tag != "html" and tag != "meta":
                assert {name for name, _ in attributes} <= {
                    "colspan",
                    "rowspan",
                    "dir",
                    "lang",
                    "start",
                    "type",
                    "headers",
                    "scope",
                    "title",
                    "align",
                    "open",
                }, (tag, attributes)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.split("; ")[0] == "default-src 'none'" and policy.endswith("sandbox"), "no script, style, picture, form or window"
        assert answer.mimetype == "text/html" and answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not UNSEEN.search(page)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_attached_is_saved_under_a_plain_name_and_never_shown(post: Post, path: Path):
    for key in post.keys[path.stem] + post.forwarded[path.stem]:
        for number in range(12):
            answer = post.rita.get(f"/messages/{key}/attachments/{number}")
            if answer.status_code == 404:
                continue
            saved(answer)
        answer = post.rita.get(f"/messages/{key}/raw")
        assert saved(answer) == f"message-{key}.eml"


def saved(answer: TestResponse) -> str:
    """The name under which a browser saves an answer, which it does not show whatever it holds."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    [disposition] = answer.headers.getlist("Content-Disposition")
    match = re.fullmatch(r"attachment; filename=\"([\w. -]{1,250})\"; filename\*=UTF-8''([\w.%~-]+)", disposition, re.ASCII)
    assert match, disposition
    name = unquote(match[2])
    assert len(name.encode()) <= 255
    assert (
        not re.search(r"[/\\\x00-\x1f\x7f:*?\"<>|]", name)
        and not UNSEEN.search(name)
        and name not in (".", "..")
        and not name.startswith(".")
    ), name
    return name


def test_lists_searches_and_what_was_forwarded_show_them_as_words(post: Post):
    for browser, addresses in (
        (post.rita, ["/", "/queue", "/queue?sort=newest", "/queue?sort=oldest", "/queue?in=logged", "/cases", "/cases?sort=oldest"]),
        (post.meg, ["/", "/forwarded", "/cases", "/search?words=letter"]),
    ):  # fmt: skip
        for address in addresses:
            while address:
                page = text(browser.get(address))
                if address == "/":
                    assert "<script>" not in page
                else:
                    harmless(browser.get(address))
                further = html.fromstring(page).xpath("//a[@rel='next']/@href")
                address = further[0] if further else ""


def test_a_search_shows_what_it_found_as_words_and_marks_nothing_else(post: Post):
    found = 0
    for words in (
        "script", "alert", "javascript", "evil.example", "onerror", "svg", "img", "<script>", "'\"><img src=x onerror=alert(1)>", "7*7", "{{7*7}}", "a", "the",
        "Joan", "family", "fdp", "exe", "cmd", "</mark>", "</title><script>", "&lt;", "\u202e",
    ):  # fmt: skip
        answer = post.rita.get("/search", query_string={"words": words})
        page = re.sub(UNSEEN, "", text(answer)) if words == "\u202e" else harmless(answer)
        marks = html.fromstring(page).xpath("//mark")
        assert all(not list(one) for one in marks)
        found += len(marks)
    assert found > 20


def test_subjects_stand_on_the_page_as_they_were_typed(post: Post):
    [key] = post.keys["script_in_subject"]
    page = text(post.rita.get(f"/messages/{key}"))
    [heading] = html.fromstring(page).xpath("//h1")
    assert "<script>" in heading.text_content()
    for name in ("template_in_subject", "template_literal_in_page"):
        [key] = post.keys[name]
        assert "{{" in text(post.rita.get(f"/messages/{key}")) and "49" not in html.fromstring(
            text(post.rita.get(f"/messages/{key}"))
        ).xpath("string(//h1)")


def test_names_that_turn_the_direction_read_as_they_were_typed(post: Post):
    [key] = post.keys["bidi_file_name"]
    page = harmless(post.rita.get(f"/messages/{key}/whole"))
    assert "harmless.fdp.exe" in page and "Be careful" in page
    assert saved(post.rita.get(f"/messages/{key}/attachments/0")) == "harmless.fdp.exe"
    [key] = post.keys["homograph_sender"]
    assert "xn--" in text(post.rita.get(f"/messages/{key}"))


@pytest.mark.parametrize("name", ["exe_called_pdf", "double_ending", "html_called_txt", "attached_mail_with_program"])
def test_of_a_file_that_is_not_what_it_is_called_one_is_warned(post: Post, name: str):
    assert any("Be careful" in text(post.rita.get(f"/messages/{key}/whole")) for key in post.keys[name])


def test_in_the_file_for_a_spreadsheet_nothing_is_a_formula(post: Post):
    accounts.change(post.web.store, "ada", "rita", full_name="=HYPERLINK(1)")
    review.assign(post.web.store, "rita", case="CC-2026-000001", to=post.web.user("rita").id, team=None)
    answer = post.rita.get("/cases.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert len(rows) > 30 and {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if re.match(r"[=+\-@\t\r]", cell)]
    assert "'=HYPERLINK(1)" in answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cases.csv"'


# Large


def _html_mail(body: bytes) -> bytes:
    return mail(body, "MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: 8bit")


LARGE = {
    "ten megabytes of words": b"<p>The taxi did not come again.</p>\r\n" * 290_000,
    "ten megabytes of one word": b"<p>" + b"x" * 10_000_000,
    "ten megabytes of tags": b"<b><i onclick=x>" * 625_000 + b"the words",
    "ten thousand tables one within the other": b"<table><tr><td>a " * 10_000
    + b"the innermost"
    + b"</td></tr></table>" * 10_000
    + b"<p>the last words",
    "a hundred thousand links": b"<a href='https://evil.example/?x=1'>here</a> " * 100_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_large_mail_is_shown_in_reasonable_time_and_size(quick: Web, name: str):
    quick.person("rita")
    browser = quick.signed_in("rita")
    [key] = log_mail(quick.store, _html_mail(LARGE[name]))
    for path, seconds, most in (
        ("/queue", 1, 100_000), (f"/messages/{key}", 3, 2_000_000), ("/cases/CC-2026-000001", 3, 2_000_000), ("/search?words=taxi", 2, 100_000),
        (f"/messages/{key}/whole", 20, 4_000_000), (f"/messages/{key}/formatted", 20, 12_000_000), (f"/messages/{key}/raw", 3, 11_000_000),
    ):  # fmt: skip
        with within_cpu_seconds(seconds):
            answer = browser.get(path)
        assert answer.status_code == 200, path
        assert len(answer.get_data()) < most, path
