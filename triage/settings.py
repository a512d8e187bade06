"""The configuration: one TOML file, read once, typed, frozen. `docs/configuration.md` explains every key.

Secrets never stand in the file: it names an environment variable (`..._env`) or a file (`..._file`) that holds them.
"""

import os
import re
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from triage import HOME
from triage.domain.labels import Service
from triage.domain.message import MailboxKind
from triage.domain.team import Team
from triage.domain.user import UserRole
from triage.errors import ConfigurationError

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_DURATION_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_SECONDS = 10 * 366 * 86_400
_DOMAIN = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB)")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LEAST_CONTRAST = 4.5
_SIZE_UNITS = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3}


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a length of time such as "60s", "5m", "2h" or "30d"')
    seconds = float(match[1]) * _DURATION_UNITS[match[2]]
    if seconds > _LONGEST_SECONDS:
        raise ValueError("must be at most ten years")
    return timedelta(seconds=seconds)


def _size(value: object) -> object:
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a size such as "500kB" or "25MB"')
    return int(float(match[1]) * _SIZE_UNITS[match[2]])


def _at_home(value: Path) -> Path:
    return HOME / value


ProgramPath = Annotated[Path, AfterValidator(_at_home)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Size = Annotated[int, BeforeValidator(_size)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def contrast_with_white(colour: str) -> float:
    """How well white words on a colour, written as #rrggbb, can be read: 1 to 21, as WCAG 2.2 reckons it (1.4.3)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _secret(section: str, env: str | None, file: Path | None, key: str = "password") -> str:
    """The secret named by `env` or `file`; ConfigurationError where it is not there or empty."""
    if env is not None:
        value = os.environ.get(env, "")
        if not value:
            raise ConfigurationError(f"{section}.{key}_env: the environment variable {env} is not set")
        return value
    assert file is not None
    try:
        value = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise ConfigurationError(f"{section}.{key}_file: there is no file {file}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{section}.{key}_file: {file} cannot be read: the user that runs Triage must be allowed to") from error
    if not value:
        raise ConfigurationError(f"{section}.{key}_file: {file} is empty")
    return value


class CouncilSettings(_Section):
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


def _check_port(parts: SplitResult) -> None:
    try:
        _ = parts.port
    except ValueError as error:
        raise ValueError("must have a number for its port") from error


class StoreSettings(_Section):
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
            _check_port(parts)
        if value.startswith("sqlite:///") and not value.startswith("sqlite:////"):
            return f"sqlite:///{HOME / value.removeprefix('sqlite:///')}"
        return value

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("give password_env or password_file, not both")
        return self

    def password(self) -> str | None:
        """The database password, or None where none is configured."""
        if self.password_env is None and self.password_file is None:
            return None
        return _secret("store", self.password_env, self.password_file)


class WebSettings(_Section):
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
        _check_port(parts)
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


class MailboxSettings(_Section):
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
        return _secret(f"mailbox {self.name}", self.password_env, self.password_file)


class ClassifierSettings(_Section):
    """The model, the corpus it learns from, and how sure it has to be.

    `own_model` is where the council's own model lies, once it has learnt from corrections; it is then used instead of `model`.
    """

    model: ProgramPath = HOME / "models/kind-and-labels"
    own_model: ProgramPath = HOME / "var/model"
    encoder: ProgramPath = HOME / "models/encoder"
    corpus: ProgramPath = HOME / "models/corpus"
    review_below: float | None = Field(default=None, ge=0.0, le=1.0)


class MatchingSettings(_Section):
    """What was learnt about which messages belong to one case."""

    model: ProgramPath = HOME / "models/cases"


class TeamSettings(_Section):
    """One of the council's teams: the services it gives, the words that it is known by, the addresses that it is written to."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    services: tuple[Service, ...] = Field(min_length=1)
    words: tuple[Text, ...] = ()
    addresses: tuple[Text, ...] = ()

    def as_team(self) -> Team:
        """The team as the program knows it."""
        return Team(self.name, frozenset(self.services), self.words, frozenset(address.lower() for address in self.addresses))


class LimitSettings(_Section):
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


class PrivacySettings(_Section):
    """How long an officer's mail that waits for a person is kept."""

    keep_waiting: Duration = timedelta(days=30)

    @field_validator("keep_waiting")
    @classmethod
    def _time_to_look(cls, value: timedelta) -> timedelta:
        if value < timedelta(days=1):
            raise ValueError("must be at least one day: nobody could look at it in time")
        return value


class OpenIdSettings(_Section):
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
        return _secret("sign_in.openid", self.client_secret_env, self.client_secret_file, "client_secret")


class SignInSettings(_Section):
    """How people sign in: with accounts of this program's own, by the council's OpenID Connect, or either."""

    local: bool = True
    openid: OpenIdSettings | None = None

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if not self.local and self.openid is None:
            raise ValueError("nobody could sign in: leave local as true, or configure sign_in.openid")
        return self


class LogSettings(_Section):
    """How much the service says. Logs carry ids only, at every level."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class Settings(_Section):
    """The whole configuration."""

    council: CouncilSettings
    store: StoreSettings
    web: WebSettings = WebSettings()
    sign_in: SignInSettings = SignInSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    matching: MatchingSettings = MatchingSettings()
    limits: LimitSettings = LimitSettings()
    privacy: PrivacySettings = PrivacySettings()
    log: LogSettings = LogSettings()
    team: tuple[TeamSettings, ...] = ()
    mailbox: tuple[MailboxSettings, ...] = Field(min_length=1)

    @field_validator("team")
    @classmethod
    def _teams_differ(cls, value: tuple[TeamSettings, ...]) -> tuple[TeamSettings, ...]:
        names = [team.name for team in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'two teams are called "{name}": give each a name of its own')
        return value

    @field_validator("mailbox")
    @classmethod
    def _names_differ(cls, value: tuple[MailboxSettings, ...]) -> tuple[MailboxSettings, ...]:
        names = [box.name for box in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'two mailboxes are called "{name}": give each a name of its own')
        return value

    def find_mailbox(self, name: str) -> MailboxSettings | None:
        """The mailbox of that name, or None."""
        return next((box for box in self.mailbox if box.name == name), None)


def load(path: Path, *, store_secret: bool = True, mailbox_secrets: bool = True) -> Settings:
    """Read the configuration at `path`.

    The passwords that a command needs must be there: the store's, the mailboxes', or both. Raises ConfigurationError: one line
    that names the key and says what it may be.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: there is no such file; name yours with --config FILE") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        hint = "; each mailbox begins with [[mailbox]]" if "mailbox" in str(error) else ""
        raise ConfigurationError(f"{path}: is not valid TOML: {error}{hint}") from error
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: " + "; ".join(_plain(problem, content) for problem in _causes(error.errors()))) from None
    try:
        if store_secret:
            settings.store.password()
        for box in settings.mailbox if mailbox_secrets else ():
            box.password()
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return settings


def _causes(problems: Sequence[Any]) -> list[Any]:
    """The problems without those that only follow from another: a list is not too short because what is in it is wrong."""
    wrong = [problem["loc"] for problem in problems]

    def follows(problem: Any) -> bool:
        loc = problem["loc"]
        return problem["type"] == "too_short" and any(len(other) > len(loc) and other[: len(loc)] == loc for other in wrong)

    return [problem for problem in problems if not follows(problem)]


def _where(loc: Sequence[int | str], content: dict[str, Any]) -> str:
    """A key as the file has it, its mailbox counted from 1 and, where it has a name, named."""
    key = ".".join(str(step + 1) if isinstance(step, int) else str(step) for step in loc)
    if len(loc) > 1 and loc[0] == "mailbox" and isinstance(loc[1], int):
        box = content["mailbox"][loc[1]]
        name = box.get("name") if isinstance(box, dict) else None
        if isinstance(name, str) and name:
            return f'{key} (mailbox "{name}")'
    return key


def _no_such_key(loc: Sequence[int | str]) -> str:
    key = str(loc[-1])
    if "password" in key or "secret" in key:
        return "passwords do not stand in this file: name where they are, with password_env or password_file"
    model: Any = Settings
    for step in loc[:-1]:
        if isinstance(step, str):
            model = {"mailbox": MailboxSettings, "team": TeamSettings}.get(step) or model.model_fields[step].annotation
    near = get_close_matches(key, model.model_fields, 1)
    return "there is no such key" + (f"; did you mean {near[0]}?" if near else "")


def _plain(problem: Any, content: dict[str, Any]) -> str:
    """One of pydantic's errors as a council's IT would say it: the key, then what it may be."""
    where = _where(problem["loc"], content)
    match problem["type"]:
        case "extra_forbidden":
            return f"{where}: {_no_such_key(problem['loc'])}"
        case "missing" if problem["loc"] == ("mailbox",):
            return "mailbox: is missing; each mailbox begins with [[mailbox]]"
        case "missing":
            return f"{where}: is missing"
        case "value_error" | "assertion_error":
            text = str(problem["ctx"]["error"])
        case "enum" | "literal_error":
            text = f"must be one of {problem['ctx']['expected']}"
        case "string_pattern_mismatch":
            text = "must be letters, digits, dots, dashes or underscores, at most 64"
        case "tuple_type":
            text = "must be a list"
        case "greater_than_equal" | "less_than_equal" | "too_short" | "string_too_short":
            text = str(problem["msg"]).replace("Input should be", "must be").replace("Tuple should", "must")
        case _:
            text = str(problem["msg"]).replace("Input should be", "must be")
    return f"{where}: {text}"
