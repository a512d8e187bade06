"""References never die: that of a case which was merged leads on to the case that its messages are on."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from triage.errors import CallError
from triage.store.schema import Case


def leads_to(connection: Connection, cases: Iterable[int]) -> dict[int, int]:
    """Of these cases, each that was merged with the case that it leads to now, however often that was merged in turn."""
    merged = select(Case.id, Case.merged_into_id).where(Case.merged_into_id.is_not(None))
    asked, step = set(cases), dict[int, int]()
    ahead = asked
    while ahead:
        found = {row.id: int(row.merged_into_id or 0) for row in connection.execute(merged.where(Case.id.in_(ahead)))}
        step |= found
        ahead = set(found.values()) - step.keys()
    return {one: _end(step, one) for one in asked & step.keys()}


def all_that_lead_on(connection: Connection) -> dict[int, str]:
    """For every case that was merged, the reference of the one that it leads to now."""
    step, names = dict[int, int](), dict[int, str]()
    beside = Case.__table__.alias("beside")
    query = select(Case.id, beside.c.id, beside.c.reference).join(beside, beside.c.id == Case.merged_into_id)
    for one, other, reference in connection.execute(query):
        step[one], names[other] = other, reference
    return {one: names[_end(step, one)] for one in step}


def _end(step: dict[int, int], one: int) -> int:
    passed = set[int]()
    while one in step and one not in passed:
        passed.add(one)
        one = step[one]
    return one


def case_of(connection: Connection, reference: str) -> Any:
    """The row of the case that a reference leads to. Raises CallError where no case ever had it."""
    row = connection.execute(select(Case.__table__).where(Case.reference == reference)).first()
    if row is None:
        raise CallError(f"there is no case {reference}")
    end = leads_to(connection, [row.id]).get(row.id)
    return row if end is None else connection.execute(select(Case.__table__).where(Case.id == end)).one()
