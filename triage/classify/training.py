"""Builds the model from the corpus.

Two readers look at each message: TF-IDF of words with one logistic regression a label, and the fine-tuned encoder. A second
logistic regression a label weighs what both say, with the marks of origin. It learns from what the readers say of messages whose
senders they had not met, so that it trusts each as far as it deserves; its probabilities are calibrated by that. The comparison
that led here is in `experiments/`, the decision in docs/adr/0006.

The same corpus and encoder give the same model.
"""

import math
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from triage.classify import figures
from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Thresholds, answers, judged, likeliest
from triage.classify.model import MANIFEST_FORMAT, save
from triage.classify.readers import HEADS, combined_features, text_scores
from triage.domain.labels import Kind, Process, Role, Service, Theme
from triage.errors import ModelError

FOLDS = 5
SEED = 20260101
# Decided without a person only where 98 in 100 such decisions are right (counted with one error more than was seen).
RIGHT_ENOUGH = 0.98
# Of true complaints, at most this share may be decided, without a person, to be something else.
LOST_AT_MOST = 0.01
# "When in doubt, true: a person looks at it first": the flag is set where this share of urgent messages is caught.
URGENT_CAUGHT = 0.975
NEVER = 1.01
_WORD = r"(?u)\b\w[\w'’]*\b|[?!£]"
_NAME = r"(?u)\b[^\W\d_]{2,}\b"
# Whose releases the manifest names: a model may answer differently with others.
_LIBRARIES = ("scikit-learn", "numpy", "scipy", "skops", "onnxruntime")
# Inverse regularisation: chosen, like everything here, on folds of the training set, never on an evaluation set.
_TEXT_STRENGTH = 32.0
_COMBINED_STRENGTH = 0.05

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What training made: the parts of the model, its manifest, and the figures on held-out messages."""

    parts: dict[str, Any]
    manifest: dict[str, Any]


def build(
    messages: Sequence[LabelledMessage],
    encoder_scores: Any,
    *,
    vocabulary_from: int,
    corpus_sha256: str,
    encoder_version: str,
    progress: Progress,
) -> Learnt:
    """Build the model from labelled messages and the encoder's scores of them, shape (messages, WIDTH).

    The scores must be of an encoder that had not met the sender. The words that the model knows are those of the first
    `vocabulary_from` messages: what follows are a council's own corrections, whose words must not stand in a file. Raises
    ModelError where there is too little to keep folds apart.
    """
    import numpy

    if len({message.sender for message in messages}) < FOLDS * 10:
        raise ModelError(f"too few senders to learn from: {FOLDS * 10} are needed")
    folds = _folds(messages)
    scores = numpy.asarray(encoder_scores, dtype=numpy.float32)
    texts = numpy.zeros_like(scores)
    for number, (learn, held) in enumerate(folds, 1):
        progress(f"reading words: fold {number} of {len(folds)}")
        reader = fit_text([messages[i] for i in learn], [i for i in learn if i < vocabulary_from], messages)
        texts[held] = text_scores(reader, [messages[i].sample for i in held])
    features = combined_features([message.sample for message in messages], texts, scores)
    progress("measuring on messages of unknown senders")
    outside: list[dict[str, Any]] = [{} for _ in messages]
    for learn, held in folds:
        heads = fit_combined([messages[i] for i in learn], features[learn])
        for i, answer in zip(held, answers(heads, features[held]), strict=True):
            outside[i] = answer
    thresholds = choose_thresholds(messages, outside)
    progress("building the model from the whole corpus")
    reader = fit_text(messages, range(vocabulary_from), messages)
    heads = fit_combined(messages, features)
    manifest: dict[str, Any] = {
        "format": MANIFEST_FORMAT,
        "version": f"{date.today().isoformat()}-{corpus_sha256[:8]}",
        "corpus_sha256": corpus_sha256,
        "encoder": encoder_version,
        "messages": len(messages),
        "labels": {
            "kind": list(Kind), "process": list(Process), "role": list(Role), "service": list(Service), "themes": list(Theme),
            "flags": ["urgent", "outside_scope"],
        },
        "thresholds": {
            "kind": {kind.value: thresholds.kind[kind] for kind in Kind},
            "complaint_at_most": thresholds.complaint_at_most,
            "urgent": thresholds.urgent,
            "outside_scope": thresholds.outside_scope,
            "themes": {theme.value: thresholds.themes[theme] for theme in Theme},
        },
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "held_out": {
            "what": f"messages of the training set, each judged by a model that had met no message of its sender ({FOLDS} folds)",
            **figures.measure(messages, [judged(answer, thresholds) for answer in outside]),
        },
    }  # fmt: skip
    return Learnt({"reader": reader, "heads": heads}, manifest)


def write(folder: Path, learnt: Learnt) -> None:
    """Write the model and its manifest to `folder`."""
    save(folder, learnt.parts, learnt.manifest)


def fit_text(messages: Sequence[LabelledMessage], vocabulary: Sequence[int], everything: Sequence[LabelledMessage]) -> dict[str, Any]:
    """The reader of words: TF-IDF whose words are those of `everything[i]` for i in `vocabulary`, and a regression a label."""
    import numpy
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    from triage.classify.readers import as_rows

    words = TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=_WORD, strip_accents="unicode", dtype=numpy.float32
    )
    senders = TfidfVectorizer(min_df=3, token_pattern=_NAME, norm=None, binary=True, use_idf=False, dtype=numpy.float32)
    marks = CountVectorizer(binary=True, dtype=numpy.float32)
    features = ColumnTransformer(
        [("words", words, 0), ("senders", senders, 1), ("marks", marks, 2)], transformer_weights={"senders": 0.25, "marks": 0.5}
    )
    features.fit(as_rows([everything[i].sample for i in vocabulary]))
    matrix = features.transform(as_rows([message.sample for message in messages]))
    heads: dict[str, Any] = {}
    for name in HEADS:
        known, target = targets(messages, name)
        # Of two values, liblinear finds the same regression ten times as fast.
        solver = "liblinear" if len(set(target)) == 2 else "lbfgs"
        regression = LogisticRegression(
            C=_TEXT_STRENGTH, solver=solver, tol=1e-3, max_iter=1000, class_weight="balanced", random_state=SEED
        )
        heads[name] = _fitted(regression, matrix[known], target)
    return {"features": features, "heads": heads}


def fit_combined(messages: Sequence[LabelledMessage], features: Any) -> dict[str, Any]:
    """A regression a label over what both readers say."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    heads: dict[str, Any] = {}
    for name in HEADS:
        known, target = targets(messages, name)
        regression = LogisticRegression(C=_COMBINED_STRENGTH, max_iter=5000, random_state=SEED)
        heads[name] = _fitted(make_pipeline(StandardScaler(), regression), features[known], target)
    return heads


