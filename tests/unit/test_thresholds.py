"""How sure is sure enough: chosen from what was said of messages of unknown senders."""

from typing import Any

import pytest

from tests.unit.judging import answer, labelled_message
from tests.unit.making import labels
from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Thresholds, judged
from triage.classify.training import NEVER, choose_thresholds
from triage.domain.labels import Kind, Labels, Theme

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
Seen = list[tuple[Labels, dict[str, Any]]]


def _chosen(seen: Seen) -> Thresholds:
    messages: list[LabelledMessage] = [labelled_message(f"m{number}", truth) for number, (truth, _) in enumerate(seen)]
    return choose_thresholds(messages, [said for _, said in seen])


def _enquiries(count: int, confidence: float = 0.9, *, truth: Kind = E) -> Seen:
    return [(labels(truth), answer({E: confidence, C: 0.0}))] * count


def test_a_kind_is_decided_down_to_where_98_in_100_are_right_counted_with_one_error_more() -> None:
    """49 right and one error more are 98 in 100; 48 right are not."""
    assert _chosen(_enquiries(49)).kind[E] == 0.9
    assert _chosen(_enquiries(48)).kind[E] == NEVER


def test_an_error_among_the_sure_takes_as_many_more_that_are_right() -> None:
    wrong = _enquiries(1, 0.95, truth=N)
    assert _chosen([*wrong, *_enquiries(97)]).kind[E] == NEVER
    assert _chosen([*wrong, *_enquiries(98)]).kind[E] == 0.9


def test_errors_at_the_lower_end_end_what_is_decided_also_where_one_of_them_would_do_no_harm() -> None:
    """Of 20 wrong ones at one confidence, all would be decided."""
    seen = [*_enquiries(100, 0.9), *_enquiries(20, 0.6, truth=P)]
    assert _chosen(seen).kind[E] == 0.9


def test_a_kind_that_was_never_found_is_never_decided() -> None:
    assert _chosen(_enquiries(100)).kind[P] == NEVER
    assert not judged(answer({P: 1.0}), _chosen(_enquiries(100))).sure


def _complaints(count: int, *missed: float) -> Seen:
    """True complaints: found, but for those that were taken for an enquiry and called a complaint with these probabilities."""
    found = [(labels(C), answer({C: 0.97}))] * (count - len(missed))
    return [*found, *((labels(C), answer({E: 0.99 - one, C: one})) for one in missed)]


def test_of_true_complaints_no_more_than_one_in_a_hundred_may_be_decided_to_be_something_else() -> None:
    missed = [0.01 * n for n in range(1, 11)]
    seen = _complaints(400, *missed)
    at_most = _chosen(seen).complaint_at_most
    assert at_most == 0.03
    assert sum(one <= at_most for one in missed) <= 4


def test_where_no_complaint_was_missed_nothing_else_has_to_be_unlike_one() -> None:
    assert _chosen(_complaints(400)).complaint_at_most == 1.0


def test_what_may_be_a_complaint_does_not_count_as_decided() -> None:
    """With the five that are left to a person, eight errors among 308 would be too many to decide any enquiry."""
    doubtful: Seen = [(labels(C), answer({E: 0.69, C: 0.3}))] * 5
    right: Seen = [(labels(E), answer({E: 0.6, C: 0.01}))] * 300
    chosen = _chosen([*_complaints(400, 0.02, 0.02, 0.02), *doubtful, *right])
    assert chosen.complaint_at_most == 0.02
    assert chosen.kind[E] == 0.6


@pytest.mark.parametrize("count", [1, 10, 39, 40, 200])
def test_nearly_every_urgent_message_is_flagged(count: int) -> None:
    seen: Seen = [(labels(C, urgent=True), answer({C: 0.9}, urgent=(n + 1) / (count + 1))) for n in range(count)]
    threshold = _chosen([*seen, (labels(C), answer({C: 0.9}, urgent=0.99))]).urgent
    caught = sum(judged(said, _with_urgent(threshold)).labels.urgent for _, said in seen)
    assert caught >= 0.975 * count


def _with_urgent(threshold: float) -> Thresholds:
    return Thresholds(dict.fromkeys(Kind, 0.9), 1.0, threshold, 0.5, dict.fromkeys(Theme, 0.5))


def test_where_nothing_was_urgent_nothing_is_flagged() -> None:
    assert _chosen(_enquiries(10)).urgent == NEVER


def test_a_theme_is_set_from_where_it_does_best() -> None:
    def about(theme: tuple[Theme, ...], probability: float) -> tuple[Labels, dict[str, Any]]:
        return labels(C, themes=theme), answer({C: 0.9}, themes={Theme.DELAY: probability})

    seen = [about((Theme.DELAY,), 0.8), about((Theme.DELAY,), 0.4), about((), 0.3), about((), 0.3)]
    assert _chosen(seen).themes[Theme.DELAY] == 0.4


def test_a_rare_theme_is_not_scattered_about() -> None:
    seen: Seen = [(labels(C, themes=(Theme.DELAY,)), answer({C: 0.9}, themes={Theme.DELAY: 0.05}))]
    assert _chosen(seen).themes[Theme.DELAY] == 0.5


def test_what_a_theme_is_called_with_in_praise_counts_for_nothing() -> None:
    praise: Seen = [(labels(P), answer({P: 0.9}, themes={Theme.DELAY: 0.9}))] * 20
    seen: Seen = [(labels(C, themes=(Theme.DELAY,)), answer({C: 0.9}, themes={Theme.DELAY: 0.6}))]
    assert _chosen([*praise, *seen]).themes[Theme.DELAY] == 0.6
