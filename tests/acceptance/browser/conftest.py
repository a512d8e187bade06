"""The queue as it is served, with the sample mail, and people at browsers.

The browser ends with this package: while it runs, nothing else in the process can have an event loop of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Somebody, chromium, somebody
from tests.support.queue_server import COOKIE, QueueServer, SampleOffice, queue_server, sample_office
from triage.casefinder import CaseFinder
from triage.classify.model import Model
from triage.text.entities import EntityFinder


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, model: Model, finder: EntityFinder, case_finder: CaseFinder) -> SampleOffice:
    """The sample mail, logged once."""
    return sample_office(tmp_path_factory.mktemp("office"), model, finder, case_finder)


@pytest.fixture
def server(browser: Browser, office: SampleOffice, tmp_path: Path) -> Iterator[QueueServer]:
    """The application over a store that no other test has."""
    with queue_server(office, tmp_path) as started:
        yield started


@pytest.fixture
def at_browser(browser: Browser, server: QueueServer) -> Iterator[Callable[..., Somebody]]:
    """Sits somebody at a browser of their own: `at_browser("patel")` has signed in, `at_browser(None)` has not."""
    with ExitStack() as stack:

        def sit_down(name: str | None, path: str = "/", **more: Any) -> Somebody:
            one = stack.enter_context(somebody(browser, server.address, **more))
            if name:
                one.context.add_cookies([{"name": COOKIE, "value": server.cookies[name], "url": server.address}])
                one.open(path)
            return one

        yield sit_down


@pytest.fixture
def patel(at_browser: Callable[..., Somebody]) -> Somebody:
    """A complaints officer, signed in, on the start page."""
    return at_browser("patel")
