"""Which case does a message belong to, where it is known what it is: a wrong merge shows one family's matter to another.

The model that comes with the program decides. `test_matching_decisions.py` has the way from the bytes on.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.unit.comparing import SMALL_RARITY, Desk, case_file, days, evidence, particulars
from triage.casefinder import CaseFinder
from triage.domain.case import Relation
from triage.domain.labels import Kind, Role, Service, Theme
from triage.matching.cases import NO_MATCH, Asked, CaseMatch, match_case
from triage.matching.comparison import CaseFile, beside_rivals, compare
from triage.matching.household import Bond
from triage.matching.particulars import Particulars
from triage.matching.reasons import why
from triage.matching.related import SIGNS, RelatedScorer
from triage.matching.scorer import Scorer, Thresholds

often = settings(max_examples=200, deadline=None, derandomize=True, database=None)
OTTILIE = ("Ottilie Brackenbury", "ottilie.b@larkmail.example")
HOSTEL = ("Harbour Hostel Office", "office@harbourhostel.example")
LYLE = ("Hesper Lyle MP", "hesper.lyle.mp@parliament.example")
TAXI = """Dear Sir or Madam,

I am writing to complain about the taxi that takes my son Peregrine to Larkspur House School. Since 2 February it has come late eight times,
and on Thursday it did not come at all. Peregrine is ten, he is autistic, and he waited at the gate in Pellow Street for an hour. The firm,
Kestrel Cars, says that nobody told them of the new route.

I would like to know who is responsible and when it will be put right.

Yours faithfully,
Ottilie Brackenbury
07700 900321"""
LEOPOLD = """Dear all,

This is about my younger son Leopold, who is in Year 2 at Hollin Bank Primary. Since September he has had no speech therapy, though fifteen
hours are written in his plan. Mrs Tarn, the therapist, left and nobody replaced her. This is not about his brother.

Ottilie Brackenbury"""
FATHER = (
    "My wife Ottilie has already written to you about Peregrine's taxi to Larkspur House. Kestrel Cars left him in Pellow Street again this "
    "morning and I missed work. I want an answer too.\n\nAurel Brackenbury"
)
CLOSING = "Dear Sir or Madam,\n\nI have your letter of 26 March about Peregrine's taxi and I do not accept your answer. Kestrel Cars was never told."


@pytest.fixture(scope="module")
def desk(case_finder: CaseFinder) -> Desk:
    return Desk(case_finder)


@pytest.fixture(scope="module")
def taxi(desk: Desk) -> CaseFile:
    """The Brackenburys' case, number 1."""
    return case_file(1, desk.write(TAXI, *OTTILIE, subject="Taxi to Larkspur House", message_id="<t1@larkmail.example>"))


# The writer's own case


@pytest.mark.parametrize(
    ("text", "subject", "answers"),
    [
        ("I have heard nothing since I wrote. Peregrine's taxi was late again today.\n\nOttilie", "Re: Taxi to Larkspur House", ["<t1@larkmail.example>"]),
        ("It is three weeks since I complained about Peregrine's taxi and nobody has answered. Kestrel Cars were late again.", "Still no answer", []),
        ("any news on this please?\n\nOttilie", "Taxi to Larkspur House", []),
    ],
)  # fmt: skip
def test_a_plain_chaser_joins_in_the_thread_or_out_of_it(desk: Desk, taxi: CaseFile, text: str, subject: str, answers: list[str]) -> None:
    found = desk.match(desk.write(text, *OTTILIE, subject=subject, answers=answers, at=days(9)), taxi)
    assert found.joins is taxi
    assert (found.relation, found.suggested, found.related) == (Relation.REPEAT, None, ())


def test_a_question_about_the_grievance_joins_it(desk: Desk, taxi: CaseFile) -> None:
    text = "Could you tell me who looks into Peregrine's taxi, and by when?\n\nOttilie Brackenbury"
    one = desk.write(text, *OTTILIE, subject="Taxi to Larkspur House", kind=Kind.ENQUIRY, at=days(4))
    assert desk.match(one, taxi).joins is taxi


@pytest.mark.parametrize("answers", [[], ["<t1@larkmail.example>"]])
def test_another_child_is_another_case_even_in_the_thread(desk: Desk, taxi: CaseFile, answers: list[str]) -> None:
    one = desk.write(LEOPOLD, *OTTILIE, subject="Leopold's speech therapy", service=Service.SEND, answers=answers, at=days(12),
                     themes=[Theme.SERVICE_QUALITY])  # fmt: skip
    assert desk.match(one, taxi).joins is None


