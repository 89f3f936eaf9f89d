"""What a person chose, as one name by which a repeated submit is told, in any release and directory."""

import hashlib
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import PurePath
from typing import Any

import msgspec

from pressroom.core.assets import Asset
from pressroom.core.post import Post

_VERSION = "2"


def content_hash(post: Post) -> str:
    """Name kind, files and options of a post. Whose it is, and when it is due, is left out.

    Files count by their content: a copy is named by it. Only what was set is hashed, so that a release which
    adds an option changes no name; the version says by which rule the name was made.
    """
    chosen = (post.kind, [_plain(asset) for asset in post.assets], _plain(post.options))
    return f"{_VERSION}:{hashlib.sha256(msgspec.json.encode(chosen, order='sorted')).hexdigest()}"


def shown_hash(post: Post) -> str:
    """Name all that a post shows, each file by its bytes where we keep them: an address may change."""
    kept = [PurePath(asset.copy).name if asset.copy else None for asset in post.files]
    asked = msgspec.json.encode((content_hash(post), kept))
    return hashlib.sha256(asked).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401  # any value of a post
    if isinstance(value, Asset):
        # Where a copy lies is no part of it: the data directory may be moved.
        return value.source if value.is_url or not value.copy else PurePath(value.copy).name
    if isinstance(value, tuple):
        return [_plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType]  # any values
    if is_dataclass(value):
        found = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: _plain(part) for field, part in found if part != _default(field)}
    return value


def _default(field: Field[Any]) -> Any:  # noqa: ANN401  # any value of a post
    return field.default if field.default_factory is MISSING else field.default_factory()


EDITED_EARLIER = "1:"
"""The name of a content that no release can tell any more: its post was edited before names had versions."""


def is_same_content(held: str, given: str) -> bool:
    """Tell whether a key that stands for `held` is repeated by `given`; what cannot be told is."""
    return held in (given, EDITED_EARLIER)
