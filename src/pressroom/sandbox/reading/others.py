"""Other people's things: likes, business discovery, hashtags, mentions, and invitations to share a post.

Other accounts and media are made up from the name or the word that is looked up, the same each time.
Mentions and invitations are made by orders of the control API (`control.strangers`).
"""

import hashlib
import re
from typing import Any

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render, render_list, wanted_of
from pressroom.sandbox.calls.tokens import count_discovery
from pressroom.sandbox.reading.media import COMMENT, MEDIA, children_edge, write_comment
from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.state.ids import legacy_user_id
from pressroom.sandbox.state.things import Account, Comment, ContainerKind, Invite, InviteStatus, Media
from pressroom.sandbox.state.world import Shelf
from pressroom.sandbox.wire.answer import invalid, missing, not_found
from pressroom.sandbox.wire.other_errors import HASHTAG_LIMIT

_DAY_S = 24 * 3600
# IG Hashtag Search: 30 different ones in a rolling 7 days.
MOST_HASHTAGS = 30
_HASHTAG_WINDOW_S = 7 * _DAY_S
_FOUND_MEDIA = 6
# IG Hashtag, Recent Media and Top Media: at most 50 a page.
_MOST_OF_A_HASHTAG = 50
_HASHTAG = re.compile(r"\w+")
_SUCCESS = {"success": True}
ROUTES = Routes(login=LoginType.FACEBOOK, mark=Certainty.DOCUMENTED)


