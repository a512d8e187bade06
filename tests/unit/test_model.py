"""The built model: what it says, and which model files are refused."""

import hashlib
import json
import pickle
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import skops.io

from tests.support.corpora import labelled
from tests.unit.making import ROOT
from triage.classify import corpus
from triage.classify import model as classifier
from triage.classify.encoder import Encoder
from triage.classify.features import Sample
from triage.classify.model import Model
from triage.domain.labels import Classification, Kind
from triage.errors import ModelError

BUILT = ROOT / "models" / "kind-and-labels"
UNKNOWN_WORDS = "Qwortle zimbrant flooble nark vendrix. Oplim strowd jellick prontash, bixle wumbrid!"


@pytest.fixture(scope="module")
def evaluation() -> list[Sample]:
    return [message.sample for message in labelled("evaluation")]


@pytest.fixture(scope="module")
def answers(model: Model, evaluation: list[Sample]) -> Sequence[Classification]:
    return model.classify(evaluation)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUILT, tmp_path / "model"))


def _sample(text: str, subject: str = "", *, internal: bool = False) -> Sample:
    return Sample(subject, text, internal, False)


def _manifest_fits(folder: Path) -> None:
    """Makes the manifest one of the model file that lies beside it, as someone who swaps a model would."""
    manifest = json.loads((folder / classifier.MANIFEST_FILE).read_text(encoding="utf-8"))
    manifest["model_sha256"] = hashlib.sha256((folder / classifier.MODEL_FILE).read_bytes()).hexdigest()
    (folder / classifier.MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")


def test_the_built_model_learnt_from_the_corpus_beside_it() -> None:
    """Otherwise the corpus was changed and nobody built the model again."""
    assert classifier.read_manifest(BUILT)["corpus_sha256"] == corpus.digest(ROOT / "models" / "corpus" / "training")


def test_the_built_model_was_built_with_the_encoder_beside_it(encoder: Encoder) -> None:
    assert classifier.read_manifest(BUILT)["encoder"] == encoder.version


def test_the_manifest_counts_the_messages_of_the_corpus() -> None:
    assert classifier.read_manifest(BUILT)["messages"] == len(labelled("training"))


def test_every_message_gets_one_answer_in_order(model: Model, answers: Sequence[Classification], evaluation: list[Sample]) -> None:
    assert len(answers) == len(evaluation)
    assert model.classify(evaluation[3:4])[0].labels == answers[3].labels


def test_no_messages_get_no_answers(model: Model) -> None:
    assert model.classify([]) == []


def test_a_confidence_is_a_probability(answers: Sequence[Classification]) -> None:
    assert [one.confidence for one in answers if not 0 <= one.confidence <= 1] == []
    assert len({one.confidence for one in answers}) > 10


def test_only_complaints_have_a_process(answers: Sequence[Classification]) -> None:
    assert {one.labels.process is not None for one in answers if one.labels.kind is Kind.COMPLAINT} == {True}
    assert {one.labels.process for one in answers if one.labels.kind is not Kind.COMPLAINT} == {None}


def test_only_complaints_and_enquiries_have_themes(answers: Sequence[Classification]) -> None:
    assert any(one.labels.themes for one in answers)
    assert [one for one in answers if one.labels.themes and one.labels.kind not in (Kind.COMPLAINT, Kind.ENQUIRY)] == []


def test_every_answer_says_why_and_who_decided(model: Model, answers: Sequence[Classification]) -> None:
    assert all(one.reasons for one in answers)
    assert {one.decided_by for one in answers} == {f"model {model.version}"}


def test_some_messages_are_sure_and_some_go_to_a_person(answers: Sequence[Classification]) -> None:
    assert {one.sure for one in answers} == {True, False}


@pytest.mark.parametrize("internal", [True, False])
@pytest.mark.parametrize("text", [UNKNOWN_WORDS, UNKNOWN_WORDS * 50, "", " \n ", "🙂🙂🙂", "投诉 投诉", "zzzzqq"])
def test_a_text_of_unknown_words_is_never_sure(model: Model, text: str, internal: bool) -> None:
    [found] = model.classify([_sample(text, internal=internal)])
    assert not found.sure
    assert 0 <= found.confidence <= 1


def test_a_very_long_text_is_judged(model: Model) -> None:
    [found] = model.classify([_sample("I want to complain about the school taxi, which never came. " * 10_000, "Complaint")])
    assert found.labels.kind is Kind.COMPLAINT


def test_review_below_raises_the_bar(answers: Sequence[Classification], encoder: Encoder, evaluation: list[Sample]) -> None:
    strict = classifier.load(BUILT, encoder, review_below=0.995).classify(evaluation)
    assert [one.labels for one in strict] == [one.labels for one in answers]
    assert [one for one in strict if one.sure and one.confidence < 0.995] == []
    assert sum(one.sure for one in strict) < sum(one.sure for one in answers)


@pytest.mark.parametrize("review_below", [0.0, 0.5])
def test_review_below_never_lowers_the_bar(review_below: float, model: Model, encoder: Encoder) -> None:
    assert classifier.load(BUILT, encoder, review_below=review_below).thresholds == model.thresholds


def test_a_missing_model_says_how_to_build_one(tmp_path: Path, encoder: Encoder) -> None:
    with pytest.raises(ModelError, match=r"^[^\n]*python run_triage\.py train$"):
        classifier.load(tmp_path, encoder)


def test_a_manifest_without_its_model_says_how_to_build_one(copy: Path, encoder: Encoder) -> None:
    (copy / classifier.MODEL_FILE).unlink()
    with pytest.raises(ModelError, match=r"^[^\n]*python run_triage\.py train$"):
        classifier.load(copy, encoder)


def test_a_model_file_that_was_changed_is_refused(copy: Path, encoder: Encoder) -> None:
    content = bytearray((copy / classifier.MODEL_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / classifier.MODEL_FILE).write_bytes(content)
    with pytest.raises(ModelError, match=r"not the file that its manifest describes"):
        classifier.load(copy, encoder)


@pytest.mark.parametrize("manifest", ["", "{", "[]", "{}", '{"format": 99}'])
def test_a_manifest_of_another_kind_is_refused(copy: Path, manifest: str, encoder: Encoder) -> None:
    (copy / classifier.MANIFEST_FILE).write_text(manifest, encoding="utf-8")
    with pytest.raises(ModelError, match=r"train$"):
        classifier.load(copy, encoder)


@pytest.mark.parametrize("key", ["thresholds", "version"])
def test_a_manifest_that_lacks_something_is_refused(copy: Path, key: str, encoder: Encoder) -> None:
    manifest = json.loads((copy / classifier.MANIFEST_FILE).read_text(encoding="utf-8"))
    del manifest[key]
    (copy / classifier.MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match=r"train$"):
        classifier.load(copy, encoder)


def test_a_model_file_that_is_no_model_is_refused_even_where_its_manifest_fits(copy: Path, encoder: Encoder) -> None:
    (copy / classifier.MODEL_FILE).write_bytes(b"not a model")
    _manifest_fits(copy)
    with pytest.raises(ModelError, match=r"train$"):
        classifier.load(copy, encoder)


def test_a_model_file_of_something_else_is_refused_even_where_its_manifest_fits(copy: Path, encoder: Encoder) -> None:
    skops.io.dump({"features": "none"}, copy / classifier.MODEL_FILE)
    _manifest_fits(copy)
    with pytest.raises(ModelError, match=r"train$"):
        classifier.load(copy, encoder)


class Untrusted:
    """What a swapped model file might hold. `met` collects every time that code of it runs."""

    met: list[str] = []

    def __init__(self) -> None:
        self.harm = "done"

    def __setstate__(self, state: dict[str, str]) -> None:
        self.met.append("setstate")

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (self.met.append, ("reduce",))


def test_a_model_with_a_type_that_is_not_trusted_is_refused_and_runs_nothing(copy: Path, encoder: Encoder) -> None:
    skops.io.dump({"features": Untrusted(), "heads": {}}, copy / classifier.MODEL_FILE)
    _manifest_fits(copy)
    Untrusted.met.clear()
    with pytest.raises(ModelError, match=r"train$"):
        classifier.load(copy, encoder)
    assert Untrusted.met == []


class Opens:
    """A pickle of this makes the file `path` when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, (str(self.path), "w"))


def test_a_pickle_in_the_place_of_the_model_is_refused_and_runs_nothing(copy: Path, tmp_path: Path, encoder: Encoder) -> None:
    (copy / classifier.MODEL_FILE).write_bytes(pickle.dumps(Opens(tmp_path / "harm")))
    _manifest_fits(copy)
    with pytest.raises(ModelError, match=r"train$"):
        classifier.load(copy, encoder)
    assert not (tmp_path / "harm").exists()
