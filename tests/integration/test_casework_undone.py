"""Whatever people do to cases can be undone, and is not where something has changed since, on both databases."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, text

from tests.support.casework import (
    PERSON,
    RITA,
    TOM,
    case_id_of,
    case_of,
    everything,
    exported,
    follow_up,
)
from tests.support.database import writing
from tests.support.logged import JOAN, at, audit, cases, log, rows
from tests.unit.making import labels
from triage import review
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Role, Status, Theme
from triage.domain.message import Address
from triage.errors import CallError, ConflictError
from triage.review import Change, close_case, confirm, correct, link, merge, move, settle, split, undo, unlink
from triage.store.casestore import CaseStore
from triage.store.operations import Done
from triage.store.schema import Base, CaseOperation, Delivery

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
WHY = "Two families write about one closure."
OTHER = "bob at the command line"


@pytest.fixture
def two(store: CaseStore) -> tuple[str, str]:
    """Joan's enquiry (1) with Tom's (2), and, later, her complaint (3); Rita's complaint (4), which may belong to the first case."""
    first = log(store, labels(E, themes=(Theme.DELAY,)), status=Status.AUTO, received=at(1))
    follow_up(store, first, E, author=TOM, received=at(2))
    second = log(store, labels(C, themes=(Theme.CONDUCT,), urgent=True), status=Status.AUTO, received=at(3))
    log(store, C, author=RITA, received=at(4), suggested=case_id_of(store, case_of(store, first)), sure=True)
    return case_of(store, first), case_of(store, second)


def _only(store: CaseStore, references: set[str]) -> Any:
    """Both exports, without cases that were opened since."""
    messages, found = everything(store)
    return messages, [case for case in found if case["reference"] in references]


def _known(store: CaseStore) -> set[str]:
    return {case["reference"] for case in cases(store)}


_OPERATIONS: dict[str, Callable[[CaseStore, str, str], Done]] = {
    "merge": lambda s, a, b: merge(s, PERSON, a, b),
    "merge back": lambda s, a, b: merge(s, PERSON, b, a),
    "split": lambda s, a, b: split(s, PERSON, a, [1]),
    "move": lambda s, a, b: move(s, PERSON, 1, b),
    "move the only one": lambda s, a, b: move(s, PERSON, 3, a),
    "move what is asked about": lambda s, a, b: move(s, PERSON, 4, b),
    "link": lambda s, a, b: link(s, PERSON, a, b, WHY),
    "unlink": lambda s, a, b: unlink(s, PERSON, a, case_of(s, 4)),
    "join": lambda s, a, b: settle(s, PERSON, 4, join=True),
    "keep": lambda s, a, b: settle(s, PERSON, 4, join=False),
}


@pytest.mark.parametrize("name", _OPERATIONS)
def test_an_operation_that_is_undone_leaves_everything_as_it_was(store: CaseStore, store_url: str, two: tuple[str, str], name: str):
    link(store, PERSON, two[0], case_of(store, 4), WHY)
    link(store, PERSON, two[1], case_of(store, 4), WHY)
    before, known, related = everything(store), _known(store), review.show(store, two[0]).related
    done = _OPERATIONS[name](store, *two)
    assert _only(store, known) != before[:2] or name == "link"
    undo(store, OTHER, done.number)
    assert _only(store, known) == before
    assert review.show(store, two[0]).related == related
    assert [(event.action, event.actor) for event in audit(store_url)][-1] == ("undone", OTHER)
    with pytest.raises(ConflictError, match=f"operation {done.number} is undone already"):
        undo(store, PERSON, done.number)
    again = _OPERATIONS[name](store, *two)
    undo(store, OTHER, again.number)
    assert _only(store, known) == before, "what was undone can be done once more"


def test_the_reference_of_a_case_that_was_split_off_leads_on_when_the_split_is_undone(store: CaseStore, two: tuple[str, str]):
    done = split(store, PERSON, two[0], [2])
    undo(store, PERSON, done.number)
    gone = exported(store, done.other or "")
    assert (gone["status"], gone["merged_into"], gone["messages"], gone["correspondents"]) == ("merged", two[0], [], [])
    assert review.show(store, done.other or "").reference == two[0]
    log(store, C)
    assert int(cases(store)[-1]["reference"][-6:]) == int(gone["reference"][-6:]) + 1, "its number is not given again"


