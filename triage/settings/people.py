"""The tables of the file that say how people reach the review queue, and how they sign in."""

from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from triage.domain.labels import Service
from triage.domain.user import UserRole
from triage.settings.values import LOOPBACK_HOSTS, Duration, ProgramPath, Section, Text, check_port, secret


class WebSettings(Section):
    """Where the review queue listens, and how people reach it.

    `address` is what they type; a proxy that has the council's certificate stands there and passes on to `listen`. Somebody who does
    nothing for `idle` is signed out, and everybody is `longest` after they signed in.
    """

    listen: Text = "127.0.0.1:8080"
    address: Text | None = None
    proxies: int = Field(default=0, ge=0, le=5)
    idle: Duration = timedelta(minutes=60)
    longest: Duration = timedelta(hours=12)

    @field_validator("address")
    @classmethod
    def _encrypted(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError('must begin with "https://" and name a host only, such as "https://triage.ashmere.example"')
        check_port(parts)
        return f"https://{parts.netloc.lower()}"

    @field_validator("idle", "longest")
    @classmethod
    def _some_minutes(cls, value: timedelta) -> timedelta:
        if not timedelta(minutes=5) <= value <= timedelta(days=1):
            raise ValueError("must be at least five minutes and at most a day")
        return value

    @model_validator(mode="after")
    def _private(self) -> Self:
        host = self.listen.rpartition(":")[0].strip("[]")
        if self.address is None and host not in LOOPBACK_HOSTS:
            raise ValueError(
                f"listen on another address than this machine's own (\"{host}\") is refused without web.address: families' mail would go "
                "over the network for anyone to read. Put a proxy with a certificate in front and name its https address"
            )
        return self

    @property
    def secure(self) -> bool:
        """Whether people reach it over TLS."""
        return self.address is not None

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError('must be HOST:PORT, such as "127.0.0.1:8080"')
        return value


class OpenIdSettings(Section):
    """The council's own sign-in, by OpenID Connect: Microsoft Entra ID, say.

    `roles` gives each group, as it stands in the claim `groups_claim`, its role; somebody in several has the one that may most.
    `services` gives groups of managers their services.
    """

    name: Text = "Microsoft"
    issuer: Text
    client_id: Text
    client_secret_env: Text | None = None
    client_secret_file: ProgramPath | None = None
    groups_claim: Text = "groups"
    roles: dict[Text, UserRole] = Field(min_length=1)
    services: dict[Text, tuple[Service, ...]] = {}

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
            raise ValueError('must begin with "https://", such as "https://login.microsoftonline.com/TENANT/v2.0"')
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if (self.client_secret_env is None) == (self.client_secret_file is None):
            raise ValueError("give either client_secret_env or client_secret_file")
        return self

    def client_secret(self) -> str:
        """The secret that the council's sign-in has given this program."""
        return secret("sign_in.openid", self.client_secret_env, self.client_secret_file, "client_secret")


class SignInSettings(Section):
    """How people sign in: with accounts of this program's own, by the council's OpenID Connect, or either."""

    local: bool = True
    openid: OpenIdSettings | None = None

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if not self.local and self.openid is None:
            raise ValueError("nobody could sign in: leave local as true, or configure sign_in.openid")
        return self
