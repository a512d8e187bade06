"""Makes the pictures of docs/screenshots anew, with the sample mail: `python -m tests.support.screenshots`.

The clock stands at an afternoon of the sample mail's last days, so that the start page has something to show.
"""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.browser import Somebody, chromium, somebody
from tests.support.dovecot import PASSWORD
from tests.support.mail import ROOT
from tests.support.queue_server import QueueServer, queue_server, sample_office
from triage import casefinder, desk, review, settings
from triage.bootstrap import load_model
from triage.text.entities import EntityFinder

FOLDER = ROOT / "docs/screenshots"
_MOMENT = datetime(2026, 11, 11, 16, 20, tzinfo=UTC)


def _taken(one: Somebody, path: str, name: str) -> None:
    one.open(path)
    FOLDER.mkdir(parents=True, exist_ok=True)
    one.page.screenshot(
        path=str(FOLDER / f"{name}.png"), full_page=name not in ("message", "message-unsure", "queue", "logged-by-itself", "keys")
    )


def _worked_on(server: QueueServer) -> str:
    """Have people work on a case, so that its page shows what they do; gives its reference."""
    store, patel = server.store, server.user("patel")
    reference = server.open_cases(messages=2)[0]
    review.assign(store, "patel", case=reference, to=patel.id)
    review.set_due(store, "patel", reference, (_MOMENT + timedelta(days=4)).date())
    desk.add_note(
        store, patel, reference, "Rang the family this morning: they would like a call from the team manager, before Friday if possible."
    )
    return reference


def _officer(one: Somebody, server: QueueServer, reference: str) -> None:
    asked, alone = server.waiting(asked=True)[0], server.waiting(asked=False)[0]
    other = server.open_cases()[0]
    messages = server.messages_of(reference)
    for path, name in {
        "/": "start",
        "/queue": "queue",
        "/queue?in=logged": "logged-by-itself",
        f"/messages/{asked}": "message",
        f"/messages/{alone}": "message-unsure",
        f"/messages/{asked}/whole": "whole-message",
        "/cases": "cases",
        f"/cases/{reference}": "case",
        f"/cases/{reference}/merge?into={other}": "merge",
        f"/cases/{reference}/split?message={messages[-1]}": "split",
        f"/cases/{reference}/who-sees-it": "who-sees-it",
        f"/cases/{reference}/who-read-it": "who-read-it",
        "/search?words=taxi": "search",
        "/health": "health",
        "/health/quarantine": "quarantine",
        "/account": "account",
    }.items():
        _taken(one, path, name)
    one.open(f"/messages/{asked}")
    one.press("?")
    one.page.screenshot(path=str(FOLDER / "keys.png"))
    one.open("/cases/CC-2026-999999", status=404)
    one.page.screenshot(path=str(FOLDER / "not-found.png"))


def main() -> None:
    """Serve the sample store and take a picture of each page."""
    os.environ["TRIAGE_TEST_PASSWORD"] = PASSWORD
    demo = settings.load(ROOT / "config/demo.toml", store_secret=False, mailbox_secrets=False)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        office = sample_office(Path(folder), load_model(demo), EntityFinder(), casefinder.load(demo.matching.model))
        with queue_server(office, Path(tempfile.mkdtemp(dir=folder))) as server:
            server.clock.ahead = _MOMENT - datetime.now(UTC)
            reference = _worked_on(server)
            with somebody(browser, server.address) as nobody:
                _taken(nobody, "/sign-in", "sign-in")
            with somebody(browser, server.address) as officer:
                _officer(officer.sign_in("patel"), server, reference)
            with somebody(browser, server.address) as manager:
                _taken(manager.sign_in("okoro"), "/forwarded", "forwarded")
            with somebody(browser, server.address) as administrator:
                administrator.sign_in("admin")
                _taken(administrator, "/people", "people")
                _taken(administrator, "/people/okoro", "person")
            with somebody(browser, server.address, width=320, height=640) as phone:
                phone.sign_in("patel")
                _taken(phone, "/queue", "queue-320")
                _taken(phone, f"/messages/{server.waiting(asked=True)[0]}", "message-320")


if __name__ == "__main__":
    main()
