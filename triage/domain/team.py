"""A council's own teams."""

from dataclasses import dataclass

from triage.domain.labels import Service


@dataclass(frozen=True, slots=True)
class Team:
    """One team as the council's configuration has it: the services it gives, the words it is known by, its addresses."""

    name: str
    services: frozenset[Service]
    words: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
