"""How well messages are put on cases, against streams small enough to be worked out by hand, and what holds for all streams."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from triage.domain.case import Relation
from triage.matching.figures import Figures, Row, measure, missed_merges, wrong_merges, wrong_pairs

NEW, REPEAT, ESCALATION = Relation.NEW, Relation.REPEAT, Relation.ESCALATION

# Found cases go by numbers, true ones by letters.
ROWS = [
    Row("A", "1", None, NEW, NEW),
    Row("A", "1", None, REPEAT, REPEAT),
    Row("B", "1", None, NEW, REPEAT),  # joined to another household's case
    Row("A", "2", "1", ESCALATION, NEW),  # a person is asked about the right case
    Row("B", "3", None, REPEAT, NEW),
    Row(None, "3", None, None, REPEAT),  # nothing, joined to a case
    Row(None, "4", None, None, NEW),  # nothing, on a case of its own
    Row("C", None, None, NEW, None),  # taken for nothing
    Row("C", "5", "3", REPEAT, NEW),  # a person is asked about the wrong case
]


def test_a_pair_is_right_where_both_belong_to_one_true_case() -> None:
    """Joined: of case 1 the pairs 0-1, 0-2, 1-2, of case 3 the pair 4-5; right is 0-1. True: 0-1, 0-3, 1-3, 2-4, 7-8."""
    found = measure(ROWS)
    assert (found.joined, found.pairs_joined, found.wrong, found.pairs) == (4, 1, 3, 5)
    assert (found.precision, found.recall) == (0.25, 0.2)


def test_recall_with_suggestions_counts_a_pair_of_which_one_is_suggested_the_case_of_the_other() -> None:
    """Row 3 is suggested case 1, on which rows 0 and 1 are: 3 of 5 pairs. The suggestion of row 8 brings it to nobody."""
    found = measure(ROWS)
    assert found.pairs_asked == 2
    assert found.recall_with_suggestions == 0.6


def test_two_that_are_suggested_one_case_on_which_neither_is_are_not_brought_together() -> None:
    assert measure([Row("A", "1", "3"), Row("A", "2", "3"), Row("B", "3")]).recall_with_suggestions == 0.0


def test_a_pair_that_was_joined_is_not_counted_again_because_of_a_suggestion() -> None:
    assert measure([Row("A", "1"), Row("A", "1", "1")]).recall_with_suggestions == 1.0


def test_b_cubed_takes_the_mean_over_rows_that_belong_to_a_case() -> None:
    """Precision: 2/3, 2/3, 1/3 of case 1; 1 alone; 1/2 of case 3, beside what is nothing; 1 on no case; 1 alone: 31/6 of 7 rows.

    Recall: 2/3, 2/3 and 1/3 of A, 1/2 and 1/2 of B, 1/2 and 1/2 of C: 22/6 of 7 rows.
    """
    found = measure(ROWS)
    assert found.rows == 7
    assert found.bcubed_precision == pytest.approx(31 / 42)
    assert found.bcubed_recall == pytest.approx(22 / 42)
    assert found.as_dict()["bcubed"] == {"precision": 0.7381, "recall": 0.5238, "f1": 0.6128}


def test_what_is_nothing_speaks_against_precision_beside_others_and_not_beside_its_like_or_alone() -> None:
    alone, like, beside = [Row("A", "1"), Row(None, "2")], [Row(None, "2"), Row(None, "2")], [Row("A", "1"), Row(None, "1")]
    assert [measure(rows).precision for rows in (alone, like, beside)] == [1.0, 1.0, 0.0]
    assert [measure(rows).bcubed_precision for rows in (alone, beside)] == [1.0, 0.5]
    assert [measure(rows).misplaced for rows in (alone, like, beside)] == [1, 2, 1]


def test_a_suggestion_is_right_where_another_message_of_the_true_case_is_on_the_suggested_one() -> None:
    found = measure(ROWS)
    assert (found.suggestions, found.suggestions_right) == (2, 1)
    assert measure([Row("A", "1", "1"), Row("B", "2")]).suggestions_right == 0, "its own being there is no evidence"
    assert measure([Row("A", "1"), Row(None, "2", "1")]).suggestions_right == 0, "what is nothing belongs to no case"


def test_the_relation_is_counted_for_each_true_relation_and_only_where_it_is_labelled() -> None:
    """Of new: 0 right, 2 and 7 wrong. Of repeat: 1 right, 4 and 8 wrong. Of escalation: 3 wrong."""
    found = measure(ROWS)
    assert found.relations == {"new": (1, 3), "repeat": (1, 3), "escalation": (0, 1)}
    assert found.relations_right == (2, 7)
    assert measure([Row("A", "1", None, None, NEW)]).relations == {}


def test_cases_that_hold_several_true_cases_and_messages_on_no_case_are_counted() -> None:
    found = measure(ROWS)
    assert (found.mixed_cases, found.unplaced, found.misplaced) == (1, 1, 2)


def test_each_wrong_merge_is_named_once_with_the_first_it_does_not_belong_with_and_every_wrong_pair_can_be_had() -> None:
    """A second message of B on case 1 belongs with the first one of B there: two more wrong pairs, but the same mistake."""
    assert wrong_pairs(ROWS) == [(0, 2), (1, 2), (4, 5)]
    assert wrong_merges(ROWS) == [(0, 2), (4, 5)]
    more = [*ROWS, Row("B", "1")]
    assert len(wrong_pairs(more)) == 5
    assert wrong_merges(more) == [(0, 2), (4, 5)]


def test_what_is_missed_is_every_message_that_is_with_none_of_the_earlier_ones_of_its_case() -> None:
    assert missed_merges(ROWS) == [(0, 3), (2, 4), (7, 8)]
    assert missed_merges([*ROWS, Row("A", "2")]) == [(0, 3), (2, 4), (7, 8)], "it is with row 3"


def test_related_cases_are_compared_by_the_true_cases_of_the_messages_that_opened_them() -> None:
    """1 stands for A, 2 for A, 3 for B, 4 for nothing, 5 for C.

    Found: A-B twice over (1-3 and 2-3), which is one; nothing-C, which is wrong; 1-2, two halves of A, which is neither.
    True: A-B, said from both sides, and B-C, which is not found.
    """
    found = measure(ROWS, [("A", "B"), ("B", "A"), ("C", "B")], [("1", "3"), ("3", "2"), ("5", "4"), ("1", "2")])
    assert (found.links, found.links_found, found.links_right) == (2, 2, 1)
    assert found.as_dict()["related"] == {"precision": 0.5, "recall": 0.5, "found": 2, "right": 1, "true": 2}


def test_the_figures_of_two_streams_add_up_to_those_of_both_as_one() -> None:
    other = [Row("X", "1", None, NEW, NEW), Row("X", "1", None, REPEAT, REPEAT), Row("Y", "2", None, NEW, NEW)]
    links = ([("X", "Y")], [("1", "2")])
    renamed = [Row(row.true, f"other {row.found}", None, row.true_relation, row.relation) for row in other]
    both = measure([*ROWS, *renamed], [("A", "B"), *links[0]], [("other 1", "other 2")])
    assert measure(ROWS, [("A", "B")]) + measure(other, *links) == both


def test_of_nothing_no_figure_is_a_mistake() -> None:
    found = Figures()
    assert (found.precision, found.recall, found.bcubed_precision, found.bcubed_recall) == (1.0, 1.0, 1.0, 1.0)
    assert measure([]) == found


# What holds for all streams

often = settings(max_examples=200, deadline=None, derandomize=True, database=None)
cases = some.none() | some.sampled_from("ABCD")
relations = some.none() | some.sampled_from(Relation)
streams = some.lists(
    some.builds(Row, true=cases, found=cases.map(lambda case: case and case.lower()), suggested=cases.map(lambda case: case and case.lower()),
                true_relation=relations, relation=relations),
    max_size=24,
)  # fmt: skip
links = some.lists(some.tuples(some.sampled_from("ABCD"), some.sampled_from("ABCD")), max_size=5)


@given(streams, links)
@often
def test_a_perfect_prediction_scores_1_everywhere(rows: list[Row], true_links: list[tuple[str, str]]) -> None:
    known = {row.true for row in rows}
    true_links = [link for link in true_links if set(link) <= known]
    perfect = [replace(row, found=row.true, suggested=None, relation=row.true_relation) for row in rows]
    found = measure(perfect, true_links, true_links).as_dict()
    assert {found["pairwise"][name] for name in ("precision", "recall", "f1", "recall_with_suggestions")} == {1.0}
    assert set(found["bcubed"].values()) == {1.0}
    assert (found["related"]["precision"], found["related"]["recall"]) == (1.0, 1.0)
    assert found["relation"]["right"] == found["relation"]["of"]
    assert (found["mixed_cases"], found["belong_to_a_case_and_are_on_none"], found["belong_to_none_and_are_on_a_case"]) == (0, 0, 0)
    assert wrong_pairs(perfect) == wrong_merges(perfect) == missed_merges(perfect) == []


@given(streams, some.booleans())
@often
def test_all_alone_has_precision_1_and_recall_0(rows: list[Row], on_cases: bool) -> None:
    """Whether each is on a case of its own or on none. A stream whose messages all stand alone has nothing to join: recall 1."""
    alone = [replace(row, found=str(number) if on_cases else None, suggested=None) for number, row in enumerate(rows)]
    found = measure(alone)
    assert (found.precision, found.bcubed_precision) == (1.0, 1.0)
    assert found.recall == found.recall_with_suggestions == (0.0 if found.pairs else 1.0)
    true = {row.true for row in rows if row.true is not None}
    assert found.bcubed_recall == pytest.approx(len(true) / found.rows if true else 1.0)


@given(streams, links, links, some.permutations("ABCD"), some.permutations("abcd"))
@often
def test_renaming_cases_changes_nothing(
    rows: list[Row], true_links: list[tuple[str, str]], found_links: list[tuple[str, str]], letters: list[str], others: list[str]
) -> None:
    new = {**dict(zip("ABCD", letters, strict=True)), **dict(zip("abcd", others, strict=True))}

    def renamed(case: str | None) -> str | None:
        return None if case is None else f"new {new[case]}"

    low = [(one.lower(), other.lower()) for one, other in found_links]
    changed = [replace(row, true=renamed(row.true), found=renamed(row.found), suggested=renamed(row.suggested)) for row in rows]
    as_renamed = [[(f"new {new[one]}", f"new {new[other]}") for one, other in pairs] for pairs in (true_links, low)]
    assert measure(changed, *as_renamed) == measure(rows, true_links, low)
    assert (wrong_merges(changed), missed_merges(changed)) == (wrong_merges(rows), missed_merges(rows))


@given(streams)
@often
def test_the_lists_of_mistakes_agree_with_the_figures(rows: list[Row]) -> None:
    found = measure(rows)
    pairs, merges = wrong_pairs(rows), wrong_merges(rows)
    assert len(pairs) == found.wrong
    assert set(merges) <= set(pairs)
    assert bool(merges) == bool(pairs)
    assert bool(missed_merges(rows)) == (found.pairs_joined < found.pairs)
    assert 0.0 <= found.recall <= found.recall_with_suggestions <= 1.0


@given(streams)
@often
def test_b_cubed_is_what_its_definition_says_row_by_row(rows: list[Row]) -> None:
    """Worked out the slow way: each row's companions and those it belongs with, as sets."""
    precision, recall = [], []
    for i, row in enumerate(rows):
        if row.true is None:
            continue
        companions = {i} | {j for j, other in enumerate(rows) if row.found is not None and other.found == row.found}
        belong = {j for j, other in enumerate(rows) if other.true == row.true}
        precision.append(len(companions & belong) / len(companions))
        recall.append(len(companions & belong) / len(belong))
    found = measure(rows)
    assert found.bcubed_precision == pytest.approx(sum(precision) / len(precision) if precision else 1.0)
    assert found.bcubed_recall == pytest.approx(sum(recall) / len(recall) if recall else 1.0)
