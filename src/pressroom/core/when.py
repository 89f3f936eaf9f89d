"""Times as people write and read them: moments, days, shifts and spans.

Start at `parse_when`, which reads the times of command lines, tables and API clients. It reads `now`, `+2h`,
`tomorrow 09:00` and ISO 8601 itself; `dates` reads what spreadsheets write, `natural_times` other wordings.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pressroom.core.errors import Refused, TimeIsOver
from pressroom.core.remedies import Fix, Remedy, RemedyKind

WHEN_HELP: Final = (
    "now, +2h, 6pm, 'tonight 21:00', 'tomorrow 09:00', 'friday noon', 'next friday 9am' (of the week after "
    "this one, from Monday on), 'in 5 minutes', '24 december 6pm', '24.12.2026 18:00', an ISO time, or "
    "'next slot'."
)
DAY_HELP: Final = "2026-12-24, today, tomorrow, yesterday, friday, or 'next friday'"
SHIFT_HELP: Final = "+1d, -2h, +30m, +1w; whole days and weeks keep the time of day."

_FORMS = (
    "now, +30m, +2h, +3d, +1w, 18:30, 6pm, 6:30pm, noon, tonight 21:00, tomorrow 09:00, monday 9:00, "
    "next friday 9am, 2026-12-24 18:00, 24.12.2026 18:00, 2026-12-24T18:00+01:00, next slot"
)
_SHIFTS = "+30m, +2h, +1d, -1d, +1w"
# Five digits: 99,999 weeks still end in a year that datetime can hold.
_SHIFT = re.compile(r"([+-])\s*(\d{1,5})\s*(m|min|h|d|w)")
_CLOCK = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2}|today|tonight|tomorrow|(?:next )?[a-z]+day) )?(?:at )?"
    r"(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))? ?(?P<half>am|pm)?|(?P<word>noon|midnight))"
)
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_ALONE = re.compile(
    r"\d{4}-?\d{2}-?\d{2}|\d{4}-?w\d{2}(-?\d)?|today|tonight|tomorrow|(next )?" rf"({'|'.join(_WEEKDAYS)})"
)
_WEEK = timedelta(days=7)
_NOON = time(12)
# Before it `tonight 9:00` is refused: it may be a slip for 21:00, or mean the morning.
_NIGHT_FROM = time(17)
_HOURS, _MINUTES = 24, 60


def in_words(moment: datetime, timezone: str) -> str:
    """Write a moment for a person: `2026-12-24 18:00 Europe/Istanbul`.

    One of an hour that a day has twice has its offset: `2027-10-31 02:30 (+02:00) Europe/Berlin`.
    """
    local = moment.astimezone(ZoneInfo(timezone))
    offset = "" if _other_of_two(local) is None else f" ({local.isoformat()[-6:]})"
    return f"{local:%Y-%m-%d %H:%M}{offset} {timezone}"


def in_full(moment: datetime, timezone: str) -> str:
    """Write a moment with weekday, zone and offset: `Thursday 2026-12-24 18:00 Europe/Istanbul (+03:00)`."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local:%A %Y-%m-%d %H:%M} {timezone} ({local.isoformat()[-6:]})"


def _other_of_two(local: datetime) -> datetime | None:
    """Return the other moment of a time that a day has twice; None of any other time."""
    other = local.replace(fold=1 - local.fold)
    return None if other.utcoffset() == local.utcoffset() else other


def with_zone(moment: datetime, timezone: str) -> str:
    """Spell a moment with offset and zone: `2026-12-24T18:00:00+03:00[Europe/Istanbul]`.

    Source: https://www.rfc-editor.org/rfc/rfc9557
    """
    return f"{moment.astimezone(ZoneInfo(timezone)).isoformat(timespec='seconds')}[{timezone}]"


