"""Posts as best time needs them, and what is known of each as columns of a model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

import numpy as np

from pressroom.insights.statistics.sampling import Floats

HOURS_OF_A_BLOCK: Final = 4
BLOCKS: Final = tuple(f"{hour:02}-{hour + HOURS_OF_A_BLOCK:02}" for hour in range(0, 24, HOURS_OF_A_BLOCK))
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PostReach:
    """What a post reached at an age of 24 h. covariates: more numbers known of it, as many for each post."""

    at: datetime
    kind: str
    reach: float
    covariates: tuple[float, ...] = ()


def usable(posts: Sequence[PostReach]) -> list[PostReach]:
    """Return posts with any reach, in an order of their own: a reach of 0 has no logarithm.

    Raises ValueError for a time without a zone, a number that is none, or covariates of different length.
    """
    if any(post.at.tzinfo is None for post in posts):
        raise ValueError("A post's time needs a zone.")
    numbers = [number for post in posts for number in (post.reach, *post.covariates)]
    if not np.isfinite(np.array(numbers)).all() or len({len(post.covariates) for post in posts}) > 1:
        raise ValueError(
            "Reach and covariates are numbers, as many for each post; leave out what is not known."
        )
    return sorted(post for post in posts if post.reach > 0)


def log_reach(posts: Iterable[PostReach]) -> Floats:
    """Return the logarithm of each post's reach."""
    return np.log(np.array([post.reach for post in posts]))


def known_of(posts: Sequence[PostReach]) -> Floats:
    """Return the columns that are no cells: format, trend in time, covariates."""
    kinds = sorted({post.kind for post in posts})
    trend = [post.at.timestamp() for post in posts]
    covariates = np.array([post.covariates for post in posts]).reshape(len(posts), -1)
    columns = [_scaled(np.array(trend)), *(_scaled(column) for column in covariates.T)]
    return np.column_stack([one_hot([post.kind for post in posts], kinds), *columns])


def one_hot(values: Sequence[str], names: Sequence[str]) -> Floats:
    """Return a column of 0 and 1 for each name."""
    return (np.array(values)[:, None] == np.array(names)[None, :]).astype(np.float64)


def blocks_of(posts: Iterable[PostReach], zone: tzinfo) -> list[str]:
    """Return the block of hours of each post, as clocks of the account's zone show it."""
    return [BLOCKS[post.at.astimezone(zone).hour // HOURS_OF_A_BLOCK] for post in posts]


def weekdays_of(posts: Iterable[PostReach], zone: tzinfo) -> list[str]:
    """Return the weekday of each post in the account's zone."""
    return [WEEKDAYS[post.at.astimezone(zone).weekday()] for post in posts]


def _scaled(column: Floats) -> Floats:
    """Return a column less its mean, as large as those of 0 and 1; zeros for one that never changes."""
    centred = column - column.mean()
    largest = np.abs(centred).max()
    # What is left of equal numbers is rounding, which must not be blown up to a column.
    is_constant = largest <= 1e-12 * np.abs(column).max()
    return np.zeros_like(column) if is_constant else centred / largest
