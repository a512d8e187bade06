"""What a message names: people, schools, teams, places, dates and references. For matching, and for leaving out."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Entities:
    """Names as the message has them, each once, in the order in which they first stand there.

    `references` are numbers that a body gave: a council's case number, an EHCP number, a court's, an Ombudsman's. `postcodes` and
    `telephones` are written without spaces; `telephones` are digits alone.
    """

    people: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()

    def listed(self) -> dict[str, list[str]]:
        """What was found, by sort; sorts of which there is nothing are left out."""
        return {name: list(found) for name, found in asdict(self).items() if found}


NOTHING_NAMED = Entities()
