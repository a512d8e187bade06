"""Which case does a message belong to? (Labelling guide, section 5.)

What scores highest above a high threshold is joined; between two thresholds the message opens a case and a person is asked about the
other; below, it is a case of its own. A wrong merge hides a complaint and may show one family another's matter, so whatever the
score, a message joins a case without a person only where something binds its author to the case's household
(`triage.matching.household`), and a reference, which anybody can type, is no bond.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.domain.case import Relation
from triage.domain.labels import Kind
from triage.matching.comparison import CaseFile, beside_rivals, compare
from triage.matching.household import Bond
from triage.matching.particulars import Particulars
from triage.matching.reasons import why
from triage.matching.related import RelatedScorer, is_related, is_same_letter
from triage.matching.scorer import Scorer

_MOST_RELATED = 5


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """A case of another household about the same thing, and why, in plain English."""

    case: CaseFile
    why: str


@dataclass(frozen=True, slots=True)
class CaseMatch:
    """`joins`: the case that the message is on, as `relation` says; None opens one. `suggested`: the case a person is asked about.

    `probability` is that of the nearest case. `reasons` say why, in plain English. `related` are other households' cases.
    """

    joins: CaseFile | None = None
    relation: Relation = Relation.NEW
    suggested: CaseFile | None = None
    probability: float = 0.0
    reasons: tuple[str, ...] = ()
    related: tuple[RelatedCase, ...] = ()


NO_MATCH = CaseMatch()


@dataclass(frozen=True, slots=True)
class Asked:
    """A message for which a case is looked for. `author_known` is false where it is doubtful whose words it holds."""

    particulars: Particulars
    author_known: bool = True


def match_case(asked: Asked, candidates: Sequence[CaseFile], sharing: Mapping[str, int], scorer: Scorer) -> CaseMatch:
    """Decide for a message among candidates. `sharing` says of words how many cases have them, as far as the store was looked at."""
    if not candidates:
        return NO_MATCH
    one = asked.particulars
    compared = [compare(one, case, scorer.rarity, sharing) for case in candidates]
    beside_rivals(compared)
    probabilities = scorer.probabilities(compared)
    ranked = sorted(range(len(candidates)), key=lambda i: (-probabilities[i], candidates[i].id))
    best = ranked[0]
    case, found, probability = candidates[best], compared[best], probabilities[best]
    related = _related(one, candidates, compared, scorer.related)
    if one.kind is Kind.NONE:
        return _asked_about(asked, case, found, probability) if probability >= scorer.thresholds.suggest else NO_MATCH
    if _joins(asked, found, probability, scorer):
        relation = Relation.ESCALATION if found["closed"] else Relation.REPEAT
        return CaseMatch(case, relation, None, probability, why(one, case, found, joined=True))
    if found["strangers"] and is_same_letter(one, found) and any(other.case is case for other in related):
        # Another household sent the same letter: both are counted, and there is nothing to ask.
        return CaseMatch(probability=probability, related=related)
    if probability >= scorer.thresholds.suggest:
        return _asked_about(asked, case, found, probability, related)
    return CaseMatch(probability=probability, related=related)


def _joins(asked: Asked, found: Mapping[str, float], probability: float, scorer: Scorer) -> bool:
    may = asked.author_known and found["bond"] > Bond.NONE and not found["other strand"]
    return may and probability >= scorer.thresholds.enough(found)


def _asked_about(
    asked: Asked, case: CaseFile, found: Mapping[str, float], probability: float, related: Sequence[RelatedCase] = ()
) -> CaseMatch:
    reasons = why(asked.particulars, case, found, joined=False)
    return CaseMatch(suggested=case, probability=probability, reasons=reasons, related=tuple(related))


def _related(
    one: Particulars, candidates: Sequence[CaseFile], compared: Sequence[Mapping[str, float]], scorer: RelatedScorer
) -> tuple[RelatedCase, ...]:
    """Other households' cases about the same thing, the nearest first. One that a person is asked about may be linked too.

    Quoting another family's reference changes nothing: a case whose reference is quoted is linked by a person only.
    """
    quoted = [bool(evidence["reference among"]) for evidence in compared]
    found = [
        (case, is_related(one, case, evidence, scorer))
        for case, evidence, named in zip(candidates, compared, quoted, strict=True) if not named
    ]  # fmt: skip
    return tuple([RelatedCase(case, reason) for case, reason in found if reason is not None][:_MOST_RELATED])
