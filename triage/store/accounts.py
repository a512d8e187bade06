"""People who sign in: their accounts, and where they are signed in just now.

What is secret stays out of here: a password comes as its hash, a browser's token as its SHA-256 (`triage.accounts` makes both, and knows
the rules). Whatever is counted is read and written in one transaction, so that a hundred guesses at one moment are counted one by one.

The audit names people by the key of their account, never by name or address; who acted is in it as ever.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from triage.domain.labels import Service
from triage.domain.user import User, UserRole
from triage.errors import CallError, ConflictError
from triage.store.ledger import Ledger
from triage.store.schema import Account, SignIn, WebSecret

# So many wrong passwords or codes in a row lock an account: somebody who mistypes needs two or three, a machine that guesses millions.
WRONG_AT_MOST = 5
# Long enough that guessing goes nowhere (480 guesses a day), and short enough that nobody who is locked out loses a working day.
LOCKED_FOR = timedelta(minutes=15)
# Whoever has given a password has this long to find their telephone and type the code.
CODE_WITHIN = timedelta(minutes=10)
# No configuration lets a sign-in last longer, so what is older can go.
_OLDEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as it is kept (see `triage.store.schema.Account`)."""

    id: int
    name: str
    full_name: str
    address: str | None
    role: UserRole
    services: tuple[Service, ...]
    subject: str | None
    password: str | None
    must_change: bool
    code_secret: str | None
    code_step: int | None
    failures: int
    locked_until: datetime | None
    created_at: datetime
    disabled_at: datetime | None

    @property
    def user(self) -> User:
        """Whose account it is."""
        return User(self.id, self.name, self.full_name, self.role, self.address, frozenset(self.services))

    def locked(self, now: datetime) -> bool:
        """Whether nobody may sign in with it just now."""
        return self.locked_until is not None and now < self.locked_until


@dataclass(frozen=True, slots=True)
class SignInRow:
    """Somebody who is signed in, or, where it is not `complete`, has given a password and owes the code."""

    account: AccountRow
    complete: bool
    started_at: datetime
    seen_at: datetime


# Accounts


def by_name(connection: Connection, name: str) -> AccountRow | None:
    """The account of a name, which is in lower case."""
    return _first(connection, Account.name == name)


def by_subject(connection: Connection, subject: str) -> AccountRow | None:
    """The account of somebody whom the council's own sign-in knows."""
    return _first(connection, Account.subject == subject)


def by_key(connection: Connection, key: int) -> AccountRow:
    """An account by its key; none is ever removed."""
    found = _first(connection, Account.id == key)
    if found is None:
        raise CallError("there is no such account any more: sign in again")
    return found


def everybody(connection: Connection) -> list[AccountRow]:
    """Every account, in the order of the names."""
    return [_account(row) for row in connection.execute(select(Account.__table__).order_by(Account.name))]


def add(
    ledger: Ledger, connection: Connection, name: str, role: UserRole, *, full_name: str, address: str | None, services: Sequence[Service],
    password: str | None = None, must_change: bool = False, subject: str | None = None,
) -> AccountRow:  # fmt: skip
    """Add somebody. Raises CallError where the name is taken."""
    if by_name(connection, name) is not None:
        raise CallError(f'there is an account "{name}" already: choose another name; `user list` shows them')
    values = {
        "name": name, "full_name": full_name, "address": address, "role": role.value, "services": sorted(one.value for one in services),
        "subject": subject, "password": password, "must_change": must_change, "failures": 0, "created_at": ledger.now,
    }  # fmt: skip
    key = int(connection.execute(insert(Account).returning(Account.id), values).scalar_one())
    how = "password" if subject is None else "the council's own sign-in"
    ledger.record("user added", account=key, role=role.value, services=values["services"], by=how)
    return by_key(connection, key)


def change(ledger: Ledger, connection: Connection, account: AccountRow, **wanted: Any) -> None:
    """Change what is given of `role`, `services`, `address` and `full_name`; other sight and rights count from the next page on."""
    values = {key: value for key, value in wanted.items() if value != getattr(account, key)}
    if not values:
        return
    kept = {**values}
    said: dict[str, Any] = {"changed": sorted(values)}
    if "role" in values:
        kept["role"] = values["role"].value
        said["role"] = [account.role.value, kept["role"]]
    if "services" in values:
        kept["services"] = [one.value for one in values["services"]]
        said["services"] = [[one.value for one in account.services], kept["services"]]
    _update(connection, account.id, **kept)
    ledger.record("user changed", account=account.id, **said)