def test_of_two_cases_the_one_that_it_is_about_is_joined(desk: Desk, taxi: CaseFile) -> None:
    speech = case_file(2, desk.write(LEOPOLD, *OTTILIE, subject="Leopold's speech therapy", service=Service.SEND, at=days(12)))
    chaser = "Leopold still has no speech therapy at Hollin Bank, it is two weeks since I wrote. Who replaces Mrs Tarn?\n\nOttilie"
    one = desk.write(chaser, *OTTILIE, subject="speech therapy", service=Service.SEND, at=days(26))
    assert desk.match(one, taxi, speech).joins is speech
    assert desk.match(one, speech, taxi).joins is speech


def test_praise_beside_a_grievance_does_not_join_it_even_in_the_thread(desk: Desk, taxi: CaseFile) -> None:
    text = "Thank you to Mrs Adeyemi at the desk, who found Peregrine's lost coat after the taxi left and rang me.\n\nOttilie Brackenbury"
    one = desk.write(
        text, *OTTILIE, subject="Re: Taxi to Larkspur House", kind=Kind.COMPLIMENT, answers=["<t1@larkmail.example>"], at=days(6)
    )
    assert desk.match(one, taxi).joins is None


def test_more_praise_joins_praise(desk: Desk) -> None:
    text = "I want to thank Mrs Adeyemi at the Pellow Street desk, who found Peregrine's lost coat and rang me the same day.\n\nOttilie Brackenbury"
    praise = case_file(
        3, desk.write(text, *OTTILIE, subject="Thank you, Mrs Adeyemi", kind=Kind.COMPLIMENT, message_id="<p1@larkmail.example>")
    )
    more = "Peregrine drew a card for Mrs Adeyemi, may I send it? She was so kind about the coat.\n\nOttilie"
    one = desk.write(
        more, *OTTILIE, subject="Re: Thank you, Mrs Adeyemi", kind=Kind.COMPLIMENT, answers=["<p1@larkmail.example>"], at=days(1)
    )
    assert desk.match(one, praise).joins is praise


# Others of the household, and those who write for it


def test_the_other_parent_joins_or_is_asked_about(desk: Desk, taxi: CaseFile) -> None:
    found = desk.match(desk.write(FATHER, "Aurel Brackenbury", "aurel@haulnet.example", subject="Peregrine Brackenbury", at=days(15)), taxi)
    assert taxi in (found.joins, found.suggested)


def test_a_parent_who_may_be_opposed_joins_nothing_without_a_person(desk: Desk) -> None:
    text = TAXI.replace("I would like", "My ex, Aurel Brackenbury, must not be told; we are separated. I would like")
    case = case_file(1, desk.write(text, *OTTILIE, subject="Taxi"))
    one = desk.write(FATHER.replace("My wife", "My ex"), "Aurel Brackenbury", "aurel@haulnet.example", subject="Peregrine", at=days(15))
    assert desk.match(one, case).joins is None


def test_a_member_who_raises_it_joins_or_is_asked_about(desk: Desk, taxi: CaseFile) -> None:
    text = (
        "Dear Director,\n\nMy constituent Mrs Ottilie Brackenbury has been to my surgery about her son Peregrine, whose taxi to Larkspur House "
        "School, by Kestrel Cars, has been late many times. I would be grateful for your reply.\n\nHesper Lyle MP"
    )
    found = desk.match(desk.write(text, *LYLE, subject="Mrs Ottilie Brackenbury", role=Role.MP, at=days(18)), taxi)
    assert taxi in (found.joins, found.suggested)


def test_a_member_who_writes_for_another_constituent_does_not_join_the_first_ones_case(desk: Desk) -> None:
    first = "My constituent Mrs Ottilie Brackenbury has been to my surgery about her son Peregrine's taxi. I look forward to your reply.\n\nHesper Lyle"
    other = "My constituent Mr Murdo Gilfillan has been to my surgery about his daughter Elspeth's bus pass. I look forward to your reply.\n\nHesper Lyle"
    case = case_file(1, desk.write(first, *LYLE, subject="Mrs Ottilie Brackenbury", role=Role.MP))
    assert desk.match(desk.write(other, *LYLE, subject="Mr Murdo Gilfillan", role=Role.MP, at=days(9)), case).joins is None


# Others than the household


