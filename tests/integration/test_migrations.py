"""A store that an earlier version made: nothing in it is lost, and the tables become those of this version, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from tests.support.database import writing
from triage.errors import StoreError
from triage.review import confirm
from triage.store import engine as database
from triage.store.casestore import CaseStore
from triage.store.schema import Base

MOMENT = "2026-03-02 12:00:00+00:00"
_FIRST_ROWS = [
    "INSERT INTO complaint_case (id, reference, year, number, kind, process, status, service, themes, urgent, opened_at, version) "
    f"VALUES (1, 'CC-2026-000001', 2026, 1, 'complaint', 'statutory', 'open', 'send', '[\"delay\"]', TRUE, '{MOMENT}', 3)",
    "INSERT INTO correspondent (id, case_id, address, name, role) VALUES (1, 1, 'joan@family.example', 'Joan', 'parent_carer')",
    "INSERT INTO message (id, message_id, sender_address, sender_name, subject, text, fingerprint, forwarded, attachments, structure, kind, "
    "process, role, urgent, outside_scope, service, themes, confidence, decided_by, reasons, status, case_id, received_at, version) VALUES "
    "(1, '<1@family.example>', 'joan@family.example', 'Joan', 'Taxi', 'It never came.', 'f1', FALSE, '[]', 'ordinary', 'complaint', "
    f"'statutory', 'parent_carer', TRUE, FALSE, 'send', '[\"delay\"]', 0.97, 'model old', '[\"Because.\"]', 'review', 1, '{MOMENT}', 1)",
    "INSERT INTO delivery (id, mailbox, mailbox_kind, folder, uidvalidity, uid, message_id, sha256, size, received_at, logged_at, message_pk, "
    f"relation, attempts) VALUES (7, 'complaints', 'shared', 'INBOX', 1, 11, '<1@family.example>', 'aa', 5, '{MOMENT}', '{MOMENT}', 1, 'new', 0)",
    "INSERT INTO delivery (id, mailbox, mailbox_kind, folder, occurrence, sha256, size, received_at, logged_at, message_pk, relation, attempts) "
    f"VALUES (8, 'complaints', 'shared', 'import', 1, 'aa', 5, '{MOMENT}', '{MOMENT}', 1, 'repeat', 0)",
    "INSERT INTO delivery (id, mailbox, mailbox_kind, folder, uidvalidity, uid, sha256, size, received_at, logged_at, error, attempts) "
    f"VALUES (9, 'complaints', 'shared', 'INBOX', 1, 12, 'bb', 6, '{MOMENT}', '{MOMENT}', 'it could not be read', 2)",
    "INSERT INTO reference_counter (year, last) VALUES (2026, 1)",
    f"INSERT INTO audit_event (at, actor, action, message_pk, detail) VALUES ('{MOMENT}', 'triage 0.1.0', 'classified', 1, '{{}}')",
    "INSERT INTO folder_cursor (mailbox, folder, uidvalidity, last_uid, known_below, one_by_one_until, stuck_count, updated_at) "
    f"VALUES ('complaints', 'INBOX', 1, 12, 0, 0, 0, '{MOMENT}')",
]  # fmt: skip
_DELIVERY = (
    "INSERT INTO delivery (id, mailbox, mailbox_kind, folder, uidvalidity, uid, occurrence, sha256, size, received_at, logged_at, message_pk, "
    "error, attempts, part) VALUES (:id, 'complaints', 'shared', :folder, :uidvalidity, :uid, :occurrence, :sha256, 5, :at, :at, :message_pk, "
    ":error, 0, :part)"
)


def _upgrade(url: str, revision: str) -> None:
    with writing(url) as connection:
        config = database.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture
def first_version(store_url: str) -> str:
    """The URL of a store as the first version made it, with a row in every table that this version changes."""
    _upgrade(store_url, "0001")
    with writing(store_url) as connection:
        for statement in _FIRST_ROWS:
            connection.exec_driver_sql(statement)
    return store_url


@pytest.fixture
def migrated(first_version: str) -> Iterator[CaseStore]:
    opened = CaseStore.open(first_version, None, lambda: datetime.now(UTC))
    yield opened
    opened.close()


def _insert(connection: Connection, **values: Any) -> None:
    row = {
        "id": 20, "folder": "INBOX", "uidvalidity": 1, "uid": 30, "occurrence": None, "sha256": "cc", "at": MOMENT, "message_pk": 1,
        "error": None, "part": 0, **values,
    }  # fmt: skip
    connection.execute(text(_DELIVERY), row)


def test_every_row_survives_with_nothing_said_of_what_is_new(migrated: CaseStore):
    rows = list(migrated.export_messages())
    assert [(row["uid"], row["sha256"], row["relation"], row["status"]) for row in rows] == [
        (11, "aa", "new", "review"),
        (None, "aa", "repeat", "review"),
        (12, "bb", None, "quarantined"),
    ]
    assert [(row["part"], row["note"], row["team"]) for row in rows] == [(0, None, None)] * 3
    assert (rows[0]["text"], rows[0]["themes"], rows[0]["case"]) == ("It never came.", ["delay"], "CC-2026-000001")
    [case] = migrated.export_cases()
    assert (case["reference"], case["team"], case["correspondents"][0]["address"]) == ("CC-2026-000001", None, "joan@family.example")
    assert [(one.id, one.attempts) for one in migrated.quarantined()] == [(9, 2)]
    cursor = migrated.cursor("complaints", "INBOX")
    assert cursor is not None and cursor.last_uid == 12


def test_what_names_a_message_names_nothing_yet(migrated: CaseStore, store_url: str):
    with writing(store_url) as connection:
        stored = connection.execute(text("SELECT entities FROM message")).scalar_one()
    assert stored in ({}, "{}")


def test_a_message_of_the_first_version_can_be_decided_about(migrated: CaseStore):
    assert [one.id for one in migrated.waiting()] == [1]
    assert confirm(migrated, "ann", 1).reference == "CC-2026-000001"
    assert migrated.corrections()[0].text == "It never came."


def test_a_place_holds_each_part_once(migrated: CaseStore, store_url: str):
    with writing(store_url) as connection:
        _insert(connection, id=21, uid=11, part=1)
    with pytest.raises(StoreError, match="refused a statement"), writing(store_url) as connection:
        _insert(connection, id=22, uid=11, part=1)
    with pytest.raises(StoreError, match="refused a statement"), writing(store_url) as connection:
        _insert(connection, id=23, uid=11, part=0)


def test_a_file_holds_each_part_once(migrated: CaseStore, store_url: str):
    imported = {"folder": "import", "uidvalidity": None, "uid": None, "occurrence": 1, "sha256": "aa"}
    with writing(store_url) as connection:
        _insert(connection, id=21, **imported, part=1)
    with pytest.raises(StoreError, match="refused a statement"), writing(store_url) as connection:
        _insert(connection, id=22, **imported, part=1)


@pytest.mark.parametrize(("message_pk", "error"), [(None, None), (1, "it could not be read")])
def test_a_delivery_is_still_a_message_or_in_quarantine_and_not_both(
    migrated: CaseStore, store_url: str, message_pk: int | None, error: str | None
):
    with pytest.raises(StoreError, match="refused a statement"), writing(store_url) as connection:
        _insert(connection, message_pk=message_pk, error=error)


def test_a_delivery_of_no_message_is_still_refused(migrated: CaseStore, store_url: str):
    with pytest.raises(StoreError, match="refused a statement"), writing(store_url) as connection:
        _insert(connection, message_pk=999)


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'nobody'", "DELETE FROM audit_event"])
def test_the_audit_still_cannot_be_changed(migrated: CaseStore, store_url: str, statement: str):
    with pytest.raises(StoreError, match="refused a statement"), writing(store_url) as connection:
        connection.execute(text(statement))


def _shape(engine: Engine) -> dict[str, Any]:
    """Everything that the database says of its tables, in an order of its own.

    Of a foreign key that was added to a table in place, SQLite does not tell the name.
    """
    found = inspect(engine)
    named = engine.dialect.name != "sqlite"
    return {
        table: {
            "columns": sorted((column["name"], column["nullable"], str(column["type"])) for column in found.get_columns(table)),
            "unique": sorted((str(one["name"]), tuple(one["column_names"])) for one in found.get_unique_constraints(table)),
            "checks": sorted(str(one["name"]) for one in found.get_check_constraints(table)),
            "indexes": sorted((str(one["name"]), tuple(one["column_names"]), one["unique"]) for one in found.get_indexes(table)),
            "keys": sorted((named and one["name"], tuple(one["constrained_columns"])) for one in found.get_foreign_keys(table)),
            "primary": (found.get_pk_constraint(table)["name"], tuple(found.get_pk_constraint(table)["constrained_columns"])),
        }
        for table in sorted(found.get_table_names())
        if table != "alembic_version" and not _is_for_search(table)
    }


def _is_for_search(table: str) -> bool:
    """Full text is each database's own: FTS5 makes tables of its own behind its two, and no metadata can say what a `tsvector` is.

    That words are found on both, and after a migration, is tested in test_searching.py.
    """
    return table.startswith("search_")


def test_the_migrations_make_the_tables_that_the_program_knows(first_version: str, tmp_path_factory: pytest.TempPathFactory, request: Any):
    engine = database.connect(first_version)
    database.migrate(engine)
    options = {
        "compare_type": True,
        "render_as_batch": True,
        "include_name": lambda name, sort, parents: not (sort == "table" and _is_for_search(name)),
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    if first_version.startswith("sqlite"):
        fresh = database.connect(f"sqlite:///{tmp_path_factory.mktemp('fresh')}/fresh.db")
    else:
        fresh = database.connect(request.getfixturevalue("postgres").new_database())
    Base.metadata.create_all(fresh)
    try:
        assert _shape(engine) == _shape(fresh)
    finally:
        fresh.dispose()
        engine.dispose()


def test_a_store_that_is_of_this_version_is_not_touched(migrated: CaseStore, store_url: str):
    before = list(migrated.export_messages())
    CaseStore.open(store_url, None, lambda: datetime.now(UTC)).close()
    assert list(migrated.export_messages()) == before


def test_a_store_of_a_later_version_is_refused(store: CaseStore, store_url: str):
    with writing(store_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine = database.connect(store_url)
    try:
        with pytest.raises(StoreError, match="was made by a later version of the program"):
            database.migrate(engine)
    finally:
        engine.dispose()


# Cases that can be merged


def test_a_table_that_others_refer_to_is_altered_and_they_refer_to_it_still(migrated: CaseStore, store_url: str):
    """SQLite alters a table by copying it, with keys not enforced meanwhile."""
    for connected in (database.connect(store_url), migrated._engine):
        for statement in ("UPDATE message SET case_id = 999", "UPDATE correspondent SET case_id = 999", "DELETE FROM complaint_case"):
            with pytest.raises(StoreError, match="refused a statement"), database.writing(connected) as connection:
                connection.execute(text(statement))
        if connected is not migrated._engine:
            connected.dispose()
    assert [case["merged_into"] for case in migrated.export_cases()] == [None]


@pytest.mark.parametrize(
    "values", ["status = 'merged'", "merged_into_id = 1", "status = 'merged', merged_into_id = id", "status = 'gone'", "status = 'closed'"]
)
def test_a_case_is_merged_into_another_or_not_at_all(migrated: CaseStore, store_url: str, values: str):
    with pytest.raises(StoreError, match="refused a statement"), writing(store_url) as connection:
        connection.execute(text(f"UPDATE complaint_case SET {values}"))


def test_where_a_row_refers_to_nothing_the_store_is_not_altered(first_version: str):
    if first_version.startswith("sqlite"):
        with database.connect(first_version).connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys = OFF")
            driver.execute("UPDATE correspondent SET case_id = 999")
        engine = database.connect(first_version)
        with pytest.raises(StoreError, match="refers to rows that it does not hold"):
            database.migrate(engine)
        with database.reading(engine) as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0001"
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        engine.dispose()
