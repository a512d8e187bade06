"""What is seen of one message: its words, why it was taken for what it is, the case beside it; on both databases."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from tests.support.casework import RITA, case_id_of, case_of, follow_up
from tests.support.database import writing
from tests.support.logged import ACTOR, JOAN, MODEL, at, audit, log, log_wordless, place
from tests.support.viewers import person
from tests.unit.comparing import particulars
from tests.unit.making import NOON, labels, parsed, words
from triage import desk, review
from triage.domain.case import Clues, Relation
from triage.domain.entities import Entities
from triage.domain.labels import Classification, Kind, Service, Status
from triage.domain.message import Address, Arrival, Attachment
from triage.domain.user import User, UserRole
from triage.errors import NotAllowed, NotFound
from triage.matching.comparison import CaseFile
from triage.matching.reasons import why
from triage.store.casestore import CaseStore
from triage.store.ledger import Ledger
from triage.store.messagefile import preview, told_apart
from triage.store.schema import AuditEvent, Message, RawMessage

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
BOSS = "boss@ashmere.example"


@pytest.fixture
def rita(store: CaseStore) -> User:
    return person(store, "rita")


def change(store: CaseStore, key: int, **values: Any) -> None:
    """Let a message's row say something else."""
    statement = update(Message).where(Message.id == key).values(**values)
    store.work("tests", lambda ledger, connection: connection.execute(statement) and None)


def reads(store_url: str) -> list[tuple[str, str, int | None, int | None]]:
    found = [(one.actor, one.action, one.message_pk, one.case_id) for one in audit(store_url)]
    return [one for one in found if one[1] in ("read", "downloaded")]


def test_a_message_is_shown_with_its_words_its_author_and_where_it_lies(store: CaseStore, rita: User):
    key = log(store, labels(C, urgent=True), text="The taxi did not come.", mailboxes=("complaints", "officer-hale"))
    change(
        store, key, forwarded=True, forwarder=BOSS, note="Please log this.", original_subject="No taxi", subject="FW: No taxi",
        attachments=[{"name": "diary.pdf", "type": "application/pdf", "size": 1200, "digest": "ab" * 32}],
    )  # fmt: skip
    view = desk.message(store, rita, key)
    assert (view.id, view.version, view.status, view.kind, view.process, view.urgent) == (key, 1, "review", "complaint", "corporate", True)
    assert (view.author_name, view.author_address, view.written_at) == (JOAN.name, JOAN.address, NOON)
    assert (view.subject, view.original_subject, view.note, view.text) == (
        "FW: No taxi", "No taxi", "Please log this.", "The taxi did not come.",
    )  # fmt: skip
    assert (view.forwarded, view.forwarder, view.sender_address, view.erased) == (True, BOSS, JOAN.address, False)
    assert view.attachments == (Attachment("diary.pdf", "application/pdf", 1200, "ab" * 32),)
    assert view.entities == {"people": ("Joan",)}
    assert [(one.mailbox, one.mailbox_kind, one.folder, one.relation) for one in view.deliveries] == [
        ("complaints", "shared", "INBOX", "new"), ("officer-hale", "officer", "INBOX", "repeat"),
    ]  # fmt: skip
    assert (view.mailbox, view.mailbox_kind, view.leaves_no_words) == ("complaints", "shared", False)
    assert view.reasons == ("The classifier is 71% sure.",) and view.case_reasons == ()
    assert view.claimed is None and view.assigned_to is None and view.suggested is None and not view.suggestion_hidden


def test_the_case_beside_it_is_shown_in_a_few_lines(store: CaseStore, rita: User):
    first = log(store, C, text="The taxi did not come.\nAgain.", received=at(1))
    key = follow_up(store, first, author=RITA, received=at(4))
    brief = desk.message(store, rita, key).case
    assert brief is not None
    assert (brief.reference, brief.kind, brief.status, brief.service, brief.team) == (
        case_of(store, first),
        "complaint",
        "open",
        "transport",
        "SEND",
    )
    assert (brief.opened_at, brief.last_at, brief.messages, brief.more) == (at(1), at(4), 2, False)
    assert brief.people == (("parent_carer", JOAN.name), ("parent_carer", RITA.name))
    assert (brief.subject, brief.preview) == ("School taxi", "The taxi did not come. Again.")


