"""Officers' mail that is no case is erased when somebody says so: not by a habit, and never unsaid."""

from dataclasses import replace

from tests.support.logged import log, rows
from tests.support.web import Web, text
from tests.unit.making import labels
from triage.domain.labels import Kind

OFFICERS = ("officer-hale",)


def _words(web: Web) -> list[str | None]:
    return [row["text"] for row in rows(web.store)]


def test_what_may_be_urgent_is_erased_only_by_somebody_who_says_so_twice(web: Web):
    key = log(web.store, replace(labels(Kind.NONE), urgent=True), mailboxes=OFFICERS, text="She is not safe there.")
    browser = web.signed_in(web.person("rita"))
    said = {"action": "confirm", "version": "1", "labels": "1", "kind": "none", "urgent": "1"}
    answer = browser.post(f"/messages/{key}", said)
    assert answer.status_code == 400
    assert "Its words would be erased at once and for good" in text(answer)
    assert 'name="erase"' in text(answer)
    assert _words(web) == ["She is not safe there."]
    assert browser.post(f"/messages/{key}", {**said, "erase": "1"}).status_code == 302
    assert _words(web) == [None]


def test_a_plain_newsletter_of_an_officer_s_is_erased_at_once_and_that_is_said(web: Web):
    key = log(web.store, Kind.NONE, mailboxes=OFFICERS, text="Our autumn offers.")
    browser = web.signed_in(web.person("rita"))
    assert browser.post(f"/messages/{key}", {"action": "confirm", "version": "1"}).status_code == 302
    assert _words(web) == [None]
    assert "Its words are erased" in text(browser.get("/account"))


def test_confirming_several_says_how_many_were_erased(web: Web):
    keys = [log(web.store, Kind.NONE, mailboxes=boxes, text="Offers.") for boxes in (OFFICERS, OFFICERS, ("complaints",))]
    browser = web.signed_in(web.person("rita"))
    browser.post("/queue/confirm", {"message": [f"{key}:1" for key in keys]})
    assert "3 messages confirmed. Of 2 the words are erased" in text(browser.get("/account"))
    assert _words(web) == [None, None, "Offers."]


def test_messages_of_different_kinds_are_not_confirmed_together_and_one_is_back_at_the_queue(web: Web):
    keys = [log(web.store, kind, text="Offers.") for kind in (Kind.NONE, Kind.ENQUIRY)]
    browser = web.signed_in(web.person("rita"))
    answer = browser.post("/queue/confirm", {"message": [f"{key}:1" for key in keys]})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/queue")
    assert "not of one kind" in text(browser.get("/queue"))
