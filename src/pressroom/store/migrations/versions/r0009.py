"""Readings are raw: which age one is for is asked of its true age, and not written down."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Drop the planned age of readings, and that there was one reading at most for each."""
    op.drop_index("uq_readings_planned_age", "readings")
    op.drop_column("readings", "planned_age_s")
