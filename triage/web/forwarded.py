"""What became of the mail that somebody forwarded: the proof that it was logged, where, and how it stands."""

from flask import Blueprint, render_template, request

from triage import desk
from triage.web.access import Open, needs, office, user

pages = Blueprint("forwarded", __name__)


@pages.get("/forwarded")
@needs(Open.TO_SIGNED_IN)
def page() -> str:
    """Every message that the person who asks has forwarded, the newest first."""
    found = desk.forwarded(office().store, user(), request.args.get("after"))
    return render_template("forwarded.html", page=found)
