"""People who sign in, and what they do to cases beside putting them right: notes, due dates, who deals with what, who may see it.

Columns are added in place: to copy the tables, as other changes do on SQLite, takes minutes where they hold a million messages.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_SORTS = ("merge", "split", "move", "link", "unlink", "keep", "decide", "close", "reopen", "assign", "due")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("code_secret", sa.String(length=64), nullable=True),
        sa.Column("code_step", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.CheckConstraint("role IN ('reviewer', 'manager', 'administrator', 'auditor')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
        sa.UniqueConstraint("subject", name=op.f("uq_account_subject")),
    )
    op.create_index(op.f("ix_account_address"), "account", ["address"])
    op.create_table(
        "sign_in",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"])
    op.create_table(
        "web_secret",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_web_secret")),
    )
    op.create_table(
        "message_claim",
        sa.Column("message_pk", _KEY, nullable=False, autoincrement=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_pk"], ["message.id"], name=op.f("fk_message_claim_message_pk_message")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_claim_account_id_account")),
        sa.PrimaryKeyConstraint("message_pk", name=op.f("pk_message_claim")),
    )
    op.create_index(op.f("ix_message_claim_account_id"), "message_claim", ["account_id"])
    op.create_table(
        "case_note",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_case_note_case_id_complaint_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    op.create_index(op.f("ix_case_note_case_id"), "case_note", ["case_id"])
    op.create_table(
        "case_restriction",
        sa.Column("case_id", _KEY, nullable=False, autoincrement=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_case_restriction_case_id_complaint_case")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_restriction")),
    )
    op.create_table(
        "case_reader",
        sa.Column("case_id", _KEY, nullable=False, autoincrement=False),
        sa.Column("account_id", _KEY, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_restriction.case_id"], name=op.f("fk_case_reader_case_id_case_restriction")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_case_reader_account_id_account")),
        sa.PrimaryKeyConstraint("case_id", "account_id", name=op.f("pk_case_reader")),
    )
    op.create_index(op.f("ix_case_reader_account_id"), "case_reader", ["account_id"])
    for table in ("complaint_case", "message"):
        _add_assigned_to(table)
    op.add_column("complaint_case", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_complaint_case_due_on"), "complaint_case", ["due_on"])
    op.create_index(op.f("ix_message_forwarder"), "message", ["forwarder"])
    with op.batch_alter_table("case_operation") as operations:
        operations.alter_column("case_id", existing_type=_KEY, nullable=True)
        operations.drop_constraint(op.f("ck_case_operation_sort"), type_="check")
        operations.create_check_constraint(op.f("ck_case_operation_sort"), f"sort IN ({', '.join(map(repr, _SORTS))})")


def _add_assigned_to(table: str) -> None:
    """A key that is null everywhere needs no copy of the table, on SQLite neither; Alembic knows only to copy."""
    sort = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    constraint = f"CONSTRAINT fk_{table}_assigned_to_id_account REFERENCES account (id)"
    op.execute(f"ALTER TABLE {table} ADD COLUMN assigned_to_id {sort} {constraint}")
    op.create_index(op.f(f"ix_{table}_assigned_to_id"), table, ["assigned_to_id"])
