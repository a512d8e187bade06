"""What the queue shows: which messages, in which order, to whom, and which comes next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from tests.support.casework import RITA, TOM, case_id_of, case_of, follow_up
from tests.support.database import writing
from tests.support.logged import JOAN, at, case_key, log, log_wordless, place
from tests.support.viewers import disable, person, restrict
from tests.unit.making import NOON, labels
from triage.domain.labels import Kind, Process, Role, Service, Status
from triage.domain.message import Arrival
from triage.domain.user import User, UserRole
from triage.errors import CallError
from triage.store import paging, queue
from triage.store.casestore import CaseStore
from triage.store.paging import Count
from triage.store.queue import Claimant, Counts, Filter, Page, Section, Sort
from triage.store.schema import Case, Message, MessageClaim

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFICER = "officer-hale"


@pytest.fixture
def viewer(store: CaseStore) -> User:
    return person(store, "rita")


def page(store: CaseStore, viewer: User, asked: Filter | None = None, after: str | None = None, size: int = 25) -> Page:
    return store.look(lambda connection, now: queue.page(connection, viewer, NOW, asked or Filter(), after, size=size))


def shown(store: CaseStore, viewer: User, asked: Filter | None = None) -> list[int]:
    return [row.id for row in page(store, viewer, asked).rows]


def counts(store: CaseStore, viewer: User) -> Counts:
    return store.look(lambda connection, now: queue.counts(connection, viewer, NOW))


def following(store: CaseStore, viewer: User, message: int | None, asked: Filter | None = None) -> int | None:
    return store.look(lambda connection, now: queue.following(connection, viewer, NOW, asked or Filter(), message))


def change(store_url: str, key: int, **values: Any) -> None:
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id == key).values(**values))


def claim(store_url: str, key: int, by: User, minutes_ago: int = 1) -> None:
    with writing(store_url) as connection:
        connection.execute(insert(MessageClaim), {"message_pk": key, "account_id": by.id, "at": NOW - timedelta(minutes=minutes_ago)})


# Sections, orders, filters


def test_each_section_has_what_belongs_to_it_and_only_what_waits(store: CaseStore, store_url: str, viewer: User):
    logged = log(store, C, status=Status.AUTO)
    case_id = case_key(store, logged)
    urgent = log(store, labels(C, urgent=True))
    unsure = log(store, C)
    suggested = log(store, C, suggested=case_id)
    both = log(store, labels(C, urgent=True), suggested=case_id)
    log(store, C, status=Status.CONFIRMED)
    log(store, N, status=Status.AUTO)
    log_wordless(store)
    change(store_url, log(store, C), erased_at=NOON)
    assert {section: set(shown(store, viewer, Filter(section))) for section in Section} == {
        Section.EVERYTHING: {urgent, unsure, suggested, both},
        Section.URGENT: {urgent, both},
        Section.UNSURE: {unsure},
        Section.SUGGESTED: {suggested, both},
        Section.LOGGED: {logged},
    }
    found = counts(store, viewer)
    assert {section: one.number for section, one in found.sections.items()} == dict(zip(Section, (4, 2, 1, 2, 1), strict=True))
    assert found.mine == found.quarantined == Count(0) and not any(one.more for one in found.sections.values())


def test_each_order_is_its_own_and_what_was_logged_is_newest_first(store: CaseStore, store_url: str, viewer: User):
    old, urgent, new = log(store, C, received=at(1)), log(store, labels(C, urgent=True), received=at(3)), log(store, C, received=at(5))
    change(store_url, new, confidence=0.4)
    change(store_url, urgent, confidence=0.6)
    assert shown(store, viewer) == [urgent, old, new]
    assert shown(store, viewer, Filter(sort=Sort.OLDEST)) == [old, urgent, new]
    assert shown(store, viewer, Filter(sort=Sort.NEWEST)) == [new, urgent, old]
    assert shown(store, viewer, Filter(sort=Sort.LEAST_SURE)) == [new, urgent, old]
    assert shown(store, viewer, Filter(Section.UNSURE)) == shown(store, viewer, Filter(Section.UNSURE, sort=Sort.OLDEST)) == [old, new]
    before, after = (log(store, C, status=Status.AUTO, received=at(day)) for day in (1, 2))
    assert shown(store, viewer, Filter(Section.LOGGED, sort=Sort.OLDEST)) == [after, before]


def test_each_filter_leaves_what_it_names(store: CaseStore, store_url: str, viewer: User):
    one = log(store, labels(C, process=Process.STATUTORY, service=Service.SEND), mailboxes=("send", "complaints"))
    other = log(store, labels(E, service=Service.ADMISSIONS))
    change(store_url, other, team="Admissions")
    for asked in (
        Filter(kind=C), Filter(process=Process.STATUTORY), Filter(mailbox="send"), Filter(service=Service.SEND), Filter(team="SEND"),
        Filter(kind=C, mailbox="complaints", service=Service.SEND, team="SEND", process=Process.STATUTORY),
        Filter(Section.UNSURE, kind=C), Filter(kind=C, sort=Sort.LEAST_SURE), Filter(mailbox="send", sort=Sort.NEWEST),
    ):  # fmt: skip
        assert shown(store, viewer, asked) == [one], asked
    assert shown(store, viewer, Filter(mailbox="complaints")) == [one, other]
    for asked in (
        Filter(kind=N),
        Filter(mailbox="elsewhere"),
        Filter(team="Nobody"),
        Filter(Section.URGENT, kind=C),
        Filter(kind=C, team="Admissions"),
    ):
        assert shown(store, viewer, asked) == [], asked


def test_mine_is_what_i_deal_with_or_look_at(store: CaseStore, store_url: str, viewer: User):
    asha = person(store, "asha")
    given, on_my_case, looked_at, looked_at_before, theirs = (log(store, C, received=at(day)) for day in range(1, 6))
    log(store, C)
    change(store_url, given, assigned_to_id=viewer.id)
    change(store_url, theirs, assigned_to_id=asha.id)
    with writing(store_url) as connection:
        connection.execute(update(Case).where(Case.id == case_key(store, on_my_case)).values(assigned_to_id=viewer.id))
    claim(store_url, looked_at, viewer)
    claim(store_url, looked_at_before, viewer, minutes_ago=16)
    assert shown(store, viewer, Filter(mine=True)) == [given, on_my_case, looked_at]
    assert shown(store, asha, Filter(mine=True)) == [theirs]
    assert counts(store, viewer).mine == Count(3)
    logged = log(store, C, status=Status.AUTO)
    log(store, C, status=Status.AUTO)
    change(store_url, logged, assigned_to_id=viewer.id)
    assert shown(store, viewer, Filter(Section.LOGGED, mine=True)) == [logged]


def test_what_is_like_a_message_is_of_its_kind_and_by_its_author_or_of_its_subject(store: CaseStore, store_url: str, viewer: User):
    first = log(store, E, received=at(1))
    by_the_same = log(store, E, received=at(2))
    of_one_subject = log(store, E, author=RITA, received=at(3))
    of_neither = log(store, E, author=RITA, received=at(4))
    of_another_kind = log(store, C, received=at(5))
    change(store_url, by_the_same, original_subject="Another matter")
    change(store_url, of_neither, original_subject="Another matter altogether")
    assert shown(store, viewer, Filter(like=first)) == [first, by_the_same, of_one_subject]
    assert shown(store, viewer, Filter(like=of_another_kind)) == [of_another_kind]
    assert shown(store, viewer, Filter(like=999_999)) == []
    change(store_url, first, original_address=None, original_subject=None, subject="")
    assert shown(store, viewer, Filter(like=first)) == [], "nothing is not like nothing"


def test_nobody_is_shown_what_is_like_a_message_that_they_may_not_see(store: CaseStore, store_url: str, viewer: User):
    key = log(store, C)
    log(store, C)
    restrict(store, case_key(store, key) or 0)
    assert shown(store, viewer, Filter(like=key)) == []


# Pages


def test_pages_follow_each_other_without_a_gap_or_a_double_in_every_order(store: CaseStore, store_url: str, viewer: User):
    for number in range(11):
        key = log(store, labels(C, urgent=number % 4 == 0), received=at(1 + number // 3))
        change(store_url, key, confidence=0.5 + number % 3 / 10)
        log(store, C, status=Status.AUTO, received=at(1 + number // 3))
    for section in Section:
        for sort in Sort:
            asked = Filter(section, sort=sort)
            whole = shown(store, viewer, asked)
            seen, after, first = [], None, True
            while first or after:
                some = page(store, viewer, asked, after, size=3)
                assert some.first is first and len(some.rows) <= 3
                seen += [row.id for row in some.rows]
                after, first = some.next, False
            assert seen == whole and len(set(seen)) == len(seen), asked


def test_who_goes_on_from_a_row_that_has_left_the_list_goes_on_behind_it(store: CaseStore, store_url: str, viewer: User):
    keys = [log(store, C, received=at(day)) for day in range(1, 6)]
    after = page(store, viewer, size=2).next
    change(store_url, keys[1], status="confirmed")
    change(store_url, keys[2], status="confirmed")
    assert [row.id for row in page(store, viewer, after=after).rows] == keys[3:]


def test_a_cursor_of_another_order_or_section_or_of_nothing_is_refused(store: CaseStore, viewer: User):
    for day in range(1, 4):
        log(store, C, received=at(day))
    cursor = page(store, viewer, size=1).next
    assert cursor is not None and page(store, viewer, after=cursor).rows
    for after in (cursor[:-4], "", "x", "é", "W10", "bnVsbA", "e30", "W" * 1000, cursor + "A", "WzEsMiwzXQ"):
        with pytest.raises(CallError, match="no such place"):
            page(store, viewer, after=after)
    for asked in (Filter(sort=Sort.OLDEST), Filter(Section.URGENT), Filter(Section.LOGGED)):
        with pytest.raises(CallError, match="no such place"):
            page(store, viewer, asked, cursor)


def test_for_what_is_rare_a_bounded_number_is_looked_at_and_the_next_page_goes_on(
    store: CaseStore, viewer: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue, "_LOOKED_AT_ONE_BY_ONE", 4)
    keys = [log(store, C, received=at(1 + number), mailboxes=("send" if number in (5, 6, 9) else "complaints",)) for number in range(11)]
    asked, seen, after = Filter(mailbox="send"), [], None
    for _ in range(4):
        some = page(store, viewer, asked, after)
        seen.append([row.id for row in some.rows])
        if (after := some.next) is None:
            break
    assert seen == [[], [keys[5], keys[6]], [keys[9]]]
    assert following(store, viewer, keys[6], asked) == keys[9] and following(store, viewer, None, asked) == keys[5]


def test_counts_say_that_there_are_more_than_they_count(store: CaseStore, viewer: User):
    for _ in range(4):
        log(store, C)

    def counted(most: int) -> Count:
        return store.look(lambda connection, now: paging.count(connection, queue._listing(connection, viewer, NOW, Filter()), most))

    assert (counted(3), counted(4)) == (Count(3, more=True), Count(4))


# What a row says


def test_what_a_row_says(store: CaseStore, store_url: str, viewer: User):
    asha = person(store, "asha")
    other = case_of(store, log(store, C, status=Status.AUTO))
    key = log(
        store, labels(C, urgent=True), mailboxes=(OFFICER, "complaints"), text=f"The taxi\n\n did   not come. {'x ' * 500}", suggested=case_id_of(store, other)
    )  # fmt: skip
    change(store_url, key, assigned_to_id=asha.id)
    claim(store_url, key, asha, 14)
    [row] = page(store, viewer).rows
    assert (row.id, row.version, row.received_at, row.mailbox, row.mailbox_kind) == (key, 1, NOON, OFFICER, "officer")
    assert (row.kind, row.process, row.confidence, row.urgent, row.status) == ("complaint", "corporate", 0.71, True, "review")
    assert (row.case, row.suggested, row.subject, row.author, row.role) == (
        case_of(store, key),
        other,
        "School taxi",
        "Joan Whitlow",
        "parent_carer",
    )
    assert row.preview.startswith("The taxi did not come. x x") and len(row.preview) == 200
    assert (row.service, row.team, row.assigned_to, row.claimed_by) == ("transport", "SEND", "Asha Shaw", Claimant(asha.id, "Asha Shaw"))


def test_an_author_without_a_name_is_called_by_their_address_and_one_without_either_by_their_role(
    store: CaseStore, store_url: str, viewer: User
):
    key = log(store, C)
    change(store_url, key, original_name=None)
    assert page(store, viewer).rows[0].author == JOAN.address
    change(store_url, key, original_address=None, original_subject=None, subject="FW: this")
    assert (page(store, viewer).rows[0].author, page(store, viewer).rows[0].subject) == ("parent_carer", "FW: this")


def test_who_looked_at_a_message_a_while_ago_or_may_not_sign_in_any_more_looks_at_nothing(store: CaseStore, store_url: str, viewer: User):
    asha, omar = person(store, "asha"), person(store, "omar")
    old, gone = log(store, C), log(store, C)
    claim(store_url, old, asha, 16)
    claim(store_url, gone, omar)
    disable(store, omar)
    assert [row.claimed_by for row in page(store, viewer).rows] == [None, None]
    assert following(store, viewer, None) == old


# What comes next


def test_what_follows_is_next_in_the_order_and_begins_again_at_its_end(store: CaseStore, viewer: User):
    old, new = log(store, C, received=at(1)), log(store, C, received=at(5))
    urgent = log(store, labels(C, urgent=True), received=at(3))
    assert [following(store, viewer, one) for one in (None, urgent, old, new)] == [urgent, old, new, urgent]
    assert following(store, viewer, urgent, Filter(sort=Sort.NEWEST)) == old
    assert following(store, viewer, 999_999) == urgent


def test_what_follows_a_message_that_left_the_list_is_what_came_behind_it(store: CaseStore, store_url: str, viewer: User):
    keys = [log(store, C, received=at(day)) for day in range(1, 4)]
    change(store_url, keys[1], status="corrected")
    assert following(store, viewer, keys[1]) == keys[2]


def test_nothing_follows_the_only_one(store: CaseStore, viewer: User):
    assert following(store, viewer, None) is None
    assert following(store, viewer, log(store, C)) is None


def test_what_others_look_at_is_passed_over_and_what_i_look_at_is_not(store: CaseStore, store_url: str, viewer: User):
    asha = person(store, "asha")
    first, second, third = (log(store, C, received=at(day)) for day in range(1, 4))
    claim(store_url, second, asha)
    assert following(store, viewer, first) == third
    assert following(store, asha, first) == second
    assert shown(store, viewer) == [first, second, third]


# Who sees what


def test_mail_on_a_restricted_case_is_neither_listed_nor_counted_nor_next_and_the_case_not_named(
    store: CaseStore, store_url: str, viewer: User
):
    named = person(store, "asha")
    hidden = log(store, C, received=at(1))
    case_id = case_key(store, hidden) or 0
    asks = log(store, C, received=at(2), suggested=case_id)
    restrict(store, case_id, named)
    assert shown(store, named) == [hidden, asks] and page(store, named).rows[1].suggested == case_of(store, hidden)
    assert shown(store, viewer) == [asks] and page(store, viewer).rows[0].suggested is None
    assert counts(store, named).sections[Section.EVERYTHING] == Count(2)
    assert counts(store, viewer).sections[Section.EVERYTHING] == Count(1)
    assert following(store, viewer, None) == asks and following(store, named, None) == hidden
    assert page(store, viewer, size=1).next is None
    # Where a message that is not seen stands is not told either.
    assert following(store, viewer, hidden) == following(store, viewer, 999_999)


def test_a_manager_is_shown_what_they_forwarded(store: CaseStore, store_url: str):
    manager = person(store, "tom", UserRole.MANAGER, address="tom@ashmere.example", services=frozenset({Service.SEND}))
    alone, on_case = log(store, N), log(store, C)
    log(store, N)
    log(store, C)
    for key in (alone, on_case):
        change(store_url, key, forwarder="tom@ashmere.example")
    assert set(shown(store, manager)) == {alone, on_case}
    assert counts(store, manager).sections[Section.EVERYTHING] == Count(2)
    assert shown(store, replace(manager, address=None)) == []


def test_what_is_quarantined_is_counted_for_those_who_see_the_queue(store: CaseStore, viewer: User):
    with store.transaction("triage") as ledger:
        for _ in range(2):
            ledger.quarantine(Arrival(place(), b"x", 1, NOON), NOON, "it could not be read")
    assert counts(store, viewer).quarantined == Count(2)
    assert counts(store, person(store, "mo", UserRole.MANAGER)).quarantined == Count(0)


def test_there_is_to_choose_from_what_mail_came_to_and_which_teams_have_cases(store: CaseStore, store_url: str, viewer: User):
    log(store, C, mailboxes=("send", "complaints"))
    key = log(store, C, mailboxes=(OFFICER,), author=TOM)
    follow_up(store, key, role_of())
    with writing(store_url) as connection:
        connection.execute(update(Case).where(Case.id == case_key(store, key)).values(team="Admissions"))
    found = store.look(lambda connection, now: queue.choices(connection, viewer))
    assert (found.mailboxes, found.teams) == (("complaints", OFFICER, "send"), ("Admissions", "SEND"))


def role_of() -> Any:
    return labels(C, role=Role.PARENT_CARER)
