"""What is left once a post is live: its permalink and its first comment. Neither can make the post fail."""

import contextlib

from pressroom.core.errors import GraphError, TransportError
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.post import Post
from pressroom.graph import calls
from pressroom.graph.error_table import Proves, Retry
from pressroom.graph.ids import CommentId, MediaId
from pressroom.publish.context import Context
from pressroom.publish.machine.events import CommentAnswered, CommentLooked, CommentRefused, PermalinkRead
from pressroom.publish.machine.matching import normalised

_PASSING = frozenset({Retry.SOON, Retry.NEXT_WINDOW})

# A media that was just made is often not found for a moment; without its link the post is live all the same.
_PERMALINK_DELAYS_S = (0.0, 1.0, 3.0)
# Ours is among the oldest and comments come newest first: a post with more is not searched to its end.
_MOST_COMMENTS = 1000


async def read_permalink(context: Context, post: Post) -> PermalinkRead:
    """Read the permalink, which may lag a moment behind the media."""
    assert post.media_id is not None
    problem = ""
    for delay_s in _PERMALINK_DELAYS_S:
        await context.client.clock.sleep(delay_s)
        try:
            media = await context.client.send(calls.media(post.media_id))
        except (GraphError, TransportError) as error:
            problem = str(error)
            continue
        if media.permalink:
            return PermalinkRead(permalink=media.permalink, media_product_type=media.media_product_type)
    await context.note(post, "permalink_missing", f"The post is live; its link could not be read. {problem}")
    return PermalinkRead(permalink=None)


async def send_comment(context: Context, post: Post) -> CommentAnswered | CommentRefused | None:
    """Write the first comment; None when nobody can tell whether it stands."""
    media_id, text = _comment_of(post)
    try:
        answer = await context.client.send(calls.comment(media_id, text))
    except (GraphError, TransportError) as error:
        await context.note(post, "comment_failed", str(error), media_id=media_id, error=error)
        return _refusal(context, error)
    return CommentAnswered(id=answer.id) if answer.id else None


async def look_for_comment(context: Context, post: Post) -> CommentLooked:
    """List the comments, newest first, and look for ours: much may have been said since."""
    media_id, text = _comment_of(post)
    found: CommentId | None = None
    was_listed = False
    with contextlib.suppress(GraphError, TransportError):
        async for comment in context.client.pages(calls.comments(media_id), limit=_MOST_COMMENTS):
            # The oldest of that text: ours was written with the post, and others can only have repeated it.
            found = comment.id if normalised(comment.text) == normalised(text) else found
        was_listed = True
    return CommentLooked(at=context.client.clock.now(), id=found, was_listed=was_listed)


def _comment_of(post: Post) -> tuple[MediaId, str]:
    assert post.media_id is not None
    assert post.options.first_comment is not None
    return post.media_id, post.options.first_comment


def _refusal(context: Context, error: GraphError | TransportError) -> CommentRefused | None:
    # A media that was just made is often not found yet, and a comment on it is wanted all the same.
    if error.proves is not Proves.REFUSED and not isinstance(error, ObjectNotFound):
        return None
    was_answered = isinstance(error, GraphError)
    return CommentRefused(
        at=context.client.clock.now(),
        problem=f"The first comment was refused. {error}",
        may_try_again=not was_answered or error.retry in _PASSING,
        was_answered=was_answered,
    )
