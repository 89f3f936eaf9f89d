"""A container that died unpublished is made anew only when all that was listed since shows nothing of it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from pressroom.core.errors import OutcomeUnknown
from pressroom.core.post import Attention, PostId, PostKind, PostState
from pressroom.publish.machine import operations
from pressroom.sandbox.faults import Fault, FaultKind
from tests.fakes.graph import Answer, ScriptedGraph, error
from tests.publish.durable_world import World, durable_world
from tests.publish.posts import NOON, a_post
from tests.publish.scripted import C1, EMPTY, FINISHED, LOST, M1, NOT_READY, a_graph, stage

DEAD = {"id": "111", "status_code": "EXPIRED"}
GONE = error(24, 2207008)
DAY = 24 * 3600.0


def media(name: str, at_s: float, **more: object) -> dict[str, object]:
    moment = (NOON + timedelta(seconds=at_s)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    shape = {"media_type": "IMAGE", "media_product_type": "FEED", "caption": "Other words"}
    return {"id": name, "timestamp": moment, **shape, **more}


OURS = media("999", 30, caption="")


def page(*listed: dict[str, object], after: str | None = None) -> Answer:
    paging = {"cursors": {"after": after}, "next": "https://graph.instagram.com/x"} if after else {}
    return {"data": list(listed), "paging": paging}


def full(number: int = 1, *, at_s: float = 600) -> Answer:
    """Give a page of others' media with another one behind it."""
    return page(*[media(f"{number}{place:02}", at_s) for place in range(25)], after=f"c{number}")


def a_dying_graph(*listings: Answer, kind: str = "media") -> ScriptedGraph:
    """Give one where the call is lost and the container dead; `listings` are the pages of each list."""
    graph = a_graph()
    graph.on("POST media", C1, {"id": "112"})
    graph.on("GET 111", FINISHED, DEAD)
    graph.on("GET 112", FINISHED)
    graph.on("POST media_publish", LOST, M1)
    graph.before_answer = _Pages(graph, kind, listings).turn
    return graph


@dataclass
class _Pages:
    """Lists nothing before the call, and then page after page, from the first whenever one begins anew."""

    graph: ScriptedGraph
    kind: str
    pages: tuple[Answer, ...]
    place: int = 0

    def turn(self, key: str) -> None:
        if key != f"GET {self.kind}" or not self.graph.count("POST media_publish"):
            return
        self.place = self.place + 1 if "after" in self.graph.params[-1] else 0
        self.graph.on(key, self.pages[self.place])


async def test_where_the_first_page_reaches_back_to_the_send_it_costs_one_call() -> None:
    graph = a_dying_graph(page(*[media(f"1{place}", -DAY) for place in range(25)], after="c1"))
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert (post.media_id, graph.count("POST media")) == ("999", 2)
    looks = post.sends[0].looks
    assert graph.count("GET media") == len(looks) + 2, "one a look, and one before each send"


@pytest.mark.parametrize(
    "listings",
    [
        (full(1), full(2), page(OURS)),
        (full(1), page(after="c2"), page(OURS)),
        (full(1), error(10)),
        (page(*[media("1", 600)], after="same"), page(*[media("2", 600)], after="same")),
        ({"data": [], "paging": {"next": "https://graph.instagram.com/x"}},),
        tuple(full(number) for number in range(1, 41)),
    ],
    ids=["third page", "behind an empty one", "unreadable", "in a circle", "no cursor", "endless"],
)
async def test_what_may_stand_on_a_later_page_is_not_made_again(listings: tuple[Answer, ...]) -> None:
    graph = a_dying_graph(*listings)
    async with stage(graph) as on:
        with pytest.raises(OutcomeUnknown):
            await on.publish(a_post())
    assert (graph.count("POST media"), graph.count("POST media_publish")) == (1, 1)


async def test_stories_are_listed_to_the_end_since_nobody_says_that_they_are_sorted() -> None:
    ours = media("999", 30, media_product_type="STORY", caption=None)
    old = page(media("7", -7200, media_product_type="STORY", caption=None), after="c1")
    graph = a_dying_graph(old, page(ours), kind="stories")
    async with stage(graph) as on:
        with pytest.raises(OutcomeUnknown):
            await on.publish(a_post(PostKind.STORY))
    assert graph.count("POST media") == 1


@pytest.mark.parametrize(
    ("listed", "is_made_again"), [(EMPTY, True), (page(OURS), False), (error(10), False)]
)
async def test_a_container_that_is_called_gone_is_made_anew_only_when_nothing_of_it_is_listed(
    listed: Answer, *, is_made_again: bool
) -> None:
    graph = a_graph()
    graph.on("POST media", C1, {"id": "112"})
    graph.on("GET 112", FINISHED)
    graph.on("POST media_publish", GONE, GONE, M1)
    graph.on("GET 111", FINISHED, error(100, 33))
    graph.on("GET media", EMPTY, EMPTY, listed)
    async with stage(graph) as on:
        if is_made_again:
            assert (await on.publish(a_post())).media_id == "999"
        else:
            with pytest.raises(OutcomeUnknown):
                await on.publish(a_post())
    assert graph.count("POST media") == (2 if is_made_again else 1)


async def test_one_that_is_only_not_ready_is_not_looked_for() -> None:
    graph = a_graph()
    graph.on("POST media_publish", NOT_READY, M1)
    async with stage(graph) as on:
        await on.publish(a_post())
    assert graph.count("GET media") == 2


async def in_doubt(world: World) -> PostId:
    """Bring a post into doubt: the call is lost, and nothing can be read for longer than the budget."""
    post_id = world.schedule(in_s=60)
    world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
    outage = [
        Fault(on=on, method="GET", kind=FaultKind.ERROR, code=2, times=None)
        for on in ("container_status", "media_list")
    ]
    await world.run(65)
    for fault in outage:
        world.sandbox.faults.add(fault)
    await world.run(3600)
    world.sandbox.faults.clear()
    assert world.post(post_id).attention is Attention.OUTCOME_UNKNOWN
    return post_id


@pytest.mark.parametrize("away_s", [0.0, 2 * DAY])
async def test_asking_once_more_never_sends(away_s: float) -> None:
    """Within the container's life, and when it has expired: then it ends, and another try is a decision."""
    async with durable_world() as world:
        world.keep_token()
        post_id = await in_doubt(world)
        world.clock.advance(away_s)
        before = world.post(post_id)
        world.store.posts.save(operations.reconcile(before), before)
        await world.run(7200)
        post = world.post(post_id)
        assert (world.sends, world.sandbox.media, len(post.containers)) == (1, [], 1)
        assert post.state is (PostState.FAILED if away_s else PostState.NEEDS_ATTENTION)
        if away_s:
            assert "not live" in (post.problem or "")
            world.store.posts.save(operations.retry(post, world.clock.now()), post)
            await world.run(3600)
            assert (world.post(post_id).state, len(world.sandbox.media)) == (PostState.PUBLISHED, 1)