def test_what_is_nothing_has_no_case_beside_it(store: CaseStore, rita: User):
    assert desk.message(store, rita, log(store, N)).case is None


def test_a_beginning_ends_with_dots_only_where_there_is_more():
    assert preview("  One\n two ", 20) == "One two"
    assert preview("word " * 100, 20) == "word word word word…"
    assert preview("a" * 20, 20) == "a" * 20
    assert preview("x " + " " * 500 + "y", 20) == "x…"


def test_the_reasons_for_what_it_is_and_those_for_its_case_are_told_apart():
    about = ["The classifier is 71% sure.", "What points to that most: “It was put on hold”"]
    case = [
        "It was put on CC-2026-000007: it seems to be about the same matter, from the same household.",
        "For CC-2026-000007: one.",
        "Against it: two.",
    ]
    assert told_apart([*about, *case]) == (tuple(about), tuple(case))
    assert told_apart(about) == (tuple(about), ())
    assert told_apart([]) == ((), ())


@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("closed", [True, False])
def test_whatever_matching_says_is_taken_for_a_reason_for_the_case(*, joined: bool, closed: bool):
    found = defaultdict(float, {"closed": float(closed), "same child": 1.0, "strangers": 1.0})
    said = why(particulars("The taxi did not come."), CaseFile(1, "CC-2026-000001", C, NOON, None, ()), found, joined=joined)
    assert len(said) == 3 and told_apart(said) == ((), said)


ASKED = "It may belong to {}: a person should say."


def test_a_suggested_case_is_shown_beside_it_with_its_reasons(store: CaseStore, rita: User):
    first = log(store, C, author=RITA)
    reference = case_of(store, first)
    key = log(store, C, suggested=case_id_of(store, reference))
    change(store, key, reasons=["It is one.", ASKED.format(reference), f"For {reference}: the same child is named."])
    view = desk.message(store, rita, key)
    assert view.suggested is not None and view.suggested.reference == reference and not view.suggestion_hidden
    assert view.case_reasons == (ASKED.format(reference), f"For {reference}: the same child is named.")


def test_of_a_suggested_case_that_somebody_may_not_see_nothing_is_said_but_that_there_is_one(store: CaseStore, rita: User):
    tom = person(store, "tom")
    reference = case_of(store, log(store, C, author=RITA))
    key = log(store, C, suggested=case_id_of(store, reference))
    change(store, key, reasons=["It is one.", ASKED.format(reference), f"For {reference}: the same child is named.", "Against it: more."])
    desk.restrict(store, rita, reference, [])
    view = desk.message(store, tom, key)
    assert view.suggested is None and view.suggestion_hidden
    assert (view.reasons, view.case_reasons) == (("It is one.",), ())
    assert reference not in repr(view)
    assert desk.message(store, rita, key).suggested is not None


def test_only_officers_mail_that_has_its_words_would_lose_them_by_being_nothing(store: CaseStore, rita: User):
    officers, both = log(store, C, mailboxes=("officer-hale",)), log(store, C, mailboxes=("officer-hale", "complaints"))
    wordless = log_wordless(store)
    assert [desk.message(store, rita, key).leaves_no_words for key in (officers, both, wordless)] == [True, False, False]
    assert desk.message(store, rita, officers).mailbox_kind == "officer"


def test_of_an_erased_message_there_is_what_was_decided_and_no_word(store: CaseStore, rita: User):
    key = log(store, C, mailboxes=("officer-hale",))
    review.correct(store, "rita", key, review.Change(kind=N))
    view = desk.message(store, rita, key)
    assert view.erased and view.erased_at is not None and (view.kind, view.text, view.author_address) == ("none", "", "")
    assert [one.sha256 for one in view.deliveries] == [None], "its bytes are gone too"
    wordless = desk.message(store, rita, log_wordless(store))
    assert wordless.erased and wordless.role is None and wordless.deliveries[0].sha256 is None


