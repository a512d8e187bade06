"""How sure is sure enough: chosen from what was said of messages of unknown senders."""

from typing import Any

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


def test_most_is_decided_of_which_enough_is_right_counted_with_one_error_more() -> None:
    """66 right and one error more are 98.5 in 100; 65 right are not."""
    assert _chosen(_enquiries(66)).kind == 0.9
    assert _chosen(_enquiries(65)).kind == NEVER


def test_an_error_among_the_sure_takes_as_many_more_that_are_right() -> None:
    wrong = _enquiries(1, 0.95, truth=N)
    assert _chosen([*wrong, *_enquiries(131)]).kind == NEVER
    assert _chosen([*wrong, *_enquiries(133)]).kind == 0.9


def test_errors_at_the_lower_end_end_what_is_decided_also_where_one_of_them_would_do_no_harm() -> None:
    """Of 20 wrong ones at one confidence, all would be decided."""
    assert _chosen([*_enquiries(100, 0.9), *_enquiries(20, 0.6, truth=P)]).kind == 0.9


def test_one_confidence_serves_every_kind() -> None:
    """Praise alone would be right too seldom; with the many enquiries it is decided from the same confidence."""
    praise: Seen = [(labels(P), answer({P: 0.92}))] * 20
    chosen = _chosen([*praise, *_enquiries(300)])
    assert chosen.kind == 0.9
    assert judged(answer({P: 0.92}), chosen).sure


def test_where_nothing_is_right_enough_nothing_is_decided() -> None:
    chosen = _chosen(_enquiries(100, truth=P))
    assert chosen.kind == NEVER
    assert not judged(answer({E: 1.0}), chosen).sure


def _complaints(count: int, *missed: float) -> Seen:
    """True complaints: found, but for those that were taken for an enquiry and called a complaint with these probabilities."""
    found = [(labels(C), answer({C: 0.97}))] * (count - len(missed))
    return [*found, *((labels(C), answer({E: 0.99 - one, C: one})) for one in missed)]


def test_of_true_complaints_hardly_any_may_be_decided_to_be_something_else() -> None:
    """Ten of 800 are missed; six, three quarters of one in a hundred, may be decided otherwise."""
    missed = [0.01 * n for n in range(1, 11)]
    seen = [*_complaints(800, *missed), *_enquiries(800, 0.88)]
    chosen = _chosen(seen)
    lost = [one for one in missed if judged(answer({E: 0.99 - one, C: one}), chosen).sure]
    assert 0 < len(lost) <= 6
    assert chosen.kind == 0.88, "the enquiries, which no complaint resembles, are decided"


def test_what_may_be_a_complaint_does_not_count_as_decided() -> None:
    """With the ten that are left to a person, too many of 610 would be wrong to decide any enquiry."""
    doubtful: Seen = [(labels(C), answer({E: 0.7, C: 0.3}))] * 10
    right: Seen = [(labels(E), answer({E: 0.6, C: 0.01}))] * 600
    chosen = _chosen([*_complaints(10), *doubtful, *right])
    assert chosen.complaint_at_most < 0.3
    assert chosen.kind == 0.6


def test_an_urgent_message_that_is_missed_weighs_more_than_one_that_is_flagged_for_nothing() -> None:
    """The last of three urgent messages lies below four that are not: to catch it, those four are looked at, too."""
    urgent: Seen = [(labels(C, urgent=True), answer({C: 0.9}, urgent=one)) for one in (0.9, 0.8, 0.2)]
    calm: Seen = [(labels(C), answer({C: 0.9}, urgent=0.3))] * 4
    far: Seen = [(labels(C), answer({C: 0.9}, urgent=0.01))] * 50
    assert _chosen([*urgent, *calm, *far]).urgent == 0.2


def test_what_is_urgent_against_all_signs_does_not_flag_everything() -> None:
    urgent: Seen = [(labels(C, urgent=True), answer({C: 0.9}, urgent=one)) for one in (0.9, 0.85, 0.8, 0.75, 0.001)]
    calm: Seen = [(labels(C), answer({C: 0.9}, urgent=0.01))] * 500
    assert _chosen([*urgent, *calm]).urgent == 0.75


def test_where_nothing_was_urgent_nothing_sets_the_flag_below_a_half() -> None:
    assert _chosen(_enquiries(10)).urgent == 0.5


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
