"""Parts of a session over a store that a test has opened."""

from collections.abc import Callable
from typing import Any

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.post import Post
from pressroom.core.settings import Settings
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.at_once import AtOnce
from pressroom.service.posts.posts import PostService
from pressroom.service.posts.storing import Storing
from pressroom.service.work.worker import Worker
from pressroom.store.store import Store


def posts_of(store: Store, settings: Settings, *, clock: Clock = SYSTEM_CLOCK) -> PostService:
    resources = Resources(settings=settings, clock=clock, _store=store)
    acting = Acting(resources)
    return PostService(resources, acting, AtOnce(resources, acting), Gate(resources))


def storing_of(store: Store, settings: Settings, *, clock: Clock = SYSTEM_CLOCK) -> Storing:
    resources = Resources(settings=settings, clock=clock, _store=store)
    return Storing(resources, Acting(resources), Gate(resources))


def worker_of(
    *,
    settings: Settings,
    clock: Clock = SYSTEM_CLOCK,
    policy: Policy = CAREFUL,
    **more: Any,
) -> Worker:
    resources = Resources(settings=settings, clock=clock, policy=policy)
    return Worker(resources=resources, acting=Acting(resources), **more)


async def run_worker(settings: Settings, *, on_rest: Callable[[Post], None] = lambda _post: None) -> None:
    """Let a worker of its own work until it is cancelled."""
    worker = worker_of(settings=settings, on_rest=on_rest)
    try:
        await worker.run()
    finally:
        await worker.resources.aclose()
