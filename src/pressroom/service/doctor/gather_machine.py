"""Gathers what the doctor knows of this machine and of the store, and mends what it may mend by itself.

`machine_facts` and `look_at_store` only read: they make, upgrade and change no store. `repair` closes files
that others may use, and upgrades a store of an earlier revision.
"""

import asyncio
import errno
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pressroom.accounts.keys import KeyPlace, key_place
from pressroom.core.errors import MediaRefused, PressroomError, StoreFailed
from pressroom.core.post import WAITING_STATES, Attention, PostState
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.media.child import clean_environment
from pressroom.media.convert import find_ffmpeg
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import Obstacles, health
from pressroom.service.doctor.facts import Asked, Disk, MachineFacts, OpenPath, StoreFacts, StoreState
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store

_FFMPEG_S = 10.0
_MANY = 1000


async def machine_facts(settings: Settings) -> MachineFacts:
    """Gather the facts of this machine."""
    # In threads: each asks the system, and may have to wait for it.
    ffmpeg, data, temporary, loose = await asyncio.gather(
        asyncio.to_thread(_ffmpeg, settings.ffmpeg_path),
        asyncio.to_thread(_free_room, settings.home),
        asyncio.to_thread(_free_room, None),
        asyncio.to_thread(open_paths, settings.home),
    )
    return MachineFacts(
        python=sys.version_info[:3],
        ffmpeg=ffmpeg,
        data=data,
        temporary=temporary,
        home=settings.home,
        open_paths=loose,
        # After the look at the files: reading the key's file closes it.
        key=await asyncio.to_thread(key_or_error, settings),
        is_store_shared=settings.database_url is not None,
    )


def key_or_error(settings: Settings) -> Asked[KeyPlace]:
    """Tell where the key is, or why it cannot be read."""
    try:
        return key_place(settings)
    except PressroomError as error:
        return error


def _ffmpeg(chosen: Path | None) -> Asked[str]:
    """Run ffmpeg, and return the first line it prints."""
    try:
        path = find_ffmpeg(chosen)
        ran = subprocess.run(  # noqa: S603  # the program that converts clips
            [str(path), "-version"],
            capture_output=True,
            timeout=_FFMPEG_S,
            check=True,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
        )
    except PressroomError as error:
        return error
    # Unknown and no failure: a busy machine starts it late.
    except subprocess.TimeoutExpired:
        return None
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return MediaRefused(
            f"{chosen or 'The one that came along'} does not run: {why}.",
            rule="ffmpeg",
            fix="Set FFMPEG_PATH to one that runs, or unset it.",
        )
    return ran.stdout.decode("utf-8", "replace").partition(" Copyright")[0].strip()


def _free_room(directory: Path | None) -> Disk:
    """Read the free room of a directory, or of the next one above that exists. None: of temporary files."""
    try:
        directory = directory or Path(tempfile.gettempdir())
        # A directory that is still to be made will be on the disk of the one above.
        existing = next((path for path in (directory, *directory.parents) if path.exists()), directory)
        return Disk(directory, shutil.disk_usage(existing).free)
    except OSError:
        # Python may have found no directory for temporary files. This one is shown, not written.
        return Disk(directory or Path("/tmp"), None)  # noqa: S108


# What Pressroom makes there. A data directory may be somebody's own, with other things in it.
_OUR_FILES = (
    "pressroom.db*",
    "*.key",
    "*.lock",
    "assets",
    "carried",
    "downloads",
    "pictures",
    "put_up",
    "renditions",
    "sandboxes",
    "sandbox.log",
    "version-warned",
)
_OTHERS = 0o077
_DIRECTORY_MODE, _FILE_MODE = 0o700, 0o600


def open_paths(home: Path) -> tuple[OpenPath, ...] | None:
    """Return the data directory and what is ours in it, as far as others may use it.

    None without one, and for one that this user may not look into.
    """

    def loose() -> Iterator[OpenPath]:
        for path in (home, *(path for path in sorted(home.iterdir()) if _is_ours(path))):
            try:
                status = path.lstat()
            except OSError:  # gone meanwhile
                continue
            mode = stat.S_IMODE(status.st_mode)
            if mode & _OTHERS and not stat.S_ISLNK(status.st_mode):
                yield OpenPath(path, mode)

    try:
        return tuple(loose()) if home.is_dir() else None
    except OSError:
        return None


def close_paths(home: Path) -> tuple[Path, ...]:
    """Take from others what they may do with our files, and return those that were open.

    The directory itself is closed only if nothing but ours is in it. Raises OSError.
    """
    open_ones = [path.path for path in open_paths(home) or ()]
    # A data directory may be somebody's own, whose other files are theirs to close.
    closed = tuple(path for path in open_ones if path != home or all(map(_is_ours, home.iterdir())))
    for path in closed:
        path.chmod(_DIRECTORY_MODE if path.is_dir() else _FILE_MODE)
    return closed


