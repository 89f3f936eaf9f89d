"""What the files of a post are to become."""

from collections.abc import Sequence
from fractions import Fraction

from pressroom.core.assets import NO_EDITS, Fit, Seen, Wish
from pressroom.core.post import Post, PostKind
from pressroom.graph.limits import IMAGE_LIMITS, VIDEO_LIMITS, MediaUse
from pressroom.publish.checks.validate import media_type_of_url


def wish_for(post: Post, ratio: Fraction | None = None) -> Wish:
    """Say what each file of the post is to become. ratio: as `carousel_ratio` gives it."""
    options = post.options
    return Wish(
        use=post.kind.media_use,
        target=options.target,
        fit=options.fit,
        quality=options.quality,
        edits=options.edits,
        ratio=ratio,
    )


def cover_wish(post: Post) -> Wish:
    """Say what the cover of a reel is to become: 9:16, as the reel."""
    options = post.options
    return Wish(use=MediaUse.STORY, target=options.target, fit=options.fit, edits=NO_EDITS)


def carousel_ratio(post: Post, seen: Sequence[Seen | None]) -> Fraction | None:
    """Give the one shape of a carousel: its first item's, by which Instagram crops all others.

    seen: what each item shows, None for a URL. Pictures are bounded to 4:5 and 1.91:1, so a carousel that has
    any is bounded as a whole. None when each item keeps its own: for `keep`, other kinds, and behind a URL.
    Source: IG User Media, "Create a carousel container": images are cropped by the first one's ratio.
    """
    first = seen[0]
    if post.kind is not PostKind.CAROUSEL or post.options.fit is Fit.KEEP or first is None:
        return None
    has_picture = any(one.media_type == "image" for one in seen if one) or any(
        media_type_of_url(asset.source) != "video"
        for asset, one in zip(post.assets, seen, strict=True)
        if one is None
    )
    limits = (IMAGE_LIMITS if has_picture else VIDEO_LIMITS)[MediaUse.CAROUSEL_ITEM]
    lowest, highest = limits.min_ratio or first.ratio, limits.max_ratio or first.ratio
    return max(lowest, min(highest, first.ratio))
