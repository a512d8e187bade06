"""A small OpenID provider on loopback, as a council's would be: description, authorisation, tokens, keys. It misbehaves when told to.

It is strict where a real one is: a registered redirect address, the application's secret, PKCE, and each code good for once.
"""

import hashlib
import hmac
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID = "triage-at-ashmere"
CLIENT_SECRET = "an invented secret of an invented application"
UNA = {
    "sub": "p4irw1se-una",
    "oid": "the-same-everywhere",
    "preferred_username": "Una.Marsh@ashmere.example",
    "name": "Una Marsh",
    "email": "una.marsh@ashmere.example",
}


@dataclass
class IdentityProvider:
    """Signs in whoever `person` is, and says that they are in `groups`.

    `change` may change the claims, `sign` the way in which they become a token, `description` and `answer` what is said of itself and at
    its token address. `asked` holds the paths that were asked for.
    """

    host: str = "127.0.0.1"
    redirects: set[str] = field(default_factory=set)
    person: dict[str, Any] = field(default_factory=lambda: dict(UNA))
    groups: list[str] | None = field(default_factory=list)
    change: Callable[[dict[str, Any]], Any] = lambda claims: None
    sign: Callable[[dict[str, Any]], str] | None = None
    description: dict[str, Any] = field(default_factory=dict)
    answer: tuple[int, dict[str, Any]] | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self.key: RSAKey | ECKey = _first_key()
        self._codes: dict[str, dict[str, str]] = {}
        self._server: ThreadingHTTPServer | None = None

    # Up and down

    @contextmanager
    def up(self) -> Iterator["IdentityProvider"]:
        """Answer while the block runs; on the same port as before where it was up before."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"http://{self.host}:{self.port}/tenant/v2.0"

    def rotate(self, kid: str, kind: str = "RSA") -> None:
        """Sign with another key from now on; the old one is not shown any more."""
        self.key = (
            RSAKey.generate_key(2048, parameters={"kid": kid}) if kind == "RSA" else ECKey.generate_key("P-256", parameters={"kid": kid})
        )

    # Tokens

    def token(self, claims: dict[str, Any], alg: str | None = None, head: dict[str, Any] | None = None) -> str:
        """Claims as a token, signed as they should be."""
        alg = alg or ("RS256" if self.key.key_type == "RSA" else "ES256")
        return jwt.encode({"alg": alg, "kid": self.key.kid, **(head or {})}, claims, self.key, algorithms=[alg])

    def unsigned(self, claims: dict[str, Any]) -> str:
        """Claims as a token that nobody signed: "alg": "none"."""
        return f"{_part({'alg': 'none', 'kid': self.key.kid})}.{_part(claims)}."

    def signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """Claims as whoever knows the public key could sign them: it is the secret of an HS256."""
        said = f"{_part({'alg': 'HS256', 'kid': self.key.kid})}.{_part(claims)}"
        return f"{said}.{_encoded(hmac.digest(self.key.as_pem(private=False), said.encode(), 'sha256'))}"

    def _claims(self, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "nbf": now, "exp": now + 3_600, "nonce": nonce, **self.person}
        if self.groups is not None:
            claims["groups"] = self.groups
        self.change(claims)
        return claims

    # What is asked of it

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        self.asked.append(parts.path)
        match parts.path:
            case "/tenant/v2.0/.well-known/openid-configuration":
                _json(request, 200, self._description())
            case "/tenant/keys":
                _json(request, 200, {"keys": [self.key.as_dict(private=False)]})
            case "/tenant/authorize":
                self._authorize(request, {name: values[0] for name, values in parse_qs(parts.query).items()})
            case _:
                _json(request, 404, {})

    def _description(self) -> dict[str, Any]:
        here = f"http://{self.host}:{self.port}/tenant"
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            # It would take anything, and says so: that is for Triage to refuse.
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            **self.description,
        }

    def _authorize(self, request: BaseHTTPRequestHandler, given: dict[str, str]) -> None:
        right = (
            given.get("client_id") == CLIENT_ID
            and given.get("response_type") == "code"
            and given.get("code_challenge_method") == "S256"
            and given.get("redirect_uri") in self.redirects
            and "openid" in given.get("scope", "").split()
        )
        if not right:
            _json(request, 400, {"error": "invalid_request", "given": given})
            return
        code = secrets.token_urlsafe(16)
        self._codes[code] = given
        request.send_response(302)
        request.send_header("Location", f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}")
        request.end_headers()

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(urlsplit(request.path).path)
        form = parse_qs(request.rfile.read(int(request.headers.get("Content-Length", 0))).decode())
        given = {name: values[0] for name, values in form.items()}
        begun = self._codes.pop(given.get("code", ""), None)
        if self.answer is not None:
            _json(request, *self.answer)
        elif _who(request, given) != (CLIENT_ID, CLIENT_SECRET):
            _json(
                request,
                401,
                {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided for una.marsh."},
            )
        elif begun is None or given.get("redirect_uri") != begun["redirect_uri"] or not _proves(given, begun):
            _json(request, 400, {"error": "invalid_grant", "error_description": "The code of una.marsh is no good."})
        else:
            token = (self.sign or self.token)(self._claims(begun["nonce"]))
            _json(request, 200, {"token_type": "Bearer", "access_token": secrets.token_urlsafe(16), "expires_in": 3_600, "id_token": token})


@cache
def _first_key() -> RSAKey:
    """Slow to make."""
    return RSAKey.generate_key(2048, parameters={"kid": "key-1"})


def _who(request: BaseHTTPRequestHandler, given: dict[str, str]) -> tuple[str, str]:
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        name, _, secret = b64decode(rest).decode().partition(":")
        return name, secret
    return given.get("client_id", ""), given.get("client_secret", "")


def _proves(given: dict[str, str], begun: dict[str, str]) -> bool:
    """RFC 7636 4.6."""
    return _encoded(hashlib.sha256(given.get("code_verifier", "").encode()).digest()) == begun["code_challenge"]


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _json(request: BaseHTTPRequestHandler, status: int, content: Any) -> None:
    body = json.dumps(content).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    if 300 <= status < 400:
        request.send_header("Location", "/elsewhere")
    request.end_headers()
    request.wfile.write(body)
