"""Which periods, types and breakdowns each account metric has.

Source: https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

from dataclasses import dataclass
from typing import Literal

from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.wire.params import items
from pressroom.sandbox.wire.refusals import invalid, missing

MetricType = Literal["time_series", "total_value"]
MOST_DAYS = 30
_DAY_S = 24 * 3600
# Meta's words, as observed.
_TOO_WIDE = "There cannot be more than 30 days (2592000 s) between since and until."
TIMEFRAMES = ("this_week", "this_month")


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
_PEOPLE = ("age", "city", "country", "gender")


def _people(name: str, title: str) -> AccountMetric:
    return AccountMetric(name=name, title=title, periods=("lifetime",), breakdowns=_PEOPLE)


METRICS = (
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
BY_NAME = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked call. since, until: unix seconds. breakdowns: cut by all of them together."""

    metrics: tuple[AccountMetric, ...]
    period: str
    kind: MetricType
    breakdowns: tuple[str, ...]
    timeframe: str | None
    since: float
    until: float


def read_asked(call: GraphCall) -> Asked:
    """Parse and check the call. Raises GraphRefusal in Meta's words: one bad metric fails all."""
    metrics = _metrics(call)
    period = (items(call.params, "period") or [metrics[0].periods[0]])[0]
    for metric in metrics:
        if period not in metric.periods:
            raise invalid(f"Incompatible metrics ({metric.name}) with period ({period})")
    since, until = _window(call)
    return Asked(
        metrics=metrics,
        period=period,
        kind=_kind(call, metrics),
        breakdowns=_breakdowns(call, metrics),
        timeframe=_timeframe(call),
        since=since,
        until=until,
    )


def _metrics(call: GraphCall) -> tuple[AccountMetric, ...]:
    if not call.items("metric"):
        raise missing("metric")
    found: list[AccountMetric] = []
    for index, name in enumerate(call.items("metric")):
        metric = BY_NAME.get(name)
        if metric is None:
            raise invalid(f"metric[{index}] must be one of the following values: {', '.join(BY_NAME)}")
        found.append(metric)
    return tuple(found)


def _kind(call: GraphCall, metrics: tuple[AccountMetric, ...]) -> MetricType:
    wanted = call.text("metric_type")
    if wanted not in (None, "default", "time_series", "total_value"):
        raise invalid("metric_type must be one of the following values: default, time_series, total_value")
    kind: MetricType = "total_value" if wanted == "total_value" else "time_series"
    # Without metric_type a metric that has totals only is refused, so all metrics take two calls (observed).
    for metric in metrics:
        if kind not in metric.kinds and kind == "time_series":
            raise invalid(
                f"The following metrics ({metric.name}) should be specified with parameter "
                "metric_type=total_value"
            )
        if kind not in metric.kinds:
            raise invalid(f"The following metrics ({metric.name}) do not support metric_type=total_value")
    return kind


def _breakdowns(call: GraphCall, metrics: tuple[AccountMetric, ...]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(call.items("breakdown")))
    for metric in metrics:
        if not wanted and metric.breakdowns == _PEOPLE:
            raise invalid("The parameter breakdown is required")
        for index, name in enumerate(wanted):
            if name not in metric.breakdowns:
                known = ", ".join(metric.breakdowns) or "none"
                raise invalid(f"breakdown[{index}] must be one of the following values: {known}")
    return wanted


def _timeframe(call: GraphCall) -> str | None:
    wanted = call.text("timeframe")
    if wanted is not None and wanted.lower() not in TIMEFRAMES:
        raise invalid(f"timeframe must be one of the following values: {', '.join(TIMEFRAMES)}")
    return wanted


def _window(call: GraphCall) -> tuple[float, float]:
    given = call.moment_of("since"), call.moment_of("until")
    # By default the last 24 hours.
    until = call.now if given[1] is None else given[1]
    since = until - _DAY_S if given[0] is None else given[0]
    if since > until:
        raise invalid("until must be after since")
    if until - since > MOST_DAYS * _DAY_S:
        raise invalid(_TOO_WIDE)
    return since, until
