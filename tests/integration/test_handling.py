"""How a case is dealt with: closed, opened again, assigned, due, restricted; on both databases."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from tests.support.casework import PERSON, RITA, TOM, case_id_of, case_of, exported, follow_up
from tests.support.database import writing
from tests.support.logged import at, audit, cases, log, rows
from tests.support.people import person, readers, restrict
from triage import review
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Service, Status
from triage.domain.team import Team
from triage.domain.user import User, UserRole
from triage.domain.wording import COUNCIL_TIME
from triage.errors import CallError, ConflictError
from triage.review import (
    Change,
    answer,
    assign,
    close,
    confirm,
    correct,
    history,
    merge,
    move,
    open_new,
    put_on,
    reopen,
    set_due,
    split,
    undo,
)
from triage.store.casestore import CaseStore
from triage.store.lately import last_change
from triage.store.operations import Done
from triage.store.schema import Case, Message

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
OTHER = "bob at the command line"
DAY = date(2026, 11, 30)


@pytest.fixture
def rita(store: CaseStore, store_url: str) -> User:
    return person(store_url, "rpatel", "Rita Patel")


@pytest.fixture
def two(store: CaseStore) -> tuple[str, str]:
    """Joan's enquiry (1) with Tom's (2), and Rita Moss's complaint (3)."""
    first = log(store, E, status=Status.AUTO, received=at(1))
    follow_up(store, first, E, author=TOM, received=at(2))
    return case_of(store, first), case_of(store, log(store, C, author=RITA, status=Status.AUTO, received=at(3)))


def _case(store: CaseStore, reference: str) -> tuple[int | None, date | None, str | None]:
    """To whom a case is assigned, when it is due, its team."""

    def find(connection: Connection, now: datetime) -> tuple[int | None, date | None, str | None]:
        row = connection.execute(select(Case.__table__).where(Case.reference == reference)).one()
        return row.assigned_to_id, row.due_on, row.team

    return store.look(find)


def _message(store: CaseStore, key: int) -> tuple[int | None, str | None]:
    def find(connection: Connection, now: datetime) -> tuple[int | None, str | None]:
        row = connection.execute(select(Message.__table__).where(Message.id == key)).one()
        return row.assigned_to_id, row.team

    return store.look(find)


def _versions(store: CaseStore, *references: str) -> dict[str, int]:
    return {one: review.show(store, one).version for one in references}


# Closing and opening again


def test_a_case_is_closed_at_the_end_of_a_day_and_that_is_undone(store: CaseStore, store_url: str, two: tuple[str, str]):
    before = exported(store, two[0])
    done = close(store, PERSON, two[0].lower(), Outcome.UPHELD, date(2026, 6, 9))
    assert (done.sort, done.case, done.other) == ("close", two[0], None)
    case = exported(store, two[0])
    assert (case["status"], case["outcome"], case["closed_at"]) == ("closed", "upheld", "2026-06-09T23:59:59+01:00")
    assert (audit(store_url)[-1].action, audit(store_url)[-1].detail) == ("closed", {"outcome": "upheld"})
    undo(store, OTHER, done.number)
    assert exported(store, two[0]) == before
    assert (audit(store_url)[-1].action, audit(store_url)[-1].detail) == ("undone", {"operation": done.number, "sort": "close"})


def test_a_case_is_closed_today_as_of_now_and_not_in_days_to_come_or_before_it_was_opened(store: CaseStore, two: tuple[str, str]):
    now = datetime.now(UTC)
    for wrong, says in ((now.date() + timedelta(days=2), "still to come"), (date(2026, 5, 31), "was opened after that day")):
        with pytest.raises(CallError, match=says):
            close(store, PERSON, two[0], Outcome.UPHELD, wrong)
    close(store, PERSON, two[0], Outcome.UPHELD)
    closed_at = datetime.fromisoformat(exported(store, two[0])["closed_at"])
    assert now <= closed_at <= datetime.now(UTC)
    close(store, PERSON, two[1], Outcome.WITHDRAWN, closed_at.date())
    assert datetime.fromisoformat(exported(store, two[1])["closed_at"]) <= datetime.now(UTC)


