"""Dated notes that a user adds to a metric."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make the table of notes; earlier stores have none."""
    op.create_table(
        "metric_notes",
        sa.Column("account", Key, nullable=False),
        sa.Column("metric", Key, nullable=False),
        sa.Column("day", Key, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("added_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("account", "metric", "day", name="pk_metric_notes"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_metric_notes_account"),
    )
