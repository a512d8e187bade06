"""Everything that came to a case and was done on it, in order of time, in plain English; on both databases."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.casework import PERSON, RITA, TOM, case_id_of, case_of, follow_up
from tests.support.logged import JOAN, at, log
from tests.support.viewers import person
from tests.unit.making import labels
from triage import desk, review
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Process, Status, Theme
from triage.domain.user import User, UserRole
from triage.review import Change
from triage.store.casestore import CaseStore
from triage.store.schema import Message
from triage.store.timeline import Entry, Sort

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
BOSS = "boss@ashmere.example"


@pytest.fixture
def rita(store: CaseStore) -> User:
    return person(store, "rita")


def change(store: CaseStore, key: int, **values: Any) -> None:
    statement = update(Message).where(Message.id == key).values(**values)
    store.work("tests", lambda ledger, connection: connection.execute(statement) and None)


def entries(store: CaseStore, user: User, reference: str) -> list[Entry]:
    return list(desk.case(store, user, reference).timeline)


def by_people(store: CaseStore, user: User, reference: str) -> list[str]:
    return [f"{one.who} {one.what}" for one in entries(store, user, reference) if one.sort in (Sort.PERSON, Sort.NOTE)]


def numbers(store: CaseStore, user: User, reference: str) -> list[int | None]:
    return [one.operation for one in entries(store, user, reference) if one.sort is Sort.PERSON]


def test_mail_is_told_with_who_wrote_it_by_what_way_and_what_the_program_made_of_it_and_why(store: CaseStore, rita: User):
    first = log(store, C, received=at(1), mailboxes=("complaints", "officer-hale"))
    second = follow_up(store, first, author=RITA, received=at(3), status=Status.REVIEW)
    change(store, second, forwarder=BOSS, forwarded=True)
    found = entries(store, rita, case_of(store, first))
    assert [(one.sort.value, one.who, one.what, one.message) for one in found] == [
        ("mail", "Joan Whitlow", "wrote, to the mailbox complaints", first),
        ("mail", "Joan Whitlow", "wrote the same message to the mailbox officer-hale", first),
        ("mail", "Rita Moss", f"wrote, forwarded by {BOSS}, to the mailbox complaints", second),
        ("program", "Triage", "took it for a complaint (71% sure), opened this case with it, and asked a person to look at it", first),
        ("program", "Triage", "took it for a complaint (71% sure), put it on this case, and asked a person to look at it", second),
    ]
    assert found[3].why == ("The classifier is 71% sure.",)
    assert [one.at for one in found[:3]] == [at(1), at(1), at(3)]
    assert all(one.operation is None and not one.undone for one in found)


def test_what_needed_no_person_is_told_shorter(store: CaseStore, rita: User):
    first = log(store, C, status=Status.AUTO)
    follow_up(store, first)
    said = [one.what for one in entries(store, rita, case_of(store, first)) if one.sort is Sort.PROGRAM]
    assert said == [
        "took it for a complaint (71% sure) and opened this case with it",
        "took it for a complaint (71% sure) and put it on this case",
    ]


def test_what_people_decided_is_told_with_what_it_was_before(store: CaseStore, rita: User):
    key = log(store, labels(C, themes=(Theme.DELAY,)))
    reference = case_of(store, key)
    review.confirm(store, "rita", key)
    review.correct(store, "rita", key, Change(kind=E, themes=()))
    review.correct(store, PERSON, key, Change(kind=C, process=Process.STATUTORY, urgent=True, themes=(Theme.CONDUCT, Theme.RECORDS)))
    assert by_people(store, rita, reference) == [
        "Rita Shaw confirmed what it was taken for",
        "Rita Shaw corrected kind from complaint to enquiry, process from corporate to none and themes from delay to none",
        f"{PERSON} corrected kind from enquiry to complaint, process from none to statutory, urgent from no to yes "
        "and themes from none to conduct, records",
    ]
    assert [one.message for one in entries(store, rita, reference)][-3:] == [key, key, key]


def test_a_case_that_a_person_opened_is_told_as_theirs(store: CaseStore, rita: User):
    key = log(store, N)
    review.correct(store, "rita", key, Change(kind=E))
    assert by_people(store, rita, case_of(store, key)) == ["Rita Shaw opened this case", "Rita Shaw corrected kind from none to enquiry"]
    assert "took it for nothing for the case store (71% sure), and asked a person to look at it" in [
        one.what for one in entries(store, rita, case_of(store, key))
    ]


def test_a_merge_is_one_entry_on_the_case_that_is_left_with_the_number_that_undoes_it(store: CaseStore, rita: User):
    one, other = log(store, C, received=at(1)), log(store, C, author=RITA, received=at(2))
    gone, left = case_of(store, one), case_of(store, other)
    review.correct(store, "rita", one, Change(urgent=True))
    done = review.merge(store, "rita", gone, left)
    assert by_people(store, rita, left) == ["Rita Shaw corrected urgent from no to yes", f"Rita Shaw merged {gone} into this case"]
    assert numbers(store, rita, left)[-1] == done.number
    assert [entry.who for entry in entries(store, rita, left) if entry.sort is Sort.MAIL] == [JOAN.name, RITA.name], "its mail came along"
    review.undo(store, "rita", done.number)
    [merged, undone] = [entry for entry in entries(store, rita, left) if entry.sort is Sort.PERSON]
    assert (merged.what, merged.undone, merged.operation) == (f"merged {gone} into this case", True, None)
    assert undone.what == "took back the merging of two cases"
    assert by_people(store, rita, gone)[-1] == "Rita Shaw took back the merging of two cases"


def test_a_split_is_told_on_either_case(store: CaseStore, rita: User):
    first = log(store, C, received=at(1))
    second = follow_up(store, first, author=RITA, received=at(2))
    done = review.split(store, "rita", case_of(store, first), [second])
    assert by_people(store, rita, done.case or "") == [f"Rita Shaw split {done.other} off this case"]
    assert by_people(store, rita, done.other or "") == [f"Rita Shaw split this case off {done.case}"]
    assert numbers(store, rita, done.other or "") == [done.number]
    put = [one.what for one in entries(store, rita, done.other or "") if one.sort is Sort.PROGRAM]
    assert put == [f"took it for a complaint (71% sure) and put it on {done.case}"]


def test_a_move_is_told_on_either_case(store: CaseStore, rita: User):
    first, other = log(store, C, received=at(1)), log(store, C, author=TOM, received=at(1))
    second = follow_up(store, first, author=RITA, received=at(2))
    review.move(store, "rita", second, case_of(store, other))
    one, two = case_of(store, first), case_of(store, other)
    assert by_people(store, rita, one) == [f"Rita Shaw moved a message from this case to {two}"]
    assert by_people(store, rita, two) == [f"Rita Shaw moved a message from {one} to this case"]


def test_an_answer_about_a_suggested_case_is_told_as_one(store: CaseStore, rita: User):
    one, two = log(store, C), log(store, C, author=RITA)
    left = case_of(store, one)
    joins = log(store, C, author=TOM, suggested=case_id_of(store, left), sure=True)
    stays = log(store, C, author=TOM, suggested=case_id_of(store, left))
    gone, own = case_of(store, joins), case_of(store, stays)
    joined = review.settle(store, "rita", joins, join=True)
    kept = review.settle(store, "rita", stays, join=False)
    assert by_people(store, rita, left) == [
        f"Rita Shaw said that it is about the same matter, and merged {gone} into this case",
        f"Rita Shaw said that a message of {own} does not belong to this case",
    ] or by_people(store, rita, left) == [
        "Rita Shaw confirmed what it was taken for",
        f"Rita Shaw said that it is about the same matter, and merged {gone} into this case",
        f"Rita Shaw said that a message of {own} does not belong to this case",
    ]
    assert by_people(store, rita, own) == [f"Rita Shaw said that a message does not belong to {left}"]
    assert numbers(store, rita, left)[-2:] == [joined.number, kept.number]
    assert entries(store, rita, own)[-1].message == stays
    assert two


def test_relations_are_told_where_the_other_case_may_be_seen(store: CaseStore, rita: User):
    tom = person(store, "tom")
    one, other = case_of(store, log(store, C)), case_of(store, log(store, C, author=RITA))
    review.link(store, "rita", one, other, "One closure.")
    review.unlink(store, "rita", one, other)
    told = [f"Rita Shaw noted that {other} is related", f"Rita Shaw noted that {other} is not related after all"]
    assert by_people(store, tom, one) == told
    assert by_people(store, tom, other) == [words.replace(other, one) for words in told]
    desk.restrict(store, rita, other, [])
    assert by_people(store, tom, one) == []
    assert by_people(store, rita, one) == told


def test_a_relation_that_the_program_found_is_told_as_its_own(store: CaseStore, rita: User):
    one, other = case_of(store, log(store, C)), case_of(store, log(store, C, author=RITA))
    keys = case_id_of(store, one), case_id_of(store, other)
    with store.transaction("triage 0.1.0, model x") as ledger:
        ledger.relate_cases(*keys, "The same letter.")
    assert [(each.who, each.what) for each in entries(store, rita, one)][-1] == ("Triage", f"found that {other} is related")
    assert desk.case(store, rita, one).related[0].made_by == "Triage"


def test_a_hidden_case_is_another_case_in_every_sentence(store: CaseStore, rita: User):
    tom = person(store, "tom")
    first = log(store, C, received=at(1))
    second = follow_up(store, first, author=RITA, received=at(2))
    third = follow_up(store, first, author=TOM, received=at(3))
    reference = case_of(store, first)
    secret = review.split(store, "rita", reference, [second]).other or ""
    review.move(store, "rita", third, secret)
    review.move(store, "rita", third, reference)
    desk.restrict(store, rita, secret, [])
    assert secret in " ".join(by_people(store, rita, reference))
    assert by_people(store, tom, reference) == [
        "Rita Shaw split another case off this case",
        "Rita Shaw moved a message from this case to another case",
        "Rita Shaw moved a message from another case to this case",
    ]


def test_closing_is_told_with_its_outcome_and_so_is_a_case_that_was_opened_by_mistake(store: CaseStore, rita: User):
    key, other = log(store, C), log(store, C, author=RITA)
    reference, mistake = case_of(store, key), case_of(store, other)
    review.close_case(store, "rita", reference, Outcome.PARTIALLY_UPHELD, datetime(2026, 6, 9, 12, tzinfo=UTC))
    assert by_people(store, rita, reference) == ["Rita Shaw closed this case: partially upheld"]
    review.correct(store, "rita", other, Change(kind=N))
    assert "Rita Shaw closed this case: no message is left on it" in by_people(store, rita, mistake)


def test_what_is_assigned_due_closed_and_opened_again_is_told_with_numbers(store: CaseStore, rita: User):
    tom = person(store, "tom")
    reference = case_of(store, log(store, C))
    review.assign(store, "rita", case=reference, to=tom.id, team="Transport")
    review.assign(store, "rita", message=desk.case(store, rita, reference).messages[0].id, to=None)
    review.set_due(store, "rita", reference, date(2026, 6, 15))
    review.set_due(store, "rita", reference, None)
    review.close(store, "rita", reference, Outcome.UPHELD)
    review.reopen(store, "rita", reference)
    assert by_people(store, rita, reference) == [
        "Rita Shaw assigned it to Tom Shaw and gave it to the team Transport",
        "Rita Shaw assigned it to nobody",
        "Rita Shaw set the due date to 15 June 2026",
        "Rita Shaw took the due date away",
        "Rita Shaw closed this case: upheld",
        "Rita Shaw opened this case again",
    ]
    assert all(number is not None for number in numbers(store, rita, reference))


def test_a_decision_is_undone_by_its_number_and_an_answer_that_decides_too(store: CaseStore, rita: User):
    key, other = log(store, C), log(store, C, author=RITA)
    reference = case_of(store, key)
    decided = review.confirm(store, "rita", key)
    asked = log(store, C, author=TOM, suggested=case_id_of(store, case_of(store, other)))
    own = case_of(store, asked)
    answered = review.answer(store, "rita", asked, join=True, change=Change(urgent=True))
    assert numbers(store, rita, reference) == [decided.operation]
    left = case_of(store, other)
    assert by_people(store, rita, left) == [
        "Rita Shaw corrected urgent from no to yes", f"Rita Shaw said that it is about the same matter, and merged {own} into this case",
    ]  # fmt: skip
    assert numbers(store, rita, left) == [None, answered.operation]
    review.undo(store, "rita", decided.operation or 0)
    last = entries(store, rita, reference)[-1]
    assert (last.what, last.message) == ("took back a decision about a message", key)
    assert [one.undone for one in entries(store, rita, reference) if one.sort is Sort.PERSON] == [True, False]


def test_who_cannot_undo_anything_is_given_no_numbers(store: CaseStore, rita: User):
    key, second = log(store, C, received=at(1)), log(store, C, author=RITA, received=at(2))
    reference, secret = case_of(store, key), case_of(store, second)
    review.confirm(store, "rita", key)
    third = follow_up(store, key, author=TOM, received=at(3))
    review.move(store, "rita", third, secret)
    desk.restrict(store, rita, secret, [])
    assert numbers(store, person(store, "olu", UserRole.AUDITOR), reference) == [None, None]
    confirmed, moved = numbers(store, person(store, "tom"), reference)
    assert confirmed is not None and moved is None, "the other case is not Tom's to see"


def test_a_name_that_is_no_account_is_shown_as_it_stands(store: CaseStore, rita: User):
    key = log(store, C)
    review.confirm(store, PERSON, key)
    assert by_people(store, rita, case_of(store, key)) == [f"{PERSON} confirmed what it was taken for"]
