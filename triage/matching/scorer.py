"""How surely a message is on a case: the evidence, weighed as was learnt from hand-written streams, and calibrated."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from triage.matching.household import Bond
from triage.matching.rarity import Rarity
from triage.matching.related import RelatedScorer

Weigh = Callable[[Sequence[Sequence[float]]], list[float]]
"""Gives each row of evidence a score; its columns are those of `Scorer.names`."""


@dataclass(frozen=True)
class Thresholds:
    """Probabilities, 0 to 1, chosen on streams that were held out (models/README.md).

    `join` is enough to join a case under the author's own address; `join_go_between` where a member, an advocate or a school writes
    about the family; `join_others` where the author is known to the case otherwise, as the other parent is, or somebody passed their
    words on; `join_likely` where they only seem to be of the household, or perhaps praise them whom the case complains of; from
    `suggest` on a person is asked.
    """

    join: float
    join_go_between: float
    join_others: float
    join_likely: float
    suggest: float

    @staticmethod
    def which(evidence: Mapping[str, float]) -> str:
        """The name of the probability from which on a message with this evidence may join without a person."""
        if evidence["bond"] < Bond.SHOWN or evidence["perhaps other strand"]:
            return "join_likely"
        if evidence["go-between writes"] and not evidence["passed on"]:
            return "join_go_between"
        return "join" if evidence["same address"] else "join_others"

    def enough(self, evidence: Mapping[str, float]) -> float:
        """From which probability on a message with this evidence may join without a person."""
        return float(getattr(self, self.which(evidence)))


@dataclass(frozen=True)
class Scorer:
    """A loaded scorer. Thread-safe: nothing changes after loading. `slope` and `offset` turn scores into calibrated logits."""

    names: tuple[str, ...]
    weigh: Weigh
    slope: float
    offset: float
    thresholds: Thresholds
    related: RelatedScorer
    rarity: Rarity
    version: str

    def probabilities(self, compared: Sequence[dict[str, float]]) -> list[float]:
        """For each candidate's evidence the probability that the message is on that case."""
        scores = self.weigh([[found[name] for name in self.names] for found in compared])
        return [1 / (1 + math.exp(-(self.slope * score + self.offset))) for score in scores]
