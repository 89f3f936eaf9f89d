"""What needs nothing to be opened: building a post, and finding out whether a store exists."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostId, PostKind, PostOptions
from pressroom.core.settings import Settings


def new_post(kind: PostKind, sources: Sequence[str], **options: Any) -> Post:  # noqa: ANN401  # PostOptions' own
    """Build the post of files or URLs. `options` are the fields of `PostOptions`."""
    return Post(
        id=PostId(uuid.uuid4().hex),
        kind=kind,
        assets=tuple(Asset(source) for source in sources),
        options=PostOptions(**options),
    )


def has_store(settings: Settings) -> bool:
    """Tell whether a store exists: on a server, or as a file of the data directory."""
    return settings.database_url is not None or (isinstance(settings.store, Path) and settings.store.exists())
