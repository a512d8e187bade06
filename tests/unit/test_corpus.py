"""The labelled mail that the model learns from, as the labelling guide defines the labels."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.corpora import CORPUS, labelled
from triage.classify import corpus
from triage.classify.corpus import LabelledMessage, Row
from triage.classify.features import Sample
from triage.domain.labels import Kind, Process, Role, Service
from triage.errors import ModelError

TRAINING_FILES = sorted((CORPUS / "training").glob("*.jsonl"))
SETS = ["training", "evaluation", "evaluation-hard", "streams", "evaluation-streams"]


def _as_written(row: Row) -> Sample:
    """The message as it stands in the file. What is taken away from it is tested with `triage.learning`."""
    return Sample(row.subject, row.body, False, False)


def _read(path: Path) -> list[LabelledMessage]:
    return corpus.read(path, _as_written)


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
    [message] = _read(_write(tmp_path, _row()))
    assert (message.id, message.sender) == ("u-001", "joan.whitlow@family.example")
    assert (message.sample.subject, message.sample.text) == ("School taxi", "The taxi did not come again.")
    assert (message.labels.kind, message.labels.process) == (Kind.COMPLAINT, Process.CORPORATE)
    assert message.labels.themes == ("delay", "service_quality")


def test_a_message_says_where_it_stands_and_whether_it_is_hard(tmp_path: Path) -> None:
    unnamed = {key: value for key, value in _row(hard=True).items() if key != "id"}
    first, second = _read(_write(tmp_path, _row(), unnamed))
    assert (first.id, first.source, first.hard) == ("u-001", "some", False)
    assert (second.id, second.source, second.hard) == ("some-2", "some", True)


def test_the_kind_alone_is_label_enough_and_the_others_are_unknown(tmp_path: Path) -> None:
    """A council that measures the model on mail of its own has labelled no more than that."""
    [message] = _read(_write(tmp_path, _row(label="complaint")))
    assert (message.labels.kind, message.labels.process) == (Kind.COMPLAINT, None)
    assert message.unknown == {"process", "role", "urgent", "outside_scope", "service", "themes"}


def test_a_label_that_is_left_out_is_unknown_and_no_false_answer(tmp_path: Path) -> None:
    label = {key: value for key, value in _label().items() if key not in ("role", "service")}
    [message] = _read(_write(tmp_path, _row(label=label)))
    assert message.unknown == {"role", "service"}
    assert (message.labels.role, message.labels.service) == (Role.OTHER, Service.OTHER)


@pytest.mark.parametrize("name", ["process", "role", "urgent", "outside_scope", "service", "themes"])
def test_a_label_that_is_null_is_unknown_too(tmp_path: Path, name: str) -> None:
    [message] = _read(_write(tmp_path, _row(label=_label(**{name: None}))))
    assert message.unknown == {name}


def test_of_what_is_no_complaint_no_process_is_an_answer(tmp_path: Path) -> None:
    [message] = _read(_write(tmp_path, _row(label=_label(kind="enquiry", process=None))))
    assert "process" not in message.unknown


def test_what_a_councils_own_file_leaves_out_is_empty_and_not_the_word_none(tmp_path: Path) -> None:
    """Such a file may begin with the mark that Windows puts there (U+FEFF)."""
    row = _row(subject=None, body=None, to=None)
    del row["id"]
    path = _write(tmp_path, "\ufeff" + json.dumps(row))
    [message] = _read(path)
    assert (message.sample.subject, message.sample.text) == ("", "")
    row = _row()
    del row["subject"]
    [message] = _read(_write(tmp_path, row))
    assert message.sample.subject == ""


def test_the_event_of_a_stream_is_no_message(tmp_path: Path) -> None:
    closed = {"event": "close", "case": "k110", "date": "2026-02-26T16:00:42+00:00"}
    assert len(_read(_write(tmp_path, _row(), closed, _row(id="u-002")))) == 2


def test_the_place_of_a_reference_holds_one(tmp_path: Path) -> None:
    [message] = _read(_write(tmp_path, _row(subject="Re: {{ref:a1}}", body="About {{ref:a1}} again.")))
    assert (message.sample.subject, message.sample.text) == ("Re: CC-2026-000123", "About CC-2026-000123 again.")


def test_of_several_recipients_the_first_counts() -> None:
    assert corpus.address_in('"Hale, R" <R.Hale@ashmere.example>') == "r.hale@ashmere.example"
    assert corpus.address_in("a@ashmere.example, b@other.example") == "a@ashmere.example"


@pytest.mark.parametrize("line_break", ["\u2028", "\u2029", "\u0085"])
def test_a_message_with_an_odd_line_break_in_its_words_is_read(tmp_path: Path, line_break: str) -> None:
    """JSON allows them in a text, and mail programs write them."""
    text = f"The taxi{line_break}did not come."
    [message] = _read(_write(tmp_path, _row(body=text)))
    assert message.sample.text == text


WRONG = [
    pytest.param("{", id="no JSON"),
    pytest.param("[]", id="no object"),
    pytest.param(_row(label=_label(kind="grumble")), id="no such kind"),
    pytest.param(_row(label=_label(process="judicial")), id="no such process"),
    pytest.param(_row(label=_label(role="king")), id="no such role"),
    pytest.param(_row(label=_label(service="parks")), id="no such service"),
    pytest.param(_row(label=_label(themes=["weather"])), id="no such theme"),
    pytest.param(_row(label="grumble"), id="no such kind alone"),
    pytest.param(_row(label=["complaint"]), id="label is no object"),
    pytest.param(_row(label={"role": "parent_carer"}), id="no kind"),
    pytest.param(_row(label=_label(themes="delay")), id="themes are no list"),
    pytest.param(_row(headers=["x"]), id="headers are no object"),
    pytest.param({key: value for key, value in _row().items() if key != "label"}, id="no label"),
    pytest.param({key: value for key, value in _row().items() if key != "body"}, id="no body"),
    pytest.param(_row(label=_label(kind="enquiry")), id="enquiry with a process"),
    pytest.param(_row(label=_label(urgent="false")), id="urgency as a text"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_mislabelled_line_is_refused_with_its_file_and_line(tmp_path: Path, wrong: dict[str, Any] | str) -> None:
    with pytest.raises(ModelError, match=r"^[^\n]*some\.jsonl, line 2: [^\n]+$"):
        _read(_write(tmp_path, _row(), wrong))


def test_a_missing_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no labelled mail"):
        _read(tmp_path)
    with pytest.raises(ModelError, match=r"nowhere\.jsonl"):
        _read(tmp_path / "nowhere.jsonl")


@pytest.mark.parametrize("name", SETS)
def test_every_set_of_the_corpus_reads_and_holds_every_kind(name: str) -> None:
    assert {message.labels.kind for message in labelled(name)} == set(Kind)


def test_every_training_file_holds_messages() -> None:
    assert {message.source for message in labelled("training")} == {path.stem for path in TRAINING_FILES}


def test_no_complaint_of_the_corpus_is_without_words() -> None:
    assert [m.id for m in labelled("training") if m.labels.kind is Kind.COMPLAINT and not m.sample.text and not m.sample.subject] == []


def test_no_message_is_in_the_corpus_twice() -> None:
    ids = [message.id for name in SETS for message in labelled(name)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kept_apart", ["evaluation", "evaluation-hard", "evaluation-streams"])
def test_the_model_is_not_measured_on_words_that_it_learnt(kept_apart: str) -> None:
    learnt = {m.sample.text for name in ("training", "streams") for m in labelled(name) if len(m.sample.text) > 40}
    assert learnt & {m.sample.text for m in labelled(kept_apart)} == set()


@pytest.mark.parametrize("name", SETS)
def test_every_complaint_of_the_corpus_has_a_process_and_nothing_else_has(name: str) -> None:
    assert [m.id for m in labelled(name) if (m.labels.process is not None) != (m.labels.kind is Kind.COMPLAINT)] == []


def test_a_digest_changes_with_every_word_and_every_file(tmp_path: Path) -> None:
    path = _write(tmp_path, _row())
    before = corpus.digest(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("again", "today"), encoding="utf-8")
    changed = corpus.digest(tmp_path)
    path.rename(tmp_path / "other.jsonl")
    assert len({before, changed, corpus.digest(tmp_path)}) == 3