def test_whoever_closes_a_case_second_is_told_who_closed_it(store: CaseStore, rita: User, two: tuple[str, str]):
    seen = _versions(store, two[0])
    close(store, rita.name, two[0], Outcome.UPHELD)
    with pytest.raises(
        ConflictError, match=f"someone else has changed {two[0]} since you looked at it: Rita Patel closed this at .*; look again"
    ) as told:
        close(store, PERSON, two[0], Outcome.NOT_UPHELD, versions=seen)
    assert (told.value.lately or "").startswith("Rita Patel closed this at ")
    with pytest.raises(ConflictError, match=f"{two[0]} is closed already: Rita Patel closed this at "):
        close(store, PERSON, two[0], Outcome.NOT_UPHELD)


def test_a_closed_case_is_opened_again_and_that_is_undone(store: CaseStore, store_url: str, two: tuple[str, str]):
    close(store, PERSON, two[0], Outcome.UPHELD)
    before = exported(store, two[0])
    done = reopen(store, PERSON, two[0])
    assert (exported(store, two[0])["status"], exported(store, two[0])["outcome"], exported(store, two[0])["closed_at"]) == (
        "open",
        None,
        None,
    )
    assert (audit(store_url)[-1].action, audit(store_url)[-1].detail) == ("reopened", {"outcome": ["upheld", None]})
    with pytest.raises(ConflictError, match=f"{two[0]} is open already: {PERSON} opened this again at "):
        reopen(store, PERSON, two[0])
    undo(store, PERSON, done.number)
    assert exported(store, two[0]) == before


def test_a_case_that_was_opened_by_mistake_is_not_opened_again(store: CaseStore, two: tuple[str, str]):
    correct(store, PERSON, 3, Change(kind=N))
    with pytest.raises(CallError, match="was opened by mistake and holds nothing"):
        reopen(store, PERSON, two[1])


def test_a_closing_is_not_undone_once_the_case_was_opened_again(store: CaseStore, two: tuple[str, str]):
    done = close(store, PERSON, two[0], Outcome.UPHELD)
    again = reopen(store, PERSON, two[0])
    with pytest.raises(ConflictError, match=f"has been opened again since; undo operation {again.number} first"):
        undo(store, PERSON, done.number)
    undo(store, PERSON, again.number)
    undo(store, PERSON, done.number)


# Due


def test_a_case_is_due_at_the_end_of_a_day_by_the_councils_clock_until_that_is_undone(
    store: CaseStore, store_url: str, two: tuple[str, str]
):
    assert exported(store, two[0])["due_at"] is None
    done = set_due(store, PERSON, two[0], date(2026, 7, 1))
    assert exported(store, two[0])["due_at"] == "2026-07-01T23:59:59+01:00"
    later = set_due(store, PERSON, two[0], DAY)
    assert exported(store, two[0])["due_at"] == "2026-11-30T23:59:59+00:00"
    assert (audit(store_url)[-1].action, audit(store_url)[-1].detail) == ("due", {"on": ["2026-07-01", "2026-11-30"]})
    none = set_due(store, PERSON, two[0], None)
    for number in (none.number, later.number, done.number):
        undo(store, PERSON, number)
    assert exported(store, two[0])["due_at"] is None


def test_a_day_that_is_set_already_or_is_set_for_a_closed_case_is_refused(store: CaseStore, store_url: str, two: tuple[str, str]):
    set_due(store, PERSON, two[0], DAY)
    close(store, PERSON, two[1], Outcome.UPHELD)
    events = len(audit(store_url))
    for reference, says in ((two[0], "it is so already"), (two[1], "is closed: a case that is due is an open one")):
        with pytest.raises(ConflictError, match=says):
            set_due(store, PERSON, reference, DAY)
    assert len(audit(store_url)) == events


def test_what_says_until_when_and_by_whom_goes_on_with_a_case_that_is_merged(store: CaseStore, rita: User, two: tuple[str, str]):
    set_due(store, PERSON, two[0], DAY)
    set_due(store, PERSON, two[1], date(2026, 12, 24))
    assign(store, PERSON, case=two[0], to=rita.id)
    done = merge(store, PERSON, *two)
    assert _case(store, two[1])[:2] == (rita.id, DAY), "the earlier of the two days"
    assert _case(store, two[0])[:2] == (None, None)
    undo(store, PERSON, done.number)
    assert (_case(store, two[0])[:2], _case(store, two[1])[:2]) == ((rita.id, DAY), (None, date(2026, 12, 24)))


