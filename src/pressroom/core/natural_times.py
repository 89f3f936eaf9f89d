"""Times as people write them in sentences: `in 5 minutes`, `tomorrow at 9`, `6pm on 24 december`. Pure.

`when.parse_when` calls `to_strict_form` only for a text that matches none of its own forms. The text is
rewritten as one of those forms, so that only `when` decides which moment a form means. dateparser supplies
the vocabulary: it translates the words of several languages into a few English ones. Its own parser is not
used, because it ignores words and guesses missing parts: docs/decisions/0047-times-as-people-write-them.md.
"""

import re
from calendar import month_name
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from dateparser.conf import settings
from dateparser.languages.loader import default_loader
from dateparser.languages.locale import Locale

from pressroom.core.dates import no_such_time, with_colon
from pressroom.core.errors import Refused

LANGUAGES: Final = ("en", "de", "es", "fr", "tr")
"""Languages in which times are read: English, and the other languages of reports."""

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = tuple(name.lower() for name in month_name[1:])
# Longer texts are not times. The limit also bounds the work on input from the network.
_MOST_CHARACTERS: Final = 60
# Words that dateparser drops and that change nothing. Any other dropped word (`about`, `just`) is refused.
_FILLERS: Final = frozenset(
    "in after at on the of and from now st nd rd th um uhr und à le dans de en a las dentro sonra".split()  # noqa: SIM905
)
_IN_SHORT: Final = {"minute": "m", "hour": "h", "day": "d", "week": "w"}
_SPAN: Final = re.compile(r"in (\d{1,4}) (minute|hour|day|week)|(\d{1,4}) (minute|hour|day|week) in")
_HOURS_AND_MINUTES: Final = re.compile(r"in (\d{1,3}) hour (\d{1,3}) minute")
_CLOCK: Final = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?(?P<half>am|pm))?"
_YEAR: Final = r"(?: (?P<year>\d{4}))?"
_DAYS: Final = (
    r"(?:in )?(?P<ahead>[12]) day|(?P<today>0 day ago)|(?P<yesterday>1 day ago)|(?P<weekday>[a-z]+day)",
    rf"(?:(?P<of_week>[a-z]+day) )?(?P<day>\d{{1,2}})\.? (?P<month>{'|'.join(_MONTHS)}){_YEAR}",
    rf"(?:(?P<of_week>[a-z]+day) )?(?P<month>{'|'.join(_MONTHS)}) (?P<day>\d{{1,2}}){_YEAR}",
    r"(?:(?P<of_week>[a-z]+day) )?(?P<day>\d{1,2})\.(?P<month_number>\d{1,2})\.(?P<year>\d{4})?",
    r"(?:(?P<of_week>[a-z]+day) )?(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}))?",
)
_FORMS: Final = tuple(
    re.compile(form) for days in _DAYS for form in (rf"(?:{days}) {_CLOCK}", rf"{_CLOCK} (?:{days})")
)
_DAYS_ALONE: Final = tuple(map(re.compile, _DAYS))
# dateparser takes the German `am` for "am" (before noon), and the Turkish `saat` for a number of hours.
_AM_AFTER_HOUR: Final = re.compile(r"\d ?am\b")
_NO_TIMES: Final = {"de": re.compile(r"\bam\b"), "tr": re.compile(r"\bsaat\b")}
# An hour without minutes, am or pm counts as a time only after a word such as `at`: `tomorrow at 9`.
_HOUR_AFTER_AT: Final = re.compile(r"(?:\bat|@|\bum|à|\ba las|\bsaat) ?\d{1,2}(?![\d:.])")
# `at 8` to `at 11` mean the morning. `at 1` to `at 7` and `at 12` could just as well mean the afternoon or
# the night.
_CLEAR_HOURS: Final = (*range(8, 12), *range(13, 24))
_NOON: Final = 12
_HALF_A_YEAR: Final = timedelta(days=183)


