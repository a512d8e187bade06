"""What matching has to know of the store, fetched once for a whole batch and kept true while the batch is written.

Fifty messages asked one by one would cost more than everything else that is done with them. Nothing here grows with the store: a
bounded number of keys, of messages a key, of messages a case.
"""

import gc
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, text

from triage.domain.case import CaseStatus, CaseView, Clues, KnownMessage
from triage.domain.labels import Kind
from triage.store.references import leads_to
from triage.store.schema import Case, Correspondent, Message

# Candidates looked at for one batch: more would be a machine that sends one text for ever.
_MOST_CANDIDATES = 2000
# Of a case with very many messages, the first and the newest are compared.
_FIRST_MESSAGES, _LAST_MESSAGES = 2, 10
# The database takes a bounded number of values in one question.
_AT_A_TIME = 500
_CANDIDATE = ("id", "message_id", "sender_address", "fingerprint", "text", "original_date", "received_at", "case_id")

# Of the messages that bear one fingerprint or one Message-ID no more than a batch looks at: there are web forms that put one on everything.
_ALIKE = {
    "sqlite": text(
        "SELECT m.id FROM json_each(:fingerprints) AS v CROSS JOIN message AS m ON m.id IN"
        " (SELECT id FROM message WHERE fingerprint = v.value ORDER BY id DESC LIMIT :most)"
        " UNION SELECT m.id FROM json_each(:message_ids) AS v CROSS JOIN message AS m ON m.id IN"
        " (SELECT id FROM message WHERE message_id = v.value ORDER BY id DESC LIMIT :most)"
        " ORDER BY 1 DESC LIMIT :most"
    ),
    "postgresql": text(
        "SELECT id FROM json_array_elements_text(CAST(:fingerprints AS json)) AS v(value) CROSS JOIN LATERAL"
        " (SELECT id FROM message WHERE fingerprint = v.value ORDER BY id DESC LIMIT :most) AS m"
        " UNION SELECT id FROM json_array_elements_text(CAST(:message_ids AS json)) AS v(value) CROSS JOIN LATERAL"
        " (SELECT id FROM message WHERE message_id = v.value ORDER BY id DESC LIMIT :most) AS m"
        " ORDER BY 1 DESC LIMIT :most"
    ),
}
# For each key the newest messages that bear it: LIMIT stands inside, so that a key of a million messages costs as much as one of forty.
_BY_KEY = {
    "sqlite": text(
        "SELECT v.value, (SELECT json_group_array(message_pk) FROM"
        " (SELECT message_pk FROM matching_key WHERE value = v.value ORDER BY message_pk DESC LIMIT :most))"
        " FROM json_each(:values) AS v"
    ),
    "postgresql": text(
        "SELECT CAST(v.value AS bigint), CAST(array_to_json(ARRAY"
        " (SELECT message_pk FROM matching_key WHERE value = CAST(v.value AS bigint) ORDER BY message_pk DESC LIMIT :most)) AS text)"
        " FROM json_array_elements_text(CAST(:values AS json)) AS v(value)"
    ),
}
# Asked once for each message, in their order: many keys lead to one message, and neighbours lie on one page.
_CASE_OF = {
    "sqlite": text(
        # SQLite would take the row itself, with its words, for which it has to go to the disk.
        "SELECT m.id, m.case_id FROM json_each(:values) AS v CROSS JOIN message AS m INDEXED BY ix_message_id_case_id ON m.id = v.value"
        " WHERE m.case_id IS NOT NULL"
    ),
    "postgresql": text(
        "SELECT m.id, m.case_id FROM json_array_elements_text(CAST(:values AS json)) AS v(value)"
        " JOIN message AS m ON m.id = CAST(v.value AS bigint) WHERE m.case_id IS NOT NULL"
    ),
}
# The messages are counted off inside, too: joined to their case, SQLite would go through all that a case has, and ask for each.
_OF_CASES = {
    "sqlite": text(
        "SELECT v.value, p.message_pk, p.content FROM json_each(:values) AS v CROSS JOIN message_particulars AS p ON p.message_pk IN"
        " (SELECT id FROM (SELECT id FROM message WHERE case_id = v.value ORDER BY id LIMIT :first)"
        " UNION ALL SELECT id FROM (SELECT id FROM message WHERE case_id = v.value ORDER BY id DESC LIMIT :last))"
        " AND p.content IS NOT NULL ORDER BY p.message_pk"
    ),
    "postgresql": text(
        "SELECT m.case_id, p.message_pk, p.content FROM json_array_elements_text(CAST(:values AS json)) AS v(value) CROSS JOIN LATERAL"
        " ((SELECT id, case_id FROM message WHERE case_id = CAST(v.value AS bigint) ORDER BY id LIMIT :first)"
        " UNION (SELECT id, case_id FROM message WHERE case_id = CAST(v.value AS bigint) ORDER BY id DESC LIMIT :last)) AS m"
        " JOIN message_particulars AS p ON p.message_pk = m.id AND p.content IS NOT NULL ORDER BY m.id"
    ),
}
_MESSAGES = Message.__table__.c
# Built once: that takes longer than asking.
_CANDIDATES = (
    select(*(_MESSAGES[name] for name in _CANDIDATE))
    .where(_MESSAGES.id.in_(bindparam("ids", expanding=True)), _MESSAGES.erased_at.is_(None))
    .order_by(_MESSAGES.id)
)

