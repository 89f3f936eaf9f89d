"""What programs want moved and is over waits as what it is called now: planned again."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostId, PostKind, PostOptions
from pressroom.core.stored_posts import shown_hash

revision = "0015"
down_revision = "0014"

_MOVES = sa.text(
    "SELECT proposals.id, proposals.content_hash, proposals.arguments, proposals.summary,"
    " posts.id AS post_id, posts.account, posts.details"
    " FROM proposals JOIN posts ON posts.id = proposals.subject_id AND proposals.subject_kind = 'post'"
    " WHERE proposals.state = 'waiting' AND proposals.verb = 'move'"
    " AND posts.state IN ('failed', 'missed', 'needs_attention')"
)
_ASSETS = sa.text("SELECT source, copy FROM assets WHERE post_id = :post_id ORDER BY place")
_RENAME = sa.text(
    "UPDATE proposals SET verb = 'reschedule', content_hash = :content_hash, summary = :summary"
    " WHERE id = :id"
)


class _Shown(msgspec.Struct):
    kind: PostKind
    options: PostOptions


def upgrade() -> None:
    """Rename the waiting moves that would plan a post again, so that a person can still approve them."""
    connection = op.get_bind()
    for move in connection.execute(_MOVES).all():
        assets = [Asset(*row) for row in connection.execute(_ASSETS, {"post_id": move.post_id})]
        try:
            shown = msgspec.json.decode(move.details, type=_Shown)
            arguments, summary = (
                msgspec.json.decode(text, type=dict[str, Any]) for text in (move.arguments, move.summary)
            )
        except msgspec.MsgspecError:  # a damaged post is no reason to upgrade none
            continue
        post = Post(
            id=PostId(move.post_id),
            kind=shown.kind,
            assets=tuple(assets),
            options=shown.options,
            account=move.account,
        )
        # One that describes its post no more must not come to do so; one to "now" has another hash, too.
        if move.content_hash != _content_hash("move", post, arguments):
            continue
        renamed = summary | {"what": f"reschedule {post.kind}"}
        values = {
            "content_hash": _content_hash("reschedule", post, arguments),
            "summary": msgspec.json.encode(renamed).decode(),
        }
        connection.execute(_RENAME, {"id": move.id, **values})


def _content_hash(verb: str, post: Post, arguments: Mapping[str, Any]) -> str:
    # As `service.consent.rules.Request` has it.
    parts = (verb, post.account, arguments, (shown_hash(post), post.id), None, None)
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
