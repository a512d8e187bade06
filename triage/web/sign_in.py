"""Signing in and out, and what everybody does to their own account."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from markupsafe import Markup

from triage import accounts, credentials
from triage.accounts import Needs, SignInRefused, WrongCode, WrongPassword
from triage.domain.user import Right
from triage.errors import CallError
from triage.web import notices, words
from triage.web.access import STEPS, TOKEN, Open, begin_session, needs, office, safe_target, user

pages = Blueprint("sign_in", __name__)

# From one address. A council's people may all come from one, and nine in the morning is nine in the morning for all of them.
AS_OFTEN = "30 per minute"
_TO = "to"
_LONGEST_TARGET = 500


@pages.get("/sign-in")
@needs(Open.TO_ALL)
def form() -> Any:
    """Where somebody signs in."""
    return _form(ended=request.args.get("ended") == "1", to=request.args.get(_TO))


def _form(*, ended: bool = False, to: str | None = None, problem: str | None = None, name: str = "") -> str:
    return render_template(
        "sign_in.html",
        ended=ended,
        to=to or "",
        problem=problem,
        name=name,
        local=office().settings.sign_in.local,
        openid=office().settings.sign_in.openid,
    )


@pages.post("/sign-in")
@needs(Open.TO_ALL)
def begin() -> Any:
    """Check a name and a password."""
    if not office().settings.sign_in.local:
        raise CallError("people sign in with the council's own sign-in here")
    name, to = request.form.get("name", "").strip(), request.form.get(_TO)
    try:
        begun = accounts.sign_in(office().store, name, request.form.get("password", ""))
    except SignInRefused as error:
        return _form(to=to, problem=words.sentence(error), name=name), 403
    begin_session(begun.token)
    return _further(begun.needs, to)


def _further(step: Needs | None, to: str | None) -> Any:
    """On to what is still needed, or to where somebody wanted to go."""
    if step is None:
        return redirect(safe_target(to))
    # It waits in the cookie, which has little room.
    session[_TO] = to if to and len(to) <= _LONGEST_TARGET else None
    return redirect(url_for(STEPS[step]))


@pages.route("/sign-in/code", methods=["GET", "POST"])
@needs(Open.TO_BEGUN)
def code() -> Any:
    """Ask for a one-time code."""
    problem = None
    if request.method == "POST":
        try:
            step = accounts.give_code(office().store, session[TOKEN], request.form.get("code", "").replace(" ", ""))
        except WrongCode as error:
            problem = words.sentence(error)
        except SignInRefused as error:
            session.clear()
            return _form(problem=words.sentence(error)), 403
        else:
            return _further(step, session.pop(_TO, None))
    return render_template("code.html", problem=problem), 403 if problem else 200


@pages.route("/sign-in/new-password", methods=["GET", "POST"])
@needs(Open.TO_BEGUN)
def new_password() -> Any:
    """Have a one-time password replaced by one of their own."""
    problem = None
    if request.method == "POST":
        problem = _differ(request.form)
        if problem is None:
            try:
                accounts.new_password(office().store, session[TOKEN], request.form.get("new", ""))
            except CallError as error:
                problem = words.sentence(error)
            else:
                notices.note("Your password is changed.")
                return redirect(safe_target(session.pop(_TO, None)))
    return render_template("new_password.html", problem=problem, least=credentials.LEAST_CHARACTERS), 400 if problem else 200


def _differ(form: Any) -> str | None:
    return None if form.get("new") == form.get("again") else "The two new passwords differ: type the same one twice."


@pages.post("/sign-out")
@needs(Open.TO_ALL)
def out() -> Any:
    """End this sign-in."""
    accounts.sign_out(office().store, session.get(TOKEN, ""))
    session.clear()
    notices.note("You are signed out.")
    return redirect(url_for("sign_in.form"))


# One's own account


@pages.get("/account")
@needs(Open.TO_SIGNED_IN)
def account() -> Any:
    """Somebody's own account."""
    return _account()


def _account(problem: str | None = None, offered: Any = None) -> str:
    own = accounts.named(office().store, user().name)
    return render_template(
        "account.html",
        own=own,
        problem=problem,
        offered=offered,
        # The program's own drawing of its own letters.
        qr=Markup(offered.qr) if offered else "",  # noqa: S704
        least=credentials.LEAST_CHARACTERS,
        rights=[one for one in Right if user().may(one)],
    )


@pages.post("/account/password")
@needs(Open.TO_SIGNED_IN)
def change_password() -> Any:
    """Change one's own password."""
    problem = _differ(request.form)
    if problem is None:
        try:
            accounts.change_password(office().store, user(), request.form.get("old", ""), request.form.get("new", ""), session[TOKEN])
        except CallError as error:
            problem = words.sentence(error)
        else:
            notices.done("Your password is changed. Wherever else you were signed in, you are signed out.")
            return redirect(url_for("sign_in.account"))
    return _account(problem), 400


@pages.post("/account/code")
@needs(Open.TO_SIGNED_IN)
def set_up_code() -> Any:
    """Begin to use one-time codes, or confirm them with the first."""
    secret = request.form.get("secret")
    if secret is None:
        return _account(offered=accounts.begin_code(office().store, user(), _issuer()))
    try:
        accounts.confirm_code(office().store, user(), secret, request.form.get("code", "").replace(" ", ""), session[TOKEN])
    except WrongCode as error:
        return _account(words.sentence(error), accounts.begin_code(office().store, user(), _issuer(), secret)), 400
    notices.done("From now on you are asked for a code from your app when you sign in.")
    return redirect(url_for("sign_in.account"))


@pages.post("/account/code/remove")
@needs(Open.TO_SIGNED_IN)
def remove_code() -> Any:
    """Use one-time codes no more."""
    try:
        accounts.remove_code(office().store, user(), request.form.get("old", ""))
    except WrongPassword as error:
        return _account(words.sentence(error)), 400
    notices.done("You are asked for no code any more.")
    return redirect(url_for("sign_in.account"))


@pages.post("/account/sign-out-everywhere")
@needs(Open.TO_SIGNED_IN)
def out_everywhere() -> Any:
    """End every sign-in of this person."""
    accounts.sign_out_everywhere(office().store, user())
    session.clear()
    notices.note("You are signed out everywhere.")
    return redirect(url_for("sign_in.form"))


def _issuer() -> str:
    return f"Triage, {office().settings.council.name}"
