"""Examples of times as people write them, each with its only correct reading or its refusal."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pressroom.core.errors import Refused
from pressroom.core.when import parse_when

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # a Tuesday, 16:30 in Berlin

# The text, the locale of its writer, and the local time that it means.
READ = [
    ("in 5 minutes", "", "2026-11-24 16:35"),
    ("in 1 minute", "", "2026-11-24 16:31"),
    ("in an hour", "", "2026-11-24 17:30"),
    ("in half an hour", "", "2026-11-24 17:00"),
    ("in 2 hours", "", "2026-11-24 18:30"),
    ("in 90 min", "", "2026-11-24 18:00"),
    ("in 1 hour 30 minutes", "", "2026-11-24 18:00"),
    ("in 1 hour and 30 minutes", "", "2026-11-24 18:00"),
    ("in 3 days", "", "2026-11-27 16:30"),
    ("in a week", "", "2026-12-01 16:30"),
    ("in two hours", "", "2026-11-24 18:30"),
    ("2 hours from now", "", "2026-11-24 18:30"),
    ("tomorrow at 9", "", "2026-11-25 09:00"),
    ("tomorrow at 10", "", "2026-11-25 10:00"),
    ("tomorrow at 18", "", "2026-11-25 18:00"),
    ("tomorrow, 9am", "", "2026-11-25 09:00"),
    ("tomorrow @ 9am", "", "2026-11-25 09:00"),
    ("9am tomorrow", "", "2026-11-25 09:00"),
    ("at 9am tomorrow", "", "2026-11-25 09:00"),
    ("18:30 tomorrow", "", "2026-11-25 18:30"),
    ("6pm on friday", "", "2026-11-27 18:00"),
    ("on friday at 6pm", "", "2026-11-27 18:00"),
    ("fri 18:30", "", "2026-11-27 18:30"),
    ("Mon 6 pm", "", "2026-11-30 18:00"),
    ("wed at 7:15 p.m.", "", "2026-11-25 19:15"),
    ("noon tomorrow", "", "2026-11-25 12:00"),
    ("noon friday", "", "2026-11-27 12:00"),
    ("the day after tomorrow at 9am", "", "2026-11-26 09:00"),
    ("24 december 18:00", "", "2026-12-24 18:00"),
    ("24 Dec 6pm", "", "2026-12-24 18:00"),
    ("december 24 at 6pm", "", "2026-12-24 18:00"),
    ("Dec 24th, 6:30pm", "", "2026-12-24 18:30"),
    ("December 24, 2026 6pm", "", "2026-12-24 18:00"),
    ("24th of december 2026 at 18:00", "", "2026-12-24 18:00"),
    ("6pm on 24 december", "", "2026-12-24 18:00"),
    ("thursday, 24 december 2026, 18:00", "", "2026-12-24 18:00"),
    ("jan 5 9am", "", "2027-01-05 09:00"),
    ("29 february 2028 9am", "", "2028-02-29 09:00"),
    ("12/24 6pm", "en_US", "2026-12-24 18:00"),
    ("24/12 18:00", "en_GB", "2026-12-24 18:00"),
    ("12/10 18:00", "en_US", "2026-12-10 18:00"),
    ("10/12 18:00", "en_GB", "2026-12-10 18:00"),
    ("12/10/2026 18:00", "en_US", "2026-12-10 18:00"),
    ("24.12. 18:00", "", "2026-12-24 18:00"),
    ("12/24/2026 6pm", "", "2026-12-24 18:00"),
    ("12/10/2026 6pm", "en_GB", "2026-10-12 18:00"),
    ("12/24 6pm", "", "2026-12-24 18:00"),
    ("morgen um 18:30", "de_DE", "2026-11-25 18:30"),
    ("morgen um 18 Uhr", "de_DE", "2026-11-25 18:00"),
    ("in 5 Minuten", "de_DE", "2026-11-24 16:35"),
    ("Freitag 18:30", "de_DE", "2026-11-27 18:30"),
    ("24. Dezember 18:00", "de_DE", "2026-12-24 18:00"),
    ("demain à 18h30", "fr_FR", "2026-11-25 18:30"),
    ("dans 5 minutes", "fr_FR", "2026-11-24 16:35"),
    ("vendredi 18:30", "fr_FR", "2026-11-27 18:30"),
    ("mañana a las 18:30", "es_ES", "2026-11-25 18:30"),
    ("en 5 minutos", "es_ES", "2026-11-24 16:35"),
    ("viernes 18:30", "es_ES", "2026-11-27 18:30"),
    ("yar\u0131n 18:30", "tr_TR", "2026-11-25 18:30"),
    ("5 dakika sonra", "tr_TR", "2026-11-24 16:35"),
    ("cuma 18:30", "tr_TR", "2026-11-27 18:30"),
    ("24/12 18:00", "en_US", "2026-12-24 18:00"),
    ("12/24 6pm", "en_GB", "2026-12-24 18:00"),
    ("at 18:30 on friday", "", "2026-11-27 18:30"),
    ("6pm today", "", "2026-11-24 18:00"),
    ("03/04/2027 18:00", "en_GB", "2027-04-03 18:00"),
    ("03/04/2027 18:00", "en_US", "2027-03-04 18:00"),
    ("in 90 minutes", "", "2026-11-24 18:00"),
    ("am Freitag um 18:30", "de_DE", "2026-11-27 18:30"),
    ("übermorgen 18:00", "de_DE", "2026-11-26 18:00"),
    ("le 24 décembre à 18h30", "fr_FR", "2026-12-24 18:30"),
    ("24 de diciembre 18:00", "es_ES", "2026-12-24 18:00"),
    ("yar\u0131n saat 18:30", "tr_TR", "2026-11-25 18:30"),
]

# The text, and the locale of its writer.
REFUSED = [
    ("tomorrow morning at 9", ""),
    ("tomorrow evening at 8", ""),
    ("9", ""),
    ("at 9", ""),
    ("tomorrow 9", ""),
    ("tomorrow at 6", ""),
    ("tomorrow at 12", ""),
    ("tomorrow evening", ""),
    ("tomorrow night", ""),
    ("tomorrow morning at 9pm", ""),
    ("fri", ""),
    ("in the evening", ""),
    ("december", ""),
    ("december 24", ""),
    ("december 2026 6pm", ""),
    ("2027 6pm", ""),
    ("12/10 18:00", ""),
    ("10/12/26 18:00", "en_US"),
    ("03/04/2026 18:00", ""),
    ("november 3 6pm", ""),
    ("yesterday at 6pm", ""),
    ("last friday 6pm", ""),
    ("2 hours ago", ""),
    ("in -5 minutes", ""),
    ("in 5", ""),
    ("in 1.5 hours", ""),
    ("in a month", ""),
    ("in a few minutes", ""),
    ("friday 24 december 2026 18:00", ""),
    ("31 april 18:00", ""),
    ("29 february 2027 9am", ""),
    ("tomorrow 25:00", ""),
    ("tomorrow 9am 10am", ""),
    ("tomorrow at 9am or 10am", ""),
    ("tomorrow between 9am and 10am", ""),
    ("9am-10am tomorrow", ""),
    ("monday tuesday 9am", ""),
    ("every monday 9am", ""),
    ("not tomorrow 9am", ""),
    ("tomorrow 9am please", ""),
    ("tomorrow 9am EST", ""),
    ("tomorrow 9am Tokyo time", ""),
    ("may 9am", ""),
    ("the 5th at 6pm", ""),
    ("christmas 6pm", ""),
    ("end of month 6pm", ""),
    ("asap", ""),
    ("soon", ""),
    ("half past nine tomorrow", ""),
    ("weekend 6pm", ""),
    ("friday week 6pm", ""),
    ("a week from friday at 6pm", ""),
    ("28 march 2027 02:30", ""),
    ("31 october 2027 02:30", ""),
    ("tomorrow 13pm", ""),
    ("tomorrow 0am", ""),
    ("24 december 13pm", ""),
    ("29 february 9am", ""),
    ("12/10 18:00", "en_CA"),
    ("12/10 18:00", "C"),
    ("12:30 am Freitag", "de_DE"),
    ("morgen um 18:30", "en_US"),
    ("about 9am tomorrow", ""),
    ("just tomorrow 9am", ""),
    ("t 9am tomorrow", ""),
    ("in 3 days at 9am", ""),
    ("tonight 9", ""),
]


@pytest.mark.parametrize(("text", "locale", "local"), READ)
def test_a_time_with_one_reading_is_read(text: str, locale: str, local: str) -> None:
    moment = parse_when(text, now=NOW, zone=BERLIN, locale=locale)
    assert f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M}" == local
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(("text", "locale"), REFUSED)
def test_any_other_time_is_refused(text: str, locale: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_when(text, now=NOW, zone=BERLIN, locale=locale)
    assert refusal.value.fix


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("12/10 18:00", "Write `2027-10-12 18:00` or `2026-12-10 18:00`."),
        ("tomorrow at 6", "Write `2026-11-25 06:00` or `2026-11-25 18:00`."),
        ("tomorrow at 12", "Write `2026-11-25 00:00` or `2026-11-25 12:00`."),
        ("31 october 2027 02:30", "Write `2027-10-31T02:30+02:00` or `2027-10-31T02:30+01:00`."),
        ("at 9", "Write `09:00` or `21:00`."),
        ("12/10 6:30 pm", "Write `2027-10-12 18:30` or `2026-12-10 18:30`."),
        ("november 3 6pm", "If you mean the next year, write 2027-11-03 and the time."),
        ("31 april 18:00", "Its last day is 2026-04-30."),
        (
            "friday 24 december 2026 18:00",
            "Write 2026-12-24 without a weekday, or correct the date; add the time after it.",
        ),
        ("24 december 12am", "Write the day that begins then, and 00:00: `tomorrow 00:00`, `friday 00:00`."),
        ("28 march 2027 02:30", "Use 2027-03-28 03:30."),
        ("tomorrow 9", "Write it as `tomorrow 09:00` or `tomorrow 9pm`."),
        ("12/10/2026 6pm", "Write `2026-10-12 18:00` or `2026-12-10 18:00`."),
        ("12/24", "Write the time behind it: 2026-12-24 18:00."),
        ("24 december", "Write the time behind it: 2026-12-24 18:00."),
        ("yesterday at 6pm", "Write a future day. If you mean yesterday, write 2026-11-23 and the time."),
    ],
)
def test_a_refusal_says_how_to_write_each_reading(text: str, fix: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_when(text, now=NOW, zone=BERLIN)
    assert refusal.value.fix == fix


def test_days_in_which_the_clocks_change_may_be_days_of_the_calendar_or_of_24_hours() -> None:
    eve = datetime(2027, 3, 27, 8, 0, tzinfo=UTC)
    with pytest.raises(Refused, match=r"the clocks change.*T10:00\+02:00` or `2027-03-28T09:00\+02:00`"):
        parse_when("in 1 day", now=eve, zone=BERLIN)
    assert parse_when("in 5 minutes", now=eve, zone=BERLIN) == datetime(2027, 3, 27, 8, 5, tzinfo=UTC)


def test_without_a_zone_a_span_is_read_and_a_time_of_day_is_refused() -> None:
    assert parse_when("in 5 minutes", now=NOW, zone=None) == datetime(2026, 11, 24, 15, 35, tzinfo=UTC)
    with pytest.raises(Refused, match="no time zone"):
        parse_when("tomorrow at 9", now=NOW, zone=None)
