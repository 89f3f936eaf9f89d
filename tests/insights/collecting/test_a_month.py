"""A month of an account whose worker is down at bad moments: each reading is made once, or says why not."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import TypeVar

from pressroom.core.readings import ALL_MEDIA, KeptMedia, MissedReading, Missing, Reading
from pressroom.graph.ids import MediaId
from pressroom.insights import ages
from pressroom.sandbox.faults import Fault, FaultKind
from tests.insights.watch import Watch, watch

DAYS = 30
WRONG = ("down", "outage", "limit")
RowT = TypeVar("RowT", Reading, MissedReading)


async def test_every_planned_reading_of_a_month_is_made_in_time_or_missed_with_its_reason() -> None:
    dice = Random(11)  # noqa: S311  # chance, not a secret
    async with watch() as seen:
        await seen.look()
        for day in range(DAYS):
            await _a_day(seen, dice, day)
        kept = seen.store.readings.media(seen.account, ALL_MEDIA)
        assert len(kept) >= 2 * DAYS - _unseen(seen, kept)
        readings, missed = _by_media(seen.readings()), _by_media(seen.missed())
        for media in kept:
            _judge(media, readings[media.id], missed[media.id], seen.now)
        assert {one.why for one in seen.missed()} == {
            Missing.NOT_RUNNING,
            Missing.FOUND_LATE,
            Missing.UNREACHABLE,
            Missing.RATE_LIMITED,
        }
        # The worker was there for most of the time, so most readings are.
        assert len(seen.missed()) < len([one for one in seen.readings() if one.planned_age_s]) / 2


def _by_media(rows: Sequence[RowT]) -> dict[MediaId, list[RowT]]:
    found = defaultdict[MediaId, list[RowT]](list)
    for one in rows:
        found[one.media_id].append(one)
    return found


async def _a_day(seen: Watch, dice: Random, day: int) -> None:
    """A post and a story at some hour; and at some hour something goes wrong for a while."""
    events = [(24 * dice.random(), what) for what in ("photo", "story")]
    if day % 2:
        events.append((22 * dice.random(), WRONG[day // 2 % len(WRONG)]))
    last = 0.0
    for at, what in sorted(events):
        await seen.hours(max(0.0, at - last))
        last = at + await _happens(seen, dice, what)
    await seen.hours(max(0.0, 24 - last))


async def _happens(seen: Watch, dice: Random, what: str) -> float:
    """Let it happen, and tell how many hours it takes."""
    if what in ("photo", "story"):
        seen.post(dice.choice(["photo", "reel"]) if what == "photo" else what)
        return 0.0
    hours = 0.5 + 8 * dice.random()
    if what == "down":
        seen.pass_by(hours=hours / 4)
        seen.post(dice.choice(["photo", "story"]))
        seen.pass_by(hours=hours * 3 / 4)
        return hours
    code = 2 if what == "outage" else 80002
    seen.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=code, times=None))
    await seen.hours(hours)
    seen.sandbox.faults.clear()
    return hours


def _unseen(seen: Watch, kept: Sequence[KeptMedia]) -> int:
    """Count the stories of which nobody ever saw anything: made and over while nothing ran."""
    known, stories = {one.id for one in kept}, seen.sandbox.controls.scene.world.stories
    return sum(one.id not in known for one in stories[seen.sandbox.user_id])


def _judge(media: KeptMedia, read: Sequence[Reading], missed: Sequence[MissedReading], now: datetime) -> None:
    planned = [one for one in read if one.planned_age_s is not None]
    for one in planned:
        assert one.planned_age_s is not None
        assert abs(one.age_s - one.planned_age_s) <= one.planned_age_s / 10
        assert media.product_type != ages.STORY or one.age_s < ages.STORY_LIFETIME_S
    slots = [*(one.planned_age_s for one in planned), *(one.planned_age_s for one in missed)]
    over = ages.passed(media.product_type, (now - media.published_at).total_seconds() - 60)
    # What is due now may have been read already; what is over is read or missed, and nothing is both.
    assert len(slots) == len(set(slots))
    assert set(over) <= set(slots) <= set(ages.ages_of(media.product_type))
    assert all(one.text for one in missed)
