"""Which of the council's own teams a message is about. Teams, their services and their words are configuration."""

import re
from collections.abc import Sequence
from functools import lru_cache

from triage.domain.labels import Service
from triage.domain.team import Team


def team_of(teams: Sequence[Team], service: Service, text: str, recipients: Sequence[str]) -> str | None:
    """The team's name, or None where none of the council's teams is meant.

    A team that is named in the text comes first, then one that was written to, then the only one, or the first, that gives the
    service. A team that is named must give the service where several are named.
    """
    named = [team for team in teams if team.words and _words(team.words).search(text)]
    fitting = [team for team in named if service in team.services]
    written_to = [team for team in teams if team.addresses.intersection(recipients) and service in team.services]
    giving = [team for team in teams if service in team.services]
    for found in (fitting, named if len(named) == 1 else [], written_to, giving):
        if found:
            return found[0].name
    return None


@lru_cache(maxsize=256)
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)
