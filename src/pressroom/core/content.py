"""Hashes of a post's content, which recognise a repeated submit in any release and data directory."""

import hashlib
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from pathlib import PurePath
from typing import Any

import msgspec

from pressroom.core.assets import Asset, Fit
from pressroom.core.post import Post

# Incremented when the hashing rule changes; a migration then recomputes the stored hashes.
_VERSION = "2"


def content_hash(post: Post) -> str:
    """Hash a post's kind, files and options, without account and due time. Shape: `<version>:<hex>`.

    A copied file counts by its content, which its copy is named by. Options at their default are left out, so
    that a release which adds an option changes no hash; the version names the rule it was made by.
    """
    options = post.options
    if options.fit is Fit.BLUR:  # earlier releases stored it where nobody chose one
        options = replace(options, fit=None)
    chosen = (post.kind, [_plain(asset) for asset in post.assets], _plain(options))
    return f"{_VERSION}:{hashlib.sha256(msgspec.json.encode(chosen, order='sorted')).hexdigest()}"


def shown_hash(post: Post) -> str:
    """Hash everything a post shows, each file by the copy we keep: what a URL serves may change."""
    kept = [PurePath(asset.copy).name if asset.copy else None for asset in post.files]
    unsaid = ["fit"] if post.options.fit is None else []  # which `content_hash` takes for blur
    asked = msgspec.json.encode((content_hash(post), kept, *unsaid))
    return hashlib.sha256(asked).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401  # any value of a post
    if isinstance(value, Asset):
        # Only the copy's name counts, not its path: the data directory may be moved.
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
"""Stands for a hash that can no longer be computed: the post was edited before hashes had versions."""


def is_same_content(held: str, given: str) -> bool:
    """Return whether content `given` repeats `held`; an unknown `held` counts as repeated."""
    # Unknown counts as the same: the answer then is the stored post, while a mistaken "other" would invite a
    # new key and a second post.
    return held in (given, EDITED_EARLIER)
