"""Building the model with the encoder that the program has, from a small corpus and from what people decided."""

import hashlib
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.conftest import Inbox
from tests.support.corpora import small_corpus
from tests.support.mail import ROOT, forward_of, mail
from triage import learning
from triage.classify import model as classifier
from triage.classify.corpus import LabelledMessage
from triage.classify.encoder import Encoder
from triage.domain.labels import Kind, Process, Role
from triage.domain.message import Arrival, MailboxKind, Place
from triage.errors import ModelError
from triage.judge import Judge, Opened, sample_of
from triage.learning import Trained
from triage.pipeline import Pipeline
from triage.review import Change, confirm, correct, examples

ENCODER = ROOT / "models" / "encoder"


def _is_own(domain: str) -> bool:
    return domain == "ashmere.example"


def _files(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_corpus(tmp_path_factory.mktemp("corpus"), 10)


@pytest.fixture(scope="module")
def first(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained]:
    """The folder of a model that was built from the small corpus alone, and what building it said."""
    folder = tmp_path_factory.mktemp("models") / "first"
    return folder, learning.train(corpus, ENCODER, folder)


@pytest.fixture(scope="module")
def learnt(corpus: Path) -> list[LabelledMessage]:
    return learning.read_labelled(corpus / "training")


def test_a_model_is_built_from_the_corpus_and_measured_on_mail_that_it_had_not_met(
    first: tuple[Path, Trained], learnt: list[LabelledMessage], encoder: Encoder, corpus: Path
):
    folder, result = first
    assert (result.kept, result.corrections, result.current) == (None, 0, None)
    assert (result.manifest["messages"], result.manifest["encoder"]) == (len(learnt), encoder.version)
    assert {file.name for file in folder.iterdir()} == {classifier.MODEL_FILE, classifier.MANIFEST_FILE}
    assert [one.name for one in folder.parent.iterdir()] == ["first"], "no candidate is left lying about"
    evaluation = learning.read_labelled(corpus / "evaluation")
    found, judgements = learning.evaluate(classifier.load(folder, encoder), evaluation)
    assert found == result.candidate
    assert len(judgements) == found["messages"] == len(evaluation)


def _corrections(learnt: list[LabelledMessage], count: int) -> list[LabelledMessage]:
    """What people confirmed: messages like those of the corpus, with a word in each that stands in no corpus."""
    return [
        replace(
            message,
            id=f"review-{number}",
            sender=f"r{number}@family.example",
            source="review",
            sample=replace(message.sample, text=f"{message.sample.text} Zephyrine Bramblewick.", sender="Zephyrine"),
        )
        for number, message in enumerate(learnt[:count])
    ]


@pytest.fixture(scope="module")
def taught(first: tuple[Path, Trained], corpus: Path, learnt: list[LabelledMessage]) -> tuple[Path, dict[str, str], Trained]:
    """The folder of the council's own model, the files of the first one before that, and what building it said."""
    folder, _ = first
    before = _files(folder)
    own = folder.parent / "own"
    # Made-up words in so small a corpus may cost a message of its evaluation set: what is no worse is tested below.
    return own, before, learning.train(corpus, ENCODER, own, corrections=_corrections(learnt, 20), in_use=(folder,), replace=True)


def test_what_people_decided_makes_a_model_of_the_councils_own_and_leaves_the_other_alone(
    first: tuple[Path, Trained], taught: tuple[Path, dict[str, str], Trained], learnt: list[LabelledMessage], encoder: Encoder
):
    own, before, result = taught
    assert (result.kept, result.corrections, result.current) == (None, 20, first[1].candidate)
    assert (result.manifest["corrections"], result.manifest["messages"]) == (20, len(learnt) + 20)
    assert result.manifest["version"].endswith("+20")
    assert result.manifest["version"].removesuffix("+20") != first[1].manifest["version"], "no two models go by one name"
    assert classifier.load(own, encoder).version == result.manifest["version"]
    assert _files(first[0]) == before


def test_the_councils_words_are_in_no_file_of_it(taught: tuple[Path, dict[str, str], Trained], encoder: Encoder):
    own = taught[0]
    with zipfile.ZipFile(own / classifier.MODEL_FILE) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).lower()
    content += b"".join(file.read_bytes() for file in own.iterdir()).lower()
    assert b"taxi" in content
    assert [word for word in (b"zephyrine", b"bramblewick", b"family.example", b"review-") if word in content] == []
    model = classifier.load(own, encoder)
    assert not {"zephyrine", "bramblewick"} & set(model._vocabulary)


