"""Converts posts to rows, and reads posts with assets, containers and sends.

Every field without a column or table of its own goes into `details` as JSON, so that a field added to `Post`
is stored without a migration. `POSTS` reads posts with all their rows in one statement, which sees one
snapshot; where it waits for a lock, these rows are older than the post: see `store.writing`.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from pressroom.core.post import ContainerRecord, Post, Send
from pressroom.core.secret import redact_json
from pressroom.core.stored_posts import listed_at, title_of, wakes_at
from pressroom.store import tables as t
from pressroom.store.columns import JsonObject, Row, json_text
from pressroom.store.identity import login_of

COLUMNS = (
    *("id", "account", "login", "actor", "state", "revision", "version", "when", "day", "created_at"),
    *("postponed_to", "media_id"),
)
_TABLES = ("assets", "containers", "sends")
# Texts by Meta and other hosts, which may quote a token. What a person wrote is stored unchanged.
_BY_OTHERS = ("problem", "failure", "held_up_by", "comment_refusal")

# msgspec 0.22 crashes when threads convert to the same dataclass at once for the first time. This inspects
# it at import, in one thread.
_POST = msgspec.json.Decoder(Post)


def post_row(post: Post) -> Row:
    """Return the row of a post; its `created_at` must be set."""
    assert post.created_at is not None
    details = {
        name: getattr(post, name)
        for name in post.__dataclass_fields__
        if name not in COLUMNS and name not in _TABLES
    }
    texts = {name: details[name] for name in _BY_OTHERS if details[name] is not None}
    redacted = redact_json(msgspec.to_builtins(texts)) if texts else texts
    return {
        **{name: getattr(post, name) for name in COLUMNS},
        "goes_out_at": listed_at(post),
        "wake_at": wakes_at(post),
        "details": json_text({**details, **redacted}),
        **{name: getattr(post, name) for name in ("kind", "timezone", "attention")},
        "title": title_of(post.options.caption),
        "files": len(post.assets),
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


@lru_cache(256)  # most posts are read again as they were; a post cannot be changed
def read_post(
    details: str, columns: str, assets: str | None, containers: str | None, sends: str | None
) -> Post:
    """Build a post from the JSON of its parts.

    columns: an object of `COLUMNS`. assets, containers, sends: objects in order with commas between; None or
    empty for none. Raises msgspec.MsgspecError for what is no post.
    """
    # One text, decoded once: decoding each part and converting all of them takes twice as long.
    return _POST.decode(
        f"{details[:-1]},{columns[1:-1]},"
        f'"assets":[{assets or ""}],"containers":[{containers or ""}],"sends":[{sends or ""}]}}'
    )


def _together(text: sa.ColumnElement[str], table: sa.Table, place: sa.Column[int]) -> sa.ScalarSelect[str]:
    """Build the expression for the texts of a post's rows in a table, in order, with commas between."""
    of_post = sa.select(text.label("text")).where(table.c.post_id == t.posts.c.id).correlate(t.posts)
    ordered = of_post.order_by(place).subquery()
    # A part of the text: as a parameter it would be written into the text at each execution.
    comma: Any = sa.literal_column("','", sa.String)
    return sa.select(sa.func.aggregate_strings(ordered.c.text, comma)).scalar_subquery()


_LOGIN = login_of(t.posts.c.account, t.posts.c.login).label("login")
POSTS: Final[sa.Select[*tuple[Any, ...]]] = sa.select(
    t.posts.c.id,
    t.posts.c.goes_out_at,
    t.posts.c.details,
    JsonObject(*(_LOGIN if name == "login" else t.posts.c[name] for name in COLUMNS)).label("columns"),
    _together(JsonObject(t.assets.c.source, t.assets.c.copy), t.assets, t.assets.c.place).label("assets"),
    _together(t.containers.c.details, t.containers, t.containers.c.place).label("containers"),
    _together(t.sends.c.details, t.sends, t.sends.c.number).label("sends"),
)


def read_posts(rows: Iterable[sa.Row[*tuple[Any, ...]]]) -> tuple[Post, ...]:
    """Build the posts of rows of POSTS, in their order."""
    return tuple(read_post(*parts) for _id, _goes_out_at, *parts in rows)
