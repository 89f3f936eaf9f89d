"""Made-up numbers of media: each rises along its own curve, the same for the same random seed.

They are computed from id and age at each read, so that nothing is stored or counted up.
"""

import hashlib
import struct
from dataclasses import dataclass

from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.state.things import Account, Media

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
# Views in a media's whole life per follower, by surface; reels reach furthest beyond the followers.
_LIFT = {MediaProductType.REELS: 3.2, MediaProductType.FEED: 1.1, MediaProductType.STORY: 0.28}
_FIRST_VIEWS, _FIRST_REACH = 9, 7
_FOLLOWERS_A_DAY = 3.4


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


def _shares_of(random_seed: int, media_id: str) -> tuple[float, ...]:
    digest = hashlib.blake2b(f"{random_seed}/{media_id}".encode(), digest_size=64).digest()
    return tuple(value / 2**32 for value in struct.unpack(">16I", digest))


def numbers_of(random_seed: int, media: Media, account: Account, now: float) -> Numbers:
    """Give a media's numbers at a moment, in unix seconds. Views exceed reach, reach exceeds likes."""
    dice = _shares_of(random_seed, media.id)
    age_s = max(0.0, now - media.created_at)
    spread = _LIFT.get(media.product, 1.0) * (0.35 + 2.4 * dice[0] ** 2)
    life_views = max(60.0, account.followers) * spread * _luck_of_the_hour(media, account)
    pace_s = (3 + 11 * dice[1]) * _HOUR_S
    # Rises steeply at first, is at two thirds of the life's views after pace_s (3 to 14 h), and never falls.
    grown = life_views * (age_s / (age_s + pace_s)) ** 0.6
    reach = _FIRST_REACH + int(grown * (0.72 + 0.16 * dice[2]))
    is_story = media.product is MediaProductType.STORY
    taps = int(reach * 0.9)
    return Numbers(
        views=_FIRST_VIEWS + int(grown),
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


def made_up(metric: str, numbers: Numbers) -> int:
    """Make up a metric that follows from no other number: a share of the reach, fixed by its name."""
    return int(numbers.reach * _shares_of(0, metric)[0])


def _luck_of_the_hour(media: Media, account: Account) -> float:
    hour = int(media.created_at // _HOUR_S) % 24
    near = min(min((hour - best) % 24, (best - hour) % 24) for best in account.best_hours)
    return 1 + 0.9 * max(0.0, 1 - near / 4)


def followers_at(account: Account, now: float) -> int:
    """Give an account's followers at a moment, in unix seconds; they grow by 3.4 a day."""
    return account.followers + int(max(0.0, now - account.created_at) / _DAY_S * _FOLLOWERS_A_DAY)
