"""Parses times as people write them: `now`, `+2h`, `tomorrow 09:00`, an ISO time, in their time zone."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pressroom.core.errors import Refused

_FORMS = (
    "now, +30m, +2h, +3d, +1w, 18:30, tomorrow 09:00, monday 9:00, 2026-12-24 18:00, "
    "2026-12-24T18:00+01:00, next slot"
)
_DAY_ALONE = re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{4}-?w\d{2}(-?\d)?")
# Five digits: 99,999 weeks still end in a year that datetime can hold.
_RELATIVE = re.compile(r"\+\s*(\d{1,5})\s*(m|min|h|d|w)")
_CLOCK = re.compile(r"(?:(today|tomorrow|[a-z]+day)\s+)?(?:at\s+)?(\d{1,2}):(\d{2})")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LAST_HOUR, _LAST_MINUTE = 23, 59


def zone_named(name: str) -> ZoneInfo:
    """Return an IANA time zone. Raises Refused for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(
            f"{name!r} is not a time zone.",
            rule="timezone",
            value=name,
            limit="an IANA name such as Europe/Istanbul",
            fix=_zone_fix(name),
        ) from error


def _zone_fix(name: str) -> str:
    meant = next((known for known in available_timezones() if known.lower() == name.lower()), None)
    return f"Write it as {meant}." if meant else "Use the name of the region and city."


def parse_when(text: str, *, now: datetime, zone: tzinfo | None) -> datetime:
    """Parse a time and return it in UTC.

    zone: of times without an offset; None refuses them. A time of day that has passed today means tomorrow.
    Raises Refused for a text that cannot be parsed, and for a time that daylight saving skips.
    """
    words = " ".join(text.strip().lower().split())
    if words == "now":
        return now
    relative = _RELATIVE.fullmatch(words)
    if relative:
        return now + timedelta(**{_UNITS[relative.group(2)]: int(relative.group(1))})
    clock = _CLOCK.fullmatch(words)
    if clock:
        return _time_of_day(text, clock, now, _needs(zone, text))
    # Refused: fromisoformat would read a day alone as midnight.
    if _DAY_ALONE.fullmatch(words):
        raise _without_time(text)
    moment = _iso(text)
    return moment.astimezone(UTC) if moment.tzinfo else _local(moment, _needs(zone, text))


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise _unreadable(text) from error


def _time_of_day(text: str, found: re.Match[str], now: datetime, zone: tzinfo) -> datetime:
    day, hour, minute = found.group(1), int(found.group(2)), int(found.group(3))
    if hour > _LAST_HOUR or minute > _LAST_MINUTE or (day and day not in ("today", "tomorrow", *_WEEKDAYS)):
        raise _unreadable(text)
    today = now.astimezone(zone).date()
    at = time(hour, minute)
    if day in _WEEKDAYS:
        ahead = (_WEEKDAYS.index(day) - today.weekday()) % 7
        moment = _local(datetime.combine(today + timedelta(days=ahead), at), zone)
        return (
            moment if moment > now else _local(datetime.combine(today + timedelta(days=ahead + 7), at), zone)
        )
    if day == "tomorrow":
        return _local(datetime.combine(today + timedelta(days=1), at), zone)
    moment = _local(datetime.combine(today, at), zone)
    if day is None and moment <= now:
        return _local(datetime.combine(today + timedelta(days=1), at), zone)
    return moment


def _local(moment: datetime, zone: tzinfo) -> datetime:
    """Convert a wall-clock time of a zone to UTC; a time that daylight saving repeats means the first."""
    meant = moment.replace(tzinfo=zone)
    # A skipped time does not survive the round trip: zoneinfo moves it to the other side of the gap.
    there_and_back = meant.astimezone(UTC).astimezone(zone)
    if there_and_back.replace(tzinfo=None) != moment:
        raise Refused(
            f"{moment:%Y-%m-%d %H:%M} does not exist in {zone}: the clocks are put forward then.",
            rule="when",
            value=f"{moment:%Y-%m-%d %H:%M}",
            limit=f"{there_and_back:%H:%M} or another time",
            fix=f"Use {there_and_back:%Y-%m-%d %H:%M}.",
        )
    return meant.astimezone(UTC)


def _needs(zone: tzinfo | None, text: str) -> tzinfo:
    # A missing time zone is refused rather than taken as UTC: the post would go out hours off.
    if zone is None:
        raise Refused(
            f"{text!r} has no time zone, and the account has none either.",
            rule="when",
            value=text,
            limit="a time with a zone",
            fix="Add `--tz Europe/Istanbul`, or write the offset: 2026-12-24T18:00+03:00.",
        )
    return zone


def _without_time(text: str) -> Refused:
    return Refused(
        f"{text!r} is a day without a time.",
        rule="when",
        value=text,
        limit="a day and a time",
        fix=f"Write the time behind it: {text.strip()} 18:00.",
    )


def _unreadable(text: str) -> Refused:
    return Refused(
        f"{text!r} is not a time that can be read.",
        rule="when",
        value=text,
        limit=_FORMS,
        fix=f"Write it as one of: {_FORMS}.",
    )
