"""The calls on comments: list, write, reply, hide, delete."""

from dataclasses import replace
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render, wanted_of
from pressroom.sandbox.calls.route import Need, Route
from pressroom.sandbox.calls.tokens import check_scope
from pressroom.sandbox.state.things import Account, Comment, Media
from pressroom.sandbox.wire.fields import parse_fields
from pressroom.sandbox.wire.payloads import comment_event
from pressroom.sandbox.wire.refusals import invalid, not_found

_PAGE = 50
_MEDIA_PART = parse_fields("id,media_product_type")
_SUCCESS = {"success": True}


def _media_of(call: GraphCall) -> Media:
    assert isinstance(call.thing, Media)
    return call.thing


def _comment_of(call: GraphCall) -> Comment:
    assert isinstance(call.thing, Comment)
    return call.thing


def list_comments(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/comments`: top level only, newest first, 50 a page."""
    return comments_edge(call, _media_of(call), EdgeQuery.of_call(call))


def comments_edge(call: GraphCall, media: Media, query: EdgeQuery) -> dict[str, Any]:
    """Give one page of a media's comments."""
    check_scope(call.token, Need.COMMENTS)
    query = _with_limit(query)
    shelf = call.scene.world.comments[media.id]
    part = shelf.where(lambda one: one.parent_id is None).cut(query.window(call, default=_PAGE, most=_PAGE))
    data = [render(call, COMMENT, one, query.wanted) for one in part.items]
    return list_answer(call, (media.id, "comments"), query, part, data)


def _with_limit(query: EdgeQuery) -> EdgeQuery:
    """Name the length of a page, which the link to the next one repeats."""
    return replace(query, args={"limit": str(_PAGE), **query.args})


def replies_edge(call: GraphCall, comment: Comment, query: EdgeQuery) -> dict[str, Any]:
    """Give one page of a comment's replies."""
    query = _with_limit(query)
    shelf = call.scene.world.comments[comment.media_id]
    part = shelf.where(lambda one: one.parent_id == comment.id).cut(
        query.window(call, default=_PAGE, most=_PAGE)
    )
    data = [render(call, COMMENT, one, query.wanted) for one in part.items]
    return list_answer(call, (comment.id, "replies"), query, part, data)


def list_replies(call: GraphCall) -> dict[str, Any]:
    """`GET /{comment}/replies`."""
    return replies_edge(call, _comment_of(call), EdgeQuery.of_call(call))


def comment(call: GraphCall) -> dict[str, Any]:
    """`POST /{media}/comments`."""
    media = _media_of(call)
    message = call.needed("message")
    if not media.is_comment_enabled:
        raise invalid("Comments are turned off for this media")
    return {"id": add_comment(call, media, message, call.account).id}


def add_comment(
    call: GraphCall, media: Media, text: str, author: Account, parent: Comment | None = None
) -> Comment:
    """Keep a new comment, or a reply."""
    world = call.scene.world
    number = world.number()
    made = Comment(
        id=world.comment_id(number),
        number=number,
        media_id=media.id,
        user_id=author.id,
        username=author.username,
        text=text,
        created_at=call.now,
        parent_id=parent.id if parent else None,
    )
    world.add_comment(made)
    call.scene.postman.tell(comment_event(media, made))
    return made


def reply(call: GraphCall) -> dict[str, Any]:
    """`POST /{comment}/replies`: a reply to a reply lands on its parent."""
    target = _comment_of(call)
    world = call.scene.world
    media = world.media(target.media_id)
    parent = world.things.get(target.parent_id) if target.parent_id else target
    if media is None or not isinstance(parent, Comment):
        raise not_found(target.id, "post")
    if target.is_hidden:
        raise invalid("A hidden comment cannot be replied to")
    return {"id": add_comment(call, media, call.needed("message"), call.account, parent).id}


def read_comment(call: GraphCall) -> dict[str, Any]:
    """`GET /{comment}`."""
    return render(call, COMMENT, _comment_of(call), wanted_of(call))


def hide_comment(call: GraphCall) -> dict[str, Any]:
    """`POST /{comment}` with `hide`: the owner's own comments stay visible."""
    hide = call.flag("hide")
    if hide is None:
        raise invalid("The parameter hide is required")
    target = _comment_of(call)
    target.is_hidden = hide and target.user_id != call.account.id
    return _SUCCESS


def delete_comment(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{comment}`: with its replies."""
    call.scene.world.remove_comment(_comment_of(call))
    return _SUCCESS


def _media_edge(call: GraphCall, one: Comment, query: EdgeQuery) -> dict[str, Any] | None:
    from pressroom.sandbox.reading.media import MEDIA  # noqa: PLC0415  # media and comments lead to each other

    media = call.scene.world.media(one.media_id)
    if media is None:
        return None
    return render(call, MEDIA, media, query.wanted if "fields" in query.args else _MEDIA_PART)


COMMENT: NodeType[Comment] = NodeType(
    wire_name="IGComment",
    fields={
        "id": lambda _, one: one.id,
        "text": lambda _, one: one.text,
        "timestamp": lambda call, one: call.told_time(one.created_at),
        "username": lambda _, one: one.username,
        "from": lambda _, one: {"id": one.user_id, "username": one.username},
        "user": lambda call, one: {"id": one.user_id} if one.user_id == call.account.id else None,
        "like_count": lambda call, one: one.likes + int(one.id in call.scene.world.likes),
        "hidden": lambda _, one: one.is_hidden,
        "parent_id": lambda _, one: one.parent_id,
    },
    edges={"media": _media_edge, "replies": replies_edge},
)

ROUTES = (
    Route(
        "GET", "media", "comments", "comments", list_comments, need=Need.COMMENTS, mark=Certainty.DOCUMENTED
    ),
    Route("POST", "media", "comments", "comments", comment, need=Need.COMMENTS, mark=Certainty.DOCUMENTED),
    Route("GET", "comment", "", "comment", read_comment, need=Need.COMMENTS, mark=Certainty.DOCUMENTED),
    Route("POST", "comment", "", "comment", hide_comment, need=Need.COMMENTS, mark=Certainty.DOCUMENTED),
    Route("DELETE", "comment", "", "comment", delete_comment, need=Need.COMMENTS, mark=Certainty.DOCUMENTED),
    Route(
        "GET", "comment", "replies", "replies", list_replies, need=Need.COMMENTS, mark=Certainty.DOCUMENTED
    ),
    Route("POST", "comment", "replies", "replies", reply, need=Need.COMMENTS, mark=Certainty.DOCUMENTED),
)
