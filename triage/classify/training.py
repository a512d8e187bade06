"""Builds the model from the corpus.

Two readers look at each message: TF-IDF of words with one logistic regression a label, and the fine-tuned encoder. A second
logistic regression a label weighs what both say, with the marks of origin. It learns from what the readers say of messages whose
senders they had not met, so that it trusts each as far as it deserves; its probabilities are calibrated by that. The comparison
that led here is in `experiments/`, the decision in docs/adr/0006.

The same corpus and encoder give the same model.
"""

import hashlib
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
from triage.classify.decision import Procedures, Thresholds, answers, judged, likeliest
from triage.classify.model import MANIFEST_FORMAT, save
from triage.classify.readers import HEADS, Regressions, TextReader, combined_features
from triage.domain.labels import Kind, Process, Role, Service, Theme
from triage.errors import ModelError

FOLDS = 5
SEED = 20260101
# What is decided without a person must be right 98 times in 100, and of true complaints at most one in 100 may be decided to be
# something else. Thresholds are chosen with a margin of a quarter: the next hundred messages may be harder than those seen.
RIGHT_ENOUGH = 0.985
LOST_AT_MOST = 0.0075
# "When in doubt, true: a person looks at it first": one urgent message missed weighs as much as several that are not urgent.
URGENT_BETA = 2.5
NEVER = 1.01
# How likely a message may be a complaint and still be decided to be something else: what is tried.
_COMPLAINT_AT_MOST = [step / 200 for step in range(1, 41)]
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
        texts[held] = TextReader(reader).scores([messages[i].sample for i in held])
    features = combined_features([message.sample for message in messages], texts, scores)
    progress("measuring on messages of unknown senders")
    outside: list[dict[str, Any]] = [{} for _ in messages]
    for learn, held in folds:
        procedures = _procedures([messages[i] for i in learn])
        heads = fit_combined([messages[i] for i in learn], features[learn])
        for i, answer in zip(held, answers(Regressions(heads), features[held], procedures), strict=True):
            outside[i] = answer
    thresholds = choose_thresholds(messages, outside)
    progress("building the model from the whole corpus")
    reader = fit_text(messages, range(vocabulary_from), messages)
    heads = fit_combined(messages, features)
    procedures = _procedures(messages)
    manifest: dict[str, Any] = {
        "format": MANIFEST_FORMAT,
        "version": f"{date.today().isoformat()}-{_digest(messages, encoder_version)[:8]}",
        "corpus_sha256": corpus_sha256,
        "encoder": encoder_version,
        "messages": len(messages),
        "labels": {
            "kind": list(Kind), "process": list(Process), "role": list(Role), "service": list(Service), "themes": list(Theme),
            "flags": ["urgent", "outside_scope"],
        },
        "thresholds": {
            "kind": thresholds.kind,
            "complaint_at_most": thresholds.complaint_at_most,
            "urgent": thresholds.urgent,
            "outside_scope": thresholds.outside_scope,
            "themes": {theme.value: thresholds.themes[theme] for theme in Theme},
        },
        # How often a complaint about a service is statutory: from a family, and from anybody else.
        "statutory": {
            one.value: {"family": round(family, 4), "others": round(others, 4)} for one, (family, others) in procedures.statutory.items()
        },
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "held_out": {
            "what": f"messages of the training set, each judged by a model that had met no message of its sender ({FOLDS} folds)",
            **figures.measure(messages, [judged(answer, thresholds) for answer in outside]),
        },
    }  # fmt: skip
    return Learnt({"reader": reader, "heads": heads}, manifest)


def _procedures(messages: Sequence[LabelledMessage]) -> Procedures:
    return Procedures.of(message.labels for message in messages if not message.unknown & {"process", "role", "service"})


