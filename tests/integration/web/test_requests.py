"""Requests as hostile, careless or broken clients send them, sign-ins as they begin and end, and what stands in the audit afterwards."""

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.integration.web.test_rights import MAIL
from tests.integration.web.test_routes import path_of, routes
from tests.support.accounts import GOOD
from tests.support.arrived import log_mail
from tests.support.logged import audit
from tests.support.web import ADDRESS, Browser, Web, text
from triage.domain.labels import Status
from triage.domain.user import UserRole
from triage.errors import StoreUnavailable
from triage.web.access import Open, needs

# Every field of every form and every argument of every address.
FIELDS = (
    "action", "address", "after", "again", "all", "code", "due", "ended", "full_name", "in", "into", "into_version", "kind", "labels", "like",
    "mailbox", "message", "mine", "name", "new", "number", "old", "on", "operation", "other", "outcome", "outside_scope", "password", "process",
    "reader", "reference", "restricted", "role", "secret", "service", "sort", "status", "team", "text", "theme", "to", "urgent", "version", "why",
    "words",
)  # fmt: skip
ODD = {
    "nothing": "", "a NUL": "a\0b", "emoji": "🏴󠁧󠁢󠁥󠁮󠁧󠁿👩‍👩‍👧", "a large number": "9" * 17, "a larger one": "9" * 40, "other digits": "١٢٣", "superscripts": "²",
    "a negative one": "-1", "long": "x" * 5_000, "turned round": "\u202eabc\u202c", "lines": "a\r\nSet-Cookie: x=y", "SQL": "' OR 1=1 --", "FTS": '"AND ( NEAR* ^',
    "a template": "{{ 7*7 }}", "per cent": "%%%s%d", "a reference": "CC-2026-000001", "too early": "0001-01-01", "no day": "2026-13-45", "stars": "***",
}  # fmt: skip
NOT_UTF_8 = b"\xff\xfe\xc0\xaf\xed\xa0\x80"


@pytest.fixture
def there(web: Web) -> Web:
    return with_mail(web)


@pytest.fixture
def here(quick: Web) -> Web:
    return with_mail(quick)


def with_mail(web: Web) -> Web:
    """Two people, and two cases with a message each."""
    web.person("rita")
    web.person("ada", UserRole.ADMINISTRATOR)
    log_mail(web.store, MAIL)
    log_mail(web.store, MAIL, status=Status.CONFIRMED)
    return web


def pages(app: Flask, method: str) -> list[str]:
    return [path_of(rule) for one, rule in routes(app) if one == method and not rule.rule.startswith("/account/sign-out")]


# Forged requests


def test_every_form_is_refused_without_a_token_and_with_one_of_another_session(here: Web):
    browser, other = here.signed_in("rita"), here.signed_in("rita")
    before = list(here.store.export_messages()), len(audit(here.url))
    foreign = other.token
    for path in pages(here.app, "POST"):
        for token in ("", "nonsense", foreign):
            answer = browser.post(path, {"action": "confirm", "name": "rita", "password": GOOD}, token=token)
            assert answer.status_code == 400, (path, token)
            assert "The page was too old" in text(answer)
    assert (list(here.store.export_messages()), len(audit(here.url))) == before
    assert browser.get("/account").status_code == 200, "and it signs nobody out"


def test_a_form_of_another_site_is_refused_over_tls_even_with_a_token(make_web: Callable[..., Web]):
    web = with_mail(make_web(address=True))
    browser = web.signed_in("rita")
    for referer in ("https://evil.example/", f"{ADDRESS}.evil.example/", ""):
        assert browser.post("/undo", headers={"Referer": referer}).status_code == 400
    assert browser.post("/undo").status_code == 302


def test_nothing_is_changed_by_following_a_link(here: Web):
    browser = here.signed_in("rita")
    rows, cases = list(here.store.export_messages()), list(here.store.export_cases())
    for path in pages(here.app, "GET"):
        browser.get(path, query_string={"action": "confirm", "version": "1", "into": "CC-2026-000002", "message": "1", "reader": "1"})
    assert (list(here.store.export_messages()), list(here.store.export_cases())) == (rows, cases)


# Cookies and headers


def cookies(answer: TestResponse) -> list[str]:
    return answer.headers.getlist("Set-Cookie")


