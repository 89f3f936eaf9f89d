"""A full quota moves posts to named times, once each, and every slot is used."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.core.post import IfLate, PostId, PostKind, PostState
from pressroom.graph.limits import CONTAINERS_PER_DAY
from pressroom.publish.manners.quota import next_free
from tests.publish.durable_world import World, durable_world
from tests.publish.posts import NOON, after

HOUR = 3600.0
DAY = timedelta(days=1)


def within_a_day(times: list[datetime], at: datetime) -> int:
    return sum(at - DAY < one <= at for one in times)


@given(st.lists(st.integers(-86_400, 3 * 86_400), max_size=60), st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_the_next_free_moment_crowds_nobody_out_and_is_the_first(seconds: list[int], most: int) -> None:
    taken: list[datetime] = []
    for at in sorted(after(one) for one in seconds):
        if within_a_day(taken, at) < most:
            taken.append(at)
    found = next_free(taken, most, NOON)
    assert found >= NOON
    every = [*taken, found]
    assert all(within_a_day(every, at) <= most for at in every)
    sooner = [at + DAY for at in taken if NOON < at + DAY < found] + ([NOON] if found > NOON else [])
    for at in sooner:
        assert any(within_a_day([*taken, at], one) > most for one in [*taken, at])


def wanted_in_a_day(world: World, count: int) -> list[PostId]:
    """Schedule posts evenly over a day."""
    gap_s = 22 * HOUR / count
    return [world.schedule(in_s=HOUR + number * gap_s, followups=()) for number in range(count)]


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize("quota", [50, 100])
async def test_a_day_with_300_wanted_posts_fills_the_quota_and_moves_the_rest_to_named_times(
    quota: int,
) -> None:
    async with durable_world(quota_total=quota, hostile=False) as world:
        posts = [world.post(post_id) for post_id in wanted_in_a_day(world, 300)]
        await world.run(23 * HOUR)
        now = [world.post(post.id) for post in posts]
        assert [post.state for post in now[:quota]] == [PostState.PUBLISHED] * quota
        moved = now[quota:]
        assert {post.state for post in moved} == {PostState.SCHEDULED}
        times = [post.goes_out_at for post in moved if post.goes_out_at]
        assert times == sorted(set(times)), "each has a time of its own, in the order they were wanted"
        assert [post.due_at for post in now] == [post.due_at for post in posts], "what was planned stands"
        assert min(times) >= world.clock.start + DAY
        assert max(times) <= world.clock.start + DAY * (300 / quota) + timedelta(hours=1), "no slot is unused"
        calls = Counter(call.name for call in world.sandbox.calls())
        assert calls["create"] == calls["media_publish"] == quota, "no container is made in vain"
        assert calls["quota"] <= quota + 24


@pytest.mark.usefixtures("long_run")
async def test_what_was_moved_is_published_in_the_following_days_in_order_and_without_a_wasted_call() -> None:
    async with durable_world(quota_total=5, hostile=False) as world:
        posts = wanted_in_a_day(world, 30)
        await world.run(7 * 24 * HOUR)
        done = [world.post(post_id) for post_id in posts]
        assert {post.state for post in done} == {PostState.PUBLISHED}
        sent = [post.sends[0].started_at for post in done]
        assert sent == sorted(sent)
        assert all(within_a_day(sent, at) <= 5 for at in sent)
        assert max(sent) - min(sent) <= DAY * 6
        calls = Counter(call.name for call in world.sandbox.calls())
        assert calls["create"] == calls["media_publish"] == calls["media_list"] == 30
        assert calls["quota"] <= 2 * 30


async def test_what_is_planned_for_the_next_days_keeps_its_time() -> None:
    async with durable_world(quota_total=3, hostile=False) as world:
        today = [world.schedule(in_s=HOUR + number * 60, followups=()) for number in range(6)]
        tomorrow = [world.schedule(in_s=26 * HOUR + number * 60, followups=()) for number in range(2)]
        before = [world.post(post_id).goes_out_at for post_id in tomorrow]
        await world.run(80 * HOUR)
        assert [world.post(post_id).goes_out_at for post_id in tomorrow] == before
        sent = [world.post(post_id).sends[0].started_at for post_id in [*today, *tomorrow]]
        assert all(within_a_day(sent, at) <= 3 for at in sent)


async def test_a_quota_that_somebody_else_used_up_moves_the_post_by_an_hour_at_a_time() -> None:
    """Our ledger knows nothing of the posts another program publishes for the account."""
    async with durable_world(quota_total=1, hostile=False) as world:
        world.sandbox.scene.world.note_publish(world.sandbox.user_id, world.sandbox.clock.unix())
        post_id = world.schedule(in_s=HOUR, followups=())
        await world.run(30 * HOUR)
        post = world.post(post_id)
        assert post.state is PostState.PUBLISHED
        assert post.sends[0].started_at >= world.clock.start + DAY
        assert len(world.sandbox.calls("/media_publish")) == 1
        assert len(world.sandbox.calls()) <= 24 * 4


async def test_a_postponement_is_an_event_of_the_post_from_when_to_when_and_why() -> None:
    async with durable_world(quota_total=1, hostile=False) as world:
        first = world.schedule(in_s=HOUR, followups=())
        post_id = world.schedule(in_s=2 * HOUR, followups=(), timezone="Europe/Istanbul")
        await world.run(3 * HOUR)
        assert world.post(first).state is PostState.PUBLISHED
        (event,) = [one for one in world.store.events.list(post_id) if one.step == "postponed"]
        assert event.text == (
            "Postponed from 2026-11-24 17:00 Europe/Istanbul to 2026-11-25 16:02 Europe/Istanbul. "
            "The account's quota of posts in 24 hours is full: Instagram allows 1. "
            "Move it if another time suits better."
        )


async def test_a_post_that_is_postponed_again_and_again_keeps_its_due_time_and_goes_out_once() -> None:
    """Somebody else's posts fill the quota, and nobody knows until when."""
    async with durable_world(quota_total=1, hostile=False) as world:
        world.sandbox.scene.world.note_publish(world.sandbox.user_id, world.sandbox.clock.unix())
        post_id = world.schedule(in_s=HOUR, followups=())
        due_at = world.post(post_id).due_at
        await world.run(5 * HOUR)
        assert world.steps(post_id).count("postponed") > 2
        assert world.post(post_id).due_at == due_at
        assert world.sends == 0
        await world.run(30 * HOUR)
        assert (world.post(post_id).due_at, world.post(post_id).state) == (due_at, PostState.PUBLISHED)
        assert world.sends == 1


