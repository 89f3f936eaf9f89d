"""The layout `fivetran` is what dbt_instagram_business 1.2.1 reads: names, order, types, and each value."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pressroom.insights.export.fivetran import MEDIA_INSIGHTS
from tests.insights.export.kept import (
    ALBUM,
    DAY,
    HOUR,
    MEDIA,
    NOW,
    ODD,
    PHOTO,
    REEL,
    STORY,
    UNREAD,
    VIDEO,
    kept,
)

# As macros/get_*_columns.sql of the package have them.
COLUMNS = {
    "media_history": """
        _fivetran_id string, _fivetran_synced timestamp, caption string, carousel_album_id int,
        created_time timestamp, id int, ig_id int, is_comment_enabled boolean, is_story boolean,
        media_type string, media_url string, permalink string, shortcode string, thumbnail_url string,
        user_id int, username string""",
    "media_insights": """
        _fivetran_id string, _fivetran_synced timestamp, carousel_album_engagement int,
        carousel_album_reach int, carousel_album_saved int, carousel_album_shares int,
        carousel_album_views int, comment_count int, id int, like_count int, story_exits int,
        story_reach int, story_replies int, story_taps_back int, story_taps_forward int, story_shares int,
        story_views int, video_photo_engagement int, video_photo_reach int, video_photo_saved int,
        video_photo_shares int, video_photo_views int, reel_comments int, reel_likes int, reel_reach int,
        reel_shares int, reel_total_interactions int, reel_views int, carousel_album_impressions int,
        carousel_album_video_views int, story_impressions int, video_photo_impressions int,
        video_views int, reel_plays int""",
    "user_history": """
        _fivetran_id string, _fivetran_synced timestamp, followers_count int, follows_count int, id int,
        ig_id int, media_count int, name string, username string, website string""",
}
TYPES = {"string": "VARCHAR", "int": "BIGINT", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}
# Filled beside `id` and the two of Fivetran's own.
VALUES: dict[str, dict[str, int]] = {
    # `likes` and `reach` of the newest reading, the rest of the one before: it did not give them.
    PHOTO: {
        "like_count": 21,
        "comment_count": 5,
        "video_photo_engagement": 30,
        "video_photo_reach": 0,
        "video_photo_saved": 1,
        "video_photo_shares": 4,
        "video_photo_views": 1,
    },
    VIDEO: {
        "like_count": 20,
        "comment_count": 5,
        "video_photo_engagement": 30,
        "video_photo_reach": 80,
        "video_photo_saved": 1,
        "video_photo_shares": 4,
        "video_photo_views": 90,
        "video_views": 44,
    },
    ALBUM: {
        "like_count": 20,
        "comment_count": 5,
        "carousel_album_engagement": 30,
        "carousel_album_reach": 80,
        "carousel_album_saved": 1,
        "carousel_album_shares": 4,
        "carousel_album_views": 90,
        "carousel_album_impressions": 99,
    },
    REEL: {
        "like_count": 20,
        "comment_count": 5,
        "reel_comments": 5,
        "reel_likes": 20,
        "reel_reach": 80,
        "reel_shares": 4,
        "reel_total_interactions": 30,
        "reel_views": 90,
    },
    STORY: {
        "story_exits": 4,
        "story_reach": 50,
        "story_replies": 6,
        "story_taps_back": 2,
        "story_taps_forward": 8,
        "story_shares": 0,
        "story_views": 60,
        "story_impressions": 70,
    },
}


def rows(file: Path, query: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(file), read_only=True) as opened:
        found = opened.execute(query)
        names = [one[0] for one in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture
async def exported(tmp_path: Path) -> Path:
    async with kept(tmp_path / "home") as pressroom:
        await pressroom.insights.export(tmp_path / "ig.duckdb", format="duckdb", layout="fivetran")
    return tmp_path / "ig.duckdb"


async def test_tables_columns_and_types_are_those_of_the_package_in_its_schema(exported: Path) -> None:
    found = rows(
        exported,
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "ORDER BY table_name, ordinal_position",
    )
    expected = [
        ("instagram_business", table, *_typed(column))
        for table, columns in COLUMNS.items()
        for column in columns.split(",")
    ]
    assert [tuple(row.values()) for row in found] == expected


def _typed(column: str) -> tuple[str, str]:
    name, kind = column.split()
    return name, TYPES[kind]


async def test_of_the_groups_of_columns_a_media_fills_its_own_alone(exported: Path) -> None:
    found = {str(row["id"]): row for row in rows(exported, "FROM instagram_business.media_insights")}
    assert found.keys() == VALUES.keys()
    for media_id, values in VALUES.items():
        row = {name: value for name, value in found[media_id].items() if not name.startswith("_fivetran")}
        assert row == {**dict.fromkeys(MEDIA_INSIGHTS.names[2:]), "id": int(media_id), **values}, media_id


async def test_media_are_there_once_as_they_are_now(exported: Path) -> None:
    found = {str(row["id"]): row for row in rows(exported, "FROM instagram_business.media_history")}
    assert sorted(found) == sorted(one.id for one in MEDIA)
    key = found[PHOTO].pop("_fivetran_id")
    assert (len(key), {row.get("_fivetran_id") for row in found.values()} & {key}) == (32, set())
    assert found[PHOTO] == {
        "_fivetran_synced": without_zone(NOW + 24 * HOUR),
        "caption": ODD,
        "carousel_album_id": None,
        "created_time": without_zone(NOW - 3 * DAY),
        "id": int(PHOTO),
        "ig_id": None,
        "is_comment_enabled": None,
        "is_story": False,
        "media_type": "IMAGE",
        "media_url": None,
        "permalink": f"https://www.instagram.com/p/{PHOTO}/",
        "shortcode": "x",
        "thumbnail_url": None,
        "user_id": 17841400000000001,
        "username": "lofoten.no",
    }
    assert [found[one]["is_story"] for one in (STORY, REEL)] == [True, False]
    assert found[UNREAD]["_fivetran_synced"] == without_zone(NOW - 2 * DAY)


async def test_an_account_has_a_row_for_each_day_under_one_key(exported: Path) -> None:
    first, second = rows(exported, "FROM instagram_business.user_history ORDER BY _fivetran_synced")
    assert first.pop("_fivetran_id") == second.pop("_fivetran_id")
    assert (first["followers_count"], first["username"]) == (None, "lofoten")
    assert second == {
        "_fivetran_synced": without_zone(NOW),
        "followers_count": 1200,
        "follows_count": 3,
        "id": 17841400000000001,
        "ig_id": None,
        "media_count": 6,
        "name": "Lofoten, live",
        "username": "lofoten.no",
        "website": "https://example.com",
    }


async def test_keys_are_the_same_at_every_export(tmp_path: Path, exported: Path) -> None:
    async with kept(tmp_path / "again") as pressroom:
        await pressroom.insights.export(tmp_path / "2.duckdb", format="duckdb", layout="fivetran")
    query = "SELECT _fivetran_id FROM instagram_business.media_insights ORDER BY id"
    assert rows(exported, query) == rows(tmp_path / "2.duckdb", query)


async def test_of_a_span_come_the_media_that_were_read_in_it(tmp_path: Path) -> None:
    async with kept(tmp_path / "home") as pressroom:
        done = await pressroom.insights.export(
            tmp_path / "ig.duckdb", format="duckdb", layout="fivetran", since=NOW + timedelta(hours=24)
        )
    assert {one.name: one.rows for one in done.tables} == {
        "media_history": 3,
        "media_insights": 3,
        "user_history": 0,
    }


def without_zone(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
