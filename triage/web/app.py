"""The application: pages, who may open them, what a browser is told about them, and errors in plain English."""

import logging
import secrets
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, g, render_template, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from triage import HOME, accounts
from triage.domain.user import Right
from triage.errors import CallError, ConflictError, NotAllowed, NotFound, StoreError
from triage.text import shown
from triage.web import assets, cases, forwarded, health, lists, mail, messages, queue, sign_in, start, users, words
from triage.web.access import OWN_FILES, Open, guard, needs, office, user
from triage.web.office import Office

log = logging.getLogger("triage.web")

PAGES = (
    start.pages,
    queue.pages,
    messages.pages,
    cases.pages,
    lists.pages,
    mail.pages,
    forwarded.pages,
    health.pages,
    users.pages,
    sign_in.pages,
)
# Nothing but this application's own files; nothing in a frame but its own; no script or style in a page.
_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "manifest-src 'self'",
        "frame-src 'self'", "form-action {forms}", "frame-ancestors {framed}", "base-uri 'none'",
    )
)  # fmt: skip
# By address of the browser: far above what one person does, far below what a machine tries.
_AS_OFTEN = "600 per minute"
# A form here is a note at the longest.
_LARGEST_FORM = 1_000_000


def create_app(given: Office) -> Flask:
    """The application over a store. Raises StoreError where the store does not answer."""
    app = Flask("triage.web", static_folder="static", static_url_path="/own")
    app.extensions["office"] = given
    secure = given.settings.web.secure
    app.config.update(
        SECRET_KEY=accounts.web_secret(given.store),
        # RFC 6265bis 4.1.3.2: a browser sends a cookie of this name to this host only, over TLS only.
        SESSION_COOKIE_NAME="__Host-triage" if secure else "triage",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=given.settings.web.longest,
        # A cookie is sent where something in it changes, and lasts as long as a sign-in can. With every answer it would go out with the
        # style sheet too, which anything between here and the browser may keep and hand to others.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=_LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        PREFERRED_URL_SCHEME="https" if secure else "http",
    )
    proxies = given.settings.web.proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    needs(Open.TO_ALL)(app.view_functions["static"])
    _templates(app)
    CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, default_limits=[_AS_OFTEN], storage_uri="memory://", strategy="moving-window")
    limiter.limit(sign_in.AS_OFTEN, methods=["POST"])(sign_in.pages)
    guard(app)
    for pages in PAGES:
        app.register_blueprint(pages)
    if given.settings.sign_in.openid is not None:
        from triage.web import openid

        openid.register(app, given.settings.sign_in.openid)
    _own_files(app)
    _headers(app, secure)
    _errors(app)
    return app


def _templates(app: Flask) -> None:
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(HOME / "triage/web/templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_env.globals.update(
        dict_of=_dict_of,
        dict_by_id=_dict_by_id,
        pieces=_pieces,
        words=words,
        shown=shown,
        asset=assets.url,
        styled=assets.styled,
        Right=Right,
        user=_user_or_none,
    )
    app.jinja_env.filters.update(
        moment=words.moment,
        day=words.day,
        percent=words.percent,
        size=words.size,
        line=shown.line,
        letter=shown.words,
        address=shown.address,
    )

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        return {"council": office().settings.council, "now": office().clock(), "viewer": _user_or_none()}


def _dict_of(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def _dict_by_id(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.id: row for row in rows}


def _pieces(snippet: Any) -> list[tuple[str, bool]]:
    """A snippet cut where the words that were looked for stand: each piece, as it can be shown, with whether it is one."""
    found, at = [], 0
    for begins, ends in snippet.hits:
        found += [(snippet.text[at:begins], False), (snippet.text[begins:ends], True)]
        at = ends
    return [(shown.words(piece), hit) for piece, hit in [*found, (snippet.text[at:], False)] if piece]


def _user_or_none() -> Any:
    return g.get("user")


def _own_files(app: Flask) -> None:
    """The compiled styles, and the council's colour."""

    @app.get("/made/<path:name>")
    @needs(Open.TO_ALL)
    def made(name: str) -> Response:
        return assets.send(name)

    @app.get("/council.css")
    @needs(Open.TO_ALL)
    def council_colour() -> Response:
        return Response(f":root {{ --council-colour: {office().settings.council.colour}; }}\n", mimetype="text/css")


def _headers(app: Flask, secure: bool) -> None:
    openid = office_openid(app)

    @app.after_request
    def tell_the_browser(response: Response) -> Response:
        headers = response.headers
        forms = "'self'" + (f" {openid}" if openid else "")
        headers.setdefault("Content-Security-Policy", _POLICY.format(forms=forms, framed="'none'"))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
        headers["X-Robots-Tag"] = "noindex"
        headers.setdefault("X-Frame-Options", "DENY")
        if request.endpoint not in OWN_FILES or response.status_code >= 400:
            headers["Cache-Control"] = "no-store"
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def office_openid(app: Flask) -> str | None:
    """The origin that the council's own sign-in is at: a form leads there."""
    given: Office = app.extensions["office"]
    openid = given.settings.sign_in.openid
    if openid is None:
        return None
    scheme, _, rest = openid.issuer.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _errors(app: Flask) -> None:
    def page(status: int, heading: str, text: str) -> tuple[str, int]:
        return render_template("error.html", heading=heading, text=text), status

    @app.errorhandler(404)
    @app.errorhandler(NotFound)
    @app.errorhandler(NotAllowed)
    def not_found(error: Exception) -> tuple[str, int]:
        return page(404, "Page not found", "There is no such page, message or case here, or it is not yours to see.")

    @app.errorhandler(ConflictError)
    def conflict(error: ConflictError) -> tuple[str, int]:
        return page(409, "Somebody else was first", f"{words.sentence(error)} Nothing was changed by what you did. Go back and look again.")

    @app.errorhandler(CallError)
    def wrong(error: CallError) -> tuple[str, int]:
        return page(400, "That cannot be done", words.sentence(error))

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> tuple[str, int]:
        return page(400, "The page was too old", "Nothing was changed. Go back, load the page again, and try once more.")

    @app.errorhandler(StoreError)
    def no_store(error: StoreError) -> tuple[str, int]:
        log.error("a page could not be shown page=%s error=%s", request.endpoint, error)
        return page(503, "The case store does not answer", "Nothing is lost. Try again in a minute; if it goes on, tell your IT team.")

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Any:
        code = error.code or 500
        if code < 400:
            return error
        if code == 429:
            return page(429, "Too many requests", "Wait a minute and try again.")
        if code == 413:
            return page(413, "That is too long", "Nothing was saved. Go back and shorten what you wrote.")
        return page(code, "That did not work", "Go back and try again.")

    @app.errorhandler(Exception)
    def fault(error: Exception) -> tuple[str, int]:
        # A fault of the program's own. Its text may hold words of a mail: only its kind and a number to find it by are said.
        number = secrets.token_hex(4)
        trace, place = error.__traceback__, ""
        while trace is not None:
            code = trace.tb_frame.f_code
            place, trace = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}", trace.tb_next
        log.error("fault number=%s page=%s kind=%s at=%s", number, request.endpoint, type(error).__name__, place)
        return page(500, "The program has a fault", f"Nothing was changed. Tell your IT team the number {number}: the log says more.")


__all__ = ["Office", "create_app", "user"]
