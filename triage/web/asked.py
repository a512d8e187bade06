"""What a request asks for, read once and checked: filters, and how the next page is asked for in the same terms."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from werkzeug.datastructures import MultiDict

from triage.domain.labels import Kind, Process, Service
from triage.errors import CallError
from triage.store import caselist
from triage.store.queue import Filter, Section, Sort

Choice = TypeVar("Choice", bound=StrEnum)
_LONGEST = 120
_MOST = 500


def choice(values: Mapping[str, str], name: str, of: type[Choice]) -> Choice | None:
    """One of an enumeration, or None where nothing is chosen. Raises CallError."""
    value = values.get(name, "")
    if not value:
        return None
    try:
        return of(value)
    except ValueError as error:
        raise CallError(f"{name}: there is no such choice") from error


def words(values: Mapping[str, str], name: str) -> str | None:
    """A short text, or None."""
    return values.get(name, "").strip()[:_LONGEST] or None


def number(values: Mapping[str, str], name: str) -> int | None:
    """A number that names something, or None. Raises CallError."""
    value = values.get(name, "")
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise CallError(f"{name}: that is no number")
    return int(value)


def several(values: MultiDict[str, str], name: str) -> list[int]:
    """Numbers that name things. Raises CallError, also where there are more than any page offers."""
    if len(values.getlist(name)) > _MOST:
        raise CallError(f"at most {_MOST} can be chosen at once")
    found = [number({name: value}, name) for value in values.getlist(name)]
    return [one for one in found if one is not None]


def queue_filter() -> Filter:
    """Which messages of the queue the address asks for. Raises CallError."""
    given = request.args
    return Filter(
        section=choice(given, "in", Section) or Section.EVERYTHING,
        kind=choice(given, "kind", Kind),
        process=choice(given, "process", Process),
        mailbox=words(given, "mailbox"),
        service=choice(given, "service", Service),
        team=words(given, "team"),
        mine=given.get("mine") == "1",
        like=number(given, "like"),
        sort=choice(given, "sort", Sort) or Sort.URGENT_FIRST,
    )


def in_terms_of(one: Filter | caselist.Filter, **changed: Any) -> dict[str, Any]:
    """A filter as the arguments of an address; what is not chosen is left out."""
    plain = type(one)()
    found: dict[str, Any] = {}
    for field in fields(one):
        value = changed.get(field.name, getattr(one, field.name))
        if value is None or value is False or value == getattr(plain, field.name):
            continue
        found["in" if field.name == "section" else field.name] = "1" if value is True else str(value)
    return found
