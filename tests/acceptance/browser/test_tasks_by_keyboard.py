"""The same tasks by the keyboard alone: nothing here is pressed with a mouse, and no field is filled but by typing into it."""

from collections.abc import Callable
from datetime import date

from tests.support.browser import Somebody
from tests.support.queue_server import SIGN_IN_WORDS, QueueServer


def sign_in(one: Somebody) -> None:
    one.tab_to("User name")
    one.type("patel")
    one.tab_to("Password")
    one.type(SIGN_IN_WORDS)
    one.go("Enter")


def test_somebody_signs_in(at_browser: Callable[..., Somebody], server: QueueServer):
    one = at_browser(None)
    one.open("/queue")
    sign_in(one)
    assert (one.path, one.heading) == ("/queue", "Queue")
    one.tab_to("Sign out")
    one.go("Enter")
    assert one.said == "You are signed out."


def test_the_skip_link_leads_past_the_head_of_the_page(patel: Somebody):
    patel.open("/queue")
    patel.press("Tab", "Enter", "Tab")
    assert patel.page.evaluate("document.activeElement.closest('main') !== null")


def test_a_message_is_confirmed_and_the_next_one_comes(patel: Somebody, server: QueueServer):
    first = server.waiting(asked=False)[0]
    patel.open(f"/messages/{first}?in=everything")
    patel.go("c")
    assert server.message(first).status == "confirmed"
    assert patel.path.startswith("/messages/")
    assert patel.said.startswith("Confirmed: ")
    patel.go("u")
    assert (server.message(first).status, patel.path) == ("review", f"/messages/{first}")


def test_rows_are_gone_through_ticked_and_opened(patel: Somebody, server: QueueServer):
    patel.open("/queue?in=unsure")
    patel.press("j", "j", "k", "j")
    second = patel.page.locator("[data-row]").nth(1)
    assert second.locator("[data-open]").evaluate("one => one === document.activeElement")
    patel.press("x")
    assert second.locator("input[type=checkbox]").is_checked()
    words = second.locator("[data-open]").inner_text()
    patel.go("Enter")
    assert patel.heading == words
    patel.go("q")
    assert patel.path == "/queue?in=unsure"


def test_kind_process_service_and_theme_are_corrected(patel: Somebody, server: QueueServer):
    key = server.waiting(asked=False, kind="compliment")[0]
    patel.open(f"/messages/{key}")
    patel.press("1", "s", "v")
    patel.type("Children in c")
    patel.press("Escape", "t")
    patel.tab_to("Delay")
    patel.press("Space")
    # On a choice, Enter does what the main button does.
    patel.go("Enter")
    after = server.message(key)
    assert (after.status, after.kind, after.process, after.service) == ("corrected", "complaint", "statutory", "children_in_care")
    assert "delay" in after.themes


def test_one_suggested_repeat_is_put_there_and_another_is_not(patel: Somebody, server: QueueServer):
    one, other = server.waiting(asked=True, kind="enquiry")[:2]
    suggested, own = server.message(one).suggested, server.message(other).reference
    patel.open(f"/messages/{one}?in=suggested")
    # A habit must not answer a question: the key that confirms only goes there.
    patel.press("c")
    assert patel.focused.startswith("Yes, put it on")
    assert server.message(one).status == "review"
    patel.go("y")
    assert (server.message(one).reference, server.message(one).status) == (suggested, "confirmed")
    patel.open(f"/messages/{other}?in=suggested")
    patel.go("n")
    assert (server.message(other).reference, server.message(other).suggested, server.message(other).status) == (own, None, "confirmed")


def test_a_message_is_put_on_another_case(patel: Somebody, server: QueueServer):
    key, to = server.waiting(asked=False, kind="complaint")[0], server.open_cases()[0]
    patel.open(f"/messages/{key}")
    patel.press("m")
    patel.tab_to("Put it on the case")
    patel.type(to)
    patel.go("Enter")
    assert (server.message(key).reference, server.message(key).status) == (to, "confirmed")


def test_a_message_is_made_a_case_of_its_own_and_another_no_case(patel: Somebody, server: QueueServer):
    shared = next(key for key in server.waiting(asked=False, on_a_case=True) if len(server.messages_of(server.message(key).reference)) > 1)
    patel.open(f"/messages/{shared}")
    patel.press("m")
    patel.tab_to("Open a case of its own")
    patel.go("Enter")
    assert server.messages_of(server.message(shared).reference) == [shared]
    alone = server.waiting(asked=False, on_a_case=True)[0]
    patel.open(f"/messages/{alone}")
    patel.press("4")
    patel.go("c")
    assert (server.message(alone).kind, server.message(alone).reference) == ("none", None)


def test_a_message_and_its_case_are_given_to_somebody(patel: Somebody, server: QueueServer):
    key = server.waiting(asked=False, on_a_case=True)[0]
    patel.open(f"/messages/{key}")
    patel.press("a")
    patel.tab_to("Person")
    patel.type("Kofi")
    patel.tab_to("Save")
    patel.go("Enter")
    assert server.case(server.message(key).reference).assigned_to == "mensah"


def test_a_name_is_searched_for_and_its_case_opened(patel: Somebody, server: QueueServer):
    patel.press("/")
    patel.type("Trowell")
    patel.go("Enter")
    patel.press("j")
    patel.go("Enter")
    assert patel.heading == server.case_of("gemma.trowell@hearthmail.example")


