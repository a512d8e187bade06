"""Somebody at a browser: Debian's Chromium, driven by mouse or by keyboard alone.

Whatever a page must never do fails the test that opened it: an error in the console, a script's error, a request to another origin, an
answer that the program has a fault, something that the page's own policy had to refuse.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.support import missing
from tests.support.mail import ROOT
from tests.support.queue_server import SIGN_IN_WORDS
from triage.web.assets import styled

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
_AXE = ROOT / "node_modules/axe-core/axe.min.js"
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_FURTHEST = 150
# Chromium says so of every answer from 400 on; those are looked at themselves.
_ANSWERED = "Failed to load resource: the server responded with a status of"
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`the policy refused ${event.violatedDirective}: ${event.blockedURI}`));
"""
# What has the focus, as somebody hears it: its words, or its label's.
_FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "";
  return [at.getAttribute("aria-label"), ...[...(at.labels ?? [])].map((one) => one.textContent), at.textContent, at.id, at.name]
    .filter(Boolean).map((one) => one.trim().replace(/\\s+/g, " ")).join(" | ");
}"""
# What stands in a frame is a page that is looked at by itself.
_RUN_AXE = """(rules) => Promise.race([
  axe.run(document, {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"], iframes: false}),
  new Promise((done) => setTimeout(done, 30_000, null)),
])"""
_STICKS_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > window.innerWidth && !one.closest(".tq-scroll"))
  .slice(0, 5).map((one) => one.outerHTML.slice(0, 160))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, without a window."""
    program = shutil.which("chromium")
    if program is None:
        missing("chromium", "chromium")
    if not styled() or not _AXE.is_file():
        missing("what 'make install' fetches with npm (the styles, axe-core)", "npm, then call 'make install'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Somebody:
    """A person with a browser of their own. `presses` counts the keys that they have pressed; `problems` is what no page may do."""

    context: BrowserContext
    page: Page
    address: str
    presses: int = 0
    problems: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    # Getting about

    def open(self, path: str, status: int = 200) -> None:
        """Go to a page of the application, which answers with this status."""
        self.expected.add(status)
        response = self.page.goto(self.address + path)
        assert response is not None
        assert response.status == status, (path, response.status)

    def sign_in(self, name: str, path: str = "/") -> "Somebody":
        """Sign in by the form, and be led on to a page."""
        self.open(path)
        self.page.fill("#name", name)
        self.page.fill("#password", SIGN_IN_WORDS)
        self.click("button", "Sign in")
        assert self.path == path, self.path
        return self

    @property
    def path(self) -> str:
        """Where they are."""
        return self.page.url.removeprefix(self.address)

    @property
    def said(self) -> str:
        """What the page says was just done, or not done."""
        return " ".join(self.page.locator(".tq-notice__text").all_inner_texts())

    @property
    def heading(self) -> str:
        """What the page is headed."""
        return self.page.locator("h1").inner_text()

    # By mouse

    def click(self, role: Literal["button", "link"], name: str | re.Pattern[str], *, within: str = "main") -> None:
        """Press what leads to another page, by what it is called; the first of several."""
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role(role, name=name).first.click()

    def choose(self, label: str) -> None:
        """Choose a radio or tick a box by its words."""
        self.page.locator("main label", has_text=re.compile(rf"^\s*{re.escape(label)}\b")).first.click()

    def unfold(self, text: str | re.Pattern[str]) -> None:
        """Open what is folded away under these words."""
        self.page.locator("summary", has_text=text).first.click()

    # By keyboard

    def press(self, *keys: str) -> None:
        """Press keys that leave one on the page."""
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def go(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.press(key)

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self.page.keyboard.type(text)
        self.presses += len(text)

    @property
    def focused(self) -> str:
        """What has the focus, in words."""
        return str(self.page.evaluate(_FOCUSED))

    def tab_to(self, text: str) -> None:
        """Press the tabulator until something called so has the focus."""
        passed = []
        for _ in range(_FURTHEST):
            self.press("Tab")
            passed.append(self.focused)
            if text in passed[-1]:
                return
        raise AssertionError(f"{text} is not reached by the tabulator on {self.path}: {passed}")

    # What a page is held to

    def axe(self) -> list[str]:
        """What axe-core finds wrong with the page, each with where."""
        self.page.evaluate(_AXE.read_text())
        found = self.page.evaluate(_RUN_AXE, list(_RULES))
        assert found is not None, f"axe-core did not end on {self.path}"
        return [
            f"{one['id']} ({one['help']}): {'; '.join(' '.join(map(str, node['target'])) + ' ' + node['html'][:160] for node in one['nodes'])}"
            for one in found["violations"]
        ]

    def wider_than_the_window(self) -> int:
        """By how many pixels the page would have to be scrolled sideways."""
        return int(self.page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth"))

    def what_sticks_out(self) -> list[str]:
        """What reaches beyond the right edge of the window, outside of regions that move sideways by themselves."""
        return [str(one) for one in self.page.evaluate(_STICKS_OUT)]


@contextmanager
def somebody(
    browser: Browser, address: str, *, width: int = 1280, height: int = 900, script: bool = True, expected: Iterable[int] = ()
) -> Iterator[Somebody]:
    """A browser window of somebody's own, that shares nothing with another's. `expected` are answers from 400 on that are no fault."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=script, locale="en-GB", timezone_id="Europe/London"
    )
    context.set_default_timeout(10_000)
    if script:
        context.add_init_script(_TELL_VIOLATIONS)
    one = Somebody(context, context.new_page(), address, expected=set(expected))
    _watch(one)
    try:
        yield one
    finally:
        context.close()
    assert one.problems == []


def _watch(one: Somebody) -> None:
    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_ANSWERED):
            one.problems.append(f"console: {message.text} ({message.location.get('url')})")

    def request(asked: Request) -> None:
        if not asked.url.startswith(f"{one.address}/") and not asked.url.startswith(("data:", "blob:")):
            one.problems.append(f"a request to another origin: {asked.url}")

    def response(given: Response) -> None:
        if given.status >= 400 and given.status not in one.expected:
            one.problems.append(f"answered with {given.status}: {given.url}")

    one.context.on("console", console)
    one.context.on("weberror", lambda error: one.problems.append(f"script: {error.error}"))
    one.context.on("request", request)
    one.context.on("response", response)