Restore = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that may be the one in hand, as the store has it."""

    id: int
    message_id: str | None
    sender: str
    fingerprint: str
    text: str
    original_date: str | None
    received_at: datetime
    case_id: int | None


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """A case and what was kept of its messages for comparing, in order of logging."""

    case: CaseView
    messages: tuple[Any, ...]


def packed(particulars: dict[str, Any]) -> bytes:
    """Particulars as the store keeps them."""
    return zlib.compress(json.dumps(particulars, ensure_ascii=False, separators=(",", ":")).encode(), 1)


class Evidence:
    """Messages and cases that a batch points at, and those that were written since. `restore` makes particulars of what was kept."""

    def __init__(self, restore: Restore = dict) -> None:
        self._restore = restore
        self._by_fingerprint: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._by_message_id: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._cases: dict[int, CaseView] = {}
        self._by_reference: dict[str, int] = {}
        self._histories: dict[int, list[Any]] = {}
        self.cases_by_key: defaultdict[int, list[int]] = defaultdict(list)
        """For each key that was asked for, the cases of the messages that bear it, the newest first."""

    @classmethod
    def gather(cls, connection: Connection, clues: Sequence[Clues], restore: Restore = dict) -> "Evidence":
        """Everything in the store that these clues point at."""
        found = cls(restore)
        if not clues:
            return found
        asked = {
            "fingerprints": json.dumps(sorted({clue.fingerprint for clue in clues})),
            "message_ids": json.dumps(sorted({clue.message_id for clue in clues if clue.message_id})),
            "most": _MOST_CANDIDATES,
        }
        alike = sorted(connection.execute(_ALIKE[connection.dialect.name], asked).scalars())
        rows = [row for some in _in_pieces(alike) for row in connection.execute(_CANDIDATES, {"ids": some})]
        references = list({reference for clue in clues for reference in clue.references})
        found._load_cases(connection, {row.case_id for row in rows} - {None}, references)
        for row in rows:
            found.add_message(Candidate(*row))
        return found

    def find(self, connection: Connection, keys: Mapping[int, Iterable[int]]) -> None:
        """Look the keys up. `keys` gives, for each number of messages to look at most, the keys for which that is enough."""
        dialect = connection.dialect.name
        bearers: dict[int, list[int]] = {}
        for most, values in keys.items():
            for some in _in_pieces(sorted(set(values))):
                for value, messages in connection.execute(_BY_KEY[dialect], {"values": json.dumps(some), "most": most}):
                    bearers[value] = json.loads(messages)
        case_of: dict[int, int] = {}
        for some in _in_pieces(sorted({one for messages in bearers.values() for one in messages})):
            case_of.update((row[0], row[1]) for row in connection.execute(_CASE_OF[dialect], {"values": json.dumps(some)}))
        for value, messages in bearers.items():
            if cases := [case_of[one] for one in sorted(messages, reverse=True) if one in case_of]:
                self.cases_by_key[value] += cases

    def load(self, connection: Connection, ids: Iterable[int]) -> None:
        """Load these cases with what was kept of their messages, those that are not loaded yet."""
        wanted = sorted({one for one in ids if one not in self._histories})
        self._load_cases(connection, [one for one in wanted if one not in self._cases], ())
        statement = _OF_CASES[connection.dialect.name]
        for some in _in_pieces(wanted):
            histories: dict[int, list[Any]] = {one: [] for one in some}
            asked = {"values": json.dumps(some), "first": _FIRST_MESSAGES, "last": _LAST_MESSAGES}
            with _uncollected():
                for case_id, _, content in connection.execute(statement, asked):
                    histories[case_id].append(self._restore(json.loads(zlib.decompress(content))))
            self._histories |= histories

    def _load_cases(self, connection: Connection, ids: Iterable[int], references: Sequence[str]) -> None:
        ids = list(ids)
        if not ids and not references:
            return
        cases = Case.__table__.c
        columns = (cases.id, cases.reference, cases.kind, cases.status, cases.opened_at, cases.closed_at)
        found = list(connection.execute(select(*columns).where(or_(cases.id.in_(ids), cases.reference.in_(references)))).all())
        ahead = leads_to(connection, [row.id for row in found if row.status == CaseStatus.MERGED.value])
        old = {row.reference: ahead[row.id] for row in found if row.id in ahead}
        if missing := set(ahead.values()) - {row.id for row in found}:
            found += connection.execute(select(*columns).where(cases.id.in_(missing))).all()
        people = Correspondent.__table__.c
        members: defaultdict[int, set[str]] = defaultdict(set)
        for row in connection.execute(select(people.case_id, people.address).where(people.case_id.in_([row.id for row in found]))):
            members[row.case_id].add(row.address)
        for one in found:
            if one.id not in ahead:
                view = CaseView(
                    one.id, one.reference, Kind(one.kind), CaseStatus(one.status), frozenset(members[one.id]), one.opened_at, one.closed_at
                )
                self.put_case(view)
        self._by_reference |= old

    # What is asked

    def known_messages(self, clues: Clues) -> list[KnownMessage]:
        """Messages that bear this fingerprint or this Message-ID, the newest first."""
        found = {one.id: one for one in self._by_fingerprint.get(clues.fingerprint, ())}
        if clues.message_id is not None:
            found |= {one.id: one for one in self._by_message_id.get(clues.message_id, ())}
        return [
            KnownMessage(
                one.id,
                one.message_id,
                one.sender,
                one.fingerprint,
                one.text,
                datetime.fromisoformat(one.original_date) if one.original_date else None,
                one.received_at,
                self._cases.get(one.case_id) if one.case_id is not None else None,
            )
            for _, one in sorted(found.items(), reverse=True)
        ]

    def quoted(self, references: Iterable[str]) -> list[int]:
        """The cases that these references lead to, as far as they were gathered."""
        return [self._by_reference[reference] for reference in references if reference in self._by_reference]

    def led_on(self, references: Iterable[str]) -> tuple[str, ...]:
        """These references as they are now: that of a case which was merged is the one that it leads to."""
        now = (self._cases[self._by_reference[one]].reference if one in self._by_reference else one for one in references)
        return tuple(dict.fromkeys(now))

    def case(self, case_id: int) -> CaseView:
        """A case that was gathered, loaded or opened, as it is now."""
        return self._cases[case_id]

    def history(self, case_id: int) -> CaseHistory | None:
        """A case that was loaded, as it is now; None where it was not, or nothing was kept of its messages."""
        messages = self._histories.get(case_id)
        return CaseHistory(self._cases[case_id], tuple(messages)) if messages and case_id in self._cases else None

    # What was written since

    def add_message(self, one: Candidate) -> None:
        """Note a message by what says that it is one message."""
        self._by_fingerprint[one.fingerprint].append(one)
        if one.message_id is not None:
            self._by_message_id[one.message_id].append(one)

    def add_particulars(self, case_id: int, keys: Iterable[int], particulars: Any) -> None:
        """Note what a message that is now on a case can be found by, and is compared by."""
        for value in keys:
            self.cases_by_key[value].insert(0, case_id)
        self._histories.setdefault(case_id, []).append(particulars)

    def put_case(self, case: CaseView) -> None:
        """Note a case as it is now."""
        self._cases[case.id] = case
        self._by_reference[case.reference] = case.id

    def add_member(self, case: CaseView, address: str) -> None:
        """Note that a case belongs to somebody more."""
        now = self._cases.get(case.id, case)
        self.put_case(replace(now, members=now.members | {address}))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for garbage: thousands of things are made and all of them kept, and the search would take as long as making them."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _in_pieces(values: Sequence[int]) -> list[list[int]]:
    return [list(values[start : start + _AT_A_TIME]) for start in range(0, len(values), _AT_A_TIME)]
