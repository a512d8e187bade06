"""What earlier versions did not keep for matching is made from the kept bytes, once, and later mail finds it."""

import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import event, text

from tests.integration.conftest import Inbox
from tests.support.database import writing
from tests.support.finding import cases_found, compared, kept
from tests.support.letters import PLAN, STILL_WAITING, TAXI, june, letter
from tests.support.logged import audit
from tests.support.mail import forward_of, mail
from triage.casefinder import CaseFinder
from triage.domain.labels import Kind, Process, Role
from triage.domain.message import Arrival, MailboxKind, Place
from triage.judge import Failed, Judge, Opened
from triage.mailbox.files import FileMailbox
from triage.matching.particulars import Particulars
from triage.pipeline import Pipeline
from triage.review import Change, confirm, correct
from triage.store import engine as database
from triage.store import remaking
from triage.store.casestore import CaseStore

RESPITE = (
    "Fernlea House has cancelled our daughter Morwenna's overnight respite for the fourth weekend running. We were told by text on the Friday. "
    "I want to make a formal complaint about the short breaks team.\n\nRhodri Penhale"
)
STILL_NO_RESPITE = (
    "It is now the fifth weekend. Morwenna's respite at Fernlea House was cancelled again and the short breaks team does not ring back. I am "
    "still waiting for an answer to my complaint.\n\nRhodri Penhale"
)
RHODRI = "Rhodri Penhale <rhodri.penhale@home.example>"
_CHASER = letter(STILL_WAITING, "No answer", 9)


@dataclass(frozen=True, slots=True)
class _Counting(Judge):
    """Judges as the program does and notes what was read."""

    read_again: list[str] = field(default_factory=list)

    def read(self, arrival: Arrival) -> Opened | Failed:
        self.read_again.append(arrival.place.mailbox)
        return Judge.read(self, arrival)


def _counting(judge: Judge) -> _Counting:
    return _Counting(**{one.name: getattr(judge, one.name) for one in fields(Judge)})


def _forget(store_url: str) -> None:
    """Leave the store as the migration leaves one that an earlier version made."""
    with writing(store_url) as connection:
        connection.execute(text("DELETE FROM matching_key"))
        connection.execute(text("UPDATE message_particulars SET content = NULL, keys = '[]', tries = 0"))


@pytest.fixture
def forgotten(inbox: Inbox, store_url: str) -> Inbox:
    """Three letters on three cases, of which nothing is kept for matching."""
    inbox.take(letter(TAXI, "Kofi's taxi", 2), letter(PLAN, "Ama's EHCP", 12), received=june(12))
    inbox.take(mail(RHODRI, "Respite", RESPITE, message_id="<r@home.example>", sent=june(3)), received=june(3), mailbox="officer-hale")
    assert len(inbox.cases) == 3
    _forget(store_url)
    assert cases_found(inbox.pipeline, _CHASER) == {}
    return inbox


def test_what_an_earlier_version_logged_is_found_by_the_first_mail_after_the_start(forgotten: Inbox, store_url: str, tmp_path: Path):
    (tmp_path / "chaser.eml").write_bytes(_CHASER)
    tally = forgotten.pipeline.take(FileMailbox("complaints", MailboxKind.SHARED, [tmp_path / "chaser.eml"], 50, 8_000_000))
    assert (tally.logged, tally.error) == (1, None)
    row = next(row for row in forgotten.rows if row["message_id"] == "<9@family.example>")
    assert (row["case"], row["relation"]) == (forgotten.cases[0]["reference"], "repeat")
    assert compared(store_url) == {1: True, 2: True, 3: True, 4: True}
    assert kept(store_url, 1)[0] > 5


def test_what_is_made_anew_is_what_was_kept_when_the_message_came(inbox: Inbox, store_url: str):
    inbox.take(letter(TAXI, "Kofi's taxi", 2), letter(PLAN, "Ama's EHCP", 12, In_Reply_To="<x@ashmere.example>"), received=june(12))

    def stored() -> Sequence[Any]:
        with writing(store_url) as connection:
            keys = connection.execute(text("SELECT value, message_pk FROM matching_key ORDER BY message_pk, value")).all()
            particulars = connection.execute(text("SELECT message_pk, content, tries FROM message_particulars ORDER BY message_pk")).all()
        return [[tuple(row) for row in keys], [(row[0], zlib.decompress(row[1]), row[2]) for row in particulars]]

    before = stored()
    _forget(store_url)
    assert inbox.pipeline.complete() == 2
    assert stored() == before


