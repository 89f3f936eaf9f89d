"""Spans of time in words."""

_HOUR_MIN, _DAY_MIN = 60, 24 * 60
_UNITS = ((_DAY_MIN, "day"), (_HOUR_MIN, "hour"), (1, "minute"))


def span_of(seconds: float) -> str:
    """Say how long a span is, rounded: `90 minutes`, `1 hour`, `25 days`, `less than a minute`."""
    minutes = round(seconds / 60)
    for size, unit in _UNITS:
        # One of a unit would hide up to half of it: 90 minutes are not an hour.
        if minutes == size:
            return f"1 {unit}"
        if minutes >= 2 * size:
            return f"{round(minutes / size)} {unit}s"
    return "less than a minute"
