"""Before a process publishes from a store: lost sends are brought back, what may be live is looked for.

Which store may be older than what was published, and what each proof covers: docs/decisions/0031.
"""

import contextlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.clock import Clock
from pressroom.core.errors import Conflict, StoreFailed
from pressroom.core.journal import JournalEvent
from pressroom.core.post import WAITING_STATES, Freshness, PostId, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.publish.machine import operations
from pressroom.publish.machine.policy import Policy

if TYPE_CHECKING:
    from pressroom.store.store import Store

HEARTBEAT_EVERY_S: Final = 60.0

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


async def catch_up(
    store: "Store",
    clock: Clock,
    policy: Policy,
    *,
    is_older: bool = False,
    spared: Collection[PostId] = (),
) -> CaughtUp:
    """Settle what may be live before this process publishes: the store may be older than what was published.

    Every start leaves a gap, from the last heartbeat to now, in which a newer copy of the store may have
    published. Posts that are due are looked for on the profile; what is due later, once a gap is on record.
    is_older: the caller knows that the store was put back. spared: posts that other processes publish now.
    """
    if store.is_in_memory:
        return CaughtUp()
    provenance, now = store.provenance, clock.now()
    freshness = Freshness.OLDER if is_older else await store.run(provenance.freshness)
    lost = await store.run(store.posts.lost)
    # A crash between log and commit loses a send, too. The mark tells it from an older store.
    if lost and freshness is Freshness.UNKNOWN:
        freshness = Freshness.OLDER
    gap = await store.run(
        provenance.gap_until,
        now,
        otherwise=await store.run(store.events.newest_at),
        is_proven=freshness is Freshness.OLDER,
    )
    is_current = freshness is Freshness.CURRENT
    doubted = await store.run(
        store.posts.doubt,
        gap,
        is_current=is_current,
        # A machine that knows its store was driving it a moment ago: nothing has happened that lists lack.
        not_before=None if is_current else now + timedelta(seconds=policy.settle_s),
        spared=(*lost, *spared),
    )
    if not is_current:
        await store.run(provenance.record, gap)
    if doubted and not is_current:
        log.warning(
            "A newer copy of this store may have published: the profile is checked for %s post(s) first.",
            len(doubted),
        )
    recalled = await recall_sends(store, clock)
    # Last: until it is done, a start that was broken off finds the same again.
    await store.run(provenance.drive_from_here, clock.now())
    return CaughtUp(recalled=recalled, doubted=doubted)


async def catch_up_if_older(
    store: "Store", clock: Clock, policy: Policy, *, spared: Collection[PostId]
) -> None:
    """Catch up before a command publishes by itself, where this machine does not know the store as current.

    Else nothing is written: the worker that starts next has the whole gap to look at.
    """
    if store.is_in_memory:
        return
    freshness = await store.run(store.provenance.freshness)
    # A machine that comes to a server for the first time has no mark of it, and others drive its posts.
    is_first_time = freshness is Freshness.UNKNOWN and store.is_shared
    if freshness is not Freshness.CURRENT and not is_first_time:
        await catch_up(store, clock, policy, spared=spared)


async def keep_heartbeat(store: "Store", clock: Clock, policy: Policy) -> None:
    """Write the heartbeat once a minute, and catch up where the store was set back under this worker."""
    while not store.is_in_memory:
        await clock.sleep(HEARTBEAT_EVERY_S)
        # Whatever else is wrong with the store, the dispatcher says.
        with contextlib.suppress(StoreFailed, Conflict):
            if not await store.run(store.provenance.beat, clock.now()):
                await catch_up(store, clock, policy, is_older=True)


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
