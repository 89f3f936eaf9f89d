"""An account of which something of every kind is kept: a media of each kind of it, and what is odd."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace as changed

from pressroom.core.account import AccountId
from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    Batch,
    EarlierCaption,
    KeptMedia,
    MissedReading,
    Missing,
    Reading,
)
from pressroom.graph.answers import MediaId
from pressroom.service.session import Pressroom
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock

ONE = AccountId("17841400000000001@instagram")
NOW = datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHOTO, VIDEO, ALBUM, REEL, STORY, UNREAD = (MediaId(f"1790000000000000{n}") for n in range(1, 7))
ODD = "=HYPERLINK(\"x\"); 'Größe', null\n\0 '); DROP TABLE media; --"
SHARED = {
    "views": 90,
    "reach": 80,
    "shares": 4,
    "total_interactions": 30,
    "likes": 20,
    "comments": 5,
    "saved": 1,
}


def media(of: MediaId, product: str, kind: str, caption: str | None = "Lofoten") -> KeptMedia:
    return KeptMedia(
        id=of,
        product_type=product,
        media_type=kind,
        published_at=NOW - 3 * DAY,
        found_at=NOW - 2 * DAY,
        caption=caption,
        permalink=f"https://www.instagram.com/p/{of}/",
        shortcode="x",
    )


def reading(of: MediaId, hours: int, **numbers: float) -> Reading:
    return Reading(
        media_id=of,
        age_s=3600 * hours,
        read_at=NOW + hours * HOUR,
        version="v25.0",
        numbers=numbers,
    )


MEDIA = [
    changed(
        media(PHOTO, "FEED", "IMAGE", ODD),
        vanished_at=NOW,
        refused=("shares",),
        earlier_captions=(EarlierCaption(caption=None, until=NOW),),
    ),
    media(VIDEO, "FEED", "VIDEO"),
    media(ALBUM, "FEED", "CAROUSEL_ALBUM"),
    media(REEL, "REELS", "VIDEO"),
    media(STORY, "STORY", "IMAGE", None),
    changed(media(UNREAD, "FEED", "IMAGE"), predates_account=True),
]
_TAPS = {"tap_forward": 7, "tap_back": 2, "tap_exit": 3, "swipe_forward": 1}
_STORY = {"views": 60, "reach": 50, "shares": 0, "replies": 6, "navigation": 13}
READINGS = [
    reading(PHOTO, 1, **{**SHARED, "likes": 7, "views": 9}),
    # Without what Instagram did not give.
    reading(PHOTO, 24, likes=21, reach=0, viewers=70, views=1.5),
    reading(VIDEO, 1, **SHARED, video_views=44),
    reading(ALBUM, 1, **SHARED, impressions=99),
    reading(REEL, 24, **SHARED, ig_reels_avg_watch_time=3120, reels_skip_rate=12.25),
    changed(reading(STORY, 23, **_STORY), parts={"navigation": _TAPS}),
    changed(reading(STORY, 24, impressions=70, exits=4, taps_back=2, taps_forward=8), version="webhook"),
]
MISSED = [
    MissedReading(
        media_id=PHOTO, planned_age_s=10_800, why=Missing.NOT_RUNNING, text="no worker", noted_at=NOW
    )
]
DAYS = [
    AccountDay(metric="reach", ends_at=NOW, number=12, read_at=NOW),
    AccountDay(
        metric="views",
        ends_at=NOW,
        number=None,
        parts={"follow_type": {"FOLLOWER": 3, "NON_FOLLOWER": 1.5}},
        read_at=NOW + 2 * DAY,
    ),
]
AUDIENCE = [AudienceReading(metric="follower_demographics", breakdown="city", read_at=NOW, parts={"Bodø": 4})]
OWN = [
    AccountReading(read_at=NOW - DAY, followers_count=None, username="lofoten"),
    AccountReading(
        read_at=NOW,
        followers_count=1200,
        follows_count=3,
        media_count=6,
        username="lofoten.no",
        name="Lofoten, live",
        website="https://example.com",
    ),
]


def keep(store: Store, account: AccountId = ONE) -> None:
    """Store all of it."""
    batch = Batch(media=MEDIA, readings=READINGS, missed=MISSED, days=DAYS, audience=AUDIENCE)
    for own in OWN:
        store.readings.keep(account, replace(batch, account=own))


def clock() -> FakeClock:
    """A clock some days later."""
    found = FakeClock()
    found.advance((NOW + 7 * DAY - found.now()).total_seconds())
    return found


def kept(home: Path, *accounts: AccountId) -> Pressroom:
    """A session on a store in which all of it is kept."""
    home.mkdir(exist_ok=True)
    (home / "pressroom.db").write_bytes(_store(accounts or (ONE,)))
    return session(home)


@cache
def _store(accounts: tuple[AccountId, ...]) -> bytes:
    """The file of a store, since making one takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pressroom.db"
        with open_store(path) as store:
            for account in accounts:
                keep(store, account)
        return path.read_bytes()


def session(home: Path) -> Pressroom:
    return Pressroom(environ={"PRESSROOM_HOME": str(home)}, clock=clock())
