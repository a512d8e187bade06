"""Who is asking, and may they? Every page says what it takes to see it; one that does not say is seen by nobody."""

import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from triage import accounts
from triage.accounts import Needs
from triage.domain.user import Right, User
from triage.errors import CallError
from triage.web.office import Office

View = TypeVar("View", bound=Callable[..., Any])
_NEEDS = "triage_needs"
# In the cookie, beside Flask-WTF's: what names the sign-in.
TOKEN = "sign-in"  # noqa: S105
# This application's own files, the same for everybody: who asks for them is not looked at.
OWN_FILES = ("static", "made", "council_colour")
STEPS = {Needs.CODE: "sign_in.code", Needs.NEW_PASSWORD: "sign_in.new_password"}


class Open(StrEnum):
    """What a page takes where it takes no right."""

    TO_ALL = "anybody, signed in or not"
    TO_BEGUN = "somebody who has begun to sign in"
    TO_SIGNED_IN = "everybody who is signed in"
    BY_ITSELF = "a page that was left open: asking for this is not something that a person does"


def needs(*what: Right | Open) -> Callable[[View], View]:
    """Say what a page takes: a right (or each of several), or one of `Open`."""

    def mark(view: View) -> View:
        setattr(view, _NEEDS, what)
        return view

    return mark


def office() -> Office:
    """What the pages work with."""
    return cast(Office, current_app.extensions["office"])


def user() -> User:
    """Whoever is signed in."""
    return cast(User, g.user)


def what_it_needs(app: Flask, endpoint: str) -> tuple[Right | Open, ...]:
    """What a page takes; empty where it does not say."""
    return tuple(getattr(app.view_functions[endpoint], _NEEDS, ()))


def guard(app: Flask) -> None:
    """Ask before every page."""

    @app.before_request
    def may_they() -> Response | None:
        g.user = None
        if request.endpoint is None:
            # There is no such page. Whoever is signed in is told so with the head that their other pages have.
            g.user = _whoever_is_there()
            return None
        needed = what_it_needs(app, request.endpoint)
        if Open.TO_ALL in needed:
            g.user = _whoever_is_there()
            return None
        settings = office().settings.web
        by_itself = Open.BY_ITSELF in needed
        current = accounts.current(office().store, session.get(TOKEN, ""), settings.idle, settings.longest, touch=not by_itself)
        if current is None:
            ended = session.pop(TOKEN, None) is not None
            return redirect(url_for("sign_in.form", ended=1 if ended else None, to=_here()))
        g.begun = current
        if Open.TO_BEGUN in needed:
            return None
        if current.needs is not None:
            return redirect(url_for(STEPS[current.needs]))
        g.user = current.user
        if not needed or any(isinstance(one, Right) and not current.user.may(one) for one in needed):
            # A page that somebody may not open is, for them, not there.
            abort(404)
        return None

    @app.before_request
    def can_be_asked_for() -> None:
        # No database compares text with a NUL, and nobody types one.
        if any("\0" in str(one) for one in (request.view_args or {}).values()):
            abort(404)
        if any("\0" in one for values in (request.args, request.form) for each in values.lists() for one in each[1]):
            raise CallError("what was sent holds a character that cannot be used")


def _whoever_is_there() -> User | None:
    """For the head of pages that are open to all: who is signed in, if anybody."""
    if request.endpoint in OWN_FILES or TOKEN not in session:
        return None
    settings = office().settings.web
    current = accounts.current(office().store, session[TOKEN], settings.idle, settings.longest)
    return current.user if current is not None and current.needs is None else None


def _here() -> str | None:
    """Where to go on after signing in: the page that was asked for; where a form was sent, the page that it stood on."""
    if request.method == "GET":
        here = request.full_path.rstrip("?")
    else:
        try:
            came = urlsplit(request.referrer or "")
        except ValueError:
            # What a client sends as a referrer need be no address.
            return None
        here = came._replace(scheme="", netloc="", fragment="").geturl() if came.netloc == request.host else "/"
    return here if here != "/" and len(here) < 500 else None


def safe_target(path: str | None) -> str:
    """A place of this application to go on to; the start page where the given one is none, or would lead elsewhere."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(one) < 0x21 for one in path):
        return url_for("start.page")
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else url_for("start.page")


def begin_session(token: str) -> None:
    """Let the browser hold a new sign-in. Whatever it held before is forgotten, so that nobody can be given a session they know."""
    session.clear()
    session[TOKEN] = token
    session.permanent = True
    session["salt"] = secrets.token_hex(8)
