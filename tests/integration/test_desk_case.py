"""What is seen of one case: its mail, its notes, the cases beside it, who looked at it; on both databases."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from tests.support.casework import PERSON, RITA, TOM, case_id_of, case_of, follow_up
from tests.support.logged import JOAN, at, audit, log
from tests.support.viewers import person
from tests.unit.making import labels
from triage import desk, review
from triage.domain.labels import Kind, Service
from triage.domain.user import User, UserRole
from triage.errors import CallError, NotAllowed, NotFound
from triage.store.casepage import WholeCaseView
from triage.store.casestore import CaseStore
from triage.store.ledger import Ledger
from triage.store.schema import AuditEvent, Case, Delivery, Message

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
BOSS = "boss@ashmere.example"
WHY = "Two families write about one closure."


@pytest.fixture
def rita(store: CaseStore) -> User:
    return person(store, "rita")


@pytest.fixture
def tom(store: CaseStore) -> User:
    return person(store, "tom")


def change(store: CaseStore, table: Any, key: int, **values: Any) -> None:
    """Let a row say something else."""
    statement = update(table).where(table.id == key).values(**values)
    store.work("tests", lambda ledger, connection: connection.execute(statement) and None)


def said(view: WholeCaseView) -> str:
    return "\n".join(f"{one.who} {one.what} {' '.join(one.why)}" for one in view.timeline)


def test_a_case_is_shown_with_its_mail_and_everything_that_is_known_of_it(store: CaseStore, rita: User):
    first = log(store, labels(C, urgent=True), received=at(1), text="The taxi did not come.")
    second = follow_up(store, first, author=RITA, received=at(3), mailboxes=("complaints", "officer-hale"))
    reference = case_of(store, first)
    change(store, Message, second, forwarder=BOSS, forwarded=True, note="Please log this.")
    change(store, Case, case_id_of(store, reference), assigned_to_id=rita.id, due_on=date(2026, 6, 15))
    view = desk.case(store, rita, f" {reference.lower()} ")
    assert (view.reference, view.kind, view.process, view.status, view.urgent) == (reference, "complaint", "corporate", "open", True)
    assert (view.assigned_to, view.assigned_to_id, view.due_on) == ("Rita Shaw", rita.id, date(2026, 6, 15))
    assert [name for _, name, _ in view.people] == [JOAN.name, RITA.name]
    one, other = view.messages
    assert (one.id, one.subject, one.author_name, one.author_address, one.text, one.preview) == (
        first, "School taxi", JOAN.name, JOAN.address, "The taxi did not come.", "The taxi did not come.",
    )  # fmt: skip
    assert (other.id, other.relation, other.forwarder, other.note, other.mailboxes) == (
        second, "repeat", BOSS, "Please log this.", ("complaints", "officer-hale"),
    )  # fmt: skip
    assert not view.more_messages and not view.more_entries and not view.restricted and view.notes == ()


def test_it_shows_what_the_command_line_shows(store: CaseStore, rita: User):
    first = log(store, C, received=at(1))
    reference, other = case_of(store, first), case_of(store, log(store, C, author=RITA))
    third = case_of(store, log(store, C, author=TOM))
    log(store, C, author=RITA, suggested=case_id_of(store, reference))
    review.link(store, PERSON, reference, other, WHY)
    review.merge(store, PERSON, third, reference)
    view, shown = desk.case(store, rita, reference), review.show(store, reference)
    same = ("reference", "version", "kind", "people", "related", "merged", "waiting", "copy_answer_to", "themes", "opened_at", "outcome")
    assert {name: getattr(view, name) for name in same} == {name: getattr(shown, name) for name in same}
    assert [(one.id, one.relation, one.asked, one.reasons) for one in view.messages] == [
        (one.id, one.relation, one.asked, one.reasons) for one in shown.messages
    ]
    assert len(view.related) == len(view.merged) == len(view.waiting) == 1


@pytest.mark.parametrize("role", list(UserRole))
@pytest.mark.parametrize(
    "reference", ["CC-2026-000999", "CC-1", "", "'; DROP TABLE message; --", "CC-2026-000999" * 1000, "CC-2026-\x00000999", "\ud800"]
)
def test_a_case_that_is_not_there_is_told_in_the_same_words_to_everybody(store: CaseStore, role: UserRole, reference: str):
    user = person(store, "kim", role)
    with pytest.raises(NotFound, match=r"^there is no case "):
        desk.case(store, user, reference)
    with pytest.raises(NotFound, match=r"^there is no case "):
        desk.find_case(store, user, reference)


def test_an_old_reference_leads_on(store: CaseStore, rita: User):
    one, other = case_of(store, log(store, C)), case_of(store, log(store, C, author=RITA))
    review.merge(store, PERSON, one, other)
    assert desk.case(store, rita, one).reference == other
    assert desk.find_case(store, rita, one) == other


def test_of_related_and_asked_cases_and_of_mail_that_waits_only_what_somebody_may_see_is_shown(store: CaseStore, rita: User, tom: User):
    first = log(store, C)
    reference = case_of(store, first)
    hidden = log(store, C, author=RITA, suggested=case_id_of(store, reference))
    secret = case_of(store, hidden)
    review.link(store, PERSON, reference, secret, WHY)
    key = follow_up(store, first, suggested=case_id_of(store, secret))
    change(store, Message, key, reasons=["It is one.", f"It may belong to {secret}: a person should say.", "Against it: more."])
    before = desk.case(store, tom, reference)
    assert ([one.reference for one in before.related], before.waiting, before.messages[1].asked) == ([secret], (hidden,), secret)
    assert len(before.messages[1].reasons) == 3 and secret in said(before)
    desk.restrict(store, rita, secret, [])
    after = desk.case(store, tom, reference)
    assert (after.related, after.waiting, after.messages[1].asked, after.messages[1].reasons) == ((), (), None, ("It is one.",))
    assert secret not in repr(after)
    assert desk.case(store, rita, reference).related == before.related


def test_a_case_that_was_restricted_before_it_was_merged_goes_on_leading_without_being_named(store: CaseStore, rita: User, tom: User):
    secret, reference = case_of(store, log(store, C, author=RITA)), case_of(store, log(store, C))
    desk.add_note(store, rita, secret, "She asks for a call.")
    desk.restrict(store, rita, secret, [])
    review.merge(store, PERSON, secret, reference)
    seen = desk.case(store, rita, reference)
    assert seen.merged == (secret,)
    if seen.restricted:
        desk.lift(store, rita, reference)
    view = desk.case(store, tom, reference)
    assert view.merged == () and secret not in repr(view)
    assert "merged another case into this case" in said(view)
    assert [note.text for note in view.notes] == ["She asks for a call."]


def test_a_manager_sees_the_cases_of_their_services_that_somebody_has_looked_at(store: CaseStore, rita: User):
    meg = person(store, "meg", UserRole.MANAGER, services=frozenset({Service.TRANSPORT}))
    key = log(store, C)
    other = log(store, labels(C, service=Service.SEND), author=RITA)
    for one in (key, other):
        review.confirm(store, "rita", one)
    view = desk.case(store, meg, case_of(store, key))
    assert view.messages[0].text == "The taxi did not come."
    with pytest.raises(NotFound):
        desk.case(store, meg, case_of(store, other))


def test_a_case_of_very_many_messages_shows_the_last_of_them_and_says_that_there_are_more(store: CaseStore, rita: User):
    first = log(store, C, received=at(1))

    def fill(ledger: Ledger, connection: Connection) -> None:
        row = connection.execute(select(Message.__table__).where(Message.id == first)).one()._asdict()
        delivery = connection.execute(select(Delivery.__table__)).one()._asdict()
        for number in range(1, 520):
            connection.execute(insert(Message), {**row, "id": first + number, "received_at": at(2), "message_id": None})
            connection.execute(
                insert(Delivery), {**delivery, "id": delivery["id"] + number, "uid": 5000 + number, "message_pk": first + number}
            )
        events = [{"at": at(3), "actor": "rita", "action": "confirmed", "message_pk": first + 300, "case_id": row["case_id"], "detail": {}}]
        connection.execute(insert(AuditEvent), events * 700)

    store.work("tests", fill)
    view = desk.case(store, rita, case_of(store, first))
    assert len(view.messages) == 500 and view.more_messages and view.messages[0].id == first + 20
    assert len(view.timeline) == 1000 and view.more_entries


# Notes


def test_a_note_is_kept_with_who_wrote_it_and_its_words_are_not_in_the_audit(store: CaseStore, store_url: str, rita: User, tom: User):
    reference = case_of(store, log(store, C))
    desk.add_note(store, rita, reference, "  Rang the school.\r\nNobody\x00 answered\x1b[31m.\n")
    desk.add_note(store, tom, reference, "Try again on Monday.")
    view = desk.case(store, rita, reference)
    assert [(one.who, one.text) for one in view.notes] == [
        ("Rita Shaw", "Rang the school.\nNobody answered[31m."), ("Tom Shaw", "Try again on Monday."),
    ]  # fmt: skip
    [first, second] = [one for one in audit(store_url) if one.action == "note added"]
    assert (first.actor, first.detail, second.detail) == ("rita", {"note": view.notes[0].id}, {"note": view.notes[1].id})
    assert [(one.who, one.what, one.why) for one in view.timeline][-2:] == [
        ("Rita Shaw", "wrote a note", ("Rang the school.\nNobody answered[31m.",)),
        ("Tom Shaw", "wrote a note", ("Try again on Monday.",)),
    ]


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x1b", "\ud800", "x" * 10_001])
def test_a_note_that_says_nothing_or_too_much_is_refused(store: CaseStore, rita: User, text: str):
    reference = case_of(store, log(store, C))
    with pytest.raises(CallError):
        desk.add_note(store, rita, reference, text)
    desk.add_note(store, rita, reference, "x" * 10_000)
    assert [len(one.text) for one in desk.case(store, rita, reference).notes] == [10_000]


@pytest.mark.parametrize("role", [UserRole.AUDITOR, UserRole.MANAGER])
def test_who_only_reads_writes_no_notes(store: CaseStore, role: UserRole):
    with pytest.raises(NotAllowed):
        desk.add_note(store, person(store, "kim", role), case_of(store, log(store, C)), "Hello.")


# Who looked


def test_who_looked_at_a_case_is_told_to_those_who_may_see_the_audit(store: CaseStore, rita: User, tom: User):
    key = log(store, C)
    reference, meg = case_of(store, key), person(store, "meg", UserRole.MANAGER)
    desk.case(store, tom, reference)
    desk.case(store, tom, reference)
    desk.message(store, rita, key)
    desk.content(store, rita, key, whole=True)
    found = [(one.who, one.message, one.downloaded) for one in desk.readers(store, person(store, "olu", UserRole.AUDITOR), reference)]
    assert found == [("Rita Shaw", key, True), ("Rita Shaw", key, False), ("Tom Shaw", None, False)]
    with pytest.raises(NotAllowed):
        desk.readers(store, meg, reference)
    assert not any("read" in one.what for one in desk.case(store, rita, reference).timeline)


def test_who_looked_at_a_restricted_case_is_told_to_its_readers_alone(store: CaseStore, rita: User, tom: User):
    reference = case_of(store, log(store, C))
    desk.case(store, tom, reference)
    desk.restrict(store, rita, reference, [])
    with pytest.raises(NotFound):
        desk.readers(store, tom, reference)
    assert [one.who for one in desk.readers(store, rita, reference)] == ["Tom Shaw"]


def test_who_looked_at_a_case_that_was_merged_is_told_with_the_other(store: CaseStore, rita: User, tom: User):
    one, other = case_of(store, log(store, C)), case_of(store, log(store, C, author=RITA))
    desk.case(store, tom, one)
    review.merge(store, PERSON, one, other)
    assert [reading.who for reading in desk.readers(store, rita, other)] == ["Tom Shaw"]


def test_a_case_is_read_with_as_many_questions_whatever_is_on_it(store: CaseStore, rita: User, monkeypatch: pytest.MonkeyPatch):
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda conn, cursor, statement, *_: asked.append(statement))
    counts = []
    for author, more in ((JOAN, 1), (RITA, 12)):
        first = log(store, C, author=author)
        for _ in range(more):
            follow_up(store, first, author=author)
        desk.add_note(store, rita, case_of(store, first), "Hello.")
        reference = case_of(store, first)
        asked.clear()
        desk.case(store, rita, reference)
        counts.append(len(asked))
    assert counts[0] == counts[1] < 40
