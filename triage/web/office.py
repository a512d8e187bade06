"""What the pages are given to work with. `triage.web.app` keeps it; nothing here knows of Flask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.team import Team
from triage.settings import Settings
from triage.store.casestore import CaseStore


@dataclass(frozen=True, slots=True)
class Described:
    """The classifier in use, in a sentence, and the figures that it was measured with."""

    about: str
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Office:
    """The store, the settings, and what else the pages ask of the program.

    `retry` takes a quarantined message (its number) through the way of mail again, for somebody, and says in a sentence what became of it.
    `backlog` says how many messages each mailbox still holds that are not logged, where a poll has counted them.
    """

    settings: Settings
    store: CaseStore
    clock: Callable[[], datetime]
    retry: Callable[[int, str], str]
    backlog: Callable[[], Mapping[str, int]] = dict
    model: Described | None = None

    @property
    def teams(self) -> Sequence[Team]:
        """The council's teams, as configured."""
        return tuple(team.as_team() for team in self.settings.team)
