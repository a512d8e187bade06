"""THE WAY OF A MESSAGE.

bytes -> seen before? -> parsed -> whose words? -> classified -> matched to a case -> committed, cursor and all, in one
transaction. The same way for the service, `poll`, `import` and the demo.

A batch is committed as one. Where anything in it fails, nothing of it is committed and its messages are taken one by one, so
that the one which cannot be processed is quarantined and the others are logged.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from triage import __version__
from triage.classify import rules
from triage.classify.features import Sample
from triage.classify.model import Model
from triage.domain.case import CaseView, Clues, Relation, references_in
from triage.domain.labels import Classification, Kind, Labels, Role, Service, Status
from triage.domain.message import Arrival, Authorship, MailboxKind, ParsedMessage, Structure, fingerprint
from triage.errors import FetchError, MailboxError, MessageError, StoreError, StoreUnavailable, TriageError
from triage.mailbox.parsing import ParseLimits, parse
from triage.matching.cases import CaseMatch, match_case
from triage.matching.same import find_same
from triage.ports import MailSource, OpenMailbox
from triage.store.casestore import CaseStore
from triage.store.evidence import Evidence
from triage.store.ledger import Ledger
from triage.text.authorship import authorship
from triage.text.reading import read

# A message cannot be from the future; a clock that runs a little ahead can.
_FUTURE_ALLOWED = timedelta(days=1)
# An answer's references are looked up this far: the database takes a bounded number of values in one question.
_NEAREST_OF_A_THREAD = 30
# Until the classifier has spoken.
_UNDECIDED = Classification(Labels(Kind.NONE, None, Role.OTHER, False, False, Service.OTHER, ()), 0.0, False, "")


@dataclass(slots=True)
class Tally:
    """What became of one mailbox's messages in one poll. `error` is one line, or None; `seconds` is wall time."""

    name: str
    fetched: int = 0
    logged: int = 0
    none: int = 0
    quarantined: int = 0
    seconds: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """One message that was just committed, for those who watch. `subject` is None where no words of it are kept.

    Nothing but the demo shows a subject.
    """

    mailbox: str
    kind: Kind | None
    confidence: float | None
    status: Status
    case: str | None
    relation: Relation | None
    urgent: bool
    subject: str | None


@dataclass(frozen=True)
class Understood:
    """A message with everything that can be known of it without the store."""

    arrival: Arrival
    received_at: datetime
    parsed: ParsedMessage
    authorship: Authorship
    classification: Classification

    @cached_property
    def clues(self) -> Clues:
        """What it can be recognised by, and by what it points at others."""
        parsed = self.parsed
        own = (parsed.message_id,) if parsed.message_id else ()
        return Clues(
            fingerprint=fingerprint(parsed.sender, parsed.reply_to, parsed.subject, self.authorship.text, parsed.attachments),
            message_id=parsed.message_id,
            thread=tuple(dict.fromkeys((*parsed.thread[:_NEAREST_OF_A_THREAD], *own))),
            references=references_in(parsed.subject),
        )

    @property
    def sure(self) -> bool:
        """Whether it needs no person: the classifier is sure, it was read to its end, and its author is known.

        Where a child may be at risk, a team's message is not put aside as `none` before somebody has looked. (An officer's own
        mailbox has its reader.)
        """
        labels = self.classification.labels
        shared = self.arrival.place.mailbox_kind is MailboxKind.SHARED
        put_aside = labels.urgent and labels.kind is Kind.NONE and shared and not self.classification.by_rule
        return self.classification.sure and not self.parsed.cut and not self.authorship.forwarded and not put_aside


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that could not be processed, and why in one line."""

    arrival: Arrival
    error: str


@dataclass(frozen=True, slots=True)
class Judge:
    """The first half of the way, which needs no store: bytes -> parsed -> whose words? -> classified."""

    model: Model
    is_own: Callable[[str], bool]
    clock: Callable[[], datetime]
    limits: ParseLimits

    def read(self, arrival: Arrival) -> Understood | Failed:
        """Bytes -> parsed -> whose words? A message edge of the loop: whatever goes wrong is this message's alone."""
        try:
            if arrival.raw is None:
                raise MessageError(arrival.problem or "its bytes could not be fetched")
            parsed = parse(arrival.raw, self.limits)
            whose = authorship(parsed, read(parsed)[: self.limits.text_characters], self.is_own)
            received_at = arrival.received_at or parsed.received_at or parsed.sent_at or self.clock()
            return Understood(arrival, min(received_at, self.clock() + _FUTURE_ALLOWED), parsed, whose, _UNDECIDED)
        except MessageError as error:
            return Failed(arrival, str(error))
        except Exception as error:
            return Failed(arrival, f"it could not be read ({type(error).__name__})")

    def classify(self, items: Sequence[Understood | Failed]) -> list[Understood | Failed]:
        """One call of the model for all of them; rules where structure alone decides."""
        samples = [self._sample(item) for item in items if isinstance(item, Understood)]
        found = iter(self.model.classify(samples))
        return [item if isinstance(item, Failed) else self._ruled(item, next(found)) for item in items]

    def _sample(self, item: Understood) -> Sample:
        return Sample(
            subject=item.parsed.subject,
            text=item.authorship.text,
            internal=self.is_own(item.parsed.sender.domain),
            listed=item.parsed.structure is Structure.LIST,
        )

    def _ruled(self, item: Understood, classification: Classification) -> Understood:
        rule = rules.decide(item.parsed, item.authorship.text, self.is_own(item.parsed.sender.domain))
        return replace(item, classification=rules.apply(classification, rule) if rule else classification)


