"""Dates as spreadsheets and people write them, and the days and times that there are not. Pure.

`when.parse_when` reads times by `in_iso` where none of its own forms fits, so that a table and a command line
take the same. `no_such_time` is for a text that only looks like a time: `2027-02-29 18:00`, `25:00`, and
`zones_like` for a zone that is misspelled.
"""

import re
from calendar import month_name, monthrange
from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

from pressroom.core.errors import Refused

# `24.12.2026 18:00`, `24.12.2026T18:00`, `12/24/2026 6:00 PM`.
_DATE: Final = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{1,4})"
    r"(?:(?:,?\s+|T)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<s>\d{2}))?\s*(?P<half>a\.?m\.?|p\.?m\.?)?)?",
    re.IGNORECASE,
)
# `18 Uhr`, `18.00`, `18.00 Uhr` and `18:00 Uhr`, alone or behind a day.
_GERMAN_TIME: Final = re.compile(
    r"(?:^|(?<=[\sT]))(?P<hour>\d{1,2})"
    r"(?:\.(?P<dotted>\d{2})|(?:[.:](?P<minute>\d{2})(?P<s>:\d{2})?)?\s*(?P<uhr>uhr))$",
    re.IGNORECASE,
)
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_TIME_OF_DAY: Final = re.compile(r"(?:^|[\sT])(\d{1,2}):(\d{2})(?!\d)(?!.*[ap]\.?m)", re.IGNORECASE)
_YEAR_DIGITS, _SHORT_YEAR_DIGITS = 4, 2
_CENTURY, _DAYS, _MONTHS, _HOURS, _MINUTES = 2000, 31, 12, 24, 60


class TimeNotRead(Refused):
    """A text that matches no strict form of a time, or that matches two of them."""


def in_iso(text: str) -> str:
    """Return a date with its time as ISO, and a time of day as `18:00`; any other text as it is.

    Read are year first, day first with dots (as all who write dots do), and with slashes or dashes what can
    be meant in one way alone. Raises Refused for a date that means two days, or none, and for `18.10`, which
    may be a day, too.
    """
    text = with_colon(text)
    match = _DATE.fullmatch(text.strip())
    # What ISO writes, and what is no date, is read elsewhere.
    if match is None or (match["mark"] == "-" and len(match["first"]) == _YEAR_DIGITS):
        return text
    orders = _orders(match)
    moments = list(dict.fromkeys(moment for order in orders if (moment := _moment(match, order))))
    if not moments:
        raise _meaning_nothing(text, match, orders)
    if len(moments) > 1 or _has_short_year(match):
        raise _meaning_two(text, moments, match)
    (moment,) = moments
    return f"{moment:%Y-%m-%d}" if match["hour"] is None else moment.isoformat(sep=" ", timespec="seconds")


def with_colon(text: str) -> str:
    """Return a text with its time of day as `18:00`, where it is written as in German."""
    stripped = text.strip()
    match = _GERMAN_TIME.search(stripped)
    if match is None:
        return text
    hour, minute = match["hour"], match["dotted"] or match["minute"] or "00"
    is_alone = match.start() == 0
    if is_alone and match["dotted"] and 1 <= int(hour) <= _DAYS and 1 <= int(minute) <= _MONTHS:
        raise Refused(
            f"{text!r} may be a time or a day.",
            rule="when",
            value=text,
            limit="a time such as 18:00, or a day with its year",
            fix=f"Write a time as {hour}:{minute}, and a day with its year: 2026-12-24.",
        )
    return f"{stripped[: match.start()]}{hour}:{minute}{match['s'] or ''}"


def _orders(match: re.Match[str]) -> list[str]:
    """Return the orders in which day, month and year may be meant, the likeliest first."""
    if len(match["first"]) == _YEAR_DIGITS:
        return ["ymd"]
    if len(match["third"]) not in (_SHORT_YEAR_DIGITS, _YEAR_DIGITS):
        return []
    # Dots are written day first everywhere; slashes and dashes are not.
    return ["dmy"] if match["mark"] == "." else ["dmy", "mdy"]


