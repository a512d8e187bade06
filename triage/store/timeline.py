"""Everything that came to a case and was done on it, in order of time, in plain English.

It is made of the mail, the audit, the notes and the operations on cases. The audit says each step of an operation; here it is one entry,
with the number by which it can be undone. A case that the person who looks may not see is "another case" in every sentence, and what
would only say that there is one is left out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, or_, select, union

from triage.domain.user import Right, User
from triage.store.actors import named
from triage.store.messagefile import named_in, told_apart, visible
from triage.store.notes import Note
from triage.store.reads import DOWNLOADED, READ
from triage.store.schema import Account, AuditEvent, Case, CaseOperation

MOST_ENTRIES = 1000
# Who looked is told elsewhere (`triage.store.reads`), notes and a second delivery by themselves.
_LEFT_OUT = (READ, DOWNLOADED, "delivered again", "joined", "relation moved", "suggestion moved", "note added")
_ANOTHER = "another case"


class Sort(StrEnum):
    """Whose doing an entry is."""

    MAIL = "mail"
    PROGRAM = "program"
    PERSON = "person"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that came or was done: `who` did `what`, which reads on from it as a sentence, and `why` in sentences of their own.

    `message` is the one that it is about; `operation` the number by which it can be undone. What was undone stays, as `undone`.
    """

    at: datetime
    sort: Sort
    who: str
    what: str
    why: tuple[str, ...] = ()
    message: int | None = None
    operation: int | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Came:
    """What the timeline has to know of a message. `by` are mailbox and moment of each delivery, the first first."""

    id: int
    author: str
    forwarder: str | None
    received_at: datetime
    by: tuple[tuple[str, datetime], ...]
    reasons: tuple[str, ...]


# Operations that are told as such; the steps that they left in the audit are not told again.
_TOLD = frozenset({"merge", "split", "move", "link", "unlink", "keep"})
_STEPS = frozenset(
    {"moved", "merged", "split off", "opened", "linked", "unlinked", "suggestion answered", "opened by mistake", "escalated"}
)
# What the audit says of an operation of these sorts is told with that operation's number.
_NUMBERED = {
    "confirmed": ("decide",), "corrected": ("decide",), "closed": ("close",), "reopened": ("reopen",), "assigned": ("assign",),
    "due": ("due",),
}  # fmt: skip
_SORTS = {
    "merge": "the merging of two cases", "split": "the splitting of a case", "move": "the moving of a message",
    "link": "the relating of two cases", "unlink": "that two cases are not related", "keep": "the answer that a message does not belong",
    "decide": "a decision about a message", "close": "the closing of the case", "reopen": "the opening again of the case",
    "assign": "who deals with it", "due": "the due date",
}  # fmt: skip
_KINDS = {
    "complaint": "a complaint", "enquiry": "an enquiry", "compliment": "a compliment", "none": "nothing for the case store",
}  # fmt: skip


def timeline(
    connection: Connection, viewer: User, cases: Mapping[int, str], *, hidden: Collection[str], mail: Sequence[Came], notes: Sequence[Note]
) -> tuple[tuple[Entry, ...], bool]:
    """The entries of a case, the first first, and whether there are earlier ones than these.

    `cases` are the references of the case, which comes first, and of those that were merged into it; `hidden` are those of them of which
    this person may not know.
    """
    events, more = _events(connection, cases, [one.id for one in mail])
    operations = _operations(connection, cases)
    told = _Teller(connection, viewer, cases, hidden=hidden, mail=mail, events=events, operations=operations)
    entries = [*_arrivals(mail), *told.entries(), *(Entry(one.at, Sort.NOTE, one.who, "wrote a note", (one.text,)) for one in notes)]
    # `sorted` leaves what bears one moment as it stands: mail before what was decided about it.
    entries = sorted(entries, key=lambda entry: entry.at)
    return tuple(entries[-MOST_ENTRIES:]), more or len(entries) > MOST_ENTRIES


def _arrivals(mail: Iterable[Came]) -> list[Entry]:
    found = []
    for one in mail:
        mailbox = one.by[0][0] if one.by else ""
        route = (f", forwarded by {one.forwarder}" if one.forwarder else "") + (f", to the mailbox {mailbox}" if mailbox else "")
        found.append(Entry(one.received_at, Sort.MAIL, one.author, f"wrote{route}", message=one.id))
        found += [
            Entry(at, Sort.MAIL, one.author, f"wrote the same message to the mailbox {again}", message=one.id) for again, at in one.by[1:]
        ]
    return found


