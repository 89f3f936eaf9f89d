"""An account that was watched for years: what a worker would have kept of it. The same with every run.

Thirty posts a day and three stories, each read about its planned ages until now; two years of the account's
own days, followers and audiences; and an experiment that runs.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Final

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    Batch,
    Collecting,
    KeptExperiment,
    KeptMedia,
    MissedReading,
    Missing,
    Number,
    Reading,
)
from pressroom.graph.answers import MediaId
from pressroom.graph.metrics import DEMOGRAPHICS, ONLINE_FOLLOWERS, PEOPLE, PER_DAY, SERIES, WITH_PARTS
from pressroom.insights import ages
from pressroom.insights.questions.periods import end_of, last_ended

AT_ONCE: Final = 2000
DAYS: Final = 730
_KINDS: Final = (("FEED", "IMAGE"), ("REELS", "VIDEO"), ("FEED", "CAROUSEL_ALBUM"))
_APART, _STORIES_APART = timedelta(hours=0.8), timedelta(hours=8)
_MISSED: Final = 0.02
_YOUNG_S: Final = 48 * 3600
_CAPTION: Final = (
    "Autumn in the harbour: nine boats, two gulls and the first frost. Which one is yours? #harbour"
)


def batches(readings: int, now: datetime) -> Iterator[Batch]:
    """Yield what is kept, until there are so many readings of posts; newest media first."""
    dice = random.Random(1)  # noqa: S311  # the same in every run
    yield Batch(collecting=Collecting(started_at=now - timedelta(days=DAYS), complete_at=now))
    yield _batch([_story(number, now) for number in range(DAYS * 3)], now, dice)
    posts, left = (_post(number, now) for number in count()), readings
    while left > 0:
        batch = _batch(list(islice(posts, AT_ONCE)), now, dice)
        yield Batch(media=batch.media, readings=batch.readings[:left], missed=batch.missed)
        left -= len(batch.readings)
    yield Batch(days=list(_days(now, dice)))
    yield Batch(audience=list(_audiences(now, dice)))
    for number in range(DAYS):
        at = now - timedelta(days=number)
        yield Batch(account=AccountReading(read_at=at, followers_count=80_000 - 20 * number))


def experiment(now: datetime) -> KeptExperiment:
    """Return one that has run for sixty days."""
    began = now - timedelta(days=60)
    return KeptExperiment(
        started_at=began, first="daily 09:00", second="daily 18:00", timezone="UTC", posts=40
    )


def _post(number: int, now: datetime) -> KeptMedia:
    product, kind = _KINDS[number % 3]
    return _media(f"179{number:014}", product, kind, now - _APART * (number + 1))


def _story(number: int, now: datetime) -> KeptMedia:
    return _media(f"180{number:014}", ages.STORY, "IMAGE", now - _STORIES_APART * (number + 1))


def _media(name: str, product: str, kind: str, at: datetime) -> KeptMedia:
    return KeptMedia(
        id=MediaId(name),
        product_type=product,
        media_type=kind,
        published_at=at,
        found_at=at,
        caption=_CAPTION,
        permalink=f"https://www.instagram.com/p/{name}/",
        shortcode=name,
    )


def _batch(media: list[KeptMedia], now: datetime, dice: random.Random) -> Batch:
    readings, missed = list[Reading](), list[MissedReading]()
    for one in media:
        reach, old_s = dice.lognormvariate(8, 0.5), (now - one.published_at).total_seconds()
        for age_s in (age for age in ages.ages_of(one.product_type) if age <= old_s):
            if dice.random() < _MISSED:
                missed.append(_missed(one, age_s))
                continue
            for read_s in _read_about(age_s, dice):
                readings.append(_reading(one, read_s, reach))
    return Batch(media=media, readings=readings, missed=missed)


def _read_about(age_s: int, dice: random.Random) -> list[int]:
    """Return when a media is read about an age: before and after it while it is young, then soon after."""
    if age_s > _YOUNG_S:
        return [age_s + dice.randrange(8 * 3600)]
    apart_s = int(ages.LOOK_EVERY.total_seconds())
    after_s = dice.randrange(apart_s)
    return [age_s - apart_s + after_s, age_s + after_s]


def _missed(media: KeptMedia, age_s: int) -> MissedReading:
    at = media.published_at + timedelta(seconds=age_s)
    return MissedReading(
        media_id=media.id, planned_age_s=age_s, why=Missing.NOT_RUNNING, text="", noted_at=at
    )


def _reading(media: KeptMedia, age_s: int, reach: float) -> Reading:
    seen = int(reach * (age_s / (age_s + 36_000)))
    numbers: dict[str, Number] = {"views": 2 * seen, "reach": seen, "shares": 3, "total_interactions": 9}
    taps: dict[str, Number] = {}
    if media.product_type == ages.STORY:
        taps = {"tap_forward": seen, "tap_back": seen // 9, "tap_exit": seen // 7, "swipe_forward": 4}
        numbers |= {"replies": 1, "navigation": sum(taps.values())}
    else:
        numbers |= {"likes": seen // 20, "comments": 1, "saved": 2}
    if media.product_type == "FEED" and ages.last_reached("FEED", age_s) in ages.WHOLE_AGES:
        numbers |= {"follows": seen // 400, "profile_visits": seen // 90}
    return Reading(
        media_id=media.id,
        age_s=age_s,
        read_at=media.published_at + timedelta(seconds=age_s),
        version="v26.0",
        numbers=numbers,
        parts={"navigation": taps} if taps else {},
    )


def _days(now: datetime, dice: random.Random) -> Iterator[AccountDay]:
    last = last_ended(now)
    for metric in (*SERIES, *PER_DAY):
        breakdowns = [name for name, metrics in WITH_PARTS.items() if metric in metrics]
        for number in range(DAYS):
            ends_at, seen = end_of(last - timedelta(days=number)), dice.randrange(1000, 9000)
            yield AccountDay(
                metric=metric,
                ends_at=ends_at,
                number=seen,
                read_at=min(now, ends_at + timedelta(days=3)),
                parts={name: {"POST": seen // 2, "REEL": seen - seen // 2} for name in breakdowns},
            )


def _audiences(now: datetime, dice: random.Random) -> Iterator[AudienceReading]:
    told = [(metric, breakdown, 45) for metric in DEMOGRAPHICS for breakdown in PEOPLE]
    for week in range(DAYS // 7):
        at = now - timedelta(weeks=week)
        for metric, breakdown, parts in (*told, (ONLINE_FOLLOWERS, "hour", 24)):
            numbers = {str(part): dice.randrange(9000) for part in range(parts)}
            yield AudienceReading(metric=metric, breakdown=breakdown, read_at=at, parts=numbers)
