"""What each role may ask for, written out: a route that stands in no line of it fails."""

import pytest
from lxml import html
from sqlalchemy import delete, update

from tests.integration.web.test_routes import OPEN_TO_ALL, OPEN_TO_BEGUN, path_of, routes
from tests.support.arrived import log_mail
from tests.support.database import writing
from tests.support.logged import log
from tests.support.web import Browser, Web, text
from tests.unit.making import parts
from triage import desk
from triage.domain.labels import Kind, Service, Status
from triage.domain.user import RIGHTS, UserRole
from triage.errors import StoreError
from triage.store.schema import AuditEvent

# R: reviewer, M: manager, A: administrator, U: auditor. In a manager's column: whether there is such a page for them at all; of which
# cases and messages it is, `test_restricted.py` says.
TABLE = {
    ("GET", "/"): "RMAU",
    ("GET", "/account"): "RMAU",
    ("POST", "/account/code"): "RMAU",
    ("POST", "/account/code/remove"): "RMAU",
    ("POST", "/account/password"): "RMAU",
    ("POST", "/account/sign-out-everywhere"): "RMAU",
    ("GET", "/cases"): "RMAU",
    ("GET", "/cases.csv"): "RAU",
    ("GET", "/cases/<reference>"): "RMAU",
    ("POST", "/cases/<reference>/assign"): "RA",
    ("POST", "/cases/<reference>/close"): "RA",
    ("POST", "/cases/<reference>/due"): "RA",
    ("POST", "/cases/<reference>/link"): "RA",
    ("GET", "/cases/<reference>/merge"): "RA",
    ("POST", "/cases/<reference>/merge"): "RA",
    ("POST", "/cases/<reference>/note"): "RA",
    ("POST", "/cases/<reference>/reopen"): "RA",
    ("GET", "/cases/<reference>/split"): "RA",
    ("POST", "/cases/<reference>/split"): "RA",
    ("POST", "/cases/<reference>/unlink"): "RA",
    ("GET", "/cases/<reference>/who-read-it"): "RAU",
    ("GET", "/cases/<reference>/who-sees-it"): "RA",
    ("POST", "/cases/<reference>/who-sees-it"): "RA",
    ("GET", "/forwarded"): "RMAU",
    ("GET", "/health"): "RAU",
    ("GET", "/health/quarantine"): "RAU",
    ("POST", "/health/quarantine/again"): "RA",
    ("GET", "/messages/<int:key>"): "RAU",
    ("POST", "/messages/<int:key>"): "RA",
    ("POST", "/messages/<int:key>/assign"): "RA",
    ("GET", "/messages/<int:key>/attachments/<int:number>"): "RMAU",
    ("GET", "/messages/<int:key>/formatted"): "RMAU",
    ("GET", "/messages/<int:key>/raw"): "RAU",
    ("POST", "/messages/<int:key>/take-over"): "RA",
    ("GET", "/messages/<int:key>/whole"): "RMAU",
    ("GET", "/people"): "A",
    ("POST", "/people"): "A",
    ("GET", "/people/<name>"): "A",
    ("POST", "/people/<name>"): "A",
    ("GET", "/people/restricted/<reference>"): "A",
    ("POST", "/people/restricted/<reference>"): "A",
    ("GET", "/queue"): "RAU",
    ("POST", "/queue/confirm"): "RA",
    ("GET", "/queue/counts"): "RAU",
    ("GET", "/queue/next"): "RAU",
    ("GET", "/search"): "RMAU",
    ("POST", "/undo"): "RA",
}
ROLES = {"R": UserRole.REVIEWER, "M": UserRole.MANAGER, "A": UserRole.ADMINISTRATOR, "U": UserRole.AUDITOR}
NAMES = {"R": "rita", "M": "meg", "A": "ada", "U": "olu"}
MAIL = parts(
    "Content-Type: text/html; charset=utf-8\r\n\r\n<p>The taxi did not come.</p>",
    'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="letter.txt"\r\n\r\nDear council',
)
# What makes a form whole where it would otherwise be answered as one about a case that there is not.
FORMS = {"merge": {"into": "CC-2026-000002"}, "link": {"other": "CC-2026-000002"}, "unlink": {"other": "CC-2026-000002"}}


