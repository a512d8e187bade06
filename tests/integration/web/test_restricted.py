"""What somebody may not see is not there: on no page, in no file, figure, search or answer; on both databases.

A case is hidden from somebody because it is restricted to named people, because it is of another service than a manager's, or because no
person has looked yet at what the program took for a manager's service.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import ndiff
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.integration.web.test_routes import routes
from tests.support.accounts import Clock
from tests.support.arrived import log_mail
from tests.support.casework import case_id_of, case_of
from tests.support.mail import forward_of, mail
from tests.support.web import Browser, Web, text
from tests.unit.making import labels
from triage import desk, review
from triage.domain.labels import Kind, Service, Status
from triage.domain.user import UserRole
from triage.store.schema import Message

HALE = "r.hale@ashmere.example"
# What is in the hidden case and nowhere else: in its mail, its people, its notes, its relations, the names of its attachments.
SECRETS = ("quinceberry", "zephyrine", "marrowby", "gooseflesh", "vexillology", "oxblood")
NO_CASE, NO_KEY = "CC-2026-777777", 888
HOW = [
    ("rex", "restricted"), ("ada", "restricted"), ("olu", "restricted"), ("meg", "restricted"), ("meg", "another service"), ("meg", "not looked at"),
]  # fmt: skip


@dataclass
class World:
    """Cases that everybody sees, by reference, and what is hidden."""

    web: Web
    how: str
    open: list[str]
    keys: list[int]
    hidden: list[str]
    hidden_keys: list[int]
    operations: list[int]


def people(web: Web) -> None:
    web.person("rita", full_name="Rita Shaw")
    web.person("rex", full_name="Rex Shaw")
    web.person("ada", UserRole.ADMINISTRATOR)
    web.person("olu", UserRole.AUDITOR)
    web.person("meg", UserRole.MANAGER, address=HALE, services=(Service.TRANSPORT,))


def visible(web: Web, how: str) -> World:
    """A store with four cases that reviewers and, but for what waits, the manager see."""
    people(web)
    keys: list[int] = []
    for number, status in enumerate((Status.CONFIRMED, Status.CONFIRMED, Status.CONFIRMED, Status.REVIEW)):
        raw = mail(subject=f"Minibus {number}", message_id=f"<{number}@family.example>")
        keys += log_mail(web.store, raw, labels(Kind.COMPLAINT), status=status)
    keys += log_mail(
        web.store, forward_of(mail(subject="Late bus", message_id="<late@family.example>")), labels(Kind.COMPLAINT), status=Status.REVIEW
    )
    return World(web, how, [case_of(web.store, key) for key in keys], keys, [], [], [])


def secret_mail(number: int) -> bytes:
    return mail(
        "Quillon Marrowby <quillon.marrowby@oxblood.example>", f"Zephyrine matter {number}", "The quinceberry taxi did not come again.",
        message_id=f"<secret-{number}@oxblood.example>",
    )  # fmt: skip


def hide(world: World) -> None:
    """Log what is hidden, and do all that can be done to it."""
    web, store, rita = world.web, world.web.store, world.web.user("rita")
    service = Service.SEND if world.how == "another service" else Service.TRANSPORT
    status = Status.REVIEW if world.how == "not looked at" else Status.CONFIRMED
    of, waits = labels(Kind.COMPLAINT, service=service), world.how == "restricted"

    def logged(number: int, **more: Any) -> int:
        raw = secret_mail(number)
        [key] = log_mail(store, raw, of, status=status, **more)
        world.hidden_keys.append(key)
        return key

    first = logged(0)
    main = case_of(store, first)
    # Whom it was given to before it was restricted has it still, and sees it no more.
    given = review.assign(store, "rita", case=main, to=web.user("rex").id)
    if waits:
        desk.restrict(store, rita, main, [])
        # What waits of it would be first in every queue.
        [urgent] = log_mail(store, secret_mail(9), labels(Kind.COMPLAINT, urgent=True), case_of=first, status=Status.REVIEW)
        world.hidden_keys.append(urgent)
    second, third, other = logged(1, case_of=first), logged(2, case_of=first), logged(3)
    split = review.split(store, "rita", main, [second])
    merged = review.merge(store, "rita", case_of(store, other), main)
    related = review.link(store, "rita", main, world.open[1], "The same vexillology.")
    due = review.set_due(store, "rita", main, date(2026, 6, 2))
    desk.add_note(store, rita, main, "She told me of the gooseflesh.")
    world.operations += [one.number for one in (split, merged, related, due, given)]
    world.hidden += [main, str(split.other), str(merged.case)]
    assert third and case_of(store, second) == split.other


@pytest.fixture(scope="module")
def worlds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], World]]:
    """One world for each database and each reason why something is hidden."""
    made: dict[tuple[str, str], World] = {}

    def world(database: str, how: str) -> World:
        if (database, how) not in made:
            folder = tmp_path_factory.mktemp("world")
            url = f"sqlite:///{folder}/triage.db" if database == "sqlite" else request.getfixturevalue("postgres").new_database()
            made[database, how] = visible(Web(url, folder, Clock()), how)
            hide(made[database, how])
        return made[database, how]

    yield world
    for one in made.values():
        one.web.close()


@pytest.fixture(params=[("sqlite", *one) for one in HOW] + [("postgresql", *one) for one in (HOW[0], HOW[-1])], ids="-".join)
def world(request: pytest.FixtureRequest, worlds: Callable[[str, str], World]) -> tuple[World, str]:
    database, who, how = request.param
    return worlds(database, how), who


# Pages


def addresses(world: World, who: str) -> list[str]:
    """Every page that somebody might look at, but for searches, in every order and under every filter."""
    queue = [
        "",
        *(f"in={one}" for one in ("everything", "urgent", "unsure", "suggested", "logged")),
        "sort=newest",
        "sort=oldest",
        "sort=unsure",
    ]
    queue += ["mine=1", "kind=complaint", "service=transport", "service=send", "team=Travel", "mailbox=complaints", "process=corporate"]
    cases = [
        "",
        "status=open",
        "status=closed",
        "status=merged",
        "due=week",
        "due=overdue",
        "mine=1",
        "urgent=1",
        "restricted=1",
        "sort=due",
        "sort=oldest",
    ]
    cases += ["kind=complaint", "service=transport", "service=send", "team=Travel", "process=corporate"]
    found = [
        "/",
        "/queue/counts",
        "/queue/next",
        "/forwarded",
        "/health",
        "/health/quarantine",
        "/account",
        "/search",
        "/people",
        f"/people/{who}",
    ]
    found += [f"/queue?{one}" for one in queue] + [f"/queue/next?{one}" for one in queue]
    found += [f"/queue?like={key}" for key in world.keys] + [f"/queue/next?after={key}" for key in world.keys]
    found += [f"/cases{ending}?{one}" for one in cases for ending in ("", ".csv")]
    for reference in world.open:
        found += [f"/cases/{reference}{more}" for more in ("", "/who-read-it", "/who-sees-it", f"/merge?into={world.open[0]}", "/split")]
    for key in world.keys:
        found += [f"/messages/{key}{more}" for more in ("", "/whole", "/formatted", "/raw", "/attachments/0")]
    return found


def told_of(page: str, world: World) -> list[str]:
    """What of the hidden case stands on a page."""
    return [word for word in (*SECRETS, *world.hidden) if word.lower() in page.lower()]


def test_no_page_holds_a_word_name_address_or_reference_of_what_is_hidden(world: tuple[World, str]):
    made, who = world
    browser, seen = made.web.signed_in(who), 0
    for path in addresses(made, who):
        answer = browser.get(path)
        if who == "ada" and path == "/people":
            # An administrator is told by its reference alone that there is a restricted case, so as to name somebody for it.
            assert set(told_of(text(answer), made)) <= set(made.hidden)
            continue
        assert told_of(f"{text(answer)} {answer.headers}", made) == [], path
        seen += answer.status_code == 200
    assert seen > 20


def test_whoever_is_named_sees_it_all(world: tuple[World, str]):
    made, _ = world
    browser = made.web.signed_in("rita")
    page = text(browser.get(f"/cases/{made.hidden[0]}"))
    assert set(told_of(page, made)) == {*SECRETS, *made.hidden}
    assert made.open[1] in page
    for word in ("quinceberry", "marrowby", "zephyrine", "quillon.marrowby@oxblood.example"):
        assert made.hidden[0] in text(browser.get("/search", query_string={"words": word})), word
    assert made.hidden[0] in text(browser.get("/cases.csv"))
    assert made.hidden[0] in text(browser.get(f"/cases/{made.open[1]}")), "what it is related to leads to it"
    for key in made.hidden_keys:
        assert b"quinceberry" in browser.get(f"/messages/{key}/raw").get_data()
        assert browser.get(f"/messages/{key}").status_code == 200


def differences(one: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    """The lines that differ."""
    if one == other:
        return []
    return [line for line in ndiff("\n".join(one).split("\n"), "\n".join(other).split("\n")) if not line.startswith((" ", "?"))]


def test_every_page_is_the_same_as_before_there_was_anything_hidden(web: Web):
    made = visible(web, "restricted")
    # All that is to be seen of the reading itself stands there before.
    browsers = {who: web.signed_in(who) for who in ("rex", "ada", "olu", "meg")}
    # Each download is in the audit anew, and so changes what the page about it says; an administrator is told what is restricted.
    pages = {who: [path for path in addresses(made, who) if path != "/people" and not path.endswith("/raw")] for who in browsers}

    def everything() -> dict[tuple[str, str], str]:
        return {(who, path): _shown(browsers[who].get(path)) for who in browsers for path in pages[who]}

    everything()
    before = everything()
    hide(made)
    after = everything()
    assert {one: differences((before[one],), (after[one],)) for one in before if before[one] != after[one]} == {}


def _shown(answer: TestResponse) -> str:
    return f"{answer.status_code} {answer.headers.get('Location')} {text(answer)}"


# Searches


def test_a_search_for_what_is_hidden_finds_what_a_search_for_nothing_finds(world: tuple[World, str]):
    made, who = world
    browser = made.web.signed_in(who)
    for word in ("quinceberry", "marrowby", "Quillon Marrowby", "quillon.marrowby@oxblood.example", "zephyrine", "gooseflesh", "quinc"):
        nothing = "".join(chr(ord(letter) ^ 1) if letter.isalpha() and letter.lower() not in "z`" else letter for letter in word)
        found = text(browser.get("/search", query_string={"words": word}))
        assert found.replace(word, "#") == text(browser.get("/search", query_string={"words": nothing})).replace(nothing, "#"), word
        assert "Nothing was found" in found
    for reference in made.hidden:
        for word, nothing in (
            (reference, NO_CASE),
            (reference[3:], NO_CASE[3:]),
            (reference.lower(), NO_CASE.lower()),
            (reference[-6:], NO_CASE[-6:]),
        ):
            one, other = (browser.get("/search", query_string={"words": asked}) for asked in (word, nothing))
            assert differences(alike(one, word), alike(other, nothing)) == [], word


# Answers


def alike(answer: TestResponse, *own: str) -> tuple[str, ...]:
    """An answer, with what somebody asked for themselves taken out where it is repeated to them."""
    page, headers = (
        text(answer),
        sorted(f"{name}: {value}" for name, value in answer.headers if name not in ("Set-Cookie", "Content-Length")),
    )
    said = "\n".join(headers)
    for one in own:
        if one.isdigit() and len(one) < 6:
            page = re.sub(
                rf"((?:message |operation |/messages/|like=|after=|name=\"(?:like|message|operation)\" value=\"|Message )){one}\b",
                r"\1#",
                page,
            )
            said = re.sub(rf"((?:/messages/|like=|after=)){one}\b", r"\1#", said)
        else:
            page, said = page.replace(one, "#"), said.replace(one, "#")
    return answer.status, said, page


EVERYTHING = {
    "outcome": "upheld", "version": "1", "due": "2026-07-01", "text": "A note.", "reader": "1", "to": "1", "why": "x", "team": "SEND", "labels": "1",
}  # fmt: skip


def forms(rule: str, world: World, reference: str, key: int, operation: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Addresses and forms of a route that name this case, message or operation, in the address or in the form."""
    mine, my_key, number = world.open[0], world.keys[0], str(key)
    filled = rule.replace("<reference>", "{0}").replace("<int:key>", "{1}").replace("<int:number>", "0")
    path, on = filled.format(reference, key), filled.format(mine, my_key)
    if path != filled:
        whole = {**EVERYTHING, "into": mine, "other": mine, "reference": mine, "message": str(my_key)}
        for data in ({}, whole, {**whole, "action": "lift"}):
            yield path, data
        if filled == "/messages/{1}":
            for action in ("confirm", "join", "keep", "none", "new", "put", "nonsense"):
                yield path, {**whole, "action": action, "kind": "enquiry"}
    if rule.endswith("/who-sees-it"):
        return
    for data in (
        {"into": reference, "other": reference, "reference": reference, "why": "x"}, {"message": number}, {"message": f"{number}:1"},
        {"like": number, "after": number}, {"like": number}, {"after": number}, {"operation": str(operation)},
    ):  # fmt: skip
        # Nothing else in it could be done: what was done once is answered otherwise the second time.
        yield on, {"action": "put", "labels": "1", **data}


