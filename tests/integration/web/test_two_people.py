"""Two people at the same thing at the same time: the second is told who did what and when, and nothing that they chose or wrote is lost."""

import re
from typing import Any

import pytest
from lxml import html
from werkzeug.test import TestResponse

from tests.support.accounts import Clock
from tests.support.arrived import log_mail
from tests.support.casework import case_of
from tests.support.mail import mail
from tests.support.web import Browser, Web, text
from tests.unit.making import labels
from triage.domain.labels import Kind, Status
from triage.domain.user import UserRole

# By the clock on the council's wall: summer time.
AT = "10:32 on 1 June 2026"


@pytest.fixture
def both(web: Web, clock: Clock) -> tuple[Browser, Browser]:
    """Rita and Tom, each with a browser, and a store with three messages that wait and their cases."""
    for name in ("rita", "tom", "una"):
        web.person(name)
    for number in range(3):
        log_mail(
            web.store,
            mail(subject=f"Minibus {number}", message_id=f"<{number}@family.example>"),
            labels(Kind.COMPLAINT),
            status=Status.REVIEW,
        )
    made = web.signed_in("rita"), web.signed_in("tom")
    clock.passes(minutes=32)
    return made


def form_of(answer: TestResponse, action: str) -> dict[str, Any]:
    """What a browser would send of the form of a page that leads there: what is typed, ticked and chosen in it."""
    page = html.fromstring(text(answer))
    [form] = [one for one in page.forms if (one.action or "").partition("?")[0].endswith(action) and one.method == "POST"]
    found: dict[str, Any] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return {name: values for name, values in found.items() if name != "csrf_token"}


def told(answer: TestResponse) -> str:
    """What the summary at the head of the page says is in the way."""
    page = html.fromstring(text(answer))
    [summary] = page.find_class("govuk-error-summary")
    return " ".join(summary.text_content().split())


def test_the_second_to_decide_is_told_what_the_first_did_and_what_they_chose_is_still_chosen(both: tuple[Browser, Browser]):
    rita, tom = both
    seen = form_of(tom.get("/messages/1"), "/messages/1")
    assert rita.post("/messages/1", {**form_of(rita.get("/messages/1"), "/messages/1"), "action": "confirm"}).status_code == 302
    chosen = {
        **seen,
        "kind": "enquiry",
        "urgent": "1",
        "theme": ["delay", "conduct"],
        "service": "send",
        "role": "mp",
        "reference": "CC-2026-000003",
    }
    answer = tom.post("/messages/1", {**chosen, "action": "confirm"})
    assert answer.status_code == 409
    assert f"Rita Shaw confirmed this at {AT}" in told(answer)
    assert "still here" in told(answer)
    again = form_of(answer, "/messages/1")
    for field in ("kind", "urgent", "service", "role", "reference"):
        assert again[field] == [chosen[field]], field
    assert again["theme"] == sorted(chosen["theme"], reverse=True) or set(again["theme"]) == set(chosen["theme"])
    assert again["version"] != seen["version"]
    assert tom.post("/messages/1", {**again, "action": "confirm"}).status_code == 302, "and they may save it all the same"


@pytest.mark.parametrize(
    ("what", "first", "second", "did"),
    [
        ("close", {"outcome": "upheld"}, {"outcome": "withdrawn", "on": "2026-05-30"}, "closed this"),
        ("due", {"due": "2026-06-20"}, {"due": "2026-07-01"}, "set when this is due"),
        ("assign", {"to": "1"}, {"to": "3", "team": "SEND"}, "assigned this"),
    ],
)
def test_the_second_to_change_a_case_is_told_and_what_they_typed_is_still_there(
    both: tuple[Browser, Browser], what: str, first: dict[str, str], second: dict[str, str], did: str
):
    rita, tom = both
    path = "/cases/CC-2026-000001"
    seen = form_of(tom.get(path), f"/{what}")
    assert rita.post(f"{path}/{what}", {**form_of(rita.get(path), f"/{what}"), **first}).status_code == 302
    answer = tom.post(f"{path}/{what}", {**seen, **second})
    assert answer.status_code == 409
    assert f"Rita Shaw {did} at {AT}" in told(answer)
    if what != "close":
        again = form_of(answer, f"/{what}")
        for field, value in second.items():
            assert again[field] == [value]
        assert again["version"] != seen["version"]
        assert tom.post(f"{path}/{what}", again).status_code == 302


