"""A shop whose five months are known: reels did better in the last four weeks, and one went viral."""

import io
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from msgspec.structs import replace
from PIL import Image, ImageDraw

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    Batch,
    Collecting,
    KeptMedia,
    MissedReading,
    Missing,
    Number,
    Reading,
)
from pressroom.graph.answers import MediaId
from pressroom.graph.metrics import DEMOGRAPHICS
from pressroom.insights.questions.periods import end_of, last_ended

HOUR_S, DAY = 3600, timedelta(days=1)
DAYS, PERIOD = 150, 28
VIRAL_TIMES = 5.0
WON_A_DAY, LOST_A_DAY = 17, 3
_PRODUCTS = {
    "reel": ("REELS", "VIDEO"),
    "photo": ("FEED", "IMAGE"),
    "carousel": ("FEED", "CAROUSEL_ALBUM"),
}
_BASE = {"reel": 2600.0, "photo": 1400.0, "carousel": 1900.0}
_CAPTIONS = (
    "First light over the harbour, and nobody about. #Lofoten #brød",
    "Rye, water, salt: the loaf that sells out by nine. #lofoten",
    "How the oven is lit at four in the morning 🔥 #Lofoten #Brød",
    "Thank you for 10 years. Come by on Saturday!",
    "<b>New</b> opening hours & a new counter",
)
_PARTS = {
    "age": {"18-24": 210, "25-34": 640, "35-44": 480, "45-54": 220, "55-64": 90, "65+": 40},
    "gender": {"F": 1010, "M": 560, "U": 110},
    "country": {"NO": 1180, "SE": 170, "DE": 130, "GB": 80, "DK": 60},
    "city": {"Bodø, Nordland": 520, "Svolvær, Nordland": 310, "Oslo, Oslo": 190, "Tromsø, Troms": 120},
}


@dataclass
class Shop:
    """Draws one account's history up to a moment.

    moved, day_times: how many times as much reels, and days, reach of late. weights: of reels, photos and
    carousels.
    """

    now: datetime
    posts_a_day: float = 1.3
    moved: float = 1.6
    day_times: float = 1.2
    sigma: float = 0.35
    metric: str = "reach"
    weights: tuple[int, int, int] = (45, 35, 20)
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  # chance, not a secret

    def batches(self, *, days: int = DAYS) -> Iterator[Batch]:
        """Yield all that is kept of it."""
        yield Batch(collecting=Collecting(started_at=self.now - timedelta(days=days), complete_at=self.now))
        yield self._posts(days)
        yield self._stories()
        yield self._days(days)
        for day in range(days):
            yield Batch(account=self._counted(self.now - DAY * day, days - day))
        yield Batch(audience=list(self._audience()))

    def _posts(self, days: int) -> Batch:
        media, readings, missed = list[KeptMedia](), list[Reading](), list[MissedReading]()
        for number in range(round(self.posts_a_day * days)):
            kind = self.dice.choices(list(_PRODUCTS), self.weights)[0]
            # A day or more ago, so that each has had its 24 hours.
            back = DAY * (1.2 + number / self.posts_a_day)
            one = _media(number, kind, self.now - back - timedelta(hours=self.dice.uniform(0, 10)))
            media.append(one)
            if number % 17 == 5:
                missed.append(_missed(one))
            else:
                readings.append(_reading(one, self._numbers(kind, back, number)))
        return Batch(media=media, readings=readings, missed=missed)

    def _numbers(self, kind: str, back: timedelta, number: int) -> dict[str, Number]:
        reach = _BASE[kind] * self.dice.lognormvariate(0, self.sigma)
        reach *= self.moved if kind == "reel" and back.days < PERIOD else 1
        reach *= VIRAL_TIMES if number == 7 else 1
        numbers: dict[str, Number] = {
            "views": int(reach * 1.7),
            self.metric: int(reach),
            "likes": int(reach * self.dice.uniform(0.03, 0.07)),
            "comments": self.dice.randrange(0, 30),
            "saved": int(reach * self.dice.uniform(0.002, 0.01)),
            "shares": int(reach * self.dice.uniform(0.002, 0.01)),
        }
        return numbers if kind == "reel" else {**numbers, "follows": self.dice.randrange(0, 6)}

    def _stories(self) -> Batch:
        media = [_media(9000 + one, "story", self.now - DAY * (2 + one * 1.5)) for one in range(16)]
        read = [
            _reading(one, {"views": 400 + 7 * n, "reach": 300, "replies": 1}, 23)
            for n, one in enumerate(media)
        ]
        taps = [
            replace(one, parts={"navigation": {"tap_exit": 30 + 3 * n, "tap_forward": 200, "tap_back": 9}})
            for n, one in enumerate(read)
        ]
        return Batch(media=media, readings=taps[:-1])

    def _days(self, days: int) -> Batch:
        last = last_ended(self.now)
        return Batch(days=[one for back in range(days) for one in self._day(last - DAY * back, back)])

    def _day(self, day: date, back: int) -> Iterator[AccountDay]:
        reach = 5200 * self.dice.lognormvariate(0, 0.25) * (self.day_times if back < PERIOD else 1)
        numbers = {
            self.metric: int(reach),
            "follower_count": self.dice.randrange(0, 30),
            "views": int(reach * 2),
            "profile_views": int(reach * 0.03),
            "website_clicks": int(reach * 0.004),
        }
        for name, number in numbers.items():
            ends_at = end_of(day)
            yield AccountDay(metric=name, ends_at=ends_at, number=number, read_at=ends_at + 3 * DAY)
        yield AccountDay(
            metric="follows_and_unfollows",
            ends_at=end_of(day),
            number=None,
            read_at=end_of(day) + 3 * DAY,
            parts={"follow_type": {"follower": WON_A_DAY, "non_follower": LOST_A_DAY}},
        )

    def _counted(self, at: datetime, number: int) -> AccountReading:
        return AccountReading(read_at=at, followers_count=1500 + 14 * number, username="lofoten.bakery")

    def _audience(self) -> Iterator[AudienceReading]:
        for back, times in ((28, 0.95), (0, 1.0)):
            for metric, share in zip(DEMOGRAPHICS, (1.0, 0.3), strict=True):
                for breakdown, parts in _PARTS.items():
                    numbers = {name: int(number * times * share) for name, number in parts.items()}
                    yield AudienceReading(
                        metric=metric, breakdown=breakdown, read_at=self.now - DAY * back, parts=numbers
                    )


