"""Whatever happens to a post, in any order and with time going back and forth, no rule is broken."""

from dataclasses import dataclass, replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.core.errors import Refused
from pressroom.core.post import (
    Followup,
    IfLate,
    Look,
    Post,
    PostKind,
    PostState,
    SendState,
    Snapshot,
)
from pressroom.graph.answers import CommentId, ContainerId, ContainerStatus, MediaId
from pressroom.graph.error_table import Retry
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import operations as op
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.transitions import FINAL_STATES, resume, step
from tests.publish.posts import a_post, after

M1 = MediaId("m1")
_DEAD = (ContainerStatus.ERROR, ContainerStatus.EXPIRED)
# Seconds; hours apart, so that five minutes, an hour, 23 hours and days all lie between two of them.
TIMES = st.one_of(st.integers(0, 4000), st.integers(-90_000, 300_000))
CONTAINERS = st.sampled_from([ContainerId(f"c{number}") for number in range(1, 6)])
STATUSES = st.sampled_from(list(ContainerStatus))


def committed(at: int, quota: int | None) -> ev.SendCommitted:
    snapshot = Snapshot(listed=frozenset(), quota_usage=quota)
    return ev.SendCommitted(at=after(at), deadline=after(at + 15), snapshot=snapshot)


def looked(at: int, status: ContainerStatus | None, found: list[str], quota: int | None) -> ev.Looked:
    candidates = frozenset(MediaId(media) for media in found)
    return ev.Looked(look=Look(at=after(at), status=status, candidates=candidates, quota_usage=quota))


def created(container: ContainerId, item: int | None, at: int) -> ev.ContainerCreated:
    return ev.ContainerCreated(id=container, item=item, at=after(at), host_date=after(at))


EVENTS: st.SearchStrategy[ev.Event] = st.one_of(
    st.just(ev.Submitted()),
    st.builds(created, CONTAINERS, st.none() | st.integers(0, 1), TIMES),
    st.builds(ev.ContainerSettled, id=CONTAINERS, status=st.none() | STATUSES, may_rebuild=st.booleans()),
    st.builds(ev.ContainerNotReady, id=CONTAINERS),
    st.builds(committed, TIMES, st.none() | st.integers(0, 3)),
    st.builds(ev.SendAnswered, media_id=st.just(M1)),
    st.builds(
        ev.SendRefused,
        at=TIMES.map(after),
        retry=st.sampled_from(list(Retry)),
        code=st.none() | st.integers(1, 10),
    ),
    st.builds(ev.SendDoubtful, at=TIMES.map(after), may_resend=st.booleans()),
    st.builds(
        looked,
        TIMES,
        st.none() | STATUSES,
        st.lists(st.sampled_from(["m1", "m2"]), unique=True),
        st.none() | st.integers(2, 3),
    ),
    st.builds(ev.PermalinkRead, permalink=st.none() | st.just("https://x")),
    st.builds(ev.CommentCommitted, at=TIMES.map(after)),
    st.builds(ev.CommentAnswered, id=st.just(CommentId("k"))),
    st.builds(
        ev.CommentRefused,
        at=TIMES.map(after),
        problem=st.just("no"),
        may_try_again=st.booleans(),
        was_answered=st.booleans(),
    ),
    st.builds(
        ev.CommentLooked,
        at=TIMES.map(after),
        id=st.none() | st.just(CommentId("k")),
        was_listed=st.booleans(),
    ),
    st.builds(ev.Woken, at=TIMES.map(after)),
    st.builds(ev.FoundLate, at=TIMES.map(after)),
    st.builds(ev.QuotaFull, free_at=TIMES.map(after), why=st.just("The quota is full.")),
    st.builds(ev.Delayed, until=TIMES.map(after), is_slot=st.booleans()),
    st.just(ev.HeldBack()),
    st.builds(ev.GaveUp, problem=st.just("no")),
)
# A post that goes its way comes far; from there anything may happen.
SENT: list[ev.Event] = [
    ev.Submitted(),
    created(ContainerId("c1"), None, 0),
    ev.ContainerSettled(id=ContainerId("c1"), status=ContainerStatus.FINISHED),
    committed(10, 2),
]
LOST: list[ev.Event] = [*SENT, ev.SendDoubtful(at=after(20))]
NOT_DONE: list[ev.Event] = [
    *LOST,
    looked(400, ContainerStatus.FINISHED, [], 2),
    looked(500, ContainerStatus.FINISHED, [], 2),
]
BEGINNINGS = st.sampled_from([[], SENT, LOST, NOT_DONE])


