"""What commands print: rows as CSV, and figures for a person."""

import csv
import io

import pytest

from tests.unit.judging import judgement, labelled_message
from tests.unit.making import labels
from triage.classify import figures
from triage.domain.labels import Kind, Role
from triage.evaluation import Evaluation
from triage.printing import print_csv, print_evaluation, print_figures

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
Captured = pytest.CaptureFixture[str]


def test_rows_are_printed_under_their_headings(capsys: Captured) -> None:
    print_csv([{"kind": "complaint", "part": 0}, {"kind": "none", "part": 1}])
    assert capsys.readouterr().out == "kind,part\ncomplaint,0\nnone,1\n"


def test_no_rows_print_nothing(capsys: Captured) -> None:
    print_csv([])
    assert capsys.readouterr().out == ""


def test_lists_are_json_and_nothing_is_empty_and_true_is_written_so(capsys: Captured) -> None:
    print_csv([{"themes": ["delay", "é"], "urgent": True, "case": None, "entities": {"people": ["Ann"]}, "confidence": 0.5}])
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row == {"themes": '["delay", "é"]', "urgent": "true", "case": "", "entities": '{"people": ["Ann"]}', "confidence": "0.5"}


@pytest.mark.parametrize("text", ["=1+1", "+44 7700", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(capsys: Captured, text: str) -> None:
    print_csv([{"subject": text}])
    assert capsys.readouterr().out.partition("\n")[2].lstrip('"').startswith("'")


def test_a_number_below_nought_is_no_formula(capsys: Captured) -> None:
    print_csv([{"size": -3}])
    assert capsys.readouterr().out == "size\n-3\n"


MESSAGES = [labelled_message("a", C), labelled_message("b", C, "It never came."), labelled_message("c", labels(E, role=Role.MP))]
JUDGEMENTS = [judgement(C, 0.95, sure=True), judgement(N, 0.9, sure=True), judgement(E, 0.7)]


def test_figures_say_first_how_well_the_kind_is_told_and_what_is_lost(capsys: Captured) -> None:
    print_figures(figures.measure(MESSAGES, JUDGEMENTS))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 messages: kind macro-F1 0.833, calibration error 0.417"
    assert lines[1] == "decided without a person: 67%, of those right 50.0%; complaints decided to be something else: 1"
    assert "  kind complaint          precision 1.00  recall 0.50  F1 0.67  (2 messages)" in lines
    assert any(line.startswith("  outside scope ") for line in lines)
    assert any(line.startswith("  theme service quality ") for line in lines)


def test_where_nothing_was_decided_nothing_is_said_of_it(capsys: Captured) -> None:
    print_figures(figures.measure(MESSAGES[:1], [judgement(C, 0.4)]))
    assert "decided without" not in capsys.readouterr().out


def test_an_evaluation_prints_every_part_of_it(capsys: Captured) -> None:
    result = Evaluation.of("own.jsonl", "2026-11-22-abc", figures.measure(MESSAGES, JUDGEMENTS), MESSAGES, JUDGEMENTS)
    print_evaluation(result)
    out = capsys.readouterr().out
    assert out.startswith("model 2026-11-22-abc on own.jsonl\n")
    for heading in (
        "\nrole\n",
        "\nwhat was taken for what",
        "\nis it as sure as it is right?\n",
        "\ngroups of authors\n",
        "\nthe worst mistakes",
    ):
        assert heading in out
    assert "  members and advocates: 1 messages" in out
    assert "  b: complaint taken for none, 90%, DECIDED: : It never came." in out


def test_the_confusion_has_a_line_for_each_true_kind(capsys: Captured) -> None:
    print_evaluation(Evaluation.of("x", "y", figures.measure(MESSAGES, JUDGEMENTS), MESSAGES, JUDGEMENTS))
    lines = capsys.readouterr().out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("what was taken"))
    assert [line.split() for line in lines[start + 1 : start + 3]] == [
        ["complaint", "enquiry", "compliment", "none"],
        ["complaint", "1", "0", "0", "1"],
    ]


def test_without_a_mistake_it_says_so(capsys: Captured) -> None:
    print_evaluation(Evaluation.of("x", "y", figures.measure(MESSAGES[:1], JUDGEMENTS[:1]), MESSAGES[:1], JUDGEMENTS[:1]))
    assert capsys.readouterr().out.endswith("first\n  none\n")
