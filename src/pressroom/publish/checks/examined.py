"""What is refused once the files of a post have been looked at, before anything is made of them."""

from collections.abc import Sequence

from pressroom.core.assets import MediaType, Seen
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostKind
from pressroom.publish.checks.validate import media_type_of_url


def check_examined(post: Post, seen: Sequence[Seen | None]) -> None:
    """Refuse options that do not suit the files. seen: what each shows, None for an address.

    Raises Refused.
    """
    _check_first_tag(post, seen[0])
    _check_thumb_offset(post, seen[0])


def kind_of_url(kind: PostKind, url: str) -> MediaType:
    """Tell what an address is taken for."""
    if kind is PostKind.REEL:
        return "video"
    return media_type_of_url(url) or "image"


def _check_first_tag(post: Post, first: Seen | None) -> None:
    media_type = first.media_type if first else kind_of_url(post.kind, post.assets[0].source)
    if post.kind is PostKind.CAROUSEL and post.options.user_tags and media_type == "video":
        raise Refused(
            "Accounts are tagged on a carousel's first item, and this one is a video, which takes no tags.",
            rule="user_tags",
            value="video",
            limit="image",
            fix="Put a picture first, or leave the tags out.",
        )


def _check_thumb_offset(post: Post, first: Seen | None) -> None:
    offset_ms = post.options.thumb_offset_ms
    duration_s = first.duration_s if first else None
    if offset_ms is None or duration_s is None or offset_ms < duration_s * 1000:
        return
    raise Refused(
        f"The thumbnail offset, {offset_ms} ms, lies behind the clip's end ({duration_s * 1000:.0f} ms).",
        rule="thumb_offset",
        value=offset_ms,
        limit=f"0 to {duration_s * 1000:.0f} ms",
        fix="Use a moment inside the clip.",
    )
