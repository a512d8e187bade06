"""Commands for the people who sign in to the queue. They need the store and nothing else: whoever may open it may name an administrator."""

from pathlib import Path

import click

from triage.cli.base import CONFIG, at_the_command_line, the_store
from triage.domain.labels import Service
from triage.domain.user import UserRole
from triage.domain.wording import moment
from triage.errors import CallError

_ROLE = click.Choice([one.value for one in UserRole])
_SERVICE = click.Choice([one.value for one in Service])
_SERVICE_HELP = "Of a manager: whose cases they see. May be given several times."
_ADDRESS_HELP = "Where they write from: they see what they forwarded from there."
# A password is a line; what is longer is another file.
_LONGEST_FILE = 10_000


@click.group()
def user() -> None:
    """People who sign in to the queue: add them, change what they may do."""


@user.command(name="add")
@CONFIG
@click.argument("name")
@click.option("--role", required=True, type=_ROLE)
@click.option("--full-name", default=None, help="As colleagues know them; NAME where left out.")
@click.option("--address", default=None, help=_ADDRESS_HELP)
@click.option("--service", "services", type=_SERVICE, multiple=True, help=_SERVICE_HELP)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, readable=False),
    default=None,
    help="A file with their password; where left out, one to be used once is made and printed.",
)
def add(
    config: Path, name: str, *, role: str, full_name: str | None, address: str | None, services: tuple[str, ...], password_file: Path | None
) -> int:
    """Add NAME, who signs in with a password."""
    from triage import accounts

    password = _password(password_file) if password_file is not None else None
    with the_store(config) as store:
        made = accounts.add(
            store, at_the_command_line(), name, UserRole(role), full_name=name if full_name is None else full_name, address=address,
            services=_services(services), password=password,
        )  # fmt: skip
    click.echo(f"{name.strip().lower()} can sign in: {role}")
    _say_once(made)
    return 0


@user.command(name="list")
@CONFIG
def list_users(config: Path) -> int:
    """List everybody who has an account, a line each."""
    from triage import accounts

    with the_store(config) as store:
        found = accounts.users(store)
    for one in found:
        facts = [
            one.user.role.value,
            *sorted(one.user.services),
            *([one.user.address] if one.user.address else []),
            *(["by the council's own sign-in"] if one.by_openid else []),
            *(["with a code"] if one.has_code else []),
            *(["must choose a password"] if one.must_change else []),
            *([f"locked until {moment(one.locked_until)}"] if one.locked_until else []),
            *([f"disabled on {moment(one.disabled_at)}"] if one.disabled_at else []),
        ]
        click.echo(f"{one.user.name}  {one.user.full_name}: {', '.join(facts)}")
    if not found:
        click.echo("nobody can sign in yet: user add NAME --role administrator adds the first")
    return 0


@user.command(name="change")
@CONFIG
@click.argument("name")
@click.option("--role", default=None, type=_ROLE)
@click.option("--full-name", default=None)
@click.option("--address", default=None, help=f'{_ADDRESS_HELP} "" takes it away.')
@click.option("--service", "services", type=_SERVICE, multiple=True, help=f"{_SERVICE_HELP} In place of those before.")
@click.option("--no-services", is_flag=True, help="They see what they forwarded only.")
def change(
    config: Path, name: str, *, role: str | None, full_name: str | None, address: str | None, services: tuple[str, ...], no_services: bool
) -> int:
    """Change what NAME is and may do. What is not given stays as it is."""
    from triage import accounts

    if services and no_services:
        raise CallError("give --service or --no-services, not both")
    if role is None and full_name is None and address is None and not services and not no_services:
        raise CallError("say what to change, for instance --role reviewer")
    with the_store(config) as store:
        accounts.change(
            store, at_the_command_line(), name, role=UserRole(role) if role else None, full_name=full_name, address=address,
            services=_services(services) if services or no_services else None,
        )  # fmt: skip
    click.echo(f"{name.strip().lower()} is changed")
    return 0


@user.command(name="reset-password")
@CONFIG
@click.argument("name")
@click.option("--remove-code", is_flag=True, help="Ask for no one-time code any more: they have lost their telephone.")
def reset_password(config: Path, name: str, *, remove_code: bool) -> int:
    """Give NAME a new password to be used once, unlock the account, and sign them out."""
    from triage import accounts

    with the_store(config) as store:
        if remove_code:
            accounts.remove_code_of(store, at_the_command_line(), name)
        made = accounts.reset_password(store, at_the_command_line(), name)
    click.echo(f"{name.strip().lower()} has a new password")
    _say_once(made)
    return 0


@user.command(name="unlock")
@CONFIG
@click.argument("name")
def unlock(config: Path, name: str) -> int:
    """Let NAME try again at once after too many wrong passwords."""
    from triage import accounts

    with the_store(config) as store:
        accounts.unlock(store, at_the_command_line(), name)
    click.echo(f"{name.strip().lower()} is not locked")
    return 0


@user.command(name="disable")
@CONFIG
@click.argument("name")
def disable(config: Path, name: str) -> int:
    """Let NAME sign in no more, and sign them out."""
    from triage import accounts

    with the_store(config) as store:
        accounts.disable(store, at_the_command_line(), name)
    click.echo(f"{name.strip().lower()} cannot sign in any more")
    return 0


@user.command(name="enable")
@CONFIG
@click.argument("name")
def enable(config: Path, name: str) -> int:
    """Let NAME sign in again."""
    from triage import accounts

    with the_store(config) as store:
        accounts.enable(store, at_the_command_line(), name)
    click.echo(f"{name.strip().lower()} can sign in again")
    return 0


def _password(file: Path) -> str:
    """The password in a file, without the end of the line."""
    try:
        with file.open(encoding="utf-8") as opened:
            password = opened.read(_LONGEST_FILE).rstrip("\r\n")
    except FileNotFoundError as error:
        raise CallError(f"--password-file: there is no file {file}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"--password-file: {file} cannot be read as text") from error
    if not password or "\n" in password:
        raise CallError(f"--password-file: {file} must hold the password in one line, and nothing else")
    return password


def _services(names: tuple[str, ...]) -> list[Service]:
    return [Service(one) for one in names]


def _say_once(password: str | None) -> None:
    if password is not None:
        click.echo(f"their password, for the first time only: {password}")
        click.echo("it is not shown again, and must be changed when they sign in")


COMMANDS = (user,)
