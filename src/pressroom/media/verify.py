"""Checks the facts of a converted file against its plan."""

from collections.abc import Iterator
from typing import Final

from pressroom.core.assets import Action
from pressroom.media.decision import Plan, Sound
from pressroom.media.facts import Probe, VideoFacts
from pressroom.media.rules import MAX_OFFSET_S
from pressroom.media.sync import off_grid_s

_FRAMES: Final = 2
_SLOWEST_FPS: Final = 30


def problems(plan: Plan, made: Probe) -> list[str]:
    """Name what is wrong with the file that was made; empty when it is right."""
    checks = _still(plan, made) if made.still else _clip(plan, made)
    return [name for name, is_right in checks if not is_right]


def _still(plan: Plan, made: Probe) -> Iterator[tuple[str, bool]]:
    still, frame = made.still, plan.frame
    yield "format", still is not None and still.is_baseline
    yield "metadata", not made.private
    yield "size", made.size_bytes <= plan.max_bytes
    if still and frame:
        yield "pixels", (still.width, still.height) == (frame.width, frame.height)


def _clip(plan: Plan, made: Probe) -> Iterator[tuple[str, bool]]:
    boxes, video, source = made.boxes, made.video, plan.probe.video
    assert source is not None
    yield "moov_first", boxes is not None and boxes.is_moov_first and not boxes.is_fragmented
    yield "edit_list", boxes is not None and not boxes.has_edits
    yield "metadata", not made.private and not made.extras
    yield "file_size", made.size_bytes <= plan.max_bytes
    yield "audio", (made.audio is not None) == (plan.sound is not Sound.NONE)
    yield "sync", abs(made.audio_lead_s) <= MAX_OFFSET_S
    if video is not None:
        # ffmpeg can end with 0 and a clip that is cut short.
        yield "start", abs(video.start_s) <= MAX_OFFSET_S
        yield "duration", abs(video.duration_s - _expected_s(plan, source)) <= _slack_s(source)
        yield from _picture(plan, video)


def _expected_s(plan: Plan, source: VideoFacts) -> float:
    """Give the expected length: an encoded picture starts with the sound, by holding its first frame."""
    probe = plan.probe
    held_s = probe.picture_wait_s - off_grid_s(probe) if plan.action is Action.FULL else 0.0
    return source.duration_s + held_s


def _slack_s(source: VideoFacts) -> float:
    """Give the tolerance: two frames."""
    return _FRAMES / min(float(source.fps), _SLOWEST_FPS) + 0.001


def _picture(plan: Plan, video: VideoFacts) -> Iterator[tuple[str, bool]]:
    if plan.frame is None:
        return
    yield "pixels", video.shown == (plan.frame.width, plan.frame.height)
    yield "pixel_format", video.codec == "h264" and video.is_420 and video.bit_depth == 8  # noqa: PLR2004  # bits
    yield "colour", not video.gamut and not video.has_hdr_data
