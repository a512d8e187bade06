"""What values in a configuration may be written as: lengths of time, sizes, paths, colours; and where secrets come from."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from triage import HOME
from triage.errors import ConfigurationError

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_DURATION_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_SECONDS = 10 * 366 * 86_400
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB)")
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


class Section(BaseModel):
    """A table of the file. What it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def contrast_with_white(colour: str) -> float:
    """How well white words on a colour, written as #rrggbb, can be read: 1 to 21, as WCAG 2.2 reckons it (1.4.3)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def secret(section: str, env: str | None, file: Path | None, key: str = "password") -> str:
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


def check_port(parts: SplitResult) -> None:
    """Raise ValueError where a URL's port is none."""
    try:
        _ = parts.port
    except ValueError as error:
        raise ValueError("must have a number for its port") from error
