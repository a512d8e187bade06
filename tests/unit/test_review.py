"""What a person says a message really is: contradictions are refused before anything is written."""

import pytest

from tests.unit.making import labels
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme
from triage.errors import CallError
from triage.review import Change, end_of

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
COMPLAINT = labels(C, process=Process.STATUTORY, urgent=True, outside_scope=True, themes=(Theme.DELAY,))
ENQUIRY = labels(E, themes=(Theme.DELAY,))


def test_what_is_not_said_stays_as_the_program_had_it() -> None:
    assert Change().of(COMPLAINT) == COMPLAINT
    after = Change(role=Role.MP, service=Service.SEND).of(COMPLAINT)
    assert (after.role, after.service) == (Role.MP, Service.SEND)
    assert (after.kind, after.process, after.urgent, after.themes) == (C, Process.STATUTORY, True, (Theme.DELAY,))


def test_a_flag_can_be_taken_away() -> None:
    after = Change(urgent=False, outside_scope=False, themes=()).of(COMPLAINT)
    assert (after.urgent, after.outside_scope, after.themes) == (False, False, ())


def test_what_is_no_complaint_after_all_loses_its_process() -> None:
    assert Change(kind=E).of(COMPLAINT).process is None


def test_what_becomes_a_complaint_needs_its_process() -> None:
    with pytest.raises(CallError, match="a complaint needs its process: statutory or corporate"):
        Change(kind=C).of(ENQUIRY)
    assert Change(kind=C, process=Process.CORPORATE).of(ENQUIRY).process is Process.CORPORATE


@pytest.mark.parametrize("kind", [None, E, P, N])
def test_a_process_of_anything_else_is_refused(kind: Kind | None) -> None:
    with pytest.raises(CallError, match="only a complaint has a process"):
        Change(kind=kind, process=Process.STATUTORY).of(ENQUIRY)


def test_a_complaints_process_can_be_corrected_alone() -> None:
    assert Change(process=Process.CORPORATE).of(COMPLAINT).process is Process.CORPORATE


@pytest.mark.parametrize("kind", [P, N])
def test_praise_and_nothing_lose_their_themes(kind: Kind) -> None:
    assert Change(kind=kind).of(COMPLAINT).themes == ()


@pytest.mark.parametrize("kind", [P, N])
def test_themes_of_praise_or_of_nothing_are_refused(kind: Kind) -> None:
    with pytest.raises(CallError, match="only a complaint or an enquiry has themes"):
        Change(kind=kind, themes=(Theme.DELAY,)).of(COMPLAINT)


def test_themes_stand_in_one_order() -> None:
    assert Change(themes=(Theme.SAFETY, Theme.CONDUCT)).of(ENQUIRY).themes == (Theme.CONDUCT, Theme.SAFETY)


def test_nothing_for_the_case_store_is_not_outside_its_scope() -> None:
    assert not Change(kind=N).of(COMPLAINT).outside_scope
    with pytest.raises(CallError, match="cannot be outside its scope"):
        Change(kind=N, outside_scope=True).of(COMPLAINT)


def test_urgency_stays_whatever_the_kind_becomes() -> None:
    assert Change(kind=N).of(COMPLAINT).urgent


def test_the_language_is_nobodys_to_change() -> None:
    polish = Labels(**{name: getattr(ENQUIRY, name) for name in ENQUIRY.__slots__ if name != "language"}, language="pl")
    assert Change(kind=N).of(polish).language == "pl"


def test_a_case_that_is_closed_on_a_day_was_open_for_all_of_it() -> None:
    from datetime import UTC, date

    assert end_of(date(2026, 7, 1)).isoformat() == "2026-07-01T23:59:59+01:00"
    assert end_of(date(2026, 1, 5)).astimezone(UTC).isoformat() == "2026-01-05T23:59:59+00:00"
