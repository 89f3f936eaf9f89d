"""Whether numbers at an age are those of that age: a month of a sandboxed account whose truth is known.

    python bench/ages.py [--days 30] [--posts 10] [--seed 1]

Reels grow for weeks and photos within two days, each at a pace of its own. A worker collects, and is down now
and then, for two hours to two days. Printed for each kind and age: how the median of the numbers lies to that
of the truth of the same posts, how far off nine of ten are, what they rest on, and of the corrected how many
lie within their uncertainty. Beside it what a single reading gives that is taken from 0.9 of the age on, as
was the rule before. Ends with status 1 where a median is off by more than 1 %.
"""

import argparse
import asyncio
import random
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from pressroom.core.readings import ALL_MEDIA, KeptMedia
from pressroom.insights.questions.posts import AgedNumbers, Basis, at_age, kind_of
from pressroom.sandbox.state.growth import numbers_of
from tests.insights.watch import Watch, watch

HOUR_S: Final = 3600
AGES: Final = (6 * HOUR_S, 24 * HOUR_S, 48 * HOUR_S, 7 * 24 * HOUR_S)
KINDS: Final = ("reel", "photo")
MOST_BIAS_PERCENT: Final = 1.0
_EARLIEST: Final = 0.9


def reach_at(seen: Watch, media: KeptMedia, age_s: float) -> int:
    """Return how many a media had reached at an age."""
    controls = seen.sandbox.controls
    feed = controls.scene.world.feeds[seen.sandbox.user_id]
    its = next(one for one in feed if one.id == media.id)
    seed = controls.scene.world.random_seed
    return numbers_of(seed, its, controls.account, its.created_at + age_s).reach


async def live(seen: Watch, days: int, posts: int, dice: random.Random) -> list[float]:
    """Let a month pass, and return when the newest page was listed, in seconds since the epoch."""
    listed = set[float]()
    end, down_in = 24.0 * days, 20.0
    events = sorted((end * dice.random(), dice.choice(KINDS)) for _ in range(posts * days))
    last = 0.0
    for at, kind in [*events, (end, "")]:
        while last < at:
            step = min(at - last, down_in)
            for _ in range(max(1, round(step * 60 / 10))):
                await seen.hours(step / max(1, round(step * 60 / 10)))
                if seen.collecting.listed_at:
                    listed.add(seen.collecting.listed_at.timestamp())
            last, down_in = last + step, down_in - step
            if down_in <= 0:
                off = 2 + min(dice.expovariate(1 / 6), 46)
                seen.pass_by(hours=off)
                last, down_in = last + off, dice.uniform(12, 72)
        if kind:
            seen.post(kind)
    return sorted(listed)


def by_old_rule(
    seen: Watch, media: Sequence[KeptMedia], listed: Sequence[float], age_s: int
) -> Mapping[str, int]:
    """Return the reach of media at the first listing in the span that counted for an age."""
    numbers = dict[str, int]()
    for post in media:
        ages_s = (at - post.published_at.timestamp() for at in listed)
        counted = next((old for old in ages_s if _EARLIEST * age_s <= old <= (2 - _EARLIEST) * age_s), None)
        if counted is not None:
            numbers[post.id] = reach_at(seen, post, counted)
    return numbers


def bias_of(numbers: Mapping[str, float], truth: Mapping[str, int]) -> tuple[float, float]:
    """Return how far the median is off in percent, and within how many percent nine of ten posts are."""
    if not numbers:
        return 0.0, 0.0
    median = statistics.median(numbers.values()) / statistics.median(truth[key] for key in numbers)
    away = sorted(abs(number / truth[key] - 1) for key, number in numbers.items())
    return 100 * (median - 1), 100 * away[int(0.9 * (len(away) - 1))]


def says(aged: Iterable[AgedNumbers], count: int, truth: Mapping[str, int]) -> str:
    """Say what numbers rest on, and how many corrected ones are as near as they say."""
    rests, within = Counter[str](), 0
    for one in aged:
        side = one.basis.value
        if one.basis is Basis.CORRECTED:
            is_early = one.ages_s[-1] < one.age_s
            side = "between" if len(one.ages_s) > 1 else "early" if is_early else "late"
            # A count is whole.
            off = abs(one.numbers["reach"] - truth[one.media.id]) - 1
            within += 100 * off <= (one.uncertainty_percent or 0) * one.numbers["reach"]
        rests[side] += 1
    corrected = sum(rests[side] for side in ("between", "early", "late"))
    told = ", ".join(f"{name} {number / count:.0%}" for name, number in rests.most_common())
    left = f", left out {1 - sum(rests.values()) / count:.0%}"
    return f"{told}{left}" + (f"; {within} of {corrected} corrected within theirs" if corrected else "")


def judge(seen: Watch, listed: Sequence[float]) -> bool:
    """Print a row for each kind and age; tells whether all medians are right."""
    kept = [one for one in seen.store.readings.media(seen.account, ALL_MEDIA) if one.product_type != "STORY"]
    aged = seen.store.readings.aged(seen.account, ALL_MEDIA)
    is_right = True
    for age_s in AGES:
        numbers = at_age(aged, age_s)
        for kind in KINDS:
            old_enough = [
                one
                for one in kept
                if kind_of(one) == kind and (seen.now - one.published_at).total_seconds() > age_s * 1.15
            ]
            truth: dict[str, int] = {one.id: reach_at(seen, one, age_s) for one in old_enough}
            ours = [one for one in numbers if one.media.id in truth]
            reach: dict[str, float] = {one.media.id: one.numbers["reach"] for one in ours}
            bias, spread = bias_of(reach, truth)
            old, wide = bias_of(by_old_rule(seen, old_enough, listed, age_s), truth)
            is_right = is_right and abs(bias) <= MOST_BIAS_PERCENT
            print(
                f"{kind:6}{age_s / HOUR_S:4.0f} h {len(truth):4} posts: median {bias:+.2f} %, nine of ten "
                f"within {spread:.1f} % (before: {old:+.2f} %, {wide:.1f} %)"
            )
            print(f"    {says(ours, len(truth), truth)}")
    return is_right


async def run(days: int, posts: int, seed: int) -> bool:
    dice = random.Random(seed)  # noqa: S311  # the same in every run
    async with watch() as seen:
        await seen.look()
        listed = await live(seen, days, posts, dice)
        readings, missed = len(seen.readings()), len(seen.missed())
        print(f"{readings:,} readings, {missed} missed, {len(seen.paths) / days:.0f} calls a day")
        is_right = judge(seen, listed)
    print(f"budget {MOST_BIAS_PERCENT:.0f} %: {'kept' if is_right else 'MISSED'}")
    return is_right


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--posts", type=int, default=10, help="a day")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return not asyncio.run(run(options.days, options.posts, options.seed))


if __name__ == "__main__":
    sys.exit(main())
