"""What Instagram said of a login, and the apps that ask for consent."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the details of logins, and the table of apps."""
    op.add_column("logins", sa.Column("details", sa.Text))
    op.create_table(
        "apps",
        sa.Column("login_type", Key, nullable=False),
        sa.Column("place", Key, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("redirect_uri", sa.Text),
        sa.PrimaryKeyConstraint("login_type", "place", name="pk_apps"),
    )
