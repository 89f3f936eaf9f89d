"""What a process that publishes a post or waits for it is told: the live post, or why there is none."""

from pressroom.accounts.pauses import is_of_token
from pressroom.core.account import sign_in
from pressroom.core.errors import PressroomError, Refused, StillWaiting, StoreFailed
from pressroom.core.failure import EarlierFailure
from pressroom.core.post import Attention, Post, PostId, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import UNTIL_RESUMED, Pause
from pressroom.publish.publisher import outcome_unknown


def answer(post: Post) -> Post:
    """Return a live post. Raises what became of any other one."""
    if post.state is PostState.NEEDS_ATTENTION and post.attention is Attention.OUTCOME_UNKNOWN:
        raise outcome_unknown(post)
    if post.state is PostState.FAILED and post.failure:
        raise EarlierFailure(post.failure)
    if post.state is not PostState.PUBLISHED:
        raise PressroomError(
            post.problem or f"The post is {post.state}.", fix=Fix.of("See: {}.", _show(post.id))
        )
    return post


def waiting(post: Post, why: str) -> StillWaiting:
    """Make the error of a post that goes out later."""
    return StillWaiting(
        f"The post is kept, and {why}.",
        post_id=post.id,
        fix=Fix.of("It goes out by itself: do not publish it again. See: {}.", _show(post.id)),
    )


def paused(post: Post, pause: Pause) -> StillWaiting:
    """Make the error of a post that its account's pause holds."""
    why = f"account {post.account_name!r} is paused: {pause.reason.rstrip('.')}"
    if pause.until != UNTIL_RESUMED:
        return waiting(post, why)
    name = {"account": post.account_name}
    act = (
        sign_in(post.login or post.account) if is_of_token(pause) else Remedy(RemedyKind.RESUME_ACCOUNT, name)
    )
    return StillWaiting(
        f"The post is kept, and {why}.",
        post_id=post.id,
        fix=Fix.of(
            "Let the account go on: {}. The post goes out then: do not publish it again. See: {}.",
            act,
            _show(post.id),
        ),
    )


def signed_out(post: Post) -> StillWaiting:
    """Make the error of a post that its account has no token for."""
    return StillWaiting(
        f"The post is kept, and nobody is signed in to account {post.account_name!r}.",
        post_id=post.id,
        fix=Fix.of(
            "Sign in: {}. The post goes out then: do not publish it again. See: {}.",
            sign_in(post.login or post.account),
            _show(post.id),
        ),
    )


def unwritten(post_id: PostId, error: StoreFailed) -> StillWaiting:
    """Make the error of a post that the store could not read or write."""
    return StillWaiting(
        f"The post is kept, and how it goes on could not be read or written. {error.message}",
        post_id=post_id,
        fix=Fix.of(
            "{} A worker, or the same command with the same key, goes on with it: "
            "do not publish it otherwise. See: {}.",
            error.advice,
            _show(post_id),
        ),
    )


def _show(post_id: PostId) -> Remedy:
    return Remedy(RemedyKind.SHOW_POST, {"post": post_id})


def held_back(post: Post) -> Refused:
    """Make the refusal to publish what a person holds back."""
    words = post.state.replace("_", " ")
    return Refused(
        f"The idempotency key stands for post {post.id}, which is {words}.",
        rule="state",
        value=post.state,
        fix="Use a new key for a new post."
        if post.state is PostState.CANCELLED
        else Fix.of("Let it go out: {}.", Remedy(RemedyKind.APPROVE_POST, {"post": post.id})),
    )