def zone_named(name: str) -> ZoneInfo:
    """Return an IANA time zone. Raises Refused for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        from pressroom.core.dates import zones_like  # noqa: PLC0415  # only where it is refused

        zones = zones_like(name)
        raise Refused(
            f"{name!r} is not a time zone.",
            rule="timezone",
            value=name,
            limit="an IANA name such as Europe/Istanbul",
            fix=f"Write it as {' or '.join(zones)}." if zones else "Use the name of the region and city.",
        ) from error


def repeated_hour(moment: datetime, timezone: str) -> str | None:
    """Say of a time that a day has twice, where clocks are put back, which of the two it is; else None."""
    local = moment.astimezone(ZoneInfo(timezone))
    other = _other_of_two(local)
    if other is None:
        return None
    which, rest = ("second", "first") if local.fold else ("first", "second")
    return (
        f"{local:%Y-%m-%d %H:%M} comes twice in {timezone}, where the clocks are put back: the {which} is "
        f"meant. The {rest} is {other.isoformat(timespec='minutes')}."
    )


def parse_when(
    text: str, *, now: datetime, zone: tzinfo | None, why_none: str = "", locale: str = ""
) -> datetime:
    """Parse a time and return it in UTC.

    zone: of times without an offset; None refuses them, and says `why_none`. A time of day that has
    passed today means tomorrow. locale: of the writer, such as `en_US`; it decides between day first and
    month first, and allows times in a second language.
    Raises Refused for a text that cannot be parsed, and for a time that daylight saving skips.
    """
    try:
        return _within_calendar(_moment(text, now, zone, why_none))
    except OverflowError as error:
        raise _unreadable(text) from error
    except Refused as error:
        from pressroom.core.dates import TimeNotRead  # noqa: PLC0415  # most times are written in a form of ours

        if not isinstance(error, TimeNotRead):
            raise
        # Loading dateparser takes longer than most commands, so it is loaded only if no strict form fits.
        from pressroom.core.natural_times import to_strict_form  # noqa: PLC0415

        strict = to_strict_form(text, now=now, zone=zone, locale=locale)
        if strict is None:
            raise
        moment = _within_calendar(_moment(strict, now, zone, why_none))
        _require_steady_clock(text, moment, now, zone, is_span=strict.startswith("+"))
        return moment


def _require_steady_clock(
    text: str, moment: datetime, now: datetime, zone: tzinfo | None, *, is_span: bool
) -> None:
    """Raise Refused if a clock change gives a natural time two readings."""
    if zone is None:
        return
    local = moment.astimezone(zone)
    other = _other_of_two(local)
    if is_span and other is None and (shift := now.astimezone(zone).utcoffset()) != local.utcoffset():
        other = local + ((shift or timedelta()) - (local.utcoffset() or timedelta()))
    if is_span and (moment - now) < timedelta(days=1):
        return
    if other is not None:
        raise Refused(
            f"{text!r} can be read in 2 ways, because the clocks change.",
            rule="when",
            value=text,
            limit="a time with one reading",
            fix=f"Write `{local.isoformat(timespec='minutes')}` or `{other.isoformat(timespec='minutes')}`.",
        )


def _within_calendar(moment: datetime) -> datetime:
    """Return a moment. Raises OverflowError near the ends of the calendar."""
    # There it may be no date in another zone, nor a day or two later: a post with it could not be shown.
    if not date.min.year < moment.year < date.max.year:
        raise OverflowError
    return moment


def _moment(text: str, now: datetime, zone: tzinfo | None, why_none: str) -> datetime:
    words = _words(text)
    if words == "now":
        return now
    if words.startswith("+") and (shift := _SHIFT.fullmatch(words)):
        return now + _span(shift)
    if clock := _CLOCK.fullmatch(words):
        return _time_of_day(text, clock, now, _require_zone(zone, text, why_none))
    # Refused: fromisoformat would read a day alone as midnight.
    if _DAY_ALONE.fullmatch(words):
        at = "21:00" if text.strip().lower() == "tonight" else "18:00"
        raise _no_such_time(text) or Refused(
            f"{text!r} is a day without a time.",
            rule="when",
            value=text,
            limit="a day and a time",
            fix=f"Write the time behind it: {text.strip()} {at}.",
        )
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        if (iso := _in_iso(text)) != text:
            return _moment(iso, now, zone, why_none)
        raise _unreadable(text) from error
    return moment.astimezone(UTC) if moment.tzinfo else _local(moment, _require_zone(zone, text, why_none))


def _in_iso(text: str) -> str:
    """Return a date as spreadsheets write it as ISO; any other text as it is. Raises Refused."""
    from pressroom.core.dates import in_iso  # noqa: PLC0415  # most times are written in a form of ours

    return in_iso(text)


def parse_end(text: str, *, now: datetime, zone: tzinfo | None, why_none: str = "") -> datetime:
    """Parse a time as `parse_when` does; a day alone, which that refuses, means its beginning."""
    if not _DAY_ALONE.fullmatch(_words(text)):
        return parse_when(text, now=now, zone=zone, why_none=why_none)
    zone = _require_zone(zone, text, why_none)
    return start_of(day_of(text, now=now, zone=zone), zone)


def require_end(ends_at: datetime | None, now: datetime, *, what: str, rule: str) -> None:
    """Raise Refused for an end that is over, or has no zone. what: what ends then, for the message."""
    if ends_at is None or (ends_at.tzinfo is not None and ends_at > now):
        return
    raise Refused(
        f"{what} ends at a time that is ahead, and in a zone.",
        rule=rule,
        value=ends_at.isoformat(),
        limit=f"after {now.isoformat(timespec='seconds')}",
        fix="Name a later time, with its zone.",
    )


LATE_AFTER_S: Final = 300.0
"""What is due up to so many seconds ago counts as due now."""
_LONG_AGO: Final = timedelta(days=365)


def require_ahead(due_at: datetime, timezone: str, now: datetime, *, is_late: bool) -> None:
    """Raise TimeIsOver for a due time that is over, unless is_late says that it is meant.

    What is over by five minutes at most counts as now. Raises Refused for what is over for a year or more: it
    is a mistake in any case. timezone: in which the time is shown.
    """
    late = now - due_at
    if late.total_seconds() <= LATE_AFTER_S or (is_late and late < _LONG_AGO):
        return
    limit = "a time to come"
    if late >= _LONG_AGO:
        moment = due_at.isoformat(sep=" ", timespec="minutes")
        fix = "Correct the year. A program makes it of a time in milliseconds, or of 0, by mistake."
        raise Refused(f"{moment} was more than a year ago.", rule="past", value=moment, limit=limit, fix=fix)
    moment = in_words(due_at, timezone)
    raise TimeIsOver(
        f"{moment} is over, since {span_of(late.total_seconds())}.",
        rule="past",
        value=moment,
        limit=limit,
        fix=Fix.of(
            "Name a later one. To plan it for that time all the same: {}.", Remedy(RemedyKind.PLAN_LATE)
        ),
    )


def require_shift(text: str) -> None:
    """Raise Refused for what `shifted` cannot read."""
    if _SHIFT.fullmatch(_words(text)) is None:
        raise _not_a_shift(text)


def _words(text: str) -> str:
    return " ".join(text.strip().lower().split())


def shifted(moment: datetime, shift: str, zone: tzinfo) -> datetime:
    """Return a time in UTC that is earlier or later by a shift such as `+1d`, `-2h`, `+1w`.

    Whole days and weeks keep the time of day in the zone, whatever daylight saving does in between.
    Raises Refused for a shift that cannot be parsed, and where daylight saving skips the new time.
    """
    match = _SHIFT.fullmatch(_words(shift))
    if match is None:
        raise _not_a_shift(shift)
    span = _span(match)
    try:
        if _UNITS[match.group(3)] not in ("days", "weeks"):
            return _within_calendar(moment + span)
        return _within_calendar(_local(moment.astimezone(zone).replace(tzinfo=None) + span, zone))
    except OverflowError as error:
        raise _not_a_shift(shift) from error


def _span(shift: re.Match[str]) -> timedelta:
    sign, count, unit = shift.groups()
    span = timedelta(**{_UNITS[unit]: int(count)})
    return span if sign == "+" else -span


def day_of(text: str, *, now: datetime, zone: tzinfo) -> date:
    """Parse a day: `today`, `tomorrow`, `yesterday`, `friday` (the next one, or today) or `2026-12-24`.

    Raises Refused for anything else.
    """
    word, today = text.strip().lower(), now.astimezone(zone).date()
    if word == "yesterday":
        return today - timedelta(days=1)
    try:
        day = _day(word if word[:1].isalpha() else _in_iso(word), today)
    except ValueError as error:
        raise _not_a_day(text) from error
    # Room at both ends of datetime's years, for the end of the day's week and for its zone.
    if not date.min + _WEEK < day < date.max - _WEEK:
        raise _not_a_day(text)
    return day


def start_of(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day begins in a zone, in UTC."""
    # Not `_local`: where the clocks are put forward at midnight the day begins an hour later.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _time_of_day(text: str, match: re.Match[str], now: datetime, zone: tzinfo) -> datetime:
    """Return the moment of a time of day, with or without its day. Raises Refused."""
    named, at, today = match["day"], _clock(text, match), now.astimezone(zone).date()
    if named == "tonight" and at < _NIGHT_FROM:
        raise Refused(
            f"{text!r}: {at:%H:%M} is not in the evening.",
            rule="when",
            value=text,
            limit=f"{_NIGHT_FROM:%H:%M} to 23:59",
            fix=f"Write the day: `today {at:%H:%M}` or `tomorrow {at:%H:%M}`; the evening is 21:00 or 9pm.",
        )
    try:
        day = _day(named or "today", today)
    except ValueError as error:
        raise _unreadable(text) from error
    moment = _local(datetime.combine(day, at), zone)
    if moment > now or named not in (None, *_WEEKDAYS):
        return moment
    later = day + (_WEEK if named else timedelta(days=1))
    return _local(datetime.combine(later, at), zone)


