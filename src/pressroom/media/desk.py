"""The media desk: probe, plan, convert, verify. Nothing is converted twice, nothing half-written stays."""

import asyncio
import logging
import mimetypes
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pressroom.core.assets import Action, Asset, Fit, MediaType, Progress, Rendition, Seen, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse
from pressroom.media import refusals
from pressroom.media.decision import Plan
from pressroom.media.examine import examine
from pressroom.media.facts import Probe
from pressroom.media.ffmpeg import convert_clip, take_frame
from pressroom.media.files import (
    clear_away,
    disk_error,
    move_into_place,
    open_directory,
    part_of,
    rendition_name,
)
from pressroom.media.looks import Looks
from pressroom.media.names import check_name
from pressroom.media.pictures import convert_picture, strip_picture
from pressroom.media.plan import plan_for, seen_by
from pressroom.media.semaphore import ENCODES
from pressroom.media.verify import problems

_log = logging.getLogger(__name__)
_FULL_BYTES_PER_S: Final = 1_300_000  # `command` allows 10 Mb/s of picture, and 128 kb/s of sound
_SPARE: Final = 2  # ffmpeg moves the index to the front by writing the file once more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    path: Path
    wish: Wish
    output: Path | None = None
    overwrite: bool = False
    progress: Progress | None = None


class _NotRightError(Exception):
    """The result is not what was planned; the text names the differences."""


