"""What is joined, what is asked about and what is a case of its own, with the model that comes with the program."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from triage.casefinder import CaseFinder
from triage.classify.model import Model
from triage.domain.case import Relation
from triage.domain.message import Arrival, MailboxKind, Place
from triage.judge import Judge, Opened, Understood
from triage.mailbox.parsing import ParseLimits
from triage.matching.cases import Asked, CaseMatch, match_case
from triage.matching.comparison import CaseFile, beside_rivals, compare
from triage.matching.keys import keys_of
from triage.matching.particulars import Particulars
from triage.rehearsal import written
from triage.text.entities import EntityFinder

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
TAXI = (
    "Dear Sir or Madam\n\nThe taxi that takes my son Torquil to Skelling Moor School did not come on Monday and did not come on Wednesday. "
    "He waits on the wall with his rucksack on. The operator, Bramhall Cars, says the council cancelled route SK14 and the council says it "
    "did not. I am losing shifts over this and I want to know who is going to put it right.\n\nOonagh Pettifer\n07700 900311"
)


@pytest.fixture(scope="module")
def judge(model: Model, case_finder: CaseFinder) -> Judge:
    is_own = "fenmoor.example".__eq__
    return Judge(model, is_own, lambda: START + timedelta(days=400), ParseLimits(), EntityFinder(), case_finder.scorer.rarity)


class Writing:
    """Makes messages as the service would understand them."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    def __call__(self, sender: str, subject: str, body: str, day: int = 0, answers: str = "") -> Understood:
        when = START + timedelta(days=day)
        fields = [
            ("From", sender), ("To", "complaints@fenmoor.example"), ("Subject", subject), ("Date", format_datetime(when)),
            ("Message-ID", f"<{abs(hash((sender, subject, body, day)))}@mail.example>"),
        ]  # fmt: skip
        raw = written([*fields, *([("In-Reply-To", answers)] if answers else [])], (), body)
        [item] = self.judge.classify([self.judge.read(Arrival(Place("complaints", MailboxKind.SHARED, "INBOX"), raw, len(raw), when))])
        assert isinstance(item, Opened)
        return item.parts[0]


@pytest.fixture(scope="module")
def write(judge: Judge) -> Writing:
    return Writing(judge)


def particulars(item: Understood) -> Particulars:
    assert item.particulars is not None
    return item.particulars


def on_case(number: int, *items: Understood, closed_day: int | None = None) -> CaseFile:
    messages = tuple(particulars(item) for item in items)
    closed = START + timedelta(days=closed_day) if closed_day is not None else None
    return CaseFile(number, f"CC-2026-{number:06d}", messages[0].kind, messages[0].received_at, closed, messages)


def decided(finder: CaseFinder, item: Understood, *cases: CaseFile) -> CaseMatch:
    return match_case(Asked(particulars(item), author_known=not item.authorship.doubt), cases, {}, finder.scorer)


OONAGH = "Oonagh Pettifer <oonagh.pettifer@postbox.example>"