@pytest.mark.parametrize(
    "text",
    [
        "My name is Tobiah Renn, I am in room 9. My adviser never rang about my college grant and the heating is off here too.\n\nTobiah Renn",
        "My key worker has not come for three weeks and the heating is broken since Christmas.\n\nTobiah Renn, room 9",
    ],
)
def test_another_resident_does_not_join_a_case_that_began_at_the_hostels_address(desk: Desk, text: str) -> None:
    quist = (
        "Hello, this is Fenella Quist from room 4. My key worker has not come for three weeks and the heating in my room has been broken since "
        "Christmas. I have asked at the desk every day.\n\nFenella Quist, room 4"
    )
    about = {"subject": "Heating and my key worker", "service": Service.LEAVING_CARE, "role": Role.YOUNG_PERSON}
    case = case_file(2, desk.write(quist, *HOSTEL, **about))
    assert desk.match(desk.write(text, *HOSTEL, **about, at=days(4)), case).joins is None
    again = desk.write(
        "Hello, it's Fenella Quist in room 4 again. Still no key worker and no heating.\n\nFenella Quist", *HOSTEL, **about, at=days(9)
    )
    assert desk.match(again, case).joins is case


@pytest.mark.parametrize(
    "text",
    [
        "My son Oakley has waited a year for his assessment, nobody rings. I want to complain.\n\nSarah Smith",
        "My son Oakley was refused a place at Fernbank Academy though we live closest. I complain about this decision.\n\nSarah Smith",
    ],
)
def test_two_women_of_one_name_are_two_households_until_a_person_says_otherwise(desk: Desk, text: str) -> None:
    first = "I complain that my daughter Jessica was refused a place at Tarn Hill Academy though we live closest.\n\nSarah Smith"
    about = {"service": Service.ADMISSIONS, "themes": [Theme.DECISION]}
    case = case_file(3, desk.write(first, "Sarah Smith", "sarah.smith@larkmail.example", subject="Tarn Hill Academy", **about))
    found = desk.match(desk.write(text, "Sarah Smith", "ssmith84@pocketmail.example", subject="school place", **about, at=days(5)), case)
    assert found.joins is None


@pytest.mark.parametrize(
    "text",
    [
        "CC-2026-000001, please treat ours the same.",
        "I complain that my neighbour's case CC-2026-000001 was answered and ours was not. Our Elspeth has had no bus pass since March.",
        "CC-2026-000001: the taxi to Larkspur House School was late again, Kestrel Cars said that nobody told them of the new route.",
    ],
)
def test_the_reference_of_another_familys_case_joins_nothing(desk: Desk, taxi: CaseFile, text: str) -> None:
    one = desk.write(f"{text}\n\nMurdo Gilfillan", "Murdo Gilfillan", "murdo@fenmail.example", subject="CC-2026-000001", at=days(30))
    found = desk.match(one, taxi)
    assert found.joins is None
    assert found.suggested in (None, taxi)


# Closed cases


def test_unhappiness_with_the_outcome_is_an_escalation_or_a_question(desk: Desk, taxi: CaseFile) -> None:
    closed = replace(taxi, closed_at=days(25))
    text = f"{CLOSING} Please take my complaint to stage 2.\n\nOttilie Brackenbury"
    one = desk.write(text, *OTTILIE, subject="Re: Taxi to Larkspur House", answers=["<t1@larkmail.example>"], at=days(30))
    found = desk.match(one, closed)
    assert (found.joins, found.relation) == (closed, Relation.ESCALATION) or found.suggested is closed
    assert "closed" in found.reasons[0]


def test_what_happens_after_the_closing_is_a_new_case_or_a_question(desk: Desk, taxi: CaseFile) -> None:
    text = (
        "Dear Sir or Madam,\n\nIn September Peregrine's new escort, from Merle Travel, shouted at him. This is new.\n\nOttilie Brackenbury"
    )
    found = desk.match(
        desk.write(text, *OTTILIE, subject="Escort", at=days(190), themes=[Theme.CONDUCT]), replace(taxi, closed_at=days(25))
    )
    assert found.joins is None


# What is never joined


def _chaser(desk: Desk, kind: Kind = Kind.COMPLAINT) -> Particulars:
    text = "Nobody has answered me about Peregrine's taxi to Larkspur House.\n\nOttilie Brackenbury"
    return desk.write(text, *OTTILIE, subject="Re: Taxi to Larkspur House", kind=kind, answers=["<t1@larkmail.example>"], at=days(9))


def test_a_message_in_doubt_about_its_author_is_asked_about_and_never_joined(desk: Desk, taxi: CaseFile) -> None:
    found = desk.match(_chaser(desk), taxi, author_known=False)
    assert (found.joins, found.suggested) == (None, taxi)


