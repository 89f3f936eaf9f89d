"""The pure state machine: what each event makes of a post, and that nothing makes two posts of one."""

from dataclasses import replace

import pytest
from msgspec import structs

from pressroom.core.post import Followup, PostKind, PostState, SendState
from pressroom.graph.answers import ContainerId, ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.transitions import resume, step
from tests.publish.happened import C1, C2, C3, M1, SENT, committed, created, finished, look, run
from tests.publish.posts import a_post, after


def test_a_photo_goes_container_poll_send_permalink() -> None:
    post, effects = run(a_post(), ev.Submitted())
    assert effects == (ev.CreateContainer(None),)
    post, effects = step(post, created())
    assert effects == (ev.PollContainers((C1,)),)
    post, effects = step(post, finished())
    assert effects == (ev.CommitSend(C1),)
    post, effects = step(post, committed())
    assert effects == (ev.SendPublish(C1, after(25)),)
    post, effects = step(post, ev.SendAnswered(media_id=M1))
    assert (post.state, post.media_id) == (PostState.PUBLISHED, M1)
    assert effects == (ev.FollowUp(Followup.PERMALINK),)
    post, effects = step(post, ev.PermalinkRead(permalink="https://x/p/1"))
    assert effects == ()


def test_children_are_made_one_by_one_polled_side_by_side_and_before_the_parent() -> None:
    post, effects = run(a_post(PostKind.CAROUSEL), ev.Submitted())
    assert effects == (ev.CreateContainer(0),)
    post, effects = step(post, created(C1, 0))
    assert effects == (ev.CreateContainer(1),)
    post, effects = step(post, created(C2, 1))
    assert effects == (ev.PollContainers((C1, C2)),)
    post, _ = step(post, finished(C1))
    post, effects = step(post, finished(C2))
    assert effects == (ev.CreateContainer(None),)
    post, effects = step(post, created(C3))
    assert effects == (ev.PollContainers((C3,)),)


def test_only_the_failed_child_is_made_again() -> None:
    post, _ = run(a_post(PostKind.CAROUSEL), ev.Submitted(), created(C1, 0), created(C2, 1), finished(C1))
    post, effects = step(post, ev.ContainerSettled(id=C2, status=ContainerStatus.ERROR, subcode=2207082))
    assert effects == (ev.CreateContainer(1),)


def test_a_container_is_made_again_a_few_times_at_most() -> None:
    post, _ = run(a_post(), ev.Submitted())
    for number in range(CAREFUL.max_containers):
        assert post.state is PostState.PREPARING
        name = ContainerId(f"c{number}")
        post, _ = run(post, created(name), ev.ContainerSettled(id=name, status=ContainerStatus.EXPIRED))
    assert post.state is PostState.FAILED


def test_a_container_that_is_not_ready_in_time_is_made_again_a_few_times_at_most() -> None:
    post, _ = run(a_post(), ev.Submitted())
    for number in range(CAREFUL.max_containers):
        assert resume(post) == (ev.CreateContainer(None),)
        name = ContainerId(f"c{number}")
        post, _ = run(post, created(name), ev.ContainerNotReady(id=name))
    assert post.state is PostState.FAILED
    assert post.problem == "Instagram was not done with the media in time (container c2)."


@pytest.mark.parametrize("status", [ContainerStatus.IN_PROGRESS, ContainerStatus.UNRECOGNISED])
def test_a_status_that_settles_nothing_changes_nothing(status: ContainerStatus) -> None:
    post, _ = run(a_post(), ev.Submitted(), created())
    after_it, effects = step(post, ev.ContainerSettled(id=C1, status=status))
    assert (after_it.containers, effects) == (post.containers, (ev.PollContainers((C1,)),))


def test_an_item_that_somebody_published_alone_ends_the_carousel() -> None:
    event = ev.ContainerSettled(id=C1, status=ContainerStatus.PUBLISHED)
    post, effects = run(a_post(PostKind.CAROUSEL), ev.Submitted(), created(C1, 0), event)
    assert (post.state, effects) == (PostState.FAILED, ())


def test_a_container_that_a_retry_cannot_mend_is_not_made_again() -> None:
    event = ev.ContainerSettled(id=C1, status=ContainerStatus.ERROR, subcode=2207026, may_rebuild=False)
    post, effects = run(a_post(), ev.Submitted(), created(), event)
    assert (post.state, effects) == (PostState.FAILED, ())


