"""Who may sign in, and how: passwords, one-time codes, lock-out, the council's own sign-in, and what administrators do to accounts.

What is refused at signing in is refused alike and in the same time, whatever the reason: nobody learns by trying who has an account.
Passwords are hashed outside the store's transactions, for hashing is slow on purpose and the store has one writer.

Whether the person who asks may manage others is asked by the caller (`Right.MANAGE_USERS`); at the command line it is who owns the store.
"""

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from triage import called, credentials
from triage.credentials import OfferedCode
from triage.domain.labels import Service
from triage.domain.user import User, UserRole
from triage.errors import CallError, ConflictError, NotFound, StoreUnavailable
from triage.store import accounts as kept
from triage.store.accounts import AccountRow, SignInRow
from triage.store.casestore import CaseStore

_LONGEST_SUBJECT = 1_000
# Noted no more often: whoever turns pages shall not write to the store with each.
_TOUCHED_EVERY = timedelta(minutes=1)
# A password that was changed while it was being checked is checked against the new one.
_TRIES = 3
_NOBODY = "somebody unknown"
_COOKIES = "cookies"


class SignInRefused(CallError):
    """Somebody may not sign in; why stays in the audit."""

    def __init__(
        self, text: str = "the name or the password is wrong, or the account is locked: wait 15 minutes, or ask your administrator"
    ) -> None:  # fmt: skip
        super().__init__(text)


class WrongCode(CallError):
    """A one-time code is wrong, too old, or was used already."""

    def __init__(self) -> None:
        super().__init__("the code is wrong, or it was used already: wait for the next one and type its six digits")


class WrongPassword(CallError):
    """Somebody who is signed in did not give their own password."""

    def __init__(self) -> None:
        super().__init__("this is not your present password, or your account is locked for 15 minutes after too many wrong ones")


class Needs(StrEnum):
    """What somebody has still to do before they see anything."""

    CODE = "code"
    NEW_PASSWORD = "new password"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in: the token for the browser's cookie, which is kept nowhere else, and what is still needed."""

    token: str
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and since when. Until `needs` is None they may do nothing but that."""

    user: User
    needs: Needs | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account as administrators see it. `by_openid`: they sign in with the council's own sign-in."""

    user: User
    by_openid: bool
    has_code: bool
    must_change: bool
    locked_until: datetime | None
    disabled_at: datetime | None
    created_at: datetime


# Signing in


def sign_in(store: CaseStore, name: str, password: str) -> Begun:
    """Begin a sign-in with a name and a password. Raises SignInRefused."""
    name = name.strip().lower()
    for _ in range(_TRIES):
        # Changed between the look and the count: then it is another password's turn.
        with suppress(ConflictError):
            return _sign_in(store, name, password)
    raise SignInRefused


def _sign_in(store: CaseStore, name: str, password: str) -> Begun:
    account = store.look(lambda connection, now: kept.by_name(connection, name)) if called.NAME.fullmatch(name) else None
    key, known = (account.id, account.password) if account else (None, None)
    right = credentials.is_right(known, password)
    token = secrets.token_urlsafe(32)
    begun = store.work(
        account.name if account else _NOBODY,
        lambda ledger, connection: kept.sign_in(ledger, connection, key, known, right=right, token=_digest(token)),
    )
    if begun is None:
        raise SignInRefused
    # Not before: a right password that is refused all the same must not take longer than a wrong one.
    again = credentials.hashed_again(begun.password, password)
    if again is not None and begun.password is not None:
        seen = begun.password
        store.work(begun.name, lambda ledger, connection: kept.keep_hash(connection, begun.id, seen, again))
    return Begun(token, _needs(begun, complete=begun.code_secret is None))


def give_code(store: CaseStore, token: str, code: str) -> Needs | None:
    """Complete a sign-in with the one-time code that it needs; returns what it needs still.

    Raises WrongCode, and SignInRefused where it is to be begun anew: after five wrong ones, say.
    """
    session = _look_up(store, token)
    if session is None:
        raise SignInRefused
    given = store.work(
        session.account.name,
        lambda ledger, connection: kept.give_code(
            ledger, connection, _digest(token), lambda secret, after, now: credentials.step_of(secret, code, after, now)
        ),
    )
    if given is None:
        raise SignInRefused
    account, right = given
    if not right:
        if _look_up(store, token) is None:
            raise SignInRefused
        raise WrongCode
    return _needs(account, complete=True)


