"""Instagram's rules for a file: one finding for each, and what a clip is converted to.

A rule's name is stable: callers, JSON and the sandbox use it. `judge`, `plan` and `report` use the findings.
Of the two targets `platform` allows what Instagram does, `house` is 720 x 1280 at 30 frames a second.
`profile` gives the numbers of a wish, `canvas` the size of the picture to make.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pressroom.core.assets import Finding, Fit, Target, Wish
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.limits import MB, VIDEO_LIMITS, ImageLimits, MediaUse, VideoLimits
from pressroom.media.facts import BASELINE, HLG, PQ, AudioFacts, Probe, VideoFacts

_CONTAINERS: Final = ("mov",)
_EIGHT_BITS: Final = 8
_PLAIN_AAC: Final = ("LC", "")
# What every phone decodes. Lossless x264 is High 4:4:4 Predictive even where its pixels are 4:2:0.
_COMMON_H264: Final = ("Baseline", "Constrained Baseline", "Main", "High", "")
# Rates and lengths are computed from frames and time bases, so they are seldom whole numbers.
_FPS_SLACK: Final = Fraction(1, 10)
_SHORT_SLACK_S: Final = 0.005
_LONG_SLACK_S: Final = 0.1
MAX_OFFSET_S: Final = 0.005  # between the starts of picture and sound
_LARGEST_TERM: Final = 16
_NAMED_SLACK: Final = Fraction(1, 500)
_WIDEST: Final = Fraction(191, 100)
BLUR: Final = Remedy(RemedyKind.SET_FIT, {"fit": "blur"})
PAD: Final = Remedy(RemedyKind.SET_FIT, {"fit": "pad"})
CROP: Final = Remedy(RemedyKind.SET_FIT, {"fit": "crop"})
_CONVERTED: Final = Fix("It is converted.")


def image_findings(probe: Probe, limits: ImageLimits) -> list[Finding]:
    """Check a still against Instagram's limits. A finding that is met has an empty `fix`."""
    still = probe.still
    if still is None:
        return [Finding(rule="format", value="a clip", limit="JPEG", is_met=False, fix="Give a picture.")]
    profile = "sRGB" if still.is_srgb else "CMYK" if still.mode == "CMYK" else "another colour space"
    colour = f"{profile} with transparency" if still.has_alpha else profile
    ratios = list[Finding]()
    if limits.min_ratio is not None and limits.max_ratio is not None:
        allowed = f"{spell_ratio(limits.min_ratio)} to {spell_ratio(limits.max_ratio)}"
        is_met = limits.min_ratio <= still.ratio <= limits.max_ratio
        ratios.append(_finding("ratio", spell_ratio(still.ratio), allowed, is_met=is_met))
    return [
        _finding("format", still.format, "JPEG", is_met=still.format == "JPEG"),
        # In no specification of Meta's: progressive JPEGs have been refused as 9004.
        _finding("progressive", still.process, BASELINE, is_met=still.process == BASELINE),
        _file_size(probe.size_bytes, limits.max_bytes),
        *ratios,
        _finding(
            "width",
            f"{still.width} px",
            f"{limits.min_width} to {limits.max_width} px, scaled by Instagram outside",
            is_met=limits.min_width <= still.width <= limits.max_width,
        ),
        _finding("colour", colour, "sRGB", is_met=still.is_srgb and not still.has_alpha),
        _finding(
            "orientation", f"EXIF {still.orientation}", "upright (EXIF 1)", is_met=still.orientation == 1
        ),
        _metadata(probe),
    ]


def unmet(findings: list[Finding]) -> list[Finding]:
    """Keep the findings that are not met."""
    return [finding for finding in findings if not finding.is_met]


def _finding(rule: str, value: str, limit: str, *, is_met: bool, fix: Fix = _CONVERTED) -> Finding:
    fix = Fix("") if is_met else fix
    return Finding(rule=rule, value=value, limit=limit, is_met=is_met, fix=fix.text, remedies=fix.remedies)


def _file_size(size: int, limit: int) -> Finding:
    return _finding("file_size", f"{size / MB:.2f} MB", f"at most {limit // MB} MB", is_met=size <= limit)


def spell_ratio(ratio: Fraction) -> str:
    """Spell a width : height ratio as people do: 4:5, 16:9 (854 x 480 too), else 1.91:1."""
    near = ratio.limit_denominator(_LARGEST_TERM)
    if near and near.numerator <= _LARGEST_TERM and abs(near / ratio - 1) < _NAMED_SLACK:
        return f"{near.numerator}:{near.denominator}"
    # The widest that a picture may be, rounded to whole pixels.
    if 1 - _NAMED_SLACK < ratio / _WIDEST <= 1:
        return "1.91:1"
    return f"{float(ratio):.4g}:1"


def _metadata(probe: Probe) -> Finding:
    names = ", ".join(probe.private[:4]) or "none"
    return _finding("metadata", names, "none", is_met=not probe.private, fix=Fix("It is removed."))


