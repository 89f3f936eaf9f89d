"""Converts clips and stills in limited child processes, and turns their failures into MediaRefused.

Clips go through ffmpeg (`command` has its words), stills through our own `picture`. `desk` calls these.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from pressroom.core.assets import Action, Progress
from pressroom.core.errors import MediaRefused, PressroomError
from pressroom.core.shortage import shortage_in
from pressroom.media import jpeg, refusals
from pressroom.media.child import Child, ChildLimits, Ended, clean_environment, python_environment
from pressroom.media.command import ffmpeg_command, frame_command
from pressroom.media.decision import Plan
from pressroom.media.facts import Probe, Recipe

_log = logging.getLogger(__name__)
# Of address space. 4K HDR takes 0.5 GB here, and 3.3 GB where it is not scaled down first (measured).
_MEMORY_BYTES: Final = 3_000_000_000
_LEAST_S: Final = 60
# The slowest kind, 4K HDR, takes 1.6 s for each second of the clip on two cores (measured).
_S_PER_S: Final = 20
# 40 megapixels, the largest frame that is decoded, take 120 MB even without compression.
_FRAME_BYTES: Final = 200_000_000
_FILE_SLACK: Final = 1_000_000
_PROGRESS: Final = "out_time_us="
# What an ffmpeg says that was built without a filter or encoder we need.
_MISSING_PARTS: Final = (
    *("No such filter", "Unknown encoder", "Unknown decoder", "Option not found", "Unrecognized option"),
    *("Unknown input format", "error while loading shared libraries"),
)
_PICTURE_WALL_S: Final = 120
_PICTURE_CPU_S: Final = 240
_PICTURE_MEMORY_BYTES: Final = 2_500_000_000
_PICTURE_MODULE: Final = "pressroom.media.picture"


async def convert_clip(plan: Plan, part: Path, ffmpeg_path: Path | None, progress: Progress | None) -> None:
    """Carry out a plan of remux, audio or full, writing to `part`.

    Raises MediaRefused: corrupt, too_expensive, too_large, disk_full, missing_file, ffmpeg_unfit.
    """
    ffmpeg = await asyncio.to_thread(find_ffmpeg, ffmpeg_path)
    loop = asyncio.get_running_loop()
    length_us = (plan.probe.duration_s or 0) * 1e6
    done = 0.0  # ffmpeg's figure jumps back when one stream is ahead of the other

    # Called in the worker thread; reports to the caller in the loop's.
    def on_line(line: str) -> None:
        nonlocal done
        value = line.removeprefix(_PROGRESS).strip()  # the first can be N/A
        if progress and line.startswith(_PROGRESS) and value.isdigit() and length_us:
            done = max(done, min(1.0, int(value) / length_us))
            loop.call_soon_threadsafe(progress, done)

    command, is_chosen = ffmpeg_command(ffmpeg, plan, part), ffmpeg_path is not None
    try:
        await _run_ffmpeg(command, plan.probe, part, plan.max_bytes, on_line, is_chosen=is_chosen)
    except MediaRefused as refusal:
        # Only an encode decodes every frame: the probe, which reads all packets, has passed it.
        if refusal.rule == "corrupt" and plan.action is Action.FULL and not plan.edits.salvage:
            raise refusals.or_salvage(refusal) from refusal
        raise
    if not await asyncio.to_thread(part.exists):
        raise refusals.ffmpeg_unfit(f"{ffmpeg} wrote nothing.", is_chosen=is_chosen)


async def take_frame(
    probe: Probe, at_s: float, part: Path, ffmpeg_path: Path | None, *, most_px: int | None = None
) -> None:
    """Write the frame shown at a time as PNG to `part`. Raises MediaRefused: no_frame for a time outside.

    most_px: of the longer side; None keeps the size.
    """
    if probe.video is None or not 0 <= at_s < probe.picture_s:
        raise refusals.no_frame(probe.path, at_s, probe.duration_s or 0.0)
    ffmpeg = await asyncio.to_thread(find_ffmpeg, ffmpeg_path)
    command, is_chosen = frame_command(ffmpeg, probe, at_s, part, most_px), ffmpeg_path is not None
    await _run_ffmpeg(command, probe, part, _FRAME_BYTES, lambda _: None, is_chosen=is_chosen)


def find_ffmpeg(ffmpeg_path: Path | None) -> Path:
    """Give the ffmpeg to run: the chosen one, else the bundled one. Raises MediaRefused."""
    if ffmpeg_path:
        return ffmpeg_path
    # The one of the package has a known version: the same file becomes the same rendition everywhere.
    import imageio_ffmpeg  # noqa: PLC0415  # nothing else needs it

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise refusals.ffmpeg_unfit("none came with Pressroom on this system.", is_chosen=False) from error


async def _run_ffmpeg(
    command: list[str],
    probe: Probe,
    part: Path,
    max_bytes: int,
    on_line: Callable[[str], None],
    *,
    is_chosen: bool,
) -> None:
    wall_s = _LEAST_S + _S_PER_S * (probe.duration_s or 0)
    limits = ChildLimits(
        wall_s=wall_s,
        cpu_s=2 * wall_s,
        memory_bytes=_MEMORY_BYTES,
        file_bytes=max_bytes + _FILE_SLACK,
    )
    _log.debug("running %s", command)
    try:
        ended = await Child(command, limits=limits, env=clean_environment()).run(on_line)
    except OSError as error:
        words = f"{command[0]} cannot be started ({error.strerror})."
        raise refusals.ffmpeg_unfit(words, is_chosen=is_chosen) from error
    if ended.returncode:
        _log.debug("ffmpeg ended with %s: %s", ended.returncode, ended.errors)
        raise _why_it_failed(ended, probe.path, part.parent, max_bytes, is_chosen=is_chosen)


def _why_it_failed(
    ended: Ended, path: Path, directory: Path, max_bytes: int, *, is_chosen: bool
) -> PressroomError:
    """Return the error of an ffmpeg that failed. path: what it read. directory: where it wrote."""
    errors = ended.errors
    is_killed = ended.returncode in (-signal.SIGKILL, -signal.SIGXCPU)
    lacks_parts = any(words in errors for words in _MISSING_PARTS)
    # The first that applies: what the system did to the process comes before what ffmpeg printed.
    causes: tuple[tuple[bool, Callable[[], MediaRefused]], ...] = (
        (ended.is_timed_out or is_killed, lambda: refusals.too_expensive(path)),
        (ended.returncode == -signal.SIGXFSZ, lambda: refusals.too_large(path, max_bytes)),
        ("File too large" in errors, lambda: refusals.too_large(path, max_bytes)),
        # ffmpeg's own words for a full quota: a path may hold the word "quota".
        (
            "No space left" in errors or "Disk quota exceeded" in errors,
            lambda: refusals.disk_full(directory),
        ),
        ("Cannot allocate memory" in errors, lambda: refusals.too_expensive(path)),
        (
            lacks_parts,
            lambda: refusals.ffmpeg_unfit(errors.strip().splitlines()[0], is_chosen=is_chosen),
        ),
        (not path.exists(), lambda: refusals.missing_file(path)),
        ("Permission denied" in errors, lambda: refusals.unwritable(directory)),
        (
            not errors.strip(),
            lambda: refusals.ffmpeg_unfit("it failed without a word.", is_chosen=is_chosen),
        ),
    )
    refusal = next((refuse() for applies, refuse in causes if applies), None)
    return refusal or shortage_in(errors) or refusals.corrupt(path)


async def convert_picture(plan: Plan, part: Path) -> None:
    """Make the JPEG of a plan, writing to `part`.

    Raises MediaRefused: truncated, corrupt, too_expensive, too_large, missing_file, disk_full, unwritable.
    """
    limits = ChildLimits(
        wall_s=_PICTURE_WALL_S,
        cpu_s=_PICTURE_CPU_S,
        memory_bytes=_PICTURE_MEMORY_BYTES,
        file_bytes=plan.max_bytes + 1,
    )
    recipe = msgspec.json.encode(recipe_of(plan, part)).decode()
    command = [sys.executable, "-P", "-m", _PICTURE_MODULE, recipe]
    lines = list[str]()
    ended = await Child(command, limits=limits, env=python_environment()).run(lines.append)
    if ended.returncode:
        # `picture` prints the rule that it refuses by; without that, its traceback tells.
        words, path = lines[0].strip() if lines else ended.errors, plan.probe.path
        by_rule = {
            "truncated": refusals.truncated(path),
            "corrupt": refusals.corrupt(path),
            "too_expensive": refusals.too_expensive(path),
            "too_large": refusals.too_large(path, plan.max_bytes),
            "unwritable": refusals.unwritable(part.parent),
        }
        if words in by_rule:
            raise by_rule[words]
        if "No space left" in words:
            raise refusals.disk_full(part.parent)
        if shortage := shortage_in(words):
            raise shortage
        if ended.returncode in (-signal.SIGKILL, -signal.SIGXCPU) or "MemoryError" in words:
            raise refusals.too_expensive(path)
        raise refusals.corrupt(path) if path.exists() else refusals.missing_file(path)


def recipe_of(plan: Plan, part: Path) -> Recipe:
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


def strip_picture(source: Path, part: Path) -> None:
    """Copy a JPEG without its metadata. Blocks. Raises MediaRefused: corrupt."""
    try:
        with part.open("wb") as file:
            jpeg.strip(source, file)
    except jpeg.JpegError as error:
        raise refusals.corrupt(source) from error
