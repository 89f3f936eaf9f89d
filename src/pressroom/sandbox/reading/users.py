"""The fields and edges of an account."""

from collections.abc import Callable
from typing import Any

from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render
from pressroom.sandbox.calls.tokens import check_scope
from pressroom.sandbox.insights.account_routes import insights
from pressroom.sandbox.publishing.routes import quota
from pressroom.sandbox.reading.collaboration import collaborative_media, invites
from pressroom.sandbox.reading.discovery import business_discovery, recently_searched
from pressroom.sandbox.reading.media import MEDIA
from pressroom.sandbox.reading.mentions import mentioned_comment, mentioned_media, tags
from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.state.ids import legacy_user_id
from pressroom.sandbox.state.things import Account

AccountEdge = Callable[[GraphCall, Account, EdgeQuery], Any]


def media_edge(call: GraphCall, account: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give one page of published media, newest first, without stories, as far back as the list reaches."""
    scene = call.scene
    part = scene.world.feeds[account.id].cut(
        query.window(call), deepest=scene.settings.listed_media_max, newest=_listed_until(call)
    )
    data = [render(call, MEDIA, one, query.wanted) for one in part.items]
    return list_answer(call, (account.id, "media"), query, part, data)


def stories_edge(call: GraphCall, account: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give the stories that are live: at most 24 hours old."""
    # Older ones stay in the world, for the page and for insights asked by id; only the list leaves them out.
    begin = call.now - STORY_LIFETIME_S
    live = call.scene.world.stories[account.id].where(lambda one: one.created_at > begin)
    part = live.cut(query.window(call), newest=_listed_until(call))
    data = [render(call, MEDIA, one, query.wanted) for one in part.items]
    return list_answer(call, (account.id, "stories"), query, part, data)


def _listed_until(call: GraphCall) -> float | None:
    # A lost publish cannot be found in the list at once: clients must look more than once.
    lag_s = call.scene.settings.manners.listing_lag_s
    return call.now - lag_s if lag_s else None


def _media_count(call: GraphCall, account: Account) -> int:
    return len(call.scene.world.feeds[account.id])


def _asked(handle: Callable[[GraphCall], Any], need: Permission = Permission.BASIC) -> AccountEdge:
    """Make an edge, to be asked for within `fields`, of the handler of a list."""

    def edge(call: GraphCall, _account: Account, query: EdgeQuery) -> Any:  # noqa: ANN401  # whatever the call answers
        check_scope(call.token, need)  # the outer call's route was checked for the basic permission only
        return handle(query.as_call(call))

    return edge


USER: NodeType[Account] = NodeType(
    wire_name="IGUser",
    fields={
        # Instagram Login: id is app-scoped, user_id the account's, which webhooks name (Overview).
        "id": lambda call, one: one.app_scoped_id if call.login.value == "instagram" else one.id,
        "user_id": lambda _, one: one.id,
        "username": lambda _, one: one.username,
        "name": lambda _, one: one.name or None,
        "account_type": lambda _, one: one.account_type.value,
        "profile_picture_url": lambda call, _: f"{call.public_base}/_sandbox/static/profile.svg",
        "followers_count": lambda call, one: followers_at(one, call.now),
        "follows_count": lambda _, one: one.follows,
        "media_count": _media_count,
        "biography": lambda _, one: one.biography or None,
        "website": lambda _, one: one.website or None,
        "ig_id": lambda _, one: legacy_user_id(one.id),
        "has_profile_pic": lambda _, __: True,
        "is_published": lambda _, __: True,
        "legacy_instagram_user_id": lambda _, one: str(legacy_user_id(one.id)),
        "shopping_product_tag_eligibility": lambda _, __: True,
        "owner_business": lambda _, one: {"id": f"6{one.id[1:]}", "name": one.name or one.username},
    },
    edges={
        "media": media_edge,
        "stories": stories_edge,
        "business_discovery": business_discovery,
        "mentioned_media": mentioned_media,
        "mentioned_comment": mentioned_comment,
        "tags": _asked(tags),
        "insights": _asked(insights, Permission.INSIGHTS),
        "content_publishing_limit": _asked(quota, Permission.PUBLISH),
        "recently_searched_hashtags": _asked(recently_searched),
        "collaboration_invites": _asked(invites),
        "collaborative_media": _asked(collaborative_media),
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
