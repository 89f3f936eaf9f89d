"""Before a process drives a store: what it has lost is brought back, what may be live is looked for.

Which store may be older than what was sent, and what each proof covers: docs/decisions/0031.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.clock import Clock
from pressroom.core.journal import JournalEvent
from pressroom.core.post import WAITING_STATES, PostId, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.publish.machine import operations
from pressroom.publish.machine.policy import Policy

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp:
    """Which posts are settled before anything is sent.

    recalled: the send log tells that they were sent. doubted: they are looked for. held_back: drafts now.
    """

    recalled: Sequence[PostId] = ()
    doubted: Sequence[PostId] = ()
    held_back: Sequence[PostId] = ()


async def recall_sends(store: "Store", clock: Clock) -> Sequence[PostId]:
    """Bring back to posts what the send log tells of them, and name those whose sends the store had lost."""
    recalled = await store.run(store.posts.recall, clock.now())
    if recalled:
        log.warning("The store had lost the sends of %s posts: Instagram is asked about them.", len(recalled))
    return recalled


async def catch_up(store: "Store", clock: Clock, policy: Policy, *, may_be_older: bool = False) -> CaughtUp:
    """Bring back lost sends, and have what may be live looked for: the store may be older than what was sent.

    may_be_older: the caller knows that the store was put back, or that another place has driven it before.
    """
    lost = await store.run(store.posts.lost)
    now, is_older = clock.now(), bool(lost) or may_be_older
    doubted: Sequence[PostId] = ()
    if is_older or await _is_gap(store, now, policy):
        # A worker that was away for minutes leaves posts that are minutes late, and those are no doubt,
        # unless something else speaks for it.
        has_log = store.logs_sends and not is_older
        # What was stored meanwhile, as by a program that plans while its worker starts, is in no older store.
        doubted = await store.run(
            store.posts.doubt,
            before=now - timedelta(seconds=policy.late_after_s if has_log else 0),
            made_before=now - timedelta(seconds=0 if is_older else policy.late_after_s),
            not_before=now + timedelta(seconds=policy.settle_s),
            spared=lost,
        )
    if doubted:
        log.warning("%s posts may be live, or their comments: they are looked for first.", len(doubted))
    # Last: until it is done, a start that was broken off finds the same again.
    return CaughtUp(recalled=await recall_sends(store, clock), doubted=doubted)


async def hold_back_all(store: "Store", clock: Clock) -> Sequence[PostId]:
    """Hold back what a copied store would publish beside its original, and name those posts.

    A person who lets one go again has it looked for on the profile first.
    """
    held, query = list[PostId](), PostQuery(states=(*WAITING_STATES, PostState.PUBLISHING))
    while True:
        page = await store.run(store.posts.list, query)
        for post in page.posts:
            after = operations.make_draft(post)
            event = JournalEvent(
                subject_id=post.id, at=clock.now(), step="held_back", text="Held back: the store is a copy."
            )
            await store.run(store.posts.save, after, post, [event])
            held.append(post.id)
        if page.next is None:
            return held
        query = replace(query, after=page.next)


async def _is_gap(store: "Store", now: datetime, policy: Policy) -> bool:
    """Tell whether nothing was written for minutes, or no worker did its periodic work."""
    patience = timedelta(seconds=policy.late_after_s)
    newest_at = await store.run(store.events.newest_at)
    if newest_at is None or newest_at < now - patience:
        return True
    # Events may be a person's, of after the store was put back; its jobs are a worker's alone.
    jobs = await store.run(store.jobs.list)
    return any(job.next_run_at < now - patience for job in jobs)
