"""A family that pastes a body's letter below their own words is the author of their words only; what may be theirs is kept."""

import pytest

from tests.unit.making import JOAN, is_own, parsed
from triage.domain.message import Body
from triage.text.authorship import authorships

OWN = "I asked in May for a new taxi and this is all I got. It does not even name him.\n\nJoan"
HEADS = [
    "From: School Transport Team\nDate: 12 March 2026\nOur ref: ST/4471",
    "Our ref: ST/4471\nYour ref: none\nDate: 12/03/2026\nTo: Mrs J Whitlow",
    "Date: 12 March 2026\nFrom: Transport Service\nTo: Mrs Whitlow",
    "*Subject:* Your child's place\n\n*From:* Transport Service\n*Our reference:* 4471",
    "Your ref: -\nOur Ref: ST/1\nDate: 3 March 2026",
]
LETTER = "Dear Parent or Carer,\nThank you for your letter. The place has been moved to June.\n\nYours sincerely\nP Dunn\nTransport Manager"


def _text(plain: str) -> str:
    (found,) = authorships(parsed(Body(plain=plain)), is_own)
    assert (found.author, found.forwarded) == (JOAN, False)
    return found.text


@pytest.mark.parametrize("head", HEADS)
def test_the_letter_that_a_family_pasted_below_their_name_is_no_text_of_theirs(head: str) -> None:
    assert _text(f"{OWN}\n\n{head}\n{LETTER}") == OWN


def test_a_letter_that_the_words_above_point_to_goes_without_a_name_there() -> None:
    assert (
        _text(f"The letter below is all I got. It is no answer.\n\n{HEADS[0]}\n{LETTER}")
        == "The letter below is all I got. It is no answer."
    )


@pytest.mark.parametrize(
    "behind",
    [
        "I do not accept this. What shall we do now?",
        "Joan Whitlow",
        "PS the stamp says April.",
        "My son is still at home.",
    ],
)
def test_a_letter_stays_where_its_end_may_be_the_familys_own_words(behind: str) -> None:
    assert behind in _text(f"The letter below is all I got.\n\n{HEADS[0]}\n{LETTER}\n\n{behind}")


@pytest.mark.parametrize(
    "below",
    [
        "From: Elm Street\nTo: Hill School\nDate: 12 March 2026\nThe taxi was late.",
        "Date: 3 March 2026\nRef: 4471\nThe taxi was late and nobody rang.",
        "From: Joan Whitlow\nDate: 3 March 2026\nTo: Transport Team\nDear Sir\nThe taxi was late again.",
        "From: Monday\nTo: Friday\nDear all, the taxi came late.",
        "Our ref: ST/4471\nDate: soon\nDear Parent or Carer, it will come.",
        "From: Transport Team\nDate: 3 March 2026\nThe taxi was late, and nobody rang.",
    ],
)
def test_lines_like_a_letters_head_in_a_familys_own_account_stay(below: str) -> None:
    assert below.rsplit("\n", maxsplit=1)[-1] in _text(f"{OWN}\n\n{below}")


def test_a_family_that_begins_with_a_reference_and_a_day_writes_its_own_letter() -> None:
    own = "Good morning.\n\nYour ref: ST/4471\nDate: 12 March 2026\n\nDear Sir or Madam,\nThe taxi did not come.\n\nJoan Whitlow"
    assert _text(own) == own
