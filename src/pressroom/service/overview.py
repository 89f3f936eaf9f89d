"""How the work of a store stands, for a person who looks after it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pressroom.core.post import Attention, Post, PostState
from pressroom.core.repositories import Pause, PostQuery
from pressroom.hosting.renditions import Kept, kept_renditions
from pressroom.service.health import WAITING, health
from pressroom.service.planning import Planner

_PAGE = 500
_NEEDS_PERSON = (PostState.NEEDS_ATTENTION, PostState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How the work stands.

    worker_pid: of the worker of this machine. overdue: posts a minute past their time. renditions: what is
    kept on this machine of converted files, which may be renditions_max_bytes.
    """

    is_worker_running: bool
    worker_pid: int | None
    counts: Mapping[PostState, int]
    overdue: int
    next_due: Post | None
    paused: Mapping[str, Pause]
    needs_person: tuple[Post, ...]
    renditions: Kept
    renditions_max_bytes: int


async def overview(planner: Planner) -> Overview:
    """Look at the whole store."""
    store, now = planner.store, planner.clock.now()
    counts = await store.run(store.posts.counts)
    waiting = PostQuery(states=WAITING, due_from=now, limit=1)
    coming = (await planner.schedule.page(waiting)).posts
    seen = await health(store, planner.clock, is_driven=await planner.is_worker_running())
    return Overview(
        is_worker_running=seen.is_driven,
        worker_pid=await planner.worker_pid(),
        counts={state: counts[state] for state in PostState if counts.get(state)},
        overdue=seen.overdue,
        next_due=coming[0] if coming else None,
        paused=await store.run(store.accounts.paused, now),
        needs_person=tuple(await all_posts(planner, PostQuery(states=_NEEDS_PERSON))),
        renditions=await asyncio.to_thread(kept_renditions, planner.settings.renditions),
        renditions_max_bytes=planner.settings.renditions_max_bytes,
    )


async def in_doubt(planner: Planner) -> list[Post]:
    """Give the posts of which nobody knows whether they are live."""
    asking = await all_posts(planner, PostQuery(states=(PostState.NEEDS_ATTENTION,)))
    return [post for post in asking if post.attention is Attention.OUTCOME_UNKNOWN]


async def all_posts(planner: Planner, query: PostQuery, *, limit: int | None = None) -> list[Post]:
    """Give the posts of every page; limit: None for all."""
    found = list[Post]()
    place = query.after
    while limit is None or len(found) < limit:
        size = _PAGE if limit is None else min(_PAGE, limit - len(found))
        page = await planner.schedule.page(replace(query, after=place, limit=size))
        found += page.posts
        place = page.next
        if place is None:
            break
    return found
