"""Every page of the queue, in the states that it has: for what is held of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pyotp

from tests.support.browser import Somebody
from tests.support.queue_server import SIGN_IN_WORDS, QueueServer
from triage import accounts, desk, review
from triage.domain.case import Outcome
from triage.domain.labels import Service
from triage.domain.user import UserRole

# What answers to GET and is no page: files, figures for a script, and ways on to a page.
NO_PAGES = frozenset(
    {"static", "made", "council_colour", "lists.as_file", "mail.attachment", "mail.raw", "queue.counts", "queue.following"}
)  # fmt: skip
LONG = "Incomprehensibilities-of-a-word-that-never-ends-" * 4


def nothing_more(_one: Somebody) -> None:
    """The page as it comes."""


def unfold(one: Somebody) -> None:
    """Everything that is folded away is shown."""
    one.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def keys(one: Somebody) -> None:
    """The help for the keys is open."""
    one.press("?")
    assert one.page.locator("dialog#keys").is_visible()


def copied(one: Somebody) -> None:
    """The page's HTML in one that lets scripts run: here none does, and axe-core is one."""
    html = one.page.content()
    one.page.goto("about:blank")
    one.page.set_content(html)


def press(button: str, status: int, /, **fields: str) -> Callable[[Somebody], None]:
    """Something is typed and a button pressed; the next page has this status."""

    def then(one: Somebody) -> None:
        one.expected.add(status)
        unfold(one)
        for field, value in fields.items():
            one.page.fill(f"#{field}", value)
        one.click("button", button)

    return then


@dataclass(frozen=True, slots=True)
class Seen:
    """A page in one state: its address, its status, and what is done on it before it is looked at."""

    endpoint: str
    path: str
    status: int = 200
    then: Callable[[Somebody], None] = nothing_more


@dataclass(frozen=True, slots=True)
class Lived:
    """A store in which something of everything was done."""

    busy: str
    closed: str
    several: str
    restricted: str
    other: str
    password: str


def live_in(server: QueueServer) -> Lived:
    """Do something of everything that people do."""
    store, patel, admin = server.store, server.user("patel"), server.user("admin")
    several = server.open_cases(messages=2)[0]
    busy, closed, merged, other, restricted, related = server.open_cases()[:6]
    review.close(store, "patel", closed, Outcome.PARTIALLY_UPHELD)
    review.merge(store, "patel", merged, other)
    review.link(store, "patel", busy, related, f"They are sisters. {LONG}")
    review.set_due(store, "patel", busy, date(2026, 1, 5))
    review.assign(store, "patel", case=busy, to=server.user("mensah").id, team="School transport desk")
    desk.add_note(store, patel, busy, f"Rang the school. {LONG}")
    desk.restrict(store, admin, restricted, [patel.id])
    desk.claim(store, server.user("mensah"), server.waiting(asked=False)[0])
    review.confirm(store, "patel", server.waiting(asked=False)[-1])
    password = accounts.add(
        store, "admin", "newcomer", UserRole.MANAGER, full_name="Una Newcombe", services=(Service.SEND, Service.ADMISSIONS)
    )
    offered = accounts.begin_code(store, server.user("mensah"), "Triage")
    accounts.confirm_code(store, server.user("mensah"), offered.secret, pyotp.TOTP(offered.secret).now(), "")
    return Lived(busy, closed, several, restricted, other, password or "")


