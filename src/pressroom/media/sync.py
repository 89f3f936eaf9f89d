"""Decides what to encode so that picture and sound start together without an edit list.

A copy may leave an edit list out only when the list hides nothing but the reordering delay of the picture:
sound behind an edit list would shift by its priming (21 ms), and a trimmed picture would show its cut-off
parts again.
"""

from typing import Final

from pressroom.core.assets import Action
from pressroom.media.boxes import Boxes, Edit, Track
from pressroom.media.facts import Probe
from pressroom.media.rules import MAX_OFFSET_S
from pressroom.media.targets import FPS

_MAX_START_FRAMES: Final = 1.5
_CUT_S: Final = 0.1  # shorter ends are rounding
_ROUNDING_S: Final = 0.0005


def sync_action(probe: Probe) -> Action:
    """Give the least action that keeps picture and sound together: AS_IS, REMUX, AUDIO or FULL."""
    if probe.video is None:
        return Action.AS_IS
    edits = _edits_action(probe.boxes) if probe.boxes else Action.AS_IS
    if edits in (Action.AUDIO, Action.FULL):
        return edits
    priming_s = probe.audio.priming_s if probe.audio else 0.0
    if abs(probe.audio_lead_s) <= MAX_OFFSET_S:
        return Action.AUDIO if priming_s > MAX_OFFSET_S else edits
    late = probe.audio_lead_s * float(probe.video.fps)
    return Action.FULL if late > _MAX_START_FRAMES else Action.AUDIO


def off_grid_s(probe: Probe) -> float:
    """Give how far the first frame is behind a frame of the output, in seconds, to be taken from both tracks.

    ffmpeg moves frames to the nearest frame of the output. When the sound starts some milliseconds before the
    picture, every frame would move against the sound.
    """
    rest_s = probe.picture_wait_s % (1 / FPS)
    return rest_s if _ROUNDING_S < rest_s < 1 / FPS - _ROUNDING_S else 0.0


def _edits_action(boxes: Boxes) -> Action:
    video, audio = boxes.track("vide"), boxes.track("soun")
    if video and video.edits and not _is_harmless(video, boxes.timescale, video.first_shown):
        return Action.FULL
    if audio and audio.edits and not _is_harmless(audio, boxes.timescale, 0):
        return Action.AUDIO
    return Action.REMUX if boxes.has_edits else Action.AS_IS


def _is_harmless(track: Track, timescale: int, begins: int) -> bool:
    """Tell whether a track plays the same when its edit list is left out."""
    if len(track.edits) != 1:
        return False
    edit = track.edits[0]
    return edit.rate == 1 and edit.media_time == begins and _covers(edit, track, timescale)


def _covers(edit: Edit, track: Track, timescale: int) -> bool:
    if not edit.duration or not timescale or not track.timescale:
        return True  # a fragmented file leaves the length open
    return edit.duration / timescale >= track.duration / track.timescale - _CUT_S
