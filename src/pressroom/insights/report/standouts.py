"""Which posts of a period did better or worse than is usual of their own kind."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pressroom.core.readings import KeptMedia, Number
from pressroom.insights.questions.at_age import AgedNumbers
from pressroom.insights.questions.posts import kind_of, value_of
from pressroom.insights.questions.spreads import FEW

MOST_SHOWN: Final = 3
OUTLIER_TIMES: Final = 3.0
"""A post with so many times the usual reach is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A post at 24 hours beside the others of its kind. value: None without the number, or without a reading.

    times_usual: value / median of the n others; None where these are fewer than 5.
    """

    media: KeptMedia
    aged: AgedNumbers | None
    value: Number | None
    times_usual: float | None
    n: int

    @property
    def is_outlier(self) -> bool:
        """Whether it has three times what is usual."""
        return self.times_usual is not None and self.times_usual >= OUTLIER_TIMES


def placed(
    media: Sequence[KeptMedia], aged: Mapping[str, AgedNumbers], peers: Iterable[AgedNumbers], metric: str
) -> list[Placed]:
    """Hold each post against its peers of the same kind, itself left out. aged: by media id."""
    values = defaultdict[str, list[Number]](list)
    for one in peers:
        if (value := value_of(one, metric)) is not None:
            values[kind_of(one.media)].append(value)
    ordered = {kind: sorted(found) for kind, found in values.items()}
    return [_placed(one, aged.get(one.id), ordered.get(kind_of(one), []), metric) for one in media]


def _placed(media: KeptMedia, aged: AgedNumbers | None, ordered: Sequence[Number], metric: str) -> Placed:
    value = value_of(aged, metric) if aged else None
    others = max(0, len(ordered) - 1)
    times = None if value is None or others < FEW else _times(value, ordered)
    return Placed(media=media, aged=aged, value=value, times_usual=times, n=others)


def _times(value: Number, ordered: Sequence[Number]) -> float | None:
    """Divide a value by the median of the others; None where that is 0."""
    own, others = bisect_left(ordered, value), len(ordered) - 1
    low, high = (ordered[at if at < own else at + 1] for at in ((others - 1) // 2, others // 2))
    median = (low + high) / 2
    return value / median if median > 0 else None


def best_and_weakest(posts: Sequence[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Return at most three above what is usual and three below it, the furthest first."""
    known = [(one.times_usual, one) for one in posts if one.times_usual is not None]
    best = sorted((pair for pair in known if pair[0] > 1), key=lambda pair: -pair[0])
    weakest = sorted((pair for pair in known if pair[0] < 1), key=lambda pair: pair[0])
    return [one for _, one in best[:MOST_SHOWN]], [one for _, one in weakest[:MOST_SHOWN]]
