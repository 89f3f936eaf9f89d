"""Accounts whose truth is known, with the luck that real ones have.

`draw_posts` gives posts, `draw_days` an account's daily numbers, `draw_counts` its followers, `draw_turns`
the posts of an experiment. The posts of a day share its luck, the days of an account come in waves, a post
goes viral, reels go out in the evening, reach rises and falls over the months: a product that takes any of it
for an effect is wrong. All end on `LAST`, and the same seed gives the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pressroom.insights.statistics.answers import BLOCKS, HOURS_OF_A_BLOCK, WEEKDAYS
from pressroom.insights.statistics.best_time import PostReach
from pressroom.insights.statistics.inference import Floats

DAY: Final = timedelta(days=1)
LAST: Final = datetime(2026, 11, 23, tzinfo=UTC)
"""The last day of all accounts, which is the last day of a report at the tests' time."""
PERIOD: Final = 28
"""The days of a report's period: what changes late, changes at its begin."""
PLANTED_BLOCK: Final = BLOCKS[4]
PLANTED_WEEKDAY: Final = WEEKDAYS[3]
PLANTED_KIND: Final = "reel"

_MORNING: Final = HOURS_OF_A_BLOCK * BLOCKS.index(PLANTED_BLOCK)
# How posts are spread over the blocks, and how many are reels.
_HABITS: Final = (0.05, 0.1, 0.2, 0.2, 0.25, 0.2)
_REELS: Final = 0.4
# Of an account whose reach bends: the shares of evenings and of reels at the ends, and what the middle adds.
_AT_ENDS, _MORE_IN_MIDDLE = 0.15, 0.6
_UNEVEN: Final = 0.2
_VIRAL: Final = 50.0
_SEED: Final = 20_261_123


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """How an account posts, what chance does to its numbers, and what is planted.

    a_day: posts a day, one more or less on every fifth. own_sd, day_sd: of log reach, a post's own and that
    of its day. heavy: own luck is of Student's t with three degrees, of the same sd. viral: one post reaches
    50 times as much. bend: how much higher log reach is in the middle of the time, where evenings and reels
    are more frequent, too. tied: the share of reels that go out in the planted block, and of others that do
    not. at_once: the posts of a day go out in one block.

    days: how many of its daily numbers there are. days_sd: of a day's log reach. lag: the correlation of a
    day with the day before.

    block, weekday, kind: how many times as much posts of the planted one reach. late_posts, late_kind,
    late_days: how many times as much posts, those of the planted kind, and days reach in the last period.
    after_post: followers that a post brings.
    """

    posts: int = 120
    a_day: float = 1.0
    own_sd: float = 0.4
    day_sd: float = 0.0
    heavy: bool = False
    viral: bool = False
    bend: float = 0.0
    tied: float | None = None
    at_once: bool = False
    days: int = 240
    days_sd: float = 0.3
    lag: float = 0.0
    block: float = 1.0
    weekday: float = 1.0
    kind: float = 1.0
    late_posts: float = 1.0
    late_kind: float = 1.0
    late_days: float = 1.0
    after_post: float = 0.0