def to_strict_form(text: str, *, now: datetime, zone: tzinfo | None, locale: str) -> str | None:
    """Return a time rewritten as a form that `parse_when` reads, or None if the text is not understood.

    locale: of the writer, such as `en_GB`; "" if it is unknown. It selects a language besides English, and
    the order of day and month. Raises Refused for a text with more than one reading.
    """
    words = " ".join(text.lower().replace(",", " ").replace("@", " at ").split())
    # `p.m.` becomes `pm`, and `half an hour` a number of minutes.
    words = re.sub(r"(?<=\d)(?: ?)([ap])\.?m\b\.?", r" \1m", words)
    words = with_colon(words.replace("half an hour", "30 minutes"))
    if len(words) > _MOST_CHARACTERS:
        return None
    language = locale.partition("_")[0]
    readings = dict[str, None]()
    for code in dict.fromkeys(("en", language if language in LANGUAGES else "en")):
        translated = _translated(words, code)
        if translated is not None:
            readings.update(dict.fromkeys(_readings(translated, words, now, zone, date_order(locale))))
    if len(readings) > 1:
        raise _refused(
            f"{text!r} can be read in {len(readings)} ways.",
            value=text,
            limit="a time with one reading",
            fix=f"Write {' or '.join(f'`{reading}`' for reading in readings)}.",
        )
    return next(iter(readings), None)


def _translated(words: str, code: str) -> str | None:
    """Return a text in dateparser's basic English; None if a word of it is unknown or would be dropped."""
    if code == "de" and _AM_AFTER_HOUR.search(words):
        return None  # `12:30 am Freitag` is half past noon in German, and half past midnight in English
    language: Locale = default_loader.get_locale(code)
    if code in _NO_TIMES:
        words = _NO_TIMES[code].sub(" ", words)
    if not language.is_applicable(words, settings=settings):
        return None
    for word in re.findall(r"[^\W\d_]+", words):
        if word not in _FILLERS and not language.translate(word, settings=settings).strip():
            return None
    return " ".join(language.translate(words, settings=settings).split())


def _readings(translated: str, words: str, now: datetime, zone: tzinfo | None, order: str) -> Iterator[str]:
    """Yield what a translated text may mean, each reading as a strict form."""
    if span := _SPAN.fullmatch(translated):
        count, unit = (group for group in span.groups() if group)
        yield f"+{count}{_IN_SHORT[unit]}"
        return
    if both := _HOURS_AND_MINUTES.fullmatch(translated):
        yield f"+{int(both[1]) * 60 + int(both[2])}m"
        return
    if (hour := re.fullmatch(r"\d{1,2}", translated)) and 0 < int(hour[0]) <= _NOON:
        yield from _both_halves(int(hour[0]))
    today = now.astimezone(zone or UTC).date()
    for form in _FORMS:
        if match := form.fullmatch(translated):
            days = list(_days(match.groupdict(), today, order))
            clocks = list(_clocks(match, has_at=_HOUR_AFTER_AT.search(words) is not None))
            yield from (f"{day} {clock}" for day in days for clock in clocks)
    # `parse_when` refuses a day without a time, and its error shows the day that was understood.
    for form in _DAYS_ALONE:
        if match := form.fullmatch(translated):
            yield from _days(match.groupdict(), today, order)


def _clocks(match: re.Match[str], *, has_at: bool) -> Iterator[str]:
    """Yield the times of day that a match may mean, as strict forms."""
    hour, minute, half = int(match["hour"]), match["minute"], match["half"]
    if half or minute:
        is_clock = half is not None and 1 <= hour <= _NOON
        # `12am` stays as it is: `parse_when` refuses it, because a day has two midnights.
        if is_clock and half and (half, hour) != ("am", _NOON):
            hour, half = hour % _NOON + (_NOON if half == "pm" else 0), None
        yield f"{hour:02}:{minute or '00'}{half or ''}"
    elif has_at and hour in _CLEAR_HOURS:
        yield f"{hour:02}:00"
    elif has_at and 0 < hour <= _NOON:
        yield from _both_halves(hour)


