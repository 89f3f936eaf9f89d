"""A report as data, and how it is gathered from what is kept of an account.

`gather` reads a period and answers with an `InsightsReport`, whose five answers `report_answers` adds. Posts
are compared at 24 hours, an account by its days; `report_words` lists the metrics.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pressroom.core.account import AccountId, shown_account
from pressroom.core.readings import KeptMedia, MediaQuery, MetricNote, Missing, Number, Reading
from pressroom.graph.definitions import DEFINITIONS, Definition, Level
from pressroom.graph.metrics import DAY_ZONE, DEMOGRAPHICS
from pressroom.insights.questions.coming import Coming
from pressroom.insights.questions.people import FollowerFlow, follower_flow
from pressroom.insights.questions.periods import Period, Span, Spans, day_of
from pressroom.insights.questions.posts import AgedNumbers, Spread, kind_of, spread_of, value_of
from pressroom.insights.read import Total, totals_of
from pressroom.insights.report import movements
from pressroom.insights.report.languages import SOURCE
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.lifetime import Lifetime
from pressroom.insights.report.movements import MovedPosts, Movement, PostAgainstItsKind, Posts
from pressroom.insights.report.page import DEFAULT_NAME, PDF, Look, Paper
from pressroom.insights.report.posted import (
    Hashtag,
    PostsAtHours,
    hashtags_of,
    posts_at_hours,
    posts_by_weekday,
)
from pressroom.insights.report.redefined import SuspectedChange, suspected_changes
from pressroom.service.insights import questions, timing, unwatched
from pressroom.service.insights.kept import (
    DAY_S,
    KINDS,
    InZone,
    KeptAccount,
    KeptStories,
    list_media,
    numbers_at,
    stories_between,
)
from pressroom.service.insights.metric_notes import notes_of_days
from pressroom.service.insights.questions import AccountAudience, AccountPeriod, FollowersInPeriod, Growth
from pressroom.service.insights.report_after import PublishedAfter, published_after
from pressroom.service.insights.report_described import Described, TopPosts, described, top_posts
from pressroom.service.insights.report_words import ACCOUNT_METRICS, POST_METRICS
from pressroom.service.insights.timing import BestTimes, ExperimentStatus

if TYPE_CHECKING:
    from pressroom.insights.statistics.changes import Change

__all__ = [
    "DEFAULT_NAME",
    "PDF",
    "QUESTIONS",
    "InsightsReport",
    "Look",
    "Paper",
    "ReportAnswer",
    "WrittenReport",
    "gather",
]
QUESTIONS: Final[Mapping[str, str]] = {
    "tried": _("What was tried?"),
    "happened": _("What happened?"),
    "why": _("Why?"),
    "brought": _("What did it bring?"),
    "next": _("What next?"),
}
"""The five answers of a report by their names, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAnswer:
    """One of the five answers, in the report's language.

    sentences: what a client reads, with one number each. notes: how sure that is, and of how many posts.
    comment: the sentence that a person adds.
    """

    name: str
    question: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of post.

    posts, posts_before, posts_trailing: how many went out in the period, in the one before, and in the 90
    days before. now, trailing: the reach at 24 h in the period and in the 90 days before it; None without a
    value, and of 90 days that were not watched. change: between the two; None with too few posts.
    """

    name: str
    posts: int
    posts_before: int
    posts_trailing: int
    now: Spread | None
    trailing: Spread | None
    change: "Change | None"


class NoReading(StrEnum):
    """Why a post has no reading at 24 hours, though none was missed."""

    NOT_WATCHED = "not_watched"  # a day old before collecting began
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The posts of a period, newest first.

    latest: the last reading of each, at its own age, by media id: what there is in the first days. days: on
    how many days one went out. on_instagrams_days: the posts of the period by the days of Instagram's, which
    the account's numbers are of. unread: why there is no reading at 24 hours, and how often. share_kept: how
    much of what sets a post apart from its kind the next one keeps; None with too few posts. hashtags: the
    ten that most posts carry. weekdays: how many went out on each, Monday first.
    """

    posts: tuple[PostAgainstItsKind, ...]
    posts_before: int
    posts_trailing: int
    latest: Mapping[str, Reading]
    days: int
    on_instagrams_days: tuple[KeptMedia, ...]
    unread: Mapping[Missing | NoReading, int]
    share_kept: float | None
    hashtags: tuple[Hashtag, ...]
    weekdays: tuple[int, ...]

    @property
    def read(self) -> int:
        """How many have a reading at 24 hours."""
        return sum(post.aged is not None for post in self.posts)

    @property
    def outliers(self) -> list[PostAgainstItsKind]:
        """Those with three times what is usual of their kind, the furthest first."""
        outliers = [post for post in self.posts if post.is_outlier]
        return sorted(outliers, key=lambda post: post.times_usual or 0, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightsReport(InZone):
    """An account in a period of whole days.

    account: the name of its login. is_whole: whether all of the account's media are read. read_at: the last
    reading of a post of the period, None without one. reach, day_reach: the metrics that count people, of a
    post and of a day. reach_before: of the days of the period before that are known. totals: of what may be
    added, of its posts at 24 h, each with its n. follower_flow: the followers won and lost. usual: the reach
    at 24 h in the 90 days before; None where these were not watched. best, weakest: posts by how far they are
    from what is usual of their kind. experiment: the one that ran in the period. described: what is not
    tested. suspected: metrics that may be redefined. metric_notes: of the compared days. published_after:
    posts published since the period ended. lifetime: what the last readings of its posts allow; None once
    nearly all have one at 24 h. coming: what a report of such a period has only later. language: its
    catalogue's code. headline: a sentence that names the surest change, or says that nothing changed.
    """

    account: str
    account_id: AccountId
    username: str | None
    timezone: str
    period: Period
    made_at: datetime
    watched_since: datetime
    is_whole: bool
    read_at: datetime | None
    reach: str
    day_reach: str
    reach_before: Mapping[date, Number]
    posted: Posted
    movements: tuple[Movement, ...]
    totals: Mapping[str, Total]
    follower_flow: FollowerFlow
    kinds: tuple[Kind, ...]
    usual: Spread | None
    best: tuple[PostAgainstItsKind, ...]
    weakest: tuple[PostAgainstItsKind, ...]
    days: AccountPeriod
    growth: Growth
    stories: KeptStories
    audience: AccountAudience
    best_time: BestTimes
    experiment: ExperimentStatus | None
    definitions: tuple[Definition, ...]
    described: Described
    suspected: tuple[SuspectedChange, ...]
    metric_notes: tuple[MetricNote, ...]
    published_after: PublishedAfter
    lifetime: Lifetime | None = None
    coming: tuple[Coming, ...] = ()
    language: str = SOURCE
    answers: tuple[ReportAnswer, ...] = ()
    headline: str = ""

    @property
    def moved(self) -> Sequence[Movement]:
        """The movements beyond chance."""
        return [movement for movement in self.movements if movement.moved]

    @property
    def is_compared(self) -> bool:
        """Whether any number of posts is held against anything."""
        return any(movement.is_compared for movement in self.movements if movement.of is movements.Of.POSTS)

    @property
    def totals_so_far(self) -> Mapping[str, Total]:
        """The totals of all posts of the period as they were last read, each at its own age."""
        return totals_of([reading.numbers for reading in self.posted.latest.values()])

    @property
    def followers(self) -> FollowersInPeriod:
        """The followers of the period: their net change, and the new ones."""
        return self.growth.followers_in(self.period)

    @property
    def shown_best(self) -> Sequence[PostAgainstItsKind]:
        """The best posts at 24 hours, then those by lifetime numbers."""
        return (*self.best, *(self.lifetime.best if self.lifetime else ()))

    @property
    def shown_weakest(self) -> Sequence[PostAgainstItsKind]:
        """The weakest posts, as `shown_best`."""
        return (*self.weakest, *(self.lifetime.weakest if self.lifetime else ()))

    @property
    def reports(self) -> "tuple[InsightsReport, ...]":
        """Itself alone, where there may be several accounts."""
        return (self,)

    @property
    def whose(self) -> str:
        """The account's name on Instagram, else its login's; without both, the end of its id only."""
        if self.username:
            return f"@{self.username}"
        if self.account == shown_account(self.account_id):
            return f"Instagram …{self.account.partition('@')[0][-4:]}"
        return self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """A report's file."""

    file: Path
    size_bytes: int


# Stories are not compared with posts: they have a section of their own.
_POST_KINDS: Final = ("reel", "carousel", "photo", "video")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Posts of all spans, newest first, and their numbers at 24 hours by media id.

    latest, missed: of the posts of the period, by media id.
    """

    spans: Spans
    watched_since: datetime
    zone: ZoneInfo
    media: Sequence[KeptMedia]
    aged: Mapping[str, AgedNumbers]
    latest: Mapping[str, Reading]
    missed: Mapping[str, Missing]

    def posts_of(self, span: Span) -> Posts:
        """Return the numbers of the posts of a span, and whether the account was watched from its start."""
        media = span.of(self.media)
        return Posts(
            period=span.period,
            aged=[self.aged[post.id] for post in media if post.id in self.aged],
            count=len(media),
            is_watched=self.watched_since <= span.since,
        )

    @property
    def unread(self) -> Sequence[KeptMedia]:
        """The posts of the period without numbers at 24 hours; none where nearly all have them."""
        now = self.posts_of(self.spans.now)
        of_period = () if now.is_read else self.spans.now.of(self.media)
        return [post for post in of_period if post.id not in self.aged]

    def usual(self, metric: str, kind: str | None = None) -> list[Number]:
        """Return a metric of the posts of the 90 days before; nothing where these were not watched."""
        # All of them or none: 40 watched days would else be called the 90 days before.
        trailing = self.posts_of(self.spans.trailing)
        return _values(trailing, metric, kind) if trailing.is_watched else []

    def kinds(self, metric: str, changes: "Mapping[str, Change]") -> list[Kind]:
        """Return of each kind how many posts went out, and what they reached."""
        # Told beside the median of all: a month with more reels moves that median though no kind changed.
        kinds = list[Kind]()
        for name in _POST_KINDS:
            posts, before, trailing = (
                sum(kind_of(post) == name for post in span.of(self.media)) for span in self.spans[:3]
            )
            if posts or before or trailing:
                kinds.append(
                    Kind(
                        name=name,
                        posts=posts,
                        posts_before=before,
                        posts_trailing=trailing,
                        now=spread_of(_values(self.posts_of(self.spans.now), metric, name)),
                        trailing=spread_of(self.usual(metric, name)),
                        change=changes.get(name),
                    )
                )
        return kinds

    def at_hours(self, metric: str) -> list[PostsAtHours]:
        """Return the posts of the period and of the 90 days before it by weekday and hours."""
        media = [*self.spans.now.of(self.media), *self.spans.trailing.of(self.media)]
        values = {id_: value_of(aged, metric) for id_, aged in self.aged.items()}
        known_values = {id_: value for id_, value in values.items() if value is not None}
        return posts_at_hours(media, known_values, self.zone)

    def top_by(self, metric: str) -> TopPosts:
        """Return the top posts of the period by a metric."""
        return top_posts(self.spans.now.of(self.media), self.aged, self.latest, metric)

    def posted(self, metric: str) -> Posted:
        """Return the posts of the period, each beside the others of its kind since 90 days before."""
        now, before, trailing, instagram = self.spans
        media = now.of(self.media)
        peers = [*self.posts_of(trailing).aged, *self.posts_of(now).aged]
        posts = movements.against_their_kind(media, self.aged, peers, metric)
        unread = Counter[Missing | NoReading]()
        for post in posts:
            if post.aged is None:
                # A post that was a day old when collecting began can have no reading at 24 hours.
                was_watched = post.media.published_at + timedelta(seconds=DAY_S) >= self.watched_since
                reason = NoReading.NOT_YET if was_watched else NoReading.NOT_WATCHED
                unread[self.missed.get(post.media.id) or reason] += 1
        return Posted(
            posts=tuple(posts),
            posts_before=len(before.of(self.media)),
            posts_trailing=len(trailing.of(self.media)),
            latest=self.latest,
            days=len({post.published_at.astimezone(self.zone).date() for post in media}),
            on_instagrams_days=tuple(instagram.of(self.media)),
            unread=unread,
            share_kept=movements.share_kept(peers, metric),
            hashtags=tuple(
                hashtags_of(media, {post.media.id: post.value for post in posts if post.value is not None})
            ),
            weekdays=posts_by_weekday(media, self.zone),
        )

    def moved(self) -> MovedPosts:
        """Return how metrics of posts moved, and what each kind reached."""
        now, before, trailing = (self.posts_of(span) for span in self.spans[:3])
        metrics = [row.name for row in POST_METRICS if row.says]
        return movements.of_posts(metrics, now, before, trailing, kinds=_POST_KINDS, zone=self.zone)


def _values(posts: Posts, metric: str, kind: str | None) -> list[Number]:
    of_kind = (aged for aged in posts.aged if kind is None or kind_of(aged.media) == kind)
    return [value for aged in of_kind if (value := value_of(aged, metric)) is not None]


async def _published(kept: KeptAccount, period: Period) -> Published:
    """Read the posts about a period."""
    readings, run = kept.store.readings, kept.store.run
    spans = Spans(
        now=Span.of_days(period, kept.zone),
        before=Span.of_days(period.before, kept.zone),
        trailing=Span.of_days(movements.trailing_of(period), kept.zone),
        # Posts are those of the account's own days, its numbers come by Instagram's.
        instagram=Span.of_days(period, ZoneInfo(DAY_ZONE)),
    )
    query = MediaQuery(since=min(span.since for span in spans), before=max(span.before for span in spans))
    media = await list_media(kept, query, KINDS[:-1])
    latest = await run(readings.latest, kept.account, spans.now.of(media))
    in_period = MediaQuery(since=spans.now.since, before=spans.now.before)
    missed = await run(readings.missed, kept.account, in_period)
    return Published(
        spans=spans,
        watched_since=kept.collecting.started_at,
        zone=kept.zone,
        media=media,
        aged=await numbers_at(kept, media, DAY_S),
        latest={reading.media.id: reading.reading for reading in latest},
        missed={reading.media_id: reading.why for reading in missed if reading.planned_age_s == DAY_S},
    )


async def _username(kept: KeptAccount) -> str | None:
    """Return the account's last known name on Instagram, also long after its login has ended."""
    # An account's name is read with its followers; it may be renamed, so the last one counts.
    began = kept.collecting.started_at - timedelta(days=1)
    since = min(began, kept.now - timedelta(days=30))
    profiles = await kept.store.run(kept.store.readings.account_readings, kept.account, since, kept.now)
    read = next((profile.username for profile in reversed(profiles) if profile.username), None)
    if name := read or kept.username:
        return name
    return (await kept.store.run(kept.store.accounts.usernames)).get(kept.account)


async def gather(
    kept: KeptAccount, period_text: str, language: str, top_by: str | None = None
) -> InsightsReport:
    """Return the report of a period, without its answers. Raises Refused, NotFound.

    top_by: the metric of the top posts; None for the reach.
    """
    about = await questions.days_about(kept, period_text)
    account, (period, days) = questions.account_in(kept, about), about
    published = await _published(kept, period)
    # Off the event loop: days are dealt a thousand times.
    moved = await asyncio.to_thread(published.moved)
    watched_from = kept.collecting.started_at.date()
    of_days = [movements.of_days(row.name, period, days, watched_from) for row in ACCOUNT_METRICS if row.says]
    reach, day_reach = moved.movements[0].metric, of_days[0].metric
    posted, audience = published.posted(reach), await questions.audience_of(kept)
    best, weakest = movements.best_and_weakest(posted.posts)
    # The curve of the period before is drawn under that of the period, with gaps where no day is known.
    reach_by_day = {
        day_of(day.ends_at): day.number for day in days if day.metric == day_reach and day.number is not None
    }
    _, since, before = published.spans.now
    growth = await questions.growth_between(kept, since.astimezone(kept.zone), before.astimezone(kept.zone))
    best_time = await timing.best_times(kept)
    coming = await unwatched.coming(
        kept,
        period,
        min(reach_by_day, default=None),
        best_time.outlook,
        has_usual_growth=growth.posts.usual is not None,
    )
    return InsightsReport(
        account=kept.name,
        account_id=kept.account,
        username=await _username(kept),
        timezone=kept.zone.key,
        period=period,
        made_at=kept.now,
        watched_since=kept.collecting.started_at,
        is_whole=kept.collecting.complete_at is not None,
        read_at=max((reading.read_at for reading in posted.latest.values()), default=None),
        reach=reach,
        day_reach=day_reach,
        reach_before={day: reach_by_day[day] for day in period.before.days if day in reach_by_day},
        posted=posted,
        movements=(*moved.movements, *of_days),
        totals=totals_of([aged.numbers for aged in published.posts_of(published.spans.now).aged]),
        follower_flow=follower_flow(period, days),
        kinds=tuple(published.kinds(reach, moved.kinds)),
        usual=spread_of(published.usual(reach)),
        best=tuple(best),
        weakest=tuple(weakest),
        days=account,
        growth=growth,
        stories=await stories_between(kept, since, before),
        audience=audience,
        best_time=best_time,
        experiment=await timing.experiment_in(kept, published.spans.now),
        described=await described(kept, period, published.at_hours(reach), published.top_by(top_by or reach)),
        suspected=tuple(suspected_changes(list(published.aged.values()))),
        metric_notes=await notes_of_days(kept, published.spans.compared_from, period.last),
        published_after=await published_after(kept, before, published.media, published.aged),
        definitions=tuple(_shown_definitions(moved.movements, account, audience)),
        lifetime=await unwatched.lifetime(kept, published.unread, (since, before), audience.audiences),
        coming=tuple(coming),
        language=language,
    )


def _shown_definitions(
    of_posts: Sequence[Movement], account: AccountPeriod, audience: AccountAudience
) -> list[Definition]:
    """Return what the metrics mean that the report shows."""
    names = {
        # What is compared is named by its movement: that of `reach` may be of its successor.
        Level.MEDIA: {
            *(row.name for row in POST_METRICS if not row.says),
            *(movement.metric for movement in of_posts),
        },
        Level.ACCOUNT: {
            *(people.metric for people in audience.audiences if people.metric in DEMOGRAPHICS),
            *(metric.metric for metric in account.metrics if metric.now.known),
        },
    }
    return [definition for definition in DEFINITIONS if definition.name in names[definition.level]]
