"""How long a mailbox that fails is left alone."""

from datetime import timedelta

import pytest

from triage.scheduler import back_off

MINUTE = timedelta(minutes=1)


def test_each_failure_doubles_the_wait() -> None:
    assert [back_off(MINUTE, failures) for failures in (1, 2, 3, 4)] == [2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE]


@pytest.mark.parametrize("failures", [5, 6, 50, 10**6, 10**12])
def test_a_mailbox_is_asked_again_within_half_an_hour_however_often_it_failed(failures: int) -> None:
    assert back_off(MINUTE, failures) == timedelta(minutes=30)


@pytest.mark.parametrize("every", [timedelta(seconds=1), MINUTE, timedelta(minutes=29), timedelta(hours=2), timedelta(days=1)])
@pytest.mark.parametrize("failures", [1, 2, 30])
def test_a_mailbox_that_fails_is_never_asked_more_often_than_one_that_answers(every: timedelta, failures: int) -> None:
    assert back_off(every, failures) >= every


@pytest.mark.parametrize("every", [timedelta(hours=2), timedelta(days=1)])
def test_a_slow_pace_is_kept(every: timedelta) -> None:
    assert back_off(every, 3) == every
