"""The lease of a stored post: taken, renewed while the post is driven, and given back."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from pressroom.core.errors import StoreFailed
from pressroom.core.post import Post, PostId
from pressroom.publish.sharing.together import Together

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.publish")


@asynccontextmanager
async def leased(
    store: "Store",
    post_id: PostId,
    worker: str,
    *,
    lease_s: float,
    leases: Together[PostId, Post | None] | None = None,
) -> AsyncGenerator[Post | None]:
    """Give the post as it stands, leased while the block runs; None when it is another's.

    worker: a name that no other drive ever has. leases: takes it together with those of other posts.
    """
    post = await leases.ask(post_id) if leases else None
    post = post or await store.run(store.posts.take_lease, post_id, worker, lease_s=lease_s)
    if post is None:
        yield None
        return
    keeper = asyncio.create_task(_keep(store, post_id, worker, lease_s))
    try:
        yield post
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        try:
            await store.run(store.posts.release_lease, post_id, worker)
        except StoreFailed as error:  # it runs out by itself, and what was done stands
            log.warning("the lease of post %s could not be given back: %s", post_id, error)


async def _keep(store: "Store", post_id: PostId, worker: str, lease_s: float) -> None:
    while True:
        # In real seconds, as the store counts leases, even where a sandbox's clock jumps. One may fail.
        await asyncio.sleep(lease_s / 3)
        try:
            is_ours = await store.run(store.posts.renew_lease, post_id, worker, lease_s=lease_s)
        except StoreFailed as error:
            # The drive continues: a send is made safe by the store's compare-and-set, not by the lease.
            log.warning("the lease of post %s could not be renewed: %s", post_id, error)
            continue
        if not is_ours:
            log.warning("the lease of post %s has passed to another worker", post_id)
            return
