"""The first comment: written once, looked for after a doubt; it never makes the post fail. Pure."""

from datetime import timedelta

from pressroom.core.post import Followup, Post, PostState
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import Policy

CommentEvent = ev.CommentCommitted | ev.CommentAnswered | ev.CommentRefused | ev.CommentLooked
_LOST = "The answer to the first comment was lost, and the comment is not to be seen."


def after_comment(post: Post, event: CommentEvent, policy: Policy) -> Post:
    """Apply what happened to the first comment."""
    if post.state is not PostState.PUBLISHED or Followup.FIRST_COMMENT not in post.followups:
        return post
    match event:
        case ev.CommentCommitted():
            return post.changed(comment_committed_at=event.at, comment_looks=0, not_before=None)
        case ev.CommentAnswered():
            return without(post, Followup.FIRST_COMMENT).changed(first_comment_id=event.id)
        case ev.CommentRefused():
            return _refused(post, event, policy)
        case ev.CommentLooked():
            return _looked(post, event, policy)


def next_for_comment(post: Post, policy: Policy) -> ev.Effect:
    """Say what is next: write it, or look for it when it may have been written."""
    if post.comment_committed_at is None:
        return ev.FollowUp(Followup.FIRST_COMMENT, not_before=post.not_before)
    waited = sum(_look_delays_s(post, policy)[: post.comment_looks + 1])
    return ev.LookForComment(not_before=post.comment_committed_at + timedelta(seconds=waited))


def without(post: Post, what: Followup) -> Post:
    """Strike one thing off what is left to do."""
    return post.changed(followups=tuple(other for other in post.followups if other is not what))


def _refused(post: Post, event: ev.CommentRefused, policy: Policy) -> Post:
    # Comments have stood that Instagram had answered with an error: it is looked for before another try.
    if event.may_try_again and event.was_answered and not post.comment_rewritten:
        return post.changed(comment_refusal=event.problem)
    tries = post.comment_tries + 1
    tried = post.changed(comment_committed_at=None, comment_tries=tries)
    delays = policy.comment_retry_delays_s
    if event.may_try_again and not event.was_answered and tries <= len(delays):
        return tried.changed(not_before=event.at + timedelta(seconds=delays[tries - 1]))
    return without(tried, Followup.FIRST_COMMENT).changed(problem=event.problem)


def _look_delays_s(post: Post, policy: Policy) -> tuple[float, ...]:
    """Give the waits before each look; before a refused comment is written again there is a long one."""
    delays = policy.comment_look_delays_s
    return (*delays, policy.resend_after_s) if post.comment_refusal else delays


def _looked(post: Post, event: ev.CommentLooked, policy: Policy) -> Post:
    if event.id:
        return without(post, Followup.FIRST_COMMENT).changed(first_comment_id=event.id)
    looked = post.changed(comment_looks=post.comment_looks + 1)
    if looked.comment_looks < len(_look_delays_s(post, policy)):
        return looked
    # Only after a refusal: a comment whose answer was lost may still appear, and would then stand twice.
    if post.comment_refusal and event.was_listed:
        again = looked.changed(comment_committed_at=None, not_before=event.at)
        return again.changed(comment_refusal=None, comment_rewritten=True)
    return without(looked, Followup.FIRST_COMMENT).changed(problem=post.comment_refusal or _LOST)
