"""Messages as the pipeline would have logged them, with labels that a test gives: no model is asked."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import select

from tests.support.database import writing
from tests.unit.making import NOON, labels, parsed, words
from triage.domain.case import Clues, Relation
from triage.domain.entities import Entities
from triage.domain.labels import Classification, Kind, Labels, Status
from triage.domain.message import Address, Arrival, MailboxKind, Place
from triage.store.casestore import CaseStore
from triage.store.schema import AuditEvent

ACTOR = "triage 0.1.0, model 2026-11-22-abc"
MODEL = "model 2026-11-22-abc"
JOAN = Address("joan.whitlow@family.example", "Joan Whitlow")
_numbers = count(1)


def place(mailbox: str = "complaints") -> Place:
    """A place on the server that no other message has."""
    kind = MailboxKind.OFFICER if mailbox.startswith("officer") else MailboxKind.SHARED
    return Place(mailbox, kind, "INBOX", 1, next(_numbers))


def log(
    store: CaseStore,
    of: Labels | Kind,
    *,
    status: Status = Status.REVIEW,
    mailboxes: tuple[str, ...] = ("complaints",),
    text: str = "The taxi did not come.",
    author: Address = JOAN,
    received: datetime = NOON,
    case_of: int | None = None,
    suggested: int | None = None,
    sure: bool | None = None,
    forwarder: str | None = None,
) -> int:
    """Log a message; it opens a case, unless it is nothing or is on that of the message `case_of`. Gives its key."""
    whole = labels(of) if isinstance(of, Kind) else of
    classification = Classification(whole, 0.71, status is Status.AUTO if sure is None else sure, MODEL, ("The classifier is 71% sure.",))
    message = replace(parsed(sender=author), message_id=f"<{next(_numbers)}@family.example>")
    whose = replace(words(text, author=author), forwarded=forwarder is not None, forwarder=forwarder)
    with store.transaction(ACTOR) as ledger:
        case_id = case_key(store, case_of) if case_of is not None else None
        if case_id is None and whole.kind is not Kind.NONE:
            case = ledger.open_case(whole, received, "SEND")
            ledger.add_correspondent(case, author, whole.role.value)
            case_id = case.id
        key = ledger.add_message(
            message, whose, classification, clues=Clues(f"{next(_numbers):064x}", message.message_id, (), ()), received_at=received, status=status,
            case_id=case_id, suggested_case_id=suggested, reasons=classification.reasons, entities=Entities(people=("Joan",)), team="SEND",
        )  # fmt: skip
        for number, mailbox in enumerate(mailboxes):
            raw = f"{text} {next(_numbers)}".encode()
            relation = None if case_id is None else Relation.REPEAT if number or case_of is not None else Relation.NEW
            ledger.add_delivery(Arrival(place(mailbox), raw, len(raw), received), key, relation, received, message_id=None, keep_raw=True)
    return key


def log_wordless(store: CaseStore) -> int:
    """Log an officer's message of which no words are kept. Gives its key."""
    classification = Classification(labels(Kind.NONE), 0.99, True, MODEL)
    arrival = Arrival(place("officer-hale"), b"x", 1, NOON)
    with store.transaction(ACTOR) as ledger:
        key = ledger.add_wordless_message(classification, received_at=NOON, status=Status.AUTO)
        ledger.add_delivery(arrival, key, None, NOON, message_id=None, keep_raw=False)
    return key


def case_key(store: CaseStore, message: int) -> int | None:
    """The key of the case that a message is on."""
    from triage.store import engine as database
    from triage.store.schema import Message

    with database.reading(store._engine) as connection:
        found = connection.execute(select(Message.case_id).where(Message.id == message)).scalar_one()
    return None if found is None else int(found)


def rows(store: CaseStore) -> list[dict[str, Any]]:
    return list(store.export_messages())


def cases(store: CaseStore) -> list[dict[str, Any]]:
    return list(store.export_cases())


def audit(store_url: str) -> list[Any]:
    """Every event: actor, action, message_pk, case_id, detail."""
    with writing(store_url) as connection:
        return list(connection.execute(select(AuditEvent.__table__).order_by(AuditEvent.id)))


def at(day: int) -> datetime:
    """A moment in June 2026."""
    return datetime(2026, 6, day, 9, 0, tzinfo=UTC)
