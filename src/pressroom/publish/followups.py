"""What is left once a post is live: its permalink and its first comment. Neither can make the post fail."""

from pressroom.core.errors import GraphError, NotSent, TransportError
from pressroom.core.post import Post
from pressroom.graph import calls
from pressroom.graph.error_table import Proves, Retry
from pressroom.graph.ids import CommentId, MediaId
from pressroom.publish.context import Context
from pressroom.publish.events import CommentSettled, PermalinkRead
from pressroom.publish.matching import normalised

_MOST_COMMENT_TRIES = 3
_PERMALINK_DELAYS_S = (0.0, 1.0, 3.0)


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


async def comment(context: Context, post: Post) -> CommentSettled:
    """Write the first comment, once. A doubtful one is looked for, and never written again."""
    media_id, text = post.media_id, post.options.first_comment
    assert media_id is not None
    assert text is not None
    for delay_s in context.policy.comment_look_delays_s[:_MOST_COMMENT_TRIES]:
        await context.note(post, "comment_committed", "Writing the first comment.", media_id=media_id)
        try:
            answer = await context.client.send(calls.comment(media_id, text))
        except (GraphError, TransportError) as error:
            problem = str(error)
            await context.note(post, "comment_failed", problem, media_id=media_id, error=error)
            if not _did_nothing(error):
                return await _find(context, media_id, text)
            if not _may_try_again(error):
                return CommentSettled(id=None, problem=f"The first comment was refused. {problem}")
            await context.client.clock.sleep(delay_s)
        else:
            return CommentSettled(id=answer.id)
    return CommentSettled(id=None, problem="The first comment was refused again and again.")


def _did_nothing(error: GraphError | TransportError) -> bool:
    return isinstance(error, NotSent) or error.proves is Proves.REFUSED


def _may_try_again(error: GraphError | TransportError) -> bool:
    return isinstance(error, NotSent) or (isinstance(error, GraphError) and error.retry is Retry.SOON)


async def _find(context: Context, media_id: MediaId, text: str) -> CommentSettled:
    for delay_s in context.policy.comment_look_delays_s:
        await context.client.clock.sleep(delay_s)
        found = await _own_comment(context, media_id, text)
        if found:
            return CommentSettled(id=found)
    return CommentSettled(
        id=None, problem="The answer to the first comment was lost, and the comment is not to be seen."
    )


async def _own_comment(context: Context, media_id: MediaId, text: str) -> CommentId | None:
    try:
        page = await context.client.send(calls.comments(media_id))
    except (GraphError, TransportError):
        return None
    same = [comment.id for comment in page.data if normalised(comment.text) == normalised(text)]
    return same[0] if same else None
