"""Convert a still in a child process, and turn its failures into MediaRefused."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pressroom.core.errors import MediaRefused, Shortage
from pressroom.core.shortage import shortage_in
from pressroom.media import jpeg, refusals
from pressroom.media.child import Child, ChildLimits, python_environment
from pressroom.media.recipe import Recipe

if TYPE_CHECKING:
    from pressroom.media.decision import Plan

_WALL_S: Final = 120
_CPU_S: Final = 240
_MEMORY_BYTES: Final = 2_500_000_000
_MODULE: Final = "pressroom.media.picture"


async def convert_picture(plan: "Plan", part: Path) -> None:
    """Make the JPEG of a plan, writing to `part`.

    Raises MediaRefused: truncated, corrupt, too_expensive, too_large, missing_file, disk_full, unwritable.
    """
    limits = ChildLimits(
        wall_s=_WALL_S, cpu_s=_CPU_S, memory_bytes=_MEMORY_BYTES, file_bytes=plan.max_bytes + 1
    )
    command = [sys.executable, "-P", "-m", _MODULE, msgspec.json.encode(recipe_of(plan, part)).decode()]
    child = Child(command, limits=limits, env=python_environment())
    said = list[str]()
    ended = await child.run(said.append)
    if ended.returncode:
        raise _refusal(plan, ended.returncode, said[0].strip() if said else ended.errors, part)


def recipe_of(plan: "Plan", part: Path) -> Recipe:
    """Give the job of making the JPEG of a plan at `part`."""
    still, frame = plan.probe.still, plan.frame
    assert still is not None
    assert frame is not None
    return Recipe(
        source=str(plan.probe.path.absolute()),
        output=str(part.absolute()),
        decoder=still.decoder,
        orientation=still.orientation,
        aperture=still.aperture,
        width=frame.width,
        height=frame.height,
        content_width=frame.content[0],
        content_height=frame.content[1],
        fit=frame.fit,
        max_bytes=plan.max_bytes,
    )


def _refusal(plan: "Plan", returncode: int, said: str, part: Path) -> MediaRefused | Shortage:
    path = plan.probe.path
    known = {
        "truncated": refusals.truncated(path),
        "corrupt": refusals.corrupt(path),
        "too_expensive": refusals.too_expensive(path),
        "too_large": refusals.too_large(path, plan.max_bytes),
        "unwritable": refusals.unwritable(part.parent),
    }
    if said in known:
        return known[said]
    if "No space left" in said:
        return refusals.disk_full(part.parent)
    if shortage := shortage_in(said):
        return shortage
    if returncode in (-signal.SIGKILL, -signal.SIGXCPU) or "MemoryError" in said:
        return refusals.too_expensive(path)
    return refusals.corrupt(path) if path.exists() else refusals.missing_file(path)


def strip_picture(source: Path, part: Path) -> None:
    """Copy a JPEG without its metadata. Blocks. Raises MediaRefused: corrupt."""
    try:
        with part.open("wb") as file:
            jpeg.strip(source, file)
    except jpeg.JpegError as error:
        raise refusals.corrupt(source) from error
