"""`GET /{user}/insights`: daily series, totals, breakdowns and demographics of an account.

`insights` answers, `read_query` checks metrics, periods, types, breakdowns and the window of a call, and the
functions from `day_end` on make up the daily numbers of an account. Source:
https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

import hashlib
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pressroom.graph.certainty import Certainty
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.insights.media import REACH, VIEWERS, offered
from pressroom.sandbox.metrics import ACCOUNT_METRICS, PEOPLE, AccountMetric, MetricType
from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.wire.answer import invalid, missing
from pressroom.sandbox.wire.params import items

BY_NAME = {metric.name: metric for metric in ACCOUNT_METRICS}
# What Meta announced for `reach`, with all that reach has (inferred).
_VIEWERS = replace(BY_NAME["reach"], name=VIEWERS, title="Viewers")
TIMEFRAMES = ("this_week", "this_month")
MOST_DAYS = 30
DAY_S = 24 * 3600
# IG User, Insights: these metrics need 100 followers. Missing data is an empty list, not an error.
_FEWEST_FOLLOWERS = 100
_NEEDS_FOLLOWERS = frozenset({"follower_count", "online_followers", "follows_and_unfollows"})
# In days: rolling sums at each day, not calendar weeks (observed).
_SUMS = {"day": 1, "week": 7, "days_28": 28}
# Reach counts a person once, however many days they were reached: a share of the daily sum remains.
_OVERLAP = 0.62
# The share of a day's number at its end: Meta tells of a delay, not how much is there before.
_AT_ITS_END = 0.6
# IG User, Insights: demographics give the top 45.
_MOST_PARTS = 45
# Meta's words, as observed.
_TOO_WIDE = "There cannot be more than 30 days (2592000 s) between since and until."
_TOO_OLD = (
    "(follower_count) metric only supports querying data for the last 30 days excluding the current day"
)
Shares = Mapping[str, tuple[tuple[str, float], ...]]
AUDIENCES: Shares = {
    "gender": (("F", 0.54), ("M", 0.38), ("U", 0.08)),
    "age": (
        ("18-24", 0.19),
        ("25-34", 0.37),
        ("35-44", 0.24),
        ("45-54", 0.12),
        ("55-64", 0.05),
        ("65+", 0.03),
    ),
    "country": (("DE", 0.31), ("US", 0.22), ("GB", 0.12), ("FR", 0.09), ("NL", 0.07), ("IT", 0.05)),
    "city": (
        ("Berlin, Berlin", 0.12),
        ("London, England", 0.08),
        ("New York, New York", 0.06),
        ("Paris, Ile-de-France", 0.05),
        ("Amsterdam, North Holland", 0.04),
    ),
}
# As samples and reports show them; the page's table lists AD, FEED, REELS and STORY.
PARTS: Shares = {
    "media_product_type": (("POST", 0.34), ("REEL", 0.44), ("STORY", 0.17), ("CAROUSEL_CONTAINER", 0.05)),
    "follow_type": (("FOLLOWER", 0.58), ("NON_FOLLOWER", 0.39), ("UNKNOWN", 0.03)),
    "contact_button_type": (("EMAIL", 0.6), ("CALL", 0.25), ("DIRECTION", 0.15)),
}
ROUTES = Routes(need=Permission.INSIGHTS, mark=Certainty.DOCUMENTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuery:
    """A checked call. since, until: unix seconds. breakdowns: cut by all of them together."""

    metrics: tuple[AccountMetric, ...]
    period: str
    kind: MetricType
    breakdowns: tuple[str, ...]
    timeframe: str | None
    since: float
    until: float


@ROUTES.answers("GET", "user", "insights", "account_insights")
def insights(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/insights`."""
    query = read_query(call)
    has_followers = followers_at(call.account, call.now) >= _FEWEST_FOLLOWERS
    data = [
        _reading(call, query, metric)
        for metric in query.metrics
        if has_followers or (metric.name not in _NEEDS_FOLLOWERS and metric.periods != ("lifetime",))
    ]
    # Recorded for totals of days too; demographics, which have no window, have none.
    if query.kind != "time_series" and query.period == "lifetime":
        return {"data": data}

    # The windows before and after this one, of the same width; both are given even where there is no data.
    width = query.until - query.since
    windows = {"previous": (query.since - width, query.since), "next": (query.until, query.until + width)}
    names = ",".join(metric.name for metric in query.metrics)
    params = {"access_token": call.token.text, "metric": names, "period": query.period}
    if query.kind == "total_value":
        params["metric_type"] = query.kind
    if query.breakdowns:
        params["breakdown"] = ",".join(query.breakdowns)
    address = call.address(call.account.id, "insights")
    paging = {
        name: f"{address}?{urlencode({**params, 'since': int(since), 'until': int(until)})}"
        for name, (since, until) in windows.items()
    }
    return {"data": data, "paging": paging}


