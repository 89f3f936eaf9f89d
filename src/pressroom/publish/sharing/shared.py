"""What the runs of one worker share."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from pressroom.core.clock import Clock
from pressroom.core.post import Post, PostId
from pressroom.core.shortage import descriptor_share
from pressroom.core.stored_posts import PostSave
from pressroom.publish.sharing.readings import Readings
from pressroom.publish.sharing.sends_first import SendsFirst
from pressroom.publish.sharing.together import Together

if TYPE_CHECKING:
    from pressroom.store.store import Store

_MOST_UPLOADS = 32


class Shared:
    """What the runs of one worker share. For one event loop."""

    def __init__(self, store: "Store", clock: Clock, *, worker: str, lease_s: float) -> None:
        take = partial(store.posts.take_leases, worker=worker, lease_s=lease_s)

        async def save(saves: Sequence[PostSave]) -> Sequence[bool]:
            return await store.run(store.posts.save_together, saves)

        async def lease(post_ids: Sequence[PostId]) -> Sequence[Post | None]:
            return await store.run(take, post_ids)

        # SQLite has one writer at a time; on a server a commit waits most of its time for the network.
        most_runs = 2 if store.is_shared else 1
        self.saves: Final[Together[PostSave, bool]] = Together(save, most_runs=most_runs)
        self.leases: Final[Together[PostId, Post | None]] = Together(lease, most_runs=most_runs)
        self.sends_first: Final[SendsFirst] = SendsFirst(clock)
        # Each takes a connection and a file, for minutes.
        self.uploads: Final[asyncio.Semaphore] = asyncio.Semaphore(descriptor_share(_MOST_UPLOADS, each=2))
        self._readings: defaultdict[str, Readings] = defaultdict(Readings)

    def readings_of(self, account: str) -> Readings:
        """Give the last readings of an account."""
        return self._readings[account]
