"""Which call makes which container. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pressroom.core.assets import MediaType
from pressroom.core.post import Post, PostKind
from pressroom.graph import calls
from pressroom.graph.answers import Created
from pressroom.graph.calls import Call
from pressroom.graph.ids import ContainerId, UserId


@dataclass(frozen=True, slots=True)
class Hosted:
    """A file that Instagram can fetch; `url` is None for a clip that is uploaded to it."""

    url: str | None
    media_type: MediaType


def create_call(
    post: Post,
    user: UserId,
    item: int | None,
    *,
    media: Mapping[int, Hosted],
    children: Sequence[ContainerId] = (),
    cover_url: str | None = None,
) -> Call[Created]:
    """Describe the container of an item (None: of the post itself); `media` holds the files it needs."""
    call = _described(post, user, item, media=media, children=children, cover_url=cover_url)
    is_uploaded = any(file.url is None for file in media.values())
    return calls.resumable(call) if is_uploaded else call


def _described(
    post: Post,
    user: UserId,
    item: int | None,
    *,
    media: Mapping[int, Hosted],
    children: Sequence[ContainerId],
    cover_url: str | None,
) -> Call[Created]:
    match post.kind:
        case PostKind.PHOTO:
            return _photo(post, user, media[0])
        case PostKind.REEL:
            return _reel(post, user, media[0], cover_url)
        case PostKind.STORY:
            return calls.create_story(user, **_url(media[0]), user_tags=post.options.user_tags)
        case PostKind.CAROUSEL:
            return _carousel(post, user, children) if item is None else _item(post, user, item, media[item])


class _Url(TypedDict, total=False):
    image_url: str | None
    video_url: str | None


def _url(media: Hosted) -> _Url:
    return {"image_url": media.url} if media.media_type == "image" else {"video_url": media.url}


def _alt_text(post: Post, index: int) -> str | None:
    texts = post.options.alt_texts
    return texts[index] or None if index < len(texts) else None


def _photo(post: Post, user: UserId, media: Hosted) -> Call[Created]:
    assert media.url is not None, "only clips are uploaded"
    return calls.create_photo(
        user,
        image_url=media.url,
        caption=post.options.caption or None,
        alt_text=_alt_text(post, 0),
        location_id=post.options.location_id,
        user_tags=post.options.user_tags,
        collaborators=_bare(post.options.collaborators),
    )


def _reel(post: Post, user: UserId, media: Hosted, cover_url: str | None) -> Call[Created]:
    return calls.create_reel(
        user,
        video_url=media.url,
        caption=post.options.caption or None,
        # Meta documents no default, so ours is always said.
        share_to_feed=True if post.options.share_to_feed is None else post.options.share_to_feed,
        cover_url=cover_url,
        thumb_offset_ms=post.options.thumb_offset_ms,
        location_id=post.options.location_id,
        user_tags=post.options.user_tags,
        collaborators=_bare(post.options.collaborators),
    )


def _item(post: Post, user: UserId, item: int, media: Hosted) -> Call[Created]:
    is_image = media.media_type == "image"
    return calls.create_carousel_item(
        user,
        **_url(media),
        alt_text=_alt_text(post, item) if is_image else None,
        user_tags=post.options.user_tags if item == 0 and is_image else (),
    )


def _carousel(post: Post, user: UserId, children: Sequence[ContainerId]) -> Call[Created]:
    return calls.create_carousel(
        user,
        children=children,
        caption=post.options.caption or None,
        location_id=post.options.location_id,
        collaborators=_bare(post.options.collaborators),
    )


def _bare(names: Sequence[str]) -> list[str]:
    """Strip the leading `@`, which Instagram refuses in names."""
    return [name.removeprefix("@") for name in names]
