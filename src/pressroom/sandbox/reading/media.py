"""The fields and edges of media and of comments, which refer to each other, and the poll below a post.

`MEDIA` and `COMMENT` are the tables; the getters stand before them, in their order. Source of polls:
https://developers.facebook.com/documentation/instagram-platform/instagram-graph-api/reference/ig-media/poll_attachment
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import ID_ONLY, EdgeQuery, NodeType, list_answer, render, render_list
from pressroom.sandbox.calls.tokens import check_scope
from pressroom.sandbox.insights.media import insights_edge
from pressroom.sandbox.publishing.rules import POLL_OPTIONS
from pressroom.sandbox.state.growth import Numbers, numbers_of
from pressroom.sandbox.state.ids import shortcode_of
from pressroom.sandbox.state.things import Account, Comment, Media, StoredFile
from pressroom.sandbox.state.world import Shelf, person_id_of
from pressroom.sandbox.wire.answer import not_found
from pressroom.sandbox.wire.params import Field, parse_fields

# IG Media, Comments: 50 a page at most.
_COMMENTS_PAGE = 50
_MEDIA_PART = parse_fields("id,media_product_type")
_FOLDERS = {MediaProductType.REELS: "reel"}
ROUTES = Routes(login=LoginType.FACEBOOK, mark=Certainty.DOCUMENTED)


def permalink_path(media: Media, username: str) -> str:
    """Give the path of a media's permalink."""
    if media.product is MediaProductType.STORY:
        return f"/stories/{username}/{media.id}"
    return f"/{_FOLDERS.get(media.product, 'p')}/{shortcode_of(media.id)}/"


def file_address(base: str, file: StoredFile | None) -> str | None:
    """Give the URL a file is served under; one that was not fetched keeps its own."""
    if file is None:
        return None
    return f"{base}/_sandbox/files/{file.name}" if file.name else file.source


def art_address(base: str, media: Media) -> str:
    """Give the URL of a drawn picture, for media that have no file of their own."""
    is_tall = media.product is not MediaProductType.FEED
    return f"{base}/_sandbox/art/{media.id}{'.tall' if is_tall else ''}.jpg"


def _media_url(call: GraphCall, media: Media) -> str | None:
    if media.media_type is MediaType.CAROUSEL_ALBUM:  # an album shows its first item
        first = call.scene.world.media(media.children[0]) if media.children else None
        return _media_url(call, first) if first else None
    # A seeded media, or a picture whose file was not in an imported state.
    if media.file is None and media.media_type is MediaType.IMAGE:
        return art_address(call.public_base, media)
    # IG Media: media_url is missing when the media is flagged for copyright.
    return None if _is_copyrighted(call, media) else file_address(call.public_base, media.file)


def _is_copyrighted(call: GraphCall, media: Media) -> bool:
    is_clip = media.file is not None and media.file.is_video
    return is_clip and call.scene.settings.matches_copyright(media.file.source if media.file else None)


def _thumbnail_url(call: GraphCall, media: Media) -> str | None:
    if media.media_type is not MediaType.VIDEO:  # IG Media: only on VIDEO
        return None
    return file_address(call.public_base, media.cover) or art_address(call.public_base, media)


def _account_of(call: GraphCall, media: Media) -> Account:
    """Give the account whose media it is; for made-up media of business discovery, the caller's."""
    return call.scene.world.accounts.get(media.user_id, call.account)


def _is_theirs(call: GraphCall, media: Media) -> bool:
    return media.author is not None or media.user_id != call.account.id


def _numbers(call: GraphCall, media: Media) -> Numbers:
    return numbers_of(call.scene.world.random_seed, media, _account_of(call, media), call.now)


def _like_count(call: GraphCall, media: Media) -> int | None:
    if media.is_item:
        return None
    return _numbers(call, media).likes + call.scene.world.likes_of(media.id)


def _count(read: Callable[[Numbers], int]) -> Callable[[GraphCall, Media], int | None]:
    """Make a getter of a number. IG Media has it on top-level media only, not on items of a carousel."""

    def count(call: GraphCall, media: Media) -> int | None:
        return None if media.is_item else read(_numbers(call, media))

    return count


def _view_count(call: GraphCall, media: Media) -> int | None:
    """Give the views of somebody else's reel: the field exists for business discovery (IG Media)."""
    is_theirs = _is_theirs(call, media) and media.product is MediaProductType.REELS
    return _numbers(call, media).views if is_theirs else None


