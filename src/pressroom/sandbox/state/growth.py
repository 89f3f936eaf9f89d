"""Makes up the numbers of media: each rises along the curve of its kind, the same for the same random seed.

They are computed from id and age at each read, so that nothing is stored or counted up. Start at
`numbers_of`; `expected_reach` says what an account's truth decides, and `followers_at` counts followers.
"""

import hashlib
import math
import struct
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from statistics import NormalDist
from zoneinfo import ZoneInfo

from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.state.things import Account, ContainerKind, Media

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
_YEAR_S = 365 * _DAY_S
# People reached in the first 24 hours per follower, by kind; a reel goes furthest beyond the followers.
_LEVELS = {
    ContainerKind.REEL: 1.2,
    ContainerKind.CAROUSEL: 0.8,
    ContainerKind.PHOTO: 0.7,
    ContainerKind.STORY: 0.22,
}
# Hours in which 63 % of a life's reach is made, and how steep the start is: a post has 84 % after a day, a
# story in six hours 70 %, while a reel goes on for weeks and has a third after a day.
_CURVES = {
    MediaProductType.FEED: (10.0, 0.7),
    MediaProductType.REELS: (120.0, 0.55),
    MediaProductType.STORY: (5.0, 0.9),
}
_FIRST_VIEWS, _FIRST_REACH = 9, 7
_NORMAL = NormalDist()
# With fewer followers the numbers would be too small to be told apart.
_FEWEST_FOLLOWERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of a media at a moment. Watch times are milliseconds, `skip_rate` is percent.

    navigation: taps of a story's viewers, by action. activity: taps on the profile, by action.
    """

    views: int
    reach: int
    likes: int
    saved: int
    shares: int
    reposts: int
    follows: int
    profile_visits: int
    activity: dict[str, int]
    replies: int
    navigation: dict[str, int]
    link_clicks: int
    average_watch_ms: int
    skip_rate: float


@lru_cache(maxsize=4096)  # a page asks for the numbers of its media several times
def _shares_of(random_seed: int, media_id: str) -> tuple[float, ...]:
    digest = hashlib.blake2b(f"{random_seed}/{media_id}".encode(), digest_size=64).digest()
    return tuple(value / 2**32 for value in struct.unpack(">16I", digest))


def numbers_of(random_seed: int, media: Media, account: Account, now: float) -> Numbers:
    """Give a media's numbers at a moment, in unix seconds. Views exceed reach, reach exceeds likes."""
    dice = _shares_of(random_seed, media.id)
    pace = 0.7 + 0.6 * dice[1]
    # The inverse of the normal distribution is infinite at 0 and 1, which the shares can be.
    residual = account.truth.sigma * _NORMAL.inv_cdf(min(max(dice[0], 1e-9), 1 - 1e-9))
    a_day = expected_reach(media, account) * media.reach_factor * math.exp(residual)
    grown = a_day * share_of_a_day(media.product, max(0.0, now - media.created_at), pace)
    reach = max(_FIRST_REACH, int(grown))
    is_story = media.product is MediaProductType.STORY
    taps = int(reach * 0.9)
    return Numbers(
        views=max(_FIRST_VIEWS, int(grown / (0.72 + 0.16 * dice[2]))),
        reach=reach,
        likes=1 + int(reach * (0.025 + 0.06 * dice[3])),
        saved=int(reach * (0.005 + 0.015 * dice[4])),
        shares=int(reach * (0.003 + 0.012 * dice[5])),
        reposts=int(reach * 0.004 * dice[6]),
        follows=int(reach * 0.004 * dice[7]),
        profile_visits=int(reach * (0.01 + 0.02 * dice[8])),
        activity={"bio_link_clicked": int(reach * 0.006 * dice[9]), "email": int(reach * 0.001 * dice[10])},
        replies=int(reach * 0.01 * dice[11]) if is_story else 0,
        navigation={
            # Lower case, as in Meta's sample answers; the page's table has the values in upper case.
            "tap_forward": int(taps * 0.7),
            "tap_back": int(taps * 0.08),
            "tap_exit": int(taps * 0.12),
            "swipe_forward": int(taps * 0.06),
        },
        link_clicks=int(reach * 0.008 * dice[12]),
        average_watch_ms=2600 + int(6200 * dice[13]),
        skip_rate=round(22 + 38 * dice[14], 2),
    )


def made_up_count(metric: str, numbers: Numbers) -> int:
    """Make up a metric that follows from no other number: a share of the reach, fixed by its name."""
    return int(numbers.reach * _shares_of(0, metric)[0])


def share_of_a_day(product: MediaProductType, age_s: float, pace: float = 1.0) -> float:
    """Give the reach at an age as a share of that at 24 hours. It rises steeply at first, and never falls.

    pace: how much slower than others of its kind this one is.
    """
    hours, steepness = _CURVES.get(product, _CURVES[MediaProductType.FEED])
    scale_s = hours * pace * _HOUR_S
    return math.expm1(-((age_s / scale_s) ** steepness)) / math.expm1(-((_DAY_S / scale_s) ** steepness))


def expected_reach(media: Media, account: Account) -> float:
    """Give the reach at 24 hours by the account's truth, without residual and the media's own factor."""
    truth = account.truth
    level = max(_FEWEST_FOLLOWERS, account.followers) * _LEVELS.get(media.kind, _LEVELS[ContainerKind.PHOTO])
    moment = datetime.fromtimestamp(media.created_at, ZoneInfo(truth.zone))
    hours_away = min(min((moment.hour - best) % 24, (best - moment.hour) % 24) for best in account.best_hours)
    # 1 at a best hour, and 0 where its effect has faded out.
    nearness = max(0.0, 1 - hours_away / truth.fade_h) if truth.fade_h else float(hours_away == 0)
    hour = 1 + truth.effect * nearness
    weekday = 1 + truth.weekday_effect * (moment.weekday() in truth.best_weekdays)
    years = (media.created_at - _counted_at(account)) / _YEAR_S
    return level * hour * weekday * (1 + truth.trend) ** years


def _counted_at(account: Account) -> float:
    return account.created_at if account.counted_at is None else account.counted_at


def followers_at(account: Account, now: float) -> int:
    """Give an account's followers at a moment, in unix seconds; they grow by the day, except in dips."""
    for dip in account.dips:
        if dip.since <= now < dip.until:
            return dip.followers
    days = (now - _counted_at(account)) / _DAY_S
    return max(0, account.followers + math.floor(days * account.followers_a_day))