def test_an_unreadable_container_is_tried_since_an_unready_one_is_refused() -> None:
    _, effects = run(a_post(), ev.Submitted(), created(), ev.ContainerSettled(id=C1, status=None))
    assert effects == (ev.CommitSend(C1),)


def test_after_a_crash_an_open_send_is_looked_at_and_never_sent() -> None:
    post, _ = run(a_post(), *SENT)
    assert post.open_send is not None
    assert resume(post) == (ev.LookAtSend(not_before=after(27)),)


def test_not_ready_waits_and_sends_the_same_container_again() -> None:
    refused = ev.SendRefused(at=after(11), retry=Retry.WHEN_READY, code=9007, subcode=2207027)
    post, effects = run(a_post(), *SENT, refused)
    assert post.state is PostState.READY
    assert effects == (ev.CommitSend(C1, not_before=after(14)),)


def test_not_ready_again_and_again_ends() -> None:
    post, _ = run(a_post(), *SENT[:-1])
    for number in range(CAREFUL.max_ready_retries):
        assert post.state is PostState.READY
        post, _ = run(
            post,
            committed(number * 60),
            ev.SendRefused(at=after(number * 60), retry=Retry.WHEN_READY, code=9007),
        )
    assert post.state is PostState.FAILED


def test_a_lost_container_is_tried_once_more_and_then_made_again() -> None:
    refused = ev.SendRefused(at=after(11), retry=Retry.NEW_CONTAINER, code=24, subcode=2207008)
    post, effects = run(a_post(), *SENT, refused)
    assert isinstance(effects[0], ev.CommitSend)
    post, effects = run(post, committed(20), structs.replace(refused, at=after(21)))
    assert effects == (ev.LookAtSend(not_before=after(23)),), "what is listed is read before that"
    early, late = look(30, ContainerStatus.FINISHED), look(96, None)
    _, effects = run(post, early, late)
    assert effects == (ev.CreateContainer(None),)
    for status, found in ((ContainerStatus.FINISHED, "m1"), (ContainerStatus.PUBLISHED, "m1")):
        live, effects = run(post, look(30, status, found), late)
        assert not isinstance(effects[0], ev.CreateContainer | ev.CommitSend)
        assert (live.state is PostState.PUBLISHED) is (status is ContainerStatus.PUBLISHED)


@pytest.mark.parametrize(
    "retry", [Retry.AFTER_SIGN_IN, Retry.NEXT_WINDOW, Retry.AFTER_HUMAN, Retry.AFTER_FIX]
)
def test_a_refusal_that_waiting_does_not_mend_fails(retry: Retry) -> None:
    post, effects = run(a_post(), *SENT, ev.SendRefused(at=after(11), retry=retry, code=190))
    assert (post.state, effects) == (PostState.FAILED, ())


def test_a_lost_answer_leads_to_looking_not_to_sending() -> None:
    post, effects = run(a_post(), *SENT, ev.SendDoubtful(at=after(12)))
    assert post.state is PostState.PUBLISHING
    assert effects == (ev.LookAtSend(not_before=after(14)),)


def test_a_published_container_is_live_and_its_id_is_looked_for() -> None:
    post, effects = run(
        a_post(), *SENT, ev.SendDoubtful(at=after(30)), look(40, ContainerStatus.PUBLISHED, "m1")
    )
    assert (post.state, post.media_id) == (PostState.PUBLISHED, None)
    assert effects == (ev.FollowUp(Followup.MEDIA_ID, not_before=after(70)),)
    post, _ = step(post, look(70, ContainerStatus.PUBLISHED, "m1"))
    assert post.media_id is None
    post, effects = step(post, look(100, ContainerStatus.PUBLISHED, "m1"))
    assert post.media_id == "m1"
    assert effects == (ev.FollowUp(Followup.PERMALINK),)


def test_two_candidates_leave_the_id_open() -> None:
    post, _ = run(
        a_post(), *SENT, ev.SendDoubtful(at=after(30)), look(40, ContainerStatus.PUBLISHED, "m1", "m2")
    )
    listings = [
        look(100 + n * 60, ContainerStatus.PUBLISHED, "m1", "m2") for n in range(CAREFUL.max_listings)
    ]
    post, effects = run(post, *listings)
    assert (post.state, post.media_id, effects) == (PostState.PUBLISHED, None, ())