def _events(connection: Connection, cases: Mapping[int, str], messages: Sequence[int]) -> tuple[list[Any], bool]:
    """The last events of the audit about these cases and messages, the first first."""
    told = AuditEvent.action.not_in(_LEFT_OUT)
    # Two questions to two indexes. As one, with the order and the end, a database may go through the whole audit backwards.
    ids = union(
        select(AuditEvent.id).where(AuditEvent.case_id.in_(list(cases)), told),
        select(AuditEvent.id).where(AuditEvent.message_pk.in_(messages), told),
    ).subquery()
    last = select(ids.c.id).order_by(ids.c.id.desc()).limit(MOST_ENTRIES + 1).subquery()
    rows = list(connection.execute(select(AuditEvent.__table__).where(AuditEvent.id.in_(select(last.c.id))).order_by(AuditEvent.id)))
    return rows[-MOST_ENTRIES:], len(rows) > MOST_ENTRIES


def _operations(connection: Connection, cases: Mapping[int, str]) -> list[Any]:
    columns = ("id", "at", "actor", "sort", "case_id", "other_id", "undone_at")
    these = or_(CaseOperation.case_id.in_(list(cases)), CaseOperation.other_id.in_(list(cases)))
    query = select(*(CaseOperation.__table__.c[name] for name in columns)).where(these)
    return sorted(connection.execute(query).all(), key=lambda row: int(row.id))[-MOST_ENTRIES:]