@pytest.mark.parametrize("role", list(UserRole))
def test_a_message_that_is_not_there_is_told_in_the_same_words_to_everybody(store: CaseStore, role: UserRole):
    with pytest.raises(NotFound, match=r"^there is no message 4711$"):
        desk.message(store, person(store, "kim", role), 4711)


def test_a_manager_sees_what_they_forwarded_and_no_other_message(store: CaseStore, rita: User):
    meg = person(store, "meg", UserRole.MANAGER, address=BOSS)
    theirs, other = log(store, N), log(store, N)
    change(store, theirs, forwarder=BOSS)
    assert desk.message(store, meg, theirs).id == theirs
    with pytest.raises(NotFound, match=f"^there is no message {other}$"):
        desk.message(store, meg, other)
    assert desk.message(store, rita, other).id == other


def test_a_suggested_case_of_another_service_is_hidden_from_a_manager(store: CaseStore):
    meg = person(store, "meg", UserRole.MANAGER, address=BOSS, services=frozenset({Service.SEND}))
    key = log(store, C, suggested=case_id_of(store, case_of(store, log(store, C, author=RITA))))
    change(store, key, forwarder=BOSS)
    view = desk.message(store, meg, key)
    assert view.case is not None and view.suggested is None and view.suggestion_hidden


# The bytes


def test_the_bytes_are_named_to_those_who_may_have_them(store: CaseStore, rita: User):
    meg = person(store, "meg", UserRole.MANAGER, address=BOSS)
    key = log(store, C, text="Here.")
    change(store, key, forwarder=BOSS)
    [one] = desk.message(store, rita, key).deliveries
    assert one.sha256 is not None and (store.raw(one.sha256) or b"").startswith(b"Here.")
    assert [one.sha256 for one in desk.message(store, meg, key).deliveries] == [None]


def test_the_content_is_for_all_who_see_a_message_and_its_bytes_as_they_came_for_those_with_the_right(
    store: CaseStore, store_url: str, rita: User
):
    meg = person(store, "meg", UserRole.MANAGER, address=BOSS)
    key = log(store, C, text="Here.")
    change(store, key, forwarder=BOSS)
    case_id = case_id_of(store, case_of(store, key))
    assert desk.content(store, meg, key).startswith(b"Here.")
    with pytest.raises(NotAllowed):
        desk.content(store, meg, key, whole=True)
    for _ in range(2):
        assert desk.content(store, rita, key, whole=True).startswith(b"Here.")
    assert reads(store_url) == [
        ("meg", "read", key, case_id), ("rita", "downloaded", key, case_id), ("rita", "downloaded", key, case_id),
    ]  # fmt: skip


def test_bytes_that_are_not_kept_are_not_found(store: CaseStore, store_url: str, rita: User):
    key = log(store, C)
    with writing(store_url) as connection:
        connection.execute(delete(RawMessage))
    with pytest.raises(NotFound):
        desk.content(store, rita, key)
    assert [one.sha256 for one in desk.message(store, rita, key).deliveries] == [None]


def two_in_one(store: CaseStore) -> tuple[int, int]:
    """Two families' messages that came in one mail."""
    arrival = Arrival(place(), b"both families' words", 20, NOON)
    keys = []
    with store.transaction(ACTOR) as ledger:
        for part, author in enumerate((JOAN, RITA)):
            of = labels(C)
            case = ledger.open_case(of, NOON)
            message = replace(parsed(sender=Address(BOSS)), message_id="<two@ashmere.example>")
            key = ledger.add_message(
                message, words(f"Mine {part}.", author=author), Classification(of, 0.9, True, MODEL), clues=Clues(f"{part:064x}", None, (), ()),
                received_at=NOON, status=Status.AUTO, case_id=case.id, suggested_case_id=None, reasons=(), entities=Entities(), team=None,
            )  # fmt: skip
            ledger.add_delivery(arrival, key, Relation.NEW, NOON, message_id=None, keep_raw=True, part=part)
            keys.append(key)
    return keys[0], keys[1]