def a_planned_post(kind: PostKind, due_s: int | None, if_late: IfLate) -> Post:
    options = {} if kind is PostKind.STORY else {"first_comment": "hi"}
    due_at = None if due_s is None else after(due_s)
    return replace(a_post(kind, **options), due_at=due_at, if_late=if_late)


POSTS = st.builds(
    a_planned_post,
    st.sampled_from([PostKind.PHOTO, PostKind.PHOTO, PostKind.STORY, PostKind.CAROUSEL]),
    st.none() | TIMES,
    st.sampled_from(list(IfLate)),
)


@dataclass(frozen=True)
class ByAPerson:
    """An operation at a time."""

    operation: op.Operation
    at: datetime

    def __call__(self, post: Post) -> Post:
        """Operate. Raises Refused where that is not possible."""
        match self.operation:
            case op.Operation.MOVE | op.Operation.RESCHEDULE as timed:
                return (op.move if timed is op.Operation.MOVE else op.reschedule)(post, self.at, "UTC")
            case op.Operation.EDIT:
                return op.edit(post, replace(post.options, caption="new"), post.assets)
            case op.Operation.APPROVE:
                return op.approve(post, self.at)
            case op.Operation.RETRY:
                return op.retry(post, self.at)
            case op.Operation.RECONCILE:
                return op.reconcile(post)
            case _:
                return op.cancel(post)


# A person's word for a post in doubt is believed, true or not: it is left out here.
OPERATIONS = st.builds(
    ByAPerson,
    st.sampled_from([one for one in op.Operation if one is not op.Operation.RESOLVE]),
    TIMES.map(after),
)


def assert_sound(before: Post, now: Post) -> None:
    """What is true of every post after every step."""
    assert sum(send.state is SendState.OPEN for send in now.sends) <= 1
    assert (now.open_send is not None) == (now.state is PostState.PUBLISHING)
    assert not any(send.state is SendState.LIVE for send in now.sends[:-1])
    if before.state is PostState.PUBLISHED:
        assert now.state is PostState.PUBLISHED, "published is final"
        assert len(now.sends) == len(before.sends)
    if before.media_id:
        assert now.media_id == before.media_id
    assert_sends_are_few(now)
    if len(now.sends) > len(before.sends):
        assert_may_be_sent(before)


def assert_sends_are_few(post: Post) -> None:
    """A container is sent once; once more when it provably was not carried out; and after each refusal."""
    for container in {send.container_id for send in post.sends}:
        states = [send.state for send in post.sends if send.container_id == container]
        assert sum(state is not SendState.REFUSED for state in states) <= 2
        assert SendState.ABANDONED not in states[:-1]


def assert_may_be_sent(post: Post) -> None:
    """Before a new container is sent, each older one was refused, or is dead and listed nowhere."""
    current = post.container(None)
    assert current is not None
    for send in post.sends:
        if send.container_id == current.id or send.state is SendState.REFUSED:
            continue
        assert send.state is SendState.NOT_DONE
        assert send.looks[-1].status in _DEAD
        assert not any(look.candidates for look in send.looks)