def test_where_nothing_is_to_be_made_it_is_one_question_which_an_index_answers(forgotten: Inbox, store_url: str):
    assert forgotten.pipeline.complete() == 3
    asked: list[tuple[str, Any]] = []
    engine = forgotten.pipeline.store._engine

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("SELECT message") or not statement.startswith(("BEGIN", "SELECT pg_", "SET")):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    assert forgotten.pipeline.complete() == 0
    event.remove(engine, "before_cursor_execute", note)
    [(statement, parameters)] = asked
    with writing(store_url) as connection:
        if store_url.startswith("sqlite"):
            explain = "EXPLAIN QUERY PLAN "
        else:
            # Of a handful of rows it would read them all.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN "
        plan = " ".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))
    assert "ix_message_particulars_tries_message_pk" in plan


def test_what_cannot_be_read_again_is_said_so_and_not_tried_at_the_next_start(forgotten: Inbox, store_url: str):
    good = forgotten.pipeline.judge

    def is_own(domain: str) -> bool:
        if domain == "home.example":
            raise RecursionError("no words of the mail in here")
        return good.is_own(domain)

    forgotten.pipeline.judge = replace(good, is_own=is_own)
    assert forgotten.pipeline.complete() == 2
    assert compared(store_url) == {1: True, 2: True, 3: False}
    assert [(one.action, one.message_pk, one.detail) for one in audit(store_url)][-1] == ("could not be read again", 3, {})
    forgotten.pipeline.judge = counting = _counting(good)
    assert forgotten.pipeline.complete() == 0
    assert counting.read_again == []


def test_a_message_whose_bytes_are_gone_is_passed_over(forgotten: Inbox, store_url: str):
    gone = forgotten.rows[0]["sha256"]
    with writing(store_url) as connection:
        connection.execute(text("DELETE FROM raw_message WHERE sha256 = :gone"), {"gone": gone})
    assert forgotten.pipeline.complete() == 2
    assert forgotten.pipeline.complete() == 0
    assert sum(compared(store_url).values()) == 2


def test_a_message_with_which_the_program_breaks_down_each_time_is_given_up(forgotten: Inbox, store_url: str):
    store = forgotten.pipeline.store
    for _ in range(3):
        # As where the process was killed while it read them.
        assert len(store.work("the program", remaking.take)) == 3
    forgotten.pipeline.judge = counting = _counting(forgotten.pipeline.judge)
    assert forgotten.pipeline.complete() == 0
    assert counting.read_again == []
    assert compared(store_url) == {1: False, 2: False, 3: False}


def test_a_message_at_which_it_was_once_stopped_is_made_at_the_next_start(forgotten: Inbox):
    store = forgotten.pipeline.store
    assert len(store.work("the program", remaking.take)) == 3
    assert forgotten.pipeline.complete() == 3


def test_a_service_that_is_told_to_stop_begins_no_further_batch(forgotten: Inbox, store_url: str):
    forgotten.pipeline.stop.set()
    assert forgotten.pipeline.complete() == 0
    forgotten.pipeline.stop = threading.Event()
    assert forgotten.pipeline.complete() == 3


