"""The review queue as it is served: the real application by waitress on loopback, over a store of its own with the sample mail in it.

The sample mail is logged once, by the real way of mail; each test has a copy of the file.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from tests.support.dovecot import free_port
from tests.support.logged import audit
from tests.support.mail import ROOT
from tests.support.program import write_config
from triage import accounts, settings
from triage.bootstrap import Parts, open_store
from triage.casefinder import CaseFinder
from triage.classify.model import Model
from triage.demo.people import add_sample_people
from triage.domain.message import Arrival, MailboxKind, Place
from triage.domain.user import User
from triage.judge import Judge
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.parsing import ParseLimits
from triage.pipeline import Pipeline
from triage.settings import Settings, SignInSettings, StoreSettings
from triage.store.casestore import CaseStore
from triage.store.schema import Account, Case, CaseNote, Message
from triage.text.entities import EntityFinder
from triage.web.app import create_app
from triage.web.opening import Backlog, office_of
from triage.web.serving import served

# Everybody's in tests.
SIGN_IN_WORDS = "sample-words-here"
COOKIE = "triage"
MAILBOXES = {"complaints": "shared", "officer-hale": "officer", "officer-okoro": "officer"}
_TEAMS = """
[[team]]
name = "School transport desk"
services = ["transport"]
[[team]]
name = "SEND casework"
services = ["send"]
"""
_TOO_LARGE = 900_000_000


class Clock:
    """The moment, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True, slots=True)
class QueueServer:
    """The application at its address, and the store that it works on."""

    address: str
    store: CaseStore
    url: str
    clock: Clock
    cookies: Mapping[str, str]
    app: Flask

    # What the store says, whatever the pages say

    def message(self, key: int) -> Any:
        """A message as it is stored, and the references of its case and of the one that is suggested for it."""
        suggested = aliased(Case)
        query = (
            select(*Message.__table__.columns, Case.reference, suggested.reference.label("suggested"))
            .outerjoin(Case, Case.id == Message.case_id)
            .outerjoin(suggested, suggested.id == Message.suggested_case_id)
            .where(Message.id == key)
        )
        return self.store.look(lambda connection, now: connection.execute(query).one())

    def case(self, reference: str) -> Any:
        """A case as it is stored, and who deals with it."""
        query = select(*Case.__table__.columns, Account.name.label("assigned_to")).outerjoin(Account, Account.id == Case.assigned_to_id)
        return self.store.look(lambda connection, now: connection.execute(query.where(Case.reference == reference)).one())

    def messages_of(self, reference: str) -> list[int]:
        """The messages on a case, the first first."""
        query = select(Message.id).join(Case, Case.id == Message.case_id).where(Case.reference == reference).order_by(Message.id)
        return self.store.look(lambda connection, now: list(connection.execute(query).scalars()))

    def notes_on(self, reference: str) -> list[str]:
        """What people noted on a case."""
        query = select(CaseNote.text).join(Case, Case.id == CaseNote.case_id).where(Case.reference == reference).order_by(CaseNote.id)
        return self.store.look(lambda connection, now: list(connection.execute(query).scalars()))

    def did(self, name: str) -> list[str]:
        """What somebody did, as the audit has it."""
        return [event.action for event in audit(self.url) if event.actor == name]

    def waiting(self, *, asked: bool, kind: str | None = None, on_a_case: bool | None = None) -> list[int]:
        """Messages that wait, those for which a case is suggested or the others: the urgent first, then the oldest."""
        found = [self.message(one.id) for one in self.store.waiting()]
        return [
            one.id
            for one in found
            if (one.suggested is not None) == asked
            and kind in (None, one.kind)
            and on_a_case in (None, one.reference is not None)
        ]  # fmt: skip

    def one(self, **such: Any) -> int:
        """The first message of which these columns are so: `one(status="auto", kind="complaint")`."""
        query = select(Message.id).filter_by(**such).order_by(Message.id).limit(1)
        return self.store.look(lambda connection, now: connection.execute(query).scalar_one())

    def user(self, name: str) -> User:
        """One of those who may sign in."""
        return accounts.named(self.store, name).user

    def case_of(self, address: str) -> str:
        """The case that somebody's first message is on."""
        query = select(Case.reference).join(Message, Message.case_id == Case.id).where(Message.original_address == address)
        return self.store.look(lambda connection, now: connection.execute(query.order_by(Message.id).limit(1)).scalar_one())

    def open_cases(self, *, messages: int = 1) -> list[str]:
        """Open cases with so many messages, the first first."""
        query = (
            select(Case.reference)
            .join(Message, Message.case_id == Case.id)
            .where(Case.status == "open")
            .group_by(Case.id)
            .having(func.count() == messages)
            .order_by(Case.id)
        )
        return self.store.look(lambda connection, now: list(connection.execute(query).scalars()))


