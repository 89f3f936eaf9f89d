"""Computes the profile page (`profile_of`), and the frame of every page (`frame_of`).

The frame is what stands around the content: accounts, quota, log, faults, webhooks. `mark_of` tells the
page when to load itself again; `drafts_of` are the newest containers.
"""

import itertools
from dataclasses import dataclass
from typing import Any

from pressroom.core.when import span_of
from pressroom.graph.answers import ContainerStatus, MediaProductType
from pressroom.sandbox.calls.tokens import granted_scopes
from pressroom.sandbox.page.posts import live_stories, post_of, threads_of
from pressroom.sandbox.page.visit import Visit, age_of, plans_of, rows_of, webhooks_of
from pressroom.sandbox.publishing.routes import status_of, status_text
from pressroom.sandbox.reading.media import permalink_path
from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.state.things import Container, Token

_DAY_S = 86_400
# A token that ends within a week is marked.
_SOON_S = 7 * _DAY_S
_TILES = 60
TABS = ("posts", "reels", "tagged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A token without its text. `state` is good, soon or bad."""

    kind: str
    state: str
    end: str
    age: str
    scopes: list[str]


def frame_of(visit: Visit) -> dict[str, Any]:
    """Compute what every page shows around its content."""
    world, scene = visit.world, visit.scene
    return {
        "visit": visit,
        "account": visit.account,
        "homes": [visit.of(account) for account in world.accounts.values()],
        "waiting_threads": sum(thread.waits for thread in threads_of(visit)),
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
    every = (world.tagged if tab == "tagged" else world.feeds)[account.id]
    of_tab = (media for media in every if tab != "reels" or media.product is MediaProductType.REELS)
    # One more than shown tells whether there is an older page, without counting the whole list.
    tiles = list(itertools.islice(of_tab, skip, skip + _TILES + 1))
    return {
        **frame_of(visit),
        "tab": tab,
        "posts": [post_of(visit, media) for media in tiles[:_TILES]],
        "newer": None if skip == 0 else max(0, skip - _TILES),
        "older": skip + _TILES if len(tiles) > _TILES else None,
        "story": permalink_path(stories[0], account.username) if stories else None,
        "story_count": len(stories),
        "media_count": f"{len(world.feeds[account.id]):,}",
        "followers": f"{followers_at(account, visit.now):,}",
        "follows": f"{account.follows:,}",
        "drafts": drafts_of(visit),
        "tokens": [_card(visit, token) for token in world.tokens.values() if token.user_id == account.id],
    }


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
        age=f"made {span_of(visit.now - token.created_at)} ago",
        scopes=granted_scopes(token),
    )


def mark_of(visit: Visit) -> str:
    """Give a text that changes whenever something on the pages does, but for the log and the time."""
    # Counts, and not the pages themselves: the page asks every second.
    world, user = visit.world, visit.account.id
    plans = ",".join(f"{planned.id}:{planned.left}" for planned in visit.scene.faults.list())
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
    drafts = ",".join(draft.status for draft in drafts_of(visit))
    return f"{'/'.join(map(str, counts))}/{plans}/{drafts}"


_MOST_DRAFTS = 3
# Containers are looked for among so many newest things, so that the page costs the same in a large account.
_NEWEST_THINGS = 300
_LOOKS = {
    ContainerStatus.IN_PROGRESS: "soon",
    ContainerStatus.FINISHED: "good",
    ContainerStatus.ERROR: "bad",
    ContainerStatus.EXPIRED: "bad",
    ContainerStatus.PUBLISHED: "past",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One container. `look`: good, soon, bad or past. `why`: the status text of a failed one."""

    id: str
    kind: str
    status: str
    look: str
    age: str
    why: str | None


def drafts_of(visit: Visit) -> list[Draft]:
    """Give the account's newest containers, the newest first."""
    newest = itertools.islice(reversed(visit.world.things.values()), _NEWEST_THINGS)
    containers = (
        thing for thing in newest if isinstance(thing, Container) and thing.user_id == visit.account.id
    )
    drafts = list[Draft]()
    for container in itertools.islice(containers, _MOST_DRAFTS):
        # The true status, which counts no look: opening the page must not make a container ready.
        status = status_of(visit.world, container, visit.scene.settings.processing, visit.now)
        draft = Draft(
            id=container.id,
            kind=container.kind.value.title(),
            status=status.value,
            look=_LOOKS[status],
            age=age_of(visit.now - container.created_at),
            why=status_text(container, status) if status is ContainerStatus.ERROR else None,
        )
        drafts.append(draft)
    return drafts
