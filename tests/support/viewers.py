"""People for whom lists are made, with accounts of their own: `person(store, "rita")` is Rita Shaw. Cases that only some of them see."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, update

from triage.domain.labels import Service
from triage.domain.user import User, UserRole
from triage.store.casestore import CaseStore
from triage.store.ledger import Ledger
from triage.store.schema import Account, CaseReader, CaseRestriction


def person(
    store: CaseStore,
    name: str,
    role: UserRole = UserRole.REVIEWER,
    *,
    address: str | None = None,
    services: frozenset[Service] = frozenset(),
) -> User:
    """Somebody with an account."""
    full_name = f"{name.capitalize()} Shaw"
    values = {
        "name": name, "full_name": full_name, "address": address, "role": role.value, "services": sorted(services),
        "must_change": False, "failures": 0, "created_at": datetime.now(UTC),
    }  # fmt: skip

    def add(ledger: Ledger, connection: Connection) -> int:
        return int(connection.execute(insert(Account).returning(Account.id), values).scalar_one())

    return User(store.work("tests", add), name, full_name, role, address, services)


def disable(store: CaseStore, user: User) -> None:
    """Somebody may not sign in any more."""

    def change(ledger: Ledger, connection: Connection) -> None:
        connection.execute(update(Account).where(Account.id == user.id).values(disabled_at=datetime.now(UTC)))

    store.work("tests", change)


def restrict(store: CaseStore, case_id: int | None, *readers: User) -> None:
    """Have a case seen by these people alone."""

    def change(ledger: Ledger, connection: Connection) -> None:
        connection.execute(insert(CaseRestriction), {"case_id": case_id, "made_by": "tests", "made_at": ledger.now})
        for one in readers:
            connection.execute(insert(CaseReader), {"case_id": case_id, "account_id": one.id})

    store.work("tests", change)
