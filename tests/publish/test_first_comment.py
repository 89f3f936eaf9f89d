"""The first comment: written once whatever its answer, and lost only when nobody can know better."""

import json
from dataclasses import replace

import pytest

from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.errors import NotSent
from pressroom.core.post import Post, PostState
from pressroom.core.protocols import Reply, Request
from pressroom.core.secret import Secret
from pressroom.publish.context import Context
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.publisher import Publisher
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.faults import Effect
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.fakes.clock import FakeClock
from tests.fakes.graph import error
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.doubts import WRONG_ANSWERS, WrongAnswers, wrong
from tests.publish.posts import a_post
from tests.publish.scripted import LOST, a_graph, stage

# Refusals by the table; one of them once came with the comment standing all the same.
REFUSALS = {
    "100": wrong(100),
    "100/33": wrong(100, 33),
    "10": wrong(10, status=403),
    "190": wrong(190, 463, status=401),
    "80002": wrong(80002),
    "24": wrong(24, 2207006),
}


class LateComments:
    """Lists no comment until some seconds after it was written."""

    def __init__(self, inner: WrongAnswers, clock: FakeClock, lag_s: float) -> None:
        self._inner = inner
        self._clock = clock
        self._lag_s = lag_s
        self._first_at: float | None = None

    async def send(self, request: Request) -> Reply:
        if not request.url.partition("?")[0].endswith("/comments"):
            return await self._inner.send(request)
        if request.method == "POST":
            self._first_at = self._first_at or self._clock.monotonic()
        elif self._clock.monotonic() < (self._first_at or 0) + self._lag_s:
            return Reply(status=200, headers={}, body=json.dumps({"data": []}).encode())
        return await self._inner.send(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def commented(answer: str, effect: Effect, *, lag_s: float = 0.0) -> tuple[Post, int]:
    """Publish with a first comment whose answer is wrong; gives the post and how many comments stand."""
    clock = FakeClock()
    sandbox = Sandbox(SandboxSettings(fetch="trust"), clock=clock)
    wire = WrongAnswers(AsgiTransport(sandbox.app, clock=clock), sandbox, clock, "/comments")
    wire.effects.append(({**WRONG_ANSWERS, **REFUSALS}[answer], effect, 2.0))
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
    async with Client(account, LateComments(wire, clock, lag_s), clock=clock) as client:
        context = Context(client=client, journal=InMemoryJournal(account, clock=clock))
        publisher = Publisher(context=context, preparation=Preparation(desk=FakeDesk(), host=FakeHost()))
        post = await publisher.publish(a_post(caption="Hello", first_comment="First @you"))
    clock.advance(3600)
    return post, len(sandbox.scene.world.comments[str(post.media_id)])


async def test_it_is_written_once() -> None:
    graph = a_graph()
    graph.on("POST comments", {"id": "77"})
    async with stage(graph) as on:
        post = await on.publish(a_post(first_comment="First"))
    assert post.first_comment_id == "77"
    assert on.graph.count("POST comments") == 1


@pytest.mark.parametrize("lag_s", [0.0, 10.0, 90.0])
@pytest.mark.parametrize("answer", [*WRONG_ANSWERS, *REFUSALS])
async def test_whatever_is_answered_there_is_never_a_second_one(answer: str, lag_s: float) -> None:
    """An error has come with the comment standing: only what was never answered at all is believed unsent."""
    for effect in Effect:
        post, count = await commented(answer, effect, lag_s=lag_s)
        assert post.state is PostState.PUBLISHED
        assert count <= 1, f"{effect}: {count} comments"
        assert bool(post.first_comment_id) or post.problem, "lost, and nobody was told"
        assert not post.first_comment_id or count == 1


@pytest.mark.parametrize("answer", WRONG_ANSWERS)
async def test_one_that_stands_is_found_whatever_was_answered(answer: str) -> None:
    post, _ = await commented(answer, Effect.DONE, lag_s=10)
    assert post.first_comment_id


@pytest.mark.parametrize("answer", ["100/33", "80002"])
async def test_one_refused_for_something_passing_is_looked_for_and_then_written_again(answer: str) -> None:
    post, count = await commented(answer, Effect.NONE)
    assert (count, post.problem) == (1, None)
    assert post.first_comment_id


async def test_one_that_is_refused_again_is_given_up_with_the_reason() -> None:
    graph = a_graph()
    graph.on("POST comments", error(100, 33))
    graph.on("GET comments", {"data": []})
    async with stage(graph) as on:
        post = await on.publish(a_post(first_comment="First"))
    assert on.graph.count("POST comments") == 2
    assert post.problem is not None
    assert "refused" in post.problem


async def test_one_whose_fate_cannot_be_looked_up_is_not_written_again() -> None:
    graph = a_graph()
    graph.on("POST comments", error(100, 33))
    graph.on("GET comments", error(2))
    async with stage(graph) as on:
        post = await on.publish(a_post(first_comment="First"))
    assert (on.graph.count("POST comments"), post.first_comment_id) == (1, None)
    assert post.problem


async def test_one_that_never_left_is_written_when_the_network_is_back() -> None:
    graph = a_graph()
    graph.on("POST comments", *[NotSent("no network")] * 4, {"id": "77"})
    async with stage(graph) as on:
        post = await on.publish(a_post(first_comment="First"))
    assert post.first_comment_id == "77"
    assert on.clock.elapsed_s > 300


@pytest.mark.parametrize(("listed", "comment_id"), [([{"id": "77", "text": "First"}], "77"), ([], None)])
async def test_a_lost_one_is_looked_for_and_not_written_again(
    listed: list[object], comment_id: str | None
) -> None:
    graph = a_graph()
    graph.on("POST comments", LOST)
    graph.on("GET comments", {"data": listed})
    async with stage(graph) as on:
        post = await on.publish(a_post(first_comment="First"))
    assert (post.state, post.first_comment_id) == (PostState.PUBLISHED, comment_id)
    assert on.graph.count("POST comments") == 1


async def test_the_older_of_two_with_the_same_words_is_taken_for_ours() -> None:
    """Ours came with the post; whoever repeats it does so later."""
    graph = a_graph()
    graph.on("POST comments", LOST)
    graph.on("GET comments", {"data": [{"id": "78", "text": "First"}, {"id": "77", "text": "First"}]})
    async with stage(graph) as on:
        post = await on.publish(a_post(first_comment="First"))
    assert post.first_comment_id == "77"


async def test_one_below_many_others_is_found() -> None:
    """They are listed newest first, and a large account gets a page of them within seconds."""
    graph = a_graph()
    graph.on("POST comments", error(100, 33))
    others = [{"id": str(number), "text": "Wow"} for number in range(100, 150)]
    newest = {"data": others, "paging": {"cursors": {"after": "x"}, "next": "https://x/?after=x"}}
    graph.on("GET comments", newest, {"data": [{"id": "77", "text": "First"}]})
    async with stage(graph) as on:
        post = await on.publish(a_post(first_comment="First"))
    assert post.first_comment_id == "77"
    assert on.graph.count("POST comments") == 1


async def test_a_post_whose_id_stays_open_says_that_its_comment_was_not_written() -> None:
    graph = a_graph()
    graph.on("POST media_publish", LOST)
    graph.on("GET 111", {"id": "111", "status_code": "FINISHED"}, {"id": "111", "status_code": "PUBLISHED"})
    async with stage(graph) as on:
        post = await on.publish(replace(a_post(first_comment="First")))
    assert (post.state, post.media_id) == (PostState.PUBLISHED, None)
    assert post.problem is not None
    assert "first comment" in post.problem
