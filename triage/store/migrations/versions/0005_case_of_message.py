"""On which case a message is, without its words: where keys lead, this is asked of hundreds of messages for each that comes."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index(op.f("ix_message_id_case_id"), "message", ["id", "case_id"])
