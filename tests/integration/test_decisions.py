"""What becomes of a message and its case when a person decides about it, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.support.database import writing
from tests.support.logged import ACTOR, JOAN, MODEL, at, audit, cases, log, log_wordless, rows
from tests.unit.making import NOON, labels
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Labels, Process, Role, Service, Status, Theme
from triage.domain.message import Address
from triage.errors import CallError, ConflictError
from triage.review import Change, close_case, confirm, correct
from triage.store import decisions
from triage.store.casestore import CaseStore
from triage.store.ledger import Ledger
from triage.store.schema import Message

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
PERSON = "ann at the command line"
TO_COMPLAINT = Change(kind=C, process=Process.STATUTORY)


def test_a_message_that_was_taken_right_is_confirmed_and_waits_no_longer(store: CaseStore):
    key = log(store, C)
    assert confirm(store, PERSON, key).reference == cases(store)[0]["reference"]
    [row] = rows(store)
    assert (row["status"], row["kind"], row["relation"]) == ("confirmed", "complaint", "new")
    assert store.waiting() == []
    assert store.counts()["waiting"] == 0


def test_what_is_confirmed_to_be_nothing_is_on_no_case(store: CaseStore):
    key = log(store, N)
    assert confirm(store, PERSON, key).reference is None
    assert rows(store)[0]["status"] == "confirmed"
    assert cases(store) == []


def test_nothing_that_is_a_complaint_after_all_opens_a_case_with_its_author(store: CaseStore):
    log(store, E)
    key = log(store, N, received=at(3))
    reference = correct(store, PERSON, key, replace(TO_COMPLAINT, themes=(Theme.DELAY,))).reference
    first, second = cases(store)
    assert (int(reference[-6:]), second["reference"]) == (int(first["reference"][-6:]) + 1, reference) if reference else False
    assert (second["kind"], second["process"], second["themes"], second["team"]) == ("complaint", "statutory", ["delay"], "SEND")
    assert second["opened_at"].startswith("2026-06-03"), "when it was received"
    assert second["correspondents"] == [{"address": JOAN.address, "name": JOAN.name, "role": "parent_carer"}]
    row = rows(store)[1]
    assert (row["status"], row["kind"], row["case"], row["relation"]) == ("corrected", "complaint", reference, "new")
    assert second["messages"] == [row["sha256"]]


def test_of_a_message_in_two_mailboxes_the_first_opens_the_case_and_the_second_repeats_it(store: CaseStore):
    key = log(store, N, mailboxes=("complaints", "officer-hale"))
    correct(store, PERSON, key, TO_COMPLAINT)
    assert [row["relation"] for row in rows(store)] == ["new", "repeat"]
    assert len(cases(store)) == 1


def test_an_author_without_an_address_becomes_nobody_of_the_case(store: CaseStore):
    key = log(store, N, author=Address("", "Joan"))
    correct(store, PERSON, key, TO_COMPLAINT)
    assert cases(store)[0]["correspondents"] == []


def test_a_complaint_that_is_nothing_leaves_its_case(store: CaseStore):
    key = log(store, C)
    assert correct(store, PERSON, key, Change(kind=N)).reference is None
    [row] = rows(store)
    assert (row["status"], row["kind"], row["case"], row["relation"], row["process"]) == ("corrected", "none", None, None, None)


def test_an_enquiry_that_is_a_complaint_makes_its_case_one(store: CaseStore):
    key = log(store, E)
    reference = correct(store, PERSON, key, replace(TO_COMPLAINT, themes=(Theme.CONDUCT,), service=Service.SEND, urgent=True)).reference
    [case] = cases(store)
    assert case["reference"] == reference
    assert (case["kind"], case["process"], case["themes"], case["service"], case["urgent"]) == (
        "complaint", "statutory", ["conduct"], "send", True,
    )  # fmt: skip
    assert rows(store)[0]["relation"] == "new"


def test_a_case_says_what_all_its_messages_say(store: CaseStore):
    first = log(store, labels(E, themes=(Theme.DELAY,)))
    second = log(store, labels(C, themes=(Theme.CONDUCT,), urgent=True), case_of=first)
    correct(store, PERSON, first, Change(themes=(Theme.RECORDS,)))
    [case] = cases(store)
    assert (case["kind"], case["process"], case["themes"], case["urgent"]) == ("complaint", "corporate", ["conduct", "records"], True)
    correct(store, PERSON, second, Change(kind=N))
    [case] = cases(store)
    assert (case["kind"], case["process"], case["themes"], case["urgent"]) == ("enquiry", None, ["records"], False)
    assert len(case["messages"]) == 1


def test_a_decision_about_one_message_leaves_the_others_alone(store: CaseStore):
    other = log(store, C)
    key = log(store, C)
    correct(store, PERSON, key, Change(kind=E))
    assert [(row["kind"], row["status"]) for row in rows(store)] == [("complaint", "review"), ("enquiry", "corrected")]
    assert [one.id for one in store.waiting()] == [other]


def test_a_closed_case_stays_closed(store: CaseStore):
    key = log(store, C)
    close_case(store, PERSON, cases(store)[0]["reference"], Outcome.UPHELD, at(9))
    correct(store, PERSON, key, Change(role=Role.MP))
    assert (cases(store)[0]["status"], cases(store)[0]["outcome"]) == ("closed", "upheld")


def test_a_person_may_decide_again(store: CaseStore):
    key = log(store, C)
    confirm(store, PERSON, key)
    correct(store, PERSON, key, Change(kind=N))
    reference = correct(store, PERSON, key, TO_COMPLAINT).reference
    assert (rows(store)[0]["status"], rows(store)[0]["case"]) == ("corrected", reference)


def test_a_correction_that_changes_nothing_confirms(store: CaseStore):
    key = log(store, labels(C, urgent=True))
    correct(store, PERSON, key, Change(urgent=True))
    assert rows(store)[0]["status"] == "confirmed"


def test_the_audit_says_who_decided_and_what_the_model_had_said(store: CaseStore, store_url: str):
    key = log(store, E)
    correct(store, PERSON, key, replace(TO_COMPLAINT, themes=(Theme.DELAY,), urgent=True))
    confirm(store, PERSON, key)
    opened, classified, corrected, confirmed = audit(store_url)
    assert [event.action for event in (opened, classified, corrected, confirmed)] == ["opened", "classified", "corrected", "confirmed"]
    assert (classified.actor, corrected.actor, confirmed.actor) == (ACTOR, PERSON, PERSON)
    assert (corrected.message_pk, corrected.case_id) == (key, opened.case_id)
    assert corrected.detail == {
        "decided_by": MODEL, "kind": ["enquiry", "complaint"], "process": [None, "statutory"], "urgent": [False, True], "themes": [[], ["delay"]],
    }  # fmt: skip
    assert confirmed.detail == {"decided_by": MODEL}


def test_the_audit_holds_no_word_of_a_mail(store: CaseStore, store_url: str):
    key = log(store, N, text="Zephyrine waits.")
    correct(store, PERSON, key, TO_COMPLAINT)
    whole = repr(audit(store_url)).lower()
    assert [word for word in ("zephyrine", "joan", "whitlow", "family.example", "taxi") if word in whole] == []


@contextmanager
def _nothing_changes(store: CaseStore, store_url: str) -> Iterator[None]:
    before = rows(store), cases(store), len(audit(store_url)), store.waiting()
    yield
    assert (rows(store), cases(store), len(audit(store_url)), store.waiting()) == before


def test_a_contradiction_is_refused_and_nothing_changes(store: CaseStore, store_url: str):
    key = log(store, E)
    with _nothing_changes(store, store_url), pytest.raises(CallError, match="needs its process"):
        correct(store, PERSON, key, Change(kind=C))


def test_a_message_that_does_not_exist_is_refused(store: CaseStore):
    with pytest.raises(CallError, match="there is no message 99"):
        confirm(store, PERSON, 99)


def test_about_a_message_of_which_no_words_are_kept_nothing_can_be_decided(store: CaseStore, store_url: str):
    key = log_wordless(store)
    with _nothing_changes(store, store_url), pytest.raises(CallError, match="its words are not kept"):
        confirm(store, PERSON, key)


def test_about_an_erased_message_nothing_can_be_decided(store: CaseStore, store_url: str):
    key = log(store, C)
    with store.transaction(PERSON) as ledger:
        ledger.erase(key, "asked for")
    with _nothing_changes(store, store_url), pytest.raises(CallError, match="its words are not kept"):
        correct(store, PERSON, key, Change(kind=E))


def test_where_someone_else_decided_meanwhile_nothing_changes(store: CaseStore, store_url: str):
    key = log(store, N)

    def decide_meanwhile() -> None:
        with writing(store_url) as connection:

            def change(before: Labels) -> Labels:
                connection.execute(update(Message).where(Message.id == key).values(version=Message.version + 1))
                return TO_COMPLAINT.of(before)

            decisions.decide(Ledger(connection, NOON, PERSON), connection, key, change)

    with _nothing_changes(store, store_url), pytest.raises(ConflictError, match=f"someone else changed message {key} just now"):
        decide_meanwhile()
    assert correct(store, PERSON, key, TO_COMPLAINT).reference is not None, "the number that was not used is given to the next"
    assert cases(store)[0]["reference"].endswith("000001")


# The waiting list


def test_the_urgent_wait_first_and_then_the_oldest(store: CaseStore):
    new = log(store, C, received=at(9))
    old = log(store, E, received=at(1))
    urgent_new = log(store, labels(C, urgent=True), received=at(8))
    urgent_old = log(store, labels(N, urgent=True), received=at(2))
    log(store, C, status=Status.AUTO, received=at(1))
    log_wordless(store)
    assert [one.id for one in store.waiting()] == [urgent_old, urgent_new, old, new]


def test_a_waiting_message_says_what_the_program_made_of_it_and_why(store: CaseStore):
    log(store, C, mailboxes=("officer-hale", "complaints"), received=at(4))
    [one] = store.waiting()
    assert (one.mailbox, one.kind, one.confidence, one.urgent) == ("officer-hale", C, 0.71, False)
    assert (one.case, one.received_at, one.reasons) == (cases(store)[0]["reference"], at(4), ("The classifier is 71% sure.",))


def test_an_erased_message_does_not_wait(store: CaseStore):
    key = log(store, C)
    with store.transaction(PERSON) as ledger:
        ledger.erase(key, "waited too long")
    assert store.waiting() == []


# What is learnt from


def test_what_people_decided_is_there_to_learn_from_and_nothing_else(store: CaseStore):
    confirmed, corrected = log(store, C, text="Nobody rang."), log(store, E, text="When is the panel?")
    log(store, C, status=Status.AUTO)
    log(store, P)
    log_wordless(store)
    confirm(store, PERSON, confirmed)
    correct(store, PERSON, corrected, Change(kind=N, role=Role.OFFICER))
    assert [(one.id, one.text, one.labels.kind) for one in store.corrections()] == [
        (confirmed, "Nobody rang.", C),
        (corrected, "When is the panel?", N),
    ]
    assert store.corrections()[1].labels.role is Role.OFFICER


def test_from_what_was_erased_nothing_is_learnt(store: CaseStore):
    key = log(store, C)
    confirm(store, PERSON, key)
    with store.transaction(PERSON) as ledger:
        ledger.erase(key, "asked for")
    assert store.corrections() == []