class _Teller:
    """Tells events and operations in sentences."""

    def __init__(
        self, connection: Connection, viewer: User, cases: Mapping[int, str], *, hidden: Collection[str], mail: Sequence[Came],
        events: Sequence[Any], operations: Sequence[Any],
    ) -> None:  # fmt: skip
        self._case = next(iter(cases))
        self._undoes = viewer.may(Right.DECIDE)
        self._events, self._operations = events, operations
        self._mail = {one.id: one for one in mail}
        self._who = named(connection, {row.actor for row in (*events, *operations)})
        self._accounts = _full_names(connection, events)
        keys = {row.case_id for row in (*events, *operations)} | {row.other_id for row in operations}
        self._names = dict(cases) | _references(connection, keys - {None} - cases.keys())
        asked = {*self._names.values(), *named_in(_strings(events)), *named_in(reason for one in mail for reason in one.reasons)}
        self._seen = visible(connection, viewer, asked - set(cases.values())) | (set(cases.values()) - set(hidden))
        self._here = set(cases.values())
        self._by_moment: defaultdict[tuple[datetime, str], list[Any]] = defaultdict(list)
        for row in operations:
            self._by_moment[row.at, row.actor].append(row)
        self._answered: dict[tuple[datetime, str], Any] = {}
        """What was answered about a suggested case, by the moment."""
        self._undoing = {(row.at, row.actor) for row in events if row.action == "undone"}
        self._opened_by = _opened_by(events)

    def entries(self) -> list[Entry]:
        """What was done, in the order of the audit, with operations where they began."""
        found: list[tuple[datetime, Entry]] = []
        numbered: set[int] = set()
        undone: set[int] = set()
        assigned: set[tuple[datetime, str]] = set()
        for row in self._events:
            moment = (row.at, row.actor)
            if row.action == "suggestion answered":
                self._answered.setdefault(moment, row)
            if self._is_step(row) or (row.action == "undone" and row.detail.get("operation") in undone):
                continue
            if row.action == "assigned" and moment in assigned:
                # A message is assigned with its case.
                continue
            what = self._what(row)
            if what is None:
                continue
            if row.action == "undone":
                undone.add(row.detail["operation"])
            if row.action == "assigned":
                assigned.add(moment)
            operation = self._operation_of(row, numbered)
            found.append((row.at, self._entry(row, what, operation)))
        found += [(row.at, self._told(row)) for row in self._operations if row.id not in numbered and self._may_be_told(row)]
        return [entry for _, entry in sorted(found, key=lambda one: one[0])]

    def _is_step(self, row: Any) -> bool:
        moment = (row.at, row.actor)
        if moment in self._undoing and row.action in _STEPS:
            return True
        return row.action in _STEPS and any(one.sort in _TOLD for one in self._by_moment.get(moment, ()))

    def _operation_of(self, row: Any, numbered: set[int]) -> Any:
        """The operation that this event is told for, if no other event of it was before."""
        for one in self._by_moment.get((row.at, row.actor), ()):
            if one.id not in numbered and one.sort in _NUMBERED.get(row.action, ()):
                numbered.add(one.id)
                return one
        return None

    def _entry(self, row: Any, what: str, operation: Any) -> Entry:
        who = self._who[row.actor]
        sort = Sort.PROGRAM if row.actor.startswith("triage ") else Sort.PERSON
        undone = operation is not None and operation.undone_at is not None
        number = self._number(operation) if operation is not None else None
        message = row.message_pk if row.message_pk in self._mail else None
        why = self._why(message) if row.action == "classified" and message is not None else ()
        return Entry(row.at, sort, who, what, why, message, number, undone)

    def _why(self, message: int) -> tuple[str, ...]:
        about, about_case = told_apart(self._mail[message].reasons)
        return about + (about_case if named_in(about_case) <= self._seen else ())

    # Operations

    def _may_be_told(self, row: Any) -> bool:
        """What only says that a hidden case is related says that there is one."""
        return row.sort not in ("link", "unlink") or self._names[self._beside(row)] in self._seen

    def _beside(self, row: Any) -> int:
        """The other case of an operation."""
        return int(row.case_id if row.other_id == self._case or row.other_id is None else row.other_id)

    def _told(self, row: Any) -> Entry:
        answered = self._answered.get((row.at, row.actor))
        message = answered.message_pk if answered is not None and answered.message_pk in self._mail else None
        undone = row.undone_at is not None
        what = self._of_operation(row, joined=answered is not None and bool(answered.detail.get("joined")))
        return Entry(row.at, Sort.PERSON, self._who[row.actor], what, (), message, self._number(row), undone)

    def _number(self, row: Any) -> int | None:
        """By which this person can undo an operation: they change cases, and see both."""
        about = [self._names[one] for one in (row.case_id, row.other_id) if one is not None]
        return row.id if self._undoes and row.undone_at is None and all(one in self._seen for one in about) else None

    def _of_operation(self, row: Any, *, joined: bool) -> str:
        case, other = self._called(row.case_id), self._called(row.other_id)
        came = row.other_id == self._case
        if row.sort == "merge":
            what = f"merged {case} into {'this case' if came else other}"
            return f"said that it is about the same matter, and {what}" if joined else what
        if row.sort == "split":
            return f"split this case off {case}" if came else f"split {other} off {self._this(row.case_id)}"
        if row.sort == "move":
            what = f"moved a message from {case} to this case" if came else f"moved a message from {self._this(row.case_id)} to {other}"
            return f"said that a message is about the same matter, and {what}" if joined else what
        if row.sort == "link":
            return f"noted that {self._this(self._beside(row))} is related"
        if row.sort == "unlink":
            return f"noted that {self._this(self._beside(row))} is not related after all"
        if row.sort == "keep":
            if row.other_id is None:
                return "said that a message does not belong to this case"
            return (
                f"said that a message of {case} does not belong to this case" if came else f"said that a message does not belong to {other}"
            )
        return {"decide": "decided about a message", "close": "closed the case", "reopen": "opened the case again"}.get(
            row.sort, f"changed {_SORTS.get(row.sort, 'this case')}"
        )

    def _called(self, case_id: int | None) -> str:
        return self._shown(self._names.get(case_id) if case_id is not None else None)

    def _this(self, case_id: int) -> str:
        return "this case" if case_id == self._case else self._called(case_id)

    def _shown(self, reference: str | None) -> str:
        return reference if reference in self._seen and reference is not None else _ANOTHER

    # Events

    def _what(self, row: Any) -> str | None:
        """The sentence of one event of the audit; None where it is told otherwise or nobody need know."""
        detail = row.detail
        where = "this case" if row.case_id is None or self._names.get(row.case_id) in self._here else self._called(row.case_id)
        match row.action:
            case "classified":
                return self._classified(row)
            case "opened":
                # What the program opens is told with the message that it opened it for.
                return None if row.actor.startswith("triage ") or self._names.get(row.case_id) not in self._here else "opened this case"
            case "confirmed":
                return "confirmed what it was taken for"
            case "corrected":
                return f"corrected {_changes(detail)}"
            case "closed":
                return f"closed {where}: {_plain(detail.get('outcome'))}"
            case "reopened":
                return f"opened {where} again"
            case "escalated":
                before = (detail.get("outcome") or [None])[0]
                return f"opened {where} again, which had been closed: {_plain(before)}"
            case "opened by mistake":
                return f"closed {where}: no message is left on it"
            case "erased":
                return f"erased a message's words: {detail.get('why', '')}"
            case "moved":
                return f"moved a message to {self._shown(detail.get('to'))}"
            case "merged" if detail.get("from_case"):
                return f"merged {self._shown(detail['from_case'])} into {where}"
            case "split off":
                return f"opened {where} for mail of {self._shown(detail.get('from_case'))}"
            case "suggestion answered":
                suggested = detail.get("suggested")
                belongs = "belongs" if detail.get("joined") else "does not belong"
                return f"said that a message {belongs} to {'this case' if suggested in self._here else self._shown(suggested)}"
            case "undone":
                return f"took back {_SORTS.get(str(detail.get('sort')), 'what was done')}"
            case "assigned":
                return self._assigned(detail)
            case "due":
                return f"set the due date to {_day(day)}" if (day := _last(detail.get("on"))) else "took the due date away"
            case "restricted":
                return "restricted this case to named people"
            case "readers changed":
                return "changed who may see this case"
            case "restriction lifted":
                return "lifted the restriction to named people"
            case "linked" if row.actor.startswith("triage "):
                return f"found that {detail['other']} is related" if detail.get("other") in self._seen else None
        return None

    def _classified(self, row: Any) -> str:
        detail = row.detail
        kind = _KINDS.get(str(detail.get("kind")), _plain(detail.get("kind")))
        took = f"took it for {kind} ({detail.get('confidence', 0):.0%} sure)"
        asks = ", and asked a person to look at it" if detail.get("status") == "review" else ""
        if row.case_id is None:
            return took + asks
        opened = self._opened_by.get(row.case_id) == row.message_pk
        case = "this case" if self._names.get(row.case_id) in self._here else self._called(row.case_id)
        return f"{took}{', ' if asks else ' and '}{f'opened {case} with it' if opened else f'put it on {case}'}{asks}"

    def _assigned(self, detail: Mapping[str, Any]) -> str:
        found = []
        to = _last(detail.get("to"))
        if "to" in detail:
            found.append(f"assigned it to {self._accounts.get(to, 'somebody')}" if to is not None else "assigned it to nobody")
        team = _last(detail.get("team"))
        if "team" in detail:
            found.append(f"gave it to the team {team}" if team else "gave it to no team")
        return " and ".join(found) or "changed who deals with it"


