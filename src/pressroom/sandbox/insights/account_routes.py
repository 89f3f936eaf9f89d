"""`GET /{user}/insights`: daily series, totals, breakdowns, demographics."""

from typing import Any
from urllib.parse import urlencode

from pressroom.graph.certainty import Certainty
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.insights.account_rules import Asked, read_asked
from pressroom.sandbox.insights.days import (
    DAY_S,
    PARTS,
    PEOPLE,
    Shares,
    crossed,
    daily,
    day_ends,
    gained,
    online,
    settled,
    split,
)
from pressroom.sandbox.insights.offer import REACH, VIEWERS
from pressroom.sandbox.metrics import AccountMetric
from pressroom.sandbox.state.growth import followers_at

# IG User, Insights: these metrics need 100 followers. Missing data is an empty list, not an error.
_FEWEST_FOLLOWERS = 100
_NEEDS_FOLLOWERS = frozenset({"follower_count", "online_followers", "follows_and_unfollows"})
_SUMS = {"day": 1, "week": 7, "days_28": 28}  # rolling sums at each day, not calendar weeks (observed)
# Reach counts a person once, however many days they were reached: a share of the daily sum remains.
_OVERLAP = 0.62
_MOST_PARTS = 45  # IG User, Insights: demographics give the top 45


def insights(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/insights`."""
    asked = read_asked(call)
    data = [_reading(call, asked, metric) for metric in asked.metrics if _has_data(call, metric)]
    # Recorded for totals of days too; demographics, which have no window, have none.
    has_window = asked.kind == "time_series" or asked.period != "lifetime"
    return {"data": data, "paging": _paging(call, asked)} if has_window else {"data": data}


def _has_data(call: GraphCall, metric: AccountMetric) -> bool:
    needs = metric.name in _NEEDS_FOLLOWERS or metric.periods == ("lifetime",)
    return not needs or followers_at(call.account, call.now) >= _FEWEST_FOLLOWERS


def _reading(call: GraphCall, asked: Asked, metric: AccountMetric) -> dict[str, Any]:
    reading: dict[str, Any] = {
        "name": metric.name,
        "period": asked.period,
        "title": metric.title,
        "description": f"{metric.title} of this account.",
    }
    if asked.kind == "total_value":
        reading["total_value"] = _total(call, asked, metric)
    else:
        reading["values"] = _series(call, asked, metric)
    reading["id"] = f"{call.account.id}/insights/{metric.name}/{asked.period}"
    return reading


def _series(call: GraphCall, asked: Asked, metric: AccountMetric) -> list[dict[str, Any]]:
    ends = _ends(call, asked)
    if metric.name in _NEEDS_FOLLOWERS:  # that days with too few have no value either is inferred
        ends = [end for end in ends if followers_at(call.account, end) >= _FEWEST_FOLLOWERS]
    return [{"value": _value(call, asked, metric, end), "end_time": call.told_time(end)} for end in ends]


def _ends(call: GraphCall, asked: Asked) -> list[float]:
    """List the ends of the days that are asked for and over: a day that still runs has no number."""
    return day_ends(asked.since, min(asked.until, call.now), call.scene.settings.insights_day_zone)


def _value(call: GraphCall, asked: Asked, metric: AccountMetric, end: float) -> int | dict[str, int]:
    if metric.name == "online_followers":
        return online(call.scene.world.random_seed, call.account, end)
    if metric.name == "follower_count":
        return int(gained(call.account, end) * _settled(call, end))
    days = _SUMS[asked.period]
    total = sum(_daily(call, metric, end - DAY_S * back) for back in range(days))
    return total if days == 1 else int(total * _OVERLAP)


def _daily(call: GraphCall, metric: AccountMetric, end: float) -> int:
    drawn = REACH if metric.name == VIEWERS else metric.name  # the same people under another name
    total = daily(call.scene.world.random_seed, call.account, drawn, metric.rate, end)
    return int(total * _settled(call, end))


def _settled(call: GraphCall, end: float) -> float:
    return settled(end, call.now, call.scene.settings.insights_lag_s)


def _total(call: GraphCall, asked: Asked, metric: AccountMetric) -> dict[str, Any]:
    if metric.periods == ("lifetime",):
        return {"breakdowns": [_people(call, asked)]}  # demographics have no total_value.value
    total = sum(_daily(call, metric, end) for end in _ends(call, asked))
    if not asked.breakdowns:
        return {"value": total}
    return {"value": total, "breakdowns": [_cut(total, asked.breakdowns, PARTS, {})]}


def _people(call: GraphCall, asked: Asked) -> dict[str, Any]:
    followers = followers_at(call.account, call.now)
    # Without `timeframe` the dimension is left out too (a documented connector's sample).
    first = {"timeframe": asked.timeframe.upper()} if asked.timeframe else {}
    return _cut(followers, asked.breakdowns, PEOPLE, first)


def _cut(total: int, names: tuple[str, ...], tables: Shares, first: dict[str, str]) -> dict[str, Any]:
    """Cut a total by one breakdown, or by several together; `first` is put before each dimension."""
    results = [
        {"dimension_values": [*first.values(), *values], "value": value}
        for values, value in split(total, crossed([tables[name] for name in names]))
    ][:_MOST_PARTS]
    return {"dimension_keys": [*first, *names], "results": results}


def _paging(call: GraphCall, asked: Asked) -> dict[str, str]:
    # The windows before and after this one, of the same width; both are given even where there is no data.
    width = asked.until - asked.since
    windows = {"previous": (asked.since - width, asked.since), "next": (asked.until, asked.until + width)}
    names = ",".join(metric.name for metric in asked.metrics)
    address = call.address(call.account.id, "insights")
    links: dict[str, str] = {}
    for name, (since, until) in windows.items():
        query = {"access_token": call.token.text, "metric": names, "period": asked.period}
        if asked.kind == "total_value":
            query["metric_type"] = asked.kind
        if asked.breakdowns:
            query["breakdown"] = ",".join(asked.breakdowns)
        links[name] = f"{address}?{urlencode({**query, 'since': int(since), 'until': int(until)})}"
    return links


ROUTES = (
    Route(
        "GET",
        "user",
        "insights",
        "account_insights",
        insights,
        need=Permission.INSIGHTS,
        mark=Certainty.DOCUMENTED,
    ),
)
