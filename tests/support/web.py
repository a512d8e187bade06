"""The queue's application over a store, and people's browsers on it: Flask's own client, with cookies and tokens as a browser has them."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.accounts import ADA, GOOD
from tests.support.dovecot import free_port
from tests.support.program import write_config
from triage import accounts, settings
from triage.domain.labels import Service
from triage.domain.user import User, UserRole
from triage.store.casestore import CaseStore
from triage.web.app import create_app
from triage.web.office import Described, Office

TEAMS = """
[[team]]
name = "SEND"
services = ["send"]
[[team]]
name = "Travel"
services = ["transport"]
"""
ADDRESS = "https://triage.ashmere.example"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
_OTHER_TOKENS = re.compile(r'(name="csrf_token" value=")[^"]*')


class Web:
    """The application over a database, and the people who use it.

    `limits` are off unless a test is about them; `extra` is more of the configuration; with `address` people reach it over TLS.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        clock: Callable[[], datetime],
        *,
        extra: str = "",
        web: str = "",
        address: bool = False,
        limits: bool = False,
    ) -> None:
        table = "\n".join(["[web]", f'address = "{ADDRESS}"' if address else "", web])
        path = write_config(
            folder, {"complaints": "shared", "officer-hale": "officer"}, port=free_port(), extra=f"{table}\n{extra}\n{TEAMS}"
        )
        self.settings = settings.load(path, store_secret=False, mailbox_secrets=False)
        self.url, self.clock, self.address = url, clock, ADDRESS if address else None
        self.store = CaseStore.open(url, None, clock)
        self._limits = limits

    def close(self) -> None:
        """Give the connections back."""
        self.store.close()

    @cached_property
    def app(self) -> Flask:
        """Made when a test first asks for it."""
        figures = (("Measured on", "1,000 messages"),)
        office = Office(
            self.settings,
            self.store,
            self.clock,
            lambda number, actor: f"Message {number} was tried.",
            dict,
            Described("A model.", figures),
        )
        app = create_app(office)
        if not self._limits:
            for limiter in app.extensions["limiter"]:
                limiter.enabled = False
        return app

    def person(
        self, name: str, role: UserRole = UserRole.REVIEWER, *, full_name: str | None = None, address: str | None = None,
        services: tuple[Service, ...] = (),
    ) -> User:  # fmt: skip
        """Somebody who may sign in, with the password `GOOD`."""
        accounts.add(
            self.store, ADA, name, role, full_name=full_name or f"{name.title()} Shaw", address=address, services=services, password=GOOD
        )
        return self.user(name)

    def user(self, name: str) -> User:
        """Somebody's account."""
        return next(one.user for one in accounts.users(self.store) if one.user.name == name)

    def browser(self) -> "Browser":
        """A browser in which nobody is signed in."""
        return Browser(self)

    def signed_in(self, who: User | str) -> "Browser":
        """A browser in which somebody has signed in, by the form."""
        browser = self.browser()
        answer = browser.sign_in(who if isinstance(who, str) else who.name)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return browser


class Browser:
    """One person's browser: it keeps cookies, and sends with each form the token that the last page gave it."""

    def __init__(self, web: Web) -> None:
        self.client = web.app.test_client()
        self._base = web.address
        self._token: str | None = None

    def get(self, path: str, **more: Any) -> TestResponse:
        """Ask for a page. Redirections are not followed."""
        return self.open("GET", path, **more)

    def open(self, method: str, path: str, **more: Any) -> TestResponse:
        """Any request, as a browser would send it."""
        if self._base is not None:
            more.setdefault("base_url", self._base)
        return self.client.open(path, method=method, buffered=True, **more)

    def post(self, path: str, data: Any = None, *, token: str | None = None, **more: Any) -> TestResponse:
        """Send a form, with a token of this session's unless another is given."""
        if self._base is not None:
            more.setdefault("headers", {"Referer": f"{self._base}/"})
        given = {"csrf_token": self.token if token is None else token}
        return self.open("POST", path, data={**(data or {}), **given}, **more)

    @property
    def token(self) -> str:
        """The token against forged requests that this session's forms bear."""
        if self._token is None:
            page = self.get("/sign-in").get_data(as_text=True)
            found = _TOKEN.search(page)
            assert found is not None, page
            self._token = found[1]
        return self._token

    def sign_in(self, name: str, password: str = GOOD, **more: Any) -> TestResponse:
        """Send the form of the sign-in page; what comes after has a token of its own."""
        answer = self.post("/sign-in", {"name": name, "password": password, **more})
        if answer.status_code == 302:
            self._token = None
        return answer

    @property
    def cookie(self) -> str | None:
        """The session's cookie, as it is now."""
        jar = self.client._cookies or {}
        return next((one.value for one in jar.values() if one.key.endswith("triage")), None)


def text(answer: TestResponse) -> str:
    """A page as text, its tokens against forged requests taken out: they differ each time."""
    return _OTHER_TOKENS.sub(r"\1", answer.get_data(as_text=True))
