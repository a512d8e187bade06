"""What labels, states and moments are called on a page: plain English, dates as on a letter."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from triage.domain import wording
from triage.domain.case import OPENED_BY_MISTAKE, CaseStatus, Outcome, Relation
from triage.domain.labels import Kind, Process, Role, Service, Status, Theme
from triage.domain.user import UserRole
from triage.domain.wording import COUNCIL_TIME

KINDS: Mapping[str, str] = {
    Kind.COMPLAINT: "Complaint",
    Kind.ENQUIRY: "Enquiry",
    Kind.COMPLIMENT: "Compliment",
    Kind.NONE: "Not a case",
}
PROCESSES: Mapping[str, str] = {Process.STATUTORY: "Statutory", Process.CORPORATE: "Corporate"}
ROLES: Mapping[str, str] = {
    Role.PARENT_CARER: "Parent or carer",
    Role.YOUNG_PERSON: "Young person",
    Role.ADVOCATE: "Advocate",
    Role.MP: "MP",
    Role.COUNCILLOR: "Councillor",
    Role.FOSTER_CARER: "Foster carer",
    Role.SCHOOL: "School",
    Role.PROFESSIONAL: "Professional",
    Role.OFFICER: "Council officer",
    Role.OTHER: "Other",
}
SERVICES: Mapping[str, str] = {
    Service.REFERRAL_ASSESSMENT: "Referral and assessment",
    Service.CHILD_PROTECTION: "Child protection",
    Service.CHILD_IN_NEED: "Children in need",
    Service.CHILDREN_IN_CARE: "Children in care",
    Service.LEAVING_CARE: "Leaving care",
    Service.FOSTERING_ADOPTION: "Fostering and adoption",
    Service.DISABLED_CHILDREN: "Disabled children",
    Service.SEND: "SEND",
    Service.ADMISSIONS: "Admissions",
    Service.TRANSPORT: "School transport",
    Service.ATTENDANCE: "Attendance",
    Service.EARLY_YEARS: "Early years",
    Service.YOUTH: "Youth services",
    Service.OTHER: "Other",
}
THEMES: Mapping[str, str] = {
    Theme.DECISION: "Decision disputed",
    Theme.CONDUCT: "Staff conduct or attitude",
    Theme.COMMUNICATION: "Communication",
    Theme.DELAY: "Delay",
    Theme.RECORDS: "Inaccurate records",
    Theme.SERVICE_QUALITY: "Service not provided or poor",
    Theme.POLICY_FUNDING: "Policy or funding",
    Theme.CONFIDENTIALITY: "Confidentiality",
    Theme.SAFETY: "Safety",
}
STATUSES: Mapping[str, str] = {
    Status.AUTO: "Logged by itself",
    Status.REVIEW: "Waits for a person",
    Status.CONFIRMED: "Confirmed",
    Status.CORRECTED: "Corrected",
    Status.QUARANTINED: "Quarantined",
}
CASE_STATUSES: Mapping[str, str] = {CaseStatus.OPEN: "Open", CaseStatus.CLOSED: "Closed", CaseStatus.MERGED: "Merged"}
OUTCOMES: Mapping[str, str] = {
    Outcome.UPHELD: "Upheld",
    Outcome.PARTIALLY_UPHELD: "Partially upheld",
    Outcome.NOT_UPHELD: "Not upheld",
    Outcome.WITHDRAWN: "Withdrawn",
    Outcome.RESOLVED_EARLY: "Resolved early",
    Outcome.REFUSED: "Refused",
    OPENED_BY_MISTAKE: "Opened by mistake",
}
RELATIONS: Mapping[str, str] = {
    Relation.NEW: "opened the case",
    Relation.REPEAT: "a repeat",
    Relation.ESCALATION: "came after the case was closed: an escalation",
}
USER_ROLES: Mapping[str, str] = {
    UserRole.REVIEWER: "Reviewer",
    UserRole.MANAGER: "Manager",
    UserRole.ADMINISTRATOR: "Administrator",
    UserRole.AUDITOR: "Auditor",
}
counted = wording.counted
# Everyone's statutory complaints are about children's social care; the rest goes through the council's own procedure.
_SOCIAL_CARE = frozenset(
    {
        Service.REFERRAL_ASSESSMENT,
        Service.CHILD_PROTECTION,
        Service.CHILD_IN_NEED,
        Service.CHILDREN_IN_CARE,
        Service.LEAVING_CARE,
        Service.FOSTERING_ADOPTION,
        Service.DISABLED_CHILDREN,
    }
)


def likely_process(service: str) -> str:
    """The process that a complaint about a service goes through, most likely: what a form offers first."""
    return (Process.STATUTORY if service in _SOCIAL_CARE else Process.CORPORATE).value


def moment(value: datetime | None) -> str:
    """A moment by the clock on the council's wall, or nothing."""
    return "" if value is None else wording.moment(value)


def day(value: date | datetime | None) -> str:
    """A day, or nothing."""
    return "" if value is None else wording.day(value)


def when(value: datetime | None, now: datetime) -> str:
    """A moment as briefly as it is plain in a list: "09:12" today, "3 Nov" this year, "3 Nov 2025" before."""
    if value is None:
        return ""
    local, today = value.astimezone(COUNCIL_TIME), now.astimezone(COUNCIL_TIME)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b}" + ("" if local.year == today.year else f" {local:%Y}")


def percent(share: float) -> str:
    """A share of 1 as a whole number of percent, never rounded up to certainty: "99%" for 0.996."""
    return f"{min(int(share * 100 + 0.5), 99 if share < 1 else 100)}%"


def size(octets: int) -> str:
    """A size as people say it: "340 kB"."""
    if octets < 1000:
        return f"{octets} bytes"
    return f"{octets / 1000:.0f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"


def count(number: int, more: bool = False) -> str:
    """A number as it stands beside a heading: "1,000+" where there are more than were counted."""
    return f"{number:,}+" if more else f"{number:,}"


_COMMAND = re.compile(r"`(\w+ \w+)[^`]{0,60}`")
_INSTEAD_OF_COMMANDS: Mapping[str, str] = {
    "case close": "closing the case",
    "case history": "the timeline of the case",
    "case link": "relating the two",
    "case move": "putting the message on another case",
    "case show": "the page of the case",
    "case split": "splitting the case",
    "message correct": "correcting the message",
    "message join": "“Yes, put it there”",
    "message keep": "“No, another matter”",
    "user list": "the page of people",
}


def sentence(error: Exception | str) -> str:
    """An error's text as a sentence, for somebody who has pages and no command line."""
    text = _COMMAND.sub(lambda found: _INSTEAD_OF_COMMANDS.get(found[1], "the command line"), str(error))
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def today(now: datetime) -> date:
    """The day by the clock on the council's wall."""
    return now.astimezone(COUNCIL_TIME).date()
