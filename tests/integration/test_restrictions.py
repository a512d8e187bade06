"""Cases that only named people see, and who may name them; on both databases."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.casework import PERSON, RITA, case_id_of, case_of
from tests.support.logged import at, audit, log
from tests.support.viewers import disable, person
from triage import desk, review
from triage.domain.labels import Kind, Service
from triage.domain.user import User, UserRole
from triage.errors import CallError, ConflictError, NotAllowed, NotFound
from triage.store.casestore import CaseStore

C = Kind.COMPLAINT


@pytest.fixture
def rita(store: CaseStore) -> User:
    return person(store, "rita")


@pytest.fixture
def tom(store: CaseStore) -> User:
    return person(store, "tom")


@pytest.fixture
def ada(store: CaseStore) -> User:
    return person(store, "ada", UserRole.ADMINISTRATOR)


def sees(store: CaseStore, user: User, reference: str) -> bool:
    try:
        desk.case(store, user, reference)
    except NotFound as error:
        assert str(error) == f"there is no case {reference}"
        return False
    return True


def readers(store: CaseStore, user: User, reference: str) -> list[str]:
    return [one.full_name for one in desk.case(store, user, reference).readers]


def test_a_restricted_case_is_seen_by_the_people_who_are_named_and_always_by_who_restricts_it(
    store: CaseStore, rita: User, tom: User, ada: User
):
    reference, olu = case_of(store, log(store, C)), person(store, "olu", UserRole.AUDITOR)
    assert all(sees(store, one, reference) for one in (rita, tom, ada, olu))
    desk.restrict(store, rita, reference, [olu.id])
    assert [sees(store, one, reference) for one in (rita, olu, tom, ada)] == [True, True, False, False]
    view = desk.case(store, rita, reference)
    assert view.restricted and readers(store, rita, reference) == ["Olu Shaw", "Rita Shaw"]


def test_a_message_on_a_restricted_case_is_told_as_one_that_there_is_not(store: CaseStore, rita: User, tom: User):
    key = log(store, C)
    desk.restrict(store, rita, case_of(store, key), [])
    with pytest.raises(NotFound, match=f"^there is no message {key}$"):
        desk.message(store, tom, key)
    with pytest.raises(NotFound, match=f"^there is no message {key + 1}$"):
        desk.message(store, tom, key + 1)
    assert desk.message(store, rita, key).id == key


def test_a_manager_sees_no_restricted_case_of_their_service_unless_named(store: CaseStore, rita: User):
    manager = person(store, "meg", UserRole.MANAGER, services=frozenset({Service.TRANSPORT}))
    key = log(store, C)
    reference = case_of(store, key)
    assert not sees(store, manager, reference), "the service is the program's guess until somebody has looked"
    review.confirm(store, PERSON, key)
    assert sees(store, manager, reference)
    desk.restrict(store, rita, reference, [])
    assert not sees(store, manager, reference)
    desk.change_readers(store, rita, reference, [manager.id])
    assert sees(store, manager, reference)


def test_who_is_named_changes_the_others_and_stays_named(store: CaseStore, rita: User, tom: User):
    reference, olu = case_of(store, log(store, C)), person(store, "olu", UserRole.AUDITOR)
    desk.restrict(store, rita, reference, [tom.id])
    desk.change_readers(store, tom, reference, [olu.id])
    assert readers(store, tom, reference) == ["Olu Shaw", "Tom Shaw"]
    assert not sees(store, rita, reference)


def test_a_restriction_is_lifted_for_everybody(store: CaseStore, rita: User, tom: User):
    reference = case_of(store, log(store, C))
    desk.restrict(store, rita, reference, [])
    desk.lift(store, rita, reference)
    assert sees(store, tom, reference)
    view = desk.case(store, tom, reference)
    assert not view.restricted and view.readers == ()
    with pytest.raises(ConflictError):
        desk.lift(store, rita, reference)


ACTS: list[Callable[..., Any]] = [desk.restrict, desk.change_readers]


@pytest.mark.parametrize("role", [UserRole.AUDITOR, UserRole.MANAGER])
def test_who_only_reads_restricts_nothing(store: CaseStore, role: UserRole):
    reference, reader = case_of(store, log(store, C)), person(store, "olu", role)
    for act in ACTS:
        with pytest.raises(NotAllowed, match="your role"):
            act(store, reader, reference, [])
    with pytest.raises(NotAllowed):
        desk.lift(store, reader, reference)
    with pytest.raises(NotAllowed):
        desk.list_restricted(store, reader)


def test_who_is_not_named_can_do_nothing_to_a_restricted_case(store: CaseStore, rita: User, tom: User):
    reference = case_of(store, log(store, C))
    desk.restrict(store, rita, reference, [])
    for missing in (reference, "CC-2026-999999"):
        for act in (*ACTS, lambda *args: desk.lift(*args[:3]), lambda *args: desk.add_note(args[0], args[1], args[2], "Call her back.")):
            with pytest.raises(NotFound, match=f"^there is no case {missing}$"):
                act(store, tom, missing, [tom.id])
    assert readers(store, rita, reference) == ["Rita Shaw"]


def test_an_administrator_who_is_not_named_sees_that_a_case_is_restricted_and_names_others(
    store: CaseStore, rita: User, tom: User, ada: User
):
    reference, plain = case_of(store, log(store, C)), case_of(store, log(store, C, author=RITA))
    desk.restrict(store, rita, reference, [])
    [one] = desk.list_restricted(store, ada)
    assert (one.reference, [reader.full_name for reader in one.readers]) == (reference, ["Rita Shaw"])
    desk.change_readers(store, ada, reference, [rita.id, tom.id])
    assert sees(store, tom, reference)
    assert not sees(store, ada, reference), "to name others does not name her"
    with pytest.raises(NotFound):
        desk.lift(store, ada, reference)
    with pytest.raises(ConflictError, match="not restricted"):
        desk.change_readers(store, ada, plain, [tom.id])
    with pytest.raises(NotFound):
        desk.change_readers(store, ada, "CC-2026-999999", [tom.id])


def test_after_the_last_who_was_named_has_gone_an_administrator_names_somebody_else(store: CaseStore, rita: User, tom: User, ada: User):
    reference = case_of(store, log(store, C))
    desk.restrict(store, rita, reference, [])
    disable(store, rita)
    [one] = desk.list_restricted(store, ada)
    assert [(reader.full_name, reader.disabled) for reader in one.readers] == [("Rita Shaw", True)]
    desk.change_readers(store, ada, reference, [tom.id])
    assert readers(store, tom, reference) == ["Tom Shaw"]


def test_only_people_who_can_sign_in_are_named(store: CaseStore, rita: User, tom: User, ada: User):
    reference = case_of(store, log(store, C))
    disable(store, tom)
    for nobody in (tom.id, 12345):
        with pytest.raises(CallError, match="cannot sign in"):
            desk.restrict(store, rita, reference, [nobody])
    assert not desk.case(store, rita, reference).restricted
    desk.restrict(store, rita, reference, [])
    with pytest.raises(CallError, match="at least one"):
        desk.change_readers(store, ada, reference, [])
    with pytest.raises(ConflictError, match="restricted already"):
        desk.restrict(store, rita, reference, [])


def test_who_restricted_a_case_and_named_whom_is_in_the_audit_and_in_the_timeline(store: CaseStore, store_url: str, rita: User, tom: User):
    reference = case_of(store, log(store, C))
    desk.restrict(store, rita, reference, [])
    desk.change_readers(store, rita, reference, [tom.id])
    desk.lift(store, tom, reference)
    events = [(one.actor, one.action, one.detail) for one in audit(store_url) if one.actor in ("rita", "tom")]
    assert events == [
        ("rita", "restricted", {"readers": [rita.id]}),
        ("rita", "readers changed", {"added": [tom.id], "removed": []}),
        ("tom", "restriction lifted", {}),
    ]
    said = [(one.who, one.what) for one in desk.case(store, tom, reference).timeline[-3:]]
    assert said == [
        ("Rita Shaw", "restricted this case to named people"),
        ("Rita Shaw", "changed who may see this case"),
        ("Tom Shaw", "lifted the restriction to named people"),
    ]


def test_what_is_asked_of_a_reference_that_leads_on_is_done_to_the_case_that_it_leads_to(store: CaseStore, rita: User, tom: User):
    one, other = log(store, C, received=at(1)), log(store, C, author=RITA, received=at(2))
    old, new = case_of(store, one), case_of(store, other)
    review.merge(store, PERSON, old, new)
    desk.restrict(store, rita, old, [])
    assert not sees(store, tom, old) and not sees(store, tom, new)
    assert case_id_of(store, desk.find_case(store, rita, old)) == case_id_of(store, new)
