"""Building the model: from messages of unknown senders, the same each time, and without a council's words."""

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from tests.unit.conftest import built
from tests.unit.judging import CueEncoder, labelled_message
from tests.unit.making import labels
from triage.classify import model as classifier
from triage.classify import training
from triage.classify.corpus import LabelledMessage
from triage.classify.features import Sample
from triage.classify.model import Model
from triage.classify.readers import HEADS
from triage.classify.training import Learnt
from triage.domain.labels import Kind, Process, Role, Service, Theme
from triage.errors import ModelError

# Words that no corpus holds, as a council's families might write them.
SECRET = "Zephyrine Bramblewick of Quoxley says that the wibblethorpe was trindled by Oskarina"
NAME = "Zephyrine Bramblewick quoxley"


def _council_mail(count: int) -> list[LabelledMessage]:
    own = Sample("The wibblethorpe", SECRET, False, False, NAME)
    return [
        replace(labelled_message(f"review-{n}", labels(Kind.COMPLAINT), sender=f"z{n}@family.example"), sample=own, source="review")
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def taught(small_corpus: list[LabelledMessage]) -> Learnt:
    """What training makes of the small corpus and of a council's own mail behind it."""
    return built([*small_corpus, *_council_mail(30)], len(small_corpus))


def test_the_same_corpus_gives_the_same_model(small_corpus: list[LabelledMessage], learnt: Learnt) -> None:
    again = built(small_corpus, len(small_corpus))
    assert again.manifest == learnt.manifest
    for head in HEADS:
        assert numpy.array_equal(again.parts["heads"][head][-1].coef_, learnt.parts["heads"][head][-1].coef_)


def test_senders_of_one_fold_are_met_in_no_other(small_corpus: list[LabelledMessage]) -> None:
    for learn, held in training._folds(small_corpus):
        assert {small_corpus[i].sender for i in learn} & {small_corpus[i].sender for i in held} == set()


def test_too_few_senders_are_not_learnt_from(small_corpus: list[LabelledMessage]) -> None:
    one_sender = [replace(message, sender="one@family.example") for message in small_corpus]
    with pytest.raises(ModelError, match="too few senders to learn from: 50 are needed"):
        built(one_sender, len(one_sender))


def test_the_manifest_says_what_was_learnt_and_how_well(small_corpus: list[LabelledMessage], learnt: Learnt) -> None:
    manifest = learnt.manifest
    assert (manifest["messages"], manifest["encoder"], manifest["corpus_sha256"]) == (len(small_corpus), "cues", "0123456789abcdef")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-[0-9a-f]{8}", manifest["version"])
    assert manifest["labels"]["service"] == [service.value for service in Service]
    assert manifest["held_out"]["messages"] == len(small_corpus)
    assert 0.4 < manifest["held_out"]["kind"]["macro_f1"] <= 1
    assert json.loads(json.dumps(manifest)) == manifest


def test_a_model_that_was_written_answers_as_it_was_built(learnt: Learnt, small_model: Model, small_corpus: list[LabelledMessage]) -> None:
    some = [message.sample for message in small_corpus[:20]]
    before = Model(learnt.parts, CueEncoder(), small_model.thresholds, small_model.procedures, "as built").probabilities(some)
    assert small_model.probabilities(some) == before


def test_a_model_that_was_built_with_another_encoder_is_refused(small_model_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"was built with another encoder; [^\n]*train$"):
        classifier.load(small_model_folder, CueEncoder("other cues"))


def test_judging_and_classifying_say_the_same(small_model: Model, small_corpus: list[LabelledMessage]) -> None:
    some = [message.sample for message in small_corpus[:20]]
    assert [one.labels for one in small_model.judge(some)] == [one.labels for one in small_model.classify(some)]


def test_what_a_message_is_does_not_depend_on_those_beside_it(small_model: Model, small_corpus: list[LabelledMessage]) -> None:
    some = [message.sample for message in small_corpus[:8]]
    together = small_model.probabilities(some)
    for one, answer in zip(some, together, strict=True):
        [alone] = small_model.probabilities([one])
        assert alone["kind"] == pytest.approx(answer["kind"], abs=1e-5)


def test_a_councils_words_are_not_in_the_models_vocabulary(taught: Learnt) -> None:
    features = taught.parts["reader"]["features"].named_transformers_
    known = {*features["words"].vocabulary_, *features["senders"].vocabulary_}
    assert [
        word for word in f"{SECRET} {NAME}".lower().split() if word in known and word not in ("of", "says", "that", "the", "was", "by")
    ] == []


def test_without_that_care_they_would_be(small_corpus: list[LabelledMessage]) -> None:
    """So that the test above cannot pass for another reason."""
    everything = [*small_corpus, *_council_mail(30)]
    features = training.fit_text(everything, range(len(everything)), everything)["features"].named_transformers_
    assert "wibblethorpe" in features["words"].vocabulary_
    assert "bramblewick" in features["senders"].vocabulary_


def test_a_councils_words_are_in_no_file_of_the_model(taught: Learnt, tmp_path: Path) -> None:
    training.write(tmp_path / "model", taught)
    with zipfile.ZipFile(tmp_path / "model" / classifier.MODEL_FILE) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    content += b"".join(file.read_bytes() for file in (tmp_path / "model").iterdir())
    assert b"the" in content.lower()
    for word in ("zephyrine", "bramblewick", "quoxley", "wibblethorpe", "trindled", "oskarina", "family.example"):
        assert word.encode() not in content.lower()


def test_a_council_teaches_the_model_all_the_same(small_model: Model, small_corpus: list[LabelledMessage]) -> None:
    """Of one sort of message that the council calls praise, what words of the corpus it has say so afterwards."""
    text = "The committee papers for the Thursday meeting are attached, with the agenda and the minutes."
    taught = [
        replace(
            labelled_message(f"review-{n}", labels(Kind.COMPLIMENT), sender=f"c{n}@family.example"),
            sample=Sample("Papers", text, False, False),
        )
        for n in range(40)
    ]
    after = built([*small_corpus, *taught], len(small_corpus))
    sample = Sample("Papers", text, False, False)
    [before], [now] = (
        small_model.probabilities([sample]),
        Model(after.parts, CueEncoder(), small_model.thresholds, small_model.procedures, "taught").probabilities([sample]),
    )
    assert now["kind"][Kind.COMPLIMENT] > before["kind"][Kind.COMPLIMENT] + 0.2


def test_labels_that_are_not_given_are_not_learnt() -> None:
    messages = [
        labelled_message("a", labels(Kind.ENQUIRY), unknown=["role", "themes", "urgent"]),
        labelled_message("b", labels(Kind.COMPLAINT, process=Process.STATUTORY, urgent=True, themes=(Theme.DELAY,))),
        labelled_message("c", labels(Kind.NONE)),
    ]
    assert training.targets(messages, "kind") == ([0, 1, 2], ["enquiry", "complaint", "none"])
    assert training.targets(messages, "role")[0] == [1, 2]
    assert training.targets(messages, "process") == ([1], ["statutory"])
    assert training.targets(messages, "urgent") == ([1, 2], [True, False])
    assert training.targets(messages, "delay") == ([1], [True])


def test_no_two_models_go_by_one_name(small_corpus: list[LabelledMessage]) -> None:
    """The audit says which model decided; a person may correct a correction on the same day."""
    first, *others = small_corpus
    otherwise = [replace(first, labels=replace(first.labels, role=Role.MP)), *others]
    assert len({training._digest(small_corpus, "a"), training._digest(otherwise, "a"), training._digest(small_corpus, "b")}) == 3
    assert training._digest(small_corpus, "a") == training._digest(list(small_corpus), "a")
