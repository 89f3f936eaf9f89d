"""Numbers and ages as people read them: a dash for what is not known, never 0."""

from typing import Final

NONE: Final = "-"
_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S


def number(value: float | None, *, decimals: int = 0) -> str:
    """Write a number with its thousands apart."""
    return NONE if value is None else f"{value:,.{decimals}f}"


def age(seconds: int | None) -> str:
    """Write an age in hours, from two days on in days."""
    if seconds is None:
        return NONE
    return f"{seconds / _HOUR_S:.0f} h" if seconds < 2 * _DAY_S else f"{seconds / _DAY_S:.0f} d"
