"""Calls for the numbers of media and accounts. Source: IG Media, Insights; IG User, Insights."""

from collections.abc import Sequence

from pressroom.graph.answers import (
    Insight,
    Page,
)
from pressroom.graph.calls.call import Call, Pace, given
from pressroom.graph.ids import MediaId, UserId


def media_insights(media_id: MediaId, metrics: Sequence[str]) -> Call[Page[Insight]]:
    """Describe the read of a media's metrics. One unsupported name fails the whole call.

    Source: IG Media, Insights. `pressroom.graph.metrics` says which names are supported.
    """
    return Call(
        method="GET",
        path=f"/{media_id}/insights",
        params={"metric": ",".join(metrics)},
        answer=Page[Insight],
        pace=Pace.INSIGHTS,
    )


def account_insights(
    user: UserId,
    metrics: Sequence[str],
    *,
    period: str = "day",
    metric_type: str | None = None,
    breakdown: str | None = None,
    timeframe: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> Call[Page[Insight]]:
    """Describe the read of an account's metrics, by default of the last 24 hours.

    metric_type: `time_series` or `total_value`; most metrics have one of them alone. timeframe: of
    demographics, `this_week` or `this_month`. since, until: unix seconds, 30 days apart at most.
    Source: IG User, Insights.
    """
    params = given(
        metric=",".join(metrics),
        period=period,
        metric_type=metric_type,
        breakdown=breakdown,
        timeframe=timeframe,
        since=since,
        until=until,
    )
    return Call(
        method="GET", path=f"/{user}/insights", params=params, answer=Page[Insight], pace=Pace.INSIGHTS
    )
