"""Cases with several messages, as the pipeline would have logged them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tests.support.logged import ACTOR, JOAN, at, cases, log, rows
from triage.domain.case import Relation
from triage.domain.labels import Kind, Labels, Role, Status
from triage.domain.message import Address
from triage.store.casestore import CaseStore
from triage.store.ledger import Ledger
from triage.store.schema import Case, Correspondent, Delivery, Message
from triage.store.summing import sum_up

RITA = Address("rita.moss@other.example", "Rita Moss")
TOM = Address("tom.whitlow@family.example", "Tom Whitlow")
MEMBER = Address("office@ingham-mp.example", "Office of Dora Ingham MP")
PERSON = "ann at the command line"


def follow_up(
    store: CaseStore,
    first: int,
    of: Labels | Kind = Kind.COMPLAINT,
    *,
    author: Address = JOAN,
    received: datetime | None = None,
    mailboxes: tuple[str, ...] = ("complaints",),
    suggested: int | None = None,
    status: Status = Status.AUTO,
    escalates: bool = False,
) -> int:
    """A further message on the case of the message `first`, which its author belongs to from then on. Gives its key."""
    key = log(store, of, status=status, author=author, received=received or at(5), mailboxes=mailboxes, case_of=first, suggested=suggested)

    def join(ledger: Ledger, connection: Connection) -> None:
        case_id, role = connection.execute(select(Message.case_id, Message.role).where(Message.id == key)).one()
        members = set(connection.execute(select(Correspondent.address).where(Correspondent.case_id == case_id)).scalars())
        if author.address and author.address not in members:
            values = {"case_id": case_id, "address": author.address, "name": author.name, "role": role}
            connection.execute(insert(Correspondent), values)
        sum_up(ledger, connection, int(case_id or 0))
        if escalates:
            connection.execute(update(Delivery).where(Delivery.message_pk == key).values(relation=Relation.ESCALATION.value))

    store.work(ACTOR, join)
    return key


def case_of(store: CaseStore, key: int) -> str:
    """The reference of the case that a message is on."""

    def find(connection: Connection, now: datetime) -> str:
        return connection.execute(select(Case.reference).join(Message, Message.case_id == Case.id).where(Message.id == key)).scalar_one()

    return store.look(find)


def case_id_of(store: CaseStore, reference: str) -> int:
    """The key of a case."""
    return store.look(lambda connection, now: connection.execute(select(Case.id).where(Case.reference == reference)).scalar_one())


def exported(store: CaseStore, reference: str) -> dict[str, Any]:
    """A case as it is exported."""
    [found] = [case for case in cases(store) if case["reference"] == reference]
    return found


def relations(store: CaseStore, reference: str) -> list[str | None]:
    """What the deliveries on a case are to it, in order of arrival."""
    return [row["relation"] for row in rows(store) if row["case"] == reference]


def asked(store: CaseStore) -> dict[int, str | None]:
    """For every message that waits, the case that is suggested for it."""
    return {one.id: one.suggested for one in store.waiting()}


def everything(store: CaseStore) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Both exports."""
    return rows(store), cases(store)


PARENT, MP, COUNCILLOR = Role.PARENT_CARER, Role.MP, Role.COUNCILLOR
