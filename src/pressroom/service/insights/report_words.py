"""How a report writes numbers and changes: never without n, a dash for what is not known."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, Number
from pressroom.core.spelling import NONE, number
from pressroom.insights.questions.posts import RATE, kind_of
from pressroom.insights.report.movements import Baseline, Movement, NotCompared, Of, PostAgainstItsKind

if TYPE_CHECKING:
    from pressroom.insights.statistics.answers import Estimate
    from pressroom.insights.statistics.comparisons import Change

_MOST_DECIMALS: Final = 4
_LABELS: Final = {
    RATE: "engagement rate",
    "saved": "saves",
    "follower_count": "followers gained",
}
_OF_DAYS: Final = {"reach": "account reach", "viewers": "account viewers"}
_WHY_NOT: Final = {
    NotCompared.NOT_WATCHED: "not watched then",
    NotCompared.DAYS_MISSING: "days are missing",
    NotCompared.POSTS_UNREAD: "too many were not read",
    NotCompared.TOO_FEW: "too few to compare",
}


def label(metric: str) -> str:
    """Name a metric for people."""
    return _LABELS.get(metric, metric.replace("_", " "))


def title(movement: Movement) -> str:
    """Name what moved: `Reach of a post at 24 h`."""
    if movement.of is Of.POSTS:
        return capitalised(f"{label(movement.metric)} of a post at 24 h")
    return short_title(movement)


def short_title(movement: Movement) -> str:
    """Name it beside a picture: `Reach a post`."""
    if movement.of is Of.POSTS:
        return capitalised(f"{label(movement.metric)} a post")
    return capitalised(f"{_OF_DAYS.get(movement.metric, label(movement.metric))} a day")


def capitalised(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


def short(text: str | None, length: int) -> str:
    """Write a text on one line of at most so many characters."""
    line = " ".join((text or "").split())
    return line if len(line) <= length else f"{line[:length]}…"


def value(metric: str, found: Number | None) -> str:
    """Write a metric's number, a rate in percent."""
    if metric == RATE:
        return NONE if found is None else f"{found:.2f} %"
    is_half = found is not None and found != int(found)
    return number(found, decimals=1 if is_half and abs(found or 0) < 100 else 0)  # noqa: PLR2004  # two digits


def signed(found: float, *, decimals: int = 0) -> str:
    """Write a change with its sign."""
    rounded = round(found, decimals)
    return f"{rounded:+,.{decimals}f}" if rounded else "0"


def change(metric: str, found: "Change") -> str:
    """Write a change: in percent where it is one, of a rate in points, else as it is."""
    estimate, unit, decimals = _told(metric, found)
    return f"{signed(estimate.value, decimals=decimals)}{unit}"


def band(metric: str, found: "Change") -> str:
    """Write the interval that holds a change in 95 of 100 cases."""
    estimate, unit, decimals = _told(metric, found)
    low, high = (signed(one, decimals=decimals) for one in (estimate.low, estimate.high))
    return f"{low} to {high}{unit}"


def _told(metric: str, found: "Change") -> "tuple[Estimate, str, int]":
    """Return what a change is told as, its unit, and decimals enough to show that it leaves out 0."""
    if metric == RATE:
        estimate, unit, decimals = found.difference, " points", 2
    elif found.percent is not None:
        estimate, unit, decimals = found.percent, " %", 0
    else:
        estimate, unit, decimals = found.difference, "", 1
    ends = (estimate.value, estimate.low, estimate.high)
    while (
        estimate.is_outside_noise
        and decimals < _MOST_DECIMALS
        and not all(round(one, decimals) for one in ends)
    ):
        decimals += 1
    return estimate, unit, decimals


def verdict(baseline: Baseline) -> str:
    """Say whether a number moved beyond chance, or why it is not compared."""
    if baseline.change is None:
        return _WHY_NOT[baseline.not_compared or NotCompared.TOO_FEW]
    if not baseline.change.is_outside_noise:
        return "within the noise"
    return "▲ more" if baseline.change.difference.value > 0 else "▼ less"


def moment(at: datetime, timezone: str) -> str:
    """Write a moment in a zone."""
    return f"{day(at.astimezone(ZoneInfo(timezone)))} {at.astimezone(ZoneInfo(timezone)):%H:%M}"


def day(at: date) -> str:
    """Write a day: `3 Nov 2026`."""
    return f"{at.day} {at:%b %Y}"


def post(media: KeptMedia, timezone: str) -> str:
    """Name a post by its kind and day."""
    return f"the {kind_of(media)} of {day(media.published_at.astimezone(ZoneInfo(timezone)))}"


def times(one: PostAgainstItsKind) -> str:
    """Write how a post is beside its kind."""
    return NONE if one.times_usual is None else f"{one.times_usual:.1f} times the usual (n {one.n})"


def against(movement: Movement, baseline: Baseline) -> str:
    """Name a baseline."""
    return "the period before" if baseline is movement.before else "the 90 days before"


def of_those(n: int, count: int) -> str:
    """Write how many have a number: `n 34 of 36`."""
    return f"n {n}" if n == count else f"n {n} of {count}"


def counted(count: int, word: str) -> str:
    """Write how many: `1 post`, `2 posts`, `3 stories`."""
    if count == 1:
        return f"1 {word}"
    return f"{count:,} {'stories' if word == 'story' else f'{word}s'}"
