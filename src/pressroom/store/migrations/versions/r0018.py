"""Requests with idempotency keys, which programs repeat when an answer was lost."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "requests",
        *(sa.Column(name, Key, nullable=False) for name in ("program", "operation", "key")),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("holder", Key, nullable=False),
        sa.Column("leased_until", UtcTime, nullable=False),
        *(sa.Column(name, Key) for name in ("subject_kind", "subject_id", "proposal_id")),
        sa.Column("begun_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("program", "operation", "key", name="pk_requests"),
        sa.CheckConstraint(
            "(subject_kind IS NULL) = (subject_id IS NULL)", name=op.f("ck_requests_subject_has_a_kind")
        ),
    )
    op.create_index("ix_requests_begun_at", "requests", ["begun_at"])
