"""What all answers consist of, and limits that they share: plain Python, so that a reader needs no numpy."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HOURS_OF_A_BLOCK: Final = 4
BLOCKS: Final = tuple(f"{hour:02}-{hour + HOURS_OF_A_BLOCK:02}" for hour in range(0, 24, HOURS_OF_A_BLOCK))
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# How often an account to which nothing happened is told that something did. A report asks all of these but
# the last, and together they are wrong in less than one report of ten. docs/decisions/0023
ALPHA_OF_POSTS: Final = 0.04
"""Of all numbers of posts of a period together, and of their kinds."""
ALPHA_OF_DAYS: Final = 0.005
"""Of a daily number against an earlier span: a report has two numbers and two spans."""
ALPHA_OF_HOURS: Final = 0.01
ALPHA_OF_WEEKDAYS: Final = 0.01
ALPHA_OF_KINDS: Final = 0.01
ALPHA_OF_EXPERIMENT: Final = 0.02
"""An experiment is planned and decided once, so that it has its own."""

FEWEST: Final = 5
"""Fewer values say nothing about how far a median may be off."""
FEWEST_OF_A_SLOT: Final = 5
"""An experiment compares its two slots once each has so many posts with a reach."""
FEWEST_OF_EXPERIMENT: Final = 16
"""Eight days of two posts: with fewer, no difference is too large for chance."""
FEWEST_QUIET_DAYS: Final = 10
"""Of fewer days without a post, gains that hang together from day to day look steadier than they are."""
MARKED_BY_CHANCE: Final = 0.02
"""At most so many of posts that brought nothing are told to be followed by more or fewer than usual."""
LONGEST_GAP: Final = timedelta(hours=30)
"""Followers are counted daily, at times some hours late. With a count missing no day can be told apart."""

# A log beyond this is no reach of anybody's, and its exponential would soon be no number either.
_LARGEST_LOG: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFew:
    """No answer: there are n values, and it takes `needed`."""

    n: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number, and the interval that holds the truth in `confidence` of all cases."""

    value: float
    low: float
    high: float
    confidence: float = 0.95

    @property
    def is_outside_noise(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def times(self, factor: float) -> "Estimate":
        """Return the estimate of so many times the number; the factor is not below 0."""
        return Estimate(
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            confidence=self.confidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowersAfter:
    """The change of followers in the 48 h after a post, beside the usual change: an association.

    None where it is not known: change without counts about either end, the others without a usual change.
    Where one is known, the change is from what was counted before the post, and what usually comes until it.
    other_posts: less than 48 h earlier or later, which have as much a part in the change.
    """

    at: datetime
    other_posts: int
    change: float | None
    more_than_usual: float | None
    is_outside_noise: bool | None


def percent_of(log: float) -> float:
    """Return a difference of logs as a change in percent: 0.262 is +30 %."""
    return 100 * math.expm1(min(log, _LARGEST_LOG))


def as_percent(log: Estimate) -> Estimate:
    """Return an estimate of a difference of logs in percent."""
    return Estimate(
        value=percent_of(log.value),
        low=percent_of(log.low),
        high=percent_of(log.high),
        confidence=log.confidence,
    )
