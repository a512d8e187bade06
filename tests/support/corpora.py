"""The project's labelled mail as the classifier sees it: each set read once for all tests, because unwrapping it takes a while."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.mail import ROOT
from triage.classify.corpus import LabelledMessage
from triage.learning import read_labelled

CORPUS = ROOT / "models" / "corpus"


@cache
def labelled(name: str) -> tuple[LabelledMessage, ...]:
    """Every message of the set `name`: training, evaluation, evaluation-hard, streams or evaluation-streams."""
    return tuple(read_labelled(CORPUS / name))


def every(step: int, name: str) -> list[LabelledMessage]:
    """Every so many-th message of a set: a small corpus of all sorts."""
    return list(labelled(name)[::step])


def rows(name: str) -> Iterator[dict[str, Any]]:
    """The messages of a set as they are written down."""
    for file in sorted((CORPUS / name).glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                yield json.loads(line)


def write_rows(folder: Path, some: list[dict[str, Any]]) -> Path:
    """A corpus file of these messages in `folder`; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in some]
    (folder / "some.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def small_corpus(folder: Path, step: int = 8) -> Path:
    """A corpus of every so many-th message of the project's, training and evaluation, to learn from in seconds."""
    write_rows(folder / "training", list(rows("training"))[::step])
    write_rows(folder / "evaluation", list(rows("evaluation"))[::3])
    return folder
