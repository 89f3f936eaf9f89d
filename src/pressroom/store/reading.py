"""Reads posts with assets, containers and sends, in four statements however many posts there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from pressroom.core.post import Post, PostId
from pressroom.store import tables as t
from pressroom.store.among import is_among
from pressroom.store.codec import Row, read_post
from pressroom.store.identity import login_of

POSTS = select(
    t.posts.c.id,
    t.posts.c.account,
    login_of(t.posts.c.account, t.posts.c.login).label("login"),
    t.posts.c.actor,
    t.posts.c.state,
    t.posts.c.revision,
    t.posts.c.created_at,
    t.posts.c.goes_out_at,
    t.posts.c.postponed_to,
    t.posts.c.media_id,
    t.posts.c.details,
)
_ASSETS = (
    select(t.assets.c.post_id, t.assets.c.source, t.assets.c.copy)
    .where(is_among(t.assets.c.post_id, "ids"))
    .order_by(t.assets.c.post_id, t.assets.c.place)
)
_CONTAINERS = (
    select(t.containers.c.post_id, t.containers.c.details)
    .where(is_among(t.containers.c.post_id, "ids"))
    .order_by(t.containers.c.post_id, t.containers.c.place)
)
_SENDS = (
    select(t.sends.c.post_id, t.sends.c.details)
    .where(is_among(t.sends.c.post_id, "ids"))
    .order_by(t.sends.c.post_id, t.sends.c.number)
)


def read_posts(connection: Connection, rows: Iterable[RowMapping]) -> tuple[Post, ...]:
    """Build the posts of rows of POSTS, in their order."""
    found = [{str(name): value for name, value in row.items()} for row in rows]
    if not found:
        return ()
    ids = [row["id"] for row in found]
    assets: dict[PostId, list[Row]] = defaultdict(list)
    for row in connection.execute(_ASSETS, {"ids": ids}):
        assets[row.post_id].append({"source": row.source, "copy": row.copy})
    # A query per table: one join would multiply assets by containers by sends.
    containers, sends = (_by_post(connection, parts, ids) for parts in (_CONTAINERS, _SENDS))
    return tuple(read_post(row, assets[row["id"]], containers[row["id"]], sends[row["id"]]) for row in found)


def _by_post(
    connection: Connection, parts: Select[*tuple[Any, ...]], ids: Sequence[PostId]
) -> dict[PostId, list[str]]:
    found: dict[PostId, list[str]] = defaultdict(list)
    for row in connection.execute(parts, {"ids": ids}):
        found[row.post_id].append(row.details)
    return found