@ROUTES.answers("POST", "user", "likes", "likes", need=Permission.ENGAGEMENT)
def like(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/likes` with `media_id` or `comment_id`."""
    call.scene.world.likes.add(_liked(call))
    return _SUCCESS


@ROUTES.answers("DELETE", "user", "likes", "likes", need=Permission.ENGAGEMENT)
def unlike(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{user}/likes`."""
    call.scene.world.likes.discard(_liked(call))
    return _SUCCESS


def _liked(call: GraphCall) -> str:
    """Give the entry of `World.likes` for the caller and the media or comment."""
    target = call.text("media_id") or call.text("comment_id")
    if target is None:
        raise missing("media_id")
    world = call.scene.world
    if target not in world.things and target not in world.foreign:
        raise not_found(target, "post")
    return f"{call.account.id} {target}"


def business_discovery(call: GraphCall, _: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give another professional account: `business_discovery.username(name){…}`.

    It is one of the sandbox's own accounts, or one made up from the name, the same each time.
    """
    username = query.args.get("username")
    if not username:
        raise missing("username")
    # A platform limit of its own, beside the account's allowance (Rate Limiting).
    count_discovery(call)
    accounts = call.scene.world.accounts.values()
    own = next((account for account in accounts if account.username == username.lower()), None)
    # Not added to the world: a name that was looked up is no account that can be called.
    dice = hashlib.blake2b(username.lower().encode(), digest_size=8).digest()
    account = own or Account(
        id=f"17841{int.from_bytes(dice[:5], 'big') % 10**12:012d}",
        app_scoped_id="",
        facebook_user_id="",
        page_id="",
        username=username,
        login=LoginType.FACEBOOK,
        created_at=call.now - 500 * _DAY_S,
        name=username.replace(".", " ").replace("_", " ").title(),
        biography="A pretend account.",
        followers=200 + int.from_bytes(dice[5:], "big") % 90_000,
    )
    return render(call, OTHER_ACCOUNT, account, query.wanted)


def _their_media(call: GraphCall, account: Account, query: EdgeQuery) -> dict[str, Any]:
    world = call.scene.world
    shelf = world.feeds[account.id] if account.id in world.accounts else _media_about(call, account.username)
    part = shelf.cut(query.window(call))
    return render_list(call, THEIR_MEDIA, part, (account.id, "media"), query, has_links=False)


def _media_about(call: GraphCall, word: str) -> Shelf[Media]:
    shelf: Shelf[Media] = Shelf()
    for place in range(_FOUND_MEDIA):
        digest = hashlib.blake2b(f"{word}/{place}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big") % 10**12
        is_reel = place == _FOUND_MEDIA - 1
        media = Media(
            id=f"17900{number:012d}",
            number=place,
            user_id=call.account.id,
            kind=ContainerKind.REEL if is_reel else ContainerKind.PHOTO,
            media_type=MediaType.VIDEO if is_reel else MediaType.IMAGE,
            product=MediaProductType.REELS if is_reel else MediaProductType.FEED,
            # Whole days, so that paging meets the same media throughout a day.
            created_at=(call.now // _DAY_S - place) * _DAY_S,
            caption=f"About {word}",
            author=word,
        )
        shelf.add(media.key, media)
    return shelf


def _their_media_count(call: GraphCall, account: Account) -> int:
    world = call.scene.world
    return len(world.feeds[account.id]) if account.id in world.accounts else _FOUND_MEDIA


# IG Media marks them as public; of comments only their number is.
_PUBLIC = frozenset(
    {
        "id",
        "caption",
        "comments_count",
        "like_count",
        "media_product_type",
        "media_type",
        "media_url",
        "permalink",
        "thumbnail_url",
        "timestamp",
        "username",
        "view_count",
    }
)
_PUBLIC_EDGES = frozenset({"children", "owner"})
THEIR_MEDIA: NodeType[Media] = NodeType(
    wire_name="IGMedia",
    fields={name: MEDIA.fields[name] for name in _PUBLIC},
    edges={
        "children": lambda call, media, query: children_edge(call, media, query, kind=THEIR_MEDIA),
        "owner": MEDIA.edges["owner"],
    },
    withheld=frozenset({*MEDIA.fields, *MEDIA.edges} - _PUBLIC - _PUBLIC_EDGES),
)
OTHER_ACCOUNT: NodeType[Account] = NodeType(
    wire_name="IGUser",
    fields={
        "id": lambda _, account: account.id,
        "username": lambda _, account: account.username,
        "ig_id": lambda _, account: legacy_user_id(account.id),
        "name": lambda _, account: account.name or None,
        "biography": lambda _, account: account.biography or None,
        "website": lambda _, account: account.website or None,
        "followers_count": lambda call, account: followers_at(account, call.now),
        "follows_count": lambda _, account: account.follows,
        "media_count": _their_media_count,
        "profile_picture_url": lambda call, _: f"{call.public_base}/_sandbox/static/profile.svg",
    },
    edges={"media": _their_media},
)


@ROUTES.answers("GET", "root", "ig_hashtag_search", "hashtag_search")
def hashtag_search(call: GraphCall) -> dict[str, Any]:
    """`GET /ig_hashtag_search?user_id=&q=`: at most 30 different ones in 7 days."""
    if call.needed("user_id") != call.account.id:
        raise not_found(call.needed("user_id"))
    count_discovery(call)
    word = call.needed("q").lower()
    if not _HASHTAG.fullmatch(word):
        raise invalid("Param q must be a hashtag without its sign")
    recent = _recent_words(call)
    # A word that was searched already may be searched again beyond the 30.
    if word not in recent and len(recent) >= MOST_HASHTAGS:
        raise HASHTAG_LIMIT.refusal()
    call.scene.world.hashtags[f"{call.account.id} {word}"] = call.now
    # From the word alone: ids of hashtags are static and the same for everybody (IG Hashtag Search).
    number = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=6).digest(), "big")
    name = f"1784{number % 10**13:013d}"
    call.scene.world.hashtag_names[name] = word
    return {"data": [{"id": name}]}


def _recent_words(call: GraphCall) -> set[str]:
    """Give the words that the caller's account searched within 7 days."""
    own, searched = f"{call.account.id} ", call.scene.world.hashtags.items()
    recent = [key for key, at in searched if call.now - at < _HASHTAG_WINDOW_S]
    return {key.removeprefix(own) for key in recent if key.startswith(own)}


@ROUTES.answers("GET", "hashtag", "", "hashtag", mark=Certainty.SDK)
def hashtag(call: GraphCall) -> dict[str, Any]:
    """`GET /{hashtag}`."""
    return render(call, HASHTAG, call.arrival.segments[0], wanted_of(call))


HASHTAG: NodeType[str] = NodeType(
    wire_name="IGHashtag",
    fields={
        "id": lambda _, name: name,
        "name": lambda call, name: call.scene.world.hashtag_names[name],
    },
)