def test_a_chaser_under_a_new_subject_joins_the_case(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    chaser = write(
        OONAGH,
        "still no taxi",
        "Hello, a week since I wrote and still no taxi for Torquil. Bramhall Cars say nobody has rung them.\nOonagh",
        8,
    )
    found = decided(case_finder, chaser, case)
    assert found.joins == case and found.relation is Relation.REPEAT and found.suggested is None


def test_what_is_joined_says_why_and_quotes_nothing(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    chaser = write(
        OONAGH, "still no taxi", "A week since I wrote and still no taxi for Torquil. Bramhall Cars say nobody has rung.\nOonagh", 8
    )
    said = " ".join(decided(case_finder, chaser, case).reasons)
    assert "CC-2026-000001" in said and "written from this address before" in said
    for word in ("oonagh", "pettifer", "torquil", "bramhall", "skelling", "07700", "taxi"):
        assert word not in said.lower()


def test_praise_beside_a_grievance_does_not_join_it(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    praise = write(
        OONAGH, "Re: School taxi",
        "Nothing to do with the taxi: I want it on record how wonderful Delia Marsh at the family hub was. She sat with me for two hours when "
        "I could not stop crying and she found us a bed. Thank you Delia, from all of us.\nOonagh", 9,
    )  # fmt: skip
    assert decided(case_finder, praise, case).joins is None


def test_another_childs_matter_with_another_service_is_a_case_of_its_own(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    other = write(
        OONAGH, "Different thing: Fenella's nursery money",
        "This is a separate matter about my daughter Fenella, who is two. Her funded hours were agreed in March and the nursery has had no "
        "payment, so they have billed me £640. Please look into it.\nOonagh Pettifer", 20,
    )  # fmt: skip
    assert decided(case_finder, other, case).joins is None


def test_a_strangers_mail_that_quotes_the_reference_joins_nothing(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    stranger = write(
        "Barnaby Quill <b.quill@inmail.example>", "Same as CC-2026-000001",
        "My neighbour gave me her number CC-2026-000001. Our taxi to Skelling Moor School has not come either and my daughter Perpetua is at "
        "home. Please sort it out.\nBarnaby Quill", 5,
    )  # fmt: skip
    assert decided(case_finder, stranger, case).joins is None


def test_somebody_elses_mail_from_a_shared_address_does_not_join(write: Writing, case_finder: CaseFinder) -> None:
    hostel = "Larch House <office@larchhouse.example>"
    case = on_case(
        1, write(hostel, "from flat 2", "Hello my name is Marisela, I am in flat 2 and use the office email. My social worker Petra took my "
                 "son's birth certificate in March and has not given it back.")
    )  # fmt: skip
    other = write(
        hostel,
        "from flat 5",
        "Hi its Jodie-Ann from flat 5. Petra has missed three visits and nobody told me why. I want another worker.",
        2,
    )
    assert decided(case_finder, other, case).joins is None


def test_two_women_of_one_name_with_other_children_are_two_cases(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write("Emily Grant <emily.grant@postbox.example>", "Complaint about EHCP",
                            "My son Ottokar's plan is nine weeks late and nobody answers the telephone. Emily Grant"))  # fmt: skip
    other = write("Emily Grant <egrant77@inmail.example>", "Complaint about EHCP",
                  "My daughter Saskia was refused an assessment and the letter gives no reason. I am not happy. Emily Grant", 4)  # fmt: skip
    assert decided(case_finder, other, case).joins is None


def test_unhappiness_with_the_outcome_escalates_the_closed_case_or_is_asked_about(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI), closed_day=20)
    unhappy = write(
        OONAGH, "Your letter about Torquil's taxi",
        "I have read your response of last week. It says the taxi was cancelled in error and then offers nothing for the days Torquil lost. I do "
        "not accept that outcome and I want it to go to stage 2.\nOonagh Pettifer", 25,
    )  # fmt: skip
    found = decided(case_finder, unhappy, case)
    assert (found.joins == case and found.relation is Relation.ESCALATION) or found.suggested == case


def test_a_letter_that_several_families_send_is_related_and_not_joined(write: Writing, case_finder: CaseFinder) -> None:
    letter = (
        "I object to the closure of the Thursday group at Harbour Lane Family Hub, which was announced on 1 May without any consultation. "
        "Families were promised that the group would run until December. I ask the council to reverse the decision and to meet the parents "
        "before the end of term, and to publish the assessment on which the closure at Harbour Lane rests."
    )
    case = on_case(
        1, write("Tamsin Orde <tamsin.orde@postbox.example>", "Closure of Harbour Lane Thursday group", f"{letter}\n\nTamsin Orde")
    )
    other = write("Gideon Pask <gideon.pask@inmail.example>", "Closure of Harbour Lane Thursday group",
                  f"{letter}\n\nMy twins go every week.\nGideon Pask", 2)  # fmt: skip
    found = decided(case_finder, other, case)
    assert found.joins is None
    assert [one.case for one in found.related] == [case]
    assert "several people send" in found.related[0].why


def test_the_same_sort_of_failure_to_another_family_is_not_related(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    other = write(
        "Lorcan Hythe <lorcan.hythe@inmail.example>",
        "no transport",
        "Our bus to Wickerby Academy has been late all month and my son Cosmo misses registration. It is not good enough. Lorcan",
        3,
    )
    found = decided(case_finder, other, case)
    assert found.joins is None and not found.related


def test_nothing_to_compare_with_opens_a_case(write: Writing, case_finder: CaseFinder) -> None:
    assert decided(case_finder, write(OONAGH, "School taxi", TAXI)) == CaseMatch()


def test_a_message_in_doubt_about_its_author_is_never_joined(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    chaser = write(OONAGH, "still no taxi", "A week since I wrote and still no taxi for Torquil.\nOonagh", 8)
    found = match_case(Asked(particulars(chaser), author_known=False), [case], {}, case_finder.scorer)
    assert found.joins is None and found.suggested == case


def test_particulars_come_back_from_the_store_as_they_were(write: Writing) -> None:
    one = particulars(write(OONAGH, "School taxi", TAXI))
    assert Particulars.restored(one.stored()) == one


def test_a_message_has_a_bounded_number_of_keys_however_long_it_is(write: Writing, case_finder: CaseFinder) -> None:
    words = " ".join(f"Zorvath{number} Quimble{number} and the plan." for number in range(2000))
    one = particulars(write(OONAGH, "Everything", f"I complain about all of it. {words}"))
    assert len(keys_of(one, case_finder.scorer.rarity)) < 80


def test_evidence_has_the_columns_that_were_learnt(write: Writing, case_finder: CaseFinder) -> None:
    case = on_case(1, write(OONAGH, "School taxi", TAXI))
    found = compare(particulars(write(OONAGH, "again", "Still no taxi.", 3)), case, case_finder.scorer.rarity, {})
    beside_rivals([found])
    assert set(case_finder.scorer.names) <= set(found)
