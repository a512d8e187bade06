"""What of a message is compared: what it names and says, how it is kept, and that no text is too long or too odd for it."""

import json
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.unit.comparing import SMALL_RARITY, days, particulars
from tests.unit.making import NOON
from triage.domain.labels import Kind, Role
from triage.domain.message import Address
from triage.matching.particulars import Particulars, bare_subject, counted_words, day_of, digest
from triage.text.entities import EntityFinder

often = settings(max_examples=150, deadline=None, derandomize=True, database=None)
LETTER = """Dear Mr Haldane,

I write about my son Casimir and my daughter Ilse, aged 8, who go to Larkspur House School. The 14S left Casimir at 12 Pellow Street on 3 February.
I wrote to you on 14 February. He has been told to walk, and nobody at the depot has said a word to us about it. See CC-2026-000012.

Ottilie Brackenbury
Flat 3
07700 900321
ZZ99 4QQ"""


@pytest.fixture(scope="module")
def letter() -> Particulars:
    """A letter that names much."""
    quoted = "On 1 March Clerk <clerk@ashmere.example> wrote: we will look into the matter of your taxi and write to you again"
    return particulars(
        LETTER, quoted=quoted, subject="Re: [CC-2026-000009] School taxi", answers=["<a@larkmail.example>"], finder=EntityFinder()
    )


# What a message names


def test_a_letter_says_who_wrote_it_to_whom_and_about_which_children(letter: Particulars) -> None:
    assert letter.writers == letter.signers == (("ottilie", "brackenbury"),)
    assert letter.children == {"casimir", "ilse"}
    assert {"haldane", "complaints"} <= letter.addressed
    assert (letter.boys, letter.girls) == (2, 1)


def test_a_letter_gives_numbers_places_and_days(letter: Particulars) -> None:
    assert letter.telephones == {"07700900321"}
    assert letter.postcodes == {"ZZ994QQ"}
    assert letter.houses == {"12 pellow"}
    assert letter.rooms == {"flat 3"}
    assert letter.schools == {"larkspur house school"}
    assert letter.days == {(2, 3), (2, 14)}
    assert (2, 14) in letter.told


def test_references_are_found_in_subject_words_and_what_is_quoted(letter: Particulars) -> None:
    assert letter.references == ("CC-2026-000009", "CC-2026-000012")
    assert letter.subject == "school taxi"
    assert letter.quoted_addresses == {"clerk@ashmere.example"}


def test_two_names_are_a_display_name_and_a_signature_where_they_differ() -> None:
    found = particulars("It is late again, every single day.\n\nRegards\nAurel Vance", name="The Brackenburys")
    assert found.writers == (("brackenbury",), ("aurel", "vance"))
    assert found.signers == (("aurel", "vance"),)


@pytest.mark.parametrize(
    ("text", "children"),
    [
        ("our twins Ada and Bo", {"ada", "bo"}),
        ("the boy called Ivo", {"ivo"}),
        ("His younger brother Leopold", {"leopold"}),
        ("Ilse's mum here", {"ilse"}),
        ("Ilse (aged 9) waits", {"ilse"}),
        ("we went to Wendle", set()),
        ("my son will not go", set()),
        ("", set()),
    ],
)
def test_a_child_is_who_is_somebodys_or_has_an_age(text: str, children: set[str]) -> None:
    assert particulars(text).children == children


def test_a_word_that_is_written_small_as_a_rule_is_no_child() -> None:
    """ "Will" is, but mostly begins a question: 10 of 300 in the tests' corpus."""
    assert particulars("my son Will it ever end").children == frozenset()


@pytest.mark.parametrize(
    ("text", "initials"), [("J.B. and K.T. went home", {"jb", "kt"}), ("about JB's plan", {"jb"}), ("the TV is OK", set())]
)
def test_initials_stand_for_children_and_common_abbreviations_do_not(text: str, initials: set[str]) -> None:
    assert particulars(text).initials == initials


def test_a_month_or_a_number_of_days_is_no_street() -> None:
    assert particulars("on 4 March and 20 Easter Eggs, near 7 Rookery Lane").houses == {"7 rookery"}


def test_words_that_tell_nothing_are_left_out_and_names_are_told_from_words_that_begin_a_sentence() -> None:
    found = particulars("The letter came late. Taxi firms forget Casimir, and the Kestrel depot shrugs.")
    assert "the" not in found.words
    assert {"casimir", "kestrel"} <= found.proper
    assert "taxi" in found.words
    assert "taxi" not in found.proper


@pytest.mark.parametrize("role", [Role.MP, Role.COUNCILLOR, Role.ADVOCATE, Role.SCHOOL, Role.PROFESSIONAL, Role.OFFICER])
def test_who_writes_for_others_is_a_go_between(role: Role) -> None:
    assert particulars("x", role=role).go_between


@pytest.mark.parametrize("role", [Role.PARENT_CARER, Role.YOUNG_PERSON, Role.FOSTER_CARER, Role.OTHER])
def test_a_family_is_no_go_between_unless_a_colleague_or_a_machine_wrote_for_it(role: Role) -> None:
    assert not particulars("x", role=role).go_between
    assert particulars("x", role=role, party=False).go_between


