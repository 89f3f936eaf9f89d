"""Of two processes that publish the same at once, one gets through."""

import asyncio
from pathlib import Path

from pressroom.core.post import Post, PostState
from pressroom.service.posts.planning import Planned
from pressroom.service.posts.storing import PublishedLately
from tests.service.road import Road, a_photo, opened_road


async def accepted(road: Road, caption: str, but: str | None = None) -> Planned | Post:
    """What `publish` is told in a process of its own: its post, or the twin in its way."""
    async with road.pressroom() as pressroom:
        try:
            return await pressroom.posts.accept(a_photo(caption), is_once=True, but=but)
        except PublishedLately as found:
            return found.twin


async def test_the_same_at_the_same_moment_is_stored_once(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road:
        told = await asyncio.gather(*(accepted(road, "Hello") for _ in range(4)))

        (first,) = [one for one in told if isinstance(one, Planned)]
        assert {one.id for one in told if isinstance(one, Post)} == {first.post.id}
        assert [post.state for post in road.posts] == [PostState.SCHEDULED]


async def test_other_content_is_not_in_its_way_nor_a_twin_that_somebody_knows_of(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road:
        told = await asyncio.gather(*(accepted(road, caption) for caption in ("One", "Two")))
        assert all(isinstance(one, Planned) for one in told)

        known = road.posts[0]
        again = await accepted(road, known.options.caption or "", but=known.id)
        assert isinstance(again, Planned)