@ROUTES.answers("GET", "hashtag", "recent_media", "hashtag_media")
@ROUTES.answers("GET", "hashtag", "top_media", "hashtag_media")
def hashtag_media(call: GraphCall) -> dict[str, Any]:
    """`GET /{hashtag}/top_media` and `/recent_media`."""
    name = call.arrival.segments[0]
    word = call.scene.world.hashtag_names[name]
    if call.needed("user_id") != call.account.id:
        raise not_found(call.needed("user_id"))
    count_discovery(call)
    query = EdgeQuery.of_call(call)
    part = _media_about(call, word).cut(query.window(call, most=_MOST_OF_A_HASHTAG))
    return render_list(call, THEIR_MEDIA, part, tuple(call.arrival.segments), query)


@ROUTES.answers("GET", "user", "recently_searched_hashtags", "recently_searched_hashtags")
def recently_searched(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/recently_searched_hashtags`."""
    recent, names = _recent_words(call), call.scene.world.hashtag_names
    return {"data": [{"id": name} for name, word in names.items() if word in recent]}


@ROUTES.answers("GET", "user", "tags", "tags", login=None)
def tags(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/tags`: media of others that mention the account; cursors without `next` and `previous`."""
    query = EdgeQuery.of_call(call)
    part = call.scene.world.tagged[call.account.id].cut(query.window(call))
    return render_list(call, MEDIA, part, (call.account.id, "tags"), query, has_links=False)


def _named_in(call: GraphCall, media_id: str) -> Media | None:
    media = call.scene.world.foreign.get(media_id)
    return media if media is not None and media.user_id == call.account.id else None


def _foreign_comment(call: GraphCall, comment_id: str) -> Comment | None:
    comment = call.scene.world.things.get(comment_id)
    if isinstance(comment, Comment) and _named_in(call, comment.media_id) is not None:
        return comment
    return None


@ROUTES.answers("POST", "user", "mentions", "mentions", login=None, need=Permission.COMMENTS)
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
    return {"id": write_comment(call, media, call.needed("message"), parent).id}


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


def _media_of(call: GraphCall, invite: Invite) -> Media:
    return call.scene.world.foreign[invite.media_id]


INVITE: NodeType[Invite] = NodeType(
    wire_name="IGUserCollaborationInvite",
    fields={
        "id": lambda _, invite: invite.media_id,
        "media_id": lambda _, invite: invite.media_id,
        "media_owner_username": lambda call, invite: _media_of(call, invite).author,
        "caption": lambda call, invite: _media_of(call, invite).caption,
        "media_url": lambda call, invite: MEDIA.fields["media_url"](call, _media_of(call, invite)),
    },
)


def _invites(call: GraphCall, status: InviteStatus) -> Shelf[Invite]:
    shelf: Shelf[Invite] = Shelf()
    for invite in call.scene.world.invites.values():
        media = _media_of(call, invite)
        if invite.status is status and media.user_id == call.account.id:
            shelf.add(media.key, invite)
    return shelf


@ROUTES.answers("GET", "user", "collaboration_invites", "collaboration_invites")
def invites(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/collaboration_invites`: the invitations that are not answered yet."""
    query = EdgeQuery.of_call(call)
    part = _invites(call, InviteStatus.PENDING).cut(query.window(call))
    return render_list(call, INVITE, part, (call.account.id, "collaboration_invites"), query)


@ROUTES.answers(
    "POST",
    "user",
    "collaboration_invites",
    "collaboration_invites",
    need=Permission.PUBLISH,
    mark=Certainty.SDK,
)
def answer_invite(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/collaboration_invites` with `media_id` and `accept`."""
    # Both names come from Meta's SDK; no page shows this call's parameters.
    media_id, is_accepted = call.needed("media_id"), call.flag("accept")
    if is_accepted is None:
        raise missing("accept")
    invite = call.scene.world.invites.get(media_id)
    # An invitation to another account of this sandbox is as unknown as none.
    if invite is None or _media_of(call, invite).user_id != call.account.id:
        raise not_found(media_id, "post")
    invite.status = InviteStatus.ACCEPTED if is_accepted else InviteStatus.DECLINED
    return {"success": True}


@ROUTES.answers("GET", "user", "collaborative_media", "collaborative_media")
def collaborative_media(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/collaborative_media`: others' media the account shares."""
    query = EdgeQuery.of_call(call)
    part = _invites(call, InviteStatus.ACCEPTED).cut(query.window(call))
    data = [render(call, MEDIA, _media_of(call, invite), query.wanted) for invite in part.items]
    return list_answer(call, (call.account.id, "collaborative_media"), query, part, data)
