"""What a message names."""

import time

import pytest

from triage.text.entities import EntityFinder

LETTER = """Dear Mrs Whitlock,
My son Kane Oakes goes to St Wilfrid's Catholic Primary School. His EHCP no. 44821 and our case ref TV-20417 were lost, and so
was CC-2026-000123. Please ring 07700 900 123 or +44 7700 900456. The Hollin Locality Team never rang us on 3 March 2026.
We live at LS1 4AB.
Sandra"""


@pytest.fixture(scope="module")
def finder() -> EntityFinder:
    return EntityFinder()


def test_people_are_found_and_the_sender_comes_first(finder: EntityFinder) -> None:
    people = finder.find(LETTER, ("Sandra Whitlock",)).people
    assert people[0] == "Sandra Whitlock"
    assert "Kane Oakes" in people


def test_a_school_and_a_team_are_found_by_their_shape_and_are_no_people(finder: EntityFinder) -> None:
    found = finder.find(LETTER)
    assert found.schools == ("St Wilfrid's Catholic Primary School",)
    assert found.teams == ("Hollin Locality Team",)
    assert not {"St Wilfrid's", "Hollin"} & set(found.people)


def test_references_of_every_body_are_found_and_telephones_are_none(finder: EntityFinder) -> None:
    assert finder.find(LETTER).references == ("44821", "TV-20417", "CC-2026-000123")


def test_telephones_and_postcodes_are_written_one_way(finder: EntityFinder) -> None:
    found = finder.find(LETTER)
    assert found.telephones == ("07700900123", "07700900456")
    assert found.postcodes == ("LS14AB",)


def test_a_date_is_found(finder: EntityFinder) -> None:
    assert "3 March 2026" in finder.find(LETTER).dates


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("My son Ali (dob 3/4/2014) has no place.", ("3/4/2014",)),
        ("He was born on 03.04.2014. He moved on 12/05/26.", ("03.04.2014", "12/05/26")),
        ("Call 0113 496 0123 on 3 March 2026 or 12-05-2026.", ("3 March 2026", "12-05-2026")),
        ("My complaint 03/04/2014 was lost.", ("03/04/2014",)),
    ],
)
def test_dates_in_figures_are_found_as_they_are_written(finder: EntityFinder, text: str, dates: tuple[str, ...]) -> None:
    found = finder.find(text)
    assert (found.dates, found.references) == (dates, ())


@pytest.mark.parametrize(
    "text",
    [
        "ring 07700 900123",
        "NHS 943 476 5919",
        "NHS no: 943-476-5919",
        "sort code 20-04-12 account 12345678",
        "It is 32/13/2020 in room 12.4.2, ratio 3/4/5",
    ],
)
def test_telephones_and_other_numbers_are_no_dates(finder: EntityFinder, text: str) -> None:
    assert finder.find(text).dates == ()


@pytest.mark.parametrize("text", ["Dear Mrs Patel", "Dear Mrs Patel, thank you for the call.", "Dear Mrs. Patel\nMy son has no taxi."])
def test_a_person_who_is_addressed_is_named_once_and_without_the_greeting(finder: EntityFinder, text: str) -> None:
    assert finder.find(text).people == ("Patel",)


def test_a_full_stop_ends_a_name(finder: EntityFinder) -> None:
    found = finder.find("My case worker is Mr. Smith. The Hill School did not reply.")
    assert (found.people, found.schools) == (("Smith",), ("The Hill School",))
    found = finder.find("We have no answer to ZC21C00412. The SEND Team at Hill House is silent.")
    assert (found.teams, found.organisations) == (("SEND Team",), ("Hill House",))


def test_the_full_stop_of_a_title_or_an_initial_ends_no_name(finder: EntityFinder) -> None:
    found = finder.find("Please ask Mr. J. R. Hartley. Dr. Amina Yusuf of St. Mary's Primary School rang.")
    assert found.people == ("J. R. Hartley", "Amina Yusuf")
    assert found.schools == ("St. Mary's Primary School",)


@pytest.mark.parametrize("text", ["A." * 2000, "A. " * 1300, "Mr " * 1300, "1/1/" * 1000, "Aa of " * 660, "Dear " * 800, "A.a" * 1300])
def test_a_text_made_to_be_slow_is_not(finder: EntityFinder, text: str) -> None:
    start = time.process_time()
    finder.find(text, english=False)
    assert time.process_time() - start < 1


def test_of_a_text_in_another_language_only_what_has_a_shape_is_found(finder: EntityFinder) -> None:
    found = finder.find("Sprawa nr CC-2026-000123, proszę dzwonić 07700 900123. Anna Kowalska", english=False)
    assert found.references == ("CC-2026-000123",)
    assert found.telephones == ("07700900123",)
    assert found.people == ()


def test_nothing_is_found_in_nothing(finder: EntityFinder) -> None:
    assert finder.find("").listed() == {}
