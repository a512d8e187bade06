"""Signing in with a password: who may, how long for, and who is locked out. By a clock that the test sets."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from time import perf_counter

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from tests.support.accounts import (
    ADA,
    BETTER,
    GOOD,
    ISSUER,
    Clock,
    add,
    events,
    hash_quickly,
    here,
    row,
    user,
    wrong,
)
from tests.support.database import writing
from tests.support.logged import audit
from triage import accounts, credentials
from triage.accounts import Needs, SignInRefused, WrongPassword
from triage.domain.user import UserRole
from triage.errors import CallError, ConflictError
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


# Signing in


def test_a_token_is_kept_as_its_digest_only(store: CaseStore, store_url: str):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    with writing(store_url) as connection:
        kept = connection.execute(select(SignIn.token)).scalars().all()
    assert kept == [hashlib.sha256(token.encode()).hexdigest()]
    assert here(store, kept[0]) is None, "who reads the store can sign in with nothing of it"


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "t" * 100_000])
def test_a_token_that_was_never_given_signs_nobody_in(store: CaseStore, token: str):
    assert here(store, token) is None
    accounts.sign_out(store, token)
    with pytest.raises(SignInRefused):
        accounts.give_code(store, token, "123456")


def test_whoever_is_refused_is_refused_alike_and_in_the_same_time(store: CaseStore, store_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()  # Hashing takes its time again.
    for name in ("rita", "off", "locked", "tom"):
        add(store, name)
    accounts.disable(store, ADA, "off")
    wrong(store, 5, "locked")
    accounts.by_openid(store, ISSUER, "s1", name="una", full_name="Una Marsh", address=None, role=UserRole.AUDITOR)
    cases = {
        "wrong password": ("rita", "not the password"),
        "unknown name": ("nobody", GOOD),
        "no name": ("no\0body of that name", GOOD),
        "disabled": ("off", GOOD),
        "locked": ("locked", GOOD),
        "no password": ("una", GOOD),
        "too long": ("tom", GOOD * 100),
    }
    texts, times = set(), dict.fromkeys(cases, 9.0)
    for _ in range(3):
        for case, (name, password) in cases.items():
            began = perf_counter()
            with pytest.raises(SignInRefused) as refused:
                accounts.sign_in(store, name, password)
            times[case] = min(times[case], perf_counter() - began)
            texts.add(str(refused.value))
    assert len(texts) == 1
    # Hashing takes most of it by far: where it were left out, it would be a tenth.
    assert min(times.values()) > 0.5 * max(times.values()), times
    assert [why for _, action, why in events(store_url) if action == "sign-in refused"][-7:] == [
        "wrong password", "unknown name", "unknown name", "disabled", "locked", "no password", "wrong password",
    ]  # fmt: skip


def test_a_name_that_nobody_has_is_never_written_down(store: CaseStore, store_url: str):
    """People type their password where the name belongs."""
    wrong(store, 1, "my-secret-pass-phrase")
    assert "my-secret" not in "".join(map(str, audit(store_url)))
    assert audit(store_url)[-1].actor == "somebody unknown"


def test_five_wrong_passwords_in_a_row_lock_the_account_for_a_quarter_of_an_hour(store: CaseStore, clock: Clock):
    add(store)
    wrong(store, 4)
    assert row(store).locked_until is None
    wrong(store, 1)
    assert row(store).locked_until == clock.now + timedelta(minutes=15)
    clock.passes(minutes=14, seconds=59)
    with pytest.raises(SignInRefused):
        accounts.sign_in(store, "rita", GOOD)
    clock.passes(seconds=1)
    assert row(store).locked_until is None
    assert accounts.sign_in(store, "rita", GOOD).needs is None


def test_attempts_while_it_is_locked_do_not_lock_it_for_longer_and_counting_begins_anew(store: CaseStore, clock: Clock):
    add(store)
    wrong(store, 5)
    clock.passes(minutes=10)
    wrong(store, 5)
    clock.passes(minutes=5)
    wrong(store, 4)
    assert accounts.sign_in(store, "rita", GOOD).needs is None


def test_a_right_password_forgives_the_wrong_ones_before_it(store: CaseStore):
    add(store)
    for _ in range(3):
        wrong(store, 4)
        accounts.sign_in(store, "rita", GOOD)
    assert row(store).locked_until is None


def test_whoever_is_signed_in_stays_so_when_others_type_wrong_passwords_under_their_name(store: CaseStore):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    wrong(store, 6)
    assert here(store, token) is not None


def test_many_guesses_at_one_moment_are_counted_one_by_one(store: CaseStore, store_url: str):
    add(store)
    gate, signed_in = Barrier(8), []

    def guess(password: str) -> None:
        own = CaseStore.open(store_url, None, lambda: datetime(2026, 6, 1, 9, 1, tzinfo=UTC))
        gate.wait(30)
        try:
            signed_in.append(accounts.sign_in(own, "rita", password))
        except SignInRefused:
            pass
        finally:
            own.close()

    threads = [Thread(target=guess, args=(f"not the password {number}",)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert signed_in == [] and row(store).locked_until is not None
    said = [(action, why) for _, action, why in events(store_url)]
    assert said.count(("sign-in refused", "wrong password")) == 5
    assert said.count(("sign-in refused", "locked")) == 3
    assert said.count(("locked", None)) == 1


def test_a_password_that_is_reset_while_it_is_checked_counts_as_the_new_one_at_once(store: CaseStore, monkeypatch: pytest.MonkeyPatch):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    check = credentials.is_right
    given: list[str] = []

    def slowly(known: str | None, password: str) -> bool:
        right = check(known, password)
        if not given:
            given.append(accounts.reset_password(store, ADA, "rita"))
        return right

    monkeypatch.setattr(credentials, "is_right", slowly)
    with pytest.raises(SignInRefused):
        accounts.sign_in(store, "rita", GOOD)
    once = given.pop()
    with pytest.raises(ConflictError, match="changed just now"):
        accounts.change_password(store, user(store), once, BETTER, token)
    assert accounts.sign_in(store, "rita", given[0]).needs is Needs.NEW_PASSWORD


def test_a_password_hashed_with_less_effort_is_hashed_anew_when_it_is_used(store: CaseStore, store_url: str):
    add(store)
    old = PasswordHasher(time_cost=1, memory_cost=8_192).hash(GOOD)
    with writing(store_url) as connection:
        connection.execute(update(Account).values(password=old))
    wrong(store, 1)
    kept = select(Account.password)
    with writing(store_url) as connection:
        assert connection.execute(kept).scalar_one() == old
    accounts.sign_in(store, "rita", GOOD)
    with writing(store_url) as connection:
        assert connection.execute(kept).scalar_one() != old
    assert accounts.sign_in(store, "rita", GOOD).needs is None


# How long


def test_whoever_does_nothing_for_long_is_signed_out_and_forgotten(store: CaseStore, store_url: str, clock: Clock):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    for _ in range(3):
        clock.passes(minutes=59)
        assert here(store, token) is not None
    clock.passes(minutes=60)
    assert here(store, token) is None
    with writing(store_url) as connection:
        assert connection.execute(select(func.count()).select_from(SignIn)).scalar_one() == 0


def test_everybody_is_signed_out_in_the_end_however_busy(store: CaseStore, clock: Clock):
    add(store)
    token = accounts.sign_in(store, "rita", GOOD).token
    for _ in range(23):
        clock.passes(minutes=30)
        assert here(store, token) is not None
    clock.passes(minutes=30)
    assert here(store, token) is None


def test_that_somebody_is_there_is_noted_once_a_minute_at_most(store: CaseStore, store_url: str, clock: Clock):
    add(store)
    began = clock.now
    token = accounts.sign_in(store, "rita", GOOD).token

    def seen_at() -> datetime:
        with writing(store_url) as connection:
            return connection.execute(select(SignIn.seen_at)).scalar_one()

    clock.passes(seconds=59)
    assert here(store, token) is not None and seen_at() == began
    clock.passes(seconds=1)
    assert here(store, token) is not None and seen_at() == clock.now


def test_sign_ins_that_nobody_came_back_to_are_removed_a_day_later(store: CaseStore, store_url: str, clock: Clock):
    add(store)
    accounts.sign_in(store, "rita", GOOD)
    clock.passes(hours=24, seconds=1)
    accounts.sign_in(store, "rita", GOOD)
    with writing(store_url) as connection:
        assert connection.execute(select(SignIn.started_at)).scalars().all() == [clock.now]


def test_signing_out_ends_one_sign_in_and_everywhere_ends_all_of_ones_own(store: CaseStore):
    add(store)
    add(store, "tom")
    first, second, third = (accounts.sign_in(store, "rita", GOOD).token for _ in range(3))
    toms = accounts.sign_in(store, "tom", GOOD).token
    accounts.sign_out(store, first)
    accounts.sign_out(store, first)
    assert here(store, first) is None and here(store, second) is not None
    accounts.sign_out_everywhere(store, user(store))
    assert [here(store, one) for one in (second, third)] == [None, None]
    assert here(store, toms) is not None


# One's own password


def test_a_changed_password_ends_the_other_sign_ins_only(store: CaseStore):
    add(store)
    mine, other = (accounts.sign_in(store, "rita", GOOD).token for _ in range(2))
    accounts.change_password(store, user(store), GOOD, BETTER, mine)
    assert here(store, mine) is not None and here(store, other) is None
    with pytest.raises(SignInRefused):
        accounts.sign_in(store, "rita", GOOD)
    assert accounts.sign_in(store, "rita", BETTER).needs is None


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ("not the password", BETTER, WrongPassword, "not your present"),
        (GOOD, GOOD, CallError, "the old one"),
        (GOOD, "short", CallError, "too short"),
        (GOOD, "rita.patel@ashmere.example", CallError, "the name or the address"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_weak_one(
    store: CaseStore, old: str, new: str, error: type[CallError], says: str
):
    add(store, address="rita.patel@ashmere.example")
    mine, other = (accounts.sign_in(store, "rita", GOOD).token for _ in range(2))
    with pytest.raises(error, match=says):
        accounts.change_password(store, user(store), old, new, mine)
    assert here(store, other) is not None
    assert accounts.sign_in(store, "rita", GOOD).needs is None


def test_whoever_guesses_at_somebody_elses_screen_is_put_out(store: CaseStore, store_url: str):
    add(store)
    mine = accounts.sign_in(store, "rita", GOOD).token
    for _ in range(5):
        assert here(store, mine) is not None
        with pytest.raises(WrongPassword):
            accounts.change_password(store, user(store), "a guess", BETTER, mine)
    assert here(store, mine) is None and row(store).locked_until is not None
    with pytest.raises(WrongPassword):
        accounts.change_password(store, user(store), GOOD, BETTER, mine)
    assert events(store_url)[-1] == ("rita", "password refused", "locked")
