"""What an operation on cases, or a decision about a message, has changed, field by field, and how it is put back.

Kept are keys, labels, states and the reasons of links. Whom a case belonged to is kept as the key of a message that bears their
address and name: where its words are erased, nothing of them is left here either.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, func, insert, or_, select, update

from triage.domain.case import CaseStatus
from triage.domain.user import User
from triage.errors import ConflictError, NotFound
from triage.store import following
from triage.store.lately import last_change
from triage.store.ledger import Ledger
from triage.store.references import leads_to
from triage.store.schema import Case, CaseLink, CaseOperation, Correspondent, Delivery, Message
from triage.store.sight import may_see_case, may_see_message
from triage.store.summing import SILENT, close_as_mistake

_LABELS = ("kind", "process", "role", "urgent", "outside_scope", "service", "themes", "team")
# In the order in which rows are put back: what is deleted makes room for what is moved back.
_TABLES: dict[str, Table] = {
    name: cast(Table, one.__table__)
    for name, one in {"link": CaseLink, "person": Correspondent, "case": Case, "message": Message, "delivery": Delivery}.items()
}
_FIELDS: dict[str, tuple[str, ...]] = {
    "case": ("status", "merged_into_id", "opened_at", *SILENT),
    "message": ("case_id", "suggested_case_id", "status", "assigned_to_id", *_LABELS),
    "delivery": ("relation",),
    "person": ("case_id", "role"),
    "link": ("lower_id", "higher_id", "why", "made_by", "made_at", "score"),
}
_MOMENTS = frozenset({"opened_at", "closed_at", "made_at"})
_DAYS = frozenset({"due_on"})
# What matching compares a message by is made of these.
_COMPARED = frozenset(_LABELS) - {"team"}
# Fields that name a case.
_CASES = frozenset({"case_id", "suggested_case_id", "lower_id", "higher_id", "merged_into_id"})

# That this was changed is said of the message itself.
_DECIDED = frozenset({"status", "assigned_to_id", *_LABELS})
_INSTEAD = {
    "link": "use `case link` instead", "unlink": "use `case link` instead", "keep": "use `case move` instead",
    "decide": "say what the message is instead, with `message correct`", "close": "look at the case again",
    "reopen": "use `case close` instead", "assign": "assign it to somebody else instead", "due": "set the day again instead",
}  # fmt: skip

Rows = dict[str, dict[int, dict[str, Any]]]


@dataclass(slots=True)
class Snapshot:
    """Cases, the messages, deliveries, people and links on them, as they were at one moment, in plain values."""

    rows: Rows = field(default_factory=lambda: {name: {} for name in _TABLES})
    versions: dict[tuple[str, int], int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    """Of each message, a digest of its labels."""
    people: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Of each correspondent, address and name. They are never kept."""


def take(connection: Connection, cases: Iterable[int], messages: Iterable[int] = ()) -> Snapshot:
    """These cases with everything on them, everything that is suggested for them, and these messages."""
    cases, found = list(cases), Snapshot()
    for row in connection.execute(select(Case.__table__).where(Case.id.in_(cases))):
        _note(found, "case", row)
    theirs = or_(Message.case_id.in_(cases), Message.suggested_case_id.in_(cases), Message.id.in_(list(messages)))
    columns = [Message.__table__.c[name] for name in ("id", "version", *_FIELDS["message"])]
    for row in connection.execute(select(*columns).where(theirs)):
        _note(found, "message", row)
        found.labels[row.id] = _digest([getattr(row, name) for name in _LABELS])
    for row in connection.execute(select(Delivery.id, Delivery.relation).where(Delivery.message_pk.in_(list(found.labels)))):
        _note(found, "delivery", row)
    for row in connection.execute(select(Correspondent.__table__).where(Correspondent.case_id.in_(cases))):
        _note(found, "person", row)
        found.people[row.id] = (row.address, row.name)
    for row in connection.execute(select(CaseLink.__table__).where(or_(CaseLink.lower_id.in_(cases), CaseLink.higher_id.in_(cases)))):
        _note(found, "link", row)
    return found


def _note(found: Snapshot, table: str, row: Any) -> None:
    found.rows[table][row.id] = {name: _plain(getattr(row, name)) for name in _FIELDS[table]}
    if hasattr(row, "version"):
        found.versions[table, row.id] = row.version


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _digest(labels: Any) -> str:
    return hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:16]


