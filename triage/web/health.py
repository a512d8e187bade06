"""How the mailboxes and the model do, and what could not be read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from triage.domain.user import Right
from triage.errors import CallError, TriageError
from triage.store import caselist, figures
from triage.web import asked, notices, words
from triage.web.access import needs, office, user

pages = Blueprint("health", __name__)

# A mailbox that was not read for so many of its intervals is late, whatever it says.
_LATE_AFTER = 3
_LEAST_LATE = timedelta(minutes=10)
_MOST_TOLD = 5


@pages.get("/health")
@needs(Right.SEE_HEALTH)
def page() -> str:
    """Every mailbox with its last success, what waits in it and what is wrong, and the model with its figures."""
    store, now = office().store, office().clock()
    known, backlog = store.health(), office().backlog()
    boxes = []
    for box in office().settings.mailbox:
        one = known.get(box.name)
        succeeded = one.succeeded_at if one else None
        late = succeeded is None or now - succeeded > max(_LEAST_LATE, _LATE_AFTER * box.poll_every)
        boxes.append({"box": box, "health": one, "late": late, "backlog": backlog.get(box.name)})
    viewer = user()
    # Of what this person may see: one case more here than in their list would tell that there is one that they may not.
    cases, waiting = store.look(
        lambda connection, now: (caselist.counted(connection, viewer, now, caselist.Filter()), figures.waiting(connection, viewer))
    )
    return render_template("health.html", boxes=boxes, cases=cases, waiting=waiting, model=office().model)


@pages.get("/health/quarantine")
@needs(Right.SEE_QUEUE)
def quarantine() -> str:
    """Messages that could not be read, with the reason."""
    return render_template("quarantine.html", rows=office().store.quarantined()[:200])


@pages.post("/health/quarantine/again")
@needs(Right.RETRY)
def again() -> Any:
    """Try a message again, or all of them."""
    there = {one.id for one in office().store.quarantined()}
    numbers = sorted(there) if request.form.get("all") == "1" else asked.several(request.form, "number")
    told: list[tuple[Callable[[str], None], str]] = []
    for number in numbers:
        try:
            if number not in there:
                raise CallError(f"message {number} is not in quarantine any more")
            told.append((notices.note, office().retry(number, user().name)))
        except TriageError as error:
            told.append((notices.wrong, words.sentence(error)))
    for say, text in told[:_MOST_TOLD]:
        say(text)
    if len(told) > _MOST_TOLD:
        # What is said on the next page goes through the cookie, which has little room.
        notices.note(f"{words.counted(len(told) - _MOST_TOLD, 'more message')} tried again: what could not be read is still listed here.")
    return redirect(url_for("health.quarantine"))
