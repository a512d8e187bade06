"""Which cases and messages somebody may see. Whatever lists, counts, finds or shows any asks here.

A restricted case is seen by the people who are named for it and by nobody else, whatever their role. Any other is seen by reviewers,
administrators and auditors; by a manager where a message that they forwarded is on it, or where it is of one of their services. Of both
only what a person has confirmed or corrected counts, for until then the service, and whether the message belongs there, is the program's
guess; a message that opened its case brings nobody else's mail with it, and counts at once.

What may not be seen is not there: whoever asks for it is told what they are told of something that does not exist.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select, true
from sqlalchemy.orm import aliased

from triage.domain.case import Relation
from triage.domain.labels import Status
from triage.domain.user import User, UserRole
from triage.store.schema import Case, CaseReader, CaseRestriction, Delivery, Message

_DECIDED = (Status.CONFIRMED.value, Status.CORRECTED.value)


def sees_case(viewer: User, case: type[Case] = Case) -> ColumnElement[bool]:
    """The condition on a case (or an alias of the table) that a person may see it. No row, no case: it is null-safe in outer joins."""
    named = select(CaseReader.case_id).where(CaseReader.account_id == viewer.id)
    not_hidden = case.id.not_in(_hidden_from(viewer))
    if viewer.role is not UserRole.MANAGER:
        return not_hidden
    on_it = aliased(Message)
    looked_at = exists().where(on_it.case_id == case.id, on_it.status.in_(_DECIDED))
    theirs: list[ColumnElement[bool]] = [case.id.in_(named)]
    if viewer.services:
        theirs.append(and_(case.service.in_([one.value for one in viewer.services]), looked_at))
    if viewer.address:
        opened = exists().where(Delivery.message_pk == on_it.id, Delivery.relation == Relation.NEW.value)
        forwarded = select(on_it.case_id).where(on_it.forwarder == viewer.address, on_it.case_id.is_not(None))
        theirs.append(case.id.in_(forwarded.where(or_(on_it.status.in_(_DECIDED), opened))))
    return and_(not_hidden, or_(*theirs))


def _hidden_from(viewer: User) -> Select[Any]:
    """The restricted cases for which a person is not named: few."""
    named = select(CaseReader.case_id).where(CaseReader.account_id == viewer.id)
    return select(CaseRestriction.case_id).where(CaseRestriction.case_id.not_in(named))


def is_asked(viewer: User) -> ColumnElement[bool]:
    """The condition on a message that a person is asked whether it belongs to a case: not about one that is hidden from them."""
    return and_(Message.suggested_case_id.is_not(None), Message.suggested_case_id.not_in(_hidden_from(viewer)))


def is_not_asked(viewer: User) -> ColumnElement[bool]:
    """The opposite of `is_asked`."""
    return or_(Message.suggested_case_id.is_(None), Message.suggested_case_id.in_(_hidden_from(viewer)))


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
