"""A publisher before a Graph API that answers from a script, on a clock that costs nothing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pressroom.client.client import Client
from pressroom.client.pacing import ADAPTIVE, Pacing
from pressroom.core.account import Account
from pressroom.core.errors import AnswerLost
from pressroom.core.post import Post
from pressroom.core.secret import Secret
from pressroom.graph.answers import UserId
from pressroom.publish.context import Context
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.publisher import Publisher
from pressroom.publish.steps.preparation import Preparation
from tests.fakes.clock import FakeClock
from tests.fakes.graph import ScriptedGraph, error
from tests.fakes.media import FakeDesk, FakeHost

C1, M1 = {"id": "111"}, {"id": "999"}
IN_PROGRESS = {"id": "111", "status_code": "IN_PROGRESS"}
FINISHED = {"id": "111", "status_code": "FINISHED"}
PUBLISHED = {"id": "111", "status_code": "PUBLISHED"}
NOT_READY = error(9007, 2207027)
LOST = AnswerLost("lost")
LIVE = {
    "id": "999",
    "media_type": "IMAGE",
    "media_product_type": "FEED",
    "timestamp": "2026-11-24T12:00:30+0000",
    "permalink": "https://www.instagram.com/p/x/",
}
EMPTY: dict[str, object] = {"data": []}


def quota(used: int) -> dict[str, object]:
    return {"data": [{"quota_usage": used, "config": {"quota_total": 100}}]}


@dataclass
class Stage:
    graph: ScriptedGraph
    clock: FakeClock
    journal: InMemoryJournal
    publisher: Publisher

    async def publish(self, post: Post) -> Post:
        return await self.publisher.publish(post)

    @property
    def steps(self) -> list[str]:
        return [event.step for event in self.journal.events]


def a_graph() -> ScriptedGraph:
    graph = ScriptedGraph()
    graph.on("POST media", C1)
    graph.on("GET 111", FINISHED)
    graph.on("GET media", EMPTY)
    graph.on("GET stories", EMPTY)
    graph.on("GET content_publishing_limit", quota(2))
    graph.on("POST media_publish", M1)
    graph.on("GET 999", LIVE)
    return graph


@asynccontextmanager
async def stage(
    graph: ScriptedGraph, *, policy: Policy = CAREFUL, pacing: Pacing = ADAPTIVE, desk: FakeDesk | None = None
) -> AsyncGenerator[Stage]:
    clock = FakeClock()
    graph.now = clock.now
    account = Account(token=Secret("IGtest"), user_id=UserId("17841"))
    journal = InMemoryJournal(account, clock=clock)
    async with Client(account, graph, clock=clock, pacing=pacing) as client:
        context = Context(client=client, journal=journal, policy=policy)
        preparation = Preparation(desk=desk or FakeDesk(), host=FakeHost())
        yield Stage(graph, clock, journal, Publisher(context=context, preparation=preparation))
