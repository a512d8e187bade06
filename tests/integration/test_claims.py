"""Who is looking at a message just now; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.support.casework import case_of
from tests.support.logged import log
from tests.support.viewers import disable, person
from triage import desk
from triage.domain.labels import Kind
from triage.domain.user import User, UserRole
from triage.errors import NotAllowed, NotFound
from triage.store.casestore import CaseStore
from triage.store.claims import CLAIM_LASTS
from triage.store.schema import AuditEvent, MessageClaim


@pytest.fixture
def rita(store: CaseStore) -> User:
    return person(store, "rita")


@pytest.fixture
def tom(store: CaseStore) -> User:
    return person(store, "tom")


def age(store: CaseStore, by: timedelta) -> None:
    """Let every claim be older than it is."""

    def work(ledger, connection):
        for key, at in connection.execute(select(MessageClaim.message_pk, MessageClaim.at)).all():
            connection.execute(update(MessageClaim).where(MessageClaim.message_pk == key).values(at=at - by))

    store.work("tests", work)


def claims(store: CaseStore) -> int:
    return store.look(lambda connection, now: connection.execute(select(func.count()).select_from(MessageClaim)).scalar_one())


def test_a_message_that_nobody_looks_at_becomes_that_of_who_asks_and_the_next_is_told(store: CaseStore, rita: User, tom: User):
    key = log(store, Kind.COMPLAINT)
    assert desk.claim(store, rita, key) is None
    there = desk.claim(store, tom, key)
    assert there is not None and (there.account, there.full_name) == (rita.id, "Rita Shaw")
    assert desk.claim(store, rita, key) is None, "one's own claim keeps nobody from coming back"
    assert desk.message(store, tom, key).claimed == there


def test_a_claim_lapses_after_a_while_and_leaves_nothing_behind(store: CaseStore, rita: User, tom: User):
    key, other = log(store, Kind.COMPLAINT), log(store, Kind.ENQUIRY)
    desk.claim(store, rita, key)
    age(store, CLAIM_LASTS)
    assert desk.message(store, tom, key).claimed is None
    assert desk.claim(store, rita, other) is None
    assert claims(store) == 1, "her claim on the first message had lapsed"
    assert desk.claim(store, tom, key) is None
    assert desk.claim(store, rita, key) is not None


def test_who_goes_on_looking_keeps_the_claim(store: CaseStore, rita: User, tom: User):
    key = log(store, Kind.COMPLAINT)
    desk.claim(store, rita, key)
    age(store, CLAIM_LASTS - timedelta(minutes=1))
    desk.claim(store, rita, key)
    age(store, timedelta(minutes=2))
    assert desk.claim(store, tom, key) is not None


def test_a_claim_of_somebody_who_cannot_sign_in_any_more_does_not_count(store: CaseStore, rita: User, tom: User):
    key = log(store, Kind.COMPLAINT)
    desk.claim(store, rita, key)
    disable(store, rita)
    assert desk.message(store, tom, key).claimed is None
    assert desk.claim(store, tom, key) is None


def test_a_claim_is_given_up_by_who_has_it_and_by_nobody_else(store: CaseStore, rita: User, tom: User):
    key = log(store, Kind.COMPLAINT)
    desk.claim(store, rita, key)
    desk.release(store, tom, key)
    assert desk.claim(store, tom, key) is not None
    desk.release(store, rita, key)
    assert desk.claim(store, tom, key) is None


def test_a_message_is_taken_over_by_who_says_so(store: CaseStore, rita: User, tom: User):
    key = log(store, Kind.COMPLAINT)
    desk.claim(store, rita, key)
    desk.take_over(store, tom, key)
    there = desk.claim(store, rita, key)
    assert there is not None and there.full_name == "Tom Shaw"


def test_who_only_reads_claims_nothing_and_is_told_who_does(store: CaseStore, rita: User):
    key, auditor = log(store, Kind.COMPLAINT), person(store, "olu", UserRole.AUDITOR)
    assert desk.claim(store, auditor, key) is None
    assert claims(store) == 0
    with pytest.raises(NotAllowed):
        desk.take_over(store, auditor, key)
    desk.claim(store, rita, key)
    there = desk.claim(store, auditor, key)
    assert there is not None and there.full_name == "Rita Shaw"


def test_a_message_that_is_not_there_or_not_to_be_seen_cannot_be_claimed(store: CaseStore, rita: User, tom: User):
    key = log(store, Kind.COMPLAINT)
    desk.restrict(store, rita, case_of(store, key), [])
    for act in (desk.claim, desk.take_over):
        for number in (key, key + 1, 0, -1, 2**70):
            with pytest.raises(NotFound, match=f"^there is no message {number}$"):
                act(store, tom, number)
    assert claims(store) == 0


def test_claims_are_not_in_the_audit(store: CaseStore, rita: User, tom: User):
    key = log(store, Kind.COMPLAINT)
    events = select(func.count()).select_from(AuditEvent)
    before = store.look(lambda connection, now: connection.execute(events).scalar_one())
    desk.claim(store, rita, key)
    desk.take_over(store, tom, key)
    desk.release(store, tom, key)
    assert store.look(lambda connection, now: connection.execute(events).scalar_one()) == before
