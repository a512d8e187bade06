"""References and kinds of cases."""

import pytest

from triage.domain.case import combined_kind, format_reference, references_in, same_strand
from triage.domain.labels import Kind


def test_a_reference_reads_as_the_contract_says() -> None:
    assert format_reference(2026, 123) == "CC-2026-000123"


@pytest.mark.parametrize("number", [1, 999_999])
def test_a_reference_that_was_given_is_found_again(number: int) -> None:
    reference = format_reference(2026, number)
    assert references_in(f"Re: [{reference}] your complaint") == (reference,)


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("Re: CC-2026-000123", ("CC-2026-000123",)),
        ("re: cc-2026-000123: any news?", ("CC-2026-000123",)),
        ("(CC-2026-000123)", ("CC-2026-000123",)),
        ("CC-2026-000002 and CC-2026-000001", ("CC-2026-000002", "CC-2026-000001")),
        ("CC-2026-000001, cc-2026-000001", ("CC-2026-000001",)),
        ("", ()),
        ("CC-2026-123", ()),
        ("CC-2026-0001234", ()),
        ("ACC-2026-000123", ()),
        ("CC 2026 000123", ()),
        ("CC-26-000123", ()),
        ("invoice 2026-000123", ()),
    ],
)
def test_the_references_of_a_subject_are_found_in_order_and_once(subject: str, found: tuple[str, ...]) -> None:
    assert references_in(subject) == found


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.ENQUIRY])
def test_praise_is_never_on_a_case_of_a_grievance_or_a_question(kind: Kind) -> None:
    assert not same_strand(kind, Kind.COMPLIMENT)
    assert not same_strand(Kind.COMPLIMENT, kind)


@pytest.mark.parametrize("case", [Kind.COMPLAINT, Kind.ENQUIRY])
@pytest.mark.parametrize("message", [Kind.COMPLAINT, Kind.ENQUIRY])
def test_questions_and_grievances_about_one_matter_can_be_one_case(case: Kind, message: Kind) -> None:
    assert same_strand(case, message)


def test_more_praise_can_be_on_a_case_of_praise() -> None:
    assert same_strand(Kind.COMPLIMENT, Kind.COMPLIMENT)


def test_a_question_that_turns_into_a_complaint_makes_its_case_a_complaint() -> None:
    assert combined_kind(Kind.ENQUIRY, Kind.COMPLAINT) is Kind.COMPLAINT


@pytest.mark.parametrize("message", list(Kind))
def test_a_complaint_stays_a_complaint_whatever_comes_to_it(message: Kind) -> None:
    assert combined_kind(Kind.COMPLAINT, message) is Kind.COMPLAINT


@pytest.mark.parametrize("kind", [Kind.ENQUIRY, Kind.COMPLIMENT])
def test_a_case_keeps_its_kind_with_more_of_the_same(kind: Kind) -> None:
    assert combined_kind(kind, kind) is kind
