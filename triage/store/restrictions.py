"""Cases that only named people see: about the conduct of staff, say. Who may see what is asked of `triage.store.sight`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from triage.domain.case import CaseStatus
from triage.domain.user import User
from triage.errors import CallError, ConflictError, NotFound
from triage.store.ledger import Ledger
from triage.store.references import case_of
from triage.store.schema import Account, Case, CaseReader, CaseRestriction
from triage.store.seen import seen_case

# A council that restricts more than this restricts nearly everything.
_MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class NamedReader:
    """Somebody who is named for a restricted case. Who is `disabled` cannot sign in, and so sees nothing."""

    id: int
    full_name: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class Restricted:
    """A restricted case as an administrator sees it who is not named for it: its reference, who reads it, and nothing else."""

    reference: str
    readers: tuple[NamedReader, ...]


def readers_of(connection: Connection, cases: Collection[int]) -> dict[int, tuple[NamedReader, ...]]:
    """Of these cases, those that are restricted, each with the people who are named for it."""
    restricted = select(CaseRestriction.case_id).where(CaseRestriction.case_id.in_(cases))
    found: defaultdict[int, list[NamedReader]] = defaultdict(list)
    query = (
        select(CaseReader.case_id, Account.id, Account.full_name, Account.disabled_at)
        .join(Account, Account.id == CaseReader.account_id)
        .where(CaseReader.case_id.in_(cases))
        .order_by(Account.full_name, Account.id)
    )
    for row in connection.execute(query):
        found[row.case_id].append(NamedReader(row.id, row.full_name, row.disabled_at is not None))
    return {key: tuple(found[key]) for key in connection.execute(restricted).scalars()}


def restrict(ledger: Ledger, connection: Connection, case_id: int, readers: Iterable[int]) -> None:
    """Let only these people see a case. Raises CallError, and ConflictError where it is restricted already."""
    wanted = _enabled(connection, readers)
    if _is_restricted(connection, case_id):
        raise ConflictError("this case is restricted already: change who may see it instead")
    connection.execute(insert(CaseRestriction), {"case_id": case_id, "made_by": ledger.actor, "made_at": ledger.now})
    _name(connection, case_id, wanted)
    ledger.record("restricted", case_id=case_id, readers=sorted(wanted))


def change_readers(ledger: Ledger, connection: Connection, viewer: User, reference: str, readers: Iterable[int], *, unseen: bool) -> None:
    """Let these people and nobody else see a restricted case; who sees it and changes that goes on seeing it (see `_to_change`).

    Raises NotFound, CallError, and ConflictError where it is not restricted.
    """
    case_id, sees = _to_change(connection, viewer, reference, unseen=unseen)
    wanted = _enabled(connection, {*readers, viewer.id} if sees else readers)
    if not _is_restricted(connection, case_id):
        raise ConflictError("this case is not restricted any more: restrict it again")
    before = set(connection.execute(select(CaseReader.account_id).where(CaseReader.case_id == case_id)).scalars())
    connection.execute(delete(CaseReader).where(CaseReader.case_id == case_id))
    _name(connection, case_id, wanted)
    ledger.record("readers changed", case_id=case_id, added=sorted(wanted - before), removed=sorted(before - wanted))


def lift(ledger: Ledger, connection: Connection, case_id: int) -> None:
    """Let everybody whose role allows it see a case again. Raises ConflictError where it is not restricted."""
    if not _is_restricted(connection, case_id):
        raise ConflictError("this case is not restricted any more")
    connection.execute(delete(CaseReader).where(CaseReader.case_id == case_id))
    connection.execute(delete(CaseRestriction).where(CaseRestriction.case_id == case_id))
    ledger.record("restriction lifted", case_id=case_id)


def all_restricted(connection: Connection) -> list[Restricted]:
    """Every restricted case, the newest first. One that was merged has nothing of its own to see."""
    query = (
        select(Case.id, Case.reference)
        .join(CaseRestriction, CaseRestriction.case_id == Case.id)
        .where(Case.status != CaseStatus.MERGED.value)
        .order_by(Case.id.desc())
        .limit(_MOST_LISTED)
    )
    rows = connection.execute(query).all()
    readers = readers_of(connection, [row.id for row in rows])
    return [Restricted(row.reference, readers[row.id]) for row in rows]


def _to_change(connection: Connection, viewer: User, reference: str, *, unseen: bool) -> tuple[int, bool]:
    """The key of a case whose readers somebody wants to change, and whether they see it themselves.

    With `unseen` a restricted case is found that they do not. Raises NotFound.
    """
    try:
        return int(seen_case(connection, viewer, reference).id), True
    except NotFound:
        if not unseen:
            raise
        key = _leads_to(connection, reference)
        if key is None or not _is_restricted(connection, key):
            raise
        return key, False


def _leads_to(connection: Connection, reference: str) -> int | None:
    try:
        return int(case_of(connection, reference).id)
    except CallError:
        return None


def _is_restricted(connection: Connection, case_id: int) -> bool:
    return connection.execute(select(CaseRestriction.case_id).where(CaseRestriction.case_id == case_id)).first() is not None


def _enabled(connection: Connection, accounts: Iterable[int]) -> set[int]:
    """These accounts. Raises CallError where there are none, or one of them is no account of somebody who may sign in."""
    asked = set(accounts)
    if not asked:
        raise CallError("name at least one person who may see the case")
    found = set(connection.execute(select(Account.id).where(Account.id.in_(asked), Account.disabled_at.is_(None))).scalars())
    if found != asked:
        raise CallError("one of these people cannot sign in: choose among those who can")
    return found


def _name(connection: Connection, case_id: int, accounts: Iterable[int]) -> None:
    connection.execute(insert(CaseReader), [{"case_id": case_id, "account_id": one} for one in sorted(accounts)])
