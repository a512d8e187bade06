"""What people decide about a message, with the case where it belongs, is one operation and can be undone, on both databases."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.support.casework import PERSON, RITA, TOM, asked, case_id_of, case_of, exported, follow_up, relations
from tests.support.database import writing
from tests.support.logged import at, audit, cases, log, rows
from tests.support.people import person
from tests.unit.making import labels
from triage import review
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Process, Role, Service, Theme
from triage.domain.user import UserRole
from triage.errors import CallError, ConflictError, NotFound
from triage.review import Change, Decided, answer, close, confirm, confirm_all, correct, merge, move, open_new, put_on, settle, split, undo
from triage.store.casestore import CaseStore
from triage.store.schema import Case, CaseLink, CaseOperation, Correspondent, Delivery, Message, MessageParticulars

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
OTHER = "bob at the command line"
TO_COMPLAINT = Change(kind=C, process=Process.STATUTORY, themes=(Theme.DELAY,))


def _all(store_url: str) -> dict[str, Any]:
    """Everything that a decision may change, without versions, and without cases on which nothing is any more."""
    with writing(store_url) as connection:
        versionless = {
            table.__tablename__: [
                {name: value for name, value in row._mapping.items() if name != "version"}
                for row in connection.execute(select(table.__table__).order_by(table.__table__.c.id))
            ]
            for table in (Message, Case, Delivery, Correspondent, CaseLink)
        }
    people = versionless["correspondent"]
    versionless["correspondent"] = sorted(people, key=lambda row: (row["case_id"], row["address"]))
    for row in people:
        row.pop("id")
    return versionless


def _but_for_new(found: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Without cases that were not there before."""
    known = {row["id"] for row in before["complaint_case"]}
    return {**found, "complaint_case": [row for row in found["complaint_case"] if row["id"] in known]}


def _version(store: CaseStore, key: int) -> int:
    return store.look(lambda connection, now: connection.execute(select(Message.version).where(Message.id == key)).scalar_one())


@pytest.fixture
def town(store: CaseStore) -> tuple[str, str]:
    """Joan's enquiry (1) with Tom's (2) on the first case; her complaint (3) on the second; Rita's complaint (4), which may belong to the
    first; something that was put aside as nothing (5); and (6), which was put aside and may belong to the second."""
    first = log(store, labels(E, themes=(Theme.DELAY,)), received=at(1))
    follow_up(store, first, E, author=TOM, received=at(2))
    second = log(store, labels(C, urgent=True), received=at(3))
    log(store, C, author=RITA, received=at(4), suggested=case_id_of(store, case_of(store, first)), sure=True)
    log(store, N, author=RITA, received=at(5))
    log(store, N, author=TOM, received=at(6), suggested=case_id_of(store, case_of(store, second)))
    return case_of(store, first), case_of(store, second)


