"""What is left of a post after a person's operation, field by field."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from pressroom.core.errors import Refused
from pressroom.core.post import (
    Attention,
    ContainerRecord,
    IfLate,
    Look,
    Post,
    PostState,
    Send,
    SendState,
    Snapshot,
    When,
)
from pressroom.core.remedies import RemedyKind
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.publish.machine import operations as op
from pressroom.publish.machine.operations import Operation
from tests.publish.posts import NOON, a_post, after

S = PostState
LATER = after(7200)
MADE = ContainerRecord(id=ContainerId("c1"), created_at=NOON, status=ContainerStatus.FINISHED)
FIRST = Send(
    container_id=MADE.id,
    number=1,
    started_at=NOON,
    deadline=after(15),
    snapshot=Snapshot(),
    state=SendState.REFUSED,
)
LAST = replace(FIRST, number=2, state=SendState.ABANDONED, looks=(Look(at=NOON, status=None),))
HELD_UP = {"not_before": after(60), "held_up_by": "the network", "slot_at": after(60)}
STARTED_ANEW = (None, None, None)


def post_in(state: PostState, **changes: object) -> Post:
    post = replace(a_post(), state=state, due_at=after(3600), containers=(MADE,), problem="Something.")
    return replace(post, **{**HELD_UP, **changes})  # pyright: ignore[reportArgumentType]  # fields of Post


def in_doubt() -> Post:
    doubt = Attention.OUTCOME_UNKNOWN
    return post_in(S.NEEDS_ATTENTION, attention=doubt, sends=(FIRST, LAST), due_at=after(-3600))


def late(**changes: object) -> Post:
    return post_in(S.NEEDS_ATTENTION, attention=Attention.LATE, **changes)


def lost() -> tuple[Send, ...]:
    return (replace(FIRST, state=SendState.NOT_DONE),)


def hold_up(post: Post) -> tuple[object, object, object]:
    return post.not_before, post.held_up_by, post.slot_at


def is_made(post: Post) -> bool:
    return post.container(None) is not None


# `=`: it stays as it is; `-`: it is refused.
BY_STATE = """
state             move      reschedule edit      cancel    approve   retry     resolve   reconcile
draft             =         -          =         cancelled scheduled -         -         -
awaiting_approval =         -          =         cancelled scheduled -         -         -
scheduled         =         -          =         cancelled -         -         -         -
preparing         scheduled -          scheduled cancelled -         -         -         -
ready             =         -          scheduled cancelled -         -         -         -
publishing        -         -          -         -         -         -         -         -
published         -         -          -         -         -         -         -         -
deleted           -         -          -         -         -         -         -         -
failed            -         scheduled  =         cancelled -         scheduled -         -
needs_attention   -         scheduled  =         cancelled -         scheduled published publishing
missed            -         scheduled  =         cancelled -         scheduled -         -
cancelled         -         -          -         -         -         -         -         -
"""


def test_what_each_operation_makes_of_a_post_in_each_state() -> None:
    head, *rows = [line.split() for line in BY_STATE.strip().splitlines()]
    said = {
        (name, row[0]): row[0] if word == "=" else word
        for row in rows
        for name, word in zip(head[1:], row[1:], strict=True)
    }
    assert {(name, state): op.TABLE[name].get(state, "-") for name in Operation for state in S} == said


@pytest.mark.parametrize("state", [S.SCHEDULED, S.PREPARING, S.READY])
def test_a_moved_post_starts_anew_at_its_new_time(state: PostState) -> None:
    moved = op.move(post_in(state), LATER, "Europe/Berlin")
    assert (moved.due_at, moved.timezone, hold_up(moved)) == (LATER, "Europe/Berlin", STARTED_ANEW)
    assert is_made(moved) is (state is S.READY), "what is ready stays so"
    assert (moved.problem is None) is (state is not S.READY)
    assert op.is_made_anew(post_in(state), moved) is (state is not S.READY)


@pytest.mark.parametrize("post", [post_in(S.FAILED), post_in(S.MISSED), late()], ids=lambda post: post.state)
def test_a_post_that_is_planned_again_starts_anew_and_needs_nobody_any_more(post: Post) -> None:
    again = op.reschedule(post, LATER, "Europe/Berlin")
    assert (again.state, again.when, again.due_at, again.timezone) == (
        S.SCHEDULED,
        When.TIME,
        LATER,
        "Europe/Berlin",
    )
    assert (again.attention, again.problem, is_made(again), hold_up(again)) == (
        None,
        None,
        False,
        STARTED_ANEW,
    )


@pytest.mark.parametrize("post", [post_in(S.FAILED), post_in(S.MISSED), late()], ids=lambda post: post.state)
def test_moving_revives_nothing_and_says_what_does(post: Post) -> None:
    with pytest.raises(Refused) as caught:
        op.move(post, LATER, "UTC")
    assert [remedy.kind for remedy in caught.value.remedies] == [RemedyKind.RESCHEDULE_POST]


def test_a_draft_is_moved_and_nothing_else() -> None:
    draft = post_in(S.DRAFT)
    moved = op.move(draft, LATER, "UTC")
    fresh = replace(draft, when=When.TIME, due_at=LATER, not_before=None, held_up_by=None, slot_at=None)
    assert moved == replace(fresh, revision=draft.revision + 1, version=draft.version + 1)


@pytest.mark.parametrize("day", [date(2026, 12, 24), None], ids=["a day", "open"])
def test_what_is_held_back_may_have_a_day_or_nothing_and_is_let_go_with_a_time(day: date | None) -> None:
    undated = op.clear_time(post_in(S.DRAFT), day, "Europe/Berlin")
    assert (undated.when, undated.day, undated.due_at) == (When.DAY if day else When.OPEN, day, None)
    with pytest.raises(Refused) as caught:
        op.approve(undated, NOON)
    assert (caught.value.rule, caught.value.remedies[0].kind) == ("due_time", RemedyKind.APPROVE_AT)
    moved = op.move(undated, LATER, "UTC")
    assert (moved.when, moved.day, op.approve(moved, NOON).due_at) == (When.TIME, None, LATER)


@pytest.mark.parametrize("state", [state for state in S if not state.is_held])
def test_what_was_let_go_keeps_a_time(state: PostState) -> None:
    with pytest.raises(Refused) as caught:
        op.clear_time(post_in(state), None, "UTC")
    # Of what cannot be moved, a time would not help.
    is_movable = op.Operation.MOVE in op.possible(post_in(state))
    assert caught.value.rule == ("due_time" if is_movable else "state")


@pytest.mark.parametrize(("late_s", "goes"), [(299, True), (301, False)])
def test_a_draft_whose_time_is_over_is_let_go_with_another(late_s: float, *, goes: bool) -> None:
    draft = post_in(S.DRAFT, when=When.TIME, due_at=after(-late_s))
    if goes:
        assert op.approve(draft, NOON).due_at == NOON
        return
    with pytest.raises(Refused, match="which is over") as caught:
        op.approve(draft, NOON)
    assert caught.value.rule == "due_time"


def test_a_version_is_of_what_people_see_or_decide() -> None:
    post = post_in(S.SCHEDULED)
    workers = [
        {"state": S.PREPARING},
        {"state": S.READY, "wake_at": NOON},
        {"containers": ()},
        {"held_up_by": "the network"},
    ]
    for changes in workers:
        assert post.changed(**changes).following(post).version == post.version
    people = [
        {"state": S.FAILED},
        {"state": S.CANCELLED},
        {"options": replace(post.options, caption="new")},
        {"assets": (*post.assets, *post.assets)},
        {"when": When.OPEN, "due_at": None},
        {"day": date(2026, 12, 24)},
        {"due_at": LATER},
        {"postponed_to": LATER},
        {"timezone": "Asia/Tokyo"},
        {"if_late": IfLate.DROP},
    ]
    for changes in people:
        assert post.changed(**changes).following(post).version == post.version + 1, changes


def test_a_post_for_which_nothing_is_made_yet_is_moved_like_any_other() -> None:
    moved = op.move(post_in(S.SCHEDULED, containers=()), LATER, "UTC")
    assert (moved.state, moved.due_at) == (S.SCHEDULED, LATER)


def test_what_is_ready_stays_so_for_23_hours_from_its_oldest_container() -> None:
    dead = replace(MADE, id=ContainerId("c0"), created_at=after(-9000), status=ContainerStatus.ERROR)
    young = replace(MADE, id=ContainerId("c2"), item=0, created_at=after(60))
    ready = post_in(S.READY, containers=(dead, MADE, young))
    assert op.move(ready, after(23 * 3600), "UTC").state is S.READY
    far = op.move(ready, after(23 * 3600 + 0.1), "UTC")
    assert (far.state, is_made(far), far.problem) == (S.SCHEDULED, False, None)


@pytest.mark.parametrize(
    ("state", "due_at", "becomes"),
    [
        (S.PREPARING, after(3600), S.SCHEDULED),
        (S.READY, None, S.PREPARING),
        (S.PREPARING, None, S.PREPARING),
        (S.FAILED, None, S.FAILED),
        (S.DRAFT, None, S.DRAFT),
    ],
)
def test_an_edited_post_shows_the_new_and_forgets_its_containers(
    state: PostState, due_at: datetime | None, becomes: PostState
) -> None:
    post = post_in(state, due_at=due_at)
    edited = op.edit(post, replace(post.options, caption="new"), (*post.assets, *post.assets))
    assert (edited.state, edited.options.caption, len(edited.assets)) == (becomes, "new", 2)
    assert not is_made(edited)


@pytest.mark.parametrize("post", [post_in(S.READY), late(), in_doubt()], ids=["ready", "late", "in doubt"])
def test_a_cancelled_post_waits_for_nothing_and_needs_nobody(post: Post) -> None:
    cancelled = op.cancel(post)
    assert (cancelled.state, cancelled.not_before, cancelled.attention) == (S.CANCELLED, None, None)
    assert not is_made(cancelled)


@pytest.mark.parametrize(
    ("due_at", "goes_at"), [(after(3600), after(3600)), (after(-3600), NOON), (None, NOON)]
)
def test_an_approved_post_goes_out_when_it_is_due_and_never_in_the_past(
    due_at: datetime | None, goes_at: datetime
) -> None:
    assert op.approve(post_in(S.AWAITING_APPROVAL, due_at=due_at), NOON).due_at == goes_at


@pytest.mark.parametrize("post", [late(), post_in(S.FAILED)], ids=["late", "failed"])
def test_a_post_that_is_tried_again_starts_anew_at_once(post: Post) -> None:
    again = op.retry(post, NOON)
    assert (again.state, again.due_at, hold_up(again)) == (S.SCHEDULED, NOON, STARTED_ANEW)
    assert (again.attention, again.problem, is_made(again)) == (None, None, False)


def test_a_container_whose_send_was_lost_is_kept_for_another_look() -> None:
    assert is_made(op.retry(late(sends=lost()), NOON))
    assert is_made(op.reschedule(late(sends=lost()), LATER, "UTC"))
    assert is_made(op.move(post_in(S.READY, sends=lost()), after(48 * 3600), "UTC"))
    assert is_made(op.take_up(op.interrupt(post_in(S.READY, sends=lost())), NOON))


def test_a_post_that_is_live_by_a_persons_word_needs_nobody_any_more() -> None:
    live = op.resolve(in_doubt(), NOON, media_id=MediaId("9"))
    assert (live.attention, live.problem) == (None, None)
    assert [send.state for send in live.sends] == [SendState.REFUSED, SendState.LIVE]


def test_a_post_that_is_not_live_by_a_persons_word_starts_anew_at_once() -> None:
    doubt = in_doubt()
    again = op.resolve(doubt, NOON, media_id=None)
    assert (again.state, again.due_at, hold_up(again)) == (S.SCHEDULED, NOON, STARTED_ANEW)
    assert (again.attention, again.problem, is_made(again)) == (None, None, False)
    assert [send.state for send in again.sends] == [SendState.REFUSED, SendState.NOT_DONE]
    assert again.revision == doubt.revision + 1


def test_a_post_that_is_looked_for_again_starts_to_look_anew() -> None:
    opened = op.reconcile(in_doubt())
    assert (opened.state, opened.attention, opened.problem) == (S.PUBLISHING, None, None)
    assert opened.sends == (FIRST, replace(LAST, state=SendState.OPEN, may_resend=False, looks=()))


@pytest.mark.parametrize("operation", [Operation.RESOLVE, Operation.RECONCILE])
def test_only_a_doubt_is_settled_or_looked_for(operation: Operation) -> None:
    assert operation in op.possible(in_doubt())
    assert operation not in op.possible(late())
    word = "looked for" if operation is Operation.RECONCILE else "resolved"
    with pytest.raises(Refused, match=f"it cannot be {word}: only a post whose outcome is unknown") as caught:
        op.reconcile(late()) if operation is Operation.RECONCILE else op.resolve(late(), NOON, media_id=None)
    assert (caught.value.rule, caught.value.value) == ("state", S.NEEDS_ATTENTION)


def test_a_doubt_lets_nobody_do_anything_but_settle_it_look_or_let_go() -> None:
    assert set(op.possible(in_doubt())) == {Operation.CANCEL, Operation.RESOLVE, Operation.RECONCILE}


def test_a_post_whose_send_was_lost_may_be_anything_but_edited() -> None:
    ready = post_in(S.READY)
    possible = set(op.possible(replace(ready, sends=lost())))
    assert possible == set(op.possible(ready)) - {Operation.EDIT}
    assert Operation.EDIT in op.possible(ready)


def test_an_interrupted_post_keeps_its_container_and_waits_for_nothing() -> None:
    ready = post_in(S.READY)
    ended = op.interrupt(ready)
    assert (ended.is_interrupted, ended.not_before, is_made(ended)) == (True, None, True)
    assert ended.revision == ready.revision + 1


def test_an_interrupted_post_that_is_taken_up_starts_anew_at_once() -> None:
    ended = op.interrupt(post_in(S.READY))
    again = op.take_up(ended, LATER)
    assert (again.state, again.due_at, hold_up(again)) == (S.SCHEDULED, LATER, STARTED_ANEW)
    assert (again.problem, again.is_interrupted, is_made(again)) == (None, False, False)
    assert again.revision == ended.revision + 1


def test_a_refusal_names_the_states_in_which_it_can_be_done() -> None:
    with pytest.raises(
        Refused, match="Post post-1 is awaiting approval: it cannot be tried again"
    ) as retried:
        op.take_up(post_in(S.AWAITING_APPROVAL), NOON)
    assert retried.value.limit == "failed, missed, needs_attention"
    with pytest.raises(Refused) as caught:
        op.cancel(post_in(S.PUBLISHED))
    refused = caught.value
    assert (refused.rule, refused.value) == ("state", S.PUBLISHED)
    assert (
        refused.limit
        == "draft, awaiting_approval, scheduled, preparing, ready, failed, missed, needs_attention"
    )
    assert "post-1" in (refused.fix or "")
