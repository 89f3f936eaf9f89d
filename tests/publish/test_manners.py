"""What both manners of publishing promise, whichever journal keeps the posts, and where they differ."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from pressroom.core.account import Account
from pressroom.core.errors import AnotherSendOpen
from pressroom.core.post import ContainerRecord, Post, PostId, PostState, Send, SendState, Snapshot
from pressroom.core.protocols import Journal, Reply, Request
from pressroom.core.secret import Secret
from pressroom.graph.answers import ContainerId, MediaId, UserId
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.manners.durable import StoreJournal, Turns
from tests.fakes.clock import FakeClock
from tests.fakes.graph import Answer, ScriptedGraph, error
from tests.publish.durable_world import durable_world
from tests.publish.manners import MANNERS, Opens, Stand
from tests.publish.posts import a_post, after
from tests.publish.scripted import C1, FINISHED, IN_PROGRESS, LIVE, LOST, M1, NOT_READY, PUBLISHED, a_graph

POST = PostId("post-1")
SEND = "POST media_publish"
C2 = {"id": "112"}
SIGNED_OUT = error(190, 463)


@pytest.fixture(params=MANNERS)
def opens(request: pytest.FixtureRequest) -> Opens:
    return MANNERS[request.param]


def a_script(answers: Mapping[str, tuple[Answer, ...]] | None = None) -> ScriptedGraph:
    graph = a_graph()
    graph.on("POST media", C1, C2)
    graph.on("GET 112", {**FINISHED, "id": "112"})
    graph.on("POST comments", {"id": "555"})
    for key, told in (answers or {}).items():
        graph.on(key, *told)
    return graph


def named(name: str) -> Post:
    return replace(a_post(), id=PostId(name), created_at=after(0))


def a_commented_post() -> Post:
    return a_post(first_comment="First")


def kept(stand: Stand, post_id: PostId = POST) -> Post:
    post = stand.record(post_id)
    assert post is not None
    return post


async def test_each_step_is_on_record_before_the_next_call_is_made(opens: Opens) -> None:
    graph, seen = a_script(), dict[str, Post]()
    async with opens(graph) as stand:
        graph.before_answer = lambda key: seen.setdefault(key, kept(stand))
        await stand.publish(a_commented_post())
    assert seen["POST media"].state is PostState.PREPARING
    assert [record.id for record in seen["GET 111"].containers] == ["111"]
    assert seen[SEND].open_send is not None
    assert seen["GET 999"].media_id == "999"
    assert seen["POST comments"].comment_committed_at is not None


@pytest.mark.parametrize("answers", [(M1,), (NOT_READY, NOT_READY, M1), (LOST, M1), (SIGNED_OUT,)])
async def test_nothing_is_sent_without_a_commit_of_its_own_on_record(
    opens: Opens, answers: tuple[Answer, ...]
) -> None:
    graph, committed = a_script({SEND: answers}), list[int]()
    async with opens(graph) as stand:

        def look(key: str) -> None:
            opened = kept(stand).open_send
            if key == SEND:
                assert opened is not None
                committed.append(opened.number)

        graph.before_answer = look
        await stand.publish(a_post())
    assert committed == list(range(1, len(answers) + 1))


async def test_events_reach_the_listener_in_the_order_of_the_history(opens: Opens) -> None:
    async with opens(a_script({SEND: (LOST,), "GET 111": (FINISHED, PUBLISHED)})) as stand:
        await stand.publish(a_commented_post())
        assert [event.step for event in stand.heard][:3] == [
            "container_created",
            "container_settled",
            "send_committed",
        ]
        # What became of the post by it, and its version, are known once that is saved.
        history = [replace(event, changes=(), version=None) for event in stand.history(POST)]
        assert stand.heard == history


class SlowGraph(ScriptedGraph):
    """Takes five seconds to publish; most_open: sends of the account that were open then."""

    stand: Stand
    most_open = 0

    async def send(self, request: Request) -> Reply:
        if request.url.endswith("/media_publish"):
            posts = [self.stand.record(PostId(name)) for name in ("a", "b")]
            self.most_open = max(self.most_open, sum(bool(post and post.open_send) for post in posts))
            await self.stand.clock.sleep(5)
        return await super().send(request)


async def test_one_post_of_an_account_is_sent_at_a_time(opens: Opens) -> None:
    graph = SlowGraph()
    graph.answers = a_script().answers
    graph.on(SEND, M1, {"id": "998"})
    graph.on("GET 998", {**LIVE, "id": "998"})
    async with opens(graph) as stand:
        graph.stand = stand
        await stand.publish(*(named(name) for name in ("a", "b")))
        ends = [kept(stand, PostId(name)) for name in ("a", "b")]
    assert [post.state for post in ends] == [PostState.PUBLISHED] * 2
    assert (graph.most_open, graph.count(SEND)) == (1, 2)


async def test_the_turn_to_send_passes_from_one_post_to_the_next(opens: Opens) -> None:
    async with opens(a_script()) as stand:
        (first, _), (second, _) = (stand.begin(named(name)) for name in ("a", "b"))
        entered = list[str]()

        async def enter() -> None:
            async with second.sending():
                entered.append("second")

        async with first.sending():
            waiting = asyncio.create_task(enter())
            await stand.clock.sleep(10)
            assert entered == []
        await waiting
        assert entered == ["second"]


class Turning(FakeClock):
    """Waiting lets others of the same loop go on, and is over."""

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002  # the name is the protocol's
        await asyncio.sleep(0)


def test_turns_of_a_process_without_a_store_hold_across_event_loops() -> None:
    clock, account = Turning(), Account(token=Secret("IGtest"), user_id=UserId("17841"))
    inside, most = list[int](), list[int]()

    async def enter() -> None:
        async with InMemoryJournal(account, clock=clock).sending():
            inside.append(1)
            for _ in range(50):
                await asyncio.sleep(0)
                most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=asyncio.run, args=(enter(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (200, 1)


async def test_turns_of_two_workers_hold_by_a_rule_of_the_store() -> None:
    async with durable_world() as world:
        ready = [replace(named(name), state=PostState.READY) for name in ("a", "b")]
        posts = [world.store.posts.add(post).post for post in ready]
        first, second = (StoreJournal(world.store, post, Turns(), world.clock) for post in posts)
        async with first.sending(), second.sending():
            await first.save(sent(posts[0]))
            with pytest.raises(AnotherSendOpen):
                await second.save(sent(posts[1]))


def sent(post: Post) -> Post:
    made = ContainerRecord(id=ContainerId(f"11{post.id}"), created_at=after(0))
    send = Send(container_id=made.id, number=1, started_at=after(0), deadline=after(15), snapshot=Snapshot())
    going = replace(post, state=PostState.PUBLISHING, containers=(made,), sends=(send,))
    return replace(going, revision=post.revision + 1)


async def test_what_went_live_is_known_to_all_posts_of_the_account_and_counted_once(opens: Opens) -> None:
    async with opens(a_script()) as stand:
        (ours, post), (theirs, _) = (stand.begin(named(name)) for name in ("a", "b"))
        assert await told(theirs) == (frozenset(), 0)
        live = replace(post, state=PostState.PUBLISHED, revision=1)
        await ours.save(live)
        assert await told(theirs) == (frozenset(), 1)
        await ours.save(replace(live, media_id=MediaId("999"), revision=2))
        assert await told(theirs) == (frozenset({"999"}), 1)


async def told(journal: Journal) -> tuple[frozenset[MediaId], int]:
    return await journal.known_media(), len(await journal.went_live())


async def test_a_cancelled_run_leaves_what_is_on_record_and_the_post_is_resumed_from_there(
    opens: Opens,
) -> None:
    graph = a_script({"GET 111": (IN_PROGRESS,)})
    async with opens(graph) as stand:
        await cancelled_at("GET 111", stand, graph)
        left = kept(stand)
        assert (left.state, [record.id for record in left.containers]) == (PostState.PREPARING, ["111"])
        graph.on("GET 111", FINISHED)
        await stand.resume(POST)
        assert kept(stand).state is PostState.PUBLISHED
    assert (graph.count("POST media"), graph.count(SEND)) == (1, 1)


async def test_the_answer_of_a_send_under_way_is_kept_by_a_cancelled_run(opens: Opens) -> None:
    graph = a_script()
    async with opens(graph) as stand:
        await cancelled_at(SEND, stand, graph)
        left = kept(stand)
        assert (left.state, left.sends[0].state, left.media_id) == (
            PostState.PUBLISHED,
            SendState.LIVE,
            "999",
        )


async def cancelled_at(key: str, stand: Stand, graph: ScriptedGraph) -> None:
    """Cancel a run while a call waits for its answer."""
    run = asyncio.create_task(stand.publish(a_post()))
    graph.before_answer = lambda called: run.cancel() if called == key else None
    with pytest.raises(asyncio.CancelledError):
        await run
    graph.before_answer = lambda _called: None


async def test_an_error_that_waiting_cannot_mend_ends_the_post(opens: Opens) -> None:
    graph = a_script({"POST media": (error(100, 2207023),)})
    async with opens(graph) as stand:
        await stand.publish(a_post())
        post = kept(stand)
    assert (post.state, graph.count("POST media"), graph.count(SEND)) == (PostState.FAILED, 1, 0)
    assert "100/2207023" in (post.problem or "")


async def test_a_refused_send_that_concerns_the_account_is_told(opens: Opens) -> None:
    graph = a_script({SEND: (SIGNED_OUT,)})
    async with opens(graph) as stand:
        await stand.publish(a_post())
        post, history = kept(stand), stand.history(POST)
    assert graph.count(SEND) == 1
    assert [event.code for event in history if event.step == "send_failed"] == [190]
    failure = post.failure.message if post.failure else ""
    assert "190/463" in f"{post.held_up_by} {failure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is answered. why: they differ; at_once, by_a_worker: the steps of each, where they do."""

    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict[str, tuple[Answer, ...]])
    why: str = ""
    at_once: tuple[str, ...] = ()
    by_a_worker: tuple[str, ...] = ()


