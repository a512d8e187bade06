"""Builds the parts from the settings, wired. The only place that chooses adapters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage import casefinder
from triage.classify import encoder
from triage.classify import model as classifier
from triage.domain.message import Arrival, MailboxKind, Place
from triage.errors import CallError, MailboxError, MessageError
from triage.judge import Failed, Judge, described
from triage.mailbox.files import FileMailbox, read_mail
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.parsing import ParseLimits
from triage.matching.rarity import Rarity
from triage.pipeline import Logged, Observer, Pipeline
from triage.settings import Settings
from triage.store.casestore import CaseStore, Quarantined
from triage.text.entities import EntityFinder


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Parts:
    """The program, wired."""

    settings: Settings
    store: CaseStore
    pipeline: Pipeline
    mailboxes: Sequence[ImapMailbox]

    def files(self, mailbox: str, paths: Sequence[Path]) -> FileMailbox:
        """Files as mail of a configured mailbox. Raises CallError where there is no such mailbox."""
        box = self.settings.find_mailbox(mailbox)
        if box is None:
            names = ", ".join(one.name for one in self.settings.mailbox)
            raise CallError(f'there is no mailbox "{mailbox}" in the configuration; there are: {names}')
        limits = self.settings.limits
        return FileMailbox(box.name, box.kind, paths, limits.batch_messages, limits.batch_size)

    def retry(self, quarantined: Quarantined) -> Logged:
        """Take a quarantined message again, from its kept bytes or from the server. Raises MailboxError, CallError."""
        arrival = quarantined.arrival
        raw = self.store.raw(quarantined.sha256)
        if raw is not None:
            arrival = Arrival(arrival.place, raw, len(raw), arrival.received_at)
        else:
            arrival = self._fetched_again(quarantined)
        return self.pipeline.retry(quarantined.id, arrival, quarantined.sha256)

    def _fetched_again(self, quarantined: Quarantined) -> Arrival:
        place = quarantined.arrival.place
        source = next((box for box in self.mailboxes if box.name == place.mailbox), None)
        if source is None or place.uidvalidity is None or place.uid is None:
            raise CallError(f"message {quarantined.id}: its bytes are not kept and its mailbox is not configured any more")
        with source.open() as session:
            found = session.fetch_one(place.folder, place.uidvalidity, place.uid)
        if found is None:
            raise MailboxError(f"message {quarantined.id}: it is not in the mailbox any more")
        return found


def load_model(settings: Settings) -> classifier.Model:
    """The model in use. Raises ModelError."""
    chosen = settings.classifier
    return classifier.load(model_folder(settings), encoder.load(chosen.encoder), chosen.review_below)


def model_folder(settings: Settings) -> Path:
    """Where the model in use lies: the council's own where it has one, otherwise the one that came with the program."""
    chosen = settings.classifier
    return chosen.own_model if (chosen.own_model / classifier.MANIFEST_FILE).exists() else chosen.model


def open_store(settings: Settings) -> CaseStore:
    """The case store, with its tables brought to this version. Raises StoreError."""
    return CaseStore.open(settings.store.url, settings.store.password(), now)


def build(settings: Settings, observer: Observer | None = None) -> Parts:
    """Everything that logging mail takes. Raises ModelError or StoreError: the program then refuses to start."""
    judge = load_judge(settings)
    pipeline = Pipeline(open_store(settings), judge, casefinder.load(settings.matching.model), observer or Observer())
    return Parts(settings, pipeline.store, pipeline, [ImapMailbox(box, settings.limits) for box in settings.mailbox])


def load_judge(settings: Settings) -> Judge:
    """What tells of a message what it is, without a store. Raises ModelError."""
    return load_judge_with(settings, casefinder.load_rarity(settings.matching.model))


def load_judge_with(settings: Settings, rarity: Rarity) -> Judge:
    """The same, with how much words tell given. Raises ModelError."""
    limits = settings.limits
    bounds = ParseLimits(limits.parts, limits.depth, limits.text_characters, limits.parse_time.total_seconds())
    teams = tuple(team.as_team() for team in settings.team)
    return Judge(load_model(settings), settings.council.is_own, now, bounds, EntityFinder(), rarity, teams)


def describe_file(judge: Judge, path: Path) -> list[dict[str, Any]]:
    """What the message in a file is, with the fields of the export that need no store: one for each message that it carries.

    Raises FileError or MessageError.
    """
    raw = read_mail(path)
    [item] = judge.classify([judge.read(Arrival(Place("", MailboxKind.SHARED, ""), raw, len(raw), None))])
    if isinstance(item, Failed):
        raise MessageError(f"{path}: {item.error}")
    return [described(part) for part in item.parts]