def _both_halves(hour: int) -> tuple[str, str]:
    """Return an hour of a twelve-hour clock in the first and in the second half of the day."""
    return f"{hour % _NOON:02}:00", f"{hour % _NOON + _NOON}:00"


def _days(parts: dict[str, str | None], today: date, order: str) -> Iterator[str]:
    """Yield the days that the parts of a match may mean, as strict forms."""
    if ahead := parts.get("ahead"):
        yield (today + timedelta(days=int(ahead))).isoformat()
    elif parts.get("today"):
        yield today.isoformat()
    elif parts.get("yesterday"):
        yesterday = today - timedelta(days=1)
        raise _refused(
            f"{yesterday} is in the past.",
            limit="a future time",
            fix=f"Write a future day. If you mean yesterday, write {yesterday} and the time.",
        )
    elif weekday := parts.get("weekday"):
        if weekday in _WEEKDAYS:
            yield weekday
    else:
        orders = dict.fromkeys(_days_and_months(parts, order))
        for day, month in orders:
            # If day and month can be read in either order, both readings stay, even if one date is in the
            # past: `12/10` is still ambiguous after 12 October.
            day_read = _date(day, month, parts.get("year"), today, is_only=len(orders) == 1)
            named = parts.get("of_week")
            if day_read and (named is None or named == _WEEKDAYS[day_read.weekday()]):
                yield day_read.isoformat()
            elif day_read and len(orders) == 1:
                raise _refused(
                    f"{day_read} is a {day_read:%A}, not a {str(named).capitalize()}.",
                    limit="a weekday that fits its date",
                    fix=f"Write {day_read} without a weekday, or correct the date; add the time after it.",
                )


def _days_and_months(parts: dict[str, str | None], order: str) -> Iterator[tuple[int, int]]:
    if month := parts.get("month"):
        yield int(parts["day"] or 0), _MONTHS.index(month) + 1
    elif number := parts.get("month_number"):
        yield int(parts["day"] or 0), int(number)
    else:
        first, second = int(parts["first"] or 0), int(parts["second"] or 0)
        # With a 13 or more the other number is the month, whatever the locale.
        if order != "MDY" or first > len(_MONTHS):
            yield first, second
        if order != "DMY" or second > len(_MONTHS):
            yield second, first


def _date(day: int, month: int, year: str | None, today: date, *, is_only: bool) -> date | None:
    """Return a date; without a year it is the next such day.

    is_only: day and month can be read in one order only. If so, raises Refused for a date that does not
    exist, and for a date without a year that was less than half a year ago: that is more likely a slip than a
    plan for next year. If not, returns None for a date that does not exist.
    """
    try:
        this_year = date(int(year or today.year), month, day)
        following = this_year if year or this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        error = no_such_time(f"{int(year or today.year):04}-{month:02}-{day:02}")
        if is_only and error:
            raise error from None
        return None
    if is_only and not year and following - today > _HALF_A_YEAR and following != this_year:
        raise _refused(
            f"{this_year} is in the past.",
            limit="a future date, or a date with its year",
            fix=f"If you mean the next year, write {following} and the time.",
        )
    return following


def date_order(locale: str) -> str:
    """Return `DMY` or `MDY` if a locale such as `en_GB` fixes the order of day and month, else ""."""
    language, _, region = locale.partition("_")
    # dateparser treats English without a region as American, but English is written all over the world.
    if not region:
        return ""
    for code in (f"{language}-{region}", language):
        try:
            order: str = default_loader.get_locale(code).info.get("date_order", "")
        except ValueError:
            continue
        # `en` has the order of the United States, which no other region may inherit.
        return order if order in ("DMY", "MDY") and (code != "en" or region == "US") else ""
    return ""


def _refused(message: str, *, limit: str, fix: str, value: str | None = None) -> Refused:
    return Refused(message, rule="when", value=value, limit=limit, fix=fix)
