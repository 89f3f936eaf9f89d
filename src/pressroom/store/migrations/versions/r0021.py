"""The writes that Instagram was sent for a step of a post."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the calls of an event; nobody kept those of earlier ones."""
    op.add_column("journal_events", sa.Column("calls", sa.Text))
