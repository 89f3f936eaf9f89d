"""Posts that were out before anybody watched: why they have no number at an age, and what they have instead.

`outlook` tells when enough posts will have a number at an age, and `outlook_says` says so. `lifetime` gathers
what their last readings allow to tell of them in a report.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from pressroom.core.readings import KeptMedia, MediaQuery
from pressroom.core.spelling import age, number
from pressroom.insights.questions.coming import (
    RECENT_DAYS,
    Answer,
    Coming,
    Outlook,
    Watch,
    answers_to_come,
    enough_quiet_on,
    outlook_of,
)
from pressroom.insights.questions.first_comparison import FirstComparison, first_comparison
from pressroom.insights.questions.people import Audience
from pressroom.insights.questions.periods import Period
from pressroom.insights.questions.posts import FEW, AgedNumbers, kind_of
from pressroom.insights.report.lifetime import LOOKED_BACK, Lifetime, lifetime_of
from pressroom.service.insights.kept import (
    DAY_S,
    KINDS,
    KeptAccount,
    KeptPosts,
    PostComparison,
    list_media,
    numbers_at,
)

_POST_KINDS: Final = KINDS[:-1]
_PRODUCTS: Final = ("FEED", "REELS")
# A year of a busy account: more would cost a report seconds, and describe no better.
_MOST_POSTS: Final = 1000
# Last readings are shown in the first days of an account. Reading those of a year of posts takes seconds.
_MOST_LAST_READINGS: Final = 100
AnswerT = TypeVar("AnswerT", KeptPosts, PostComparison)


def watch_of(kept: KeptAccount) -> Watch:
    """Return since when an account is watched."""
    return Watch(since=kept.collecting.started_at, now=kept.now, zone=kept.zone)


async def recent_posts(kept: KeptAccount, kinds: Collection[str] = _POST_KINDS) -> list[KeptMedia]:
    """Return the posts of the last 90 days, whose pace is the account's."""
    since = kept.now - timedelta(days=RECENT_DAYS)
    return await list_media(kept, MediaQuery(since=since, before=kept.now), kinds)


async def outlook(
    kept: KeptAccount,
    posts: Sequence[KeptMedia],
    read: Collection[str],
    kinds: Collection[str] = _POST_KINDS,
    *,
    age_s: int,
    needed: int = FEW,
) -> Outlook:
    """Return when `needed` posts have a number at an age. read: ids of the posts that have it."""
    recent = await recent_posts(kept, kinds)
    return outlook_of(posts, read, recent, watch_of(kept), age_s=age_s, needed=needed)


async def with_outlook(
    kept: KeptAccount, answer: AnswerT, posts: Sequence[KeptMedia], read: Collection[str]
) -> AnswerT:
    """Add what can be said if too few posts have a number at the age.

    That is the last readings of posts without a number at that age, when the first two posts can be compared,
    and the outlook if some of the posts are older than the first pull.
    """
    if answer.age_s is not None:
        lacking = [post.media for post in answer.posts if post.aged is None][:_MOST_LAST_READINGS]
        last = await numbers_at(kept, lacking, None) if lacking else {}
        first = first_comparison(posts, read, kept.now, kept.zone, age_s=answer.age_s)
        answer = replace(answer, last_readings=tuple(last.values()), first_comparison=first)
    # Stories are gone after a day, and have no part in what is compared at such ages.
    kinds = {kind_of(post) for post in posts}.intersection(_POST_KINDS)
    if answer.age_s is None or len(read) >= FEW or not kinds:
        return answer
    ahead = await outlook(kept, posts, read, kinds, age_s=answer.age_s)
    return replace(answer, outlook=ahead) if ahead.unwatched else answer


def first_comparison_says(first: FirstComparison) -> str:
    """Say when the first numbers at an age are expected, and when two posts can be compared."""
    at = age(first.age_s)
    says = f"The first post is {at} old at {_moment(first.first_at)}. " if first.first_at else ""
    if first.comparable_at is None:
        return f"{says}A comparison at {at} needs another post."
    return (
        f"{says}The first comparison at {at} is possible from {_moment(first.comparable_at)}, once two posts "
        "were read at that age: a running worker does that, or a pull soon after it."
    )


def _moment(at: datetime) -> str:
    return f"{_day(at)}, {at:%H:%M} ({at.tzinfo})"


def last_reading_says(aged: AgedNumbers) -> str:
    """Describe a post's last reading, with the age at which it was read."""
    known = [
        f"{name} {number(aged.numbers[name])}" for name in ("reach", "views", "likes") if name in aged.numbers
    ]
    return f"{', '.join(known) or 'no numbers yet'}, read {age(aged.age_s)} after publishing"


def _day(at: date) -> str:
    return f"{at.day} {at:%b %Y}"


def outlook_says(ahead: Outlook) -> str:
    """Say why posts have no number at an age, and by when enough of them will have one."""
    at, why = age(ahead.age_s), ""
    if ahead.unwatched:
        why = (
            f"{ahead.unwatched:,} of {ahead.posts:,} were older than {at} at the first pull "
            f"({_day(ahead.watched_since)}), and numbers at {at} are known only of posts watched since. "
        )
    if ahead.expected_on is None:
        return f"{why}Nothing was posted in the last {RECENT_DAYS} days, so that no date can be told."
    pace = f"at the pace of the last {RECENT_DAYS} days ({ahead.recent:,} posts)"
    return f"{why}{ahead.needed} posts have one by about {_day(ahead.expected_on)}, {pace}."


async def lifetime(
    kept: KeptAccount,
    unread: Sequence[KeptMedia],
    period: tuple[datetime, datetime],
    audiences: Iterable[Audience],
) -> Lifetime | None:
    """Return what the last readings of posts allow; None where there are none.

    unread: posts of the period without a number at 24 h. Looked at are those from a year before the period
    to its end, at most the newest thousand.
    """
    if not unread:
        return None
    since, before = period
    query = MediaQuery(since=since - LOOKED_BACK, before=before, limit=_MOST_POSTS, products=_PRODUCTS)
    numbers = await numbers_at(kept, await list_media(kept, query, _POST_KINDS), None)
    return lifetime_of(unread, numbers.values(), since - LOOKED_BACK, audiences, kept.zone)


async def coming(
    kept: KeptAccount,
    period: Period,
    known_from: date | None,
    best_time: Outlook | None,
    *,
    has_usual_growth: bool,
) -> list[Coming]:
    """Return which answers a report of such a period lacks today, and from when on it has them.

    known_from: the first of the account's days that is known. best_time: None where posts are enough.
    has_usual_growth: it is known how followers move without a post.
    """
    watch, of_posts = watch_of(kept), dict[Answer, date | None]()
    recent = [] if has_usual_growth and not best_time else await recent_posts(kept)
    if best_time and not best_time.read:
        ahead = outlook_of(recent, (), recent, watch, age_s=DAY_S, needed=1)
        of_posts[Answer.AT_A_DAY] = ahead.expected_on
    if not has_usual_growth:
        of_posts[Answer.FOLLOWERS] = enough_quiet_on(recent, watch)
    if best_time:
        of_posts[Answer.BEST_TIME] = best_time.expected_on
    return answers_to_come(period, watch, known_from, of_posts)
