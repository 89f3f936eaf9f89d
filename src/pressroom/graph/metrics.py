"""Which metrics media and accounts have, and how each is asked for.

Media metrics depend on `media_product_type`, login type and date. One unsupported name fails the whole call,
so all names come from this table. From `DAY_ZONE` on stand the metrics of an account.
Source: https://developers.facebook.com/documentation/instagram-platform/reference/instagram-media/insights
and https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pressroom.graph.answers import MediaProductType
from pressroom.graph.capabilities import Capability, is_offered
from pressroom.graph.hosts import LoginType

FEED, REELS, STORY = MediaProductType.FEED, MediaProductType.REELS, MediaProductType.STORY
ALL_PRODUCTS = frozenset({FEED, REELS, STORY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One media metric.

    needs_crosspost: refused for media that was not shared to Facebook.
    capability: what a login must offer for it beyond insights.
    breakdown: the one dimension it can be broken down by.
    """

    name: str
    products: frozenset[MediaProductType]
    title: str
    capability: Capability = Capability.INSIGHTS
    needs_crosspost: bool = False
    breakdown: str | None = None

    def is_under(self, login: LoginType) -> bool:
        """Return whether a login is known to offer it."""
        return self.capability is Capability.INSIGHTS or is_offered(login, self.capability)


def _metric(name: str, title: str, *products: MediaProductType, **more: str | bool | Capability) -> Metric:
    return Metric(name=name, title=title, products=frozenset(products) or ALL_PRODUCTS, **more)  # pyright: ignore[reportArgumentType]


MEDIA_METRICS = (
    _metric("views", "Views"),
    _metric("reach", "Accounts reached"),
    _metric("shares", "Shares"),
    _metric("total_interactions", "Interactions"),
    _metric("reposts", "Reposts"),
    _metric("likes", "Likes", FEED, REELS),
    _metric("comments", "Comments", FEED, REELS),
    _metric("saved", "Saved", FEED, REELS),
    _metric("follows", "Follows", FEED, STORY),
    _metric("profile_visits", "Profile visits", FEED, STORY),
    _metric("profile_activity", "Profile activity", FEED, STORY, breakdown="action_type"),
    _metric("replies", "Replies", STORY),
    _metric("navigation", "Navigation", STORY, breakdown="story_navigation_action_type"),
    _metric("link_clicks", "Link clicks", STORY),
    _metric("ig_reels_avg_watch_time", "Average watch time", REELS),
    _metric("ig_reels_video_view_total_time", "Watch time", REELS),
    _metric("reels_skip_rate", "Skip rate", REELS),
    _metric("crossposted_views", "Crossposted views", REELS, needs_crosspost=True),
    _metric("facebook_views", "Facebook views", needs_crosspost=True),
    _metric("total_likes", "Total likes", FEED, REELS, capability=Capability.TOTAL_METRICS),
    _metric("total_comments", "Total comments", FEED, REELS, capability=Capability.TOTAL_METRICS),
    _metric("total_views", "Total views", capability=Capability.TOTAL_METRICS),
)
METRICS_BY_NAME = {metric.name: metric for metric in MEDIA_METRICS}

SUCCESSORS = {"reach": "viewers"}
"""Metrics that Meta announced in place of others, asked for where those are refused."""

# The list in Meta's error for an unknown name, in its order (July 2026).
_QUOTED = (
    "impressions",
    "reach",
    "replies",
    "saved",
    "likes",
    "comments",
    "shares",
    "total_interactions",
    "follows",
    "profile_visits",
    "profile_activity",
    "navigation",
    "ig_reels_video_view_total_time",
    "ig_reels_avg_watch_time",
    "views",
    "reels_skip_rate",
    "reposts",
    "facebook_views",
    "crossposted_views",
    "total_views",
    "total_likes",
    "total_comments",
    "link_clicks",
)
AVERAGES: Final = frozenset({"reels_skip_rate", "ig_reels_avg_watch_time"})
"""Metrics of a media that are no counts, and do not grow with it."""
# Metrics that were not in that list yet come last.
NAMES_IN_REFUSAL = (*_QUOTED, *(name for name in METRICS_BY_NAME if name not in _QUOTED))
# `impressions` still answers for media made up to this day, on v21.0 alone.
IMPRESSIONS_LAST_DAY = date(2024, 7, 1)
IMPRESSIONS_LAST_VERSION = (21, 0)


def shared_metrics(login: LoginType = LoginType.INSTAGRAM) -> list[str]:
    """List the metrics supported by everything in a media list: feed posts and reels, not stories."""
    reels = metrics_for(REELS, login)
    return [name for name in metrics_for(FEED, login) if name in reels]


def metrics_for(product: MediaProductType, login: LoginType = LoginType.INSTAGRAM) -> list[str]:
    """List the metrics every media of a product type supports, in the table's order.

    Leaves out what the login is not known to offer, since one unsupported name fails the whole call, and what
    is refused without cross-posting.
    """
    return [
        metric.name
        for metric in MEDIA_METRICS
        if product in metric.products and metric.is_under(login) and not metric.needs_crosspost
    ]


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