def _caption(call: GraphCall, media: Media) -> str | None:
    if media.caption is not None and call.scene.settings.strips_mentions:
        return media.caption.replace("@", "")
    return media.caption


def _comments_count(call: GraphCall, media: Media) -> int | None:
    return None if media.is_item else call.scene.world.comments_below(media)


def children_edge(
    call: GraphCall, media: Media, query: EdgeQuery, *, kind: "NodeType[Media] | None" = None
) -> dict[str, Any] | None:
    """Give a carousel's items; None for any other media. `kind` None: `MEDIA`."""
    if not media.children:
        return None
    items = [item for child in media.children if (item := call.scene.world.media(child)) is not None]
    return {"data": [render(call, kind or MEDIA, item, query.wanted) for item in items]}


def _owner_edge(call: GraphCall, media: Media, query: EdgeQuery) -> dict[str, Any] | None:
    """Give the owner; IG Media has the field on the caller's own media only."""
    if _is_theirs(call, media):
        return None
    has_username = any(field.name == "username" for field in query.wanted)
    return {"id": call.account.id} | ({"username": call.account.username} if has_username else {})


def collaborators_edge(call: GraphCall, media: Media, query: EdgeQuery) -> dict[str, Any] | None:
    """Give the accounts invited to share the media; None without any. Nobody answers an invitation here."""
    if not media.collaborators:
        return None
    part = Shelf[str]().cut(query.window(call))
    data = [
        {"id": person_id_of(media.user_id, name), "username": name, "invite_status": "Pending"}
        for name in media.collaborators
    ]
    return list_answer(call, (media.id, "collaborators"), query, part, data)


_UNASKED = (Field("timestamp"), Field("text"), Field("id"))


def comments_edge(call: GraphCall, media: Media, query: EdgeQuery) -> dict[str, Any]:
    """Give one page of a media's comments, without replies."""
    # Checked here too: nested in a media, the call itself needs only the basic permission.
    check_scope(call.token, Permission.COMMENTS)
    comments = call.scene.world.comments[media.id].where(lambda comment: comment.parent_id is None)
    return _comments_page(call, comments, (media.id, "comments"), query)


def replies_edge(call: GraphCall, comment: Comment, query: EdgeQuery) -> dict[str, Any]:
    """Give one page of a comment's replies."""
    # Replies are in the list of their media, with a parent.
    replies = call.scene.world.comments[comment.media_id].where(lambda reply: reply.parent_id == comment.id)
    return _comments_page(call, replies, (comment.id, "replies"), query)


def _comments_page(
    call: GraphCall, shelf: Shelf[Comment], path: tuple[str, ...], query: EdgeQuery
) -> dict[str, Any]:
    # Unlike other lists, these give text and time without being asked (recorded).
    fields = _UNASKED if query.wanted is ID_ONLY else query.wanted
    # The page's length as `limit`, so that the next link has it.
    query = replace(query, wanted=fields, args={"limit": str(_COMMENTS_PAGE), **query.args})
    part = shelf.cut(query.window(call, default=_COMMENTS_PAGE, most=_COMMENTS_PAGE))
    return render_list(call, COMMENT, part, path, query)


def write_comment(call: GraphCall, media: Media, text: str, parent: Comment | None) -> Comment:
    """Add a comment of the caller's account to a media, or a reply to `parent`."""
    world = call.scene.world
    number = world.number()
    comment = Comment(
        id=world.comment_id(number),
        number=number,
        media_id=media.id,
        user_id=call.account.id,
        username=call.account.username,
        text=text,
        created_at=call.now,
        parent_id=parent.id if parent else None,
    )
    world.add_comment(comment)
    return comment


def _media_edge(call: GraphCall, comment: Comment, query: EdgeQuery) -> dict[str, Any] | None:
    media = call.scene.world.media(comment.media_id)
    if media is None:
        return None
    # Without fields of its own a comment's media gives two, as in webhooks of comments.
    return render(call, MEDIA, media, query.wanted if "fields" in query.args else _MEDIA_PART)


