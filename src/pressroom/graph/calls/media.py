"""Calls about what is live: media, their comments, the numbers of media and accounts, and webhooks.

Source: IG Media; IG User, Media; IG Media, Comments; IG Comment; IG Media, Insights; IG User, Insights;
Webhooks, Setup.
"""

from collections.abc import Sequence

from pressroom.graph.answers import Comment, Commented, Done, Insight, Media, Page, SubscribedApp
from pressroom.graph.calls.call import Call, Effect, Pace, wire_params
from pressroom.graph.ids import CommentId, MediaId, UserId

MEDIA_FIELDS = "id,permalink,media_type,media_product_type,timestamp,shortcode"
LISTING_FIELDS = "id,media_type,media_product_type,caption,timestamp"


def media(media_id: MediaId, *, fields: str = MEDIA_FIELDS) -> Call[Media]:
    """Describe the read of one published media."""
    return Call(method="GET", path=f"/{media_id}", params={"fields": fields}, answer=Media)


def media_list(
    user: UserId,
    *,
    fields: str = LISTING_FIELDS,
    limit: int = 25,
    since: int | None = None,
    until: int | None = None,
) -> Call[Page[Media]]:
    """Describe the list of published media, newest first, without stories. `since`, `until`: unix seconds."""
    params = wire_params(fields=fields, limit=limit, since=since, until=until)
    return Call(method="GET", path=f"/{user}/media", params=params, answer=Page[Media])


def stories(user: UserId, *, fields: str = LISTING_FIELDS, limit: int = 25) -> Call[Page[Media]]:
    """Describe the list of live stories (24 h)."""
    params = wire_params(fields=fields, limit=limit)
    return Call(method="GET", path=f"/{user}/stories", params=params, answer=Page[Media])


def delete_media(media_id: MediaId) -> Call[Done]:
    """Describe the deletion of a published media (Facebook Login only)."""
    return Call(method="DELETE", path=f"/{media_id}", answer=Done, effect=Effect.WRITE)


def comments(media_id: MediaId, *, fields: str = "id,text,timestamp,username") -> Call[Page[Comment]]:
    """Describe the list of a media's top-level comments, newest first."""
    return Call(method="GET", path=f"/{media_id}/comments", params={"fields": fields}, answer=Page[Comment])


def comment(media_id: MediaId, message: str) -> Call[Commented]:
    """Describe a comment on a media."""
    return Call(
        method="POST",
        path=f"/{media_id}/comments",
        params={"message": message},
        answer=Commented,
        effect=Effect.WRITE,
    )


def delete_comment(comment_id: CommentId) -> Call[Done]:
    """Describe the deletion of a comment on the account's own media."""
    return Call(method="DELETE", path=f"/{comment_id}", answer=Done, effect=Effect.WRITE)


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
    params = wire_params(
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


def subscribed_apps(node: str) -> Call[Page[SubscribedApp]]:
    """Describe the list of the apps that get an account's webhooks.

    node: the account's user id under Instagram Login, else its Page's id, with the Page's own token.
    Source: Webhooks, Setup; Page, Subscribed Apps.
    """
    return Call(method="GET", path=f"/{node}/subscribed_apps", answer=Page[SubscribedApp])
