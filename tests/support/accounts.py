"""People with accounts, and a clock that the test sets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher

from tests.support.logged import audit
from triage import accounts, credentials
from triage.accounts import SignInRefused
from triage.domain.labels import Service
from triage.domain.user import User, UserRole
from triage.store.casestore import CaseStore

ADA = "ada at the command line"
GOOD, BETTER = "otter violin harbour", "pebble lantern trombone"
IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)
ISSUER = "https://login.council.example/tenant/v2.0"


class Clock:
    """Stands still until it is told that time passes."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, 9, 0, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


def hash_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as ever, with less effort: most tests are not about how long it takes."""
    monkeypatch.setattr(credentials, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1))
    decoy = credentials.hashed("nobody knows this one")
    monkeypatch.setattr(credentials, "_decoy", lambda: decoy)


def add(store: CaseStore, name: str = "rita", role: UserRole = UserRole.REVIEWER, **more: Any) -> str | None:
    return accounts.add(store, ADA, name, role, **{"full_name": f"{name.title()} Patel", "password": GOOD, **more})


def row(store: CaseStore, name: str = "rita") -> accounts.UserRow:
    [found] = [one for one in accounts.users(store) if one.user.name == name]
    return found


def user(store: CaseStore, name: str = "rita") -> User:
    return row(store, name).user


def here(store: CaseStore, token: str) -> accounts.Session | None:
    return accounts.current(store, token, IDLE, LONGEST)


def wrong(store: CaseStore, times: int, name: str = "rita") -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            accounts.sign_in(store, name, "not the password")


def with_code(store: CaseStore, clock: Clock, name: str = "rita") -> str:
    """Switch codes on for somebody; gives the secret. Its present step is used up."""
    begun = accounts.sign_in(store, name, GOOD)
    secret = accounts.begin_code(store, user(store, name), "Triage").secret
    accounts.confirm_code(store, user(store, name), secret, pyotp.TOTP(secret).at(clock.now), begun.token)
    accounts.sign_out(store, begun.token)
    return secret


def events(store_url: str) -> list[tuple[str, str, Any]]:
    return [(one.actor, one.action, one.detail.get("why")) for one in audit(store_url)]


def una(store: CaseStore, subject: str = "s1", **more: Any) -> str:
    who = {"name": "Una.Marsh", "full_name": "Una Marsh", "address": "Una.Marsh@ashmere.example", "role": UserRole.MANAGER}
    return accounts.by_openid(store, ISSUER, subject, **{**who, "services": [Service.SEND, Service.TRANSPORT], **more})
