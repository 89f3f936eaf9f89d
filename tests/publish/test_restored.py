"""A store that is put back from a backup publishes nothing again: docs/decisions/0031."""

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import make_url

from pressroom.core.post import Attention, Post, PostId, PostKind, PostOptions, PostState
from pressroom.publish.machine import operations
from pressroom.publish.machine.timing import ask
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.service.consent.change import Change, Verb
from tests.publish.durable_world import World, durable_world
from tests.publish.posts import NOON, a_post
from tests.publish.restoring import AGES_S, DAY_S, HOUR_S, MOMENTS, Backups, Restoring, a_world_backed_up

# `make attack` plays more.
ROUNDS = int(os.environ.get("PRESSROOM_TEST_RESTORE_ROUNDS", "2"))
# The lists of a hostile sandbox are behind.
LISTED_AFTER_S = 60.0
COMMENTED = (PostKind.PHOTO, PostKind.REEL, PostKind.CAROUSEL)


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    return Backups(tmp_path / "pressroom.db")


def planned(
    kind: PostKind = PostKind.PHOTO, *, key: str | None = None, has_caption: bool = True
) -> Callable[[World], PostId]:
    """Give what plans a post that is due in two hours."""
    comment = None if kind is PostKind.STORY else "First"
    bare = {} if has_caption else {"options": PostOptions(first_comment=comment)}
    return lambda world: world.schedule(kind, in_s=2 * HOUR_S, idempotency_key=key, **bare)


async def assert_live_once(restoring: Restoring, kind: PostKind, *, aftermath: str, first: Post) -> None:
    """Let somebody do what people do then; whatever that is, the post and its comment stand once."""
    match aftermath:
        case "start":
            await restoring.start_worker()
        case "start and retry":
            await restoring.start_worker()
            restoring.retry_all()
            await restoring.start_worker()
        case "retry":
            restoring.retry_all()
            await restoring.start_worker()
        case _:
            await restoring.repeat(first)
            await restoring.start_worker()
    sandbox = restoring.world.sandbox
    assert len(sandbox.media) == 1
    assert len(sandbox.calls("/comments", "POST")) == (kind in COMMENTED)


def assert_settled(restoring: Restoring) -> None:
    """Hold the posts to be what is live, or to be asked about once, in words that say so."""
    for post in restoring.posts:
        if post.state is PostState.PUBLISHED:
            assert post.media_id in (None, restoring.world.sandbox.media[0].id)
        else:
            assert post.attention is Attention.OUTCOME_UNKNOWN
            assert post.problem


@pytest.mark.parametrize("moment", ["a minute before", "before SendCommitted", "before CommentCommitted"])
async def test_what_was_sent_since_a_backup_is_known_by_the_send_log(moment: str, backups: Backups) -> None:
    async with a_world_backed_up(moment, backups, planned()) as (restoring, first):
        await restoring.put_back(age_s=60)
        await assert_live_once(restoring, PostKind.PHOTO, aftermath="start", first=first)
        assert [post.media_id for post in restoring.posts] == [restoring.world.sandbox.media[0].id]


async def test_a_repeated_key_of_a_post_that_the_store_has_lost_finds_what_was_sent(backups: Backups) -> None:
    async with a_world_backed_up("nothing yet", backups, planned(key="k")) as (restoring, first):
        await restoring.put_back(age_s=DAY_S)
        assert restoring.posts == ()
        await assert_live_once(restoring, PostKind.PHOTO, aftermath="script", first=first)
        assert [post.state for post in restoring.posts] == [PostState.PUBLISHED]


async def test_without_the_log_a_post_that_was_due_is_looked_for_on_the_profile(backups: Backups) -> None:
    async with a_world_backed_up("planned", backups, planned()) as (restoring, first):
        await restoring.put_back(age_s=DAY_S, is_logged=False)
        await assert_live_once(restoring, PostKind.PHOTO, aftermath="start", first=first)
        assert [post.media_id for post in restoring.posts] == [restoring.world.sandbox.media[0].id]


@pytest.mark.parametrize("kind", PostKind)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.usefixtures("long_run")
async def test_whenever_it_was_backed_up_and_whatever_is_done_then_nothing_is_doubled(
    moment: str, kind: PostKind, tmp_path: Path
) -> None:
    """Some of the ways through age, log, caption, key and aftermath, by luck that stays the same."""
    luck = Random(f"{moment} {kind}")  # noqa: S311
    for number in range(ROUNDS):
        home = tmp_path / str(number)
        home.mkdir()
        await a_round(luck, moment, kind, Backups(home / "pressroom.db"))