def change_as_administrator(ledger: Ledger, connection: Connection, key: int, wanted: dict[str, Any]) -> None:
    """Change an account in an administrator's name (see `change`). Raises CallError where nobody would be one any more."""
    account = by_key(connection, key)
    if wanted.get("role", account.role) is not UserRole.ADMINISTRATOR:
        keep_an_administrator(connection, account)
    change(ledger, connection, account, **wanted)


def keep_an_administrator(connection: Connection, account: AccountRow) -> None:
    """Raise CallError where this account is the last administrator's that can be used: nobody could add people any more."""
    if account.role is not UserRole.ADMINISTRATOR or account.disabled_at is not None:
        return
    others = select(Account.id).where(Account.role == UserRole.ADMINISTRATOR.value, Account.disabled_at.is_(None), Account.id != account.id)
    if connection.execute(others.limit(1)).first() is None:
        raise CallError(f'"{account.name}" is the last administrator: make somebody else one first')


def disable(ledger: Ledger, connection: Connection, account: AccountRow) -> None:
    """Let nobody sign in with an account any more, and sign everybody out who is."""
    if account.disabled_at is not None:
        return
    keep_an_administrator(connection, account)
    _update(connection, account.id, disabled_at=ledger.now)
    end_all(connection, account.id)
    ledger.record("user disabled", account=account.id)


def enable(ledger: Ledger, connection: Connection, account: AccountRow) -> None:
    """Let somebody sign in again."""
    if account.disabled_at is not None:
        _update(connection, account.id, disabled_at=None, failures=0, locked_until=None)
        ledger.record("user enabled", account=account.id)


def unlock(ledger: Ledger, connection: Connection, account: AccountRow) -> None:
    """Forget wrong passwords and codes."""
    if account.failures or account.locked_until is not None:
        _update(connection, account.id, failures=0, locked_until=None)
        ledger.record("unlocked", account=account.id)


def reset_password(ledger: Ledger, connection: Connection, account: AccountRow, password: str) -> None:
    """Give somebody a password that they must change at once; whoever is signed in with the account is signed out."""
    _update(connection, account.id, password=password, must_change=True, failures=0, locked_until=None)
    end_all(connection, account.id)
    ledger.record("password reset", account=account.id)


def keep_hash(connection: Connection, key: int, seen: str, password: str) -> None:
    """Keep the same password as another hash, where it is still the same."""
    connection.execute(update(Account).where(Account.id == key, Account.password == seen).values(password=password))


def change_password(ledger: Ledger, connection: Connection, key: int, seen: str | None, password: str, *, keep: str) -> None:
    """Give an account the password that its owner chose, and end its sign-ins but that of the token `keep`.

    `seen` is the hash that was there when they were asked for the old one. Raises ConflictError where it is another by now.
    """
    _as_seen(connection, key, seen)
    _update(connection, key, password=password, must_change=False)
    end_all(connection, key, but=keep)
    ledger.record("password changed", account=key)


def set_code(
    ledger: Ledger, connection: Connection, key: int, secret: str | None, step: int | None = None, *, keep: str | None = None
) -> None:  # fmt: skip
    """Ask for one-time codes from now on, or, where `secret` is None, no more.

    What was begun under the other rule ends: every sign-in but that of the token `keep` where codes begin, those that wait for a code where
    they are given up.
    """
    _update(connection, key, code_secret=secret, code_step=step)
    if secret is None:
        _end_begun(connection, key)
    else:
        end_all(connection, key, but=keep)
    ledger.record("code switched off" if secret is None else "code switched on", account=key)


# Signing in


