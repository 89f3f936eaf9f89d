"""The edits that are made only when asked for: trim, loop, loudness, salvage."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from pressroom.core.assets import Edits
from pressroom.graph.limits import VideoLimits
from pressroom.media.facts import Probe, VideoFacts
from pressroom.media.rules import is_too_short
from pressroom.media.sync import off_grid_s
from pressroom.media.targets import FPS

# In LUFS, dBTP and LU.
LOUDNESS: Final = "loudnorm=I=-14:TP=-1.5:LRA=11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Edits as ffmpeg takes them.

    start_s, length_s: the part of the input to read. times: how often it is played; frames: of the output, in
    each round.
    """

    start_s: float = 0.0
    length_s: float | None = None
    times: int = 1
    frames: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether the input is read once, from start to end."""
        return self == WHOLE


WHOLE: Final = Cut()


def cut_of(probe: Probe, edits: Edits, limits: VideoLimits) -> Cut:
    """Translate edits for ffmpeg; a trim beyond the end has a length of 0."""
    length_s = probe.duration_s or 0.0
    if edits.is_trim:
        start_s = _on_grid(probe, edits.start_s or 0.0)
        end_s = min(length_s, length_s if edits.end_s is None else edits.end_s)
        return Cut(start_s=start_s, length_s=max(0.0, end_s - start_s))
    if edits.repeat and is_too_short(probe, limits):
        # Whole frames, as long as the picture: each round starts with both, and the last frame is not held
        # while the sound goes on.
        frames = max(1, round(_whole_s(probe) * FPS))
        return Cut(times=math.ceil(limits.min_duration_s * FPS / frames), frames=frames)
    return Cut(start_s=_on_grid(probe, 0.0), length_s=length_s) if probe.is_cut_off else WHOLE


def _on_grid(probe: Probe, asked_s: float) -> float:
    """Round a start to a frame of the output.

    ffmpeg moves frames to that grid and not the sound: a start between two frames puts them out of step.
    """
    first_s = off_grid_s(probe)
    return first_s + max(0, round((asked_s - first_s) * FPS)) / FPS


def shown_after(probe: Probe, cut: Cut) -> Probe:
    """Give the facts of the clip as it is after a cut."""
    video = probe.video
    if video is None or cut.is_whole:
        return probe
    if cut.frames:
        return _repeated(probe, video, cut)
    length_s = min(cut.length_s or 0.0, probe.picture_wait_s + video.duration_s - cut.start_s)
    audio = probe.audio and replace(probe.audio, start_s=video.start_s, duration_s=length_s)
    return replace(probe, zero_s=video.start_s, video=replace(video, duration_s=length_s), audio=audio)


def _whole_s(probe: Probe) -> float:
    """Give the length of the picture in the output, where its first frame is held until it would start."""
    assert probe.video is not None
    return probe.picture_wait_s - off_grid_s(probe) + probe.video.duration_s


def _repeated(probe: Probe, video: VideoFacts, cut: Cut) -> Probe:
    longer_s = cut.times * cut.frames / FPS - _whole_s(probe)
    length_s = video.duration_s + longer_s
    audio = probe.audio and replace(probe.audio, duration_s=length_s)
    return replace(probe, video=replace(video, duration_s=length_s), audio=audio)


def edit_changes(probe: Probe, cut: Cut, edits: Edits) -> Iterator[str]:
    """Describe the edits, one sentence each; `probe` is the clip before the cut."""
    if edits.is_trim and cut.length_s is not None:
        yield f"{cut.start_s:.2f} s to {cut.start_s + cut.length_s:.2f} s were kept."
    if cut.times > 1:
        yield f"It is played {cut.times} times, since once is too short."
    if probe.is_cut_off:
        yield f"Its end is lost; {probe.duration_s or 0:.2f} s could be saved."
    if edits.loudness and probe.audio:
        yield "Loudness was brought to -14 LUFS."
