"""Which of the council's own teams a message is about."""

from triage.classify.teams import team_of
from triage.domain.labels import Service
from triage.domain.team import Team

PLACEMENT = Team("Family Placement", frozenset({Service.FOSTERING_ADOPTION}), ("family placement", "kinship team"))
NORTH = Team("SEND North", frozenset({Service.SEND}), ("send north",), frozenset({"send.north@ashmere.example"}))
SOUTH = Team("SEND South", frozenset({Service.SEND}), ("send south",), frozenset({"send.south@ashmere.example"}))
TEAMS = (PLACEMENT, NORTH, SOUTH)


def test_a_team_that_is_named_is_meant() -> None:
    assert team_of(TEAMS, Service.SEND, "I rang SEND South again", ()) == "SEND South"


def test_a_named_team_counts_even_where_the_service_was_taken_for_another() -> None:
    assert team_of(TEAMS, Service.CHILDREN_IN_CARE, "the Kinship Team promised a visit", ()) == "Family Placement"


def test_of_two_named_teams_the_one_that_gives_the_service_is_meant() -> None:
    assert team_of(TEAMS, Service.SEND, "family placement told me to ask send north", ()) == "SEND North"


def test_the_address_written_to_decides_between_teams_of_one_service() -> None:
    assert team_of(TEAMS, Service.SEND, "where is the plan", ("send.south@ashmere.example",)) == "SEND South"


def test_a_name_inside_another_word_is_no_team() -> None:
    assert team_of(TEAMS, Service.OTHER, "we send northwards", ()) is None


def test_without_a_fitting_team_there_is_none() -> None:
    assert team_of((), Service.SEND, "send north", ()) is None
    assert team_of(TEAMS, Service.YOUTH, "the youth club", ()) is None