def difference(connection: Connection, before: Snapshot, after: Snapshot, summed: Iterable[int]) -> dict[str, Any]:
    """Everything that undoing needs: what was changed and, of the cases that were summed up, what is on them since."""
    changed: dict[str, list[dict[str, Any]]] = {}
    for table in _TABLES:
        old, new = before.rows[table], after.rows[table]
        for key in sorted(old.keys() | new.keys()):
            was, now = old.get(key), new.get(key)
            if was == now:
                continue
            if was is not None and now is not None:
                was, now = ({name: one[name] for name in one if was[name] != now[name]} for one in (was, now))
            elif table == "person" and was is not None:
                was = {**was, "named_in": _named_in(connection, *before.people[key])}
            changed.setdefault(table, []).append({"id": key, "before": was, "after": now})
    return {"changed": changed, "held": {str(case_id): _held(after, case_id) for case_id in summed}}


def rests_on(before: Snapshot, after: Snapshot) -> set[int]:
    """The cases that say something else than before, or that a message has come to or left: undoing counts on what is on them."""
    found = {key for key, row in after.rows["case"].items() if before.rows["case"].get(key) != row}
    for key, row in after.rows["message"].items():
        was = before.rows["message"].get(key, row)["case_id"]
        if was != row["case_id"]:
            found |= {was, row["case_id"]} - {None}
    return found


def _held(found: Snapshot, case_id: int) -> dict[str, str]:
    """What is on a case: its messages, each with the digest of its labels."""
    return {str(key): found.labels[key] for key, row in found.rows["message"].items() if row["case_id"] == case_id}


def _named_in(connection: Connection, address: str, name: str) -> int | None:
    """A message that bears this address and, if any does, this name."""
    theirs = Message.original_address == address
    named = connection.execute(select(func.min(Message.id)).where(theirs, func.coalesce(Message.original_name, "") == name)).scalar()
    return named if named is not None else connection.execute(select(func.min(Message.id)).where(theirs)).scalar()


# Putting back


def undo(ledger: Ledger, connection: Connection, number: int, viewer: User | None = None) -> Any:
    """Put everything back as it was before an operation; returns the operation's row.

    A case that a split opened is not taken away, for its reference may have been written in a letter: it leads on to the case that it
    was split off. Where a decision opened it for a message that was on none, there is nothing that it could lead to: it was opened by
    mistake. What is restricted stays so. For a `viewer` there is no operation on what they may not see.

    Raises NotFound where there is no such operation, ConflictError where it is undone already, or where something that undoing it
    would change has changed since: then nothing is undone.
    """
    operation = connection.execute(select(CaseOperation.__table__).where(CaseOperation.id == number)).first()
    if operation is None or (viewer is not None and not _seen(connection, viewer, operation)):
        raise NotFound(f"there is no operation {number}: `case history` shows their numbers")
    if operation.undone_at is not None:
        raise ConflictError(f"operation {number} is undone already", lately=_lately(connection, operation))
    changed, held = operation.detail["changed"], operation.detail["held"]
    now = take(
        connection, {*map(int, held), *_ids(changed, "case"), operation.case_id, operation.other_id} - {None}, _ids(changed, "message")
    )
    reason = _since(connection, operation, now)
    if reason is not None:
        text = f"operation {number} cannot be undone: {reason}; {_instead(connection, operation)}"
        raise ConflictError(text, lately=_lately(connection, operation))
    people = _who_they_were(connection, number, changed.get("person", ()))
    for table in _TABLES:
        _put_back(ledger, connection, table, people, operation)
    following.put_back(ledger, connection, operation.detail.get("readers", {}), _moves(changed))
    seen = {*map(int, held)} - _ids(changed, "case")
    connection.execute(update(Case).where(Case.id.in_(seen)).values(version=Case.version + 1))
    _compare_again(ledger, connection, changed.get("message", ()))
    connection.execute(update(CaseOperation).where(CaseOperation.id == number).values(undone_at=ledger.now, undone_by=ledger.actor))
    _say(ledger, connection, operation)
    return operation


def _seen(connection: Connection, viewer: User, operation: Any) -> bool:
    """Whether somebody may see everything that an operation was about."""
    cases = {one for one in (operation.case_id, operation.other_id) if one is not None}
    messages = _ids(operation.detail["changed"], "message")
    return all(may_see_case(connection, viewer, one) for one in cases) and all(may_see_message(connection, viewer, one) for one in messages)


