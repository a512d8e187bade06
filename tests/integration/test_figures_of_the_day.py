"""The start page's figures: each message once, by the council's clock, and only what somebody may see."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from tests.support.casework import case_id_of, case_of
from tests.support.database import writing
from tests.support.logged import JOAN, log, log_wordless, place
from triage.domain.labels import Kind, Service, Status
from triage.domain.message import Address, Arrival
from triage.domain.user import User, UserRole
from triage.store import figures, queue
from triage.store.caselist import SOON
from triage.store.casestore import CaseStore
from triage.store.paging import MOST_COUNTED, Count
from triage.store.schema import Account, Case, CaseReader, CaseRestriction, Delivery, Message

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
TODAY = date(2026, 6, 18)
MORNING = datetime(2026, 6, 18, 9, 0, tzinfo=UTC)
PAUL = Address("paul.reddy@home.example", "Paul Reddy")
REVIEWER = User(1, "ann", "Ann Lowe", UserRole.REVIEWER)
OTHER = User(2, "ben", "Ben Carr", UserRole.REVIEWER)
MANAGER = User(3, "mo", "Mo Iqbal", UserRole.MANAGER, "mo.iqbal@ashmere.example", frozenset({Service.TRANSPORT}))


@pytest.fixture
def accounts(store: CaseStore, store_url: str) -> None:
    with writing(store_url) as connection:
        for one in (REVIEWER, OTHER, MANAGER):
            values = {"id": one.id, "name": one.name, "full_name": one.full_name, "role": one.role.value, "address": one.address}
            connection.execute(insert(Account).values(**values, services=[], must_change=False, failures=0, created_at=MORNING))


def intake(store: CaseStore, viewer: User = REVIEWER, today: date = TODAY) -> figures.Intake:
    return store.look(lambda connection, now: figures.intake(connection, viewer, today))


def waiting(store: CaseStore, viewer: User = REVIEWER) -> figures.InReview:
    return store.look(lambda connection, now: figures.waiting(connection, viewer))


def due(store: CaseStore, viewer: User = REVIEWER) -> figures.Dates:
    return store.look(lambda connection, now: figures.due(connection, viewer, TODAY))


def restrict(store: CaseStore, store_url: str, message: int, *readers: User) -> None:
    case_id = case_id_of(store, case_of(store, message))
    with writing(store_url) as connection:
        connection.execute(insert(CaseRestriction).values(case_id=case_id, made_by="ann", made_at=MORNING))
        for one in readers:
            connection.execute(insert(CaseReader).values(case_id=case_id, account_id=one.id))


def change_case(store: CaseStore, store_url: str, message: int, **values: object) -> None:
    case_id = case_id_of(store, case_of(store, message))
    with writing(store_url) as connection:
        connection.execute(update(Case).where(Case.id == case_id).values(**values))


def change_message(store_url: str, message: int, **values: object) -> None:
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id == message).values(**values))


def quarantine(store: CaseStore) -> None:
    with store.transaction("triage") as ledger:
        ledger.quarantine(Arrival(place(), b"broken", 6, MORNING), MORNING, "it could not be read")


def test_todays_messages_are_counted_by_kind_and_by_mailbox(store: CaseStore) -> None:
    log(store, C, received=MORNING)
    log(store, C, received=MORNING, mailboxes=("officer-hale",))
    log(store, E, received=MORNING, author=PAUL)
    log(store, C, received=MORNING - timedelta(days=1))
    log(store, C, received=MORNING + timedelta(days=1))
    found = intake(store)
    assert found.kinds == {C: 2, E: 1, P: 0, N: 0}
    assert found.total == 3
    assert found.mailboxes == (("complaints", {C: 1, E: 1, P: 0, N: 0}), ("officer-hale", {C: 1, E: 0, P: 0, N: 0}))


def test_a_message_in_several_mailboxes_is_counted_once_where_it_came_first(store: CaseStore) -> None:
    log(store, C, received=MORNING, mailboxes=("complaints", "officer-hale", "complaints"))
    found = intake(store)
    assert found.kinds[C] == 1
    assert found.mailboxes == (("complaints", {C: 1, E: 0, P: 0, N: 0}),)


def test_a_message_that_is_delivered_again_on_a_later_day_stays_counted_on_its_first(store: CaseStore, store_url: str) -> None:
    key = log(store, C, received=MORNING - timedelta(days=2), mailboxes=("complaints", "officer-hale"))
    with writing(store_url) as connection:
        last = connection.execute(Delivery.__table__.select().where(Delivery.message_pk == key).order_by(Delivery.id.desc())).first()
        assert last is not None
        connection.execute(update(Delivery).where(Delivery.id == last.id).values(received_at=MORNING))
    found = intake(store)
    assert found.total == 0 and found.mailboxes == ()
    assert dict(found.days)[TODAY - timedelta(days=2)][C] == 1


def test_people_who_write_twice_are_counted_once_and_newsletters_are_no_people(store: CaseStore) -> None:
    log(store, C, received=MORNING)
    log(store, P, received=MORNING)
    log(store, E, received=MORNING, author=PAUL)
    log(store, N, received=MORNING, author=Address("news@bulletin.example", "Bulletin"))
    log(store, E, received=MORNING - timedelta(days=1), author=Address("lena.voss@home.example", "Lena Voss"))
    assert intake(store).people == 2


def test_someone_without_an_address_is_counted_by_name_and_someone_unknown_not_at_all(store: CaseStore) -> None:
    log(store, C, received=MORNING, author=Address("", "Iris Penn"))
    log(store, C, received=MORNING, author=Address("", ""))
    assert intake(store).people == 1


def test_a_day_begins_at_midnight_by_the_councils_clock(store: CaseStore) -> None:
    # In June the council's midnight is 23:00 in UTC, in January it is midnight there too.
    log(store, C, received=datetime(2026, 6, 17, 22, 59, tzinfo=UTC))
    log(store, C, received=datetime(2026, 6, 17, 23, 1, tzinfo=UTC))
    log(store, E, received=datetime(2026, 6, 18, 22, 59, tzinfo=UTC))
    log(store, E, received=datetime(2026, 6, 18, 23, 1, tzinfo=UTC))
    log(store, P, received=datetime(2026, 1, 5, 23, 30, tzinfo=UTC))
    assert intake(store).kinds == {C: 1, E: 1, P: 0, N: 0}
    assert intake(store, today=date(2026, 1, 5)).kinds[P] == 1


def test_the_last_fourteen_days_are_each_there_and_no_other(store: CaseStore) -> None:
    log(store, C, received=MORNING - timedelta(days=13))
    log(store, C, received=MORNING - timedelta(days=14))
    log(store, P, received=MORNING - timedelta(days=4))
    days = intake(store).days
    assert [day for day, _ in days] == [TODAY - timedelta(days=back) for back in range(13, -1, -1)]
    assert [(day, kind) for day, kinds in days for kind, number in kinds.items() if number] == [
        (TODAY - timedelta(days=13), C),
        (TODAY - timedelta(days=4), P),
    ]


def test_the_days_on_which_the_clock_changes_are_whole(store: CaseStore) -> None:
    # 29 March 2026 has 23 hours.
    for hour in range(24):
        log(store, C, received=datetime(2026, 3, 28, 12, tzinfo=UTC) + timedelta(hours=hour))
    days = dict(intake(store, today=date(2026, 3, 30)).days)
    assert days[date(2026, 3, 28)][C] == 12
    assert days[date(2026, 3, 29)][C] == 12
    assert sum(kinds[C] for kinds in days.values()) == 24


def test_officers_mail_without_words_is_counted_as_none(store: CaseStore) -> None:
    log_wordless(store)
    assert intake(store, today=date(2026, 3, 2)).kinds[N] == 1


def test_nothing_came_in_is_said_with_noughts(store: CaseStore) -> None:
    found = intake(store)
    assert found.kinds == {C: 0, E: 0, P: 0, N: 0} and found.mailboxes == () and len(found.days) == 14 and found.people == 0


@pytest.mark.usefixtures("accounts")
def test_mail_on_a_restricted_case_is_counted_for_those_who_are_named_only(store: CaseStore, store_url: str) -> None:
    key = log(store, C, received=MORNING)
    restrict(store, store_url, key, OTHER)
    assert intake(store).total == 0 and intake(store).people == 0 and intake(store).days[-1][1][C] == 0
    assert waiting(store).all == Count(0)
    assert intake(store, OTHER).total == 1 and intake(store, OTHER).people == 1
    assert waiting(store, OTHER).all == Count(1)


@pytest.mark.usefixtures("accounts")
def test_a_manager_is_told_of_what_they_forwarded_and_nothing_of_mailboxes_and_quarantine(store: CaseStore, store_url: str) -> None:
    log(store, C, received=MORNING)
    passed_on = log(store, E, received=MORNING, author=PAUL)
    change_message(store_url, passed_on, forwarder=MANAGER.address)
    quarantine(store)
    found = intake(store, MANAGER)
    assert found.kinds == {C: 0, E: 1, P: 0, N: 0} and found.mailboxes is None and found.people == 1
    assert waiting(store, MANAGER).all == Count(1) and waiting(store, MANAGER).quarantined is None
    assert waiting(store, REVIEWER).quarantined == Count(1)


@pytest.mark.usefixtures("accounts")
def test_a_manager_is_told_of_cases_of_their_services_once_a_person_has_looked(store: CaseStore, store_url: str) -> None:
    key = log(store, C, received=MORNING)
    change_case(store, store_url, key, due_on=TODAY)
    assert intake(store, MANAGER).total == 0 and due(store, MANAGER).week == Count(0)
    change_message(store_url, key, status=Status.CONFIRMED.value)
    assert intake(store, MANAGER).total == 1 and due(store, MANAGER).week == Count(1)


def test_what_waits_is_counted_by_why(store: CaseStore, store_url: str) -> None:
    on_case = log(store, C, status=Status.CONFIRMED)
    case_id = case_id_of(store, case_of(store, on_case))
    log(store, C)
    change_message(store_url, log(store, C), urgent=True)
    change_message(store_url, log(store, E), urgent=None)
    log(store, E, suggested=case_id)
    change_message(store_url, log(store, C, suggested=case_id), urgent=True)
    log(store, C, status=Status.AUTO)
    change_message(store_url, log(store, N), erased_at=MORNING)
    found = waiting(store)
    assert (found.all, found.urgent, found.unsure, found.suggested) == (Count(5), Count(2), Count(2), Count(2))
    assert found.quarantined == Count(0)


def test_as_many_wait_as_in_the_parts_of_the_queue(store: CaseStore, store_url: str) -> None:
    case_id = case_id_of(store, case_of(store, log(store, C, status=Status.CONFIRMED)))
    for number in range(7):
        key = log(store, (C, E, P)[number % 3], suggested=case_id if number % 2 else None)
        change_message(store_url, key, urgent=number in (1, 2, 6))
    quarantine(store)
    found, there = waiting(store), store.look(lambda connection, now: queue.counts(connection, REVIEWER, now))
    assert (found.all, found.urgent, found.unsure, found.suggested) == tuple(
        there.sections[one] for one in (queue.Section.EVERYTHING, queue.Section.URGENT, queue.Section.UNSURE, queue.Section.SUGGESTED)
    )
    assert found.quarantined == there.quarantined == Count(1)


def test_a_thousand_are_counted_and_no_more(store: CaseStore, store_url: str) -> None:
    key = log(store, C)
    with writing(store_url) as connection:
        row = dict(connection.execute(Message.__table__.select().where(Message.id == key)).one()._mapping)
        many = [{**row, "id": key + number, "message_id": None} for number in range(1, MOST_COUNTED + 1)]
        connection.execute(insert(Message), many)
    assert waiting(store).all == Count(MOST_COUNTED, more=True)
    assert waiting(store).urgent == Count(0)


@pytest.mark.usefixtures("accounts")
def test_open_cases_are_counted_by_their_due_date(store: CaseStore, store_url: str) -> None:
    for days in (-30, -1, 0, SOON.days, SOON.days + 1, None):
        key = log(store, C, author=JOAN)
        change_case(store, store_url, key, due_on=None if days is None else TODAY + timedelta(days=days))
    closed = log(store, C)
    change_case(store, store_url, closed, due_on=TODAY, status="closed", closed_at=MORNING, outcome="upheld")
    assert due(store) == figures.Dates(week=Count(2), overdue=Count(2), mine=Count(0))


@pytest.mark.usefixtures("accounts")
def test_the_viewers_own_cases_are_those_that_are_open_and_assigned_to_them(store: CaseStore, store_url: str) -> None:
    mine, closed, others = (log(store, C) for _ in range(3))
    change_case(store, store_url, mine, assigned_to_id=REVIEWER.id)
    change_case(store, store_url, closed, assigned_to_id=REVIEWER.id, status="closed", closed_at=MORNING, outcome="upheld")
    change_case(store, store_url, others, assigned_to_id=OTHER.id)
    assert due(store).mine == Count(1)
    restrict(store, store_url, mine, OTHER)
    assert due(store).mine == Count(0)
