"""The figures, against cases small enough to be worked out by hand."""

import pytest

from tests.unit.judging import judgement, labelled_message
from tests.unit.making import labels
from triage.classify import figures
from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Judgement
from triage.domain.labels import Kind, Process, Role, Service, Theme

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
TRUE = [C, C, E, E, P, N]
FOUND = [(C, 0.95, True), (E, 0.85, True), (E, 0.85, False), (E, 0.75, False), (P, 0.95, True), (C, 0.6, False)]
MESSAGES = [labelled_message(f"m{number}", kind) for number, kind in enumerate(TRUE)]
JUDGEMENTS = [judgement(kind, confidence, sure=sure) for kind, confidence, sure in FOUND]


def test_each_kind_has_its_precision_recall_and_f1() -> None:
    """Complaints: 2 are, 2 were called so, 1 rightly. Enquiries: 2 are, 3 were called so, 2 rightly. Of `none` nothing was found."""
    each = figures.measure(MESSAGES, JUDGEMENTS)["kind"]["each"]
    assert each["complaint"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "messages": 2}
    assert each["enquiry"] == {"precision": 0.6667, "recall": 1.0, "f1": 0.8, "messages": 2}
    assert each["compliment"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "messages": 1}
    assert each["none"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "messages": 1}


def test_macro_f1_counts_a_rare_kind_as_much_as_a_common_one() -> None:
    assert figures.measure(MESSAGES, JUDGEMENTS)["kind"]["macro_f1"] == 0.575  # (0.5 + 0.8 + 1 + 0) / 4


def test_the_calibration_error_is_how_far_sure_lies_from_right() -> None:
    """By tenths: |2 - 1.9| + |1 - 1.7| + |1 - 0.75| + |0 - 0.6| = 1.65, over 6 messages."""
    assert figures.measure(MESSAGES, JUDGEMENTS)["kind"]["calibration_error"] == 0.275


def test_what_was_decided_without_a_person_and_how_much_of_it_is_right() -> None:
    kind = figures.measure(MESSAGES, JUDGEMENTS)["kind"]
    assert kind["decided_without_a_person"] == 0.5
    assert kind["of_those_right"] == 0.6667


def test_a_complaint_that_was_decided_to_be_something_else_is_silently_lost() -> None:
    assert figures.measure(MESSAGES, JUDGEMENTS)["kind"]["silently_lost"] == 1


def test_a_complaint_that_a_person_looks_at_is_not_lost_and_nor_is_one_that_was_made_of_something_else() -> None:
    messages = [labelled_message("a", C), labelled_message("b", N)]
    kind = figures.measure(messages, [judgement(N, 0.9), judgement(C, 0.99, sure=True)])["kind"]
    assert kind["silently_lost"] == 0


def test_where_nothing_was_decided_nothing_is_said_of_how_much_is_right() -> None:
    kind = figures.measure(MESSAGES[:1], [judgement(C, 0.5)])["kind"]
    assert (kind["decided_without_a_person"], kind["of_those_right"]) == (0.0, None)


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        figures.measure([], [])


def test_the_process_is_measured_on_every_true_complaint_whatever_it_was_taken_for() -> None:
    messages = [labelled_message("a", labels(C, process=Process.STATUTORY)), labelled_message("b", C), labelled_message("c", E)]
    said = [judgement(E, process=Process.STATUTORY), judgement(C, process=Process.STATUTORY), judgement(E)]
    found = figures.measure(messages, said)["process"]
    assert found["messages"] == 2
    assert found["each"]["statutory"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "messages": 1}
    assert found["macro_f1"] == 0.3333


def test_labels_that_are_not_given_are_left_out_of_their_figures_and_of_no_others() -> None:
    """A council's own test file has the kind alone."""
    message = labelled_message("a", labels(E), unknown=["process", "role", "urgent", "outside_scope", "service", "themes"])
    found = figures.measure([message], [judgement(labels(E, role=Role.MP, urgent=True, themes=(Theme.DELAY,)))])
    assert found["kind"]["macro_f1"] == 1.0
    assert set(found) == {"messages", "kind"}


def test_a_flag_has_the_figures_of_those_that_bear_it() -> None:
    messages = [labelled_message(f"{n}", labels(C, urgent=urgent)) for n, urgent in enumerate([True, True, False, False])]
    said = [judgement(labels(C, urgent=urgent)) for urgent in (True, False, True, True)]
    assert figures.measure(messages, said)["urgent"] == {"precision": 0.3333, "recall": 0.5, "f1": 0.4, "messages": 2}


