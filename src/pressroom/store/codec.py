"""Converts posts to rows and rows to posts.

Every field without a column or table of its own goes into `details` as JSON, so that a field added to `Post`
is stored without a migration.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from pressroom.core.post import ContainerRecord, Post, Send
from pressroom.core.secret import redact_json
from pressroom.core.stored_posts import wakes_at

_COLUMNS = ("id", "account", "login", "actor", "state", "revision", "created_at", "postponed_to", "media_id")
_TABLES = ("assets", "containers", "sends")
# Texts by Meta and other hosts, which may quote a token. What a person wrote is stored unchanged.
_SAID = ("problem", "failure", "held_up_by", "comment_refusal")

Row = dict[str, Any]

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
    said = {name: details[name] for name in _SAID if details[name] is not None}
    redacted = redact_json(msgspec.to_builtins(said)) if said else said
    return {
        **{name: getattr(post, name) for name in _COLUMNS},
        # A post due now sorts by its creation: lists and pages go by the index over goes_out_at.
        "goes_out_at": post.goes_out_at or post.created_at,
        "wake_at": wakes_at(post),
        "details": _text({**details, **redacted}),
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
        "details": _text(record),
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
        "details": _text(send),
    }


def read_post(
    row: Mapping[str, Any], assets: Iterable[Row], containers: Iterable[str], sends: Iterable[str]
) -> Post:
    """Build a post from its row, its files' rows, and the JSON of its containers and sends in order."""
    fields = msgspec.json.decode(row["details"], type=dict[str, Any])
    fields.update({name: row[name] for name in _COLUMNS})
    fields["assets"] = list(assets)
    fields["containers"] = [msgspec.json.decode(one) for one in containers]
    fields["sends"] = [msgspec.json.decode(one) for one in sends]
    return msgspec.convert(fields, Post)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
