"""What an answer to `media_publish` proves: every outcome, and what is read afterwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

from pressroom.core.errors import AnswerLost, NotSent, PressroomError
from pressroom.core.post import Post, PostId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL, FEWEST_CALLS, Policy
from pressroom.publish.machine.transitions import resume, step
from pressroom.sandbox.faults import Effect
from tests.fakes.graph import Answer, ScriptedGraph, error
from tests.golden.telling import words
from tests.publish.doubts import WRONG_ANSWERS, Doubt, ending_of
from tests.publish.durable_world import durable_world
from tests.publish.posts import a_post
from tests.publish.scripted import EMPTY, FINISHED, LIVE, M1, a_graph, quota, stage

ANSWERS: Mapping[str, Answer] = {
    "lost": AnswerLost("lost"),
    "never sent": NotSent("refused"),
    "200 with an error": {**error(2), "status": 200},
    "4/2207051": error(4, 2207051),
    "9007/2207027": error(9007, 2207027),
    "24/2207006": error(24, 2207006),
    "100/33": error(100, 33),
    "25/2207050": error(25, 2207050),
    "190/463": error(190, 463),
    "80002": error(80002),
    "9/2207042": error(9, 2207042),
}
CONTAINERS: Mapping[str, Answer] = {
    **{
        name: {"id": "111", "status_code": name}
        for name in ("FINISHED", "PUBLISHED", "IN_PROGRESS", "EXPIRED", "ERROR")
    },
    "unreadable": error(100, 33),
}
LISTED = ("nothing new", "one new", "two new")
QUOTAS = {"as before": 2, "one more": 3}
READ = (
    ("nothing new", "as before"),
    ("nothing new", "one more"),
    ("one new", "as before"),
    ("two new", "as before"),
)
# The answers after which what is listed and counted is looked at.
LOOKED_INTO = ("lost", "4/2207051", "24/2207006", "25/2207050")
# What a worker is tried with: its manner differs in how it waits, and not in what it believes.
OF_A_WORKER = ("lost", "9007/2207027", "24/2207006", "25/2207050", "190/463")
COPIED = ("dropped, reset or cut", "500", "spam protection", "gone, with a 500", "200 without an id")
USER = "17841400000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is answered to the first send, and what is read from then on."""

    answer: str
    container: str
    listed: str = LISTED[0]
    used: str = "as before"

    def __str__(self) -> str:
        return f"{self.answer} | container {self.container} | {self.listed} | quota {self.used}"

    def graph(self) -> ScriptedGraph:
        graph = a_graph()
        graph.on("POST media", *({"id": f"{number}"} for number in (111, 112, 113)))
        for number in (112, 113):
            graph.on(f"GET {number}", {**FINISHED, "id": f"{number}"})
        for user in ("17841", USER):
            graph.on(f"GET {user}", {"id": user})
        graph.on("POST media_publish", ANSWERS[self.answer], M1)
        graph.before_answer = lambda key: self._turn(graph) if key == "POST media_publish" else None
        return graph

    def _turn(self, graph: ScriptedGraph) -> None:
        graph.before_answer = lambda _key: None
        at = f"{graph.now() + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S+0000}"
        new = [{**LIVE, "id": one, "timestamp": at} for one in ("999", "998")[: LISTED.index(self.listed)]]
        graph.on("GET 111", CONTAINERS[self.container])
        graph.on("GET media", {**EMPTY, "data": new})
        graph.on("GET content_publishing_limit", quota(QUOTAS[self.used]))


def cells() -> Iterator[Cell]:
    for answer, container, (listed, used) in product(ANSWERS, CONTAINERS, READ):
        if (listed, used) != READ[0] and answer not in LOOKED_INTO:
            continue
        yield Cell(answer=answer, container=container, listed=listed, used=used)


async def at_once(cell: Cell, policy: Policy) -> str:
    graph, failure = cell.graph(), None
    async with stage(graph, policy=policy) as on:
        try:
            await on.publish(a_post())
        except PressroomError as error:
            failure = error
        post = on.journal.posts[PostId("post-1")]
    return told(post, graph, failure)


async def by_a_worker(cell: Cell) -> str:
    graph = cell.graph()
    async with durable_world(wire=lambda _transport, _clock: graph) as world:
        graph.now = world.clock.now
        due = replace(a_post(), due_at=world.clock.now() + timedelta(seconds=60))
        post, _ = step(due, ev.Submitted())
        world.store.posts.add(replace(post, wake_at=resume(post)[0].not_before))
        await world.run(2400)
        return told(world.post(due.id), graph, None)


def told(post: Post, graph: ScriptedGraph, failure: PressroomError | None) -> str:
    return words(
        post.state,
        attention=post.attention,
        media=post.media_id,
        raised=type(failure).__name__ if failure else None,
        sends=[f"{send.container_id} {send.state}" for send in post.sends],
        looks=[len(send.looks) for send in post.sends],
        publish_calls=graph.count("POST media_publish"),
        created=graph.count("POST media"),
        calls=len(graph.calls),
    )


async def scripted() -> dict[str, dict[str, str]]:
    """Give the end of every cell at once; of the other manners where what is listed does not matter."""
    found: dict[str, dict[str, str]] = {}
    for cell in cells():
        ends = {"at once": await at_once(cell, CAREFUL)}
        if (cell.listed, cell.used) == READ[0]:
            ends["as the seed"] = await at_once(cell, FEWEST_CALLS)
            if cell.answer in OF_A_WORKER and cell.container in ("FINISHED", "PUBLISHED"):
                ends["by a worker"] = await by_a_worker(cell)
        found[str(cell)] = ends
    return found


def doubts() -> Iterator[tuple[str, Doubt]]:
    """Give every wrong answer with each effect on a hostile host, and some among posts by hand."""
    lags: dict[str, Any] = {"stale_s": 4, "lag_s": 6}
    for answer, effect in product(WRONG_ANSWERS, Effect):
        yield f"{answer} | carried out {effect} | alone", Doubt(answer=answer, effect=effect, **lags)
    for answer, effect in product(COPIED, Effect):
        name = f"{answer} | carried out {effect} | with a copy by hand"
        yield name, Doubt(answer=answer, effect=effect, copies=("between",), **lags)


async def live() -> dict[str, str]:
    """Give what came of each doubt on a sandbox that really makes media."""
    found: dict[str, str] = {}
    for name, doubt in doubts():
        ending = await ending_of(doubt)
        found[name] = words(
            ending.post.state if ending.post else type(ending.error).__name__,
            has_id=bool(ending.post and ending.post.media_id),
            publish_calls=ending.sends,
            media_made=len(ending.ours),
        )
    return found