def video_findings(probe: Probe, limits: VideoLimits) -> list[Finding]:
    """Check a clip against Instagram's limits and against stricter rules of our own."""
    video = probe.video
    if video is None:
        return [
            Finding(rule="container", value="a picture", limit="MP4 or MOV", is_met=False, fix="Give a clip.")
        ]
    return [
        *_container(probe),
        *_picture(video, limits),
        *_timing(probe, video, limits),
        *(_sound(probe.audio, limits) if probe.audio else ()),
        _file_size(probe.size_bytes, limits.max_bytes),
        _finding("extra_tracks", ", ".join(probe.extras) or "none", "none", is_met=not probe.extras),
        _metadata(probe),
    ]


def _container(probe: Probe) -> Iterator[Finding]:
    # Meta's reel specification: MOV or MP4, moov first, no edit lists. One piece is a rule of ours.
    is_iso = probe.container in _CONTAINERS
    yield _finding("container", "MP4 or MOV" if is_iso else probe.container, "MP4 or MOV", is_met=is_iso)
    boxes = probe.boxes
    if boxes is None:
        return
    place = "first" if boxes.is_moov_first else "last"
    yield _finding("moov_first", f"index {place}", "index first", is_met=boxes.is_moov_first)
    edits = "an edit list" if boxes.has_edits else "none"
    yield _finding("edit_list", edits, "no edit list", is_met=not boxes.has_edits)
    pieces = "in fragments" if boxes.is_fragmented else "in one piece"
    yield _finding("fragmented", pieces, "in one piece", is_met=not boxes.is_fragmented)


def _picture(video: VideoFacts, limits: VideoLimits) -> Iterator[Finding]:
    (width, height), codecs = video.shown, limits.video_codecs
    yield _finding("video_codec", video.codec, " or ".join(codecs), is_met=video.codec in codecs)
    # A rule of ours: Meta documents no profile.
    is_common = video.codec != "h264" or video.profile in _COMMON_H264
    wanted = "Baseline, Main or High" if video.codec == "h264" else "any"
    yield _finding("video_profile", video.profile or "not known", wanted, is_met=is_common)
    # Meta's reel specification asks for 4:2:0.
    sampling = "4:2:0" if video.is_420 else video.pixel_format
    is_met = video.is_420 and video.bit_depth == _EIGHT_BITS
    yield _finding("pixel_format", f"{sampling}, {video.bit_depth} bits", "4:2:0, 8 bits", is_met=is_met)
    colour = f"wide gamut ({video.gamut})" if video.gamut else "SDR"
    colour = {PQ: "HDR (PQ)", HLG: "HDR (HLG)"}.get(video.transfer, colour)
    if video.dolby_vision is not None:
        colour = f"Dolby Vision profile {video.dolby_vision}"
    is_plain = not video.gamut and video.dolby_vision is None
    yield _finding("colour", colour, "SDR (BT.709)", is_met=is_plain)
    levels = "full" if video.is_full_range else "limited"
    yield _finding("colour_range", levels, "limited", is_met=not video.is_full_range)
    yield _finding("width", f"{width} px", f"at most {limits.max_width} px", is_met=width <= limits.max_width)
    # 4:2:0 stores one colour for two by two pixels.
    is_even = video.width % 2 == 0 and video.height % 2 == 0
    yield _finding("even_sides", f"{width} x {height}", "even numbers", is_met=is_even)
    yield _finding(
        "ratio",
        spell_ratio(video.ratio),
        f"{float(limits.min_ratio):g}:1 to {float(limits.max_ratio):g}:1",
        is_met=limits.min_ratio <= video.ratio <= limits.max_ratio,
    )
    whole, clean = (video.width, video.height), video.clean
    kept = f"{clean[0]} x {clean[1]} of {whole[0]} x {whole[1]}" if clean else "the whole picture"
    yield _finding("clean_aperture", kept, "the whole picture", is_met=clean is None)
    across, down = video.pixel_ratio.as_integer_ratio()
    words = f"{across}:{down}"
    yield _finding("pixel_shape", words, "square pixels (1:1)", is_met=video.has_square_pixels)
    turned = f"{video.rotation} degrees{', mirrored' if video.is_mirrored else ''}"
    is_upright = video.rotation == 0 and not video.is_mirrored
    yield _finding("rotation", turned, "0 degrees", is_met=is_upright)