def test_two_processes_that_start_at_once_make_everything_once(
    forgotten: Inbox, store_url: str, judge: Judge, case_finder: CaseFinder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(remaking, "_MOST_MESSAGES", 1)
    gate, done, problems = threading.Barrier(2), list[int](), list[BaseException]()

    def start() -> None:
        store = CaseStore.open(store_url, None, lambda: datetime.now(UTC))
        try:
            gate.wait(60)
            done.append(Pipeline(store, judge, case_finder).complete())
        except BaseException as error:
            problems.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (problems, len(done)) == ([], 2)
    # The last ones may be in both hands: what is made twice is made the same.
    assert 3 <= sum(done) <= 6
    assert compared(store_url) == {1: True, 2: True, 3: True}
    assert forgotten.pipeline.complete() == 0
    assert all(one.action != "could not be read again" for one in audit(store_url))


def test_of_two_families_in_one_forward_each_is_found_by_its_own_mail(inbox: Inbox, store_url: str):
    inbox.take(forward_of(letter(TAXI, "Kofi's taxi", 2), mail(RHODRI, "Respite", RESPITE, message_id="<r@home.example>", sent=june(1))))
    first, second = (str(row["case"]) for row in inbox.rows)
    _forget(store_url)
    assert inbox.pipeline.complete() == 2
    inbox.take(mail(RHODRI, "Fernlea House", STILL_NO_RESPITE, message_id="<r2@home.example>", sent=june(10)), received=june(10))
    inbox.take(_CHASER, received=june(10))
    assert {row["message_id"]: row["case"] for row in inbox.rows}["<r2@home.example>"] == second
    assert {row["message_id"]: row["case"] for row in inbox.rows}["<9@family.example>"] == first


def test_what_was_erased_while_it_was_read_again_leaves_nothing(forgotten: Inbox, store_url: str):
    store, finder = forgotten.pipeline.store, forgotten.pipeline.finder
    [one] = [one for one in store.work("the program", remaking.take) if one.message_pk == 3]
    raw = store.raw(one.sha256)
    assert raw is not None
    [item] = forgotten.pipeline.judge.classify([forgotten.pipeline.judge.read(replace(one.arrival, raw=raw))])
    assert isinstance(item, Opened)
    particulars = item.parts[0].particulars
    assert particulars is not None
    with store.transaction("Ann Officer") as ledger:
        ledger.erase(3, "a test")
    keys = finder.keys(particulars)
    assert store.work("the program", lambda ledger, c: remaking.put(ledger, c, one, keys, particulars.stored())) is False
    assert kept(store_url, 3) == (0, 0)
    assert forgotten.pipeline.complete() == 2
    assert kept(store_url, 3) == (0, 0)


def test_what_is_to_be_made_of_a_message_is_forgotten_with_its_words(forgotten: Inbox, store_url: str):
    correct(forgotten.pipeline.store, "ann", 3, Change(kind=Kind.NONE))
    assert kept(store_url, 3) == (0, 0)
    assert forgotten.pipeline.complete() == 2


# What a person says of a message counts for later mail too


def test_a_message_that_was_put_aside_and_is_something_after_all_is_found_by_later_mail(inbox: Inbox, store_url: str):
    inbox.take(letter(TAXI, "Kofi's taxi", 2, Auto_Submitted="auto-replied"), received=june(2))
    assert (inbox.rows[0]["kind"], inbox.rows[0]["case"], kept(store_url)) == ("none", None, (0, 0))
    reference = correct(inbox.pipeline.store, "ann", 1, Change(kind=Kind.COMPLAINT, process=Process.CORPORATE)).reference
    assert inbox.pipeline.complete() == 1
    inbox.take(_CHASER, received=june(9))
    # It came as a machine's mail does, and by what a machine sends nobody joins a case without being asked.
    assert reference in (inbox.rows[-1]["case"], inbox.rows[-1]["suggested_case"])


def test_a_role_that_a_person_corrected_is_the_one_that_later_mail_is_compared_with(inbox: Inbox, store_url: str):
    inbox.take(letter(TAXI, "Kofi's taxi", 2), received=june(2))
    correct(inbox.pipeline.store, "ann", 1, Change(role=Role.MP))
    assert cases_found(inbox.pipeline, _CHASER) != {}, "until it is made anew, what was kept serves"
    assert inbox.pipeline.complete() == 1
    with inbox.pipeline.store.transaction("nobody") as ledger:
        evidence = ledger.gather([], Particulars.restored)
        ledger.load([1])
        history = evidence.history(1)
    assert history is not None
    assert [(one.role, one.go_between) for one in history.messages] == [(Role.MP, True)]


def test_a_message_that_a_person_confirms_is_not_read_again(inbox: Inbox):
    inbox.take(letter(TAXI, "Kofi's taxi", 2), received=june(2))
    confirm(inbox.pipeline.store, "ann", 1)
    assert inbox.pipeline.complete() == 0


# A store of the version before


def _third_version(url: str, raw: bytes) -> None:
    """A store as the version before made it: a complaint on a case, and an officer's message that is nothing, both with their threads."""
    with writing(url) as connection:
        config = database.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        moment = "2026-06-02 09:00:00+00:00"
        for statement in (
            "INSERT INTO complaint_case (id, reference, year, number, kind, process, status, service, themes, urgent, opened_at, version) "
            f"VALUES (1, 'CC-2026-000001', 2026, 1, 'complaint', 'corporate', 'open', 'transport', '[]', FALSE, '{moment}', 1)",
            "INSERT INTO correspondent (id, case_id, address, name, role) "
            "VALUES (1, 1, 'priscilla.amankwah@family.example', 'Priscilla Amankwah', 'parent_carer')",
            "INSERT INTO reference_counter (year, last) VALUES (2026, 1)",
        ):
            connection.exec_driver_sql(statement)
        message = text(
            "INSERT INTO message (id, message_id, sender_address, sender_name, subject, text, fingerprint, forwarded, original_address, "
            "original_name, original_subject, attachments, structure, kind, process, role, urgent, outside_scope, service, themes, language, "
            "confidence, decided_by, reasons, status, case_id, received_at, version) VALUES (:id, :name, 'priscilla.amankwah@family.example', "
            "'Priscilla Amankwah', 'Kofi''s taxi', :text, :print, FALSE, 'priscilla.amankwah@family.example', 'Priscilla Amankwah', "
            "'Kofi''s taxi', '[]', 'ordinary', :kind, :process, 'parent_carer', FALSE, FALSE, 'transport', '[]', 'en', 0.98, 'model old', '[]', "
            "'auto', :case_id, :at, 1)"
        )
        delivery = text(
            "INSERT INTO delivery (id, mailbox, mailbox_kind, folder, uidvalidity, uid, message_id, sha256, size, received_at, logged_at, "
            "message_pk, relation, attempts) VALUES (:id, :mailbox, :kind, 'INBOX', 1, :id, :name, :sha256, :size, :at, :at, :id, :relation, 0)"
        )
        for id_, name, kind, process, case_id, mailbox, sort, relation in (
            (1, "<2@family.example>", "complaint", "corporate", 1, "complaints", "shared", "new"),
            (2, "<3@family.example>", "none", None, None, "officer-hale", "officer", None),
        ):
            values = {"id": id_, "name": name, "text": TAXI, "print": f"f{id_}", "kind": kind, "process": process, "case_id": case_id}
            connection.execute(message, {**values, "at": moment})
            sha256 = f"{id_:064x}"
            connection.execute(
                delivery,
                {
                    "id": id_,
                    "mailbox": mailbox,
                    "kind": sort,
                    "name": name,
                    "sha256": sha256,
                    "size": len(raw),
                    "at": moment,
                    "relation": relation,
                },
            )
            content = {"sha256": sha256, "size": len(raw), "content": zlib.compress(raw)}
            connection.execute(text("INSERT INTO raw_message (sha256, size, content) VALUES (:sha256, :size, :content)"), content)
            for position, value in enumerate(("<letter@ashmere.example>", name)):
                link = {"key": id_, "position": position, "value": value}
                connection.execute(text("INSERT INTO thread_link (message_pk, position, value) VALUES (:key, :position, :value)"), link)
        if not url.startswith("sqlite"):
            # The rows that come count on from here.
            for table in ("complaint_case", "correspondent", "message", "delivery"):
                connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)")


