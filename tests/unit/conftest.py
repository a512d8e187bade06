"""A small model, built once for the unit tests: from every eighth message of the corpus, with a small encoder of the tests' own."""

from pathlib import Path

import pytest

from tests.support.corpora import rows, write_rows
from tests.unit.judging import CueEncoder
from triage.classify import model as classifier
from triage.classify import training
from triage.classify.corpus import LabelledMessage
from triage.classify.model import Model
from triage.classify.training import Learnt
from triage.learning import read_labelled


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledMessage]:
    """Some four hundred labelled messages of all sorts."""
    return read_labelled(write_rows(tmp_path_factory.mktemp("corpus"), list(rows("training"))[::8]))


@pytest.fixture(scope="session")
def learnt(small_corpus: list[LabelledMessage]) -> Learnt:
    """What training makes of the small corpus."""
    return built(small_corpus, len(small_corpus))


@pytest.fixture(scope="session")
def small_model_folder(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the small model lies."""
    folder = tmp_path_factory.mktemp("small") / "model"
    training.write(folder, learnt)
    return folder


@pytest.fixture(scope="session")
def small_model(small_model_folder: Path) -> Model:
    """The small model, as it was written and loaded again."""
    return classifier.load(small_model_folder, CueEncoder())


def built(messages: list[LabelledMessage], vocabulary_from: int) -> Learnt:
    """Train on these messages."""
    scores = CueEncoder().scores([message.sample for message in messages])
    return training.build(
        messages,
        scores,
        vocabulary_from=vocabulary_from,
        corpus_sha256="0123456789abcdef",
        encoder_version="cues",
        progress=lambda step: None,
    )
