"""Tells a changed mix of kinds from posts that changed themselves.

The median of all posts rises when more of them are of the kind that reaches most, although no kind reaches
more than before. `mix_change` says whose share changed, `is_changed_within_kinds` whether the posts changed.
"""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from pressroom.insights.questions.posts import FEW
from pressroom.insights.statistics.answers import ALPHA_OF_POSTS, TooFew

if TYPE_CHECKING:
    from pressroom.insights.statistics.changes import DatedValue

SHARE_CHANGED: Final = 0.15
"""Of all posts: a share of a kind that changed by less is no news."""
_ALL: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixChange:
    """The kind of post whose share of all posts changed most; shares in percent."""

    kind: str
    share: float
    share_before: float


class ValueOfKind(NamedTuple):
    """A value of a post. day: of its publication, as `date.toordinal` counts days."""

    kind: str
    day: int
    value: float


def mix_change(now: Sequence[str], earlier: Sequence[str]) -> MixChange | None:
    """Return whose share changed most, by the kinds of two spans' posts; None where none changed enough."""
    if not (now and earlier):
        return None
    shares, before = (Counter(kinds) for kinds in (now, earlier))
    changes = {
        kind: shares[kind] / len(now) - before[kind] / len(earlier) for kind in sorted(shares | before)
    }
    # Of two kinds that changed places the one that grew is named.
    kind = max(changes, key=lambda kind: (round(abs(changes[kind]), 9), changes[kind]))
    if abs(changes[kind]) < SHARE_CHANGED:
        return None
    return MixChange(
        kind=kind, share=100 * shares[kind] / len(now), share_before=100 * before[kind] / len(earlier)
    )


def is_changed_within_kinds(
    values: Sequence[ValueOfKind], later: range, earlier: range, *, is_rise: bool
) -> bool:
    """Return whether posts changed beyond chance beside those of their own kind, in the direction asked for.

    later, earlier: days. Each kind is tested by itself, and all kinds together, each beside its own level.
    """
    from pressroom.insights.statistics.changes import Question, changes_of_posts  # noqa: PLC0415  # an extra

    series = _series_of_kinds(values, later, earlier)
    if not series:
        return False
    questions = [Question(name, earlier) for name in series]
    answers = changes_of_posts(series, later, questions, alpha=ALPHA_OF_POSTS)
    changes = [answer for answer in answers if not isinstance(answer, TooFew)]
    return any(change.is_outside_noise and (change.difference.value > 0) == is_rise for change in changes)


_Series: TypeAlias = "Mapping[str, Sequence[DatedValue]]"


def _series_of_kinds(values: Sequence[ValueOfKind], later: range, earlier: range) -> _Series:
    """Return the values of each kind that both spans have, and of all these kinds beside their own level."""
    from pressroom.insights.statistics.changes import DatedValue  # noqa: PLC0415  # an extra

    by_kind = defaultdict[str, list[DatedValue]](list)
    for post in values:
        by_kind[post.kind].append(DatedValue(post.day, post.value))
    beside, subtract = list[DatedValue](), _subtraction(values)
    series = dict[str, Sequence[DatedValue]]()
    for kind, posts in by_kind.items():
        spans = [[post.value for post in posts if post.day in span] for span in (later, earlier)]
        # The level of a kind that one span hardly has would be that of the other span.
        if min(map(len, spans)) >= FEW:
            series[kind] = posts
            medians = [statistics.median(span) for span in spans]
            beside += [DatedValue(post.day, subtract(post.value, medians)) for post in posts]
    return {**series, _ALL: beside} if series else {}


def _subtraction(values: Sequence[ValueOfKind]) -> Callable[[float, Sequence[float]], float]:
    """Return how a value is put beside the medians of its kind in both spans, which count alike."""
    if all(post.value > 0 for post in values):
        # Reach differs by factors.
        return lambda value, medians: value / math.exp(statistics.fmean(map(math.log, medians)))
    return lambda value, medians: value - statistics.fmean(medians)
