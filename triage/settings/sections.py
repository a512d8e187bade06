"""The tables of the file that say what the program works with: the council, its store, its mailboxes and teams, the models, bounds."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from triage import HOME
from triage.domain.labels import Service
from triage.domain.message import MailboxKind
from triage.domain.team import Team
from triage.settings.values import (
    LOOPBACK_HOSTS,
    Duration,
    ProgramPath,
    Section,
    Size,
    Text,
    check_port,
    contrast_with_white,
    secret,
)

_DOMAIN = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LEAST_CONTRAST = 4.5


class CouncilSettings(Section):
    """Whose product this is. Senders at `own_domains` are officers, not the public."""

    name: Text
    own_domains: tuple[Text, ...] = Field(min_length=1)
    colour: str = "#1d5b63"

    @field_validator("colour")
    @classmethod
    def _readable_under_white(cls, value: str) -> str:
        if not _COLOUR.fullmatch(value):
            raise ValueError('must be a colour written as "#1d5b63"')
        if contrast_with_white(value) < _LEAST_CONTRAST:
            raise ValueError("is too light: white words on it could not be read (WCAG 2.2 asks for a contrast of 4.5); choose a darker one")
        return value.lower()

    @field_validator("own_domains")
    @classmethod
    def _lower(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for domain in value:
            if not _DOMAIN.fullmatch(domain.strip(".")):
                raise ValueError(f'must be domain names such as "ashmere.example"; "{domain}" is not one')
        return tuple(domain.lower().strip(".") for domain in value)

    def is_own(self, domain: str) -> bool:
        """Whether `domain`, or a domain that it is a part of, is the council's."""
        return any(domain == own or domain.endswith("." + own) for own in self.own_domains)


class StoreSettings(Section):
    """Where cases are kept: SQLite or PostgreSQL."""

    url: Text
    password_env: Text | None = None
    password_file: ProgramPath | None = None

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError('must begin with "sqlite:///" or "postgresql+psycopg://"')
        parts = urlsplit(value)
        if value.startswith("postgresql") and (parts.password or "password" in parse_qs(parts.query)):
            raise ValueError("must not hold a password: name it with store.password_env or store.password_file")
        if value.startswith("sqlite:///"):
            if value.removeprefix("sqlite:///").strip("/") in ("", ":memory:") or "?" in value:
                raise ValueError('must name a file, such as "sqlite:///var/triage.db"')
        else:
            check_port(parts)
        if value.startswith("sqlite:///") and not value.startswith("sqlite:////"):
            return f"sqlite:///{HOME / value.removeprefix('sqlite:///')}"
        return value

    @model_validator(mode="after")
    def _onesecret(self) -> Self:
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("give password_env or password_file, not both")
        return self

    def password(self) -> str | None:
        """The database password, or None where none is configured."""
        if self.password_env is None and self.password_file is None:
            return None
        return secret("store", self.password_env, self.password_file)


class MailboxSettings(Section):
    """One mailbox to watch over IMAP."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    kind: MailboxKind
    host: Text
    port: int | None = Field(default=None, ge=1, le=65535)
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: ProgramPath | None = None
    username: Text
    auth: Literal["password", "oauth2"] = "password"
    password_env: Text | None = None
    password_file: ProgramPath | None = None
    folders: tuple[Text, ...] = Field(default=("INBOX",), min_length=1)
    poll_every: Duration = timedelta(seconds=60)
    timeout: Duration = timedelta(seconds=30)

    @field_validator("poll_every", "timeout")
    @classmethod
    def _positive(cls, value: timedelta) -> timedelta:
        if value < timedelta(seconds=1):
            raise ValueError("must be at least one second")
        return value

    @field_validator("folders")
    @classmethod
    def _once_each(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # RFC 3501 section 5.1: INBOX is one folder however it is written.
        if len({"INBOX" if name.upper() == "INBOX" else name for name in value}) != len(value):
            raise ValueError("must name each folder once")
        return value

    @field_validator("auth")
    @classmethod
    def _supported(cls, value: str) -> str:
        if value == "oauth2":
            raise ValueError('"oauth2" is not supported by this version: use "password"')
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.tls == "none" and self.host not in LOOPBACK_HOSTS:
            raise ValueError('tls "none" is refused unless the host is this machine (127.0.0.1): use "implicit" or "starttls"')
        if (self.password_env is None) == (self.password_file is None):
            raise ValueError("give either password_env or password_file")
        return self

    @property
    def port_number(self) -> int:
        """The port: as configured, or the registered one (RFC 8314: 993 for implicit TLS, otherwise 143)."""
        return self.port or (993 if self.tls == "implicit" else 143)

    def password(self) -> str:
        """The mailbox password, from the environment or a file."""
        return secret(f"mailbox {self.name}", self.password_env, self.password_file)


class ClassifierSettings(Section):
    """The model, the corpus it learns from, and how sure it has to be.

    `own_model` is where the council's own model lies, once it has learnt from corrections; it is then used instead of `model`.
    """

    model: ProgramPath = HOME / "models/kind-and-labels"
    own_model: ProgramPath = HOME / "var/model"
    encoder: ProgramPath = HOME / "models/encoder"
    corpus: ProgramPath = HOME / "models/corpus"
    review_below: float | None = Field(default=None, ge=0.0, le=1.0)


class MatchingSettings(Section):
    """What was learnt about which messages belong to one case."""

    model: ProgramPath = HOME / "models/cases"


class TeamSettings(Section):
    """One of the council's teams: the services it gives, the words that it is known by, the addresses that it is written to."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    services: tuple[Service, ...] = Field(min_length=1)
    words: tuple[Text, ...] = ()
    addresses: tuple[Text, ...] = ()

    def as_team(self) -> Team:
        """The team as the program knows it."""
        return Team(self.name, frozenset(self.services), self.words, frozenset(address.lower() for address in self.addresses))


class LimitSettings(Section):
    """Bounds on what one message may cost. What is over them is kept, named and shown to a person, never dropped."""

    message_size: Size = 50 * 1000**2
    batch_messages: int = Field(default=50, ge=1, le=500)
    batch_size: Size = 8 * 1000**2
    parts: int = Field(default=500, ge=10, le=5000)
    depth: int = Field(default=30, ge=3, le=80)
    text_characters: int = Field(default=500_000, ge=10_000, le=5_000_000)
    parse_time: Duration = timedelta(seconds=10)

    @field_validator("message_size", "batch_size")
    @classmethod
    def _some_size(cls, value: int) -> int:
        if value < 1000:
            raise ValueError("must be at least 1kB")
        return value

    @field_validator("parse_time")
    @classmethod
    def _some_time(cls, value: timedelta) -> timedelta:
        if value < timedelta(seconds=1):
            raise ValueError("must be at least one second")
        return value


class PrivacySettings(Section):
    """How long an officer's mail that waits for a person is kept."""

    keep_waiting: Duration = timedelta(days=30)

    @field_validator("keep_waiting")
    @classmethod
    def _time_to_look(cls, value: timedelta) -> timedelta:
        if value < timedelta(days=1):
            raise ValueError("must be at least one day: nobody could look at it in time")
        return value


class LogSettings(Section):
    """How much the service says. Logs carry ids only, at every level."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