def test_the_cookie_is_for_this_host_over_tls_alone_and_for_no_script(make_web: Callable[..., Web]):
    web = make_web(address=True)
    web.person("rita")
    browser = web.browser()
    browser.get("/sign-in")
    [cookie] = cookies(browser.sign_in("rita"))
    assert cookie.startswith("__Host-triage=")
    parts = set(cookie.split("; ")[1:])
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert not any(part.startswith("Domain") for part in parts), "else browsers refuse the name"


def test_without_tls_on_this_machine_the_cookie_is_for_no_script_either(quick: Web):
    quick.person("rita")
    [cookie] = cookies(quick.browser().sign_in("rita"))
    assert cookie.startswith("triage=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; ")[1:])


def headed(answer: TestResponse) -> None:
    headers = answer.headers
    policy = {name: allowed for name, _, allowed in (part.partition(" ") for part in headers["Content-Security-Policy"].split("; "))}
    assert policy["default-src"] == "'none'"
    for name, allowed in policy.items():
        assert "unsafe" not in allowed and "*" not in allowed and "http:" not in allowed and "data:" not in allowed, (name, allowed)
        assert set(allowed.split()) <= {"'self'", "'none'"} or name == "sandbox", (name, allowed)
    assert "frame-ancestors" in policy
    assert policy.get("base-uri", "'none'") == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] in ("DENY", "SAMEORIGIN")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert len(headers.getlist("Content-Security-Policy")) == 1
    assert "Werkzeug" not in headers.get("Server", "") and "X-Powered-By" not in headers


def test_every_answer_bears_the_headers_errors_files_and_redirections_too(here: Web):
    browser, stranger = here.signed_in("ada"), here.browser()
    answers = [(path, one.get(path)) for path in pages(here.app, "GET") for one in (browser, stranger)]
    answers += [
        (path, one.post(path, token=token)) for path in pages(here.app, "POST") for one in (browser, stranger) for token in ("", None)
    ]
    for path in (
        "/nowhere",
        "/cases/none",
        "/messages/999",
        "/messages/x",
        "/own/none.js",
        "/made/none.css",
        "/made/../app.py",
        "/cases?kind=x",
    ):
        answers += [(path, browser.get(path)), (path, browser.open("PUT", path))]
    answers.append(("large", browser.post("/undo", {"text": "x" * 1_100_000})))
    assert {one.status_code for _, one in answers} >= {200, 302, 400, 404, 405, 413}
    for path, answer in answers:
        headed(answer)
        if answer.status_code >= 400 or not path.startswith(("/own/", "/made/", "/council.css")):
            assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.mimetype in (
            "text/html",
            "text/css",
            "text/javascript",
            "application/json",
            "text/csv",
            "application/octet-stream",
            "image/svg+xml",
        ), path


def test_only_the_frame_for_a_mails_formatting_stands_in_a_page_of_this_site(here: Web):
    browser = here.signed_in("rita")
    for path in pages(here.app, "GET"):
        policy = browser.get(path).headers["Content-Security-Policy"]
        allowed = "'self'" if path.endswith("/formatted") else "'none'"
        assert f"frame-ancestors {allowed}" in policy, path
    formatted = browser.get("/messages/1/formatted").headers["Content-Security-Policy"]
    assert "sandbox" in formatted and "script-src" not in formatted and "'self'" not in formatted.replace("frame-ancestors 'self'", "")


def test_over_tls_browsers_are_told_to_stay_there(make_web: Callable[..., Web]):
    web = make_web(address=True)
    assert "max-age=31536000" in web.browser().get("/sign-in").headers["Strict-Transport-Security"]


def test_no_link_or_redirection_follows_the_host_that_a_client_names(here: Web):
    browser = here.browser()
    for path in ("/", "/queue", "/sign-in"):
        answer = browser.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in f"{answer.headers} {text(answer)}"


# Where a request comes from


def tries(browser: Browser, number: int, **more: Any) -> list[int]:
    return [browser.post("/sign-in", {"name": "nobody", "password": "x"}, **more).status_code for _ in range(number)]


def test_signing_in_is_tried_thirty_times_a_minute_from_one_address_and_no_oftener(make_web: Callable[..., Web]):
    web = make_web(limits=True)
    browser = web.browser()
    assert tries(browser, 31) == [403] * 30 + [429]
    answer = browser.post("/sign-in", {"name": "nobody", "password": "x"})
    assert "Too many requests" in text(answer)
    headed(answer)
    assert tries(web.browser(), 1) == [429], "a new browser does not help"
    assert tries(browser, 1, environ_base={"REMOTE_ADDR": "192.0.2.7"}) == [403], "others may go on"
    assert browser.get("/sign-in").status_code == 200


