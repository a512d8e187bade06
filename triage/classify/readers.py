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


class Regressions:
    """Fitted regressions over the same features, asked for all labels in one multiplication.

    A message is judged by itself, and to ask sixteen estimators one row each costs more than to weigh it. A scaler before a
    regression is folded into its weights.
    """

    def __init__(self, heads: dict[str, Any]) -> None:
        import numpy

        self.classes: dict[str, list[Any]] = {}
        self._columns: dict[str, slice] = {}
        weights, constants, start = [], [], 0
        for name, fitted in heads.items():
            scaler, regression = fitted if hasattr(fitted, "__getitem__") else (None, fitted)
            weight, constant = numpy.asarray(regression.coef_), numpy.asarray(regression.intercept_)
            if scaler is not None:
                weight = weight / scaler.scale_
                constant = constant - weight @ scaler.mean_
            self.classes[name] = list(regression.classes_)
            self._columns[name] = slice(start, start + len(weight))
            start += len(weight)
            weights.append(weight)
            constants.append(constant)
        self._weights = numpy.ascontiguousarray(numpy.concatenate(weights).T)
        self._constants = numpy.concatenate(constants)

    def decisions(self, features: Any) -> dict[str, Any]:
        """The log-odds of each label's values, shape (rows, values); of two values of the second alone, shape (rows, 1)."""
        found = features @ self._weights + self._constants
        return {name: found[:, columns] for name, columns in self._columns.items()}

    @staticmethod
    def probabilities(decisions: Any) -> Any:
        """Of one label's log-odds the probabilities, shape (rows, values), in the order of its classes."""
        import numpy

        if decisions.shape[1] == 1:
            second = 1.0 / (1.0 + numpy.exp(-decisions))
            return numpy.concatenate([1.0 - second, second], axis=1)
        shifted = numpy.exp(decisions - decisions.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)


class TextReader:
    """The reader of words: TF-IDF and a regression a label."""

    def __init__(self, parts: dict[str, Any]) -> None:
        features = parts["features"]
        self._parts = [
            (features.named_transformers_[name], column, (features.transformer_weights or {}).get(name, 1.0))
            for name, _, column in features.transformers
        ]
        self._regressions = Regressions(parts["heads"])

    def scores(self, samples: Sequence[Sample]) -> Any:
        """Log-probabilities of every label's values: shape (samples, WIDTH), in the order of OUTPUTS."""
        import numpy
        from scipy.sparse import hstack

        rows = as_rows(samples)
        # What the ColumnTransformer does, without its looking at tables: for one message that takes as long as the rest.
        matrix = hstack([vectoriser.transform(rows[:, column]) * weight for vectoriser, column, weight in self._parts], format="csr")
        decisions = self._regressions.decisions(matrix)
        columns = []
        for name, values in OUTPUTS.items():
            if name in ("flags", "themes"):
                columns += [decisions[value] for value in values]
                continue
            logs = numpy.log(numpy.maximum(Regressions.probabilities(decisions[name]), 1e-6))
            known = self._regressions.classes[name]
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