def _lately(connection: Connection, operation: Any) -> str | None:
    if operation.case_id is not None:
        return last_change(connection, case=operation.case_id)
    return last_change(connection, message=min(_ids(operation.detail["changed"], "message"), default=0))


def _moves(changed: Mapping[str, Any]) -> set[tuple[int, int | None]]:
    """From which case to which messages go back."""
    moved = (one for one in changed.get("message", ()) if "case_id" in one["before"])
    return {(one["after"]["case_id"], one["before"]["case_id"]) for one in moved if one["after"]["case_id"] is not None}


def _compare_again(ledger: Ledger, connection: Connection, messages: Iterable[Mapping[str, Any]]) -> None:
    """Have what matching compares of messages made anew where they are something else again, as deciding does."""
    these = [one["id"] for one in messages if not _COMPARED.isdisjoint(one["before"]) or one["after"].get("case_id", 0) is None]
    on_case = select(Message.id).where(Message.id.in_(these), Message.case_id.is_not(None), Message.erased_at.is_(None))
    for key in connection.execute(on_case.order_by(Message.id)).scalars():
        ledger.have_remade(key)


def _say(ledger: Ledger, connection: Connection, operation: Any) -> None:
    """Say in the audit what was undone, of every message that was changed and of the cases."""
    messages = operation.detail["changed"].get("message", ())
    names = _references(connection, {case_id for one in messages for case_id in _cases_named(one["before"])})
    for one in messages:
        if "case_id" in one["before"]:
            ledger.record("moved", message_pk=one["id"], case_id=one["before"]["case_id"], to=names.get(one["before"]["case_id"]))
        if "suggested_case_id" in one["before"]:
            ledger.record("suggestion moved", message_pk=one["id"], to=names.get(one["before"]["suggested_case_id"]))
    said = {"operation": operation.id, "sort": operation.sort}
    about = {one["id"] for one in messages if not _DECIDED.isdisjoint(one["before"])}
    on = {row.id: row.case_id for row in connection.execute(select(Message.id, Message.case_id).where(Message.id.in_(about)))}
    for key in sorted(about):
        ledger.record("undone", message_pk=key, case_id=on[key], **said)
    for case_id in sorted({operation.case_id, operation.other_id} - {None, *on.values()}):
        ledger.record("undone", case_id=case_id, **said)


def _ids(changed: Mapping[str, Any], table: str) -> set[int]:
    return {one["id"] for one in changed.get(table, ())}


def _since(connection: Connection, operation: Any, now: Snapshot) -> str | None:
    """What stands in the way of undoing an operation, or None."""
    changed, held = operation.detail["changed"], operation.detail["held"]
    for case_id, messages in held.items():
        reason = _of_case(connection, int(case_id), messages, now)
        if reason is not None:
            return reason
    for table, rows in changed.items():
        for one in rows:
            left, found = one["after"], now.rows[table].get(one["id"])
            if left is not None and (found is None or any(found[name] != value for name, value in left.items())):
                return _words(connection, table, one, now)
    merged = leads_to(connection, {case_id for rows in changed.values() for one in rows for case_id in _cases_named(one["before"])})
    gone = sorted(merged.keys() - _ids(changed, "case"))
    if gone:
        return f"{_references(connection, gone)[gone[0]]} has been merged since"
    restricted = following.loosened(connection, operation.detail.get("readers", {}), _moves(changed))
    if restricted is not None:
        return f"{_references(connection, [restricted])[restricted]} has been restricted to named people since"
    pairs = {(row["lower_id"], row["higher_id"]) for row in now.rows["link"].values()}
    for one in changed.get("link", ()):
        # SQLite may have given the key of a row that is gone to another.
        if one["after"] is None and (one["before"]["lower_id"], one["before"]["higher_id"]) in pairs:
            return "the two have been related again since"
    return None


def _of_case(connection: Connection, case_id: int, messages: Mapping[str, str], now: Snapshot) -> str | None:
    """What has become of a case's messages since, or None."""
    found = _held(now, case_id)
    [reference] = _references(connection, [case_id]).values()
    for key in sorted(found.keys() - messages.keys(), key=int):
        return f"message {key} has come to {reference} since"
    for key in sorted(messages.keys() - found.keys(), key=int):
        return f"message {key} has left {reference} since"
    for key in sorted(messages, key=int):
        if found[key] != messages[key]:
            return f"message {key} of {reference} has been decided about since"
    return None


