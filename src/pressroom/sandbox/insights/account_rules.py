"""Checks what is asked of the account: periods, types and breakdowns of each metric, and the window.

Source: https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

from dataclasses import dataclass, replace

from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.insights.offer import VIEWERS, offered
from pressroom.sandbox.metrics import ACCOUNT_METRICS, PEOPLE, AccountMetric, MetricType
from pressroom.sandbox.wire.params import items
from pressroom.sandbox.wire.refusals import invalid, missing

MOST_DAYS = 30
_DAY_S = 24 * 3600
# Meta's words, as observed.
_TOO_WIDE = "There cannot be more than 30 days (2592000 s) between since and until."
TIMEFRAMES = ("this_week", "this_month")


METRICS = ACCOUNT_METRICS
BY_NAME = {metric.name: metric for metric in METRICS}
# What Meta announced for `reach`, with all that reach has (inferred).
_VIEWERS = replace(BY_NAME["reach"], name=VIEWERS, title="Viewers")


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
    known = offered(call.scene.metrics, "account", BY_NAME)
    for index, name in enumerate(call.items("metric")):
        if name not in known:
            raise invalid(f"metric[{index}] must be one of the following values: {', '.join(known)}")
    return tuple(_VIEWERS if name == VIEWERS else BY_NAME[name] for name in call.items("metric"))


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
        if not wanted and metric.breakdowns == PEOPLE:
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