def by_openid(
    store: CaseStore, issuer: str, subject: str, *, name: str, full_name: str, address: str | None, role: UserRole,
    services: Sequence[Service] = (),
) -> str:  # fmt: skip
    """Sign somebody in whom the council's own sign-in has vouched for; returns the token. Raises SignInRefused where disabled here.

    They are known by issuer and subject, and by nothing else: a name that somebody has already is given another ending. Role, services and
    full name are the council's at each sign-in, and the address where it gives one. That holds for the last administrator too: whoever the
    council has taken out of a group must not keep its rights. `user add` makes another.
    """
    whole = f"{issuer} {subject}"
    if not issuer or not subject or len(whole) > _LONGEST_SUBJECT or not whole.isprintable():
        raise CallError("the council's own sign-in did not say who this is: ask your administrator")
    full_name = called.tidy(full_name) or called.fitting(name)
    # What is no address keeps nobody out.
    address = called.some_address(address) if address and called.is_address(address) else None
    services = _ordered(services) if role is UserRole.MANAGER else ()
    token = secrets.token_urlsafe(32)
    for _ in range(_TRIES):
        theirs = store.look(lambda connection, now: kept.by_subject(connection, whole))
        chosen = theirs.name if theirs else _free_name(store, called.fitting(name))
        with suppress(ConflictError):
            if not _by_openid(store, whole, token, chosen, full_name=full_name, address=address, role=role, services=services):
                raise SignInRefused("your account has been switched off here: ask your administrator")
            return token
    raise SignInRefused("others signed in at the same moment: try again")


def _by_openid(store: CaseStore, subject: str, token: str, name: str, **who: Any) -> bool:
    return store.work(
        name, lambda ledger, connection: kept.sign_in_by_openid(ledger, connection, subject, _digest(token), name=name, **who)
    )


def _free_name(store: CaseStore, name: str) -> str:
    def free(one: str) -> bool:
        return one not in called.RESERVED and store.look(lambda connection, now: kept.by_name(connection, one)) is None

    return next(one for one in (name if number == 1 else f"{name}-{number}" for number in count(1)) if free(one))


def current(store: CaseStore, token: str, idle: timedelta, longest: timedelta, *, touch: bool = True) -> Session | None:
    """Who is signed in with a token, or None: never, not any more, or disabled meanwhile.

    Without `touch` it does not count as something done: what a page asks by itself must not keep anybody signed in.
    """
    digest = _digest(token)
    found, now = store.look(lambda connection, now: (kept.signed_in(connection, digest), now))
    if found is None:
        return None
    account, age, away = found.account, now - found.started_at, now - found.seen_at
    over = age >= longest or away >= idle or (not found.complete and age >= kept.CODE_WITHIN)
    # A store that is busy or full holds nobody up here: the next page tries again.
    if over or account.disabled_at is not None:
        with suppress(StoreUnavailable):
            store.work(account.name, lambda ledger, connection: kept.end(connection, digest))
        return None
    if touch and away >= _TOUCHED_EVERY:
        with suppress(StoreUnavailable):
            store.work(account.name, lambda ledger, connection: kept.touch(connection, digest, now))
    return Session(account.user, _needs(account, complete=found.complete), found.started_at)


def sign_out(store: CaseStore, token: str) -> None:
    """End a sign-in; nothing happens where there is none."""
    found = _look_up(store, token)
    if found is not None:
        store.work(found.account.name, lambda ledger, connection: kept.sign_out(ledger, connection, _digest(token)))


def sign_out_everywhere(store: CaseStore, user: User) -> None:
    """End all sign-ins of somebody, this one too."""
    store.work(user.name, lambda ledger, connection: kept.sign_out_everywhere(ledger, connection, user.id))


# One's own password and codes


def change_password(store: CaseStore, user: User, old: str, new: str, token: str) -> None:
    """Change one's own password; every other sign-in ends. Raises WrongPassword, and CallError for one that is too easily guessed."""
    account = _with_password(store, user)
    credentials.refuse_weak(new, _about(account))
    _prove(store, account, old)
    if credentials.same(old, new):
        raise CallError("the new password is the old one: choose another")
    _keep_password(store, account, new, token)


def new_password(store: CaseStore, token: str, new: str) -> None:
    """Choose a password in place of a one-time one, as is needed first. Raises CallError for one that is too easily guessed."""
    found = _look_up(store, token)
    if found is None or not found.complete or not found.account.must_change or found.account.disabled_at is not None:
        raise SignInRefused("this sign-in is over: sign in again")
    account = found.account
    credentials.refuse_weak(new, _about(account))
    if credentials.is_right(account.password, new):
        raise CallError("that is the password that you were given: choose your own")
    _keep_password(store, account, new, token)


