"""What whole pages of the queue cost, from the request to the last byte, with few and with very many cases: part of `bench.queue_cost`."""

import re
import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient

from triage import accounts, settings
from triage.domain.user import UserRole
from triage.settings import StoreSettings
from triage.store.casestore import CaseStore
from triage.web.app import create_app
from triage.web.office import Office

_NAME, _PASSWORD = "bench", "words-for-the-benchmark"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def clients(root: Path, urls: Sequence[str], now: datetime) -> list[FlaskClient]:
    """A browser that is signed in, for the queue over each store."""
    return [_signed_in(root, url, now) for url in urls]


def _signed_in(root: Path, url: str, now: datetime) -> FlaskClient:
    begun = datetime.now(UTC)

    def clock() -> datetime:
        return now + (datetime.now(UTC) - begun)

    store = CaseStore.open(url, None, clock)
    if _NAME not in {one.user.name for one in accounts.users(store)}:
        accounts.add(store, "the benchmark", _NAME, UserRole.REVIEWER, full_name="The benchmark", password=_PASSWORD)
    loaded = settings.load(root / "config/demo.toml", store_secret=False, mailbox_secrets=False)
    office = Office(loaded.model_copy(update={"store": StoreSettings(url=url)}), store, clock, lambda number, actor: "")
    app = create_app(office)
    for limiter in app.extensions["limiter"]:
        limiter.enabled = False
    client = app.test_client()
    token = _TOKEN.search(client.get("/sign-in").get_data(as_text=True))
    assert token is not None
    answer = client.post("/sign-in", data={"csrf_token": token[1], "name": _NAME, "password": _PASSWORD})
    assert answer.status_code == 302, answer.status
    return client


def measure(browsers: Sequence[FlaskClient], pages: Sequence[Mapping[str, str]], times: int) -> dict[str, tuple[float, ...]]:
    """Median milliseconds of each page in each store, by turns. `pages` has the addresses of each store's, by name."""
    found: dict[str, tuple[float, ...]] = {}
    for name in pages[0]:
        taken: list[list[float]] = [[] for _ in browsers]
        for turn in range(times + 1):
            for browser, mine, into in zip(browsers, pages, taken, strict=True):
                started = time.perf_counter()
                answer = browser.get(mine[name])
                answer.get_data()
                if turn:
                    into.append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, (name, answer.status)
        found[name] = tuple(statistics.median(some) for some in taken)
    return found


def addresses(rare: str, reference: str, longest: str, message: int) -> dict[str, str]:
    """The pages that are measured."""
    return {
        "page: today": "/",
        "page: the queue": "/queue",
        "page: the queue, a filter": "/queue?kind=enquiry&sort=newest",
        "page: logged by itself": "/queue?in=logged",
        "page: a message": f"/messages/{message}",
        "page: cases": "/cases",
        "page: a case": f"/cases/{reference}",
        "page: the longest case": f"/cases/{longest}",
        "page: search, a rare name": f"/search?words={rare}",
        "page: search, a common word": "/search?words=school",
    }
