"""Posts have versions and say what is known of their time; events say which version they made."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0011"
down_revision = "0010"

_STATES = (
    "'draft', 'awaiting_approval', 'scheduled', 'preparing', 'ready', 'publishing', 'published', 'deleted', "
    "'failed', 'needs_attention', 'missed', 'cancelled'"
)
_HAS_TIME = "\"when\" IN ('now', 'time') OR state IN ('draft', 'awaiting_approval', 'cancelled')"
_COLUMNS = "version INTEGER DEFAULT 1 NOT NULL, \"when\" VARCHAR DEFAULT 'time' NOT NULL, day DATE"
_TABLE = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'posts'")
_INDEXES = sa.text(
    "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'posts' AND sql IS NOT NULL"
    " ORDER BY name"
)


def upgrade() -> None:
    """Count versions, let posts be `deleted`, and tell those due at once from those with a time."""
    op.add_column("journal_events", sa.Column("version", sa.Integer))
    if op.get_bind().dialect.name == "sqlite":
        _make_posts_anew()
    else:
        op.add_column("posts", sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")))
        op.add_column("posts", sa.Column("when", Key, nullable=False, server_default=sa.text("'time'")))
        op.add_column("posts", sa.Column("day", sa.Date))
        op.drop_constraint(op.f("ck_posts_state"), "posts", type_="check")
        op.create_check_constraint(op.f("ck_posts_state"), "posts", f"state IN ({_STATES})")
        op.create_check_constraint(op.f("ck_posts_let_go_has_a_time"), "posts", _HAS_TIME)
    ids = list(_at_once())
    posts = sa.table("posts", sa.column("id"), sa.column("when"))
    for start in range(0, len(ids), 500):
        some = posts.c.id.in_(ids[start : start + 500])
        op.get_bind().execute(sa.update(posts).where(some).values(when="now"))


def _make_posts_anew() -> None:
    # SQLite changes no constraint, and a batch of Alembic's writes those of a table in another order each
    # time, so that no two new stores would be the same text.
    # Source: https://www.sqlite.org/lang_altertable.html, Making Other Kinds Of Table Schema Changes.
    connection = op.get_bind()
    table: str = connection.execute(_TABLE).scalar_one()
    indexes = connection.execute(_INDEXES).scalars().all()
    names = ", ".join(column["name"] for column in sa.inspect(connection).get_columns("posts"))
    columns, first, rest = table.partition("(")[2].rpartition(")")[0].partition("CONSTRAINT")
    constraints = f"{first}{rest}".replace("'published', 'failed'", "'published', 'deleted', 'failed'")
    check = f"CONSTRAINT ck_posts_let_go_has_a_time CHECK ({_HAS_TIME})"
    op.execute(f"CREATE TABLE new_posts ({columns}{_COLUMNS}, {constraints}, {check})")
    op.execute(f"INSERT INTO new_posts ({names}) SELECT {names} FROM posts")  # noqa: S608  # our names
    op.execute("DROP TABLE posts")
    op.execute("ALTER TABLE new_posts RENAME TO posts")
    for index in indexes:
        op.execute(index)


class _Details(msgspec.Struct):
    due_at: datetime | None = None


def _at_once() -> Iterator[str]:
    """Yield the posts that were to go out at once: those without a due time, or due when they were made."""
    posts = sa.table("posts", sa.column("id"), sa.column("created_at", UtcTime), sa.column("details"))
    decode = msgspec.json.Decoder(_Details).decode
    for post_id, created_at, details in op.get_bind().execute(sa.select(posts)):
        try:
            due_at = decode(details).due_at
        except msgspec.MsgspecError:  # a damaged post is no reason to upgrade none
            continue
        # As near as this a time meant "now" wherever consent was asked.
        if due_at is None or abs(due_at - created_at) <= timedelta(minutes=1):
            yield post_id