_DECISIONS: dict[str, Callable[[CaseStore, str, str], Decided]] = {
    "confirm": lambda s, a, b: confirm(s, PERSON, 1),
    "confirm that it is nothing": lambda s, a, b: confirm(s, PERSON, 5),
    "correct": lambda s, a, b: correct(s, PERSON, 1, TO_COMPLAINT),
    "correct who wrote": lambda s, a, b: correct(s, PERSON, 2, Change(role=Role.ADVOCATE, service=Service.SEND)),
    "put aside one of two": lambda s, a, b: correct(s, PERSON, 1, Change(kind=N)),
    "put aside the only one": lambda s, a, b: correct(s, PERSON, 3, Change(kind=N)),
    "put aside what is asked about": lambda s, a, b: correct(s, PERSON, 4, Change(kind=N)),
    "take up": lambda s, a, b: correct(s, PERSON, 5, TO_COMPLAINT),
    "join": lambda s, a, b: answer(s, PERSON, 4, join=True),
    "join and correct": lambda s, a, b: answer(s, PERSON, 4, join=True, change=Change(kind=E, role=Role.MP)),
    "join what was put aside": lambda s, a, b: answer(s, PERSON, 6, join=True, change=TO_COMPLAINT),
    "keep": lambda s, a, b: answer(s, PERSON, 4, join=False),
    "keep and correct": lambda s, a, b: answer(s, PERSON, 4, join=False, change=Change(urgent=True)),
    "keep and put aside": lambda s, a, b: answer(s, PERSON, 4, join=False, change=Change(kind=N)),
    "keep what is nothing": lambda s, a, b: answer(s, PERSON, 6, join=False),
    "keep what was put aside and is something": lambda s, a, b: answer(s, PERSON, 6, join=False, change=TO_COMPLAINT),
    "open new": lambda s, a, b: open_new(s, PERSON, 1),
    "open new and correct": lambda s, a, b: open_new(s, PERSON, 2, TO_COMPLAINT),
    "open new where it is alone": lambda s, a, b: open_new(s, PERSON, 3),
    "open new where another is suggested": lambda s, a, b: open_new(s, PERSON, 4),
    "open new for what was put aside": lambda s, a, b: open_new(s, PERSON, 6, TO_COMPLAINT),
    "put on": lambda s, a, b: put_on(s, PERSON, 1, b),
    "put on and correct": lambda s, a, b: put_on(s, PERSON, 2, b, Change(kind=C, process=Process.CORPORATE)),
    "put the only one on": lambda s, a, b: put_on(s, PERSON, 3, a),
    "put on the suggested one": lambda s, a, b: put_on(s, PERSON, 4, a),
    "put on another than the suggested one": lambda s, a, b: put_on(s, PERSON, 4, b),
    "put on what was put aside": lambda s, a, b: put_on(s, PERSON, 5, a, TO_COMPLAINT),
}  # fmt: skip


@pytest.mark.parametrize("name", _DECISIONS)
def test_a_decision_that_is_undone_leaves_everything_as_it_was(store: CaseStore, store_url: str, town: tuple[str, str], name: str):
    before = _all(store_url)
    done = _DECISIONS[name](store, *town)
    assert done.operation is not None and not done.erased
    assert _all(store_url) != before
    undo(store, OTHER, done.operation)
    assert _but_for_new(_all(store_url), before) == before
    assert all(case["messages"] == [] == case["correspondents"] for case in cases(store)[len(before["complaint_case"]) :])
    last = audit(store_url)[-1]
    assert (last.action, last.actor, last.detail["operation"]) == ("undone", OTHER, done.operation)
    with pytest.raises(ConflictError, match="is undone already"):
        undo(store, PERSON, done.operation)
    again = _DECISIONS[name](store, *town)
    undo(store, OTHER, again.operation or 0)
    assert _but_for_new(_all(store_url), before) == before, "what was undone can be done once more"


def test_what_was_decided_is_said_with_the_case_and_the_number(store: CaseStore, town: tuple[str, str]):
    assert confirm(store, PERSON, 1) == Decided(1, town[0], 1)
    assert confirm(store, PERSON, 1) == Decided(1, town[0], None), "nothing was changed by that, so nothing is undone"
    assert correct(store, PERSON, 4, Change(kind=E)) == Decided(4, case_of(store, 4), 2, asked=town[0])
    assert answer(store, PERSON, 4, join=True) == Decided(4, town[0], 3)


def test_what_waited_waits_again_and_nobody_learns_from_it(store: CaseStore, town: tuple[str, str]):
    done = correct(store, PERSON, 1, TO_COMPLAINT)
    assert [one.id for one in store.corrections()] == [1]
    undo(store, PERSON, done.operation or 0)
    assert store.corrections() == []
    assert 1 in asked(store)


