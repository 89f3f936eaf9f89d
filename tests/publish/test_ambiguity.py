"""A publish call whose answer is lost or wrong: never a second post, a false failure or the wrong id."""

import asyncio
from itertools import product

import pytest

from pressroom.core.errors import OutcomeUnknown
from pressroom.core.post import Attention, PostKind, PostState
from pressroom.publish.machine.policy import CAREFUL
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Hostility
from pressroom.sandbox.state.things import ContainerKind, LatePost
from tests.publish.doubts import FORBIDS_ANOTHER, WRONG_ANSWERS, Doubt, Ending, ending_of
from tests.publish.durable_world import durable_world
from tests.publish.posts import a_post
from tests.publish.scripted import LOST, a_graph, quota, stage

COPIES = (
    (),
    ("ours",),
    ("before",),
    ("between",),
    ("after",),
    ("before", "after"),
    ("ours", "before", "after"),
)
# How long a status is stale and a listing is late: prompt, hostile, up to the settle time, and beyond it.
LAGS = {
    "prompt": (0.0, 0.0),
    "hostile": (4.0, 6.0),
    "stale": (200.0, 0.0),
    "settling": (59.0, 59.0),
    "beyond": (90.0, 100.0),
    "far beyond": (200.0, 900.0),
}


def breaches(doubt: Doubt, ending: Ending) -> list[str]:
    """Name the rules that were broken; every one of them would cost somebody's trust."""
    broken: list[str] = []
    if len(ending.ours) > 1:
        broken.append("posted twice")
    if ending.post and ending.post.state is not PostState.PUBLISHED:
        broken.append(f"ended {ending.post.state}")
    if ending.post and not ending.ours:
        broken.append("called live, and is not")
    if ending.post is None and doubt.effect is not Effect.NONE:
        broken.append("live, and a person was asked")
    if ending.post and ending.post.media_id not in (None, *(media.id for media in ending.ours)):
        broken.append("took another's id")
    return broken + _uncertainties(doubt, ending)


def _uncertainties(doubt: Doubt, ending: Ending) -> list[str]:
    """Name what could have been known and was not."""
    broken: list[str] = []
    strangers = set(doubt.copies) - {"ours"}
    is_alone = not strangers and doubt.lag_s <= CAREFUL.settle_s
    if is_alone and ending.post and ending.post.media_id is None:
        broken.append("its id was plain to see, and stayed open")
    if not strangers and ending.post is None and doubt.answer != FORBIDS_ANOTHER:
        broken.append("could have been sent once more")
    if doubt.answer == FORBIDS_ANOTHER and ending.sends > 1:
        broken.append("sent again although that was forbidden")
    return broken


async def endings(doubts: list[Doubt]) -> dict[Doubt, list[str]]:
    """Give the doubts that ended badly, with what went wrong."""
    found = {doubt: breaches(doubt, await ending_of(doubt)) for doubt in doubts}
    return {doubt: broken for doubt, broken in found.items() if broken}


@pytest.mark.proves("ambiguity")
@pytest.mark.parametrize("answer", WRONG_ANSWERS)
async def test_no_wrong_answer_is_believed(answer: str) -> None:
    """With the effect and without: each is a doubt, which is reconciled."""
    assert await endings([Doubt(answer=answer, effect=effect) for effect in (Effect.NONE, Effect.DONE)]) == {}


@pytest.mark.parametrize("lag", LAGS)
async def test_whatever_lags_and_whoever_posts_the_same_words(lag: str) -> None:
    stale_s, lag_s = LAGS[lag]
    doubts = [
        Doubt(effect=effect, copies=copies, stale_s=stale_s, lag_s=lag_s)
        for effect, copies in product(Effect, COPIES)
    ]
    assert await endings(doubts) == {}


@pytest.mark.parametrize("lag", ["prompt", "hostile", "beyond"])
@pytest.mark.parametrize("kind", [PostKind.REEL, PostKind.CAROUSEL, PostKind.STORY])
async def test_it_is_the_same_for_every_kind_of_post(kind: PostKind, lag: str) -> None:
    """A story has no words at all: every other story of the account is like it."""
    stale_s, lag_s = LAGS[lag]
    doubts = [
        Doubt(kind=kind, effect=effect, copies=copies, stale_s=stale_s, lag_s=lag_s)
        for effect, copies in product(Effect, ((), ("between",), ("ours", "before", "after")))
    ]
    assert await endings(doubts) == {}