def _opened_by(events: Sequence[Any]) -> dict[int, int]:
    """For each case that these events say was opened, the message that it was opened for: the first that was put on it then."""
    moments = {row.case_id: (row.at, row.actor) for row in events if row.action == "opened"}
    found: dict[int, int] = {}
    for row in events:
        if row.action == "classified" and moments.get(row.case_id) == (row.at, row.actor):
            found.setdefault(row.case_id, row.message_pk)
    return found


def _full_names(connection: Connection, events: Iterable[Any]) -> dict[Any, str]:
    """The people to whom something was assigned."""
    keys = {_last(row.detail.get("to")) for row in events if row.action == "assigned"} - {None}
    if not keys:
        return {}
    return {row.id: row.full_name for row in connection.execute(select(Account.id, Account.full_name).where(Account.id.in_(keys)))}


def _references(connection: Connection, cases: Collection[int]) -> dict[int, str]:
    if not cases:
        return {}
    return {row.id: row.reference for row in connection.execute(select(Case.id, Case.reference).where(Case.id.in_(cases)))}


def _strings(events: Iterable[Any]) -> Iterable[str]:
    """What names a case in the details of events."""
    return (
        value
        for row in events
        for name in ("from_case", "to", "into", "other", "suggested")
        if isinstance(value := row.detail.get(name), str)
    )


def _last(value: Any) -> Any:
    """A value, or of a change from one to another the other."""
    return value[-1] if isinstance(value, list) and value else value


def _day(written: str) -> str:
    day = date.fromisoformat(written)
    return f"{day.day} {day:%B %Y}"


def _changes(detail: Mapping[str, Any]) -> str:
    """Corrected labels in words."""
    changed = [(name, value) for name, value in detail.items() if isinstance(value, list) and len(value) == 2]
    said = [f"{_plain(name)} from {_plain(value[0])} to {_plain(value[1])}" for name, value in changed]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said) or "what it was taken for"


def _plain(value: Any) -> str:
    """A label in plain words."""
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    return str(value).replace("_", " ")
