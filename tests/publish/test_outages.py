"""The outages that happened at Meta, and those of our own side, replayed: no post ends without a word."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.errors import NotSent
from pressroom.core.post import Attention, IfLate, Post, PostId, PostKind, PostState, SendState
from pressroom.core.protocols import Reply, Request, Transport
from pressroom.publish.machine import operations
from pressroom.publish.machine.transitions import FINAL_STATES
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import World, durable_world

HOUR = 3600.0
DAY = 24 * HOUR
# Of one post: around its due time it is tried every minute, each time thrice by the client.
MOST_CALLS_OF_ONE_POST = 120


def ends_by_its_rule(post: Post) -> bool:
    """Tell whether a post that could not go out in time was dropped or asked about, with the reason."""
    if post.if_late is IfLate.DROP:
        return post.state is PostState.MISSED and bool(post.problem)
    return post.attention is Attention.LATE and bool(post.problem)


def most_calls_a_day(world: World) -> int:
    return max(Counter(call.at.date() for call in world.sandbox.calls()).values(), default=0)


@pytest.mark.usefixtures("long_run")
async def test_seven_weeks_in_which_no_file_could_be_fetched() -> None:
    """13 March to 4 May 2026: `POST /media` answered 9004/2207052 whatever the address was."""
    async with durable_world() as world:
        world.sandbox.faults.add_outage("fetch-2026-03")
        rules = list(IfLate)
        posts = [
            world.schedule(in_s=day * DAY + HOUR, if_late=rules[day % 3], followups=())
            for day in range(0, 49, 12)
        ]
        await world.run(50 * DAY)
        ended = [world.post(post_id) for post_id in posts]
        assert all(ends_by_its_rule(post) for post in ended)
        assert all("2207052" in (post.problem or "") for post in ended)
        assert world.sends == 0
        assert most_calls_a_day(world) <= MOST_CALLS_OF_ONE_POST
        await world.run(3 * DAY)
        asked = next(post for post in ended if post.state is PostState.NEEDS_ATTENTION)
        world.store.posts.save(operations.retry(asked, world.clock.now()), asked)
        await world.run(HOUR)
        assert world.post(asked.id).state is PostState.PUBLISHED


@pytest.mark.usefixtures("long_run")
async def test_a_week_in_which_no_container_and_no_media_could_be_read() -> None:
    """From 23 May 2026: 100/33 on reads, while publishing worked: nothing is disconnected or given up."""
    async with durable_world(processing=Processing.after_seconds(20)) as world:
        world.sandbox.faults.add_outage("reads-2026-05")
        posts = [world.schedule(kind, in_s=day * DAY + HOUR) for day, kind in enumerate(PostKind)]
        await world.run(5 * DAY)
        assert [world.post(post_id).state for post_id in posts] == [PostState.PUBLISHED] * len(posts)
        assert sorted(str(world.post(one).media_id) for one in posts) == sorted(
            media.id for media in world.sandbox.media
        )
        assert world.store.accounts.pause_of("default") is None
        assert most_calls_a_day(world) <= MOST_CALLS_OF_ONE_POST


@pytest.mark.usefixtures("long_run")
async def test_a_long_reel_in_that_week_is_waited_for() -> None:
    """It needs ten minutes, nobody can read how far it is, and every try before is a harmless refusal."""
    async with durable_world(processing=Processing.after_seconds(1500)) as world:
        world.sandbox.faults.add_outage("reads-2026-05")
        post_id = world.schedule(PostKind.REEL, in_s=HOUR)
        await world.run(3 * HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED
        assert len(world.sandbox.media) == 1


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize("effect", [Effect.NONE, Effect.DONE])
async def test_two_months_of_fatal_answers(effect: Effect) -> None:
    """-1/2207085 `Fatal` proves nothing: it is looked into, and sent once more at most."""
    async with durable_world() as world:
        world.keep_token()
        fatal = Fault(on="media_publish", kind=FaultKind.ERROR, code=-1, subcode=2207085, effect=effect)
        posts: list[PostId] = []
        for month in range(3):
            world.sandbox.faults.add(fatal)
            world.sandbox.faults.add(fatal)
            posts.append(world.schedule(in_s=HOUR, followups=()))
            await world.run(20 * DAY)
            world.sandbox.faults.clear()
            assert world.sends <= 2 * (month + 1)
        after = world.schedule(in_s=HOUR)
        await world.run(2 * HOUR)
        ended = [world.post(post_id) for post_id in posts]
        is_done = effect is Effect.DONE
        wanted = PostState.PUBLISHED if is_done else PostState.NEEDS_ATTENTION
        assert {post.state for post in ended} == {wanted}
        assert is_done or all("2207085" in str(post.sends) and post.problem for post in ended)
        assert world.post(after).state is PostState.PUBLISHED
        assert len(world.sandbox.media) == 1 + (3 if is_done else 0)


async def test_nothing_that_publishes_deletes_so_an_outage_of_delete_stops_nothing() -> None:
    async with durable_world() as world:
        world.sandbox.faults.add_outage("delete-2026-07")
        post_id = world.schedule(in_s=HOUR)
        await world.run(2 * HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED
        assert world.sandbox.calls(method="DELETE") == []


async def test_three_days_without_a_worker_end_in_no_burst_and_no_silence() -> None:
    async with durable_world() as world:
        rules = list(IfLate)
        posts = [
            world.schedule(in_s=number * 7 * HOUR / 10, if_late=rules[number % 3]) for number in range(102)
        ]
        world.clock.advance(72 * HOUR - 60)
        await world.run(4 * HOUR)
        ended = [world.post(post_id) for post_id in posts]
        assert all(post.state in FINAL_STATES for post in ended)
        late = [post for post in ended if post.state is not PostState.PUBLISHED]
        assert all(ends_by_its_rule(post) for post in late)
        sent = sorted(media.created_at for media in world.sandbox.media)
        assert len(sent) == len(ended) - len(late) == len(posts) - len(late)


@pytest.mark.usefixtures("long_run")
async def test_after_an_outage_the_late_posts_go_out_one_by_one() -> None:
    async with durable_world() as world:
        posts = [world.schedule(in_s=HOUR + 10 * number, followups=()) for number in range(6)]
        world.sandbox.faults.add(
            Fault(on="create", kind=FaultKind.ERROR, code=2, http_status=500, times=None, lasts_s=1.7 * HOUR)
        )
        await world.run(3 * HOUR)
        assert {world.post(post_id).state for post_id in posts} == {PostState.PUBLISHED}
        sent = sorted(world.post(post_id).sends[-1].started_at for post_id in posts)
        assert all((late - early).total_seconds() >= 119 for early, late in pairwise(sent))


class CutOff:
    """A network that is gone between two moments."""

    def __init__(self, inner: Transport, clock: FakeClock, from_s: float, to_s: float) -> None:
        self._inner = inner
        self._clock = clock
        self._from_s, self._to_s = from_s, to_s

    async def send(self, request: Request) -> Reply:
        if self._from_s <= self._clock.elapsed_s < self._to_s:
            raise NotSent("There is no network.")
        return await self._inner.send(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize("from_s", [HOUR - 900, HOUR - 60, HOUR - 1.9, HOUR - 0.001])
async def test_twenty_minutes_without_a_network_cost_no_post(from_s: float) -> None:
    """Before the container, before the snapshot, after it, and right before the call."""

    def wire(transport: Transport, clock: FakeClock) -> Transport:
        return CutOff(transport, clock, from_s, HOUR + 1200)

    async with durable_world(wire=wire) as world:
        post_id = world.schedule(in_s=HOUR)
        await world.run(2 * HOUR)
        post = world.post(post_id)
        assert (post.state, len(world.sandbox.media)) == (PostState.PUBLISHED, 1)
        *failed, last = post.sends
        assert len(failed) <= 1, "nothing is committed to while there is no network"
        assert last.snapshot.quota_usage is not None
        assert last.started_at <= world.clock.start + timedelta(hours=1, minutes=26)


@pytest.mark.parametrize("on", ["create", "container_status", "media_list", "media_publish", "quota"])
@pytest.mark.parametrize(
    ("code", "subcode"),
    [(190, 463), (190, 458), (190, 460), (25, 2207050), (10, None), (4, None), (80002, None)],
)
async def test_what_a_person_has_to_mend_pauses_the_account_and_costs_no_post(
    on: str, code: int, subcode: int | None
) -> None:
    """Whichever call meets it: expired, revoked, password changed, restricted, no permission, throttled."""
    async with durable_world() as world:
        post_id, other = world.schedule(in_s=1000), world.schedule(in_s=1060)
        is_for_ever = on not in ("media_list", "quota")
        world.sandbox.faults.add(
            Fault(on=on, kind=FaultKind.ERROR, code=code, subcode=subcode, times=None if is_for_ever else 1)
        )
        await world.run(1400)
        assert not is_for_ever or world.sends <= 6
        calls = len(world.sandbox.calls())
        assert calls <= MOST_CALLS_OF_ONE_POST
        world.sandbox.faults.clear()
        world.store.accounts.resume("default")
        await world.run(HOUR)
        assert {world.post(post_id).state, world.post(other).state} == {PostState.PUBLISHED}
        assert len(world.sandbox.media) == 2


@pytest.mark.parametrize("effect", [Effect.NONE, Effect.LATER])
async def test_what_a_restricted_account_held_is_looked_at_again_when_it_goes_on(effect: Effect) -> None:
    """It was proven not live, and may have gone live while the account was paused."""
    restricted = Fault(
        on="media_publish", kind=FaultKind.ERROR, code=25, subcode=2207050, effect=effect, delay_s=1800
    )
    async with durable_world() as world:
        post_id = world.schedule(in_s=1000)
        world.sandbox.faults.add(restricted)
        await world.run(1000 + 2400)
        held = world.post(post_id)
        assert (held.state, world.sends, held.sends[0].state) == (PostState.READY, 1, SendState.NOT_DONE)
        assert held.held_up_by is not None
        world.store.accounts.resume("default")
        await world.run(HOUR)
        assert (world.post(post_id).state, len(world.sandbox.media)) == (PostState.PUBLISHED, 1)
        assert world.sends == (2 if effect is Effect.NONE else 1)


async def test_an_answer_to_the_token_that_was_in_use_before_pauses_no_account() -> None:
    """Somebody signs in while a post is under way with the old token."""
    async with durable_world() as world:
        accounts = world.store.accounts
        post_id = world.schedule(in_s=1000)
        world.sandbox.faults.add(Fault(on="container_status", kind=FaultKind.ERROR, code=190, subcode=463))
        signed_in_at = world.clock.now() + timedelta(seconds=101)
        accounts.put(replace(accounts.get("default"), token_obtained_at=signed_in_at))
        await world.run(1002)
        assert accounts.pause_of("default") is None
        assert world.post(post_id).state is PostState.PUBLISHED


@pytest.mark.parametrize("if_late", list(IfLate))
async def test_while_an_account_is_paused_an_overdue_post_follows_its_rule(if_late: IfLate) -> None:
    """Nobody learns of it otherwise: the pause may last for weeks."""
    async with durable_world() as world:
        post_id = world.schedule(in_s=HOUR, if_late=if_late)
        world.store.accounts.pause("default", Pause(UNTIL_RESUMED, "The token is revoked (190/458)."))
        await world.run(7 * DAY)
        assert ends_by_its_rule(world.post(post_id))
        assert "190/458" in (world.post(post_id).problem or "")
        assert len(world.steps(post_id)) <= 2
        assert world.sandbox.calls() == []


async def test_a_post_whose_account_nobody_is_signed_in_to_waits_and_then_follows_its_rule() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=30 * DAY, account="nobody's")
        await world.run(30 * DAY - HOUR)
        assert world.post(post_id).revision < 200, "it is not looked at all the time"
        await world.run(DAY)
        assert ends_by_its_rule(world.post(post_id))
        assert world.steps(post_id).count("account_closed") == 1


async def test_a_live_post_whose_account_is_signed_out_says_so_once_and_is_finished_when_it_is_back() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=60)
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE))
        await world.run(61)
        signed_in = world.store.accounts.get("default")
        world.store.accounts.remove("default")
        await world.run(DAY)
        assert world.post(post_id).followups
        assert world.steps(post_id).count("account_closed") == 1
        world.store.accounts.put(signed_in)
        await world.run(HOUR)
        post = world.post(post_id)
        assert (post.state, post.held_up_by, post.followups) == (PostState.PUBLISHED, None, ())
        assert len(world.sandbox.media) == 1