def test_one_that_is_no_worse_takes_the_place(first: tuple[Path, Trained]):
    figures = first[1].candidate
    assert learning._why_worse(figures, figures) is None
    better = {**figures, "kind": {**figures["kind"], "macro_f1": figures["kind"]["macro_f1"] + 0.01}}
    assert learning._why_worse(better, figures) is None
    assert "tells the kind less well" in str(learning._why_worse(figures, better))
    losing = {**figures, "kind": {**figures["kind"], "silently_lost": figures["kind"]["silently_lost"] + 1}}
    assert "without a person, to be something else" in str(learning._why_worse(losing, figures))


def test_a_model_that_was_taught_wrongly_does_not_take_the_place_of_the_one_in_use(
    first: tuple[Path, Trained], corpus: Path, learnt: list[LabelledMessage]
):
    folder, _ = first
    swapped = {Kind.COMPLAINT: Kind.NONE, Kind.NONE: Kind.COMPLAINT, Kind.ENQUIRY: Kind.COMPLIMENT, Kind.COMPLIMENT: Kind.ENQUIRY}
    wrong = []
    for message in _corrections(learnt, 160):
        kind = swapped[message.labels.kind]
        process = Process.CORPORATE if kind is Kind.COMPLAINT else None
        wrong.append(replace(message, labels=replace(message.labels, kind=kind, process=process, themes=())))
    before = _files(folder)
    own = folder.parent / "wrong"
    result = learning.train(corpus, ENCODER, own, corrections=wrong, in_use=(folder,))
    assert result.kept is not None and result.kept.startswith("it tells the kind less well (macro-F1 0.")
    assert result.current is not None and result.candidate["kind"]["macro_f1"] < result.current["kind"]["macro_f1"]
    assert not own.exists()
    assert not own.with_name("wrong.candidate").exists()
    assert _files(folder) == before


def test_without_corrections_too_a_worse_model_does_not_take_the_place_unless_it_is_told_to(
    first: tuple[Path, Trained], corpus: Path, tmp_path: Path
):
    """A corpus that somebody spoilt: half of its complaints are called compliments."""
    spoilt = Path(shutil.copytree(corpus, tmp_path / "corpus"))
    for file in (spoilt / "training").glob("*.jsonl"):
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        for number, row in enumerate(lines):
            if row["label"]["kind"] == "complaint" and number % 2:
                row["label"] = {**row["label"], "kind": "compliment", "process": None, "themes": []}
        file.write_text("".join(f"{json.dumps(row)}\n" for row in lines), encoding="utf-8")
    folder = Path(shutil.copytree(first[0], tmp_path / "model"))
    before = _files(folder)
    kept = learning.train(spoilt, ENCODER, folder)
    assert kept.kept is not None
    assert _files(folder) == before
    replaced = learning.train(spoilt, ENCODER, folder, replace=True)
    assert replaced.kept is None
    assert _files(folder) != before


def test_a_model_of_its_own_that_can_no_longer_be_used_is_not_compared_with(
    first: tuple[Path, Trained], corpus: Path, learnt: list[LabelledMessage], tmp_path: Path
):
    """After an upgrade the council's own model may be of another version: then the one that comes with the program is in use."""
    own = Path(shutil.copytree(first[0], tmp_path / "own"))
    manifest = json.loads((own / "manifest.json").read_text(encoding="utf-8"))
    (own / "manifest.json").write_text(json.dumps({**manifest, "encoder": "minilm-of-last-year"}), encoding="utf-8")
    result = learning.train(corpus, ENCODER, own, corrections=_corrections(learnt, 20), in_use=(own, first[0]))
    assert result.current == first[1].candidate