@dataclass(slots=True)
class Observer:
    """What those who watch are told. Each may be left out."""

    expecting: Callable[[str, int], None] = lambda mailbox, count: None
    logged: Callable[[Logged], None] = lambda logged: None


@dataclass(slots=True)
class Pipeline:
    """The way of a message, wired to a model and a store. Safe to use from several threads, one mailbox each."""

    store: CaseStore
    judge: Judge
    observer: Observer = field(default_factory=Observer)
    stop: threading.Event = field(default_factory=threading.Event)
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds spent in each step since the start: fetch, parse, classify, match, commit. For the benchmark."""

    @property
    def actor(self) -> str:
        """Who the audit says decided: this program and its model, by version."""
        return f"triage {__version__}, model {self.judge.model.version}"

    # A mailbox

    def poll(self, source: MailSource) -> Tally:
        """Log everything new in one mailbox, and note for those who watch the service how that went."""
        tally = self.take(source)
        self.store.note_poll(source.name, tally.error)
        return tally

    def take(self, source: MailSource) -> Tally:
        """Log everything new from one source.

        A failure ends this mailbox's poll and is named in the tally; what was committed before it stays, and the next poll goes
        on behind it. A folder that fails does not keep the others from being read.
        """
        tally = Tally(source.name)
        started = time.monotonic()
        errors: list[str] = []
        try:
            if not self.stop.is_set():
                with source.open() as mailbox:
                    self._take_folders(source, mailbox, tally, errors)
        except FetchError as error:
            errors.append(str(error))
            with self.store.transaction(self.actor) as ledger:
                ledger.folders.note_stuck(source.name, error)
        except (MailboxError, StoreError) as error:
            errors.append(str(error))
        except TriageError:
            raise
        except Exception as error:
            # The poll edge of the loop: a fault in one mailbox's poll is named and must not end the others'.
            errors.append(f"{source.name}: the poll broke off ({type(error).__name__})")
        tally.seconds = round(time.monotonic() - started, 3)
        tally.error = "; ".join(dict.fromkeys(errors)) or None
        return tally

    def _take_folders(self, source: MailSource, mailbox: OpenMailbox, tally: Tally, errors: list[str]) -> None:
        """Every folder. One that fails is named in `errors` and does not keep the others; a broken connection ends them all."""
        for folder in source.folders:
            try:
                self._take_folder(source.name, mailbox, folder, tally)
            except FetchError:
                raise
            except MailboxError as error:
                errors.append(str(error))

    def _take_folder(self, name: str, mailbox: OpenMailbox, folder: str, tally: Tally) -> None:
        cursor = self.store.cursor(name, folder)
        self.observer.expecting(name, mailbox.count_new(folder, cursor))
        batches = iter(mailbox.batches(folder, cursor))
        while not self.stop.is_set():
            with self._timed("fetch"):
                batch = next(batches, None)
            if batch is None:
                return
            self.log(batch, tally)

    # A batch

    def log(self, batch: Sequence[Arrival], tally: Tally) -> None:
        """Take a batch of one folder all the way. SIGTERM (`stop`) ends it behind the message in hand; the rest stays unread."""
        ready: list[Understood | Failed] = []
        for arrival in self._unseen(batch):
            if self.stop.is_set() and ready:
                batch = batch[: batch.index(arrival)]
                break
            tally.fetched += 1
            with self._timed("parse"):
                ready.append(self.judge.read(arrival))
        with self._timed("classify"):
            ready = self.judge.classify(ready)
        self._commit(ready, batch, tally)

    def _unseen(self, batch: Sequence[Arrival]) -> list[Arrival]:
        """Seen before? The database refuses a second row in any case; this saves the work."""
        with self._timed("match"):
            if batch[0].place.uid is not None:
                numbers = [a.place.uid for a in batch if a.place.uid is not None and not a.maybe_known]
                seen = self.store.logged_uids(batch[0].place, numbers) if numbers else set()
                return [arrival for arrival in batch if arrival.place.uid not in seen]
            forms = [arrival.digests for arrival in batch]
            copies = self.store.copies(batch[0].place.mailbox, [digest for digests in forms for digest in digests])
            known = [sum(copies[digest] for digest in digests) for digests in forms]
            return [arrival for arrival, count in zip(batch, known, strict=True) if (arrival.place.occurrence or 1) > count]

    def _commit(self, ready: Sequence[Understood | Failed], batch: Sequence[Arrival], tally: Tally) -> None:
        """The batch in one transaction; one by one where that fails, so that the failure is one message's alone.

        The other message edge of the loop. A store that does not answer is no message's fault: that is raised, the cursor stays,
        and the next poll goes on from there.
        """
        try:
            self._commit_together(ready, batch, tally)
        except StoreUnavailable:
            raise
        except Exception as error:
            if len(ready) > 1:
                for item in ready:
                    self._commit([item], [item.arrival], tally)
                self._commit_together([], batch, tally)
            elif ready and not self._is_logged(ready[0].arrival):
                reason = type(error.__cause__ or error).__name__
                self._commit_together([Failed(ready[0].arrival, f"it could not be logged ({reason})")], batch, tally)
            else:
                # Another process has logged it meanwhile: the cursor moves on, and nothing is logged twice.
                self._commit_together([], batch, tally)

    def _is_logged(self, arrival: Arrival) -> bool:
        return not self._unseen([replace(arrival, known_below=0)])

    def _commit_together(self, ready: Sequence[Understood | Failed], batch: Sequence[Arrival], tally: Tally) -> None:
        watched: list[Logged] = []
        with self._timed("commit"), self.store.transaction(self.actor) as ledger:
            first = batch[0] if batch else None
            if first is not None and first.place.uidvalidity is not None:
                ledger.folders.begin(first.place.mailbox, first.place.folder, first.place.uidvalidity, first.known_below)
            with self._timed("match", within="commit"):
                evidence = ledger.gather([item.clues for item in ready if isinstance(item, Understood)])
            for item in ready:
                logged = self._log_one(ledger, evidence, item)
                if logged is not None:
                    watched.append(logged)
            self._advance(ledger, batch)
        for logged in watched:
            _count(tally, logged)
            self.observer.logged(logged)

    def _advance(self, ledger: Ledger, batch: Sequence[Arrival]) -> None:
        if batch and batch[0].place.uid is not None:
            ledger.folders.advance(max(batch, key=lambda arrival: arrival.place.uid or 0))

    # A message

    def _log_one(self, ledger: Ledger, evidence: Evidence, item: Understood | Failed) -> Logged | None:
        """Write one message and everything decided about it. None where it turned out to be known under another number."""
        arrival = item.arrival
        if arrival.maybe_known and ledger.folders.claim(arrival):
            return None
        if isinstance(item, Failed):
            ledger.quarantine(arrival, arrival.received_at or self.judge.clock(), item.error)
            return Logged(arrival.place.mailbox, None, None, Status.QUARANTINED, None, None, False, None)
        return self._log_understood(ledger, evidence, item)

    def _log_understood(self, ledger: Ledger, evidence: Evidence, item: Understood) -> Logged | None:
        with self._timed("match", within="commit"):
            known = evidence.known_messages(item.clues)
            same = find_same(item.parsed, item.authorship.text, item.clues.fingerprint, item.received_at, known)
        if same is not None:
            if item.arrival.maybe_known and ledger.folders.claim(item.arrival, same.id):
                return None
            return self._log_copy(ledger, item, same.id, same.case)
        if self._leaves_no_words(item):
            key = ledger.add_wordless_message(item.classification, received_at=item.received_at, status=Status.AUTO)
            ledger.add_delivery(item.arrival, key, None, item.received_at, message_id=None, keep_raw=False)
            return _watched(item, Status.AUTO, None, None)
        return self._log_new(ledger, evidence, item)

    def _log_copy(self, ledger: Ledger, item: Understood, message_pk: int, case: CaseView | None) -> Logged:
        """A further delivery of a message that is in the store."""
        relation = Relation.REPEAT if case is not None else None
        status = Status.AUTO if item.sure else Status.REVIEW
        words = not self._leaves_no_words(item)
        message_id = item.parsed.message_id if words else None
        ledger.add_delivery(item.arrival, message_pk, relation, item.received_at, message_id=message_id, keep_raw=words)
        ledger.record("delivered again", message_pk=message_pk, case_id=case.id if case else None)
        return _watched(item, status, case, relation)

    def _log_new(self, ledger: Ledger, evidence: Evidence, item: Understood) -> Logged:
        """A message of its own: on a case it may join, or on a new one, or, where it is `none`, on no case."""
        labels, whose = item.classification.labels, item.authorship
        with self._timed("match", within="commit"):
            match = CaseMatch() if labels.kind is Kind.NONE and item.sure else _match(evidence, item)
        status = Status.AUTO if item.sure and match.suggested is None else Status.REVIEW
        case, relation = match.joins, Relation.REPEAT
        if case is None and labels.kind is not Kind.NONE:
            case, relation = ledger.open_case(labels, item.received_at), Relation.NEW
        elif case is not None:
            ledger.join_case(case, labels)
        if case is not None:
            ledger.add_correspondent(case, whose.author, labels.role.value)
        key = ledger.add_message(
            item.parsed,
            whose,
            item.classification,
            clues=item.clues,
            received_at=item.received_at,
            status=status,
            case_id=case.id if case else None,
            suggested_case_id=match.suggested.id if match.suggested else None,
            reasons=_reasons(item, match),
        )
        ledger.add_delivery(
            item.arrival, key, relation if case else None, item.received_at, message_id=item.parsed.message_id, keep_raw=True
        )
        return _watched(item, status, case, relation if case else None)

    def _leaves_no_words(self, item: Understood) -> bool:
        """What an officer's mailbox holds and is no case is nobody's business: no text, address or subject of it is stored."""
        officers = item.arrival.place.mailbox_kind is MailboxKind.OFFICER
        return officers and item.classification.labels.kind is Kind.NONE and item.sure

    # Quarantine and waiting

    def retry(self, delivery_id: int, arrival: Arrival, quarantined_sha256: str) -> Logged:
        """Take a quarantined message, whose bytes are given, all the way. It stays where it is if that fails again."""
        [item] = self.judge.classify([self.judge.read(arrival)])
        with self.store.transaction(self.actor) as ledger:
            if isinstance(item, Failed):
                ledger.failed_again(delivery_id, item.error)
                return Logged(arrival.place.mailbox, None, None, Status.QUARANTINED, None, None, False, None)
            ledger.release(delivery_id, quarantined_sha256)
            logged = self._log_understood(ledger, ledger.gather([item.clues]), item)
        assert logged is not None
        return logged

    def forget_expired(self, keep: timedelta) -> int:
        """Erase officers' mail that has waited for a person for longer than `keep`; returns how many messages."""
        with self.store.transaction(self.actor) as ledger:
            before = self.judge.clock() - keep
            expired = ledger.expired(before)
            for key, _ in expired:
                ledger.erase(key, f"waited for a person for more than {keep.days} days")
            count = len(expired) + ledger.forget_quarantined(before)
        if count:
            self.store.forget_the_log()
        return count

    @contextmanager
    def _timed(self, step: str, within: str | None = None) -> Iterator[None]:
        """Add the time taken to `step`, and take it off the step around it."""
        started = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - started
            self.spent[step] += taken
            if within is not None:
                self.spent[within] -= taken