def test_a_case_that_only_a_decision_opened_was_opened_by_mistake_once_that_is_undone(
    store: CaseStore, store_url: str, town: tuple[str, str]
):
    done = correct(store, PERSON, 5, TO_COMPLAINT)
    undo(store, OTHER, done.operation or 0)
    gone = exported(store, done.reference or "")
    assert (gone["status"], gone["outcome"], gone["kind"], gone["messages"], gone["merged_into"]) == (
        "closed",
        "opened_by_mistake",
        "none",
        [],
        None,
    )
    [event] = [event for event in audit(store_url) if event.action == "opened by mistake"]
    assert event.actor == OTHER
    again = correct(store, PERSON, 5, TO_COMPLAINT)
    assert int((again.reference or "")[-6:]) == int((done.reference or "")[-6:]) + 1, "its number is not given again"


def test_the_reference_of_a_case_that_was_opened_for_one_of_several_leads_on_when_that_is_undone(store: CaseStore, town: tuple[str, str]):
    done = open_new(store, PERSON, 2)
    undo(store, PERSON, done.operation or 0)
    assert exported(store, done.reference or "")["merged_into"] == town[0]


def test_the_decision_that_erased_an_officers_mail_cannot_be_undone_and_says_so(store: CaseStore, store_url: str):
    first = log(store, C)
    suggested = case_id_of(store, case_of(store, first))
    keys = [log(store, C, mailboxes=("officer-hale",), suggested=suggested) for _ in range(2)]
    correct(store, PERSON, log(store, C), Change(kind=E))
    assert correct(store, PERSON, keys[0], Change(kind=N)) == Decided(keys[0], None, None, erased=True)
    assert answer(store, PERSON, keys[1], join=False, change=Change(kind=N)) == Decided(keys[1], None, None, erased=True)
    with writing(store_url) as connection:
        assert connection.execute(select(func.count()).select_from(CaseOperation)).scalar_one() == 1
    assert asked(store) == {first: None}
    with pytest.raises(NotFound, match="there is no operation 2"):
        undo(store, PERSON, 2)


def test_what_is_compared_with_later_mail_is_made_anew_where_a_message_is_something_else_again(
    store: CaseStore, store_url: str, town: tuple[str, str]
):
    def wanted() -> list[int]:
        with writing(store_url) as connection:
            return list(connection.execute(select(MessageParticulars.message_pk).where(MessageParticulars.tries.is_not(None))).scalars())

    done = correct(store, PERSON, 3, Change(kind=N))
    assert wanted() == []
    undo(store, PERSON, done.operation or 0)
    assert wanted() == [3]
    undo(store, PERSON, confirm(store, PERSON, 1).operation or 0)
    assert wanted() == [3], "what was only confirmed is what it was"


_SINCE: list[tuple[str, Callable[[CaseStore], object], str]] = [
    ("correct", lambda s: follow_up(s, 1), "message 7 has come to {a} since; say what the message is instead"),
    ("correct", lambda s: correct(s, OTHER, 1, Change(kind=E)), "message 1 of {a} has been decided about since; undo operation 2 first"),
    ("correct", lambda s: move(s, OTHER, 1, case_of(s, 3)), "message 1 has left {a} since; undo operation 2 first"),
    ("correct", lambda s: merge(s, OTHER, case_of(s, 1), case_of(s, 3)), "message 1 has left {a} since; undo operation 2 first"),
    ("confirm", lambda s: correct(s, OTHER, 1, Change(kind=C, process=Process.STATUTORY)), "message 1 has been decided about since"),
    ("take up", lambda s: close(s, OTHER, case_of(s, 5), Outcome.UPHELD), "has been closed since; undo operation 2 first"),
    ("take up", lambda s: follow_up(s, 5), "message 7 has come to"),
    ("put aside one of two", lambda s: correct(s, OTHER, 2, Change(kind=N)), "message 2 has left {a} since"),
    ("join", lambda s: correct(s, OTHER, 4, Change(kind=E)), "message 4 of {a} has been decided about since"),
    ("keep", lambda s: merge(s, OTHER, case_of(s, 1), case_of(s, 3)), "{a} has been merged since; undo operation 2 first"),
    ("put on", lambda s: split(s, OTHER, case_of(s, 3), [1]), "message 1 has left {b} since; undo operation 2 first"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "since", "says"), _SINCE)
