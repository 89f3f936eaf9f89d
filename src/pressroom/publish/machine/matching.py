"""Which listed media may be the post whose publishing was in doubt. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from pressroom.core.post import PUBLISH_LATE_S, Post, PostId, PostKind, Snapshot
from pressroom.graph.answers import Media, MediaProductType, MediaType, timestamp_of
from pressroom.graph.ids import MediaId
from pressroom.publish.machine.events import Sighting

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


# Our clock and the host's may differ, and so may the moment of a send and the time that the media shows.
BEFORE_DUE = timedelta(minutes=1)
# A post goes out by itself so late at most; later it was somebody's doing, and mostly another post's media.
_BY_ITSELF = timedelta(seconds=PUBLISH_LATE_S)


def sight(
    post: Post, others: Iterable[Post], listed: Iterable[Media]
) -> tuple[Sighting, tuple[MediaId, ...]]:
    """Tell whether one of the media that no post of ours holds is a post to be looked for, and which.

    A media explains one post at most, the one that was to go out at the nearest time. others: the account's
    posts that are to be looked for, too.
    """
    posts, media = {other.id: other for other in (*others, post)}, {item.id: item for item in listed}
    possible = {
        (media_id, post_id): _apart(media[media_id], posts[post_id])
        for media_id in media
        for post_id in posts
        if _may_be(media[media_id], posts[post_id])
    }
    of_post = {media_id for media_id, post_id in possible if post_id == post.id}
    if not of_post:
        return Sighting.NOTHING, ()
    explained: dict[PostId, MediaId] = {}
    for media_id, post_id in sorted(possible, key=lambda pair: (possible[pair], pair)):
        if post_id not in explained and media_id not in explained.values():
            explained[post_id] = media_id
    own = explained.get(post.id)
    left_over = of_post - set(explained.values())
    unexplained = posts.keys() - explained.keys()
    rivals = [
        apart for (media_id, other), apart in possible.items() if media_id == own and other in unexplained
    ]
    if own is None or left_over or any(apart <= _BY_ITSELF for apart in rivals):
        return Sighting.UNCERTAIN, tuple(sorted(of_post))
    return Sighting.LIVE, (own,)


def _may_be(media: Media, post: Post) -> bool:
    assert post.look_back
    is_alike = normalised(media.caption) == normalised(post.options.caption) and _same_shape(media, post)
    return is_alike and not is_older(media, post.look_back.since - BEFORE_DUE)


def _apart(media: Media, post: Post) -> timedelta:
    assert post.look_back
    published_at = timestamp_of(media.timestamp) if media.timestamp else None
    return abs(published_at - post.look_back.since) if published_at else _BY_ITSELF


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
