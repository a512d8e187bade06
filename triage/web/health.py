"""How the mailboxes and the model do, and what could not be read."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from triage.domain.user import Right
from triage.errors import TriageError
from triage.store import caselist, figures
from triage.web import asked, notices, words
from triage.web.access import needs, office, user

pages = Blueprint("health", __name__)

# A mailbox that was not read for so many of its intervals is late, whatever it says.
_LATE_AFTER = 3
_LEAST_LATE = timedelta(minutes=10)


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
    for number in numbers:
        if number not in there:
            notices.wrong(f"Message {number} is not in quarantine any more.")
            continue
        try:
            notices.note(office().retry(number, user().name))
        except TriageError as error:
            notices.wrong(words.sentence(error))
    return redirect(url_for("health.quarantine"))
