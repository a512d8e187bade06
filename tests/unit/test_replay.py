"""Streams: how they are read, written as mail, and handed over in several orders."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.mail import ROOT
from triage.domain.case import Relation
from triage.domain.message import MailboxKind
from triage.errors import ModelError
from triage.mailbox.parsing import parse
from triage.replay import Closing, Order, Stream, StreamMessage, handed_over, read

SMALL = ROOT / "tests/data/streams/small.jsonl"


def _row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "u-1",
        "mailbox": "complaints",
        "from": "Joan Whitlow <joan.whitlow@family.example>",
        "to": "complaints@ashmere.example",
        "subject": "School taxi",
        "date": "2026-03-02T12:00:00+00:00",
        "body": "The taxi did not come again.",
        "label": {"kind": "complaint", "case": "a1", "relation": "new", "related_to": []},
        **changes,
    }


def _write(folder: Path, *rows: Mapping[str, Any] | str) -> Path:
    path = folder / "some.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _message(folder: Path, **changes: Any) -> StreamMessage:
    [stream] = read(_write(folder, _row(**changes)))
    [message] = stream.messages
    return message


def test_a_stream_is_read_with_its_labels_and_closings_in_their_order() -> None:
    [stream] = read(SMALL)
    assert (stream.name, stream.council) == ("small", "thornmere.example")
    names = [entry.id if isinstance(entry, StreamMessage) else f"close {entry.case}" for entry in stream.entries]
    assert names == ["t-01", "t-02", "t-03", "t-04", "t-05", "t-06", "close r-1", "close r-9", "t-07", "t-08"]
    labels = {message.id: (message.case, message.relation, message.related_to) for message in stream.messages}
    assert labels["t-01"] == ("r-1", Relation.NEW, ())
    assert labels["t-04"] == ("r-3", Relation.NEW, ("r-2",)), "a related case is new"
    assert labels["t-05"] == (None, None, ())
    assert labels["t-07"] == ("r-1", Relation.ESCALATION, ())


def test_a_folder_holds_a_stream_a_file_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("second", "first"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(_row()), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no stream", encoding="utf-8")
    assert [stream.name for stream in read(tmp_path)] == ["first", "second"]


def test_what_may_be_left_out_may_be_left_out(tmp_path: Path) -> None:
    row = _row(label={"case": None}, cc=None, references=None)
    del row["id"], row["subject"]
    [stream] = read(_write(tmp_path, "", row))
    [message] = stream.messages
    assert (message.id, message.subject, message.relation, message.message_id, message.references) == ("some-2", "", None, "", ())


def test_whose_mailbox_it_is_says_its_kind(tmp_path: Path) -> None:
    kinds = {name: _message(tmp_path, mailbox=name).mailbox_kind for name in ("complaints", "officer", "officer:a.hale", "officers-desk")}
    shared, officer = MailboxKind.SHARED, MailboxKind.OFFICER
    assert kinds == {"complaints": shared, "officer": officer, "officer:a.hale": officer, "officers-desk": shared}


def test_the_council_is_the_domain_that_most_messages_are_written_to(tmp_path: Path) -> None:
    to = ["Complaints <complaints@ashmere.example>, a.hale@ashmere.example", "B Carr <b.carr@Ashmere.example>", "x@otherbury.example"]
    [stream] = read(_write(tmp_path, *(_row(id=f"u-{number}", to=one) for number, one in enumerate(to))))
    assert stream.council == "ashmere.example"


_LABEL = _row()["label"]
_CLOSE = {"event": "close", "case": "a1", "date": "2026-03-02T12:00:00+00:00"}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{", "is not a row of a stream"),
        ("[1]", "it must be a JSON object"),
        ("[" * 100_000, "is not a row of a stream"),
        ({key: value for key, value in _row().items() if key != "body"}, "has no 'body'"),
        ({key: value for key, value in _row().items() if key != "date"}, "has no 'date'"),
        ({key: value for key, value in _row().items() if key != "label"}, "has no 'label'"),
        (_row(body=7), "body must be text"),
        (_row(date="last Tuesday"), "isoformat"),
        (_row(date="2026-03-02T12:00:00"), "date must say how far it is from UTC"),
        (_row(references="<a@b.example>"), "references must be a list of texts"),
        (_row(headers=["Auto-Submitted"]), "headers must be an object"),
        (_row(label="complaint"), "label must be an object"),
        (_row(label={"kind": "complaint"}), "has no 'case'"),
        (_row(label={**_LABEL, "case": 3}), "case must be a name"),
        (_row(label={**_LABEL, "case": ""}), "case must be a name"),
        (_row(label={**_LABEL, "relation": "sequel"}), "label.relation must be"),
        (_row(label={**_LABEL, "relation": ["new"]}), "label.relation must be"),
        (_row(label={**_LABEL, "related_to": "a2"}), "related_to must be a list of texts"),
        (_row(label={"case": None, "relation": "repeat"}), "label.relation must be none"),
        (_row(label={"case": None, "relation": "none", "related_to": ["a2"]}), "label.related_to must be empty"),
        (_row(), "its id stands twice"),
        ({**_CLOSE, "event": "open"}, 'the only event is "close"'),
        ({key: value for key, value in _CLOSE.items() if key != "case"}, "has no 'case'"),
        ({**_CLOSE, "date": None}, "date must be text"),
    ],
)  # fmt: skip
def test_a_row_that_is_none_of_a_stream_is_named_by_file_and_line(tmp_path: Path, row: Mapping[str, Any] | str, says: str) -> None:
    path = _write(tmp_path, _row(), row)
    with pytest.raises(ModelError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}, line 2: is not a row of a stream: ")
    assert says in str(error.value)


def test_a_file_without_a_message_and_a_folder_without_a_file_are_no_streams(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no stream \(\*\.jsonl\) here"):
        read(tmp_path)
    with pytest.raises(ModelError, match="there is no message here"):
        read(_write(tmp_path, _CLOSE))
    (tmp_path / "some.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="cannot be read as UTF-8 text"):
        read(tmp_path / "some.jsonl")


# As mail


def test_a_message_is_written_with_everything_by_which_it_is_recognised(tmp_path: Path) -> None:
    message = _message(
        tmp_path, cc="a.hale@ashmere.example", date="2026-06-02T12:00:00+01:00", message_id="<2@family.example>",
        in_reply_to="<1@family.example>", references=["<0@family.example>", "<1@family.example>"], headers={"Auto-Submitted": "auto-replied"},
    )  # fmt: skip
    parsed = parse(message.as_mail({}))
    assert (parsed.sender.address, parsed.sender.name) == ("joan.whitlow@family.example", "Joan Whitlow")
    assert [one.address for one in parsed.recipients] == ["complaints@ashmere.example", "a.hale@ashmere.example"]
    assert (parsed.subject, parsed.message_id, parsed.automatic) == ("School taxi", "<2@family.example>", True)
    assert parsed.thread == ("<1@family.example>", "<0@family.example>")
    assert parsed.sent_at == datetime(2026, 6, 2, 11, 0, tzinfo=UTC)
    assert parsed.bodies[0].plain is not None
    assert parsed.bodies[0].plain.strip() == "The taxi did not come again."


def test_what_a_message_has_not_is_not_written(tmp_path: Path) -> None:
    raw = _message(tmp_path).as_mail({})
    assert [name for name in (b"Cc:", b"Message-ID:", b"In-Reply-To:", b"References:") if name in raw] == []


def test_the_councils_references_stand_where_a_stream_quotes_them_and_one_that_is_not_known_is_like_none_that_is(tmp_path: Path) -> None:
    message = _message(
        tmp_path, subject="Re: {{ref:c5-07}}", body="You call it {{ref:c5-07}}, or is it {{ref:b_2}}? Not {{ref:}} or {{ref:a b}}."
    )
    assert message.quoted_cases == {"c5-07", "b_2"}
    parsed = parse(message.as_mail({"c5-07": "CC-2026-000031"}))
    assert parsed.subject == "Re: CC-2026-000031"
    assert parsed.bodies[0].plain is not None
    assert "You call it CC-2026-000031, or is it CC-2026-999999? Not {{ref:}} or {{ref:a b}}." in parsed.bodies[0].plain


# In order


def _batches(order: Order) -> list[str]:
    """Each batch of the small stream as its messages' ids, each closing as its case."""
    [stream] = read(SMALL)
    return [batch.case if isinstance(batch, Closing) else " ".join(message.id for message in batch) for batch in handed_over(stream, order)]


