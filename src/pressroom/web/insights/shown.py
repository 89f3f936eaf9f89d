"""What the page of insights shows: each number with what it counts, when it was read and of how many.

A number that is not known is None and shown as a dash with a reason, never as 0. A change has an arrow only
where it lies outside the noise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from pressroom.core.address import link_to
from pressroom.core.spelling import age, number
from pressroom.graph.definitions import DEFINITIONS, Level
from pressroom.service.insights.kept import AgedNumbers, KeptPost, PostComparison, kind_of
from pressroom.service.insights.questions import DAY_ZONE, NOT_COMPARED, AccountPeriod, InPeriod
from pressroom.service.insights.report_words import ACCOUNT_METRICS, POST_METRICS
from pressroom.service.insights.unwatched import last_reading_says
from pressroom.web.reader import Reader

AGES: Final[Mapping[str, int | None]] = {
    "24h": 24 * 3600,
    "48h": 48 * 3600,
    "7d": 7 * 24 * 3600,
    "28d": 28 * 24 * 3600,
    "last": None,
}
"""Ages that all posts can be shown at, in seconds; None for the last reading of each."""
PERIODS: Final = (("28d", "28 days"), ("90d", "90 days"), ("365d", "A year"), ("month", "Last month"))
RATE: Final = "engagement_rate"
KINDS_OF_POSTS: Final = ("photo", "carousel", "reel", "video")
COLUMNS: Final = ("reach", "views", "likes", "comments", "saved", "shares", RATE)
RATE_COUNTS: Final = "(likes + comments + saves + shares) / reach, in percent"
_LABELS: Final = {row.name: row.label for row in (*ACCOUNT_METRICS, *POST_METRICS)}
_COUNTS: Final = {(row.level, row.name): row.counts for row in DEFINITIONS}
# From here on half a person is none.
_LARGE: Final = 100
# The first words of a caption that stand in a table.
_WORDS: Final = 90


def spelled(name: str) -> str:
    """Write the name of an age for people."""
    return "Last reading" if name == "last" else f"{name[:-1]} {name[-1]}"


def label_of(metric: str) -> str:
    """Name a metric for people."""
    return _LABELS.get(metric) or metric.replace("_", " ").capitalize()


def counts_of(metric: str, level: Level = Level.MEDIA) -> str:
    """Say what a metric counts; empty for one that nobody defines."""
    return RATE_COUNTS if metric == RATE else _COUNTS.get((level, metric), "")


def days_in_words(first: date, last: date) -> str:
    """Write the days of a period: `2 Nov to 29 Nov 2026`."""
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMetric:
    """A metric of an account. of: which number stands there, and of how many days.

    moved: against the period before. arrow: only of what moved by more than chance.
    """

    label: str
    value: str
    of: str
    moved: str
    arrow: str
    counts: str


def account_metrics(account: AccountPeriod) -> list[ShownMetric]:
    """Build what is shown of each metric of which any day is known, the report's first."""
    order = {row.name: place for place, row in enumerate(ACCOUNT_METRICS)}
    metrics = [metric for metric in account.metrics if metric.now.known]
    metrics.sort(key=lambda metric: order.get(metric.metric, len(order)))
    return [_account_metric(metric) for metric in metrics]


def _account_metric(metric: InPeriod) -> ShownMetric:
    now, days = metric.now, metric.now.known + metric.now.missing
    # Who came on two days is in both of them, so that days of people have no sum.
    is_total = now.total is not None
    value = now.total if is_total else now.median_day
    arrow, moved = "", "not compared"
    if against := metric.against:
        percent = "" if against.percent is None else f" ({against.percent:+.0f} %)"
        moved = f"{exact(against.change, signed=True)}{percent} against the period before"
        if against.is_outside_noise is None:
            moved += ", not compared with chance"
        elif not against.is_outside_noise:
            moved += ", within the noise"
        else:
            arrow = "▲" if against.change > 0 else "▼"
            moved += ", beyond chance"
    return ShownMetric(
        label=label_of(metric.metric),
        value=exact(value),
        of=f"{'total' if is_total else 'median day'}, n = {now.known} of {days} days",
        moved=moved,
        arrow=arrow,
        counts=counts_of(metric.metric, Level.ACCOUNT),
    )


def exact(value: float | None, *, signed: bool = False) -> str:
    """Write a median, a small one with a decimal."""
    is_whole = value is None or value == round(value) or abs(value) >= _LARGE
    text = number(value, decimals=0 if is_whole else 1)
    return f"+{text}" if signed and value is not None and value > 0 else text


def account_notes(account: AccountPeriod) -> list[str]:
    """Say what limits the account's numbers."""
    notes = [f"Days are Instagram's: they end at midnight in {DAY_ZONE}."]
    if any(metric.unsettled for metric in account.metrics):
        notes.append("Instagram may still change the numbers of the last two days.")
    if any(metric.now.known and metric.against is None for metric in account.metrics):
        notes.append("“Not compared”: a day of this period, or of the one before, is not known.")
    if account.is_judged and any(
        metric.against and metric.against.is_outside_noise is None for metric in account.metrics
    ):
        notes.append(NOT_COMPARED)
    return notes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPost:
    """A post in the table. post_id: of ours, where it was published from here.

    numbers: in the order of COLUMNS. at: the age of its numbers, or why there are none. standing: its place
    among its kind. so_far: the last reading with its age; empty for a post with numbers at the age shown.
    """

    id: str
    post_id: str | None
    words: str
    kind: str
    published: str
    iso: str
    numbers: Sequence[str]
    at: str
    standing: str
    permalink: str | None
    is_gone: bool
    so_far: str


def shown_posts(
    posts: Sequence[KeptPost],
    compared: PostComparison | None,
    post_ids: Mapping[str, str],
    age_s: int | None,
    last_readings: Sequence[AgedNumbers],
    *,
    reader: Reader,
    now: datetime,
) -> list[ShownPost]:
    """Build the rows of posts. post_ids: of ours, by media id."""
    places = {row.media.id: row.standing for row in compared.posts} if compared else {}
    so_far = {aged.media.id: last_reading_says(aged) for aged in last_readings}
    rows = list[ShownPost]()
    for post in posts:
        media, aged = post.media, post.aged
        standing = places.get(media.id)
        at = aged.age if aged else "never read"
        if aged is None and age_s is not None:
            is_young = media.published_at + timedelta(seconds=age_s) > now
            at = f"not {age(age_s)} old yet" if is_young else f"not read near {age(age_s)}"
        rate = aged.rate if aged else None
        place = "-"
        if standing:
            few = ", too few to tell" if standing.is_few else ""
            place = f"{standing.place} of {standing.of}{few}"
        caption = " ".join((media.caption or "").split())
        rows.append(
            ShownPost(
                id=str(media.id),
                post_id=post_ids.get(media.id),
                words=f"{caption[:_WORDS]}…" if len(caption) > _WORDS else caption or "No caption",
                kind=kind_of(media),
                published=reader.spell(media.published_at),
                iso=reader.local(media.published_at).isoformat(timespec="minutes"),
                numbers=[
                    *(number(aged.numbers.get(name) if aged else None) for name in COLUMNS[:-1]),
                    # A rate of other parts does not compare.
                    f"{rate.percent:.1f} %" if rate and rate.by == "reach" and not rate.without else "-",
                ],
                at=at,
                standing=place,
                permalink=None if media.vanished_at else link_to(media.permalink),
                is_gone=bool(media.vanished_at),
                so_far=so_far.get(media.id, ""),
            )
        )
    return rows