@dataclass(frozen=True, slots=True)
class SampleOffice:
    """The store with the sample mail, to be copied, and what its pages are served with.

    Everybody has signed in once: `cookies` is what their browsers hold. A test that is not about signing in need not do it again.
    """

    file: Path
    settings: Settings
    judge: Judge
    case_finder: CaseFinder
    cookies: Mapping[str, str]


def sample_office(folder: Path, model: Model, finder: EntityFinder, case_finder: CaseFinder) -> SampleOffice:
    """Log the sample mail as `import` does, and let the people of the demo sign in. One message is too large, so that one waits in quarantine."""
    config = settings.load(write_config(folder, MAILBOXES, port=1, extra=_TEAMS), mailbox_secrets=False)
    file, clock = folder / "triage.db", Clock()
    teams = tuple(team.as_team() for team in config.team)
    judge = Judge(model, config.council.is_own, clock, ParseLimits(), finder, case_finder.scorer.rarity, teams)
    store = open_store(config)
    try:
        boxes = [ImapMailbox(one, config.limits) for one in config.mailbox]
        parts = Parts(config, store, Pipeline(store, judge, case_finder), boxes)
        for name in MAILBOXES:
            tally = parts.pipeline.take(parts.files(name, [ROOT / "examples/mail" / name]))
            assert (tally.error, tally.quarantined) == (None, 0)
        too_large = Arrival(Place("complaints", MailboxKind.SHARED, "INBOX", 1, 4242), None, _TOO_LARGE, clock())
        parts.pipeline.log([too_large], tally)
        # Nothing answers there: the page of health has something to say.
        parts.pipeline.poll(boxes[1])
        app = create_app(office_of(parts, Backlog()))
        cookies = {one.name: _signed_in(app, one.name) for one in add_sample_people(store, SIGN_IN_WORDS)}
    finally:
        store.close()
    return SampleOffice(file, config, judge, case_finder, cookies)


def _signed_in(app: Flask, name: str) -> str:
    """What the browser of somebody who has signed in holds."""
    client = app.test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    assert found is not None
    answer = client.post("/sign-in", data={"csrf_token": found[1], "name": name, "password": SIGN_IN_WORDS})
    assert answer.status_code == 302
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


@contextmanager
def queue_server(office: SampleOffice, folder: Path, *, sign_in: SignInSettings | None = None) -> Iterator[QueueServer]:
    """Serve the application over a copy of the sample store. Nobody asks it too often."""
    file, clock = folder / "queue.db", Clock()
    shutil.copyfile(office.file, file)
    url = f"sqlite:///{file}"
    web = office.settings.web.model_copy(update={"listen": f"127.0.0.1:{free_port()}"})
    changed = {"store": StoreSettings(url=url), "web": web, "sign_in": sign_in or office.settings.sign_in}
    configured = office.settings.model_copy(update=changed)
    store = CaseStore.open(url, None, clock)
    try:
        boxes = [ImapMailbox(one, configured.limits) for one in configured.mailbox]
        pipeline = Pipeline(store, replace(office.judge, clock=clock), office.case_finder)
        given_office = replace(office_of(Parts(configured, store, pipeline, boxes), Backlog()), clock=clock)
        app = create_app(given_office)
        app.config["RATELIMIT_ENABLED"] = False
        # What one test's pages were compiled to serves the next's.
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(office.file.parent))
        with served(app, web) as address:
            yield QueueServer(address, store, url, clock, office.cookies, app)
    finally:
        store.close()
