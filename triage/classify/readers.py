"""What the two readers say of a message, as numbers: the words' regression and the encoder, side by side for the one that weighs them."""

from collections.abc import Sequence
from typing import Any

from triage.classify.encoder import OUTPUTS, WIDTH
from triage.classify.features import Sample
from triage.domain.labels import Theme

# One regression for each: what a message is, whose process, who writes, what about, and a yes or no for each flag and theme.
HEADS = ("kind", "process", "role", "service", "urgent", "outside_scope", *(theme.value for theme in Theme))

# Log-odds beyond these say no more than "very".
_FURTHEST = 8.0


def as_rows(samples: Sequence[Sample]) -> Any:
    """Samples as the array of (words, sender, marks) that the text features take: shape (samples, 3), objects."""
    import numpy

    rows = numpy.empty((len(samples), 3), dtype=object)
    rows[:] = [(sample.words(), sample.sender, sample.marks()) for sample in samples]
    return rows


def text_scores(reader: dict[str, Any], samples: Sequence[Sample]) -> Any:
    """Log-probabilities of every label's values by the reader of words: shape (samples, WIDTH), in the order of OUTPUTS."""
    import numpy

    matrix = reader["features"].transform(as_rows(samples))
    columns = []
    for name, values in OUTPUTS.items():
        if name in ("flags", "themes"):
            columns += [reader["heads"][value].decision_function(matrix)[:, None] for value in values]
            continue
        head = reader["heads"][name]
        logs = numpy.log(numpy.maximum(head.predict_proba(matrix), 1e-6))
        known = list(head.classes_)
        columns.append(
            numpy.stack(
                [logs[:, known.index(value)] if value in known else numpy.full(len(samples), -_FURTHEST) for value in values], axis=1
            )
        )
    found = numpy.concatenate(columns, axis=1).astype(numpy.float32)
    assert found.shape[1] == WIDTH
    return found


def combined_features(samples: Sequence[Sample], texts: Any, scores: Any) -> Any:
    """What is weighed: the words' reader, the encoder, and the marks, shape (samples, 2 * WIDTH + 4)."""
    import numpy

    marks = numpy.array(
        [[sample.internal, sample.listed, sample.relayed, numpy.log1p(len(sample.text.split()))] for sample in samples], dtype=numpy.float32
    ).reshape(len(samples), 4)
    parts = [numpy.clip(texts, -_FURTHEST, _FURTHEST), numpy.clip(_normalised(scores), -_FURTHEST, _FURTHEST), marks]
    return numpy.concatenate(parts, axis=1)


def _normalised(scores: Any) -> Any:
    """The encoder's scores as log-probabilities within each label; flags and themes as they are."""
    import numpy

    found = numpy.array(scores, dtype=numpy.float32)
    start = 0
    for name, values in OUTPUTS.items():
        part = slice(start, start + len(values))
        if name not in ("flags", "themes"):
            shifted = found[:, part] - found[:, part].max(axis=1, keepdims=True)
            found[:, part] = shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))
        start += len(values)
    return found