def test_a_corpus_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ModelError, match="training: there is no labelled mail here"):
        learning.train(tmp_path, ENCODER, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_an_encoder_that_is_not_there_is_named(corpus: Path, tmp_path: Path):
    with pytest.raises(ModelError, match="the encoder cannot be read"):
        learning.train(corpus, tmp_path / "nowhere", tmp_path / "model")


def test_kept_scores_are_taken_for_what_the_encoder_learnt_from(encoder: Encoder, learnt: list[LabelledMessage]):
    """Its own scores of those messages would be trusted too much."""
    known, new = learnt[0], replace(learnt[1], id="review-1")
    scores = learning.encoder_scores(encoder, ENCODER, [known, new])
    [fresh] = encoder.scores([new.sample])
    assert scores[1].tolist() == fresh.tolist()
    assert scores[0].tolist() != encoder.scores([known.sample])[0].tolist()


# What people decided, as the classifier saw it

COMPLAINT = "I want to make a formal complaint. My daughter's social worker has cancelled contact four times since Easter and nobody has told me why."
RELAYED = "A mum, Dawn Pickering, rang me this morning. She said that contact was cancelled again and that nobody has told her why."
FORMS = {
    "from a family": mail(body=f"{COMPLAINT}\n\nOn 1 June 2026 at 09:00, Rosa Hale <r.hale@ashmere.example> wrote:\n> We are so pleased."),
    "from a colleague": mail("Rosa Hale <r.hale@ashmere.example>", "Contact", COMPLAINT),
    "forwarded": mail(
        "Rosa Hale <r.hale@ashmere.example>", "FW: Contact",
        f"Please log.\n\nFrom: Dawn <dawn@family.example>\nSent: 1 June 2026 09:00\nTo: Hale\nSubject: Contact\n\n{COMPLAINT}",
    ),
    "forwarded with a name alone": mail(
        "Rosa Hale <r.hale@ashmere.example>", "FW: Contact",
        f"Please log.\n\nFrom: Dawn Pickering\nSent: 1 June 2026 09:00\nTo: Rosa Hale\nSubject: Contact\n\n{COMPLAINT}",
    ),
    "attached": forward_of(mail("Ann Lowe <ann@family.example>", "Contact", COMPLAINT)),
    "relayed": mail("Rosa Hale <r.hale@ashmere.example>", "Call from a mum", RELAYED),
    "from a form": mail("Web forms <webforms@ashmere.example>", "Form", COMPLAINT, Reply_To="Ann Smith <ann@family.example>"),
    "by a list": mail(body=COMPLAINT, List_Id="<parents.lists.example>"),
    "without a sender": b"Subject: Contact\r\nTo: complaints@ashmere.example\r\n\r\n" + COMPLAINT.encode(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_an_example_is_what_the_classifier_saw(pipeline: Pipeline, inbox: Inbox, judge: Judge, form: str):
    inbox.take(FORMS[form])
    item = judge.read(Arrival(Place("x", MailboxKind.SHARED, "INBOX"), FORMS[form], 1, None))
    assert isinstance(item, Opened)
    seen = sample_of(item.parts[0].parsed, item.parts[0].authorship, judge.is_own)
    correct(pipeline.store, "ann", 1, Change(kind=Kind.COMPLAINT, process=Process.STATUTORY, role=Role.ADVOCATE))
    [example] = examples(pipeline.store, judge.is_own)
    assert example.sample == seen
    assert (example.id, example.source, example.unknown) == ("review-1", "review", frozenset())
    assert (example.labels.kind, example.labels.process, example.labels.role) == (Kind.COMPLAINT, Process.STATUTORY, Role.ADVOCATE)


def test_two_families_are_two_senders_and_one_family_is_one(pipeline: Pipeline, inbox: Inbox, judge: Judge):
    """Folds are kept apart by sender: who is not known by an address is a sender of their own."""
    named = f"From: Dawn Pickering\nSent: 1 June 2026 09:00\nTo: Rosa Hale\nSubject: Contact\n\n{COMPLAINT}"
    inbox.take(
        mail(body=COMPLAINT),
        mail(body="Still nobody has told me why contact was cancelled. I complained in May.", message_id="<2@x.example>"),
        mail("Rosa Hale <r.hale@ashmere.example>", "FW: Contact", named, message_id="<3@x.example>"),
        mail("Rosa Hale <r.hale@ashmere.example>", "FW: Other", named.replace("Dawn", "Rita"), message_id="<4@x.example>"),
    )
    for key in range(1, 5):
        confirm(pipeline.store, "ann", key)
    senders = [one.sender for one in examples(pipeline.store, judge.is_own)]
    assert senders[:2] == ["dawn.pickering@family.example"] * 2
    assert len(set(senders)) == 3


def test_a_manifest_is_json_that_a_person_can_read(first: tuple[Path, Trained]):
    written = (first[0] / classifier.MANIFEST_FILE).read_text(encoding="utf-8")
    assert json.loads(written) == first[1].manifest
    assert written.count("\n") > 50
