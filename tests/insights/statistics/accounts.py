"""Accounts whose truth is known: log reach is a kind, a weekday, a trend and chance, and one block more."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from pressroom.insights.statistics.answers import BLOCKS
from pressroom.insights.statistics.best_time import PostReach
from pressroom.insights.statistics.experiments import SlotReach
from pressroom.insights.statistics.inference import Floats

PLANTED = BLOCKS[4]
WEEKDAY_EFFECTS = (0.05, 0.0, -0.05, 0.02, 0.08, -0.1, 0.0)
NO_EFFECTS = (0.0,) * 7
_DAYS = 180
_START = datetime(2026, 3, 2, tzinfo=UTC)


def account(
    seed: int,
    *,
    n: int = 120,
    sigma: float = 0.2,
    times: float = 1.0,
    weekdays: tuple[float, ...] = NO_EFFECTS,
    heavy: bool = False,
    reels: float = 0.0,
    a_day: float | None = None,
    shared: float = 0.0,
    bend: float = 0.0,
) -> list[PostReach]:
    """Posts of half a year at any hour; those in the planted block reach `times` as much.

    heavy: of Student's t with three degrees, of the same sigma. reels: how much more they reach, as a log.
    a_day: posts of a day, in as many days as that takes. shared: sigma of what posts of one day share. bend:
    by how much the trend turns in the middle, while posts move from the morning to the evening.
    """
    rng = np.random.default_rng(seed)
    hours, n_days = rng.uniform(0, 24, n), round(n / a_day) if a_day else _DAYS
    days = rng.integers(0, n_days, n)
    if bend:
        hours = np.where(rng.random(n) < days / n_days, rng.uniform(16, 24, n), rng.uniform(6, 14, n))
    at = [_START + timedelta(days=int(day), hours=hour) for day, hour in zip(days, hours, strict=True)]
    is_reel = rng.random(n) < 0.4
    log = 7 + reels * is_reel + chance(rng, n, sigma, heavy=heavy)
    log += chance(rng, n_days, shared, heavy=heavy)[days] - bend * np.abs(days / n_days - 0.5)
    log += [0.3 * (one - _START) / timedelta(days=_DAYS) + weekdays[one.weekday()] for one in at]
    log += np.log(times) * (hours // 4 == BLOCKS.index(PLANTED))
    return [
        PostReach(at=one, kind="reel" if reel else "image", reach=float(np.exp(y)))
        for one, reel, y in zip(at, is_reel, log, strict=True)
    ]


def two_slots(
    seed: int, *, n: int = 20, sigma: float = 0.2, times: float = 1.0
) -> tuple[list[float], list[float]]:
    """The reach of n posts in each of two slots, of which the second one reaches `times` as much."""
    rng = np.random.default_rng(seed)
    first, second = np.exp(7 + rng.normal(0, sigma, (2, n)))
    return first.tolist(), (second * times).tolist()


def in_turns(
    first: Sequence[float], second: Sequence[float], *, days: Sequence[int] | None = None
) -> list[SlotReach]:
    """The posts of two slots that take turns; by default each has a day of its own.

    days: of the posts of the first slot, then of the second.
    """
    days = days or [*range(0, 2 * len(first), 2), *range(1, 2 * len(second), 2)]
    reach = [*((False, one) for one in first), *((True, one) for one in second)]
    return [
        SlotReach(_START.date() + timedelta(days=day), is_second, one)
        for day, (is_second, one) in zip(days, reach, strict=True)
    ]


def lucky_days(seed: int, *, luck: float, pairs: bool, n: int = 20, times: float = 1.0) -> list[SlotReach]:
    """Posts of two slots, sigma 0.2, whose days have a luck of their own. pairs: both slots post each day."""
    first, second = (np.log(reach) for reach in two_slots(seed, n=n, times=times))
    days = [*range(n), *range(n)] if pairs else [*range(0, 2 * n, 2), *range(1, 2 * n, 2)]
    of_day = np.random.default_rng([seed, 1]).normal(0, luck, 2 * n)[days]
    reach = np.exp(np.concatenate([first, second]) + of_day)
    return in_turns(reach[:n].tolist(), reach[n:].tolist(), days=days)


def chance(rng: np.random.Generator, n: int, sigma: float, *, heavy: bool) -> Floats:
    return rng.standard_t(3, n) * sigma / np.sqrt(3) if heavy else rng.normal(0, sigma, n)
