"""Small pictures of media."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table of thumbnails."""
    op.create_table(
        "thumbnails",
        sa.Column("account", Key, nullable=False),
        sa.Column("media_id", Key, nullable=False),
        sa.Column("read_at", UtcTime, nullable=False),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account", "media_id", name="pk_thumbnails"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_thumbnails_account"),
    )
