"""What a start costs, and what is due after a gap in which a newer copy of the store may have published."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.post import Attention, PostId, PostKind, PostOptions, PostState
from pressroom.publish.machine.policy import CAREFUL
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.service.consent.change import Change, Verb
from pressroom.service.posts.catching_up import catch_up
from tests.publish.durable_world import World, durable_world
from tests.publish.older_copies import DAY_S, HOUR_S, MINUTE_S, start_worker, work

WEEK_S = 7 * DAY_S
WORDS = PostOptions(caption="Happy Monday")


@dataclass
class Newsroom:
    """A world with a store in a file, whose worker is restarted."""

    world: World

    def plan(self, in_s: float = HOUR_S, kind: PostKind = PostKind.PHOTO, **fields: object) -> PostId:
        return self.world.schedule(kind, in_s=in_s, **fields)

    def by_hand(self, caption: str | None = "Happy Monday") -> str:
        """Somebody publishes with Instagram's app, or a newer copy of this store has: it looks the same."""
        return self.world.sandbox.order("media", caption=caption)

    async def older(self, *captions: str | None) -> None:
        """Start on an older copy, while these were published since."""
        self.world.clock.advance(HOUR_S / 2)
        for caption in captions:
            self.by_hand(caption)
        self.world.clock.advance(HOUR_S / 2)
        await catch_up(self.world.store, self.world.clock, CAREFUL, is_older=True)

    def change(self, post_id: PostId, change: Change) -> None:
        post = self.world.post(post_id)
        self.world.store.posts.save(change.operate(post, self.world.clock.now()), post)

    def asked(self, post_id: PostId) -> bool:
        return self.world.post(post_id).attention is Attention.OUTCOME_UNKNOWN


@asynccontextmanager
async def a_newsroom(home: Path) -> AsyncGenerator[Newsroom]:
    where, marks = str(home / "pressroom.db"), home.with_name("state")
    async with durable_world(where=where, home=home, marks=marks) as world:
        world.keep_token()
        await start_worker(world)
        yield Newsroom(world)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


# What a start costs.


async def test_a_restart_costs_no_call_and_no_time_where_nothing_was_due(home: Path) -> None:
    async with a_newsroom(home) as newsroom:
        world, sandbox = newsroom.world, newsroom.world.sandbox
        first, second = newsroom.plan(HOUR_S), newsroom.plan(2 * HOUR_S)
        await work(world, 1.5 * HOUR_S)
        usual = len(sandbox.calls())
        for _ in range(20):
            await start_worker(world)
            world.clock.advance(1)
        await work(world, HOUR_S)
        assert [world.post(post).state for post in (first, second)] == [PostState.PUBLISHED] * 2
        assert len(sandbox.calls()) - usual == usual
        for post in map(world.post, (first, second)):
            assert post.due_at
            assert post.sends[0].started_at - post.due_at < timedelta(seconds=5)


async def test_a_post_that_was_due_in_a_restart_is_checked_and_published_at_once(home: Path) -> None:
    async with a_newsroom(home) as newsroom:
        world = newsroom.world
        post_id = newsroom.plan(HOUR_S)
        await work(world, HOUR_S - MINUTE_S)
        world.clock.advance(MINUTE_S + 5)
        before = len(world.sandbox.calls("/media", "GET"))
        await start_worker(world)
        await world.run(5)
        assert world.sends == 1
        # The list for the check, and that of the snapshot.
        assert len(world.sandbox.calls("/media", "GET")) == before + 2
        assert world.post(post_id).state is PostState.PUBLISHED


async def test_the_same_words_each_week_by_us_and_by_hand_are_published_on_time_with_restarts(
    home: Path,
) -> None:
    async with a_newsroom(home) as newsroom:
        world = newsroom.world
        posts = [newsroom.plan(HOUR_S + week * WEEK_S, options=WORDS) for week in range(4)]
        for _ in posts:
            await work(world, 3 * DAY_S, beat_every_s=DAY_S)
            newsroom.by_hand()
            await work(world, DAY_S, beat_every_s=DAY_S)
            world.clock.advance(HOUR_S)
            await start_worker(world)
            await work(world, 3 * DAY_S - HOUR_S, beat_every_s=DAY_S)
        assert [world.post(post).state for post in posts] == [PostState.PUBLISHED] * 4
        for post in map(world.post, posts):
            assert post.due_at
            assert post.sends[0].started_at - post.due_at < timedelta(seconds=5)
        assert world.sends == 4


# What is due after the gap.


