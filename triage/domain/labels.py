"""The labels of the labelling guide, word for word as they stand in the export."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a message is. Where two apply, the first in this order wins."""

    COMPLAINT = "complaint"
    ENQUIRY = "enquiry"
    COMPLIMENT = "compliment"
    NONE = "none"


class Process(StrEnum):
    """The complaint procedure: statutory (Children Act 1989; SI 2006/1738) or the council's own."""

    STATUTORY = "statutory"
    CORPORATE = "corporate"


class Role(StrEnum):
    """Who the original author is."""

    PARENT_CARER = "parent_carer"
    YOUNG_PERSON = "young_person"
    ADVOCATE = "advocate"
    MP = "mp"
    COUNCILLOR = "councillor"
    FOSTER_CARER = "foster_carer"
    SCHOOL = "school"
    PROFESSIONAL = "professional"
    OFFICER = "officer"
    OTHER = "other"


# Those who write for a family that has often written itself: one answer goes to the family, with a copy to them.
MEMBERS = frozenset({Role.MP, Role.COUNCILLOR})


class Service(StrEnum):
    """The service that a message is about; a council maps these to its teams."""

    REFERRAL_ASSESSMENT = "referral_assessment"
    CHILD_PROTECTION = "child_protection"
    CHILD_IN_NEED = "child_in_need"
    CHILDREN_IN_CARE = "children_in_care"
    LEAVING_CARE = "leaving_care"
    FOSTERING_ADOPTION = "fostering_adoption"
    DISABLED_CHILDREN = "disabled_children"
    SEND = "send"
    ADMISSIONS = "admissions"
    TRANSPORT = "transport"
    ATTENDANCE = "attendance"
    EARLY_YEARS = "early_years"
    YOUTH = "youth"
    OTHER = "other"


class Theme(StrEnum):
    """What a complaint or enquiry is about; none or several."""

    DECISION = "decision"
    CONDUCT = "conduct"
    COMMUNICATION = "communication"
    DELAY = "delay"
    RECORDS = "records"
    SERVICE_QUALITY = "service_quality"
    POLICY_FUNDING = "policy_funding"
    CONFIDENTIALITY = "confidentiality"
    SAFETY = "safety"


class Status(StrEnum):
    """How far a decision about a message has come."""

    AUTO = "auto"
    REVIEW = "review"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Labels:
    """All labels of one message. `process` is None unless `kind` is a complaint; `themes` is sorted."""

    kind: Kind
    process: Process | None
    role: Role
    urgent: bool
    outside_scope: bool
    service: Service
    themes: tuple[Theme, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """What the classifier (or a rule) says of one message.

    `confidence` is the calibrated probability, 0 to 1, that `labels.kind` is right. `sure` is true where that is enough to
    decide without a person. `reasons` are plain English sentences for the person who looks at it. `topics` are the probabilities of
    each service, theme and process, in the order of their enumerations, in steps of 1/255: what it is about, finer than its labels.
    """

    labels: Labels
    confidence: float
    sure: bool
    decided_by: str
    reasons: tuple[str, ...] = ()
    by_rule: bool = False
    topics: bytes = b""
