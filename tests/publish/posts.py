"""Posts and times the tests of this room share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostId, PostKind, PostOptions

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_post(kind: PostKind = PostKind.PHOTO, *sources: str, **options: Any) -> Post:
    if not sources:
        ending = "mp4" if kind is PostKind.REEL else "jpg"
        count = 2 if kind is PostKind.CAROUSEL else 1
        sources = tuple(f"https://example.com/{number}.{ending}" for number in range(count))
    return Post(
        id=PostId("post-1"),
        kind=kind,
        assets=tuple(Asset(source) for source in sources),
        options=PostOptions(**options),
    )