async def test_what_may_have_been_published_before_its_time_is_asked_about(home: Path) -> None:
    """A newer copy published it early: a user wanted it so."""
    async with a_newsroom(home) as newsroom:
        early, other = newsroom.plan(DAY_S, options=WORDS), newsroom.plan(DAY_S + HOUR_S)
        await newsroom.older("Happy Monday")
        await work(newsroom.world, 2 * DAY_S)
        assert newsroom.asked(early)
        (by_another_copy,) = [media for media in newsroom.world.sandbox.media if media.container_id is None]
        assert by_another_copy.id in (newsroom.world.post(early).problem or "")
        assert newsroom.world.post(other).state is PostState.PUBLISHED


async def test_what_was_published_outside_the_gap_holds_up_nothing(home: Path) -> None:
    async with a_newsroom(home) as newsroom:
        world = newsroom.world
        newsroom.by_hand()
        await work(world, HOUR_S)
        post_id = newsroom.plan(DAY_S, options=WORDS)
        await newsroom.older()
        await work(world, HOUR_S)
        newsroom.by_hand()
        await work(world, DAY_S)
        assert world.post(post_id).state is PostState.PUBLISHED


async def test_a_post_that_was_stored_after_the_start_is_published(home: Path) -> None:
    async with a_newsroom(home) as newsroom:
        await newsroom.older("Happy Monday")
        post_id = newsroom.plan(HOUR_S, options=WORDS)
        await work(newsroom.world, 2 * HOUR_S)
        assert newsroom.world.post(post_id).state is PostState.PUBLISHED


@pytest.mark.parametrize(("after_s", "is_asked"), [(HOUR_S, True), (2 * DAY_S, False)])
async def test_a_key_may_repeat_a_post_that_the_older_store_has_lost(
    home: Path, after_s: float, *, is_asked: bool
) -> None:
    async with a_newsroom(home) as newsroom:
        await newsroom.older("Happy Monday")
        await work(newsroom.world, after_s)
        post_id = newsroom.plan(HOUR_S, options=WORDS, idempotency_key="k")
        await work(newsroom.world, 2 * HOUR_S)
        assert newsroom.asked(post_id) is is_asked


async def test_a_key_is_new_where_nothing_proves_the_store_older(home: Path) -> None:
    """Such as each start of a container, where nothing outside the data directory lasts."""
    async with a_newsroom(home) as newsroom:
        world = newsroom.world
        newsroom.by_hand()
        world.clock.advance(MINUTE_S)
        for mark in home.with_name("state").iterdir():
            mark.unlink()
        world.store.provenance._mark = None  # pyright: ignore[reportPrivateUsage]
        await start_worker(world)
        post_id = newsroom.plan(HOUR_S, options=WORDS, idempotency_key="k")
        await work(world, 2 * HOUR_S)
        assert world.post(post_id).state is PostState.PUBLISHED


async def test_a_user_who_looked_at_the_profile_is_not_asked_again(home: Path) -> None:
    async with a_newsroom(home) as newsroom:
        post_id = newsroom.plan(DAY_S, options=WORDS)
        await newsroom.older("Happy Monday")
        await work(newsroom.world, DAY_S)
        assert newsroom.asked(post_id)
        newsroom.change(post_id, Change(Verb.RESOLVE, {"media_id": None, "is_unchecked": True}))
        await work(newsroom.world, HOUR_S)
        assert newsroom.world.post(post_id).state is PostState.PUBLISHED
        assert newsroom.world.sends == 1


async def test_while_the_list_cannot_be_read_a_post_of_before_the_gap_waits(home: Path) -> None:
    async with a_newsroom(home) as newsroom:
        world = newsroom.world
        old = newsroom.plan(DAY_S, options=WORDS)
        await newsroom.older()
        new = newsroom.plan(DAY_S)
        fault = Fault(on="media_list", kind=FaultKind.ERROR, code=2, http_status=500, times=10_000)
        world.sandbox.faults.add(fault)
        await work(world, DAY_S + 2 * MINUTE_S)
        assert world.post(old).sends == ()
        assert "could not be read" in (world.post(old).held_up_by or "")
        assert world.post(new).sends


async def test_a_post_of_ours_that_is_live_without_an_id_is_no_stranger(home: Path) -> None:
    async with a_newsroom(home) as newsroom:
        world = newsroom.world
        published = newsroom.plan(HOUR_S, options=WORDS)
        await work(world, 2 * HOUR_S)
        post = world.post(published)
        world.store.posts.save(post.changed(media_id=None, revision=post.revision + 1), post)
        waiting = newsroom.plan(DAY_S, options=WORDS)
        await newsroom.older()
        await work(world, 2 * DAY_S)
        assert world.post(waiting).state is PostState.PUBLISHED
        assert world.sends == 2