async def a_round(luck: Random, moment: str, kind: PostKind, backups: Backups) -> None:
    aftermath = luck.choice(["start", "start and retry", "retry", "script"])
    has_caption, is_logged = luck.random() < 0.5, luck.random() < 0.5  # heads or tails
    # A key that nothing tells of any more is a new post, as after 90 days.
    key = "k" if aftermath == "script" or luck.random() < 0.5 else None  # heads or tails
    if moment == "nothing yet" and not is_logged:
        return
    plan = planned(kind, key=key, has_caption=has_caption)
    async with a_world_backed_up(moment, backups, plan) as (restoring, first):
        if not backups.exists:  # a story has no comment
            return
        await restoring.put_back(age_s=luck.choice(AGES_S), is_logged=is_logged)
        await assert_live_once(restoring, kind, aftermath=aftermath, first=first)
        assert_settled(restoring)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_on_a_server_nothing_is_doubled(moment: str, empty_database: str, tmp_path: Path) -> None:
    luck = Random(f"{moment} on a server")  # noqa: S311
    # Without its log nothing tells of a key that is not in the store.
    is_logged = luck.random() < 0.5 or moment == "nothing yet"
    aftermath = luck.choice(["start", "start and retry", "retry", "script"])
    backups = Backups(tmp_path / "pressroom.db", make_url(empty_database))
    async with a_world_backed_up(moment, backups, planned(key="k")) as (restoring, first):
        await restoring.put_back(age_s=DAY_S, is_logged=is_logged)
        await assert_live_once(restoring, PostKind.PHOTO, aftermath=aftermath, first=first)


@asynccontextmanager
async def mondays(*, weeks: int) -> AsyncGenerator[tuple[World, list[PostId]]]:
    """Plan the same words for each Monday."""
    async with durable_world() as world:
        words, week_s = PostOptions(caption="Happy Monday"), 7 * DAY_S
        posts = [world.schedule(in_s=HOUR_S + week * week_s, options=words) for week in range(weeks)]
        world.keep_token()
        yield world, posts


async def test_the_same_words_each_week_and_by_hand_hold_up_nothing_on_a_store_that_is_up_to_date() -> None:
    async with mondays(weeks=4) as (world, posts):
        for _ in posts:
            world.sandbox.order("media", caption="Happy Monday")
            await world.run(7 * DAY_S)
        assert [world.post(post_id).state for post_id in posts] == [PostState.PUBLISHED] * 4
        assert len(world.sandbox.media) == 4 + 4
        # One page for each snapshot, and none to look back.
        assert len(world.sandbox.calls("/media", "GET")) == len(posts)


async def late_post(world: World, *, by_hand_after_s: float | None = None) -> PostId:
    """Give a post that asks since it is late: no worker ran for two hours. Somebody may have posted it."""
    post_id = world.schedule(in_s=HOUR_S, options=PostOptions(caption="Words"))
    world.clock.advance(HOUR_S)
    if by_hand_after_s is not None:
        world.clock.advance(by_hand_after_s)
        world.sandbox.order("media", caption="Words")
    world.clock.advance(2 * HOUR_S)
    await world.run(60)
    assert world.post(post_id).attention is Attention.LATE
    return post_id


async def test_a_retry_looks_back_to_when_the_post_was_to_go_out() -> None:
    """On a store that is up to date, too: somebody may have published it by hand."""
    async with durable_world() as world:
        post_id = await late_post(world, by_hand_after_s=600)
        change(world, post_id, Change(Verb.RETRY))
        await world.run(HOUR_S)
        assert world.post(post_id).media_id == world.sandbox.media[0].id
        assert world.sends == 0


async def test_a_person_who_looked_at_the_profile_is_believed() -> None:
    async with durable_world() as world:
        post_id = await late_post(world, by_hand_after_s=600)
        change(world, post_id, Change(Verb.RETRY, {"is_unchecked": True}))
        await world.run(HOUR_S)
        assert world.post(post_id).state is PostState.PUBLISHED
        assert world.sends == 1


async def asked_about(world: World) -> PostId:
    """Give a post of which two media by hand may be it, tried again."""
    post_id = await late_post(world)
    for _ in range(2):
        world.sandbox.order("media", caption="Words")
    world.clock.advance(LISTED_AFTER_S)
    change(world, post_id, Change(Verb.RETRY))
    await world.run(HOUR_S)
    return post_id


