"""The labelled mail that the model learns from, as the labelling guide defines the labels."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.making import ROOT
from triage.classify import corpus
from triage.domain.labels import Kind, Process
from triage.errors import ModelError

CORPUS = ROOT / "models" / "corpus"
TRAINING_FILES = sorted((CORPUS / "training").glob("*.jsonl"))


def _row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "u-001",
        "mailbox": "shared",
        "from": "Joan Whitlow <Joan.Whitlow@family.example>",
        "to": "Complaints <complaints@ashmere.example>",
        "subject": "School taxi",
        "body": "The taxi did not come again.",
        "label": _label(),
        **changes,
    }


def _label(**changes: Any) -> dict[str, Any]:
    label = {"kind": "complaint", "process": "corporate", "role": "parent_carer", "urgent": False, "outside_scope": False}
    return {**label, "service": "transport", "themes": ["service_quality", "delay"], **changes}


def _write(folder: Path, *rows: dict[str, Any] | str) -> Path:
    path = folder / "some.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_labelled_message_is_read(tmp_path: Path) -> None:
    [message] = corpus.read(_write(tmp_path, _row()))
    assert (message.id, message.sender) == ("u-001", "joan.whitlow@family.example")
    assert (message.sample.subject, message.sample.text) == ("School taxi", "The taxi did not come again.")
    assert not message.sample.internal
    assert (message.labels.kind, message.labels.process) == (Kind.COMPLAINT, Process.CORPORATE)
    assert message.labels.themes == ("delay", "service_quality")


def test_a_message_within_one_council_is_internal(tmp_path: Path) -> None:
    [message] = corpus.read(_write(tmp_path, _row(**{"from": "r.hale@ashmere.example"})))
    assert message.sample.internal


@pytest.mark.parametrize("line_break", ["\u2028", "\u2029", "\u0085"])
def test_a_message_with_an_odd_line_break_in_its_words_is_read(tmp_path: Path, line_break: str) -> None:
    """JSON allows them in a text, and mail programs write them."""
    text = f"The taxi{line_break}did not come."
    [message] = corpus.read(_write(tmp_path, _row(body=text)))
    assert message.sample.text == text


WRONG = [
    pytest.param("{", id="no JSON"),
    pytest.param("[]", id="no object"),
    pytest.param(_row(label=_label(kind="grumble")), id="no such kind"),
    pytest.param(_row(label=_label(process="judicial")), id="no such process"),
    pytest.param(_row(label=_label(role="king")), id="no such role"),
    pytest.param(_row(label=_label(service="parks")), id="no such service"),
    pytest.param(_row(label=_label(themes=["weather"])), id="no such theme"),
    pytest.param(_row(label="complaint"), id="label is no object"),
    pytest.param(_row(headers=["x"]), id="headers are no object"),
    pytest.param({key: value for key, value in _row().items() if key != "label"}, id="no label"),
    pytest.param({key: value for key, value in _row().items() if key != "body"}, id="no body"),
    pytest.param(_row(label=_label(process=None)), id="complaint without a process"),
    pytest.param(_row(label=_label(kind="enquiry")), id="enquiry with a process"),
    pytest.param(_row(label=_label(urgent="false")), id="urgency as a text"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_mislabelled_line_is_refused_with_its_file_and_line(tmp_path: Path, wrong: dict[str, Any] | str) -> None:
    with pytest.raises(ModelError, match=r"^[^\n]*some\.jsonl, line 2: [^\n]+$"):
        corpus.read(_write(tmp_path, _row(), wrong))


def test_a_missing_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no labelled mail"):
        corpus.read(tmp_path)
    with pytest.raises(ModelError, match=r"nowhere\.jsonl"):
        corpus.read(tmp_path / "nowhere.jsonl")


@pytest.mark.parametrize("path", TRAINING_FILES, ids=[path.name for path in TRAINING_FILES])
def test_every_training_file_reads(path: Path) -> None:
    messages = corpus.read(path)
    assert messages
    assert [message.id for message in messages if not message.sample.text and message.labels.kind is Kind.COMPLAINT] == []


def test_the_evaluation_set_reads_and_holds_every_kind() -> None:
    assert {message.labels.kind for message in corpus.read(CORPUS / "evaluation")} == set(Kind)


def test_no_message_is_in_the_corpus_twice() -> None:
    ids = [message.id for name in ("training", "evaluation") for message in corpus.read(CORPUS / name)]
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


def test_the_model_is_not_measured_on_words_that_it_learnt() -> None:
    training, evaluation = (
        {m.sample.text for m in corpus.read(CORPUS / name) if len(m.sample.text) > 40} for name in ("training", "evaluation")
    )
    assert training & evaluation == set()


@pytest.mark.parametrize("name", ["training", "evaluation"])
def test_every_complaint_of_the_corpus_has_a_process_and_nothing_else_has(name: str) -> None:
    assert [m.id for m in corpus.read(CORPUS / name) if (m.labels.process is not None) != (m.labels.kind is Kind.COMPLAINT)] == []


def test_a_digest_changes_with_every_word_and_every_file(tmp_path: Path) -> None:
    path = _write(tmp_path, _row())
    before = corpus.digest(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("again", "today"), encoding="utf-8")
    changed = corpus.digest(tmp_path)
    path.rename(tmp_path / "other.jsonl")
    assert len({before, changed, corpus.digest(tmp_path)}) == 3
