"""Lists that are gone through a page at a time, at the same cost wherever one is and however long they are.

A page begins after the last row of the one before, which its cursor names by what the list is sorted by: nothing is counted or skipped.
A list that is sorted by something that is there or is not ('urgent', 'due') is gone through in stretches, each in the order of an index.

What a filter leaves may be so rare that a whole list would be looked at for it. Then a bounded number of rows is, and the next page goes
on from there: such a page may be short, or empty, and still have a next one.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, false, func, literal, literal_column, select, tuple_

from triage.errors import CallError
from triage.store.schema import Instant

MOST_COUNTED = 1000
# Rows that are looked at for one page. Those that a list of this length has are looked at in some 20 ms.
LOOKED_AT = 20_000
MOST_ROWS = 500
_LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are: that many, or `more` than that."""

    number: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list: what is in it, and the columns that it is sorted by, the last of them a key."""

    columns: tuple[Any, ...]
    where: tuple[ColumnElement[bool], ...] = ()
    descending: bool = False

    def beyond(self, at: Sequence[Any]) -> ColumnElement[bool]:
        """The condition that a row comes after another."""
        here, there = self._compared(at)
        return (here < there) if self.descending else (here > there)

    def until(self, at: Sequence[Any]) -> ColumnElement[bool]:
        """The condition that a row comes before another, or is it."""
        here, there = self._compared(at)
        return here >= there if self.descending else here <= there

    def _compared(self, at: Sequence[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        if len(self.columns) == 1:
            return self.columns[0], literal(at[0], self.columns[0].type)
        values = (literal(value, column.type) for value, column in zip(at, self.columns, strict=True))
        return tuple_(*self.columns), tuple_(*values)

    def sorted(self, query: Select[Any]) -> Select[Any]:
        """A query of its rows in its order."""
        return query.where(*self.where).order_by(*((one.desc() if self.descending else one) for one in self.columns))


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a list: the number of its stretch, and what the row there is sorted by."""

    stretch: int
    values: tuple[Any, ...]

    def cursor(self, name: str) -> str:
        """As a page hands it on. `name` is the list's order: in another it means nothing."""
        values = [value.isoformat() if isinstance(value, date) else value for value in self.values]
        packed = json.dumps([name, self.stretch, *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str, name: str, stretches: Sequence[Stretch]) -> "Spot":
        """The place that a cursor names. Raises CallError where it names none."""
        try:
            if len(cursor) > 400:
                raise ValueError
            packed = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            found = json.loads(packed)
            whose, number, *values = found
            if (
                whose != name
                or type(number) is not int
                or not 0 <= number < len(stretches)
                or len(values) != len(stretches[number].columns)
            ):
                raise ValueError
            sorts = [_sort(column) for column in stretches[number].columns]
            return cls(number, tuple(_checked(value, sort) for value, sort in zip(values, sorts, strict=True)))
        except (ValueError, TypeError, RecursionError, OverflowError, binascii.Error) as error:
            raise CallError("there is no such place in the list: begin at its first page") from error


def _sort(column: Any) -> type[Any]:
    return datetime if isinstance(column.type, Instant) else column.type.python_type


def _checked(value: Any, sort: type[Any]) -> Any:
    """A value of a cursor, as its column has it. Raises ValueError."""
    if sort is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None or not 1900 < moment.year < 3000:
            raise ValueError
        return moment
    if sort is date:
        return date.fromisoformat(value)
    if sort is float:
        if type(value) not in (int, float) or not -1 <= value <= 2:
            raise ValueError
        return float(value)
    if type(value) is not int or not 0 <= value <= _LARGEST_KEY:
        raise ValueError
    return value


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: `rows` asks for those of it that pass the filter, `scope` for all, where rows that do not pass may be many in a row.

    `rows` names no columns yet.
    """

    rows: Select[Any]
    stretches: tuple[Stretch, ...]
    scope: Select[Any] | None = None
    looked_at: int = LOOKED_AT


def among(keys: Sequence[int]) -> ColumnElement[bool]:
    """The condition on a message that its key is one of these. Written out: hundreds of parameters take longer than the question."""
    return literal_column(f"message.id IN ({', '.join(str(int(key)) for key in keys)})") if keys else false()


def walk(connection: Connection, listing: Listing, after: Spot | None, size: int) -> tuple[list[Spot], Spot | None]:
    """The places of the next rows, at most `size`, and from which to go on; None at the end. A place's last value is the row's key."""
    found: list[Spot] = []
    for number, stretch in enumerate(listing.stretches):
        if after is not None and number < after.stretch:
            continue
        begun = (stretch.beyond(after.values),) if after is not None and number == after.stretch else ()
        horizon = _horizon(connection, listing, stretch, begun)
        query = stretch.sorted(listing.rows.add_columns(*stretch.columns).where(*begun))
        if horizon is not None:
            query = query.where(stretch.until(horizon))
        found += [Spot(number, tuple(row)) for row in connection.execute(query.limit(size + 1 - len(found)))]
        if len(found) > size:
            return found[:size], found[size - 1]
        if horizon is not None:
            return found, Spot(number, horizon)
    return found, None


def _horizon(connection: Connection, listing: Listing, stretch: Stretch, begun: Sequence[ColumnElement[bool]]) -> tuple[Any, ...] | None:
    """The last row of a stretch that is looked at, or None where it ends before."""
    if listing.scope is None:
        return None
    query = stretch.sorted(listing.scope.add_columns(*stretch.columns).where(*begun))
    row = connection.execute(query.offset(listing.looked_at - 1).limit(1)).first()
    return None if row is None else tuple(row)


def count(connection: Connection, listing: Listing, most: int = MOST_COUNTED) -> Count:
    """How many rows a list has, as far as that is counted and looked for."""
    number, more = 0, False
    for stretch in listing.stretches:
        horizon = _horizon(connection, listing, stretch, ())
        query = stretch.sorted(listing.rows.add_columns(stretch.columns[-1]))
        if horizon is not None:
            query, more = query.where(stretch.until(horizon)), True
        inner = query.limit(most + 1 - number).subquery()
        number += int(connection.execute(select(func.count()).select_from(inner)).scalar_one())
        if number > most:
            return Count(most, more=True)
    return Count(number, more)
