"""The writes that Instagram was sent for a step; and what is out stands at when it was sent last."""

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import UtcTime

revision = "0021"
down_revision = "0020"

_BATCH: Final = 1000
_LAST_SENDS = sa.text(
    "SELECT sends.post_id, sends.details FROM sends JOIN posts ON posts.id = sends.post_id"
    " WHERE posts.id > :last AND posts.state IN ('published', 'deleted')"
    " AND NOT EXISTS (SELECT 1 FROM sends AS later"
    " WHERE later.post_id = sends.post_id AND later.number > sends.number)"
    " ORDER BY sends.post_id LIMIT :batch"
)
_SET = sa.text("UPDATE posts SET goes_out_at = :at WHERE id = :id").bindparams(
    sa.bindparam("at", type_=UtcTime)
)


class _Send(msgspec.Struct):
    started_at: datetime


def upgrade() -> None:
    """Add the calls of an event, which nobody kept of earlier ones; and put posts at when they were sent."""
    op.add_column("journal_events", sa.Column("calls", sa.Text))
    connection, last = op.get_bind(), ""
    while rows := connection.execute(_LAST_SENDS, {"last": last, "batch": _BATCH}).all():
        last = rows[-1].post_id
        if sent := [{"id": row.post_id, "at": at} for row in rows if (at := _started_at(row.details))]:
            connection.execute(_SET, sent)


def _started_at(details: str) -> datetime | None:
    """Return when a send was started; None for a damaged one, which must not stop the upgrade."""
    try:
        return msgspec.json.decode(details, type=_Send).started_at
    except msgspec.DecodeError:
        return None
