"""Suspects that Meta began to count a metric in another way.

A metric that jumps from one post to the next, while all numbers that go with it stand still, was more likely
redefined than earned. Each post's number is held against the same post's other numbers, which takes out how
well the post did.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from pressroom.insights.questions.posts import FEW, AgedNumbers, kind_of

RELATED: Final = ("reach", "views", "likes", "comments", "saved", "shares")
"""Counts of a post that rise and fall together."""
_FEWEST: Final = 8
"""Posts on each side of a jump."""
_FEWEST_RELATED: Final = 3
_LEAST_JUMP: Final = math.log(1.3)
# A jump has to be so many times as large as what posts differ by on either side of it.
_LEAST_SPREADS: Final = 2.0
# What stands still changed by less than this share of the jump; the jump itself is that sudden.
_STILL, _SUDDEN = 0.5, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectedChange:
    """A metric that Meta may count in another way now.

    since: when the first post after the jump was published. times: the factor of the jump, such as 2.0.
    """

    metric: str
    since: datetime
    times: float


class _Post(NamedTuple):
    at: datetime
    kind: str
    logs: Mapping[str, float]


def suspected_changes(aged: Sequence[AgedNumbers]) -> list[SuspectedChange]:
    """Return the one metric that jumped while all related metrics stood still; none where several jumped.

    aged: posts at an equal age, of all that is known, in any order.
    """
    posts = sorted((_post_of(numbers) for numbers in aged), key=lambda post: post.at)
    names = [name for name in RELATED if sum(name in post.logs for post in posts) >= 2 * _FEWEST]
    if len(names) <= _FEWEST_RELATED:
        return []
    # Only posts that have them all can be held against themselves.
    posts = [post for post in posts if all(name in post.logs for name in names)]
    jumps = [jump for name in names if (jump := _jump_of(name, names, posts))]
    return jumps if len(jumps) == 1 else []


def _post_of(numbers: AgedNumbers) -> _Post:
    # 0 has no logarithm, and is nothing that a ratio could be of.
    logs = {
        name: math.log(number) for name in RELATED if (number := numbers.numbers.get(name)) and number > 0
    }
    return _Post(numbers.media.published_at, kind_of(numbers.media), logs)


def _jump_of(metric: str, names: Sequence[str], posts: Sequence[_Post]) -> SuspectedChange | None:
    others = [name for name in names if name != metric]
    beside = _beside_their_kind(
        [post.logs[metric] - statistics.fmean(post.logs[name] for name in others) for post in posts], posts
    )
    at = _split_of(beside)
    if at is None:
        return None
    before, after = beside[:at], beside[at:]
    jump = statistics.fmean(after) - statistics.fmean(before)
    spread = math.sqrt((statistics.pvariance(before) + statistics.pvariance(after)) / 2)
    near = statistics.fmean(after[:_FEWEST]) - statistics.fmean(before[-_FEWEST:])
    is_jump = abs(jump) >= _LEAST_JUMP and abs(jump) >= _LEAST_SPREADS * spread
    if not is_jump or near / jump < _SUDDEN or not _is_of_each_kind(beside, posts, at, jump):
        return None
    # The related numbers stand still by themselves, and beside one another.
    for name in others:
        level = _beside_their_kind([post.logs[name] for post in posts], posts)
        if abs(statistics.median(level[at:]) - statistics.median(level[:at])) >= _STILL * abs(jump):
            return None
    return SuspectedChange(metric=metric, since=posts[at].at, times=math.exp(jump))


def _beside_their_kind(values: Sequence[float], posts: Sequence[_Post]) -> list[float]:
    """Return values less the mean of their kind, since kinds differ by more than a metric jumps."""
    of_kinds = defaultdict[str, list[float]](list)
    for value, post in zip(values, posts, strict=True):
        of_kinds[post.kind].append(value)
    means = {kind: statistics.fmean(of_kind) for kind, of_kind in of_kinds.items()}
    return [value - means[post.kind] for value, post in zip(values, posts, strict=True)]


def _split_of(values: Sequence[float]) -> int | None:
    """Return where values are best divided into earlier and later ones; None with too few of them."""
    total, count, best = sum(values), len(values), (0.0, 0)
    before = sum(values[: _FEWEST - 1])
    for at in range(_FEWEST, count - _FEWEST + 1):
        before += values[at - 1]
        difference = (total - before) / (count - at) - before / at
        best = max(best, (difference**2 * at * (count - at), at))
    return best[1] or None


def _is_of_each_kind(values: Sequence[float], posts: Sequence[_Post], at: int, jump: float) -> bool:
    """Return whether each kind of post jumped: of one alone a changed mix would look alike."""
    sides = defaultdict[str, tuple[list[float], list[float]]](lambda: ([], []))
    for number, (value, post) in enumerate(zip(values, posts, strict=True)):
        sides[post.kind][number >= at].append(value)
    jumps = [
        statistics.fmean(after) - statistics.fmean(before)
        for before, after in sides.values()
        if min(len(before), len(after)) >= FEW
    ]
    return bool(jumps) and all(of_kind / jump > _STILL for of_kind in jumps)
