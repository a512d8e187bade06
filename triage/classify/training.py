"""Builds the model from the corpus, and measures it.

TF-IDF of words and pairs of words, with a few marks of origin, feeds one logistic regression a label. Figures are of messages
whose senders the model had not met: folds are kept apart by sender. The same corpus gives the same model.
"""

import platform
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from triage.classify import corpus
from triage.classify.corpus import LabelledMessage
from triage.classify.model import MANIFEST_FORMAT, Model, Thresholds, as_rows, save
from triage.domain.labels import Kind, Process, Role, Service, Theme
from triage.errors import ModelError

FOLDS = 5
SEED = 20260101
# Decided without a person only where 98 in 100 such decisions are right (counted with one error more than was seen).
RIGHT_ENOUGH = 0.98
# "When in doubt, true: a person looks at it first": the flag is set where this share of urgent messages is caught.
URGENT_CAUGHT = 0.90
NEVER = 1.01
_WORD = r"(?u)\b\w[\w'’]*\b|[?!£]"
# Inverse regularisation: chosen, like everything here, on folds of the training set, never on the evaluation set.
_STRENGTH = 32.0

Progress = Callable[[str], None]


def train(corpus_folder: Path, model_folder: Path, progress: Progress = lambda step: None) -> dict[str, Any]:
    """Build the model from `corpus_folder`/training, write it to `model_folder`, and return its manifest.

    Raises ModelError where the corpus is missing, mislabelled or too small to keep folds apart.
    """
    messages = corpus.read(corpus_folder / "training")
    if len({message.sender for message in messages}) < FOLDS * 10:
        raise ModelError(f"{corpus_folder}: too few senders to learn from: {FOLDS * 10} are needed")
    outside: dict[int, dict[str, Any]] = {}
    for number, (learn, held) in enumerate(_folds(messages), 1):
        progress(f"measuring: fold {number} of {FOLDS}")
        parts = fit([messages[i] for i in learn])
        outside.update(zip(held, _probabilities(parts, [messages[i] for i in held]), strict=True))
    scored = [outside[i] for i in range(len(messages))]
    thresholds = _thresholds(messages, scored)
    progress("building the model from the whole corpus")
    parts = fit(messages)
    corpus_digest = corpus.digest(corpus_folder / "training")
    manifest: dict[str, Any] = {
        "format": MANIFEST_FORMAT,
        "version": f"{date.today().isoformat()}-{corpus_digest[:8]}",
        "corpus_sha256": corpus_digest,
        "messages": len(messages),
        "labels": {
            "kind": list(Kind),
            "process": list(Process),
            "role": list(Role),
            "service": list(Service),
            "themes": list(Theme),
            "flags": ["urgent", "outside_scope"],
        },
        "thresholds": {
            "kind": {kind.value: thresholds.kind[kind] for kind in Kind},
            "urgent": thresholds.urgent,
            "outside_scope": thresholds.outside_scope,
            "themes": thresholds.themes,
        },
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in ("scikit-learn", "numpy", "scipy", "skops")}},
        "held_out": _figures_of_folds(messages, scored, thresholds),
    }
    progress("writing the model")
    save(model_folder, parts, manifest)
    return manifest


def fit(messages: Sequence[LabelledMessage]) -> dict[str, Any]:
    """Features and one estimator a label, fitted to `messages`."""
    import numpy
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    def regression() -> Any:
        return LogisticRegression(C=_STRENGTH, max_iter=5000, class_weight="balanced", random_state=SEED)

    words = TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=_WORD, strip_accents="unicode", dtype=numpy.float32
    )
    marks = CountVectorizer(binary=True, dtype=numpy.float32)
    features = ColumnTransformer([("words", words, 0), ("marks", marks, 1)])
    matrix = features.fit_transform(as_rows([message.sample for message in messages]))
    labels = [message.labels for message in messages]
    complaints = [i for i, label in enumerate(labels) if label.process is not None]
    kind = CalibratedClassifierCV(regression(), method="temperature", cv=list(_folds(messages)), ensemble=False)
    heads: dict[str, Any] = {
        "kind": kind.fit(matrix, numpy.array([label.kind.value for label in labels])),
        "process": regression().fit(matrix[complaints], [str(labels[i].process) for i in complaints]),
        "role": regression().fit(matrix, [label.role.value for label in labels]),
        "service": regression().fit(matrix, [label.service.value for label in labels]),
        "urgent": regression().fit(matrix, [label.urgent for label in labels]),
        "outside_scope": regression().fit(matrix, [label.outside_scope for label in labels]),
        "themes": {theme.value: regression().fit(matrix, [theme in label.themes for label in labels]) for theme in Theme},
    }
    # The splits are a list of arrays of the corpus, of no use to the built model.
    kind.cv = None
    return {"features": features, "heads": heads}


