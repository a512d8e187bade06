"""Near-copies between training and evaluation mail would make figures too good."""

import pytest

from tests.support.corpora import labelled
from triage.classify.alike import near_duplicates

ONE = "The taxi has not come for three days and nobody at the depot answers the telephone at all in the mornings."
COPY = "Hello, the taxi has not come for three days and nobody at the depot answers the telephone at all in the mornings. Ta"
OTHER = "Could you tell me on which day the library at Moor End opens for the little ones after the summer holidays?"


def test_a_copy_with_a_greeting_is_found() -> None:
    [(one, other, share)] = near_duplicates({"a": ONE, "b": COPY, "c": OTHER}, 0.5)
    assert {one, other} == {"a", "b"}
    assert share == 1.0


def test_a_few_common_words_make_no_copy() -> None:
    assert list(near_duplicates({"a": "Thanks for getting back to me.", "b": "Thanks for getting back to me!"}, 0.5)) == []


@pytest.mark.parametrize("kept_apart", ["evaluation", "evaluation-hard"])
def test_no_message_of_an_evaluation_set_is_a_near_copy_of_one_that_was_learnt_from(kept_apart: str) -> None:
    texts = {f"learnt {m.id}": m.sample.text for name in ("training", "streams") for m in labelled(name)}
    texts |= {f"kept {m.id}": m.sample.text for m in labelled(kept_apart)}
    found = [(one, other) for one, other, _ in near_duplicates(texts, 0.5) if one.split()[0] != other.split()[0]]
    assert found == []


def test_nobody_writes_in_a_training_and_in_an_evaluation_set() -> None:
    learnt = {m.sender for name in ("training", "streams") for m in labelled(name)}
    kept = {m.sender for name in ("evaluation", "evaluation-hard") for m in labelled(name)}
    assert learnt & kept == set()
