"""The parts, wired as the program wires them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.dovecot import Dovecot
from tests.support.program import write_config
from triage import settings
from triage.bootstrap import Parts, now, open_store
from triage.casefinder import CaseFinder
from triage.classify.model import Model
from triage.domain.labels import Service
from triage.domain.message import Arrival, MailboxKind, Place
from triage.domain.team import Team
from triage.judge import Judge
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.parsing import ParseLimits
from triage.pipeline import Pipeline, Tally
from triage.store.casestore import CaseStore
from triage.text.entities import EntityFinder

TEAMS = (
    Team("Family Placement", frozenset({Service.FOSTERING_ADOPTION}), ("family placement", "kinship team")),
    Team("SEND", frozenset({Service.SEND}), ("send team", "ehcp team")),
)


@pytest.fixture
def judge(model: Model, finder: EntityFinder, case_finder: CaseFinder) -> Judge:
    """What the program judges by, with the models that all tests share."""
    return Judge(
        model,
        lambda domain: domain == "ashmere.example",
        lambda: datetime.now(UTC),
        ParseLimits(),
        finder,
        case_finder.scorer.rarity,
        TEAMS,
    )


@pytest.fixture
def parts_for(dovecot: Dovecot, tmp_path: Path, judge: Judge, case_finder: CaseFinder) -> Iterator[Callable[..., Parts]]:
    """Builds the parts for mailboxes on the shared Dovecot: `parts_for({"name": "shared"}, extra=..., box=...)`.

    Wired as `triage.bootstrap.build` does, but for the models, which would be loaded anew for each test.
    """
    opened: list[Parts] = []

    def make(mailboxes: dict[str, str], *, port: int | None = None, extra: str = "", box: str = "") -> Parts:
        configured = settings.load(write_config(tmp_path, mailboxes, port=port or dovecot.port, extra=extra, box=box))
        store = open_store(configured)
        sources = [ImapMailbox(one, configured.limits) for one in configured.mailbox]
        parts = Parts(configured, store, Pipeline(store, replace(judge, is_own=configured.council.is_own, clock=now), case_finder), sources)
        opened.append(parts)
        return parts

    yield make
    for parts in opened:
        parts.store.close()


@pytest.fixture
def pipeline(store: CaseStore, judge: Judge, case_finder: CaseFinder) -> Pipeline:
    return Pipeline(store, judge, case_finder)


class Inbox:
    """Hands messages to a pipeline as if a server had: each call of `take` is one batch of one mailbox."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._next: dict[str, int] = {}

    def take(
        self, *raws: bytes, mailbox: str = "complaints", received: datetime | None = None, uidvalidity: int = 1, known_below: int = 0
    ) -> Tally:
        kind = MailboxKind.OFFICER if mailbox.startswith("officer") else MailboxKind.SHARED
        batch = []
        for raw in raws:
            uid = self._next[mailbox] = self._next.get(mailbox, 0) + 1
            place = Place(mailbox, kind, "INBOX", uidvalidity, uid)
            batch.append(Arrival(place, raw, len(raw), received or datetime(2026, 6, 1, 9, 0, tzinfo=UTC), None, known_below))
        tally = Tally(mailbox)
        self.pipeline.log(batch, tally)
        return tally

    def renumber(self, mailbox: str = "complaints") -> None:
        """From here on the folder's UIDs start again."""
        self._next[mailbox] = 0

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.pipeline.store.export_messages())

    @property
    def cases(self) -> list[dict[str, Any]]:
        return list(self.pipeline.store.export_cases())


@pytest.fixture
def inbox(pipeline: Pipeline) -> Inbox:
    return Inbox(pipeline)
