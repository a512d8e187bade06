"""The command that measures which case each message comes to, as it is called."""

import json
from pathlib import Path
from shutil import copy

import pytest

from tests.support.mail import ROOT
from tests.support.program import Program, one_line, write_config

SMALL = ROOT / "tests/data/streams/small.jsonl"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(write_config(tmp_path, {"complaints": "shared"}, port=1))


def test_a_stream_is_measured_shown_and_written_as_a_page_and_no_store_is_made_for_it(program: Program, tmp_path: Path):
    page = tmp_path / "page.html"
    done = program("evaluate", "--streams", str(SMALL), "--order", "one-batch", "--missed", "--html", str(page))
    assert (done.returncode, done.stderr) == (0, "evaluating: small, 8 messages\n")
    lines = done.stdout.splitlines()
    assert lines[0].endswith(" on small.jsonl, mail one-batch")
    assert lines[2].split() == ["messages", "that", "belong", "to", "a", "case", "7"]
    assert "Cases closed: 1; not there, or closed already: 1.\n" in done.stdout
    assert "\nwrong merges" in done.stdout and "\nmissed merges" in done.stdout
    assert done.stdout.endswith(f"\nwritten: {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not (tmp_path / "triage.db").exists()


def test_the_streams_of_a_folder_are_each_a_stream_and_their_figures_add_up(program: Program, tmp_path: Path):
    """The two are one and the same: were they one stream, the messages of the second would be copies of the first's."""
    folder = tmp_path / "streams"
    folder.mkdir()
    for name in ("one", "two"):
        copy(SMALL, folder / f"{name}.jsonl")
    done = program("evaluate", "--streams", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    one, two, total = found["streams"]["one"], found["streams"]["two"], found["total"]
    assert one == two
    assert (one["messages"], total["messages"]) == (7, 14)
    assert (one["pairwise"]["pairs"], total["pairwise"]["pairs"]) == (6, 12)
    assert total["pairwise"]["joined"] == 2 * one["pairwise"]["joined"] >= 6
    assert total["bcubed"] == one["bcubed"]
    assert (total["related"]["true"], found["cases_closed"], found["cases_not_closed"]) == (2, 2, 2)
    assert found["order"] == "as-it-came"
    assert [merge["stream"] for merge in found["wrong_merges"]] == []


def test_where_messages_could_not_be_processed_it_says_so_and_ends_with_1(program: Program, tmp_path: Path):
    """A day after the last one that there is cannot be reckoned with."""
    own = tmp_path / "own.jsonl"
    row = {"id": "u-1", "mailbox": "complaints", "from": "a@x.example", "to": "b@y.example", "body": "Text.", "label": {"case": None}}
    own.write_text(json.dumps({**row, "date": "9999-12-31T12:00:00+00:00"}), encoding="utf-8")
    done = program("evaluate", "--streams", str(own), "--json")
    assert done.returncode == 1
    assert list(json.loads(done.stdout)["failed"].values()) == [1]
    assert "Error: 1 message could not be processed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--streams", "{folder}/missing.jsonl"], 2, "there is no such file or folder"),
        (["--streams", "{folder}/broken.jsonl"], 1, "broken.jsonl, line 1: is not a row of a stream: has no 'label'"),
        (["--streams", "{folder}/broken.jsonl", "--order", "backwards"], 2, "one-batch"),
        (["{folder}/broken.jsonl", "--streams", "{folder}/broken.jsonl"], 2, "give either FILE or --streams"),
        (["--order", "one-batch"], 2, "--order goes with --streams only"),
        (["--missed"], 2, "--missed goes with --streams only"),
        (["--json"], 2, "--json goes with --streams only"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(program: Program, tmp_path: Path, arguments: list[str], status: int, says: str):
    (tmp_path / "broken.jsonl").write_text("{}\n", encoding="utf-8")
    done = program("evaluate", *(one.format(folder=tmp_path) for one in arguments))
    assert (done.returncode, done.stdout) == (status, "")
    assert one_line(done.stderr) and says in done.stderr