@pytest.fixture
def office(quick: Web) -> Web:
    """Somebody of each role, two cases that all of them see, and a restricted one that all of them are named for."""
    for letter, role in ROLES.items():
        quick.person(NAMES[letter], role, services=(Service.TRANSPORT,) if role is UserRole.MANAGER else ())
    log_mail(quick.store, MAIL, status=Status.CONFIRMED)
    log(quick.store, Kind.COMPLAINT, status=Status.CONFIRMED)
    log(quick.store, Kind.COMPLAINT, status=Status.CONFIRMED)
    desk.restrict(quick.store, quick.user("rita"), "CC-2026-000003", [quick.user(name).id for name in NAMES.values()])
    return quick


def ask(browser: Browser, method: str, rule: str, path: str):
    if "/restricted/" in rule:
        path = path.replace("000001", "000003")
    form = FORMS.get(rule.rpartition("/")[2], {})
    return browser.post(path, form) if method == "POST" else browser.get(path, query_string=form)


def test_every_route_stands_in_the_table(quick: Web):
    there = {(method, rule.rule) for method, rule in routes(quick.app)} - OPEN_TO_ALL - OPEN_TO_BEGUN
    assert there == set(TABLE)


@pytest.mark.parametrize("letter", ROLES)
def test_each_role_is_let_in_where_the_table_says_so_and_is_told_elsewhere_that_there_is_no_such_page(office: Web, letter: str):
    nowhere = text(office.signed_in(NAMES[letter]).get("/nowhere/at/all"))
    heading = nowhere[nowhere.index("<main") : nowhere.index("</main>")]
    for method, rule in routes(office.app):
        allowed = TABLE.get((method, rule.rule))
        if allowed is None:
            continue
        answer = ask(office.signed_in(NAMES[letter]), method, rule.rule, path_of(rule))
        if letter in allowed:
            assert answer.status_code in (200, 302, 400, 409), (letter, method, rule.rule, answer.status_code)
        else:
            page = text(answer)
            assert answer.status_code == 404, (letter, method, rule.rule, answer.status_code)
            assert page[page.index("<main") : page.index("</main>")] == heading, rule.rule


@pytest.mark.parametrize("letter", ["M", "U"])
def test_who_only_reads_changes_nothing_whatever_they_send(office: Web, letter: str):
    before = list(office.store.export_messages()), list(office.store.export_cases())
    browser = office.signed_in(NAMES[letter])
    for method, rule in routes(office.app):
        if method == "POST" and letter not in TABLE.get((method, rule.rule), ""):
            ask(browser, method, rule.rule, path_of(rule))
    assert (list(office.store.export_messages()), list(office.store.export_cases())) == before


@pytest.mark.parametrize("letter", ROLES)
def test_no_page_links_to_one_that_its_reader_may_not_open(office: Web, letter: str):
    """What is offered and then is not there is a fault, and tells of pages that others have."""
    browser = office.signed_in(NAMES[letter])
    seen: set[str] = set()
    left = ["/", "/cases/CC-2026-000001", "/cases/CC-2026-000003", "/search?words=taxi"]
    while left:
        path = left.pop()
        answer = browser.get(path)
        assert answer.status_code in (200, 302), (letter, path)
        if answer.mimetype != "text/html":
            continue
        for link in _links(text(answer)):
            bare = link.partition("?")[0]
            if bare not in seen and not bare.startswith(("/own/", "/made/")):
                seen.add(bare)
                left.append(link)
    assert len(seen) > 5


def _links(page: str) -> list[str]:
    return [link for element, name, link, _ in html.fromstring(page).iterlinks() if name in ("href", "src") and link.startswith("/")]


def test_rights_are_what_the_table_was_written_from():
    assert set(RIGHTS) == set(ROLES.values())


def test_the_audit_cannot_be_changed_by_whoever_may_do_most(web: Web):
    web.person("ada", UserRole.ADMINISTRATOR)
    for change in (delete(AuditEvent), update(AuditEvent).values(actor="nobody")):
        with pytest.raises(StoreError, match="refused a statement"), writing(web.url) as connection:
            connection.execute(change)