def test_a_note_is_written_and_a_day_set(patel: Somebody, server: QueueServer):
    reference = server.open_cases()[0]
    patel.open(f"/cases/{reference}")
    patel.press("n")
    patel.type("Rang the school.")
    patel.tab_to("Add the note")
    patel.go("Enter")
    assert server.notes_on(reference) == ["Rang the school."]
    patel.press("d")
    patel.tab_to("Answer due by")
    # Month and day are typed in the order of the machine: a day that is the same in both.
    patel.type("05052031")
    patel.go("Enter")
    assert server.case(reference).due_on == date(2031, 5, 5)


def test_two_cases_are_merged_after_a_look_at_both_and_that_is_undone(patel: Somebody, server: QueueServer):
    one, other = server.open_cases()[:2]
    patel.open(f"/cases/{one}")
    patel.press("m")
    patel.tab_to("The case that stays")
    patel.type(other)
    patel.go("Enter")
    assert patel.heading == f"Merge {one} into {other}?"
    patel.tab_to("Merge them")
    patel.go("Enter")
    assert server.case(one).status == "merged"
    patel.go("u")
    assert server.case(one).status == "open"


def test_a_case_is_split(patel: Somebody, server: QueueServer):
    reference = server.open_cases(messages=2)[0]
    stays, goes = server.messages_of(reference)
    patel.open(f"/cases/{reference}")
    patel.tab_to("This is about another matter")
    patel.tab_to("This is about another matter")
    patel.press("Space")
    patel.tab_to("Split the ticked messages off")
    patel.go("Enter")
    patel.tab_to("Split them")
    patel.go("Enter")
    assert (server.messages_of(reference), server.messages_of(server.message(goes).reference)) == ([stays], [goes])


def test_a_case_is_closed_with_how_it_ended(patel: Somebody, server: QueueServer):
    reference = server.open_cases()[0]
    patel.open(f"/cases/{reference}")
    patel.press("e")
    patel.tab_to("How did it end?")
    patel.type("Not u")
    patel.tab_to("Close the case")
    patel.go("Enter")
    assert (server.case(reference).status, server.case(reference).outcome) == ("closed", "not_upheld")


def test_from_signing_in_to_closing_a_case(at_browser: Callable[..., Somebody], server: QueueServer):
    one = at_browser(None)
    one.open("/queue")
    sign_in(one)
    one.go("Enter")
    key = int(one.path.rpartition("/")[2])
    one.go("y" if server.message(key).suggested else "c")
    reference = server.message(key).reference
    one.press("/")
    one.type(reference)
    one.go("Enter")
    one.tab_to(reference)
    one.tab_to(reference)
    one.go("Enter")
    assert one.heading == reference
    one.press("n")
    one.type("They are content with the answer.")
    one.tab_to("Add the note")
    one.go("Enter")
    one.press("e")
    one.tab_to("How did it end?")
    one.type("Res")
    one.tab_to("Close the case")
    one.go("Enter")
    assert (server.case(reference).status, server.case(reference).outcome) == ("closed", "resolved_early")
    one.tab_to("Sign out")
    one.go("Enter")
    assert one.said == "You are signed out."


def test_the_help_for_the_keys_opens_and_closes(patel: Somebody):
    for path in ("/queue", "/messages/7", "/cases/CC-2026-000001"):
        patel.open(path)
        patel.press("?")
        assert patel.page.locator("dialog#keys").is_visible()
        patel.press("Escape")
        assert not patel.page.locator("dialog#keys").is_visible()


# What somebody reading the sample mail decides of it, and the keys that say so, by its subject. Where nothing is said, they agree.
_KEYS = {
    # The child's mother writes on the father's complaint, and says so.
    "Re: [CC-2026-000002] We have received your complaint": ("y",),
    # A foster carer's thanks, and then a grievance.
    "The school place, and another matter": ("1", "c"),
    # The program takes her for a school; she is a parent.
    "choosing a secondary, Year 6 with an EHCP": ("w", "P", "a", "Escape", "n"),
    "RE: Consent form": ("y",),
}


def test_ten_messages_are_confirmed_or_corrected_with_few_keys(patel: Somebody, server: QueueServer):
    patel.open("/queue")
    patel.presses = 0
    patel.go("Enter")
    decided, corrected = [], []
    for _ in range(10):
        key = int(patel.path.rpartition("/")[2])
        asked = server.message(key).suggested is not None
        *before, last = _KEYS.get(patel.heading, ("n" if asked else "c",))
        if before:
            corrected.append(key)
        patel.press(*before)
        patel.expected.add(400)
        patel.go(last)
        if patel.page.locator("#erase").count():
            # An officer's mail that may be urgent: that its words are erased is said twice.
            patel.press("x")
            patel.go(last)
        decided.append(key)
    assert len(set(decided)) == 10
    assert {server.message(key).status for key in decided} == {"confirmed", "corrected"}
    assert {(server.message(key).kind, server.message(key).role) for key in corrected} == {
        ("complaint", "foster_carer"),
        ("enquiry", "parent_carer"),
    }
    print(f"ten messages decided with {patel.presses} key presses")
    assert patel.presses < 40
