"""One operation in hand, on cases or on a message.

Each row is changed from the version in which it was read, and everything is kept that undoing needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from triage.domain.case import OPENED_BY_MISTAKE, CaseStatus, Relation
from triage.domain.labels import Status
from triage.errors import CallError, ConflictError
from triage.store import findable, following, undoing
from triage.store.lately import conflict
from triage.store.ledger import Ledger
from triage.store.references import case_of, leads_to
from triage.store.schema import Case, CaseLink, CaseOperation, Correspondent, Delivery, Message
from triage.store.summing import sum_up

Versions = Mapping[str, int]
UNSEEN: Versions = MappingProxyType({})
_LOOK_AGAIN = "look again and decide anew"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and the number by which it can be undone.

    `case` is the case that was acted on, None where that was a message on no case, and `other` the one that its messages came to or that
    it was related to. They are where the references that were given lead to. `closed` says that `other` is a closed case.
    """

    number: int
    sort: str
    case: str | None
    other: str | None = None
    closed: bool = False


class Operation:
    """What there was before it, and the version in which each row was read.

    `cases` are all those that it may change, but for one that it opens.
    """

    def __init__(self, ledger: Ledger, connection: Connection, cases: Iterable[int | None], messages: Iterable[int] = ()) -> None:
        self.ledger, self.connection = ledger, connection
        self._cases = [one for one in cases if one is not None]
        self._before = undoing.take(connection, self._cases, messages)
        self._readers = following.readers_of(connection, self._cases)
        self._versions = dict(self._before.versions)
        self.decided = False
        """Whether what a message is was decided: then whatever its cases say rests on that."""

    def opened(self, case_id: int) -> None:
        """Note a case that the operation opened."""
        self._cases.append(case_id)

    def change(self, table: str, key: int, **values: Any) -> None:
        """Change a case or a message. Raises ConflictError where somebody else has changed it meanwhile."""
        target: Any = {"case": Case, "message": Message}[table]
        version = self._versions[table, key]
        statement = update(target).where(target.id == key, target.version == version)
        if self.connection.execute(statement.values(**values, version=version + 1)).rowcount != 1:
            raise _just_now(self.connection, table, key)
        self._versions[table, key] = version + 1

    def sum_up(self, case_id: int) -> None:
        """Let a case say what its messages say."""
        sum_up(self.ledger, self.connection, case_id)
        if ("case", case_id) in self._versions:
            self._versions["case", case_id] += 1

    def move(self, rows: Sequence[Any], case: Any, to: Any, *, by_name: bool = False) -> None:
        """Take messages from one case to another with everybody who wrote them.

        What was asked between the two is answered by that; `by_name`, whatever was asked of these messages is. Where only named people
        see the one case, only they and those of the other see the other.
        """
        following.follow(self.ledger, self.connection, case.id, to.id)
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
        """Note that what was asked about a message is answered (see `triage.store.casework.settle`)."""
        confirmed = row.status == Status.REVIEW.value and row.case_only
        self.change("message", row.id, suggested_case_id=None, **({"status": Status.CONFIRMED.value} if confirmed else {}))
        self.ledger.record("suggestion answered", message_pk=row.id, case_id=case_id, suggested=suggested.reference, joined=joined)
        if confirmed:
            findable.keep(self.connection, row.id)
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
            self.sum_up(case_id)
        number = self._keep(sort, case.id, other.id, self._detail({case.id, other.id} if summed else set()))
        return Done(number, sort, case.reference, other.reference, other.status == CaseStatus.CLOSED)

    def kept(self, sort: str, case: Any | None) -> Done | None:
        """Keep what undoing an operation on one case, or on a message that is on none, needs. None where it changed nothing."""
        detail = self._detail(set())
        if not detail["changed"]:
            return None
        case_id, reference = (None, None) if case is None else (int(case.id), str(case.reference))
        return Done(self._keep(sort, case_id, None, detail), sort, reference)

    def _detail(self, held: set[int]) -> dict[str, Any]:
        after = undoing.take(self.connection, self._cases, self._before.rows["message"])
        detail = undoing.difference(
            self.connection, self._before, after, held | undoing.rests_on(self._before, after) if self.decided else held
        )
        readers = following.readers_of(self.connection, self._cases)
        if self._readers or readers:
            detail["readers"] = following.noted(self._readers, readers)
        return detail

    def _keep(self, sort: str, case_id: int | None, other_id: int | None, detail: dict[str, Any]) -> int:
        values = {"at": self.ledger.now, "actor": self.ledger.actor, "sort": sort, "case_id": case_id, "detail": detail}
        values["other_id"] = other_id if other_id != case_id else None
        return int(self.connection.execute(insert(CaseOperation).returning(CaseOperation.id), values).scalar_one())


# Found


def the_case(connection: Connection, reference: str, versions: Versions = UNSEEN) -> Any:
    """The case that a reference leads to, which something can be done to. Raises CallError, or ConflictError (see `check_versions`)."""
    check_versions(connection, versions)
    row = case_of(connection, reference)
    if row.outcome == OPENED_BY_MISTAKE:
        raise CallError(f"{row.reference} was opened by mistake and holds nothing: name another case")
    return row


def case_row(connection: Connection, key: int) -> Any:
    """A case, as it is now."""
    return connection.execute(select(Case.__table__).where(Case.id == key)).one()


def check_versions(connection: Connection, versions: Versions) -> None:
    """Raise ConflictError where a case has another version by now than somebody saw."""
    for row in connection.execute(select(Case.id, Case.reference, Case.version).where(Case.reference.in_(list(versions)))).all():
        if row.version != versions[row.reference]:
            raise conflict(connection, f"someone else has changed {row.reference} since you looked at it", _LOOK_AGAIN, case=row.id)


def the_message(connection: Connection, key: int, version: int | None = None) -> Any:
    """A message. Raises CallError where there is none, ConflictError where it has another version by now than somebody saw."""
    row = connection.execute(select(Message.__table__).where(Message.id == key)).first()
    if row is None:
        raise CallError(f"there is no message {key}")
    if version is not None and row.version != version:
        raise conflict(connection, f"someone else has changed message {key} since you looked at it", _LOOK_AGAIN, message=key)
    return row


def _just_now(connection: Connection, table: str, key: int) -> ConflictError:
    if table == "message":
        return conflict(connection, f"someone else changed message {key} just now", "look at it and try again", message=key)
    return conflict(
        connection, f"someone else changed {case_row(connection, key).reference} just now", "look at it and try again", case=key
    )


def _touches(case_id: int) -> Any:
    return (CaseLink.lower_id == case_id) | (CaseLink.higher_id == case_id)