class Desk:
    """Converts local files to what Instagram accepts.

    directory: where renditions go, named by content and settings. ffmpeg_path: None for the bundled one.
    free_bytes: gives the free space where a file would go. looks: the cache of probed files to use.
    Safe to use from several event loops and threads at once.
    """

    def __init__(
        self,
        directory: Path,
        *,
        ffmpeg_path: Path | None = None,
        free_bytes: Callable[[Path], int] = lambda place: shutil.disk_usage(place).free,
        looks: Looks | None = None,
    ) -> None:
        self._directory = directory
        self._ffmpeg_path = ffmpeg_path
        self._free_bytes = free_bytes
        self._looks = looks or Looks()

    async def prepare(
        self,
        asset: Asset,
        wish: Wish,
        *,
        progress: Progress | None = None,
    ) -> Rendition:
        """Give the rendition of a file; its path is the input itself when it complies.

        Raises MediaRefused, naming the rule.
        """
        if asset.is_url and asset.copy is None:
            raise refusals.is_url(asset.source)
        return await self._make(_Order(path=asset.path, wish=wish, progress=progress))

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        """Refuse a file that cannot be made acceptable, without converting it. Raises MediaRefused."""
        facts = await self._looks.at(asset.path, salvage=wish.edits.salvage)
        chosen = plan_for(facts, wish)
        if chosen.refusal:
            raise chosen.refusal.error()
        return seen_by(chosen)

    async def convert(
        self,
        path: Path,
        wish: Wish,
        *,
        output: Path | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Rendition:
        """Give the file Instagram accepts, at `output` when that is given, even if it is only a copy.

        A still is converted as a photo when its use is REEL. overwrite: replace what is at `output`, which
        may never be the input. Raises MediaRefused, naming the rule.
        """
        order = _Order(path=path, wish=wish, output=output, overwrite=overwrite, progress=progress)
        _check_output(order)
        return await self._make(order, are_stills_photos=wish.use is MediaUse.REEL)

    async def cover(
        self,
        path: Path,
        *,
        at_s: float = 0.0,
        fit: Fit | None = None,
        output: Path | None = None,
        overwrite: bool = False,
    ) -> Rendition:
        """Give one frame of a clip as a picture for a reel's cover: JPEG, 9:16.

        at_s: seconds from the clip's start. fit: None blurs. output, overwrite: as of `convert`.
        Raises MediaRefused.
        """
        facts = await self._looks.at(path)
        wish = Wish(use=MediaUse.STORY, target=Target.PLATFORM, fit=fit)
        _check_output(_Order(path=path, wish=wish, output=output, overwrite=overwrite))
        await asyncio.to_thread(open_directory, self._directory)
        with part_of(self._directory / "frame.png") as frame:
            async with ENCODES.turn():
                await take_frame(facts, at_s, frame, self._ffmpeg_path)
            made = await self._make(_Order(path=frame, wish=wish, output=output, overwrite=overwrite))
            return replace(made, changes=(f"The frame at {at_s:g} s became a picture.",))

    async def _make(self, order: _Order, *, are_stills_photos: bool = False) -> Rendition:
        started = time.perf_counter()
        facts = await self._looks.at(order.path, salvage=order.wish.edits.salvage)
        if are_stills_photos and not facts.is_video:
            order = replace(order, wish=replace(order.wish, use=MediaUse.PHOTO))
        chosen = plan_for(facts, order.wish)
        if chosen.refusal:
            raise chosen.refusal.error()
        _check_kind(order.output, chosen.media_type)
        chosen, made = await self._carried_out(chosen, facts, order)
        if order.progress:
            order.progress(1.0)
        return _rendition(chosen, made, time.perf_counter() - started)

    async def _carried_out(self, chosen: Plan, facts: Probe, order: _Order) -> tuple[Plan, Probe]:
        """Carry out a plan; when a copied picture comes out wrong, encode it instead."""
        if chosen.action is Action.AS_IS and order.output is None:
            return chosen, facts
        try:
            return chosen, await self._placed(chosen, order)
        except _NotRightError as wrong:
            _log.debug("%s by %s is not right: %s", order.path.name, chosen.action, wrong)
            if chosen.action is Action.FULL or chosen.media_type == "image":
                refuse = refusals.corrupt if chosen.media_type == "image" else refusals.corrupt_clip
                raise refuse(order.path) from wrong
        chosen = plan_for(facts, order.wish, at_least=Action.FULL)
        return await self._carried_out(chosen, facts, order)

    async def _placed(self, chosen: Plan, order: _Order) -> Probe:
        target = order.output or await asyncio.to_thread(self._place, chosen)
        async with ENCODES.turn():
            # Looked up after the wait: another caller may have converted the same file meanwhile.
            if order.output is None and (known := await self._known(target)):
                return known
            await asyncio.to_thread(self._make_room, chosen, target.parent)
            with part_of(target) as part:
                await self._write(chosen, part, order.progress)
                _check_output(order)  # again: a file may have appeared there in the minutes since
                made = await _finished(chosen, part, target)
            await self._looks.remember(made)
            return made

    async def _known(self, target: Path) -> Probe | None:
        """Give the facts of an earlier rendition; None when there is none, or it is damaged."""
        try:
            return await self._looks.at(target)
        except MediaRefused:
            return None

    async def _write(self, chosen: Plan, part: Path, progress: Progress | None) -> None:
        source = chosen.probe.path
        try:
            if chosen.action is Action.AS_IS:
                await asyncio.to_thread(shutil.copyfile, source, part)
            elif chosen.media_type == "video":
                await convert_clip(chosen, part, self._ffmpeg_path, progress)
            elif chosen.action is Action.REMUX:
                await asyncio.to_thread(strip_picture, source, part)
            else:
                await convert_picture(chosen, part)
        except OSError as error:
            raise disk_error(error, source, part.parent) from error

    def _place(self, chosen: Plan) -> Path:
        check_name(str(self._directory.absolute()))
        suffix = ".jpg" if chosen.media_type == "image" else ".mp4"
        try:
            name = rendition_name(chosen.probe.path, chosen.settings, suffix)
        except OSError as error:
            raise disk_error(error, chosen.probe.path, self._directory) from error
        open_directory(self._directory)
        return self._directory / name

    def _make_room(self, chosen: Plan, place: Path) -> None:
        clear_away(place)
        needed = _bytes_needed(chosen)
        try:
            free = self._free_bytes(place)
        except OSError as error:
            raise refusals.unwritable(place) from error
        if free < needed:
            raise refusals.disk_full(place, needed)


def _check_output(order: _Order) -> None:
    """Refuse an output that is the input, that exists (unless asked to), or whose name is not UTF-8."""
    output, path = order.output, order.path
    if output is None:
        return
    check_name(str(output.absolute()))
    if not _exists(output):
        return
    if path.exists() and output.samefile(path):
        raise refusals.output_is_input(output)
    if not order.overwrite:
        raise refusals.output_exists(output)


def _check_kind(output: Path | None, made: MediaType) -> None:
    """Refuse a name that says clip for a picture, or picture for a clip: programs go by it."""
    named = (mimetypes.guess_type(output.name)[0] or "").partition("/")[0] if output else ""
    if output and named in ("image", "video") and named != made:
        raise refusals.output_kind(output, made)


def _exists(output: Path) -> bool:
    try:
        return output.exists()
    except OSError as error:  # a name too long
        raise refusals.unwritable(output) from error


def _bytes_needed(chosen: Plan) -> int:
    size = chosen.probe.size_bytes
    if chosen.media_type == "image":
        return min(size, chosen.max_bytes)
    if chosen.action is Action.FULL:
        size = min(chosen.max_bytes, round(_FULL_BYTES_PER_S * (chosen.probe.duration_s or 0)))
    return _SPARE * size


async def _finished(chosen: Plan, part: Path, target: Path) -> Probe:
    """Verify the file that was made and move it to its place."""
    try:
        made = await examine(part)
    except MediaRefused as refusal:  # its text would name the temporary file
        raise _NotRightError(refusal.rule) from refusal
    if wrong := problems(chosen, made):
        raise _NotRightError(", ".join(wrong))
    try:
        await asyncio.to_thread(move_into_place, part, target)
    except OSError as error:
        raise disk_error(error, chosen.probe.path, target.parent) from error
    return replace(made, path=target)


def _rendition(chosen: Plan, made: Probe, elapsed_s: float) -> Rendition:
    still, video = made.still, made.video
    is_image = chosen.media_type == "image" and still is not None
    width, height = (still.width, still.height) if is_image and still else video.shown if video else (0, 0)
    return Rendition(
        path=made.path,
        media_type=chosen.media_type,
        content_type="image/jpeg" if is_image else _clip_type(made),
        size_bytes=made.size_bytes,
        width=width,
        height=height,
        duration_s=None if is_image or video is None else video.duration_s,
        action=chosen.action,
        changes=chosen.changes,
        warnings=chosen.warnings,
        elapsed_s=elapsed_s,
    )


def _clip_type(made: Probe) -> str:
    return "video/quicktime" if made.boxes and made.boxes.brand == "qt  " else "video/mp4"
