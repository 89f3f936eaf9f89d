"""A metric that jumps while all related ones stand still is suspected to count something else."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pressroom.insights.questions.posts import AgedNumbers
from pressroom.insights.report.language import language_of
from pressroom.insights.report.languages import available_languages
from pressroom.insights.report.redefined import suspected_changes
from pressroom.service.insights.report_answers import answer
from pressroom.service.insights.report_page import tiles
from pressroom.service.shapes.report import InsightsReportShape
from tests.insights.fronts import unsupported
from tests.insights.planted import planted
from tests.insights.redefined import DAY, DAY_S, NOW, batch_of, drawn


@pytest.mark.parametrize(
    ("metric", "times"), [("views", 2.0), ("views", 0.5), ("reach", 2.0), ("saved", 2.5)]
)
def test_a_metric_that_jumps_beside_all_others_is_suspected_with_its_day(metric: str, times: float) -> None:
    (suspected,) = suspected_changes(drawn(redefined=metric, times=times))
    assert suspected.metric == metric
    assert suspected.times == pytest.approx(times, rel=0.25)
    assert abs(suspected.since - (NOW - 28 * DAY)) <= 2 * DAY


@pytest.mark.parametrize(
    "posts",
    [drawn(), drawn(better=2.0), drawn(reels=(0.2, 0.8)), drawn(redefined="views", times=1.1), drawn()[:12]],
    ids=["nothing", "posts did better", "another mix", "too little", "too few posts"],
)
def test_nothing_is_suspected_where_posts_the_mix_or_chance_explain_it(posts: Sequence[AgedNumbers]) -> None:
    assert suspected_changes(posts) == []


def test_a_number_that_grows_slowly_is_no_new_definition() -> None:
    growing = [with_more_views(post, 1 + 2 * number / 118) for number, post in enumerate(drawn())]
    assert suspected_changes(growing) == []


def with_more_views(post: AgedNumbers, times: float) -> AgedNumbers:
    numbers = {**post.numbers, "views": round(post.numbers["views"] * times)}
    return AgedNumbers(media=post.media, age_s=DAY_S, numbers=numbers, ages_s=(DAY_S,))


async def test_a_report_says_the_suspicion_and_not_that_posts_were_viewed_more_often() -> None:
    async with planted() as place:
        place.store.readings.keep(place.account, batch_of(drawn(redefined="views", times=4.0)))
        report = await place.insights.in_zone("Etc/UTC").report("28d")
    assert report.headline.startswith("Views may be counted differently since 2")
    assert re.search(r": about (3\.\d|4) times as much, while related numbers stood still\.", report.headline)
    views = next(movement for movement in report.movements if movement.metric == "views")
    assert views.moved
    said = [sentence for each in report.answers for sentence in each.sentences]
    assert not any("viewed more often" in sentence for sentence in said)
    assert said.count(report.headline) == 1
    (shape,) = InsightsReportShape.of(report).suspected
    assert (shape.metric, round(shape.times)) == ("views", 4)
    for code in available_languages():
        in_language = answer(replace(report, language=code), {})
        assert unsupported(in_language, language_of(code)) == []


async def test_a_tile_of_the_reach_says_that_it_may_be_counted_differently() -> None:
    async with planted() as place:
        place.store.readings.keep(place.account, batch_of(drawn(redefined="reach", times=2.0)))
        report = await place.insights.in_zone("Etc/UTC").report("28d")
    (of_reach,) = (tile for tile in tiles(report, language_of("en")) if tile.label == "Reach of a post")
    assert of_reach.says == "may be counted differently"
    assert report.headline.startswith("Reach may be counted differently since ")
