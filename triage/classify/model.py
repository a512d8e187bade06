"""The built model: loaded without running code, asked in batches.

It is kept as a skops file, which holds arrays and names of known classes only, beside a manifest that says what it learnt
from and how well it does. skops instead of pickle: a model file that somebody swapped must not be able to run anything.
"""

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from triage.classify.features import Sample
from triage.domain.labels import Classification, Kind, Labels, Process, Role, Service, Theme
from triage.errors import ModelError

MODEL_FILE = "model.skops"
MANIFEST_FILE = "manifest.json"
MANIFEST_FORMAT = 1

# What scikit-learn's calibration keeps inside, beside the types that skops trusts by itself; looked at one by one.
TRUSTED_TYPES = ["sklearn.calibration._CalibratedClassifier", "sklearn.calibration._TemperatureScaling"]

# Where fewer of a message's words are in the model's vocabulary than this, its probabilities mean little: a person decides.
_LEAST_KNOWN_WORDS = 0.6
_NAMES = {
    Kind.COMPLAINT: "a complaint",
    Kind.ENQUIRY: "an enquiry",
    Kind.COMPLIMENT: "a compliment",
    Kind.NONE: "nothing for the case store",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the model must be to decide without a person, a probability for each kind, and from where it says yes."""

    kind: dict[Kind, float]
    urgent: float
    outside_scope: float
    themes: float


class Model:
    """A trained classifier. Thread-safe: nothing changes after loading."""

    def __init__(self, parts: dict[str, Any], thresholds: Thresholds, version: str) -> None:
        self._features = parts["features"]
        self._heads = parts["heads"]
        self.thresholds = thresholds
        self.version = version
        words = self._features.named_transformers_["words"]
        self._vocabulary = words.vocabulary_
        self._prepare = words.build_preprocessor()
        self._tokens = words.build_tokenizer()

    def classify(self, samples: Sequence[Sample]) -> list[Classification]:
        """One classification a sample, in order."""
        if not samples:
            return []
        matrix = self._features.transform(as_rows(samples))
        kind_classes = self._heads["kind"].classes_
        kinds = self._heads["kind"].predict_proba(matrix)
        process = self._heads["process"].predict(matrix)
        role = self._heads["role"].predict(matrix)
        service = self._heads["service"].predict(matrix)
        urgent = _probability(self._heads["urgent"], matrix)
        outside = _probability(self._heads["outside_scope"], matrix)
        themes = {theme: _probability(self._heads["themes"][theme.value], matrix) for theme in Theme}
        found = []
        for i, sample in enumerate(samples):
            best = int(kinds[i].argmax())
            kind, confidence = Kind(kind_classes[best]), float(kinds[i][best])
            labels = Labels(
                kind=kind,
                process=Process(process[i]) if kind is Kind.COMPLAINT else None,
                role=Role(role[i]),
                urgent=bool(urgent[i] >= self.thresholds.urgent),
                outside_scope=bool(outside[i] >= self.thresholds.outside_scope) and kind is not Kind.NONE,
                service=Service(service[i]),
                themes=tuple(
                    sorted(
                        theme for theme in Theme if kind in (Kind.COMPLAINT, Kind.ENQUIRY) and themes[theme][i] >= self.thresholds.themes
                    )
                ),
            )
            found.append(self._decided(sample, labels, confidence))
        return found

    def _decided(self, sample: Sample, labels: Labels, confidence: float) -> Classification:
        reasons = [f"The classifier is {confidence:.0%} sure that this is {_NAMES[labels.kind]}."]
        sure = confidence >= self.thresholds.kind[labels.kind]
        if not sure:
            reasons.append("That is not sure enough to decide without a person.")
        if self.known_words(sample) < _LEAST_KNOWN_WORDS:
            sure = False
            reasons.append("Many of its words are unknown to the classifier, so a person should read it.")
        return Classification(labels, round(confidence, 4), sure, f"model {self.version}", tuple(reasons))

    def known_words(self, sample: Sample) -> float:
        """The share of a message's words, 0 to 1, that the model has met; 0 where there are none."""
        words = self._tokens(self._prepare(sample.row()[0]))
        return sum(word in self._vocabulary for word in words) / len(words) if words else 0.0


def as_rows(samples: Sequence[Sample]) -> Any:
    """Samples as the array of (words, marks) that the features take: shape (samples, 2), objects."""
    import numpy

    rows = numpy.empty((len(samples), 2), dtype=object)
    rows[:] = [sample.row() for sample in samples]
    return rows


def _probability(head: Any, matrix: Any) -> Any:
    return head.predict_proba(matrix)[:, list(head.classes_).index(True)]


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


def load(folder: Path, review_below: float | None = None) -> Model:
    """The model in `folder`. With `review_below`, no kind is decided at less than that confidence.

    Raises ModelError where it is missing, damaged, not what its manifest says, or holds a type that is not trusted.
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
    with warnings.catch_warnings():
        # A model built by another release of scikit-learn may load and answer differently: that is not a warning.
        warnings.simplefilter("error")
        try:
            parts = skops.io.loads(content, trusted=TRUSTED_TYPES)
        except (UntrustedTypesFoundException, BadZipFile, Warning, ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            raise ModelError(f"{folder / MODEL_FILE}: cannot be used with the installed libraries; {again}") from error
    try:
        return Model(parts, _stated_thresholds(manifest, review_below or 0.0), str(manifest["version"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{folder}: the model or its manifest lacks something; {again}") from error


def _stated_thresholds(manifest: dict[str, Any], floor: float) -> Thresholds:
    stated = manifest["thresholds"]
    return Thresholds(
        kind={kind: max(floor, float(stated["kind"][kind.value])) for kind in Kind},
        urgent=float(stated["urgent"]),
        outside_scope=float(stated["outside_scope"]),
        themes=float(stated["themes"]),
    )