COMMENT: NodeType[Comment] = NodeType(
    wire_name="IGComment",
    fields={
        "id": lambda _, comment: comment.id,
        "text": lambda _, comment: comment.text,
        "timestamp": lambda call, comment: call.format_time(comment.created_at),
        "username": lambda _, comment: comment.username,
        "from": lambda _, comment: {"id": comment.user_id, "username": comment.username},
        # `user` is there for comments of the caller's own only; `from` tells the author of the others.
        "user": lambda call, comment: {"id": comment.user_id} if comment.user_id == call.account.id else None,
        "like_count": lambda call, comment: comment.likes + call.scene.world.likes_of(comment.id),
        "hidden": lambda _, comment: comment.is_hidden,
        "parent_id": lambda _, comment: comment.parent_id,
    },
    edges={"media": _media_edge, "replies": replies_edge},
)

MEDIA: NodeType[Media] = NodeType(
    wire_name="IGMedia",
    fields={
        "id": lambda _, media: media.id,
        # Never REELS or STORIES: reels and story clips read as VIDEO, media_product_type tells them apart.
        "media_type": lambda _, media: media.media_type.value,
        "media_url": _media_url,
        "thumbnail_url": _thumbnail_url,
        "timestamp": lambda call, media: call.format_time(media.created_at),
        "username": lambda call, media: media.author or _account_of(call, media).username,
        "shortcode": lambda _, media: shortcode_of(media.id),
        "alt_text": lambda _, media: media.alt_text,
        "permalink": lambda call, media: (
            None
            if media.is_item
            else call.permalink_base + permalink_path(media, _account_of(call, media).username)
        ),
        "media_product_type": lambda _, media: media.product.value,
        "caption": _caption,
        "like_count": _like_count,
        "comments_count": _comments_count,
        "is_comment_enabled": lambda _, media: media.is_comment_enabled,
        "is_shared_to_feed": lambda _, media: media.is_shared_to_feed,
        "is_ai_generated": lambda _, media: media.is_ai_generated,
        "reposts_count": _count(lambda numbers: numbers.reposts),
        "saved_count": _count(lambda numbers: numbers.saved),
        "shares_count": _count(lambda numbers: numbers.shares),
        "total_like_count": _count(lambda numbers: numbers.likes),
        "total_comments_count": _comments_count,
        "total_views_count": _count(lambda numbers: numbers.views),
        "view_count": _view_count,
        "boost_ads_list": lambda _, __: None,
        "has_poll": lambda _, media: media.poll is not None,
        "has_slider": lambda _, __: False,
        "video_title": lambda _, __: None,
        "current_live_viewer_count": lambda _, __: None,
        "boost_eligibility_info": lambda _, __: {"eligible_to_boost": True},
        "copyright_check_information": lambda call, media: {
            "status": {"status": "completed", "matches_found": _is_copyrighted(call, media)}
        },
        "legacy_instagram_media_id": lambda _, media: media.id,
        "ig_id": lambda _, media: media.id,
    },
    edges={
        "owner": _owner_edge,
        "children": children_edge,
        "comments": comments_edge,
        "insights": insights_edge,
        "collaborators": collaborators_edge,
    },
    # IG Media: Facebook Login only. It lists media_product_type here too, which answers under both.
    facebook_only=frozenset(
        {
            "boost_ads_list",
            "boost_eligibility_info",
            "current_live_viewer_count",
            "has_poll",
            "has_slider",
            "video_title",
            "view_count",
            "collaborators",
            "copyright_check_information",
            "ig_id",
            "legacy_instagram_media_id",
            "reposts_count",
            "saved_count",
            "shares_count",
            "total_comments_count",
            "total_like_count",
            "total_views_count",
        }
    ),
)


@ROUTES.answers("GET", "media", "poll_attachment", "poll_attachment")
def poll_attachment(call: GraphCall) -> dict[str, Any] | None:
    """`GET /{media}/poll_attachment`: options, shares of the votes and the end; null without a poll."""
    media, poll = call.media, call.media.poll
    if media.product is MediaProductType.STORY:  # the page leaves stories out
        raise not_found(media.id)
    if poll is None:
        return None
    answer: dict[str, Any] = dict(zip(POLL_OPTIONS, poll.options, strict=False))
    # Make up the share of each option; they sum up to 1. The field says percentage and holds a fraction.
    count = len(poll.options)
    digest = hashlib.blake2b(f"{media.id}/poll".encode(), digest_size=count).digest()
    shares = [round((1 + byte) / (count + sum(digest)), 2) for byte in digest]
    # The first takes what rounding left.
    for name, share in zip(POLL_OPTIONS, [round(1 - sum(shares[1:]), 2), *shares[1:]], strict=False):
        answer[f"{name}_votes_percentage"] = share
    answer["expiration_timestamp"] = call.format_time(poll.ends_at)
    return answer