def test_where_something_has_changed_since_no_decision_is_undone(
    store: CaseStore, store_url: str, town: tuple[str, str], name: str, since: Callable[[CaseStore], object], says: str
):
    done = _DECISIONS[name](store, *town)
    since(store)
    before, events = _all(store_url), len(audit(store_url))
    with pytest.raises(ConflictError, match=says.format(a=town[0], b=town[1])) as refused:
        undo(store, PERSON, done.operation or 0)
    assert "\n" not in str(refused.value)
    assert (_all(store_url), len(audit(store_url))) == (before, events)


def test_mail_that_came_since_does_not_stand_in_the_way_of_undoing_what_only_confirmed(store: CaseStore, town: tuple[str, str]):
    done = confirm(store, PERSON, 1)
    follow_up(store, 1)
    undo(store, PERSON, done.operation or 0)
    assert rows(store)[0]["status"] == "review"


# The question about the case


@pytest.mark.parametrize(
    ("key", "says"), [(4, "`message join 4` or `message keep 4`"), (6, "`message keep 6` where it is nothing, `message correct 6`")]
)
def test_what_is_asked_about_the_case_is_answered_before_a_message_is_confirmed(
    store: CaseStore, store_url: str, town: tuple[str, str], key: int, says: str
):
    before = _all(store_url)
    with pytest.raises(CallError, match=f"message {key} may belong to CC-.*: answer that first.* {says}"):
        confirm(store, PERSON, key)
    with pytest.raises(CallError, match="answer that first"):
        confirm(store, PERSON, key, Change(urgent=True))
    assert _all(store_url) == before
    settle(store, PERSON, key, join=False)
    confirm(store, PERSON, key)


def test_a_question_about_a_case_that_somebody_may_not_see_is_left_to_those_who_may(store: CaseStore, town: tuple[str, str]):
    done = confirm(store, PERSON, 4, suggestion_hidden=True)
    assert done.asked == town[0]
    assert rows(store)[3]["status"] == "confirmed"
    settle(store, OTHER, 4, join=True)
    assert case_of(store, 4) == town[0]


@pytest.mark.parametrize("join", [True, False])
def test_the_answer_about_the_case_and_what_the_message_is_are_decided_in_one(
    store: CaseStore, store_url: str, town: tuple[str, str], join: bool
):
    own, before = case_of(store, 4), len(audit(store_url))
    done = answer(store, PERSON, 4, join=join, change=Change(role=Role.MP))
    row = rows(store)[3]
    assert (row["status"], row["role"], row["suggested_case"]) == ("corrected", "mp", None)
    assert done.reference == row["case"] == (town[0] if join else own)
    events = [(event.action, event.message_pk) for event in audit(store_url)[before:]]
    assert events[0] == ("corrected", 4) and ("suggestion answered", 4) in events
    assert ("confirmed", 4) not in events, "it is decided about once"
    with pytest.raises(ConflictError, match="somebody has answered that already"):
        answer(store, PERSON, 4, join=join)


def test_what_was_put_aside_comes_to_the_suggested_case_without_one_being_opened_for_it(store: CaseStore, town: tuple[str, str]):
    known = len(cases(store))
    answer(store, PERSON, 6, join=True, change=TO_COMPLAINT)
    assert len(cases(store)) == known
    assert relations(store, town[1]) == ["new", "repeat"]
    assert {one["address"] for one in exported(store, town[1])["correspondents"]} >= {TOM.address}


def test_nothing_belongs_to_no_case(store: CaseStore, store_url: str, town: tuple[str, str]):
    before = _all(store_url)
    for act in (
        lambda: answer(store, PERSON, 6, join=True),
        lambda: answer(store, PERSON, 4, join=True, change=Change(kind=N)),
        lambda: open_new(store, PERSON, 5),
        lambda: put_on(store, PERSON, 5, town[0]),
        lambda: put_on(store, PERSON, 1, town[1], Change(kind=N)),
    ):
        with pytest.raises(CallError, match="belongs to no case: say what it is with it"):
            act()
    assert _all(store_url) == before


