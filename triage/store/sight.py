"""Which cases and messages somebody may see. Whatever lists, counts, finds or shows any asks here.

A restricted case is seen by the people who are named for it and by nobody else, whatever their role. Any other is seen by
reviewers, administrators and auditors; by a manager where they forwarded a message that is on it, or where it is of one of their
services: that once a person has confirmed or corrected a message on it, for until then the service is the program's guess.

What may not be seen is not there: whoever asks for it is told what they are told of something that does not exist.
"""

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, true
from sqlalchemy.orm import aliased

from triage.domain.labels import Status
from triage.domain.user import User, UserRole
from triage.store.schema import Case, CaseReader, CaseRestriction, Message

_DECIDED = (Status.CONFIRMED.value, Status.CORRECTED.value)


def sees_case(viewer: User, case: type[Case] = Case) -> ColumnElement[bool]:
    """The condition on a case (or an alias of the table) that a person may see it. No row, no case: it is null-safe in outer joins."""
    named = select(CaseReader.case_id).where(CaseReader.account_id == viewer.id)
    hidden = select(CaseRestriction.case_id).where(CaseRestriction.case_id.not_in(named))
    not_hidden = case.id.not_in(hidden)
    if viewer.role is not UserRole.MANAGER:
        return not_hidden
    on_it = aliased(Message)
    looked_at = exists().where(on_it.case_id == case.id, on_it.status.in_(_DECIDED))
    theirs: list[ColumnElement[bool]] = [case.id.in_(named)]
    if viewer.services:
        theirs.append(and_(case.service.in_([one.value for one in viewer.services]), looked_at))
    if viewer.address:
        theirs.append(case.id.in_(select(on_it.case_id).where(on_it.forwarder == viewer.address, on_it.case_id.is_not(None))))
    return and_(not_hidden, or_(*theirs))


def sees_message(viewer: User) -> ColumnElement[bool]:
    """The condition on a message, in a query that joins its case by an outer join, that a person may see it."""
    if viewer.role is not UserRole.MANAGER:
        alone: ColumnElement[bool] = true()
    elif viewer.address:
        alone = Message.forwarder == viewer.address
    else:
        return and_(Message.case_id.is_not(None), sees_case(viewer))
    return or_(and_(Message.case_id.is_(None), alone), and_(Message.case_id.is_not(None), sees_case(viewer)))


def may_see_case(connection: Connection, viewer: User, case_id: int) -> bool:
    """Whether a person may see a case."""
    return connection.execute(select(Case.id).where(Case.id == case_id, sees_case(viewer))).first() is not None


def may_see_message(connection: Connection, viewer: User, message: int) -> bool:
    """Whether a person may see a message. False where there is none."""
    query = select(Message.id).outerjoin(Case, Case.id == Message.case_id).where(Message.id == message, sees_message(viewer))
    return connection.execute(query).first() is not None
