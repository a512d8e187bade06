"""Two people at once, each at a browser of their own; and somebody who comes back to a page that they had left open."""

from collections.abc import Callable
from datetime import timedelta

from tests.support.browser import Somebody
from tests.support.queue_server import SIGN_IN_WORDS, QueueServer


def test_the_second_is_told_who_looks_and_is_given_another(at_browser: Callable[..., Somebody], server: QueueServer):
    patel, mensah = at_browser("patel"), at_browser("mensah")
    patel.open("/queue")
    patel.click("link", "Start with the first")
    mensah.open(patel.path)
    assert "Rita Patel has been looking at this message since" in mensah.page.inner_text(".tq-claim")
    assert mensah.axe() == []
    mensah.click("link", "Give me another one")
    assert mensah.path != patel.path
    mensah.open("/queue")
    assert "Rita Patel is looking" in mensah.page.locator("[data-row]").first.inner_text()
    mensah.click("link", "Start with the first")
    assert mensah.path != patel.path
    mensah.open(patel.path)
    mensah.click("button", "Take it over")
    patel.open(patel.path)
    assert "Kofi Mensah has been looking" in patel.page.inner_text(".tq-claim")


def test_both_decide_and_the_second_is_told_and_loses_nothing(at_browser: Callable[..., Somebody], server: QueueServer):
    patel, mensah = at_browser("patel"), at_browser("mensah")
    key = server.waiting(asked=False, kind="complaint")[0]
    for one in (patel, mensah):
        one.open(f"/messages/{key}")
    mensah.choose("Enquiry")
    mensah.page.select_option("#service", label="SEND")
    mensah.unfold("Themes")
    mensah.choose("Inaccurate records")
    mensah.unfold("It belongs elsewhere")
    mensah.page.fill("#reference", "CC-2026-000001")
    patel.click("button", "Confirm")
    before = server.message(key)
    mensah.expected.add(409)
    mensah.click("button", "Save the correction")
    told = mensah.page.inner_text(".govuk-error-summary")
    assert "patel" in told.lower()
    assert "confirmed" in told
    assert mensah.page.locator("#kind-enquiry").is_checked()
    assert mensah.page.input_value("#service") == "send"
    assert mensah.page.locator("#theme-records").is_checked()
    assert mensah.page.input_value("#reference") == "CC-2026-000001"
    assert server.message(key) == before
    assert mensah.axe() == []
    # Having looked again, they may.
    mensah.click("button", "Save")
    after = server.message(key)
    assert (after.kind, after.status, after.service) == ("enquiry", "corrected", "send")


def test_a_note_that_is_being_typed_outlives_what_somebody_else_does(at_browser: Callable[..., Somebody], server: QueueServer):
    patel, mensah = at_browser("patel"), at_browser("mensah")
    reference = server.open_cases()[0]
    for one in (patel, mensah):
        one.open(f"/cases/{reference}")
    mensah.page.fill("#text", "She rang at nine.")
    patel.unfold("Close it")
    patel.page.select_option("#outcome", label="Upheld")
    patel.click("button", "Close the case")
    mensah.click("button", "Add the note")
    assert server.notes_on(reference) == ["She rang at nine."]


def test_the_second_to_close_a_case_is_told_and_their_note_is_still_there(at_browser: Callable[..., Somebody], server: QueueServer):
    patel, mensah = at_browser("patel"), at_browser("mensah")
    reference = server.open_cases()[0]
    for one in (patel, mensah):
        one.open(f"/cases/{reference}")
        one.unfold("Set when the answer is due")
    mensah.unfold("Close it")
    mensah.page.fill("#text", "Half a thought")
    mensah.page.select_option("#outcome", label="Withdrawn")
    mensah.page.fill("#on", "2026-11-20")
    patel.page.fill("#due", "2031-03-14")
    patel.click("button", "Save the date")
    mensah.expected.add(409)
    mensah.click("button", "Close the case")
    assert "patel" in mensah.page.inner_text(".govuk-error-summary").lower()
    assert (mensah.page.input_value("#outcome"), mensah.page.input_value("#on")) == ("withdrawn", "2026-11-20")
    assert mensah.page.input_value("#text") == "Half a thought"
    assert server.case(reference).status == "open"
    assert mensah.axe() == []


def test_a_note_outlives_being_signed_out_and_goes_when_it_is_saved_or_they_sign_out(
    at_browser: Callable[..., Somebody], server: QueueServer
):
    patel = at_browser("patel")
    one, other = server.open_cases()[:2]
    patel.open(f"/cases/{one}")
    patel.page.fill("#text", "She rang at nine.")
    server.clock.ahead = timedelta(minutes=61)
    patel.click("button", "Add the note")
    patel.page.fill("#name", "patel")
    patel.page.fill("#password", SIGN_IN_WORDS)
    patel.click("button", "Sign in")
    assert (patel.path, patel.page.input_value("#text")) == (f"/cases/{one}", "She rang at nine.")
    patel.click("button", "Add the note")
    assert (server.notes_on(one), patel.page.input_value("#text")) == (["She rang at nine."], "")
    patel.open(f"/cases/{other}")
    assert patel.page.input_value("#text") == ""
    patel.page.fill("#text", "He rang at ten.")
    patel.click("button", "Sign out", within="header")
    assert patel.page.evaluate("sessionStorage.length") == 0


def test_a_page_left_open_leads_to_signing_in_and_back(at_browser: Callable[..., Somebody], server: QueueServer):
    patel = at_browser("patel", "/cases?due=week")
    server.clock.ahead = timedelta(minutes=61)
    with patel.page.expect_navigation():
        patel.page.reload()
    assert patel.heading == "Sign in"
    assert "signed out" in patel.page.inner_text("main")
    patel.page.fill("#name", "patel")
    patel.page.fill("#password", SIGN_IN_WORDS)
    patel.click("button", "Sign in")
    assert patel.path == "/cases?due=week"


def test_what_was_chosen_on_a_page_left_open_is_not_saved_behind_ones_back(at_browser: Callable[..., Somebody], server: QueueServer):
    patel = at_browser("patel")
    key = server.waiting(asked=False)[0]
    patel.open(f"/messages/{key}")
    server.clock.ahead = timedelta(minutes=61)
    patel.click("button", "Confirm")
    assert patel.heading == "Sign in"
    patel.page.fill("#name", "patel")
    patel.page.fill("#password", SIGN_IN_WORDS)
    patel.click("button", "Sign in")
    assert patel.path == f"/messages/{key}"
    assert server.message(key).status == "review"