def _digest(messages: Sequence[LabelledMessage], encoder_version: str) -> str:
    """Hex digest of what is learnt from, so that no two models go by one name in the audit. Nothing can be read back from it."""
    whole = hashlib.sha256(f"{MANIFEST_FORMAT} {encoder_version}".encode())
    for message in messages:
        whole.update(repr((message.id, message.sender, message.sample, message.labels)).encode("utf-8", "replace"))
    return whole.hexdigest()


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
            C=_TEXT_STRENGTH, solver=solver, tol=1e-4, max_iter=1000, class_weight="balanced", random_state=SEED
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
    kind, at_most = _most_decided([label.kind for label in truth], [answer["kind"] for answer in outside])
    themes = {}
    for theme in Theme:
        pairs = [
            (answer["themes"][theme], theme in label.themes)
            for answer, label in zip(outside, truth, strict=True)
            if label.kind in (Kind.COMPLAINT, Kind.ENQUIRY)
        ]
        themes[theme] = _best_f(pairs)
    known = [(a, m.labels) for a, m in zip(outside, messages, strict=True) if "urgent" not in m.unknown]
    return Thresholds(
        kind=kind,
        complaint_at_most=at_most,
        urgent=_best_f([(a["urgent"], label.urgent) for a, label in known], URGENT_BETA, lowest=0.0),
        outside_scope=_best_f([(a["outside_scope"], label.outside_scope) for a, label in known]),
        themes=themes,
    )


def _most_decided(truth: Sequence[Kind], answers: Sequence[dict[Kind, float]]) -> tuple[float, float]:
    """The confidence from which, and the likelihood of a complaint up to which, most is decided and enough of that is right."""
    said = [(likeliest(answer), answer) for answer in answers]
    complaints = sum(kind is Kind.COMPLAINT for kind in truth)
    best = (0, NEVER, 0.0)
    for at_most in _COMPLAINT_AT_MOST:
        decidable = sorted(
            (
                (answer[kind], kind is true, true is Kind.COMPLAINT)
                for (kind, answer), true in zip(said, truth, strict=True)
                if kind is Kind.COMPLAINT or answer[Kind.COMPLAINT] <= at_most
            ),
            reverse=True,
        )
        count, lowest = _lowest_right_enough(decidable, complaints * LOST_AT_MOST)
        if count > best[0]:
            best = (count, lowest, at_most)
    return best[1], best[2]


def _lowest_right_enough(decidable: Sequence[tuple[float, bool, bool]], lost_at_most: float) -> tuple[int, float]:
    """How many can be decided, and the lowest confidence of these. `decidable` is (confidence, right, a complaint), the surest first.

    One error more is counted than was seen: few decisions prove little.
    """
    found, wrong, lost = (0, NEVER), 0, 0
    for count, (confidence, right, complaint) in enumerate(decidable, 1):
        wrong += not right
        lost += complaint and not right
        if lost > lost_at_most:
            break
        # Those of one confidence are decided together or not at all.
        together = count < len(decidable) and decidable[count][0] == confidence
        if not together and (wrong + 1) / (count + 1) <= 1 - RIGHT_ENOUGH:
            found = (count, _down(confidence))
    return found


def _down(probability: float) -> float:
    """To four digits, never above: rounded up, a threshold would shut out the message that it was chosen by."""
    return math.floor(probability * 10_000 + 1e-6) / 10_000


def _best_f(pairs: Sequence[tuple[float, bool]], beta: float = 1.0, lowest: float = 0.2) -> float:
    """The threshold at which a flag's F-beta is best: recall counts `beta` times as much as precision.

    It is never lower than `lowest`, so that rare labels are not scattered about.
    """
    best, threshold = 0.0, 0.5
    total = sum(true for _, true in pairs)
    hits = 0
    for count, (probability, true) in enumerate(sorted(pairs, reverse=True), 1):
        hits += true
        below = beta * beta * total + count
        score = (1 + beta * beta) * hits / below if below else 0.0
        if score > best and probability >= lowest:
            best, threshold = score, probability
    return _down(threshold)