def test_every_route_answers_to_what_is_hidden_as_to_what_does_not_exist(world: tuple[World, str]):
    made, who = world
    browser, asked = made.web.signed_in(who), 0
    for method, rule in routes(made.web.app):
        if rule.rule.startswith(("/sign-", "/account", "/own", "/made", "/people", "/council")):
            continue
        for reference, key, operation in list(_each(made))[: 3 if rule.arguments and method == "POST" else 1]:
            theirs = list(forms(rule.rule, made, reference, key, operation))
            nobodys = list(forms(rule.rule, made, NO_CASE, NO_KEY, 999))
            for (path, data), (other_path, other_data) in zip(theirs, nobodys, strict=True):
                one, other = _ask(browser, method, path, data), _ask(browser, method, other_path, other_data)
                for answer, answer_to_nobodys in zip(one, other, strict=True):
                    told = alike(answer, reference, str(key), str(operation))
                    nobodys_told = alike(answer_to_nobodys, NO_CASE, str(NO_KEY), "999")
                    assert differences(told, nobodys_told) == [], (method, path, data)
                asked += 1
    assert asked > 300


def _each(world: World) -> Iterator[tuple[str, int, int]]:
    yield from zip(world.hidden, world.hidden_keys, world.operations, strict=False)


def _ask(browser: Browser, method: str, path: str, data: dict[str, Any]) -> list[TestResponse]:
    if method == "GET":
        return [browser.get(path, query_string=data)]
    answer = browser.post(path, data, query_string=data)
    # What was left to be said stands on the next page.
    return [answer, browser.get("/account")] if answer.status_code == 302 else [answer]