def pages(server: QueueServer, lived: Lived) -> dict[str | None, Sequence[Seen]]:
    """Every page, by who looks at it; None is somebody who has not signed in."""
    asked, plain = server.waiting(asked=True)[0], server.waiting(asked=False)[1]
    claimed, decided = server.waiting(asked=False)[0], server.one(status="confirmed")
    formatted = server.one(original_address="parveen@dhillonward.example", status="auto", kind="complaint")
    erased = next(key for key in range(1, 200) if server.message(key).erased_at is not None)
    goes = server.messages_of(lived.several)[-1]
    nobody = (
        Seen("sign_in.form", "/sign-in"),
        Seen("sign_in.form", "/sign-in?ended=1&to=%2Fqueue"),
        Seen("sign_in.form", "/sign-in", then=press("Sign in", 403, name="patel", password="wrong")),
        Seen("sign_in.new_password", "/sign-in", then=press("Sign in", 200, name="newcomer", password=lived.password)),
        Seen("sign_in.new_password", "/sign-in/new-password", then=press("Save and go on", 400, new="abc", again="abcd")),
        Seen("sign_in.code", "/sign-in", then=press("Sign in", 200, name="mensah", password=SIGN_IN_WORDS)),
        Seen("sign_in.code", "/sign-in/code", then=press("Go on", 403, code="12345")),
    )
    reviewer = (
        Seen("start.page", "/", then=unfold),
        Seen("queue.page", "/queue"),
        Seen("queue.page", "/queue", then=unfold),
        Seen("queue.page", "/queue", then=keys),
        Seen("queue.page", "/queue?in=logged"),
        Seen("queue.page", "/queue?in=suggested&kind=enquiry"),
        Seen("queue.page", "/queue?in=unsure&mailbox=officer-hale&kind=compliment"),
        Seen("messages.page", f"/messages/{asked}"),
        Seen("messages.page", f"/messages/{asked}", then=unfold),
        Seen("messages.page", f"/messages/{asked}", then=keys),
        Seen("messages.page", f"/messages/{plain}?in=unsure", then=unfold),
        Seen("messages.page", f"/messages/{claimed}"),
        Seen("messages.page", f"/messages/{decided}"),
        Seen("messages.page", f"/messages/{erased}"),
        Seen("messages.page", f"/messages/{plain}", then=press("Put it there", 400, reference="CC-2026-999999")),
        Seen("mail.whole", f"/messages/{formatted}/whole", then=unfold),
        Seen("mail.formatted", f"/messages/{formatted}/formatted", then=copied),
        Seen("cases.page", f"/cases/{lived.busy}"),
        Seen("cases.page", f"/cases/{lived.busy}", then=unfold),
        Seen("cases.page", f"/cases/{lived.busy}", then=keys),
        Seen("cases.page", f"/cases/{lived.several}", then=unfold),
        Seen("cases.page", f"/cases/{lived.closed}"),
        Seen("cases.page", f"/cases/{lived.restricted}"),
        Seen("cases.page", f"/cases/{lived.other}"),
        Seen("cases.page", f"/cases/{lived.busy}", then=press("Add the note", 400)),
        Seen("cases.page", f"/cases/{lived.busy}", then=press("Close the case", 400)),
        Seen("cases.before_merging", f"/cases/{lived.busy}/merge?into={lived.restricted}"),
        Seen("cases.before_merging", f"/cases/{lived.busy}/merge?into=CC-2026-999999", 404),
        Seen("cases.before_splitting", f"/cases/{lived.several}/split?message={goes}"),
        Seen("cases.before_splitting", f"/cases/{lived.several}/split", 400),
        Seen("cases.readers", f"/cases/{lived.restricted}/who-sees-it"),
        Seen("cases.read_by", f"/cases/{lived.busy}/who-read-it"),
        Seen("lists.page", "/cases"),
        Seen("lists.page", "/cases?due=overdue&mine=1"),
        Seen("lists.search", "/search"),
        Seen("lists.search", "/search?words=taxi"),
        Seen("lists.search", "/search?words=nothinglikeit"),
        Seen("forwarded.page", "/forwarded"),
        Seen("health.page", "/health"),
        Seen("health.quarantine", "/health/quarantine"),
        Seen("sign_in.account", "/account"),
        Seen("sign_in.account", "/account", then=press("Change it", 400, old="a", new="b", again="c")),
        Seen("sign_in.account", "/account", then=press("Set up codes", 200)),
        Seen("error", "/nothing/here", 404),
        Seen("error", "/queue?like=x", 400),
    )
    administrator = (
        Seen("start.page", "/"),
        Seen("users.page", "/people", then=unfold),
        Seen("users.page", "/people", then=press("Add", 400, name="r.moss")),
        Seen("users.one", "/people/okoro"),
        Seen("users.one", "/people/newcomer", then=press("Give a new one-time password", 200)),
        Seen("users.restricted", f"/people/restricted/{lived.restricted}"),
        Seen("cases.page", f"/cases/{lived.busy}"),
    )
    auditor = (
        Seen("start.page", "/"),
        Seen("queue.page", "/queue"),
        Seen("messages.page", f"/messages/{asked}", then=unfold),
        Seen("cases.page", f"/cases/{lived.busy}", then=unfold),
        Seen("cases.read_by", f"/cases/{lived.busy}/who-read-it"),
    )
    manager = (
        Seen("start.page", "/"),
        Seen("forwarded.page", "/forwarded"),
        Seen("lists.page", "/cases"),
        Seen("lists.search", "/search?words=review"),
        Seen("error", "/queue", 404),
    )
    return {None: nobody, "patel": reviewer, "admin": administrator, "auditor": auditor, "okoro": manager}
