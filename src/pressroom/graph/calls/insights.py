"""Calls for the numbers of media and accounts. Source: IG Media, Insights; IG User, Insights."""

from collections.abc import Sequence

from pressroom.graph.answers import (
    Insight,
    Page,
)
from pressroom.graph.calls.call import Call, Pace
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


def account_insights(user: UserId, metrics: Sequence[str], *, period: str = "day") -> Call[Page[Insight]]:
    """Describe the read of an account's metrics, of the last finished period.

    Source: IG User, Insights.
    """
    return Call(
        method="GET",
        path=f"/{user}/insights",
        params={"metric": ",".join(metrics), "period": period},
        answer=Page[Insight],
        pace=Pace.INSIGHTS,
    )
