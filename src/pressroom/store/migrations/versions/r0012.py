"""What a calendar shows of a post in columns of its own, and containers in their order by an index."""

from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from pressroom.core.stored_posts import title_of
from pressroom.store.columns import Key

revision = "0012"
down_revision = "0011"

_BATCH = 1000
_POSTS = sa.text("SELECT id, details FROM posts WHERE id > :last ORDER BY id LIMIT :batch")
_SET = sa.text(
    "UPDATE posts SET kind = :kind, timezone = :timezone, attention = :attention, title = :title"
    " WHERE id = :id"
)


def upgrade() -> None:
    """Add the columns, and fill them for the posts that can be read."""
    for name in ("kind", "timezone", "attention"):
        op.add_column("posts", sa.Column(name, Key))
    op.add_column("posts", sa.Column("title", sa.Text))
    op.add_column("posts", sa.Column("files", sa.Integer))
    op.create_index("ix_containers_post_id_place", "containers", ["post_id", "place"])
    op.execute("UPDATE posts SET files = (SELECT count(*) FROM assets WHERE assets.post_id = posts.id)")
    connection, last = op.get_bind(), ""
    while rows := connection.execute(_POSTS, {"last": last, "batch": _BATCH}).all():
        last = rows[-1].id
        if shown := [{"id": row.id, **columns} for row in rows if (columns := _shown(row.details))]:
            connection.execute(_SET, shown)


def _shown(details: str) -> dict[str, str | None] | None:
    """Return what is shown of a post; None for a damaged one, which must not stop the upgrade."""
    try:
        fields = msgspec.json.decode(details, type=dict[str, Any])
        title = title_of(fields["options"].get("caption"))
        plain = {name: fields.get(name) for name in ("kind", "timezone", "attention")}
        return msgspec.convert(plain, dict[str, str | None]) | {"title": title}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
