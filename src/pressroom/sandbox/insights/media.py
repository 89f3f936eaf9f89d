"""`GET /{media}/insights`: the metrics of a media, and Meta's words for those it does not answer.

`offered` and `is_refused` say which metrics exist at the moment, and which a media refuses although its kind
has them. Source:
https://developers.facebook.com/documentation/instagram-platform/reference/instagram-media/insights
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from pressroom.graph.answers import MediaProductType
from pressroom.graph.certainty import Certainty
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.graph.metrics import (
    IMPRESSIONS_LAST_DAY,
    IMPRESSIONS_LAST_VERSION,
    METRICS_BY_NAME,
    NAMES_IN_REFUSAL,
    Metric,
)
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery
from pressroom.sandbox.calls.tokens import check_scope
from pressroom.sandbox.metrics import Refused
from pressroom.sandbox.state.growth import Numbers, followers_at, made_up_count, numbers_of
from pressroom.sandbox.state.things import Media, Metrics
from pressroom.sandbox.wire.answer import GraphRefusal, invalid, missing, not_found, refusal
from pressroom.sandbox.wire.params import items

REACH, VIEWERS = "reach", "viewers"
# A story with fewer viewers answers code 10, which is no missing permission.
_FEWEST_VIEWERS = 5
_IMPRESSIONS = "impressions"
# Metrics that follow from other numbers. Any other metric of the table gets a value made up from its name.
_READ: Mapping[str, Callable[[Numbers, int], int | float]] = {
    "views": lambda n, _: n.views,
    "impressions": lambda n, _: n.views,
    "reach": lambda n, _: n.reach,
    "viewers": lambda n, _: n.reach,
    "shares": lambda n, _: n.shares,
    "total_interactions": lambda n, comments: n.likes + n.saved + n.shares + n.reposts + n.replies + comments,
    "reposts": lambda n, _: n.reposts,
    "likes": lambda n, _: n.likes,
    "comments": lambda _, comments: comments,
    "saved": lambda n, _: n.saved,
    "follows": lambda n, _: n.follows,
    "profile_visits": lambda n, _: n.profile_visits,
    "profile_activity": lambda n, _: sum(n.activity.values()),
    "replies": lambda n, _: n.replies,
    "navigation": lambda n, _: sum(n.navigation.values()),
    "link_clicks": lambda n, _: n.link_clicks,
    # Milliseconds (seen in other people's code; the page names no unit).
    "ig_reels_avg_watch_time": lambda n, _: n.average_watch_ms,
    "ig_reels_video_view_total_time": lambda n, _: n.average_watch_ms * n.views,
    "reels_skip_rate": lambda n, _: n.skip_rate,
    "total_likes": lambda n, _: n.likes,
    "total_comments": lambda _, comments: comments,
    "total_views": lambda n, _: n.views,
    "facebook_views": lambda n, _: n.views // 4,
    "crossposted_views": lambda n, _: n.views + n.views // 4,
}
_BREAKDOWNS: Mapping[str, Callable[[Numbers], dict[str, int]]] = {
    "profile_activity": lambda n: n.activity,
    "navigation": lambda n: n.navigation,
}
_DESCRIPTIONS = {
    "reach": "The number of unique accounts that have seen this media, at least once.",
    "views": "The number of times this media was played or displayed.",
    "likes": "The number of likes on this media.",
    "comments": "The number of comments on this media.",
    "saved": "The number of saves of this media.",
    "shares": "The number of shares of this media.",
}
ROUTES = Routes(need=Permission.INSIGHTS, mark=Certainty.DOCUMENTED)


@ROUTES.answers("GET", "media", "insights", "insights")
def insights(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/insights`."""
    media = call.thing
    assert isinstance(media, Media)
    return insights_edge(call, media, EdgeQuery.of_call(call))


def insights_edge(call: GraphCall, media: Media, query: EdgeQuery) -> dict[str, Any]:
    """Give the requested metrics. Raises GraphRefusal for any that does not fit: the whole call fails."""
    check_scope(call.token, Permission.INSIGHTS)
    names, cuts = items(dict(query.args), "metric"), items(dict(query.args), "breakdown")
    if not names:
        raise missing("metric")
    offered_names = offered(call.scene.metrics, "media", NAMES_IN_REFUSAL)
    for index, name in enumerate(names):
        if name not in offered_names:
            # All names Meta knows, whatever the media: a listed one may still be refused for it.
            raise invalid(f"metric[{index}] must be one of the following values: {', '.join(offered_names)}")
    _check_media(call, media)
    breakdown = cuts[0].lower() if cuts else None
    for name in names:
        _check_metric(call, media, name, breakdown)
    in_total = _views_in_total(call, media, names, query)
    if call.now - media.created_at < call.scene.settings.insights_delay_s:
        # No data yet is an empty list, not zeros.
        return {"data": []}
    seen = call.now - call.scene.settings.insights_lag_s
    numbers = numbers_of(call.scene.world.random_seed, media, call.account, seen)
    comments = call.scene.world.comments_below(media, until=seen)
    data = [_reading(media, name, numbers, comments, breakdown) for name in names]
    for reading in data:
        # As metrics of the account are with this metric type: a total alone (inferred).
        if in_total and reading["name"] == "views":
            reading["total_value"] = {"value": reading.pop("values")[0]["value"]}
    return {"data": data}