def _folds(messages: Sequence[LabelledMessage]) -> Iterator[tuple[Any, Any]]:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    yield from splitter.split(messages, [m.labels.kind.value for m in messages], groups=[m.sender for m in messages])


def _probabilities(parts: dict[str, Any], messages: Sequence[LabelledMessage]) -> list[dict[str, Any]]:
    """For each message the probabilities and answers from which figures and thresholds are drawn."""
    matrix = parts["features"].transform(as_rows([message.sample for message in messages]))
    heads = parts["heads"]
    kinds = heads["kind"].predict_proba(matrix)

    def yes(head: Any) -> Any:
        return head.predict_proba(matrix)[:, list(head.classes_).index(True)]

    process, role, service = (heads[name].predict(matrix) for name in ("process", "role", "service"))
    urgent, outside = yes(heads["urgent"]), yes(heads["outside_scope"])
    themes = {theme: yes(heads["themes"][theme.value]) for theme in Theme}
    return [
        {
            "kind": Kind(heads["kind"].classes_[kinds[i].argmax()]),
            "confidence": float(kinds[i].max()),
            "process": str(process[i]),
            "role": str(role[i]),
            "service": str(service[i]),
            "urgent": float(urgent[i]),
            "outside_scope": float(outside[i]),
            "themes": {theme: float(themes[theme][i]) for theme in Theme},
        }
        for i in range(len(messages))
    ]


def _thresholds(messages: Sequence[LabelledMessage], scored: Sequence[dict[str, Any]]) -> Thresholds:
    truth = [message.labels for message in messages]
    kind = {}
    for one in Kind:
        decided = sorted(((s["confidence"], t.kind is one) for s, t in zip(scored, truth, strict=True) if s["kind"] is one), reverse=True)
        kind[one] = _lowest_right_enough(decided)
    urgent = sorted(s["urgent"] for s, t in zip(scored, truth, strict=True) if t.urgent)
    return Thresholds(
        kind=kind,
        urgent=round(urgent[int(len(urgent) * (1 - URGENT_CAUGHT))], 3) if urgent else NEVER,
        outside_scope=0.5,
        themes=0.5,
    )


def _lowest_right_enough(decided: Sequence[tuple[float, bool]]) -> float:
    """The lowest confidence down to which decisions are right often enough. `decided` is sorted, the surest first."""
    lowest, wrong = NEVER, 0
    for count, (confidence, right) in enumerate(decided, 1):
        wrong += not right
        if (wrong + 1) / (count + 1) <= 1 - RIGHT_ENOUGH:
            lowest = confidence
    return round(lowest, 4)


def _figures_of_folds(messages: Sequence[LabelledMessage], scored: Sequence[dict[str, Any]], thresholds: Thresholds) -> dict[str, Any]:
    kinds = [s["kind"] for s in scored]
    sure = [s["confidence"] >= thresholds.kind[s["kind"]] for s in scored]
    return {
        "what": f"messages of the training set, each judged by a model that had met no message of its sender ({FOLDS} folds)",
        **figures(
            messages,
            kinds=kinds,
            confidences=[s["confidence"] for s in scored],
            sure=sure,
            answers={
                "process": [s["process"] for s in scored],
                "role": [s["role"] for s in scored],
                "service": [s["service"] for s in scored],
            },
            flags={
                "urgent": [s["urgent"] >= thresholds.urgent for s in scored],
                "outside_scope": [s["outside_scope"] >= thresholds.outside_scope for s in scored],
                **{f"theme {theme.value}": [s["themes"][theme] >= thresholds.themes for s in scored] for theme in Theme},
            },
        ),
    }