def test_a_send_that_was_provably_not_carried_out_is_sent_once_more() -> None:
    post, effects = run(a_post(), *SENT, ev.SendDoubtful(at=after(30)), look(326, ContainerStatus.FINISHED))
    assert isinstance(effects[0], ev.LookAtSend)
    post, effects = step(post, look(386, ContainerStatus.FINISHED))
    assert effects == (ev.CommitSend(C1, not_before=after(386)),)
    post, _ = run(post, committed(390), ev.SendDoubtful(at=after(450)))
    post, effects = run(post, look(710, ContainerStatus.FINISHED), look(770, ContainerStatus.FINISHED))
    assert (post.state, effects) == (PostState.NEEDS_ATTENTION, ())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (look(200, ContainerStatus.FINISHED), look(386, ContainerStatus.FINISHED)),
        (look(326, ContainerStatus.FINISHED, quota=3), look(386, ContainerStatus.FINISHED, quota=3)),
        (look(326, ContainerStatus.FINISHED, quota=None), look(386, ContainerStatus.FINISHED, quota=None)),
        (look(326, ContainerStatus.FINISHED, "m1"), look(386, ContainerStatus.FINISHED, "m1")),
        (look(326, None), look(386, ContainerStatus.FINISHED)),
    ],
    ids=["too early", "quota rose", "quota unknown", "candidate listed", "one read failed"],
)
def test_without_full_proof_nothing_is_sent_again(first: ev.Looked, second: ev.Looked) -> None:
    post, effects = run(a_post(), *SENT, ev.SendDoubtful(at=after(30)), first, second)
    assert post.state is PostState.PUBLISHING
    assert isinstance(effects[0], ev.LookAtSend)


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (look(326, ContainerStatus.FINISHED, "m1"), ContainerStatus.FINISHED),
        (look(326, ContainerStatus.FINISHED, "m1"), ContainerStatus.EXPIRED),
        (look(326, ContainerStatus.FINISHED, quota=3), ContainerStatus.FINISHED),
    ],
)
def test_what_one_look_saw_a_lagging_list_does_not_take_back(
    seen: ev.Looked, status: ContainerStatus
) -> None:
    """Without this a list read from a replica that is behind leads to a second post."""
    later = (look(386, status), look(446, status))
    post, effects = run(a_post(), *SENT, ev.SendDoubtful(at=after(30)), seen, *later)
    assert post.state is PostState.PUBLISHING
    assert isinstance(effects[0], ev.LookAtSend)


@pytest.mark.parametrize(
    ("retry", "code"), [(Retry.NEW_CONTAINER, 24), (Retry.WHEN_READY, 9007), (Retry.SOON, 100)]
)
def test_a_second_send_that_is_refused_is_looked_at_since_the_first_may_have_gone_through(
    retry: Retry, code: int
) -> None:
    looks = (look(326, ContainerStatus.FINISHED), look(386, ContainerStatus.FINISHED))
    refused = ev.SendRefused(at=after(391), retry=retry, code=code)
    again = (*SENT, ev.SendDoubtful(at=after(30)), *looks, committed(390), refused)
    post, effects = run(a_post(), *again)
    assert (post.state, effects) == (PostState.PUBLISHING, (ev.LookAtSend(not_before=after(393)),))
    post, _ = step(post, look(393, ContainerStatus.PUBLISHED, "m1", quota=3))
    assert post.state is PostState.PUBLISHED


def test_after_spam_protection_nothing_is_sent_again() -> None:
    doubtful = ev.SendDoubtful(at=after(30), code=4, subcode=2207051, may_resend=False)
    looks = (
        look(326, ContainerStatus.FINISHED),
        look(386, ContainerStatus.FINISHED),
        look(1900, ContainerStatus.FINISHED),
    )
    post, effects = run(a_post(), *SENT, doubtful, *looks)
    assert (post.state, effects) == (PostState.NEEDS_ATTENTION, ())
    assert post.sends[-1].state is SendState.ABANDONED


