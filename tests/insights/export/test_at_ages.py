"""The table `at_ages` has a line for each media and age, with the numbers that questions give."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace as changed

from pressroom.core.account import Account
from pressroom.core.readings import Batch, Collecting, Reading
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.graph.answers import UserId
from pressroom.insights.read import engagement_rate
from pressroom.service.session import Pressroom
from pressroom.store.store import open_store
from tests.insights.export import kept as k

HOURS = 3600
COLUMNS = ("media_id", "age", "from_age_s", "to_age_s", "basis")
PUBLISHED = k.NOW - 3 * k.DAY


def stored(home: Path, readings: Sequence[Reading], published_at: datetime = PUBLISHED) -> None:
    """Keep readings of a photo and a reel, which were published at the same time."""
    media = [k.media(k.PHOTO, "FEED", "IMAGE"), k.media(k.REEL, "REELS", "VIDEO")]
    media = [changed(each, published_at=published_at) for each in media]
    batch = Batch(media=media, readings=readings, collecting=Collecting(started_at=k.NOW))
    with open_store(home / "pressroom.db") as store:
        store.accounts.learn(k.ONE, [k.ONE])
        store.readings.keep(k.ONE, batch)


async def rows(home: Path, since: datetime | None = None) -> list[dict[str, Any]]:
    async with k.session(home) as pressroom:
        texts = [text async for text in pressroom.insights.export_text("at_ages", format="json", since=since)]
    return [json.loads(line) for line in "".join(texts).splitlines()]


async def test_a_line_has_what_a_question_gives_and_the_true_ages_it_rests_on(tmp_path: Path) -> None:
    around = [k.reading(k.PHOTO, hours, views=hours, reach=10 * hours, likes=hours) for hours in (22, 27)]
    stored(tmp_path, [*around, k.reading(k.REEL, 24, views=5)])
    photo, reel = await rows(tmp_path)
    assert [photo[name] for name in COLUMNS] == [k.PHOTO, "24 h", 22 * HOURS, 27 * HOURS, "interpolated"]
    assert [reel[name] for name in COLUMNS] == [k.REEL, "24 h", 24 * HOURS, 24 * HOURS, "read"]
    assert (reel["kind"], reel["views"], reel["engagement_rate"]) == ("reel", 5, None)
    account = Account(token=Secret("IGx"), user_id=UserId("17841400000000001"))
    settings = settings_from_environment({}, default_home=tmp_path)
    async with Pressroom(account, settings, clock=k.clock()) as pressroom:
        asked = await pressroom.insights.media(age_s=24 * HOURS)
    (numbers,) = (post.aged.numbers for post in asked.posts if post.aged and post.media.id == k.PHOTO)
    assert {name: photo[name] for name in numbers} == numbers
    assert photo["engagement_rate"] == engagement_rate(numbers) is not None


async def test_a_reading_alone_stands_for_the_nearest_age_only(tmp_path: Path) -> None:
    stored(tmp_path, [k.reading(k.PHOTO, 388 * 24, views=900)], published_at=k.NOW - 500 * k.DAY)
    assert [row["age"] for row in await rows(tmp_path)] == ["388 d"]


async def test_since_leaves_out_ages_whose_last_reading_is_older(tmp_path: Path) -> None:
    readings = [k.reading(k.PHOTO, hours, views=hours) for hours in (24, 47, 49)]
    stored(tmp_path, readings)
    assert [row["age"] for row in await rows(tmp_path)] == ["24 h", "2 d"]
    late = await rows(tmp_path, since=PUBLISHED + timedelta(hours=48))
    # The number at 48 hours rests on the reading before `since`, too.
    assert [(row["age"], row["views"], row["from_age_s"]) for row in late] == [("2 d", 48, 47 * HOURS)]