def begin_code(store: CaseStore, user: User, issuer: str, secret: str | None = None) -> OfferedCode:
    """Offer somebody a secret for their authenticator app, or show one again. `issuer` is what the app calls it: "Triage, Ashmere"."""
    account = _with_password(store, user)
    if account.code_secret is not None:
        raise CallError("your sign-in asks for a code already: switch that off first to use another app")
    return credentials.offered(account.name, issuer, secret)


def confirm_code(store: CaseStore, user: User, secret: str, code: str, token: str) -> None:
    """Ask for codes of that secret from now on, now that one is right; every other sign-in ends. Raises WrongCode."""
    account, secret = _with_password(store, user), credentials.checked_secret(secret)
    if account.code_secret is not None:
        raise CallError("your sign-in asks for a code already")
    now = store.look(lambda connection, now: now)
    step = credentials.step_of(secret, code, None, now)
    if step is None:
        raise WrongCode
    store.work(user.name, lambda ledger, connection: kept.set_code(ledger, connection, user.id, secret, step, keep=_digest(token)))


def remove_code(store: CaseStore, user: User, password: str) -> None:
    """Ask no more for codes when one signs in. Raises WrongPassword."""
    account = _with_password(store, user)
    _prove(store, account, password)
    store.work(user.name, lambda ledger, connection: kept.set_code(ledger, connection, user.id, None))


# What administrators do


def add(
    store: CaseStore, actor: str, name: str, role: UserRole, *, full_name: str, address: str | None = None,
    services: Sequence[Service] = (), password: str | None = None,
) -> str | None:  # fmt: skip
    """Add somebody who signs in with a name and a password.

    Returns the one-time password that was made for them, which they must change at once, or None where one is given. Raises CallError.
    """
    name = name.strip().lower()
    if not called.NAME.fullmatch(name) or name in called.RESERVED:
        raise CallError(
            "a name to sign in with has letters from a to z, digits and . _ - + @ only, 64 of them at most, and begins with a letter or a "
            'digit; "triage" is the program itself'
        )
    full_name, address = called.some_full_name(full_name), called.some_address(address)
    _check_services(role, services)
    if password is not None:
        credentials.refuse_weak(password, (name, full_name, address or ""))
    made = None if password is not None else credentials.one_time()
    hashed = credentials.hashed(password or made or "")
    store.work(
        actor,
        lambda ledger, connection: kept.add(
            ledger, connection, name, role, full_name=full_name, address=address, services=_ordered(services),
            password=hashed, must_change=made is not None,
        ),
    )  # fmt: skip
    return made


def users(store: CaseStore) -> list[UserRow]:
    """Every account, in the order of the names."""
    found = store.look(lambda connection, now: (kept.everybody(connection), now))
    return [_shown(account, found[1]) for account in found[0]]


def able(store: CaseStore) -> dict[str, str]:
    """Everybody who may sign in: full names by the keys of their accounts, as forms send them."""
    return {str(one.user.id): one.user.full_name for one in users(store) if one.disabled_at is None}


def named(store: CaseStore, name: str) -> UserRow:
    """The account of this name. Raises NotFound."""
    found = next((one for one in users(store) if one.user.name == name), None)
    if found is None:
        raise NotFound("there is no such account")
    return found


def change(
    store: CaseStore, actor: str, name: str, *, role: UserRole | None = None, services: Sequence[Service] | None = None,
    address: str | None = None, full_name: str | None = None,
) -> None:  # fmt: skip
    """Change what is given; an empty address, or no services, takes them away. Raises CallError.

    What the council's own sign-in says of somebody is changed there; the address alone may be given here, where it says none.
    """
    account = _named(store, name)
    after = role or account.role
    wanted: dict[str, Any] = {}
    if role is not None:
        wanted["role"] = role
    if services is not None or after is not UserRole.MANAGER:
        _check_services(after, services or ())
        wanted["services"] = _ordered(services or ())
    if address is not None:
        wanted["address"] = called.some_address(address)
    if full_name is not None:
        wanted["full_name"] = called.some_full_name(full_name)
    wanted = {key: value for key, value in wanted.items() if value != getattr(account, key)}
    if account.subject is not None and wanted.keys() - {"address"}:
        raise CallError(f'"{account.name}" signs in with the council\'s own sign-in, which says what they may do: change it there')
    store.work(actor, lambda ledger, connection: kept.change_as_administrator(ledger, connection, account.id, wanted))


