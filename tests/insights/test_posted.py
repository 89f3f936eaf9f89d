"""What was posted is described: hashtags as people spell them, and weekdays of the account's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from pressroom.core.readings import KeptMedia
from pressroom.insights.report.posted import Hashtag, hashtags_in, hashtags_of, posts_by_weekday
from tests.insights.planted import media_of

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


def posts(*captions: str | None) -> list[KeptMedia]:
    return [replace(media_of(str(number), MONDAY), caption=text) for number, text in enumerate(captions)]


@pytest.mark.parametrize(
    ("caption", "hashtags"),
    [
        ("A loaf. #bread, #rye-bread (#Oslo)!", ["bread", "rye", "Oslo"]),
        ("#one#two ##three", ["one", "two", "three"]),
        (
            "#größe #İstanbul #東京 #हिन्दी #می\u200cدیدیم",
            ["größe", "İstanbul", "東京", "हिन्दी", "می\u200cدیدیم"],
        ),
        ("#gro\u0308sse is composed", ["grösse"]),
        ("\uff03wide #2026 #a_b #sale🔥 #👍🏽", ["wide", "2026", "a_b", "sale🔥", "👍🏽"]),
        ("https://example.com/a#part /#part C# is no tag &#39; # #", []),
        ("", []),
    ],
)
def test_hashtags_are_read_in_every_script(caption: str, hashtags: list[str]) -> None:
    assert list(hashtags_in(caption)) == hashtags


def test_hashtags_that_differ_by_case_are_one_in_the_spelling_used_most() -> None:
    media = posts("#Brød", "#brød", "#BRØD #brød", "nothing", None)
    assert hashtags_of(media, {}) == [Hashtag(name="brød", posts=3, n=0, median=None)]


def test_a_median_takes_five_posts_with_a_reach_and_a_post_without_one_still_counts() -> None:
    media = posts(*["#rye"] * 6, *["#oat"] * 5)
    reach = {str(number): 100 * number for number in range(10)}
    assert hashtags_of(media, reach) == [
        Hashtag(name="rye", posts=6, n=6, median=250),
        Hashtag(name="oat", posts=5, n=4, median=None),
    ]


def test_the_ten_that_most_posts_carry_are_told() -> None:
    media = posts(*[" ".join(f"#tag{number:02}" for number in range(upto)) for upto in range(1, 13)])
    assert [hashtag.posts for hashtag in hashtags_of(media, {})] == [*range(12, 2, -1)]


def test_a_weekday_is_one_of_the_accounts_zone() -> None:
    late = media_of("1", datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    media = [late, media_of("2", MONDAY), media_of("3", MONDAY + timedelta(days=5))]
    assert posts_by_weekday(media, ZoneInfo("Europe/Oslo")) == (2, 0, 0, 0, 0, 1, 0)
    assert posts_by_weekday(media, ZoneInfo("UTC")) == (1, 0, 0, 0, 0, 1, 1)