def test_the_outcome_of_a_closed_case_comes_back_with_it(store: CaseStore, two: tuple[str, str]):
    close_case(store, PERSON, two[0], Outcome.PARTIALLY_UPHELD, at(9))
    before = exported(store, two[0])
    undo(store, PERSON, merge(store, PERSON, *two).number)
    assert exported(store, two[0]) == before
    assert (before["outcome"], before["status"]) == ("partially_upheld", "closed")


def test_chains_are_undone_link_by_link_from_their_end(store: CaseStore, two: tuple[str, str]):
    third = case_of(store, 4)
    before = everything(store)
    first = merge(store, PERSON, *two).number
    second = merge(store, PERSON, two[1], third).number
    with pytest.raises(ConflictError, match=f"operation {first} cannot be undone: .* since; undo operation {second} first"):
        undo(store, PERSON, first)
    undo(store, PERSON, second)
    assert exported(store, two[0])["merged_into"] == two[1]
    undo(store, PERSON, first)
    assert everything(store) == before


def test_operations_on_other_cases_can_be_undone_in_any_order(store: CaseStore, two: tuple[str, str]):
    before = everything(store)
    one = move(store, PERSON, 2, two[1]).number
    other = settle(store, PERSON, 4, join=False).number
    undo(store, PERSON, one)
    undo(store, PERSON, other)
    assert everything(store) == before


# Refused


def _closes_the_new_case(store: CaseStore) -> None:
    close_case(store, OTHER, max(_known(store)), Outcome.UPHELD, at(9))


_SINCE: list[tuple[str, Callable[[CaseStore], object], str]] = [
    ("merge", lambda s: follow_up(s, 3), "message 5 has come to {b} since"),
    ("merge", lambda s: correct(s, OTHER, 3, Change(kind=E)), "message 3 of {b} has been decided about since"),
    ("merge", lambda s: correct(s, OTHER, 2, Change(role=Role.ADVOCATE)), "message 2 of {b} has been decided about since"),
    ("merge", lambda s: correct(s, OTHER, 1, Change(kind=N)), "message 1 has left {b} since"),
    ("merge", lambda s: move(s, OTHER, 1, case_of(s, 4)), "message 1 has left {b} since; undo operation 2 first"),
    ("split", lambda s: merge(s, OTHER, case_of(s, 1), case_of(s, 4)), "has left .* since; undo operation 2 first"),
    ("split", lambda s: follow_up(s, 1), "message 5 has come to"),
    ("split", _closes_the_new_case, "has been closed since"),
    ("move", lambda s: follow_up(s, 2), "message 5 has come to {a} since"),
    ("link", lambda s: unlink(s, OTHER, case_of(s, 1), case_of(s, 3)), "how one of the cases is related has changed since"),
    ("link", lambda s: merge(s, OTHER, case_of(s, 1), case_of(s, 4)), "how one of the cases is related has changed since"),
    ("unlink", lambda s: link(s, OTHER, case_of(s, 1), case_of(s, 4), "Again."), "the two have been related again since"),
    ("unlink", lambda s: merge(s, OTHER, case_of(s, 4), case_of(s, 1)), "has been merged since; undo operation"),
    ("keep", lambda s: merge(s, OTHER, case_of(s, 1), case_of(s, 3)), "{a} has been merged since; undo operation 2 first"),
    ("keep", lambda s: correct(s, OTHER, 4, Change(kind=E)), "message 4 has been decided about since"),
    ("join", lambda s: correct(s, OTHER, 4, Change(kind=E)), "has been decided about since"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "since", "says"), _SINCE)
def test_where_something_has_changed_since_nothing_is_undone_and_it_is_said_what(
    store: CaseStore, store_url: str, two: tuple[str, str], name: str, since: Callable[[CaseStore], object], says: str
):
    if name == "unlink":
        link(store, PERSON, two[0], case_of(store, 4), WHY)
    done = _OPERATIONS[name](store, *two)
    since(store)
    before, events = everything(store), len(audit(store_url))
    with pytest.raises(ConflictError, match=says.format(a=two[0], b=two[1])) as refused:
        undo(store, PERSON, done.number)
    assert str(refused.value).startswith(f"operation {done.number} cannot be undone: ") and "\n" not in str(refused.value)
    assert (everything(store), len(audit(store_url))) == (before, events)


