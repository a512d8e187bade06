"""Reads the file, and says what is wrong with it as a council's IT would say it."""

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from triage.errors import ConfigurationError
from triage.settings.sections import MailboxSettings, TeamSettings
from triage.settings.whole import Settings


def load(path: Path, *, store_secret: bool = True, mailbox_secrets: bool = True, sign_in_secret: bool = False) -> Settings:
    """Read the configuration at `path`.

    The secrets that a command needs must be there: the store's, the mailboxes', that of the council's own sign-in (for commands that serve
    the queue). Raises ConfigurationError: one line that names the key and says what it may be.
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
        if sign_in_secret and settings.sign_in.openid is not None:
            settings.sign_in.openid.client_secret()
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