def test_a_dead_container_is_replaced_only_when_nothing_new_is_listed() -> None:
    """A list may be a settle time behind."""
    doubtful = (*SENT, ev.SendDoubtful(at=after(30)))
    early, late = look(60, ContainerStatus.EXPIRED), look(90, ContainerStatus.EXPIRED)
    _, effects = run(a_post(), *doubtful, early, late)
    assert effects == (ev.CreateContainer(None),)
    for looks in ((early,), (look(60, ContainerStatus.EXPIRED, "m1"), late)):
        _, effects = run(a_post(), *doubtful, *looks)
        assert isinstance(effects[0], ev.LookAtSend)


def test_a_dead_container_that_nobody_may_send_again_ends_as_not_live() -> None:
    """After spam protection, and when a person only wanted to know: another try is for him to decide."""
    doubtful = (*SENT, ev.SendDoubtful(at=after(30), may_resend=False))
    post, effects = run(a_post(), *doubtful, look(60, ContainerStatus.EXPIRED))
    assert (post.state, isinstance(effects[0], ev.LookAtSend)) == (PostState.PUBLISHING, True)
    post, effects = step(post, look(90, ContainerStatus.EXPIRED))
    assert (post.state, effects) == (PostState.FAILED, ())
    assert post.problem is not None
    assert "not live" in post.problem


def test_a_story_older_than_23_hours_is_never_made_again() -> None:
    story = a_post(PostKind.STORY)
    doubtful = (*SENT, ev.SendDoubtful(at=after(30)))
    post, _ = run(story, *doubtful, look(23.5 * 3600, ContainerStatus.EXPIRED))
    assert post.state is PostState.FAILED


def test_a_first_comment_is_made_after_the_permalink_and_its_failure_fails_nothing() -> None:
    post, effects = run(a_post(first_comment="hi"), *SENT, ev.SendAnswered(media_id=M1))
    assert effects == (ev.FollowUp(Followup.PERMALINK),)
    post, effects = step(post, ev.PermalinkRead(permalink=None))
    assert effects == (ev.FollowUp(Followup.FIRST_COMMENT),)
    post, effects = step(post, ev.CommentCommitted(at=after(60)))
    assert effects == (ev.SendComment(),)
    post, effects = step(post, ev.CommentRefused(at=after(61), problem="refused", may_try_again=False))
    assert (post.state, post.problem, effects) == (PostState.PUBLISHED, "refused", ())


def test_a_first_comment_refused_by_chance_is_written_again_a_little_later() -> None:
    post, _ = run(
        a_post(first_comment="hi"), *SENT, ev.SendAnswered(media_id=M1), ev.PermalinkRead(permalink=None)
    )
    refused = ev.CommentRefused(at=after(61), problem="refused", may_try_again=True)
    post, effects = run(post, ev.CommentCommitted(at=after(60)), refused)
    assert effects == (ev.FollowUp(Followup.FIRST_COMMENT, not_before=after(64)),)


def test_after_a_crash_a_first_comment_is_looked_for_and_never_written_again() -> None:
    post, _ = run(
        a_post(first_comment="hi"), *SENT, ev.SendAnswered(media_id=M1), ev.PermalinkRead(permalink=None)
    )
    post, _ = step(post, ev.CommentCommitted(at=after(60)))
    assert resume(post) == (ev.LookForComment(not_before=after(63)),)
    looks = [ev.CommentLooked(at=after(70), id=None) for _ in CAREFUL.comment_look_delays_s]
    post, effects = run(post, *looks)
    assert (post.problem is not None, effects) == (True, ())


def test_a_ready_post_whose_container_is_gone_waits_for_a_person_and_crashes_nobody() -> None:
    """A stored row that somebody edited: it is not sent, and whoever looks at it can."""
    post = replace(a_post(), state=PostState.READY)
    assert resume(post) == ()
    assert step(post, committed())[0].sends == ()


def test_what_is_committed_a_second_time_is_looked_at_and_not_sent_again() -> None:
    post, effects = run(a_post(), *SENT, committed(11))
    assert (len(post.sends), effects) == (1, (ev.LookAtSend(not_before=after(27)),))
    live, _ = run(
        a_post(first_comment="hi"), *SENT, ev.SendAnswered(media_id=M1), ev.PermalinkRead(permalink=None)
    )
    _, effects = run(live, ev.CommentCommitted(at=after(60)), ev.CommentCommitted(at=after(61)))
    assert [type(effect) for effect in effects] == [ev.LookForComment]
