"""What holds of every page: axe-core finds nothing, and it is usable at 320 pixels and at 400% zoom."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.acceptance.browser.every_page import NO_PAGES, live_in, pages
from tests.support.browser import Somebody, somebody
from tests.support.queue_server import QueueServer, SampleOffice, queue_server
from triage.domain.user import UserRole
from triage.settings import OpenIdSettings, SignInSettings

WHO = (None, "patel", "admin", "auditor", "okoro")
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=320, height=256)


def test_every_page_is_looked_at_here(server: QueueServer):
    asked_for = {rule.endpoint for rule in server.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    looked_at = {one.endpoint for seen in pages(server, live_in(server)).values() for one in seen} - {"error"}
    assert looked_at == asked_for - NO_PAGES


@pytest.mark.parametrize("name", WHO)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(name: str | None, at_browser: Callable[..., Somebody], server: QueueServer):
    """1280 pixels, and 320 by 256: the narrowest that WCAG 2.2 asks for (1.4.10), and a window of 1280 by 1024 at 400%."""
    seen = pages(server, live_in(server))[name]
    one, found = at_browser(name), []
    for page in seen:
        one.page.set_viewport_size(WIDE)
        one.open(page.path, page.status)
        page.then(one)
        where = f"{name}: {page.path} ({one.page.title()})"
        found += [f"{where}: {problem}" for problem in one.axe()]
        for size in (WIDE, NARROW):
            one.page.set_viewport_size(size)
            if (wider := one.wider_than_the_window()) > 0:
                found.append(f"{where}: {wider} pixels wider than {size['width']}: {one.what_sticks_out()}")
    assert found == []


def test_axe_finds_nothing_where_people_sign_in_with_the_councils_own(browser: Browser, office: SampleOffice, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("of no use to anybody")
    # Nothing answers there.
    openid = OpenIdSettings(
        issuer="http://127.0.0.1:1", client_id="triage", client_secret_file=secret, roles={"officers": UserRole.REVIEWER}
    )
    found = []
    with (
        queue_server(office, tmp_path, sign_in=SignInSettings(openid=openid)) as server,
        somebody(browser, server.address, expected={403, 502}) as one,
    ):
        one.open("/sign-in")
        found += one.axe()
        one.click("button", "Sign in with Microsoft")
        assert one.page.get_by_role("link", name="Try again").is_visible()
        found += one.axe()
        one.open("/sign-in/openid/back", 403)
        found += one.axe()
    assert found == []