def test_what_is_nothing_for_the_case_store_is_asked_about_and_never_joined(desk: Desk, taxi: CaseFile) -> None:
    found = desk.match(_chaser(desk, Kind.NONE), taxi)
    assert found.joins is None
    assert found.suggested in (None, taxi)


def test_where_there_is_nothing_near_a_case_is_opened(desk: Desk) -> None:
    assert desk.match(_chaser(desk)) == NO_MATCH == CaseMatch()


# Whatever the score

SURE = Scorer((), lambda rows: [50.0] * len(rows), 1.0, 0.0, Thresholds(0.0, 0.0, 0.0, 0.0, 0.0), RelatedScorer(dict.fromkeys(SIGNS, 0.0), 0.0, 1.0),
              SMALL_RARITY, "whatever is compared is joined")  # fmt: skip
PEOPLE = [
    "Ottilie Brackenbury",
    "Aurel Brackenbury",
    "Ottilie",
    "Murdo Gilfillan",
    "M Gilfillan",
    "Zoe Smith",
    "Sarah Smith",
    "Harbour Office",
    "",
]
words_of_mail = some.lists(
    some.sampled_from(
        ["my son Peregrine", "my daughter Elspeth", "my wife", "my ex", "his mum", "on behalf of Mrs Brackenbury", "room 4", "room 9", "Kestrel",
         "Brackenbury", "Gilfillan", "CC-2026-000001", "07700 900321", "14 Pellow Street", "J.B.", "again", "Aurel rang", "\n\nTobiah Renn"]
    ),
    max_size=6,
)  # fmt: skip
mail = some.builds(
    lambda words, name, address, role, kind, answers, day: particulars(
        " ".join(words), name, f"{address}@fenmail.example", role=role, kind=kind, answers=answers, at=days(day)
    ),
    words_of_mail, some.sampled_from(PEOPLE), some.sampled_from("abc"), some.sampled_from(Role), some.sampled_from([*Kind][:3]),
    some.lists(some.sampled_from(["<t1@x.example>", "<t2@x.example>"]), max_size=1), some.integers(0, 60),
)  # fmt: skip


@given(mail, some.lists(some.lists(mail, min_size=1, max_size=3), min_size=1, max_size=3), some.booleans())
@often
def test_however_high_the_score_nobody_joins_a_case_whose_household_it_is_not(
    one: Particulars, of_cases: list[list[Particulars]], author_known: bool
) -> None:
    files = [case_file(number, *messages) for number, messages in enumerate(of_cases, 1)]
    found = match_case(Asked(one, author_known), files, {}, SURE)
    if found.joins is not None:
        compared = [compare(one, case, SMALL_RARITY, {}) for case in files]
        beside_rivals(compared)
        said = compared[files.index(found.joins)]
        assert said["bond"] > Bond.NONE
        assert author_known
        assert not said["other strand"]
        assert found.suggested is None


COLUMNS = tuple(evidence(particulars("x"), case_file(1, particulars("y"))))
numbers = some.sampled_from([0.0, 0.0, 0.5, 0.8, 1.0, 3.0])
any_evidence = some.fixed_dictionaries(dict.fromkeys(COLUMNS, numbers))


# Reasons


@given(any_evidence, some.booleans())
@often
def test_reasons_hold_no_word_name_or_number_of_the_mail(found: dict[str, float], joined: bool) -> None:
    """They say the same of any two messages: nothing that stands in either can be in them."""
    one, other = particulars(TAXI, *OTTILIE), particulars("Zyx 4711 Vavasour", "Zebedee Vavasour", "zeb@fenmail.example", subject="Quux")
    said = why(one, case_file(1, one), found, joined=joined)
    assert said == why(other, case_file(1, other), found, joined=joined)
    assert 1 <= len(said) <= 3
    assert all(len(reason) < 600 and "CC-2026-000001" in reason for reason in said[:1])


def test_reasons_say_what_speaks_for_a_case_and_what_against_it(desk: Desk, taxi: CaseFile) -> None:
    said = desk.match(_chaser(desk), taxi).reasons
    assert said[0] == "It was put on CC-2026-000001: it seems to be about the same matter, from the same household."
    assert "the author has written from this address before" in said[1]
    assert "it answers a message of this case" in said[1]
    other = desk.write(LEOPOLD, *OTTILIE, subject="Leopold", service=Service.SEND, at=days(12))
    against = why(other, taxi, desk.evidence(other, taxi), joined=False)
    assert against[0] == "It may belong to CC-2026-000001: a person should say."
    assert "another child is named" in against[-1] or "it names a child of whom the case does not speak" in against[-1]
