"""A case: its people, its mail and what was done as one line in time, and everything that people do to it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from triage import accounts, desk, review
from triage.domain.case import Outcome
from triage.domain.user import Right
from triage.errors import CallError, ConflictError, NotFound
from triage.store.casepage import WholeCaseView
from triage.store.operations import Done
from triage.web import asked, notices, words
from triage.web.access import Open, needs, office, user

pages = Blueprint("cases", __name__)


@pages.get("/cases/<reference>")
@needs(Open.TO_SIGNED_IN)
def page(reference: str) -> Any:
    """The case, or the one that its reference leads on to."""
    view = desk.case(office().store, user(), reference)
    if view.reference != reference.strip().upper():
        notices.note(f"{reference.strip().upper()} was merged: this is the case that it leads on to.")
        return redirect(url_for("cases.page", reference=view.reference))
    return _shown(view)


def _shown(view: WholeCaseView, problem: str | None = None) -> str:
    return render_template(
        "case.html",
        view=view,
        problem=problem,
        typed=request.form,
        people=accounts.able(office().store),
        outcomes={one.value: words.OUTCOMES[one] for one in Outcome},
        teams=[team.name for team in office().teams],
        today=words.today(office().clock()),
    )


def _changed(reference: str, change: Callable[[WholeCaseView, dict[str, int]], tuple[str, Done]]) -> Any:
    """Do something to a case in the version that was seen, and show it again; what was typed stays where it could not be done."""
    view = desk.case(office().store, user(), reference)
    seen = asked.number(request.form, "version")
    versions = {view.reference: view.version if seen is None else seen}
    try:
        said, done = change(view, versions)
    except NotFound:
        raise
    except ConflictError as error:
        again = desk.case(office().store, user(), reference)
        return _shown(again, f"{words.sentence(error)} What you had typed is still here: look again, and save it if it still holds."), 409
    except CallError as error:
        return _shown(view, words.sentence(error)), 400
    back = url_for("cases.page", reference=done.other if done.sort == "merge" else view.reference)
    notices.done(said, [done.number] if done.number is not None else [], url_for("cases.page", reference=view.reference))
    return redirect(back)


@pages.post("/cases/<reference>/close")
@needs(Right.DECIDE)
def close(reference: str) -> Any:
    """Close a case with its outcome."""

    def change(view: WholeCaseView, versions: dict[str, int]) -> tuple[str, Done]:
        outcome = asked.choice(request.form, "outcome", Outcome)
        if outcome is None:
            raise CallError("choose how the case ended")
        on = _day("on") or words.today(office().clock())
        return f"Closed: {words.OUTCOMES[outcome].lower()}.", review.close(
            office().store, user().name, view.reference, outcome, on, versions
        )

    return _changed(reference, change)


@pages.post("/cases/<reference>/reopen")
@needs(Right.DECIDE)
def reopen(reference: str) -> Any:
    """Open a closed case again."""
    return _changed(
        reference, lambda view, versions: ("Opened again.", review.reopen(office().store, user().name, view.reference, versions))
    )


@pages.post("/cases/<reference>/due")
@needs(Right.DECIDE)
def due(reference: str) -> Any:
    """Say by when the answer is due."""

    def change(view: WholeCaseView, versions: dict[str, int]) -> tuple[str, Done]:
        on = _day("due")
        said = f"The answer is due by {words.day(on)}." if on else "No date is set any more."
        return said, review.set_due(office().store, user().name, view.reference, on, versions)

    return _changed(reference, change)


def _day(name: str) -> date | None:
    value = request.form.get(name, "").strip()
    if not value:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError as error:
        raise CallError("write the date as 2026-11-03: year, month, day") from error
    if not 2000 <= found.year <= 2100:
        raise CallError("that date is a slip of the finger: look at the year")
    return found


@pages.post("/cases/<reference>/assign")
@needs(Right.DECIDE)
def assign(reference: str) -> Any:
    """Give a case to somebody, or to a team."""

    def change(view: WholeCaseView, versions: dict[str, int]) -> tuple[str, Done]:
        to, team, people = asked.number(request.form, "to"), asked.words(request.form, "team"), accounts.able(office().store)
        if to is not None and str(to) not in people:
            raise CallError("there is no such person to give it to")
        done = review.assign(office().store, user().name, case=view.reference, to=to, team=team, teams=office().teams, versions=versions)
        return f"Given to {people[str(to)] if to is not None else 'nobody'}{', team ' + team if team else ''}.", done

    return _changed(reference, change)


@pages.post("/cases/<reference>/note")
@needs(Right.DECIDE)
def note(reference: str) -> Any:
    """Write a note on a case."""
    view = desk.case(office().store, user(), reference)
    try:
        desk.add_note(office().store, user(), view.reference, request.form.get("text", ""))
    except NotFound:
        raise
    except CallError as error:
        return _shown(view, words.sentence(error)), 400
    notices.done("Your note is on the case.")
    return redirect(url_for("cases.page", reference=view.reference))


@pages.post("/cases/<reference>/link")
@needs(Right.DECIDE)
def link(reference: str) -> Any:
    """Note that two cases are related."""

    def change(view: WholeCaseView, _versions: dict[str, int]) -> tuple[str, Done]:
        other = desk.find_case(office().store, user(), request.form.get("other", ""))
        done = review.link(office().store, user().name, view.reference, other, request.form.get("why", ""))
        return f"Related to {other}.", done

    return _changed(reference, change)


@pages.post("/cases/<reference>/unlink")
@needs(Right.DECIDE)
def unlink(reference: str) -> Any:
    """Note that two cases are not related after all."""

    def change(view: WholeCaseView, _versions: dict[str, int]) -> tuple[str, Done]:
        other = desk.find_case(office().store, user(), request.form.get("other", ""))
        return f"Not related to {other} any more.", review.unlink(office().store, user().name, view.reference, other)

    return _changed(reference, change)


# Merging and splitting, with a look before


@pages.get("/cases/<reference>/merge")
@needs(Right.DECIDE)
def before_merging(reference: str) -> Any:
    """Both cases side by side, before they are made one."""
    view = desk.case(office().store, user(), reference)
    try:
        into = desk.case(office().store, user(), desk.find_case(office().store, user(), request.args.get("into", "")))
        if into.reference == view.reference:
            raise CallError("that is this case: name another")
    except (NotFound, CallError) as error:
        return _shown(view, words.sentence(error)), 404 if isinstance(error, NotFound) else 400
    return render_template("merge.html", view=view, into=into)


@pages.post("/cases/<reference>/merge")
@needs(Right.DECIDE)
def merge(reference: str) -> Any:
    """Make one case of two."""

    def change(view: WholeCaseView, versions: dict[str, int]) -> tuple[str, Done]:
        into = desk.find_case(office().store, user(), request.form.get("into", ""))
        other = asked.number(request.form, "into_version")
        seen = versions | ({into: other} if other is not None else {})
        return f"{view.reference} is merged into {into}.", review.merge(office().store, user().name, view.reference, into, seen)

    return _changed(reference, change)


@pages.get("/cases/<reference>/split")
@needs(Right.DECIDE)
def before_splitting(reference: str) -> Any:
    """What would stay and what would go, before a case is split."""
    view = desk.case(office().store, user(), reference)
    chosen = set(asked.several(request.args, "message"))
    going = [one for one in view.messages if one.id in chosen]
    staying = [one for one in view.messages if one.id not in chosen]
    if not going or not staying:
        return _shown(view, "Tick the messages that are about another matter; at least one must stay."), 400
    return render_template("split.html", view=view, going=going, staying=staying)


@pages.post("/cases/<reference>/split")
@needs(Right.DECIDE)
def split(reference: str) -> Any:
    """Open a case of its own for some messages."""

    def change(view: WholeCaseView, versions: dict[str, int]) -> tuple[str, Done]:
        chosen = asked.several(request.form, "message")
        if not set(chosen) <= {one.id for one in view.messages}:
            # Whether there is such a message elsewhere is not said.
            raise CallError("choose among the messages of this case")
        done = review.split(office().store, user().name, view.reference, chosen, versions)
        return f"Split: {done.other} was opened for what is about another matter.", done

    return _changed(reference, change)


# Who may see it, and who has


@pages.route("/cases/<reference>/who-sees-it", methods=["GET", "POST"])
@needs(Right.RESTRICT)
def readers(reference: str) -> Any:
    """Restrict a case to named people, change who they are, or lift it."""
    view = desk.case(office().store, user(), reference)
    if request.method == "POST":
        if request.form.get("action") == "lift":
            desk.lift(office().store, user(), view.reference)
            notices.done("The case is open to everybody whose work it is.")
        else:
            named = desk.change_readers if view.restricted else desk.restrict
            named(office().store, user(), view.reference, asked.several(request.form, "reader"))
            notices.done("Only those named see the case from now on.")
        return redirect(url_for("cases.page", reference=view.reference))
    return render_template("readers.html", view=view, people=accounts.able(office().store))


@pages.get("/cases/<reference>/who-read-it")
@needs(Right.SEE_AUDIT)
def read_by(reference: str) -> Any:
    """Who has looked at a case, and when."""
    view = desk.case(office().store, user(), reference)
    return render_template("read_by.html", view=view, read=desk.readers(office().store, user(), view.reference))