def evaluate(model: Model, messages: Sequence[LabelledMessage]) -> dict[str, Any]:
    """Figures of the built model on labelled messages that it did not learn from."""
    found = model.classify([message.sample for message in messages])
    labels = [classification.labels for classification in found]
    return figures(
        messages,
        kinds=[label.kind for label in labels],
        confidences=[classification.confidence for classification in found],
        sure=[classification.sure for classification in found],
        answers={
            "process": [str(label.process) for label in labels],
            "role": [label.role.value for label in labels],
            "service": [label.service.value for label in labels],
        },
        flags={
            "urgent": [label.urgent for label in labels],
            "outside_scope": [label.outside_scope for label in labels],
            **{f"theme {theme.value}": [theme in label.themes for label in labels] for theme in Theme},
        },
    )


def figures(
    messages: Sequence[LabelledMessage],
    *,
    kinds: Sequence[Kind],
    confidences: Sequence[float],
    sure: Sequence[bool],
    answers: dict[str, Sequence[str]],
    flags: dict[str, Sequence[bool]],
) -> dict[str, Any]:
    """Macro-F1 of each label; for kinds also precision, recall, calibration, and what was decided without a person.

    `process` is measured on true complaints; `silently_lost` counts true complaints that were decided, without a person, to be
    something else.
    """
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    truth = [message.labels for message in messages]
    true_kinds = [label.kind for label in truth]
    right = [found is true for found, true in zip(kinds, true_kinds, strict=True)]
    names = [kind.value for kind in Kind]
    precision, recall, f1, count = precision_recall_fscore_support(
        [k.value for k in true_kinds], [k.value for k in kinds], labels=names, zero_division=0
    )
    decided = [i for i, is_sure in enumerate(sure) if is_sure]
    measured: dict[str, list[str | None]] = {
        "process": [label.process.value if label.process else None for label in truth],
        "role": [label.role.value for label in truth],
        "service": [label.service.value for label in truth],
    }
    stated: dict[str, list[bool]] = {
        "urgent": [label.urgent for label in truth],
        "outside_scope": [label.outside_scope for label in truth],
        **{f"theme {theme.value}": [theme in label.themes for label in truth] for theme in Theme},
    }
    result: dict[str, Any] = {
        "messages": len(messages),
        "kind": {
            "macro_f1": _round(f1_score([k.value for k in true_kinds], [k.value for k in kinds], average="macro")),
            "calibration_error": _round(_calibration_error(confidences, right)),
            "decided_without_a_person": _round(len(decided) / len(messages)),
            "of_those_right": _round(sum(right[i] for i in decided) / len(decided)) if decided else None,
            "silently_lost": sum(true_kinds[i] is Kind.COMPLAINT and kinds[i] is not Kind.COMPLAINT for i in decided),
            **{
                name: {"precision": _round(precision[i]), "recall": _round(recall[i]), "f1": _round(f1[i]), "messages": int(count[i])}
                for i, name in enumerate(names)
            },
        },
    }
    for name, given in answers.items():
        pairs = [(true, got) for true, got in zip(measured[name], given, strict=True) if true is not None]
        known = sorted({true for true, _ in pairs})
        score = f1_score([t for t, _ in pairs], [g for _, g in pairs], labels=known, average="macro", zero_division=0) if pairs else None
        result[name] = {"macro_f1": None if score is None else _round(score), "messages": len(pairs)}
    for name, flagged in flags.items():
        scores = precision_recall_fscore_support(stated[name], flagged, average="binary", zero_division=0)
        result[name] = {"precision": _round(scores[0]), "recall": _round(scores[1]), "f1": _round(scores[2]), "messages": sum(stated[name])}
    return result


def _calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten bins: how far confidence and the share that is right lie apart, on average."""
    total = 0.0
    for low in range(10):
        inside = [i for i, c in enumerate(confidences) if low / 10 < c <= (low + 1) / 10]
        if inside:
            total += abs(sum(right[i] for i in inside) - sum(confidences[i] for i in inside))
    return total / len(confidences)


def _round(value: float) -> float:
    return round(float(value), 4)
