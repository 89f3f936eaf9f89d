"""The first comment in the pure machine: how often it is written, and when it is looked for."""

from dataclasses import replace

import pytest
from msgspec import structs

from pressroom.core.post import Followup, Post, PostState
from pressroom.graph.answers import CommentId, MediaId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.transitions import resume, step
from tests.publish.posts import a_post, after

POLICY = replace(CAREFUL, comment_look_delays_s=(3, 10), comment_retry_delays_s=(5, 20), resend_after_s=300)
WANTED = replace(
    a_post(first_comment="hi"),
    state=PostState.PUBLISHED,
    media_id=MediaId("m1"),
    followups=(Followup.FIRST_COMMENT,),
)
WRITE = (ev.FollowUp(Followup.FIRST_COMMENT),)
COMMITTED = ev.CommentCommitted(at=after(60))
NEVER_LEFT = ev.CommentRefused(at=after(61), problem="no network", may_try_again=True)
ANSWERED_NO = ev.CommentRefused(at=after(61), problem="refused", may_try_again=True, was_answered=True)
FOR_GOOD = ev.CommentRefused(at=after(61), problem="no rights", may_try_again=False)


def run(*events: ev.Event, post: Post = WANTED) -> Post:
    for event in events:
        post, _ = step(post, event, POLICY)
    return post


def unseen(at: float) -> ev.CommentLooked:
    return ev.CommentLooked(at=after(at), id=None)


def is_over(post: Post) -> bool:
    return post.state is PostState.PUBLISHED and resume(post, POLICY) == ()


def test_a_comment_that_is_answered_stands_and_nothing_is_left_to_do() -> None:
    post = run(COMMITTED, ev.CommentAnswered(id=CommentId("k")))
    assert (post.first_comment_id, post.problem, is_over(post)) == ("k", None, True)


def test_a_comment_that_is_found_stands_and_nothing_is_left_to_do() -> None:
    post = run(COMMITTED, ev.CommentLooked(at=after(70), id=CommentId("k")))
    assert (post.first_comment_id, post.problem, is_over(post)) == ("k", None, True)


def test_a_comment_is_struck_off_alone() -> None:
    both = replace(WANTED, followups=(Followup.PERMALINK, Followup.FIRST_COMMENT))
    post = run(COMMITTED, ev.CommentAnswered(id=CommentId("k")), post=both)
    assert post.followups == (Followup.PERMALINK,)


def test_a_comment_that_may_stand_is_looked_for_ever_later_and_then_given_up() -> None:
    post = run(COMMITTED)
    assert resume(post, POLICY) == (ev.LookForComment(not_before=after(60 + 3)),)
    post = run(unseen(63), post=post)
    assert resume(post, POLICY) == (ev.LookForComment(not_before=after(60 + 3 + 10)),)
    post = run(unseen(73), post=post)
    assert is_over(post)
    assert post.problem is not None
    assert "lost" in post.problem


def test_a_comment_that_never_left_is_written_again_a_few_times_at_most() -> None:
    post = WANTED
    for delay_s in POLICY.comment_retry_delays_s:
        post = run(COMMITTED, NEVER_LEFT, post=post)
        assert resume(post, POLICY) == (ev.FollowUp(Followup.FIRST_COMMENT, not_before=after(61 + delay_s)),)
    post = run(COMMITTED, NEVER_LEFT, post=post)
    assert (is_over(post), post.problem) == (True, "no network")


def test_each_try_is_looked_for_from_its_own_beginning() -> None:
    post = run(COMMITTED, unseen(63), NEVER_LEFT, ev.CommentCommitted(at=after(90)))
    assert resume(post, POLICY) == (ev.LookForComment(not_before=after(90 + 3)),)
    assert post.not_before is None


def test_a_refusal_that_nothing_mends_ends_it_at_once() -> None:
    post = run(COMMITTED, FOR_GOOD)
    assert (is_over(post), post.problem, post.first_comment_id) == (True, "no rights", None)
    answered = run(COMMITTED, structs.replace(FOR_GOOD, was_answered=True))
    assert (is_over(answered), answered.problem) == (True, "no rights")


