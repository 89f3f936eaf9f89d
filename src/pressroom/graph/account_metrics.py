"""Which metrics an account has, and how each is asked for.

Source: https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

from collections.abc import Mapping
from typing import Final

DAY_ZONE: Final = "America/Los_Angeles"
"""The zone at whose midnight a day of account metrics ends."""
FEWEST_FOLLOWERS: Final = 100
"""Below it there is no audience, and no `follower_count`."""

SERIES: Final = ("reach", "follower_count")
"""Those that Instagram gives for each day of a span. `follower_count` is the gain of a day, not the total."""
PER_DAY: Final = (
    "views",
    "accounts_engaged",
    "total_interactions",
    "likes",
    "comments",
    "saves",
    "shares",
    "replies",
    "reposts",
    "profile_links_taps",
    "follows_and_unfollows",
    "profile_views",
    "website_clicks",
)
"""Those that are one total of a span, so that each day takes a call."""
WITH_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "media_product_type": ("views", "total_interactions", "likes", "comments", "saves", "shares"),
    "follow_type": ("views", "follows_and_unfollows"),
}
"""Breakdowns, with the metrics that each is asked for."""
PEOPLE: Final = ("age", "city", "country", "gender")
DEMOGRAPHICS: Final = ("follower_demographics", "engaged_audience_demographics")
ONLINE_FOLLOWERS: Final = "online_followers"
