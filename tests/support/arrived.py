"""Real mail, taken apart as the pipeline does it, and logged with labels that a test gives: no model is asked."""

from collections.abc import Callable
from datetime import datetime
from itertools import count

from tests.support.logged import ACTOR, MODEL, case_key, place
from tests.unit.making import NOON, is_own, labels
from triage.domain.case import Clues, Relation
from triage.domain.entities import Entities
from triage.domain.labels import Classification, Kind, Labels, Status
from triage.domain.message import Arrival, fingerprint
from triage.mailbox.parsing import parse
from triage.store.casestore import CaseStore
from triage.text.authorship import authorships

_numbers = count(1)


def log_mail(
    store: CaseStore, raw: bytes, of: Labels | Kind = Kind.COMPLAINT, *, status: Status = Status.REVIEW, mailbox: str = "complaints",
    received: datetime = NOON, case_of: int | None = None, suggested: int | None = None, confidence: float = 0.71,
    own: Callable[[str], bool] = is_own,
) -> list[int]:  # fmt: skip
    """Log a mail as it came, each of its parts as a message; each opens a case, unless it is nothing or is on that of `case_of`."""
    whole = labels(of) if isinstance(of, Kind) else of
    classification = Classification(whole, confidence, status is Status.AUTO, MODEL, ("The classifier is fairly sure.",))
    message, keys = parse(raw), []
    for number, whose in enumerate(authorships(message, own)):
        with store.transaction(ACTOR) as ledger:
            case_id = case_key(store, case_of) if case_of is not None else None
            if case_id is None and whole.kind is not Kind.NONE:
                case = ledger.open_case(whole, received, "Travel")
                ledger.add_correspondent(case, whose.author, whole.role.value)
                case_id = case.id
            known_by = fingerprint(message.sender, whose.author, f"{message.subject} {next(_numbers)}", whose.text, message.attachments)
            key = ledger.add_message(
                message, whose, classification, clues=Clues(known_by, message.message_id, (), ()), received_at=received, status=status,
                case_id=case_id, suggested_case_id=suggested, reasons=[*classification.reasons, *whose.evidence], entities=Entities(), team="Travel",
            )  # fmt: skip
            relation = None if case_id is None else Relation.REPEAT if case_of is not None else Relation.NEW
            arrival = Arrival(place(mailbox), raw, len(raw), received)
            ledger.add_delivery(arrival, key, relation, received, message_id=message.message_id, keep_raw=True, part=number)
            keys.append(key)
    return keys
