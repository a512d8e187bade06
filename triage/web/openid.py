"""Signing in by the council's own sign-in: OpenID Connect, authorization code with PKCE.

Tokens are read once, to see who it is, and kept nowhere. What is logged is the kind of an error and nothing of the person.
"""

import logging
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from joserfc.errors import BadSignatureError, ClaimError, InvalidKeyIdError, JoseError, KeyParameterError

from triage import accounts
from triage.accounts import SignInRefused
from triage.errors import CallError
from triage.settings import OpenIdSettings
from triage.store import accounts as kept
from triage.web import sign_in, words
from triage.web.access import Open, begin_session, needs, office, safe_target
from triage.web.provider import SECONDS, Doors, NotLetIn, ProviderError, discover, person_of

log = logging.getLogger("triage.web")
# At DEBUG they would say what was sent, the verifier of the code among it.
for _library in ("authlib", "urllib3", "requests"):
    logging.getLogger(_library).setLevel(logging.WARNING)

pages = Blueprint("openid", __name__)

_EXTENSION = "triage.openid"
# Neither `none` nor HS256, whatever the provider's description or a token's head says: the first proves nothing, and with the second
# whoever has the public key could sign. Every provider has RS256 (OpenID Connect Core 1.0, section 15.1).
_SIGNED_BY = ("RS256", "ES256")
# Two clocks that differ by more are a fault of the machines.
_CLOCKS_DIFFER = 120
# Keys are asked for anew when a token is signed by one that is not known; the rest changes once in years.
_KNOWN_FOR = 3_600
# Of the server's six threads: a provider that hangs must not hold up who is signed in already.
_AT_ONCE = 3
_WAIT_FOR_A_TURN = 2
# In the cookie: sign-ins that were begun. A few, for several windows; more would make it too large for a browser.
_BEGUN = "openid"
_BEGUN_AT_MOST = 3
_BEGUN_FOR = 3_600
_LONGEST_TARGET = 500
# RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core 1.0 3.1.2.6: what a provider may answer. Anything else could be words of somebody's own.
_KNOWN_ANSWERS = (
    "access_denied", "account_selection_required", "consent_required", "interaction_required", "invalid_client", "invalid_grant",
    "invalid_request", "invalid_scope", "login_required", "server_error", "temporarily_unavailable", "unauthorized_client",
    "unsupported_grant_type", "unsupported_response_type",
)  # fmt: skip
# Microsoft numbers what went wrong, the secret that has run out (7000222) say: all that helps, and nobody's data.
_MICROSOFTS_NUMBER = re.compile(r"AADSTS\d{1,10}")
_NOBODY = "somebody unknown"


def register(app: Flask, settings: OpenIdSettings) -> None:
    """Let people sign in by the council's own sign-in. Raises ConfigurationError where its secret is missing."""
    app.extensions[_EXTENSION] = Provider(app, settings)
    for limiter in app.extensions["limiter"]:
        limiter.limit(sign_in.AS_OFTEN)(pages)
    app.register_blueprint(pages)


