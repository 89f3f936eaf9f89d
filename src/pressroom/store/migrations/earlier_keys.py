"""Recomputes the content hashes of idempotency keys, for the revision that changed how they are made."""

import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostId, PostKind, PostOptions
from pressroom.core.stored_posts import EDITED_EARLIER, content_hash

_KEYS = sa.text(
    "SELECT k.account, k.key, k.content_hash, k.post_id, p.details FROM idempotency_keys k"
    " JOIN posts p ON p.id = k.post_id"
)
_ASSETS = sa.text("SELECT source, copy FROM assets WHERE post_id = :post_id ORDER BY place")
_NAME = sa.text(
    "UPDATE idempotency_keys SET content_hash = :content_hash WHERE account = :account AND key = :key"
)


def name_contents_anew(connection: sa.Connection) -> None:
    """Replace each key's content hash by one made by today's rule.

    A post edited since no longer shows what its key was used with: it gets `EDITED_EARLIER`.
    """
    for row in connection.execute(_KEYS).mappings().all():
        assets = [Asset(*one) for one in connection.execute(_ASSETS, {"post_id": row["post_id"]}).all()]
        name = _named(row, assets)
        connection.execute(_NAME, {"account": row["account"], "key": row["key"], "content_hash": name})


def _named(row: sa.RowMapping, assets: list[Asset]) -> str:
    """Return today's hash of a key's post; a damaged post must not stop the upgrade of the others."""
    try:
        details = msgspec.json.decode(row["details"], type=dict[str, Any])
        is_as_given = _earlier(details, row["account"], assets) == row["content_hash"]
        return _today(details, assets) if is_as_given else EDITED_EARLIER
    except (ValueError, KeyError, TypeError):
        return EDITED_EARLIER


def _earlier(details: dict[str, Any], account: str, assets: list[Asset]) -> str:
    """Hash a content as earlier releases did: with the account, every option, and the cover's path."""
    files = [
        asset.source if asset.is_url else (asset.copy or asset.source).rsplit("/", 1)[-1] for asset in assets
    ]
    options = dict(details["options"])
    if options.get("cover"):
        cover = Asset(**options["cover"])
        options["cover"] = {"source": cover.source if cover.is_url else cover.copy or "", "copy": None}
    chosen = (details["kind"], account, files, options)
    return hashlib.sha256(msgspec.json.encode(chosen, order="sorted")).hexdigest()


def _today(details: dict[str, Any], assets: list[Asset]) -> str:
    options = msgspec.convert(details["options"], PostOptions)
    return content_hash(
        Post(id=PostId(""), kind=PostKind(details["kind"]), assets=tuple(assets), options=options)
    )
