"""What was learnt about cases is used as it was written, or not at all."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.mail import ROOT
from triage import casefinder
from triage.errors import ModelError

LEARNT = ROOT / "models/cases"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "cases"
    shutil.copytree(LEARNT, copy)
    return copy


def _change(folder: Path, **values: object) -> None:
    file = folder / casefinder.CASES_MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def test_what_comes_with_the_program_is_whole(folder: Path) -> None:
    scorer = casefinder.load(folder).scorer
    assert scorer.version.startswith("cases-") and "bond" not in scorer.names
    limits = scorer.thresholds
    assert limits.suggest < limits.join <= limits.join_go_between and limits.join <= limits.join_others <= limits.join_likely < 1


@pytest.mark.parametrize("name", ["ensemble.skops", "rarity.json"])
def test_a_file_that_its_manifest_does_not_describe_is_refused(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelError, match="is not what its manifest describes; build it again with"):
        casefinder.load(folder)


def test_another_versions_format_is_refused(folder: Path) -> None:
    _change(folder, format=casefinder.CASES_FORMAT + 1)
    with pytest.raises(ModelError, match="build it again with"):
        casefinder.load(folder)


def test_a_manifest_without_a_threshold_is_refused(folder: Path) -> None:
    _change(folder, thresholds={"join": 0.9, "suggest": 0.1})
    with pytest.raises(ModelError, match="cannot be read; build it again with"):
        casefinder.load(folder)


def test_a_folder_without_a_manifest_is_refused(folder: Path) -> None:
    (folder / casefinder.CASES_MANIFEST).unlink()
    with pytest.raises(ModelError, match=r"manifest\.json: cannot be read"):
        casefinder.load(folder)