@pytest.mark.parametrize(
    ("order", "batches"),
    [
        (Order.AS_IT_CAME, ["t-01", "t-02", "t-03", "t-04", "t-05", "t-06", "r-1", "r-9", "t-07", "t-08"]),
        (Order.MAILBOX_BY_MAILBOX, ["t-01", "t-03", "t-06", "t-02", "t-05", "t-04", "r-1", "r-9", "t-07", "t-08"]),
        (Order.MAILBOXES_REVERSED, ["t-04", "t-02", "t-05", "t-01", "t-03", "t-06", "r-1", "r-9", "t-08", "t-07"]),
        (Order.ONE_BATCH, ["t-01 t-03 t-06", "t-02 t-05", "t-04", "r-1", "r-9", "t-07", "t-08"]),
    ],
)
def test_mail_is_handed_over_in_its_order_and_never_across_a_closing(order: Order, batches: list[str]) -> None:
    assert _batches(order) == batches


def test_what_came_after_the_last_closing_and_before_the_first_is_handed_over_too(tmp_path: Path) -> None:
    [stream] = read(_write(tmp_path, _CLOSE, _row(), _row(id="u-2", mailbox="officer:a.hale")))
    assert isinstance(stream, Stream)
    for order in Order:
        handed = [batch for batch in handed_over(stream, order) if not isinstance(batch, Closing)]
        assert sorted(message.id for batch in handed for message in batch) == ["u-1", "u-2"]
