"""Related, not merged: other households about the same thing. Each is counted; the link shows them side by side.

A template or a campaign is told by its text; one event (a closure, a cancelled bus) by what is named, when, and what it is about. The
same *sort* of failure to different families is not related (labelling guide, section 5). How much each sign tells was learnt from
hand-written streams.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from triage.domain.case import same_strand
from triage.matching.comparison import CaseFile
from triage.matching.particulars import Particulars

# The evidence that is weighed.
SIGNS = (
    "rarest shared", "names shared", "topic", "topic of the first", "words shared", "words shared, absolute", "first message", "near copy",
    "same school", "same days", "same child", "days since first", "subject shared", "strangers", "opposed", "same subject",
    "names its writer",
)  # fmt: skip
# Shared runs of five words, as a share of the shorter text: campaign letters change a third of their sentences at most. From the
# second on it is one letter whatever else is said; a few words ("any news please?") are nobody's letter.
_SAME_LETTER, _SURELY_THE_SAME_LETTER = 0.35, 0.6
_FEWEST_RUNS = 20


@dataclass(frozen=True, slots=True)
class RelatedScorer:
    """Weighs the signs (a logistic regression). From `threshold` on, a probability, two cases are related."""

    weights: Mapping[str, float]
    offset: float
    threshold: float

    def probability(self, found: Mapping[str, float]) -> float:
        """How surely the evidence speaks of one thing."""
        score = self.offset + sum(weight * found[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def may_be_related(one: Particulars, case: CaseFile, found: Mapping[str, float]) -> bool:
    """Whether two matters could be related: two households', and both praise or neither."""
    own = found["same address"] and not found["address, other name"]
    return not own and same_strand(case.kind, one.kind)


def is_same_letter(one: Particulars, found: Mapping[str, float]) -> bool:
    """Whether a message is a letter that a case holds already, word for word in the main."""
    return found["near copy"] >= _SURELY_THE_SAME_LETTER and len(one.runs) >= _FEWEST_RUNS


def is_related(one: Particulars, case: CaseFile, found: Mapping[str, float], scorer: RelatedScorer) -> str | None:
    """Why a case of another household is about the same thing as a message, in plain English; None where it is not."""
    if not may_be_related(one, case, found):
        return None
    if not is_same_letter(one, found) and scorer.probability(found) < scorer.threshold:
        return None
    if found["near copy"] >= _SAME_LETTER:
        return "Another household sent much the same text, as in a letter that several people send."
    return "Another household writes about the same thing: the same names and words occur, and it is about the same service."