def draw_posts(account: Simulated, seed: int) -> list[PostReach]:
    """Return an account's posts with their reach at 24 h, the oldest first."""
    rng = np.random.default_rng((_SEED, 1, seed))
    numbers = _day_numbers(account, rng)
    n, age = len(numbers), numbers[-1] - numbers
    bent = np.sin(np.pi * age / max(1, age[0])) if account.bend else np.zeros(n)
    is_kind = rng.random(n) < (_AT_ENDS + _MORE_IN_MIDDLE * bent if account.bend else _REELS)
    hours = _hours(account, rng, is_kind, bent, numbers)
    at = [LAST + timedelta(days=-int(back), hours=float(hour)) for back, hour in zip(age, hours, strict=True)]
    luck_of_days = rng.normal(0, account.day_sd, int(numbers[-1]) + 1)
    log: Floats = 7 + luck_of_days[numbers] + _luck(rng, n, account.own_sd, heavy=account.heavy)
    log += account.bend * bent + np.log(account.kind) * is_kind
    log += np.log(account.block) * (hours // HOURS_OF_A_BLOCK == BLOCKS.index(PLANTED_BLOCK))
    log += np.log(account.weekday) * np.array([WEEKDAYS[day.weekday()] == PLANTED_WEEKDAY for day in at])
    log += (np.log(account.late_posts) + np.log(account.late_kind) * is_kind) * (age < PERIOD)
    if account.viral:
        log[rng.integers(n)] += np.log(_VIRAL)
    other_kinds = np.where(rng.random(n) < 0.6, "photo", "carousel")
    kinds = np.where(is_kind, PLANTED_KIND, other_kinds).tolist()
    return [
        PostReach(at=moment, kind=kind, reach=float(np.exp(y)))
        for moment, kind, y in zip(at, kinds, log, strict=True)
    ]


def _day_numbers(account: Simulated, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the day of each post, counted from the first one."""
    n_days = 20 + round(3 * account.posts / account.a_day)
    of_days = int(account.a_day) + (rng.random(n_days) < account.a_day % 1)
    of_days += (rng.random(n_days) < _UNEVEN) * rng.choice([-1, 1], n_days)
    return np.repeat(np.arange(n_days), np.maximum(of_days, 0))[: account.posts]


def _hours(
    account: Simulated,
    rng: np.random.Generator,
    is_kind: NDArray[np.bool_],
    bent: Floats,
    numbers: NDArray[np.int64],
) -> Floats:
    """Return the time of day of each post in hours. numbers: of their days."""
    n, planted = len(is_kind), BLOCKS.index(PLANTED_BLOCK)
    share = np.full(n, _HABITS[planted])
    if account.tied is not None:
        share = np.where(is_kind, account.tied, 1 - account.tied)
    elif account.bend:
        share = _AT_ENDS + _MORE_IN_MIDDLE * bent
    others = [place for place in range(len(BLOCKS)) if place != planted]
    weights = np.array([_HABITS[place] for place in others])
    blocks = np.where(rng.random(n) < share, planted, rng.choice(others, n, p=weights / weights.sum()))
    if account.at_once:
        _, first_of_day, day = np.unique(numbers, return_index=True, return_inverse=True)
        blocks = blocks[first_of_day][day]
    return (blocks + rng.random(n)) * HOURS_OF_A_BLOCK


def _luck(rng: np.random.Generator, n: int, sd: float, *, heavy: bool) -> Floats:
    return rng.standard_t(3, n) * sd / np.sqrt(3) if heavy else rng.normal(0, sd, n)


def _waves(account: Simulated, rng: np.random.Generator) -> Floats:
    """Return days of which each is like the one before, with an sd of 1."""
    steps = _luck(rng, account.days + 50, 1.0, heavy=account.heavy) * np.sqrt(1 - account.lag**2)
    for place in range(1, len(steps)):
        steps[place] += account.lag * steps[place - 1]
    return steps[50:]


def draw_days(account: Simulated, seed: int) -> dict[str, Floats]:
    """Return daily numbers by metric, up to the last day."""
    rng = np.random.default_rng((_SEED, 2, seed))
    times = np.where(np.arange(account.days)[::-1] < PERIOD, account.late_days, 1.0)
    reach: Floats = np.exp(8.5 + account.days_sd * _waves(account, rng)) * times
    gains = (30 + 6 * _waves(account, rng)) * times
    return {"reach": np.round(reach), "follower_count": np.round(gains)}


def draw_counts(account: Simulated, posts: Sequence[datetime], seed: int) -> list[tuple[datetime, int]]:
    """Return the followers at six each morning; half of what a post brings in eight hours."""
    rng = np.random.default_rng((_SEED, 3, seed))
    times = [LAST + timedelta(days=back, hours=6) for back in range(1 - account.days, 1)]
    usual = 5000 + np.cumsum(np.round(12 + 5 * _waves(account, rng)))
    ages = np.array([[(time - post) / timedelta(hours=1) for post in posts] for time in times])
    brought = account.after_post * (1 - 0.5 ** (np.maximum(ages, 0) / 8)).sum(axis=1)
    return [(time, round(count)) for time, count in zip(times, usual + brought, strict=True)]


def draw_posts_apart(account: Simulated, days: float, seed: int) -> list[datetime]:
    """Return posts of the account's days, one every so many days, at any time of the day."""
    rng = np.random.default_rng((_SEED, 4, seed))
    places = np.arange(1, account.days - 1, days)
    hours = 24 * np.floor(places) + rng.uniform(0, 24, len(places))
    return [LAST - account.days * DAY + timedelta(hours=float(hour)) for hour in hours]


def draw_turns(account: Simulated, pairs: int, seed: int, *, same_day: bool) -> list[tuple[datetime, float]]:
    """Return the posts of two slots that take turns; those of the second reach `block` times as much.

    same_day: both of a pair go out on one day and share its luck; else a single post goes out a day.
    """
    rng = np.random.default_rng((_SEED, 5, seed))
    n = 2 * pairs
    day_numbers = np.arange(n) // 2 if same_day else np.arange(n)
    log = 7 + rng.normal(0, account.day_sd, n)[day_numbers]
    log += _luck(rng, n, account.own_sd, heavy=account.heavy) + np.log(account.block) * (np.arange(n) % 2)
    return [
        (LAST + timedelta(days=int(day) - n, hours=9 + 9 * (place % 2)), float(np.exp(y)))
        for place, (day, y) in enumerate(zip(day_numbers, log, strict=True))
    ]
