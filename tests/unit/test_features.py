"""What the classifier sees of a message."""

import pytest

from triage.classify.features import Sample, sender_words


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("Cllr Ann Moss", "ann.moss@calder.gov.uk", "Cllr Ann Moss calder"),
        ("Joan Whitlow", "head@stwilfrids.primary.example", "Joan Whitlow head stwilfrids primary"),
        ("", "dad_of3@mail.example", "dad of3"),
        ("Ruth Hale", "1234567@nhs.example", "Ruth Hale nhs"),
        ("Anna", "", "Anna"),
        ("", "", ""),
    ],
)
def test_a_senders_words_are_their_name_and_what_their_address_tells(name: str, address: str, words: str) -> None:
    assert sender_words(name, address) == words


def test_what_every_address_has_tells_nothing() -> None:
    assert sender_words("", "www.info@mail.example.co.uk") == "info"


def test_a_word_of_the_name_is_not_said_again_by_the_address() -> None:
    assert sender_words("Dawn Pickering", "dawn.pickering.82@family.example") == "Dawn Pickering family"


def test_subject_and_text_are_the_words() -> None:
    assert Sample("School taxi", "It did not come.", False, False).words() == "School taxi\nIt did not come."


def test_of_a_very_long_message_the_beginning_is_judged() -> None:
    whole = Sample("Taxi", "a" * 30_000, False, False)
    assert len(whole.words()) == len("Taxi\n") + 20_000


@pytest.mark.parametrize(
    ("internal", "listed", "relayed", "marks", "origin"),
    [
        (False, False, False, "external", "outside Ann"),
        (True, False, True, "internal relayed", "council relayed Ann"),
        (False, True, False, "external listed", "outside list Ann"),
    ],
)
def test_where_a_message_came_from_is_said_in_words(internal: bool, listed: bool, relayed: bool, marks: str, origin: str) -> None:
    one = Sample("s", "t", internal, listed, "Ann", relayed)
    assert one.marks() == marks
    assert one.origin() == origin