def test_nothing_that_somebody_sent_about_what_is_hidden_from_them_has_changed_it(web: Web):
    made = visible(web, "restricted")
    hide(made)
    before = [one for one in web.store.export_cases() if one["reference"] in made.hidden]
    messages = [one for one in web.store.export_messages() if one["case"] in made.hidden]
    browser = web.signed_in("rex")
    for method, rule in routes(web.app):
        if method == "POST" and not rule.rule.startswith(("/sign-", "/account", "/people")):
            for reference, key, operation in _each(made):
                for path, data in forms(rule.rule, made, reference, key, operation):
                    browser.post(path, data, query_string=data)
    assert [one for one in web.store.export_cases() if one["reference"] in made.hidden] == before
    assert [one for one in web.store.export_messages() if one["case"] in made.hidden] == messages


# What waits, and may belong to a case that is hidden


@pytest.fixture
def asked_about(web: Web) -> tuple[World, int, int]:
    """A message that everybody sees, of which the program asks whether it belongs to a restricted case; and one like it, not asked about."""
    made = visible(web, "restricted")
    hide(made)
    to = case_id_of(web.store, made.hidden[0])
    [asked] = log_mail(web.store, mail(subject="Minibus 7", message_id="<7@family.example>"), suggested=to)
    [plain] = log_mail(web.store, mail(subject="Minibus 8", message_id="<8@family.example>"))
    return made, asked, plain


