"""What a message can be found by, and which cases are near enough to be compared: always a bounded number."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.unit.comparing import SMALL_RARITY, particulars
from tests.unit.making import ROOT
from triage.domain.message import Address
from triage.matching.candidates import MOST_CASES, MOST_STRONG, MOST_WEAK, is_weak, nearest, sharing
from triage.matching.keys import WORTH, Key, Sort, keys_of, near_copy_digests, rare_words, word_key
from triage.matching.particulars import Particulars, digest
from triage.matching.rarity import Rarity
from triage.text.entities import EntityFinder

often = settings(max_examples=150, deadline=None, derandomize=True, database=None)
# Everything but the thread, which the program cuts at thirty answers: an address, 12 quoted, 6 telephones, 12 numbers, 8 houses,
# 6 postcodes, 6 names, a subject, 14 words, 4 near copies.
MOST_KEYS = 1 + 12 + 6 + 12 + 8 + 6 + 6 + 1 + 14 + 4
LETTER = (
    "My son Casimir waits for the Kestrel taxi at 12 Pellow Street, ZZ99 4QQ, and it is late again every week. The school says that the "
    "depot says that the council says nothing. Our number is EHC/4471.\n\nOttilie Brackenbury\n07700 900321"
)


def _letter(text: str = LETTER, **other: str) -> Particulars:
    return particulars(text, subject="Kestrel taxi", message_id="<one@larkmail.example>", finder=EntityFinder(), **other)  # type: ignore[arg-type]


def _sorts(one: Particulars) -> set[Sort]:
    return {key.sort for key in keys_of(one, SMALL_RARITY).values()}


# Keys


def test_a_message_is_found_by_whatever_it_gives_to_find_it_by() -> None:
    assert _sorts(_letter(quoted="On 1 March clerk@ashmere.example wrote")) == set(Sort) - {Sort.REFERENCE}


def test_a_message_without_a_word_is_found_by_its_thread_alone() -> None:
    assert _sorts(particulars("", "", "", subject="")) == {Sort.THREAD}


def test_a_message_and_its_answer_share_the_keys_of_the_thread_and_of_the_address() -> None:
    answer = particulars("Any news?", answers=["<one@larkmail.example>"], subject="Something else")
    shared = keys_of(_letter(), SMALL_RARITY).keys() & keys_of(answer, SMALL_RARITY).keys()
    assert {keys_of(answer, SMALL_RARITY)[value].sort for value in shared} >= {Sort.THREAD, Sort.ADDRESS}


def test_a_writer_is_found_by_initial_and_surname_so_that_an_initial_is_enough() -> None:
    whole, short = particulars("x", "Dorcas Penhale", "a@larkmail.example"), particulars("y", "D Penhale", "b@fenmail.example")
    shared = keys_of(whole, SMALL_RARITY).keys() & keys_of(short, SMALL_RARITY).keys()
    assert digest("name:d penhale") in shared


def test_nobody_is_found_by_a_forename_alone() -> None:
    assert Sort.NAME not in _sorts(particulars("x", "Dorcas"))


def test_keys_are_the_same_in_every_process_whatever_its_hashes() -> None:
    program = (
        "import json; from tests.unit.test_matching_keys import _letter; from tests.unit.comparing import SMALL_RARITY;"
        "from triage.matching.keys import keys_of; print(json.dumps([*keys_of(_letter(), SMALL_RARITY)]))"
    )
    here = json.loads(json.dumps([*keys_of(_letter(), SMALL_RARITY)]))
    for seed in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        )
        assert json.loads(found.stdout) == here


def test_the_keys_of_a_store_made_today_are_those_of_one_made_years_ago() -> None:
    """Keys are kept in the database: were they made otherwise, nothing old would be found again."""
    found = keys_of(particulars("Casimir waits", subject="Kestrel taxi", message_id="<one@larkmail.example>"), SMALL_RARITY)
    assert word_key("casimir") == -3545814424095080907
    assert digest("address:ottilie.b@larkmail.example") == 2024023826717982431
    assert digest("thread:<one@larkmail.example>") == -2099883328530208001
    assert {-3545814424095080907, 2024023826717982431, -2099883328530208001} <= found.keys()


@given(some.text(max_size=300), some.text(max_size=80), some.text(max_size=80), some.text(max_size=200))
@often
def test_any_message_has_a_bounded_number_of_keys_that_fit_the_database(text: str, name: str, subject: str, quoted: str) -> None:
    found = keys_of(particulars(text, name, subject=subject, quoted=quoted), SMALL_RARITY)
    assert 1 <= len(found) <= 1 + MOST_KEYS
    assert all(-(2**63) <= value < 2**63 and key.worth > 0 for value, key in found.items())


def test_a_message_made_to_have_many_keys_has_no_more_than_that() -> None:
    pieces = [
        f"{n} Pellow{n}ham Street, ZZ{n % 90 + 10} 4QQ, 07700 9{n:05d}, EHC/{n}00, w{n}.zed@larkmail.example, Zed{n} Quist{n}."
        for n in range(400)
    ]
    text = "\n".join(pieces)
    one = particulars(text, "Ann Zed and Bo Quist", subject="x" * 2000, quoted=text, finder=EntityFinder(), recipient=Address())
    assert 40 <= len(keys_of(one, SMALL_RARITY)) <= 1 + MOST_KEYS


# Words and near copies


def test_the_rarest_words_are_chosen_names_before_others() -> None:
    one = particulars("The taxi forgot Casimir, and grumbling drivers sulked over tollgate fees.")
    words = [word for word, _ in rare_words(one, SMALL_RARITY)]
    assert words.index("casimir") < words.index("sulked")
    assert "taxi" not in words
    assert len(rare_words(particulars(" ".join(f"w{n}a" for n in range(90))), SMALL_RARITY)) == 14


def test_of_a_corpus_of_nothing_no_word_is_rare() -> None:
    assert rare_words(_letter(), Rarity(0, {})) == []


def test_two_copies_of_a_letter_meet_and_two_letters_do_not() -> None:
    copy = particulars(LETTER.replace("Ottilie Brackenbury", "Piers Hathersage"), "Piers Hathersage", "piers@fenmail.example")
    other = particulars(
        "The nursery has lost our form for the third time, and the manager tells us to bring it in by hand on a day off work."
    )
    mine = set(near_copy_digests(_letter()))
    assert len(mine) == 4
    assert mine & set(near_copy_digests(copy))
    assert not mine & set(near_copy_digests(other))


def test_a_few_words_have_no_near_copies() -> None:
    assert near_copy_digests(particulars("any news on this please")) == []


# The nearest cases

STRONG, WEAK = Key(Sort.ADDRESS, WORTH[Sort.ADDRESS]), Key(Sort.WORD, 2.0)


def test_the_case_that_shares_the_most_telling_keys_is_the_nearest() -> None:
    assert nearest({1: [7, 8], 2: [8], 3: [9]}, {1: WEAK, 2: STRONG, 3: WEAK}) == [8, 9, 7]


def test_of_two_that_are_equally_near_the_newer_is_first() -> None:
    assert nearest({1: [3, 5]}, {1: STRONG}) == [5, 3]


def test_a_case_whose_reference_is_quoted_is_looked_at_though_nothing_else_is_shared() -> None:
    assert nearest({}, {1: STRONG}, [4]) == [4]
    assert nearest({1: [7]}, {1: WEAK}, [4]) == [4, 7]


def test_nothing_shared_is_nothing_near() -> None:
    assert nearest({}, {}) == nearest({1: [7]}, {2: STRONG}) == nearest({1: []}, {1: STRONG}) == []


def test_never_more_than_a_dozen_cases_are_near() -> None:
    assert len(nearest({1: list(range(100))}, {1: STRONG}, range(200, 300))) == MOST_CASES


def test_of_a_key_that_tells_much_the_newest_bearers_are_looked_at_however_many_there_are() -> None:
    bearers = list(range(1000, 0, -1))
    found = nearest({1: bearers}, {1: STRONG})
    assert found == bearers[:MOST_CASES]
    assert set(found) <= set(bearers[:MOST_STRONG])


@pytest.mark.parametrize("sort", [Sort.WORD, Sort.SUBJECT, Sort.COPY])
def test_a_key_that_tells_little_is_passed_over_where_many_messages_bear_it(sort: Sort) -> None:
    key = Key(sort, WORTH[sort])
    assert is_weak(key)
    assert nearest({1: list(range(MOST_WEAK))}, {1: key}) == []
    assert len(nearest({1: list(range(MOST_WEAK - 1))}, {1: key})) == MOST_CASES


@pytest.mark.parametrize("sort", sorted(set(Sort) - {Sort.WORD, Sort.SUBJECT, Sort.COPY}))
def test_a_key_that_tells_much_is_never_passed_over(sort: Sort) -> None:
    assert nearest({1: [7] * 500}, {1: Key(sort, WORTH[sort])}) == [7]


def test_a_key_that_many_cases_share_is_worth_less_than_one_of_a_single_case() -> None:
    assert nearest({1: list(range(20)), 2: [99]}, {1: STRONG, 2: STRONG})[0] == 99


def test_a_word_is_shared_by_as_many_cases_as_have_it_and_one_that_nobody_has_is_left_out() -> None:
    assert sharing({word_key("casimir"): [1, 1, 2]}, ["casimir", "kestrel"]) == {"casimir": 2}


@given(some.dictionaries(some.integers(0, 9), some.lists(some.integers(1, 60), max_size=60)), some.lists(some.integers(1, 60), max_size=9))
@often
def test_whatever_the_store_says_each_case_is_near_once_and_shares_something(found: dict[int, list[int]], quoted: list[int]) -> None:
    keys = {value: STRONG if value % 2 else WEAK for value in range(10)}
    cases = nearest(found, keys, quoted)
    assert len(cases) == len(set(cases)) <= MOST_CASES
    assert set(cases) <= set(quoted).union(*found.values())


def test_an_address_that_is_quoted_counts_for_less_than_ones_own() -> None:
    one = replace(particulars("x"), quoted_addresses=frozenset({"murdo@fenmail.example"}))
    found = keys_of(one, SMALL_RARITY)
    assert found[digest("address:murdo@fenmail.example")].worth < found[digest("address:ottilie.b@larkmail.example")].worth
