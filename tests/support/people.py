"""People who sign in, with accounts as they are stored: no password is asked for."""

from datetime import UTC, datetime

from sqlalchemy import insert, select

from tests.support.database import writing
from triage.domain.labels import Service
from triage.domain.user import User, UserRole
from triage.store.schema import Account, CaseReader, CaseRestriction


def person(
    url: str,
    name: str,
    full_name: str,
    role: UserRole = UserRole.REVIEWER,
    *,
    address: str | None = None,
    services: frozenset[Service] = frozenset(),
    disabled: bool = False,
) -> User:
    """Somebody who may sign in."""
    now = datetime.now(UTC)
    values = {
        "name": name, "full_name": full_name, "address": address, "role": role.value, "services": sorted(one.value for one in services),
        "must_change": False, "failures": 0, "created_at": now, "disabled_at": now if disabled else None,
    }  # fmt: skip
    with writing(url) as connection:
        key = int(connection.execute(insert(Account).returning(Account.id), values).scalar_one())
    return User(key, name, full_name, role, address, services)


def restrict(url: str, case_id: int, *readers: User) -> None:
    """Let only these people see a case."""
    with writing(url) as connection:
        connection.execute(insert(CaseRestriction), {"case_id": case_id, "made_by": "admin", "made_at": datetime.now(UTC)})
        if readers:
            connection.execute(insert(CaseReader), [{"case_id": case_id, "account_id": one.id} for one in readers])


def readers(url: str, case_id: int) -> set[int] | None:
    """The accounts that are named for a case; None where it is not restricted."""
    with writing(url) as connection:
        if connection.execute(select(CaseRestriction.case_id).where(CaseRestriction.case_id == case_id)).first() is None:
            return None
        return set(connection.execute(select(CaseReader.account_id).where(CaseReader.case_id == case_id)).scalars())
