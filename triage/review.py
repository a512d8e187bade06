"""What a person does to a case. Later the queue's confirm, correct, merge, split and assign stand here too."""

from datetime import date, datetime, time

from triage.domain.case import REFERENCE, Outcome
from triage.errors import CallError
from triage.store.casestore import CaseStore
from triage.store.ledger import COUNCIL_TIME


def close_case(store: CaseStore, actor: str, reference: str, outcome: Outcome, closed_at: datetime) -> None:
    """Close an open case with its outcome. Raises CallError or ConflictError, and changes nothing then."""
    reference = reference.strip().upper()
    if not REFERENCE.fullmatch(reference):
        raise CallError("a case reference looks like CC-2026-000123")
    with store.transaction(actor) as ledger:
        ledger.close_case(reference, outcome, closed_at)


def end_of(day: date) -> datetime:
    """The last second of a day by the clock on the council's wall: a case closed on a day was open for all of it."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=COUNCIL_TIME)