def disable(store: CaseStore, actor: str, name: str) -> None:
    """Let somebody sign in no more, and sign them out. Raises CallError, for the last administrator too."""
    key = _named(store, name).id
    store.work(actor, lambda ledger, connection: kept.disable(ledger, connection, kept.by_key(connection, key)))


def enable(store: CaseStore, actor: str, name: str) -> None:
    """Let somebody sign in again. Raises CallError."""
    key = _named(store, name).id
    store.work(actor, lambda ledger, connection: kept.enable(ledger, connection, kept.by_key(connection, key)))


def unlock(store: CaseStore, actor: str, name: str) -> None:
    """Let somebody try again at once who was locked out. Raises CallError."""
    key = _named(store, name).id
    store.work(actor, lambda ledger, connection: kept.unlock(ledger, connection, kept.by_key(connection, key)))


def reset_password(store: CaseStore, actor: str, name: str) -> str:
    """Give somebody a one-time password, which they must change at once, and sign them out. Raises CallError."""
    account = _local(_named(store, name))
    made = credentials.one_time()
    hashed = credentials.hashed(made)
    store.work(actor, lambda ledger, connection: kept.reset_password(ledger, connection, kept.by_key(connection, account.id), hashed))
    return made


def remove_code_of(store: CaseStore, actor: str, name: str) -> None:
    """Ask somebody for no codes any more, who has lost their telephone. Raises CallError."""
    account = _named(store, name)
    if account.code_secret is None:
        raise CallError(f'"{account.name}" is asked for no code')
    store.work(actor, lambda ledger, connection: kept.set_code(ledger, connection, account.id, None))


def web_secret(store: CaseStore) -> str:
    """What the queue signs its cookies with: made when it is first asked for, and the same for every process from then on."""
    known = store.look(lambda connection, now: kept.web_secret(connection, _COOKIES))
    made = secrets.token_hex(32)
    return known or store.work(_NOBODY, lambda ledger, connection: kept.keep_web_secret(connection, _COOKIES, made))


# Inside


def _look_up(store: CaseStore, token: str) -> SignInRow | None:
    return store.look(lambda connection, now: kept.signed_in(connection, _digest(token)))


def _needs(account: AccountRow, *, complete: bool) -> Needs | None:
    """The code comes first: who has only a one-time password in hand must not choose the next one."""
    if not complete:
        return Needs.CODE
    return Needs.NEW_PASSWORD if account.must_change else None


def _named(store: CaseStore, name: str) -> AccountRow:
    name = name.strip().lower()
    account = store.look(lambda connection, now: kept.by_name(connection, name)) if called.NAME.fullmatch(name) else None
    if account is None:
        raise CallError("there is no account of that name: `user list` shows them")
    return account


def _local(account: AccountRow) -> AccountRow:
    if account.subject is not None:
        raise CallError(f'"{account.name}" signs in with the council\'s own sign-in, and has no password or code here')
    return account


def _with_password(store: CaseStore, user: User) -> AccountRow:
    return _local(store.look(lambda connection, now: kept.by_key(connection, user.id)))


def _prove(store: CaseStore, account: AccountRow, password: str) -> None:
    right = credentials.is_right(account.password, password)
    if not store.work(account.name, lambda ledger, connection: kept.prove(ledger, connection, account.id, account.password, right=right)):
        raise WrongPassword


def _keep_password(store: CaseStore, account: AccountRow, new: str, token: str) -> None:
    hashed = credentials.hashed(new)
    store.work(
        account.name,
        lambda ledger, connection: kept.change_password(ledger, connection, account.id, account.password, hashed, keep=_digest(token)),
    )


def _about(account: AccountRow) -> tuple[str, ...]:
    return account.name, account.full_name, account.address or ""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _shown(account: AccountRow, now: datetime) -> UserRow:
    return UserRow(
        user=account.user,
        by_openid=account.subject is not None,
        has_code=account.code_secret is not None,
        must_change=account.must_change,
        locked_until=account.locked_until if account.locked(now) else None,
        disabled_at=account.disabled_at,
        created_at=account.created_at,
    )


def _check_services(role: UserRole, services: Sequence[Service]) -> None:
    if services and role is not UserRole.MANAGER:
        raise CallError("only a manager has services of their own: a reviewer, an administrator and an auditor see all")


def _ordered(services: Sequence[Service]) -> tuple[Service, ...]:
    return tuple(sorted(set(services)))
