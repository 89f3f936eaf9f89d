"""What collecting costs in calls, beside a client that asks for each media by itself."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from pressroom.client.pacing import ADAPTIVE
from pressroom.insights import ages
from pressroom.service.collecting import SLOW_ABOVE_PERCENT
from tests.insights.watch import Watch, watch

DAY = timedelta(days=1)


async def test_a_first_pull_of_ten_thousand_media_takes_at_most_220_calls() -> None:
    """Of a thousand here, since each page costs the same: `bench/insights.py` pulls ten thousand."""
    async with watch(media=1000) as seen:
        run = await seen.look()
        assert (run.learnt.readings, run.calls) == (1000, len(seen.paths))
        beside = run.calls - 1000 / 50
        assert 10_000 / 50 + beside <= 220


async def test_a_steady_day_of_five_hundred_media_takes_at_most_sixty_calls() -> None:
    dice, kinds = Random(7), ("photo", "reel", "carousel")  # noqa: S311  # chance, not a secret
    async with watch() as seen:
        for hours_ago in sorted((24 * 17 * dice.random() for _ in range(500)), reverse=True):
            seen.posted(dice.choice(kinds), hours_ago)
        await seen.look()
        await _a_day(seen, dice, kinds)
        listed, alone, read = _calls(seen)
        for _ in range(2):
            await _a_day(seen, dice, kinds)
        today, single, readings = _calls(seen)
        assert (today - listed) / 2 <= 60
        # One call for each media at 24 hours and at 7 days; none comes to 28 days here.
        whole = [one for one in seen.readings() if one.planned_age_s in ages.WHOLE_AGES]
        assert single - alone == len([one for one in whole if one.read_at > seen.now - 2 * DAY])
        assert (readings - read) / 2 > 200
        assert seen.missed() == []


async def test_collecting_slows_down_above_half_of_what_is_allowed_and_publishing_does_not() -> None:
    async with watch(media=1000, calls_per_day=40) as seen:
        started = seen.clock.monotonic()
        run = await seen.look()
        assert run.learnt.readings == 1000
        assert sum(seen.clock.slept_s) > 10
        assert seen.clock.monotonic() - started == sum(seen.clock.slept_s)
        assert ADAPTIVE.slow_above_percent > SLOW_ABOVE_PERCENT


def _calls(seen: Watch) -> tuple[int, int, int]:
    """Calls of lists, calls of single media, and readings, so far."""
    alone = seen.calls("/insights") - seen.calls(f"/{seen.sandbox.user_id}/insights")
    return seen.calls("/media"), alone, len(seen.readings())


async def _a_day(seen: Watch, dice: Random, kinds: Sequence[str]) -> None:
    """Thirty posts between 8 and 22 o'clock, as people post."""
    last = 0.0
    for at in sorted(8 + 14 * dice.random() for _ in range(30)):
        await seen.hours(at - last)
        seen.post(dice.choice(kinds))
        last = at
    await seen.hours(24 - last)
