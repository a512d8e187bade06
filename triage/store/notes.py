"""What people write on a case, for those who work on it."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from triage.errors import CallError
from triage.store.actors import named
from triage.store.ledger import Ledger
from triage.store.schema import CaseNote

_LONGEST = 10_000
# Looked at on one page: what is beyond it is the oldest.
_MOST = 500


@dataclass(frozen=True, slots=True)
class Note:
    """A note on a case; `who` wrote it, by their full name."""

    id: int
    at: datetime
    who: str
    text: str


def add(ledger: Ledger, connection: Connection, case_id: int, text: str) -> int:
    """Write a note on a case; returns its key. Its words are not in the audit. Raises CallError."""
    words = _clean(text)
    if not words:
        raise CallError("write something in the note")
    if len(words) > _LONGEST:
        raise CallError(f"a note has at most {_LONGEST:,} characters; this one has {len(words):,}: write two")
    values = {"case_id": case_id, "at": ledger.now, "author": ledger.actor, "text": words}
    key = int(connection.execute(insert(CaseNote).returning(CaseNote.id), values).scalar_one())
    ledger.record("note added", case_id=case_id, note=key)
    return key


def _clean(text: str) -> str:
    """Without what a keyboard does not write: controls but line ends and tabs, and halves of characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs")).strip()


def of_cases(connection: Connection, cases: Collection[int]) -> tuple[Note, ...]:
    """The notes on these cases, the first first."""
    query = select(CaseNote.__table__).where(CaseNote.case_id.in_(cases)).order_by(CaseNote.at.desc(), CaseNote.id.desc()).limit(_MOST)
    rows = connection.execute(query).all()
    names = named(connection, {row.author for row in rows})
    return tuple(Note(row.id, row.at, names[row.author], row.text) for row in reversed(rows))
