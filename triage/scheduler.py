"""The service: one job a mailbox, by APScheduler 3.

A mailbox is never polled twice at once; polls that were missed are made up by one; starts are spread, so that mailboxes on one
server are not asked in the same second. A mailbox that fails is asked again later and later, up to half an hour apart, and at its
usual pace from the first poll that succeeds.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from triage.bootstrap import Parts, now
from triage.errors import StoreError
from triage.pipeline import Tally
from triage.ports import MailSource

log = logging.getLogger("triage.service")

_LONGEST_WAIT = timedelta(minutes=30)
# A poll may start this much later than planned, as a share of its interval.
_JITTER = 0.1
_FORGET_EVERY = timedelta(hours=1)
# More mailboxes than this are polled in turns: each holds a batch of messages in memory.
_AT_ONCE = 4


class Service:
    """Polls every mailbox until it is stopped. Stopping finishes the message in hand."""

    def __init__(self, parts: Parts, polled: Callable[[Tally], None] = lambda tally: None) -> None:
        self._parts = parts
        self._polled = polled
        self._failures: dict[str, int] = {}
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(_AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self, sources: Sequence[MailSource] | None = None) -> None:
        """Begin: every mailbox at once, then each at its own pace."""
        for source in sources if sources is not None else self._parts.mailboxes:
            every = self._interval(source.name)
            jitter = max(1, int(every.total_seconds() * _JITTER))
            trigger = IntervalTrigger(seconds=every.total_seconds(), jitter=jitter)
            self._scheduler.add_job(self._poll, trigger, args=[source], id=source.name, next_run_time=now())
        self._scheduler.add_job(self._forget, IntervalTrigger(seconds=_FORGET_EVERY.total_seconds()), id=" forget", next_run_time=now())
        self._scheduler.start()

    def stop(self) -> None:
        """End: the messages in hand are finished and committed, what is behind them waits for the next start."""
        self._parts.pipeline.stop.set()
        self._scheduler.shutdown(wait=True)

    def run_until(self, stop: threading.Event) -> None:
        """Start, wait for `stop`, end."""
        self.start()
        stop.wait()
        self.stop()

    def _interval(self, mailbox: str) -> timedelta:
        settings = self._parts.settings.find_mailbox(mailbox)
        return settings.poll_every if settings is not None else timedelta(minutes=1)

    def _poll(self, source: MailSource) -> None:
        if self._parts.pipeline.stop.is_set():
            return
        try:
            tally = self._parts.pipeline.poll(source)
        except StoreError as error:
            tally = Tally(source.name, error=str(error))
        self._paced(source.name, tally.error)
        self._polled(tally)

    def _paced(self, mailbox: str, error: str | None) -> None:
        if error is None:
            if self._failures.pop(mailbox, 0):
                log.info("mailbox answers again mailbox=%s", mailbox)
            return
        failures = self._failures[mailbox] = self._failures.get(mailbox, 0) + 1
        wait = back_off(self._interval(mailbox), failures)
        log.error("poll failed mailbox=%s failures=%d next_in_seconds=%d error=%s", mailbox, failures, wait.total_seconds(), error)
        if not self._parts.pipeline.stop.is_set():
            self._scheduler.modify_job(mailbox, next_run_time=now() + wait)

    def _forget(self) -> None:
        try:
            erased = self._parts.pipeline.forget_expired(self._parts.settings.privacy.keep_waiting)
        except StoreError as error:
            log.error("expired mail could not be erased error=%s", error)
            return
        if erased:
            log.warning("erased officers' mail that nobody looked at in time messages=%d", erased)


def back_off(every: timedelta, failures: int) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, never under the pace, at most half an hour."""
    longest = max(_LONGEST_WAIT, every)
    return min(every * int(2 ** min(failures, 20)), longest)