async def test_two_media_that_may_be_the_post_are_asked_about_once_and_nothing_goes_out() -> None:
    async with durable_world() as world:
        post_id = await asked_about(world)
        asked = world.post(post_id)
        assert asked.attention is Attention.OUTCOME_UNKNOWN
        assert all(media.id in (asked.problem or "") for media in world.sandbox.media)
        # A person knows better, and says so.
        change(world, post_id, Change(Verb.RESOLVE, {"media_id": None, "is_unchecked": True}))
        await world.run(HOUR_S)
        assert world.post(post_id).state is PostState.PUBLISHED
        assert world.sends == 1


async def test_asked_once_more_it_is_looked_for_once_more() -> None:
    async with durable_world() as world:
        post_id = await asked_about(world)
        change(world, post_id, Change(Verb.RECONCILE))
        await world.run(HOUR_S)
        assert world.post(post_id).attention is Attention.OUTCOME_UNKNOWN
        assert world.sends == 0


async def test_a_profile_that_cannot_be_read_makes_the_post_wait() -> None:
    async with durable_world() as world:
        post_id = await late_post(world)
        fault = Fault(on="media_list", kind=FaultKind.ERROR, code=2, http_status=500, times=5)
        world.sandbox.faults.add(fault)
        change(world, post_id, Change(Verb.RETRY))
        await world.run(60)
        assert world.sends == 0
        assert "could not be read" in (world.post(post_id).held_up_by or "")
        await world.run(HOUR_S)
        assert world.sends == 1


async def test_more_media_than_are_listed_make_the_post_wait() -> None:
    async with durable_world() as world:
        post_id = await late_post(world)
        for number in range(501):
            world.sandbox.order("media", caption=f"Number {number}")
        world.clock.advance(LISTED_AFTER_S)
        change(world, post_id, Change(Verb.RETRY))
        await world.run(120)
        assert world.sends == 0
        assert "20 pages" in (world.post(post_id).held_up_by or "")


def change(world: World, post_id: PostId, made: Change) -> None:
    post = world.post(post_id)
    after = made.operate(post, world.clock.now())
    world.store.posts.save(after, post)


async def test_what_crashed_between_log_and_commit_is_looked_into_and_goes_out_once(backups: Backups) -> None:
    """The log has a send that never left: its container is FINISHED, and is sent then."""
    async with durable_world(where=backups.where) as world:
        world.schedule(in_s=HOUR_S)
        await world.run(HOUR_S - 60)
        backups.make()
        await world.run(HOUR_S)
        log = next(backups.home.glob("*.sends-*"))
        opened, _ = log.read_bytes().split(b"\n")[1:]
    log.unlink()
    async with durable_world(where=str(backups.home / "other.db")) as world:
        post_id = world.schedule(in_s=HOUR_S)
        await world.run(HOUR_S - 60)
        (backups.home / "other.db.sends-2026-11").write_bytes(b"\n" + opened)
        caught_up = await Restoring(world, backups).start_worker()
        assert list(caught_up.recalled) == [post_id]
        assert world.post(post_id).state is PostState.PUBLISHED
        assert len(world.sandbox.media) == 1


async def test_what_was_cancelled_after_such_a_crash_does_not_go_out(backups: Backups) -> None:
    """The worker died between log and commit, a person cancelled the post, and the worker starts again."""
    async with durable_world(where=backups.where) as world:
        world.schedule(in_s=HOUR_S)
        await world.run(2 * HOUR_S)
        log = next(backups.home.glob("*.sends-*"))
        opened, _ = log.read_bytes().split(b"\n")[1:]
    async with durable_world(where=str(backups.home / "other.db")) as world:
        post_id = world.schedule(in_s=HOUR_S)
        await world.run(HOUR_S - 60)
        change(world, post_id, Change(Verb.CANCEL))
        (backups.home / "other.db.sends-2026-11").write_bytes(b"\n" + opened)
        await Restoring(world, backups).start_worker()
        assert world.sends == 0
        assert world.post(post_id).state is not PostState.PUBLISHED


def test_a_post_in_doubt_without_a_send_may_be_resolved_reconciled_and_cancelled_alone() -> None:
    asked = ask(a_post().changed(due_at=NOON - timedelta(hours=1)), Attention.OUTCOME_UNKNOWN, "May be live.")
    assert set(operations.possible(asked)) == {
        operations.Operation.RESOLVE,
        operations.Operation.RECONCILE,
        operations.Operation.CANCEL,
    }
