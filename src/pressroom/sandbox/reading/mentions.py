"""Mentions of the account by others: tags, captions and comments, and replies to them."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, list_answer, render
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.reading.media import COMMENT, MEDIA
from pressroom.sandbox.state.things import Account, Comment, Media
from pressroom.sandbox.wire.refusals import missing, not_found


def tags(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/tags`: media of others that mention the account; cursors without `next` and `previous`."""
    query = EdgeQuery.of_call(call)
    part = call.scene.world.tagged[call.account.id].cut(query.window(call))
    data = [render(call, MEDIA, one, query.wanted) for one in part.items]
    return list_answer(call, (call.account.id, "tags"), query, part, data, has_links=False)


def _named_in(call: GraphCall, media_id: str) -> Media | None:
    media = call.scene.world.foreign.get(media_id)
    return media if media is not None and media.user_id == call.account.id else None


def _foreign_comment(call: GraphCall, comment_id: str) -> Comment | None:
    found = call.scene.world.things.get(comment_id)
    is_there = isinstance(found, Comment) and _named_in(call, found.media_id) is not None
    return found if isinstance(found, Comment) and is_there else None


def mention(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/mentions`: comment on a media that mentions the account, or reply to such a comment."""
    media_id, comment_id = call.needed("media_id"), call.text("comment_id")
    media = _named_in(call, media_id)
    if media is None:
        raise not_found(media_id, "post")
    # Only where the account is mentioned: elsewhere the media does not exist for it.
    parent = None if comment_id is None else _foreign_comment(call, comment_id)
    if comment_id is not None and (parent is None or parent.media_id != media.id):
        raise not_found(comment_id, "post")
    world, message = call.scene.world, call.needed("message")
    number = world.number()
    made = Comment(
        id=world.comment_id(number),
        number=number,
        media_id=media.id,
        user_id=call.account.id,
        username=call.account.username,
        text=message,
        created_at=call.now,
        parent_id=parent.id if parent else None,
    )
    world.add_comment(made)
    return {"id": made.id}


def mentioned_media(call: GraphCall, _: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give a media the account was mentioned in: `mentioned_media.media_id(M){…}`."""
    media_id = query.args.get("media_id")
    if not media_id:
        raise missing("media_id")
    media = _named_in(call, media_id)
    if media is None:
        raise not_found(media_id)
    return render(call, MEDIA, media, query.wanted)


def mentioned_comment(call: GraphCall, _: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give a comment the account was mentioned in: `mentioned_comment.comment_id(C){…}`."""
    comment_id = query.args.get("comment_id")
    if not comment_id:
        raise missing("comment_id")
    comment = _foreign_comment(call, comment_id)
    if comment is None:
        raise not_found(comment_id)
    return render(call, COMMENT, comment, query.wanted)


ROUTES = (
    Route("GET", "user", "tags", "tags", tags, mark=Certainty.DOCUMENTED),
    Route(
        "POST", "user", "mentions", "mentions", mention, need=Permission.COMMENTS, mark=Certainty.DOCUMENTED
    ),
)