def test_a_comment_that_instagram_refused_is_looked_for_once_more_long_after_and_written_again_once() -> None:
    """Such a refusal has been untrue: the comment stood all the same."""
    post = run(COMMITTED, ANSWERED_NO)
    assert resume(post, POLICY) == (ev.LookForComment(not_before=after(60 + 3)),)
    post = run(unseen(63), unseen(73), post=post)
    assert resume(post, POLICY) == (ev.LookForComment(not_before=after(60 + 3 + 10 + 300)),)
    post = run(unseen(373), post=post)
    assert resume(post, POLICY) == (ev.FollowUp(Followup.FIRST_COMMENT, not_before=after(373)),)
    assert post.problem is None
    again = run(ev.CommentCommitted(at=after(374)), structs.replace(ANSWERED_NO, problem="again"), post=post)
    assert (is_over(again), again.problem) == (True, "again")


def test_the_answer_to_the_second_writing_is_looked_for_like_any_other() -> None:
    looks = [unseen(63), unseen(73), unseen(373)]
    post = run(COMMITTED, ANSWERED_NO, *looks, ev.CommentCommitted(at=after(374)))
    assert resume(post, POLICY) == (ev.LookForComment(not_before=after(374 + 3)),)
    post = run(unseen(377), unseen(387), post=post)
    assert is_over(post)
    assert post.problem is not None
    assert "lost" in post.problem


def test_a_refused_comment_is_not_written_again_when_nobody_could_list_the_comments() -> None:
    unlisted = structs.replace(unseen(373), was_listed=False)
    post = run(COMMITTED, ANSWERED_NO, unseen(63), unseen(73), unlisted)
    assert (is_over(post), post.problem) == (True, "refused")


@pytest.mark.parametrize(
    "event",
    [COMMITTED, ev.CommentAnswered(id=CommentId("k")), FOR_GOOD, unseen(63)],
    ids=lambda event: type(event).__name__,
)
def test_a_comment_that_nobody_waits_for_changes_nothing(event: ev.Event) -> None:
    for post in (replace(WANTED, followups=()), replace(WANTED, state=PostState.FAILED)):
        assert run(event, post=post) == replace(post, revision=post.revision + 1)


def test_a_comment_is_written_when_it_is_its_turn() -> None:
    assert resume(WANTED, POLICY) == WRITE
    assert step(WANTED, COMMITTED, POLICY)[1] == (ev.SendComment(),)
    _, effects = step(replace(WANTED, followups=()), COMMITTED, POLICY)
    assert effects == ()


# After a gap in which a newer copy of the store may have written it.


def sought(not_before_s: float | None = 120) -> Post:
    settled_at = None if not_before_s is None else after(not_before_s)
    return WANTED.to_be_looked_for(after(0), settled_at)


@pytest.mark.parametrize("not_before_s", [None, 120.0])
def test_a_comment_that_a_newer_copy_may_have_written_is_looked_for_first(not_before_s: float | None) -> None:
    post = sought(not_before_s)
    settled_at = None if not_before_s is None else after(not_before_s)
    assert resume(post, POLICY) == (ev.LookForComment(not_before=settled_at),)


def test_one_that_is_there_is_not_written_again() -> None:
    post = run(ev.CommentLooked(at=after(121), id=CommentId("k")), post=sought())
    assert (post.first_comment_id, post.look_back, is_over(post)) == ("k", None, True)


def test_one_that_is_not_there_is_written_at_once() -> None:
    post = run(unseen(121), post=sought())
    assert resume(post, POLICY) == (ev.FollowUp(Followup.FIRST_COMMENT, not_before=after(121)),)
    assert (post.comment_looks, post.comment_refusal) == (0, None)


def test_while_the_comments_cannot_be_listed_it_is_not_written() -> None:
    post = run(structs.replace(unseen(121), was_listed=False), post=sought())
    assert resume(post, POLICY) == (ev.LookForComment(not_before=after(121 + POLICY.settle_s)),)


def test_the_permalink_is_read_meanwhile() -> None:
    both = replace(sought(), followups=(Followup.PERMALINK, Followup.FIRST_COMMENT))
    assert resume(both, POLICY) == (ev.FollowUp(Followup.PERMALINK),)
