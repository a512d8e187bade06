"""What people do to cases: merge, split, move a message, relate, and answer what the program suggests.

Each is one transaction in one person's name, step by step in the audit, and can be undone (`triage.store.undoing`). A case that
was merged keeps its reference for ever: whatever is asked of it is done to the case that it leads to.

`versions` are those of the cases as the person saw them, by reference: where one has another by now, nothing is done.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from triage.domain.case import OPENED_BY_MISTAKE, CaseStatus, Relation
from triage.domain.labels import Kind, Status
from triage.errors import CallError, ConflictError
from triage.store import undoing
from triage.store.decisions import labels_of
from triage.store.ledger import Ledger
from triage.store.references import case_of, leads_to
from triage.store.schema import Case, CaseLink, CaseOperation, Correspondent, Delivery, Message
from triage.store.summing import SILENT, choose_new, left, sum_up

Versions = Mapping[str, int]
_UNSEEN: Versions = MappingProxyType({})
# A reason is a line that somebody reads, not a letter.
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and the number by which it can be undone.

    `case` is the case that was acted on and `other` the one that its messages came to or that it was related to. They are where the
    references that were given lead to. `closed` says that `other` is a closed case.
    """

    number: int
    sort: str
    case: str
    other: str | None = None
    closed: bool = False


def merge(ledger: Ledger, connection: Connection, reference: str, into: str, versions: Versions = _UNSEEN) -> Done:
    """Make one case of two: everything on the first comes to the second, whose state counts, and the first leads on to it.

    The second keeps the earlier moment of opening. What was outside waiting for an answer about the first is asked about the second;
    what was asked between the two is answered. Raises CallError or ConflictError, and changes nothing then.
    """
    one, other = _case(connection, reference, versions), _case(connection, into, versions)
    if one.id == other.id:
        if reference == into:
            raise CallError("a case cannot be merged into itself: name two cases")
        raise ConflictError(f"{reference} and {into} are one case already: {one.reference}")
    return _merge(_Operation(ledger, connection, (one.id, other.id)), one, other)


def split(ledger: Ledger, connection: Connection, reference: str, messages: Sequence[int], versions: Versions = _UNSEEN) -> Done:
    """Open a case of its own for some of a case's messages; it is `other` of what is returned.

    On either case the earliest message is `new` and the others repeat it; an escalation stays one on the case that it escalated.
    Raises CallError or ConflictError, and changes nothing then.
    """
    case, chosen = _case(connection, reference, versions), set(messages)
    on = {row.id: row for row in connection.execute(select(Message.__table__).where(Message.case_id == case.id))}
    for key in messages:
        if key not in on:
            raise CallError(f"message {_message(connection, key).id} is not on {case.reference}: `case show` lists its messages")
    if not chosen:
        raise CallError(f"say which messages of {case.reference} to split off")
    if len(chosen) == len(on):
        raise CallError(f"that is all of {case.reference}: leave a message on it, or merge it into another case")
    operation = _Operation(ledger, connection, (case.id,))
    first = min((on[key] for key in chosen), key=lambda row: (row.received_at, row.id))
    new = ledger.open_case(labels_of(first), first.received_at, first.team)
    operation.move([on[key] for key in sorted(chosen)], case, new)
    connection.execute(update(Delivery).where(Delivery.message_pk.in_(chosen)).values(relation=Relation.REPEAT.value))
    choose_new(connection, new.id)
    operation.change("case", case.id)
    left(connection, case.id, first.received_at, choose_again=True)
    ledger.record("split off", case_id=new.id, reference=new.reference, from_case=case.reference, messages=len(chosen))
    return operation.done("split", case, new, summed=(case.id, new.id))


