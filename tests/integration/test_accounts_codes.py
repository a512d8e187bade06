"""One-time codes at signing in, by a clock that the test sets."""

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from tests.support.accounts import (
    ADA,
    GOOD,
    Clock,
    add,
    hash_quickly,
    here,
    row,
    user,
    with_code,
)
from triage import accounts
from triage.accounts import Needs, SignInRefused, WrongCode, WrongPassword
from triage.errors import CallError
from triage.store.casestore import CaseStore


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


def test_with_codes_switched_on_a_password_alone_opens_nothing(store: CaseStore, clock: Clock):
    add(store)
    secret = with_code(store, clock)
    assert row(store).has_code
    clock.passes(seconds=60)
    begun = accounts.sign_in(store, "rita", GOOD)
    session = here(store, begun.token)
    assert session is not None and begun.needs is session.needs is Needs.CODE
    assert accounts.give_code(store, begun.token, pyotp.TOTP(secret).at(clock.now)) is None
    session = here(store, begun.token)
    assert session is not None and session.needs is None


def test_a_code_is_accepted_one_step_early_or_late_and_never_twice(store: CaseStore, clock: Clock):
    add(store)
    secret = with_code(store, clock)

    def gives(steps: int) -> Needs | None:
        begun = accounts.sign_in(store, "rita", GOOD)
        return accounts.give_code(store, begun.token, pyotp.TOTP(secret).at(clock.now + timedelta(seconds=30 * steps)))

    with pytest.raises(WrongCode):
        gives(0)  # It switched codes on.
    clock.passes(minutes=5)
    assert gives(-1) is None
    with pytest.raises(WrongCode):
        gives(-1)
    assert gives(1) is None
    for steps in (1, 0, -2, 2):
        with pytest.raises(WrongCode):
            gives(steps)


def test_five_wrong_codes_end_the_sign_in_and_lock_the_account(store: CaseStore, clock: Clock):
    add(store)
    secret = with_code(store, clock)
    clock.passes(minutes=5)
    begun = accounts.sign_in(store, "rita", GOOD)
    for _ in range(4):
        with pytest.raises(WrongCode):
            accounts.give_code(store, begun.token, "nonsense")
    with pytest.raises(SignInRefused):
        accounts.give_code(store, begun.token, "nonsense")
    assert here(store, begun.token) is None
    with pytest.raises(SignInRefused):
        accounts.give_code(store, begun.token, pyotp.TOTP(secret).at(clock.now))
    with pytest.raises(SignInRefused):
        accounts.sign_in(store, "rita", GOOD)
    clock.passes(minutes=15)
    begun = accounts.sign_in(store, "rita", GOOD)
    assert accounts.give_code(store, begun.token, pyotp.TOTP(secret).at(clock.now)) is None


def test_a_right_password_does_not_forgive_wrong_codes_and_a_right_code_does(store: CaseStore, clock: Clock):
    """Who has the password could otherwise guess codes without end."""
    add(store)
    secret = with_code(store, clock)
    clock.passes(minutes=5)
    for guess in range(4):
        begun = accounts.sign_in(store, "rita", GOOD)
        with pytest.raises(WrongCode):
            accounts.give_code(store, begun.token, f"guess {guess}")
    assert accounts.give_code(store, begun.token, pyotp.TOTP(secret).at(clock.now)) is None
    clock.passes(minutes=1)
    for _ in range(4):
        begun = accounts.sign_in(store, "rita", GOOD)
        with pytest.raises(WrongCode):
            accounts.give_code(store, begun.token, "guess")
    begun = accounts.sign_in(store, "rita", GOOD)
    with pytest.raises(SignInRefused):
        accounts.give_code(store, begun.token, "guess")


def test_a_code_is_waited_for_ten_minutes(store: CaseStore, clock: Clock):
    add(store)
    secret = with_code(store, clock)
    late, later = (accounts.sign_in(store, "rita", GOOD).token for _ in range(2))
    clock.passes(minutes=9, seconds=59)
    assert here(store, late) is not None
    clock.passes(seconds=2)
    with pytest.raises(SignInRefused):
        accounts.give_code(store, late, pyotp.TOTP(secret).at(clock.now))
    assert here(store, later) is None


def test_a_sign_in_that_needs_no_code_takes_none(store: CaseStore):
    add(store)
    begun = accounts.sign_in(store, "rita", GOOD)
    with pytest.raises(SignInRefused):
        accounts.give_code(store, begun.token, "123456")
    assert here(store, begun.token) is not None


def test_codes_are_switched_on_by_a_right_one_only_and_end_the_other_sign_ins(store: CaseStore, clock: Clock):
    add(store)
    mine, other = (accounts.sign_in(store, "rita", GOOD).token for _ in range(2))
    offer = accounts.begin_code(store, user(store), "Triage, Ashmere Council")
    with pytest.raises(WrongCode):
        accounts.confirm_code(store, user(store), offer.secret, "000000x", mine)
    assert not row(store).has_code and here(store, other) is not None
    assert accounts.begin_code(store, user(store), "Triage, Ashmere Council", offer.secret) == offer
    accounts.confirm_code(store, user(store), offer.secret, pyotp.TOTP(offer.secret).at(clock.now), mine)
    assert here(store, mine) is not None and here(store, other) is None
    with pytest.raises(CallError, match="already"):
        accounts.begin_code(store, user(store), "Triage")
    with pytest.raises(CallError, match="already"):
        accounts.confirm_code(store, user(store), offer.secret, "123456", mine)


def test_one_gives_codes_up_with_ones_password_and_an_administrator_without(store: CaseStore, clock: Clock):
    add(store)
    with_code(store, clock)
    waiting = accounts.sign_in(store, "rita", GOOD).token
    with pytest.raises(WrongPassword):
        accounts.remove_code(store, user(store), "not the password")
    assert row(store).has_code
    accounts.remove_code(store, user(store), GOOD)
    assert here(store, waiting) is None, "what waited for a code is no sign-in"
    assert accounts.sign_in(store, "rita", GOOD).needs is None
    with_code(store, clock)
    accounts.remove_code_of(store, ADA, "rita")
    assert accounts.sign_in(store, "rita", GOOD).needs is None
    with pytest.raises(CallError, match="no code"):
        accounts.remove_code_of(store, ADA, "rita")