def _is_ours(path: Path) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in _OUR_FILES)


@dataclass(frozen=True, slots=True)
class StoreLook:
    """The facts of a store, and the store itself where it could be opened."""

    facts: StoreFacts
    store: "Store | None" = None


async def look_at_store(resources: Resources, acting: Acting) -> StoreLook:
    """Look at the session's store; a store of another revision is not opened."""
    settings = resources.settings
    is_server = settings.database_url is not None
    where = "PRESSROOM_DATABASE_URL" if is_server else str(settings.store)
    try:
        if not is_server and settings.home.exists() and not settings.home.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "it is no directory")
        # Opening it would make one.
        if not resources.has_store:
            return StoreLook(StoreFacts(where=str(settings.home), state=StoreState.NONE))
        # In a thread: the import alone loads SQLAlchemy, which takes a quarter of a second.
        await asyncio.to_thread(import_module, "pressroom.store.upkeep")
        where, state, damage = await asyncio.to_thread(_revision_and_damage, resources)
        if state is not StoreState.OPEN:
            return StoreLook(StoreFacts(where=where, is_server=is_server, state=state))
        return StoreLook(await _open_store_facts(resources, acting, where, damage), await resources.store())
    except PressroomError as error:
        reason = error
    except OSError as error:
        reason = StoreFailed(
            f"The data directory {settings.home} cannot be used: {error.strerror}.",
            fix="Let this user read and write there, or set PRESSROOM_HOME to another directory.",
        )
    return StoreLook(StoreFacts(where=where, is_server=is_server, state=StoreState.CLOSED, error=reason))


def _revision_and_damage(resources: Resources) -> tuple[str, StoreState, Asked[tuple[str, ...]]]:
    """Return the place of the store without a password, which revision made it, and what is wrong in it."""
    from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy
    from pressroom.store.history import OURS  # noqa: PLC0415
    from pressroom.store.location import locate  # noqa: PLC0415

    where = resources.settings.store
    revision, place = upkeep.revision(where), str(locate(where))
    # What another revision made cannot be looked through.
    if revision != OURS.newest:
        return place, StoreState.NONE if revision is None else StoreState.BEHIND, None
    try:
        return place, StoreState.OPEN, tuple(upkeep.check(where))
    except PressroomError as error:
        return place, StoreState.OPEN, error


async def _open_store_facts(
    resources: Resources, acting: Acting, where: str, damage: Asked[tuple[str, ...]]
) -> StoreFacts:
    """Count the work in an open store."""
    store = await resources.store()
    is_running = resources.works or await Obstacles(resources, acting).is_worker_running()
    # Numbers alone are told, so that no post is loaded but those that need a person.
    counts = await store.run(store.posts.counts)
    attention = PostQuery(states=(PostState.NEEDS_ATTENTION,), limit=_MANY)
    needy = (await store.run(store.posts.list, attention)).posts
    work = await health(store, resources.clock, is_driven=is_running)
    return StoreFacts(
        where=where,
        is_server=store.is_shared,
        state=StoreState.OPEN,
        damage=damage,
        is_worker_running=is_running,
        send_log_failure=work.send_log_failure,
        planned=sum(counts.get(state, 0) for state in WAITING_STATES),
        overdue=work.overdue,
        in_doubt=sum(post.attention is Attention.OUTCOME_UNKNOWN for post in needy),
    )


async def repair(resources: Resources) -> tuple[str, ...]:
    """Mend what is safe and local, and tell each repair in one sentence.

    Nobody is signed in or resumed. A store on a server is left alone: no copy is kept of it, and other
    machines may still run the earlier program. Raises StoreFailed for files that cannot be closed.
    """
    home, store = resources.settings.home, resources.settings.store
    try:
        closed = await asyncio.to_thread(close_paths, home)
    except OSError as error:
        raise StoreFailed(
            f"{error.filename or home} cannot be closed to others: {error.strerror}.",
            fix="Have its owner run this, or set PRESSROOM_HOME to a directory of this user's own.",
        ) from None
    repairs = tuple(f"{path} is this user's alone now." for path in closed)
    if not isinstance(store, Path) or not resources.has_store:
        return repairs
    try:
        return (*repairs, *await asyncio.to_thread(_upgrade, store))
    except PressroomError:
        return repairs  # the look at the store says why


def _upgrade(where: Path) -> tuple[str, ...]:
    from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy

    # An empty file is no store of an earlier revision: there is nothing to upgrade.
    if upkeep.revision(where) is None:
        return ()
    # Not waited for: whoever has it open is told of by the look that follows.
    done = upkeep.upgrade(where, wait_s=0)
    if done.before == done.after:
        return ()
    return (f"The store was upgraded to revision {done.after}; as it was, it is in {done.kept}.",)
