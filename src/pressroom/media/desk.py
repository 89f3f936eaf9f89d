"""The media desk: probe, plan, convert, verify. Nothing is converted twice, nothing half-written stays.

Programs and the other rooms start here. Docs: docs/decisions/0016-the-media-desk.md.
"""

import asyncio
import contextlib
import logging
import mimetypes
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pressroom.core.assets import Action, Asset, Fit, Progress, Rendition, Seen, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse
from pressroom.media import refusals
from pressroom.media.child import ENCODES
from pressroom.media.convert import convert_clip, convert_picture, strip_picture, take_frame
from pressroom.media.decision import Plan, problems
from pressroom.media.examine import examine
from pressroom.media.facts import Probe
from pressroom.media.files import (
    clear_away,
    disk_refusal,
    move_into_place,
    open_directory,
    part_of,
    rendition_name,
    require_utf8_name,
)
from pressroom.media.looks import Looks
from pressroom.media.plan import plan_for, seen_by

_log = logging.getLogger(__name__)
_FULL_BYTES_PER_S: Final = 1_300_000  # `command` allows 10 Mb/s of picture, and 128 kb/s of sound
_SEEN_BY_DECODING: Final = ("truncated", "corrupt", "not_media", "too_expensive", "ratio")
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

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        """Give the rendition of a file; its path is the input itself when it complies.

        Raises MediaRefused, naming the rule.
        """
        if asset.is_url and asset.copy is None:
            raise refusals.is_url(asset.source)
        return await self._make(_Order(path=asset.path, wish=wish, progress=progress))

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        """Refuse a file that cannot be made acceptable, without converting it. Raises MediaRefused.

        Damage of a picture that is always converted is found by `prepare`.
        """
        facts = await self._looks.header_at(asset.path, salvage=wish.edits.salvage)
        return seen_by(_plan(facts, wish))

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
        # The picture of a story has the shape of a reel's cover.
        wish = Wish(use=MediaUse.STORY, target=Target.PLATFORM, fit=fit)
        _check_output(_Order(path=path, wish=wish, output=output, overwrite=overwrite))
        await asyncio.to_thread(open_directory, self._directory)
        with part_of(self._directory / "frame.png") as frame:
            async with ENCODES.turn():
                await take_frame(facts, at_s, frame, self._ffmpeg_path)
            cover = await self._make(_Order(path=frame, wish=wish, output=output, overwrite=overwrite))
            return replace(cover, changes=(f"The frame at {at_s:g} s became a picture.",))

    async def _make(self, order: _Order, *, are_stills_photos: bool = False) -> Rendition:
        start_s = time.perf_counter()
        # A picture that is decoded for its conversion is not decoded for its facts as well.
        facts = await self._looks.header_at(order.path, salvage=order.wish.edits.salvage)
        if are_stills_photos and not facts.is_video:
            order = replace(order, wish=replace(order.wish, use=MediaUse.PHOTO))
        try:
            rendition = await self._make_of(facts, order)
            return replace(rendition, elapsed_s=time.perf_counter() - start_s)
        except MediaRefused as refusal:
            is_decoded = facts.still is None or facts.still.is_decoded
            if is_decoded or refusal.rule not in _SEEN_BY_DECODING:
                raise
            # A check decodes the picture, and refuses it by the same words.
            _plan(await self._looks.at(order.path), order.wish)
            raise

    async def _make_of(self, facts: Probe, order: _Order) -> Rendition:
        plan = _plan(facts, order.wish)
        output = order.output
        # `--output x.jpg` for a clip once wrote an MP4 under that name.
        named = (mimetypes.guess_type(output.name)[0] or "").partition("/")[0] if output else ""
        if output and named in ("image", "video") and named != plan.media_type:
            raise refusals.output_kind(output, plan.media_type)
        plan, result = await self._carry_out(plan, facts, order)
        if order.progress:
            order.progress(1.0)
        still, video = result.still, result.video
        is_image = plan.media_type == "image" and still is not None
        width, height = (
            (still.width, still.height) if is_image and still else video.shown if video else (0, 0)
        )
        is_quicktime = result.boxes is not None and result.boxes.brand == "qt  "
        clip_type = "video/quicktime" if is_quicktime else "video/mp4"
        return Rendition(
            path=result.path,
            media_type=plan.media_type,
            content_type="image/jpeg" if is_image else clip_type,
            size_bytes=result.size_bytes,
            width=width,
            height=height,
            duration_s=None if is_image or video is None else video.duration_s,
            action=plan.action,
            changes=plan.changes,
            warnings=plan.warnings,
        )

    async def _carry_out(self, plan: Plan, facts: Probe, order: _Order) -> tuple[Plan, Probe]:
        """Carry out a plan, and give the facts of the result; encode a clip whose copy comes out wrong."""
        if plan.action is Action.AS_IS and order.output is None:
            return plan, facts
        try:
            return plan, await self._place(plan, order)
        except _NotRightError as error:
            # Streams are copied out of files that others wrote, with edit lists, open GOPs and odd starts.
            _log.debug("%s by %s is not right: %s", order.path.name, plan.action, error)
            if plan.action is Action.FULL or plan.media_type == "image":
                raise refusals.corrupt(order.path) from error
        plan = plan_for(facts, order.wish, at_least=Action.FULL)
        return await self._carry_out(plan, facts, order)

    async def _place(self, plan: Plan, order: _Order) -> Probe:
        """Make the file of a plan at its final place, and give its facts."""
        target = order.output or await asyncio.to_thread(self._open_place, plan)
        async with ENCODES.turn():
            # Looked up after the wait: another caller may have converted the same file meanwhile.
            if order.output is None:
                with contextlib.suppress(MediaRefused):  # none is there, or it is damaged
                    return await self._looks.at(target)
            await asyncio.to_thread(self._make_room, plan, target.parent)
            with part_of(target) as part:
                await self._write(plan, part, order.progress)
                _check_output(order)  # again: a file may have appeared there in the minutes since
                try:
                    result = await examine(part)
                except MediaRefused as refusal:  # its text would name the temporary file
                    raise _NotRightError(refusal.rule) from refusal
                if wrong := problems(plan, result):
                    raise _NotRightError(", ".join(wrong))
                try:
                    await asyncio.to_thread(move_into_place, part, target)
                except OSError as error:
                    raise disk_refusal(error, plan.probe.path, target.parent) from error
            result = replace(result, path=target)
            await self._looks.remember(result)
            return result

    def _open_place(self, plan: Plan) -> Path:
        require_utf8_name(str(self._directory.absolute()))
        suffix = ".jpg" if plan.media_type == "image" else ".mp4"
        try:
            name = rendition_name(plan.probe.path, plan.settings, suffix)
        except OSError as error:
            raise disk_refusal(error, plan.probe.path, self._directory) from error
        open_directory(self._directory)
        return self._directory / name

    def _make_room(self, plan: Plan, place: Path) -> None:
        """Delete what killed processes left, and refuse a plan that needs more space than is free."""
        clear_away(place)
        size_bytes = plan.probe.size_bytes
        if plan.media_type == "image":
            needed_bytes = min(size_bytes, plan.max_bytes)
        else:
            if plan.action is Action.FULL:
                size_bytes = min(plan.max_bytes, round(_FULL_BYTES_PER_S * (plan.probe.duration_s or 0)))
            needed_bytes = _SPARE * size_bytes
        try:
            free_bytes = self._free_bytes(place)
        except OSError as error:
            raise refusals.unwritable(place) from error
        if free_bytes < needed_bytes:
            raise refusals.disk_full(place, needed_bytes)

    async def _write(self, plan: Plan, part: Path, progress: Progress | None) -> None:
        source = plan.probe.path
        try:
            if plan.action is Action.AS_IS:
                await asyncio.to_thread(shutil.copyfile, source, part)
            elif plan.media_type == "video":
                await convert_clip(plan, part, self._ffmpeg_path, progress)
            elif plan.action is Action.REMUX:
                await asyncio.to_thread(strip_picture, source, part)
            else:
                await convert_picture(plan, part)
        except OSError as error:
            raise disk_refusal(error, source, part.parent) from error


def _plan(facts: Probe, wish: Wish) -> Plan:
    """Give what is to be done. Raises MediaRefused for a file that cannot be made acceptable."""
    plan = plan_for(facts, wish)
    if plan.refusal:
        raise plan.refusal.error()
    return plan


def _check_output(order: _Order) -> None:
    """Refuse an output that is the input, that exists (unless asked to), or whose name is not UTF-8."""
    output, path = order.output, order.path
    if output is None:
        return
    require_utf8_name(str(output.absolute()))
    try:
        if not output.exists():
            return
    except OSError as error:  # a name too long
        raise refusals.unwritable(output) from error
    if path.exists() and output.samefile(path):
        raise refusals.output_is_input(output)
    if not order.overwrite:
        raise refusals.output_exists(output)
