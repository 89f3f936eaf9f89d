"""Posts are best or weakest of their own kind, and one that went viral is named."""

import pytest

from pressroom.core.readings import KeptMedia
from pressroom.insights.questions.at_age import AgedNumbers
from pressroom.insights.report.standouts import Placed, best_and_weakest, placed
from tests.fakes.clock import START
from tests.insights.planted import media_of

DAY_S = 86_400


def aged(number: int, reach: int | None, product: str = "FEED") -> AgedNumbers:
    numbers = {} if reach is None else {"reach": reach}
    media = media_of(str(number), START, product)
    return AgedNumbers(media=media, age_s=DAY_S, numbers=numbers, ages_s=(DAY_S,))


def told(found: list[AgedNumbers], more: tuple[KeptMedia, ...] = ()) -> list[Placed]:
    media = [*(one.media for one in found), *more]
    return placed(media, {one.media.id: one for one in found}, found, "reach")


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
    found = placed(
        [one.media for one in worse], {one.media.id: one for one in worse}, [*before, *worse], "reach"
    )
    best, weakest = best_and_weakest(found)
    assert (len(best), len(weakest)) == (0, 3)


def test_alike_posts_are_neither() -> None:
    assert best_and_weakest(told([aged(n, 100) for n in range(9)])) == ([], [])
