"""Reports that are asked for and fetched later."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the table of reports that were asked for."""
    op.create_table(
        "report_jobs",
        sa.Column("id", Key, nullable=False),
        sa.Column("owner", Key, nullable=False),
        sa.Column("account", Key, nullable=False),
        sa.Column("account_name", sa.Text, nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("state", Key, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("ends_at", UtcTime, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("lease_worker", sa.Text),
        sa.Column("lease_until", UtcTime),
        sa.Column("data", sa.LargeBinary),
        sa.Column("page", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_report_jobs"),
        sa.CheckConstraint("state IN ('working', 'ready', 'failed')", name=op.f("ck_report_jobs_state")),
        sa.CheckConstraint(
            "(state = 'ready') = (page IS NOT NULL AND data IS NOT NULL)",
            name=op.f("ck_report_jobs_ready_has_content"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (error IS NOT NULL)", name=op.f("ck_report_jobs_failed_has_an_error")
        ),
        sa.CheckConstraint(
            "(lease_worker IS NULL) = (lease_until IS NULL)", name=op.f("ck_report_jobs_lease_has_a_worker")
        ),
    )
    op.create_index("ix_report_jobs_owner_created_at", "report_jobs", ["owner", "created_at"])
    op.create_index("ix_report_jobs_ends_at", "report_jobs", ["ends_at"])
