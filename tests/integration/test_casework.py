"""What people do to cases: merge, split, move, relate, and answer what the program asks, on both databases."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import update

from tests.integration.conftest import Inbox
from tests.support.casework import (
    PERSON,
    RITA,
    TOM,
    asked,
    case_id_of,
    case_of,
    everything,
    exported,
    follow_up,
    relations,
)
from tests.support.database import writing
from tests.support.logged import JOAN, at, audit, cases, log, rows
from tests.support.mail import mail
from tests.unit.making import labels
from triage import review
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Process, Status, Theme
from triage.errors import CallError, ConflictError, TriageError
from triage.review import Change, close_case, correct, link, merge, move, settle, split, undo, unlink
from triage.store.casestore import CaseStore
from triage.store.schema import Message

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
WHY = "Two families write about one closure."


@pytest.fixture
def two(store: CaseStore) -> tuple[str, str]:
    """Two cases: an enquiry of Joan's with her husband's answer, and, later, a complaint of hers."""
    first = log(store, labels(E, themes=(Theme.DELAY,)), status=Status.AUTO, received=at(1))
    follow_up(store, first, E, author=TOM, received=at(2))
    second = log(store, labels(C, themes=(Theme.CONDUCT,), urgent=True), status=Status.AUTO, received=at(3))
    return case_of(store, first), case_of(store, second)


@contextmanager
def _nothing_changes(store: CaseStore, store_url: str) -> Iterator[None]:
    before = everything(store), len(audit(store_url)), store.waiting()
    yield
    assert (everything(store), len(audit(store_url)), store.waiting()) == before


# Merging


def test_a_case_that_is_merged_gives_the_other_everything_and_leads_on_to_it(store: CaseStore, two: tuple[str, str]):
    one, other = two
    digests = exported(store, one)["messages"] + exported(store, other)["messages"]
    done = merge(store, PERSON, one, other)
    assert (done.sort, done.case, done.other, done.closed) == ("merge", one, other, False)
    case = exported(store, other)
    assert case["messages"] == digests
    assert (case["kind"], case["process"], case["themes"], case["urgent"]) == ("complaint", "corporate", ["conduct", "delay"], True)
    assert case["opened_at"].startswith("2026-06-01"), "the earlier of the two"
    assert [person["address"] for person in case["correspondents"]] == [TOM.address, JOAN.address]
    gone = exported(store, one)
    assert (gone["status"], gone["merged_into"], gone["closed_at"], gone["outcome"]) == ("merged", other, None, None)
    assert (gone["messages"], gone["correspondents"], gone["kind"], gone["urgent"]) == ([], [], "none", False)
    assert case["merged_into"] is None
    assert store.counts()["cases"] == 1


def test_of_two_cases_that_are_one_only_what_opened_the_receiving_one_is_new(store: CaseStore, two: tuple[str, str]):
    merge(store, PERSON, *two)
    assert relations(store, two[1]) == ["repeat", "repeat", "new"]


def test_an_escalation_stays_one_when_its_case_is_merged(store: CaseStore):
    one, other = log(store, C, received=at(1)), log(store, C, received=at(3))
    follow_up(store, one, escalates=True, received=at(2))
    merge(store, PERSON, case_of(store, one), case_of(store, other))
    assert relations(store, case_of(store, other)) == ["repeat", "escalation", "new"]


def test_the_state_of_the_receiving_case_counts(store: CaseStore, two: tuple[str, str]):
    one, other = two
    close_case(store, PERSON, one, Outcome.UPHELD, at(9))
    merge(store, PERSON, one, other)
    assert (exported(store, other)["status"], exported(store, other)["outcome"]) == ("open", None)


def test_an_open_case_that_is_merged_into_a_closed_one_is_closed_with_it(store: CaseStore, two: tuple[str, str]):
    one, other = two
    close_case(store, PERSON, other, Outcome.UPHELD, at(9))
    assert merge(store, PERSON, one, other).closed
    assert (exported(store, other)["status"], exported(store, other)["outcome"]) == ("closed", "upheld")


def test_what_is_asked_about_a_merged_case_is_asked_about_the_one_it_leads_to(store: CaseStore, two: tuple[str, str]):
    elsewhere = log(store, C, suggested=case_id_of(store, two[0]), author=RITA)
    merge(store, PERSON, *two)
    assert asked(store) == {elsewhere: two[1]}


@pytest.mark.parametrize("way", ["there", "back"])
def test_what_is_asked_between_two_cases_is_answered_by_merging_them(store: CaseStore, two: tuple[str, str], way: str):
    one = log(store, C, sure=True, suggested=case_id_of(store, two[1]))
    pair = (case_of(store, one), two[1])
    assert asked(store) == {one: two[1]}
    merge(store, PERSON, *(pair if way == "there" else pair[::-1]))
    assert asked(store) == {}
    [row] = [row for row in rows(store) if row["status"] == "confirmed"]
    assert row["suggested_case"] is None


def test_what_was_unsure_in_itself_goes_on_waiting_when_its_case_is_merged(store: CaseStore, two: tuple[str, str]):
    one = log(store, C, suggested=case_id_of(store, two[1]))
    merge(store, PERSON, case_of(store, one), two[1])
    assert asked(store) == {one: None}


def test_relations_follow_a_merged_case_and_none_is_doubled_or_leads_to_itself(store: CaseStore, two: tuple[str, str]):
    third, fourth = (case_of(store, log(store, C, author=RITA)) for _ in range(2))
    for pair in ((two[0], two[1]), (two[0], third), (two[1], third), (fourth, two[0])):
        link(store, PERSON, *pair, WHY)
    merge(store, PERSON, *two)
    found = {case["reference"]: case["related"] for case in cases(store)}
    assert found == {two[0]: [], two[1]: [third, fourth], third: [two[1]], fourth: [two[1]]}


def test_an_old_reference_leads_on_however_often_its_case_was_merged(store: CaseStore, two: tuple[str, str]):
    one, other = two
    third, fourth = (case_of(store, log(store, C)) for _ in range(2))
    merge(store, PERSON, one, other)
    merge(store, PERSON, one, third)
    assert [exported(store, old)["merged_into"] for old in two] == [third, third]
    assert review.show(store, one).reference == third
    assert review.show(store, third).merged == (one, other)
    assert link(store, PERSON, one, fourth, WHY).case == third
    assert close_case(store, PERSON, one.lower(), Outcome.UPHELD, at(9)) == third
    assert exported(store, third)["status"] == "closed"
    with pytest.raises(ConflictError, match=f"{third} is closed already"):
        close_case(store, PERSON, other, Outcome.UPHELD, at(9))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda s, a, b: merge(s, PERSON, a, a), CallError, "cannot be merged into itself"),
        (lambda s, a, b: merge(s, PERSON, "CC-2026-000999", a), CallError, "there is no case CC-2026-000999"),
        (lambda s, a, b: merge(s, PERSON, a, "12"), CallError, "looks like CC-2026-000123"),
        (lambda s, a, b: split(s, PERSON, a, []), CallError, "say which messages"),
        (lambda s, a, b: split(s, PERSON, a, [1, 2]), CallError, "that is all of"),
        (lambda s, a, b: split(s, PERSON, a, [3]), CallError, "message 3 is not on"),
        (lambda s, a, b: split(s, PERSON, a, [77]), CallError, "there is no message 77"),
        (lambda s, a, b: move(s, PERSON, 1, a), ConflictError, "is on .* already"),
        (lambda s, a, b: move(s, PERSON, 77, a), CallError, "there is no message 77"),
        (lambda s, a, b: link(s, PERSON, a, a, WHY), CallError, "are one case"),
        (lambda s, a, b: link(s, PERSON, a, b, "  \n "), CallError, "say in a line why"),
        (lambda s, a, b: link(s, PERSON, a, b, "x" * 501), CallError, "at most 500"),
        (lambda s, a, b: unlink(s, PERSON, a, b), CallError, "are not related"),
        (lambda s, a, b: settle(s, PERSON, 1, join=True), ConflictError, "no case is suggested for message 1"),
        (lambda s, a, b: settle(s, PERSON, 77, join=False), CallError, "there is no message 77"),
        (lambda s, a, b: undo(s, PERSON, 77), CallError, "there is no operation 77"),
        (lambda s, a, b: review.history(s, "CC-2026-000999"), CallError, "there is no case"),
        (lambda s, a, b: review.show(s, "CC-2026-000999"), CallError, "there is no case"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_line_and_nothing_changes(
    store: CaseStore, store_url: str, two: tuple[str, str], call: Callable[..., object], error: type[TriageError], says: str
):
    with _nothing_changes(store, store_url), pytest.raises(error, match=says) as refused:
        call(store, *two)
    assert "\n" not in str(refused.value)


def test_a_case_that_was_opened_by_mistake_is_merged_with_none(store: CaseStore, store_url: str, two: tuple[str, str]):
    mistaken = log(store, C)
    reference = case_of(store, mistaken)
    correct(store, PERSON, mistaken, Change(kind=N))
    with _nothing_changes(store, store_url):
        for pair in ((reference, two[0]), (two[0], reference)):
            with pytest.raises(CallError, match=f"{reference} was opened by mistake"):
                merge(store, PERSON, *pair)


def test_of_two_people_who_merge_the_same_cases_at_once_one_is_told(store: CaseStore, two: tuple[str, str]):
    together, told = threading.Barrier(2), list[TriageError]()

    def one_of_them(pair: tuple[str, str]) -> None:
        together.wait()
        try:
            merge(store, PERSON, *pair)
        except TriageError as error:
            told.append(error)

    people = [threading.Thread(target=one_of_them, args=(pair,)) for pair in (two, two[::-1])]
    for one in people:
        one.start()
    for one in people:
        one.join()
    [error] = told
    assert isinstance(error, ConflictError) and "are one case already" in str(error)
    assert sorted(case["status"] for case in cases(store)) == ["merged", "open"]


@pytest.mark.parametrize(
    "act",
    [
        lambda s, a, b, seen: merge(s, PERSON, a, b, seen),
        lambda s, a, b, seen: split(s, PERSON, a, [2], seen),
        lambda s, a, b, seen: move(s, PERSON, 2, b, seen),
    ],
)
def test_whoever_looked_at_a_case_before_somebody_changed_it_is_told_to_look_again(
    store: CaseStore, store_url: str, two: tuple[str, str], act: Callable[..., object]
):
    one, other = two
    seen = {reference: review.show(store, reference).version for reference in two}
    merge(store, PERSON, other, case_of(store, log(store, C)))
    with _nothing_changes(store, store_url), pytest.raises(ConflictError, match=f"someone else has changed {other} since you looked at it"):
        act(store, one, other, seen)
    act(store, one, other, {one: seen[one]})


# Splitting and moving


def test_messages_that_are_split_off_make_a_case_of_their_own(store: CaseStore):
    first = log(store, labels(E, themes=(Theme.DELAY,)), received=at(1))
    later = follow_up(
        store, first, labels(C, themes=(Theme.CONDUCT,), urgent=True), received=at(4), mailboxes=("complaints", "officer-hale")
    )
    earlier = follow_up(store, first, E, author=TOM, received=at(3))
    follow_up(store, first, E, received=at(2))
    done = split(store, PERSON, case_of(store, first), [later, earlier, later])
    old, new = exported(store, case_of(store, first)), exported(store, done.other or "")
    assert (case_of(store, later), case_of(store, earlier)) == (new["reference"], new["reference"])
    assert relations(store, new["reference"]) == ["new", "repeat", "repeat"], "the earliest is new"
    assert relations(store, old["reference"]) == ["new", "repeat"]
    assert (new["status"], new["kind"], new["themes"], new["urgent"]) == ("open", "complaint", ["conduct"], True)
    assert new["opened_at"].startswith("2026-06-03")
    assert (old["kind"], old["themes"], old["urgent"]) == ("enquiry", ["delay"], False)
    assert {person["address"] for person in new["correspondents"]} == {JOAN.address, TOM.address}
    assert [person["address"] for person in old["correspondents"]] == [JOAN.address], "who has no message there any more is gone"
    assert int(new["reference"][-6:]) == int(old["reference"][-6:]) + 1


def test_where_what_opened_a_case_is_split_off_the_earliest_that_is_left_opened_it(store: CaseStore):
    first = log(store, C, received=at(1))
    follow_up(store, first, received=at(4))
    second = follow_up(store, first, received=at(3), mailboxes=("complaints", "officer-hale"))
    reference = case_of(store, second)
    split(store, PERSON, reference, [first])
    assert relations(store, reference) == ["new", "repeat", "repeat"]
    assert exported(store, reference)["opened_at"].startswith("2026-06-03")


def test_an_escalation_stays_on_the_case_that_it_escalated_and_is_none_on_another(store: CaseStore):
    first = log(store, C, received=at(1))
    stays, goes = (follow_up(store, first, received=at(day), escalates=True) for day in (2, 3))
    follow_up(store, first, received=at(4))
    reference = case_of(store, stays)
    new = split(store, PERSON, reference, [first, goes]).other or ""
    assert relations(store, reference) == ["escalation", "new"]
    assert relations(store, new) == ["new", "repeat"]


def test_a_closed_case_can_be_split_and_what_is_split_off_is_open(store: CaseStore, two: tuple[str, str]):
    close_case(store, PERSON, two[0], Outcome.UPHELD, at(9))
    new = split(store, PERSON, two[0], [2]).other or ""
    assert [exported(store, one)["status"] for one in (two[0], new)] == ["closed", "open"]


def test_a_message_that_is_moved_is_a_repeat_on_the_other_case_and_its_author_goes_with_it(store: CaseStore, two: tuple[str, str]):
    done = move(store, PERSON, 2, two[1])
    assert (done.sort, done.case, done.other) == ("move", *two)
    assert relations(store, two[0]) == ["new"]
    assert relations(store, two[1]) == ["repeat", "new"]
    assert [person["address"] for person in exported(store, two[0])["correspondents"]] == [JOAN.address]
    assert {person["address"] for person in exported(store, two[1])["correspondents"]} == {JOAN.address, TOM.address}
    assert exported(store, two[1])["opened_at"].startswith("2026-06-02"), "its first message is older than what opened it"


def test_where_what_opened_a_case_is_moved_away_the_next_one_opened_it(store: CaseStore, two: tuple[str, str]):
    move(store, PERSON, 1, two[1])
    assert relations(store, two[0]) == ["new"]
    assert exported(store, two[0])["opened_at"].startswith("2026-06-02")


def test_where_what_opened_a_case_turns_out_to_be_nothing_the_next_one_opened_it(store: CaseStore, two: tuple[str, str]):
    correct(store, PERSON, 1, Change(kind=N))
    assert relations(store, two[0]) == ["new"]
    assert exported(store, two[0])["opened_at"].startswith("2026-06-02")


def test_the_only_message_of_a_case_takes_its_reference_along(store: CaseStore, two: tuple[str, str]):
    assert move(store, PERSON, 3, two[0]).sort == "merge"
    assert exported(store, two[1])["merged_into"] == two[0]


def test_moving_a_message_answers_to_which_case_it_belongs(store: CaseStore, two: tuple[str, str]):
    first = log(store, C, author=RITA)
    waits = follow_up(store, first, author=RITA, suggested=case_id_of(store, two[0]), status=Status.REVIEW)
    move(store, PERSON, waits, two[1])
    assert asked(store)[waits] is None
    alone = log(store, C, author=RITA, suggested=case_id_of(store, two[0]))
    assert move(store, PERSON, alone, two[1]).sort == "merge"
    assert asked(store)[alone] is None


def test_a_message_on_no_case_is_not_moved_before_somebody_says_what_it_is(store: CaseStore, store_url: str, two: tuple[str, str]):
    key = log(store, N)
    with _nothing_changes(store, store_url), pytest.raises(CallError, match=f"message {key} is on no case: say what it is first"):
        move(store, PERSON, key, two[0])


def test_messages_whose_words_are_erased_move_with_their_case(store: CaseStore, two: tuple[str, str]):
    with store.transaction(PERSON) as ledger:
        ledger.erase(2, "asked for")
    merge(store, PERSON, *two)
    assert [row["case"] for row in rows(store)] == [two[1]] * 3


# Relating


def test_cases_that_are_related_say_so_in_the_export_until_they_are_not(store: CaseStore, two: tuple[str, str]):
    third = case_of(store, log(store, C, author=RITA))
    link(store, PERSON, third, two[0], f" {WHY}\n")
    link(store, PERSON, two[1], third, WHY)
    assert exported(store, third)["related"] == sorted(two)
    assert exported(store, two[0])["related"] == [third]
    [related] = review.show(store, two[0]).related
    assert (related.reference, related.why, related.made_by, related.score) == (third, WHY, PERSON, None)
    with pytest.raises(ConflictError, match="are related already"):
        link(store, PERSON, two[0], third, "Another reason.")
    unlink(store, PERSON, two[0], third)
    assert exported(store, third)["related"] == [two[1]]


def test_the_program_relates_cases_with_a_score_and_never_twice(store: CaseStore, two: tuple[str, str]):
    one, other = (case_id_of(store, reference) for reference in two)
    with store.transaction("triage 0.1.0") as ledger:
        assert ledger.relate_cases(other, one, WHY, 0.8)
        assert not ledger.relate_cases(one, other, "Once more.", 0.9)
        assert not ledger.relate_cases(one, one, WHY)
    [related] = review.show(store, two[1]).related
    assert (related.reference, related.why, related.score) == (two[0], WHY, 0.8)


# Answering what the program asks


def test_a_message_that_belongs_to_the_suggested_case_takes_its_own_case_along_where_that_is_all_its_own(
    store: CaseStore, two: tuple[str, str]
):
    alone = log(store, C, suggested=case_id_of(store, two[0]), sure=True)
    own = case_of(store, alone)
    follow_up(store, alone)
    done = settle(store, PERSON, alone, join=True)
    assert (done.sort, done.case, done.other) == ("merge", own, two[0])
    assert exported(store, own)["merged_into"] == two[0]
    assert asked(store) == {}


def test_a_message_that_did_not_open_its_case_joins_the_suggested_one_alone(store: CaseStore, two: tuple[str, str]):
    first = log(store, C, status=Status.AUTO)
    waits = follow_up(store, first, suggested=case_id_of(store, two[0]), status=Status.REVIEW)
    own = case_of(store, waits)
    assert settle(store, PERSON, waits, join=True).sort == "move"
    assert (case_of(store, waits), case_of(store, first)) == (two[0], own)


def test_a_message_whose_case_was_escalated_joins_the_suggested_one_alone(store: CaseStore, two: tuple[str, str]):
    first = log(store, C, suggested=case_id_of(store, two[0]))
    escalation = follow_up(store, first, escalates=True)
    own = case_of(store, first)
    assert settle(store, PERSON, first, join=True).sort == "move"
    assert (case_of(store, first), case_of(store, escalation)) == (two[0], own)


def test_a_message_that_does_not_belong_to_the_suggested_case_stays_where_it_is(store: CaseStore, two: tuple[str, str]):
    key = log(store, C, received=at(9), suggested=case_id_of(store, two[0]), sure=True)
    own = case_of(store, key)
    done = settle(store, PERSON, key, join=False)
    assert (done.sort, done.case, done.other) == ("keep", own, two[0])
    row = rows(store)[-1]
    assert (row["case"], row["suggested_case"], row["status"], row["relation"]) == (own, None, "confirmed", "new")
    with pytest.raises(ConflictError, match="somebody has answered that already"):
        settle(store, PERSON, key, join=True)


@pytest.mark.parametrize("join", [True, False])
@pytest.mark.parametrize(("sure", "status"), [(True, "confirmed"), (False, "review")])
def test_an_answer_about_the_case_confirms_the_labels_only_where_nothing_else_was_in_doubt(
    store: CaseStore, two: tuple[str, str], join: bool, sure: bool, status: str
):
    key = log(store, C, received=at(9), suggested=case_id_of(store, two[0]), sure=sure)
    settle(store, PERSON, key, join=join)
    assert rows(store)[-1]["status"] == status
    assert [one.id for one in store.corrections()] == ([key] if sure else [])


def test_what_was_corrected_stays_corrected_when_its_case_is_answered(store: CaseStore, two: tuple[str, str]):
    key = log(store, C, received=at(9), suggested=case_id_of(store, two[0]), sure=True)
    correct(store, PERSON, key, Change(kind=E))
    settle(store, PERSON, key, join=True)
    assert rows(store)[-1]["status"] == "corrected"


def test_what_was_taken_for_nothing_joins_no_case_and_can_be_kept_off_it(store: CaseStore, two: tuple[str, str]):
    key = log(store, N, received=at(9), suggested=case_id_of(store, two[0]), sure=True)
    with pytest.raises(CallError, match=f"message {key} was taken for nothing: say what it is first"):
        settle(store, PERSON, key, join=True)
    settle(store, PERSON, key, join=False)
    assert asked(store) == {key: None}, "it still waits for a person to say that it is nothing"


def test_an_answer_follows_the_suggested_case_to_where_it_was_merged(store: CaseStore, store_url: str, two: tuple[str, str]):
    key = log(store, C)
    merge(store, PERSON, *two)
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id == key).values(suggested_case_id=case_id_of(store, two[0])))
    assert settle(store, PERSON, key, join=True).other == two[1]
    assert asked(store) == {key: None}


def test_an_answer_by_mail_to_an_old_reference_finds_the_family_where_their_case_went(inbox: Inbox):
    inbox.take(mail())
    store, old = inbox.pipeline.store, str(inbox.cases[0]["reference"])
    other = case_of(store, log(store, C, status=Status.AUTO))
    merge(store, PERSON, old, other)
    body = "I complained weeks ago that the minibus does not come and nobody has answered me. It did not come again today."
    inbox.take(mail(body=body, subject="Re: no answer", message_id="<two@family.example>", In_Reply_To="<one@family.example>"))
    assert inbox.rows[-1]["case"] == other


# The audit


def test_every_step_stands_in_the_audit_in_the_persons_name_with_references_and_no_word_of_a_mail(
    store: CaseStore, store_url: str, two: tuple[str, str]
):
    third = case_of(store, log(store, C, author=RITA, text="Zephyrine waits."))
    waits = log(store, labels(C, process=Process.STATUTORY), suggested=case_id_of(store, two[0]), sure=True)
    before = len(audit(store_url))
    link(store, PERSON, two[0], third, "Zephyrine is in both.")
    merge(store, PERSON, *two)
    new = split(store, PERSON, two[1], [2]).other or ""
    settle(store, PERSON, waits, join=True)
    unlink(store, PERSON, two[0], third)
    undo(store, PERSON, 5)
    events = audit(store_url)[before:]
    assert {event.actor for event in events} == {PERSON}
    assert [event.action for event in events] == [
        "linked", "linked",
        "moved", "moved", "suggestion moved", "relation moved", "merged", "merged",
        "opened", "moved", "split off",
        "moved", "suggestion answered", "confirmed", "merged", "merged",
        "unlinked", "unlinked",
        "undone", "undone",
    ]  # fmt: skip
    moved = next(event for event in events if event.action == "moved")
    assert (moved.message_pk, moved.detail) == (1, {"from_case": two[0], "to": two[1]})
    assert new in repr(events)
    whole = repr(events).lower()
    assert [word for word in ("zephyrine", "joan", "whitlow", "rita", "family.example", "taxi") if word in whole] == []