def move(ledger: Ledger, connection: Connection, message: int, reference: str, versions: Versions = _UNSEEN) -> Done:
    """Put a message on another case, as a repeat. Where it is the only one on its own, that case is merged, so that its reference leads on.

    Whether it belongs to a third case, as the program may have asked, is answered by that too.
    Raises CallError or ConflictError, and changes nothing then.
    """
    row, to = _message(connection, message), _case(connection, reference, versions)
    if row.case_id is None:
        raise CallError(f"message {message} is on no case: say what it is first, with `message correct {message}`")
    if row.case_id == to.id:
        raise ConflictError(f"message {message} is on {to.reference} already")
    case = connection.execute(select(Case.__table__).where(Case.id == row.case_id)).one()
    operation = _Operation(ledger, connection, (case.id, to.id))
    others = select(Message.id).where(Message.case_id == case.id, Message.id != message)
    if connection.execute(others).first() is None:
        return _merge(operation, case, to, by_name=True)
    return _move(operation, row, case, to)


def link(ledger: Ledger, connection: Connection, reference: str, other: str, why: str) -> Done:
    """Note that two cases are related and stay two, and why. Raises CallError or ConflictError, and changes nothing then."""
    one, two = _pair(connection, reference, other)
    why = " ".join(why.split())
    if not why or len(why) > _LONGEST_REASON:
        raise CallError(f"say in a line why they are related, in at most {_LONGEST_REASON} characters")
    operation = _Operation(ledger, connection, (one.id, two.id))
    if not ledger.relate_cases(one.id, two.id, why):
        raise ConflictError(f"{one.reference} and {two.reference} are related already: to give another reason, unlink them first")
    return operation.done("link", one, two)


def unlink(ledger: Ledger, connection: Connection, reference: str, other: str) -> Done:
    """Note that two cases are not related after all. Raises CallError, and changes nothing then."""
    one, two = _pair(connection, reference, other)
    operation = _Operation(ledger, connection, (one.id, two.id))
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
    row = _message(connection, message)
    if row.suggested_case_id is None:
        raise ConflictError(f"no case is suggested for message {message}, or somebody has answered that already")
    suggested = connection.execute(select(Case.reference).where(Case.id == row.suggested_case_id)).scalar_one()
    if not join:
        to = case_of(connection, suggested)
        operation = _Operation(ledger, connection, (), (message,))
        operation.answer(row, row.case_id, to, joined=False)
        own = to if row.case_id is None else connection.execute(select(Case.__table__).where(Case.id == row.case_id)).one()
        return operation.done("keep", own, to)
    if row.case_id is None or row.kind == Kind.NONE.value:
        raise CallError(
            f"message {message} was taken for nothing: say what it is first, with `message correct {message}`; "
            f"if it is nothing, `message keep {message}`"
        )
    to = _case(connection, suggested)
    if row.case_id == to.id:
        raise ConflictError(f"message {message} is on {to.reference} already: `message keep {message}` ends the question")
    case = connection.execute(select(Case.__table__).where(Case.id == row.case_id)).one()
    operation = _Operation(ledger, connection, (case.id, to.id))
    return _merge(operation, case, to) if _all_of(connection, row) else _move(operation, row, case, to)


def undo(ledger: Ledger, connection: Connection, number: int) -> Done:
    """Put everything back as it was before an operation (see `triage.store.undoing.undo`)."""
    row = undoing.undo(ledger, connection, number)
    ids = [row.case_id, row.other_id]
    names = {one.id: one.reference for one in connection.execute(select(Case.id, Case.reference).where(Case.id.in_(ids)))}
    return Done(number, row.sort, names[row.case_id], names.get(row.other_id))


# Steps


