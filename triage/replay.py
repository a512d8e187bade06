"""A stream replayed through the whole program, into a case store of its own: which case does each message come to?

A stream is a council's mail over some weeks, one JSON object a line, in the order in which it came. A message says beside what it is
made of which true case it belongs to (`label.case`, or null), what it is to that case (`label.relation`) and to which other cases that
one is related (`label.related_to`). `{"event": "close", "case": ..., "date": ...}` says when the council closed a case. Where the
council's reference of a case is quoted, `{{ref:CASE}}` stands: which reference a case has is known only once it is replayed.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, getaddresses
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from triage import bootstrap
from triage.classify import corpus
from triage.domain.case import Outcome, Relation, references_in
from triage.domain.message import Arrival, MailboxKind, Place
from triage.errors import ConflictError, ModelError
from triage.matching.figures import Figures, Link, Row, measure
from triage.pipeline import Pipeline, Tally
from triage.rehearsal import also_own, written
from triage.review import close_case
from triage.settings import Settings
from triage.store import casefile
from triage.store.casestore import CaseStore

_REFERENCE_MARK = re.compile(r"\{\{ref:([\w-]{1,100})\}\}")
# Quoted for a case that has none: no stream is so long that a case of its own could have it.
UNKNOWN_REFERENCE = "CC-2026-999999"
_COPY = "It is a message that was in the store already, delivered again."
_RELATIONS: dict[object, Relation | None] = {**{one.value: one for one in Relation}, "related": Relation.NEW, "none": None, None: None}


class Order(StrEnum):
    """In which order the mail between two closings of a case is handed over. A poll reads mailbox by mailbox, and many at a time."""

    AS_IT_CAME = "as-it-came"
    MAILBOX_BY_MAILBOX = "mailbox-by-mailbox"
    MAILBOXES_REVERSED = "mailboxes-reversed"
    ONE_BATCH = "one-batch"


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One message of a stream, in one mailbox, with its label. `relation` is None where it is not labelled."""

    id: str
    mailbox: str
    sender: str
    recipient: str
    copied_to: str
    subject: str
    body: str
    date: datetime
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    case: str | None
    relation: Relation | None
    related_to: tuple[str, ...]

    @property
    def mailbox_kind(self) -> MailboxKind:
        """An officer's mailbox is called "officer", or "officer:" and whose it is."""
        return MailboxKind.OFFICER if self.mailbox.partition(":")[0] == "officer" else MailboxKind.SHARED

    @property
    def quoted_cases(self) -> set[str]:
        """The true cases whose references it quotes."""
        return {match[1] for match in _REFERENCE_MARK.finditer(f"{self.subject}\n{self.body}")}

    def as_mail(self, references: Mapping[str, str]) -> bytes:
        """The message as mail. `references` are the council's, by true case; one that is not among them is unknown."""

        def filled(text: str) -> str:
            return _REFERENCE_MARK.sub(lambda match: references.get(match[1], UNKNOWN_REFERENCE), text)

        fields = [
            ("From", self.sender), ("To", self.recipient), ("Cc", self.copied_to), ("Subject", filled(self.subject)),
            ("Date", format_datetime(self.date)), ("Message-ID", self.message_id), ("In-Reply-To", self.in_reply_to),
            ("References", " ".join(self.references)),
        ]  # fmt: skip
        return written([one for one in fields if one[1]], self.headers, filled(self.body))


@dataclass(frozen=True, slots=True)
class Closing:
    """The council closed a case."""

    case: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """What came and what was closed, in its order."""

    name: str
    entries: tuple[StreamMessage | Closing, ...]

    @property
    def messages(self) -> list[StreamMessage]:
        """What came."""
        return [one for one in self.entries if isinstance(one, StreamMessage)]

    @property
    def council(self) -> str:
        """The domain that most messages are written to."""
        domains: Counter[str] = Counter()
        for message in self.messages:
            domains.update({address.rpartition("@")[2].lower() for _, address in getaddresses([message.recipient]) if "@" in address})
        return max(domains, key=lambda domain: (domains[domain], domain), default="")


