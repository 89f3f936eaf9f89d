"""A changed mix of kinds is said as such, and posts that changed within their kinds are said as such."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from pressroom.core.readings import Batch, Collecting, KeptMedia, Reading
from pressroom.insights.report.language import language_of
from pressroom.insights.report.languages import available_languages
from pressroom.insights.report.mix import MixChange, ValueOfKind, is_changed_within_kinds, mix_change
from pressroom.service.insights.report_answers import answer
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_page import tiles
from pressroom.service.shapes.report import InsightsReportShape
from tests.insights.fronts import unsupported
from tests.insights.planted import Planted, media_of, planted, reading_of

DAY, DAY_S = timedelta(days=1), 86_400
# The days of a period are not those from now on.
ABOUT_20, ABOUT_70 = pytest.approx(20, abs=3), pytest.approx(70, abs=3)
REACH = {"REELS": 2600, "FEED": 1400}


def history(place: Planted, *, reels: tuple[float, float], times: float = 1.0) -> Iterator[Batch]:
    """Four weeks and the four before. reels: their share before and of late. times: all reach that then."""
    now, dice = place.clock.now(), random.Random(11)  # noqa: S311  # chance, not a secret
    yield Batch(collecting=Collecting(started_at=now - 60 * DAY, complete_at=now))
    media, readings = list[KeptMedia](), list[Reading]()
    for number in range(112):
        # Two a day, of which every fifth, or seven of ten, is a reel.
        back, is_late = DAY * (1.2 + number / 2), number < 56
        product = "REELS" if number % 10 < 10 * reels[is_late] else "FEED"
        reach = REACH[product] * dice.lognormvariate(0, 0.3) * (times if is_late else 1)
        media.append(media_of(str(number), now - back, product))
        readings.append(reading_of(media[-1], DAY_S, reach=round(reach), views=round(1.7 * reach)))
    yield Batch(media=media, readings=readings)


async def reported(*, reels: tuple[float, float], times: float = 1.0) -> InsightsReport:
    async with planted() as place:
        for batch in history(place, reels=reels, times=times):
            place.store.readings.keep(place.account, batch)
        return await place.insights.report("28d")


async def test_a_changed_mix_is_said_first_where_no_kind_changed() -> None:
    report = await reported(reels=(0.2, 0.7))
    reach = report.movements[0]
    assert reach.moved
    assert reach.mix
    assert (reach.mix.kind, reach.mix.share, reach.mix.share_before) == ("reel", ABOUT_70, ABOUT_20)
    assert report.headline.startswith("The mix of posts changed: reels went from ")
    said = report.answers[1].sentences
    assert said[0] == report.headline
    assert "Reach of a post: about " in said[1] + said[2]
    assert "; within each kind of post no change can be told from chance." in said[1]
    assert not any("more people" in sentence for sentence in said)
    assert "More of the posts were reels than before." not in report.answers[2].sentences
    of_reach = next(tile for tile in tiles(report, language_of("en")) if tile.label == "Reach of a post")
    assert of_reach.says == "more than before, by the mix of kinds"
    shape = InsightsReportShape.of(report).movements[0].mix
    assert shape
    assert (shape.kind, shape.share, shape.share_before) == ("reel", ABOUT_70, ABOUT_20)


async def test_posts_that_did_better_within_their_kinds_are_said_so_though_the_mix_changed() -> None:
    report = await reported(reels=(0.2, 0.7), times=1.8)
    assert {movement.mix for movement in report.movements} == {None}
    assert report.headline.startswith("Posts ")
    assert " more " in report.headline
    assert "More of the posts were reels than before." in report.answers[2].sentences


async def test_posts_that_did_better_with_the_same_mix_are_said_so() -> None:
    report = await reported(reels=(0.5, 0.5), times=1.8)
    assert {movement.mix for movement in report.movements} == {None}
    assert report.headline.startswith("Posts ")


async def test_each_language_claims_the_mix_and_nothing_more() -> None:
    report = await reported(reels=(0.2, 0.7))
    mix = report.movements[0].mix
    assert mix
    for code in available_languages():
        language = language_of(code)
        in_language = answer(replace(report, language=code), {})
        assert language.percent(mix.share) in in_language.headline
        assert language.percent(mix.share_before) in in_language.headline
        assert unsupported(in_language, language) == []


def test_of_two_kinds_that_changed_places_the_one_that_grew_is_named() -> None:
    photos, reels = ["photo"] * 8 + ["reel"] * 2, ["photo"] * 3 + ["reel"] * 7
    assert mix_change(reels, photos) == MixChange(kind="reel", share=70, share_before=20)
    assert mix_change(photos, photos) is None
    assert mix_change(photos, []) is None


def test_a_kind_that_one_span_hardly_has_tells_nothing_of_a_change_within_kinds() -> None:
    later, earlier = range(100, 110), range(90, 100)
    reels = [ValueOfKind("reel", day, 200 + day) for day in later]
    photos = [ValueOfKind("photo", day, 100 + day) for day in earlier]
    assert not is_changed_within_kinds([*reels, *photos], later, earlier, is_rise=True)


@pytest.mark.parametrize("times", [3, -3])
def test_a_change_within_kinds_is_found_in_its_direction(times: int) -> None:
    later, earlier = range(100, 130), range(70, 100)
    values = [
        ValueOfKind(kind, day, (level + day % 7) * (times if day in later else 1))
        for kind, level in (("reel", 200), ("photo", 100))
        for day in (*earlier, *later)
    ]
    assert is_changed_within_kinds(values, later, earlier, is_rise=times > 0)
    assert not is_changed_within_kinds(values, later, earlier, is_rise=times < 0)
