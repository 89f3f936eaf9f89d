"""Defines what a clip is converted to: Instagram's limits, narrowed to the target a person chose.

`platform` allows what Instagram does, `house` is 720 x 1280 at 30 frames a second. `profile` gives the
numbers of a wish, `canvas` the size of the picture to make.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pressroom.core.assets import Finding, Fit, Target, Wish
from pressroom.graph.limits import VIDEO_LIMITS, MediaUse, VideoLimits
from pressroom.media.facts import Probe, VideoFacts
from pressroom.media.rules import spell_ratio, video_findings

PORTRAIT: Final = Fraction(9, 16)
FPS: Final = 30
_HOUSE: Final = (720, 1280)
_PLATFORM: Final = (1080, 1920)
_HOUSE_MAX_S: Final = 90
_HOUSE_FPS_SLACK: Final = Fraction(1, 20)  # 29.97 counts as 30
_PICTURE_SHARE: Final = 0.9  # the rest is for sound, index and the encoder's overshoot
_LEAST_FOR_1080: Final = 6_000_000  # below, 720 lines look better (measured on grainy footage)
# Nobody sees a picture stretched by a hundredth, but bars of a few pixels show.
_RATIO_SLACK: Final = Fraction(1, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A target in numbers. box: the largest output, portrait. shape: the ratio to fill; None keeps it.

    is_exact: only a picture of exactly the size of the box complies.
    """

    limits: VideoLimits
    box: tuple[int, int]
    shape: Fraction | None
    is_exact: bool

    def findings(self, probe: Probe) -> list[Finding]:
        """Check a clip against the target, rule by rule."""
        findings, video = video_findings(probe, self.limits), probe.video
        if video and self.is_exact:
            size, box = f"{video.shown[0]} x {video.shown[1]}", f"{self.box[0]} x {self.box[1]}"
            findings.append(_own_finding("size", size, box, is_met=video.shown == self.box))
            is_met, rate = abs(video.fps - FPS) <= _HOUSE_FPS_SLACK, f"{float(video.fps):.4g} fps"
            findings.append(_own_finding("target_rate", rate, f"{FPS} fps", is_met=is_met))
        elif video and self.shape:
            is_met, shape = is_near(video.ratio, self.shape), spell_ratio(self.shape)
            findings.append(_own_finding("shape", spell_ratio(video.ratio), shape, is_met=is_met))
        return findings


def _own_finding(rule: str, value: str, limit: str, *, is_met: bool) -> Finding:
    return Finding(
        rule=rule, value=value, limit=limit, is_met=is_met, fix="" if is_met else "It is converted."
    )


def is_near(ratio: Fraction, other: Fraction) -> bool:
    """Tell whether one ratio can be stretched to the other without anybody seeing it."""
    return abs(ratio / other - 1) <= _RATIO_SLACK


def fit_of(video: VideoFacts | None, wish: Wish) -> Fit:
    """Give the fit of a clip. Unasked it keeps a shape that Instagram takes, since that costs least."""
    if wish.fit or video is None:
        return wish.fit or Fit.BLUR
    limits = VIDEO_LIMITS[wish.use]
    is_taken = limits.min_ratio <= video.ratio <= limits.max_ratio
    # Instagram crops a carousel's items to one shape: bars keep what it would cut off.
    is_kept = wish.target is Target.PLATFORM and wish.ratio is None and is_taken
    return Fit.KEEP if is_kept else Fit.BLUR


def profile(video: VideoFacts | None, wish: Wish) -> Profile:
    """Give the numbers of the target that a clip is converted to."""
    use, target, ratio, fit = wish.use, wish.target, wish.ratio, fit_of(video, wish)
    limits = VIDEO_LIMITS[use]
    if target is Target.HOUSE:
        seconds = min(_HOUSE_MAX_S, limits.max_duration_s)
        limits = replace(limits, video_codecs=("h264",), max_duration_s=seconds)
    is_house = target is Target.HOUSE and ratio is None
    keeps_shape = fit is Fit.KEEP or (use is MediaUse.CAROUSEL_ITEM and not is_house)
    return Profile(
        limits=limits,
        box=_HOUSE if target is Target.HOUSE else _PLATFORM,
        shape=ratio or (None if keeps_shape else PORTRAIT),
        is_exact=is_house and not keeps_shape,
    )


def canvas(video: VideoFacts, target: Profile) -> tuple[int, int]:
    """Give the size of the picture to make: even, within the box, never much larger than the source."""
    shown = video.shown
    box = _HOUSE if bitrate_ceiling(video, target.limits.max_bytes) < _LEAST_FOR_1080 else target.box
    if target.shape is None:
        short, long = sorted(shown)
        scale = min(Fraction(1), Fraction(box[0], short), Fraction(box[1], long))
        return even(shown[0] * scale), even(shown[1] * scale)
    if target.is_exact or target.shape == PORTRAIT:
        is_narrow = not target.is_exact and shown[0] <= _HOUSE[0]
        return _HOUSE if is_narrow else box
    width = max(2, 2 * int(min(box[0], box[1] * target.shape) / 2))
    return width, min(box[1], even(width / target.shape))


def bitrate_ceiling(video: VideoFacts, max_bytes: int) -> int:
    """Give the bits a second at which a clip just stays within its limit of bytes."""
    return int(max_bytes * 8 * _PICTURE_SHARE / video.duration_s)


def is_large(size: tuple[int, int]) -> bool:
    """Tell whether a picture has more pixels than 720p."""
    return size[0] * size[1] > _HOUSE[0] * _HOUSE[1]


def most_bitrate(video: VideoFacts, size: tuple[int, int], max_bytes: int) -> int:
    """Give the most bits a second that a picture of a size is encoded with."""
    return min(10_000_000 if is_large(size) else 6_000_000, bitrate_ceiling(video, max_bytes))


def even(number: Fraction | float) -> int:
    """Round to the nearest even number, at least 2: 4:2:0 needs it."""
    return max(2, round(number / 2) * 2)
