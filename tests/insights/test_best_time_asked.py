"""`insights.best_time` on accounts whose truth is planted in the store."""

from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec

import pytest

from pressroom.core.errors import Refused
from pressroom.core.readings import Batch
from pressroom.insights.statistics.answers import TooFew
from pressroom.insights.statistics.best_time import BestTime
from pressroom.insights.statistics.posts import PostReach
from pressroom.service import extras
from pressroom.service.insights_timing import BestTimes
from pressroom.service.timing_words import best_time_says, could_see
from tests.insights.planted import HOUR_S, batch_of, media_of, planted, reading_of
from tests.insights.statistics.accounts import PLANTED, account


def found_of(times: BestTimes) -> BestTime:
    assert not isinstance(times.found, TooFew)
    return times.found


async def test_a_block_that_reaches_30_percent_more_is_found_and_said_first() -> None:
    async with planted() as here:
        here.keep(account(3, times=1.3))
        times = await here.insights.best_time()
    hours = found_of(times).hours
    (effect,) = [one.against_others for one in hours.effects if one.cell == PLANTED]
    assert hours.best == PLANTED
    assert effect.low < 30 < effect.high
    assert (times.posts, times.without_reach, times.timezone) == (120, 0, "UTC")
    said = best_time_says(times)
    assert said.startswith(f"Posts between {PLANTED.replace('-', ' and ')} h reach more than the others: +")
    assert said.endswith("No detectable effect of weekdays.")


async def test_an_account_without_a_pattern_is_told_so_and_what_could_have_been_seen() -> None:
    async with planted() as here:
        here.keep(account(1))
        times = await here.insights.best_time()
    assert not found_of(times).is_found
    assert best_time_says(times) == "No detectable effect of hours or weekdays on reach at 24 h."
    hours, weekdays = could_see(times)
    assert hours.startswith("Of hours: ")
    assert weekdays.endswith(" posts.")
    assert "would have been seen in eight of ten cases; to see 30 % takes some" in hours


async def test_viewers_are_another_number_and_stories_no_posts() -> None:
    async with planted() as here:
        here.keep(account(1, n=31))
        posts = account(2, n=30)
        here.store.readings.keep(here.account, batch_of(posts, metric="viewers", start=100))
        story = media_of("900", here.clock.now() - timedelta(days=9), "STORY")
        readings = [reading_of(story, 24 * HOUR_S, reach=50)]
        here.store.readings.keep(here.account, Batch(media=[story], readings=readings))
        times = await here.insights.best_time()
    assert (times.posts, times.without_reach, times.found.n) == (61, 30, 31)


async def test_too_few_posts_are_counted_and_it_says_how_many_it_takes() -> None:
    async with planted() as here:
        here.keep([*account(1, n=12), *old(3)])
        times = await here.insights.best_time()
    assert best_time_says(times) == "Too few posts to say: 12 of 12 have a reach at 24 h, and it takes 30."
    assert could_see(times) == []


def old(count: int) -> list[PostReach]:
    """Posts of which a year has passed."""
    return [replace(one, at=one.at - timedelta(days=400)) for one in account(5, n=count)]


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_scipy(name: str) -> object:
        return None if name == "scipy" else find_spec(name)

    monkeypatch.setattr(extras, "find_spec", without_scipy)
    async with planted() as here:
        with pytest.raises(Refused, match="not installed") as caught:
            await here.insights.best_time()
        assert "pip install 'pressroom[report]'" in str(caught.value.fix)
        with pytest.raises(Refused, match="not installed"):
            await here.insights.start_experiment("daily 09:00", "daily 18:00")
