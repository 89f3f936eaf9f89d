"""A plan, as values: what becomes of picture and sound, or why the file is refused.

`plan` makes it, `desk` carries it out, and `problems` checks the converted file against it.
"""

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Final, Self

from pressroom.core.assets import NO_EDITS, Action, Edits, Fit, MediaType, Quality
from pressroom.core.errors import MediaRefused
from pressroom.core.remedies import Fix
from pressroom.graph.error_table import HelperPrefix
from pressroom.graph.limits import VideoLimits
from pressroom.media.facts import Probe
from pressroom.media.rules import BLUR, CROP, FPS, MAX_OFFSET_S, PAD, is_too_short, spell_ratio
from pressroom.media.timeline import WHOLE, Cut, off_grid_s

# From the least work to the most.
_WORK: Final = (Action.AS_IS, Action.REMUX, Action.AUDIO, Action.FULL)
_SLOWEST_FPS: Final = 30


class Sound(Enum):
    """What is done with the sound."""

    NONE = auto()
    COPY = auto()
    ENCODE = auto()
    SILENCE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a file cannot be made acceptable, as plain data. value, limit: as text."""

    rule: str
    message: str
    value: str
    limit: str
    fix: Fix | str
    helper_prefix: HelperPrefix | None = HelperPrefix.MEDIA_TYPE

    @classmethod
    def of_ratio(cls, name: str, ratio: Fraction, lowest: Fraction, highest: Fraction) -> Self:
        """Refuse a ratio that Instagram does not take and that is to be kept."""
        allowed = f"{spell_ratio(lowest)} to {spell_ratio(highest)}"
        return cls(
            rule="ratio",
            message=f"{name} is {spell_ratio(ratio)}; Instagram takes {allowed}.",
            value=spell_ratio(ratio),
            limit=allowed,
            fix=Fix.of("Use {} or {} to add bars, or {} to cut.", BLUR, PAD, CROP),
        )

    @classmethod
    def of(cls, error: MediaRefused) -> Self:
        """Copy the fields of an error."""
        return cls(
            rule=error.rule,
            message=error.message,
            value=str(error.value),
            limit=str(error.limit),
            fix=error.advice,
            helper_prefix=error.helper_prefix,
        )

    def error(self) -> MediaRefused:
        """Give the error to raise."""
        return MediaRefused(
            self.message,
            rule=self.rule,
            value=self.value,
            limit=self.limit,
            fix=self.fix,
            helper_prefix=self.helper_prefix,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The size of a converted picture.

    width, height: of the whole. content: width and height of the source scaled into it. fit: how the
    difference is filled or cut; KEEP when there is none.
    """

    width: int
    height: int
    content: tuple[int, int]
    fit: Fit = Fit.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done with a file.

    probe: the facts after the cut. reasons: the broken rules. changes: what is done, one sentence each.
    frame: None unless the picture is encoded. fps: of an encoded clip. cut: the part of the input that is
    read. max_bytes: the largest result allowed.
    """

    probe: Probe
    media_type: MediaType
    action: Action
    reasons: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refusal: Refusal | None = None
    frame: Frame | None = None
    fps: Fraction = FPS
    sound: Sound = Sound.NONE
    quality: Quality = "normal"
    edits: Edits = NO_EDITS
    cut: Cut = WHOLE
    max_bytes: int

    @property
    def settings(self) -> str:
        """All that the result depends on besides the content: it is part of the file's name."""
        # The cut holds the other edits.
        edits = (self.edits.loudness, self.edits.salvage)
        parts = (self.action, self.frame, self.fps, self.sound, self.quality, self.cut, edits)
        return "|".join(str(part) for part in parts)


def most(*actions: Action) -> Action:
    """Give the action that does most."""
    return max(actions, key=_WORK.index)


def problems(plan: Plan, result: Probe) -> list[str]:
    """Name what is wrong with the file that was made; empty when it is right."""
    boxes, still, video, frame = result.boxes, result.still, result.video, plan.frame
    if still:
        checks = {
            "format": still.is_baseline,
            "metadata": not result.private,
            "size": result.size_bytes <= plan.max_bytes,
            "pixels": frame is None or (still.width, still.height) == (frame.width, frame.height),
        }
        return [name for name, is_right in checks.items() if not is_right]
    checks = {
        "moov_first": boxes is not None and boxes.is_moov_first and not boxes.is_fragmented,
        "edit_list": boxes is not None and not boxes.has_edits,
        "metadata": not result.private and not result.extras,
        "file_size": result.size_bytes <= plan.max_bytes,
        "audio": (result.audio is not None) == (plan.sound is not Sound.NONE),
        "sync": abs(result.audio_lead_s) <= MAX_OFFSET_S,
    }
    if video:
        probe, source = plan.probe, plan.probe.video
        assert source is not None
        # An encoded picture starts with the sound, by holding its first frame.
        held_s = probe.picture_wait_s - off_grid_s(probe, plan.fps) if plan.action is Action.FULL else 0.0
        # Two frames more or less.
        slack_s = 2 / min(float(source.fps), _SLOWEST_FPS) + 0.001
        checks["start"] = abs(video.start_s) <= MAX_OFFSET_S
        # ffmpeg can end with 0 and a clip that is cut short, which is what salvaging leaves.
        lost_s = source.duration_s + held_s - video.duration_s
        is_salvaged = plan.edits.salvage and not is_too_short(result, VideoLimits())
        checks["duration"] = -slack_s <= lost_s and (lost_s <= slack_s or is_salvaged)
    if video and frame:
        checks["pixels"] = video.shown == (frame.width, frame.height)
        checks["pixel_format"] = video.codec == "h264" and video.is_420 and video.bit_depth == 8  # noqa: PLR2004  # bits
        # HDR data left in the file makes players brighten the picture again.
        checks["colour"] = not video.gamut and not video.has_hdr_data
    return [name for name, is_right in checks.items() if not is_right]
