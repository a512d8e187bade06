"""Which case does a message belong to?

A reply thread or a case reference in the subject joins a case only where the author already belongs to that case: a reference
can be typed by anyone, and joining the wrong household's case would show one family's matter to another. Everything else opens
a case. Where thread or reference point at a case that the program must not join by itself, that case is suggested to a person.
Praise in the thread of a grievance is a case of its own, and so is a grievance in the thread of praise: neither is asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.domain.case import CaseStatus, CaseView, same_strand
from triage.domain.labels import Kind
from triage.domain.message import Authorship


@dataclass(frozen=True, slots=True)
class CaseMatch:
    """`joins`: the case the message is on; None opens one. `suggested`: the case a person is asked about. `reason`: plain English."""

    joins: CaseView | None = None
    suggested: CaseView | None = None
    reason: str | None = None


def match_case(kind: Kind, authorship: Authorship, by_thread: Sequence[CaseView], by_reference: Sequence[CaseView]) -> CaseMatch:
    """Decide for a message of this kind. `by_thread` and `by_reference` are in order of nearness."""
    pointed_at = [case for case in dict.fromkeys([*by_thread, *by_reference]) if kind is Kind.NONE or same_strand(case.kind, kind)]
    if not pointed_at:
        return CaseMatch()
    for case in pointed_at:
        belongs = authorship.party and authorship.author_known and authorship.author.address in case.members
        if belongs and case.status is CaseStatus.OPEN and kind is not Kind.NONE:
            return CaseMatch(
                joins=case, reason=f"It answers a message of {case.reference} or quotes its reference, and its author belongs to that case."
            )
    return CaseMatch(suggested=pointed_at[0], reason=_why_not(authorship, pointed_at[0]))


def _why_not(authorship: Authorship, case: CaseView) -> str:
    start = f"It answers a message of {case.reference} or quotes its reference, but"
    if not authorship.author_known:
        return f"{start} it was forwarded and nobody has confirmed whose words it holds."
    if not authorship.party:
        return f"{start} it came from a colleague or a form, through whose address several families may write."
    if authorship.author.address not in case.members:
        return f"{start} its author is not known to belong to that case."
    if case.status is CaseStatus.CLOSED:
        return f"{start} that case is closed: it may be a new matter, or unhappiness with the outcome."
    return f"{start} it looks as if it holds nothing for a case."
