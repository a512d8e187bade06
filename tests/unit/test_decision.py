"""From probabilities to labels, and who decides."""

import pytest

from tests.unit.judging import answer, thresholds
from tests.unit.making import labels
from triage.classify.decision import Procedures, judged, likeliest
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE


def test_the_likeliest_value_is_the_label() -> None:
    assert likeliest({C: 0.3, E: 0.6, N: 0.1}) is E


@pytest.mark.parametrize(("confidence", "sure"), [(0.91, True), (0.9, True), (0.89, False)])
def test_a_kind_is_decided_from_its_threshold_on(confidence: float, sure: bool) -> None:
    found = judged(answer({E: confidence}), thresholds(0.9))
    assert (found.labels.kind, found.confidence, found.sure) == (E, confidence, sure)


@pytest.mark.parametrize(("complaint", "sure"), [(0.02, True), (0.05, True), (0.06, False)])
def test_what_may_be_a_complaint_is_not_decided_to_be_something_else(complaint: float, sure: bool) -> None:
    found = judged(answer({N: 0.93, C: complaint}), thresholds(0.9, complaint_at_most=0.05))
    assert found.labels.kind is N
    assert found.sure is sure


def test_a_complaint_is_never_kept_from_being_one_by_being_likely_to_be_one() -> None:
    assert judged(answer({C: 0.95}), thresholds(0.9, complaint_at_most=0.01)).sure


def test_only_a_complaint_has_a_process_and_of_anything_else_it_is_known_what_it_would_be() -> None:
    assert judged(answer({C: 0.9}, process=Process.STATUTORY), thresholds()).labels.process is Process.STATUTORY
    found = judged(answer({E: 0.9}, process=Process.STATUTORY), thresholds())
    assert (found.labels.process, found.process) == (None, Process.STATUTORY)


@pytest.mark.parametrize(("probability", "urgent"), [(0.07, True), (0.06, False)])
@pytest.mark.parametrize("kind", list(Kind))
def test_urgency_depends_on_its_own_threshold_and_on_no_kind(kind: Kind, probability: float, urgent: bool) -> None:
    found = judged(answer({kind: 0.9}, urgent=probability), thresholds(urgent=0.07))
    assert found.labels.urgent is urgent


def test_what_is_nothing_for_the_case_store_is_not_outside_its_scope() -> None:
    assert judged(answer({C: 0.9}, outside_scope=0.9), thresholds()).labels.outside_scope
    assert not judged(answer({N: 0.9}, outside_scope=0.9), thresholds()).labels.outside_scope


@pytest.mark.parametrize(("kind", "themes"), [(C, (Theme.DELAY, Theme.SAFETY)), (E, (Theme.DELAY, Theme.SAFETY)), (P, ()), (N, ())])
def test_only_complaints_and_enquiries_have_themes_and_in_one_order(kind: Kind, themes: tuple[Theme, ...]) -> None:
    about = {Theme.SAFETY: 0.9, Theme.DELAY: 0.5, Theme.CONDUCT: 0.49}
    assert judged(answer({kind: 0.9}, themes=about), thresholds(themes=0.5)).labels.themes == themes


def _complaints(count: int, process: Process, role: Role, service: Service) -> list[Labels]:
    return [labels(C, process=process, role=role, service=service)] * count


SEEN = [
    *_complaints(40, Process.STATUTORY, Role.PARENT_CARER, Service.CHILD_PROTECTION),
    *_complaints(20, Process.CORPORATE, Role.OTHER, Service.CHILD_PROTECTION),
    *_complaints(40, Process.CORPORATE, Role.PARENT_CARER, Service.TRANSPORT),
]


def _weighed(service: Service, role: Role, statutory: float = 0.6) -> float:
    """How likely the statutory procedure is after all, of a complaint that its words make statutory with such a likelihood."""
    said = answer({C: 0.9})
    said["process"] = {Process.STATUTORY: statutory, Process.CORPORATE: 1 - statutory}
    said["service"] = {one: 0.9 if one is service else 0.1 / (len(Service) - 1) for one in Service}
    said["role"] = {one: 0.9 if one is role else 0.1 / (len(Role) - 1) for one in Role}
    Procedures.of(SEEN).weigh(said)
    assert abs(sum(said["process"].values()) - 1) < 1e-9
    return float(said["process"][Process.STATUTORY])


def test_a_complaint_about_transport_is_not_statutory_because_of_a_word() -> None:
    assert _weighed(Service.TRANSPORT, Role.PARENT_CARER) < 0.3


def test_a_familys_complaint_about_child_protection_is_statutory_and_a_neighbours_is_not() -> None:
    assert _weighed(Service.CHILD_PROTECTION, Role.PARENT_CARER) > 0.8
    assert _weighed(Service.CHILD_PROTECTION, Role.OTHER) < 0.4


def test_of_a_service_of_which_no_complaint_was_seen_the_words_decide() -> None:
    assert abs(_weighed(Service.YOUTH, Role.PARENT_CARER, 0.7) - 0.7) < 0.05


def test_words_that_leave_no_doubt_outweigh_what_is_usual() -> None:
    assert _weighed(Service.TRANSPORT, Role.PARENT_CARER, 0.995) > 0.9
