"""Which listed media may be the post whose publishing was in doubt. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from pressroom.core.post import Post, PostKind, Snapshot
from pressroom.graph.answers import Media, MediaProductType, MediaType, timestamp_of
from pressroom.graph.ids import MediaId

# The `Date` header and the media's timestamp are whole seconds, cut off independently.
_DATE_SLACK = timedelta(seconds=1)

_SHAPES = {
    PostKind.PHOTO: (MediaProductType.FEED, MediaType.IMAGE),
    PostKind.CAROUSEL: (MediaProductType.FEED, MediaType.CAROUSEL_ALBUM),
    PostKind.REEL: (MediaProductType.REELS, MediaType.VIDEO),
    PostKind.STORY: (MediaProductType.STORY, None),
}


def normalised(caption: str | None) -> str:
    """Give a caption without what Instagram may change: `@`, spaces, and how letters are composed."""
    text = unicodedata.normalize("NFC", caption or "").replace("@", "")
    return re.sub(r"\s+", " ", text).strip()


def candidates(
    listed: Iterable[Media],
    post: Post,
    *,
    snapshot: Snapshot,
    known: frozenset[MediaId],
    not_before: datetime | None,
) -> tuple[Media, ...]:
    """Pick the media that may be this post.

    New since the snapshot, not another post of ours, same kind, same caption, and not older than the
    container (`not_before`, by the host's own clock).
    """
    # Two of our posts may look alike: what one of them holds cannot be the other.
    old = known | (snapshot.listed or frozenset())
    return tuple(
        media
        for media in listed
        if media.id not in old
        and _same_shape(media, post)
        and normalised(media.caption) == normalised(post.options.caption)
        and not is_older(media, not_before)
    )


def _same_shape(media: Media, post: Post) -> bool:
    product, shape = _SHAPES[post.kind]
    # Hosts that leave a field out prove nothing by it.
    return media.media_product_type in (None, product) and (
        shape is None or media.media_type in (None, shape)
    )


def is_older(media: Media, moment: datetime | None) -> bool:
    """Tell whether a media stood before a moment of the host's clock; what is not known is not older."""
    if media.timestamp is None or moment is None:
        return False
    return timestamp_of(media.timestamp) < moment - _DATE_SLACK
