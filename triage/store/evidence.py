"""What matching has to know of the store, fetched once for a whole batch and kept true while the batch is written.

Fifty messages asked one by one would cost more than everything else that is done with them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, or_, select

from triage.domain.case import CaseStatus, CaseView, Clues, KnownMessage
from triage.domain.labels import Kind
from triage.store.schema import Case, Correspondent, Message, ThreadLink

# Candidates looked at for one batch: more would be a machine that sends one text for ever.
_MOST_CANDIDATES = 2000


_CANDIDATE = ("id", "message_id", "sender_address", "fingerprint", "text", "original_date", "received_at", "case_id")


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


class Evidence:
    """Messages and cases that the clues of a batch point at, and those that were written since."""

    def __init__(self) -> None:
        self._by_fingerprint: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._by_message_id: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._by_link: defaultdict[str, list[int]] = defaultdict(list)
        self._cases: dict[int, CaseView] = {}
        self._by_reference: dict[str, int] = {}

    @classmethod
    def gather(cls, connection: Connection, clues: Sequence[Clues]) -> "Evidence":
        """Everything in the store that these clues point at."""
        found = cls()
        if not clues:
            return found
        messages = Message.__table__.c
        fingerprints = list({clue.fingerprint for clue in clues})
        message_ids = list({clue.message_id for clue in clues if clue.message_id})
        rows = connection.execute(
            select(*(messages[name] for name in _CANDIDATE))
            .where(or_(messages.fingerprint.in_(fingerprints), messages.message_id.in_(message_ids)), messages.erased_at.is_(None))
            .order_by(messages.id.desc())
            .limit(_MOST_CANDIDATES)
        ).all()
        links = ThreadLink.__table__.c
        values = list({value for clue in clues for value in clue.thread})
        linked = connection.execute(
            select(links.value, messages.case_id)
            .select_from(ThreadLink.__table__.join(Message.__table__, messages.id == links.message_pk))
            .where(links.value.in_(values), messages.case_id.is_not(None))
            .order_by(messages.id.desc())
            .limit(10 * _MOST_CANDIDATES)
        ).all()  # fmt: skip
        references = list({reference for clue in clues for reference in clue.references})
        found._load_cases(connection, {*(row.case_id for row in rows), *(row.case_id for row in linked)} - {None}, references)
        for row in reversed(rows):
            found.add_message(Candidate(*row), ())
        for row in reversed(linked):
            found._by_link[row.value].append(row.case_id)
        return found

    def _load_cases(self, connection: Connection, ids: Iterable[int], references: Sequence[str]) -> None:
        ids = list(ids)
        if not ids and not references:
            return
        cases = Case.__table__.c
        found = connection.execute(
            select(cases.id, cases.reference, cases.kind, cases.status).where(or_(cases.id.in_(ids), cases.reference.in_(references)))
        ).all()
        people = Correspondent.__table__.c
        members: defaultdict[int, set[str]] = defaultdict(set)
        for row in connection.execute(select(people.case_id, people.address).where(people.case_id.in_([row.id for row in found]))):
            members[row.case_id].add(row.address)
        for one in found:
            self.put_case(CaseView(one.id, one.reference, Kind(one.kind), CaseStatus(one.status), frozenset(members[one.id])))

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

    def cases_of_thread(self, clues: Clues) -> list[CaseView]:
        """Cases with a message that bears or answers one of these Message-IDs: the nearest Message-ID's first, the newest first."""
        ids = dict.fromkeys(case_id for value in clues.thread for case_id in reversed(self._by_link.get(value, ())))
        return [self._cases[case_id] for case_id in ids if case_id in self._cases]

    def cases_by_reference(self, clues: Clues) -> list[CaseView]:
        """The cases whose references are quoted, in that order; unknown references are left out."""
        return [self._cases[self._by_reference[reference]] for reference in clues.references if reference in self._by_reference]

    # What was written since

    def add_message(self, one: Candidate, links: Iterable[str]) -> None:
        """Note a message by everything that it can be found by."""
        self._by_fingerprint[one.fingerprint].append(one)
        if one.message_id is not None:
            self._by_message_id[one.message_id].append(one)
        if one.case_id is not None:
            for value in links:
                self._by_link[value].append(one.case_id)

    def put_case(self, case: CaseView) -> None:
        """Note a case as it is now."""
        self._cases[case.id] = case
        self._by_reference[case.reference] = case.id

    def add_member(self, case: CaseView, address: str) -> None:
        """Note that a case belongs to somebody more."""
        now = self._cases.get(case.id, case)
        self.put_case(replace(now, members=now.members | {address}))