def test_what_is_put_on_the_case_where_it_is_already_is_told_so(store: CaseStore, town: tuple[str, str]):
    with pytest.raises(ConflictError, match=f"message 1 is on {town[0]} already"):
        put_on(store, PERSON, 1, town[0])


# Two at once


_BY_VERSION: dict[str, Callable[[CaseStore, str, int], object]] = {
    "confirm": lambda s, b, seen: confirm(s, PERSON, 4, suggestion_hidden=True, version=seen),
    "correct": lambda s, b, seen: correct(s, PERSON, 4, Change(kind=E), version=seen),
    "answer": lambda s, b, seen: answer(s, PERSON, 4, join=False, version=seen),
    "open new": lambda s, b, seen: open_new(s, PERSON, 4, version=seen),
    "put on": lambda s, b, seen: put_on(s, PERSON, 4, b, version=seen),
}  # fmt: skip


@pytest.mark.parametrize("name", _BY_VERSION)
def test_whoever_decides_second_is_told_who_did_what_and_when(store: CaseStore, store_url: str, town: tuple[str, str], name: str):
    person(store_url, "rpatel", "Rita Patel")
    seen = _version(store, 4)
    correct(store, "rpatel", 4, Change(role=Role.SCHOOL))
    before = _all(store_url)
    with pytest.raises(
        ConflictError, match=r"someone else has changed message 4 since you looked at it: Rita Patel corrected this at \d\d:\d\d on "
    ) as told:
        _BY_VERSION[name](store, town[1], seen)
    assert (told.value.lately or "").startswith("Rita Patel corrected this at ")
    assert _all(store_url) == before
    _BY_VERSION[name](store, town[1], _version(store, 4))


# Several that are alike


def test_messages_that_are_alike_are_confirmed_together_and_each_by_itself(store: CaseStore):
    keys = [log(store, E) for _ in range(3)]
    seen = [(key, _version(store, key)) for key in keys]
    correct(store, OTHER, keys[1], Change(role=Role.SCHOOL))
    first, second, third = confirm_all(store, PERSON, seen)
    assert isinstance(first, Decided) and isinstance(third, Decided)
    assert isinstance(second, str) and f"{OTHER} corrected this" in second
    assert [row["status"] for row in rows(store)] == ["confirmed", "corrected", "confirmed"]
    undo(store, PERSON, first.operation or 0)
    assert [row["status"] for row in rows(store)] == ["review", "corrected", "confirmed"]


def test_what_is_urgent_or_asked_about_is_not_confirmed_with_others(store: CaseStore, store_url: str):
    plain, urgent = log(store, C), log(store, labels(C, urgent=True))
    may_belong = log(store, C, suggested=case_id_of(store, case_of(store, plain)))
    found = confirm_all(store, PERSON, [(key, 1) for key in (urgent, plain, may_belong, 99)])
    assert [one if isinstance(one, str) else one.message for one in found] == [
        f"message {urgent} is to be looked at by itself", plain, f"message {may_belong} is to be looked at by itself", "there is no message 99",
    ]  # fmt: skip
    assert set(asked(store)) == {urgent, may_belong}


def test_messages_of_several_kinds_are_not_confirmed_together(store: CaseStore, store_url: str):
    keys = [log(store, E), log(store, C)]
    before = _all(store_url)
    with pytest.raises(CallError, match="not of one kind"):
        confirm_all(store, PERSON, [(key, 1) for key in keys])
    with pytest.raises(CallError, match="at most 200"):
        confirm_all(store, PERSON, [(keys[0], 1)] * 201)
    assert _all(store_url) == before
    assert confirm_all(store, PERSON, []) == []


# Who may undo


