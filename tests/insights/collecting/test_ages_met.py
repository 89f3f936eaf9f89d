"""Numbers at 24 hours against a planted truth, over two weeks with a worker that is down now and then.

`bench/ages.py` does the same for a month, through the sandbox.
"""

import math
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median

import pytest

from pressroom.core.readings import AgedReading, Collecting, KeptMedia, Reading
from pressroom.graph.answers import Media, MediaId, MediaProductType
from pressroom.insights.ages import LOOK_EVERY, next_planned
from pressroom.insights.collecting.pull import Intake
from pressroom.insights.questions.posts import AgedNumbers, Basis, at_age

START, DAYS, DAY_S = datetime(2026, 11, 1, tzinfo=UTC), 14, 86_400
SCALES = {"REELS": 100.0, "FEED": 8.0}
"""Hours in which most of the reach is made: reels grow much at 24 hours, photos little."""


class Post:
    """A post whose reach at any age is known."""

    def __init__(self, number: int, dice: Random) -> None:
        self.id = MediaId(f"{number:03}")
        self.product = MediaProductType.REELS if number % 2 else MediaProductType.FEED
        self.at = START + timedelta(seconds=dice.randrange(DAYS * DAY_S))
        self.most = dice.lognormvariate(9, 0.6)
        self.scale_s = 3600 * SCALES[self.product] * dice.uniform(0.7, 1.3)

    def reach(self, age_s: float) -> int:
        return int(self.most * -math.expm1(-((age_s / self.scale_s) ** 0.6)))


def collected(posts: list[Post], dice: Random) -> tuple[dict[MediaId, KeptMedia], list[Reading]]:
    """Let a worker list the newest fifty every 50 minutes, and be down every third day for some hours."""
    stored, readings, now = dict[MediaId, KeptMedia](), list[Reading](), START
    collecting, down_at = Collecting(started_at=START), START + timedelta(days=2)
    while now < START + timedelta(days=DAYS + 2):
        if now > down_at:
            now, down_at = now + timedelta(hours=dice.uniform(3, 20)), now + timedelta(days=3)
        shown = sorted((post for post in posts if post.at <= now), key=lambda post: post.at)[-50:]
        intake = Intake(now=now, version="v25.0", collecting=collecting, stored=stored)
        for post in shown:
            intake.add_media(
                Media(id=post.id, media_product_type=post.product, timestamp=f"{post.at:%Y-%m-%dT%H:%M:%S%z}")
            )
            intake.add_reading(post.id, {"reach": post.reach((now - post.at).total_seconds())})
        batch = intake.batch()
        stored |= {media.id: media for media in batch.media}
        readings += batch.readings
        now += LOOK_EVERY
    return stored, readings


def test_media_of_an_earlier_release_are_read_on_though_nobody_noted_how_old_they_were() -> None:
    post = Post(1, Random(1))  # noqa: S311  # chance, not a secret
    plan = next_planned("REELS", post.at, 7 * 3600)
    before = KeptMedia(
        id=post.id,
        product_type="REELS",
        media_type="VIDEO",
        published_at=post.at,
        found_at=post.at,
        planned=plan,
    )
    stored, ages_s = {post.id: before}, list[int]()
    for hours in (22, 23, 24.5, 26):
        collecting, now = Collecting(started_at=START), post.at + timedelta(hours=hours)
        intake = Intake(now=now, version="v25.0", collecting=collecting, stored=stored)
        intake.media[post.id] = stored[post.id]
        intake.add_reading(post.id, {"reach": 5})
        assert intake.missed == []
        stored = {**intake.media}
        ages_s += [one.age_s for one in intake.batch().readings]
    assert ages_s == [23 * 3600, 24.5 * 3600]


@pytest.fixture(scope="module")
def told() -> list[tuple[Post, AgedNumbers | None]]:
    dice = Random(3)  # noqa: S311  # chance, not a secret
    posts = [Post(number, dice) for number in range(120)]
    stored, readings = collected(posts, dice)
    assert len({(one.media_id, one.age_s) for one in readings}) == len(readings) < 12 * len(posts)
    aged = [AgedReading(stored[one.media_id], one) for one in readings]
    numbers = {one.media.id: one for one in at_age(sorted(aged, key=lambda one: one.reading.age_s), DAY_S)}
    return [(post, numbers.get(post.id)) for post in posts]


@pytest.mark.parametrize("product", ["REELS", "FEED"])
def test_the_median_at_24_hours_is_that_of_24_hours_for_what_grows_fast_and_slowly(
    told: list[tuple[Post, AgedNumbers | None]], product: str
) -> None:
    pairs = [
        (one.numbers["reach"], post.reach(DAY_S)) for post, one in told if one and post.product == product
    ]
    assert len(pairs) >= 0.95 * len(told) / 2
    ours, truth = (median(side) for side in zip(*pairs, strict=True))
    assert abs(ours / truth - 1) <= 0.01
    assert median(abs(number / true - 1) for number, true in pairs) <= 0.002


def test_what_was_not_read_about_24_hours_says_so_and_how_surely(
    told: list[tuple[Post, AgedNumbers | None]],
) -> None:
    corrected = [(post, one) for post, one in told if one and one.basis is Basis.CORRECTED]
    assert 0.05 < len(corrected) / len(told) < 0.5
    near = 0
    for post, one in corrected:
        assert one.uncertainty_percent is not None
        off = abs(one.numbers["reach"] - post.reach(DAY_S)) - 1
        near += off <= one.numbers["reach"] * (one.uncertainty_percent + 0.05) / 100
        assert one.age_s == DAY_S
        assert DAY_S not in one.ages_s
    assert near >= 0.8 * len(corrected)