async def test_a_postponed_post_takes_the_place_it_was_postponed_to() -> None:
    """One that is planned for that time later on is postponed in its turn, and neither crowds the other."""
    async with durable_world(quota_total=1, hostile=False) as world:
        world.schedule(in_s=HOUR, followups=())
        second = world.schedule(in_s=2 * HOUR, followups=())
        await world.run(2 * HOUR)
        goes_out_at = world.post(second).goes_out_at
        assert goes_out_at is not None
        later_s = (goes_out_at - world.clock.now()).total_seconds() + 60
        third = world.schedule(in_s=later_s, followups=())
        await world.run(3 * 24 * HOUR)
        sent = [world.post(post_id).sends[0].started_at for post_id in (second, third)]
        assert goes_out_at <= sent[0] <= goes_out_at + timedelta(minutes=1)
        assert sent[1] - sent[0] >= DAY


async def test_an_account_whose_quota_is_full_postpones_nothing_of_another_one() -> None:
    async with durable_world(quota_total=1, hostile=False) as world:
        world.schedule(in_s=HOUR, followups=())
        other = world.schedule(in_s=2 * HOUR, followups=(), account="another")
        await world.run(3 * HOUR)
        assert world.post(other).postponed_to is None


async def test_a_postponed_post_that_an_outage_makes_late_follows_its_rule_from_its_later_time() -> None:
    async with durable_world(quota_total=1, hostile=False) as world:
        world.schedule(in_s=HOUR, followups=())
        post_id = world.schedule(in_s=2 * HOUR, followups=(), if_late=IfLate.DROP)
        await world.run(3 * HOUR)
        goes_out_at = world.post(post_id).goes_out_at
        assert goes_out_at is not None
        world.clock.advance((goes_out_at - world.clock.now()).total_seconds() + HOUR)
        await world.run(HOUR)
        assert world.post(post_id).state is PostState.MISSED
        assert world.post(post_id).problem == "Its postponed time was 1 hour ago, and late ones are dropped."


async def test_a_carousel_without_containers_left_is_postponed_and_says_which_quota_it_was() -> None:
    async with durable_world(hostile=False) as world:
        user_id, now = world.sandbox.user_id, world.sandbox.clock.unix()
        world.sandbox.scene.world.creations[user_id].extend([now] * (CONTAINERS_PER_DAY - 1))
        post_id = world.schedule(PostKind.CAROUSEL, in_s=HOUR, followups=())
        due_at = world.post(post_id).due_at
        await world.run(2 * HOUR)
        post = world.post(post_id)
        assert (post.due_at, post.state) == (due_at, PostState.SCHEDULED)
        assert post.postponed_because == (
            "The account's quota of containers in 24 hours is full: Instagram allows 400."
        )
        await world.run(30 * HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED


async def test_four_hundred_containers_a_day_are_not_asked_for_again_and_again() -> None:
    async with durable_world(hostile=False) as world:
        user_id, now = world.sandbox.user_id, world.sandbox.clock.unix()
        world.sandbox.scene.world.creations[user_id].extend([now] * CONTAINERS_PER_DAY)
        post_id = world.schedule(in_s=HOUR, followups=())
        await world.run(30 * HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED
        refused = len(world.sandbox.calls("/media", "POST")) - 1
        assert refused <= 24
