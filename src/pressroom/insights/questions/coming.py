"""When an answer comes that is not there yet: it takes posts watched from their first day, or more days.

`outlook_of` says of posts without a number at an age why they have none, and by when enough posts will have
one. `answers_to_come` says from which day on a report has what it lacks today.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia
from pressroom.insights.questions.periods import Period

RECENT_DAYS: Final = 90
"""An account's pace is that of its posts in so many days."""
HISTORY_DAYS: Final = 90
"""A period is held against so many days before it."""
_DAY: Final = timedelta(days=1)
# What is usual without a post takes so many days that begin 48 h after one, and hold none.
_QUIET_DAYS: Final = 10
_AFTER_A_POST: Final = timedelta(hours=48)


class Watch(NamedTuple):
    """Since when an account is collected, now, and the zone of its days."""

    since: datetime
    now: datetime
    zone: ZoneInfo

    def day_of(self, moment: datetime) -> date:
        """Return the account's day of a moment."""
        return moment.astimezone(self.zone).date()

    @property
    def first_day(self) -> date:
        """The first day that is watched from its beginning."""
        return self.day_of(self.since) + _DAY

    def is_unwatched(self, post: KeptMedia, age_s: int) -> bool:
        """Tell whether a post was older than an age when collecting began: that number nobody can get."""
        return post.published_at + timedelta(seconds=age_s) < self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Why posts have no number at an age, and when enough of them will have one.

    read: posts with the number, of `posts`. unwatched: those that were older than the age when collecting
    began. needed: how many have to be read. recent: how many went out in the last 90 days. expected_on: by
    that pace, so a guess; None where nothing went out.
    """

    age_s: int
    posts: int
    read: int
    unwatched: int
    watched_since: datetime
    needed: int
    recent: int
    expected_on: date | None


def outlook_of(
    posts: Sequence[KeptMedia],
    read: Collection[str],
    recent: Sequence[KeptMedia],
    watch: Watch,
    *,
    age_s: int,
    needed: int,
) -> Outlook:
    """Return the outlook of posts. read: ids of those with the number. recent: of the last 90 days."""
    unwatched = sum(post.id not in read and watch.is_unwatched(post, age_s) for post in posts)
    at_age = sorted(post.published_at + timedelta(seconds=age_s) for post in recent)
    # Those that are out already and still too young come first, then those of the days to come.
    awaited = [at for at in at_age if at > watch.now]
    missing, expected_at = max(1, needed - len(read)), None
    if missing <= len(awaited):
        expected_at = awaited[missing - 1]
    elif recent:
        days = (missing - len(awaited)) * RECENT_DAYS / len(recent)
        expected_at = watch.now + days * _DAY + timedelta(seconds=age_s)
    return Outlook(
        age_s=age_s,
        posts=len(posts),
        read=len(read),
        unwatched=unwatched,
        watched_since=watch.since.astimezone(watch.zone),
        needed=needed,
        recent=len(recent),
        expected_on=None if expected_at is None else watch.day_of(expected_at),
    )


class Answer(StrEnum):
    """What a first report lacks."""

    AT_A_DAY = "posts_at_24h"
    BEFORE = "period_before"
    HISTORY = "days_against_90_days"
    TRAILING = "posts_against_90_days"
    FOLLOWERS = "followers_after_posts"
    BEST_TIME = "best_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """An answer that is not there yet. on: the first day on which it is; None where that cannot be told."""

    answer: Answer
    on: date | None


def answers_to_come(
    period: Period, watch: Watch, known_from: date | None, of_posts: Mapping[Answer, date | None]
) -> list[Coming]:
    """Return what a report of such a period has only later, in the order of `Answer`.

    known_from: the first of the account's days that is known: Instagram tells some from before collecting.
    of_posts: when there are posts enough, of the answers for which there are too few.
    """
    days: dict[Answer, date | None] = {
        **of_posts,
        Answer.BEFORE: _first_report(period, watch.first_day, None),
        # What a change of days takes: 90 of them, and pairs of windows as long as the period.
        Answer.HISTORY: _first_report(
            period, known_from or watch.first_day, max(HISTORY_DAYS, 3 * period.length)
        ),
        Answer.TRAILING: _first_report(period, watch.first_day, HISTORY_DAYS),
    }
    today, ordered = watch.day_of(watch.now), sorted(days.items(), key=lambda day: list(Answer).index(day[0]))
    return [Coming(answer=answer, on=on) for answer, on in ordered if on is None or on > today]


def _first_report(period: Period, start: date, days_before: int | None) -> date:
    """Return from when on such a period, and so many days before it, lie behind `start`.

    days_before: None for as many as the period has.
    """
    if not period.is_month:
        return start + _DAY * (period.length + (period.length if days_before is None else days_before))
    # A month is a whole one of the calendar: the first whose days before it all lie behind the start.
    month = start.replace(day=1)
    while True:
        following = (month + 31 * _DAY).replace(day=1)
        before = (following - month).days if days_before is None else days_before
        if month - _DAY * before >= start:
            return following
        month = following


def enough_quiet_on(posts: Sequence[KeptMedia], watch: Watch) -> date | None:
    """Return when ten days have passed that begin 48 h after a post and hold none.

    posts: of the last 90 days, by whose pace it is guessed; None where they stand too close.
    """
    times = sorted(post.published_at for post in posts)
    gaps = pairwise([watch.now - RECENT_DAYS * _DAY, *times, watch.now])
    quiet = sum(max(0, (later - earlier - _AFTER_A_POST) // _DAY) for earlier, later in gaps)
    return watch.first_day + _DAY * math.ceil(_QUIET_DAYS * RECENT_DAYS / quiet) if quiet else None