def test_themes_are_measured_on_complaints_and_enquiries_alone() -> None:
    themed, plain = labels(C, themes=(Theme.DELAY,)), labels(N)
    said = judgement(labels(C, themes=(Theme.DELAY,)))
    found = figures.measure([labelled_message("a", themed), labelled_message("b", plain)], [said, said])
    assert found["theme delay"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "messages": 1}


def test_role_and_service_are_measured_over_the_values_that_occur() -> None:
    messages = [labelled_message("a", labels(C, role=Role.MP)), labelled_message("b", labels(C, role=Role.SCHOOL))]
    said = [judgement(labels(C, role=Role.MP)), judgement(labels(C, role=Role.MP, service=Service.SEND))]
    found = figures.measure(messages, said)
    assert found["role"]["each"].keys() == {"mp", "school"}
    assert found["role"]["macro_f1"] == 0.3333  # (2/3 + 0) / 2
    assert found["service"]["macro_f1"] == 0.6667


def test_the_confusion_counts_each_true_kind_by_what_it_was_taken_for() -> None:
    table = figures.confusion(MESSAGES, JUDGEMENTS)
    assert table["complaint"] == {"complaint": 1, "enquiry": 1, "compliment": 0, "none": 0}
    assert table["none"] == {"complaint": 1, "enquiry": 0, "compliment": 0, "none": 0}
    assert sum(sum(row.values()) for row in table.values()) == len(MESSAGES)


def test_the_calibration_has_a_line_for_each_tenth_that_is_not_empty() -> None:
    assert figures.calibration(MESSAGES, JUDGEMENTS) == [
        {"from": 0.5, "to": 0.6, "messages": 1, "confidence": 0.6, "right": 0.0},
        {"from": 0.7, "to": 0.8, "messages": 1, "confidence": 0.75, "right": 1.0},
        {"from": 0.8, "to": 0.9, "messages": 2, "confidence": 0.85, "right": 0.5},
        {"from": 0.9, "to": 1.0, "messages": 2, "confidence": 0.95, "right": 1.0},
    ]


def _group(name: str, message: LabelledMessage, said: Judgement) -> int:
    found = figures.by_group([message], [said])
    return int(found[name]["messages"]) if name in found else 0


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("young people", Role.YOUNG_PERSON),
        ("parents and carers", Role.PARENT_CARER),
        ("parents and carers", Role.FOSTER_CARER),
        ("professionals, schools, officers", Role.SCHOOL),
        ("members and advocates", Role.COUNCILLOR),
    ],
)
def test_an_author_is_in_the_group_of_their_role_and_in_no_other(name: str, role: Role) -> None:
    message = labelled_message("a", labels(C, role=role), "word " * 50)
    assert list(figures.by_group([message], [judgement(C)])) == [name]


@pytest.mark.parametrize(("words", "short", "long"), [(25, 1, 0), (26, 0, 0), (199, 0, 0), (200, 0, 1)])
def test_a_message_is_short_up_to_25_words_and_long_from_200(words: int, short: int, long: int) -> None:
    message = labelled_message("a", labels(C, role=Role.OTHER), "word " * words)
    assert _group("short (up to 25 words)", message, judgement(C)) == short
    assert _group("long (200 words and more)", message, judgement(C)) == long


def test_the_figures_of_a_group_are_those_of_its_messages_alone() -> None:
    hard = [labelled_message(f"h{n}", C, "word " * 50, hard=True) for n in range(2)]
    easy = [labelled_message("e", E, "word " * 50)]
    said = [judgement(N, 0.95, sure=True), judgement(C, 0.95, sure=True), judgement(E, 0.95, sure=True)]
    found = figures.by_group([*hard, *easy], said)["marked hard by their writer"]
    assert (found["messages"], found["silently_lost"], found["of_those_right"]) == (2, 1, 0.5)


def test_further_groups_are_named_by_their_messages() -> None:
    found = figures.by_group(MESSAGES, JUDGEMENTS, {"learners of English": {"m0", "m4"}, "nobody": {"x"}})
    assert found["learners of English"]["messages"] == 2
    assert found["learners of English"]["macro_f1"] == 1.0
    assert "nobody" not in found


def test_the_worst_mistakes_are_those_decided_without_a_person_and_then_the_surest() -> None:
    messages = [labelled_message(name, C) for name in ("asked", "asked surely", "decided", "right")]
    said = [judgement(E, 0.6), judgement(E, 0.9), judgement(N, 0.7, sure=True), judgement(C, 0.99, sure=True)]
    assert [m.id for m, _ in figures.worst(messages, said)] == ["decided", "asked surely", "asked"]
    assert len(figures.worst(messages, said, 1)) == 1
