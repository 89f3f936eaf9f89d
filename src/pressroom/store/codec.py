"""Posts as rows, and rows as posts.

Every field that has no column or table of its own goes into `details` as JSON, so that a field added to
`Post` is kept from the day it is there.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from pressroom.core.post import ContainerRecord, Post, Send
from pressroom.core.redact import redact_json
from pressroom.core.waking import wakes_at

_COLUMNS = ("id", "account", "login", "actor", "state", "revision", "created_at", "media_id")
_TABLES = ("assets", "containers", "sends")
# What others said, in their words; what a person wrote is kept as it was written.
_SAID = ("problem", "failure", "held_up_by", "comment_refusal")

Row = dict[str, Any]

# Threads that convert to a dataclass at once, for the first time, crash in msgspec 0.22: it is learnt here,
# while one thread alone imports.
msgspec.json.Decoder(Post)


def post_row(post: Post) -> Row:
    """Give the row of a post whose `created_at` is set."""
    assert post.created_at is not None
    details = {
        name: getattr(post, name)
        for name in post.__dataclass_fields__
        if name not in _COLUMNS and name not in _TABLES
    }
    said = redact_json(msgspec.to_builtins({name: details[name] for name in _SAID}))
    return {
        **{name: getattr(post, name) for name in _COLUMNS},
        "due_at": post.due_at or post.created_at,
        "wake_at": wakes_at(post),
        "details": _text({**details, **said}),
    }


def asset_rows(post: Post) -> list[Row]:
    """Give the rows of the post's files, in order."""
    return [
        {"post_id": post.id, "place": place, "source": asset.source, "copy": asset.copy}
        for place, asset in enumerate(post.assets)
    ]


def container_row(post: Post, record: ContainerRecord) -> Row:
    """Give the row of one of the post's containers."""
    return {
        "post_id": post.id,
        "id": record.id,
        "place": post.containers.index(record),
        "created_at": record.created_at,
        "details": _text(record),
    }


def send_row(post: Post, send: Send) -> Row:
    """Give the row of one of the post's sends."""
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
    """Put a post together from its row, its files' rows, and the details of containers and sends in order."""
    fields = msgspec.json.decode(row["details"], type=dict[str, Any])
    fields.update({name: row[name] for name in _COLUMNS})
    fields["assets"] = list(assets)
    fields["containers"] = [msgspec.json.decode(one) for one in containers]
    fields["sends"] = [msgspec.json.decode(one) for one in sends]
    return msgspec.convert(fields, Post)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
