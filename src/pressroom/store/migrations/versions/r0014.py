"""Deletions of published media."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table of deletions."""
    op.create_table(
        "deletions",
        sa.Column("account", Key, nullable=False),
        sa.Column("media_id", Key, nullable=False),
        sa.Column("post_id", Key),
        sa.Column("state", Key, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "media_id", name="pk_deletions"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_deletions_account"),
        sa.CheckConstraint("state IN ('open', 'done', 'refused')", name=op.f("ck_deletions_state")),
    )
