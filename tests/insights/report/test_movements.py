"""When a number counts as moved, and which posts stand out among their own kind."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from pressroom.core.readings import AccountDay, KeptMedia
from pressroom.insights.questions.periods import Period, end_of
from pressroom.insights.questions.posts import AgedNumbers
from pressroom.insights.report.movements import (
    NotCompared,
    PostAgainstItsKind,
    Posts,
    against_their_kind,
    best_and_weakest,
    of_days,
    of_posts,
)
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


def aged(number: int, reach: int | None, product: str = "FEED") -> AgedNumbers:
    numbers = {} if reach is None else {"reach": reach}
    media = media_of(str(number), START, product)
    return AgedNumbers(media=media, age_s=DAY_S, numbers=numbers, ages_s=(DAY_S,))


def told(found: list[AgedNumbers], more: tuple[KeptMedia, ...] = ()) -> list[PostAgainstItsKind]:
    media = [*(one.media for one in found), *more]
    return against_their_kind(media, {one.media.id: one for one in found}, found, "reach")


PHOTOS = [aged(n, 100 + n) for n in range(6)]
REELS = [aged(10 + n, 1000 + n, "REELS") for n in range(6)]


def test_a_photo_is_not_weak_because_reels_reach_more() -> None:
    times = [one.times_usual for one in told([*PHOTOS, *REELS])]
    assert all(one == pytest.approx(1, abs=0.05) for one in times)


def test_three_times_the_usual_is_an_outlier() -> None:
    found = told([*PHOTOS, aged(6, 330)])
    assert [one.media.id for one in found if one.is_outlier] == ["6"]


def test_a_post_is_held_against_the_others_of_its_kind() -> None:
    found = told([*(aged(n, 100) for n in range(5)), aged(5, 500), aged(6, 900)])
    assert [(one.times_usual, one.n) for one in found[-2:]] == [(5.0, 6), (9.0, 6)]


def test_with_fewer_than_five_others_nothing_is_usual() -> None:
    assert {one.times_usual for one in told(PHOTOS[:5])} == {None}


def test_nothing_is_a_multiple_of_a_median_of_0() -> None:
    assert {one.times_usual for one in told([aged(n, 0) for n in range(7)])} == {None}


def test_a_post_without_a_reading_is_neither_best_nor_weakest() -> None:
    unread = media_of("99", START)
    best, weakest = best_and_weakest(told([*PHOTOS, aged(6, None)], (unread,)))
    assert {"99", "6"}.isdisjoint(one.media.id for one in (*best, *weakest))


def test_the_best_are_above_what_is_usual_and_the_weakest_below() -> None:
    best, weakest = best_and_weakest(told([aged(n, 100 + n) for n in range(30)]))
    assert [one.media.id for one in best] == ["29", "28", "27"]
    assert [one.media.id for one in weakest] == ["0", "1", "2"]


def test_of_posts_that_all_did_worse_none_is_best() -> None:
    before = [aged(n, 1000 + n) for n in range(20)]
    worse = [aged(50 + n, 100 + n) for n in range(4)]
    found = against_their_kind(
        [one.media for one in worse], {one.media.id: one for one in worse}, [*before, *worse], "reach"
    )
    best, weakest = best_and_weakest(found)
    assert (len(best), len(weakest)) == (0, 3)


def test_alike_posts_are_neither() -> None:
    assert best_and_weakest(told([aged(n, 100) for n in range(9)])) == ([], [])
