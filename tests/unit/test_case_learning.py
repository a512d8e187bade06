"""What is learnt of cases: the thresholds that held-out lessons choose, and the order in which a stream is met."""

from itertools import pairwise

import pytest

from tests.support.mail import ROOT
from triage import case_learning, replay
from triage.case_learning import Lesson
from triage.matching.household import Bond
from triage.matching.scorer import Thresholds


def _lesson(number: int, right: bool, **evidence: float) -> Lesson:
    said = {"bond": float(Bond.SHOWN), "perhaps other strand": 0.0, "go-between writes": 0.0, "passed on": 0.0, "same address": 1.0,
            "other strand": 0.0} | {name.replace("_", " "): value for name, value in evidence.items()}  # fmt: skip
    return Lesson("a stream", f"m{number}", said, right, said["bond"] > Bond.NONE)


def _chosen(judged: list[tuple[float, Lesson]]) -> Thresholds:
    return case_learning.choose_thresholds([lesson for _, lesson in judged], [probability for probability, _ in judged])


def test_a_threshold_lies_above_what_was_wrong() -> None:
    judged = [(0.99 - 0.0001 * number, _lesson(number, True)) for number in range(500)]
    judged += [(0.8 - 0.001 * number, _lesson(1000 + number, number % 2 == 0)) for number in range(100)]
    # Of five hundred two may be wrong.
    assert 0.79 < _chosen(judged).join <= 0.94


def test_who_is_known_less_well_must_never_reach_less() -> None:
    judged = [(0.95, _lesson(number, True)) for number in range(300)]
    judged += [(0.6, _lesson(300 + number, True, same_address=0.0)) for number in range(300)]
    judged += [(0.6, _lesson(600 + number, True, **{"go-between_writes": 1.0})) for number in range(300)]
    chosen = _chosen(judged)
    assert chosen.join == 0.95
    assert chosen.join_others >= chosen.join and chosen.join_go_between >= chosen.join and chosen.join_likely >= chosen.join_others


def test_what_no_bond_or_another_strand_keeps_apart_chooses_nothing() -> None:
    apart = [(0.99, _lesson(number, False, bond=0.0)) for number in range(50)]
    apart += [(0.99, _lesson(50 + number, False, other_strand=1.0)) for number in range(50)]
    right = [(0.9, _lesson(200 + number, True)) for number in range(300)]
    assert _chosen([*apart, *right]).join == 0.9


@pytest.mark.parametrize(
    ("evidence", "name"),
    [
        ({}, "join"),
        ({"same_address": 0.0}, "join_others"),
        ({"go-between_writes": 1.0}, "join_go_between"),
        ({"go-between_writes": 1.0, "passed_on": 1.0, "same_address": 0.0}, "join_others"),
        ({"bond": float(Bond.LIKELY)}, "join_likely"),
        ({"perhaps_other_strand": 1.0}, "join_likely"),
    ],
)
def test_which_threshold_a_message_must_reach(evidence: dict[str, float], name: str) -> None:
    assert Thresholds.which(_lesson(1, True, **evidence).evidence) == name


def test_mailbox_by_mailbox_nothing_is_left_out_and_no_closing_is_passed() -> None:
    [stream] = replay.read(ROOT / "models/corpus/streams/streams3.jsonl")
    entries = [entry if isinstance(entry, replay.Closing) else (entry, None) for entry in stream.entries]
    found = case_learning._by_mailbox(entries)  # type: ignore[arg-type]
    assert sorted(map(id, found)) == sorted(map(id, entries))
    closings = [entry for entry in entries if isinstance(entry, replay.Closing)]
    assert [entry for entry in found if isinstance(entry, replay.Closing)] == closings
    first = entries.index(closings[0])
    assert {id(entry) for entry in found[:first]} == {id(entry) for entry in entries[:first]}
    boxes = [entry[0].mailbox for entry in found[:first]]  # type: ignore[index]
    assert sum(one != after for one, after in pairwise(boxes)) == len(set(boxes)) - 1
