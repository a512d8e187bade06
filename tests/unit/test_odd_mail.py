"""Odd mail of many programs: what a person reads in each of them. `tests/data/odd_mail/expected.jsonl` says what that is."""

import json
from typing import Any

import pytest

from tests.unit.making import ROOT, within_cpu_seconds
from triage.mailbox.parsing import parse
from triage.text.reading import read

FOLDER = ROOT / "tests" / "data" / "odd_mail"
EXPECTED: list[dict[str, Any]] = [json.loads(line) for line in (FOLDER / "expected.jsonl").read_text(encoding="utf-8").split("\n") if line]


def _collapsed(text: str | None) -> str:
    return " ".join((text or "").split())


def test_every_odd_mail_has_an_expectation() -> None:
    assert {row["file"] for row in EXPECTED} == {path.name for path in FOLDER.glob("*.eml")}


@pytest.mark.parametrize("row", EXPECTED, ids=[row["file"].removesuffix(".eml") for row in EXPECTED])
def test_odd_mail_reads_as_a_person_reads_it(row: dict[str, Any]) -> None:
    with within_cpu_seconds(2):
        message = parse((FOLDER / row["file"]).read_bytes())
        text = read(message)
    what = row["what"]
    if row["subject"] != "?":
        assert _collapsed(message.subject) == _collapsed(row["subject"]), what
    assert message.sender.address == (row["from_address"] or ""), what
    assert message.sender.name == (row["from_name"] or ""), what
    assert [words for words in row["body_contains"] if _collapsed(words) not in _collapsed(text)] == [], what
    assert [words for words in row["body_excludes"] if words in text] == [], what
    if row["attachments"] is not None:
        assert [one.name for one in message.attachments] == row["attachments"], what
    assert message.structure.value == row["structure"], what