def _has_short_year(match: re.Match[str]) -> bool:
    """Tell whether the year has two digits, which could be a day, too."""
    return _YEAR_DIGITS not in (len(match["first"]), len(match["third"]))


def _parts(match: re.Match[str], order: str) -> tuple[int, int, int]:
    parts = dict(zip(order, map(int, (match["first"], match["second"], match["third"])), strict=True))
    return parts["y"] + (_CENTURY if _has_short_year(match) else 0), parts["m"], parts["d"]


def _moment(match: re.Match[str], order: str) -> datetime | None:
    hour, half = int(match["hour"] or 0), (match["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004  # of a clock's face
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        return datetime(*_parts(match, order), hour, int(match["minute"] or 0), int(match["s"] or 0))  # noqa: DTZ001  # local
    except ValueError:
        return None


def _meaning_two(text: str, moments: list[datetime], match: re.Match[str]) -> TimeNotRead:
    why = "its year has two digits" if _has_short_year(match) else "the day or the month may come first"
    days = " or ".join(f"{moment:%Y-%m-%d}" for moment in moments)
    return TimeNotRead(
        f"{text!r} may mean more than one day: {why}.",
        rule="when",
        value=text,
        limit="a date that means one day",
        fix=f"Write it as {days}, with its time behind it.",
    )


def _meaning_nothing(text: str, match: re.Match[str], orders: list[str]) -> Refused:
    # Of two orders that both fail, the one in which the month is one says what is wrong.
    days = sorted((_parts(match, order) for order in orders), key=lambda parts: parts[1] > _MONTHS)
    if days and (error := _no_such_day(*days[0], text) or _no_such_hour(text)):
        return error
    return Refused(
        f"{text!r} is not a date that can be read.",
        rule="when",
        value=text,
        limit="a date such as 2026-12-24 18:00",
        fix="Write it as 2026-12-24 18:00.",
    )


def no_such_time(text: str) -> Refused | None:
    """Return the error of a text that names a day or a time of day that there is not; None for any other."""
    if day := _ISO_DAY.match(text.strip()):
        year, month, number = map(int, day.groups())
        if error := _no_such_day(year, month, number, text):
            return error
    return _no_such_hour(text)


def _no_such_day(year: int, month: int, day: int, text: str) -> Refused | None:
    if not 1 <= month <= _MONTHS:
        what, limit, fix = f"no month {month}", "months 1 to 12", "Write the date as 2026-12-24."
    # The calendar begins with the year 1.
    elif year and not 1 <= day <= (last := monthrange(year, month)[1]):
        name = f"{month_name[month]} {year}"
        what, limit = f"no {day} {name}", f"1 to {last} {name}"
        fix = f"Its last day is {year:04}-{month:02}-{last}."
    else:
        return None
    return Refused(f"There is {what}.", rule="when", value=text, limit=limit, fix=fix)


def _no_such_hour(text: str) -> Refused | None:
    match = _TIME_OF_DAY.search(text)
    if match is None or (int(match[1]) < _HOURS and int(match[2]) < _MINUTES):
        return None
    ends_day = (int(match[1]), int(match[2])) == (_HOURS, 0)
    return Refused(
        f"There is no {match[1]}:{match[2]}.",
        rule="when",
        value=text,
        limit="00:00 to 23:59",
        fix="Write 00:00 of the next day." if ends_day else "Write hours from 00 to 23, and minutes to 59.",
    )


# Cities as their people, or German speakers, spell them: the zones have English names alone.
_LOCAL_NAMES: Final = {
    "wien": "Vienna",
    "zürich": "Zurich",
    "prag": "Prague",
    "praha": "Prague",
    "roma": "Rome",
}


def zones_like(name: str) -> list[str]:
    """List the zones that a misspelled name may mean: by another case, or by the city alone."""
    typed, zones = name.strip().lower().replace(" ", "_"), sorted(available_timezones())
    if alike := [zone for zone in zones if zone.lower() == typed]:
        return alike
    if alike := [zone for zone in zones if zone.lower().rpartition("/")[2] == typed]:
        return alike
    city = _LOCAL_NAMES.get(typed.rpartition("/")[2])
    return [f"Europe/{city}"] if city else []
