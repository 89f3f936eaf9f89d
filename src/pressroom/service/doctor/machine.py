"""Looks at this machine: Python, ffmpeg, disks, the data directory, the key."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pressroom.accounts.keyplace import KeyPlace, key_place
from pressroom.core.errors import MediaRefused, PressroomError
from pressroom.core.settings import Settings
from pressroom.media.child import clean_environment
from pressroom.media.convert import find_ffmpeg
from pressroom.service.doctor.judge_facts import Asked, Disk, MachineFacts
from pressroom.service.doctor.private import open_paths

_FFMPEG_S = 10.0


async def machine_facts(settings: Settings) -> MachineFacts:
    """Gather the facts of this machine."""
    ffmpeg, data, temporary, loose = await asyncio.gather(
        asyncio.to_thread(_ffmpeg, settings.ffmpeg_path),
        asyncio.to_thread(_room, settings.home),
        asyncio.to_thread(_temporary),
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


def _room(directory: Path) -> Disk:
    """Read the free room of a directory, or of the next one above that is there."""
    try:
        there = next((one for one in (directory, *directory.parents) if one.exists()), directory)
        return Disk(directory, shutil.disk_usage(there).free)
    except OSError:
        return Disk(directory, None)


def _temporary() -> Disk:
    try:
        return _room(Path(tempfile.gettempdir()))
    except FileNotFoundError:
        return Disk(Path("/tmp"), None)  # noqa: S108  # named, not written
