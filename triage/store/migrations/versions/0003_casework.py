"""Cases can be merged, split and related, and every such operation is kept so that it can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("complaint_case") as table:
        table.add_column(sa.Column("merged_into_id", _KEY, nullable=True))
        table.create_foreign_key(op.f("fk_complaint_case_merged_into_id_complaint_case"), "complaint_case", ["merged_into_id"], ["id"])
        table.drop_constraint(op.f("ck_complaint_case_status"), type_="check")
        table.create_check_constraint(op.f("ck_complaint_case_status"), "status IN ('open', 'closed', 'merged')")
        table.create_check_constraint(op.f("ck_complaint_case_merged"), "(status = 'merged') = (merged_into_id IS NOT NULL)")
        table.create_check_constraint(op.f("ck_complaint_case_itself"), "merged_into_id <> id")
        table.create_index(op.f("ix_complaint_case_merged_into_id"), ["merged_into_id"])
    op.add_column("message", sa.Column("case_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_message_original_address_received_at"), "message", ["original_address", "received_at"])
    op.create_index(op.f("ix_message_suggested_case_id"), "message", ["suggested_case_id"])
    op.create_table(
        "case_link",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("lower_id", _KEY, nullable=False),
        sa.Column("higher_id", _KEY, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.CheckConstraint("lower_id < higher_id", name=op.f("ck_case_link_order")),
        sa.ForeignKeyConstraint(["lower_id"], ["complaint_case.id"], name=op.f("fk_case_link_lower_id_complaint_case")),
        sa.ForeignKeyConstraint(["higher_id"], ["complaint_case.id"], name=op.f("fk_case_link_higher_id_complaint_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link")),
        sa.UniqueConstraint("lower_id", "higher_id", name=op.f("uq_case_link_lower_id_higher_id")),
    )
    op.create_index(op.f("ix_case_link_higher_id"), "case_link", ["higher_id"])
    op.create_table(
        "case_operation",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("other_id", _KEY, nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint("sort IN ('merge', 'split', 'move', 'link', 'unlink', 'keep')", name=op.f("ck_case_operation_sort")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_case_operation_undone")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_case_operation_case_id_complaint_case")),
        sa.ForeignKeyConstraint(["other_id"], ["complaint_case.id"], name=op.f("fk_case_operation_other_id_complaint_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_operation")),
    )
    op.create_index(op.f("ix_case_operation_case_id"), "case_operation", ["case_id"])
    op.create_index(op.f("ix_case_operation_other_id"), "case_operation", ["other_id"])
