"""Convert a clip with ffmpeg in a limited child process, and turn its failures into MediaRefused."""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pressroom.core.assets import Progress
from pressroom.core.errors import MediaRefused, Shortage
from pressroom.core.shortage import shortage_in
from pressroom.media import refusals
from pressroom.media.child import Child, ChildLimits, Ended, clean_environment
from pressroom.media.command import ffmpeg_command, frame_command
from pressroom.media.decision import Plan
from pressroom.media.facts import Probe

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
    *("No such filter", "Unknown encoder", "Option not found", "Unrecognized option"),
    *("Unknown input format", "error while loading shared libraries"),
)


async def convert_clip(plan: Plan, part: Path, ffmpeg_path: Path | None, progress: Progress | None) -> None:
    """Carry out a plan of remux, audio or full, writing to `part`.

    Raises MediaRefused: corrupt, too_expensive, too_large, disk_full, missing_file, ffmpeg_unfit.
    """
    ffmpeg = await asyncio.to_thread(find_ffmpeg, ffmpeg_path)
    limits = _limits(plan.probe, plan.max_bytes)
    ended = await _run(ffmpeg_command(ffmpeg, plan, part), limits, _reporter(plan.probe, progress))
    if ended.returncode:
        raise _refusal(plan.probe, ended, part, plan.max_bytes)
    if not await asyncio.to_thread(part.exists):
        raise refusals.ffmpeg_unfit(f"{ffmpeg} wrote nothing.")


async def take_frame(probe: Probe, at_s: float, part: Path, ffmpeg_path: Path | None) -> None:
    """Write the frame shown at a time as PNG to `part`. Raises MediaRefused: no_frame for a time outside."""
    if probe.video is None or not 0 <= at_s < probe.video.duration_s:
        raise refusals.no_frame(probe.path, at_s, probe.duration_s or 0.0)
    ffmpeg = await asyncio.to_thread(find_ffmpeg, ffmpeg_path)
    ended = await _run(frame_command(ffmpeg, probe, at_s, part), _limits(probe, _FRAME_BYTES), lambda _: None)
    if ended.returncode:
        raise _refusal(probe, ended, part, _FRAME_BYTES)


async def _run(command: list[str], limits: ChildLimits, on_line: Callable[[str], None]) -> Ended:
    _log.debug("running %s", command)
    try:
        ended = await Child(command, limits=limits, env=clean_environment()).run(on_line)
    except OSError as error:
        raise refusals.ffmpeg_unfit(f"{command[0]} cannot be started ({error.strerror}).") from error
    if ended.returncode:
        _log.debug("ffmpeg ended with %s: %s", ended.returncode, ended.errors)
    return ended


def find_ffmpeg(chosen: Path | None) -> Path:
    """Give the ffmpeg to run: the chosen one, else the bundled one. Raises MediaRefused."""
    if chosen:
        return chosen
    import imageio_ffmpeg  # noqa: PLC0415  # nothing else needs it

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise refusals.ffmpeg_unfit("none came with Pressroom on this system.") from error


def _limits(probe: Probe, max_bytes: int) -> ChildLimits:
    seconds = _LEAST_S + _S_PER_S * (probe.duration_s or 0)
    return ChildLimits(
        wall_s=seconds,
        cpu_s=2 * seconds,
        memory_bytes=_MEMORY_BYTES,
        file_bytes=max_bytes + _FILE_SLACK,
    )


def _reporter(probe: Probe, progress: Progress | None) -> Callable[[str], None]:
    """Give what reads progress lines in the worker thread and reports to the caller in the loop's."""
    loop = asyncio.get_running_loop()
    length_us = (probe.duration_s or 0) * 1e6
    done = 0.0  # ffmpeg's figure jumps back when one stream is ahead of the other

    def read(line: str) -> None:
        nonlocal done
        value = line.removeprefix(_PROGRESS).strip()  # the first can be N/A
        if progress and line.startswith(_PROGRESS) and value.isdigit() and length_us:
            done = max(done, min(1.0, int(value) / length_us))
            loop.call_soon_threadsafe(progress, done)

    return read


def _refusal(probe: Probe, ended: Ended, part: Path, max_bytes: int) -> MediaRefused | Shortage:
    path, errors, directory = probe.path, ended.errors, part.parent
    killed = ended.returncode in (-signal.SIGKILL, -signal.SIGXCPU)
    lacks = any(words in errors for words in _MISSING_PARTS)
    causes: tuple[tuple[bool, Callable[[], MediaRefused]], ...] = (
        (ended.is_timed_out or killed, lambda: refusals.too_expensive(path)),
        (ended.returncode == -signal.SIGXFSZ, lambda: refusals.too_large(path, max_bytes)),
        ("File too large" in errors, lambda: refusals.too_large(path, max_bytes)),
        ("No space left" in errors or "Disk quota exceeded" in errors, lambda: refusals.disk_full(directory)),
        ("Cannot allocate memory" in errors, lambda: refusals.too_expensive(path)),
        (lacks, lambda: refusals.ffmpeg_unfit(errors.strip().splitlines()[0])),
        (not path.exists(), lambda: refusals.missing_file(path)),
        ("Permission denied" in errors, lambda: refusals.unwritable(directory)),
        (not errors.strip(), lambda: refusals.ffmpeg_unfit("it failed without a word.")),
    )
    refusal = next((refuse() for applies, refuse in causes if applies), None)
    return refusal or shortage_in(errors) or refusals.corrupt_clip(path)