class _Operation:
    """One operation in hand: what there was before it, and every row changed from the version in which it was read."""

    def __init__(self, ledger: Ledger, connection: Connection, cases: Iterable[int], messages: Iterable[int] = ()) -> None:
        self.ledger, self.connection = ledger, connection
        self._cases = list(cases)
        self._before = undoing.take(connection, self._cases, messages)
        self._versions = dict(self._before.versions)

    def change(self, table: str, key: int, **values: Any) -> None:
        """Change a case or a message. Raises ConflictError where somebody else has changed it meanwhile."""
        target: Any = {"case": Case, "message": Message}[table]
        version = self._versions[table, key]
        statement = update(target).where(target.id == key, target.version == version)
        if self.connection.execute(statement.values(**values, version=version + 1)).rowcount != 1:
            raise ConflictError(f"someone else changed a {table} of these just now: look at them and try again")
        self._versions[table, key] = version + 1

    def move(self, rows: Sequence[Any], case: Any, to: Any, *, by_name: bool = False) -> None:
        """Take messages from one case to another with everybody who wrote them.

        What was asked between the two is answered by that; `by_name`, whatever was asked of these messages is.
        """
        ids = {row.suggested_case_id for row in rows} - {None}
        ends = leads_to(self.connection, ids)
        names = {row.id: row for row in self.connection.execute(select(Case.id, Case.reference).where(Case.id.in_(ids)))}
        for row in rows:
            self.change("message", row.id, case_id=to.id)
            self.ledger.record("moved", message_pk=row.id, case_id=to.id, from_case=case.reference, to=to.reference)
            suggested = row.suggested_case_id
            joined = ends.get(suggested, suggested) == to.id
            if suggested is not None and (joined or by_name):
                self.answer(row, to.id, names[suggested], joined=joined)
        these = (Delivery.message_pk.in_([row.id for row in rows])) & (Delivery.relation == Relation.NEW.value)
        self.connection.execute(update(Delivery).where(these).values(relation=Relation.REPEAT.value))
        authors: dict[str, Any] = {}
        for row in rows:
            authors.setdefault(row.original_address or "", row)
        for address, row in authors.items():
            if address:
                self._follow(address, row, case.id, to.id)

    def _follow(self, address: str, row: Any, case_id: int, to: int) -> None:
        """Let the author of a moved message belong to the other case, and to the old one only where another message there is theirs."""
        theirs = select(Correspondent.__table__).where(Correspondent.address == address)
        here = self.connection.execute(theirs.where(Correspondent.case_id == case_id)).first()
        there = self.connection.execute(theirs.where(Correspondent.case_id == to)).first()
        wrote = select(Message.id).where(Message.case_id == case_id, Message.original_address == address)
        stays = self.connection.execute(wrote.limit(1)).first() is not None
        if there is None and here is not None and not stays:
            self.connection.execute(update(Correspondent).where(Correspondent.id == here.id).values(case_id=to))
        elif there is None:
            name, role = (here.name, here.role) if here is not None else (row.original_name or "", row.role)
            self.connection.execute(insert(Correspondent), {"case_id": to, "address": address, "name": name, "role": role})
        elif here is not None and not stays:
            self.connection.execute(delete(Correspondent).where(Correspondent.id == here.id))

    def answer(self, row: Any, case_id: int | None, suggested: Any, *, joined: bool) -> None:
        """Note that what was asked about a message is answered (see `settle`)."""
        confirmed = row.status == Status.REVIEW.value and row.case_only
        self.change("message", row.id, suggested_case_id=None, **({"status": Status.CONFIRMED.value} if confirmed else {}))
        self.ledger.record("suggestion answered", message_pk=row.id, case_id=case_id, suggested=suggested.reference, joined=joined)
        if confirmed:
            self.ledger.record("confirmed", message_pk=row.id, case_id=case_id, decided_by=row.decided_by)

    def lead_on(self, case: Any, to: Any) -> None:
        """Let everybody, everything suggested and every relation that is left at a case go to the one that it is merged into."""
        at_case = select(Correspondent.id, Correspondent.address).where(Correspondent.case_id == case.id)
        there = set(self.connection.execute(select(Correspondent.address).where(Correspondent.case_id == to.id)).scalars())
        for one in self.connection.execute(at_case).all():
            this = Correspondent.id == one.id
            known = one.address in there
            self.connection.execute(delete(Correspondent).where(this) if known else update(Correspondent).where(this).values(case_id=to.id))
        for row in self.connection.execute(select(Message.__table__).where(Message.suggested_case_id == case.id)).all():
            if row.case_id == to.id:
                self.answer(row, to.id, case, joined=True)
                continue
            self.change("message", row.id, suggested_case_id=to.id)
            self.ledger.record("suggestion moved", message_pk=row.id, case_id=row.case_id, suggested=case.reference, to=to.reference)
        for link in self.connection.execute(select(CaseLink.__table__).where(_touches(case.id))).all():
            self._link_leads_on(link, case, to)

    def _link_leads_on(self, link: Any, case: Any, to: Any) -> None:
        this = CaseLink.id == link.id
        beside = link.higher_id if link.lower_id == case.id else link.lower_id
        lower, higher = sorted((beside, to.id))
        known = select(CaseLink.id).where(CaseLink.lower_id == lower, CaseLink.higher_id == higher)
        if beside == to.id or self.connection.execute(known).first() is not None:
            self.connection.execute(delete(CaseLink).where(this))
        else:
            self.connection.execute(update(CaseLink).where(this).values(lower_id=lower, higher_id=higher))
        self.ledger.record("relation moved", case_id=beside, from_case=case.reference, to=to.reference)

    def done(self, sort: str, case: Any, other: Any, *, summed: Sequence[int] = ()) -> Done:
        """Sum the cases up anew, and keep what undoing needs."""
        for case_id in summed:
            sum_up(self.ledger, self.connection, case_id)
        both = {case.id, other.id}
        after = undoing.take(self.connection, {*self._cases, *summed}, self._before.rows["message"])
        detail = undoing.difference(self.connection, self._before, after, both if summed else ())
        values = {"at": self.ledger.now, "actor": self.ledger.actor, "sort": sort, "case_id": case.id, "detail": detail}
        values["other_id"] = other.id if other.id != case.id else None
        number = int(self.connection.execute(insert(CaseOperation).returning(CaseOperation.id), values).scalar_one())
        return Done(number, sort, case.reference, other.reference, other.status == CaseStatus.CLOSED)