@dataclass(frozen=True, slots=True)
class Placed:
    """A message of a stream, and what the program did with it. Cases go by the council's references.

    `kind` is None where it could not be processed, and `reason` then says why. `expected` is what it is to its true case in the order in
    which mail was handed over.
    """

    message: StreamMessage
    expected: Relation | None
    kind: str | None
    case: str | None
    suggested: str | None
    relation: Relation | None
    reason: str

    @property
    def row(self) -> Row:
        """As the figures need it."""
        return Row(self.message.case, self.case, self.suggested, self.expected, self.relation)


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of a stream. `placed` are its messages as they were handed over; `links` the related cases that were found.

    Of the closings `closed` were done; `not_closed` could not be, because no message of the case was on a case, or on an open one.
    """

    stream: str
    placed: tuple[Placed, ...]
    links: frozenset[Link]
    closed: int
    not_closed: int

    @property
    def rows(self) -> list[Row]:
        """As the figures need them."""
        return [one.row for one in self.placed]

    @property
    def figures(self) -> Figures:
        """How well the messages were put on cases."""
        messages = [one.message for one in self.placed]
        true = [(message.case, other) for message in messages if message.case is not None for other in message.related_to]
        return measure(self.rows, true, self.links)


# Reading


def read(path: Path) -> list[Stream]:
    """The stream of a .jsonl file, or of each such file in a folder, in the order of their names.

    Raises ModelError with the file and line where a row is no row of a stream.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise ModelError(f"{path}: there is no stream (*.jsonl) here")
    return [_read_file(file) for file in files]


def _read_file(file: Path) -> Stream:
    entries: list[StreamMessage | Closing] = []
    ids: set[str] = set()
    for number, line in enumerate(corpus.lines_of(file), 1):
        if not line.strip():
            continue
        try:
            entry = _entry(json.loads(line), f"{file.stem}-{number}")
            if isinstance(entry, StreamMessage) and entry.id in ids:
                raise ValueError("its id stands twice")
        except (ValueError, KeyError, RecursionError) as error:
            what = f"has no {error}" if isinstance(error, KeyError) else str(error)
            raise ModelError(f"{file}, line {number}: is not a row of a stream: {what}") from error
        entries.append(entry)
        if isinstance(entry, StreamMessage):
            ids.add(entry.id)
    if not ids:
        raise ModelError(f"{file}: there is no message here")
    return Stream(file.stem, tuple(entries))


def _entry(row: Any, name: str) -> StreamMessage | Closing:
    if not isinstance(row, dict):
        raise ValueError("it must be a JSON object")
    if "event" in row:
        if row["event"] != "close":
            raise ValueError('the only event is "close"')
        return Closing(_case(row["case"]), _date(row))
    label = row["label"]
    if not isinstance(label, dict):
        raise ValueError("label must be an object with a case, or null where it is on none")
    case = None if label["case"] is None else _case(label["case"])
    relation = label.get("relation")
    if isinstance(relation, list | dict) or relation not in _RELATIONS:
        raise ValueError("label.relation must be new, repeat, escalation, related or none")
    if case is None and _RELATIONS[relation] is not None:
        raise ValueError("label.relation must be none where label.case is null")
    related_to = _list(label, "related_to")
    if case is None and related_to:
        raise ValueError("label.related_to must be empty where label.case is null")
    headers = row.get("headers") or {}
    if not isinstance(headers, dict):
        raise ValueError("headers must be an object")
    return StreamMessage(
        id=_text(row, "id") or name,
        mailbox=_text(row, "mailbox", required=True),
        sender=_text(row, "from", required=True),
        recipient=_text(row, "to", required=True),
        copied_to=_text(row, "cc"),
        subject=_text(row, "subject"),
        body=_text(row, "body", required=True),
        date=_date(row),
        message_id=_text(row, "message_id"),
        in_reply_to=_text(row, "in_reply_to"),
        references=_list(row, "references"),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        case=case,
        relation=_RELATIONS[relation],
        related_to=related_to,
    )


