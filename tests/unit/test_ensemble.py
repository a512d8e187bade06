"""Three readers of one table: what they learn comes back from a file as it was, or is not used."""

import random
from pathlib import Path
from typing import Any

import pytest

from triage.classify import ensemble
from triage.errors import ModelError

COLUMNS = 6


def _table(count: int) -> tuple[list[list[float]], list[bool]]:
    draw = random.Random(7)
    rows = [[draw.uniform(-1, 1) for _ in range(COLUMNS)] for _ in range(count)]
    return rows, [row[0] + row[1] > 0.1 for row in rows]


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    return ensemble.fit(*_table(160))


def test_what_was_learnt_is_found_again_in_rows_not_met(parts: dict[str, Any]) -> None:
    rows, truth = _table(400)
    scores = ensemble.Ensemble(parts).scores(rows[160:])
    right = sum((score > 0) == said for score, said in zip(scores, truth[160:], strict=True))
    assert right > 0.85 * 240


def test_a_row_has_its_score_whatever_stands_beside_it(parts: dict[str, Any]) -> None:
    rows, _ = _table(30)
    reader = ensemble.Ensemble(parts)
    assert reader.scores(rows) == pytest.approx([reader.scores([row])[0] for row in rows])
    assert reader.scores([]) == []


def test_it_comes_back_from_its_file_as_it_was(parts: dict[str, Any], tmp_path: Path) -> None:
    rows, _ = _table(30)
    ensemble.save(tmp_path, parts)
    assert ensemble.load(tmp_path, COLUMNS).scores(rows) == ensemble.Ensemble(parts).scores(rows)


def test_a_table_of_another_width_is_refused(parts: dict[str, Any], tmp_path: Path) -> None:
    ensemble.save(tmp_path, parts)
    with pytest.raises(ModelError, match="is damaged; build it again"):
        ensemble.load(tmp_path, COLUMNS + 1)


def test_a_file_that_is_cut_or_missing_is_refused(parts: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be used; build it again"):
        ensemble.load(tmp_path, COLUMNS)
    ensemble.save(tmp_path, parts)
    file = tmp_path / ensemble.ENSEMBLE_FILE
    file.write_bytes(file.read_bytes()[:-400])
    with pytest.raises(ModelError, match="cannot be used; build it again"):
        ensemble.load(tmp_path, COLUMNS)


@pytest.mark.parametrize("column", [-3, COLUMNS, 10_000])
def test_a_tree_that_asks_for_a_column_that_there_is_not_is_refused(tmp_path: Path, column: int) -> None:
    parts = ensemble.fit(*_table(80))
    parts["boosted"][0]._predictors[0][0].nodes["feature_idx"][0] = column
    ensemble.save(tmp_path, parts)
    with pytest.raises(ModelError, match="build it again"):
        ensemble.load(tmp_path, COLUMNS)


@pytest.mark.parametrize("to", [0, 10_000])
def test_a_tree_that_leads_back_or_out_of_itself_is_refused(tmp_path: Path, to: int) -> None:
    parts = ensemble.fit(*_table(80))
    parts["boosted"][0]._predictors[0][0].nodes["left"][0] = to
    ensemble.save(tmp_path, parts)
    with pytest.raises(ModelError, match="is damaged"):
        ensemble.load(tmp_path, COLUMNS)


def test_a_line_is_fitted_through_a_table() -> None:
    rows, truth = _table(300)
    weights, offset = ensemble.fit_line(rows, truth, 1e6)
    assert weights[0] > 5 * abs(weights[3]) and weights[1] > 5 * abs(weights[3]) and offset < 0
