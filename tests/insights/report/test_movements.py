"""A number moved only where chance would hardly have it, and is compared only where both sides are known."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from pressroom.core.readings import AccountDay
from pressroom.insights.questions.at_age import AgedNumbers
from pressroom.insights.questions.periods import Period, end_of
from pressroom.insights.report.movements import NotCompared, Posts, of_days, of_posts
from tests.fakes.clock import START
from tests.insights.planted import media_of

DAY_S = 86_400
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 10))
LONG_AGO = date(2026, 1, 1)
DAY = timedelta(days=1)


def posts(*values: float | None, metric: str = "reach", is_watched: bool = True) -> Posts:
    """Posts of a span, of which None has no such number."""
    media = [media_of(str(number), START) for number in range(len(values))]
    aged = [
        AgedNumbers(
            media=one,
            age_s=DAY_S,
            numbers={"likes": 1} if value is None else {metric: value},
            ages_s=(DAY_S,),
        )
        for one, value in zip(media, values, strict=True)
    ]
    return Posts(aged=aged, count=len(values), is_watched=is_watched)


def days(metric: str, period: Period, numbers: Sequence[int | None]) -> list[AccountDay]:
    return [
        AccountDay(metric=metric, ends_at=end_of(day), number=number, read_at=end_of(day) + 3 * DAY)
        for day, number in zip(period.days, numbers, strict=True)
        if number is not None
    ]


LOW, HIGH = (90.0, 95, 100, 105, 110, 115), (190.0, 195, 200, 205, 210, 215)


def test_a_median_that_doubled_moved_and_one_that_wavers_did_not() -> None:
    doubled = of_posts("reach", posts(*HIGH), posts(*LOW), posts(*LOW))
    assert doubled.moved
    assert doubled.moved.percent
    assert doubled.moved.percent.value == pytest.approx(97.6, abs=1)
    assert of_posts("reach", posts(*LOW), posts(*LOW[::-1]), posts(*LOW)).moved is None


def test_one_viral_post_moves_nothing() -> None:
    assert of_posts("reach", posts(*LOW, 90_000), posts(*LOW), posts(*LOW)).moved is None


def test_what_is_not_known_is_left_out_and_counted() -> None:
    found = of_posts("reach", posts(*HIGH, None, None), posts(*LOW), posts(*LOW))
    assert (found.n, found.without) == (6, 2)
    assert found.typical
    assert found.typical.median.value == 202.5


def test_fewer_than_five_posts_are_not_compared() -> None:
    found = of_posts("reach", posts(*HIGH), posts(*LOW[:4]), posts(*LOW))
    assert found.before.not_compared is NotCompared.TOO_FEW
    assert found.before.change is None
    assert found.moved is found.trailing.change


def test_a_period_without_posts_has_no_median_and_no_percentage() -> None:
    found = of_posts("reach", posts(), posts(*LOW), posts())
    assert found.typical is None
    assert not found.is_compared


def test_posts_from_before_collecting_began_are_no_baseline() -> None:
    found = of_posts("reach", posts(*HIGH), posts(*LOW, is_watched=False), posts(*LOW, is_watched=False))
    assert found.before.not_compared is NotCompared.NOT_WATCHED
    assert not found.is_compared


def test_a_span_of_which_many_posts_were_not_read_is_no_baseline() -> None:
    found = of_posts("reach", posts(*HIGH), Posts(aged=posts(*LOW).aged, count=40), posts(*LOW))
    assert found.before.not_compared is NotCompared.POSTS_UNREAD
    assert (found.before.n, found.before.count) == (6, 40)
    unread_now = of_posts("reach", Posts(aged=posts(*HIGH).aged, count=40), posts(*LOW), posts(*LOW))
    assert not unread_now.is_compared


def test_a_metric_that_some_posts_lack_is_compared_by_those_that_have_it() -> None:
    found = of_posts("reach", posts(*HIGH, None, None), posts(*LOW, None), posts(*LOW))
    assert found.before.change
    assert (found.before.n, found.before.count) == (6, 7)


def test_viewers_stand_for_reach_where_instagram_gives_those_and_never_beside_it() -> None:
    found = of_posts("reach", posts(*HIGH, metric="viewers"), posts(*LOW), posts(*LOW, metric="viewers"))
    assert found.metric == "viewers"
    assert found.before.not_compared is NotCompared.TOO_FEW
    assert found.trailing.change


def test_days_are_compared_where_each_of_both_periods_is_known() -> None:
    known = [*days("reach", PERIOD, [200 + n for n in range(10)])]
    known += days("reach", PERIOD.before, [100 + n for n in range(10)])
    found = of_days("reach", PERIOD, known, LONG_AGO)
    assert found.before.change
    assert found.before.change.is_outside_noise
    assert found.trailing.not_compared is NotCompared.DAYS_MISSING


def test_one_day_that_nobody_knows_is_no_0_and_ends_the_comparison() -> None:
    known = days("reach", PERIOD, [200] * 9 + [None]) + days("reach", PERIOD.before, [100] * 10)
    found = of_days("reach", PERIOD, known, LONG_AGO)
    assert (found.n, found.without) == (9, 1)
    assert found.before.not_compared is NotCompared.DAYS_MISSING
    since = of_days("reach", PERIOD, known, PERIOD.first)
    assert since.before.not_compared is NotCompared.NOT_WATCHED


def test_a_day_metric_that_is_there_without_numbers_gives_way_to_its_successor() -> None:
    known = [
        AccountDay(metric="reach", ends_at=end_of(day), number=None, read_at=end_of(day))
        for day in PERIOD.days
    ]
    known += days("viewers", PERIOD, [7] * 10)
    found = of_days("reach", PERIOD, known, LONG_AGO)
    assert (found.metric, found.n) == ("viewers", 10)


def test_followers_lost_have_a_difference_and_no_percentage() -> None:
    known = days("follower_count", PERIOD, [-4, -5, -6, -5, -4, -5, -6, -5, -4, -5])
    known += days("follower_count", PERIOD.before, [3, 4, 5, 4, 3, 4, 5, 4, 3, 4])
    change = of_days("follower_count", PERIOD, known, LONG_AGO).before.change
    assert change
    assert change.percent is None
    assert change.difference.value == -9