class Provider:
    """The council's own sign-in, asked when somebody needs it and never at the start: Triage starts while it is down."""

    def __init__(self, app: Flask, settings: OpenIdSettings) -> None:
        self.settings = settings
        # A redirect could carry the secret elsewhere; nothing that a provider describes needs one.
        how = {"scope": "openid profile email", "code_challenge_method": "S256", "default_timeout": SECONDS, "max_redirects": 0}
        self._client = OAuth(app).register(
            "council", client_id=settings.client_id, client_secret=settings.client_secret(), client_kwargs=how
        )
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._asking = threading.Lock()
        self._doors: Doors | None = None
        self._known_until = 0.0
        self._failed: tuple[float, ProviderError] | None = None

    def send_off(self, back: str) -> tuple[str, dict[str, str]]:
        """Where to send somebody to sign in, and what to remember until they are back. Raises ProviderError."""
        with self._turn():
            self._learn()
            made = self._client.create_authorization_url(back)
        return made["url"], {name: made[name] for name in ("state", "nonce", "code_verifier")}

    def leads_elsewhere(self) -> bool:
        """Whether people are sent to another host than the issuer's."""
        return self._doors is not None and self._doors.lead_elsewhere()

    def claims(self, code: str, back: str, begun: dict[str, Any]) -> dict[str, Any]:
        """What a genuine token says of whoever has come back with a code. Raises ProviderError."""
        with self._turn():
            self._learn()
            token = self._client.fetch_access_token(code=code, redirect_uri=back, code_verifier=begun["code_verifier"])
            if not token.get("id_token"):
                raise ProviderError("no token", "the council's own sign-in gave no token")
            try:
                return self._genuine(token, begun["nonce"])
            except (BadSignatureError, InvalidKeyIdError, KeyParameterError):
                # Its keys may have been changed: once more, with those that it has now.
                self._known_until = 0.0
                self._learn()
                return self._genuine(token, begun["nonce"])

    def _genuine(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        assert self._doors is not None
        expected = {
            "iss": {"essential": True, "value": self._doors.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "nonce": {"essential": True, "value": nonce},
            "sub": {"essential": True},
        }
        claims = self._client.parse_id_token(token, nonce=nonce, claims_options=expected, leeway=_CLOCKS_DIFFER)
        return cast(dict[str, Any], claims)

    def _learn(self) -> None:
        """Know the provider's addresses. One asks, and who comes meanwhile waits for what that one learns."""
        came = time.monotonic()
        with self._asking:
            if time.monotonic() < self._known_until:
                return
            if self._failed is not None and self._failed[0] >= came:
                raise self._failed[1]
            try:
                doors = discover(self.settings)
            except ProviderError as error:
                self._failed = time.monotonic(), error
                raise
            self._doors = doors
            # Authlib hands all of this on to its client as settings: nothing that the provider says goes in but what is meant to.
            self._client.server_metadata = {
                "issuer": doors.issuer,
                "authorization_endpoint": doors.authorization_endpoint,
                "token_endpoint": doors.token_endpoint,
                "jwks_uri": doors.jwks_uri,
                "token_endpoint_auth_method": "client_secret_post" if doors.by_post else "client_secret_basic",
                "id_token_signing_alg_values_supported": list(_SIGNED_BY),
            }
            self._known_until = time.monotonic() + _KNOWN_FOR

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of a few conversations at a time; whatever goes wrong in it is a ProviderError."""
        if not self._turns.acquire(timeout=_WAIT_FOR_A_TURN):
            raise ProviderError("too many at once", "too many people sign in at this moment")
        try:
            yield
        except AuthlibBaseError as error:
            raise _no(error.error, error.description) from error
        except ClaimError as error:
            raise ProviderError(f"{error.error} {error.claim}", "the council's own sign-in gave a token that is not for us") from error
        except JoseError as error:
            raise ProviderError(error.error, "the council's own sign-in gave a token that is not genuine") from error
        except requests.RequestException as error:
            raise ProviderError(type(error).__name__, "the council's own sign-in did not answer") from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ProviderError(f"answer not understood {type(error).__name__}", "the council's own sign-in gave an odd answer") from error
        finally:
            self._turns.release()


def _no(error: object, description: object) -> ProviderError:
    number = _MICROSOFTS_NUMBER.search(str(description or ""))
    kind = error if isinstance(error, str) and error in _KNOWN_ANSWERS else "another error"
    return ProviderError(f"{kind} {number[0]}" if number else kind, "the council's own sign-in refused what Triage asked")


def _provider() -> Provider:
    return cast(Provider, current_app.extensions[_EXTENSION])


def _back() -> str:
    """Where the provider sends people back to: it has that address in its registration, to the letter."""
    address = office().settings.web.address
    return address + url_for("openid.back") if address else url_for("openid.back", _external=True)


@pages.post("/sign-in/openid")
@needs(Open.TO_ALL)
def begin() -> Any:
    """Send somebody to the council's own sign-in."""
    to = request.form.get("to")
    try:
        where, begun = _provider().send_off(_back())
    except ProviderError as error:
        return _failed(error, to)
    _remember(begun, to)
    if _provider().leads_elsewhere():
        # Chrome follows no form to a host that the page before did not name (form-action), and that one knew the issuer's only.
        return render_template("go_on.html", where=where), {"Refresh": f"0; url={where}"}
    return redirect(where)


@pages.get("/sign-in/openid/back")
@needs(Open.TO_ALL)
def back() -> Any:
    """Somebody comes back from there."""
    begun = _remembered(request.args.get("state", ""))
    if begun is None:
        log.warning("sign-in by the council's own failed kind=%s", "unknown state")
        text = "This sign-in was begun in another window or too long ago, or it is done already."
        return _page("You are not signed in yet", text, None), 403
    to = begun["to"]
    try:
        claims = _provider().claims(_code(), _back(), begun)
    except ProviderError as failure:
        return _failed(failure, to)
    try:
        token = _sign_in(_provider().settings, claims)
    except NotLetIn as refusal:
        _note(refusal, claims)
        log.warning("sign-in by the council's own refused kind=%s", refusal.kind)
        return _page("You may not use Triage", str(refusal), to), 403
    except CallError as refusal:
        log.warning("sign-in by the council's own refused kind=%s", "account" if isinstance(refusal, SignInRefused) else "subject")
        return _page("You may not use Triage", words.sentence(refusal), to), 403
    begin_session(token)
    return redirect(safe_target(to))


def _code() -> str:
    error, code = request.args.get("error"), request.args.get("code")
    if error is not None:
        raise _no(error, request.args.get("error_description"))
    if not code:
        raise ProviderError("no code", "the council's own sign-in sent somebody back without a code")
    return code


def _sign_in(settings: OpenIdSettings, claims: dict[str, Any]) -> str:
    person = person_of(settings, claims, office().settings.council.is_own)
    return accounts.by_openid(
        office().store, settings.issuer, person.subject, name=person.name, full_name=person.full_name, address=person.address,
        role=person.role, services=person.services,
    )  # fmt: skip


def _note(refusal: NotLetIn, claims: dict[str, Any]) -> None:
    """Have it in the audit. Whoever the council has taken out of its groups is signed out here too."""
    store, subject = office().store, f"{_provider().settings.issuer} {claims['sub']}"
    known = store.look(lambda connection, now: kept.by_subject(connection, subject)) if subject.isprintable() else None
    store.work(
        known.name if known else _NOBODY,
        lambda ledger, connection: kept.refuse(ledger, connection, known.id if known else None, refusal.kind, end=refusal.for_good),
    )


def _remember(begun: dict[str, str], to: str | None) -> None:
    before = [one for one in session.get(_BEGUN, []) if one["at"] > time.time() - _BEGUN_FOR]
    wanted = to if to and len(to) <= _LONGEST_TARGET else None
    session[_BEGUN] = [*before, {**begun, "to": wanted, "at": int(time.time())}][-_BEGUN_AT_MOST:]


def _remembered(state: str) -> dict[str, Any] | None:
    """What was begun with a state in this browser, and not longer ago than people need. It is good for once."""
    begun = session.get(_BEGUN, [])
    found = next((one for one in begun if secrets.compare_digest(one["state"].encode(), state.encode("utf-8", "replace"))), None)
    if found is not None:
        session[_BEGUN] = [one for one in begun if one is not found]
    return found if found is not None and found["at"] > time.time() - _BEGUN_FOR else None


def _failed(error: ProviderError, to: str | None) -> tuple[str, int]:
    log.warning("sign-in by the council's own failed kind=%s", error.kind)
    name = _provider().settings.name
    if error.kind.startswith("access_denied"):
        return _page("You are not signed in", f"{name} did not let you in, or you went back. You can try again.", to), 403
    text = (
        f"Signing in with {name} does not work at the moment. Nothing is lost. Try again in a minute; if it goes on, tell your IT team: "
        "Triage's log says why."
    )
    return _page("You could not be signed in", text, to), 502


def _page(heading: str, text: str, to: str | None) -> str:
    return render_template("not_signed_in.html", heading=heading, text=text, to=to)