def _match(evidence: Evidence, item: Understood) -> CaseMatch:
    by_thread, by_reference = evidence.cases_of_thread(item.clues), evidence.cases_by_reference(item.clues)
    return match_case(item.classification.labels.kind, item.authorship, by_thread, by_reference)


def _watched(item: Understood, status: Status, case: CaseView | None, relation: Relation | None) -> Logged:
    labels = item.classification.labels
    reference = case.reference if case else None
    words_kept = case is not None or status is Status.REVIEW or item.arrival.place.mailbox_kind is MailboxKind.SHARED
    return Logged(
        mailbox=item.arrival.place.mailbox,
        kind=labels.kind,
        confidence=item.classification.confidence,
        status=status,
        case=reference,
        relation=relation,
        urgent=labels.urgent,
        subject=item.parsed.subject if words_kept else None,
    )


def understood_reasons(item: Understood) -> list[str]:
    """Why it was decided, or why a person is asked, in plain English."""
    reasons = list(item.classification.reasons)
    if item.authorship.forwarded:
        reasons.append("A colleague forwarded it: a person should confirm whose words it holds.")
    if item.classification.sure and not item.sure and not item.parsed.cut and not item.authorship.forwarded:
        reasons.append("Someone may be at risk, so a person should look at it.")
    return reasons + [f"It was not read to its end: {note}." for note in item.parsed.notes if item.parsed.cut]


