"""How a case is dealt with: by whom, until when, how it ended. Each is one transaction in one person's name, and can be undone.

`versions` are those of the cases as the person saw them, by reference: where one has another by now, nothing is done.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, select

from triage.domain.case import CaseStatus, Outcome
from triage.domain.labels import Kind, Service
from triage.domain.user import Right, User, UserRole
from triage.domain.wording import COUNCIL_TIME
from triage.errors import CallError
from triage.store.lately import conflict
from triage.store.ledger import Ledger
from triage.store.operations import UNSEEN, Done, Operation, Versions, case_row, check_versions, the_case, the_message
from triage.store.references import case_of
from triage.store.schema import Account, Message
from triage.store.sight import may_see_case, may_see_message

_LONGEST_TEAM = 120


def end_of(day: date) -> datetime:
    """The last second of a day by the clock on the council's wall: a case closed on a day was open for all of it."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=COUNCIL_TIME)


def close(  # noqa: PLR0917
    ledger: Ledger, connection: Connection, reference: str, outcome: Outcome, on: date | datetime | None, versions: Versions = UNSEEN
) -> Done:
    """Close an open case with its outcome: as of a moment, whichever that is, of the end of a day, or of now.

    Raises CallError where there is none, or on that day it was not opened yet or the day is still to come; ConflictError where it is
    closed or has changed.
    """
    check_versions(connection, versions)
    row = case_of(connection, reference)
    if row.status == CaseStatus.CLOSED.value:
        raise conflict(connection, f"{row.reference} is closed already", case=row.id)
    operation = Operation(ledger, connection, (row.id,))
    operation.change("case", row.id, status=CaseStatus.CLOSED.value, outcome=outcome.value, closed_at=_moment(ledger, row, on))
    ledger.record("closed", case_id=row.id, outcome=outcome.value)
    return _kept(operation, "close", row)


def _moment(ledger: Ledger, row: Any, on: date | datetime | None) -> datetime:
    if on is None or isinstance(on, datetime):
        return on or ledger.now
    if on > ledger.now.astimezone(COUNCIL_TIME).date():
        raise CallError("a case cannot be closed on a day that is still to come")
    if end_of(on) < row.opened_at:
        raise CallError(f"{row.reference} was opened after that day: give a later one")
    return min(end_of(on), ledger.now)


def reopen(ledger: Ledger, connection: Connection, reference: str, versions: Versions = UNSEEN) -> Done:
    """Open a closed case again. Raises CallError where there is none, ConflictError where it is open or has changed."""
    row = the_case(connection, reference, versions)
    if row.status != CaseStatus.CLOSED.value:
        raise conflict(connection, f"{row.reference} is open already", case=row.id)
    operation = Operation(ledger, connection, (row.id,))
    operation.change("case", row.id, status=CaseStatus.OPEN.value, outcome=None, closed_at=None)
    ledger.record("reopened", case_id=row.id, outcome=[row.outcome, None])
    return _kept(operation, "reopen", row)


def set_due(ledger: Ledger, connection: Connection, reference: str, on: date | None, versions: Versions = UNSEEN) -> Done:
    """Say by which day a case is to be answered, or that there is none. Raises CallError or ConflictError, and changes nothing then."""
    row = the_case(connection, reference, versions)
    if row.status != CaseStatus.OPEN.value:
        raise conflict(connection, f"{row.reference} is closed: a case that is due is an open one", case=row.id)
    operation = Operation(ledger, connection, (row.id,))
    operation.change("case", row.id, due_on=on)
    ledger.record("due", case_id=row.id, on=[_iso(row.due_on), _iso(on)])
    return _kept(operation, "due", row)


def assign(
    ledger: Ledger, connection: Connection, *, case: str | None = None, message: int | None = None, to: int | None, team: str | None,
    version: int | None = None, versions: Versions = UNSEEN,
) -> Done:  # fmt: skip
    """Say who deals with a case or a message: the person with this account, or nobody in particular; and which team, where one is given.

    A message that is on a case is assigned with it. A case has its team from its first message, which is given that too. Without a
    team the one that it has stays. Raises CallError where that person is none who may see and change it, or ConflictError.
    """
    if (case is None) == (message is None):
        raise CallError("say which case or which message to assign")
    if team is not None and not 0 < len(team) <= _LONGEST_TEAM:
        raise CallError("name a team of the council")
    check_versions(connection, versions)
    one = the_message(connection, message, version) if message is not None else None
    if case is not None:
        row = the_case(connection, case)
    else:
        row = case_row(connection, one.case_id) if one is not None and one.case_id is not None else None
    user = _user(connection, to) if to is not None else None
    if user is not None and not (
        may_see_case(connection, user, row.id) if row is not None else may_see_message(connection, user, int(message or 0))
    ):
        raise CallError(f"{user.full_name} may not see this: name another person, or let them see it first")
    operation = Operation(ledger, connection, (None if row is None else row.id,), () if message is None else (message,))
    if row is not None:
        _assign_case(operation, row, to, team)
    if one is not None:
        operation.change("message", one.id, assigned_to_id=to, **({} if team is None else {"team": team}))
        ledger.record("assigned", message_pk=one.id, case_id=None if row is None else row.id, **_said(one, to, team))
    return _kept(operation, "assign", row, message)


def _kept(operation: Operation, sort: str, case: Any | None, message: int | None = None) -> Done:
    done = operation.kept(sort, case)
    if done is None:
        raise conflict(operation.connection, "it is so already", case=None if case is None else case.id, message=message)
    return done


def _assign_case(operation: Operation, row: Any, to: int | None, team: str | None) -> None:
    operation.change("case", row.id, assigned_to_id=to, **({"team": team} if team is not None else {}))
    first = _first_on(operation.connection, row.id)
    if team is not None and first is not None:
        operation.change("message", first, team=team)
    operation.ledger.record("assigned", case_id=row.id, **_said(row, to, team))


def _said(row: Any, to: int | None, team: str | None) -> dict[str, Any]:
    return {"to": [row.assigned_to_id, to]} | ({"team": [row.team, team]} if team not in (None, row.team) else {})


def _first_on(connection: Connection, case_id: int) -> int | None:
    """The message that a case has its team from (see `triage.store.summing.sum_up`)."""
    these = select(Message.id).where(Message.case_id == case_id, Message.kind != Kind.NONE.value)
    return connection.execute(these.order_by(Message.id).limit(1)).scalar()


def _user(connection: Connection, key: int) -> User:
    """Somebody to whom something can be assigned. Raises CallError where they are not there any more, or change nothing."""
    row = connection.execute(select(Account.__table__).where(Account.id == key, Account.disabled_at.is_(None))).first()
    if row is None:
        raise CallError("there is nobody of that account who can sign in: name another person")
    services = frozenset(Service(one) for one in row.services)
    user = User(row.id, row.name, row.full_name, UserRole(row.role), row.address, services)
    if user.role is not UserRole.MANAGER and not user.may(Right.DECIDE):
        raise CallError(f"{user.full_name} changes nothing, as an auditor: name another person")
    return user


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
