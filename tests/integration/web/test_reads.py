"""What people read is in the audit: every page and file of a case or a message, by whom; on both databases."""

import re

import pytest

from tests.integration.web.test_requests import with_mail
from tests.integration.web.test_routes import routes
from tests.support.logged import audit
from tests.support.web import Web
from triage import desk


@pytest.fixture
def there(web: Web) -> Web:
    return with_mail(web)


def reads(web: Web) -> list[tuple[str, str, int | None, int | None]]:
    return [
        (one.actor, one.action, one.case_id, one.message_pk) for one in audit(web.url) if one.action in ("read", "downloaded", "exported")
    ]


READING = {
    "/cases/CC-2026-000001": ("read", 1, None),
    "/cases/CC-2026-000001/split?message=1": ("read", 1, None),
    "/cases/CC-2026-000001/who-sees-it": ("read", 1, None),
    "/cases/CC-2026-000001/who-read-it": ("read", 1, None),
    "/messages/1": ("read", 1, 1),
    "/messages/1/whole": ("read", 1, 1),
    "/messages/1/formatted": ("read", 1, 1),
    "/messages/1/attachments/0": ("read", 1, 1),
    "/messages/1/raw": ("downloaded", 1, 1),
    "/cases.csv": ("exported", None, None),
}


@pytest.mark.parametrize("path", READING)
def test_every_reading_of_a_case_or_a_message_is_in_the_audit_with_who_it_was(there: Web, path: str):
    there.signed_in("rita").get(path)
    action, case, message = READING[path]
    assert reads(there) == [("rita", action, case, message)]


def test_to_look_at_two_cases_before_they_are_merged_is_to_read_both(there: Web):
    there.signed_in("rita").get("/cases/CC-2026-000001/merge?into=CC-2026-000002")
    assert sorted(reads(there), key=str) == [("rita", "read", 1, None), ("rita", "read", 2, None)]


def test_a_list_or_a_search_shows_the_beginning_of_mail_and_is_no_reading_of_it(there: Web):
    browser = there.signed_in("rita")
    for path in ("/", "/queue", "/cases", "/search?words=taxi", "/forwarded", "/health", "/queue/next"):
        browser.get(path)
    assert reads(there) == []


def test_what_was_refused_was_not_read(there: Web):
    desk.restrict(there.store, there.user("rita"), "CC-2026-000001", [])
    browser = there.signed_in("ada")
    for path in READING:
        if path != "/cases.csv":
            assert browser.get(path).status_code == 404
    assert reads(there) == []


def test_there_is_a_route_in_the_list_for_each_that_shows_a_case_or_a_message(quick: Web):
    there_are = {rule.rule for method, rule in routes(quick.app) if method == "GET" and rule.arguments & {"reference", "key"}}
    listed = {
        re.sub(r"/\d(?=/|$)", "/<int:key>", path.partition("?")[0].replace("CC-2026-000001", "<reference>"), count=1) for path in READING
    }
    listed = {one.replace("attachments/0", "attachments/<int:number>") for one in listed}
    assert there_are - listed == {"/cases/<reference>/merge", "/people/restricted/<reference>"}