def described(item: Understood) -> dict[str, Any]:
    """The fields of the export that need no store."""
    labels, whose = item.classification.labels, item.authorship
    return {
        "sha256": item.arrival.sha256,
        "message_id": item.parsed.message_id,
        "from": item.parsed.sender.address or None,
        "subject": item.parsed.subject,
        "kind": labels.kind,
        "process": labels.process,
        "role": labels.role,
        "urgent": labels.urgent,
        "outside_scope": labels.outside_scope,
        "service": labels.service,
        "themes": list(labels.themes),
        "language": labels.language,
        "confidence": item.classification.confidence,
        "status": Status.AUTO if item.sure else Status.REVIEW,
        "forwarded": whose.forwarded,
        "forwarder": whose.forwarder,
        "original_from_address": whose.author.address or None,
        "original_from_name": whose.author.name or None,
        "original_date": whose.sent_at.isoformat() if whose.sent_at else None,
        "original_subject": whose.subject,
        "text": whose.text,
        "attachments": [attachment.name for attachment in whose.attachments],
        "reasons": understood_reasons(item),
    }


def _reasons(item: Understood, match: CaseMatch) -> list[str]:
    reasons = understood_reasons(item)
    if match.reason:
        reasons.append(match.reason)
    return reasons


def _count(tally: Tally, logged: Logged) -> None:
    if logged.status is Status.QUARANTINED:
        tally.quarantined += 1
        return
    tally.logged += 1
    if logged.kind is Kind.NONE:
        tally.none += 1
