"""A case: one issue of one household, with every message about it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.domain.labels import Kind


class CaseStatus(StrEnum):
    """Whether a case is being worked on. Of a merged one nothing is left but its reference, which leads on to another case."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class Outcome(StrEnum):
    """How a case ended, as committees report it."""

    UPHELD = "upheld"
    PARTIALLY_UPHELD = "partially_upheld"
    NOT_UPHELD = "not_upheld"
    WITHDRAWN = "withdrawn"
    RESOLVED_EARLY = "resolved_early"
    REFUSED = "refused"


# Stands where the outcome stands once a person has found that a case was none. No committee counts it, so it is no `Outcome`.
OPENED_BY_MISTAKE = "opened_by_mistake"


class Relation(StrEnum):
    """What a delivery is to its case."""

    NEW = "new"
    REPEAT = "repeat"
    ESCALATION = "escalation"


REFERENCE = re.compile(r"\bCC-(\d{4})-(\d{6})\b", re.IGNORECASE)


def format_reference(year: int, number: int) -> str:
    """`CC-2026-000123`: numbers run from 1 in each year, in the order of logging."""
    return f"CC-{year:04d}-{number:06d}"


def references_in(subject: str) -> tuple[str, ...]:
    """Every case reference quoted in a subject, in the order written, without repeats."""
    return tuple(dict.fromkeys(match.group(0).upper() for match in REFERENCE.finditer(subject)))


@dataclass(frozen=True, slots=True)
class CaseView:
    """What matching has to know of a case. `members` are the addresses, in lower case, of those it belongs to.

    `opened_at` is when the first message about it was received; `closed_at` is None while it is open.
    """

    id: int
    reference: str
    kind: Kind
    status: CaseStatus
    members: frozenset[str]
    opened_at: datetime
    closed_at: datetime | None = None


def same_strand(case: Kind, message: Kind) -> bool:
    """Whether a message of this kind can be about the same matter as a case of that kind.

    Praise beside a grievance is a case of its own, even in one thread; an enquiry that turns into a complaint is not
    (labelling guide, section 5).
    """
    return (case is Kind.COMPLIMENT) == (message is Kind.COMPLIMENT)


def combined_kind(case: Kind, message: Kind) -> Kind:
    """The kind of a case after a message joined it: an enquiry becomes a complaint, never the other way."""
    return Kind.COMPLAINT if Kind.COMPLAINT in (case, message) else case


@dataclass(frozen=True, slots=True)
class Clues:
    """What a message can be recognised by, and by what it points at others.

    `thread` holds the Message-IDs that it answers, the nearest first, and then its own: an answer may arrive before the message
    that it answers. `references` are the case references in its subject.
    """

    fingerprint: str
    message_id: str | None
    thread: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message already in the store that may be the one in hand."""

    id: int
    message_id: str | None
    sender: str
    fingerprint: str
    text: str
    sent_at: datetime | None
    received_at: datetime
    case: CaseView | None