def sign_in(
    ledger: Ledger, connection: Connection, key: int | None, seen: str | None, *, right: bool, token: str
) -> AccountRow | None:  # fmt: skip
    """Begin a sign-in, or count and audit a wrong one: None then, whatever the reason.

    `key` is None where there is no account of that name; `seen` is the hash that the password was held against, `right` says with what
    result. Raises ConflictError where the account has another by now: hold it against that.
    """
    if key is None:
        ledger.record("sign-in refused", account=None, why="unknown name")
        return None
    account = _as_seen(connection, key, seen)
    why = (
        "disabled" if account.disabled_at is not None
        else "no password" if account.password is None
        else "locked" if account.locked(ledger.now)
        else None if right
        else "wrong password"
    )  # fmt: skip
    if why is not None:
        ledger.record("sign-in refused", account=key, why=why)
        if why == "wrong password":
            _count_wrong(ledger, connection, account)
        return None
    complete = account.code_secret is None
    if complete:
        # Where a code is asked for, a right password alone forgives nothing: codes could be guessed without end.
        _forgive(connection, account)
    _begin(ledger, connection, key, token, complete=complete)
    return account


def sign_in_by_openid(
    ledger: Ledger, connection: Connection, subject: str, token: str, *, name: str, full_name: str, address: str | None, role: UserRole,
    services: tuple[Service, ...],
) -> bool:  # fmt: skip
    """Begin a sign-in that the council's own has vouched for; False where the account is disabled here.

    Whoever has no account gets one of that `name`; whoever has one keeps its name, and is brought up to date with the rest. Raises
    ConflictError where the name is taken, or was another's, by now.
    """
    account = by_subject(connection, subject)
    if account is None and by_name(connection, name) is None:
        account = add(ledger, connection, name, role, full_name=full_name, address=address, services=services, subject=subject)
    if account is None or account.name != name:
        raise ConflictError("somebody else was given that name just now")
    if account.disabled_at is not None:
        ledger.record("sign-in refused", account=account.id, why="disabled")
        return False
    told = {"role": role, "services": services, "full_name": full_name}
    change(ledger, connection, account, **told, **({"address": address} if address is not None else {}))
    _begin(ledger, connection, account.id, token, complete=True)
    return True


def refuse(ledger: Ledger, connection: Connection, key: int | None, why: str, *, end: bool) -> None:
    """Note that somebody whom the council's own sign-in knows may not use this; with `end` they are signed out wherever they are in."""
    ledger.record("sign-in refused", account=key, why=why)
    if key is not None and end:
        end_all(connection, key)


def give_code(
    ledger: Ledger, connection: Connection, token: str, step_of: Callable[[str, int | None, datetime], int | None]
) -> tuple[AccountRow, bool] | None:  # fmt: skip
    """Complete a sign-in with a one-time code: its account, and whether the code was right. None where there is no such sign-in (any more).

    `step_of` says of which time step a secret's code is, later than a step and at a moment: None where it is wrong.
    """
    found = signed_in(connection, token)
    secret = found.account.code_secret if found else None
    if found is None or found.complete or secret is None:
        return None
    account = found.account
    if account.disabled_at is not None or account.locked(ledger.now) or ledger.now - found.started_at > CODE_WITHIN:
        end(connection, token)
        return None
    step = step_of(secret, account.code_step, ledger.now)
    if step is None:
        ledger.record("sign-in refused", account=account.id, why="wrong code")
        _count_wrong(ledger, connection, account)
        return account, False
    _update(connection, account.id, code_step=step)
    _forgive(connection, account)
    connection.execute(update(SignIn).where(SignIn.token == token).values(complete=True, seen_at=ledger.now))
    ledger.record("signed in", account=account.id)
    return account, True


def prove(ledger: Ledger, connection: Connection, key: int, seen: str | None, *, right: bool) -> bool:
    """Whether somebody who is signed in knows their own password; wrong ones count, and one too many ends all their sign-ins.

    Raises ConflictError where the password is another by now.
    """
    account = _as_seen(connection, key, seen)
    locked = account.locked(ledger.now)
    if right and not locked and account.disabled_at is None:
        _forgive(connection, account)
        return True
    ledger.record("password refused", account=key, why="locked" if locked else "wrong password")
    if not locked and _count_wrong(ledger, connection, account):
        # Whoever guesses here sits at somebody else's screen.
        end_all(connection, key)
    return False


def signed_in(connection: Connection, token: str) -> SignInRow | None:
    """Who is signed in with a token."""
    query = (
        select(Account.__table__, SignIn.complete, SignIn.started_at, SignIn.seen_at)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(SignIn.token == token)
    )
    row = connection.execute(query).first()
    return None if row is None else SignInRow(_account(row), row.complete, row.started_at, row.seen_at)


