"""The council's own sign-in as a server: where its doors are, and what it says of a person. Nothing here knows of Flask.

Whether a token is genuine is seen to in `triage.web.openid`, before `person_of` reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from triage.domain.labels import Service
from triage.domain.user import UserRole
from triage.errors import TriageError
from triage.settings import OpenIdSettings
from triage.settings.values import LOOPBACK_HOSTS

SECONDS = 10
# The one that may most first, for somebody in several groups. A reviewer before an auditor: what an auditor may, a reviewer may too, and
# decide besides. A manager last: they see the least, and change nothing.
_MOST_FIRST = (UserRole.ADMINISTRATOR, UserRole.REVIEWER, UserRole.AUDITOR, UserRole.MANAGER)
_LONGEST_CLAIM = 300


class ProviderError(TriageError):
    """The council's own sign-in is not there, is not what the settings say, or says what cannot be believed.

    The text is for who runs Triage; `kind` is for the log.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class NotLetIn(TriageError):
    """The council's own sign-in knows somebody, who may not use Triage all the same. The text is for them, `kind` for log and audit.

    `for_good`: the council says that they may not, rather than too little to tell.
    """

    def __init__(self, kind: str, text: str, *, for_good: bool = False) -> None:
        super().__init__(text)
        self.kind = kind
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the council's own sign-in is asked what, and what it calls itself. `by_post`: the secret goes in the form, not in a header."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    by_post: bool

    def lead_elsewhere(self) -> bool:
        """Whether people are sent to another host than the issuer's."""
        return _origin(self.authorization_endpoint) != _origin(self.issuer)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the council's own sign-in vouches for."""

    subject: str
    name: str
    full_name: str
    address: str | None
    role: UserRole
    services: tuple[Service, ...]


def discover(settings: OpenIdSettings) -> Doors:
    """Ask the provider for its own description (OpenID Connect Discovery 1.0, section 4). Raises ProviderError."""
    said = _description(settings.issuer)
    issuer = said.get("issuer")
    # A slash at its end is lost in the settings. What a token says is then held against the provider's own spelling, to the letter.
    if issuer not in (settings.issuer, settings.issuer + "/"):
        if isinstance(issuer, str) and "{" in issuer:
            text = "it serves every organisation there: name your own tenant in sign_in.openid.issuer"
        else:
            text = f"it calls itself {str(issuer)[:_LONGEST_CLAIM]!r}: if that is your provider, write that as sign_in.openid.issuer"
        raise ProviderError("another issuer", f"{_called(settings.issuer)}: {text}")
    authorization, token, keys = (
        _door(settings, said, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )  # fmt: skip
    # Where it says nothing, the header is meant (section 3 there).
    ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    # By post where both will do: providers differ in how they read a secret with odd signs in the header.
    return Doors(str(issuer), authorization, token, keys, by_post="client_secret_post" in ways)


def _door(settings: OpenIdSettings, said: Mapping[str, Any], name: str) -> str:
    door = said.get(name)
    if not isinstance(door, str) or not _private(door):
        raise ProviderError("no address", f"{_called(settings.issuer)}: it gives no {name} that begins with https://")
    return door


def _description(issuer: str) -> Mapping[str, Any]:
    called = _called(issuer)
    try:
        answer = requests.get(
            f"{issuer}/.well-known/openid-configuration", timeout=SECONDS, allow_redirects=False, headers={"Accept": "application/json"}
        )
        said = answer.json() if answer.status_code == 200 else None
    except requests.exceptions.SSLError as error:
        raise ProviderError("certificate", f"{called}: its certificate is not trusted") from error
    except requests.Timeout as error:
        raise ProviderError("time-out", f"{called} did not answer within {SECONDS} seconds") from error
    except (requests.JSONDecodeError, UnicodeDecodeError) as error:
        raise ProviderError("no description", f"{called}: what it answers is no description of a sign-in") from error
    except requests.RequestException as error:
        raise ProviderError("no connection", f"{called} cannot be reached") from error
    if said is None:
        raise ProviderError(
            f"status {answer.status_code}",
            f"{called} answered with status {answer.status_code} when asked for its description: is sign_in.openid.issuer right?",
        )
    if not isinstance(said, dict):
        raise ProviderError("no description", f"{called}: what it answers is no description of a sign-in")
    return said


def _called(issuer: str) -> str:
    return f"the council's own sign-in at {urlsplit(issuer).netloc}"


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _private(address: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS))


def person_of(settings: OpenIdSettings, claims: Mapping[str, Any], is_own: Callable[[str], bool]) -> Person:
    """Who a genuine token is about, and what they may do here. Raises NotLetIn.

    They are known by `sub`. Entra's `oid` is the same for every application of a tenant, so that two could put together what they know of
    somebody; `sub` is as lasting, is never given to another, and every provider has it.
    """
    groups = _groups(settings, claims)
    roles = {settings.roles[group] for group in groups if group in settings.roles}
    if not roles:
        raise NotLetIn(
            "in no group" if settings.groups_claim in claims else "no groups in the token",
            f"{settings.name} knows you, but you are in none of the groups that may use Triage here. Ask whoever runs Triage at the "
            "council to have you put in one.",
            for_good=True,
        )
    services = {service for group in groups for service in settings.services.get(group, ())}
    known_as, address = _text(claims, "preferred_username"), _text(claims, "email")
    return Person(
        subject=claims["sub"],
        name=(known_as or address).partition("@")[0],
        full_name=_text(claims, "name"),
        address=_vouched_for(claims, is_own),
        role=next(role for role in _MOST_FIRST if role in roles),
        services=tuple(sorted(services)),
    )


def _vouched_for(claims: Mapping[str, Any], is_own: Callable[[str], bool]) -> str | None:
    """An address of the council's own that somebody else than its bearer has given them, or None.

    What they forwarded is found by it. `preferred_username` is what an administrator has named them; `email` can be a person's own to
    write, unless the provider says that it was checked.
    """
    checked = claims.get("email_verified") in (True, "true")
    for address in (_text(claims, "preferred_username"), _text(claims, "email") if checked else ""):
        if "@" in address and is_own(address.rpartition("@")[2].lower()):
            return address
    return None


def _groups(settings: OpenIdSettings, claims: Mapping[str, Any]) -> set[str]:
    """The groups that a token lists. Raises NotLetIn where it says that they were too many to list."""
    elsewhere = claims.get("_claim_names")
    # Entra lists 200 at most. Beyond that it leaves the claim out, and names a place to ask instead (OpenID Connect Core 1.0, 5.6.2).
    left_out = (isinstance(elsewhere, dict) and settings.groups_claim in elsewhere) or claims.get("hasgroups") in (True, "true")
    if left_out and not claims.get(settings.groups_claim):
        raise NotLetIn(
            "too many groups",
            f"You are in more groups than {settings.name} can list, so Triage cannot tell what you may do here. Show this to your IT team: "
            "in Triage's registration they can choose that only groups assigned to the application are listed.",
        )
    listed = claims.get(settings.groups_claim)
    if isinstance(listed, str):
        listed = [listed]
    return {one for one in listed if isinstance(one, str)} if isinstance(listed, list) else set()


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:_LONGEST_CLAIM] if isinstance(value, str) else ""