@pytest.mark.parametrize("other", ["close", "due", "assign"])
def test_what_one_typed_is_still_there_where_the_other_did_something_else(both: tuple[Browser, Browser], other: str):
    rita, tom = both
    path, typed = (
        "/cases/CC-2026-000001",
        {"close": {"outcome": "upheld", "on": "2026-05-30"}, "due": {"due": "2026-07-01"}, "assign": {"to": "3"}}[other],
    )
    seen = form_of(tom.get(path), f"/{other}")
    instead = "due" if other != "due" else "assign"
    rita.post(f"{path}/{instead}", {**form_of(rita.get(path), f"/{instead}"), "due": "2026-06-20", "to": "1"})
    answer = tom.post(f"{path}/{other}", {**seen, **typed})
    assert answer.status_code == 409 and "Rita Shaw" in told(answer)
    again = form_of(answer, f"/{other}")
    assert {name: again[name] for name in typed} == {name: [value] for name, value in typed.items()}
    fold = html.fromstring(text(answer)).xpath(f"//form[contains(@action, '/{other}')]/ancestor::details[@open]")
    assert fold, "and it is not folded away"


def test_the_second_to_assign_a_message_is_told_and_whom_they_chose_is_still_chosen(both: tuple[Browser, Browser]):
    rita, tom = both
    seen = form_of(tom.get("/messages/1"), "/assign")
    rita.post("/messages/1/assign", {**form_of(rita.get("/messages/1"), "/assign"), "to": "1"})
    answer = tom.post("/messages/1/assign", {**seen, "to": "3", "team": "SEND"})
    assert answer.status_code == 409 and f"Rita Shaw assigned this at {AT}" in told(answer)
    again = form_of(answer, "/assign")
    assert (again["to"], again["team"]) == (["3"], ["SEND"])
    assert tom.post("/messages/1/assign", again).status_code == 302


def test_a_merge_of_what_changed_since_it_was_looked_at_is_not_made(both: tuple[Browser, Browser], web: Web):
    rita, tom = both
    preview = tom.get("/cases/CC-2026-000001/merge?into=CC-2026-000002")
    seen = form_of(preview, "/merge")
    assert (
        rita.post("/cases/CC-2026-000002/close", {**form_of(rita.get("/cases/CC-2026-000002"), "/close"), "outcome": "upheld"}).status_code
        == 302
    )
    answer = tom.post("/cases/CC-2026-000001/merge", seen)
    assert answer.status_code == 409
    assert f"Rita Shaw closed this at {AT}" in told(answer)
    page = html.fromstring(text(answer))
    assert page.xpath("//input[@name='into']/@value") == ["CC-2026-000002"]
    assert case_of(web.store, 1) == "CC-2026-000001"


def test_two_who_merge_the_same_two_cases_make_one_merge(both: tuple[Browser, Browser], web: Web):
    rita, tom = both
    seen = [form_of(one.get("/cases/CC-2026-000001/merge?into=CC-2026-000002"), "/merge") for one in both]
    assert rita.post("/cases/CC-2026-000001/merge", seen[0]).status_code == 302
    answer = tom.post("/cases/CC-2026-000001/merge", seen[1])
    assert answer.status_code == 409 and "Rita Shaw merged this" in told(answer)
    assert {case_of(web.store, key) for key in (1, 2)} == {"CC-2026-000002"}


def test_what_was_ticked_to_be_split_off_is_still_ticked(both: tuple[Browser, Browser]):
    rita, tom = both
    rita.post("/cases/CC-2026-000001/merge", form_of(rita.get("/cases/CC-2026-000001/merge?into=CC-2026-000002"), "/merge"))
    seen = form_of(tom.get("/cases/CC-2026-000002/split?message=1"), "/split")
    rita.post("/cases/CC-2026-000002/due", {**form_of(rita.get("/cases/CC-2026-000002"), "/due"), "due": "2026-06-20"})
    answer = tom.post("/cases/CC-2026-000002/split", seen)
    assert answer.status_code == 409 and "set when this is due" in told(answer)
    assert html.fromstring(text(answer)).xpath("//input[@name='message'][@checked]/@value") == ["1"]


