"""The account's metrics, and the words by which metrics are taken away or refused.

Source: https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.metrics import NAMES_IN_REFUSAL
from pressroom.sandbox.checks import did_you_mean

MetricType = Literal["time_series", "total_value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMetric:
    """One account metric.

    rate: per person reached in a day, from which its numbers are made up.
    kinds: the metric types it has; the first is the default.
    """

    name: str
    title: str
    periods: tuple[str, ...] = ("day",)
    kinds: tuple[MetricType, ...] = ("total_value",)
    breakdowns: tuple[str, ...] = ()
    rate: float = 0.0


_BY_PRODUCT = ("media_product_type",)
PEOPLE = ("age", "city", "country", "gender")


def _people(name: str, title: str) -> AccountMetric:
    return AccountMetric(name=name, title=title, periods=("lifetime",), breakdowns=PEOPLE)


ACCOUNT_METRICS = (
    AccountMetric(
        name="reach",
        title="Reach",
        rate=1.0,
        periods=("day", "week", "days_28"),
        kinds=("time_series", "total_value"),
        breakdowns=("media_product_type", "follow_type"),
    ),
    # The gain of each day, not the total: that is followers_count of the account.
    AccountMetric(name="follower_count", title="Follower Count", kinds=("time_series",)),
    AccountMetric(
        name="online_followers", title="Online Followers", periods=("lifetime",), kinds=("time_series",)
    ),
    # The page says follower_type; the API takes follow_type (observed).
    AccountMetric(name="views", title="Views", rate=1.7, breakdowns=("follow_type", "media_product_type")),
    AccountMetric(name="accounts_engaged", title="Accounts engaged", rate=0.11),
    AccountMetric(name="replies", title="Replies", rate=0.003),
    AccountMetric(name="reposts", title="Reposts", rate=0.002),
    AccountMetric(name="total_interactions", title="Interactions", rate=0.16, breakdowns=_BY_PRODUCT),
    AccountMetric(name="likes", title="Likes", rate=0.12, breakdowns=_BY_PRODUCT),
    AccountMetric(name="comments", title="Comments", rate=0.008, breakdowns=_BY_PRODUCT),
    # `saves` of an account, `saved` of a media.
    AccountMetric(name="saves", title="Saves", rate=0.02, breakdowns=_BY_PRODUCT),
    AccountMetric(name="shares", title="Shares", rate=0.012, breakdowns=_BY_PRODUCT),
    AccountMetric(
        name="profile_links_taps", title="Profile links taps", rate=0.006, breakdowns=("contact_button_type",)
    ),
    AccountMetric(
        name="follows_and_unfollows", title="Follows and unfollows", rate=0.009, breakdowns=("follow_type",)
    ),
    # No longer documented, still answered in July 2026 (observed).
    AccountMetric(name="profile_views", title="Profile views", rate=0.05),
    AccountMetric(name="website_clicks", title="Website clicks", rate=0.008),
    _people("follower_demographics", "Follower demographics"),
    _people("engaged_audience_demographics", "Engaged audience demographics"),
    _people("reached_audience_demographics", "Reached audience demographics"),  # in Meta's SDK only
)


_LEVELS = {"media": NAMES_IN_REFUSAL, "account": tuple(metric.name for metric in ACCOUNT_METRICS)}
_PRODUCTS = (MediaProductType.FEED, MediaProductType.REELS, MediaProductType.STORY)
_KINDS = frozenset(kind.value for kind in (*MediaType, *_PRODUCTS))


def check_gone(names: Iterable[str]) -> None:
    """Raise ValueError for what names no metric: `saved`, `media.views`, `account.views`."""
    every = {name for metrics in _LEVELS.values() for name in metrics}
    every |= {f"{level}.{name}" for level, metrics in _LEVELS.items() for name in metrics}
    for name in names:
        if name not in every:
            raise ValueError(f"there is no metric {name!r}.{did_you_mean(name, every)}")


@dataclass(frozen=True, slots=True)
class Refused:
    """A metric that some media refuse: those of a media type or product type, or a share of all."""

    metric: str
    kind: str | None = None
    share: float = 0.0

    @classmethod
    def of(cls, word: str) -> "Refused":
        """Read `shares:IMAGE`, `views:STORY` or `views:0.2`. Raises ValueError for anything else."""
        metric, _, which = word.partition(":")
        if metric not in NAMES_IN_REFUSAL:
            raise ValueError(
                f"there is no metric {metric!r} of media.{did_you_mean(metric, NAMES_IN_REFUSAL)}"
            )
        if which in _KINDS:
            return cls(metric, which)
        try:
            share = float(which)
        except ValueError:
            share = -1.0
        if not 0 < share <= 1:
            kinds = ", ".join(sorted(_KINDS))
            raise ValueError(f"{word!r} names no media: {metric}: and one of {kinds}, or a share such as 0.2")
        return cls(metric, share=share)


def check_refused(words: Iterable[str]) -> None:
    """Raise ValueError for a word that `Refused.of` cannot read."""
    for word in words:
        Refused.of(word)