def _fitted(estimator: Any, features: Any, target: Sequence[Any]) -> Any:
    """Fit on one thread: what is multiplied is so small that several spend their time, ten times as much, waiting for each other."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        return estimator.fit(features, target)


def targets(messages: Sequence[LabelledMessage], head: str) -> tuple[list[int], list[Any]]:
    """For one label: the messages of which it is known, by number, and its values."""
    if head in ("kind", "role", "service"):
        known = [i for i, message in enumerate(messages) if head not in message.unknown]
        return known, [getattr(messages[i].labels, head).value for i in known]
    if head == "process":
        known = [i for i, message in enumerate(messages) if message.labels.process is not None]
        return known, [str(messages[i].labels.process) for i in known]
    if head in ("urgent", "outside_scope"):
        known = [i for i, message in enumerate(messages) if head not in message.unknown]
        return known, [bool(getattr(messages[i].labels, head)) for i in known]
    known = [i for i, m in enumerate(messages) if "themes" not in m.unknown and m.labels.kind in (Kind.COMPLAINT, Kind.ENQUIRY)]
    return known, [Theme(head) in messages[i].labels.themes for i in known]


def _folds(messages: Sequence[LabelledMessage]) -> list[tuple[Any, Any]]:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    return list(splitter.split(messages, [m.labels.kind.value for m in messages], groups=[m.sender for m in messages]))


def choose_thresholds(messages: Sequence[LabelledMessage], outside: Sequence[dict[str, Any]]) -> Thresholds:
    """From answers on messages of unknown senders: how sure is sure enough, and from where each flag is set."""
    truth = [message.labels for message in messages]
    at_most = _complaint_at_most(truth, outside)
    kind = {}
    for one in Kind:
        decided = sorted(
            (
                (answer["kind"][one], label.kind is one)
                for answer, label in zip(outside, truth, strict=True)
                if likeliest(answer["kind"]) is one and (one is Kind.COMPLAINT or answer["kind"][Kind.COMPLAINT] <= at_most)
            ),
            reverse=True,
        )
        kind[one] = _lowest_right_enough(decided)
    urgent = sorted(answer["urgent"] for answer, label in zip(outside, truth, strict=True) if label.urgent)
    themes = {}
    for theme in Theme:
        pairs = [
            (answer["themes"][theme], theme in label.themes)
            for answer, label in zip(outside, truth, strict=True)
            if label.kind in (Kind.COMPLAINT, Kind.ENQUIRY)
        ]
        themes[theme] = _best_f1(pairs)
    outside_scope = _best_f1([(a["outside_scope"], t.outside_scope) for a, t in zip(outside, truth, strict=True)])
    return Thresholds(
        kind=kind,
        complaint_at_most=at_most,
        urgent=_down(urgent[int(len(urgent) * (1 - URGENT_CAUGHT))]) if urgent else NEVER,
        outside_scope=outside_scope,
        themes=themes,
    )


def _complaint_at_most(truth: Sequence[Any], outside: Sequence[dict[str, Any]]) -> float:
    """How likely a message may be a complaint and still be decided to be something else.

    So low that, of true complaints that the classifier takes for something else, no more than LOST_AT_MOST of all lie under it.
    """
    missed = sorted(
        answer["kind"][Kind.COMPLAINT]
        for answer, label in zip(outside, truth, strict=True)
        if label.kind is Kind.COMPLAINT and likeliest(answer["kind"]) is not Kind.COMPLAINT
    )
    complaints = sum(label.kind is Kind.COMPLAINT for label in truth)
    allowed = int(complaints * LOST_AT_MOST / 2)
    return _down(missed[allowed]) if allowed < len(missed) else 1.0


def _down(probability: float) -> float:
    """To four digits, never above: rounded up, a threshold would let through the message that it was chosen by."""
    return math.floor(probability * 10_000 + 1e-6) / 10_000


def _lowest_right_enough(decided: Sequence[tuple[float, bool]]) -> float:
    """The lowest confidence down to which decisions are right often enough. `decided` is sorted, the surest first."""
    lowest, wrong = NEVER, 0
    for count, (confidence, right) in enumerate(decided, 1):
        wrong += not right
        # Those of one confidence are decided together or not at all.
        together = count < len(decided) and decided[count][0] == confidence
        if not together and (wrong + 1) / (count + 1) <= 1 - RIGHT_ENOUGH:
            lowest = confidence
    return round(lowest, 4)


def _best_f1(pairs: Sequence[tuple[float, bool]]) -> float:
    """The threshold at which a flag's F1 is best; never lower than 0.2, so that rare labels are not scattered about."""
    best, threshold = 0.0, 0.5
    total = sum(true for _, true in pairs)
    hits = 0
    for count, (probability, true) in enumerate(sorted(pairs, reverse=True), 1):
        hits += true
        f1 = 2 * hits / (count + total) if count + total else 0.0
        if f1 > best and probability >= 0.2:
            best, threshold = f1, probability
    return round(threshold, 4)