# Who publishes now submits the post; a worker finds it submitted, and wakes it again after each long wait.
TAKEN_UP = ("Submitted", "Woken")
# A worker moves a post that will not fit into the quota before anything is made for it.
ASKED_FIRST: dict[str, list[str]] = {"at once": [], "by a worker": ["GET content_publishing_limit"]}
MADE = ("ContainerCreated", "ContainerSettled")
SENT = (*MADE, "SendCommitted")
ENDED = ("SendAnswered", "PermalinkRead", "CommentCommitted", "CommentAnswered")
AWAY = error(2)

SCRIPTS = {
    "all goes well": Script(),
    "processed for a while": Script(answers={"GET 111": (IN_PROGRESS, IN_PROGRESS, FINISHED)}),
    "a container fails once": Script(answers={"GET 111": ({"id": "111", "status_code": "ERROR"},)}),
    "reads are lost for a while": Script(answers={"GET 111": (*(LOST,) * 9, FINISHED)}),
    "reads are refused for a while": Script(answers={"GET 111": (*(AWAY,) * 9, FINISHED)}),
    "not ready to be published": Script(answers={SEND: (NOT_READY, NOT_READY, M1)}),
    "the answer is lost, and it is live": Script(answers={SEND: (LOST,), "GET 111": (FINISHED, PUBLISHED)}),
    "the answer is lost, and it is not live": Script(answers={SEND: (LOST, M1)}),
    "nobody can tell": Script(answers={SEND: (LOST,), "GET 111": (FINISHED, error(100, 33))}),
    "the content is refused": Script(answers={"POST media": (error(100, 2207023),)}),
    "the comment is refused": Script(answers={"POST comments": (error(100, 2207023),)}),
}
DIFFERING = {
    "Instagram is away for a while": Script(
        answers={"POST media": (AWAY, AWAY, AWAY, AWAY, AWAY, AWAY, C1)},
        why="what passes is waited for by a worker, and told to who publishes now",
        at_once=("GaveUp",),
        by_a_worker=("Delayed", *SENT, *ENDED),
    ),
    "the media is processed for very long": Script(
        answers={"GET 111": (IN_PROGRESS,)},
        why="a worker makes a new container, and who publishes now may ask for the old one later",
        at_once=("ContainerCreated", "GaveUp"),
        by_a_worker=("ContainerCreated", "ContainerNotReady", *SENT, *ENDED),
    ),
    **{
        f"the quota of {what} is full": Script(
            answers={"POST media": (error(9, subcode), C1)},
            why="a worker moves the post to where there is room",
            at_once=("GaveUp",),
            by_a_worker=("QuotaFull",),
        )
        for what, subcode in (("posts", 2207042), ("containers", 2207069))
    },
    "the account may not publish": Script(
        answers={SEND: (SIGNED_OUT,)},
        why="a worker pauses the account and lets the post wait, and who publishes now is told",
        at_once=(*SENT, "SendRefused", "GaveUp"),
        by_a_worker=(*SENT, "SendRefused", "Delayed"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a manner did. steps: but for those that take the post up."""

    steps: tuple[str, ...]
    calls: list[str]
    end: tuple[object, ...]


async def played(manner: str, script: Script) -> Played:
    graph = a_script(script.answers)
    async with MANNERS[manner](graph) as stand:
        await stand.publish(a_commented_post())
        post = kept(stand)
    steps = [step for step in stand.applied if step not in TAKEN_UP]
    calls = [call.rpartition("/")[2] for call in graph.calls]
    asked = [key.rpartition(" ")[2] for key in ASKED_FIRST[manner]]
    assert calls[: len(asked)] == asked
    end = (post.state, post.attention, post.problem, post.media_id, [send.state for send in post.sends])
    return Played(steps=tuple(steps), calls=calls[len(asked) :], end=end)


@pytest.mark.parametrize("name", SCRIPTS)
async def test_both_manners_do_the_same_for_the_same_answers(name: str) -> None:
    now, later = [await played(manner, SCRIPTS[name]) for manner in MANNERS]
    assert now == later


@pytest.mark.parametrize("name", DIFFERING)
async def test_a_worker_does_otherwise_only_where_it_is_said_why(name: str) -> None:
    script = DIFFERING[name]
    assert script.why
    now, later = [await played(manner, script) for manner in MANNERS]
    assert now.steps == script.at_once
    assert later.steps[: len(script.by_a_worker)] == script.by_a_worker


async def test_a_process_without_a_store_keeps_its_newest_thousand_posts() -> None:
    journal = InMemoryJournal(Account(token=Secret("IGtest"), user_id=UserId("17841")), clock=FakeClock())
    for number in range(1002):
        await journal.save(named(f"{number}"))
    assert list(journal.posts) == [f"{number}" for number in range(2, 1002)]