def _clock(text: str, match: re.Match[str]) -> time:
    """Return the time of day. Raises Refused for one in words that a day has twice: midnight."""
    if match["word"] == "noon":
        return _NOON
    hour, minute, half = int(match["hour"] or 0), int(match["minute"] or 0), match["half"]
    if match["word"] or (half == "am" and (hour, minute) == (12, 0)):
        raise Refused(
            f"{text!r} may be where the day begins or where it ends.",
            rule="when",
            value=text,
            limit="a time such as 00:00 or 23:59",
            fix="Write the day that begins then, and 00:00: `tomorrow 00:00`, `friday 00:00`.",
        )
    if half:
        is_clock = 1 <= hour <= 12  # noqa: PLR2004  # hours of a clock's face
        hour = hour % 12 + (12 if half == "pm" else 0)
    else:
        # An hour alone could be in the morning or in the evening.
        is_clock = match["minute"] is not None and hour < _HOURS
    if not is_clock or minute >= _MINUTES:
        raise _unreadable(text)
    return time(hour, minute)


def _day(word: str, today: date) -> date:
    """Return the day of a word. Raises ValueError for one that is no day."""
    if word in ("today", "tonight"):
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    if word in _WEEKDAYS:
        return today + timedelta(days=(_WEEKDAYS.index(word) - today.weekday()) % 7)
    if word.startswith("next "):
        monday = today - timedelta(days=today.weekday()) + _WEEK
        return monday + timedelta(days=_WEEKDAYS.index(word.removeprefix("next ")))
    return date.fromisoformat(word)


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


