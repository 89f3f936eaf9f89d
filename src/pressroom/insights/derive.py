"""Rates and sums computed from metrics."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pressroom.insights.read import Number

_INTERACTIONS = ("likes", "comments", "saved", "shares")
# Counts of what happened. `reach` counts people instead, and one of two posts may be one of the other's.
_ADDED = ("views", *_INTERACTIONS)


class Total(NamedTuple):
    """A sum, and of how many media: those whose number is known."""

    sum: Number
    media: int


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


def totals_of(rows: Sequence[Mapping[str, Number | None]]) -> dict[str, Total]:
    """Add up the metrics that may be added; one that no media has a number for is left out."""
    known = {name: [value for row in rows if (value := row.get(name)) is not None] for name in _ADDED}
    return {name: Total(sum(values), len(values)) for name, values in known.items() if values}
