"""What all answers are made of: plain numbers, so that a reader of them needs no numpy."""

import math
from dataclasses import dataclass
from typing import Final

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
