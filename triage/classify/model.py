"""The built model: loaded without running code, asked in batches.

It is kept as a skops file, which holds arrays and names of known classes only, beside a manifest that says what it learnt
from and how well it does. skops instead of pickle: a model file that somebody swapped must not be able to run anything.
"""

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from triage.classify.decision import Judgement, Procedures, Thresholds, answers, judged, topics
from triage.classify.encoder import Encoder
from triage.classify.features import Sample
from triage.classify.readers import Regressions, TextReader, combined_features
from triage.classify.reasons import Explainer, why_unsure
from triage.domain.labels import Classification, Service, Theme
from triage.errors import ModelError

MODEL_FILE = "model.skops"
MANIFEST_FILE = "manifest.json"
MANIFEST_FORMAT = 4

# What scikit-learn keeps inside, beside the types that skops trusts by itself; looked at one by one.
TRUSTED_TYPES: list[str] = []

# Where fewer of a message's words are in the model's vocabulary than this, its probabilities mean little: a person decides.
_LEAST_KNOWN_WORDS = 0.5


class Model:
    """A trained classifier. Thread-safe: nothing changes after loading."""

    def __init__(self, parts: dict[str, Any], encoder: Encoder, thresholds: Thresholds, procedures: Procedures, version: str) -> None:
        self._reader = TextReader(parts["reader"])
        self._heads = Regressions(parts["heads"])
        self._encoder = encoder
        self.thresholds = thresholds
        self.procedures = procedures
        self.version = version
        words = parts["reader"]["features"].named_transformers_["words"]
        self._vocabulary = words.vocabulary_
        self._prepare = words.build_preprocessor()
        self._tokens = words.build_tokenizer()
        self._explainer = Explainer(parts["reader"], encoder)

    def classify(self, samples: Sequence[Sample]) -> list[Classification]:
        """One classification a sample, in order."""
        return [self._decided(sample, answer) for sample, answer in zip(samples, self.probabilities(samples), strict=True)]

    def judge(self, samples: Sequence[Sample]) -> list[Judgement]:
        """The labels alone, without reasons: for measuring."""
        return [self._judged(sample, answer)[0] for sample, answer in zip(samples, self.probabilities(samples), strict=True)]

    def probabilities(self, samples: Sequence[Sample]) -> list[dict[str, Any]]:
        """For each sample the probability of every label's values (see `triage.classify.decision.answers`)."""
        if not samples:
            return []
        texts, scores = self._reader.scores(samples), self._encoder.scores(samples)
        return answers(self._heads, combined_features(samples, texts, scores), self.procedures)

    def _judged(self, sample: Sample, answer: dict[str, Any]) -> tuple[Judgement, str]:
        """What is said of it, and why a person is asked; an empty string where none is."""
        judgement = judged(answer, self.thresholds)
        if self.known_words(sample) < _LEAST_KNOWN_WORDS:
            return replace(judgement, sure=False), "Many of its words are unknown to the classifier, so a person should read it."
        return judgement, "" if judgement.sure else why_unsure(answer, judgement)

    def _decided(self, sample: Sample, answer: dict[str, Any]) -> Classification:
        judgement, unsure = self._judged(sample, answer)
        reasons = [*self._explainer.why(sample, answer, judgement), *([unsure] if unsure else [])]
        return Classification(
            judgement.labels, round(judgement.confidence, 4), judgement.sure, f"model {self.version}", tuple(reasons), topics=topics(answer)
        )

    def known_words(self, sample: Sample) -> float:
        """The share of a message's words, 0 to 1, that the model has met; 0 where there are none."""
        words = self._tokens(self._prepare(sample.words()))
        return sum(word in self._vocabulary for word in words) / len(words) if words else 0.0


def save(folder: Path, parts: dict[str, Any], manifest: dict[str, Any]) -> None:
    """Write the model and its manifest. The manifest goes last: a model without one that fits is refused."""
    import skops.io

    folder.mkdir(parents=True, exist_ok=True)
    skops.io.dump(parts, folder / MODEL_FILE, compression=8)
    manifest = {**manifest, "model_sha256": hashlib.sha256((folder / MODEL_FILE).read_bytes()).hexdigest()}
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a built model. Raises ModelError where there is none or it is of another format."""
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder}: there is no built model here; build one with: python run_triage.py train") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / MANIFEST_FILE}: cannot be read; build the model again with: python run_triage.py train") from error
    if not isinstance(manifest, dict) or manifest.get("format") != MANIFEST_FORMAT:
        raise ModelError(f"{folder}: the model is of another version of the program; build it again with: python run_triage.py train")
    return manifest


def load(folder: Path, encoder: Encoder, review_below: float | None = None) -> Model:
    """The model in `folder`, which reads with `encoder`. With `review_below`, no kind is decided at less than that confidence.

    Raises ModelError where it is missing, damaged, not what its manifest says, made with another encoder, or holds a type that is
    not trusted.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    manifest = read_manifest(folder)
    again = "build the model again with: python run_triage.py train"
    try:
        content = (folder / MODEL_FILE).read_bytes()
    except OSError as error:
        raise ModelError(f"{folder / MODEL_FILE}: cannot be read; {again}") from error
    if hashlib.sha256(content).hexdigest() != manifest.get("model_sha256"):
        raise ModelError(f"{folder / MODEL_FILE}: is not the file that its manifest describes; {again}")
    if manifest.get("encoder") != encoder.version:
        raise ModelError(f"{folder}: the model was built with another encoder; {again}")
    with warnings.catch_warnings():
        # A model built by another release of scikit-learn may load and answer differently: that is not a warning.
        warnings.simplefilter("error")
        try:
            parts = skops.io.loads(content, trusted=TRUSTED_TYPES)
        except (UntrustedTypesFoundException, BadZipFile, Warning, ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            raise ModelError(f"{folder / MODEL_FILE}: cannot be used with the installed libraries; {again}") from error
    try:
        return Model(
            parts, encoder, _stated_thresholds(manifest, review_below or 0.0), _stated_procedures(manifest), str(manifest["version"])
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{folder}: the model or its manifest lacks something; {again}") from error


def _stated_procedures(manifest: dict[str, Any]) -> Procedures:
    stated = manifest["statutory"]
    return Procedures({one: (float(stated[one.value]["family"]), float(stated[one.value]["others"])) for one in Service})


def _stated_thresholds(manifest: dict[str, Any], floor: float) -> Thresholds:
    stated = manifest["thresholds"]
    return Thresholds(
        kind=max(floor, float(stated["kind"])),
        complaint_at_most=float(stated["complaint_at_most"]),
        urgent=float(stated["urgent"]),
        outside_scope=float(stated["outside_scope"]),
        themes={theme: float(stated["themes"][theme.value]) for theme in Theme},
    )
