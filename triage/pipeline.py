"""THE WAY OF A MESSAGE.

bytes -> seen before? -> parsed -> whose words? -> classified -> matched to a case -> committed, cursor and all, in one
transaction. The same way for the service, `poll`, `import` and the demo. Parsing, unwrapping and classifying need no store and
stand in `triage.judge`; the rest is here.

A batch is committed as one. Where anything in it fails, nothing of it is committed and its messages are taken one by one, so
that the one which cannot be processed is quarantined and the others are logged.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from triage import __version__
from triage.casefinder import CaseFinder
from triage.completing import complete
from triage.domain.case import CaseView, Relation
from triage.domain.labels import Kind, Status
from triage.domain.message import Arrival, MailboxKind
from triage.errors import FetchError, MailboxError, StoreError, StoreUnavailable, TriageError
from triage.judge import Failed, Judge, Opened, Understood
from triage.matching.cases import NO_MATCH
from triage.matching.same import find_same
from triage.ports import MailSource, OpenMailbox
from triage.store.casestore import CaseStore
from triage.store.decisions import NOTHING
from triage.store.evidence import Evidence
from triage.store.ledger import Ledger


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
    part: int = 0


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
    finder: CaseFinder
    observer: Observer = field(default_factory=Observer)
    stop: threading.Event = field(default_factory=threading.Event)
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds spent in each step since the start: fetch, parse, classify, match, commit. For the benchmark."""
    _completing: threading.Lock = field(default_factory=threading.Lock)

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
            self.complete()
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

    def complete(self) -> int:
        """Make what matching needs of messages for which it was not kept (see `triage.completing`); returns for how many.

        Mail that is taken afterwards then finds their cases: other mailboxes wait meanwhile. Where there is nothing to do, as nearly
        always, it is one question. Raises StoreError.
        """
        with self._completing:
            return complete(self.store, self.judge, self.finder, self.actor, self.stop)

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
        ready: list[Opened | Failed] = []
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

    def _commit(self, ready: Sequence[Opened | Failed], batch: Sequence[Arrival], tally: Tally) -> None:
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

    def _commit_together(self, ready: Sequence[Opened | Failed], batch: Sequence[Arrival], tally: Tally) -> None:
        watched: list[Logged] = []
        with self._timed("commit"), self.store.transaction(self.actor) as ledger:
            first = batch[0] if batch else None
            if first is not None and first.place.uidvalidity is not None:
                ledger.folders.begin(first.place.mailbox, first.place.folder, first.place.uidvalidity, first.known_below)
            with self._timed("match", within="commit"):
                evidence = self.finder.gather(ledger, [part for item in ready if isinstance(item, Opened) for part in item.parts])
            for item in ready:
                watched += self._log_one(ledger, evidence, item)
            self._advance(ledger, batch)
        for logged in watched:
            _count(tally, logged)
            self.observer.logged(logged)

    def _advance(self, ledger: Ledger, batch: Sequence[Arrival]) -> None:
        if batch and batch[0].place.uid is not None:
            ledger.folders.advance(max(batch, key=lambda arrival: arrival.place.uid or 0))

    # A message

    def _log_one(self, ledger: Ledger, evidence: Evidence, item: Opened | Failed) -> list[Logged]:
        """Write one message and everything decided about it; nothing where it turned out to be known under another number."""
        arrival = item.arrival
        if isinstance(item, Failed):
            if arrival.maybe_known and ledger.folders.claim(arrival):
                return []
            ledger.quarantine(arrival, arrival.received_at or self.judge.clock(), item.error)
            return [_quarantined(arrival)]
        claimed = [arrival.maybe_known and ledger.folders.claim(arrival, part=part.number) for part in item.parts]
        found = (self._log_understood(ledger, evidence, part) for part, known in zip(item.parts, claimed, strict=True) if not known)
        return [logged for logged in found if logged is not None]

    def _log_understood(self, ledger: Ledger, evidence: Evidence, item: Understood) -> Logged | None:
        with self._timed("match", within="commit"):
            known = evidence.known_messages(item.clues)
            same = find_same(item.parsed, item.authorship, item.clues.fingerprint, item.received_at, known)
        if same is not None:
            if item.arrival.maybe_known and ledger.folders.claim(item.arrival, same.id, part=item.number):
                return None
            return self._log_copy(ledger, item, same.id, same.case)
        if self._leaves_no_words(item):
            key = ledger.add_wordless_message(item.classification, received_at=item.received_at, status=Status.AUTO)
            ledger.add_delivery(item.arrival, key, None, item.received_at, message_id=None, keep_raw=False, part=item.number)
            return _watched(item, Status.AUTO, None, None)
        return self._log_new(ledger, evidence, item)

    def _log_copy(self, ledger: Ledger, item: Understood, message_pk: int, case: CaseView | None) -> Logged:
        """A further delivery of a message that is in the store."""
        relation = Relation.REPEAT if case is not None else None
        status = Status.AUTO if item.sure else Status.REVIEW
        words = not self._leaves_no_words(item)
        message_id = item.parsed.message_id if words else None
        ledger.add_delivery(item.arrival, message_pk, relation, item.received_at, message_id=message_id, keep_raw=words, part=item.number)
        ledger.record("delivered again", message_pk=message_pk, case_id=case.id if case else None)
        return _watched(item, status, case, relation)

    def _log_new(self, ledger: Ledger, evidence: Evidence, item: Understood) -> Logged:
        """A message of its own: on a case it may join, or on a new one, or, where it is `none`, on no case."""
        labels, whose = item.classification.labels, item.authorship
        with self._timed("match", within="commit"):
            match = NO_MATCH if labels.kind is Kind.NONE and item.sure else self.finder.match(evidence, item)
        status = Status.AUTO if item.sure and match.suggested is None else Status.REVIEW
        case, relation = evidence.case(match.joins.id) if match.joins else None, match.relation
        if case is None and labels.kind is not Kind.NONE:
            case, relation = ledger.open_case(labels, item.received_at, item.team), Relation.NEW
        elif case is not None:
            ledger.join_case(case, labels, item.received_at, relation)
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
            reasons=[*item.reasons, *match.reasons],
            entities=item.entities,
            team=item.team,
        )
        ledger.add_delivery(
            item.arrival,
            key,
            relation if case else None,
            item.received_at,
            message_id=item.parsed.message_id,
            keep_raw=True,
            part=item.number,
        )
        if item.particulars is not None:
            keys = tuple(self.finder.keys(item.particulars))
            ledger.keep_particulars(key, case.id if case else None, keys, item.particulars, item.particulars.stored())
        if case is not None and relation is Relation.NEW:
            for one in match.related:
                ledger.relate_cases(case.id, one.case.id, one.why)
        return _watched(item, status, case, relation if case else None)

    def _leaves_no_words(self, item: Understood) -> bool:
        """What an officer's mailbox holds and is no case is nobody's business: no text, address or subject of it is stored."""
        officers = item.arrival.place.mailbox_kind is MailboxKind.OFFICER
        return officers and item.classification.labels.kind is Kind.NONE and item.sure

    # Quarantine and waiting

    def retry(self, delivery_id: int, arrival: Arrival, quarantined_sha256: str) -> Logged:
        """Take a quarantined message, whose bytes are given, all the way. It stays where it is if that fails again."""
        self.complete()
        [item] = self.judge.classify([self.judge.read(arrival)])
        with self.store.transaction(self.actor) as ledger:
            if isinstance(item, Failed):
                ledger.failed_again(delivery_id, item.error)
                return _quarantined(arrival)
            ledger.release(delivery_id, quarantined_sha256)
            evidence = self.finder.gather(ledger, item.parts)
            logged = [one for part in item.parts if (one := self._log_understood(ledger, evidence, part)) is not None]
        return logged[0]

    def forget_expired(self, keep: timedelta) -> int:
        """Erase officers' mail that has waited for a person for longer than `keep`; returns how many messages.

        What people decided is nothing is erased as they decide; an earlier version kept it, so that is looked for too.
        """
        with self.store.transaction(self.actor) as ledger:
            before = self.judge.clock() - keep
            expired = ledger.expired(before)
            for key, _ in expired:
                ledger.erase(key, f"waited for a person for more than {keep.days} days")
            for key in ledger.decided_nothing():
                ledger.erase(key, NOTHING)
            count = len(expired) + ledger.forget_quarantined(before)
        if count or ledger.erased_words:
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
        part=item.number,
    )


def _quarantined(arrival: Arrival) -> Logged:
    return Logged(arrival.place.mailbox, None, None, Status.QUARANTINED, None, None, False, None)


def _count(tally: Tally, logged: Logged) -> None:
    if logged.part:
        # A forward of several messages is one message of the mailbox.
        return
    if logged.status is Status.QUARANTINED:
        tally.quarantined += 1
        return
    tally.logged += 1
    if logged.kind is Kind.NONE:
        tally.none += 1