def test_of_a_message_that_may_belong_to_a_hidden_case_that_case_is_not_told(asked_about: tuple[World, int, int]):
    made, asked, _ = asked_about
    for who in ("rex", "ada", "olu"):
        browser = made.web.signed_in(who)
        for path in (
            "/queue",
            "/queue?in=suggested",
            "/queue/next?in=suggested",
            f"/messages/{asked}",
            f"/messages/{asked}/whole",
            "/search?words=minibus",
        ):
            assert told_of(text(browser.get(path)), made) == [], path
    assert made.hidden[0] in text(made.web.signed_in("rita").get(f"/messages/{asked}"))


def test_the_queue_does_not_tell_that_somebody_else_is_asked_about_a_message(asked_about: tuple[World, int, int]):
    made, asked, plain = asked_about
    for who, told in (("rex", False), ("rita", True)):
        browser = made.web.signed_in(who)
        repeats, unsure = text(browser.get("/queue?in=suggested")), text(browser.get("/queue?in=unsure"))
        assert ("Minibus 7" in repeats, "Minibus 7" in unsure) == (told, not told)
        assert "Minibus 8" in unsure
    rex = made.web.signed_in("rex")
    versions = dict(
        made.web.store.look(
            lambda connection, now: [(row.id, row.version) for row in connection.execute(select(Message.id, Message.version))]
        )
    )
    rex.post("/queue/confirm", {"message": [f"{key}:{versions[key]}" for key in (asked, plain)]})
    statuses = {row["subject"]: row["status"] for row in made.web.store.export_messages()}
    assert (statuses["Minibus 7"], statuses["Minibus 8"]) == ("confirmed", "confirmed")


