"""Hostile mail as Chromium makes it of the pages: nothing acts, nothing is fetched, nothing leads away, and files are saved, not opened."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Dialog

from tests.support.accounts import Clock
from tests.support.arrived import log_mail
from tests.support.browser import Somebody, somebody
from tests.support.casework import case_of
from tests.support.dovecot import free_port
from tests.support.queue_server import COOKIE
from tests.support.web import Web
from tests.unit.making import ROOT
from triage.web.serving import served

FILES = sorted((ROOT / "tests/data/hostile_mail").glob("*.eml"))
# What a mail could have done to the page, were it not words: leave something in it, or change its name, its cookies or what stands in it.
_DONE = """() => [
  ...[...document.querySelectorAll("main *")].filter((one) => [...one.attributes].some((each) => /^on|^style$|^srcdoc$/i.test(each.name)))
    .map((one) => one.outerHTML.slice(0, 120)),
  ...document.querySelectorAll("main :is(script, img, object, embed, video, audio, base, link, meta, svg, math, template)"),
  ...[...document.querySelectorAll("main :is(a[href], form, [formaction])")]
    .filter((one) => new URL(one.href ?? one.action ?? one.formAction, location).origin !== location.origin).map((one) => one.outerHTML.slice(0, 120)),
].map(String)"""
_IN_FRAME = """() => [...document.querySelectorAll("a[href], area, img, form, input, button, script, style, link, iframe, object, embed, svg, math, base, [style], [id], [class]")]
  .map((one) => one.outerHTML.slice(0, 120))"""


@dataclass
class Reader:
    """Somebody who reads the hostile mail, and where it is: by file name, the keys of its messages."""

    at: Somebody
    keys: dict[str, list[int]]
    web: Web


@pytest.fixture(scope="module")
def reader(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("hostile")
    web = Web(f"sqlite:///{folder}/triage.db", folder, Clock())
    web.person("rita")
    keys = {path.stem: log_mail(web.store, path.read_bytes()) for path in FILES}
    cookie = web.signed_in("rita").cookie or ""
    listening = web.settings.web.model_copy(update={"listen": f"127.0.0.1:{free_port()}"})

    def dismissed(dialog: Dialog) -> None:
        one.problems.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    with served(web.app, listening) as address, somebody(browser, address) as one:
        one.context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
        one.page.on("dialog", dismissed)
        one.context.on("page", lambda page: one.problems.append(f"a window: {page.url}"))
        yield Reader(one, keys, web)
    web.close()


def still(one: Somebody, path: str) -> None:
    """The page as it was opened: nothing in it has acted."""
    cookies = {each["name"] for each in one.context.cookies()}
    one.page.wait_for_load_state("networkidle")
    assert one.path == path
    assert one.page.evaluate(_DONE) == []
    assert cookies <= {COOKIE}
    assert re.search("– Triage, Ashmere Council$", one.page.title())
    assert one.problems == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_in_it_acts_on_any_page(reader: Reader, path):
    one = reader.at
    for key in reader.keys[path.stem]:
        for place in (f"/messages/{key}", f"/cases/{case_of(reader.web.store, key)}", f"/messages/{key}/whole"):
            one.open(place)
            one.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            still(one, place)
        for frame in one.page.frames[1:]:
            assert re.fullmatch(rf"{re.escape(one.address)}/messages/\d+/formatted", frame.url)
            assert frame.evaluate("self.origin") == "null", "it is of no origin, so that it reaches nothing"
            assert frame.evaluate(_IN_FRAME) == []


def test_lists_and_searches_show_them_as_words(reader: Reader):
    one = reader.at
    for place in (
        "/queue",
        "/queue?sort=newest",
        "/cases",
        "/search?words=script",
        "/search?words=%3Cimg+src%3Dx+onerror%3Dalert%281%29%3E",
    ):
        one.open(place)
        still(one, place)


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [
        ("svg_attachment", None), ("html_called_txt", None), ("exe_called_pdf", None), ("bidi_file_name", "harmless.fdp.exe"), ("path_in_file_name", "photo.png"),
        ("line_ends_in_file_name", None),
    ],
)  # fmt: skip
def test_a_file_is_saved_and_never_opened(reader: Reader, name: str, saved_as: str | None):
    one, [key] = reader.at, reader.keys[name]
    one.open(f"/messages/{key}")
    with one.page.expect_download() as begun:
        one.page.locator(".tq-attachments a").first.click()
    file = begun.value.suggested_filename
    assert file == saved_as or saved_as is None
    assert not re.search("[/\\\\\x00-\x1f\u202a-\u202e]", file)
    assert one.path == f"/messages/{key}"
    assert one.problems == []


def test_these_tests_would_see_what_acts(reader: Reader):
    """Each kind of thing that is looked for is found where it is."""
    one = reader.at
    one.open("/queue")
    for bad in (
        '<p onclick="x()">',
        '<p style="color:red">',
        "<img>",
        "<svg></svg>",
        '<a href="https://evil.example/">a</a>',
        '<form action="//evil.example/"></form>',
    ):
        before = len(one.page.evaluate(_DONE))
        one.page.evaluate("(bad) => document.querySelector('main').insertAdjacentHTML('beforeend', bad)", bad)
        assert len(one.page.evaluate(_DONE)) > before, bad
    one.open("/queue")
    # The page's own policy refused to run the script and to apply the style, and said so.
    assert any("refused" in each for each in one.problems)
    one.problems.clear()
