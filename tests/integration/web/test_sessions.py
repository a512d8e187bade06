"""Sign-ins as they begin and end, and where somebody is led who has signed in; on both databases."""

import re

import pytest
from werkzeug.test import TestResponse

from tests.integration.web.test_requests import cookies, with_mail
from tests.support.accounts import ADA, Clock
from tests.support.web import Web, text
from triage import accounts
from triage.domain.labels import Service
from triage.domain.user import UserRole


@pytest.fixture
def there(web: Web) -> Web:
    return with_mail(web)


@pytest.fixture
def here(quick: Web) -> Web:
    return with_mail(quick)


def replay(web: Web, cookie: str | None, path: str = "/account") -> TestResponse:
    """Ask with a cookie that was copied."""
    stranger = web.browser()
    stranger.client.set_cookie("triage", cookie or "")
    return stranger.get(path)


def test_the_session_is_another_once_somebody_is_signed_in(there: Web):
    browser = there.browser()
    browser.get("/sign-in")
    before, token = browser.cookie, browser.token
    browser.sign_in("rita")
    assert browser.cookie not in (None, before)
    assert replay(there, before).status_code == 302, "a session that somebody was given shows nothing"
    assert browser.post("/undo", token=token).status_code == 400, "nor is a token of before worth anything"
    assert browser.post("/undo").status_code == 302


def test_signing_out_ends_the_session_on_the_server_too(there: Web):
    browser = there.signed_in("rita")
    kept = browser.cookie
    assert replay(there, kept).status_code == 200
    browser.post("/sign-out")
    assert browser.get("/account").status_code == 302
    assert replay(there, kept).status_code == 302


def test_signing_out_everywhere_ends_the_other_browsers_too(there: Web):
    one, other = there.signed_in("rita"), there.signed_in("rita")
    one.post("/account/sign-out-everywhere")
    assert [browser.get("/account").status_code for browser in (one, other)] == [302, 302]


def test_whoever_does_nothing_for_an_hour_is_signed_out_and_led_back_to_where_they_were(there: Web, clock: Clock):
    browser = there.signed_in("rita")
    clock.passes(minutes=59)
    assert browser.get("/queue").status_code == 200
    clock.passes(minutes=59)
    assert browser.get("/queue/counts").status_code == 200
    clock.passes(minutes=2)
    answer = browser.get("/queue?sort=newest")
    assert answer.status_code == 302, "what a page asks for by itself is nothing that a person does"
    assert answer.headers["Location"] == "/sign-in?ended=1&to=/queue?sort%3Dnewest"
    page = browser.get(answer.headers["Location"])
    assert "You have been signed out" in text(page)
    assert browser.sign_in("rita", to="/queue?sort=newest").headers["Location"] == "/queue?sort=newest"


def test_after_twelve_hours_everybody_signs_in_again_however_busy_they_were(there: Web, clock: Clock):
    browser = there.signed_in("rita")
    for _ in range(14):
        clock.passes(minutes=50)
        assert browser.get("/queue").status_code == 200
    clock.passes(minutes=30)
    assert browser.get("/queue").status_code == 302


def test_whose_account_is_switched_off_or_changed_is_met_by_that_on_the_next_page(there: Web):
    browser = there.signed_in("rita")
    accounts.change(there.store, ADA, "rita", role=UserRole.MANAGER, services=(Service.SEND,))
    assert browser.get("/queue").status_code == 404
    accounts.disable(there.store, ADA, "rita")
    assert browser.get("/cases").status_code == 302
    answer = there.browser().sign_in("rita")
    assert answer.status_code == 403 and "Rita Shaw" not in text(answer)


def test_what_is_said_at_signing_in_is_the_same_whether_there_is_such_an_account(there: Web):
    wrong, nobody = (there.browser().sign_in(name, "wrong words here") for name in ("rita", "rito"))
    assert text(wrong).replace("rita", "#") == text(nobody).replace("rito", "#")


def test_a_cookie_that_was_changed_is_none(there: Web):
    kept = there.signed_in("rita").cookie or ""
    for changed in (kept[:-3] + "abc", kept[:5] + "x" + kept[6:], "e30.aaaa.bbbb", "", "\x01", "a" * 4000):
        assert replay(there, changed).status_code == 302


ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example", "javascript:alert(1)",
    "/\t/evil.example", "\t//evil.example", " //evil.example", "/\n/evil.example", "data:text/html,x", "evil.example", "/%0d%0aSet-Cookie:x", "@evil.example",
    "/\x0b/evil.example", "https:evil.example", "/\u2028/evil.example", "/\\/evil.example", "?//evil.example", "/..//evil.example",
)  # fmt: skip


@pytest.mark.parametrize("to", ELSEWHERE)
def test_nobody_is_led_elsewhere_after_signing_in_or_undoing(quick: Web, to: str):
    quick.person("rita")
    browser = quick.browser()
    for answer in (browser.sign_in("rita", to=to), browser.post("/undo", {"to": to})):
        target = answer.headers["Location"]
        assert answer.status_code == 302
        assert re.match(r"/(?![/\\])", target) and not re.search(r"[\x00-\x20\x7f]", target), target
        assert len(answer.headers.getlist("Set-Cookie")) <= 1 and "x" not in [one.split("=")[0] for one in cookies(answer)]
    page = quick.browser().get("/sign-in", query_string={"to": to})
    assert f'href="{to}' not in text(page)


def test_an_address_that_begins_with_two_slashes_leads_nowhere_else(here: Web):
    for browser in (here.browser(), here.signed_in("rita")):
        for path in ("//evil.example/queue", "//evil.example", "/\\evil.example"):
            answer = browser.client.open("/", environ_overrides={"PATH_INFO": path, "RAW_URI": path}, buffered=True)
            target = answer.headers.get("Location", "/")
            assert re.match(r"(http://localhost)?/(?![/\\])", target), target


@pytest.mark.parametrize(
    "referer",
    ["http://[", "http://localhost//evil.example/", "//localhost", "http://localhost/\\evil.example", "\xff", "http://localhost:x/"],
)
def test_a_page_that_is_said_to_have_been_there_before_leads_nobody_elsewhere(here: Web, referer: str):
    browser = here.browser()
    answer = browser.post("/undo", headers={"Referer": referer})
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
    page = browser.get(answer.headers["Location"])
    to = re.findall(r'name="to" value="([^"]*)"', text(page))
    assert browser.sign_in("rita", to=(to or [""])[0]).headers["Location"] in ("/", "/undo")
