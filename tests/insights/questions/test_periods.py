"""A period against the one before: only where every day of both is known, and no sum of people."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pressroom.core.errors import Refused
from pressroom.core.readings import AccountDay, Number
from pressroom.insights.questions.periods import (
    InPeriod,
    Period,
    day_of,
    days_within,
    end_of,
    in_period,
    last_ended,
)
from pressroom.service.insights.questions import period_of

LAST = date(2026, 11, 23)
WEEK = Period(date(2026, 11, 17), LAST)
BOTH = [*WEEK.before.days, *WEEK.days]
LATE = timedelta(days=3)


def kept(
    metric: str, day: date, number: Number | None, *, read_after: timedelta = LATE, **parts: int
) -> AccountDay:
    ends_at = end_of(day)
    by = {"follow_type": parts} if parts else {}
    return AccountDay(metric=metric, ends_at=ends_at, number=number, read_at=ends_at + read_after, parts=by)


def of(metric: str, number: Callable[[int], Number | None], history: int = 0) -> InPeriod:
    """Tell a metric in the second of two weeks, whose days have numbers by their place; None for no day.

    The weeks before, of which chance is told, are like the first one.
    """
    days = [kept(metric, day, found) for at, day in enumerate(BOTH) if (found := number(at)) is not None]
    earlier = (BOTH[0] - timedelta(days=back) for back in range(1, history + 1))
    days += [kept(metric, day, 100 + day.weekday()) for day in earlier]
    return next(one for one in in_period(WEEK, days) if one.metric == metric)


def test_what_adds_up_is_added_and_compared() -> None:
    views = of("views", lambda at: 100 if at < 7 else 150 + at, history=90)
    assert (views.now.total, views.before.total) == (7 * 150 + sum(range(7, 14)), 700)
    assert views.against
    assert (views.against.compares, views.against.change) == ("total", 420)
    assert views.against.percent == pytest.approx(60)
    assert views.against.is_outside_noise


@pytest.mark.parametrize("metric", ["reach", "accounts_engaged", "viewers"])
def test_people_have_no_sum_and_the_median_day_is_compared(metric: str) -> None:
    found = of(metric, lambda at: 100 + at)
    assert found.counts_people
    assert (found.now.total, found.before.total) == (None, None)
    assert (found.now.median_day, found.before.median_day) == (110, 103)
    assert found.against
    assert (found.against.compares, found.against.change) == ("median_day", 7)


@pytest.mark.parametrize("gap", [0, 3, 7, 13])
def test_a_period_with_a_day_missing_is_not_compared_and_has_no_total(gap: int) -> None:
    views = of("views", lambda at: None if at == gap else 100)
    assert views.against is None
    assert (views.now.missing, views.before.missing) == ((1, 0) if gap >= 7 else (0, 1))
    assert (views.now.total is None) is (gap >= 7)
    assert views.known_since == BOTH[1 if gap == 0 else 0]


def test_a_missing_day_has_no_number_and_a_day_of_nothing_has_0() -> None:
    views = of("views", lambda at: {7: 0, 8: None}.get(at, 5))
    assert [one.number for one in views.days] == [0, None, 5, 5, 5, 5, 5]
    assert views.days[1].is_settled is None


def test_a_metric_of_which_nothing_is_known_is_there() -> None:
    found = next(one for one in in_period(WEEK, []) if one.metric == "likes")
    assert (found.now.known, found.now.missing, found.now.total, found.now.median_day) == (0, 7, None, None)
    assert (found.known_since, found.against) == (None, None)


@pytest.mark.parametrize("before", [0, -1])
def test_there_is_no_percentage_of_nothing(before: int) -> None:
    found = of("follower_count", lambda at: before if at < 7 else 4)
    assert found.against
    assert found.against.percent is None
    assert found.against.change == 28 - 7 * before


def test_a_great_day_in_worse_ones_is_no_rise() -> None:
    views = of("views", lambda at: 100 + at if at < 7 else 10_000 if at == 9 else 50 + at, history=90)
    assert views.against
    assert views.against.change > 0
    assert views.against.is_outside_noise is False


def test_a_change_is_not_judged_without_90_days_before_it() -> None:
    short, long = (of("reach", lambda at: 100 + 80 * (at > 6), history=days).against for days in (82, 83))
    assert short
    assert long
    assert (short.change, short.is_outside_noise, long.is_outside_noise) == (80, None, True)


def test_too_few_days_are_not_judged() -> None:
    days = [kept("views", day, 5) for day in BOTH[6:8]]
    found = next(one for one in in_period(Period(BOTH[7], BOTH[7]), days) if one.metric == "views")
    assert found.against
    assert found.against.is_outside_noise is None


def test_without_numpy_all_but_the_judgement_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pressroom.insights.statistics.inference", None)
    views = of("views", lambda at: 100 if at < 7 else 150)
    assert views.against
    assert (views.against.percent, views.against.is_outside_noise) == (50, None)


def test_a_day_read_within_48_hours_is_not_settled() -> None:
    early = kept("views", LAST, 5, read_after=timedelta(hours=47))
    days = [*(kept("views", day, 5) for day in WEEK.days[:-1]), early]
    views = next(one for one in in_period(WEEK, days) if one.metric == "views")
    assert [one.is_settled for one in views.days] == [True] * 6 + [False]
    assert views.unsettled == 1


def test_parts_are_summed_over_the_days_that_tell_them_and_never_of_people() -> None:
    days = [kept(name, day, 9, FOLLOWER=2, UNKNOWN=1) for name in ("views", "reach") for day in WEEK.days[:3]]
    views, reach = (
        next(one for one in in_period(WEEK, days) if one.metric == name) for name in ("views", "reach")
    )
    (parts,) = views.parts
    assert (parts.days, parts.numbers) == (3, {"FOLLOWER": 6, "UNKNOWN": 3})
    assert reach.parts == ()


def test_days_end_at_midnight_pacific_time_in_winter_and_summer() -> None:
    assert end_of(date(2026, 11, 23)) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert end_of(date(2026, 7, 1)) == datetime(2026, 7, 2, 7, tzinfo=UTC)
    for day in (date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1)):
        for hour in (-1, 0, 1):
            assert day_of(end_of(day) + timedelta(hours=hour)) == day
    assert last_ended(datetime(2026, 11, 24, 7, 59, tzinfo=UTC)) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "first", "last", "before"),
    [
        ("28d", "2026-10-27", "2026-11-23", "2026-09-29"),
        ("1d", "2026-11-23", "2026-11-23", "2026-11-22"),
        ("month", "2026-10-01", "2026-10-31", "2026-08-31"),
        ("2026-11-01..2026-11-14", "2026-11-01", "2026-11-14", "2026-10-18"),
    ],
)
def test_a_period_is_read_and_the_one_before_is_as_long(
    text: str, first: str, last: str, before: str
) -> None:
    found = period_of(text, LAST)
    assert (str(found.first), str(found.last), str(found.before.first)) == (first, last, before)
    assert found.before.length == found.length


def test_the_last_month_is_the_one_that_ended_last() -> None:
    assert str(period_of("month", date(2026, 11, 30)).first) == "2026-11-01"
    assert str(period_of("month", date(2026, 11, 29)).first) == "2026-10-01"


@pytest.mark.parametrize(
    "text",
    [
        "0d",
        "731d",
        "soon",
        "",
        "2026-11-14..2026-11-01",
        "2026-11-01..2026-11-24",
        "0001-01-01..0001-01-02",
        "..",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        period_of(text, LAST)
    assert caught.value.rule == "period"


PACIFIC, TOKYO = ZoneInfo("America/Los_Angeles"), ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (timedelta(days=90), None, (2026, 8, 26), (2026, 11, 23)),
        # Daylight saving time ends on 1 November: 90 times 24 hours before is another day.
        (timedelta(days=30), None, (2026, 10, 25), (2026, 11, 23)),
        (timedelta(hours=30), None, (2026, 11, 22), (2026, 11, 23)),
        (datetime(2026, 11, 1, tzinfo=UTC), None, (2026, 11, 1), (2026, 11, 23)),
        (datetime(2026, 11, 1, tzinfo=PACIFIC), None, (2026, 11, 1), (2026, 11, 23)),
        (datetime(2026, 11, 1, tzinfo=TOKYO), None, (2026, 11, 1), (2026, 11, 23)),
        (datetime(2026, 11, 1, 3, tzinfo=UTC), None, (2026, 10, 31), (2026, 11, 23)),
        (timedelta(days=7), datetime(2026, 11, 8, tzinfo=TOKYO), (2026, 11, 1), (2026, 11, 7)),
        (timedelta(days=7), datetime(2026, 11, 8, 3, tzinfo=UTC), (2026, 11, 1), (2026, 11, 7)),
        (timedelta(days=7), datetime(2026, 11, 8, tzinfo=UTC), (2026, 11, 1), (2026, 11, 7)),
        (timedelta(days=7), datetime(2027, 1, 1, tzinfo=UTC), (2026, 11, 17), (2026, 11, 23)),
    ],
)
def test_a_time_is_whole_days_of_the_calendar_and_a_midnight_is_its_date(
    since: datetime | timedelta,
    until: datetime | None,
    first: tuple[int, int, int],
    last: tuple[int, int, int],
) -> None:
    assert days_within(since, until, date(2026, 11, 23)) == Period(date(*first), date(*last))
