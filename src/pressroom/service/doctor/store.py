"""Looks at the store without making, upgrading or changing one."""

import asyncio
import errno
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from pressroom.core.errors import PressroomError, StoreFailed
from pressroom.core.post import WAITING_STATES, Attention, PostState
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import Obstacles, health
from pressroom.service.doctor.judge_facts import Asked, StoreFacts, StoreState
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store

_MANY = 1000
_PLACE = "PRESSROOM_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts of a store, and the store itself where it could be opened."""

    facts: StoreFacts
    store: "Store | None" = None


async def look(resources: Resources, acting: Acting) -> Seen:
    """Look at the session's store; a store of another revision is not opened."""
    settings = resources.settings
    is_server = settings.database_url is not None
    where = _PLACE if is_server else str(settings.store)
    try:
        _require_directory(settings)
        if not resources.has_store:
            return Seen(StoreFacts(where=str(settings.home), state=StoreState.NONE))
        await asyncio.to_thread(import_module, "pressroom.store.upkeep")  # loads SQLAlchemy
        where, state = await asyncio.to_thread(_state, resources)
        if state is not StoreState.OPEN:
            return Seen(StoreFacts(where=where, is_server=is_server, state=state))
        damage = await asyncio.to_thread(_damage, resources)
        return Seen(await _work(resources, acting, where, damage), await resources.store())
    except (PressroomError, OSError) as error:
        told = error if isinstance(error, PressroomError) else _unusable(settings, error)
        closed = StoreFacts(where=where, is_server=is_server, state=StoreState.CLOSED, error=told)
        return Seen(closed)


def _require_directory(settings: Settings) -> None:
    """Raise OSError where something else stands in the data directory's place."""
    if settings.database_url is None and settings.home.exists() and not settings.home.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "it is no directory")


def _unusable(settings: Settings, error: OSError) -> StoreFailed:
    return StoreFailed(
        f"The data directory {settings.home} cannot be used: {error.strerror}.",
        fix="Let this user read and write there, or set PRESSROOM_HOME to another directory.",
    )


def _state(resources: Resources) -> tuple[str, StoreState]:
    from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy
    from pressroom.store.location import locate  # noqa: PLC0415
    from pressroom.store.schema import OURS  # noqa: PLC0415

    where = resources.settings.store
    revision = upkeep.revision(where)
    if revision is None:
        return str(locate(where)), StoreState.NONE
    return str(locate(where)), StoreState.OPEN if revision == OURS.newest else StoreState.BEHIND


def _damage(resources: Resources) -> Asked[tuple[str, ...]]:
    from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy

    try:
        return tuple(upkeep.check(resources.settings.store))
    except PressroomError as error:
        return error


async def _work(
    resources: Resources, acting: Acting, where: str, damage: Asked[tuple[str, ...]]
) -> StoreFacts:
    """Read what the work stands at."""
    store = await resources.store()
    is_running = resources.works or await Obstacles(resources, acting).is_worker_running()
    counts = await store.run(store.posts.counts)
    asking = await store.run(store.posts.list, PostQuery(states=(PostState.NEEDS_ATTENTION,), limit=_MANY))
    stands = await health(store, resources.clock, is_driven=is_running)
    return StoreFacts(
        where=where,
        is_server=store.is_shared,
        state=StoreState.OPEN,
        damage=damage,
        is_worker_running=is_running,
        planned=sum(counts.get(state, 0) for state in WAITING_STATES),
        overdue=stands.overdue,
        in_doubt=sum(post.attention is Attention.OUTCOME_UNKNOWN for post in asking.posts),
    )
