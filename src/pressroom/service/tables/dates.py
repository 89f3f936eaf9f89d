"""Dates as spreadsheets show them: `24.12.2026 18:00`, `12/24/2026 6:00 PM`. Pure."""

import re
from datetime import datetime

from pressroom.service.tables.cells import refused

_DATE = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{1,4})"
    r"(?:,?\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<s>\d{2}))?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_YEAR_DIGITS = 4
_SHORT_YEAR_DIGITS = 2
_CENTURY = 2000
_ISO = "2026-12-24 18:00"
_FIX = f"Write it as {_ISO}."


def in_iso(text: str) -> str:
    """Return a date with its time as ISO; any other text as it is.

    Read are year first, day first with dots (as all who write dots do), and with slashes or dashes what can
    be meant in one way alone. Raises Refused for a date that means two days, or none.
    """
    found = _DATE.fullmatch(text.strip())
    # What ISO writes, and what is no date, is read elsewhere.
    if found is None or (found["mark"] == "-" and len(found["first"]) == _YEAR_DIGITS):
        return text
    readings = list(dict.fromkeys(moment for order in _orders(found) if (moment := _read(found, order))))
    if not readings:
        raise refused("at", text, f"a date such as {_ISO}", _FIX)
    if len(readings) > 1 or _has_short_year(found):
        days = " or ".join(f"{moment:%Y-%m-%d}" for moment in readings)
        raise refused(
            "at", text, "a date that means one day", f"Write it as {days}, with its time behind it."
        )
    (moment,) = readings
    return f"{moment:%Y-%m-%d}" if found["hour"] is None else moment.isoformat(sep=" ", timespec="seconds")


def _has_short_year(found: re.Match[str]) -> bool:
    """Tell whether the year has two digits, which could be a day, too."""
    return _YEAR_DIGITS not in (len(found["first"]), len(found["third"]))


def _orders(found: re.Match[str]) -> tuple[str, ...]:
    if len(found["first"]) == _YEAR_DIGITS:
        return ("ymd",)
    if len(found["third"]) not in (_SHORT_YEAR_DIGITS, _YEAR_DIGITS):
        return ()
    return ("dmy",) if found["mark"] == "." else ("dmy", "mdy")


def _read(found: re.Match[str], order: str) -> datetime | None:
    parts = dict(zip(order, map(int, (found["first"], found["second"], found["third"])), strict=True))
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004  # of a clock's face
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    year = parts["y"] + (_CENTURY if _has_short_year(found) else 0)
    minute, second = int(found["minute"] or 0), int(found["s"] or 0)
    try:
        return datetime(year, parts["m"], parts["d"], hour, minute, second)  # noqa: DTZ001  # local
    except ValueError:
        return None
