"""The orders in which mail and cases are listed, and the words of every message, to be found by.

On SQLite words stand in two indexes of FTS5. It keeps what is deleted in old segments until they are merged, so what may still have to
be erased stands in one of its own, which is small enough to be merged each time: see `triage.store.searching`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_AT_A_TIME = 5000
_WAITS = "lower(status) = 'review' AND erased_at IS NULL"
_LOGGED = "lower(status) = 'auto' AND erased_at IS NULL AND case_id IS NOT NULL"
_FILTERED = ["kind", "process", "service", "team", "suggested_case_id"]
_PARTS = {
    "ix_message_waiting_urgent": (_WAITS, ["urgent", "received_at", "id", *_FILTERED]),
    "ix_message_waiting_received": (_WAITS, ["received_at", "id", *_FILTERED]),
    "ix_message_waiting_confidence": (_WAITS, ["confidence", "id", *_FILTERED]),
    "ix_message_waiting_case": (_WAITS, ["case_id"]),
    "ix_message_suggested": (f"{_WAITS} AND suggested_case_id IS NOT NULL", ["urgent", "received_at", "id"]),
    "ix_message_logged": (_LOGGED, ["received_at", "id", *_FILTERED]),
}
_CASES = (
    ["opened_at", "id"],
    ["status", "opened_at", "id"],
    ["status", "due_on", "id"],
    ["service", "opened_at", "id"],
    ["team", "opened_at", "id"],
)


# What few rows have: where it is there.
_SPARSE = (
    ("complaint_case", "merged_into_id"),
    ("complaint_case", "assigned_to_id"),
    ("message", "forwarder"),
    ("message", "suggested_case_id"),
    ("message", "assigned_to_id"),
)


def upgrade() -> None:
    for table, column in _SPARSE:
        there = sa.text(f"{column} IS NOT NULL")
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], sqlite_where=there, postgresql_where=there)
    op.create_index(op.f("ix_message_case_id_status"), "message", ["case_id", "status"])
    for name, (where, columns) in _PARTS.items():
        op.create_index(op.f(name), "message", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    for columns in _CASES:
        op.create_index(op.f(f"ix_complaint_case_{'_'.join(columns)}"), "complaint_case", columns)
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


# What of a message is found. The same columns as `triage.store.searching` has: on SQLite an entry is deleted by naming what it holds.
_COLUMNS = ("original_name", "original_address", "sender_name", "sender_address", "forwarder")
_LINES = ("original_subject", "subject")


def _words(names_of_attachments: str) -> str:
    parts = [
        *(f"coalesce({column}, '')" for column in _COLUMNS),
        *(f"coalesce(substr({column}, 1, 1000), '')" for column in _LINES),
        "coalesce(substr(note, 1, 20000), '')",
        f"coalesce(substr(({names_of_attachments}), 1, 5000), '')",
        "coalesce(substr(text, 1, 100000), '')",
    ]
    return " || ' ' || ".join(parts)


def _in_chunks(statement: str) -> None:
    """Run a statement for all messages, a few thousand at a time."""
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT max(id) FROM message")).scalar() or 0
    for low in range(0, last, _AT_A_TIME):
        connection.execute(sa.text(statement), {"low": low, "high": low + _AT_A_TIME})


def _sqlite() -> None:
    words = _words("SELECT group_concat(json_extract(value, '$.name'), ' ') FROM json_each(message.attachments)")
    may_be_erased = (
        "status = 'review' AND NOT EXISTS "
        "(SELECT 1 FROM delivery WHERE delivery.message_pk = message.id AND delivery.mailbox_kind = 'shared')"
    )
    for table, condition in (("search_waiting", may_be_erased), ("search_kept", f"NOT ({may_be_erased})")):
        op.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(words, content='', tokenize='porter unicode61 remove_diacritics 2')")
        _in_chunks(
            f"INSERT INTO {table} (rowid, words) SELECT id, {words} FROM message "
            f"WHERE id > :low AND id <= :high AND erased_at IS NULL AND {condition} ORDER BY id"
        )


def _postgresql() -> None:
    op.execute("CREATE TEXT SEARCH DICTIONARY triage_stem (TEMPLATE = pg_catalog.snowball, LANGUAGE = english)")
    # No word is left out for being common: Will and May are people.
    op.execute("CREATE TEXT SEARCH CONFIGURATION triage_words (COPY = pg_catalog.simple)")
    op.execute("ALTER TEXT SEARCH CONFIGURATION triage_words ALTER MAPPING FOR asciiword, word, numword WITH triage_stem")
    op.execute(_folded())
    op.create_table(
        "search_entry",
        sa.Column("message_pk", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("blocks", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("message_pk", name=op.f("pk_search_entry")),
    )
    words = _words("SELECT string_agg(one ->> 'name', ' ') FROM json_array_elements(message.attachments) AS one")
    _in_chunks(
        "INSERT INTO search_entry (message_pk, blocks, words) "
        f"SELECT id, ARRAY[(id / 4096)::integer], to_tsvector('triage_words', triage_folded({words})) FROM message "
        "WHERE id > :low AND id <= :high AND erased_at IS NULL"
    )
    op.create_index(op.f("ix_search_entry_blocks_words"), "search_entry", ["blocks", "words"], postgresql_using="gin")


def _folded() -> str:
    """A function that makes text lower case and free of accents, with spaces for what is no letter or digit.

    PostgreSQL would take addresses, links and hyphenated words each for one word. Where the database was made without a locale it
    knows no capitals but A to Z. `translate` compares each letter with a whole list: what is all ASCII, as most is, with a short one.
    """
    ascii_marks = "!\"#$%&''()*+,-./;<=>?@[\\]^_`{|}~:"
    spaces = " " * (len(ascii_marks) - 1)
    marks = "\u00a0\u00a1\u00a3\u00a7\u00a9\u00ab\u00ad\u00ae\u00b0\u00b7\u00bb\u00bf\u2002\u2003\u2009\u200b\u2010\u2011\u2013\u2014"
    marks += "\u2018\u2019\u201a\u201c\u201d\u201e\u2022\u2026\u2039\u203a\u20ac\u2122\ufeff"
    capitals, small = "\u00d8\u0141\u0110\u00c6\u0152\u00de", "\u00f8\u0142\u0111\u00e6\u0153\u00fe"
    # What has nothing beside it in the second list is left out.
    accents = "".join(map(chr, (*range(0x300, 0x315), 0x31B, *range(0x323, 0x329), 0x32D, 0x32E, 0x330, 0x331)))
    return (
        "CREATE FUNCTION triage_folded(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE "
        f"WHEN octet_length(words) = char_length(words) THEN translate(lower(words), '{ascii_marks}', '{spaces}') "
        f"ELSE translate(lower(normalize(words, NFD)), '{ascii_marks}{marks}{capitals}{accents}', "
        f"'{spaces}{' ' * len(marks)}{small}') END $$"
    )
