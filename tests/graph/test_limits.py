"""What Instagram accepts, as Meta's pages state it: https://developers.facebook.com/docs/instagram-platform/"""

from dataclasses import asdict
from fractions import Fraction

import pytest

from pressroom.graph import limits
from pressroom.graph.limits import IMAGE_LIMITS, VIDEO_LIMITS, MediaUse

STILL = {"max_bytes": 8_000_000, "min_width": 320, "max_width": 1440}
FEED_RATIO = {"min_ratio": Fraction("0.8"), "max_ratio": Fraction("1.91")}
ANY_RATIO = {"min_ratio": None, "max_ratio": None}
CLIP = {
    "max_bytes": 300_000_000,
    "max_width": 1920,
    "min_ratio": Fraction("0.01"),
    "max_ratio": 10,
    "min_duration_s": 3,
    "max_duration_s": 900,
    "min_fps": 23,
    "max_fps": 60,
    "max_video_bitrate": 25_000_000,
    "video_codecs": ("h264", "hevc"),
    "audio_codecs": ("aac",),
    "max_sample_rate": 48_000,
    "max_channels": 2,
}


def test_a_still_is_limited_as_documented() -> None:
    assert {use: asdict(limit) for use, limit in IMAGE_LIMITS.items()} == {
        MediaUse.PHOTO: {**STILL, **FEED_RATIO},
        MediaUse.CAROUSEL_ITEM: {**STILL, **FEED_RATIO},
        MediaUse.STORY: {**STILL, **ANY_RATIO},
    }
    assert asdict(limits.COVER_LIMITS) == {**STILL, **ANY_RATIO}


def test_a_clip_is_limited_as_documented() -> None:
    of_a_story = {"max_bytes": 100_000_000, "max_duration_s": 60, "min_ratio": Fraction("0.1")}
    assert {use: asdict(limit) for use, limit in VIDEO_LIMITS.items()} == {
        MediaUse.REEL: CLIP,
        MediaUse.STORY: {**CLIP, **of_a_story},
        MediaUse.CAROUSEL_ITEM: {**CLIP, "max_duration_s": 60},
    }


@pytest.mark.parametrize(
    ("limit", "documented"),
    [
        (limits.MB, 1_000_000),
        (limits.MIB, 1_048_576),
        (limits.CAROUSEL_MIN_ITEMS, 2),
        (limits.CAROUSEL_MAX_ITEMS, 10),
        (limits.CONTAINER_LIFETIME_S, 86_400),
        (limits.STORY_LIFETIME_S, 86_400),
        (limits.CONTAINERS_PER_DAY, 400),
        (limits.CAPTION_WARN_HASHTAGS, 5),
    ],
)
def test_a_count_is_limited_as_documented(limit: int, documented: int) -> None:
    assert limit == documented


COUNTED = [
    ("user_tags", "user_tags", 20, False, (100, 2207040)),
    ("collaborators", "collaborators", 3, False, (100, None)),
    ("caption_length", "caption", 2200, False, (36004, 2207010)),
    ("alt_text_length", "alt_text", 1000, False, (100, None)),
    ("hashtags", "caption", 30, True, (36004, 2207010)),
    ("mentions", "caption", 20, True, (36004, 2207010)),
]


def test_what_a_post_may_carry_is_limited_as_documented_and_refused_by_documented_errors() -> None:
    assert [
        (row.rule, row.parameter, row.most, row.with_comment, (row.code, row.subcode))
        for row in limits.COUNT_LIMITS
    ] == COUNTED
    assert all(row.words and row.fix for row in limits.COUNT_LIMITS)


@pytest.mark.parametrize(
    ("rule", "given", "count"),
    [
        ("user_tags", ["a", "b"], 2),
        ("caption_length", "#a 😀", 5),
        ("alt_text_length", "😀", 2),
        ("hashtags", "#a b #c", 2),
        ("mentions", "@a b @c @d", 3),
    ],
)
def test_each_limit_counts_in_its_own_way(rule: str, given: str | list[str], count: int) -> None:
    (row,) = [row for row in limits.COUNT_LIMITS if row.rule == rule]
    assert row.count(given) == count


def test_a_lone_half_of_an_emoji_is_counted_too() -> None:
    assert limits.utf16_units("\ud83d") == 1


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("a", True), ("a.b_9", True), ("x" * 30, True), ("x" * 31, False), ("", False), ("@a", False)],
)
def test_an_account_is_called_by_letters_digits_dots_and_underscores(text: str, is_one: bool) -> None:
    assert limits.is_username(text) is is_one