def test_a_closed_case_that_is_merged_hands_no_day_on(store: CaseStore, two: tuple[str, str]):
    set_due(store, PERSON, two[0], DAY)
    close(store, PERSON, two[0], Outcome.UPHELD)
    merge(store, PERSON, *two)
    assert _case(store, two[1])[1] is None


# Assigning


def test_a_case_is_assigned_to_a_person_and_a_team_until_that_is_undone(store: CaseStore, store_url: str, rita: User, two: tuple[str, str]):
    done = assign(store, PERSON, case=two[0], to=rita.id, team="Family Placement", teams=(Team("Family Placement", frozenset()),))
    assert _case(store, two[0]) == (rita.id, None, "Family Placement")
    assert (audit(store_url)[-1].action, audit(store_url)[-1].detail) == (
        "assigned",
        {"to": [None, rita.id], "team": ["SEND", "Family Placement"]},
    )
    confirm(store, PERSON, 2)
    assert _case(store, two[0])[2] == "Family Placement", "a decision about another message leaves it"
    nobody = assign(store, PERSON, case=two[0], to=None)
    assert _case(store, two[0]) == (None, None, "Family Placement"), "without a team the one that it has stays"
    for number in (nobody.number, done.number):
        undo(store, PERSON, number)
    assert _case(store, two[0]) == (None, None, "SEND")
    assert _message(store, 1) == (None, "SEND")


def test_a_message_that_is_on_a_case_is_assigned_with_it(store: CaseStore, store_url: str, rita: User, two: tuple[str, str]):
    done = assign(store, PERSON, message=2, to=rita.id)
    assert (done.sort, done.case) == ("assign", two[0])
    assert (_message(store, 2)[0], _message(store, 1)[0], _case(store, two[0])[0]) == (rita.id, None, rita.id)
    undo(store, PERSON, done.number)
    assert (_message(store, 2)[0], _case(store, two[0])[0]) == (None, None)
    assert [(event.action, event.message_pk) for event in audit(store_url)][-1] == ("undone", 2)


def test_a_message_that_is_on_no_case_is_assigned_alone(store: CaseStore, rita: User):
    key = log(store, N)
    done = assign(store, PERSON, message=key, to=rita.id, team="Family Placement")
    assert (done.sort, done.case, _message(store, key)) == ("assign", None, (rita.id, "Family Placement"))
    undo(store, rita.name, done.number, rita)
    assert _message(store, key) == (None, "SEND")


def test_an_assignment_is_not_undone_once_somebody_else_has_it(store: CaseStore, store_url: str, rita: User, two: tuple[str, str]):
    done = assign(store, PERSON, message=2, to=rita.id)
    assign(store, PERSON, case=two[0], to=person(store_url, "mhale", "Mo Hale").id)
    with pytest.raises(ConflictError, match=f"{two[0]} has changed since; undo operation 2 first"):
        undo(store, PERSON, done.number)


def test_nothing_is_assigned_to_somebody_who_may_not_see_or_change_it(store: CaseStore, store_url: str, rita: User, two: tuple[str, str]):
    auditor = person(store_url, "aud", "Ada Audit", UserRole.AUDITOR)
    gone = person(store_url, "gone", "Gus Gone", disabled=True)
    manager = person(store_url, "mhale", "Mo Hale", UserRole.MANAGER, services=frozenset({Service.TRANSPORT}))
    restrict(store_url, case_id_of(store, two[1]), gone)
    for to, says in (
        (auditor.id, "changes nothing"),
        (gone.id, "there is nobody"),
        (999, "there is nobody"),
        (manager.id, "Mo Hale may not see this"),
    ):
        with pytest.raises(CallError, match=says):
            assign(store, PERSON, case=two[0], to=to)
    with pytest.raises(CallError, match="Rita Patel may not see this"):
        assign(store, PERSON, message=3, to=rita.id)
    confirm(store, PERSON, 1)
    assign(store, PERSON, case=two[0], to=manager.id)
    assert _case(store, two[0])[0] == manager.id


@pytest.mark.parametrize(("asked", "says"), [
    ({"to": None}, "say which case or which message"),
    ({"case": "CC-2026-000001", "message": 1, "to": None}, "say which case or which message"),
    ({"case": "CC-2026-000001", "to": None, "team": "Nobody's", "teams": (Team("SEND", frozenset()),)}, "there is no such team"),
    ({"case": "CC-2026-000001", "to": None, "team": ""}, "name a team"),
    ({"message": 99, "to": None}, "there is no message 99"),
])  # fmt: skip
def test_an_assignment_that_says_too_little_or_too_much_is_refused(
    store: CaseStore, store_url: str, two: tuple[str, str], asked: dict[str, Any], says: str
):
    events = len(audit(store_url))
    with pytest.raises(CallError, match=says):
        assign(store, PERSON, **asked)
    assert len(audit(store_url)) == events