@pytest.mark.parametrize("action", ["join", "keep"])
def test_whoever_may_not_see_the_case_that_is_suggested_cannot_answer_whether_it_belongs_there(
    asked_about: tuple[World, int, int], action: str
):
    made, asked, plain = asked_about
    browser = made.web.signed_in("rex")
    answers = [browser.post(f"/messages/{key}", {"action": action, "version": "1"}) for key in (asked, plain)]
    assert [one.status_code for one in answers] == [409, 409]
    for key, one in zip((asked, plain), answers, strict=True):
        assert f"No case is suggested for message {key}" in text(one)
        assert told_of(text(one), made) == []
    waiting = {one.id: one.suggested for one in made.web.store.waiting()}
    assert waiting[asked] == made.hidden[0] and waiting[plain] is None


@pytest.mark.parametrize("action", ["confirm", "none", "new", "put"])
def test_they_decide_what_it_is_and_where_it_goes_without_learning_of_the_case(asked_about: tuple[World, int, int], action: str):
    made, asked, _ = asked_about
    browser = made.web.signed_in("rex")
    answer = browser.post(
        f"/messages/{asked}", {"action": action, "version": "1", "labels": "1", "kind": "complaint", "reference": made.open[0]}
    )
    assert answer.status_code == 302, text(answer)
    for path in ("/account", f"/messages/{asked}", f"/cases/{made.open[0]}"):
        assert told_of(text(browser.get(path)), made) == [], path


def test_a_manager_is_told_of_what_they_forwarded_and_is_hidden_now_that_it_was_logged_and_no_more(web: Web):
    made = visible(web, "restricted")
    desk.restrict(web.store, web.user("rita"), made.open[4], [])
    browser = web.signed_in("meg")
    page = text(browser.get("/forwarded"))
    assert "Late bus" in page and "Dawn Pickering" in page, "they sent it themselves"
    assert made.open[4] not in page and "complaint;" not in page
    assert browser.get(f"/messages/{made.keys[4]}/whole").status_code == 404


# What is restricted later, and who was there before


def test_what_is_restricted_now_is_gone_from_pages_that_were_open_before(web: Web):
    made = visible(web, "restricted")
    browser = web.signed_in("rex")
    reference, key = made.open[0], made.keys[0]
    assert browser.get(f"/cases/{reference}").status_code == 200
    desk.restrict(web.store, web.user("rita"), reference, [])
    for path in (f"/cases/{reference}", f"/messages/{key}", f"/messages/{key}/whole", f"/messages/{key}/raw"):
        assert browser.get(path).status_code == 404
    for what in ("close", "assign", "due", "note", "merge", "link"):
        assert browser.post(f"/cases/{reference}/{what}", {"version": "1"}).status_code == 404
    assert reference not in text(browser.get("/cases"))


def test_an_administrator_names_somebody_by_the_reference_alone(web: Web):
    made = visible(web, "restricted")
    hide(made)
    browser = web.signed_in("ada")
    page = text(browser.get(f"/people/restricted/{made.hidden[0]}"))
    assert told_of(page, made) == [made.hidden[0]]
    browser.post(f"/people/restricted/{made.hidden[0]}", {"reader": str(web.user("rex").id)})
    assert web.signed_in("rex").get(f"/cases/{made.hidden[0]}").status_code == 200
    assert browser.get(f"/cases/{made.hidden[0]}").status_code == 404
    nobody, open_one = (alike(browser.get(f"/people/restricted/{one}"), one) for one in (NO_CASE, made.open[0]))
    assert nobody == open_one
