"""The evidence that a message is on a case: each number says what it is named for, whatever the others say."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.unit.comparing import SMALL_RARITY, case_file, days, evidence, particulars
from triage.casefinder import CaseFinder
from triage.domain.labels import Kind, Role, Service, Theme
from triage.matching.comparison import CaseFile
from triage.matching.particulars import Particulars

often = settings(max_examples=120, deadline=None, derandomize=True, database=None)
OTTILIE = ("Ottilie Brackenbury", "ottilie.b@larkmail.example")
TAXI = (
    "I write about my son Casimir and the Kestrel taxi to Larkspur House. It is late every week, and he waits in Pellow Street.\n\n"
    "Ottilie Brackenbury"
)


def _case(text: str = TAXI, name: str = OTTILIE[0], address: str = OTTILIE[1], **other: object) -> CaseFile:
    return case_file(1, particulars(text, name, address, message_id="<one@larkmail.example>", **other))  # type: ignore[arg-type]


def _found(text: str, name: str = OTTILIE[0], address: str = OTTILIE[1], case: CaseFile | None = None, **other: object) -> dict[str, float]:
    return evidence(particulars(text, name, address, **{"at": days(5), **other}), case or _case())  # type: ignore[arg-type]


# Who


def test_an_address_is_its_writers_own() -> None:
    found = _found("Any news?\n\nOttilie")
    assert (found["same address"], found["same go-between"], found["strangers"]) == (1.0, 0.0, 0.0)
    assert found["same name"] == found["same surname"] == 0.0, "the address says it already"


def test_an_address_from_which_a_go_between_writes_is_the_go_betweens() -> None:
    found = _found("My constituent asks again.", "Hesper Lyle MP", "hesper@parliament.example", role=Role.MP,
                   case=_case("My constituent asks.", "Hesper Lyle MP", "hesper@parliament.example", role=Role.MP))  # fmt: skip
    assert (found["same address"], found["same go-between"], found["member asks"]) == (0.0, 1.0, 1.0)


def test_somebody_else_who_signs_from_a_shared_address_is_somebody_else() -> None:
    hostel = ("Harbour Hostel", "office@harbour.example")
    case = _case("This is Fenella Quist from room 4, the heating is broken.\n\nFenella Quist", *hostel)
    other = _found("This is Tobiah Renn from room 9, nobody rang me.\n\nTobiah Renn", *hostel, case=case)
    same = _found("This is Fenella Quist from room 4, it is still broken.\n\nFenella Quist", *hostel, case=case)
    assert (other["address, other name"], other["other room"]) == (1.0, 1.0)
    assert (same["address, other name"], same["other room"]) == (0.0, 0.0)


@pytest.mark.parametrize("signature", ["Tilly", "Aurel Brackenbury", "Ottilie Vance-Brackenbury"])
def test_a_nickname_a_half_of_a_couple_or_a_new_surname_is_not_somebody_else(signature: str) -> None:
    assert _found(f"It is late again, every day.\n\nRegards\n{signature}")["address, other name"] == 0.0


def test_a_writer_is_known_by_name_under_another_address() -> None:
    found = _found("It is late again.", "Ottilie Brackenbury", "obrack@fenmail.example")
    assert (found["same address"], found["same name"], found["strangers"]) == (0.0, 1.0, 0.0)
    case = _case("It is late.", "Dorcas Penhale", "dorcas@fenmail.example")
    assert _found("It is late again.", "D Penhale", "dp@fenmail.example", case=case)["same name"] == 0.8


def test_a_surname_tells_the_more_the_rarer_it_is() -> None:
    rare = _found("It is late again.", "Aurel Brackenbury", "aurel@fenmail.example")
    common = _found("It is late again.", "Zoe Smith", "zoe@fenmail.example", case=_case(name="Ann Smith", text="Late."))
    assert rare["same surname"] == pytest.approx(SMALL_RARITY.weight("brackenbury") / 8)
    assert 0 < common["same surname"] < rare["same surname"]


def test_a_stranger_is_one_of_whom_the_case_knows_nothing() -> None:
    found = _found("Our minibus is late.", "Dorcas Penhale", "dorcas@fenmail.example")
    assert (found["strangers"], found["shared forename only"]) == (1.0, 0.0)
    assert _found("Our minibus is late.", "Ottilie Penhale", "op@fenmail.example")["shared forename only"] == 1.0


def test_a_message_without_a_name_is_no_strangers() -> None:
    assert _found("Our minibus is late.", "", "x@fenmail.example")["strangers"] == 0.0


def test_an_address_may_hold_the_name_of_the_other() -> None:
    assert _found("Late.", "Tilly", "brackenbury.home@fenmail.example")["name in address"] == 1.0
    assert _found("Late.", "Tilly", "tilly@fenmail.example")["name in address"] == 0.0


def test_each_may_name_the_others_writer() -> None:
    found = _found("My wife is Ottilie Brackenbury, she wrote.", "Aurel Vance", "aurel@fenmail.example")
    assert found["names its writer"] == pytest.approx(SMALL_RARITY.weight("brackenbury") / 8)
    case = _case(TAXI.replace("he waits", "his father Aurel Vance waits with him"))
    assert _found("It is late.", "Aurel Vance", "aurel@fenmail.example", case=case)["named by it"] > 0.5


def test_a_parent_whom_the_case_speaks_of_as_the_other_may_be_opposed() -> None:
    case = _case("My ex Aurel Vance takes him, and we are separated. The Kestrel taxi is late.")
    found = _found("It is late.", "Aurel Vance", "aurel@fenmail.example", case=case)
    assert (found["writer is the other parent"], found["opposed"]) == (1.0, 1.0)


def test_a_telephone_and_a_home_are_the_same_whoever_writes() -> None:
    case = case_file(1, replace(particulars(TAXI), telephones=frozenset({"07700900321"}), postcodes=frozenset({"ZZ994QQ"})))
    one = replace(particulars("Late.", "Dorcas Penhale", "d@fenmail.example"), telephones=frozenset({"07700900321"}))
    assert (evidence(one, case)["same telephone"], evidence(one, case)["same home"]) == (1.0, 0.0)
    assert evidence(replace(one, postcodes=frozenset({"ZZ994QQ"})), case)["same home"] == 1.0


def test_a_go_between_writes_for_the_same_or_for_another_client() -> None:
    text = "I write on behalf of Ms Ottilie Brackenbury about the taxi."
    same = _found(text, "Harbour Advocacy", "help@harbour.example", role=Role.ADVOCATE)
    other = _found(text.replace("Ottilie Brackenbury", "Dorcas Penhale"), "Harbour Advocacy", "help@harbour.example", role=Role.ADVOCATE)
    assert (same["same client"], same["other client"], same["on behalf"]) == (1.0, 0.0, 1.0)
    assert (other["same client"], other["other client"]) == (0.0, 1.0)


# For which child


def test_the_same_child_is_the_rarest_name_that_both_have() -> None:
    found = _found("It is about my son Casimir again.")
    assert found["same child"] == pytest.approx(SMALL_RARITY.weight("casimir") / 8)
    assert (found["child unique"], found["other child"], found["new child"]) == (1.0, 0.0, 0.0)


def test_another_child_is_one_that_the_case_does_not_name() -> None:
    found = _found("It is about my son Leopold.")
    assert (found["same child"], found["other child"], found["new child"]) == (0.0, 1.0, 1.0)


def test_a_childs_name_that_several_cases_have_is_not_unique() -> None:
    one = particulars("It is about my son Casimir again.")
    other = case_file(2, particulars("Casimir House is cold.", "Dorcas Penhale", "dorcas@fenmail.example"))
    assert evidence(one, _case(), other)["child unique"] == 0.0


def test_a_boy_is_no_girl() -> None:
    assert _found("My daughter waits. She and her bag are wet.")["son, daughter"] == 1.0
    assert _found("My son waits. He and his bag are wet.")["son, daughter"] == 0.0
    assert _found("It was late.")["son, daughter"] == 0.0


def test_initials_are_the_same_or_others() -> None:
    case = _case("J.B. has no taxi.")
    assert _found("J.B. waits again.", case=case)["same initials"] == 1.0
    assert (found := _found("K.T. waits.", case=case))["other initials"] == 1.0
    assert found["same initials"] == 0.0


# What


def test_words_that_both_have_count_as_much_as_they_are_rare() -> None:
    found = _found("Kestrel forgot Larkspur.")
    assert found["words shared"] > 0.6
    assert found["names shared"] > 1.5
    other = _found("Trains crawl through Wendle.", subject="Platform")
    assert other["words shared"] == other["names shared"] == 0.0


def test_a_name_that_many_cases_have_tells_less() -> None:
    one = particulars("Kestrel forgot him.")
    others = [case_file(n, particulars(f"Kestrel {n}.", f"Anna{n} Zed{n}", f"z{n}@fenmail.example")) for n in range(2, 8)]
    assert evidence(one, _case(), *others)["names shared"] < evidence(one, _case())["names shared"]


def test_the_names_of_those_to_whom_both_wrote_tell_nothing() -> None:
    case = _case("Dear Rosalind,\nthe nursery is shut.")
    assert _found("Dear Rosalind,\nour gate rusts.", case=case)["names shared"] == 0.0
    assert _found("Rosalind fell.", case=_case("Rosalind rang."))["names shared"] > 0.0


def test_what_both_are_about_is_as_alike_as_the_classifier_says() -> None:
    same, other = _found("Late."), _found("Late.", service=Service.SEND, themes=[Theme.DECISION])
    assert same["topic"] == pytest.approx(1.0, abs=0.01)
    assert other["topic"] < 0.5
    assert (same["same service"], other["same service"], other["service of the first"]) == (1.0, 0.0, 0.0)


def test_without_the_classifiers_word_nothing_is_alike() -> None:
    one = replace(particulars("Late."), topics=b"")
    assert evidence(one, _case())["topic"] == 0.0


def test_a_copy_a_quotation_and_an_answer_are_told_by_runs_of_words() -> None:
    assert _found(TAXI)["near copy"] == 1.0
    assert _found("Any news?", quoted=TAXI)["quotes it"] == 1.0
    case = _case("We have answered.", "Clerk", "clerk@ashmere.example", quoted=TAXI)
    assert _found(TAXI, case=case)["quoted by it"] == 1.0
    assert _found("Nothing of it is the same as before in any way.")["near copy"] == 0.0


def test_a_subject_that_is_the_same_tells_as_much_as_its_words() -> None:
    case = _case(subject="Kestrel taxi Casimir")
    assert _found("x", subject="RE: Kestrel taxi Casimir", case=case)["same subject"] == 1.0
    assert _found("x", subject="Complaint", case=_case(subject="complaint"))["same subject"] < 0.3
    assert _found("x", subject="", case=_case(subject=""))["same subject"] == 0.0


# The thread, itself, when, and of what sort


def test_an_answer_is_in_the_thread() -> None:
    assert _found("Any news?", answers=["<one@larkmail.example>"])["in thread"] == 1.0
    assert _found("Any news?")["in thread"] == 0.0


def test_a_reference_is_this_cases_or_another_ones() -> None:
    mine, other = _found("See CC-2026-000001."), _found("See CC-2026-000007.")
    assert (mine["reference"], mine["reference among"], mine["other reference"]) == (1.0, 1.0, 0.0)
    assert (other["reference"], other["reference among"], other["other reference"]) == (0.0, 0.0, 1.0)


def test_a_message_may_name_the_day_on_which_one_of_the_case_was_written() -> None:
    assert _found("I wrote to you on 2 March.")["names its day"] == 1.0
    assert _found("It was late on 2 March.")["names its day"] == 0.0


def test_when_it_was_written_beside_the_case() -> None:
    case = case_file(1, particulars(TAXI, at=days(0)), particulars("Late.", at=days(4)))
    found = evidence(particulars("Late.", at=days(5)), case)
    assert found["days since last"] == pytest.approx(math.log1p(1))
    assert found["days since first"] == pytest.approx(math.log1p(5))
    assert evidence(particulars("Late.", at=days(-1)), case)["earlier"] == 1.0


def test_a_case_is_closed_for_what_was_written_after_its_closing_only() -> None:
    case = replace(_case(), closed_at=days(10))
    before, after = evidence(particulars("Late.", at=days(9)), case), evidence(particulars("I reject your answer.", at=days(12)), case)
    assert (before["closed"], before["days since closed"]) == (0.0, 0.0)
    assert (after["closed"], after["closed, the answer"]) == (1.0, 1.0)
    assert after["days since closed"] == pytest.approx(math.log1p(2))


def test_praise_and_a_grievance_are_two_strands_and_a_question_is_of_either_grievances() -> None:
    praise, question = _found("Thank you.", kind=Kind.COMPLIMENT), _found("When will it come?", kind=Kind.ENQUIRY)
    assert (praise["other strand"], praise["praise"]) == (1.0, 1.0)
    assert (question["other strand"], question["grievance turned question"]) == (0.0, 1.0)
    assert _found("Late.", case=_case(kind=Kind.ENQUIRY))["question turned grievance"] == 1.0


def test_what_only_seems_to_be_praise_is_perhaps_of_another_strand() -> None:
    case = _case()
    seems = replace(particulars("First day back and it is late again.", kind=Kind.COMPLIMENT), kind_confidence=0.5)
    found = evidence(seems, case)
    assert (found["other strand"], found["perhaps other strand"]) == (0.0, 1.0)
    found = evidence(replace(seems, kind_confidence=0.9), case)
    assert (found["other strand"], found["perhaps other strand"]) == (1.0, 0.0)


def test_who_praises_in_words_praises_however_unsure_the_classifier_is() -> None:
    thanks = particulars("Thank you so much to Janet, she has been wonderful.", kind=Kind.COMPLIMENT)
    found = evidence(replace(thanks, kind_confidence=0.5), _case())
    assert (found["other strand"], found["perhaps other strand"]) == (1.0, 0.0)


# Beside the writer's other cases


def test_the_nearer_of_a_writers_two_cases_is_ahead_of_the_other() -> None:
    other = case_file(2, particulars("I write about my son Leopold and the dentist in Wendle.", at=days(3)))
    one = particulars("It is about my son Casimir, the Kestrel depot and Pellow Street.", at=days(6))
    near, far = evidence(one, _case(), other), evidence(one, other, _case())
    assert near["cases of the writer"] == far["cases of the writer"] == 2.0
    assert near["ahead: same child"] > 0 > far["ahead: same child"]
    assert (near["latest of the writer"], far["latest of the writer"]) == (0.0, 1.0)


def test_a_strangers_case_is_no_rival_and_one_alone_is_ahead_of_nothing() -> None:
    one = particulars("It is about my son Casimir.", at=days(6))
    strangers = case_file(2, particulars("Kestrel is late.", "Dorcas Penhale", "dorcas@fenmail.example"))
    assert evidence(one, _case(), strangers)["ahead: same child"] == evidence(one, _case())["ahead: same child"] == 0.0


# What holds for all


def test_evidence_has_every_column_that_was_learnt(case_finder: CaseFinder) -> None:
    assert set(case_finder.scorer.names) <= _found("Late.").keys()


texts = some.lists(some.sampled_from([*TAXI.split(), "Leopold", "my", "son", "CC-2026-000001", "again", "Ilse's", "mum", "\n", "3 March"]))
messages = some.builds(
    lambda words, name, kind, role, day: particulars(" ".join(words), name, f"{name.lower()}@fenmail.example", kind=kind, role=role, at=days(day)),
    texts, some.sampled_from(["Ottilie", "Aurel", ""]), some.sampled_from(Kind), some.sampled_from(Role), some.integers(-30, 300),
)  # fmt: skip


@given(messages, some.lists(messages, min_size=1, max_size=4), some.none() | some.integers(0, 200))
@often
def test_whatever_is_compared_every_number_is_finite_and_no_share_is_above_one(
    one: Particulars, of_case: list[Particulars], closed: int | None
) -> None:
    case = case_file(1, *sorted(of_case, key=lambda other: other.sent_at), closed_at=None if closed is None else days(closed))
    found = evidence(one, case)
    assert found.keys() == evidence(one, case, _case()).keys()
    assert all(math.isfinite(value) for value in found.values())
    for share in ("words shared", "best message", "near copy", "quotes it", "quoted by it", "topic", "son, daughter", "same name"):
        assert -1e-9 <= found[share] <= 1 + 1e-9, share
