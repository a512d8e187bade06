"""People who may sign in, for administrators; and the restricted cases, by reference only."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from triage import accounts, desk
from triage.domain.labels import Service
from triage.domain.user import Right, UserRole
from triage.errors import CallError
from triage.web import asked, notices, words
from triage.web.access import needs, office, user

pages = Blueprint("users", __name__)


@pages.get("/people")
@needs(Right.MANAGE_USERS)
def page() -> str:
    """Everybody who has an account."""
    return _page()


def _page(problem: str | None = None) -> str:
    store = office().store
    return render_template(
        "people.html", people=accounts.users(store), restricted=desk.list_restricted(store, user()), problem=problem, typed=request.form
    )


def _said() -> dict[str, Any]:
    services = [one for value in request.form.getlist("service") if (one := asked.choice({"service": value}, "service", Service))]
    # An empty address takes it away: what somebody forwarded, and so what a manager sees, is found by it.
    address = asked.words(request.form, "address") or "" if "address" in request.form else None
    return {"full_name": request.form.get("full_name", ""), "address": address, "services": tuple(services)}


@pages.post("/people")
@needs(Right.MANAGE_USERS)
def add() -> Any:
    """Add somebody; their one-time password is shown once."""
    name = request.form.get("name", "").strip().lower()
    try:
        role = asked.choice(request.form, "role", UserRole)
        if role is None:
            raise CallError("choose a role")
        password = accounts.add(office().store, user().name, name, role, **_said())
    except CallError as error:
        return _page(words.sentence(error)), 400
    return render_template("one_time.html", name=name, password=password)


@pages.get("/people/<name>")
@needs(Right.MANAGE_USERS)
def one(name: str) -> Any:
    """One account."""
    return render_template("person.html", one=accounts.named(office().store, name), problem=None)


@pages.post("/people/<name>")
@needs(Right.MANAGE_USERS)
def change(name: str) -> Any:
    """Change what somebody may do, or whether they may sign in at all."""
    store, actor = office().store, user().name
    try:
        match request.form.get("action"):
            case "save":
                accounts.change(store, actor, name, role=asked.choice(request.form, "role", UserRole), **_said())
                notices.done(f"{name} is changed.")
            case "disable":
                accounts.disable(store, actor, name)
                notices.done(f"{name} may not sign in any more, and is signed out.")
            case "enable":
                accounts.enable(store, actor, name)
                notices.done(f"{name} may sign in again.")
            case "unlock":
                accounts.unlock(store, actor, name)
                notices.done(f"{name} may try again.")
            case "remove-code":
                accounts.remove_code_of(store, actor, name)
                notices.done(f"{name} is asked for no code any more.")
            case "reset":
                return render_template("one_time.html", name=name, password=accounts.reset_password(store, actor, name))
            case _:
                raise CallError("there is no such action")
    except CallError as error:
        return render_template("person.html", one=accounts.named(office().store, name), problem=words.sentence(error)), 400
    return redirect(url_for("users.page"))


@pages.route("/people/restricted/<reference>", methods=["GET", "POST"])
@needs(Right.MANAGE_USERS)
def restricted(reference: str) -> Any:
    """Name who sees a restricted case, without seeing it: where those who were named have left."""
    store = office().store
    if request.method == "POST":
        desk.change_readers(store, user(), reference, asked.several(request.form, "reader"))
        notices.done(f"Who sees {reference} is changed.")
        return redirect(url_for("users.page"))
    found = {one.reference: one for one in desk.list_restricted(store, user())}
    if reference not in found:
        raise CallError("that case is not restricted")
    return render_template("restricted.html", one=found[reference], people=accounts.able(store))
