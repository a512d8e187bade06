"""The day in a header, as programs and people write it."""

from datetime import UTC, datetime, timedelta

import pytest

from triage.text.dates import in_utc, parse_date

PASSED_ON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Tuesday, March 3, 2026 10:15 AM", "2026-03-03 10:15"),
        ("03 March 2026 10:15", "2026-03-03 10:15"),
        ("Tue, 3 Mar 2026 10:15:22 +0000", "2026-03-03 10:15"),
        ("3 March 2026 at 10:15:22 GMT", "2026-03-03 10:15"),
        ("2026-03-02 10:15", "2026-03-02 10:15"),
        ("Tue 10/03/2026 08:47", "2026-03-10 08:47"),
        ("03.03.2026 um 10:15 Uhr", "2026-03-03 10:15"),
        ("14.01.2026 16.44", "2026-01-14 16:44"),
        ("5/3/26", "2026-03-05 00:00"),
        ("3rd March 2026, 9.15am", "2026-03-03 09:15"),
        ("03/03/2026 10:15 (GMT+00:00)", "2026-03-03 10:15"),
        ("Tuesday 3 March 2026 at 10:15:22 GMT", "2026-03-03 10:15"),
    ],
)
def test_english_and_numeric_dates_are_read(text: str, day: str) -> None:
    found = parse_date(text, PASSED_ON)
    assert found is not None
    assert found.strftime("%Y-%m-%d %H:%M") == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("mardi 14 avril 2026 09:03", "2026-04-14"),
        ("mar. 3 mars 2026 à 09:03", "2026-03-03"),
        ("Dienstag, 3. März 2026 um 10:15", "2026-03-03"),
        ("Di., 3. Mrz. 2026 10:15", "2026-03-03"),
        ("wt., 3 mar 2026 o 10:15", "2026-03-03"),
        ("1 paź 2026 10:00", "2026-10-01"),
        ("3 de marzo de 2026", "2026-03-03"),
        ("lun, 2 mar 2026 a las 10:15", "2026-03-02"),
        ("gio 5 mar 2026 alle ore 10:15", "2026-03-05"),
        ("Dydd Mawrth, 3 Mawrth 2026 10:15", "2026-03-03"),
        ("21 Ebrill 2026 10:15", "2026-04-21"),
        ("den 3 mars 2026 kl. 10:15", "2026-03-03"),
        ("12 févr. 2026 à 10:15", "2026-02-12"),
    ],
)
def test_other_languages_are_read_as_well(text: str, day: str) -> None:
    found = parse_date(text, PASSED_ON)
    assert found is not None
    assert found.date().isoformat() == day


def test_a_day_that_can_be_read_twice_is_the_one_before_it_was_passed_on() -> None:
    assert parse_date("3/2/2026", datetime(2026, 3, 3, tzinfo=UTC)) == parse_date("2 March 2026")
    assert parse_date("3/2/2026", datetime(2026, 2, 4, tzinfo=UTC)) == parse_date("3 February 2026")
    assert parse_date("3/2/2026") == parse_date("3 February 2026")


@pytest.mark.parametrize(
    "text", ["", "today", "Wednesday", "10:15", "3 June", "June 2026", "2026", "31 June 2026", "99999999999 3 March 2026", "3" * 200]
)
def test_what_states_no_whole_day_is_none(text: str) -> None:
    assert parse_date(text, PASSED_ON) is None


def test_an_offset_is_kept_and_without_one_it_is_london() -> None:
    summer = parse_date("3 July 2026 10:15")
    assert summer is not None
    assert summer.utcoffset() == timedelta(hours=1)
    stated = parse_date("Fri, 3 Jul 2026 10:15:00 -0500")
    assert stated is not None
    assert in_utc(stated) == datetime(2026, 7, 3, 15, 15, tzinfo=UTC)