@pytest.mark.parametrize(
    "act",
    [
        lambda s, one, seen: close(s, PERSON, one, Outcome.UPHELD, versions=seen),
        lambda s, one, seen: set_due(s, PERSON, one, DAY, versions=seen),
        lambda s, one, seen: assign(s, PERSON, case=one, to=None, team="North", versions=seen),
    ],
)
def test_a_case_that_somebody_changed_meanwhile_is_looked_at_again(store: CaseStore, two: tuple[str, str], act: Callable[..., Done]):
    seen = _versions(store, two[0])
    follow_up(store, 1)
    with pytest.raises(ConflictError, match=f"someone else has changed {two[0]} since you looked at it"):
        act(store, two[0], seen)
    assert act(store, two[0], _versions(store, two[0])).case == two[0]


def test_the_history_of_a_case_tells_how_it_was_dealt_with(store: CaseStore, rita: User, two: tuple[str, str]):
    confirm(store, PERSON, 1)
    assign(store, PERSON, message=1, to=rita.id)
    set_due(store, PERSON, two[0], DAY)
    close(store, PERSON, two[0], Outcome.UPHELD)
    reopen(store, PERSON, two[0])
    assert [one.sort for one in history(store, two[0])] == ["decide", "assign", "due", "close", "reopen"]


# Who did what last


def test_who_did_what_last_is_said_by_name_and_by_the_councils_clock(store: CaseStore, store_url: str, rita: User, two: tuple[str, str]):
    def lately(**of: int) -> str | None:
        return store.look(lambda connection, now: last_change(connection, **of))

    assert (lately(message=1) or "").startswith("Triage logged this at ")
    assert lately(message=99) is None
    confirm(store, rita.name, 1)
    [moment] = [event.at for event in audit(store_url) if event.action == "confirmed"]
    local = moment.astimezone(COUNCIL_TIME)
    assert lately(message=1) == lately(case=case_id_of(store, two[0]))
    assert lately(message=1) == f"Rita Patel confirmed this at {local:%H:%M} on {local.day} {local:%B %Y}"
    split(store, OTHER, two[0], [2])
    assert (lately(case=case_id_of(store, two[0])) or "").startswith(f"{OTHER} split this at ")
    with store.transaction("somebody") as ledger:
        for _ in range(3):
            ledger.record("read", case_id=case_id_of(store, two[0]), message_pk=1)
    assert (lately(case=case_id_of(store, two[0])) or "").startswith(f"{OTHER} split this at "), "to read is not to change"
    assert (lately(message=1) or "").startswith("Rita Patel confirmed this at ")


# A restriction follows the mail


@pytest.fixture
def people(store_url: str) -> tuple[User, User, User]:
    return tuple(person(store_url, name, name.title()) for name in ("ann", "bob", "cat"))  # type: ignore[return-value]


def test_a_case_that_a_restricted_one_is_merged_into_is_seen_by_the_readers_of_both_and_stays_so(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User]
):
    one, other = (case_id_of(store, reference) for reference in two)
    ann, bob, _ = people
    restrict(store_url, one, ann)
    done = merge(store, PERSON, *two)
    assert (readers(store_url, one), readers(store_url, other)) == ({ann.id}, {ann.id})
    [event] = [event for event in audit(store_url) if event.action == "restricted"]
    assert (event.actor, event.case_id, event.detail) == (PERSON, other, {"readers": [ann.id]})
    undo(store, PERSON, done.number)
    assert (readers(store_url, one), readers(store_url, other)) == ({ann.id}, {ann.id}), "undoing loosens nothing"

    third = case_of(store, log(store, C))
    restrict(store_url, case_id_of(store, third), bob)
    done = merge(store, PERSON, two[1], third)
    assert readers(store_url, case_id_of(store, third)) == {ann.id, bob.id}
    undo(store, PERSON, done.number)
    assert readers(store_url, case_id_of(store, third)) == {bob.id}, "whom the merging named is named no longer"
    assert readers(store_url, other) == {ann.id}


