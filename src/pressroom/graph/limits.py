"""What Instagram accepts, as data: media specs and caption rules.

Source: IG User, Media, and https://developers.facebook.com/docs/instagram-platform/content-publishing/
Meta's pages disagree here and there; the stricter number stands, and callers read it from here only.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

MB = 1_000_000
MIB = 1 << 20


class MediaUse(StrEnum):
    """What a file is going to be, which decides the limits it must meet."""

    PHOTO = "photo"
    REEL = "reel"
    STORY = "story"
    CAROUSEL_ITEM = "carousel_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """Rules for a still. Ratios are width : height; pixels outside the width are scaled by Meta."""

    max_bytes: int = 8 * MB
    min_width: int = 320
    max_width: int = 1440
    min_ratio: Fraction | None = Fraction(4, 5)
    max_ratio: Fraction | None = Fraction(191, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLimits:
    """Rules for a clip. Rates are bits per second, durations seconds, ratios width : height."""

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
    MediaUse.STORY: VideoLimits(
        max_bytes=100 * MB, max_duration_s=60, min_ratio=Fraction(1, 10), max_ratio=Fraction(10)
    ),
    MediaUse.CAROUSEL_ITEM: VideoLimits(max_duration_s=60),
}
COVER_LIMITS = ImageLimits(min_ratio=None, max_ratio=None)

CAROUSEL_MIN_ITEMS = 2
CAROUSEL_MAX_ITEMS = 10
CONTAINER_LIFETIME_S = 24 * 3600
STORY_LIFETIME_S = 24 * 3600
CONTAINERS_PER_DAY = 400

CAPTION_MAX_CHARACTERS = 2200  # counted in UTF-16 units: Meta does not say, and this is the stricter reading
CAPTION_MAX_HASHTAGS = 30
CAPTION_WARN_HASHTAGS = 5
CAPTION_MAX_MENTIONS = 20
ALT_TEXT_MAX_CHARACTERS = 1000
MAX_COLLABORATORS = 3
MAX_USER_TAGS = 20

# What Instagram lets an account be called.
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
_HASHTAG = re.compile(r"(?<![\w&])[#\uff03](?=\w*[^\W\d_])\w+")
_MENTION = re.compile(r"(?<![\w@.])@\w[\w.]*")


def utf16_units(text: str) -> int:
    """Count a text as UTF-16 units: an emoji outside the basic plane counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_username(text: str) -> bool:
    """Tell whether an account can be called so, without the `@`."""
    return _USERNAME.fullmatch(text) is not None


def hashtags(text: str) -> list[str]:
    """List the hashtags of a caption, in order."""
    return _HASHTAG.findall(text)


def mentions(text: str) -> list[str]:
    """List the @ mentions of a caption, in order; e-mail addresses are none."""
    return _MENTION.findall(text)
