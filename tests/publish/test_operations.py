"""What a person may do to a post in each state."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from pressroom.core.errors import Refused
from pressroom.core.post import (
    Attention,
    ContainerRecord,
    Followup,
    Look,
    Post,
    PostState,
    Send,
    SendState,
    Snapshot,
)
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import operations as op
from pressroom.publish.machine.operations import TABLE, Operation
from pressroom.publish.machine.transitions import resume, step
from tests.publish.posts import NOON, a_post, after

S = PostState
SEND = Send(
    container_id=ContainerId("c1"),
    number=1,
    started_at=NOON,
    deadline=after(15),
    snapshot=Snapshot(),
    state=SendState.ABANDONED,
)
CONTAINER = ContainerRecord(id=ContainerId("c1"), created_at=NOON, status=ContainerStatus.FINISHED)


def post_in(state: PostState, attention: Attention | None = None) -> Post:
    return replace(
        a_post(), state=state, due_at=after(3600), attention=attention, sends=(SEND,), containers=(CONTAINER,)
    )


OPERATE: dict[Operation, Callable[[Post], Post]] = {
    Operation.MOVE: lambda post: op.move(post, after(7200), "Europe/Berlin"),
    Operation.RESCHEDULE: lambda post: op.reschedule(post, after(7200), "Europe/Berlin"),
    Operation.EDIT: lambda post: op.edit(post, replace(post.options, caption="new"), post.assets),
    Operation.CANCEL: op.cancel,
    Operation.APPROVE: lambda post: op.approve(post, NOON),
    Operation.RETRY: lambda post: op.retry(post, NOON),
    Operation.RESOLVE: lambda post: op.resolve(post, NOON, media_id=MediaId("9")),
    Operation.RECONCILE: op.reconcile,
}


@pytest.mark.parametrize(("operation", "state"), list(product(Operation, PostState)))
def test_each_operation_does_in_each_state_what_the_table_says(
    operation: Operation, state: PostState
) -> None:
    is_for_doubts = operation in (Operation.RESOLVE, Operation.RECONCILE)
    attention = Attention.OUTCOME_UNKNOWN if is_for_doubts else Attention.LATE
    post = post_in(state, attention if state is S.NEEDS_ATTENTION else None)
    wanted = TABLE[operation].get(state)
    if wanted is None:
        with pytest.raises(Refused, match=post.id) as caught:
            OPERATE[operation](post)
        assert caught.value.rule == "state"
    else:
        done = OPERATE[operation](post)
        assert (done.state, done.revision) == (wanted, post.revision + 1)


@pytest.mark.parametrize("operation", [Operation.MOVE, Operation.RESCHEDULE, Operation.EDIT, Operation.RETRY])
def test_a_post_that_may_be_live_is_not_sent_again_by_an_operation(operation: Operation) -> None:
    with pytest.raises(Refused):
        OPERATE[operation](post_in(S.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN))


def test_a_persons_word_settles_a_doubt_either_way() -> None:
    post = post_in(S.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN)
    live = op.resolve(post, NOON, media_id=MediaId("9"))
    assert (live.state, live.media_id, live.sends[-1].state) == (S.PUBLISHED, "9", SendState.LIVE)
    again = op.resolve(post, NOON, media_id=None)
    assert (again.state, again.due_at, again.sends[-1].state) == (S.SCHEDULED, NOON, SendState.NOT_DONE)
    assert again.container(None) is None


@pytest.mark.parametrize(
    ("comment", "left"),
    [(None, (Followup.PERMALINK,)), ("hi", (Followup.PERMALINK, Followup.FIRST_COMMENT))],
)
def test_a_post_that_is_live_by_a_persons_word_gets_the_comment_that_is_wanted(
    comment: str | None, left: tuple[Followup, ...]
) -> None:
    doubt = post_in(S.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN)
    post = replace(doubt, options=replace(doubt.options, first_comment=comment))
    assert op.resolve(post, NOON, media_id=MediaId("9")).followups == left


def test_another_look_asks_again_at_once_and_never_sends_again() -> None:
    opened = op.reconcile(post_in(S.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN))
    assert (opened.attention, opened.open_send) == (
        None,
        replace(SEND, state=SendState.OPEN, may_resend=False),
    )
    effect = resume(opened)[0]
    assert isinstance(effect, ev.LookAtSend)
    assert effect.not_before
    assert effect.not_before <= after(20)
    nothing = Look(at=after(7200), status=ContainerStatus.FINISHED, candidates=frozenset(), quota_usage=0)
    given_up, _ = step(step(opened, ev.Looked(look=nothing))[0], ev.Looked(look=nothing))
    assert (given_up.state, given_up.attention) == (S.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN)


def test_moving_a_ready_post_keeps_containers_that_last_and_drops_others() -> None:
    assert op.move(post_in(S.READY), after(7200), "UTC").container(None) is not None
    far = op.move(post_in(S.READY), after(48 * 3600), "UTC")
    assert (far.state, far.container(None)) == (S.SCHEDULED, None)


def test_no_state_is_a_dead_end() -> None:
    """Each state is final, or goes on by itself, or a person can do something about it."""
    for state in PostState:
        post = post_in(state)
        is_final = state in (S.PUBLISHED, S.CANCELLED)
        goes_on = bool(resume(replace(post, sends=(replace(SEND, state=SendState.OPEN),)))) or bool(
            resume(post)
        )
        assert is_final or goes_on or op.possible(post)


def lost_and_not_done(state: PostState, attention: Attention | None = None) -> Post:
    """A post whose call was lost and judged not carried out, before it was sent once more."""
    look = Look(at=after(400), status=ContainerStatus.FINISHED, candidates=frozenset(), quota_usage=0)
    send = replace(SEND, state=SendState.NOT_DONE, looks=(look, look))
    return replace(post_in(state, attention), sends=(send,))


@pytest.mark.parametrize("state", PostState)
def test_a_draft_that_was_never_let_go_alone_is_given_to_another_account(state: PostState) -> None:
    def give(post: Post) -> Post:
        return op.hand_over(post, "2@b", "ben", "Europe/Lisbon")

    post = replace(post_in(state), sends=(), containers=())
    if state is S.DRAFT:
        assert give(post) == replace(post, account="2@b", login="ben", timezone="Europe/Lisbon")
    for other in (post_in(state), post.to_be_looked_for(NOON), *([] if state is S.DRAFT else [post])):
        with pytest.raises(Refused, match="stays with its account"):
            give(other)


def test_an_edited_post_that_is_due_now_is_prepared_anew() -> None:
    """Without a due time nothing would wake it from `scheduled`."""
    now = replace(post_in(S.PREPARING), due_at=None, sends=())
    edited = op.edit(now, replace(now.options, caption="new"), now.assets)
    assert (edited.state, resume(edited)) == (S.PREPARING, (ev.CreateContainer(None),))


def test_a_lost_call_that_may_still_come_true_lets_nobody_edit_the_post() -> None:
    with pytest.raises(Refused):
        OPERATE[Operation.EDIT](lost_and_not_done(S.READY))


@pytest.mark.parametrize(
    ("operation", "post"),
    [
        (Operation.RETRY, lost_and_not_done(S.NEEDS_ATTENTION, Attention.LATE)),
        (Operation.RESCHEDULE, lost_and_not_done(S.NEEDS_ATTENTION, Attention.LATE)),
        (Operation.MOVE, lost_and_not_done(S.READY)),
    ],
)
def test_before_a_new_container_takes_its_place_a_lost_one_is_looked_at_once_more(
    operation: Operation, post: Post
) -> None:
    again = OPERATE[operation](post)
    assert again.due_at is not None
    woken, effects = step(again, ev.Woken(at=max(again.due_at, after(900))))
    assert woken.open_send is not None
    assert isinstance(effects[0], ev.LookAtSend)
    dead = Look(at=after(7300), status=ContainerStatus.EXPIRED, candidates=frozenset())
    _, effects = step(woken, ev.Looked(look=dead))
    assert effects == (ev.CreateContainer(None),)


@pytest.mark.parametrize("state", PostState)
def test_an_interruption_ends_what_is_on_its_way_and_nothing_else(state: PostState) -> None:
    post = post_in(state)
    ended = op.interrupt(post)
    if state in (S.SCHEDULED, S.PREPARING, S.READY):
        assert (ended.state, ended.problem) == (S.CANCELLED, "It was interrupted.")
        assert op.possible(ended) == (), "no person takes it up: the same submit does"
        assert op.take_up(ended, NOON).state is S.SCHEDULED
    else:
        assert ended is post
        with pytest.raises(Refused):
            op.take_up(post, NOON)


def test_a_lost_send_of_an_interrupted_post_is_looked_at_before_it_goes_again() -> None:
    again = op.take_up(op.interrupt(lost_and_not_done(S.READY)), after(7200))
    woken, effects = step(again, ev.Woken(at=after(7200)))
    assert woken.open_send is not None
    assert isinstance(effects[0], ev.LookAtSend)


@pytest.mark.parametrize("state", S)
def test_what_is_held_back_waits_for_a_person_and_all_that_is_sent_or_over_stays(state: PostState) -> None:
    post = replace(post_in(state), not_before=NOON, held_up_by="A pause", postponed_to=NOON)
    held, effects = step(post, ev.HeldBack())
    if state in (S.SCHEDULED, S.PREPARING, S.READY):
        assert (held.state, effects) == (S.AWAITING_APPROVAL, ())
        assert (held.not_before, held.held_up_by, held.postponed_to) == (None, None, None)
        assert op.hold_back(post) == held
        assert op.approve(held, NOON).state is S.SCHEDULED
    else:
        assert held.state is state
        assert op.hold_back(post) is post
