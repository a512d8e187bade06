"""Which case is a message on? The store is asked for what the message's keys point at, `triage.matching` decides.

What was learnt about that is kept beside its manifest: an ensemble of trees and how much words tell, both arrays and numbers only.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from triage.classify import ensemble
from triage.errors import ModelError
from triage.judge import Understood
from triage.matching.candidates import MOST_STRONG, MOST_WEAK, is_weak, nearest, sharing
from triage.matching.cases import NO_MATCH, Asked, CaseMatch, match_case
from triage.matching.comparison import CaseFile
from triage.matching.keys import Key, keys_of
from triage.matching.particulars import Particulars
from triage.matching.rarity import Rarity
from triage.matching.rarity import load as rarity_of
from triage.matching.related import SIGNS, RelatedScorer
from triage.matching.scorer import Scorer, Thresholds
from triage.store.evidence import CaseHistory, Evidence
from triage.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class CaseFinder:
    """Finds the case that a message is on, with what was learnt about that. Safe to use from several threads."""

    scorer: Scorer

    def gather(self, ledger: Ledger, items: Sequence[Understood]) -> Evidence:
        """What the store knows that a batch points at: a bounded number of questions, whatever its size."""
        evidence = ledger.gather([item.clues for item in items], Particulars.restored)
        compared = [(item.particulars, self.keys(item.particulars)) for item in items if item.particulars is not None]
        asked: defaultdict[int, set[int]] = defaultdict(set)
        for _, keys in compared:
            for value, key in keys.items():
                asked[MOST_WEAK if is_weak(key) else MOST_STRONG].add(value)
        # A key that tells much to one message and little to another is looked up once, for the one.
        asked[MOST_WEAK] -= asked[MOST_STRONG]
        ledger.find(asked)
        ledger.load(one for particulars, keys in compared for one in self._nearest(evidence, particulars, keys))
        return evidence

    def match(self, evidence: Evidence, item: Understood) -> CaseMatch:
        """The case of one message of the batch."""
        one = item.particulars
        if one is None:
            return NO_MATCH
        # A family goes on quoting the reference that it was given.
        one = replace(one, references=evidence.led_on(one.references))
        histories = [evidence.history(case_id) for case_id in self._nearest(evidence, one, self.keys(one))]
        candidates = [_as_file(history) for history in histories if history is not None]
        asked = Asked(one, author_known=not item.authorship.doubt)
        return match_case(asked, candidates, sharing(evidence.cases_by_key, one.words), self.scorer)

    def keys(self, one: Particulars) -> dict[int, Key]:
        """What a message can be found by."""
        return keys_of(one, self.scorer.rarity)

    @staticmethod
    def _nearest(evidence: Evidence, one: Particulars, keys: dict[int, Key]) -> Iterable[int]:
        return nearest(evidence.cases_by_key, keys, evidence.quoted(one.references))


def _as_file(history: CaseHistory) -> CaseFile:
    case = history.case
    messages = tuple(sorted(history.messages, key=lambda one: one.sent_at))
    return CaseFile(case.id, case.reference, case.kind, case.opened_at, case.closed_at, messages)


CASES_MANIFEST, RARITY_FILE = "manifest.json", "rarity.json"
CASES_FORMAT = 1
_AGAIN = "build it again with: python run_triage.py train --cases"


def save(
    folder: Path, parts: dict[str, Any], rarity: Rarity, *, names: Sequence[str], slope: float, offset: float, thresholds: Thresholds,
    related: RelatedScorer, about: dict[str, Any],
) -> None:  # fmt: skip
    """Write what was learnt. The manifest goes last: without one that fits, nothing is used."""
    ensemble.save(folder, parts)
    counted = {"messages": rarity.messages, "met": rarity.met, "named": rarity.named}
    (folder / RARITY_FILE).write_text(
        json.dumps(counted, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    content = _digest(folder)
    manifest = {
        "format": CASES_FORMAT,
        "version": f"cases-{content[:8]}",
        "evidence": list(names),
        "calibration": {"slope": slope, "offset": offset},
        "thresholds": asdict(thresholds),
        "related": asdict(related),
        "content_sha256": content,
        **about,
    }
    (folder / CASES_MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load_rarity(folder: Path) -> Rarity:
    """How much a word tells. Raises ModelError."""
    return rarity_of(folder / RARITY_FILE)


def load(folder: Path) -> CaseFinder:
    """What was learnt about cases. Raises ModelError where it is missing, damaged, or of another version of the program."""
    try:
        manifest = json.loads((folder / CASES_MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != CASES_FORMAT or manifest["content_sha256"] != _digest(folder):
            raise ModelError(f"{folder}: is not what its manifest describes; {_AGAIN}")
        names = tuple(str(name) for name in manifest["evidence"])
        limits, calibration = manifest["thresholds"], manifest["calibration"]
        thresholds = Thresholds(**{one.name: float(limits[one.name]) for one in fields(Thresholds)})
        about = manifest["related"]
        weights = {name: float(about["weights"][name]) for name in SIGNS}
        related = RelatedScorer(weights, float(about["offset"]), float(about["threshold"]))
        slope, offset, version = float(calibration["slope"]), float(calibration["offset"]), str(manifest["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / CASES_MANIFEST}: cannot be read; {_AGAIN}") from error
    weigh = ensemble.load(folder, len(names)).scores
    return CaseFinder(Scorer(names, weigh, slope, offset, thresholds, related, load_rarity(folder), version))


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for name in (ensemble.ENSEMBLE_FILE, RARITY_FILE):
        whole.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return whole.hexdigest()
