"""A restriction follows the mail: the case that mail of a restricted case comes to is restricted too, and undoing never loosens one."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from triage.store.ledger import Ledger
from triage.store.schema import CaseReader, CaseRestriction

Readers = dict[int, list[int]]
"""Of cases, those that are restricted, with the accounts that are named for each."""


def readers_of(connection: Connection, cases: Collection[int | None]) -> Readers:
    """Those of the cases that are restricted, each with its readers in order."""
    cases = [one for one in cases if one is not None]
    if not cases:
        return {}
    found: Readers = {
        key: [] for key in connection.execute(select(CaseRestriction.case_id).where(CaseRestriction.case_id.in_(cases))).scalars()
    }
    if found:
        query = select(CaseReader.case_id, CaseReader.account_id).where(CaseReader.case_id.in_(found))
        for row in connection.execute(query.order_by(CaseReader.account_id)):
            found[row.case_id].append(row.account_id)
    return found


def follow(ledger: Ledger, connection: Connection, case_id: int, to: int) -> None:
    """Let the case that mail of another comes to be restricted where that is, with the readers of both."""
    known = readers_of(connection, (case_id, to))
    if case_id in known and (to not in known or not {*known[case_id]} <= {*known[to]}):
        _name(ledger, connection, to, {*known[case_id], *known.get(to, ())}, known.get(to))


def loosened(connection: Connection, detail: Mapping[str, Any], moves: Iterable[tuple[int, int | None]]) -> int | None:
    """A case, restricted since an operation, whose message undoing would put on no case, where everybody saw it; None where there is none.

    `moves` are, for each message, the case that it is on and the one that it would go back to.
    """
    moves = set(moves)
    changed = _changed_since(connection, detail, {one for one, _ in moves})
    return min((one for one, back in moves if back is None and one in changed), default=None)


def put_back(ledger: Ledger, connection: Connection, detail: Mapping[str, Any], moves: Iterable[tuple[int, int | None]]) -> None:
    """Follow up that messages go back from case to case. `detail` is what the operation noted (see `noted`).

    A case that an operation restricted stays so. Whom it named for a case that was restricted already is named no longer. Where who
    sees the mail has been narrowed since, the case that it goes back to is seen by nobody who does not see it now.
    """
    moves = set(moves)
    changed = _changed_since(connection, detail, {one for one, _ in moves})
    for case_id, back in sorted((one, back) for one, back in moves if back is not None):
        if case_id in changed:
            now = readers_of(connection, (back,)).get(back)
            both = {*changed[case_id]} & {*now} if now is not None else set[int]()
            _name(ledger, connection, back, both or {*changed[case_id]}, now)
    before, after = (_numbered(detail.get(name)) for name in ("before", "after"))
    for case_id in sorted(before.keys() & after.keys()):
        now = readers_of(connection, (case_id,)).get(case_id)
        if now is not None and (left := {*now} - ({*after[case_id]} - {*before[case_id]})):
            _name(ledger, connection, case_id, left, now)


def noted(before: Readers, after: Readers) -> dict[str, Any]:
    """What undoing needs to know of restrictions."""
    return {"before": {str(key): value for key, value in before.items()}, "after": {str(key): value for key, value in after.items()}}


def _changed_since(connection: Connection, detail: Mapping[str, Any], cases: Iterable[int]) -> Readers:
    """Those of the cases that are restricted and were not, or not to these people, when the operation was done."""
    then, now = _numbered(detail.get("after")), readers_of(connection, list(cases))
    return {case_id: readers for case_id, readers in now.items() if then.get(case_id) != readers}


def _numbered(kept: Mapping[str, list[int]] | None) -> Readers:
    return {int(key): value for key, value in (kept or {}).items()}


def _name(ledger: Ledger, connection: Connection, case_id: int, readers: set[int], now: list[int] | None) -> None:
    """Let these people and nobody else see a case, where that is not so already."""
    if now is None:
        connection.execute(insert(CaseRestriction), {"case_id": case_id, "made_by": ledger.actor, "made_at": ledger.now})
        ledger.record("restricted", case_id=case_id, readers=sorted(readers))
    elif {*now} != readers:
        ledger.record("readers changed", case_id=case_id, added=sorted(readers - {*now}), removed=sorted({*now} - readers))
    gone = CaseReader.account_id.not_in(readers)
    connection.execute(delete(CaseReader).where(CaseReader.case_id == case_id, gone))
    if added := sorted(readers - {*(now or ())}):
        connection.execute(insert(CaseReader), [{"case_id": case_id, "account_id": one} for one in added])


def is_restricted(connection: Connection, case_id: int | None) -> bool:
    """Whether only named people see a case."""
    return case_id is not None and case_id in readers_of(connection, (case_id,))
