"""People whom the council's own sign-in vouches for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest

from tests.support.accounts import (
    ADA,
    BETTER,
    Clock,
    add,
    events,
    hash_quickly,
    here,
    row,
    una,
    user,
)
from triage import accounts
from triage.accounts import SignInRefused
from triage.domain.labels import Service
from triage.domain.user import User, UserRole
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


def test_whom_the_council_vouches_for_has_an_account_that_follows_what_it_says(store: CaseStore):
    session = here(store, una(store))
    assert session is not None and session.needs is None
    first = session.user
    assert (first.name, first.address, first.services) == (
        "una.marsh",
        "una.marsh@ashmere.example",
        frozenset({Service.SEND, Service.TRANSPORT}),
    )
    token = una(store, name="una.wells", full_name="Una Wells", address=None, role=UserRole.REVIEWER)
    session = here(store, token)
    assert session is not None
    assert session.user == User(first.id, "una.marsh", "Una Wells", UserRole.REVIEWER, "una.marsh@ashmere.example", frozenset())
    assert len(accounts.users(store)) == 1


def test_nobody_takes_over_an_account_by_having_its_name(store: CaseStore):
    add(store, "una.marsh", UserRole.ADMINISTRATOR)
    names = [session.user.name for subject in ("s1", "s2", "s1") if (session := here(store, una(store, subject)))]
    assert names == ["una.marsh-2", "una.marsh-3", "una.marsh-2"]
    assert user(store, "una.marsh").role is UserRole.ADMINISTRATOR
    other = accounts.by_openid(
        store, "https://elsewhere.example", "s1", name="una.marsh", full_name="Una", address=None, role=UserRole.AUDITOR
    )
    session = here(store, other)
    assert session is not None and session.user.name == "una.marsh-4", "another issuer's subject is another person"


def test_who_is_disabled_here_stays_out_whatever_the_council_says(store: CaseStore, store_url: str):
    token = una(store)
    accounts.disable(store, ADA, "una.marsh")
    assert here(store, token) is None
    with pytest.raises(SignInRefused, match="switched off here"):
        una(store, role=UserRole.ADMINISTRATOR)
    assert user(store, "una.marsh").role is UserRole.MANAGER
    assert events(store_url)[-1] == ("una.marsh", "sign-in refused", "disabled")
    accounts.enable(store, ADA, "una.marsh")
    assert here(store, una(store)) is not None


@pytest.mark.parametrize(
    ("name", "made"),
    [("Zoë Ångström", "zoe-angstrom"), ("u@council.example", "u@council.example"), ("", "somebody"), ("密码", "somebody"),
     ("triage", "triage-2"), ("..\0/\ud800", "somebody"), ("n" * 300, "n" * 58)],
)  # fmt: skip
def test_whatever_name_the_council_gives_fits(store: CaseStore, name: str, made: str):
    session = here(store, una(store, name=name, full_name="\0", address="not an address"))
    assert session is not None
    assert (session.user.name, session.user.full_name, session.user.address) == (made, made if made != "triage-2" else "triage", None)


@pytest.mark.parametrize("subject", ["", "s\0", "s\ud800", "s" * 1_001])
def test_a_council_that_does_not_say_who_it_is_signs_nobody_in(store: CaseStore, subject: str):
    with pytest.raises(CallError, match="did not say who"):
        una(store, subject)
    assert accounts.users(store) == []


def test_two_first_sign_ins_at_one_moment_make_one_account(store: CaseStore, store_url: str):
    gate, tokens = Barrier(4), []

    def come(subject: str) -> None:
        own = CaseStore.open(store_url, None, lambda: datetime(2026, 6, 1, 9, 1, tzinfo=UTC))
        gate.wait(30)
        try:
            tokens.append(una(own, subject))
        finally:
            own.close()

    threads = [Thread(target=come, args=(subject,)) for subject in ("s1", "s1", "s2", "s2")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(tokens) == 4 and all(here(store, one) for one in tokens)
    assert [one.user.name for one in accounts.users(store)] == ["una.marsh", "una.marsh-2"]


def test_an_account_of_the_councils_own_has_no_password_code_or_role_from_here(store: CaseStore):
    token = una(store)
    who = user(store, "una.marsh")
    attempts = [
        lambda: accounts.reset_password(store, ADA, "una.marsh"),
        lambda: accounts.change_password(store, who, "", BETTER, token),
        lambda: accounts.begin_code(store, who, "Triage"),
        lambda: accounts.change(store, ADA, "una.marsh", role=UserRole.ADMINISTRATOR),
        lambda: accounts.change(store, ADA, "una.marsh", services=[]),
    ]
    for attempt in attempts:
        with pytest.raises(CallError, match="the council's own sign-in"):
            attempt()
    assert here(store, token) == accounts.Session(who, None, row(store, "una.marsh").created_at)
    accounts.change(
        store, ADA, "una.marsh", role=who.role, services=list(who.services), full_name=who.full_name, address="una@ashmere.example"
    )
    assert user(store, "una.marsh").address == "una@ashmere.example"
