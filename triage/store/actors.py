"""How those who did something are named to people: the audit holds what they sign in with."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from triage.store.schema import Account

PROGRAM = "Triage"


def is_program(actor: str) -> bool:
    """Whether it was the program that did something: it signs with its version and its model's."""
    return actor.startswith("triage ")


def named(connection: Connection, actors: Iterable[str]) -> dict[str, str]:
    """For each actor of the audit a name to show: somebody's full name, the program's, or what stands there."""
    asked = set(actors)
    people = {one for one in asked if not is_program(one)}
    query = select(Account.name, Account.full_name).where(Account.name.in_(people))
    found = {row.name: row.full_name for row in connection.execute(query)} if people else {}
    return {one: PROGRAM if is_program(one) else found.get(one, one) for one in asked}
