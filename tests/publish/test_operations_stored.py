"""The table of the docs, walked through the real store, also while a worker is quicker."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.errors import Conflict, Refused
from pressroom.core.post import (
    Attention,
    ContainerRecord,
    Followup,
    Post,
    PostId,
    PostState,
    Send,
    SendState,
    Snapshot,
)
from pressroom.core.settings import Settings
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.publish.machine.operations import Operation
from pressroom.service.posts.posts import PostService
from pressroom.store.store import P, T
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import InlineStore, empty_database
from tests.publish.posts import a_post
from tests.service.rooms import posts_of

S = PostState
DOCS = Path(__file__).parents[2] / "docs/reference/states.md"
COMMANDS = {
    "schedule move": Operation.MOVE,
    "schedule reschedule": Operation.RESCHEDULE,
    "schedule edit": Operation.EDIT,
    "schedule cancel": Operation.CANCEL,
    "schedule approve": Operation.APPROVE,
    "queue retry": Operation.RETRY,
    "queue resolve": Operation.RESOLVE,
    "queue reconcile": Operation.RECONCILE,
}


def documented() -> dict[tuple[Operation, PostState], PostState | None]:
    """Read the table: what each operation makes of each state; None where it is refused."""
    lines = [
        line.strip("| \n").split(" | ") for line in DOCS.read_text().splitlines() if line.startswith("|")
    ]
    start = next(number for number, line in enumerate(lines) if "`schedule move`" in line)
    operations = [COMMANDS[name.strip("`")] for name in lines[start][1:]]
    table: dict[tuple[Operation, PostState], PostState | None] = {}
    for line in lines[start + 2 :]:
        state = PostState(line[0].strip("`"))
        for operation, cell in zip(operations, line[1:], strict=True):
            word = re.sub("`", "", cell)
            table[operation, state] = (
                None if word == "refused" else PostState({"stays": state}.get(word, word))
            )
    return table


TABLE = documented()


class RacingStore(InlineStore):
    """A store in which a worker saves first, once, whatever a person was about to save."""

    quicker: Callable[[Post], Post] | None = None

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if operation == self.posts.save and self.quicker:
            worker, self.quicker = self.quicker, None
            post = self.posts.get(POST)
            self.posts.save(worker(post), post)
        return await super().run(operation, *args, **kwargs)


POST = PostId("00000001post")


@dataclass
class Office:
    schedule: PostService
    store: RacingStore
    clock: FakeClock

    def put(self, state: PostState, attention: Attention | None = None) -> Post:
        """Store a post that stands as posts in this state do."""
        now = self.clock.now()
        made = replace(a_post(), id=POST, due_at=now + timedelta(hours=2), state=S.DRAFT)
        made = self.store.posts.add(made).post
        if state is S.DRAFT:
            return made
        post = in_state(made, state, self.clock, attention)
        self.store.posts.save(post, made)
        return post

    async def do(self, operation: Operation) -> Post:
        later = self.clock.now() + timedelta(hours=4)
        ways: dict[Operation, Callable[[], Awaitable[Post]]] = {
            Operation.MOVE: lambda: self.schedule.move(POST, later, "Europe/Berlin"),
            Operation.RESCHEDULE: lambda: self.schedule.reschedule(POST, later, "Europe/Berlin"),
            Operation.EDIT: lambda: self.schedule.edit(POST, caption="new"),
            Operation.CANCEL: lambda: self.schedule.cancel(POST),
            Operation.APPROVE: lambda: self.schedule.approve(POST),
            Operation.RETRY: lambda: self.schedule.retry(POST),
            Operation.RESOLVE: lambda: self.schedule.resolve(POST, media_id=MediaId("9")),
            Operation.RECONCILE: lambda: self.schedule.reconcile(POST),
        }
        return await ways[operation]()


def in_state(post: Post, state: PostState, clock: FakeClock, attention: Attention | None = None) -> Post:
    now = clock.now()
    container = ContainerRecord(id=ContainerId("c1"), created_at=now, status=ContainerStatus.FINISHED)
    sent = {S.PUBLISHING: SendState.OPEN, S.PUBLISHED: SendState.LIVE, S.NEEDS_ATTENTION: SendState.ABANDONED}
    sends = tuple(
        Send(
            container_id=container.id,
            number=1,
            started_at=now,
            deadline=now + timedelta(seconds=15),
            snapshot=Snapshot(),
            state=sent[state],
        )
        for _ in range(state in sent)
    )
    has_container = sends or state in (S.PREPARING, S.READY)
    return replace(
        post,
        state=state,
        revision=post.revision + 1,
        attention=attention,
        containers=(container,) if has_container else (),
        sends=sends,
        media_id=MediaId("7") if state is S.PUBLISHED else None,
        followups=(Followup.PERMALINK,),
    )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncGenerator[Office]:
    clock = FakeClock()
    with RacingStore(empty_database(clock)) as store:
        yield Office(posts_of(store, Settings(home=tmp_path), clock=clock), store, clock)


def attention_for(operation: Operation, state: PostState) -> Attention | None:
    """Some operations are for posts in doubt, the others for late ones."""
    if state is not S.NEEDS_ATTENTION:
        return None
    is_for_doubts = operation in (Operation.RESOLVE, Operation.RECONCILE)
    return Attention.OUTCOME_UNKNOWN if is_for_doubts else Attention.LATE


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("state", list(PostState))
async def test_each_cell_of_the_documented_table_is_what_the_store_holds_afterwards(
    office: Office, operation: Operation, state: PostState
) -> None:
    before = office.put(state, attention_for(operation, state))
    wanted = TABLE[operation, state]
    if wanted is None:
        with pytest.raises(Refused, match=POST):
            await office.do(operation)
        stored = office.store.posts.get(POST)
        assert (stored.state, stored.revision) == (before.state, before.revision)
    else:
        answered = await office.do(operation)
        stored = office.store.posts.get(POST)
        assert answered.state is stored.state is wanted
        assert stored.revision == before.revision + 1


# What a worker may make of a post while a person decides.
RACES = [
    (S.SCHEDULED, S.PREPARING),
    (S.SCHEDULED, S.MISSED),
    (S.PREPARING, S.READY),
    (S.PREPARING, S.FAILED),
    (S.READY, S.PUBLISHING),
    (S.READY, S.NEEDS_ATTENTION),
    (S.READY, S.PUBLISHED),
]


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize(("seen", "is_now"), RACES)
async def test_when_a_worker_is_quicker_it_is_decided_on_what_the_worker_made(
    office: Office, operation: Operation, seen: PostState, is_now: PostState
) -> None:
    """Compare-and-set: nothing the worker saved is overwritten, and the answer tells what happened."""
    office.put(seen)
    attention = attention_for(operation, is_now)
    office.store.quicker = lambda post: in_state(post, is_now, office.clock, attention)
    # Where it is refused as it was seen, nobody saves and there is no race.
    decisive = is_now if TABLE[operation, seen] is not None else seen
    wanted = TABLE[operation, decisive]
    if wanted is None:
        with pytest.raises(Refused, match=decisive.replace("_", " ")):
            await office.do(operation)
    else:
        assert (await office.do(operation)).state is wanted
    stored = office.store.posts.get(POST)
    assert stored.state is (wanted or decisive)


async def test_of_a_worker_and_a_person_the_slower_is_told(office: Office) -> None:
    """The worker's own save loses when a person cancelled meanwhile, and nothing of it is kept."""
    before = office.put(S.READY)
    await office.do(Operation.CANCEL)
    with pytest.raises(Conflict, match="cancelled"):
        office.store.posts.save(in_state(before, S.PUBLISHING, office.clock), before)
    assert office.store.posts.open_send("default") is None


async def test_a_person_who_is_never_quick_enough_is_told_so(office: Office) -> None:
    office.put(S.SCHEDULED)

    def again(post: Post) -> Post:
        office.store.quicker = again
        return replace(post, revision=post.revision + 1)

    office.store.quicker = again
    with pytest.raises(Conflict, match="all the time"):
        await office.do(Operation.MOVE)
