"""What the doctor may mend by itself: files that are open to others, and a store of an earlier revision."""

import asyncio
from pathlib import Path

from pressroom.core.errors import PressroomError, StoreFailed
from pressroom.service.doctor.private import close
from pressroom.service.ground.resources import Resources


async def repaired(resources: Resources) -> tuple[str, ...]:
    """Mend what is safe and local, and tell each repair in one sentence.

    Nobody is signed in or resumed. A store on a server is left alone: no copy is kept of it, and other
    machines may still run the earlier program. Raises StoreFailed for files that cannot be closed.
    """
    return (*await asyncio.to_thread(_closed, resources.settings.home), *await _upgraded(resources))


def _closed(home: Path) -> tuple[str, ...]:
    try:
        return tuple(f"{path} is this user's alone now." for path in close(home))
    except OSError as error:
        raise StoreFailed(
            f"{error.filename or home} cannot be closed to others: {error.strerror}.",
            fix="Have its owner run this, or set PRESSROOM_HOME to a directory of this user's own.",
        ) from None


async def _upgraded(resources: Resources) -> tuple[str, ...]:
    where = resources.settings.store
    if not isinstance(where, Path) or not resources.has_store:
        return ()
    try:
        return await asyncio.to_thread(_upgrade, where)
    except PressroomError:
        return ()  # the look at the store says why


def _upgrade(where: Path) -> tuple[str, ...]:
    from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy

    if upkeep.revision(where) is None:
        return ()
    done = upkeep.upgrade(where, wait_s=0)
    if done.before == done.after:
        return ()
    return (f"The store was upgraded to revision {done.after}; as it was, it is in {done.kept}.",)