@pytest.mark.parametrize("skew_s", [0.0, 90.0])
async def test_a_post_by_hand_from_before_the_call_that_is_listed_first_is_not_taken_for_ours(
    skew_s: float,
) -> None:
    """It is listed alone, more than a settle time before ours: only its own time tells it apart."""
    doubt = Doubt(copies=("before",), lag_s=100, processing_s=75, skew_s=skew_s)
    assert await endings([doubt]) == {}


@pytest.mark.parametrize("jump_s", [-3600.0, 600.0, 8 * 3600.0])
async def test_a_clock_that_is_set_meanwhile_proves_nothing(jump_s: float) -> None:
    """The effect comes 20 s after the call; by our clock, set forward, five minutes have passed by then."""
    doubts = [Doubt(effect=effect, jump_s=jump_s, stale_s=4, lag_s=6) for effect in Effect]
    assert await endings(doubts) == {}


async def test_where_the_truth_cannot_be_known_a_person_is_asked_and_the_other_posts_go_on() -> None:
    """Nothing came of the call, and a stranger's post with the same words stands where ours would."""
    async with durable_world() as world:
        asked, meanwhile, later = (world.schedule(in_s=seconds) for seconds in (60, 900, 5400))
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
        copy = LatePost(
            user_id=world.sandbox.user_id,
            kind=ContainerKind.PHOTO,
            caption=world.post(asked).options.caption,
        )
        world.sandbox.scene.later(world.sandbox.clock.unix() + 65, copy)
        await world.run(7200)
        post = world.post(asked)
        assert (post.state, post.attention) == (PostState.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN)
        assert post.problem is not None
        assert post.sends[0].container_id in post.problem
        assert len(post.sends) == 1
        assert any(look.candidates for look in post.sends[0].looks), "the facts are kept"
        assert {world.post(meanwhile).state, world.post(later).state} == {PostState.PUBLISHED}
        assert world.store.posts.open_send("default") is None


async def test_a_counter_that_was_behind_before_the_call_leads_to_a_question_and_not_to_a_second_post() -> (
    None
):
    """What rises is an earlier post's share of the quota, and nobody can tell it from this one's."""
    graph = a_graph()
    graph.on("POST media_publish", LOST)
    graph.on("GET content_publishing_limit", quota(2), quota(3))
    async with stage(graph) as on:
        with pytest.raises(OutcomeUnknown):
            await on.publish(a_post())
    assert on.graph.count("POST media_publish") == 1


async def test_a_post_that_went_live_after_the_snapshot_does_not_hide_what_the_next_one_used() -> None:
    """The host counts the first before its answer is here; reads lag for so long that only counters tell."""
    lags = Hostility(stale_status_s=7200, listing_lag_s=7200)
    async with durable_world(hostility=lags) as world:
        posts = [world.schedule(in_s=seconds) for seconds in (60, 63)]
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.SLOW, delay_s=5))
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE))
        world.clock.advance(50)
        await asyncio.gather(*(world.driver.drive(post_id) for post_id in posts))
        await world.run(3600)
        assert world.sends == len(world.sandbox.media) == 2
        assert world.post(posts[1]).attention is Attention.OUTCOME_UNKNOWN


async def test_a_counter_that_falls_meanwhile_proves_nothing_either() -> None:
    """Yesterday's post leaves the window while this one comes in."""
    graph = a_graph()
    graph.on("POST media_publish", LOST)
    graph.on("GET content_publishing_limit", quota(2), quota(1))
    async with stage(graph) as on:
        with pytest.raises(OutcomeUnknown):
            await on.publish(a_post())
    assert on.graph.count("POST media_publish") == 1


@pytest.mark.parametrize("copies", [(), ("ours", "before", "after")])
async def test_an_effect_that_comes_four_minutes_after_the_call_is_waited_for(
    copies: tuple[str, ...],
) -> None:
    """That is why a lost call is judged not carried out after five minutes only."""
    assert await endings([Doubt(effect=Effect.LATER, later_s=250, copies=copies)]) == {}
