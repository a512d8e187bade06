"""The people who may sign in to the demo's queue. They are invented."""

from dataclasses import dataclass

from triage import accounts
from triage.domain.labels import Service
from triage.domain.user import UserRole
from triage.store.casestore import CaseStore


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody of the demo, and what they see."""

    name: str
    full_name: str
    role: UserRole
    what: str
    address: str | None = None
    services: tuple[Service, ...] = ()


PEOPLE = (
    SamplePerson("patel", "Rita Patel", UserRole.REVIEWER, "a complaints officer: the queue and every case"),
    SamplePerson("mensah", "Kofi Mensah", UserRole.REVIEWER, "another one: open both to see how two people work at once"),
    SamplePerson(
        "okoro", "Tunde Okoro", UserRole.MANAGER, "a manager: what he forwarded, and the cases of his services", "t.okoro@ashmere.example",
        (Service.SEND, Service.TRANSPORT),
    ),
    SamplePerson("admin", "Dilys Probert", UserRole.ADMINISTRATOR, "the complaints manager: people and restrictions too"),
    SamplePerson("auditor", "Owen Blake", UserRole.AUDITOR, "an auditor: reads everything, changes nothing"),
)  # fmt: skip


def add_sample_people(store: CaseStore, password: str) -> tuple[SamplePerson, ...]:
    """Let the sample people sign in, all with this password."""
    for one in PEOPLE:
        accounts.add(
            store, "the demo", one.name, one.role, full_name=one.full_name, address=one.address, services=one.services, password=password
        )
    return PEOPLE