def test_there_is_no_operation_on_what_somebody_may_not_see(store: CaseStore, store_url: str, town: tuple[str, str]):
    manager = person(store_url, "mhale", "Mo Hale", UserRole.MANAGER)
    reviewer = person(store_url, "rpatel", "Rita Patel")
    on_case, on_none = confirm(store, PERSON, 1).operation or 0, confirm(store, PERSON, 5).operation or 0
    for number in (on_case, on_none):
        with pytest.raises(NotFound, match=f"there is no operation {number}: "):
            undo(store, manager.name, number, manager)
        undo(store, reviewer.name, number, reviewer)


# Whatever people do

_SORTS = ["confirm", "correct", "join", "keep", "open new", "put on", "merge", "split", "close", "reopen", "due", "settle", "undo"]
_CHANGES = [None, TO_COMPLAINT, Change(kind=N), Change(kind=E, themes=()), Change(role=Role.MP)]
_Step = tuple[str, int, int, Change | None]
_STEPS = st.lists(
    st.tuples(st.sampled_from(_SORTS), st.integers(0, 5), st.integers(0, 1), st.sampled_from(_CHANGES)), min_size=1, max_size=8
)
bounded = settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def _step(store: CaseStore, keys: list[int], town: tuple[str, str], step: _Step, done: list[int]) -> int | None:
    """Do something; gives the number by which it is undone, or None where there is nothing to undo."""
    what, index, which, change = step
    key, there, other = keys[index], town[which], town[1 - which]
    if what == "undo" and done:
        undo(store, PERSON, done[-1])
        done.pop()
        return None
    acts: dict[str, Callable[[], Any]] = {
        "confirm": lambda: confirm(store, PERSON, key, change, suggestion_hidden=bool(which)).operation,
        "correct": lambda: correct(store, PERSON, key, change or TO_COMPLAINT).operation,
        "join": lambda: answer(store, PERSON, key, join=True, change=change).operation,
        "keep": lambda: answer(store, PERSON, key, join=False, change=change).operation,
        "open new": lambda: open_new(store, PERSON, key, change).operation,
        "put on": lambda: put_on(store, PERSON, key, there, change).operation,
        "merge": lambda: merge(store, PERSON, there, other).number,
        "split": lambda: split(store, PERSON, there, [key]).number,
        "close": lambda: close(store, PERSON, there, Outcome.UPHELD).number,
        "reopen": lambda: review.reopen(store, PERSON, there).number,
        "due": lambda: review.set_due(store, PERSON, there, date(2026, 12, 1 + index)).number,
        "settle": lambda: settle(store, PERSON, key, join=bool(which)).number,
        "undo": lambda: None,
    }
    found = acts[what]()
    return None if found is None else int(found)


@bounded
@given(_STEPS)
def test_whatever_people_decided_is_undone_by_undoing_all_of_it_in_reverse(store: CaseStore, store_url: str, steps: list[_Step]):
    first = log(store, labels(E, themes=(Theme.DELAY,)), received=at(1))
    keys = [first, follow_up(store, first, E, author=TOM, received=at(2)), log(store, labels(C, urgent=True), received=at(3))]
    keys.append(log(store, C, author=RITA, received=at(4), suggested=case_id_of(store, case_of(store, first)), sure=True))
    keys.append(log(store, N, author=RITA, received=at(5)))
    keys.append(log(store, N, author=TOM, received=at(6), suggested=case_id_of(store, case_of(store, keys[2]))))
    town = case_of(store, keys[0]), case_of(store, keys[2])
    before = _all(store_url)
    done: list[int] = []
    for step in steps:
        try:
            number = _step(store, keys, town, step, done)
        except (CallError, ConflictError):
            continue
        if number is not None:
            done.append(number)
    for number in reversed(done):
        undo(store, PERSON, number)
    assert _but_for_new(_all(store_url), before) == before
    for case in cases(store)[len(before["complaint_case"]) :]:
        assert (case["messages"], case["correspondents"]) == ([], [])
        assert case["status"] == "merged" or case["outcome"] == "opened_by_mistake"
