"""Insights: the numbers that are kept, which a pull reads from Instagram."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from pressroom.api.fields import AccountName, OfAccount
from pressroom.api.operation import Answer, Call, Fields, Handler, Operation
from pressroom.core.actor import Scope
from pressroom.core.requests import RequestEffect
from pressroom.service.ground.shaping import shape_of
from pressroom.service.insights.kept import By
from pressroom.service.shapes.account_insights import AccountPeriodShape
from pressroom.service.shapes.kept import (
    ComparisonShape,
    KeptPostShape,
    KeptPostsShape,
    PulledShape,
)
from pressroom.service.shapes.timing import BestTimeShape

_HOUR_S: Final = 3600
_Hours = Annotated[int, Meta(ge=1, le=17_520, description="At this age of each post.")]
_Metric = Annotated[str, Meta(max_length=60, description="A metric, or `engagement_rate`.")]
_Kinds = Annotated[
    tuple[Literal["photo", "carousel", "reel", "video", "story"], ...],
    Meta(description="Only these; may be given several times."),
]
_Since = Annotated[datetime, Meta(tz=True, description="Only what was published from then on.")]
_Until = Annotated[datetime, Meta(tz=True, description="Only what was published before.")]
Zone = Annotated[str, Meta(max_length=60, description="IANA, of hours and days; else the account's.")]
Period = Annotated[
    str,
    Meta(
        max_length=60,
        description="`28d` for the last days, `month` for the last whole one, `2026-11-01..2026-11-14`.",
    ),
]


class KeptPostPage(KeptPostsShape, frozen=True, kw_only=True):
    """Kept posts in order. age_s: the age asked for; null where each has its last reading's numbers.

    outlook: null, but where fewer than 5 have numbers at that age. next: the `after` of the next page; null
    on the last.
    """

    next: str | None


class ListKeptPosts(Fields, frozen=True, kw_only=True):
    """Which posts to list, and at which age."""

    account: AccountName | None = None
    age_hours: (
        Annotated[_Hours, Meta(description="Of all numbers; else of each the last reading.")] | None
    ) = None
    kind: _Kinds = ()
    since: _Since | None = None
    until: _Until | None = None
    text: Annotated[str, Meta(max_length=200, description="A part of the caption.")] | None = None
    sort: (
        Annotated[_Metric, Meta(description="The highest first, of this; else the newest first.")] | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: Annotated[str, Meta(pattern="^[0-9]{1,7}$", description="`next` of the page before.")] = "0"


async def list_kept_posts(call: Call[ListKeptPosts, None]) -> Answer:
    """List posts with the numbers that are kept of them.

    A number that is absent is not known; it is not 0. To compare posts give an age, at which all stand.
    """
    query = call.query
    pressroom = await call.session(query.account)
    begin, end = int(query.after), int(query.after) + query.limit
    listed = await pressroom.insights.media(
        age_s=query.age_hours and query.age_hours * _HOUR_S,
        kinds=query.kind,
        since=query.since,
        until=query.until,
        text=query.text,
        sort=query.sort,
        # One more, which shows whether another page follows.
        limit=end + 1,
    )
    more = str(end) if len(listed.posts) > end else None
    return Answer(shape_of(KeptPostPage, listed, media=listed.posts[begin:end], next=more))


async def get_kept_post(call: Call[OfAccount, None]) -> Answer:
    """Return a post with the last numbers that are kept of it."""
    pressroom = await call.session(call.query.account)
    kept = await pressroom.insights.kept(call.path["media_id"])
    return Answer(KeptPostShape.of(kept.posts[0]))


class ComparePosts(OfAccount, frozen=True, kw_only=True):
    """Which posts to compare."""

    media_id: Annotated[
        tuple[Annotated[str, Meta(pattern="^[0-9]{1,32}$")], ...],
        Meta(min_length=1, max_length=50, description="Instagram's ids; given once for each post."),
    ]
    metric: _Metric = "reach"
    age_hours: _Hours = 24


async def compare_posts(call: Call[ComparePosts, None]) -> Answer:
    """Compare posts at an equal age, each with its own kind in the last 90 days."""
    query = call.query
    pressroom = await call.session(query.account)
    comparison = await pressroom.insights.compare(
        query.media_id, metric=query.metric, age_s=query.age_hours * _HOUR_S
    )
    return Answer(ComparisonShape.of(comparison))


class CompareGroups(OfAccount, frozen=True, kw_only=True):
    """Which groups of posts to compare."""

    by: Annotated[By, Meta(description="What makes a group.")]
    metric: _Metric = "reach"
    age_hours: _Hours = 24
    kind: _Kinds = ()
    since: Annotated[_Since, Meta(description="Published from then on; else in the last 90 days.")] | None = (
        None
    )
    until: _Until | None = None
    timezone: Zone | None = None


async def compare_groups(call: Call[CompareGroups, None]) -> Answer:
    """Describe groups of posts at an equal age: how many, their median and quartiles. Tests nothing."""
    query = call.query
    pressroom = await call.session(query.account)
    comparison = await pressroom.insights.in_zone(query.timezone).compare_groups(
        query.by,
        metric=query.metric,
        age_s=query.age_hours * _HOUR_S,
        kinds=query.kind,
        since=query.since,
        until=query.until,
    )
    return Answer(ComparisonShape.of(comparison))


class GetAccountInsights(OfAccount, frozen=True, kw_only=True):
    """Of which account and period."""

    period: Period = "28d"


async def get_account_insights(call: Call[GetAccountInsights, None]) -> Answer:
    """Tell an account's numbers in a period, against as many days before it.

    Days end at midnight Pacific time. A change inside the noise may be chance.
    """
    pressroom = await call.session(call.query.account)
    return Answer(AccountPeriodShape.of(await pressroom.insights.account(call.query.period)))


class GetBestTime(OfAccount, frozen=True, kw_only=True):
    """Of which account."""

    timezone: Zone | None = None


async def get_best_time(call: Call[GetBestTime, None]) -> Answer:
    """Tell whether hours, weekdays or kinds mattered for reach at 24 h.

    It finds associations among posts that went out, no proof. Takes the extra `report`.
    """
    pressroom = await call.session(call.query.account)
    times = await pressroom.insights.in_zone(call.query.timezone).best_time()
    return Answer(BestTimeShape.of(times))


class PullInsights(OfAccount, frozen=True, kw_only=True):
    """Of which account."""


async def pull_insights(call: Call[Fields, PullInsights]) -> Answer:
    """Read the numbers that are due now and keep them; the first time, all that there are.

    From the first pull on a worker reads them by itself. A repeat goes on where the one before stopped.
    """
    pressroom = await call.session(call.body.account)
    pulled = await pressroom.insights.pull()
    return Answer(PulledShape.of(pulled), subject=("account", pulled.account))


async def pull_again(call: Call[Fields, PullInsights], _effect: RequestEffect) -> Answer:
    """Answer a repeat: it reads what is due by now."""
    return await pull_insights(call)


def _row(path: str, run: Handler, query: type[Fields], answer: type[msgspec.Struct]) -> Operation:
    return Operation(
        method="GET",
        path=path,
        run=run,
        tag="insights",
        scope=Scope.READ,
        query=query,
        answers={200: answer},
        # Instagram may have to be asked for the account of a token in the environment.
        errors=(502,),
    )


OPERATIONS: Final = (
    _row("/insights/posts", list_kept_posts, ListKeptPosts, KeptPostPage),
    _row("/insights/posts/{media_id}", get_kept_post, OfAccount, KeptPostShape),
    _row("/insights/comparison", compare_posts, ComparePosts, ComparisonShape),
    _row("/insights/groups", compare_groups, CompareGroups, ComparisonShape),
    _row("/insights/account", get_account_insights, GetAccountInsights, AccountPeriodShape),
    _row("/insights/best-time", get_best_time, GetBestTime, BestTimeShape),
    Operation(
        method="POST",
        path="/insights/pull",
        run=pull_insights,
        tag="insights",
        scope=Scope.READ,
        body=PullInsights,
        answers={200: PulledShape},
        errors=(409, 502),
        again=pull_again,
    ),
)
