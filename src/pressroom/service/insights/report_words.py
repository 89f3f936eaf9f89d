"""The metrics of a report, and how it writes numbers and changes: never without n, a dash for the unknown.

A metric is added as a row of `POST_METRICS` or `ACCOUNT_METRICS`; docs/howto/extending.md says what else.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, Number
from pressroom.core.spelling import NONE, number
from pressroom.insights.questions.posts import RATE, kind_of
from pressroom.insights.report.movements import Baseline, Movement, NotCompared, Of, PostAgainstItsKind

if TYPE_CHECKING:
    from pressroom.insights.statistics.answers import Estimate
    from pressroom.insights.statistics.changes import Change


class PostMetric(NamedTuple):
    """A metric of posts. label: its name for people; empty where its own name says it.

    is_compared: has a row and an interval among the numbers that moved, and may lead the report. is_column:
    has a column in the table of posts. Each is explained at the end of the report.
    """

    name: str
    label: str = ""
    is_compared: bool = False
    is_column: bool = False


class AccountMetric(NamedTuple):
    """A metric of an account's days. day_label: its name where its day is compared.

    label, is_compared: as of `PostMetric`. outcome: how it begins a sentence of "What did it bring?"; empty
    for a metric that has none there.
    """

    name: str
    label: str = ""
    day_label: str = ""
    is_compared: bool = False
    outcome: str = ""


# What is compared is the same in each report, so that two can be laid beside each other. The first row of
# each table is the reach that the whole report is about: its leads, its posts, its pictures.
POST_METRICS: Final = (
    PostMetric("reach", is_compared=True),
    PostMetric("views", is_compared=True, is_column=True),
    PostMetric(RATE, "engagement rate", is_compared=True),
    PostMetric("likes", is_column=True),
    PostMetric("comments", is_column=True),
    PostMetric("shares", is_compared=True, is_column=True),
    PostMetric("saved", "saves", is_compared=True, is_column=True),
    # Sums and tables of stories have these.
    PostMetric("follows"),
    PostMetric("replies"),
    PostMetric("navigation"),
)
ACCOUNT_METRICS: Final = (
    AccountMetric("reach", day_label="account reach", is_compared=True),
    AccountMetric("follower_count", "followers gained", is_compared=True),
    # Announced by Meta in place of `reach`, and compared instead of it where that is refused.
    AccountMetric("viewers", day_label="account viewers"),
    # What people do on the profile, where an account's work ends up.
    AccountMetric("profile_views", outcome="Visits of the profile"),
    AccountMetric("profile_links_taps", outcome="Taps on the profile's buttons"),
    AccountMetric("website_clicks", outcome="Taps on the profile's link"),
)
_LABELS: Final = {metric.name: metric.label for metric in (*POST_METRICS, *ACCOUNT_METRICS) if metric.label}
_DAY_LABELS: Final = {metric.name: metric.day_label for metric in ACCOUNT_METRICS if metric.day_label}
_MOST_DECIMALS: Final = 4
TRAILING: Final = "the 90 days before"
_WHY_NOT: Final = {
    NotCompared.NOT_WATCHED: "not watched then",
    NotCompared.DAYS_MISSING: "days are missing",
    NotCompared.SHORT_HISTORY: "not tested: too few days before",
    NotCompared.POSTS_UNREAD: "too many were not read",
    NotCompared.TOO_FEW: "too few to compare",
}


def label(metric: str) -> str:
    """Name a metric for people."""
    # Instagram's own names read well enough, but for a few.
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
    return capitalised(f"{_DAY_LABELS.get(movement.metric, label(movement.metric))} a day")


def capitalised(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


def short(text: str | None, length: int) -> str:
    """Write a text on one line of at most so many characters."""
    line = " ".join((text or "").split())
    return line if len(line) <= length else f"{line[:length]}…"


def value(metric: str, amount: Number | None) -> str:
    """Write a metric's number, a rate in percent."""
    if metric == RATE:
        return NONE if amount is None else f"{amount:.2f} %"
    # The median of two counts may lie between them.
    is_half = amount is not None and amount != int(amount)
    return number(amount, decimals=1 if is_half and abs(amount or 0) < 100 else 0)  # noqa: PLR2004  # two digits


def signed(difference: float, *, decimals: int = 0) -> str:
    """Write a change with its sign."""
    rounded = round(difference, decimals)
    return f"{rounded:+,.{decimals}f}" if rounded else "0"


def about(metric: str, change: "Change") -> str:
    """Write a change without its sign and its last digits, for a sentence."""
    estimate, unit, decimals = _estimate_of(metric, change)
    # Less than half a percent is no 0.
    while decimals < _MOST_DECIMALS and estimate.value and not round(estimate.value, decimals):
        decimals += 1
    return f"{abs(estimate.value):,.{decimals}f}{unit}"


def change(metric: str, change: "Change") -> str:
    """Write a change: in percent where it has one, of a rate in points, else as it is."""
    estimate, unit, decimals = _estimate_of(metric, change)
    return f"{signed(estimate.value, decimals=_decimals_for(estimate, decimals))}{unit}"


def band(metric: str, change: "Change") -> str:
    """Write the interval of a change."""
    estimate, unit, decimals = _estimate_of(metric, change)
    decimals = _decimals_for(estimate, decimals)
    low, high = (signed(end, decimals=decimals) for end in (estimate.low, estimate.high))
    return f"{low} to {high}{unit}"


def _estimate_of(metric: str, change: "Change") -> "tuple[Estimate, str, int]":
    """Return the estimate that is written of a change, its unit, and its decimals."""
    if metric == RATE:
        return change.difference, " points", 2
    if change.percent is not None:
        return change.percent, " %", 0
    return change.difference, "", 1


def _decimals_for(estimate: "Estimate", decimals: int) -> int:
    """Return as many decimals as it takes that no interval which leaves out 0 begins at 0."""
    ends = (estimate.value, estimate.low, estimate.high)
    while (
        estimate.is_outside_noise
        and decimals < _MOST_DECIMALS
        and not all(round(end, decimals) for end in ends)
    ):
        decimals += 1
    return decimals


def verdict(baseline: Baseline) -> str:
    """Say whether a number moved beyond chance, or why it is not compared."""
    if baseline.change is None:
        return _WHY_NOT[baseline.not_compared or NotCompared.TOO_FEW]
    if not baseline.change.is_outside_noise:
        return "within the noise"
    # An arrow only where the interval leaves out 0; why it moved, no number can say.
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


def times(post: PostAgainstItsKind) -> str:
    """Write how a post is beside its kind."""
    return NONE if post.times_usual is None else f"{post.times_usual:.1f} times the usual (n {post.n})"


def against(movement: Movement, baseline: Baseline) -> str:
    """Name a baseline."""
    return "the period before" if baseline is movement.before else TRAILING


def of_those(n: int, count: int) -> str:
    """Write how many have a number: `n 34 of 36`."""
    return f"n {n}" if n == count else f"n {n} of {count}"


def counted(count: int, word: str) -> str:
    """Write how many: `1 post`, `2 posts`, `3 stories`."""
    if count == 1:
        return f"1 {word}"
    return f"{count:,} {'stories' if word == 'story' else f'{word}s'}"
