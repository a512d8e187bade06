"""What is left, in the store and in its export, once a person has decided, on both databases."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from tests.integration.conftest import Inbox
from tests.support.database import writing
from tests.support.logged import JOAN, at, audit, cases, log, rows
from tests.support.mail import forward_of, mail
from tests.unit.making import labels
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Process, Role, Service, Status, Theme
from triage.domain.message import Address
from triage.domain.team import Team
from triage.errors import CallError, ConflictError
from triage.pipeline import Pipeline
from triage.review import Change, close_case, confirm, correct
from triage.store.casestore import CaseStore
from triage.store.schema import Base, Correspondent, Message

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
PERSON = "ann at the command line"
TO_COMPLAINT = Change(kind=C, process=Process.CORPORATE)
TO_NOTHING = Change(kind=N)
OFFICER, SHARED = "officer-hale", "complaints"
KEPT = {"sha256", "mailbox", "folder", "uid", "received_at", "logged_at", "kind", "confidence", "status"}
RITA = Address("rita.moss@other.example", "Rita Moss")
WORDS = ("zephyrine", "whitlow", "joan", "family.example", "taxi")


def _decide(store: CaseStore, key: int, kind: Kind) -> str | None:
    """Confirm what was taken for nothing, correct what was taken for something."""
    return (confirm(store, PERSON, key) if kind is N else correct(store, PERSON, key, TO_NOTHING)).reference


def _found(store_url: str, words: tuple[str, ...]) -> list[str]:
    """Those of the words that stand in any row of any table."""
    with writing(store_url) as connection:
        whole = "".join(repr(connection.execute(select(table)).all()) for table in Base.metadata.sorted_tables).lower()
    return [word for word in words if word in whole]


def _add_to_case_of(store_url: str, key: int, person: Address) -> None:
    """Make somebody one of those to whom the case of a message belongs."""
    with writing(store_url) as connection:
        case_id = connection.execute(select(Message.case_id).where(Message.id == key)).scalar_one()
        values = {"case_id": case_id, "address": person.address, "name": person.name, "role": "parent_carer"}
        connection.execute(insert(Correspondent), values)


# An officer's mail that a person says is nothing


@pytest.mark.parametrize("taken_for", [N, C])
def test_of_an_officers_message_that_a_person_says_is_nothing_no_word_is_left(
    store: CaseStore, store_url: str, tmp_path: Path, taken_for: Kind
):
    key = log(store, taken_for, mailboxes=(OFFICER, "officer-price"), text="Zephyrine takes the taxi.")
    assert _found(store_url, WORDS) == list(WORDS)
    digests = [str(row["sha256"]) for row in rows(store)]
    assert all(store.raw(digest) for digest in digests)
    assert _decide(store, key, taken_for) is None
    status = "confirmed" if taken_for is N else "corrected"
    for row in rows(store):
        assert {name for name, value in row.items() if value not in (None, [], 0)} == KEPT
        assert (row["kind"], row["status"]) == ("none", status)
    assert [store.raw(digest) for digest in digests] == [None, None]
    assert _found(store_url, WORDS) == []
    if store_url.startswith("sqlite"):
        # The store is open: what was erased must not stand in its log either.
        assert b"Zephyrine" not in b"".join(file.read_bytes() for file in tmp_path.glob("triage.db*"))


def test_what_was_decided_and_that_it_was_erased_stand_in_the_audit_in_the_persons_name(store: CaseStore, store_url: str):
    key = log(store, C, mailboxes=(OFFICER,))
    correct(store, PERSON, key, TO_NOTHING)
    events = {event.action: event for event in audit(store_url) if event.actor == PERSON}
    assert list(events) == ["corrected", "opened by mistake", "erased"]
    assert events["corrected"].detail["kind"] == ["complaint", "none"]
    assert (events["corrected"].message_pk, events["erased"].message_pk) == (key, key)
    assert events["erased"].detail == {"why": "a person decided that it is nothing for the case store"}


def test_an_officers_message_that_is_nothing_is_no_example_and_waits_no_longer(store: CaseStore):
    key = log(store, N, mailboxes=(OFFICER,))
    confirm(store, PERSON, key)
    assert store.corrections() == []
    assert store.waiting() == []
    with pytest.raises(CallError, match="its words are not kept"):
        correct(store, PERSON, key, TO_COMPLAINT)


@pytest.mark.parametrize("taken_for", [N, C])
@pytest.mark.parametrize("mailboxes", [(SHARED,), (OFFICER, SHARED), (SHARED, OFFICER)])
def test_what_a_shared_mailbox_holds_too_is_kept_and_learnt_from(store: CaseStore, taken_for: Kind, mailboxes: tuple[str, ...]):
    key = log(store, taken_for, mailboxes=mailboxes)
    _decide(store, key, taken_for)
    kept = {row["mailbox"]: (row["text"], row["kind"]) for row in rows(store)}
    assert kept[SHARED] == ("The taxi did not come.", "none")
    assert kept.get(OFFICER, (None, "none")) == (None, "none"), "the export hands nothing of an officer's mailbox out"
    assert all(store.raw(str(row["sha256"])) for row in rows(store))
    assert [(one.id, one.labels.kind) for one in store.corrections()] == [(key, N)]


@pytest.mark.parametrize("change", [None, Change(kind=E), Change(role=Role.MP)])
def test_an_officers_message_that_is_something_keeps_its_words(store: CaseStore, change: Change | None):
    key = log(store, C, mailboxes=(OFFICER,))
    assert (correct(store, PERSON, key, change) if change else confirm(store, PERSON, key)).reference is not None
    [row] = rows(store)
    assert (row["text"], row["from"]) == ("The taxi did not come.", JOAN.address)
    assert store.raw(str(row["sha256"])) is not None
    assert [one.id for one in store.corrections()] == [key]


def test_another_officers_message_that_waits_is_left_alone(store: CaseStore):
    other = log(store, N, mailboxes=(OFFICER,), text="The panel meets.")
    key = log(store, N, mailboxes=(OFFICER,))
    confirm(store, PERSON, key)
    assert [one.id for one in store.waiting()] == [other]
    assert store.raw(str(rows(store)[0]["sha256"])) is not None


def test_the_bytes_of_a_forward_go_when_no_message_in_it_needs_them(pipeline: Pipeline, inbox: Inbox):
    odd = [mail(f"{n} <{n}@x.example>", "hmm", f"Qwertz asdfg {n} yxcvb uiop", message_id=f"<{n}@x.example>") for n in ("ann", "bob")]
    both = forward_of(*odd)
    inbox.take(both, mailbox=OFFICER)
    store, digest = pipeline.store, str(inbox.rows[0]["sha256"])
    assert [row["status"] for row in inbox.rows] == ["review", "review"]
    correct(store, PERSON, 1, Change(kind=N, role=Role.OFFICER))
    assert [row["text"] for row in inbox.rows] == [None, "Qwertz asdfg bob yxcvb uiop"]
    assert store.raw(digest) == both
    correct(store, PERSON, 2, Change(kind=N, role=Role.OFFICER))
    assert [row["text"] for row in inbox.rows] == [None, None]
    assert store.raw(digest) is None


def test_what_an_earlier_version_kept_of_such_a_message_is_erased_when_time_has_run_out_for_others(pipeline: Pipeline, store_url: str):
    store = pipeline.store
    mine, shared, waits = log(store, N, mailboxes=(OFFICER,)), log(store, N), log(store, N, mailboxes=(OFFICER,))
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id.in_([mine, shared])).values(status=Status.CONFIRMED.value))
    assert pipeline.forget_expired(timedelta(days=3650)) == 0, "none of them has waited too long"
    assert [row["text"] for row in rows(store)] == [None, "The taxi did not come.", "The taxi did not come."]
    assert [one.id for one in store.waiting()] == [waits]
    assert store.raw(str(rows(store)[0]["sha256"])) is None


# A case that was none


@pytest.mark.parametrize("mailbox", [SHARED, OFFICER])
def test_a_case_that_nothing_had_opened_is_closed_as_a_mistake_and_belongs_to_nobody(store: CaseStore, store_url: str, mailbox: str):
    key = log(store, labels(C, urgent=True, themes=(Theme.DELAY,)), mailboxes=(mailbox,))
    [before] = cases(store)
    correct(store, PERSON, key, TO_NOTHING)
    [case] = cases(store)
    assert (case["reference"], case["status"], case["outcome"]) == (before["reference"], "closed", "opened_by_mistake")
    assert (case["kind"], case["process"], case["themes"], case["urgent"], case["team"]) == ("none", None, [], False, None)
    assert (case["correspondents"], case["messages"]) == ([], [])
    assert case["closed_at"] is not None
    assert store.counts()["cases"] == 0
    [event] = [event for event in audit(store_url) if event.action == "opened by mistake"]
    assert (event.actor, event.detail) == (PERSON, {"outcome": [None, "opened_by_mistake"]})
    with pytest.raises(ConflictError, match="is closed already"):
        close_case(store, PERSON, str(case["reference"]), Outcome.WITHDRAWN, at(9))


def test_the_reference_of_such_a_case_is_not_given_again(store: CaseStore):
    key = log(store, C)
    correct(store, PERSON, key, TO_NOTHING)
    log(store, E)
    reference = correct(store, PERSON, key, TO_COMPLAINT).reference
    first, second, third = cases(store)
    assert [int(str(case["reference"])[-6:]) for case in (first, second, third)] == [1, 2, 3]
    assert third["reference"] == reference
    assert [case["status"] for case in (first, second, third)] == ["closed", "open", "open"]
    assert store.counts()["cases"] == 2


def test_a_case_that_was_closed_with_an_outcome_has_none_any_more(store: CaseStore, store_url: str):
    key = log(store, C)
    close_case(store, PERSON, str(cases(store)[0]["reference"]), Outcome.UPHELD, at(9))
    closed_at = cases(store)[0]["closed_at"]
    correct(store, PERSON, key, TO_NOTHING)
    [case] = cases(store)
    assert (case["outcome"], case["closed_at"], case["kind"]) == ("opened_by_mistake", closed_at, "none")
    assert audit(store_url)[-1].detail == {"outcome": ["upheld", "opened_by_mistake"]}


@pytest.mark.parametrize("mailbox", [SHARED, OFFICER])
def test_a_case_with_another_message_stays_open_and_loses_only_the_author_who_left(store: CaseStore, store_url: str, mailbox: str):
    first = log(store, C)
    key = log(store, E, author=RITA, mailboxes=(mailbox,), case_of=first)
    log(store, C, author=RITA)
    _add_to_case_of(store_url, key, RITA)
    assert len(cases(store)[0]["correspondents"]) == 2
    correct(store, PERSON, key, TO_NOTHING)
    case, other = cases(store)
    assert (case["status"], case["outcome"], len(case["messages"])) == ("open", None, 1)
    assert [one["address"] for one in case["correspondents"]] == [JOAN.address]
    assert [one["address"] for one in other["correspondents"]] == [RITA.address], "nobody leaves a case that was not decided about"


def test_an_author_with_another_message_on_the_case_stays_on_it(store: CaseStore):
    first = log(store, C)
    second = log(store, E, case_of=first, mailboxes=(OFFICER,))
    correct(store, PERSON, second, TO_NOTHING)
    [case] = cases(store)
    assert [one["address"] for one in case["correspondents"]] == [JOAN.address]


def test_a_case_that_was_none_is_joined_by_no_answer(inbox: Inbox):
    inbox.take(mail())
    reference = str(inbox.cases[0]["reference"])
    correct(inbox.pipeline.store, PERSON, 1, TO_NOTHING)
    inbox.take(
        mail(
            subject=f"Re: {reference}",
            body="I complained weeks ago and nobody has answered me. This is not good enough.",
            message_id="<two@family.example>",
            In_Reply_To="<one@family.example>",
        )
    )
    assert (inbox.rows[1]["case"], inbox.rows[1]["relation"]) == (inbox.cases[1]["reference"], "new")
    assert inbox.cases[0]["messages"] == []


# The team follows the service, and the correspondent's role the author's

PLACEMENT = Team("Family Placement", frozenset({Service.FOSTERING_ADOPTION}), ("family placement",))
NORTH = Team("SEND North", frozenset({Service.SEND}), ("send north",), frozenset({"send.north@ashmere.example"}))
SOUTH = Team("SEND South", frozenset({Service.SEND}), ("send south",), frozenset({"send.south@ashmere.example"}))
TEAMS = (PLACEMENT, NORTH, SOUTH)


def _teams(store: CaseStore) -> list[str | None]:
    return [rows(store)[0]["team"], cases(store)[0]["team"]]


@pytest.mark.parametrize(
    ("service", "words", "team"),
    [
        (Service.FOSTERING_ADOPTION, "Nobody came.", "Family Placement"),
        (Service.SEND, "Nobody came.", "SEND North"),
        (Service.SEND, "I rang SEND South again.", "SEND South"),
        (Service.SEND, "Family Placement sent me away.", "Family Placement"),
        (Service.YOUTH, "Nobody came.", None),
    ],
)
def test_a_corrected_service_gives_message_and_case_its_team(
    store: CaseStore, store_url: str, service: Service, words: str, team: str | None
):
    key = log(store, C, text=words)
    assert _teams(store) == ["SEND", "SEND"]
    correct(store, PERSON, key, Change(service=service), TEAMS)
    assert _teams(store) == [team, team]
    assert rows(store)[0]["service"] == cases(store)[0]["service"] == service
    detail = audit(store_url)[-1].detail
    assert (detail["service"], detail["team"]) == (["transport", service.value], ["SEND", team])


def test_a_correction_of_anything_else_leaves_the_team(store: CaseStore, store_url: str):
    key = log(store, C, text="Family Placement sent me away.")
    correct(store, PERSON, key, Change(urgent=True, service=Service.TRANSPORT), TEAMS)
    assert _teams(store) == ["SEND", "SEND"]
    assert "team" not in audit(store_url)[-1].detail


def test_between_teams_of_one_service_the_address_written_to_decides_as_it_does_for_new_mail(inbox: Inbox):
    inbox.take(mail(Cc="SEND South <Send.South@ashmere.example>"))
    correct(inbox.pipeline.store, PERSON, 1, Change(service=Service.SEND), TEAMS)
    assert [inbox.rows[0]["team"], inbox.cases[0]["team"]] == ["SEND South", "SEND South"]


def test_where_the_bytes_are_not_kept_the_service_decides_alone(store: CaseStore, store_url: str):
    key = log(store, C)
    with writing(store_url) as connection:
        connection.execute(text("DELETE FROM raw_message"))
    correct(store, PERSON, key, Change(service=Service.SEND), TEAMS)
    assert _teams(store) == ["SEND North", "SEND North"]


def test_what_was_put_aside_without_a_team_is_given_one_with_its_case(store: CaseStore, store_url: str):
    key = log(store, labels(N, service=Service.FOSTERING_ADOPTION))
    with writing(store_url) as connection:
        connection.execute(update(Message).values(team=None))
    correct(store, PERSON, key, TO_COMPLAINT, TEAMS)
    assert _teams(store) == ["Family Placement", "Family Placement"]


def test_a_corrected_role_is_the_correspondents_role_on_that_case_and_on_no_other(store: CaseStore, store_url: str):
    key = log(store, C)
    log(store, C)
    correct(store, PERSON, key, Change(role=Role.ADVOCATE))
    first, second = cases(store)
    assert first["correspondents"] == [{"address": JOAN.address, "name": JOAN.name, "role": "advocate"}]
    assert second["correspondents"][0]["role"] == "parent_carer"
    assert audit(store_url)[-1].detail["role"] == ["parent_carer", "advocate"]


def test_of_two_people_on_a_case_only_the_author_has_another_role(store: CaseStore, store_url: str):
    first = log(store, C)
    second = log(store, E, author=RITA, case_of=first)
    _add_to_case_of(store_url, second, RITA)
    correct(store, PERSON, second, Change(role=Role.MP))
    [case] = cases(store)
    assert {one["address"]: one["role"] for one in case["correspondents"]} == {JOAN.address: "parent_carer", RITA.address: "mp"}


def test_an_author_without_an_address_has_no_role_on_a_case_to_correct(store: CaseStore):
    key = log(store, C, author=Address("", "Joan"))
    correct(store, PERSON, key, Change(role=Role.ADVOCATE))
    assert cases(store)[0]["correspondents"] == []
    assert rows(store)[0]["role"] == "advocate"


# Corrected once, the program was wrong


@pytest.mark.parametrize("again", [None, Change(kind=E), Change(role=Role.PARENT_CARER)])
def test_what_was_corrected_stays_corrected_however_often_it_is_confirmed(store: CaseStore, store_url: str, again: Change | None):
    key = log(store, C)
    correct(store, PERSON, key, Change(kind=E))
    for _ in range(2):
        if again is None:
            confirm(store, PERSON, key)
        else:
            correct(store, PERSON, key, again)
    assert (rows(store)[0]["status"], rows(store)[0]["kind"]) == ("corrected", "enquiry")
    assert [event.action for event in audit(store_url)][-3:] == ["corrected", "confirmed", "confirmed"]


def test_what_was_confirmed_and_is_corrected_then_is_corrected(store: CaseStore):
    key = log(store, C)
    confirm(store, PERSON, key)
    confirm(store, PERSON, key)
    assert rows(store)[0]["status"] == "confirmed"
    correct(store, PERSON, key, Change(kind=E))
    assert rows(store)[0]["status"] == "corrected"