def test_who_is_greeted_is_addressed_and_so_is_the_mailbox() -> None:
    found = particulars("Hi Rosalind,\nit is late", recipient=Address("devinder.sohal@ashmere.example"))
    assert {"rosalind", "devinder", "sohal"} <= found.addressed


def test_a_clock_that_is_plainly_wrong_is_not_believed() -> None:
    late = particulars("x", at=days(3))
    assert late.sent_at == late.received_at == days(3)
    assert day_of(NOON + timedelta(days=30)) == (4, 1)


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Re: Fw: AW: Taxi", "taxi"),
        ("Re[2]: taxi", "taxi"),
        ("Re [2] : taxi", "taxi"),
        ("RE :Taxi", "taxi"),
        ("Fwd: FWD: Étude", "etude"),
        ("Automatic reply: Taxi", "taxi"),
        ("Re: [CC-2026-000001] Taxi - ", "taxi"),
        ("CC-2026-000001 Taxi", "taxi"),
        ("Regarding  the\ttaxi", "regarding the taxi"),
        ("re: re:", ""),
        ("", ""),
    ],
)
def test_a_subject_is_bare_of_marks_references_and_double_spaces(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare


def test_words_are_counted_once_a_text_and_those_always_written_large_are_names() -> None:
    words, capitals = counted_words("The taxi left. Casimir and Will waited. Did Casimir mind? it will come, the driver said.")
    assert {"taxi", "casimir", "will", "the"} <= words
    assert "casimir" in capitals
    assert not {"the", "taxi", "will", "did"} & capitals


# How it is kept


def _same(one: Particulars, other: Particulars) -> bool:
    return all(getattr(one, field.name) == getattr(other, field.name) for field in fields(Particulars))


def test_what_is_stored_is_restored_equal_through_json(letter: Particulars) -> None:
    found = Particulars.restored(json.loads(json.dumps(letter.stored())))
    assert found == letter
    assert [type(getattr(found, field.name)) for field in fields(found)] == [type(getattr(letter, field.name)) for field in fields(letter)]
    assert json.dumps(found.stored(), sort_keys=True) == json.dumps(letter.stored(), sort_keys=True)


def test_what_is_stored_is_the_same_whenever_it_is_made(letter: Particulars) -> None:
    assert json.dumps(letter.stored()) == json.dumps(replace(letter, words=dict(letter.words)).stored())
    stored = letter.stored()
    assert stored["children"] == sorted(stored["children"])
    assert stored["days"] == [(2, 3), (2, 14)]


@given(some.text(max_size=400), some.text(max_size=60), some.text(max_size=60), some.sampled_from(Kind), some.sampled_from(Role))
@often
def test_any_message_is_stored_and_restored_equal(text: str, subject: str, name: str, kind: Kind, role: Role) -> None:
    one = particulars(text, name, subject=subject, kind=kind, role=role, quoted=text[::-1])
    assert _same(Particulars.restored(json.loads(json.dumps(one.stored()))), one)


# Nothing breaks


def test_of_a_message_without_a_word_nothing_is_known_and_nothing_breaks() -> None:
    found = particulars("", "", "", subject="")
    assert (found.writers, found.words, found.runs, found.children, found.length) == ((), {}, frozenset(), frozenset(), 0)
    assert Particulars.restored(json.loads(json.dumps(found.stored()))) == found


@pytest.mark.parametrize("piece", ["x", "Aa ", "A. ", "1 ", "my son Aa ", "🙂", "\n", "\0", "ﷺ", "Aa's mum ", "1 Aa, ", "a@b.example "])
def test_of_a_huge_message_a_bounded_amount_is_kept(piece: str) -> None:
    huge = piece * (1_000_000 // len(piece))
    found = particulars(huge, huge[:300], subject=huge[:2000], quoted=huge)
    assert len(found.words) <= 220
    assert len(found.runs) <= 160
    assert len(found.quotes) <= 320
    assert max(len(found.houses), len(found.writers), len(found.quoted_addresses), len(found.spoken_for)) <= 12


def test_a_message_of_many_different_words_keeps_the_rarest() -> None:
    text = " ".join(f"w{number}a" for number in range(2000)) + " Casimir " + "school taxi bus " * 3
    found = particulars("Casimir. school taxi bus " + text)
    assert len(found.words) == 220
    assert "casimir" in found.words
    assert "school" not in found.words, "every third message has it"
    assert SMALL_RARITY.is_common("school")


# Digests


def test_a_digest_is_the_same_everywhere_and_always() -> None:
    assert digest("x") == 5395104992458594383
    assert digest("") == -1970711489451281740
    assert digest("\ud800") == digest("?"), "what cannot be written down stands for itself"


@given(some.text())
@often
def test_a_digest_fits_a_column_of_the_database(text: str) -> None:
    assert -(2**63) <= digest(text) < 2**63
