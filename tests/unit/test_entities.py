"""What a message names."""

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


def test_of_a_text_in_another_language_only_what_has_a_shape_is_found(finder: EntityFinder) -> None:
    found = finder.find("Sprawa nr CC-2026-000123, proszę dzwonić 07700 900123. Anna Kowalska", english=False)
    assert found.references == ("CC-2026-000123",)
    assert found.telephones == ("07700900123",)
    assert found.people == ()


def test_nothing_is_found_in_nothing(finder: EntityFinder) -> None:
    assert finder.find("").listed() == {}