def _timing(probe: Probe, video: VideoFacts, limits: VideoLimits) -> Iterator[Finding]:
    rate = limits.max_video_bitrate
    lines = "interlaced" if video.is_interlaced else "progressive"
    yield _finding("interlaced", lines, "progressive", is_met=not video.is_interlaced)
    # Meta's reel specification asks for closed groups of pictures.
    group = "closed" if video.is_closed_gop else "open"
    yield _finding("closed_gop", f"{group} GOP", "closed GOP", is_met=video.is_closed_gop)
    yield _finding(
        "frame_rate",
        f"{float(video.fps):.4g} fps",
        f"{float(limits.min_fps):g} to {float(limits.max_fps):g} fps",
        is_met=limits.min_fps - _FPS_SLACK <= video.fps <= limits.max_fps + _FPS_SLACK,
    )
    pace = "constant" if video.is_constant_rate else "variable"
    yield _finding("constant_rate", f"{pace} frame rate", "constant", is_met=video.is_constant_rate)
    words = f"at most {rate / 1e6:g} Mb/s"
    yield _finding("video_bitrate", f"{video.bitrate / 1e6:.2f} Mb/s", words, is_met=video.bitrate <= rate)
    yield _rising_dts("video_timestamps", is_met=video.has_rising_dts)
    is_short, is_long = is_too_short(probe, limits), is_too_long(probe, limits)
    yield _finding(
        "duration",
        f"{probe.duration_s or 0:.2f} s",
        f"{limits.min_duration_s:g} to {limits.max_duration_s:g} s",
        is_met=not is_short and not is_long,
    )
    lead_s = probe.audio_lead_s
    is_met = abs(lead_s) <= MAX_OFFSET_S
    apart = f"sound starts {abs(lead_s):.3f} s {'before' if lead_s > 0 else 'after'} the picture"
    yield _finding("sync", "together" if is_met else apart, "start together", is_met=is_met)


def _rising_dts(rule: str, *, is_met: bool) -> Finding:
    """Check the decode times of a track. A rule of ours: ffmpeg cannot copy packets that share one."""
    value = "rising" if is_met else "packets share a time, or go back in time"
    return _finding(rule, value, "rising", is_met=is_met)


def is_too_short(probe: Probe, limits: VideoLimits) -> bool:
    """Tell whether a clip's picture is shorter than Instagram takes, with the wait for it that is kept."""
    return probe.video is not None and probe.picture_s < limits.min_duration_s - _SHORT_SLACK_S


def is_too_long(probe: Probe, limits: VideoLimits) -> bool:
    """Tell whether a clip's picture or sound is longer than Instagram takes."""
    return (probe.duration_s or 0) > limits.max_duration_s + _LONG_SLACK_S


def _sound(audio: AudioFacts, limits: VideoLimits) -> Iterator[Finding]:
    codecs, rate, channels = limits.audio_codecs, limits.max_sample_rate, limits.max_channels
    yield _finding("audio_codec", audio.codec, " or ".join(codecs), is_met=audio.codec in codecs)
    is_plain = audio.codec != "aac" or audio.profile in _PLAIN_AAC
    yield _finding("audio_profile", audio.profile or "none", "AAC-LC", is_met=is_plain)
    is_met = audio.sample_rate <= rate
    yield _finding("sample_rate", f"{audio.sample_rate} Hz", f"at most {rate} Hz", is_met=is_met)
    is_met = audio.channels <= channels
    yield _finding("channels", str(audio.channels), f"at most {channels}", is_met=is_met)
    yield _rising_dts("audio_timestamps", is_met=audio.has_rising_dts)


PORTRAIT: Final = Fraction(9, 16)
FPS: Final = Fraction(30)
# What cameras and editors count in. Between 30 and its television twin is a thousandth.
_RATES: Final = tuple(
    Fraction(rate) * twin for rate in (24, 25, 30, 48, 50, 60) for twin in (1, Fraction(1000, 1001))
)
_RATE_SLACK: Final = Fraction(1, 2000)
_MOST_PARTS: Final = 1001  # of a second, in a rate that is none of these
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

    is_exact: only a picture of exactly the size of the box complies. fps: of a picture that is encoded.
    """

    limits: VideoLimits
    fps: Fraction
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
        fps=FPS if target is Target.HOUSE or video is None else rate_of(video, limits),
        box=_HOUSE if target is Target.HOUSE else _PLATFORM,
        shape=ratio or (None if keeps_shape else PORTRAIT),
        is_exact=is_house and not keeps_shape,
    )


def rate_of(video: VideoFacts, limits: VideoLimits) -> Fraction:
    """Give the frames a second to encode with: the clip's own, or its half or double as far as it must.

    So no frame is repeated or left out now and then, which makes a pan stutter.
    """
    counted = video.usual_fps or video.fps
    near = min(_RATES, key=lambda rate: abs(rate - counted))
    fps = near if abs(near / counted - 1) < _RATE_SLACK else counted.limit_denominator(_MOST_PARTS)
    if fps > limits.max_fps + _FPS_SLACK:
        return fps / math.ceil(fps / limits.max_fps)
    if 0 < fps < limits.min_fps - _FPS_SLACK:
        is_even = (FPS / fps).denominator == 1
        return FPS if is_even else fps * math.ceil(limits.min_fps / fps)
    return min(max(fps, limits.min_fps), limits.max_fps)


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
