"""A delivery may hold several messages (parts); a message keeps its forwarder's note and what it names; messages and cases a team."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # SQLite copies the table, its check constraint with it.
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
        table.drop_constraint("uq_delivery_mailbox_folder_uidvalidity_uid", type_="unique")
        table.drop_constraint("uq_delivery_mailbox_sha256_occurrence", type_="unique")
        table.create_unique_constraint(
            op.f("uq_delivery_mailbox_folder_uidvalidity_uid_part"), ["mailbox", "folder", "uidvalidity", "uid", "part"]
        )
        table.create_unique_constraint(op.f("uq_delivery_mailbox_sha256_occurrence_part"), ["mailbox", "sha256", "occurrence", "part"])
    op.add_column("message", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("entities", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("message", sa.Column("team", sa.String(length=120), nullable=True))
    op.add_column("complaint_case", sa.Column("team", sa.String(length=120), nullable=True))
