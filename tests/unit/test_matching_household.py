"""What binds an author to a case's household, and what does not, whatever else is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.matching.household import Bond, bond

ASKED = (
    "address, other name", "other room", "writer is the other parent", "same name", "same child", "names its writer", "named by it",
    "same telephone", "same home", "on behalf", "go-between wrote", "go-between writes", "same client", "other client", "other child",
    "a relative writes", "a relative wrote", "a spouse writes", "same surname", "opposed", "at odds", "same address", "same go-between",
    "same initials", "reference numbers shared", "names shared", "in thread", "quotes it", "strangers", "name in address", "passed on",
    "near copy", "only go-betweens wrote", "cases of the go-between",
)  # fmt: skip


def bound(**said: float) -> Bond:
    return bond(dict.fromkeys(ASKED, 0.0) | {name.replace("_", " "): value for name, value in said.items()})


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_the_evidence_nobody_is_of_a_household_by_a_reference_or_a_forename_alone(data: st.DataObject) -> None:
    said = dict.fromkeys(ASKED, 0.0)
    for name in ("reference", "reference among", "shared forename only", "same subject", "words shared", "topic", "near copy", "in thread",
                 "same school", "names shared", "says: goes on"):  # fmt: skip
        said[name] = data.draw(st.floats(0, 3))
    assert bond(said) is Bond.NONE


@pytest.mark.parametrize("guard", ["address, other name", "other room", "writer is the other parent"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nothing_outweighs_somebody_else_at_the_address_another_room_or_the_other_parent(guard: str, data: st.DataObject) -> None:
    said = {name: data.draw(st.floats(0, 2)) for name in ASKED} | {guard: 1.0}
    assert bond(said) is Bond.NONE


@pytest.mark.parametrize(
    "said",
    [
        {"same_address": 1},
        {"same_telephone": 1},
        {"same_home": 1},
        {"same_name": 1, "names_shared": 1},
        {"a_relative_writes": 1, "same_child": 0.9},
        {"a_relative_wrote": 1, "same_surname": 0.9},
        {"on_behalf": 1, "names_its_writer": 0.9},
        {"same_go-between": 1, "same_initials": 1},
    ],
)
def test_what_shows_that_somebody_belongs_to_the_household(said: dict[str, float]) -> None:
    assert bound(**said) is Bond.SHOWN


@pytest.mark.parametrize(
    "said",
    [
        {"a_relative_writes": 1, "same_child": 0.5},
        {"named_by_it": 0.9},
        {"same_go-between": 1},
        {"same_go-between": 1, "in_thread": 1},
        {"go-between_wrote": 1, "only_go-betweens_wrote": 1, "names_its_writer": 0.9},
        {"same_name": 0.5, "name_in_address": 1},
        {"passed_on": 1, "near_copy": 0.9},
        {"same_home": 1, "strangers": 1},
        {"same_home": 1, "go-between_writes": 1},
    ],
)
def test_what_only_makes_it_likely(said: dict[str, float]) -> None:
    assert bound(**said) is Bond.LIKELY


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"same_name": 1},
        {"same_surname": 0.9},
        {"same_child": 1},
        {"near_copy": 1},
        {"a_relative_writes": 1, "same_child": 0.5, "at_odds": 1},
        {"named_by_it": 1, "opposed": 1},
        {"same_go-between": 1, "other_child": 1},
        {"same_go-between": 1, "in_thread": 1, "cases_of_the_go-between": 2},
        {"same_go-between": 1, "other_client": 1},
    ],
)
def test_what_binds_nobody(said: dict[str, float]) -> None:
    assert bound(**said) is Bond.NONE
