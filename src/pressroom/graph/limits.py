"""Instagram's rules as data: media specifications, and limits on texts and lists.

Source: IG User, Media, and https://developers.facebook.com/docs/instagram-platform/content-publishing/
Where Meta's pages disagree, the stricter number is used.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

MB = 1_000_000
MIB = 1 << 20


class MediaUse(StrEnum):
    """How a file is used, which decides its limits."""

    PHOTO = "photo"
    REEL = "reel"
    STORY = "story"
    CAROUSEL_ITEM = "carousel_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """Rules for an image. Ratios are width : height; Meta scales an image outside the widths, in pixels."""

    max_bytes: int = 8 * MB  # the page says MB and an error text MiB: the smaller one
    min_width: int = 320
    max_width: int = 1440
    min_ratio: Fraction | None = Fraction(4, 5)
    max_ratio: Fraction | None = Fraction(191, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLimits:
    """Rules for a video. Bitrates in bits per second, durations in seconds, ratios width : height."""

    max_bytes: int = 300 * MB
    max_width: int = 1920
    min_ratio: Fraction = Fraction(1, 100)
    max_ratio: Fraction = Fraction(10)
    min_duration_s: float = 3
    max_duration_s: float = 15 * 60
    min_fps: Fraction = Fraction(23)
    max_fps: Fraction = Fraction(60)
    max_video_bitrate: int = 25_000_000
    video_codecs: tuple[str, ...] = ("h264", "hevc")
    audio_codecs: tuple[str, ...] = ("aac",)
    max_sample_rate: int = 48_000
    max_channels: int = 2


IMAGE_LIMITS = {
    MediaUse.PHOTO: ImageLimits(),
    MediaUse.CAROUSEL_ITEM: ImageLimits(),
    MediaUse.STORY: ImageLimits(min_ratio=None, max_ratio=None),
}
VIDEO_LIMITS = {
    MediaUse.REEL: VideoLimits(),
    MediaUse.STORY: VideoLimits(max_bytes=100 * MB, max_duration_s=60, min_ratio=Fraction(1, 10)),
    # Carousel items: the page gives no duration, so the limit of feed videos before reels is kept.
    MediaUse.CAROUSEL_ITEM: VideoLimits(max_duration_s=60),
}
COVER_LIMITS = ImageLimits(min_ratio=None, max_ratio=None)

CAROUSEL_MIN_ITEMS = 2
CAROUSEL_MAX_ITEMS = 10
# Content Publishing, Limitations: a container not published within a day expires.
CONTAINER_LIFETIME_S = 24 * 3600
STORY_LIFETIME_S = 24 * 3600
CONTAINERS_PER_DAY = 400

# Instagram's apps cap hashtags at 5 since about December 2025; the API documents 30, so this only warns.
CAPTION_WARN_HASHTAGS = 5

# The form of Instagram's user names.
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
# At least one letter: digits alone are no hashtag. The full-width # starts one too; `&#39;` does not.
_HASHTAG = re.compile(r"(?<![\w&])[#\uff03](?=\w*[^\W\d_])\w+")
_MENTION = re.compile(r"(?<![\w@.])@\w[\w.]*")


def utf16_units(text: str) -> int:
    """Count a text's UTF-16 units: an emoji outside the basic plane counts two."""
    # surrogatepass: half an emoji is counted here and refused with a reason elsewhere.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_username(text: str) -> bool:
    """Return whether a text can be a user name, without the `@`."""
    return _USERNAME.fullmatch(text) is not None


def hashtags(text: str) -> list[str]:
    """List the hashtags of a caption, in order."""
    return _HASHTAG.findall(text)


def mentions(text: str) -> list[str]:
    """List the @ mentions of a caption, in order; e-mail addresses do not count."""
    return _MENTION.findall(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLimit:
    """The most of something that a parameter of a container may contain.

    rule: the rule named by our refusal. parameter: Meta's name. words: what is counted, in the plural.
    count: counts it in a text or list. with_comment: the first comment counts too.
    code, subcode: Instagram's answer, a row of `error_table`. fix: what a person can do.
    """

    rule: str
    parameter: str
    words: str
    most: int
    count: Callable[[Any], int]
    fix: str
    with_comment: bool = False
    code: int = 100
    subcode: int | None = None


def _in_caption(
    rule: str, words: str, most: int, count: Callable[[str], int], fix: str, *, with_comment: bool = True
) -> CountLimit:
    return CountLimit(
        rule=rule,
        parameter="caption",
        words=words,
        most=most,
        count=count,
        fix=fix,
        with_comment=with_comment,
        code=36004,
        subcode=2207010,
    )


# In UTF-16 units: Meta does not say what a character is, and this is the stricter reading.
CAPTION_CHARACTERS = _in_caption(
    "caption_length",
    "characters",
    2200,
    utf16_units,
    "Shorten it; emoji may count twice.",
    with_comment=False,
)
CAPTION_HASHTAGS = _in_caption("hashtags", "hashtags", 30, lambda text: len(hashtags(text)), "Use fewer.")
COUNT_LIMITS = (
    CountLimit(
        rule="user_tags",
        parameter="user_tags",
        words="tagged accounts",
        most=20,
        count=len,
        fix="Tag fewer accounts.",
        subcode=2207040,
    ),
    CountLimit(
        rule="collaborators",
        parameter="collaborators",
        words="collaborators",
        most=3,
        count=len,
        fix="Invite fewer.",
    ),
    CAPTION_CHARACTERS,
    CountLimit(
        rule="alt_text_length",
        parameter="alt_text",
        words="characters",
        most=1000,
        count=utf16_units,
        fix="Shorten it.",
    ),
    CAPTION_HASHTAGS,
    _in_caption("mentions", "@ mentions", 20, lambda text: len(mentions(text)), "Use fewer."),
)
