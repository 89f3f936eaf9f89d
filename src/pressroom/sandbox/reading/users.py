"""The fields and edges of an account, and the calls that read accounts and media or change a media.

`USER` is the table of an account; the one of media is in `reading.media`.
"""

from collections.abc import Callable
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render, render_list, wanted_of
from pressroom.sandbox.calls.tokens import check_scope
from pressroom.sandbox.insights.account import insights
from pressroom.sandbox.publishing.routes import quota
from pressroom.sandbox.reading.media import MEDIA, children_edge, collaborators_edge
from pressroom.sandbox.reading.others import (
    business_discovery,
    collaborative_media,
    invites,
    mentioned_comment,
    mentioned_media,
    recently_searched,
    tags,
)
from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.state.ids import legacy_user_id
from pressroom.sandbox.state.things import Account, Media
from pressroom.sandbox.state.world import Shelf
from pressroom.sandbox.wire.answer import invalid, not_found, refusal

AccountEdge = Callable[[GraphCall, Account, EdgeQuery], Any]
ROUTES = Routes(mark=Certainty.DOCUMENTED)


def media_edge(call: GraphCall, account: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give one page of published media, newest first, without stories, as far back as the list reaches."""
    scene = call.scene
    part = scene.world.feeds[account.id].cut(
        query.window(call), deepest=scene.settings.listed_media_max, newest=_listed_until(call)
    )
    return render_list(call, MEDIA, part, (account.id, "media"), query)


def stories_edge(call: GraphCall, account: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give the stories that are live: at most 24 hours old."""
    # Older ones stay in the world, for the page and for insights asked by id; only the list leaves them out.
    begin = call.now - STORY_LIFETIME_S
    live = call.scene.world.stories[account.id].where(lambda story: story.created_at > begin)
    part = live.cut(query.window(call), newest=_listed_until(call))
    return render_list(call, MEDIA, part, (account.id, "stories"), query)


def _listed_until(call: GraphCall) -> float | None:
    # A lost publish cannot be found in the list at once: clients must look more than once.
    lag_s = call.scene.settings.manners.listing_lag_s
    return call.now - lag_s if lag_s else None


def _nested(handle: Callable[[GraphCall], Any], need: Permission = Permission.BASIC) -> AccountEdge:
    """Make an edge, to be asked for within `fields`, of the handler of a list."""

    def edge(call: GraphCall, _account: Account, query: EdgeQuery) -> Any:  # noqa: ANN401  # whatever the call answers
        # The outer call's route was checked for the basic permission only.
        check_scope(call.token, need)
        return handle(query.as_call(call))

    return edge


def business_of(account: Account) -> dict[str, str]:
    """Make up the business that owns an account and its Page."""
    return {"id": f"6{account.id[1:]}", "name": account.name or account.username}


USER: NodeType[Account] = NodeType(
    wire_name="IGUser",
    fields={
        # Instagram Login: id is app-scoped, user_id the account's, which webhooks name (Overview).
        "id": lambda call, account: account.app_scoped_id if call.login.value == "instagram" else account.id,
        "user_id": lambda _, account: account.id,
        "username": lambda _, account: account.username,
        "name": lambda _, account: account.name or None,
        "account_type": lambda _, account: account.account_type.value,
        "profile_picture_url": lambda call, _: f"{call.public_base}/_sandbox/static/profile.svg",
        "followers_count": lambda call, account: followers_at(account, call.now),
        "follows_count": lambda _, account: account.follows,
        "media_count": lambda call, account: len(call.scene.world.feeds[account.id]),
        "biography": lambda _, account: account.biography or None,
        "website": lambda _, account: account.website or None,
        "ig_id": lambda _, account: legacy_user_id(account.id),
        "has_profile_pic": lambda _, __: True,
        "is_published": lambda _, __: True,
        "legacy_instagram_user_id": lambda _, account: str(legacy_user_id(account.id)),
        "shopping_product_tag_eligibility": lambda _, __: True,
        "owner_business": lambda _, account: business_of(account),
    },
    edges={
        "media": media_edge,
        "stories": stories_edge,
        "business_discovery": business_discovery,
        "mentioned_media": mentioned_media,
        "mentioned_comment": mentioned_comment,
        "tags": _nested(tags),
        "insights": _nested(insights, Permission.INSIGHTS),
        "content_publishing_limit": _nested(quota, Permission.PUBLISH),
        "recently_searched_hashtags": _nested(recently_searched),
        "collaboration_invites": _nested(invites),
        "collaborative_media": _nested(collaborative_media),
    },
    # As in Meta's SDK, which has a user for each login.
    facebook_only=frozenset(
        {
            "business_discovery",
            "collaboration_invites",
            "collaborative_media",
            "mentioned_media",
            "mentioned_comment",
            "recently_searched_hashtags",
            "owner_business",
            "ig_id",
            "has_profile_pic",
            "is_published",
            "legacy_instagram_user_id",
            "shopping_product_tag_eligibility",
        }
    ),
    instagram_only=frozenset({"account_type", "user_id"}),
)


@ROUTES.answers("GET", "user", "", "user")
def user(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}`."""
    return render(call, USER, call.account, wanted_of(call))


@ROUTES.answers("GET", "media", "", "media")
def media(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}`."""
    return render(call, MEDIA, call.media, wanted_of(call))


@ROUTES.answers("GET", "user", "media", "media_list")
def media_list(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/media`."""
    return media_edge(call, call.account, EdgeQuery.of_call(call))


@ROUTES.answers("GET", "user", "stories", "stories")
def stories(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/stories`."""
    return stories_edge(call, call.account, EdgeQuery.of_call(call))


@ROUTES.answers("GET", "media", "children", "children")
def children(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/children`."""
    return children_edge(call, call.media, EdgeQuery.of_call(call)) or {"data": []}


@ROUTES.answers("GET", "media", "collaborators", "collaborators", login=LoginType.FACEBOOK)
def collaborators(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/collaborators`."""
    return collaborators_edge(call, call.media, EdgeQuery.of_call(call)) or {"data": []}


# In Meta's SDK; read-only.
@ROUTES.answers(
    "GET", "user", "upcoming_events", "upcoming_events", login=LoginType.FACEBOOK, mark=Certainty.SDK
)
@ROUTES.answers(
    "GET", "user", "scheduled_media", "scheduled_media", login=LoginType.FACEBOOK, mark=Certainty.SDK
)
@ROUTES.answers("GET", "user", "live_media", "live_media")
def empty_list(call: GraphCall) -> dict[str, Any]:
    """Answer a list that is always empty here, such as `live_media`."""
    query = EdgeQuery.of_call(call)
    return list_answer(call, (call.account.id,), query, Shelf[Media]().cut(query.window(call)), [])


@ROUTES.answers("POST", "media", "", "media", need=Permission.COMMENTS)
def change_media(call: GraphCall) -> dict[str, Any]:
    """`POST /{media}` with `comment_enabled`."""
    enabled = call.flag("comment_enabled")
    if enabled is None:
        raise invalid("The parameter comment_enabled is required")
    call.media.is_comment_enabled = enabled
    return {"success": True}


@ROUTES.answers("DELETE", "media", "", "media", need=Permission.CONTENTS, login=LoginType.FACEBOOK)
def delete_media(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{media}`: not for single carousel items, which answer -1/2207073."""
    media, settings = call.media, call.scene.settings
    if call.login is LoginType.UNIFIED and not settings.unified_deletes:
        raise not_found(media.id, "delete")
    if media.is_item or media.product in settings.undeletable:
        raise refusal(-1, 2207073)
    call.scene.world.remove_media(media)
    return {"success": True, "deleted_id": media.id}