def test_what_says_nothing_about_a_merge_does_not_stand_in_the_way_of_undoing_it(store: CaseStore, two: tuple[str, str]):
    done = merge(store, PERSON, *two)
    confirm(store, PERSON, 1)
    close_case(store, PERSON, two[1], Outcome.UPHELD, at(9))
    undo(store, PERSON, done.number)
    assert [exported(store, one)["status"] for one in two] == ["open", "closed"]
    assert [row["status"] for row in rows(store)][:3] == ["confirmed", "auto", "auto"]
    assert exported(store, two[1])["opened_at"].startswith("2026-06-03")


def test_a_copy_of_a_message_that_came_since_goes_back_with_it(store: CaseStore, store_url: str, two: tuple[str, str]):
    done = merge(store, PERSON, *two)
    with writing(store_url) as connection:
        row = dict(connection.execute(select(Delivery.__table__).where(Delivery.message_pk == 1)).mappings().one())
        copy = {**row, "id": 90, "uid": 9_000_000, "mailbox": "officer-hale", "relation": "repeat"}
        connection.execute(insert(Delivery), copy)
    undo(store, PERSON, done.number)
    assert [(row["case"], row["relation"]) for row in rows(store) if row["case"] == two[0]] == [
        (two[0], "new"), (two[0], "repeat"), (two[0], "repeat"),
    ]  # fmt: skip


# Whose words are erased


def test_of_somebody_whose_words_are_erased_nothing_is_left_in_what_undoing_needs(store: CaseStore, store_url: str):
    zephyrine = Address("zephyrine@pale.example", "Zephyrine Pale")
    first = log(store, C, author=RITA)
    keys = [follow_up(store, first, author=zephyrine), log(store, C, author=zephyrine)]
    done = move(store, PERSON, keys[0], case_of(store, keys[1]))
    with store.transaction(PERSON) as ledger:
        for key in keys:
            ledger.erase(key, "asked for")
    with writing(store_url) as connection:
        whole = "".join(repr(connection.execute(select(table)).all()) for table in Base.metadata.sorted_tables).lower()
    assert "zephyrine" not in whole
    with pytest.raises(ConflictError, match="the words that say whom a case belonged to are erased"):
        undo(store, PERSON, done.number)


def test_an_operation_that_took_nobody_off_a_case_is_undone_after_an_erasure_too(store: CaseStore, two: tuple[str, str]):
    done = link(store, PERSON, *two, WHY)
    with store.transaction(PERSON) as ledger:
        ledger.erase(2, "asked for")
    undo(store, PERSON, done.number)
    assert exported(store, two[0])["related"] == []


# Whatever people do

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "split", "split", "move", "move", "link", "unlink", "join", "keep", "undo"]),
        st.integers(0, 4), st.integers(0, 4), st.lists(st.integers(0, 8), min_size=1, max_size=3),
    ),
    min_size=1, max_size=9,
)  # fmt: skip
bounded = settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def _town(store: CaseStore) -> tuple[list[str], list[int]]:
    """Five cases, related and asked about, with nine messages of three people on them."""
    one = log(store, labels(E, themes=(Theme.DELAY,)), received=at(1))
    two = log(store, labels(C, urgent=True), author=TOM, received=at(2), status=Status.AUTO)
    keys = [one, two]
    keys.append(follow_up(store, one, C, author=RITA, received=at(3)))
    keys.append(follow_up(store, one, E, received=at(4), mailboxes=("complaints", "officer-hale")))
    keys.append(follow_up(store, two, received=at(5), escalates=True))
    keys.append(log(store, C, author=RITA, received=at(6), suggested=case_id_of(store, case_of(store, one)), sure=True))
    keys.append(log(store, C, received=at(7), suggested=case_id_of(store, case_of(store, two))))
    keys.append(follow_up(store, keys[6], E, author=TOM, suggested=case_id_of(store, case_of(store, one)), status=Status.REVIEW))
    keys.append(log(store, labels(C, themes=(Theme.RECORDS,)), author=Address("", "Joan"), received=at(9)))
    references = [case_of(store, key) for key in (one, two, keys[5], keys[6], keys[8])]
    close_case(store, PERSON, references[4], Outcome.UPHELD, at(12))
    link(store, PERSON, references[0], references[1], WHY)
    link(store, PERSON, references[1], references[2], WHY)
    return references, keys


