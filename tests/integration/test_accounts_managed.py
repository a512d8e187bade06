"""What administrators do to accounts, and that all of it is in the audit."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support.accounts import ADA, BETTER, GOOD, Clock, add, events, hash_quickly, here, row, user, with_code, wrong
from tests.support.database import writing
from tests.support.logged import audit
from triage import accounts
from triage.accounts import Needs, SignInRefused, WrongCode
from triage.domain.labels import Service
from triage.domain.user import UserRole
from triage.errors import CallError
from triage.store.casestore import CaseStore
from triage.store.schema import Account, SignIn


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[CaseStore]:
    opened = CaseStore.open(store_url, None, clock)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_quickly(monkeypatch)


# Adding


def test_who_is_added_with_a_password_signs_in_with_it_and_needs_nothing_more(store: CaseStore):
    assert add(store, "Rita ", address="Rita.Patel@Ashmere.Example") is None
    begun = accounts.sign_in(store, " RITA", GOOD)
    session = here(store, begun.token)
    assert session is not None and (begun.needs, session.needs) == (None, None)
    assert (session.user.name, session.user.address, session.user.role) == ("rita", "rita.patel@ashmere.example", UserRole.REVIEWER)


def test_who_is_added_without_a_password_must_change_the_one_for_once(store: CaseStore):
    once = add(store, password=None)
    assert once is not None and row(store).must_change
    begun = accounts.sign_in(store, "rita", once)
    assert begun.needs is Needs.NEW_PASSWORD
    session = here(store, begun.token)
    assert session is not None and session.needs is Needs.NEW_PASSWORD
    with pytest.raises(CallError, match="that you were given"):
        accounts.new_password(store, begun.token, once)
    with pytest.raises(CallError, match="too short"):
        accounts.new_password(store, begun.token, "short")
    other = accounts.sign_in(store, "rita", once)
    accounts.new_password(store, begun.token, BETTER)
    session = here(store, begun.token)
    assert session is not None and session.needs is None
    assert here(store, other.token) is None, "whoever else had the password for once is out"
    with pytest.raises(SignInRefused):
        accounts.sign_in(store, "rita", once)
    assert accounts.sign_in(store, "rita", BETTER).needs is None


def test_only_who_must_may_choose_a_password_without_the_old_one(store: CaseStore, clock: Clock):
    add(store)
    with pytest.raises(SignInRefused):
        accounts.new_password(store, accounts.sign_in(store, "rita", GOOD).token, BETTER)
    with pytest.raises(SignInRefused):
        accounts.new_password(store, "no such token", BETTER)
    with_code(store, clock)
    once = accounts.reset_password(store, ADA, "rita")
    begun = accounts.sign_in(store, "rita", once)
    assert begun.needs is Needs.CODE
    with pytest.raises(SignInRefused):
        accounts.new_password(store, begun.token, BETTER)


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("rita", {}, 'there is an account "rita"'),
        ("", {}, "letters from a to z"),
        ("rita patel", {}, "letters from a to z"),
        ("rіta", {}, "letters from a to z"),  # with a Cyrillic letter
        ("-rita", {}, "letters from a to z"),
        ("r" * 65, {}, "letters from a to z"),
        ("Triage", {}, "the program itself"),
        ("tom", {"full_name": " \u202e\n"}, "full name is empty"),
        ("tom", {"address": "tom"}, "address is none"),
        ("tom", {"address": "tom@a.example, tim@a.example"}, "address is none"),
        ("tom", {"services": [Service.SEND]}, "only a manager"),
        ("tom", {"password": "short"}, "too short"),
        ("tom-harper-jones", {"password": "Tom Harper-Jones"}, "the name or the address"),
    ],
)
def test_what_makes_no_account_is_refused_with_the_reason(store: CaseStore, name: str, more: dict[str, Any], says: str):
    add(store)
    with pytest.raises(CallError, match=says):
        add(store, name, **more)
    assert [one.user.name for one in accounts.users(store)] == ["rita"]


def test_a_full_name_is_one_line_of_what_can_be_seen(store: CaseStore):
    add(store, full_name="Rita\u202e\r\n  Pátel\0")
    assert user(store).full_name == "Rita Pátel"


# What administrators do


def test_what_is_changed_counts_at_once_for_who_is_signed_in(store: CaseStore):
    add(store, role=UserRole.MANAGER, services=[Service.TRANSPORT, Service.SEND], address="rita@ashmere.example")
    token = accounts.sign_in(store, "rita", GOOD).token
    accounts.change(store, ADA, "Rita", services=[Service.YOUTH], full_name="Rita Moss", address="")
    session = here(store, token)
    assert session is not None
    assert (session.user.services, session.user.full_name, session.user.address) == (frozenset({Service.YOUTH}), "Rita Moss", None)
    with pytest.raises(CallError, match="only a manager"):
        accounts.change(store, ADA, "rita", role=UserRole.REVIEWER, services=[Service.YOUTH])
    accounts.change(store, ADA, "rita", role=UserRole.REVIEWER)
    session = here(store, token)
    assert session is not None and (session.user.role, session.user.services) == (UserRole.REVIEWER, frozenset())
    with pytest.raises(CallError, match="only a manager"):
        accounts.change(store, ADA, "rita", services=[Service.YOUTH])


def test_a_change_that_changes_nothing_is_not_in_the_audit(store: CaseStore, store_url: str):
    add(store, address="rita@ashmere.example")
    before = len(audit(store_url))
    accounts.change(store, ADA, "rita", role=UserRole.REVIEWER, address="RITA@ashmere.example")
    accounts.enable(store, ADA, "rita")
    accounts.unlock(store, ADA, "rita")
    assert len(audit(store_url)) == before


def test_who_is_disabled_is_out_at_once_and_enabled_may_sign_in_again(store: CaseStore, store_url: str):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    accounts.disable(store, ADA, "rita")
    assert here(store, token) is None
    assert row(store).disabled_at is not None
    accounts.enable(store, ADA, "rita")
    assert here(store, token) is None, "what was ended stays so"
    assert accounts.sign_in(store, "rita", GOOD).needs is None


def test_a_disabled_account_is_out_even_where_its_sign_in_was_left(store: CaseStore, store_url: str, clock: Clock):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    with writing(store_url) as connection:
        connection.execute(update(Account).values(disabled_at=clock.now))
    assert here(store, token) is None
    with writing(store_url) as connection:
        assert connection.execute(select(SignIn.token)).first() is None


def test_a_password_that_was_reset_signs_everybody_out_and_unlocks(store: CaseStore):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    wrong(store, 5)
    once = accounts.reset_password(store, ADA, "rita")
    assert here(store, token) is None
    assert accounts.sign_in(store, "rita", once).needs is Needs.NEW_PASSWORD
    with pytest.raises(SignInRefused):
        accounts.sign_in(store, "rita", GOOD)


def test_an_account_that_was_unlocked_can_be_used_at_once(store: CaseStore):
    add(store)
    wrong(store, 5)
    accounts.unlock(store, ADA, "rita")
    assert row(store).locked_until is None
    wrong(store, 4)
    assert accounts.sign_in(store, "rita", GOOD).needs is None


def test_the_last_administrator_stays_one(store: CaseStore):
    add(store, "ada", UserRole.ADMINISTRATOR)
    add(store, "bea", UserRole.ADMINISTRATOR)
    add(store)
    accounts.disable(store, ADA, "bea")
    for attempt in (lambda: accounts.disable(store, ADA, "ada"), lambda: accounts.change(store, ADA, "ada", role=UserRole.AUDITOR)):
        with pytest.raises(CallError, match="last administrator"):
            attempt()
    assert user(store, "ada").role is UserRole.ADMINISTRATOR and row(store, "ada").disabled_at is None
    accounts.change(store, ADA, "ada", full_name="Ada Lane")
    accounts.change(store, ADA, "bea", role=UserRole.REVIEWER)
    accounts.change(store, ADA, "rita", role=UserRole.ADMINISTRATOR)
    accounts.change(store, ADA, "ada", role=UserRole.AUDITOR)
    with pytest.raises(CallError, match="last administrator"):
        accounts.disable(store, ADA, "rita")


def test_where_there_is_no_administrator_others_are_disabled_as_ever(store: CaseStore):
    add(store)
    accounts.disable(store, ADA, "rita")
    assert row(store).disabled_at is not None


def test_what_is_done_to_nobody_is_refused(store: CaseStore):
    add(store)
    for attempt in (accounts.disable, accounts.enable, accounts.unlock, accounts.reset_password, accounts.remove_code_of, accounts.change):
        for name in ("nobody", "ri\0ta", ""):
            with pytest.raises(CallError, match="no account of that name"):
                attempt(store, ADA, name)


# The audit, and what cookies are signed with


def test_everything_is_in_the_audit_by_key_and_no_name_or_address_is(store: CaseStore, store_url: str, clock: Clock):
    add(store, address="rita.patel@ashmere.example")
    wrong(store, 5)
    accounts.unlock(store, ADA, "rita")
    with_code(store, clock)
    clock.passes(minutes=1)
    token = accounts.sign_in(store, "rita", GOOD).token
    with pytest.raises(WrongCode):
        accounts.give_code(store, token, "0")
    accounts.remove_code_of(store, ADA, "rita")
    token = accounts.sign_in(store, "rita", GOOD).token
    accounts.change_password(store, user(store), GOOD, BETTER, token)
    accounts.sign_out_everywhere(store, user(store))
    accounts.change(store, ADA, "rita", role=UserRole.MANAGER, address="rita@ashmere.example", full_name="Rita Moss")
    accounts.reset_password(store, ADA, "rita")
    accounts.disable(store, ADA, "rita")
    accounts.enable(store, ADA, "rita")
    assert [(actor, action) for actor, action, _ in events(store_url)] == [
        (ADA, "user added"), *[("rita", "sign-in refused")] * 5, ("rita", "locked"), (ADA, "unlocked"),
        ("rita", "signed in"), ("rita", "code switched on"), ("rita", "signed out"), ("rita", "code asked for"), ("rita", "sign-in refused"),
        (ADA, "code switched off"), ("rita", "signed in"), ("rita", "password changed"), ("rita", "signed out everywhere"),
        (ADA, "user changed"), (ADA, "password reset"), (ADA, "user disabled"), (ADA, "user enabled"),
    ]  # fmt: skip
    key = user(store).id
    for one in audit(store_url):
        assert one.detail["account"] == key
        assert not [word for word in ("rita", "Rita", "patel", "moss", "@", "otter", "pebble", "argon") if word in str(one.detail)]
    assert audit(store_url)[-4].detail["role"] == ["reviewer", "manager"]


def test_the_cookies_secret_is_made_once_whoever_asks_first(store: CaseStore, store_url: str):
    gate, made = Barrier(4), []

    def ask() -> None:
        own = CaseStore.open(store_url, None, lambda: datetime(2026, 6, 1, 9, 1, tzinfo=UTC))
        gate.wait(30)
        made.append(accounts.web_secret(own))
        own.close()

    threads = [Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(made) == 4 and set(made) == {accounts.web_secret(store)} and len(made[0]) == 64
