"""The start page: today's intake, what waits, and what is due, as pictures with their figures beside them."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template
from markupsafe import Markup

from triage import charts
from triage.domain.labels import Kind
from triage.domain.user import Right
from triage.store import figures
from triage.web import words
from triage.web.access import Open, needs, office, user

pages = Blueprint("start", __name__)


@pages.get("/")
@needs(Open.TO_SIGNED_IN)
def page() -> str:
    """How things stand today."""
    viewer, now = user(), office().clock()
    today = words.today(now)

    def found(connection: Any, _now: datetime) -> tuple[Any, ...]:
        return (
            figures.intake(connection, viewer, today),
            figures.waiting(connection, viewer),
            figures.due(connection, viewer, today),
        )

    intake, waiting, due = office().store.look(found)
    return render_template(
        "start.html", today=today, waiting=waiting, due=due, queue=viewer.may(Right.SEE_QUEUE), charts=_charts(intake), Markup=Markup
    )


def _charts(intake: figures.Intake) -> list[charts.Chart]:
    found = [
        charts.bars(
            "Today by kind",
            "Messages that came today, by what they are.",
            [(words.KINDS[kind], number) for kind, number in intake.kinds.items()],
            name="kinds",
            headings=("Kind", "Messages"),
        )
    ]
    if intake.mailboxes is not None:
        rows = [(name, [counted[kind] for kind in Kind]) for name, counted in intake.mailboxes]
        title, about = "Today by mailbox", "Messages that came today, by mailbox and by what they are."
        found.append(charts.stacked(title, about, [words.KINDS[kind] for kind in Kind], rows, name="mailboxes", heading="Mailbox"))
    days = [(f"{day.day} {day:%b}", [counted[kind] for kind in Kind]) for day, counted in intake.days]
    title, about = f"The last {len(days)} days", "Messages that came on each day, by what they are."
    found.append(charts.stacked(title, about, [words.KINDS[kind] for kind in Kind], days, name="days", heading="Day"))
    return found