def _words(connection: Connection, table: str, one: Mapping[str, Any], now: Snapshot) -> str:
    """Plain English for a row that is not as an operation left it."""
    if table == "message":
        left, found = one["after"], now.rows["message"].get(one["id"], {})
        others = {name for name, value in left.items() if found.get(name) != value}
        return f"message {one['id']} has been {'assigned' if others == {'assigned_to_id'} else 'decided about'} since"
    if table == "case":
        [reference] = _references(connection, [one["id"]]).values()
        status = now.rows["case"][one["id"]]["status"]
        became = "opened again" if status == CaseStatus.OPEN.value else status
        return f"{reference} has been {became} since" if status != one["after"].get("status", status) else f"{reference} has changed since"
    return {
        "delivery": "what first opened one of the cases has changed since",
        "person": "whom one of the cases belongs to has changed since",
        "link": "how one of the cases is related has changed since",
    }[table]


def _instead(connection: Connection, operation: Any) -> str:
    """What a person can do where an operation cannot be undone: undo the last one that came after it, or use another."""
    ids = [one for one in (operation.case_id, operation.other_id) if one is not None]
    last = connection.execute(
        select(func.max(CaseOperation.id)).where(
            CaseOperation.id > operation.id,
            CaseOperation.undone_at.is_(None),
            or_(CaseOperation.case_id.in_(ids), CaseOperation.other_id.in_(ids)),
        )
    ).scalar()
    if last is not None:
        return f"undo operation {last} first"
    return _INSTEAD.get(operation.sort, "use `case split` or `case move` instead")


def _cases_named(row: Mapping[str, Any] | None) -> set[int]:
    return {value for name, value in (row or {}).items() if name in _CASES and value is not None}


def _references(connection: Connection, cases: Iterable[int]) -> dict[int, str]:
    return {row.id: row.reference for row in connection.execute(select(Case.id, Case.reference).where(Case.id.in_(list(cases))))}


def _who_they_were(connection: Connection, number: int, rows: Iterable[Mapping[str, Any]]) -> dict[int, tuple[str, str]]:
    """Address and name of everybody who was taken off a case."""
    found = {}
    for one in rows:
        if one["after"] is None:
            query = select(Message.original_address, Message.original_name).where(Message.id == one["before"]["named_in"])
            row = connection.execute(query).first()
            if row is None or not row.original_address:
                raise ConflictError(
                    f"operation {number} cannot be undone: the words that say whom a case belonged to are erased; "
                    "use `case split` or `case move` instead"
                )
            found[one["id"]] = (row.original_address, row.original_name or "")
    return found


def _put_back(ledger: Ledger, connection: Connection, table: str, people: Mapping[int, tuple[str, str]], operation: Any) -> None:
    """The rows of one table, as they were. What was added goes first, what was taken away comes last: pairs are unique."""
    target, rows = _TABLES[table], operation.detail["changed"].get(table, ())
    for one in sorted(rows, key=lambda one: (one["before"] is not None, one["after"] is None)):
        before, these = one["before"], target.c.id == one["id"]
        if before is None and table == "case" and one["id"] == operation.case_id:
            close_as_mistake(ledger, connection, one["id"])
        elif before is None and table == "case":
            connection.execute(
                update(target)
                .where(these)
                .values(**SILENT, status=CaseStatus.MERGED.value, merged_into_id=operation.case_id, version=Case.version + 1)
            )
        elif before is None:
            connection.execute(delete(target).where(these))
        elif one["after"] is not None:
            versioned = {"version": target.c.version + 1} if "version" in target.c else {}
            connection.execute(update(target).where(these).values(**_stored(before), **versioned))
        else:
            values = {name: value for name, value in _stored(before).items() if name in target.c}
            if table == "person":
                values["address"], values["name"] = people[one["id"]]
            taken = connection.execute(select(target.c.id).where(these)).first() is not None
            connection.execute(insert(target), values if taken else {**values, "id": one["id"]})


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    made = {name: datetime.fromisoformat(value) for name, value in values.items() if name in _MOMENTS and value}
    return values | made | {name: date.fromisoformat(value) for name, value in values.items() if name in _DAYS and value}