def test_what_a_client_says_of_where_it_comes_from_is_not_believed_without_a_proxy(make_web: Callable[..., Web]):
    browser = make_web(limits=True).browser()
    codes = [
        tries(browser, 1, headers={"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}) for number in range(31)
    ]
    assert codes[-1] == [429]


def test_behind_a_proxy_its_word_is_believed_and_that_of_nobody_before_it(make_web: Callable[..., Web]):
    web = make_web(limits=True, web="proxies = 1")
    browser = web.browser()

    def said(*hops: str) -> int:
        return tries(browser, 1, headers={"X-Forwarded-For": ", ".join(hops)})[0]

    assert [said(f"10.0.0.{number}", "192.0.2.1") for number in range(31)][-1] == 429, "what a client wrote before is not believed"
    assert said("192.0.2.1", "192.0.2.2") == 403, "the next person behind the proxy is another"


def test_pages_have_a_limit_far_above_what_a_person_does(make_web: Callable[..., Web]):
    browser = make_web(limits=True).browser()
    codes = [browser.get("/sign-in").status_code for _ in range(601)]
    assert set(codes[:600]) == {200} and codes[600] == 429


# Sizes and odd characters


def test_a_form_larger_than_a_megabyte_is_told_to_be_too_long(here: Web):
    browser = here.signed_in("rita")
    for path in pages(here.app, "POST"):
        answer = browser.post(path, {"text": "x" * 1_000_001})
        assert answer.status_code == 413, path
        assert "That is too long" in text(answer)
    many = "&".join(f"message={number}" for number in range(60_000))
    answer = browser.open(
        "POST", "/queue/confirm", data=f"csrf_token={quote(browser.token)}&{many}", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(("path", "name"), [("/undo", "operation"), ("/health/quarantine/again", "number"), ("/cases/CC-2026-000001/who-sees-it", "reader"),
                                            ("/cases/CC-2026-000001/split", "message")])  # fmt: skip
def test_more_than_any_page_offers_is_not_done_at_once(here: Web, path: str, name: str):
    answer = here.signed_in("rita").post(path, {name: [str(number) for number in range(1, 40_000)]})
    assert answer.status_code == 400 and "At most 500 can be chosen" in text(answer)


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_in_every_field_of_every_route_are_no_fault(there: Web, odd: str):
    browser, value = there.signed_in("ada"), ODD[odd]
    given = dict.fromkeys(FIELDS, value)
    for method, rule in routes(there.app):
        path = path_of(rule)
        if path == "/account/sign-out-everywhere" or path == "/sign-out":
            continue
        answer = browser.post(path, given, query_string=given) if method == "POST" else browser.get(path, query_string=given)
        assert answer.status_code < 500, (method, path, text(answer)[-800:])
        if path == "/sign-in" and method == "POST":
            browser.sign_in("ada")


@pytest.mark.parametrize("value", ["a\0b", "\U0001f600" * 300, "9" * 18], ids=["NUL", "emoji", "number"])
def test_an_odd_value_in_one_field_of_a_form_that_is_whole_otherwise_is_no_fault(there: Web, value: str):
    browser = there.signed_in("ada")
    whole = {
        "action": "confirm", "labels": "1", "outcome": "upheld", "due": "2026-07-01", "into": "CC-2026-000002", "other": "CC-2026-000002", "why": "Kin.",
        "text": "A note.", "reference": "CC-2026-000002", "name": "una", "full_name": "Una Marsh", "role": "reviewer", "words": "taxi",
    }  # fmt: skip
    used = {
        "/queue": ("team", "mailbox", "after", "like"), "/queue/next": ("after", "team"), "/cases": ("after", "team"), "/search": ("words", "after"),
        "/forwarded": ("after",), "/cases/CC-2026-000001/note": ("text",), "/cases/CC-2026-000001/link": ("why", "other"),
        "/cases/CC-2026-000001/assign": ("team", "to"), "/cases/CC-2026-000001/merge": ("into", "into_version", "version"),
        "/messages/1": ("reference", "version", "action", "to"), "/messages/1/assign": ("team", "to", "version"), "/undo": ("operation", "to"),
        "/people": ("name", "full_name", "address"), "/people/rita": ("full_name", "address", "action"), "/sign-in": ("name", "password", "to", "code"),
        "/account/password": ("old", "new", "again"), "/account/code": ("secret", "code"), "/account/code/remove": ("old",),
        "/cases/CC-2026-000001/who-sees-it": ("reader",), "/cases/CC-2026-000001/split": ("message",), "/queue/confirm": ("message",),
    }  # fmt: skip
    for method, rule in routes(there.app):
        path = path_of(rule)
        for field in used.get(path, ()):
            given = {**whole, field: value}
            answer = browser.post(path, given) if method == "POST" else browser.get(path, query_string=given)
            assert answer.status_code < 500, (method, path, field, text(answer)[-600:])


def test_what_is_not_utf_8_is_no_fault_anywhere(there: Web):
    browser = there.signed_in("ada")
    odd = quote(NOT_UTF_8)
    arguments = "&".join(f"{name}={odd}" for name in FIELDS)
    for method, rule in routes(there.app):
        path = path_of(rule)
        if path in ("/account/sign-out-everywhere", "/sign-out"):
            continue
        body = f"csrf_token={quote(browser.token)}&{arguments}" if method == "POST" else None
        answer = browser.open(method, path, query_string=arguments, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, (method, path)
    for path in ("/cases/", "/messages/", "/people/", "/people/restricted/", "/own/", "/made/", "/"):
        for ending in (odd, "%00", "%F0%9F%98%80", "x" * 3000, "9" * 40, "..%2f..%2fapp.py", "../../../etc/passwd", "%2e%2e/%2e%2e/"):
            for more in ("", "/merge", "/whole", "/who-read-it"):
                answer = browser.get(f"{path}{ending}{more}")
                assert answer.status_code in (302, 400, 404, 308), (path, ending, answer.status_code)
                assert "import " not in text(answer) and "root:" not in text(answer)


def test_a_broken_body_is_no_fault(there: Web):
    browser = there.signed_in("ada")
    for path in pages(there.app, "POST"):
        for kind, body in (
            ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end"), ("multipart/form-data", b"--"),
            ("application/json", b'{"action": "confirm"}'), ("text/plain", b"action=confirm"), ("application/x-www-form-urlencoded", b"&&&==%%%&\xff=\xfe"),
            ("", b"action=confirm"),
        ):  # fmt: skip
            assert browser.open("POST", path, data=body, content_type=kind).status_code == 400, (path, kind)


# Errors, and what is left of them


SECRET = "Quillon Marrowby of quinceberry lane"


def test_a_fault_of_the_program_is_told_by_a_number_and_nothing_of_the_mail_is_in_page_or_log(here: Web, caplog: pytest.LogCaptureFixture):
    @here.app.get("/fault")
    @needs(Open.TO_SIGNED_IN)
    def fault() -> str:
        raise ValueError(SECRET)

    @here.app.get("/no-store")
    @needs(Open.TO_SIGNED_IN)
    def no_store() -> str:
        raise StoreUnavailable("the case store does not answer: locked")

    caplog.set_level(logging.DEBUG)
    browser = here.signed_in("rita")
    answer = browser.get(f"/fault?words={quote(SECRET)}")
    [number] = re.findall(r"the number ([0-9a-f]{8})", text(answer))
    assert answer.status_code == 500 and number in caplog.text
    assert "ValueError" in caplog.text and "test_requests.py" in caplog.text, "where it was is in the log"
    headed(answer)
    assert browser.get("/no-store").status_code == 503
    for word in ("Quillon", "quinceberry", "Rita", "Shaw"):
        assert word not in caplog.text and (word in ("Rita", "Shaw") or word not in text(answer)), word


def test_the_log_holds_no_name_subject_address_word_of_mail_or_search(here: Web, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    browser = here.signed_in("rita")
    given = {
        "words": "quinceberry",
        "text": "quinceberry",
        "why": "quinceberry",
        "name": "quinceberry",
        "password": "quinceberry",
        "to": "/quinceberry",
    }
    for method, rule in routes(here.app):
        path = path_of(rule)
        if not path.startswith(("/sign-out", "/account/sign-out")):
            browser.post(path, given) if method == "POST" else browser.get(path, query_string=given)
    browser.get("/cases/quinceberry")
    browser.get("/search?words=%00quinceberry")
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith(("sqlalchemy", "flask-limiter.debug")))
    for word in ("quinceberry", "Rita Shaw", "Joan", "Whitlow", "family.example", "taxi"):
        assert word.lower() not in said.lower(), word
