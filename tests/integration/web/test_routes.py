"""Every route there is: what it takes to see it, held by a list, so that none is open that was not meant to be."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.logged import log
from tests.support.web import Web, text
from triage import accounts
from triage.domain.labels import Kind
from triage.domain.user import Right
from triage.web.access import Open, needs, what_it_needs

# What anybody may ask for: where one signs in and out, and files that are the same for everybody.
OPEN_TO_ALL = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("POST", "/sign-out"), ("GET", "/own/<path:filename>"), ("GET", "/made/<path:name>"),
    ("GET", "/council.css"),
}  # fmt: skip
# What one sees who has given a password, and has something to do before they see more.
OPEN_TO_BEGUN = {
    ("GET", "/sign-in/code"), ("POST", "/sign-in/code"), ("GET", "/sign-in/new-password"), ("POST", "/sign-in/new-password"),
}  # fmt: skip
WORD = "quinceberry"


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Every method of every route."""
    return [
        (method, rule) for rule in app.url_map.iter_rules() for method in sorted(rule.methods or ()) if method not in ("HEAD", "OPTIONS")
    ]


def path_of(rule: Rule, key: int = 1) -> str:
    """An address of it at which there is something."""
    values = {"reference": "CC-2026-000001", "key": key, "number": 0, "name": "rita"}
    given = {
        name: "queue.js" if rule.endpoint == "static" else "queue.css" if rule.endpoint == "made" else values[name]
        for name in rule.arguments
    }
    return str(rule.build(given, append_unknown=False)[1])  # type: ignore[index]


@pytest.fixture
def there(quick: Web) -> Web:
    quick.person("rita")
    log(quick.store, Kind.COMPLAINT, text=f"The taxi left a {WORD} on the seat.")
    return quick


def test_nobody_who_is_not_signed_in_is_shown_anything_on_any_route_but_those_named(there: Web):
    browser, seen = there.browser(), set()
    for method, rule in routes(there.app):
        if (method, rule.rule) in OPEN_TO_ALL:
            continue
        seen.add((method, rule.rule))
        path = path_of(rule)
        if method == "POST":
            forged = browser.open(method, path)
            assert forged.status_code == 400, path
            assert "Somebody" not in text(forged) and WORD not in text(forged)
        answer = browser.post(path) if method == "POST" else browser.open(method, path)
        assert answer.status_code == 302, (method, path, answer.status_code)
        assert answer.headers["Location"].startswith("/sign-in"), path
        assert WORD not in text(answer) and "CC-2026-000001" not in text(answer).replace(path, ""), path
    assert len(seen) > 40


def test_the_routes_that_are_open_are_those_named_and_no_other(there: Web):
    by_need: dict[Open, set[tuple[str, str]]] = {Open.TO_ALL: set(), Open.TO_BEGUN: set()}
    for method, rule in routes(there.app):
        needed = what_it_needs(there.app, rule.endpoint)
        for one, found in by_need.items():
            if one in needed:
                found.add((method, rule.rule))
    assert by_need[Open.TO_ALL] == OPEN_TO_ALL
    assert by_need[Open.TO_BEGUN] == OPEN_TO_BEGUN


def test_every_view_says_what_it_takes_to_see_it(there: Web):
    for _, rule in routes(there.app):
        needed = what_it_needs(there.app, rule.endpoint)
        assert needed, rule.endpoint
        says = [one for one in needed if isinstance(one, Right) or one in (Open.TO_ALL, Open.TO_BEGUN, Open.TO_SIGNED_IN)]
        assert len(says) == 1, f"{rule.endpoint} says {needed}"


def test_a_view_that_does_not_say_what_it_takes_is_shown_to_nobody(there: Web):
    @there.app.get("/forgotten")
    def forgotten() -> str:
        return WORD

    @there.app.get("/remembered")
    @needs(Open.TO_SIGNED_IN)
    def remembered() -> str:
        return WORD

    for name in ("rita", there.person("ada").name):
        browser = there.signed_in(name)
        assert browser.get("/remembered").get_data(as_text=True) == WORD
        answer = browser.get("/forgotten")
        assert answer.status_code == 404 and WORD not in text(answer)
    assert there.browser().get("/forgotten").status_code == 302


def test_what_stands_on_the_open_routes_is_the_same_whatever_is_in_the_store(quick: Web):
    pages = [path_of(rule) for method, rule in routes(quick.app) if (method, rule.rule) in OPEN_TO_ALL and method == "GET"]
    before = [text(quick.browser().get(path)) for path in pages]
    log(quick.store, Kind.COMPLAINT, text=WORD)
    quick.person("rita")
    assert [text(quick.browser().get(path)) for path in pages] == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_do_nothing_and_show_nothing(there: Web, method: str):
    for browser in (there.browser(), there.signed_in("rita")):
        for _, rule in routes(there.app):
            answer = browser.open(method, path_of(rule))
            assert answer.status_code in (200, 302, 404, 405), (rule.rule, answer.status_code)
            assert answer.status_code != 200 or (method == "OPTIONS" and answer.get_data() == b"")
            assert WORD not in text(answer)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_head_request_is_answered_as_a_get_without_its_content(there: Web):
    browser = there.signed_in("rita")
    for method, rule in routes(there.app):
        if method == "GET":
            path = path_of(rule)
            assert browser.open("HEAD", path).get_data() == b""
            assert there.browser().open("HEAD", path).status_code == there.browser().get(path).status_code


def test_whoever_has_something_to_do_first_sees_nothing_before_they_have_done_it(there: Web):
    made = accounts.reset_password(there.store, "ada", "rita")
    browser = there.browser()
    assert browser.sign_in("rita", made).headers["Location"] == "/sign-in/new-password"
    for method, rule in routes(there.app):
        if (method, rule.rule) in OPEN_TO_ALL | OPEN_TO_BEGUN:
            continue
        path = path_of(rule)
        answer = browser.post(path) if method == "POST" else browser.get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/sign-in/new-password"), path
    assert browser.get("/sign-in/code").status_code in (200, 302)
    assert "Rita" not in text(browser.get("/sign-in"))
