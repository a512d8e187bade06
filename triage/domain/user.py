"""People who sign in, and what each role may do and see."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from triage.domain.labels import Service


class UserRole(StrEnum):
    """What somebody does at the council. (`triage.domain.labels.Role` is what the author of a message is.)"""

    REVIEWER = "reviewer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Right(StrEnum):
    """One thing that somebody may do. Which cases they may do it to is another question: `triage.store.sight`."""

    SEE_QUEUE = "see the queue and the messages that wait"
    DECIDE = "decide about messages and change cases"
    READ_BYTES = "download messages as they were fetched"
    EXPORT = "download lists of cases"
    SEE_HEALTH = "see how mailboxes and the model do"
    RETRY = "try messages in quarantine again"
    SEE_AUDIT = "see who read and changed what"
    MANAGE_USERS = "add people and change what they may do"
    RESTRICT = "restrict a case to named people"


_REVIEWER = frozenset(
    {Right.SEE_QUEUE, Right.DECIDE, Right.READ_BYTES, Right.EXPORT, Right.SEE_HEALTH, Right.RETRY, Right.SEE_AUDIT, Right.RESTRICT}
)
RIGHTS: Mapping[UserRole, frozenset[Right]] = {
    UserRole.REVIEWER: _REVIEWER,
    UserRole.MANAGER: frozenset(),
    UserRole.ADMINISTRATOR: _REVIEWER | {Right.MANAGE_USERS},
    UserRole.AUDITOR: frozenset({Right.SEE_QUEUE, Right.READ_BYTES, Right.EXPORT, Right.SEE_HEALTH, Right.SEE_AUDIT}),
}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is signed in.

    `name` is what they sign in with and what the audit says; `address`, in lower case, is where they write from: what they forwarded is
    found by it. `services` are a manager's.
    """

    id: int
    name: str
    full_name: str
    role: UserRole
    address: str | None = None
    services: frozenset[Service] = frozenset()

    def may(self, right: Right) -> bool:
        """Whether their role gives them this right."""
        return right in RIGHTS[self.role]