def test_bytes_that_hold_another_message_are_for_those_who_see_that_too(store: CaseStore, rita: User):
    tom = person(store, "tom")
    one, other = two_in_one(store)
    assert desk.content(store, tom, one) == b"both families' words"
    desk.restrict(store, rita, case_of(store, other), [])
    with pytest.raises(NotFound):
        desk.content(store, tom, one)
    assert [given.sha256 for given in desk.message(store, tom, one).deliveries] == [None]
    assert desk.content(store, rita, one) == b"both families' words"


# The audit


def test_who_read_a_message_is_in_the_audit_once_where_they_look_again_soon(store: CaseStore, store_url: str, rita: User):
    tom, key = person(store, "tom"), log(store, C)
    case_id = case_id_of(store, case_of(store, key))
    for user in (rita, rita, tom, rita):
        desk.message(store, user, key)
    assert reads(store_url) == [("rita", "read", key, case_id), ("tom", "read", key, case_id)]


def test_who_reads_again_after_a_while_is_in_the_audit_again(store: CaseStore, store_url: str, rita: User, monkeypatch: pytest.MonkeyPatch):
    key = log(store, C)
    desk.message(store, rita, key)
    clock = store._clock
    monkeypatch.setattr(store, "_clock", lambda: clock() + timedelta(minutes=9))
    desk.message(store, rita, key)
    assert len(reads(store_url)) == 1
    monkeypatch.setattr(store, "_clock", lambda: clock() + timedelta(minutes=11))
    desk.message(store, rita, key)
    assert len(reads(store_url)) == 2


def test_what_is_seen_of_a_suggested_case_is_a_read_of_that_too(store: CaseStore, store_url: str, rita: User):
    other = case_id_of(store, case_of(store, log(store, C, author=RITA)))
    key = log(store, C, suggested=other)
    desk.message(store, rita, key)
    desk.message(store, rita, key)
    assert reads(store_url) == [("rita", "read", key, case_id_of(store, case_of(store, key))), ("rita", "read", key, other)]


def test_mail_on_no_case_is_in_the_audit_by_itself_and_what_was_not_found_is_not(store: CaseStore, store_url: str, rita: User):
    key = log(store, N)
    desk.message(store, rita, key)
    with pytest.raises(NotFound):
        desk.message(store, rita, key + 1)
    assert reads(store_url) == [("rita", "read", key, None)]
    assert all(one.detail == {} for one in audit(store_url) if one.action == "read")


def test_to_ask_whether_something_is_there_is_no_read(store: CaseStore, store_url: str, rita: User):
    key = log(store, C)
    assert desk.find_message(store, rita, key) == 1
    assert desk.find_case(store, rita, case_of(store, key).lower()) == case_of(store, key)
    assert reads(store_url) == []


def test_a_case_of_very_many_messages_is_counted_as_far_as_that(store: CaseStore, store_url: str, rita: User):
    first = log(store, C, received=at(1), text="The first of all.")

    def fill(ledger: Ledger, connection: Connection) -> None:
        row = connection.execute(select(Message.__table__).where(Message.id == first)).one()._asdict()
        values = [{**row, "id": first + number, "text": "More.", "received_at": at(3), "message_id": None} for number in range(1, 600)]
        connection.execute(insert(Message), values)

    store.work("tests", fill)
    brief = desk.message(store, rita, first).case
    assert brief is not None and (brief.messages, brief.more, brief.last_at, brief.preview) == (500, True, at(3), "The first of all.")


def test_no_read_costs_more_the_more_others_have_read(store: CaseStore, store_url: str, rita: User):
    """The question whether somebody has read a message just now goes to the index of its events."""
    query = "SELECT case_id FROM audit_event WHERE message_pk = 1 AND actor = 'rita' AND action = 'read' AND at > '2026-01-01'"
    with writing(store_url) as connection:
        if store_url.startswith("sqlite"):
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = str(connection.exec_driver_sql(f"EXPLAIN {query}").all())
    assert "ix_audit_event_message_pk" in plan
    assert store.look(lambda connection, now: connection.execute(select(func.count()).select_from(AuditEvent)).scalar_one()) == 0
