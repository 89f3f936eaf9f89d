"""Rates computed from metrics."""

from collections.abc import Mapping

from pressroom.insights.read import Number

_INTERACTIONS = ("likes", "comments", "saved", "shares")


def engagement_rate(values: Mapping[str, Number | None]) -> float | None:
    """Return (likes + comments + saved + shares) / reach x 100, two decimals.

    Missing parts are left out; None without reach, or without any part.
    """
    reach = values.get("reach")
    parts = [value for name in _INTERACTIONS if (value := values.get(name)) is not None]
    # Absent and 0 reach alike give no rate.
    if not reach or not parts:
        return None
    return round(sum(parts) / reach * 100, 2)
