"""What became of streams, as it is printed, as JSON and as a page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.test_evaluation_page import _Page
from triage.domain.case import Relation
from triage.evaluation import StreamEvaluation, write_streams_page
from triage.printing import print_streams
from triage.replay import Order, Placed, Replay, StreamMessage

Captured = pytest.CaptureFixture[str]
NEW, REPEAT = Relation.NEW, Relation.REPEAT
MARKUP = "<script>alert(1)</script>\n\n& the taxi did not come. " * 12


def _placed(
    name: str, true: str | None, case: str | None, *, suggested: str | None = None, body: str = "Text.", reason: str = ""
) -> Placed:
    message = StreamMessage(
        id=name, mailbox="complaints", sender=f"Person {name} <{name}@family.example>", recipient="complaints@ashmere.example",
        copied_to="", subject=f"Subject of {name}", body=body, date=datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=int(name[1:])),
        message_id="", in_reply_to="", references=(), headers=(), case=true, relation=NEW, related_to=(),
    )  # fmt: skip
    return Placed(message, NEW, "complaint" if reason != "it could not be read" else None, case, suggested, NEW if case else None, reason)


FIRST = Replay(
    "first",
    (
        _placed("m1", "A", "CC-1", body=MARKUP),
        _placed("m2", "B", "CC-1", reason="It answers a message of CC-1."),
        _placed("m3", "A", "CC-2", suggested="CC-1", reason="It may belong to CC-1."),
        _placed("m4", "B", None),
    ),
    frozenset(), 2, 1,
)  # fmt: skip
SECOND = Replay("second", (_placed("m5", "A", "CC-1"), _placed("m6", "A", "CC-1")), frozenset(), 0, 0)


def _result(*replays: Replay) -> StreamEvaluation:
    return StreamEvaluation.of("streams", "2026-11-22-abc", Order.ONE_BATCH, replays)


def _printed(capsys: Captured, result: StreamEvaluation, *, missed: bool = False) -> str:
    print_streams(result, missed=missed)
    return capsys.readouterr().out


def test_the_figures_come_first_a_column_for_each_stream_and_one_for_all(capsys: Captured) -> None:
    """Of the first stream one pair is joined, wrongly, and of two that belong together one is asked about; of the second all is right."""
    lines = _printed(capsys, _result(FIRST, SECOND)).splitlines()
    assert lines[0] == "model 2026-11-22-abc on streams, mail one-batch"
    assert lines[1].split() == ["first", "second", "all"]
    cells = {line[:42].strip(): line[42:].split("  ") for line in lines[2:24]}
    figures = {name: [cell.strip() for cell in found if cell.strip()] for name, found in cells.items()}
    assert figures["messages that belong to a case"] == ["4", "2", "6"]
    assert figures["pairs joined without a person: precision"] == ["0.000", "1.000", "0.500"]
    assert figures["pairs joined without a person: recall"] == ["0.000", "1.000", "0.333"]
    assert figures["recall with what a person is asked about"] == ["0.500", "1.000", "0.667"]
    assert figures["pairs joined, of them wrong"] == ["1, 1", "1, 0", "2, 1"]
    assert figures["relation right"] == ["3 of 4", "2 of 2", "5 of 6"]


def test_one_stream_needs_no_column_for_all(capsys: Captured) -> None:
    assert _printed(capsys, _result(SECOND)).splitlines()[1].split() == ["second"]


def test_many_streams_have_a_line_each_below_the_figures_of_all(capsys: Captured) -> None:
    out = _printed(capsys, _result(FIRST, *(replace(SECOND, stream=f"second {number}") for number in range(4))))
    assert out.splitlines()[1].split() == ["all"]
    assert "  first: 4 messages, pairs joined 1, of them wrong 1, recall 0.000, with what a person is asked about 0.500\n" in out
    assert out.count("pairs joined 1, of them wrong 0, recall 1.000") == 4


def test_each_wrong_merge_shows_both_messages_and_the_programs_reason(capsys: Captured) -> None:
    out = _printed(capsys, _result(FIRST))
    wrong = out.partition("\nwrong merges")[2]
    assert "  first: m2 is on CC-1. It answers a message of CC-1.\n" in wrong
    assert "    m1, 2026-03-03T00:00:00+00:00, Person m1 <m1@family.example>: Subject of m1\n" in wrong
    quoted = wrong.partition("Subject of m1\n      ")[2].partition("\n")[0]
    assert quoted == " ".join(MARKUP.split())[:300]
    assert "    m2, 2026-03-04T00:00:00+00:00, Person m2 <m2@family.example>: Subject of m2\n      Text.\n" in wrong


def test_what_was_missed_is_counted_and_shown_only_where_it_is_asked_for(capsys: Captured) -> None:
    out = _printed(capsys, _result(FIRST))
    assert "Not on the case that they belong to: 2 messages; about 1 of them a person is asked." in out
    assert "Cases closed: 2; not there, or closed already: 1." in out
    assert "missed merges" not in out and "m4" not in out
    out = _printed(capsys, _result(FIRST), missed=True)
    missed = out.partition("\nmissed merges")[2]
    assert "  first: m3 is on CC-2; a person is asked about the right one. It may belong to CC-1.\n" in missed
    assert "  first: m4 is on no case.\n    m2, " in missed


def test_where_nothing_is_wrong_it_says_so(capsys: Captured) -> None:
    assert _printed(capsys, _result(SECOND)).endswith("does not belong with\n  none\n")


def test_as_json_it_holds_the_same_and_the_texts_of_what_was_missed_only_where_they_are_asked_for() -> None:
    found = _result(FIRST, SECOND).as_dict(missed=False)
    assert list(found["streams"]) == ["first", "second"]
    assert found["total"]["pairwise"] == {
        "precision": 0.5, "recall": 0.3333, "f1": 0.4, "recall_with_suggestions": 0.6667, "pairs": 3, "joined": 2, "wrong": 1,
    }  # fmt: skip
    assert (found["order"], found["cases_closed"], found["cases_not_closed"]) == ("one-batch", 2, 1)
    [merge] = found["wrong_merges"]
    assert (merge["stream"], merge["case"], merge["earlier"]["id"], merge["message"]["id"]) == ("first", "CC-1", "m1", "m2")
    assert found["missed_merges"] == {"messages": 2, "asked": 1}
    each = _result(FIRST).as_dict(missed=True)["missed_merges"]["each"]
    assert [(one["earlier"]["id"], one["message"]["id"], one["asked"]) for one in each] == [("m1", "m3", True), ("m2", "m4", False)]


def test_what_could_not_be_processed_is_counted_by_why() -> None:
    broken = Replay("third", tuple(_placed(f"m{n}", "A", None, reason="it could not be read") for n in (7, 8)), frozenset(), 0, 0)
    assert _result(SECOND).failed == {}
    assert _result(SECOND, broken).failed == {"it could not be read": 2}


@pytest.mark.parametrize("missed", [False, True])
def test_the_page_is_whole_and_no_word_of_a_mail_runs_in_it(tmp_path: Path, missed: bool) -> None:
    path = tmp_path / "page.html"
    write_streams_page(_result(FIRST, SECOND), path, missed=missed)
    text = path.read_text(encoding="utf-8")
    page = _Page(text)
    assert "script" not in page.order
    assert "<script>alert(1)</script> & the taxi did not come." in " ".join(page.said)
    assert "http" not in text
    assert page.order.count("table") == (3 if missed else 2)
    assert ("Subject of m4" in text) is missed
