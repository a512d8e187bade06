"""How moments and numbers are written for people, wherever they read them: on a page, on a terminal, in an error."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

# The clock on the council's wall. A case belongs to the year, by it, in which it was logged.
COUNCIL_TIME = ZoneInfo("Europe/London")


def moment(value: datetime) -> str:
    """A moment by the clock on the council's wall: "3 November 2026 at 09:12"."""
    local = value.astimezone(COUNCIL_TIME)
    return f"{local.day} {local:%B %Y at %H:%M}"


def day(value: date) -> str:
    """A day: "3 November 2026"; of a moment, the day on the council's calendar."""
    local = value.astimezone(COUNCIL_TIME) if isinstance(value, datetime) else value
    return f"{local.day} {local:%B %Y}"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 message", "1,200 messages"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
