"""Three readers of one table of evidence, weighed alike: boosted trees, a forest of random trees, a support vector machine.

Each of them errs elsewhere; the mean of their scores errs less than the best of them (experiments/cases.md has the figures). What
the table is about, this file does not know: `triage.case_learning` learns with it which messages belong to one case.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triage.errors import ModelError

ENSEMBLE_FILE = "ensemble.skops"

# What scikit-learn keeps inside, beside the types that skops trusts by itself. Both hold the nodes of a tree, which scikit-learn
# follows without looking whether they are there: `_within_bounds` looks before any of them is asked.
TRUSTED_TYPES = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor", "sklearn.tree._tree.Tree"]
# Steepness that turns the distance from the machine's border into a logit: it fits the held-out folds.
_STEEPNESS = 2.2
# No reader may be surer than this: one that has never been wrong in a thousand cases may be next time.
_SUREST = 0.999


class Ensemble:
    """A fitted ensemble. Thread-safe: nothing changes after loading."""

    def __init__(self, parts: dict[str, Any]) -> None:
        from threadpoolctl import ThreadpoolController

        self._boosted = parts["boosted"]
        self._forest = parts["forest"]
        self._machine = parts["machine"]
        # A dozen rows are not worth a second thread, and two mailboxes' threads would wait for each other's.
        self._threads = ThreadpoolController()

    def scores(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """The mean logit of every row, whose columns are those that were learnt from."""
        if not rows:
            return []
        import numpy

        table = numpy.asarray(rows, dtype=numpy.float64)
        with self._threads.limit(limits=1, user_api="openmp"):
            found = [_logits(one.predict_proba(table)[:, 1]) for one in self._boosted]
        boosted = sum(found) / len(found)
        # The forest's own predict_proba starts a thread a tree, which for a dozen rows takes ten times as long as the trees.
        leaves = table.astype(numpy.float32)
        forest = _logits(sum(one.tree_.predict(leaves)[:, 1] for one in self._forest.estimators_) / len(self._forest.estimators_))
        machine = numpy.clip(_STEEPNESS * self._machine.decision_function(table), _logit(1 - _SUREST), _logit(_SUREST))
        return [float(score) for score in (boosted + forest + machine) / 3]


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def _logits(probabilities: Any) -> Any:
    import numpy

    kept = numpy.clip(probabilities, 1 - _SUREST, _SUREST)
    return numpy.log(kept / (1 - kept))


def fit(rows: Sequence[Sequence[float]], truth: Sequence[bool]) -> dict[str, Any]:
    """Learn from a table: the parts of an ensemble. The same table gives the same parts."""
    import numpy
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    table, answers = numpy.asarray(rows, dtype=numpy.float64), numpy.asarray(truth, dtype=bool)
    boosted = [
        HistGradientBoostingClassifier(
            max_iter=200,
            learning_rate=0.04,
            max_leaf_nodes=16,
            min_samples_leaf=8,
            l2_regularization=2.0,
            max_features=0.2,
            random_state=seed,
        ).fit(table, answers)
        for seed in (0, 1)
    ]
    forest = ExtraTreesClassifier(120, min_samples_leaf=2, max_features=0.4, random_state=0).fit(table, answers)
    machine = make_pipeline(StandardScaler(), SVC(C=8.0, gamma=0.002)).fit(table, answers)
    return {"boosted": boosted, "forest": forest, "machine": machine}


def fit_line(rows: Sequence[Sequence[float]], truth: Sequence[bool], trust: float) -> tuple[list[float], float]:
    """Learn a logistic regression from a table: a weight a column, and the offset.

    The smaller `trust` in the table, the nearer to nothing the weights stay (scikit-learn's C).
    """
    import numpy
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    table, answers = numpy.asarray(rows, dtype=numpy.float64), numpy.asarray(truth, dtype=bool)
    scaler = StandardScaler().fit(table)
    learnt = LogisticRegression(C=trust, max_iter=2000).fit(scaler.transform(table), answers)
    weights = learnt.coef_[0] / scaler.scale_
    return [float(weight) for weight in weights], float(learnt.intercept_[0] - (weights * scaler.mean_).sum())


def save(folder: Path, parts: dict[str, Any]) -> None:
    """Write the parts of an ensemble."""
    import skops.io

    folder.mkdir(parents=True, exist_ok=True)
    skops.io.dump(parts, folder / ENSEMBLE_FILE, compression=8)


def load(folder: Path, columns: int) -> Ensemble:
    """The ensemble in a folder, made for tables of so many columns.

    Raises ModelError where it is missing, damaged, holds a type that is not trusted, or trees that lead out of themselves.
    """
    import skops.io

    again = "build it again with: python run_triage.py train --cases"
    try:
        parts = skops.io.loads((folder / ENSEMBLE_FILE).read_bytes(), trusted=TRUSTED_TYPES)
        sound = _within_bounds(parts, columns)
    except Exception as error:
        # skops, zipfile and scikit-learn raise types of many families for a damaged file.
        raise ModelError(f"{folder / ENSEMBLE_FILE}: cannot be used; {again}") from error
    if not sound:
        raise ModelError(f"{folder / ENSEMBLE_FILE}: is damaged; {again}")
    return Ensemble(parts)


def _within_bounds(parts: dict[str, Any], columns: int) -> bool:
    """Whether every tree asks only for columns that there are, and goes on only to later nodes of its own."""
    forest, machine = parts["forest"], parts["machine"]
    if (
        machine.n_features_in_ != columns
        or forest.n_features_in_ != columns
        or any(one.n_features_in_ != columns for one in parts["boosted"])
    ):
        return False
    for member in forest.estimators_:
        tree = member.tree_
        inner = tree.children_left != -1
        if not _leads_on(inner, (tree.children_left, tree.children_right), tree.feature, columns):
            return False
    for boosted in parts["boosted"]:
        for (predictor,) in boosted._predictors:
            nodes = predictor.nodes
            if (
                not _leads_on(nodes["is_leaf"] == 0, (nodes["left"], nodes["right"]), nodes["feature_idx"], columns)
                or nodes["is_categorical"].any()
            ):
                return False
    return True


def _leads_on(inner: Any, children: tuple[Any, Any], feature: Any, columns: int) -> bool:
    import numpy

    numbers = numpy.arange(len(inner))[inner]
    if not (inner.any() or len(inner) == 1):
        return False
    after = all(bool((side[inner] > numbers).all() and (side[inner] < len(inner)).all()) for side in children)
    return after and bool((feature[inner] >= 0).all() and (feature[inner] < columns).all())
