"""A colleague forwards two families' mails in one: each is a message of its own, and the mail is still one mail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.integration.conftest import Inbox
from tests.support.database import writing
from tests.support.mail import forward_of, mail
from triage.domain.message import Arrival, MailboxKind, Place
from triage.mailbox.files import FileMailbox
from triage.pipeline import Logged, Observer, Pipeline, Tally

CONTACT = (
    "I want to make a formal complaint. My daughter's social worker has cancelled contact four times since Easter and nobody has told me why. "
    "I am very unhappy about how we are treated."
)
TAXI = (
    "This is a complaint about the school taxi. It has been late every day this month and my son sits at the window crying. I have rung you "
    "nine times and nobody ever rings back, which is a disgrace."
)
ANN = mail("Ann Lowe <ann@family.example>", "Contact", CONTACT, message_id="<ann@family.example>")
BOB = mail("Bob Carr <bob@other.example>", "Taxi", TAXI, message_id="<bob@other.example>")
BOTH = forward_of(ANN, BOB)


def test_each_message_inside_is_a_row_and_a_case_of_its_own(inbox: Inbox):
    inbox.take(BOTH)
    first, second = inbox.rows
    assert [(row["part"], row["original_from_address"], row["text"]) for row in (first, second)] == [
        (0, "ann@family.example", CONTACT),
        (1, "bob@other.example", TAXI),
    ]
    assert [(row["kind"], row["relation"]) for row in (first, second)] == [("complaint", "new")] * 2
    assert [case["reference"] for case in inbox.cases] == [first["case"], second["case"]]
    assert first["case"] != second["case"]
    assert [case["correspondents"][0]["address"] for case in inbox.cases] == ["ann@family.example", "bob@other.example"]


def test_both_rows_are_of_one_mail(pipeline: Pipeline, inbox: Inbox):
    inbox.take(BOTH)
    first, second = inbox.rows
    same = ("sha256", "mailbox", "folder", "uid", "message_id", "forwarder", "note", "received_at")
    assert {name: first[name] for name in same} == {name: second[name] for name in same}
    assert first["note"] == "Please log these."
    assert pipeline.store.raw(str(first["sha256"])) == BOTH


def test_one_familys_case_is_not_suggested_for_the_others_mail(inbox: Inbox):
    inbox.take(BOTH)
    assert [row["suggested_case"] for row in inbox.rows] == [None, None]


def test_it_counts_as_one_message_of_its_mailbox_and_those_who_watch_see_two(pipeline: Pipeline, inbox: Inbox):
    watched: list[Logged] = []
    pipeline.observer = Observer(logged=watched.append)
    tally = inbox.take(BOTH, mail("C <c@c.example>", message_id="<c@c.example>"))
    assert (tally.fetched, tally.logged, tally.quarantined) == (2, 2, 0)
    assert [one.part for one in watched] == [0, 1, 0]


def test_seen_again_it_adds_nothing(pipeline: Pipeline, inbox: Inbox):
    inbox.take(BOTH)
    rows, cases = inbox.rows, inbox.cases
    tally = Tally("complaints")
    place = Place("complaints", MailboxKind.SHARED, "INBOX", 1, 1)
    pipeline.log([Arrival(place, BOTH, len(BOTH), datetime(2026, 6, 1, 9, 0, tzinfo=UTC))], tally)
    assert (tally.fetched, tally.logged) == (0, 0)
    assert (inbox.rows, inbox.cases) == (rows, cases)


def test_in_a_second_mailbox_both_are_repeats_on_their_own_cases(inbox: Inbox):
    inbox.take(BOTH)
    inbox.take(b"Received: by other.ashmere.example; Mon, 1 Jun 2026 09:00:05 +0000\r\n" + BOTH, mailbox="officer-hale")
    rows = inbox.rows
    assert [(row["part"], row["relation"]) for row in rows] == [(0, "new"), (1, "new"), (0, "repeat"), (1, "repeat")]
    assert [row["case"] for row in rows[2:]] == [row["case"] for row in rows[:2]]
    assert len(inbox.cases) == 2
    assert [len(case["messages"]) for case in inbox.cases] == [2, 2]


def test_in_a_folder_that_was_numbered_anew_it_is_found_again_whole(inbox: Inbox):
    inbox.take(BOTH, mail("C <c@c.example>", message_id="<c@c.example>"))
    before = [{key: value for key, value in row.items() if key != "uid"} for row in inbox.rows]
    inbox.renumber()
    inbox.take(mail("C <c@c.example>", message_id="<c@c.example>"), BOTH, uidvalidity=2, known_below=3)
    assert [{key: value for key, value in row.items() if key != "uid"} for row in inbox.rows] == before
    assert [row["uid"] for row in inbox.rows] == [2, 2, 1]


def test_in_a_folder_whose_server_changed_its_bytes_it_is_found_again_whole(inbox: Inbox):
    inbox.take(BOTH)
    inbox.renumber()
    inbox.take(b"X-Migrated: yes\r\n" + BOTH, uidvalidity=7, known_below=2)
    assert [row["part"] for row in inbox.rows] == [0, 1]
    assert len(inbox.cases) == 2


def test_imported_from_a_file_it_is_one_message_and_imported_again_none(pipeline: Pipeline, inbox: Inbox, tmp_path: Path):
    (tmp_path / "both.eml").write_bytes(BOTH)
    (tmp_path / "other.eml").write_bytes(ANN)
    tallies = []
    for _ in range(2):
        source = FileMailbox("complaints", MailboxKind.SHARED, [tmp_path], 50, 8_000_000)
        tallies.append(pipeline.take(source))
        assert source.found == 2
    assert [(tally.fetched, tally.logged, tally.error) for tally in tallies] == [(2, 2, None), (0, 0, None)]
    assert sorted(row["part"] for row in inbox.rows) == [0, 0, 1]


def test_two_files_of_it_are_two_deliveries(pipeline: Pipeline, inbox: Inbox, tmp_path: Path):
    for name in ("one.eml", "two.eml"):
        (tmp_path / name).write_bytes(BOTH)
    for fetched in (2, 0):
        assert pipeline.take(FileMailbox("complaints", MailboxKind.SHARED, [tmp_path], 50, 8_000_000)).fetched == fetched
    assert [(row["part"], row["relation"]) for row in inbox.rows] == [(0, "new"), (1, "new"), (0, "repeat"), (1, "repeat")]
    assert len(inbox.cases) == 2


def test_out_of_quarantine_it_comes_as_two(pipeline: Pipeline, inbox: Inbox):
    good = pipeline.judge
    pipeline.judge = replace(good, is_own=lambda domain: 1 // 0 == 0)
    assert inbox.take(BOTH).quarantined == 1
    assert [(row["status"], row["part"]) for row in inbox.rows] == [("quarantined", 0)]
    [waiting] = pipeline.store.quarantined()
    pipeline.judge = good
    place = waiting.arrival.place
    logged = pipeline.retry(waiting.id, Arrival(place, BOTH, len(BOTH), waiting.received_at), waiting.sha256)
    assert logged.case == inbox.rows[0]["case"] is not None
    assert [(row["part"], row["relation"], row["uid"]) for row in inbox.rows] == [(0, "new", 1), (1, "new", 1)]
    assert pipeline.store.quarantined() == []
    assert pipeline.store.raw(waiting.sha256) == BOTH


def test_where_the_database_refuses_one_of_them_the_mail_is_quarantined_whole(inbox: Inbox, store_url: str):
    with writing(store_url) as connection:
        if store_url.startswith("sqlite"):
            poison = (
                "CREATE TRIGGER poison BEFORE INSERT ON message WHEN NEW.original_subject = 'Taxi' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        else:
            poison = "ALTER TABLE message ADD CONSTRAINT poison CHECK (original_subject <> 'Taxi')"
        connection.execute(text(poison))
    tally = inbox.take(BOTH, mail("C <c@c.example>", message_id="<c@c.example>"))
    assert (tally.logged, tally.quarantined) == (1, 1)
    assert [(row["status"] == "quarantined", row["part"]) for row in inbox.rows] == [(True, 0), (False, 0)]
    assert len(inbox.cases) == 1


def test_of_an_officers_forward_that_waited_too_long_nothing_is_left(pipeline: Pipeline, inbox: Inbox, store_url: str):
    odd = [mail(f"{n} <{n}@x.example>", "hmm", f"Qwertz asdfg {n} yxcvb uiop", message_id=f"<{n}@x.example>") for n in ("ann", "bob")]
    inbox.take(forward_of(*odd), mailbox="officer-hale")
    rows = inbox.rows
    assert [(row["part"], row["status"]) for row in rows] == [(0, "review"), (1, "review")]
    with writing(store_url) as connection:
        connection.execute(text("UPDATE delivery SET logged_at = '2020-01-01 00:00:00+00:00'"))
    assert pipeline.forget_expired(timedelta(days=30)) == 2
    assert [(row["text"], row["from"], row["note"]) for row in inbox.rows] == [(None, None, None)] * 2
    assert pipeline.store.raw(str(rows[0]["sha256"])) is None


@pytest.mark.parametrize("count", [1, 5])
def test_as_many_as_are_attached_are_logged(inbox: Inbox, count: int):
    inside = [
        mail(f"P{n} <p{n}@family{n}.example>", f"Matter {n}", f"{CONTACT} It is matter {n}.", message_id=f"<{n}@x.example>")
        for n in range(count)
    ]
    inbox.take(forward_of(*inside))
    assert [row["part"] for row in inbox.rows] == list(range(count))
    assert len(inbox.cases) == count