def _reading(call: GraphCall, query: AccountQuery, metric: AccountMetric) -> dict[str, Any]:
    reading: dict[str, Any] = {
        "name": metric.name,
        "period": query.period,
        "title": metric.title,
        "description": f"{metric.title} of this account.",
    }
    if query.kind == "total_value" and metric.periods == ("lifetime",):
        # Demographics have no total_value.value. Without `timeframe` its dimension is left out too (a
        # documented connector's sample).
        timeframe = {"timeframe": query.timeframe.upper()} if query.timeframe else {}
        followers = followers_at(call.account, call.now)
        cuts = [_cut(followers, query.breakdowns, AUDIENCES, timeframe)]
        reading["total_value"] = {"breakdowns": cuts}
    elif query.kind == "total_value":
        total = sum(_daily(call, metric, end) for end in _ends(call, query))
        cuts = [_cut(total, query.breakdowns, PARTS, {})] if query.breakdowns else []
        reading["total_value"] = {"value": total, **({"breakdowns": cuts} if cuts else {})}
    else:
        ends = _ends(call, query)
        # That days with too few have no value either is inferred.
        if metric.name in _NEEDS_FOLLOWERS:
            ends = [end for end in ends if followers_at(call.account, end) >= _FEWEST_FOLLOWERS]
        reading["values"] = [
            {"value": _value(call, query, metric, end), "end_time": call.format_time(end)} for end in ends
        ]
    reading["id"] = f"{call.account.id}/insights/{metric.name}/{query.period}"
    return reading


def _cut(total: int, names: tuple[str, ...], tables: Shares, first: dict[str, str]) -> dict[str, Any]:
    """Cut a total by one breakdown, or by several together; `first` is put before each dimension."""
    # The share of each combination of the tables' parts, as if they were independent.
    shares = [
        (tuple(name for name, _ in parts), math.prod(share for _, share in parts))
        for parts in itertools.product(*(tables[name] for name in names))
    ]
    results = [
        {"dimension_values": [*first.values(), *values], "value": value}
        for values, value in split(total, shares)
    ][:_MOST_PARTS]
    return {"dimension_keys": [*first, *names], "results": results}


def _ends(call: GraphCall, query: AccountQuery) -> list[float]:
    """List the ends of the days that are asked for and over: a day that still runs has no number."""
    until, zone = min(query.until, call.now), call.scene.settings.insights_day_zone
    day = datetime.fromtimestamp(query.since, UTC) - timedelta(days=1)
    last = datetime.fromtimestamp(until, UTC) + timedelta(days=1)
    ends: list[float] = []
    while day <= last:
        end = day_end(day, zone).timestamp()
        if query.since < end <= until:
            ends.append(end)
        day += timedelta(days=1)
    return ends


def _value(call: GraphCall, query: AccountQuery, metric: AccountMetric, end: float) -> int | dict[str, int]:
    followers, counts = followers_at(call.account, end), dict[str, int]()
    if metric.name == "online_followers":
        # In each hour of the day, `"0"` to `"23"`; most at the best hours.
        for hour in range(24):
            near = min(min((hour - best) % 24, (best - hour) % 24) for best in call.account.best_hours)
            chance = _dice(call.scene.world.random_seed, call.account.id, str(end), str(hour))
            counts[str(hour)] = int(followers * (0.12 + 0.3 * max(0.0, 1 - near / 6) + 0.02 * chance))
        return counts
    if metric.name == "follower_count":
        gained = followers - followers_at(call.account, end - DAY_S)
        return int(gained * _settled_share(call, end))
    days = _SUMS[query.period]
    total = sum(_daily(call, metric, end - DAY_S * back) for back in range(days))
    return total if days == 1 else int(total * _OVERLAP)


