"""Labelled messages, answers and judgements, for what measures and decides."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from tests.unit.making import labels
from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Judgement, Thresholds
from triage.classify.encoder import OUTPUTS, WIDTH, Encoder
from triage.classify.features import Sample
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme


def sample(text: str, subject: str = "", *, internal: bool = False, sender: str = "", relayed: bool = False) -> Sample:
    """What the classifier sees of a message."""
    return Sample(subject, text, internal, False, sender, relayed)


def labelled_message(
    name: str,
    of: Labels | Kind,
    text: str = "The taxi did not come.",
    *,
    sender: str = "",
    unknown: Iterable[str] = (),
    hard: bool = False,
) -> LabelledMessage:
    """A labelled message; `of` its kind where nothing but that matters."""
    whole = labels(of) if isinstance(of, Kind) else of
    return LabelledMessage(name, sender or f"{name}@family.example", sample(text), whole, "some", frozenset(unknown), hard)


def judgement(of: Labels | Kind, confidence: float = 0.9, *, sure: bool = False, process: Process = Process.CORPORATE) -> Judgement:
    """What a model said."""
    return Judgement(labels(of) if isinstance(of, Kind) else of, confidence, sure, process)


def answer(
    kind: dict[Kind, float] | None = None,
    *,
    urgent: float = 0.0,
    outside_scope: float = 0.0,
    process: Process = Process.CORPORATE,
    themes: dict[Theme, float] | None = None,
) -> dict[str, Any]:
    """Probabilities as a model gives them; kinds that are not named share the rest."""
    given = kind or {}
    rest = (1 - sum(given.values())) / max(1, len(Kind) - len(given))
    return {
        "kind": {one: given.get(one, rest) for one in Kind},
        "process": {one: 0.8 if one is process else 0.2 for one in Process},
        "role": {one: 1 / len(Role) for one in Role},
        "service": {one: 1 / len(Service) for one in Service},
        "urgent": urgent,
        "outside_scope": outside_scope,
        "themes": {theme: (themes or {}).get(theme, 0.0) for theme in Theme},
    }


def thresholds(
    kind: float = 0.9, *, complaint_at_most: float = 1.0, urgent: float = 0.5, outside_scope: float = 0.5, themes: float = 0.5
) -> Thresholds:
    """The same threshold for every theme."""
    return Thresholds(kind, complaint_at_most, urgent, outside_scope, dict.fromkeys(Theme, themes))


_CUES: dict[str, tuple[str, ...]] = {
    Kind.COMPLAINT: ("complain", "complaint", "unhappy", "nobody", "again", "never", "still", "disgrace", "ignored"),
    Kind.ENQUIRY: ("could", "when", "how", "where", "apply", "know", "wondering", "please"),
    Kind.COMPLIMENT: ("thank", "thanks", "wonderful", "brilliant", "grateful", "kind", "lovely"),
    Kind.NONE: ("meeting", "minutes", "attached", "agenda", "rota", "invoice", "training"),
    "urgent": ("hurt", "kill", "police", "missing", "scared", "tonight", "hit"),
}


class CueEncoder(Encoder):
    """A small encoder of the tests' own. It scores kind and urgency by words that tell them, and says nothing of the rest."""

    def __init__(self, version: str = "cues") -> None:
        super().__init__(None, None, version)

    def scores(self, samples: Sequence[Sample]) -> Any:
        """Shape (samples, WIDTH), as of the real one."""
        columns = [value for values in OUTPUTS.values() for value in values]
        found = numpy.zeros((len(samples), WIDTH), dtype=numpy.float32)
        for row, one in enumerate(samples):
            words = [word.strip(".,!?'’") for word in one.words().lower().split()]
            for column, value in enumerate(columns):
                found[row, column] = min(4, sum(words.count(cue) for cue in _CUES.get(value, ())))
        return found
