"""Names as families write them: who is named, who is nobody, and when two names are one person's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from triage.matching.names import (
    Name,
    introduced,
    names_in,
    plain,
    same_person,
    same_surname,
    signed,
    spoken_for,
    words_of_address,
)

often = settings(max_examples=300, deadline=None, derandomize=True, database=None)

# Display names and signatures


@pytest.mark.parametrize(
    ("display", "named"),
    [
        ("Ottilie Brackenbury", [("ottilie", "brackenbury")]),
        ("ottilie", [("ottilie",)]),
        ("Brackenbury, Ottilie", [("ottilie", "brackenbury")]),
        ('"Brackenbury, Ottilie"', [("ottilie", "brackenbury")]),
        ("Ottilie Brackenbury <ottilie.b@larkmail.example>", [("ottilie", "brackenbury")]),
        ("Dr. Wilhelmina Stott (mum of Perran)", [("wilhelmina", "stott")]),
        ("Cllr Hesper Lyle", [("hesper", "lyle")]),
        ("Mrs Teague", [("teague",)]),
        ("Zoë Ångström", [("zoe", "angstrom")]),
        ("Conor O’Dowd", [("conor", "o'dowd")]),
        ("Mary-Jane Fenwick-Hale", [("mary-jane", "fenwick-hale")]),
        ("Bex 🙂 Larch", [("bex", "larch")]),
        ("李小龙", [("李小龙",)]),
    ],
)
def test_a_person_is_named_in_lower_case_without_title_accents_or_what_stands_beside(display: str, named: list[Name]) -> None:
    assert names_in(display) == named


@pytest.mark.parametrize(
    ("display", "named"),
    [
        ("Keith and Sue Bramall", [("keith", "bramall"), ("sue", "bramall")]),
        ("Rhian & Gethin Pugh", [("rhian", "pugh"), ("gethin", "pugh")]),
        ("Olu + Femi Adisa", [("olu", "adisa"), ("femi", "adisa")]),
        ("Rhian Pugh and Gethin Vaughan", [("rhian", "pugh"), ("gethin", "vaughan")]),
        ("Kez and Bo", [("kez",), ("bo",)]),
    ],
)
def test_a_couple_is_two_people_who_share_the_surname_that_only_the_second_bears(display: str, named: list[Name]) -> None:
    assert names_in(display) == named


@pytest.mark.parametrize(
    ("display", "named"),
    [("J. R. Penhale", ("j", "r", "penhale")), ("J Penhale", ("j", "penhale")), ("Mr & Mrs T Okafor", ("t", "okafor"))],
)
def test_initials_stand_for_forenames(display: str, named: Name) -> None:
    assert names_in(display) == [named]


@pytest.mark.parametrize("display", ["NB", "V.S.", "JRP", "K"])
def test_initials_alone_name_nobody(display: str) -> None:
    assert names_in(display) == []


def test_a_whole_family_is_named_by_its_surname() -> None:
    assert names_in("The Okonkwos") == [("okonkwo",)]


@pytest.mark.parametrize(
    "display",
    [
        "Complaints Team", "Hollin Bank Primary School", "The Finance Office", "The School", "Reception", "Smith Family", "Perran's mum",
        "Harbour Advocacy", "Larkspur Trust and Ottilie", "noreply", "web form", "Room 9", "", "   ", "\n", "🙂", "()", "a b c d e f g",
    ],
)  # fmt: skip
def test_an_office_a_team_or_a_family_without_a_name_is_nobody(display: str) -> None:
    assert names_in(display) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The taxi was late.\n\nKind regards\nOttilie Brackenbury", [("ottilie", "brackenbury")]),
        ("The taxi was late.\n\nRegards, Ottilie", [("ottilie",)]),
        ("It is not good enough.\nBex x", [("bex",)]),
        ("please ring\nlove Bex\nxxx", [("bex",)]),
        ("thanks\nottilie xx", [("ottilie",)]),
        ("Not good.\n\nKeith & Sue Bramall\n07700 900123", [("keith", "bramall"), ("sue", "bramall")]),
        ("Please answer.\n\nYours sincerely\n\nMr T Okafor, Flat 3", [("t", "okafor")]),
        ("Best wishes,\nThe Okonkwos", [("okonkwo",)]),
        ("please ring me. Alan Tull", [("alan", "tull")]),
        ("please ring me! Mrs. Dorcas Penhale x", [("dorcas", "penhale")]),
    ],
)
def test_a_letter_is_closed_with_a_name_with_or_without_kisses_and_a_telephone(text: str, names: list[Name]) -> None:
    assert signed(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n\n", "Ottilie", "The bus was late. Nobody came.", "late again\nSent from my iPhone", "We have not heard for a whole month.\nRegards\nComplaints Team",
        "It has been late every day since Easter.\n\nwe were never told about any of this and it went on all month",
    ],
)  # fmt: skip
def test_what_closes_with_a_sentence_a_machine_or_an_office_is_signed_by_nobody(text: str) -> None:
    assert signed(text) == []


# Introductions


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hello, my name is Zainab Farouk.", [("zainab", "farouk")]),
        ("i am called bo tarrant", [("bo", "tarrant")]),
        ("Hi its Tyrese, again", [("tyrese",)]),
        ("it's me, Kez", [("kez",)]),
        ("This is Nia Pritchard from room 4", [("nia", "pritchard")]),
        ("I'm Dafydd, Nia's dad", [("dafydd",)]),
        ("Rosie Aldous here, borrowing my sister's laptop", [("rosie", "aldous")]),
        ("Hi, Shona Petrie flat 4", [("shona", "petrie")]),
    ],
)
def test_writers_introduce_themselves_in_many_ways(text: str, names: list[Name]) -> None:
    assert introduced(text) == names


@pytest.mark.parametrize("text", ["its broken again", "I am cross", "this is about the taxi", "I'm sorry", "it's late"])
def test_what_follows_without_a_capital_is_no_name_unless_it_is_called_one(text: str) -> None:
    assert introduced(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Is there any news of the time?",
        "Woman there says it is closed.",
        "I'm Jayden's uncle and he lives with me",
        "Hiya, I'm Jaxons mum",
        "It's June on Monday",
        "I am Deaf, so please write",
        "Nobody here disputes that",
        "Me again, the one with the calendar",
    ],
)
def test_what_stands_where_a_name_might_is_not_the_writers(text: str) -> None:
    assert introduced(text) == []


@pytest.mark.parametrize("text", ["Please ring me.\nT M-N", "No answer since.\nV.S.", "It is late again.\nJ K"])
def test_initials_name_nobody(text: str) -> None:
    assert signed(text) == []


# For whom


@pytest.mark.parametrize(
    ("text", "surname"),
    [
        ("I write on behalf of my constituent Mrs Anwen Pugh of Wendle", "pugh"),
        ("our client Miss Rochelle Amadi", "amadi"),
        ("re: Casimir Brackenbury", "brackenbury"),
        ("I support Kerensa Doyle and her children", "doyle"),
        ("Mr and Mrs Teague have told me", "teague"),
        ("Ms Quist's room is cold", "quist"),
    ],
)
def test_a_go_between_says_for_whom(text: str, surname: str) -> None:
    assert spoken_for(text) == {surname}


def test_nobody_is_spoken_for_where_no_name_stands() -> None:
    assert spoken_for("I write on behalf of the council and for many families") == frozenset()


# Addresses and comparison


def test_the_words_of_an_address_are_those_before_the_at_without_figures() -> None:
    assert words_of_address("becks.thornley84@larkmail.example") == {"becks", "thornley"}
    assert words_of_address("") == words_of_address("4@larkmail.example") == frozenset()


def test_plain_text_has_no_capitals_accents_or_curly_apostrophes() -> None:
    assert plain("ÉLODIE’s ‘ﬁne’ STRASSE") == "elodie's 'fine' strasse"


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        (("dorcas", "penhale"), ("dorcas", "penhale"), 1.0),
        (("d", "penhale"), ("dorcas", "penhale"), 0.8),
        (("d", "penhale"), ("d", "penhale"), 0.8),
        (("ben", "larch"), ("benedict", "larch"), 0.8),
        (("dorcas", "penhale-rowe"), ("dorcas", "rowe"), 1.0),
        (("dorcas",), ("dorcas", "penhale"), 0.4),
        (("dorcas",), ("dorcas",), 0.4),
        (("d",), ("d", "penhale"), 0.0),
        (("dorcas", "penhale"), ("demelza", "penhale"), 0.0),
        (("dorcas", "penhale"), ("dorcas", "rowe"), 0.0),
    ],
)
def test_two_names_fit_one_person_the_better_the_more_of_them_agrees(one: Name, other: Name, fits: float) -> None:
    assert same_person(one, other) == same_person(other, one) == fits


def test_a_surname_is_shared_whole_or_by_half_and_never_by_a_forename_alone() -> None:
    assert same_surname(("dorcas", "penhale"), ("jory", "penhale"))
    assert same_surname(("dorcas", "penhale-rowe"), ("jory", "rowe"))
    assert not same_surname(("dorcas", "penhale"), ("jory", "rowe"))
    assert not same_surname(("penhale",), ("jory", "penhale"))


# What holds for all text


@given(some.text(max_size=120))
@often
def test_of_any_display_name_every_name_has_words_and_none_is_empty(display: str) -> None:
    for name in (*names_in(display), *signed(f"x\n{display}"), *introduced(f"my name is {display}")):
        assert name
        assert all(name)
        assert all(word == plain(word) for word in name)


@given(some.lists(some.text(alphabet="abc-", min_size=1, max_size=4), min_size=1, max_size=3), some.data())
@often
def test_whether_two_names_fit_does_not_hang_on_which_is_asked_about(one: list[str], data: some.DataObject) -> None:
    other = data.draw(some.lists(some.text(alphabet="abc-", min_size=1, max_size=4), min_size=1, max_size=3))
    assert same_person(tuple(one), tuple(other)) == same_person(tuple(other), tuple(one))
    assert 0.0 <= same_person(tuple(one), tuple(other)) <= 1.0
