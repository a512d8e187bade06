"""The commonest tasks of a complaints officer, by mouse; each ends with what the store says."""

import re
from collections.abc import Callable
from datetime import date

from tests.support.browser import Somebody
from tests.support.queue_server import SIGN_IN_WORDS, QueueServer


def test_somebody_signs_in_and_is_where_they_wanted_to_go(at_browser: Callable[..., Somebody], server: QueueServer):
    one, before = at_browser(None), server.did("patel").count("signed in")
    one.open("/queue")
    assert one.heading == "Sign in"
    one.page.fill("#name", "patel")
    one.page.fill("#password", SIGN_IN_WORDS)
    one.click("button", "Sign in")
    assert (one.path, one.heading) == ("/queue", "Queue")
    assert server.did("patel").count("signed in") == before + 1
    one.click("button", "Sign out", within="header")
    one.open("/queue")
    assert one.heading == "Sign in"


def test_a_message_is_confirmed_and_the_next_one_comes(patel: Somebody, server: QueueServer):
    first, second = server.waiting(asked=False)[:2]
    patel.open(f"/messages/{first}?in=unsure")
    before = server.message(first)
    patel.click("button", "Confirm")
    after = server.message(first)
    assert (after.status, after.kind, after.reference) == ("confirmed", before.kind, before.reference)
    assert patel.said.startswith("Confirmed: ")
    assert re.fullmatch(r"/messages/\d+\?in=unsure", patel.path)
    assert server.message(second).status == "review"


def test_kind_process_and_theme_are_corrected(patel: Somebody, server: QueueServer):
    key = server.waiting(asked=False, kind="compliment")[0]
    patel.open(f"/messages/{key}")
    patel.choose("Complaint")
    patel.choose("Statutory")
    patel.unfold("Themes")
    patel.choose("Delay")
    patel.choose("Policy or funding")
    patel.page.select_option("#service", label="Children in care")
    patel.click("button", "Save the correction")
    after = server.message(key)
    assert (after.status, after.kind, after.process, after.service) == ("corrected", "complaint", "statutory", "children_in_care")
    assert {"delay", "policy_funding"} <= set(after.themes)
    assert server.case(after.reference).kind == "complaint"
    assert patel.said.startswith("Corrected: complaint")


def test_one_suggested_repeat_is_put_there_and_another_is_not(patel: Somebody, server: QueueServer):
    one, other = server.waiting(asked=True, kind="enquiry")[:2]
    suggested, own = server.message(one).suggested, server.message(other).reference
    patel.open(f"/messages/{one}?in=suggested")
    patel.click("button", "Yes, put it on")
    assert (server.message(one).reference, server.message(one).suggested) == (suggested, None)
    patel.open(f"/messages/{other}?in=suggested")
    patel.click("button", "No, another matter")
    assert (server.message(other).reference, server.message(other).suggested) == (own, None)
    assert {server.message(key).status for key in (one, other)} == {"confirmed"}


def test_a_message_is_put_on_another_case(patel: Somebody, server: QueueServer):
    key, to = server.waiting(asked=False, kind="complaint")[0], server.open_cases()[0]
    patel.open(f"/messages/{key}")
    patel.unfold("It belongs elsewhere")
    patel.page.fill("#reference", to.lower())
    patel.click("button", "Put it there")
    assert (server.message(key).reference, server.message(key).status) == (to, "confirmed")


def test_a_message_is_made_a_case_of_its_own_and_another_no_case(patel: Somebody, server: QueueServer):
    shared = next(key for key in server.waiting(asked=False, on_a_case=True) if len(server.messages_of(server.message(key).reference)) > 1)
    before = server.message(shared).reference
    patel.open(f"/messages/{shared}")
    patel.unfold("It belongs elsewhere")
    patel.click("button", "Open a case of its own")
    after = server.message(shared).reference
    assert after != before
    assert server.messages_of(after) == [shared]
    alone = server.waiting(asked=False, on_a_case=True)[0]
    of_it = server.message(alone).reference
    patel.open(f"/messages/{alone}")
    patel.unfold("It belongs elsewhere")
    patel.click("button", "It is not a case")
    assert (server.message(alone).kind, server.message(alone).reference) == ("none", None)
    assert server.case(of_it).outcome == "opened_by_mistake"


