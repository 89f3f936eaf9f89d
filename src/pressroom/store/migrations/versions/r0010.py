"""The language in which a login's reports are written."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the language: null, where nobody chose one."""
    op.add_column("logins", sa.Column("language", sa.Text))
