"""Everything that matters works where no script runs."""

from collections.abc import Callable

from tests.support.browser import Somebody
from tests.support.queue_server import SIGN_IN_WORDS, QueueServer


def test_sign_in_confirm_correct_go_on_search_and_close(at_browser: Callable[..., Somebody], server: QueueServer):
    one = at_browser(None, script=False)
    one.open("/queue?in=unsure")
    one.page.fill("#name", "patel")
    one.page.fill("#password", SIGN_IN_WORDS)
    one.click("button", "Sign in")
    assert one.path == "/queue?in=unsure"

    one.click("link", "Start with the first")
    first = int(one.page.url.rpartition("/")[2].partition("?")[0])
    one.click("button", "Confirm")
    assert server.message(first).status == "confirmed"

    second = int(one.page.url.rpartition("/")[2].partition("?")[0])
    one.click("link", "Leave it, next")
    third = int(one.page.url.rpartition("/")[2].partition("?")[0])
    assert len({first, second, third}) == 3
    assert server.message(second).status == "review"

    corrected = server.waiting(asked=False, kind="compliment")[0]
    one.open(f"/messages/{corrected}")
    one.choose("Complaint")
    one.choose("Statutory")
    one.unfold("Themes")
    one.choose("Delay")
    one.click("button", "Confirm")
    after = server.message(corrected)
    assert (after.status, after.kind, after.process, "delay" in after.themes) == ("corrected", "complaint", "statutory", True)
    one.click("button", "Undo")
    assert (server.message(corrected).status, server.message(corrected).kind) == ("review", "compliment")

    asked = server.waiting(asked=True, kind="enquiry")[0]
    one.open(f"/messages/{asked}")
    one.click("button", "No, another matter")
    assert server.message(asked).suggested is None

    one.page.fill("#find", "Trowell")
    one.click("button", "Search", within="nav.tq-nav")
    one.click("link", "annual review was in JUNE")
    reference = server.case_of("gemma.trowell@hearthmail.example")
    assert one.heading == reference
    one.page.fill("#text", "Spoke to her.")
    one.click("button", "Add the note")
    one.unfold("Close it")
    one.page.select_option("#outcome", label="Upheld")
    one.click("button", "Close the case")
    assert (server.case(reference).status, server.case(reference).outcome) == ("closed", "upheld")
    assert server.notes_on(reference) == ["Spoke to her."]
    one.click("button", "Sign out", within="header")
    assert one.said == "You are signed out."


def test_nothing_is_offered_that_needs_a_script(at_browser: Callable[..., Somebody], server: QueueServer):
    one = at_browser("patel", script=False)
    for path in ("/queue", f"/messages/{server.waiting(asked=True)[0]}", f"/cases/{server.open_cases()[0]}"):
        one.open(path)
        assert one.page.locator("button[type=button]:visible").count() == 0, path