def test_a_message_and_its_case_are_given_to_somebody(at_browser: Callable[..., Somebody], server: QueueServer):
    patel, mensah = at_browser("patel"), at_browser("mensah")
    key = server.waiting(asked=False, on_a_case=True)[0]
    patel.open(f"/messages/{key}")
    patel.unfold("Give it to somebody")
    patel.page.select_option("#assign-to", label="Kofi Mensah")
    patel.click("button", "Save", within=".tq-assign")
    assert patel.said.startswith("Given to Kofi Mensah.")
    assert server.case(server.message(key).reference).assigned_to == "mensah"
    mensah.open("/queue?mine=1")
    assert mensah.page.locator("[data-row]").count() == 1
    assert mensah.page.locator(f"a[href^='/messages/{key}']").is_visible()


def test_a_name_is_searched_for_and_its_case_opened(patel: Somebody, server: QueueServer):
    patel.page.fill("#find", "Trowell")
    patel.click("button", "Search", within="nav.tq-nav")
    assert patel.page.locator("mark").first.inner_text().lower() == "trowell"
    patel.click("link", "annual review was in JUNE")
    assert patel.heading == server.case_of("gemma.trowell@hearthmail.example")
    assert "read" in server.did("patel")


def test_a_note_is_written_and_a_day_set(patel: Somebody, server: QueueServer):
    reference = server.open_cases()[0]
    patel.open(f"/cases/{reference}")
    patel.page.fill("#text", "Rang the school: they will send the register.\nAsk again on Friday.")
    patel.click("button", "Add the note")
    assert [one.replace("\r\n", "\n") for one in server.notes_on(reference)] == [
        "Rang the school: they will send the register.\nAsk again on Friday."
    ]
    patel.unfold("Set when the answer is due")
    patel.page.fill("#due", "2031-03-14")
    patel.click("button", "Save the date")
    assert server.case(reference).due_on == date(2031, 3, 14)
    assert "14 March 2031" in patel.page.inner_text(".tq-facts")
    assert "Rang the school" in patel.page.inner_text(".tq-timeline")


def test_two_cases_are_merged_after_a_look_at_both_and_that_is_undone(patel: Somebody, server: QueueServer):
    one, other = server.open_cases()[:2]
    theirs = server.messages_of(one)
    patel.open(f"/cases/{one}")
    patel.unfold("Merge it into another")
    patel.page.fill("#into", other)
    patel.click("button", "Look at both")
    assert patel.heading == f"Merge {one} into {other}?"
    assert server.case(one).status == "open"
    patel.click("button", "Merge them")
    assert (patel.path, server.case(one).status) == (f"/cases/{other}", "merged")
    assert set(theirs) < set(server.messages_of(other))
    patel.click("button", "Undo")
    assert (server.case(one).status, server.messages_of(one)) == ("open", theirs)


def test_a_case_is_split(patel: Somebody, server: QueueServer):
    reference = server.open_cases(messages=2)[0]
    stays, goes = server.messages_of(reference)
    patel.open(f"/cases/{reference}")
    patel.page.locator(f"label[for=split-{goes}]").click()
    patel.click("button", "Split the ticked messages off")
    assert patel.heading == f"Split {reference}?"
    patel.click("button", "Split them")
    assert server.messages_of(reference) == [stays]
    assert server.messages_of(server.message(goes).reference) == [goes]


def test_a_case_is_closed_with_how_it_ended(patel: Somebody, server: QueueServer):
    reference = server.open_cases()[0]
    patel.open(f"/cases/{reference}")
    patel.unfold("Close it")
    patel.page.select_option("#outcome", label="Partially upheld")
    patel.click("button", "Close the case")
    assert (server.case(reference).status, server.case(reference).outcome) == ("closed", "partially_upheld")
    assert patel.said.startswith("Closed: partially upheld")
    patel.click("button", "Open it again")
    assert server.case(reference).status == "open"


def test_from_signing_in_to_closing_a_case(at_browser: Callable[..., Somebody], server: QueueServer):
    one = at_browser(None)
    one.open("/")
    one.page.fill("#name", "patel")
    one.page.fill("#password", SIGN_IN_WORDS)
    one.click("button", "Sign in")
    one.click("link", "Queue", within="nav.tq-nav")
    one.click("link", "Start with the first")
    key = int(one.path.rpartition("/")[2])
    asked = server.message(key).suggested is not None
    one.click("button", "Yes, put it on" if asked else "Confirm")
    reference = server.message(key).reference
    assert reference is not None
    one.page.fill("#find", reference)
    one.click("button", "Search", within="nav.tq-nav")
    one.click("link", reference)
    one.page.fill("#text", "Spoke to the family: they are content with the answer.")
    one.click("button", "Add the note")
    one.unfold("Close it")
    one.page.select_option("#outcome", label="Resolved early")
    one.click("button", "Close the case")
    assert (server.case(reference).status, server.case(reference).outcome) == ("closed", "resolved_early")
    one.click("button", "Sign out", within="header")
    assert one.said == "You are signed out."
