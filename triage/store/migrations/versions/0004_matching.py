"""What messages are found by and compared with, in place of the threads alone: keys made of numbers, and particulars.

The threads that are known become keys. Particulars of messages that were logged before are made by the program, from their bytes:
of those on a case and of those that wait, `tries` is not null until then.
"""

from collections import defaultdict
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_A_TIME = 5000


def upgrade() -> None:
    op.create_table(
        "matching_key",
        sa.Column("value", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("message_pk", _KEY, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["message_pk"], ["message.id"], name=op.f("fk_matching_key_message_pk_message")),
        sa.PrimaryKeyConstraint("value", "message_pk", name=op.f("pk_matching_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message_particulars",
        sa.Column("message_pk", _KEY, nullable=False, autoincrement=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["message_pk"], ["message.id"], name=op.f("fk_message_particulars_message_pk_message")),
        sa.PrimaryKeyConstraint("message_pk", name=op.f("pk_message_particulars")),
    )
    to_make = sa.text("tries IS NOT NULL")
    op.create_index(
        op.f("ix_message_particulars_tries_message_pk"), "message_particulars", ["tries", "message_pk"],
        sqlite_where=to_make, postgresql_where=to_make,
    )  # fmt: skip
    connection = op.get_bind()
    links = sa.table("thread_link", sa.column("message_pk"), sa.column("value"))
    keys = sa.table("matching_key", sa.column("value", sa.BigInteger), sa.column("message_pk"))
    particulars = sa.table("message_particulars", sa.column("message_pk"), sa.column("keys", sa.JSON), sa.column("tries"))
    threads: defaultdict[int, set[int]] = defaultdict(set)
    for row in connection.execute(sa.select(links.c.message_pk, links.c.value)):
        threads[row.message_pk].add(_key_of_thread(row.value))
    to_read = set(connection.execute(sa.text(_TO_READ)).scalars())
    _insert(keys, [{"value": value, "message_pk": key} for key, values in threads.items() for value in sorted(values)])
    rows = [
        {"message_pk": key, "keys": sorted(threads.get(key, ())), "tries": 0 if key in to_read else None}
        for key in sorted(threads.keys() | to_read)
    ]
    _insert(particulars, rows)
    op.drop_table("thread_link")
    op.drop_index("ix_message_case_id", table_name="message")
    op.create_index(op.f("ix_message_case_id_id"), "message", ["case_id", "id"])


_TO_READ = """
    SELECT id FROM message WHERE erased_at IS NULL AND (case_id IS NOT NULL OR status = 'review') AND EXISTS
    (SELECT 1 FROM delivery JOIN raw_message ON raw_message.sha256 = delivery.sha256 WHERE delivery.message_pk = message.id)
"""


def _insert(table: sa.TableClause, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _AT_A_TIME):
        op.get_bind().execute(table.insert(), rows[start : start + _AT_A_TIME])


def _key_of_thread(value: str) -> int:
    """As `triage.matching.keys` made it when this migration was written."""
    return int.from_bytes(blake2b(f"thread:{value}".encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
