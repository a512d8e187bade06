"""Passwords and one-time codes, without a store."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from triage import credentials
from triage.errors import CallError

GOOD = "otter violin harbour"
NOW = datetime(2026, 6, 1, 12, 0, 10, tzinfo=UTC)
RITA = ("rita.patel", "Rita Josephine Patel", "rita.patel@ashmere.example")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(moment: datetime, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(moment)


def test_a_password_is_kept_as_argon2_and_known_again():
    kept = credentials.hashed(GOOD)
    assert kept.startswith("$argon2id$") and GOOD not in kept
    assert credentials.is_right(kept, GOOD)
    assert credentials.hashed_again(kept, GOOD) is None


@pytest.mark.parametrize(
    "wrong", ["", "otter violin harbou", "Otter violin harbour", "otter violin harbour ", "\0", "\ud800", "x" * 100_000]
)
def test_another_password_is_wrong(wrong: str):
    assert not credentials.is_right(credentials.hashed(GOOD), wrong)


def test_where_there_is_no_hash_or_none_that_can_be_read_nothing_is_right():
    assert not credentials.is_right(None, GOOD)
    assert not credentials.is_right("$argon2id$nonsense", GOOD)


def test_accents_count_the_same_however_a_keyboard_composes_them():
    kept = credentials.hashed("café au lait s'il vous plaît")
    assert credentials.is_right(kept, "cafe\u0301 au lait s'il vous plai\u0302t")
    assert not credentials.is_right(kept, "cafe au lait s'il vous plait")
    assert credentials.same("café", "cafe\u0301") and not credentials.same("café", "cafe")


def test_what_was_hashed_with_less_effort_is_hashed_again():
    old = PasswordHasher(time_cost=1, memory_cost=8_192).hash(GOOD)
    again = credentials.hashed_again(old, GOOD)
    assert again is not None and credentials.is_right(again, GOOD)
    assert credentials.hashed_again(again, GOOD) is None


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "too short"),
        ("eleven char", "too short"),
        ("x" * 1_001, "too long"),
        ("rita.patel@ashmere.example", "the name or the address"),
        ("RITA JOSEPHINE PATEL", "the name or the address"),
        ("Password2026!", "tried first"),
        ("welcome12345", "tried first"),
        ("1234 Complaints", "tried first"),
        ("123456789012", "tried first"),
        ("987654321098", "tried first"),
        ("abcdefghijklm", "tried first"),
        ("qwertyuiopas", "tried first"),
        ("aaaaaaaaaaaaaaaa", "tried first"),
        ("121212121212", "tried first"),
        ("Correct Horse Battery Staple", "tried first"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused_with_the_reason(password: str, says: str):
    with pytest.raises(CallError, match=says):
        credentials.refuse_weak(password, RITA)


@pytest.mark.parametrize(
    "password",
    [GOOD, "twelve chars", "ütrecht-zebra", "rita plays the tuba", "90215 61347 8820", "密码密码一二三四五六七八九十", "x" * 500 + GOOD],
)
def test_length_is_enough_and_no_sort_of_sign_is_asked_for(password: str):
    credentials.refuse_weak(password, RITA)


def test_a_password_for_once_is_strong_and_another_each_time():
    made = {credentials.one_time() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        assert len(one) == 19 and not set(one) & set("ilo01")
        credentials.refuse_weak(one, RITA)


def test_a_code_counts_in_its_own_step_and_one_step_either_way():
    step = int(NOW.timestamp()) // 30
    for drift in (-1, 0, 1):
        assert credentials.step_of(SECRET, code(NOW + timedelta(seconds=30 * drift)), None, NOW) == step + drift
    for drift in (-2, 2):
        assert credentials.step_of(SECRET, code(NOW + timedelta(seconds=30 * drift)), None, NOW) is None


def test_the_codes_are_those_of_rfc_6238():
    """The table in its appendix B, SHA-1, the last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, digits in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")):
        assert credentials.step_of(secret, digits, None, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_a_code_of_a_step_that_was_used_or_of_an_earlier_one_counts_no_more():
    step = int(NOW.timestamp()) // 30
    assert credentials.step_of(SECRET, code(NOW), step, NOW) is None
    assert credentials.step_of(SECRET, code(NOW - timedelta(seconds=30)), step, NOW) is None
    assert credentials.step_of(SECRET, code(NOW), step - 1, NOW) == step


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345\0", "9" * 10_000])
def test_what_is_not_six_digits_is_no_code(wrong: str):
    assert credentials.step_of(SECRET, wrong, None, NOW) is None


def test_spaces_in_a_code_do_not_matter():
    digits = code(NOW)
    assert credentials.step_of(SECRET, f" {digits[:3]} {digits[3:]} ", None, NOW) is not None


def test_an_offered_secret_is_new_each_time_and_can_be_shown_again():
    first, second = (credentials.offered("rita.patel", "Triage, Ashmere Council") for _ in range(2))
    assert first.secret != second.secret
    assert credentials.offered("rita.patel", "Triage, Ashmere Council", first.secret) == first
    parsed = pyotp.parse_uri(first.uri)
    assert (parsed.name, parsed.issuer, parsed.secret) == ("rita.patel", "Triage, Ashmere Council", first.secret)


def test_the_picture_of_a_secret_has_no_style_of_its_own():
    drawn = credentials.offered("rita.patel", 'Triage, "Ashmere" <Council>').qr
    assert drawn.startswith("<svg ") and drawn.endswith("</svg>") and "<title>" in drawn
    assert not [word for word in ("style", "class=", "<script", "href", "Ashmere") if word in drawn]


@pytest.mark.parametrize("secret", ["", "short", "A" * 33, "a" * 32, "A" * 31 + "\0"])
def test_a_secret_that_a_form_gives_back_changed_is_refused(secret: str):
    with pytest.raises(CallError, match="begin again"):
        credentials.offered("rita.patel", "Triage", secret)