def _check_media(call: GraphCall, media: Media) -> None:
    """Refuse a media that has no insights, whatever the metric."""
    if media.is_item:
        raise invalid("Media insights are not available for carousel album children")
    # Story insights exist for 24 hours; what answers afterwards is inferred.
    is_story = media.product is MediaProductType.STORY
    if is_story and call.now - media.created_at >= STORY_LIFETIME_S:
        raise not_found(media.id)
    since = call.account.switched_at
    if since is not None and media.created_at < since:
        raise refusal(100, 2108006)
    if is_story and followers_at(call.account, call.now) < _FEWEST_VIEWERS:
        raise refusal(10, message="(#10) Not enough viewers for the media to show insights")


def _check_metric(call: GraphCall, media: Media, name: str, breakdown: str | None) -> None:
    metric = _metric(name)
    if metric is None:
        if media.product is MediaProductType.REELS:
            raise _unfit_refusal(_IMPRESSIONS)
        is_old = datetime.fromtimestamp(media.created_at, UTC).date() <= IMPRESSIONS_LAST_DAY
        if not is_old or call.version.number > IMPRESSIONS_LAST_VERSION:
            raise invalid(
                "Starting from version v22.0 and above, the impressions metric is no longer supported "
                "for the queried media"
            )
    else:
        is_shared = call.scene.settings.crossposts or not metric.needs_crosspost
        is_of_kind = is_shared and metric.is_under(call.login) and media.product in metric.products
        if not is_of_kind or is_refused(call.scene.metrics, media, name, call.scene.world.random_seed):
            raise _unfit_refusal(name)
    # The page documents the text, no code; 1/99 has been observed for insights of Pages.
    if breakdown is not None and (metric is None or metric.breakdown != breakdown):
        raise GraphRefusal(1, 99, message="An unknown error has occurred.", is_transient=False)


def _unfit_refusal(name: str) -> GraphRefusal:
    return invalid(f"The Media Insights API does not support the {name} metric for this media product type.")


def _metric(name: str) -> Metric | None:
    """Give the row of a metric; `viewers` has that of reach until there is a row of its own."""
    metric = METRICS_BY_NAME.get(name)
    is_new = metric is None and name == VIEWERS
    return replace(METRICS_BY_NAME[REACH], name=VIEWERS, title="Viewers") if is_new else metric


def _views_in_total(call: GraphCall, media: Media, names: list[str], query: EdgeQuery) -> bool:
    """Tell whether views are a story's that want `metric_type=total_value`; refuses them without it."""
    wants = call.scene.settings.story_views_total and media.product is MediaProductType.STORY
    if wants and "views" in names and query.args.get("metric_type") != "total_value":
        # The words are those of the account's metrics: that media have them too is inferred.
        raise invalid(
            "The following metrics (views) should be specified with parameter metric_type=total_value"
        )
    return wants


def _reading(
    media: Media, name: str, numbers: Numbers, comments: int, breakdown: str | None
) -> dict[str, Any]:
    metric = _metric(name)
    title = metric.title if metric else "Impressions"
    value = _READ[name](numbers, comments) if name in _READ else made_up_count(name, numbers)
    reading: dict[str, Any] = {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": title,
        "description": _DESCRIPTIONS.get(name, f"{title} of this media."),
    }
    # Without a breakdown there is no total_value.
    if breakdown is not None:
        parts = _BREAKDOWNS[name](numbers) if name in _BREAKDOWNS else {"other": made_up_count(name, numbers)}
        results = [{"dimension_values": [part], "value": count} for part, count in parts.items()]
        cut = {"dimension_keys": [breakdown], "results": results}
        reading["total_value"] = {"value": value, "breakdowns": [cut]}
    reading["id"] = f"{media.id}/insights/{name}/lifetime"
    return reading


def offered(metrics: Metrics, level: Literal["media", "account"], names: Iterable[str]) -> list[str]:
    """List the metrics that Meta knows at the moment, in the order of `names`."""
    # Meta announced viewers in place of reach, on the Page side done; that both never answer is inferred.
    new = VIEWERS if metrics.viewers else REACH
    current = [new if name == REACH else name for name in names if name != VIEWERS]
    return [name for name in current if name not in metrics.gone and f"{level}.{name}" not in metrics.gone]


def is_refused(metrics: Metrics, media: Media, name: str, random_seed: int) -> bool:
    """Tell whether this media refuses a metric that others of its kind may answer (observed)."""
    # Asked for every metric of every media of a page, so that nothing is parsed that need not be.
    words = [word for word in metrics.refused if word.startswith(f"{name}:")] if metrics.refused else ()
    for rule in map(Refused.of, words):
        digest = hashlib.blake2b(f"{random_seed}/{rule.metric}/{media.id}".encode(), digest_size=4).digest()
        is_drawn = int.from_bytes(digest, "big") / 2**32 < rule.share
        kinds = (media.media_type.value, media.product.value)
        if is_drawn if rule.kind is None else rule.kind in kinds:
            return True
    return False