def test_a_case_that_an_open_one_is_merged_into_keeps_its_readers(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User]
):
    restrict(store_url, case_id_of(store, two[1]), people[0])
    done = merge(store, PERSON, *two)
    assert readers(store_url, case_id_of(store, two[1])) == {people[0].id}
    undo(store, PERSON, done.number)
    assert readers(store_url, case_id_of(store, two[0])) is None, "it was open before, and nobody has restricted its mail since"


@pytest.mark.parametrize("act", [
    lambda s, one: split(s, PERSON, one, [2]).other,
    lambda s, one: open_new(s, PERSON, 2).reference,
])  # fmt: skip
def test_what_is_taken_off_a_restricted_case_is_seen_by_the_same_people(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User], act: Callable[..., str]
):
    restrict(store_url, case_id_of(store, two[0]), *people[:2])
    new = act(store, two[0])
    assert readers(store_url, case_id_of(store, new)) == {people[0].id, people[1].id}
    assert readers(store_url, case_id_of(store, two[1])) is None


@pytest.mark.parametrize("act", [
    lambda s, to: move(s, PERSON, 2, to),
    lambda s, to: put_on(s, PERSON, 2, to),
])  # fmt: skip
def test_the_case_that_a_message_of_a_restricted_one_is_put_on_is_restricted_too(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User], act: Callable[..., object]
):
    restrict(store_url, case_id_of(store, two[0]), people[0])
    act(store, two[1])
    assert readers(store_url, case_id_of(store, two[1])) == {people[0].id}


def test_joining_a_suggested_case_takes_the_restriction_along(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User]
):
    key = log(store, C, suggested=case_id_of(store, two[0]))
    restrict(store_url, case_id_of(store, case_of(store, key)), people[2])
    answer(store, PERSON, key, join=True)
    assert readers(store_url, case_id_of(store, two[0])) == {people[2].id}


def test_mail_that_was_restricted_since_goes_back_to_nobody_who_does_not_see_it_now(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User]
):
    done = merge(store, PERSON, *two)
    restrict(store_url, case_id_of(store, two[1]), people[1])
    undo(store, PERSON, done.number)
    assert readers(store_url, case_id_of(store, two[0])) == {people[1].id}


def test_who_was_taken_off_the_readers_since_does_not_come_back_by_undoing(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User]
):
    ann, bob, cat = people
    one, other = (case_id_of(store, reference) for reference in two)
    restrict(store_url, one, ann, bob)
    done = merge(store, PERSON, *two)
    with writing(store_url) as connection:
        connection.exec_driver_sql(f"DELETE FROM case_reader WHERE case_id = {other} AND account_id = {ann.id}")
        connection.exec_driver_sql(f"INSERT INTO case_reader (case_id, account_id) VALUES ({other}, {cat.id})")
    undo(store, PERSON, done.number)
    assert (readers(store_url, one), readers(store_url, other)) == ({bob.id}, {bob.id, cat.id})


def test_a_decision_is_not_undone_where_everybody_would_see_what_was_restricted_since(
    store: CaseStore, store_url: str, people: tuple[User, User, User]
):
    key = log(store, N)
    done = correct(store, PERSON, key, Change(kind=E))
    restrict(store_url, case_id_of(store, done.reference or ""), people[0])
    with pytest.raises(ConflictError, match=f"{done.reference} has been restricted to named people since"):
        undo(store, PERSON, done.operation or 0)
    assert rows(store)[0]["case"] == done.reference


def test_what_only_named_people_see_is_not_put_where_everybody_sees_it(
    store: CaseStore, store_url: str, two: tuple[str, str], people: tuple[User, User, User]
):
    officers = log(store, C, mailboxes=("officer-hale",))
    for reference in (two[1], case_of(store, officers)):
        restrict(store_url, case_id_of(store, reference), people[0])
    before = cases(store), rows(store)
    with pytest.raises(CallError, match="lift the restriction first"):
        correct(store, PERSON, 3, Change(kind=N))
    assert (cases(store), rows(store)) == before
    assert correct(store, PERSON, officers, Change(kind=N)).erased, "of which no word is left"


def test_a_message_that_is_a_case_of_its_own_already_is_only_decided_about(store: CaseStore, two: tuple[str, str]):
    done = open_new(store, PERSON, 3, Change(urgent=True))
    assert (done.reference, exported(store, two[1])["urgent"], len(cases(store))) == (two[1], True, 2)