def _merge(operation: _Operation, case: Any, to: Any, *, by_name: bool = False) -> Done:
    rows = operation.connection.execute(select(Message.__table__).where(Message.case_id == case.id).order_by(Message.id)).all()
    operation.move(rows, case, to, by_name=by_name)
    operation.lead_on(case, to)
    operation.change("case", case.id, status=CaseStatus.MERGED.value, merged_into_id=to.id, **SILENT)
    operation.change("case", to.id, opened_at=min(case.opened_at, to.opened_at))
    choose_new(operation.connection, to.id)
    operation.ledger.record("merged", case_id=case.id, into=to.reference, status=case.status, outcome=case.outcome)
    operation.ledger.record("merged", case_id=to.id, from_case=case.reference, messages=len(rows))
    return operation.done("merge", case, to, summed=(to.id,))


def _move(operation: _Operation, row: Any, case: Any, to: Any) -> Done:
    operation.move([row], case, to, by_name=True)
    # What escalated the one case escalates no other.
    operation.connection.execute(update(Delivery).where(Delivery.message_pk == row.id).values(relation=Relation.REPEAT.value))
    operation.change("case", case.id)
    operation.change("case", to.id, opened_at=min(row.received_at, to.opened_at))
    left(operation.connection, case.id, row.received_at)
    return operation.done("move", case, to, summed=(case.id, to.id))


# Found


def _case(connection: Connection, reference: str, versions: Versions = _UNSEEN) -> Any:
    """The case that a reference leads to, which something can be done to."""
    for row in connection.execute(select(Case.reference, Case.version).where(Case.reference.in_(list(versions)))):
        if row.version != versions[row.reference]:
            raise ConflictError(f"someone else has changed {row.reference} since you looked at it: look again and decide anew")
    row = case_of(connection, reference)
    if row.outcome == OPENED_BY_MISTAKE:
        raise CallError(f"{row.reference} was opened by mistake and holds nothing: name another case")
    return row


def _pair(connection: Connection, reference: str, other: str) -> tuple[Any, Any]:
    one, two = _case(connection, reference), _case(connection, other)
    if one.id == two.id:
        raise CallError(f"{reference} and {other} are one case: name two")
    return one, two


def _message(connection: Connection, key: int) -> Any:
    row = connection.execute(select(Message.__table__).where(Message.id == key)).first()
    if row is None:
        raise CallError(f"there is no message {key}")
    return row


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


def _touches(case_id: int) -> Any:
    return (CaseLink.lower_id == case_id) | (CaseLink.higher_id == case_id)