def thumbnail(number: int) -> bytes:
    """A small picture, as one is kept."""
    drawn, written = Image.new("RGB", (256, 320), (40 * number % 256, 90, 140)), io.BytesIO()
    ImageDraw.Draw(drawn).ellipse((40, 60, 216, 236), fill=(240, 200, 30 * number % 256))
    drawn.save(written, "JPEG")
    return written.getvalue()


def _media(number: int, kind: str, at: datetime) -> KeptMedia:
    product, media_type = ("STORY", "IMAGE") if kind == "story" else _PRODUCTS[kind]
    return KeptMedia(
        id=MediaId(f"1790000000{number:05}"),
        product_type=product,
        media_type=media_type,
        published_at=at,
        found_at=at,
        caption=_CAPTIONS[number % len(_CAPTIONS)],
        permalink=f"https://www.instagram.com/p/C{number:05}/",
    )


def _reading(media: KeptMedia, numbers: Mapping[str, Number], hours: int = 24) -> Reading:
    return Reading(
        media_id=media.id,
        age_s=hours * HOUR_S,
        read_at=media.published_at + timedelta(hours=hours),
        version="v26.0",
        numbers=numbers,
    )


def _missed(media: KeptMedia) -> MissedReading:
    return MissedReading(
        media_id=media.id,
        planned_age_s=24 * HOUR_S,
        why=Missing.NOT_RUNNING,
        text="No worker read it.",
        noted_at=media.published_at + timedelta(hours=27),
    )


# Where a post is by the end of its life, and what share of that is there after so many days.
_GROWN_BY_DAYS = 2.0
_ONLINE_MOST = 18


@dataclass
class FirstPull:
    """An account on its first day: its posts with their numbers of today, and what Instagram fills in.

    days_before: how long ago the first pull was; posts that went out since have been read at 24 hours.
    reels reach `reel_times` as much as photos at an equal age; the post `star` three times as much as others.
    """

    now: datetime
    posts: int = 506
    posts_a_day: float = 1.3
    days_before: float = 0.0
    reel_times: float = 1.8
    star: int = 9
    dice: random.Random = field(default_factory=lambda: random.Random(3))  # noqa: S311  # chance, not a secret

    @property
    def since(self) -> datetime:
        """When the first pull was."""
        return self.now - DAY * self.days_before

    def batches(self) -> Iterator[Batch]:
        """Yield all that is kept of it."""
        yield Batch(collecting=Collecting(started_at=self.since, complete_at=self.since))
        yield self._posts()
        yield Batch(days=list(self._days()))
        for back in range(int(self.days_before) + 1):
            yield Batch(account=AccountReading(read_at=self.now - DAY * back, followers_count=1500 - back))
        online = {str(hour): 100 + 40 * (hour in (_ONLINE_MOST, _ONLINE_MOST + 1)) for hour in range(24)}
        yield Batch(
            audience=[
                AudienceReading(metric="online_followers", breakdown="hour", read_at=self.now, parts=online)
            ]
        )

    def _posts(self) -> Batch:
        media, readings = list[KeptMedia](), list[Reading]()
        for number in range(self.posts):
            kind = self.dice.choices(("reel", "photo"), (45, 55))[0]
            age = DAY * (0.3 + number / self.posts_a_day)
            media.append(_media(number, kind, self.now - age))
            whole = 1400 * self.dice.lognormvariate(0, 0.2) * (self.reel_times if kind == "reel" else 1)
            whole *= 3 if number == self.star else 1
            ages = [age] if age > self.now - self.since + DAY else [age, DAY]
            readings += [self._reading(media[-1], at, whole) for at in ages if at <= age]
        return Batch(media=media, readings=readings)

    def _reading(self, media: KeptMedia, age: timedelta, whole: float) -> Reading:
        days = age / DAY
        reach = whole * days / (days + _GROWN_BY_DAYS)
        numbers = {"views": int(2 * reach), "reach": int(reach), "likes": int(reach * 0.05)}
        numbers |= {"comments": 4, "saved": int(reach * 0.01), "shares": 3}
        return Reading(
            media_id=media.id,
            age_s=int(age.total_seconds()),
            read_at=media.published_at + age,
            version="v26.0",
            numbers=numbers,
        )

    def _days(self) -> Iterator[AccountDay]:
        last = last_ended(self.now)
        for back in range(90 + int(self.days_before)):
            ends_at = end_of(last - DAY * back)
            reach = int(5200 * self.dice.lognormvariate(0, 0.25))
            yield AccountDay(metric="reach", ends_at=ends_at, number=reach, read_at=self.now)
