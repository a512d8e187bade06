"""Which case does a message belong to? A wrong merge shows one family's matter to another, so when in doubt a person is asked."""

import pytest

from tests.unit.making import case, written_by
from triage.domain.case import CaseStatus
from triage.domain.labels import Kind
from triage.matching.cases import CaseMatch, match_case

JOAN = "joan.whitlow@family.example"
STRANGER = "d.marsh@other-family.example"
FEEDBACK = [Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT]


def test_a_message_that_answers_nothing_opens_a_case() -> None:
    assert match_case(Kind.COMPLAINT, written_by(JOAN), [], []) == CaseMatch()


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.ENQUIRY])
@pytest.mark.parametrize("case_kind", [Kind.COMPLAINT, Kind.ENQUIRY])
def test_an_answer_in_the_thread_of_ones_own_open_case_joins_it(kind: Kind, case_kind: Kind) -> None:
    own = case(kind=case_kind)
    found = match_case(kind, written_by(JOAN), [own], [])
    assert found.joins == own
    assert found.suggested is None


def test_the_reference_of_ones_own_open_case_joins_it() -> None:
    own = case()
    assert match_case(Kind.COMPLAINT, written_by(JOAN), [], [own]).joins == own


@pytest.mark.parametrize("kind", FEEDBACK)
def test_someone_elses_reference_joins_nothing_and_a_person_is_asked(kind: Kind) -> None:
    theirs = case(kind=kind)
    found = match_case(kind, written_by(STRANGER), [], [theirs])
    assert found.joins is None
    assert found.suggested == theirs
    assert theirs.reference in (found.reason or "")


def test_someone_elses_thread_joins_nothing_and_a_person_is_asked() -> None:
    theirs = case()
    found = match_case(Kind.COMPLAINT, written_by(STRANGER), [theirs], [theirs])
    assert found.joins is None
    assert found.suggested == theirs


@pytest.mark.parametrize("kind", [*FEEDBACK, Kind.NONE])
def test_a_forward_whose_author_nobody_knows_joins_nothing(kind: Kind) -> None:
    ours = case(kind=Kind.COMPLIMENT if kind is Kind.COMPLIMENT else Kind.COMPLAINT)
    found = match_case(kind, written_by("", forwarded=True), [ours], [ours])
    assert found.joins is None
    assert found.suggested == ours


def test_an_unknown_author_is_no_member_even_where_a_member_is_unknown_too() -> None:
    assert match_case(Kind.COMPLAINT, written_by(""), [case(members=("",))], []).joins is None


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.ENQUIRY])
def test_a_closed_case_is_not_joined_but_a_person_is_asked(kind: Kind) -> None:
    closed = case(status=CaseStatus.CLOSED)
    found = match_case(kind, written_by(JOAN), [closed], [])
    assert found.joins is None
    assert found.suggested == closed
    assert "closed" in (found.reason or "")


@pytest.mark.parametrize("case_kind", [Kind.COMPLAINT, Kind.ENQUIRY])
def test_praise_in_the_thread_of_a_grievance_is_a_case_of_its_own_without_a_question(case_kind: Kind) -> None:
    assert match_case(Kind.COMPLIMENT, written_by(JOAN), [case(kind=case_kind)], [case(kind=case_kind)]) == CaseMatch()


def test_a_grievance_in_the_thread_of_praise_is_a_case_of_its_own_without_a_question() -> None:
    assert match_case(Kind.COMPLAINT, written_by(JOAN), [case(kind=Kind.COMPLIMENT)], []) == CaseMatch()


def test_more_praise_in_a_thread_of_praise_joins_it() -> None:
    praise = case(kind=Kind.COMPLIMENT)
    assert match_case(Kind.COMPLIMENT, written_by(JOAN), [praise], []).joins == praise


@pytest.mark.parametrize("case_kind", FEEDBACK)
def test_what_is_nothing_for_the_case_store_joins_no_case(case_kind: Kind) -> None:
    assert match_case(Kind.NONE, written_by(JOAN), [case(kind=case_kind)], []).joins is None


def test_the_nearest_of_ones_own_cases_is_joined() -> None:
    near, far = case(2), case(1)
    assert match_case(Kind.COMPLAINT, written_by(JOAN), [near, far], [far]).joins == near


def test_ones_own_case_is_joined_where_a_nearer_one_is_someone_elses() -> None:
    theirs, own = case(1, members=(STRANGER,)), case(2)
    assert match_case(Kind.COMPLAINT, written_by(JOAN), [theirs], [own]).joins == own


def test_the_reason_holds_no_name_and_no_address() -> None:
    reason = match_case(Kind.COMPLAINT, written_by(STRANGER), [case()], []).reason or ""
    assert reason
    assert [word for word in ("joan", "marsh", "@") if word in reason.lower()] == []