def test_a_note_that_is_written_while_another_changes_the_case_is_written(both: tuple[Browser, Browser]):
    rita, tom = both
    tom.get("/cases/CC-2026-000001")
    rita.post("/cases/CC-2026-000001/close", {**form_of(rita.get("/cases/CC-2026-000001"), "/close"), "outcome": "upheld"})
    assert tom.post("/cases/CC-2026-000001/note", {"text": "I spoke to her."}).status_code == 302
    assert "I spoke to her." in text(rita.get("/cases/CC-2026-000001"))


def test_a_note_that_cannot_be_kept_is_still_in_its_field(both: tuple[Browser, Browser]):
    rita, _ = both
    long = "I spoke to her. " * 1000
    answer = rita.post("/cases/CC-2026-000001/note", {"text": long})
    assert answer.status_code == 400
    assert form_of(answer, "/note")["text"] == [long]


def test_to_confirm_a_page_full_is_to_confirm_what_nobody_else_has_decided(both: tuple[Browser, Browser]):
    rita, tom = both
    ticks = html.fromstring(text(tom.get("/queue"))).xpath("//input[@name='message']/@value")
    assert len(ticks) == 3
    rita.post("/messages/2", {**form_of(rita.get("/messages/2"), "/messages/2"), "action": "confirm"})
    tom.post("/queue/confirm", {"message": ticks})
    page = text(tom.get("/queue"))
    assert "2 messages confirmed." in page
    assert f"Rita Shaw confirmed this at {AT}" in page


def test_what_was_undone_by_one_is_told_to_the_other(both: tuple[Browser, Browser]):
    rita, tom = both
    rita.post("/messages/1", {**form_of(rita.get("/messages/1"), "/messages/1"), "action": "confirm"})
    [number] = set(re.findall(r'name="operation" value="(\d+)"', text(rita.get("/queue"))))
    for browser, says in ((rita, "Undone"), (tom, "undone already")):
        assert browser.post("/undo", {"operation": number, "to": "/queue"}).status_code == 302
        assert says in text(browser.get("/queue"))


# Who is looking


def test_whoever_comes_second_is_told_who_is_looking_and_is_given_another(both: tuple[Browser, Browser]):
    rita, tom = both
    assert "has been looking at this message" not in text(rita.get("/messages/1"))
    page = text(tom.get("/messages/1"))
    assert "Rita Shaw has been looking at this message since 10:32" in page
    assert "Rita Shaw is looking" in text(tom.get("/queue"))
    assert "is looking" not in text(rita.get("/queue"))
    assert tom.get("/queue/next").headers["Location"] == "/messages/2"
    assert "looking at this message" not in text(rita.get("/messages/1")), "to be told is to claim nothing"


def test_a_message_is_taken_over_and_lapses_by_itself(both: tuple[Browser, Browser], clock: Clock):
    rita, tom = both
    rita.get("/messages/1")
    assert tom.post("/messages/1/take-over").status_code == 302
    assert "Tom Shaw has been looking" in text(rita.get("/messages/1"))
    clock.passes(minutes=16)
    assert "has been looking" not in text(rita.get("/messages/1"))


def test_who_only_reads_claims_nothing(both: tuple[Browser, Browser], web: Web):
    web.person("olu", UserRole.AUDITOR)
    web.signed_in("olu").get("/messages/1")
    assert "has been looking" not in text(both[0].get("/messages/1"))


def test_a_claim_keeps_nobody_from_deciding(both: tuple[Browser, Browser]):
    rita, tom = both
    rita.get("/messages/1")
    answer = tom.post("/messages/1", {**form_of(tom.get("/messages/1"), "/messages/1"), "action": "confirm"})
    assert answer.status_code == 302