def touch(connection: Connection, token: str, now: datetime) -> None:
    """Note that somebody who is signed in is there."""
    connection.execute(update(SignIn).where(SignIn.token == token, SignIn.seen_at < now).values(seen_at=now))


def sign_out(ledger: Ledger, connection: Connection, token: str) -> None:
    """End a sign-in, where there is one."""
    found = signed_in(connection, token)
    if found is not None:
        end(connection, token)
        ledger.record("signed out", account=found.account.id)


def sign_out_everywhere(ledger: Ledger, connection: Connection, key: int) -> None:
    """End all sign-ins of an account."""
    end_all(connection, key)
    ledger.record("signed out everywhere", account=key)


def end(connection: Connection, token: str) -> None:
    """Forget a sign-in."""
    connection.execute(delete(SignIn).where(SignIn.token == token))


def end_all(connection: Connection, key: int, *, but: str | None = None) -> None:
    """Forget all sign-ins of an account, but that of one token."""
    connection.execute(delete(SignIn).where(SignIn.account_id == key, *([SignIn.token != but] if but is not None else [])))


# What cookies are signed with


def web_secret(connection: Connection, name: str) -> str | None:
    """A secret of the queue, where it was made."""
    return connection.execute(select(WebSecret.value).where(WebSecret.name == name)).scalar()


def keep_web_secret(connection: Connection, name: str, value: str) -> str:
    """Keep a secret, unless somebody was quicker; gives the one that is kept. To be called in the one writer's transaction."""
    kept = web_secret(connection, name)
    if kept is None:
        connection.execute(insert(WebSecret), {"name": name, "value": value})
    return kept or value


# Inside


def _as_seen(connection: Connection, key: int, password: str | None) -> AccountRow:
    account = by_key(connection, key)
    if account.password != password:
        raise ConflictError("the password was changed just now: try again with the new one")
    return account


def _count_wrong(ledger: Ledger, connection: Connection, account: AccountRow) -> bool:
    """Count a wrong password or code of an account that is not locked; returns whether it is now."""
    # After a lock has run out, counting begins anew.
    failures = 1 if account.locked_until is not None else account.failures + 1
    locked = failures >= WRONG_AT_MOST
    _update(connection, account.id, failures=failures, locked_until=ledger.now + LOCKED_FOR if locked else None)
    if locked:
        # Whoever is signed in stays so: nobody can throw a person out by typing nonsense under their name.
        _end_begun(connection, account.id)
        ledger.record("locked", account=account.id, minutes=LOCKED_FOR // timedelta(minutes=1))
    return locked


def _forgive(connection: Connection, account: AccountRow) -> None:
    if account.failures or account.locked_until is not None:
        _update(connection, account.id, failures=0, locked_until=None)


def _begin(ledger: Ledger, connection: Connection, key: int, token: str, *, complete: bool) -> None:
    connection.execute(delete(SignIn).where(SignIn.started_at < ledger.now - _OLDEST))
    values = {"token": token, "account_id": key, "complete": complete, "started_at": ledger.now, "seen_at": ledger.now}
    connection.execute(insert(SignIn), values)
    ledger.record("signed in" if complete else "code asked for", account=key)


def _end_begun(connection: Connection, key: int) -> None:
    connection.execute(delete(SignIn).where(SignIn.account_id == key, SignIn.complete.is_(False)))


def _update(connection: Connection, key: int, **values: Any) -> None:
    connection.execute(update(Account).where(Account.id == key).values(**values))


def _first(connection: Connection, condition: Any) -> AccountRow | None:
    row = connection.execute(select(Account.__table__).where(condition)).first()
    return None if row is None else _account(row)


def _account(row: Row[Any]) -> AccountRow:
    return AccountRow(
        id=row.id,
        name=row.name,
        full_name=row.full_name,
        address=row.address,
        role=UserRole(row.role),
        services=tuple(Service(one) for one in row.services),
        subject=row.subject,
        password=row.password,
        must_change=row.must_change,
        code_secret=row.code_secret,
        code_step=row.code_step,
        failures=row.failures,
        locked_until=row.locked_until,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )
