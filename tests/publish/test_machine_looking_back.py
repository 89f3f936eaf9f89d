"""What becomes of a post that may be live, untold to the store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pressroom.core.errors import Refused
from pressroom.core.post import (
    Attention,
    ContainerRecord,
    Followup,
    IfLate,
    LookBack,
    Post,
    PostState,
    Recalled,
    Send,
    SendState,
    Snapshot,
)
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import operations as op
from pressroom.publish.machine.policy import FEWEST_CALLS
from pressroom.publish.machine.transitions import resume, step
from tests.publish.happened import C1, C2, M1, SENT, look, run
from tests.publish.posts import NOON, a_post, after

S = PostState
HOST = NOON - timedelta(seconds=2)
FIRST = Send(
    container_id=C1, number=1, started_at=NOON, deadline=after(15), snapshot=Snapshot(host_date=HOST)
)
SECOND = replace(FIRST, container_id=C2, number=2, started_at=after(60), deadline=after(75))
HOUR = 3600.0


def scheduled(*, due_s: float = 0, first_comment: str | None = None) -> Post:
    return a_post(first_comment=first_comment).changed(state=S.SCHEDULED, due_at=after(due_s))


def recalled(*sends: Send, media_id: MediaId | None = None, post: Post | None = None) -> Post:
    return (post or scheduled()).changed(recalled=Recalled(sends=sends, media_id=media_id))


def sought(*, due_s: float = 0, **changes: object) -> Post:
    return scheduled(due_s=due_s).to_be_looked_for(after(due_s)).changed(**changes)


def woken(post: Post, at_s: float) -> Post:
    return step(post, ev.Woken(at=after(at_s)))[0]


def looked_back(post: Post, sighting: ev.Sighting, *media: str, at_s: float = 30) -> Post:
    event = ev.LookedBack(at=after(at_s), sighting=sighting, media=tuple(map(MediaId, media)))
    return step(post, event)[0]


# What the send log told.


def test_a_post_whose_send_was_lost_is_woken_at_once_and_the_send_is_in_doubt() -> None:
    post = recalled(FIRST)
    assert resume(post) == (ev.Wake(),)
    after_wake, effects = step(post.changed(not_before=after(9)), ev.Woken(at=after(HOUR)))
    assert after_wake.not_before is None
    assert after_wake.state is S.PUBLISHING
    assert after_wake.sends == (replace(FIRST, doubtful_at=after(HOUR)),)
    assert after_wake.recalled is None
    assert effects == (ev.LookAtSend(not_before=after(HOUR + 2)),)


def test_its_container_is_put_on_record_and_one_that_is_there_stays() -> None:
    own = ContainerRecord(id=C1, created_at=after(-900), status=ContainerStatus.IN_PROGRESS)
    (made,) = woken(recalled(FIRST), HOUR).containers
    assert (made.id, made.created_at, made.host_date) == (C1, NOON, HOST)
    assert made.status is ContainerStatus.FINISHED
    kept = recalled(FIRST, SECOND, post=scheduled().changed(containers=(own,)))
    assert [record.id for record in woken(kept, HOUR).containers] == [C1, C2]
    assert woken(kept, HOUR).containers[0] == own


def test_a_container_that_was_sent_twice_is_put_on_record_once() -> None:
    again = replace(FIRST, number=2, started_at=after(60))
    assert [record.id for record in woken(recalled(FIRST, again), HOUR).containers] == [C1]


def test_of_several_lost_sends_the_last_is_in_doubt_and_the_others_are_settled() -> None:
    states = [send.state for send in woken(recalled(FIRST, SECOND), HOUR).sends]
    assert states == [SendState.NOT_DONE, SendState.OPEN]


def test_a_send_that_the_store_has_open_was_settled_before_the_lost_one() -> None:
    opened, _ = run(a_post(), *SENT)
    later = replace(opened.sends[0], number=2)
    after_wake = woken(recalled(later, post=opened), HOUR)
    assert [send.state for send in after_wake.sends] == [SendState.NOT_DONE, SendState.OPEN]
    refused = replace(FIRST, state=SendState.REFUSED)
    kept = woken(recalled(SECOND, post=scheduled().changed(sends=(refused,))), HOUR)
    assert kept.sends[0] == refused


def late_with_comment() -> Post:
    return scheduled(first_comment="First").changed(problem="Late.", attention=Attention.LATE)


def test_one_that_went_live_is_live_without_a_look() -> None:
    post = recalled(FIRST, media_id=M1, post=late_with_comment())
    live = woken(post, HOUR)
    assert (live.state, live.media_id, live.problem, live.attention) == (S.PUBLISHED, M1, None, None)
    assert [send.state for send in live.sends] == [SendState.LIVE]
    assert live.followups == (Followup.PERMALINK, Followup.FIRST_COMMENT)


def test_its_first_comment_is_looked_for_before_it_is_written() -> None:
    live = woken(recalled(FIRST, media_id=M1, post=scheduled(first_comment="First")), HOUR)
    assert live.comment_committed_at == after(HOUR)
    assert "not known to this store" in (live.comment_refusal or "")
    read, effects = step(live, ev.PermalinkRead(permalink="https://instagram.com/p/x"))
    assert effects == (ev.LookForComment(not_before=after(HOUR + 3)),)
    assert read.comment_looks == 0


def test_what_proves_it_live_does_not_write_its_first_comment() -> None:
    post = recalled(FIRST, media_id=M1, post=scheduled(first_comment="First"))
    assert step(post, ev.Woken(at=after(HOUR)))[1] == (ev.FollowUp(Followup.PERMALINK),)


def test_without_a_comment_none_is_looked_for_and_one_that_was_committed_stays_so() -> None:
    assert woken(recalled(FIRST, media_id=M1), HOUR).comment_committed_at is None
    before = scheduled(first_comment="First").changed(comment_committed_at=after(5))
    assert woken(recalled(FIRST, media_id=M1, post=before), HOUR).comment_committed_at == after(5)


def test_a_log_that_knows_the_media_alone_makes_the_post_live() -> None:
    opened, _ = run(a_post(), *SENT)
    live = woken(recalled(media_id=M1, post=opened), HOUR)
    assert (live.state, live.sends[0].state) == (S.PUBLISHED, SendState.LIVE)
    assert woken(recalled(media_id=M1), HOUR).state is S.PUBLISHED


def test_what_is_put_back_comes_before_looking_for_it_on_the_profile() -> None:
    post = recalled(FIRST, post=sought())
    assert resume(post) == (ev.Wake(),)
    assert woken(post, HOUR).look_back is None


@pytest.mark.parametrize("state", [S.DRAFT, S.AWAITING_APPROVAL])
def test_a_post_that_is_held_back_waits_with_what_was_put_back(state: PostState) -> None:
    assert resume(recalled(FIRST).changed(state=state)) == ()


# Looking for it on the profile.


@pytest.mark.parametrize("state", [S.SCHEDULED, S.PREPARING, S.READY])
def test_a_post_to_be_looked_for_is_looked_for_before_anything_else(state: PostState) -> None:
    order = LookBack(since=NOON, not_before=after(60))
    assert resume(sought(state=state, look_back=order)) == (ev.LookBack(not_before=after(60)),)


def test_one_that_is_held_back_or_over_is_not() -> None:
    assert resume(sought(state=S.DRAFT)) == ()
    assert resume(sought(state=S.FAILED)) == ()


def test_the_policy_of_the_fewest_calls_looks_too() -> None:
    """An older copy of a store would publish again, whoever uses it."""
    assert resume(sought(due_s=HOUR), FEWEST_CALLS) == (ev.LookBack(),)
    still_sought, _ = step(sought(), ev.Woken(at=after(30)), FEWEST_CALLS)
    assert still_sought.state is S.SCHEDULED


def test_it_is_not_judged_late_before_it_was_looked_for() -> None:
    post = sought()
    assert woken(post, 2 * HOUR) == post.changed(revision=post.revision + 1)


def test_a_post_that_is_not_there_goes_on_and_follows_its_rule_if_it_is_late() -> None:
    in_time = looked_back(sought(not_before=after(9), held_up_by="x"), ev.Sighting.NOTHING)
    assert (in_time.state, in_time.look_back) == (S.PREPARING, None)
    assert (in_time.not_before, in_time.held_up_by) == (None, None)
    preparing = looked_back(sought(state=S.PREPARING, not_before=after(9)), ev.Sighting.NOTHING)
    assert preparing.not_before is None
    late = looked_back(sought(), ev.Sighting.NOTHING, at_s=2 * HOUR)
    assert late.attention is Attention.LATE


def test_a_media_that_is_the_post_is_adopted() -> None:
    post = sought().changed(options=a_post(first_comment="First").options, problem="x")
    live = looked_back(post, ev.Sighting.LIVE, "m1")
    assert (live.state, live.media_id, live.look_back, live.problem) == (S.PUBLISHED, M1, None, None)
    assert live.comment_committed_at == after(30)


def test_a_published_container_proves_it_live_and_its_id_is_looked_for() -> None:
    live = looked_back(sought(), ev.Sighting.LIVE)
    assert (live.state, live.media_id) == (S.PUBLISHED, None)
    assert live.followups[0] is Followup.MEDIA_ID


@pytest.mark.parametrize(("media", "words"), [(("m1", "m2"), "media m1, m2 may be it"), ((), "a story")])
def test_what_may_be_it_is_asked_about(media: tuple[str, ...], words: str) -> None:
    asked = looked_back(sought(), ev.Sighting.UNCERTAIN, *media)
    assert (asked.state, asked.attention) == (S.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN)
    assert words in (asked.problem or "")
    assert asked.look_back == LookBack(since=NOON)


def test_what_somebody_ended_meanwhile_stays_as_it_is() -> None:
    post = sought(state=S.CANCELLED)
    assert looked_back(post, ev.Sighting.LIVE, "m1") == post.changed(revision=post.revision + 1)


def test_a_profile_that_could_not_be_read_makes_it_wait_and_not_for_ever() -> None:
    unread = ev.ProfileUnread(at=after(60), until=after(120), why="No network.")
    waiting, effects = step(sought(), unread)
    assert (waiting.not_before, waiting.held_up_by) == (after(120), "No network.")
    assert effects == (ev.LookBack(),)
    late, _ = step(sought(), replace_at(unread, 2 * HOUR))
    assert late.attention is Attention.LATE
    assert "No network." in (late.problem or "")
    dropped, _ = step(sought(if_late=IfLate.DROP), replace_at(unread, 2 * HOUR))
    assert dropped.state is S.MISSED


def replace_at(event: ev.ProfileUnread, at_s: float) -> ev.ProfileUnread:
    return ev.ProfileUnread(at=after(at_s), until=after(at_s + 60), why=event.why)


def test_an_order_beside_another_keeps_the_earlier_time_and_the_later_look() -> None:
    post = scheduled().to_be_looked_for(after(60), after(90)).to_be_looked_for(after(30), after(120))
    assert post.look_back == LookBack(since=after(30), not_before=after(120))
    assert post.to_be_looked_for(after(45)).look_back == post.look_back


# What a person may do.


def in_doubt() -> Post:
    return looked_back(sought(), ev.Sighting.UNCERTAIN, "m1", "m2")


def test_a_post_in_doubt_that_was_never_sent_is_looked_for_once_more() -> None:
    again = op.reconcile(in_doubt())
    assert (again.state, again.attention, again.problem, again.sends) == (S.SCHEDULED, None, None, ())
    assert resume(again) == (ev.LookBack(),)


def test_a_persons_word_settles_it() -> None:
    live = op.resolve(in_doubt(), after(90), media_id=M1)
    assert (live.state, live.media_id, live.look_back) == (S.PUBLISHED, M1, None)
    again = op.resolve(in_doubt(), after(90), media_id=None)
    assert (again.state, again.due_at, again.sends) == (S.SCHEDULED, after(90), ())


@pytest.mark.parametrize(("due_s", "is_sought"), [(-1, True), (0, False), (HOUR, False)])
def test_what_is_tried_again_is_looked_for_if_its_time_is_past(due_s: float, *, is_sought: bool) -> None:
    failed = scheduled(due_s=due_s).changed(state=S.FAILED)
    again = op.look_for(failed, op.retry(failed, NOON), NOON)
    assert again.look_back == (LookBack(since=after(due_s)) if is_sought else None)


def test_what_is_due_now_and_what_is_not_let_go_is_not() -> None:
    without = a_post().changed(state=S.FAILED)
    assert op.look_for(without, op.retry(without, NOON), NOON).look_back is None
    draft = scheduled(due_s=-HOUR).changed(state=S.DRAFT)
    moved = op.move(draft, after(HOUR), "UTC")
    assert op.look_for(draft, moved, NOON).look_back is None
    waiting = scheduled(due_s=-HOUR)
    assert op.look_for(waiting, waiting, NOON) is waiting


def test_a_copys_post_becomes_a_draft_that_is_looked_for_once_it_is_let_go() -> None:
    draft = op.make_draft(scheduled(due_s=HOUR).changed(held_up_by="x", revision=4))
    assert (draft.state, draft.look_back, draft.revision) == (S.DRAFT, LookBack(since=after(HOUR)), 5)
    assert draft.held_up_by is None
    assert op.make_draft(a_post().changed(state=S.PREPARING)).look_back is None


def test_a_copys_post_that_was_being_sent_is_left_to_a_person() -> None:
    opened, _ = run(a_post(), *SENT, look(30, None))
    asked = op.make_draft(opened)
    assert (asked.state, asked.attention) == (S.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN)
    assert [send.state for send in asked.sends] == [SendState.ABANDONED]
    assert asked.revision == opened.revision + 1
    with pytest.raises(Refused):
        op.retry(asked, NOON)
    assert asked.containers == opened.containers
    assert asked.container_id == ContainerId("c1")
