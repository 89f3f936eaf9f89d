"""Converts posts to rows, and reads posts with assets, containers and sends.

Every field without a column or table of its own goes into `details` as JSON, so that a field added to `Post`
is stored without a migration. Reading takes four statements however many posts there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from pressroom.core.post import ContainerRecord, Post, PostId, Send
from pressroom.core.secret import redact_json
from pressroom.core.stored_posts import wakes_at
from pressroom.store import tables as t
from pressroom.store.columns import Row, is_among, json_text
from pressroom.store.identity import login_of

_COLUMNS = ("id", "account", "login", "actor", "state", "revision", "created_at", "postponed_to", "media_id")
_TABLES = ("assets", "containers", "sends")
# Texts by Meta and other hosts, which may quote a token. What a person wrote is stored unchanged.
_BY_OTHERS = ("problem", "failure", "held_up_by", "comment_refusal")

# msgspec 0.22 crashes when threads convert to the same dataclass at once for the first time. This inspects
# it at import, in one thread.
msgspec.json.Decoder(Post)


def post_row(post: Post) -> Row:
    """Return the row of a post; its `created_at` must be set."""
    assert post.created_at is not None
    details = {
        name: getattr(post, name)
        for name in post.__dataclass_fields__
        if name not in _COLUMNS and name not in _TABLES
    }
    texts = {name: details[name] for name in _BY_OTHERS if details[name] is not None}
    redacted = redact_json(msgspec.to_builtins(texts)) if texts else texts
    return {
        **{name: getattr(post, name) for name in _COLUMNS},
        # A post due now sorts by its creation: lists and pages go by the index over goes_out_at.
        "goes_out_at": post.goes_out_at or post.created_at,
        "wake_at": wakes_at(post),
        "details": json_text({**details, **redacted}),
    }


def asset_rows(post: Post) -> list[Row]:
    """Return the rows of the post's files, in order."""
    return [
        {"post_id": post.id, "place": place, "source": asset.source, "copy": asset.copy}
        for place, asset in enumerate(post.assets)
    ]


def container_row(post: Post, record: ContainerRecord) -> Row:
    """Return the row of one of the post's containers."""
    return {
        "post_id": post.id,
        "id": record.id,
        "place": post.containers.index(record),
        "created_at": record.created_at,
        "details": json_text(record),
    }


def send_row(post: Post, send: Send) -> Row:
    """Return the row of one of the post's sends."""
    return {
        "post_id": post.id,
        "number": send.number,
        "account": post.account,
        "container_id": send.container_id,
        "state": send.state,
        "deadline": send.deadline,
        "details": json_text(send),
    }


def read_post(
    row: Mapping[str, Any], assets: Iterable[Row], containers: Iterable[str], sends: Iterable[str]
) -> Post:
    """Build a post from its row, its files' rows, and the JSON of its containers and sends in order."""
    fields = msgspec.json.decode(row["details"], type=dict[str, Any])
    fields.update({name: row[name] for name in _COLUMNS})
    fields["assets"] = list(assets)
    fields["containers"] = [msgspec.json.decode(details) for details in containers]
    fields["sends"] = [msgspec.json.decode(details) for details in sends]
    return msgspec.convert(fields, Post)


POSTS = sa.select(
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
    sa.select(t.assets.c.post_id, t.assets.c.source, t.assets.c.copy)
    .where(is_among(t.assets.c.post_id, "ids"))
    .order_by(t.assets.c.post_id, t.assets.c.place)
)
_CONTAINERS = (
    sa.select(t.containers.c.post_id, t.containers.c.details)
    .where(is_among(t.containers.c.post_id, "ids"))
    .order_by(t.containers.c.post_id, t.containers.c.place)
)
_SENDS = (
    sa.select(t.sends.c.post_id, t.sends.c.details)
    .where(is_among(t.sends.c.post_id, "ids"))
    .order_by(t.sends.c.post_id, t.sends.c.number)
)


def read_posts(connection: sa.Connection, rows: Iterable[sa.RowMapping]) -> tuple[Post, ...]:
    """Build the posts of rows of POSTS, in their order."""
    posts = [{str(name): value for name, value in row.items()} for row in rows]
    if not posts:
        return ()
    ids = {"ids": [post["id"] for post in posts]}
    assets = defaultdict[PostId, list[Row]](list)
    containers, sends = defaultdict[PostId, list[str]](list), defaultdict[PostId, list[str]](list)
    # A query per table: one join would multiply assets by containers by sends.
    for row in connection.execute(_ASSETS, ids):
        assets[row.post_id].append({"source": row.source, "copy": row.copy})
    for row in connection.execute(_CONTAINERS, ids):
        containers[row.post_id].append(row.details)
    for row in connection.execute(_SENDS, ids):
        sends[row.post_id].append(row.details)
    return tuple(
        read_post(post, assets[post["id"]], containers[post["id"]], sends[post["id"]]) for post in posts
    )
