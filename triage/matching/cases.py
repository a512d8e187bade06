"""Which case does a message belong to? (Labelling guide, section 5.)

What scores highest above a high threshold is joined; between two thresholds the message opens a case and a person is asked about the
other; below, it is a case of its own. A wrong merge hides a complaint and may show one family another's matter, so whatever the
score, a message joins a case without a person only where its author is shown to belong to the case's household (`household_of`),
and a reference, which anybody can type, shows nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.domain.case import Relation, same_strand
from triage.domain.labels import Kind
from triage.matching.comparison import CaseFile, beside_rivals, compare
from triage.matching.particulars import Particulars
from triage.matching.reasons import why
from triage.matching.related import RelatedScorer, is_related, is_same_letter
from triage.matching.scorer import Scorer

# How well a name must fit to be the same person's: forename and surname, or an initial and the surname.
_SAME_PERSON = 0.8
# Of what is shared, this much (in eighths of a nat) is rare enough to tell a household: a name that one message in 400 has.
_RARE = 0.75
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
    if _joins(asked, case, found, probability, scorer):
        relation = Relation.ESCALATION if found["closed"] else Relation.REPEAT
        return CaseMatch(case, relation, None, probability, why(one, case, found, joined=True))
    if found["strangers"] and is_same_letter(one, found) and any(other.case is case for other in related):
        # Another household sent the same letter: both are counted, and there is nothing to ask.
        return CaseMatch(probability=probability, related=related)
    if probability >= scorer.thresholds.suggest:
        return _asked_about(asked, case, found, probability, related)
    return CaseMatch(probability=probability, related=related)


def household_of(found: Mapping[str, float]) -> bool:
    """Whether the evidence shows that the author belongs to the case's household, or writes for it: more than a common name."""
    if found["address, other name"] or found["other room"] or found["writer is the other parent"]:
        return False
    by_name = found["same name"] >= _SAME_PERSON
    rare_link = found["same child"] >= _RARE or found["names its writer"] >= _RARE or found["named by it"] >= _RARE
    contact = found["same telephone"] or found["same home"]
    for_them = bool(found["on behalf"] or found["go-between wrote"]) and bool(found["same client"] or rare_link)
    kin = bool(found["a relative writes"] or found["a relative wrote"] or found["same surname"]) and not found["opposed"]
    return bool(
        found["same address"]
        or contact
        or (found["same go-between"] and (found["same client"] or rare_link or found["same initials"] or found["reference numbers shared"]))
        or (by_name and (rare_link or found["names shared"] or found["in thread"]))
        or (kin and (rare_link or found["same surname"] >= _RARE))
        or for_them
    )


def _joins(asked: Asked, case: CaseFile, found: Mapping[str, float], probability: float, scorer: Scorer) -> bool:
    same_sort = same_strand(case.kind, asked.particulars.kind)
    return same_sort and asked.author_known and probability >= scorer.thresholds.enough(found) and household_of(found)


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