def test_an_answer_to_a_message_of_the_version_before_joins_its_case(store_url: str, judge: Judge, case_finder: CaseFinder):
    _third_version(store_url, letter(TAXI, "Kofi's taxi", 2))
    store = CaseStore.open(store_url, None, lambda: datetime.now(UTC))
    inbox = Inbox(Pipeline(store, judge, case_finder))
    assert kept(store_url, 1) == kept(store_url, 2) == (2, 1), "the threads are known still"
    body = "Is there any news on this please? It is two weeks now and nobody has answered my complaint.\n\nPriscilla Amankwah"
    answer = letter(body, "Re: Kofi's taxi", 16, In_Reply_To="<2@family.example>")
    [item] = judge.classify([judge.read(Arrival(Place("complaints", MailboxKind.SHARED, "INBOX", 1, 99), answer, len(answer), june(16)))])
    assert isinstance(item, Opened)
    with store.transaction("nobody") as ledger:
        evidence = case_finder.gather(ledger, item.parts)
    assert {case for cases in evidence.cases_by_key.values() for case in cases} == {1}, "found by the thread alone"
    assert inbox.pipeline.complete() == 1, "what an officer was not asked about is not read again"
    inbox.take(answer, received=june(16), mailbox="transport")
    assert (inbox.rows[-1]["case"], inbox.rows[-1]["relation"]) == ("CC-2026-000001", "repeat")
    store.close()


def test_of_a_message_of_the_version_before_that_is_erased_no_thread_is_left(store_url: str):
    _third_version(store_url, letter(TAXI, "Kofi's taxi", 2))
    store = CaseStore.open(store_url, None, lambda: datetime.now(UTC))
    for message in (1, 2):
        with store.transaction("Ann Officer") as ledger:
            ledger.erase(message, "a test")
    assert kept(store_url) == (0, 0)
    store.close()