def _daily(call: GraphCall, metric: AccountMetric, end: float) -> int:
    random_seed, account = call.scene.world.random_seed, call.account
    # Viewers are the people reached, under another name.
    name = REACH if metric.name == VIEWERS else metric.name
    # Reach is drawn from the day alone, so that all metrics of a day rise and fall together.
    day = str(int(end) // DAY_S)
    reached = followers_at(account, end) * (0.09 + 0.13 * _dice(random_seed, account.id, day))
    total = int(reached * metric.rate * (0.85 + 0.3 * _dice(random_seed, account.id, name, day)))
    return int(total * _settled_share(call, end))


def _settled_share(call: GraphCall, end: float) -> float:
    """Give the share of an ended day's number that is seen by now: all of it once the lag is over."""
    lag_s = call.scene.settings.insights_lag_s
    if call.now >= end + lag_s:
        return 1.0
    return _AT_ITS_END + (1 - _AT_ITS_END) * (call.now - end) / lag_s


def read_query(call: GraphCall) -> AccountQuery:
    """Parse and check the call. Raises GraphRefusal in Meta's words: one bad metric fails all."""
    if not call.items("metric"):
        raise missing("metric")
    names = offered(call.scene.metrics, "account", BY_NAME)
    for index, name in enumerate(call.items("metric")):
        if name not in names:
            raise invalid(f"metric[{index}] must be one of the following values: {', '.join(names)}")
    metrics = tuple(_VIEWERS if name == VIEWERS else BY_NAME[name] for name in call.items("metric"))

    period = (items(call.params, "period") or [metrics[0].periods[0]])[0]
    for metric in metrics:
        if period not in metric.periods:
            raise invalid(f"Incompatible metrics ({metric.name}) with period ({period})")
    since, until, timeframe = call.moment_of("since"), call.moment_of("until"), call.text("timeframe")
    # By default the last 24 hours.
    until = call.now if until is None else until
    since = until - DAY_S if since is None else since
    if since > until:
        raise invalid("until must be after since")
    if until - since > MOST_DAYS * DAY_S:
        raise invalid(_TOO_WIDE)
    if "follower_count" in call.items("metric") and since < _oldest_follower_count(call):
        raise invalid(_TOO_OLD)
    kind, breakdowns = _read_kind_and_breakdowns(call, metrics)
    if timeframe is not None and timeframe.lower() not in TIMEFRAMES:
        raise invalid(f"timeframe must be one of the following values: {', '.join(TIMEFRAMES)}")
    return AccountQuery(
        metrics=metrics,
        period=period,
        kind=kind,
        breakdowns=breakdowns,
        timeframe=timeframe,
        since=since,
        until=until,
    )


def _oldest_follower_count(call: GraphCall) -> float:
    """Return the start of the 30 days before the current day. That it is a day of insights is inferred."""
    zone = call.scene.settings.insights_day_zone
    today = datetime.fromtimestamp(call.now, ZoneInfo(zone))
    return day_end(today - timedelta(days=MOST_DAYS), zone).timestamp()


def _read_kind_and_breakdowns(
    call: GraphCall, metrics: tuple[AccountMetric, ...]
) -> tuple[MetricType, tuple[str, ...]]:
    metric_type = call.text("metric_type")
    if metric_type not in (None, "default", "time_series", "total_value"):
        raise invalid("metric_type must be one of the following values: default, time_series, total_value")
    kind: MetricType = "total_value" if metric_type == "total_value" else "time_series"
    # Without metric_type a metric that has totals only is refused, so all metrics take two calls (observed).
    for metric in metrics:
        if kind not in metric.kinds and kind == "time_series":
            raise invalid(
                f"The following metrics ({metric.name}) should be specified with parameter "
                "metric_type=total_value"
            )
        if kind not in metric.kinds:
            raise invalid(f"The following metrics ({metric.name}) do not support metric_type=total_value")

    names = tuple(dict.fromkeys(call.items("breakdown")))
    for metric in metrics:
        if not names and metric.breakdowns == PEOPLE:
            raise invalid("The parameter breakdown is required")
        for index, name in enumerate(names):
            if name not in metric.breakdowns:
                values = ", ".join(metric.breakdowns) or "none"
                raise invalid(f"breakdown[{index}] must be one of the following values: {values}")
    return kind, names


def day_end(day: datetime, zone: str) -> datetime:
    """Give the end of a zone's day in UTC: midnight there. Meta's `end_time` marks the end of such a day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _dice(random_seed: int, *parts: str) -> float:
    digest = hashlib.blake2b(f"{random_seed}/{'/'.join(parts)}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32


def split(total: int, shares: list[tuple[tuple[str, ...], float]]) -> list[tuple[tuple[str, ...], int]]:
    """Cut a total into parts. They sum up to it when the shares sum up to 1; the first takes the rounding."""
    parts = [(names, int(total * share)) for names, share in shares]
    whole = round(sum(share for _, share in shares), 6) == 1
    rest = total - sum(value for _, value in parts) if whole else 0
    return [(names, value + (rest if place == 0 else 0)) for place, (names, value) in enumerate(parts)]
