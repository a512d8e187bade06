"""What people do to cases: merge, split, move a message, relate, and answer what the program suggests.

Each is one transaction in one person's name, step by step in the audit, and can be undone (`triage.store.undoing`). A case that
was merged keeps its reference for ever: whatever is asked of it is done to the case that it leads to.

`versions` are those of the cases as the person saw them, by reference: where one has another by now, nothing is done.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from triage.domain.case import CaseStatus, Relation
from triage.domain.labels import Kind, Labels
from triage.domain.user import User
from triage.errors import CallError, ConflictError
from triage.store import undoing
from triage.store.decisions import Decided, TeamOf, decidable, decided, label, labels_of
from triage.store.lately import last_change
from triage.store.ledger import Ledger
from triage.store.operations import UNSEEN, Done, Operation, Versions, case_row, the_case, the_message
from triage.store.references import case_of, leads_to
from triage.store.schema import Case, CaseLink, Delivery, Message
from triage.store.summing import SILENT, choose_new, left

# A reason is a line that somebody reads, not a letter.
_LONGEST_REASON = 500


def merge(ledger: Ledger, connection: Connection, reference: str, into: str, versions: Versions = UNSEEN) -> Done:
    """Make one case of two: everything on the first comes to the second, whose state counts, and the first leads on to it.

    The second keeps the earlier moment of opening. What was outside waiting for an answer about the first is asked about the second;
    what was asked between the two is answered. Raises CallError or ConflictError, and changes nothing then.
    """
    one, other = the_case(connection, reference, versions), the_case(connection, into, versions)
    if one.id == other.id:
        if reference == into:
            raise CallError("a case cannot be merged into itself: name two cases")
        text = f"{reference} and {into} are one case already: {one.reference}"
        raise ConflictError(text, lately=last_change(connection, case=one.id))
    return _merge(Operation(ledger, connection, (one.id, other.id)), one, other)


def split(ledger: Ledger, connection: Connection, reference: str, messages: Sequence[int], versions: Versions = UNSEEN) -> Done:
    """Open a case of its own for some of a case's messages; it is `other` of what is returned.

    On either case the earliest message is `new` and the others repeat it; an escalation stays one on the case that it escalated.
    Raises CallError or ConflictError, and changes nothing then.
    """
    case, chosen = the_case(connection, reference, versions), set(messages)
    on = {row.id: row for row in connection.execute(select(Message.__table__).where(Message.case_id == case.id))}
    for key in messages:
        if key not in on:
            raise CallError(f"message {the_message(connection, key).id} is not on {case.reference}: `case show` lists its messages")
    if not chosen:
        raise CallError(f"say which messages of {case.reference} to split off")
    if len(chosen) == len(on):
        raise CallError(f"that is all of {case.reference}: leave a message on it, or merge it into another case")
    return _split(Operation(ledger, connection, (case.id,)), case, [on[key] for key in sorted(chosen)])


def move(ledger: Ledger, connection: Connection, message: int, reference: str, versions: Versions = UNSEEN) -> Done:
    """Put a message on another case, as a repeat. Where it is the only one on its own, that case is merged, so that its reference leads on.

    Whether it belongs to a third case, as the program may have asked, is answered by that too.
    Raises CallError or ConflictError, and changes nothing then.
    """
    row, to = the_message(connection, message), the_case(connection, reference, versions)
    if row.case_id is None:
        raise CallError(f"message {message} is on no case: say what it is first, with `message correct {message}`")
    if row.case_id == to.id:
        raise ConflictError(f"message {message} is on {to.reference} already", lately=last_change(connection, message=message))
    case = case_row(connection, row.case_id)
    operation = Operation(ledger, connection, (case.id, to.id))
    return _merge(operation, case, to, by_name=True) if _is_alone(connection, row) else _move(operation, row, case, to)


def link(ledger: Ledger, connection: Connection, reference: str, other: str, why: str) -> Done:
    """Note that two cases are related and stay two, and why. Raises CallError or ConflictError, and changes nothing then."""
    one, two = _pair(connection, reference, other)
    why = " ".join(why.split())
    if not why or len(why) > _LONGEST_REASON:
        raise CallError(f"say in a line why they are related, in at most {_LONGEST_REASON} characters")
    operation = Operation(ledger, connection, (one.id, two.id))
    if not ledger.relate_cases(one.id, two.id, why):
        text = f"{one.reference} and {two.reference} are related already: to give another reason, unlink them first"
        raise ConflictError(text, lately=last_change(connection, case=one.id))
    return operation.done("link", one, two)


def unlink(ledger: Ledger, connection: Connection, reference: str, other: str) -> Done:
    """Note that two cases are not related after all. Raises CallError, and changes nothing then."""
    one, two = _pair(connection, reference, other)
    operation = Operation(ledger, connection, (one.id, two.id))
    lower, higher = sorted((one.id, two.id))
    found = connection.execute(delete(CaseLink).where(CaseLink.lower_id == lower, CaseLink.higher_id == higher))
    if found.rowcount != 1:
        raise CallError(f"{one.reference} and {two.reference} are not related")
    ledger.record("unlinked", case_id=one.id, other=two.reference)
    ledger.record("unlinked", case_id=two.id, other=one.reference)
    return operation.done("unlink", one, two)


def settle(ledger: Ledger, connection: Connection, message: int, *, join: bool) -> Done:
    """Answer whether a message belongs to the case that is suggested for it.

    Where it does, and is alone on its case or opened it and everything else there repeats it, that whole case is merged into the
    suggested one; otherwise the message alone is moved. Where it does not, it stays where it is and is not asked about again.

    The answer is about the case. It confirms the labels too where they were in no doubt when the message was logged: the classifier
    was sure, the message was read to its end, whose words it holds was plain, and it was something for the case store
    (`Message.case_only`, set by `Ledger.add_message`). Then it waited for nothing else, and is `confirmed`. A message that was
    unsure in itself goes on waiting until its labels are confirmed or corrected; one that was decided about stays so.

    Raises CallError or ConflictError, and changes nothing then.
    """
    row = the_message(connection, message)
    if row.suggested_case_id is None:
        raise _not_asked(connection, message)
    suggested = str(case_row(connection, row.suggested_case_id).reference)
    if not join:
        to = case_of(connection, suggested)
        operation = Operation(ledger, connection, (), (message,))
        operation.answer(row, row.case_id, to, joined=False)
        own = to if row.case_id is None else case_row(connection, row.case_id)
        return operation.done("keep", own, to)
    if row.case_id is None or row.kind == Kind.NONE.value:
        raise CallError(
            f"message {message} was taken for nothing: say what it is first, with `message correct {message}`; "
            f"if it is nothing, `message keep {message}`"
        )
    to = the_case(connection, suggested)
    if row.case_id == to.id:
        text = f"message {message} is on {to.reference} already: `message keep {message}` ends the question"
        raise ConflictError(text, lately=last_change(connection, message=message))
    case = case_row(connection, row.case_id)
    operation = Operation(ledger, connection, (case.id, to.id))
    return _merge(operation, case, to) if _all_of(connection, row) else _move(operation, row, case, to)


# What a message is, and where it belongs, decided in one


Change = Callable[[Labels], Labels]


def answer(
    ledger: Ledger, connection: Connection, message: int, *, join: bool, change: Change | None = None, team_of: TeamOf | None = None,
    version: int | None = None,
) -> Decided:  # fmt: skip
    """Answer whether a message belongs to the suggested case (see `settle`), and confirm or change its labels with it.

    What was taken for nothing and is something comes to the suggested case, or opens one. Undone as one. Raises CallError or
    ConflictError, and changes nothing then.
    """
    row = decidable(connection, message, version)
    if row.suggested_case_id is None:
        raise _not_asked(connection, message)
    suggested = str(case_row(connection, row.suggested_case_id).reference)
    if join:
        to = the_case(connection, suggested)
        merges = row.case_id not in (None, to.id) and _all_of(connection, row)
        return _put_on(ledger, connection, row, to, change=change, team_of=team_of, merges=merges, by_name=False)
    operation = Operation(ledger, connection, (row.case_id,), (message,))
    label(operation, row, change, team_of)
    to, now = case_of(connection, suggested), the_message(connection, message)
    if now.suggested_case_id is not None:
        operation.answer(now, now.case_id, to, joined=False)
    own = row.case_id if row.case_id is not None else now.case_id
    return decided(operation, row, lambda: operation.done("keep", to if own is None else case_row(connection, own), to))


def open_new(
    ledger: Ledger, connection: Connection, message: int, *, change: Change | None = None, team_of: TeamOf | None = None,
    version: int | None = None,
) -> Decided:  # fmt: skip
    """Let a message be a case of its own, and confirm or change its labels with it; it belongs to none that was suggested.

    It is split off where others are on its case. Undone as one. Raises CallError or ConflictError, and changes nothing then.
    """
    row = decidable(connection, message, version)
    operation = Operation(ledger, connection, (row.case_id,), (message,))
    label(operation, row, change, team_of)
    now = _something(connection, message)
    if now.suggested_case_id is not None:
        asked = case_of(connection, str(case_row(connection, now.suggested_case_id).reference))
        operation.answer(now, now.case_id, asked, joined=False)
        now = the_message(connection, message)
    if row.case_id is None or _is_alone(connection, now):
        return decided(operation, row)
    return decided(operation, row, lambda: _split(operation, case_row(connection, now.case_id), [now]))


def put_on(
    ledger: Ledger, connection: Connection, message: int, reference: str, *, change: Change | None = None, team_of: TeamOf | None = None,
    version: int | None = None, versions: Versions = UNSEEN,
) -> Decided:  # fmt: skip
    """Put a message on another case (see `move`), and confirm or change its labels with it. What was asked about it is answered.

    Undone as one. Raises CallError or ConflictError, and changes nothing then.
    """
    row, to = decidable(connection, message, version), the_case(connection, reference, versions)
    if row.case_id == to.id:
        raise ConflictError(f"message {message} is on {to.reference} already", lately=last_change(connection, message=message))
    return _put_on(ledger, connection, row, to, change=change, team_of=team_of, merges=_is_alone(connection, row), by_name=True)


def _put_on(
    ledger: Ledger, connection: Connection, row: Any, to: Any, *, change: Change | None, team_of: TeamOf | None, merges: bool, by_name: bool
) -> Decided:
    """Label a message and put it on a case, with its own where that `merges`; `by_name`, whatever was asked about it is answered."""
    operation = Operation(ledger, connection, (row.case_id, to.id), (row.id,))
    label(operation, row, change, team_of, to=to)
    now, to = _something(connection, row.id), case_row(connection, to.id)
    if row.case_id is None or row.case_id == to.id:
        if now.suggested_case_id is not None:
            asked = now.suggested_case_id
            joined = leads_to(connection, [asked]).get(asked, asked) == to.id
            operation.answer(now, to.id, case_row(connection, asked), joined=joined)
        return decided(operation, row)
    case = case_row(connection, row.case_id)
    if merges:
        return decided(operation, row, lambda: _merge(operation, case, to, by_name=by_name))
    return decided(operation, row, lambda: _move(operation, now, case, to))


def undo(ledger: Ledger, connection: Connection, number: int, viewer: User | None = None) -> Done:
    """Put everything back as it was before an operation (see `triage.store.undoing.undo`)."""
    row = undoing.undo(ledger, connection, number, viewer)
    ids = [one for one in (row.case_id, row.other_id) if one is not None]
    names = {one.id: one.reference for one in connection.execute(select(Case.id, Case.reference).where(Case.id.in_(ids)))}
    return Done(number, row.sort, names.get(row.case_id), names.get(row.other_id))


# Steps


def _merge(operation: Operation, case: Any, to: Any, *, by_name: bool = False) -> Done:
    rows = operation.connection.execute(select(Message.__table__).where(Message.case_id == case.id).order_by(Message.id)).all()
    operation.move(rows, case, to, by_name=by_name)
    operation.lead_on(case, to)
    operation.change("case", case.id, status=CaseStatus.MERGED.value, merged_into_id=to.id, **SILENT)
    operation.change("case", to.id, opened_at=min(case.opened_at, to.opened_at), **_handed_on(case, to))
    choose_new(operation.connection, to.id)
    operation.ledger.record("merged", case_id=case.id, into=to.reference, status=case.status, outcome=case.outcome)
    operation.ledger.record("merged", case_id=to.id, from_case=case.reference, messages=len(rows))
    return operation.done("merge", case, to, summed=(to.id,))


def _handed_on(case: Any, to: Any) -> dict[str, Any]:
    """What one open case has of another that is merged into it: the earlier day by which it is due, and who deals with it if nobody did."""
    if not case.status == to.status == CaseStatus.OPEN.value:
        return {}
    due = min((one.due_on for one in (case, to) if one.due_on is not None), default=None)
    return {"due_on": due, "assigned_to_id": to.assigned_to_id if to.assigned_to_id is not None else case.assigned_to_id}


def _split(operation: Operation, case: Any, rows: Sequence[Any]) -> Done:
    ledger, connection, chosen = operation.ledger, operation.connection, [row.id for row in rows]
    first = min(rows, key=lambda row: (row.received_at, row.id))
    new = ledger.open_case(labels_of(first), first.received_at, first.team)
    operation.opened(new.id)
    operation.move(rows, case, new)
    connection.execute(update(Delivery).where(Delivery.message_pk.in_(chosen)).values(relation=Relation.REPEAT.value))
    choose_new(connection, new.id)
    operation.change("case", case.id)
    left(connection, case.id, first.received_at, choose_again=True)
    ledger.record("split off", case_id=new.id, reference=new.reference, from_case=case.reference, messages=len(chosen))
    return operation.done("split", case, new, summed=(case.id, new.id))


def _move(operation: Operation, row: Any, case: Any, to: Any) -> Done:
    operation.move([row], case, to, by_name=True)
    # What escalated the one case escalates no other.
    operation.connection.execute(update(Delivery).where(Delivery.message_pk == row.id).values(relation=Relation.REPEAT.value))
    operation.change("case", case.id)
    operation.change("case", to.id, opened_at=min(row.received_at, to.opened_at))
    left(operation.connection, case.id, row.received_at)
    return operation.done("move", case, to, summed=(case.id, to.id))


# Found


def _pair(connection: Connection, reference: str, other: str) -> tuple[Any, Any]:
    one, two = the_case(connection, reference), the_case(connection, other)
    if one.id == two.id:
        raise CallError(f"{reference} and {other} are one case: name two")
    return one, two


def _something(connection: Connection, key: int) -> Any:
    """A message that was just decided about. Raises CallError where it is nothing, for which there is no case."""
    row = the_message(connection, key)
    if row.case_id is None:
        raise CallError(f"message {key} is nothing as it stands, which belongs to no case: say what it is with it")
    return row


def _not_asked(connection: Connection, key: int) -> ConflictError:
    text = f"no case is suggested for message {key}, or somebody has answered that already"
    return ConflictError(text, lately=last_change(connection, message=key))


def _is_alone(connection: Connection, row: Any) -> bool:
    others = select(Message.id).where(Message.case_id == row.case_id, Message.id != row.id)
    return row.case_id is not None and connection.execute(others.limit(1)).first() is None


def _all_of(connection: Connection, row: Any) -> bool:
    """Whether a message's case is all its own: it is alone there, or opened it, and everything else only repeats it."""
    on = (
        select(Delivery.message_pk, Delivery.relation)
        .join(Message, Message.id == Delivery.message_pk)
        .where(Message.case_id == row.case_id)
    )
    found = connection.execute(on).all()
    others = {one.relation for one in found if one.message_pk != row.id}
    opened = any(one.relation == Relation.NEW.value for one in found if one.message_pk == row.id)
    return not others or (opened and others == {Relation.REPEAT.value})
