from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pressroom.core.errors import Refused
from pressroom.core.when import parse_when, zone_named

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # a Tuesday, 18:30 in Istanbul, 16:30 in Berlin
BERLIN, ISTANBUL = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Istanbul")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-24T15:30"),
        ("+45m", "2026-11-24T16:15"),
        ("+ 2h", "2026-11-24T17:30"),
        ("+3d", "2026-11-27T15:30"),
        ("tomorrow 09:00", "2026-11-25T08:00"),
        ("Tomorrow at 9:00", "2026-11-25T08:00"),
        ("18:30", "2026-11-24T17:30"),
        ("16:30", "2026-11-25T15:30"),
        ("today 08:00", "2026-11-24T07:00"),
        ("friday 20:00", "2026-11-27T19:00"),
        ("tuesday 16:00", "2026-12-01T15:00"),
        ("2026-12-24 18:00", "2026-12-24T17:00"),
        ("2026-12-24T18:00+03:00", "2026-12-24T15:00"),
        ("2026-12-24T18:00Z", "2026-12-24T18:00"),
    ],
)
def test_moments_are_read_as_people_write_them(text: str, utc: str) -> None:
    assert parse_when(text, now=NOW, zone=BERLIN) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "12:60", "someday 10:00", "2026-13-01 10:00", "+2y", "tomorrow"]
)
def test_what_cannot_be_read_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(Refused, match="tomorrow 09:00"):
        parse_when(text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize("text", ["2026-12-24", "20261224", "2026-W52-4"])
def test_a_day_without_a_time_is_refused_rather_than_taken_for_midnight(text: str) -> None:
    with pytest.raises(Refused, match=f"{text} 18:00"):
        parse_when(text, now=NOW, zone=BERLIN)


def test_a_zone_in_other_letters_is_told_how_it_is_written() -> None:
    with pytest.raises(Refused, match="Write it as Europe/Berlin"):
        zone_named("europe/berlin")


@pytest.mark.parametrize("text", ["18:30", "2026-12-24 18:00"])
def test_a_naive_time_without_a_known_zone_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="--tz"):
        parse_when(text, now=NOW, zone=None)
    assert parse_when("+1h", now=NOW, zone=None).hour == 16


def test_a_time_the_clocks_skip_is_refused_naming_the_next() -> None:
    with pytest.raises(Refused, match="03:30"):
        parse_when("2027-03-28 02:30", now=NOW, zone=BERLIN)


def test_a_time_that_comes_twice_is_the_first() -> None:
    assert parse_when("2027-10-31 02:30", now=NOW, zone=BERLIN) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_tomorrow_is_a_day_of_the_zone_even_when_the_clocks_change() -> None:
    evening = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
    assert parse_when("tomorrow 09:00", now=evening, zone=BERLIN) == datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert parse_when("tomorrow 09:00", now=late, zone=ISTANBUL) == datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "europe"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="not a time zone"):
        zone_named(name)