def _text(row: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = row[name] if required else row.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text")
    # JSON can write half a character, which cannot be printed.
    return value.encode("utf-8", "replace").decode("utf-8")


def _list(row: dict[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name} must be a list of texts")
    return tuple(value)


def _case(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("case must be a name")
    return value


def _date(row: dict[str, Any]) -> datetime:
    date = datetime.fromisoformat(_text(row, "date", required=True))
    if date.tzinfo is None:
        raise ValueError("date must say how far it is from UTC")
    return date


# Replaying


@contextmanager
def wired(settings: Settings) -> Iterator[Pipeline]:
    """The whole program as it is configured, but for its store: that is one of its own, and gone afterwards. Raises ModelError."""
    with TemporaryDirectory(prefix="triage-") as folder:
        store = settings.store.model_copy(update={"url": _sqlite_in(folder), "password_env": None, "password_file": None})
        parts = bootstrap.build(settings.model_copy(update={"store": store}))
        try:
            yield parts.pipeline
        finally:
            parts.store.close()


def replay(stream: Stream, pipeline: Pipeline, order: Order = Order.AS_IT_CAME) -> Replay:
    """Take a stream all the way of mail, into a store that is gone afterwards; that of `pipeline` is left alone.

    The clocks stand at the date of what is in hand, and never go back. The council's own domains are the configured ones and that which
    most of the mail is written to. Raises StoreError where no store can be made for it.
    """
    clock = _Clock()
    judge = replace(pipeline.judge, clock=clock, is_own=also_own(pipeline.judge.is_own, stream.council))
    with TemporaryDirectory(prefix="triage-") as folder:
        store = CaseStore.open(_sqlite_in(folder), None, clock)
        try:
            run = _Run(stream, replace(pipeline, store=store, judge=judge), clock)
            for batch in handed_over(stream, order):
                if isinstance(batch, Closing):
                    run.close(batch)
                else:
                    run.log(batch)
            return run.result(order)
        finally:
            store.close()


def _sqlite_in(folder: str) -> str:
    return f"sqlite:///{folder}/triage.db"


class _Clock:
    """A clock that stands where it was set."""

    def __init__(self) -> None:
        self.moment = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


def handed_over(stream: Stream, order: Order) -> Iterator[Sequence[StreamMessage] | Closing]:
    """The mail in batches, each of one mailbox, and the closings between them."""
    mailboxes = list(dict.fromkeys(message.mailbox for message in stream.messages))
    if order is Order.MAILBOXES_REVERSED:
        mailboxes.reverse()
    waiting: list[StreamMessage] = []
    for entry in (*stream.entries, None):
        if isinstance(entry, StreamMessage):
            waiting.append(entry)
            continue
        if order is Order.AS_IT_CAME:
            yield from ([message] for message in waiting)
        else:
            boxes = ([message for message in waiting if message.mailbox == mailbox] for mailbox in mailboxes)
            for box in boxes:
                yield from [box] if box and order is Order.ONE_BATCH else ([message] for message in box)
        waiting = []
        if entry is not None:
            yield entry


@dataclass(slots=True)
class _Run:
    """One stream on its way into a store."""

    stream: Stream
    pipeline: Pipeline
    clock: _Clock
    logged: list[tuple[StreamMessage, int]] = field(default_factory=list)
    """Every message that is through, and its UID in its mailbox."""
    closed: int = 0
    not_closed: int = 0
    _uids: Counter[str] = field(default_factory=Counter)

    def log(self, batch: Sequence[StreamMessage]) -> None:
        quoted = set().union(*(message.quoted_cases for message in batch))
        references = self._references() if quoted else {}
        arrivals = []
        for message in batch:
            self.clock.forward(message.date)
            self._uids[message.mailbox] += 1
            place = Place(message.mailbox, message.mailbox_kind, "INBOX", 1, self._uids[message.mailbox])
            raw = message.as_mail(references)
            arrivals.append(Arrival(place, raw, len(raw), message.date))
            self.logged.append((message, self._uids[message.mailbox]))
        self.pipeline.log(arrivals, Tally(batch[0].mailbox))

    def close(self, closing: Closing) -> None:
        self.clock.forward(closing.date)
        reference = self._references().get(closing.case)
        try:
            if reference is not None:
                close_case(self.pipeline.store, "the stream", reference, Outcome.NOT_UPHELD, closing.date)
        except ConflictError:
            # It is closed already, because it was taken for another case, or another for it.
            reference = None
        self.closed += reference is not None
        self.not_closed += reference is None

    def result(self, order: Order) -> Replay:
        found = self._found()
        reasons = self._reasons(found)
        expected = _expected([message for message, _ in self.logged], order)
        placed = tuple(
            Placed(
                message=message,
                expected=expected[message.id],
                kind=row["kind"],
                case=row["case"],
                suggested=row["suggested_case"],
                relation=Relation(row["relation"]) if row["relation"] else None,
                reason=row["error"] or reasons.get(message.id, ""),
            )
            for (message, _), row in zip(self.logged, found, strict=True)
        )
        cases = self.pipeline.store.export_cases()
        links = frozenset((case["reference"], other) for case in cases for other in case["related"] if case["reference"] < other)
        return Replay(self.stream.name, placed, links, self.closed, self.not_closed)

    def _found(self) -> list[dict[str, Any]]:
        """What the store says of each message. Of one that holds several, the first that is on a case speaks for it."""
        parts: defaultdict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        for row in self.pipeline.store.export_messages():
            parts[(row["mailbox"], row["uid"])].append(row)
        return [min(parts[(m.mailbox, uid)], key=lambda row: (row["case"] is None, row["part"] or 0)) for m, uid in self.logged]

    def _references(self) -> dict[str, str]:
        """For each true case, the reference of the case that most of its messages are on; of several, the one that was first."""
        on: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (message, _), row in zip(self.logged, self._found(), strict=True):
            if message.case is not None and row["case"] is not None:
                on[message.case][row["case"]] += 1
        return {case: references.most_common(1)[0][0] for case, references in on.items()}

    def _reasons(self, found: Sequence[dict[str, Any]]) -> dict[str, str]:
        """Why each message is on its case, by its id. What was delivered again under another number has its first delivery's moment."""
        on: defaultdict[str, list[StreamMessage]] = defaultdict(list)
        for (message, _), row in zip(self.logged, found, strict=True):
            if row["case"] is not None:
                on[row["case"]].append(message)
        said: dict[str, str] = {}
        for reference, messages in on.items():
            shown = self._case_file(reference)
            given: defaultdict[datetime, list[str]] = defaultdict(list)
            for one in sorted(shown.messages, key=lambda one: one.id):
                given[one.received_at].append(_about_cases(one.reasons))
            for message in messages:
                said[message.id] = given[message.date].pop(0) if given[message.date] else _COPY
        return said

    def _case_file(self, reference: str) -> casefile.WholeCase:
        return self.pipeline.store.look(lambda connection, _now: casefile.show(connection, reference))


def _about_cases(reasons: Sequence[str]) -> str:
    """Those of a message's reasons that are about cases: they come last, and the first of them names its case."""
    first = next((number for number, reason in enumerate(reasons) if references_in(reason)), len(reasons))
    return " ".join(reasons[first:])


def _expected(messages: Sequence[StreamMessage], order: Order) -> dict[str, Relation | None]:
    """What each message is to its case, by its id.

    Labels say it for mail as it came. In another order, whichever message of a case is handed over first opens it, and others that were
    labelled as opening it repeat it.
    """
    if order is Order.AS_IT_CAME:
        return {message.id: message.relation for message in messages}
    expected: dict[str, Relation | None] = {}
    begun: set[str | None] = set()
    for message in messages:
        opens = message.case not in begun
        begun.add(message.case)
        known = message.relation in (Relation.NEW, Relation.REPEAT)
        expected[message.id] = (Relation.NEW if opens else Relation.REPEAT) if known else message.relation
    return expected
