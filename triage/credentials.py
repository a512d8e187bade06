"""What proves who somebody is: passwords, which are kept as argon2 hashes, and one-time codes by RFC 6238. No store, no accounts."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from triage.errors import CallError

# The National Cyber Security Centre advises length and a list of what everybody tries, and against rules about signs and digits.
LEAST_CHARACTERS = 12
# Nobody types more, and what is hashed has an end.
_MOST_CHARACTERS = 1_000
_LEAST_DIFFERENT = 5
# Alone, or with digits and signs around them.
_COMMON = frozenset((
    "password", "passwordpassword", "mypassword", "newpassword", "passw", "passphrase", "welcome", "welcomehome", "letmein",
    "letmeinletmein",
    "changeme", "qwerty", "qwertyqwerty", "abcdef", "abcabcabcabc", "iloveyou", "administrator", "admin", "adminadmin", "superuser",
    "default",
    "secret", "topsecret", "opensesame", "correcthorsebatterystaple", "liverpool", "manchester", "arsenal", "chelsea", "football", "london",
    "england", "summer", "winter", "autumn", "spring", "monday", "friday", "sunday", "sunshine", "princess", "dragon", "monkey", "pokemon",
    "superman", "starwars", "council", "complaint", "complaints", "complaintsteam", "triage", "triagetriage", "socialcare", "children",
    "childrensservices", "112233445566",
))  # fmt: skip
# As keys and letters follow each other.
_ROWS = (
    *(row * (_MOST_CHARACTERS // 10) for row in ("1234567890", "0987654321")),
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
)
# Nothing that is read as something else when it is copied from paper: no i, l, o, 0, 1.
_ONE_TIME = "abcdefghjkmnpqrstuvwxyz23456789"
_DIGITS = re.compile(r"[0-9]{6}")
_SECRET = re.compile(r"[A-Z2-7]{32}")
# RFC 6238: one step of 30 seconds either way, for clocks that go wrong and for slow typing.
_STEP, _DRIFT = 30, 1
# Each hashing takes 64 MiB, and whoever sends many passwords at once shall not take the machine's memory.
_HASHING = BoundedSemaphore(2)
_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class OfferedCode:
    """What somebody's authenticator app needs: to type, as a link, and to scan, as SVG. Nothing of it is kept yet."""

    secret: str
    uri: str
    qr: str


# Passwords


def hashed(password: str) -> str:
    """A password as it is kept. Slow on purpose."""
    with _HASHING:
        return _HASHER.hash(_normal(password))


def is_right(known: str | None, password: str) -> bool:
    """Whether a password is the one of the hash. Without one it is not, and that takes as long."""
    against, fits = known or _decoy(), len(password) <= _MOST_CHARACTERS
    with _HASHING:
        try:
            return _HASHER.verify(against, _normal(password) if fits else b"") and fits and known is not None
        except (VerificationError, InvalidHashError):
            return False


def hashed_again(known: str | None, password: str) -> str | None:
    """A right password hashed anew, where its hash was made as is no longer thought safe; else None."""
    return hashed(password) if known and _HASHER.check_needs_rehash(known) else None


def one_time() -> str:
    """Sixteen letters in fours, easily read out over the telephone: of 31 letters each, nobody guesses them."""
    return "-".join("".join(secrets.choice(_ONE_TIME) for _ in range(4)) for _ in range(4))


def same(one: str, other: str) -> bool:
    """Whether two passwords are one, however they were typed."""
    return secrets.compare_digest(_normal(one), _normal(other))


def refuse_weak(password: str, about: Iterable[str]) -> None:
    """Raise CallError for a password that is too short, or among the first that are tried; `about` are its owner's name and the like."""
    if len(password) > _MOST_CHARACTERS:
        raise CallError(f"the password is too long: {_MOST_CHARACTERS:,} characters are the most")
    text = unicodedata.normalize("NFKC", password).casefold()
    if len(text) < LEAST_CHARACTERS:
        raise CallError(
            f"the password is too short: it needs {LEAST_CHARACTERS} characters at least. "
            "Three words that do not belong together are a good one"
        )
    if _plain(text) in {_plain(one.casefold()) for one in about}:
        raise CallError("the password is the name or the address: choose one that nobody can guess")
    letters = "".join(filter(str.isalpha, text))
    if {letters, text} & _COMMON or len(set(text)) < _LEAST_DIFFERENT or any(text in row for row in _ROWS):
        raise CallError("the password is one of those that are tried first. Three words that do not belong together are a good one")


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _normal(password: str) -> bytes:
    """One form of a password, however a keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@cache
def _decoy() -> str:
    """The hash of a password that nobody knows."""
    return hashed(secrets.token_urlsafe(32))


# One-time codes


def offered(name: str, issuer: str, secret: str | None = None) -> OfferedCode:
    """A new secret, or that one, for somebody's app, which calls it `name` at `issuer`. Raises CallError."""
    secret = checked_secret(secret) if secret is not None else pyotp.random_base32(32)
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)
    drawn = segno.make(uri, error="m", micro=False)
    qr = drawn.svg_inline(scale=5, light="#fff", svgclass=None, lineclass=None, title="A code to scan with an authenticator app")
    return OfferedCode(secret, uri, qr)


def checked_secret(secret: str) -> str:
    """A secret that came back from a form. Raises CallError where it is none."""
    if not _SECRET.fullmatch(secret):
        raise CallError("this is not the secret as it was shown: begin again")
    return secret


def step_of(secret: str, code: str, after: int | None, now: datetime) -> int | None:
    """The time step that a code is of, at a moment, later than the step `after`, which was used; None where it is of none that counts."""
    code = "".join(code.split())
    if not _DIGITS.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // _STEP
    steps = range(present - _DRIFT, present + _DRIFT + 1)
    return next((step for step in steps if (after is None or step > after) and secrets.compare_digest(totp.generate_otp(step), code)), None)