def sent_in_the_end(post: Post) -> Post:
    """Go on as a worker whose every step goes well, up to the next call that publishes."""
    for number in range(12):
        before, (effect, *_) = post, resume(post) or (None,)
        match effect:
            case ev.Wake():
                assert effect.not_before
                event: ev.Event = ev.Woken(at=effect.not_before)
            case ev.CreateContainer():
                event = created(ContainerId(f"new{number}"), effect.item, 0)
            case ev.PollContainers():
                event = ev.ContainerSettled(id=effect.ids[0], status=ContainerStatus.FINISHED)
            case ev.CommitSend():
                event = committed(20_000, 2)
            case _:
                return post
        post, _ = step(post, event)
        assert_sound(before, post)
    return post


@settings(max_examples=300, deadline=None)
@given(POSTS, BEGINNINGS, st.lists(EVENTS, max_size=25))
def test_whatever_happens_no_rule_is_broken(
    post: Post, beginning: list[ev.Event], rest: list[ev.Event]
) -> None:
    """One open send at most, a send only by its commit, published for ever, and no dead end."""
    for event in [*beginning, *rest]:
        before = post
        post, effects = step(post, event)
        assert_sound(before, post)
        assert not any(isinstance(effect, ev.SendPublish) for effect in effects) or isinstance(
            event, ev.SendCommitted
        )
        assert ev.SendComment() not in effects or isinstance(event, ev.CommentCommitted)
        assert not (post.open_send and any(isinstance(effect, ev.CommitSend) for effect in effects))
        assert ev.PollContainers(()) not in effects
        if before.state in FINAL_STATES:
            assert (post.state, len(post.sends)) == (before.state, len(before.sends))
        assert effects or post.state in FINAL_STATES or post.state.is_held, "a dead end"


@settings(max_examples=300, deadline=None)
@given(POSTS, BEGINNINGS, st.lists(EVENTS | OPERATIONS, max_size=25))
def test_whatever_a_person_does_meanwhile_no_rule_is_broken(
    post: Post, beginning: list[ev.Event], rest: list[ev.Event | ByAPerson]
) -> None:
    """Moved, edited, let go, tried again, looked for again, between any two events."""
    for one in [*beginning, *rest]:
        before = post
        if isinstance(one, ByAPerson):
            try:
                post = one(post)
            except Refused:
                continue
        else:
            post, _ = step(post, one)
        assert post.revision > before.revision
        assert_sound(before, post)
        can_go_on = resume(post) or op.possible(post)
        assert can_go_on or post.state in (PostState.PUBLISHED, PostState.CANCELLED), "a dead end"
    sent_in_the_end(post)


@settings(max_examples=200, deadline=None)
@given(POSTS, st.lists(EVENTS, max_size=30))
def test_resuming_a_stored_post_never_sends(post: Post, happened: list[ev.Event]) -> None:
    for event in happened:
        post, _ = step(post, event)
    assert not any(isinstance(effect, ev.SendPublish | ev.SendComment) for effect in resume(post))


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_the_first_comment_is_written_twice_at_most_and_only_after_a_refusal(
    happened: list[ev.Event],
) -> None:
    """Not counting what never left: a comment whose answer was lost is only looked for."""
    post = replace(a_post(first_comment="hi"), followups=(Followup.FIRST_COMMENT,))
    for event in [*SENT, ev.SendAnswered(media_id=M1)]:
        post, _ = step(post, event)
    written = 0
    for event in happened:
        is_free = post.comment_committed_at is None
        if isinstance(event, ev.CommentCommitted) and not is_free:
            continue  # a worker commits only what `resume` asks for
        if isinstance(event, ev.CommentCommitted) and Followup.FIRST_COMMENT in post.followups:
            written += 1
        if isinstance(event, ev.CommentRefused) and not event.was_answered and not is_free:
            written -= 1
        post, _ = step(post, event)
    assert written <= 2
    assert post.comment_tries <= len(CAREFUL.comment_retry_delays_s) + 1