def _require_zone(zone: tzinfo | None, text: str, why_none: str) -> tzinfo:
    # A missing time zone is refused rather than taken as UTC: the post would go out hours off.
    if zone is None:
        raise Refused(
            f"{text!r} has no time zone, {why_none or 'and none is given'}.",
            rule="when",
            value=text,
            limit="a time with a zone",
            fix=Fix.of(
                "Add {}, or write the offset: 2026-12-24T18:00+03:00.",
                Remedy(RemedyKind.SET_TIMEZONE, {"timezone": "Europe/Istanbul"}),
            ),
        )
    return zone


def _not_a_shift(text: str) -> Refused:
    words = _words(text)
    return Refused(
        f"{text!r} is not a shift that can be read.",
        rule="shift",
        value=text,
        limit=_SHIFTS,
        fix=(
            f"Write +{words} for later, or -{words} for earlier."
            if _SHIFT.fullmatch(f"+{words}")
            else f"Write it as one of: {_SHIFTS}."
        ),
    )


def _not_a_day(text: str) -> Refused:
    return _no_such_time(text) or Refused(
        f"{text!r} is not a day that can be read.",
        rule="day",
        value=text,
        limit=DAY_HELP,
        fix="Write it as 2026-12-24, today, tomorrow, yesterday, or friday.",
    )


def _no_such_time(text: str) -> Refused | None:
    from pressroom.core.dates import no_such_time  # noqa: PLC0415  # for what cannot be read alone

    return no_such_time(text)


_HOUR_ALONE = re.compile(r"(.+?) +(\d\d?)")


def _unreadable(text: str) -> Refused:
    from pressroom.core.dates import TimeNotRead  # noqa: PLC0415  # for what cannot be read alone

    fix, alone = f"Write it as one of: {_FORMS}.", _HOUR_ALONE.fullmatch(text.strip())
    if alone and _DAY_ALONE.fullmatch(_words(alone[1])) and int(alone[2]) < 24:  # noqa: PLR2004  # hours
        later = f" or `{alone[1]} {int(alone[2])}pm`" if 1 <= int(alone[2]) < 12 else ""  # noqa: PLR2004
        fix = f"Write it as `{alone[1]} {int(alone[2]):02}:00`{later}."
    return _no_such_time(text) or TimeNotRead(
        f"{text!r} is not a time that can be read.", rule="when", value=text, limit=_FORMS, fix=fix
    )


_HOUR_MIN, _DAY_MIN = 60, 24 * 60
_SPANS = ((_DAY_MIN, "day"), (_HOUR_MIN, "hour"), (1, "minute"))


def span_of(seconds: float) -> str:
    """Say how long a span is, rounded: `90 minutes`, `1 hour`, `25 days`, `less than a minute`."""
    minutes = round(seconds / 60)
    for size, unit in _SPANS:
        # A single unit, rounded, would hide up to half of it: 90 minutes are not an hour.
        if minutes == size:
            return f"1 {unit}"
        if minutes >= 2 * size:
            return f"{round(minutes / size)} {unit}s"
    return "less than a minute"


NEXT_SLOT: Final = "next slot"


def is_next_slot(text: str) -> bool:
    """Return whether a due time asks for the next free slot."""
    return " ".join(text.lower().split()) == NEXT_SLOT
