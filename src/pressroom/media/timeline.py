"""Where a clip begins and ends, and whether picture and sound start together.

`plan_video` decides by these, `command` hands them to ffmpeg. Edits (trim, loop, loudness, salvage) are made
only when a person asks for them.

A copy may leave an edit list out only when the list hides nothing but the reordering delay of the picture:
sound behind an edit list would shift by its priming (21 ms), and a trimmed picture would show its cut-off
parts again.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pressroom.core.assets import Action, Edits
from pressroom.graph.limits import VideoLimits
from pressroom.media.boxes import Track
from pressroom.media.facts import MAX_START_FRAMES, Probe
from pressroom.media.rules import MAX_OFFSET_S, is_too_short

# In LUFS, dBTP and LU.
LOUDNESS: Final = "loudnorm=I=-14:TP=-1.5:LRA=11"
_CUT_S: Final = 0.1  # shorter ends are rounding
_ROUNDING_S: Final = 0.0005


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


def cut_of(probe: Probe, edits: Edits, limits: VideoLimits, fps: Fraction) -> Cut:
    """Translate edits for ffmpeg; a trim beyond the end has a length of 0.

    fps: the rate of the output.
    """
    length_s, cut = probe.duration_s or 0.0, WHOLE
    if edits.is_trim:
        start_s = _on_grid(probe, edits.start_s or 0.0, fps)
        end_s = min(length_s, length_s if edits.end_s is None else edits.end_s)
        cut = Cut(start_s=start_s, length_s=max(0.0, end_s - start_s))
    part = shown_after(probe, cut, fps)
    if edits.repeat and part.picture_s > 0 and is_too_short(part, limits):
        # Whole frames, as long as the picture: each round starts with both, and the last frame is not held
        # while the sound goes on.
        frames = max(1, round(_whole_s(part, fps) * fps))
        return replace(cut, times=math.ceil(limits.min_duration_s * fps / frames), frames=frames)
    if cut.is_whole and probe.is_cut_off:
        return Cut(start_s=_on_grid(probe, 0.0, fps), length_s=length_s)
    return cut


def _on_grid(probe: Probe, start_s: float, fps: Fraction) -> float:
    """Round a start to a frame of the output.

    ffmpeg moves frames to that grid and not the sound: a start between two frames puts them out of step.
    """
    first_s = off_grid_s(probe, fps)
    return first_s + float(max(0, round((start_s - first_s) * fps)) / fps)


def _whole_s(probe: Probe, fps: Fraction) -> float:
    """Give the length of the picture in the output, where its first frame is held until it would start."""
    assert probe.video is not None
    return probe.picture_wait_s - off_grid_s(probe, fps) + probe.video.duration_s


def shown_after(probe: Probe, cut: Cut, fps: Fraction) -> Probe:
    """Give the facts of the clip as it is after a cut."""
    video, audio = probe.video, probe.audio
    if video is None or cut.is_whole:
        return probe
    if cut.length_s is not None:
        length_s = max(0.0, min(cut.length_s, probe.picture_wait_s + video.duration_s - cut.start_s))
        audio = audio and replace(audio, start_s=video.start_s, duration_s=length_s)
        video = replace(video, duration_s=length_s)
        probe = replace(probe, zero_s=video.start_s, video=video, audio=audio)
    if cut.frames:
        length_s = video.duration_s + (float(cut.times * cut.frames / fps) - _whole_s(probe, fps))
        audio = audio and replace(audio, duration_s=length_s)
        probe = replace(probe, video=replace(video, duration_s=length_s), audio=audio)
    return probe


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


def sync_action(probe: Probe) -> Action:
    """Give the least action that keeps picture and sound together: AS_IS, REMUX, AUDIO or FULL."""
    if probe.video is None:
        return Action.AS_IS
    edits, boxes = Action.AS_IS, probe.boxes
    if boxes:
        video, audio = boxes.track("vide"), boxes.track("soun")
        if video and video.edits and not _is_harmless(video, boxes.timescale, video.first_shown):
            return Action.FULL
        if audio and audio.edits and not _is_harmless(audio, boxes.timescale, 0):
            return Action.AUDIO
        edits = Action.REMUX if boxes.has_edits else Action.AS_IS
    priming_s = probe.audio.priming_s if probe.audio else 0.0
    if abs(probe.audio_lead_s) <= MAX_OFFSET_S:
        return Action.AUDIO if priming_s > MAX_OFFSET_S else edits
    late_frames = probe.audio_lead_s * float(probe.video.fps)
    return Action.FULL if late_frames > MAX_START_FRAMES else Action.AUDIO


def _is_harmless(track: Track, timescale: int, begin: int) -> bool:
    """Tell whether a track plays the same when its edit list is left out."""
    if len(track.edits) != 1:
        return False
    edit = track.edits[0]
    if edit.rate != 1 or edit.media_time != begin:
        return False
    if not edit.duration or not timescale or not track.timescale:
        return True  # a fragmented file leaves the length open
    return edit.duration / timescale >= track.duration / track.timescale - _CUT_S


def off_grid_s(probe: Probe, fps: Fraction) -> float:
    """Give how far the first frame is behind a frame of the output, in seconds, to be taken from both tracks.

    ffmpeg moves frames to the nearest frame of the output. When the sound starts some milliseconds before the
    picture, every frame would move against the sound.
    """
    step_s = float(1 / fps)
    rest_s = probe.picture_wait_s % step_s
    return rest_s if _ROUNDING_S < rest_s < step_s - _ROUNDING_S else 0.0
