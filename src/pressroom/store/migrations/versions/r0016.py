"""Keys that are for some accounts alone."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the accounts that a key is for; those there are stay for all."""
    op.add_column("keys", sa.Column("accounts", sa.Text))
