"""A council's own sign-in beside the queue's real pages, and what somebody does in a browser between the two."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from tests.support.accounts import hash_quickly
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from tests.support.web import Browser, Web

BACK = "/sign-in/openid/back"
SECRET = "TRIAGE_TEST_OPENID"
GROUPS = """
[sign_in.openid]
name = "Microsoft"
issuer = "{issuer}"
client_id = "{client}"
client_secret_env = "{secret}"
groups_claim = "{claim}"
roles = {{ "g-admin" = "administrator", "g-review" = "reviewer", "g-audit" = "auditor", "g-send" = "manager", "g-cars" = "manager" }}
services = {{ "g-send" = ["send"], "g-cars" = ["transport"] }}
"""


Make = Callable[..., Web]


@contextmanager
def provider_up() -> Iterator[IdentityProvider]:
    """A provider that says of everybody that they are reviewers."""
    one = IdentityProvider(groups=["g-review"], redirects={f"http://localhost{BACK}"})
    with one.up():
        yield one


@contextmanager
def maker(store_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes the application with a council's own sign-in: `make(provider)`."""
    hash_quickly(monkeypatch)
    monkeypatch.setenv(SECRET, CLIENT_SECRET)
    opened = ExitStack()

    def web(provider: IdentityProvider, *, claim: str = "groups", before: str = "", issuer: str | None = None, **more: Any) -> Web:
        extra = before + table(issuer or provider.issuer, claim)
        made = Web(store_url, folder, lambda: datetime.now(UTC), extra=extra, **more)
        opened.callback(made.close)
        return made

    with opened:
        yield web


def table(issuer: str, claim: str = "groups") -> str:
    """The configuration of it."""
    return GROUPS.format(issuer=issuer, client=CLIENT_ID, secret=SECRET, claim=claim)


def sent_off(browser: Browser, to: str = "") -> str:
    """Press the button; where it leads."""
    answer = browser.post("/sign-in/openid", {"to": to})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def come_back(browser: Browser, where: str) -> TestResponse:
    """Sign in there, and follow where that leads."""
    there = requests.get(where, allow_redirects=False, timeout=10)
    assert there.status_code == 302, there.text
    return browser.get(path_of(there.headers["Location"]))


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def sign_in(browser: Browser, to: str = "") -> TestResponse:
    return come_back(browser, sent_off(browser, to))


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def words_of(answer: TestResponse) -> str:
    found = re.search(r"<main.*?</main>", answer.get_data(as_text=True), re.S)
    assert found is not None
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).replace("&#39;", "'").split())


def refused(answer: TestResponse, browser: Browser, status: int, saying: str) -> None:
    """The answer is a page in plain English that lets one try again, and nobody is in."""
    assert answer.status_code == status, words_of(answer)
    assert saying in words_of(answer)
    assert "Try again" in words_of(answer) and 'href="/sign-in' in answer.get_data(as_text=True)
    assert not is_in(browser)


def kinds(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The kinds of errors that were logged since it was last asked, each in one line."""
    said = [record.getMessage() for record in caplog.records if record.name == "triage.web"]
    caplog.clear()
    assert all(re.fullmatch(r"sign-in by the council's own (failed|refused) kind=[\w ]+", one) for one in said), said
    return [one.rpartition("kind=")[2] for one in said]
