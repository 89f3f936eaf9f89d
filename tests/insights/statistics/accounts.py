"""Accounts whose truth is known: log reach is a format, a weekday, a trend and chance, and one block more."""

from datetime import UTC, datetime, timedelta

import numpy as np

from pressroom.insights.statistics.answers import BLOCKS
from pressroom.insights.statistics.best_time import PostReach
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
) -> list[PostReach]:
    """Posts of half a year at any hour; those in the planted block reach `times` as much.

    heavy: of Student's t with three degrees, of the same sigma.
    """
    rng = np.random.default_rng(seed)
    hours = rng.uniform(0, 24, n)
    at = [
        _START + timedelta(days=int(day), hours=hour)
        for day, hour in zip(rng.integers(0, _DAYS, n), hours, strict=True)
    ]
    is_reel = rng.random(n) < 0.4
    log = 7 + 0.4 * is_reel + chance(rng, n, sigma, heavy=heavy)
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


def chance(rng: np.random.Generator, n: int, sigma: float, *, heavy: bool) -> Floats:
    return rng.standard_t(3, n) * sigma / np.sqrt(3) if heavy else rng.normal(0, sigma, n)
