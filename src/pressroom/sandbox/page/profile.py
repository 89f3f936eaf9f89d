"""Computes the profile page, and the frame of every page: quota, log, faults, webhooks."""

import itertools
from dataclasses import dataclass
from typing import Any

from pressroom.core.spans import span_of
from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.calls.tokens import granted_scopes
from pressroom.sandbox.page.calls import rows_of
from pressroom.sandbox.page.drafts import drafts_of
from pressroom.sandbox.page.inbox import threads_of
from pressroom.sandbox.page.plans import plans_of, webhooks_of
from pressroom.sandbox.page.posts import live_stories, post_of
from pressroom.sandbox.page.visit import Visit
from pressroom.sandbox.reading.media import permalink_path
from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.state.things import Media, Token

_DAY_S = 86_400
_SOON_S = 7 * _DAY_S
_TILES = 60
TABS = ("posts", "reels", "tagged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A token without its text. `state` is good, soon or bad."""

    kind: str
    state: str
    end: str
    made: str
    scopes: list[str]


def frame_of(visit: Visit) -> dict[str, Any]:
    """Compute what every page shows around its content."""
    world, scene = visit.world, visit.scene
    threads = threads_of(visit)
    return {
        "visit": visit,
        "account": visit.account,
        "homes": [visit.of(one) for one in world.accounts.values()],
        "waiting_threads": sum(one.waits for one in threads),
        "quota_used": world.published_since(visit.account.id, visit.now - _DAY_S),
        "quota_total": scene.settings.quota_total,
        "fetch": scene.settings.fetch,
        "rows": rows_of(visit.controls, since=0),
        **plans_of(visit),
        **webhooks_of(visit),
    }


def profile_of(visit: Visit, tab: str, skip: int = 0) -> dict[str, Any]:
    """Compute the profile page. tab: the open one of `TABS`. skip: how many newer tiles to leave out."""
    account, world = visit.account, visit.world
    stories = live_stories(visit)
    tiles, has_older = _tiles(visit, tab, skip)
    return {
        **frame_of(visit),
        "tab": tab,
        "posts": [post_of(visit, one) for one in tiles],
        "newer": None if skip == 0 else max(0, skip - _TILES),
        "older": skip + _TILES if has_older else None,
        "story": permalink_path(stories[0], account.username) if stories else None,
        "story_count": len(stories),
        "media_count": f"{len(world.feeds[account.id]):,}",
        "followers": f"{followers_at(account, visit.now):,}",
        "follows": f"{account.follows:,}",
        "drafts": drafts_of(visit),
        "tokens": [_card(visit, one) for one in world.tokens.values() if one.user_id == account.id],
    }


def _tiles(visit: Visit, tab: str, skip: int) -> tuple[list[Media], bool]:
    held = (visit.world.tagged if tab == "tagged" else visit.world.feeds)[visit.account.id]
    wanted = (one for one in held if tab != "reels" or one.product is MediaProductType.REELS)
    # One more than shown tells whether there is an older page, without counting the whole list.
    found = list(itertools.islice(wanted, skip, skip + _TILES + 1))
    return found[:_TILES], len(found) > _TILES


def _card(visit: Visit, token: Token) -> Card:
    left_s = float("inf") if token.expires_at is None else token.expires_at - visit.now
    end = "never ends" if token.expires_at is None else f"ends in {span_of(left_s)}"
    state = "soon" if left_s < _SOON_S else "good"
    if token.revoked_by is not None:
        state, end = "bad", "revoked"
    elif left_s <= 0:
        state, end = "bad", "has ended"
    return Card(
        kind=f"{token.login.value.title()} Login, {token.kind.value}",
        state=state,
        end=end,
        made=f"made {span_of(visit.now - token.created_at)} ago",
        scopes=granted_scopes(token),
    )


def mark_of(visit: Visit) -> str:
    """Give a text that changes whenever something on the pages does, but for the log and the time."""
    # Counts, and not the pages themselves: the page asks every second.
    world, user = visit.world, visit.account.id
    plans = ",".join(f"{one.id}:{one.left}" for one in visit.scene.faults.list())
    feed = world.feeds[user]
    counts = (
        len(feed),
        feed.keys[-1] if feed.keys else 0,
        len(live_stories(visit)),
        world.numbered,
        len(world.outbox),
        len(world.tokens),
        len(world.accounts),
        visit.scene.clock.factor,
    )
    drafts = ",".join(one.status for one in drafts_of(visit))
    return f"{'/'.join(map(str, counts))}/{plans}/{drafts}"
