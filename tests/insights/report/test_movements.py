"""When a number counts as moved, and which posts stand out among their own kind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace as replace_struct

from pressroom.core.readings import AccountDay, KeptMedia
from pressroom.insights.questions.periods import Period, end_of
from pressroom.insights.questions.posts import AgedNumbers
from pressroom.insights.report.movements import (
    Movement,
    NotCompared,
    PostAgainstItsKind,
    Posts,
    against_their_kind,
    best_and_weakest,
    of_days,
    of_posts,
    share_kept,
    trailing_of,
)
from tests.fakes.clock import START
from tests.insights.planted import media_of

DAY_S = 86_400
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 10))
TRAILING = trailing_of(PERIOD)
LONG_AGO = date(2025, 1, 1)
DAY = timedelta(days=1)


def posts(period: Period, *values: float | None, metric: str = "reach", is_watched: bool = True) -> Posts:
    """Posts of a span, one on each of its last days; None has no such number."""
    media = [
        media_of(f"{period.last}-{number}", datetime.combine(period.last - number * DAY, time(12), UTC))
        for number in range(len(values))
    ]
    aged = [
        AgedNumbers(
            media=one,
            age_s=DAY_S,
            numbers={"likes": 1} if value is None else {metric: value},
            ages_s=(DAY_S,),
        )
        for one, value in zip(media, values, strict=True)
    ]
    return Posts(period=period, aged=aged, count=len(values), is_watched=is_watched)


def moved(now: Posts, before: Posts, trailing: Posts, metric: str = "reach") -> Movement:
    return of_posts([metric], now, before, trailing, zone=ZoneInfo("UTC")).movements[0]


def days(metric: str, period: Period, numbers: Sequence[int | None]) -> list[AccountDay]:
    return [
        AccountDay(metric=metric, ends_at=end_of(day), number=number, read_at=end_of(day) + 3 * DAY)
        for day, number in zip(period.days, numbers, strict=True)
        if number is not None
    ]


LOW, HIGH = (90.0, 95, 100, 105, 110, 115, 92, 107), (190.0, 195, 200, 205, 210, 215, 197, 208)
NOW = posts(PERIOD, *HIGH)


def earlier(*before: float | None, metric: str = "reach") -> tuple[Posts, Posts]:
    """The period before, and the 90 days before, which it is a part of."""
    older = posts(Period(TRAILING.first, PERIOD.before.first - DAY), *LOW, metric=metric)
    recent = posts(PERIOD.before, *before, metric=metric)
    both = Posts(period=TRAILING, aged=[*recent.aged, *older.aged], count=recent.count + older.count)
    return recent, both


def test_a_median_that_doubled_moved_and_one_that_wavers_did_not() -> None:
    doubled = moved(NOW, *earlier(*LOW))
    assert doubled.moved
    assert doubled.moved.percent
    assert doubled.moved.percent.value == pytest.approx(97.6, abs=2)
    assert moved(posts(PERIOD, *LOW), *earlier(*LOW[::-1])).moved is None


def test_one_viral_post_moves_nothing() -> None:
    assert moved(posts(PERIOD, *LOW, 90_000), *earlier(*LOW)).moved is None


def test_what_is_not_known_is_left_out_and_counted() -> None:
    found = moved(posts(PERIOD, *HIGH, None, None), *earlier(*LOW))
    assert (found.n, found.without, found.median) == (8, 2, 202.5)


def test_fewer_than_five_posts_are_not_compared() -> None:
    found = moved(NOW, *earlier(*LOW[:4]))
    assert (found.before.not_compared, found.before.median) == (NotCompared.TOO_FEW, None)
    assert found.before.change is None
    assert found.moved is found.trailing.change


def test_a_period_without_posts_has_no_median_and_no_percentage() -> None:
    found = moved(posts(PERIOD), *earlier(*LOW))
    assert found.median is None
    assert not found.is_compared


def test_posts_from_before_collecting_began_are_no_baseline() -> None:
    before, trailing = (posts(span, *LOW, is_watched=False) for span in (PERIOD.before, TRAILING))
    found = moved(NOW, before, trailing)
    assert found.before.not_compared is NotCompared.NOT_WATCHED
    assert not found.is_compared


def test_a_span_of_which_many_posts_were_not_read_is_no_baseline() -> None:
    before, trailing = earlier(*LOW)
    found = moved(NOW, replace(before, count=40), trailing)
    assert found.before.not_compared is NotCompared.POSTS_UNREAD
    assert (found.before.n, found.before.count, found.before.median) == (8, 40, 102.5)
    assert not moved(replace(NOW, count=40), *earlier(*LOW)).is_compared


def test_a_metric_that_some_posts_lack_is_compared_by_those_that_have_it() -> None:
    found = moved(posts(PERIOD, *HIGH, None, None), *earlier(*LOW, None))
    assert found.before.change
    assert (found.before.n, found.before.count) == (8, 9)


def test_viewers_stand_for_reach_where_instagram_gives_those_and_never_beside_it() -> None:
    _, before = earlier(*LOW)
    _, older = earlier(metric="viewers")
    found = moved(posts(PERIOD, *HIGH, metric="viewers"), replace(before, period=PERIOD.before), older)
    assert found.metric == "viewers"
    assert found.before.not_compared is NotCompared.TOO_FEW
    assert found.trailing.change


def test_a_kind_that_did_better_is_named_though_the_others_stayed() -> None:
    def reels(of: Posts) -> Posts:
        aged = [
            replace_struct(one, media=media_of(one.media.id, one.media.published_at, "REELS"))
            for one in of.aged
        ]
        return replace(of, aged=aged)

    kinds = ("reel", "photo", "carousel")
    before, trailing = (reels(span) for span in earlier(*LOW))
    better = of_posts(["reach"], reels(NOW), before, trailing, kinds=kinds, zone=ZoneInfo("UTC"))
    assert set(better.kinds) == {"reel"}
    assert better.kinds["reel"].is_outside_noise


def history(metric: str = "reach", span: int = 200, *, level: int = 100) -> list[AccountDay]:
    """Days before the period that move as days do: a week that repeats."""
    earlier = Period(PERIOD.first - span * DAY, PERIOD.first - DAY)
    return days(metric, earlier, [level + 10 * (number % 7) for number in range(span)])


def test_days_are_held_against_how_the_account_moves_by_itself() -> None:
    doubled = of_days("reach", PERIOD, [*history(), *days("reach", PERIOD, [260] * 10)], LONG_AGO)
    assert doubled.before.change
    assert doubled.before.change.is_outside_noise
    assert doubled.trailing.change
    alike = days("reach", PERIOD, [100 + 10 * (number % 7) for number in range(4, 14)])
    assert of_days("reach", PERIOD, [*history(), *alike], LONG_AGO).moved is None


def test_days_without_90_days_before_them_are_described_and_not_tested() -> None:
    known = [*history(span=60), *days("reach", PERIOD, [1000] * 10)]
    found = of_days("reach", PERIOD, known, LONG_AGO)
    assert (found.median, found.before.median) == (1000, 125)
    assert found.before.not_compared is NotCompared.SHORT_HISTORY
    assert not found.is_compared


def test_a_missing_day_of_the_history_is_no_0() -> None:
    known = [*history(), *days("reach", PERIOD, [100 + 10 * (number % 7) for number in range(4, 14)])]
    without = [day for day in known if day.ends_at != end_of(PERIOD.first - 50 * DAY)]
    found = of_days("reach", PERIOD, without, LONG_AGO)
    assert found.before.change
    assert not found.moved
    assert found.trailing.not_compared is NotCompared.DAYS_MISSING


def test_one_day_that_nobody_knows_is_no_0_and_ends_the_comparison() -> None:
    known = [*history(), *days("reach", PERIOD, [200] * 9 + [None])]
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


def test_followers_lost_have_a_difference_and_a_percentage_of_what_was_gained() -> None:
    gains = [*history("follower_count", level=3), *days("follower_count", PERIOD, [-200] * 10)]
    change = of_days("follower_count", PERIOD, gains, LONG_AGO).before.change
    assert change
    assert change.difference.value == -228
    assert change.is_outside_noise
    falling = [*history("follower_count", level=-90), *days("follower_count", PERIOD, [9] * 10)]
    change = of_days("follower_count", PERIOD, falling, LONG_AGO).before.change
    assert change
    assert change.percent is None


def test_a_single_zero_takes_no_percentage_away() -> None:
    change = moved(posts(PERIOD, *HIGH, 0), *earlier(*LOW)).before.change
    assert change
    assert change.percent
    assert change.percent.value == pytest.approx(95, abs=3)


def test_posts_that_follow_outstanding_ones_keep_little_of_it() -> None:
    alternating = posts(TRAILING, *([100.0, 300.0] * 10)).aged
    assert share_kept(alternating, "reach") == 0
    lasting = posts(TRAILING, *([100.0] * 10 + [300.0] * 10)).aged
    assert share_kept(lasting, "reach") == pytest.approx(0.9, abs=0.05)
    assert share_kept(alternating[:8], "reach") is None


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
