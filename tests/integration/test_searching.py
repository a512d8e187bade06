"""Messages found by their words, cases by their references; and nothing found of what was erased or may not be seen."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, text, update

from tests.support.casework import RITA, case_id_of, case_of
from tests.support.database import writing
from tests.support.logged import at, log, log_wordless
from tests.support.viewers import person, restrict
from tests.unit.making import labels
from triage import review
from triage.domain.labels import Kind, Service, Status
from triage.domain.message import Address
from triage.domain.user import User, UserRole
from triage.errors import CallError
from triage.store import engine as database
from triage.store import findable, searching
from triage.store.casestore import CaseStore
from triage.store.ledger import Ledger
from triage.store.schema import Message
from triage.store.searching import Found

C, N = Kind.COMPLAINT, Kind.NONE
OFFICER = "officer-hale"
WILL = Address("will.may@family.example", "Will May")


@pytest.fixture
def viewer(store: CaseStore) -> User:
    return person(store, "rita")


def search(store: CaseStore, viewer: User, words: str, after: str | None = None, size: int = 25) -> Found:
    return store.look(
        lambda connection, now: searching.search(connection, viewer, datetime(2026, 11, 22, 12, tzinfo=UTC), words, after, size=size)
    )


def found(store: CaseStore, viewer: User, words: str) -> list[int]:
    return [row.id for row in search(store, viewer, words).rows]


def change(store_url: str, key: int, **values: object) -> None:
    """Change what a message says, and have it found by that."""
    with writing(store_url) as connection:
        one = findable.Findable()
        one.forget(connection, key)
        connection.execute(update(Message).where(Message.id == key).values(**values))
        one.add(key)
        one.write(connection)


# By words


def test_a_message_is_found_by_a_word_of_its_text_in_any_of_its_forms_and_by_no_other(store: CaseStore, viewer: User):
    key = log(store, C, text="Nobody answered when we complained about the minibus.")
    other = log(store, C, text="The escort was late.", author=RITA)
    for words in ("minibus", "MINIBUS", "complaining", "answers", "minibus nobody", "nobody, the minibus!"):
        assert found(store, viewer, words) == [key], words
    assert found(store, viewer, "escort") == [other]
    for words in ("tram", "minibus escort", "minibus tram"):
        assert found(store, viewer, words) == [], words


WHERE = [
    ("original_name", "Joséphine Brontë", "josephine"),
    ("original_name", "Josephine Bronte", "Brontë"),
    ("original_address", "j.o-neill@family.example", "j.o-neill@family.example"),
    ("sender_name", "Dele Okafor", "okafor"),
    ("sender_address", "dele.okafor@ashmere.example", "dele.okafor@ashmere.example"),
    ("forwarder", "team.lead@ashmere.example", "team.lead@ashmere.example"),
    ("original_subject", "Wheelchair clamps", "clamps"),
    ("subject", "FW: Wheelchair straps", "straps"),
    ("note", "Please log this formally, Kemi", "kemi"),
    ("attachments", [{"name": "Zebra crossing.pdf", "type": "application/pdf", "size": 1, "digest": "d"}, {"name": "b.txt"}], "zebra"),
    ("text", "Mrs O’Shea can’t come – the “green” bus", "O'Shea"),
    ("text", "Mrs O’Shea can’t come – the “green” bus", "green"),
    ("text", "Look at https://school.example/timetable.html", "timetable"),
    ("text", "ring 07700 900123", "900123"),
]


def test_everything_that_says_who_wrote_what_is_found(store: CaseStore, store_url: str, viewer: User):
    key = log(store, C)
    log(store, C, author=RITA)
    for field, value, words in WHERE:
        change(store_url, key, **{field: None if field != "attachments" else []})
        assert found(store, viewer, words) == [], (field, words)
        change(store_url, key, **{field: value})
        assert found(store, viewer, words) == [key], (field, words)


def test_people_are_found_whose_names_are_common_words(store: CaseStore, viewer: User):
    key = log(store, C, author=WILL, text="It never came.")
    log(store, C, text="Yesterday again.")
    assert found(store, viewer, "Will") == found(store, viewer, "may will") == [key]


def test_the_last_word_may_be_a_beginning_and_no_other(store: CaseStore, viewer: User):
    key = log(store, C, text="The headteacher of Larkfield answered.")
    assert found(store, viewer, "larkf") == found(store, viewer, "headteacher lark") == [key]
    assert found(store, viewer, "lark headteacher") == found(store, viewer, "la") == []
    assert found(store, viewer, "larkf ") == [], "what ends in a space is a whole word"


def test_an_address_is_found_where_it_stands_together_and_not_by_its_parts_apart(store: CaseStore, viewer: User):
    key = log(store, C, author=Address("tom.reed@family.example", "Tom Reed"))
    log(store, C, author=Address("reed.tom@family.example", "Reed Tom"))
    assert found(store, viewer, "tom.reed@family.example") == [key]
    assert found(store, viewer, "tom.re@family.example") == []


HOSTILE = [
    '"', '""', "*", "a*", "NEAR(", "NEAR(a b, 2)", "taxi AND", "OR", "NOT", "words:taxi", "^taxi", "-taxi", "{taxi}", "(", "taxi)", "'", "';--",
    "\\", "taxi\x00bus", "\x00", "\ud800", "%", "_", ":*", "a:*b", "<->", "&", "|", "!taxi", "x" * 5000, "x " * 2500, "é" * 5000, "\u202e",
    "٣", "漢字", "😀", "1e5", "1.5e10", "0x1F", "&amp;", "<b>", "http://", "@", "a@b@c", "--", "e\u0301\u0301\u0301", "İı", "²", "",
]  # fmt: skip


def test_no_words_are_more_than_words(store: CaseStore, viewer: User):
    log(store, C)
    for words in HOSTILE:
        for asked in (words, f"taxi {words}", f"{words} taxi"):
            assert found(store, viewer, asked) in ([], [1]), repr(words)


def test_of_very_many_words_the_first_are_looked_for(store: CaseStore, viewer: User):
    key = log(store, C, text="one two three four five six seven eight nine ten eleven twelve")
    assert found(store, viewer, "one two three four five six seven eight nine ten eleven twelve thirteen") == [key]
    assert found(store, viewer, "one two three four zero") == []


def test_the_newest_are_found_first_and_each_once_a_page_after_another(store: CaseStore, viewer: User):
    keys = [log(store, C, mailboxes=((OFFICER,) if number % 2 else ("complaints",)), text=f"late bus {number}") for number in range(7)]
    seen, after, first = [], None, True
    while first or after:
        page = search(store, viewer, "bus", after, size=3)
        seen.append([row.id for row in page.rows])
        after, first = page.next, False
    assert seen == [keys[:3:-1], keys[3:0:-1], keys[:1]]


def test_what_is_no_cursor_is_refused(store: CaseStore, viewer: User):
    for after in ("", "x", "é", "e30", "WyJmb3VuZCIsMCwtMV0", "WyJxdWV1ZSIsMCwxXQ", "W" * 500, "WyJmb3VuZCIsMiwxXQ", "[" * 300):
        with pytest.raises(CallError, match="no such place"):
            search(store, viewer, "taxi", after)


def test_what_is_shown_of_what_was_found(store: CaseStore, viewer: User):
    text = f"{'Well now. ' * 40}The <b>minibus</b>\n\n left   without Amir. {'And so on. ' * 60}"
    key = log(store, C, text=text, received=at(3), status=Status.AUTO)
    [row] = search(store, viewer, "amir minibus").rows
    assert (row.id, row.case, row.subject, row.author) == (key, case_of(store, key), "School taxi", "Joan Whitlow")
    assert (row.received_at, row.kind, row.status, row.mailbox) == (at(3), "complaint", "auto", "complaints")
    assert "The <b>minibus</b> left without Amir." in row.snippet.text and len(row.snippet.text) <= 240
    assert [row.snippet.text[start:end] for start, end in row.snippet.hits] == ["minibus", "Amir"]
    assert row.snippet.text.startswith("now. Well"), "it begins with a whole word"


def test_what_is_found_elsewhere_is_shown_from_there(store: CaseStore, viewer: User):
    log(store, C, text="It never came.")
    [row] = search(store, viewer, "whitlow").rows
    assert [row.snippet.text[start:end] for start, end in row.snippet.hits] == ["Whitlow", "whitlow"] * (len(row.snippet.hits) // 2)


# By reference


@pytest.mark.parametrize("words", ["CC-{year}-000002", "cc-{year}-000002", "{year}-2", "{year}-000002", " {year}-2 "])
def test_a_case_is_found_by_its_reference_however_it_is_written(store: CaseStore, viewer: User, words: str):
    log(store, C)
    reference = case_of(store, log(store, C))
    year = reference[3:7]
    assert search(store, viewer, words.format(year=year)).case == reference


def test_a_number_alone_is_this_year_s(store: CaseStore, store_url: str, viewer: User):
    key = log(store, C)
    with writing(store_url) as connection:
        connection.execute(text("UPDATE complaint_case SET reference = 'CC-2026-000123', year = 2026, number = 123"))
    assert search(store, viewer, "123").case == search(store, viewer, "000123").case == case_of(store, key) == "CC-2026-000123"
    for words in ("124", "2025-123", "CC-2026-000124", "0", "CC-2026-0000123", "1234567", "123 taxi", "１２３"):
        assert search(store, viewer, words).case is None, words


def test_the_reference_of_a_merged_case_leads_on(store: CaseStore, viewer: User):
    one, other = case_of(store, log(store, C)), case_of(store, log(store, C))
    review.merge(store, "rita", one, other)
    assert search(store, viewer, one).case == other


# What may not be seen


def test_who_may_not_see_a_case_finds_neither_its_mail_nor_its_reference(store: CaseStore, store_url: str, viewer: User):
    named = person(store, "asha")
    key, other = log(store, C, text="bus one"), log(store, C, text="bus two")
    reference = case_of(store, key)
    restrict(store, case_id_of(store, reference), named)
    assert found(store, named, "bus") == [other, key] and search(store, named, reference).case == reference
    assert found(store, viewer, "bus") == [other] and search(store, viewer, reference).case is None
    assert search(store, viewer, "bus", size=1).next is None, "that there is more is not said of what is not seen"


def test_a_manager_finds_what_they_forwarded_and_what_is_of_their_service(store: CaseStore, store_url: str):
    manager = person(store, "tom", UserRole.MANAGER, address="tom@ashmere.example", services=frozenset({Service.SEND}))
    theirs = log(store, C, text="bus")
    of_service = log(store, labels(C, service=Service.SEND), text="bus", status=Status.CONFIRMED)
    log(store, labels(C, service=Service.SEND), text="bus", status=Status.AUTO)
    log(store, C, text="bus", status=Status.CONFIRMED)
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id == theirs).values(forwarder="tom@ashmere.example"))
    assert found(store, manager, "bus") == [of_service, theirs]


# What is erased


def stored(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("triage.db*")).lower()


def erase(store: CaseStore, *keys: int) -> None:
    with store.transaction("triage") as ledger:
        for key in keys:
            ledger.erase(key, "a test")
    store.forget_the_log()


def entries(store_url: str) -> dict[str, set[Any]]:
    """The messages that each index has."""
    tables = ("search_waiting", "search_kept") if store_url.startswith("sqlite") else ("search_entry",)
    key = "rowid" if store_url.startswith("sqlite") else "message_pk"
    with writing(store_url) as connection:
        return {table: set(connection.execute(text(f"SELECT {key} FROM {table}")).scalars()) for table in tables}


def test_of_what_is_erased_nothing_is_found_and_nothing_stands_in_the_file(store: CaseStore, store_url: str, tmp_path: Path, viewer: User):
    kept = log(store, C, mailboxes=(OFFICER,), text="Zebedee drove the taxi.")
    keys = [
        log(
            store, N, mailboxes=(OFFICER,), text="Zephyrine takes Quixotte's taxi.", author=Address("vashti.ng@family.example", "Vashti Ng")
        )
        for _ in range(3)
    ]
    assert found(store, viewer, "zephyrine") == keys[::-1]
    erase(store, *keys)
    assert found(store, viewer, "zephyrine") == found(store, viewer, "vashti") == []
    assert found(store, viewer, "zebedee") == [kept]
    assert kept in set.union(*entries(store_url).values()) and not set(keys) & set.union(*entries(store_url).values())
    if store_url.startswith("sqlite"):
        # FTS5 shortens a word that begins as the one before does.
        for word in (b"phyrin", b"uixot", b"ashti"):
            assert word not in stored(tmp_path), word
        assert b"edee" in stored(tmp_path), "the test would find what is there"


def test_what_was_kept_and_is_found_to_be_nothing_after_all_leaves_no_word_either(
    store: CaseStore, store_url: str, tmp_path: Path, viewer: User
):
    others = [log(store, C, text=f"The taxi of Zebedee {number} came.", author=RITA) for number in range(20)]
    key = log(store, C, mailboxes=(OFFICER,), text="Zephyrine takes the taxi.")
    review.confirm(store, "rita", key)
    assert found(store, viewer, "zephyrine") == [key]
    erase(store, key)
    assert found(store, viewer, "zephyrine") == []
    assert found(store, viewer, "zebedee") == others[::-1]
    if store_url.startswith("sqlite"):
        assert b"phyrin" not in stored(tmp_path)


def test_a_person_s_decision_that_an_officers_mail_is_nothing_leaves_no_word(
    store: CaseStore, store_url: str, tmp_path: Path, viewer: User
):
    key = log(store, N, mailboxes=(OFFICER,), text="Zephyrine takes the taxi.")
    review.confirm(store, "rita", key)
    assert found(store, viewer, "zephyrine") == []
    if store_url.startswith("sqlite"):
        assert b"phyrin" not in stored(tmp_path)


def test_what_may_be_erased_stands_apart_until_a_person_keeps_it(store: CaseStore, store_url: str, viewer: User):
    waiting = log(store, C, mailboxes=(OFFICER,), text="bus")
    log(store, C, mailboxes=("complaints", OFFICER), text="bus")
    log(store, C, mailboxes=(OFFICER,), status=Status.AUTO, text="bus")
    log_wordless(store)
    if store_url.startswith("sqlite"):
        assert entries(store_url)["search_waiting"] == {waiting}
    assert len(set.union(*entries(store_url).values())) == 3 == len(found(store, viewer, "bus"))
    review.confirm(store, "rita", waiting)
    assert len(found(store, viewer, "bus")) == 3
    if store_url.startswith("sqlite"):
        assert entries(store_url)["search_waiting"] == set()


def test_what_is_not_committed_is_not_found(store: CaseStore, store_url: str, viewer: User):
    key = log(store, C, text="bus")

    def fail(ledger: Ledger, connection: object) -> None:
        ledger.erase(key, "a test")
        raise CallError("not now")

    with pytest.raises(CallError, match="not now"):
        store.work("rita", fail)
    assert found(store, viewer, "bus") == [key]


# A store of an earlier version


def test_what_an_earlier_version_logged_is_found(store_url: str):
    engine = database.connect(store_url)
    with database.writing(engine) as connection:
        config = database.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
    moment = "2026-03-02 12:00:00+00:00"
    values = (
        "(:id, :name, :name, 'Minibus', 'Brontë’s escort was late.', FALSE, '[{\"name\": \"zebra.pdf\"}]', 'ordinary', 'complaint', '[]', 0.9, "
        f"'model', '[]', :status, '{moment}', 1, :erased)"
    )
    columns = "id, sender_name, original_name, subject, text, forwarded, attachments, structure, kind, themes, confidence, decided_by, reasons, status, received_at, version, erased_at"
    delivery = (
        "INSERT INTO delivery (id, mailbox, mailbox_kind, folder, uidvalidity, uid, sha256, size, received_at, logged_at, message_pk, attempts) "
        f"VALUES (:id, 'x', :kind, 'INBOX', 1, :id, 'aa', 5, '{moment}', '{moment}', :id, 0)"
    )
    rows = [
        (1, "review", "officer", None),
        (2, "review", "shared", None),
        (3, "auto", "officer", None),
        (4, "auto", "officer", moment),
        (5001, "auto", "shared", None),
    ]
    with database.writing(engine) as connection:
        for key, status, kind, erased in rows:
            connection.execute(
                text(f"INSERT INTO message ({columns}) VALUES {values}"), {"id": key, "name": "Joan", "status": status, "erased": erased}
            )
            connection.execute(text(delivery), {"id": key, "kind": kind})
    engine.dispose()
    store = CaseStore.open(store_url, None, lambda: datetime.now(UTC))
    viewer = person(store, "rita")
    for words in ("bronte escorts", "zebra", "joan minibus"):
        assert found(store, viewer, words) == [5001, 3, 2, 1]
    if store_url.startswith("sqlite"):
        assert entries(store_url) == {"search_waiting": {1}, "search_kept": {2, 3, 5001}}
    erase(store, 1, 3)
    assert found(store, viewer, "escort") == [5001, 2]
    with writing(store_url) as connection:
        assert connection.execute(select(Message.text).where(Message.id == 1)).scalar_one() is None
    store.close()


def test_what_the_migration_put_in_is_named_alike_when_it_is_taken_out() -> None:
    """On SQLite what is deleted from an index is named as it was put in."""
    path = Path(database.__file__).parent / "migrations/versions/0007_lists_and_search.py"
    spec = importlib.util.spec_from_file_location("migration_0007", path)
    assert spec is not None and spec.loader is not None
    migration: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    for made, attachments in ((findable._SQLITE_WORDS, "json_each"), (findable._POSTGRESQL_WORDS, "json_array_elements")):
        [names] = [part for part in re.findall(r"substr\(\((.*?)\), 1, 5000\)", made) if attachments in part]
        assert " ".join(made.split()) == migration._words(names)
    assert findable.BLOCK == 4096