def _step(store: CaseStore, town: tuple[list[str], list[int]], step: tuple[str, int, int, list[int]], done: list[int]) -> int:
    references, keys = town
    what, one, other, some = step
    a, b, messages = references[one], references[other], [keys[index] for index in some]
    if what == "undo" and done:
        undo(store, PERSON, done[-1])
        done.pop()
        raise ConflictError("nothing more to undo for this step")
    return {
        "merge": lambda: merge(store, PERSON, a, b),
        "split": lambda: split(store, PERSON, case_of(store, messages[0]), messages),
        "move": lambda: move(store, PERSON, messages[0], a),
        "link": lambda: link(store, PERSON, a, b, WHY),
        "unlink": lambda: unlink(store, PERSON, a, b),
        "join": lambda: settle(store, PERSON, messages[0], join=True),
        "keep": lambda: settle(store, PERSON, messages[0], join=False),
        "undo": lambda: settle(store, PERSON, messages[0], join=True),
    }[what]().number


@bounded
@given(_STEPS)
def test_whatever_people_did_is_undone_by_undoing_all_of_it_in_reverse(store: CaseStore, steps: list[tuple[str, int, int, list[int]]]):
    town = _town(store)
    known, before = _known(store), everything(store)
    done: list[int] = []
    for step in steps:
        try:
            done.append(_step(store, town, step, done))
        except (CallError, ConflictError):
            continue
        _assert_sound(store)
    for number in reversed(done):
        undo(store, PERSON, number)
    assert _only(store, known) == before
    for case in cases(store):
        assert case["reference"] in known or (case["status"], case["messages"], case["correspondents"]) == ("merged", [], [])


def _assert_sound(store: CaseStore) -> None:
    """What holds of every store: each case has one delivery that is new, unless it was merged; the merged ones lead on to one that was not."""
    messages, found = everything(store)
    status = {case["reference"]: case["status"] for case in found}
    for case in found:
        relations = [row["relation"] for row in messages if row["case"] == case["reference"]]
        if case["status"] == "merged":
            assert (relations, case["related"], status[case["merged_into"]] != "merged") == ([], [], True)
        else:
            assert relations.count("new") == (0 if set(relations) <= {"escalation"} else 1), relations
            people = {row["original_from_address"] for row in messages if row["case"] == case["reference"]} - {None}
            assert {person["address"] for person in case["correspondents"]} == people
        assert case["reference"] not in case["related"]
    assert all(row["suggested_case"] is None or status[row["suggested_case"]] != "merged" for row in messages)


def test_the_history_of_a_case_tells_what_was_done_and_what_was_undone(store: CaseStore, store_url: str, two: tuple[str, str]):
    merged = merge(store, PERSON, *two)
    moved = move(store, PERSON, 2, case_of(store, 4))
    undo(store, OTHER, moved.number)
    found = review.history(store, two[0])
    assert [(one.number, one.sort, one.case, one.other, one.messages) for one in found] == [
        (merged.number, "merge", *two, (1, 2)), (moved.number, "move", two[1], case_of(store, 4), (2,)),
    ]  # fmt: skip
    assert [(one.actor, one.undone_by) for one in found] == [(PERSON, None), (PERSON, OTHER)]
    assert [one.number for one in review.history(store, two[1])] == [merged.number, moved.number]
    with writing(store_url) as connection:
        assert connection.execute(select(func.count()).select_from(CaseOperation)).scalar_one() == 2
        with pytest.raises(Exception, match=r"ck_case_operation_sort|CHECK constraint"):
            connection.execute(text("UPDATE case_operation SET sort = 'mute'"))


def test_joan_is_on_both_cases_again_with_the_name_that_each_had_for_her(store: CaseStore):
    one = log(store, C, author=Address(JOAN.address, "J Whitlow"))
    other = log(store, C)
    before = everything(store)
    undo(store, PERSON, merge(store, PERSON, case_of(store, one), case_of(store, other)).number)
    assert everything(store) == before
    assert [case["correspondents"][0]["name"] for case in cases(store)] == ["J Whitlow", "Joan Whitlow"]
