"""Insights over HTTP: what the session says of what is kept, without a call."""

from typing import Any

import msgspec
import pytest

from pressroom.service.shapes.account_insights import AccountPeriodShape
from pressroom.service.shapes.kept import ComparisonShape, KeptPostShape, KeptPostsShape
from pressroom.service.shapes.timing import BestTimeShape
from tests.api.house import Client, House
from tests.mcp.shop import keep_nothing_yet, keep_shop


@pytest.fixture
def kept(house: House) -> House:
    keep_shop(house.road)
    return house


def told(shape: msgspec.Struct) -> Any:
    return msgspec.json.decode(msgspec.json.encode(shape))


async def test_posts_are_listed_at_an_age_a_page_at_a_time(kept: House, shop: Client) -> None:
    wish: dict[str, Any] = {"age_hours": 24, "sort": "reach", "kind": ["reel", "photo"]}
    pages = [await shop.get("/insights/posts", limit=50, **wish)]
    while pages[-1]["next"]:
        pages.append(await shop.get("/insights/posts", limit=50, after=pages[-1]["next"], **wish))
    listed = await kept.owner.insights.media(age_s=24 * 3600, sort="reach", kinds=("reel", "photo"))
    assert len(pages) == -(-len(listed.posts) // 50) > 1
    assert [post for page in pages for post in page["media"]] == told(KeptPostsShape.of(listed))["media"]
    first = listed.posts[0].media.id
    (alone,) = (await kept.owner.insights.kept(first)).posts
    assert await shop.get(f"/insights/posts/{first}") == told(KeptPostShape.of(alone))
    assert kept.road.sandbox.calls() == []


async def test_an_account_its_hours_and_its_posts_are_told_as_by_the_command_line(
    kept: House, shop: Client
) -> None:
    insights = kept.owner.insights
    assert await shop.get("/insights/account", period="28d") == told(
        AccountPeriodShape.of(await insights.account("28d"))
    )
    zone = "Europe/Oslo"
    assert await shop.get("/insights/best-time", timezone=zone) == told(
        BestTimeShape.of(await insights.in_zone(zone).best_time())
    )
    ids = [post.media.id for post in (await insights.media(limit=2)).posts]
    assert await shop.get("/insights/comparison", media_id=ids) == told(
        ComparisonShape.of(await insights.compare(ids))
    )
    groups = await shop.get("/insights/groups", by="kind")
    assert {group["name"] for group in groups["groups"]} == {"reel", "photo", "carousel"}


async def test_what_cannot_be_told_is_refused(house: House, shop: Client) -> None:
    keep_nothing_yet(house.road)
    wishes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("posts", {"kind": "poem"}),
        ("posts", {"sort": "fame"}),
        ("posts", {"after": "-1"}),
        ("account", {"period": "a while"}),
        ("best-time", {"timezone": "Moon"}),
        ("comparison", {}),
        ("groups", {"by": "mood"}),
    )
    for path, query in wishes:
        assert (await shop.ask("GET", f"/insights/{path}", **query)).of(422)["fix"]
    assert house.road.sandbox.calls() == []


async def test_where_nothing_is_kept_the_answer_says_how_it_begins(shop: Client) -> None:
    problem = (await shop.ask("GET", "/insights/posts")).of(404)
    assert "POST /api/v1/insights/pull" in problem["fix"]
    assert (await shop.ask("GET", "/insights/posts/1")).of(404)
