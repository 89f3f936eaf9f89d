"""The facts of a file, and the job of converting a picture, as values.

They pass between this process and the children that decode: `prober` sends a `Probe`, `picture` takes a
`Recipe`.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pressroom.core.assets import Fit
from pressroom.media.boxes import Boxes

# ITU-T H.273 numbers, as ffmpeg gives them.
BT709, UNSPECIFIED, BT2020_PRIMARIES = 1, 2, 9
P3_PRIMARIES = (11, 12)  # DCI-P3 and Display P3
PQ, HLG = 16, 18
BT2020_CONSTANT = 10
_BT2020_MATRICES = (9, BT2020_CONSTANT)
_QUARTER_TURNS = (90, 270)
BASELINE = "baseline"
ALWAYS_CONVERTED = ("HEIF", "AVIF", "PNG", "TIFF", "BMP")
"""Decoders of pictures that are never published as they are: converting one decodes it anyway."""
# Containers that store no presentation times.
TIMELESS = ("avi",)
MAX_START_FRAMES = 1.5
"""By how many frames a picture may start after the sound without being encoded."""
_ROUNDING = 0.01  # of a frame
GAIN_MAP, MOTION = "gain map", "motion"
CAMERA_DATA = "camera data in the picture"
"""Named among what is private in a clip: AVCHD cameras write date, place and exposure before each picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """The picture of a clip. profile: ffmpeg's name of the codec's: High, Main, ...; empty when unknown.

    width, height: as stored; `shown` crops, stretches and turns them. rotation: degrees to turn it upright.
    pixel_ratio: width : height of a pixel. clean: width and height of the clean aperture, None for all of it.
    fps: frames over duration, counted. usual_fps: the rate at which most frames follow one another, None
    where `fps` tells. start_s, duration_s: on the presented timeline, edit lists applied.
    held_s: how much longer than that the last frame is stored to last. has_rising_dts: each packet is decoded
    later than the one before it, which MP4 needs of a copy. is_timed_by_count: the times that the file stores
    are wrong, and its frames follow one another at `fps`.
    primaries, transfer, matrix: H.273 numbers, 2 when the file does not say.
    dolby_vision: profile and compatibility of the base layer: "8.4" is HLG; ".0" needs Dolby's own player.
    """

    codec: str
    profile: str = ""
    pixel_format: str
    bit_depth: int
    is_420: bool
    width: int
    height: int
    rotation: int = 0
    is_mirrored: bool = False
    has_alpha: bool = False
    pixel_ratio: Fraction = Fraction(1)
    clean: tuple[int, int] | None = None
    fps: Fraction
    is_constant_rate: bool = True
    usual_fps: Fraction | None = None
    frames: int
    start_s: float = 0.0
    duration_s: float
    held_s: float = 0.0
    bitrate: int
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    is_full_range: bool = False
    is_interlaced: bool = False
    is_closed_gop: bool = True
    has_rising_dts: bool = True
    is_timed_by_count: bool = False
    has_hdr_data: bool = False
    dolby_vision: str | None = None

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height in square pixels, upright."""
        width, height = self.clean or (self.width, self.height)
        width = width if self.has_square_pixels else round(width * self.pixel_ratio)
        return (height, width) if self.rotation in _QUARTER_TURNS else (width, height)

    @property
    def has_square_pixels(self) -> bool:
        """Whether its pixels are square, as far as its width tells.

        Encoders round a width to an even number, and say the rest as a shape of pixels: 854 x 480 for 16:9
        has pixels of 1280:1281.
        """
        return abs(self.width * self.pixel_ratio - self.width) < 1

    @property
    def turns_small(self) -> bool:
        """Whether our filters turn it after scaling. ffmpeg turns whole 4K frames: a tenth more work."""
        is_odd = self.is_mirrored or self.is_interlaced or self.has_alpha or not self.has_square_pixels
        return self.is_hdr and self.rotation in _QUARTER_TURNS and not is_odd

    @property
    def ratio(self) -> Fraction:
        """Width : height as shown."""
        width, height = self.shown
        return Fraction(width, height)

    @property
    def is_hdr(self) -> bool:
        """Whether it must be tone-mapped to look right on an SDR screen."""
        return self.transfer in (PQ, HLG)

    @property
    def gamut(self) -> str:
        """The wide gamut, BT.2020 or P3; empty for the colours of BT.709."""
        if self.primaries in P3_PRIMARIES:
            return "P3"
        is_2020 = self.primaries == BT2020_PRIMARIES or self.matrix in _BT2020_MATRICES
        return "BT.2020" if self.is_hdr or is_2020 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """The sound of a clip. `profile` is ffmpeg's name: LC, HE-AAC, ...

    number: which of the file's sound tracks it is, from 0.
    priming_s: the encoder's silence at the start, where packets tell players to skip it, not an edit list.
    has_rising_dts: as of the picture.
    """

    number: int = 0
    codec: str
    profile: str = ""
    sample_rate: int
    channels: int
    start_s: float = 0.0
    priming_s: float = 0.0
    duration_s: float
    bitrate: int
    has_rising_dts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StillFacts:
    """A picture. width, height: of what is shown, upright. orientation: EXIF's 1 to 8.

    aperture: left, top, right, bottom of what is shown, as `decode` takes it; None for all. frames: of a TIFF
    2 at most. process: how a JPEG is coded, in the words of `jpeg.process`. damage: `truncated` or `corrupt`
    when it does not decode; unknown unless `is_decoded`. companions: what other viewers show besides:
    GAIN_MAP, MOTION.
    """

    format: str
    mode: str
    width: int
    height: int
    orientation: int = 1
    aperture: tuple[int, int, int, int] | None = None
    frames: int = 1
    is_moving: bool = False
    process: str = BASELINE
    is_srgb: bool = True
    has_alpha: bool = False
    damage: str = ""
    is_decoded: bool = True
    companions: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    @property
    def ratio(self) -> Fraction:
        """Width : height, upright."""
        return Fraction(self.width, self.height)

    @property
    def decoder(self) -> str:
        """The decoder of its pixels: an MPO is several JPEGs in a row, and only the first is published."""
        return "JPEG" if self.format == "MPO" else self.format

    @property
    def is_baseline(self) -> bool:
        """Whether it is a JPEG as all of Instagram's decoders take it."""
        return self.format == "JPEG" and self.process == BASELINE


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallPictures:
    """JPEGs of one picture, in the order of the sizes asked for. is_dark: next to nothing is seen on it."""

    jpegs: tuple[bytes, ...]
    is_dark: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a file is. An animated GIF is both a still and a clip.

    container: ffmpeg's demuxer or Pillow's format. extras: other tracks than the two used, in words.
    private: names of the metadata entries that are about a person or a place.
    zero_s: the file's time that ffmpeg counts as zero. is_cut_off: the facts are those of the part before the
    damage. is_joined: its clock starts again in the middle, as where two recordings were joined.
    """

    path: Path
    size_bytes: int
    container: str
    zero_s: float = 0.0
    is_cut_off: bool = False
    is_joined: bool = False
    still: StillFacts | None = None
    video: VideoFacts | None = None
    audio: AudioFacts | None = None
    boxes: Boxes | None = None
    extras: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    @property
    def audio_lead_s(self) -> float:
        """How much earlier the sound starts than the picture; negative when it starts later."""
        return self.video.start_s - self.audio.start_s if self.video and self.audio else 0.0

    @property
    def picture_wait_s(self) -> float:
        """How long the file plays before its first frame."""
        return max(0.0, self.video.start_s - self.zero_s) if self.video else 0.0

    @property
    def kept_wait_s(self) -> float:
        """How much of that wait an encode keeps, in whole frames, by holding the first one."""
        frames = self.picture_wait_s * float(self.video.usual_fps or self.video.fps) if self.video else 0.0
        return self.picture_wait_s * int(frames + _ROUNDING) / frames if frames > MAX_START_FRAMES else 0.0

    @property
    def picture_s(self) -> float:
        """How long a picture is shown, the held first frame included."""
        return self.kept_wait_s + self.video.duration_s if self.video else 0.0

    @property
    def is_image(self) -> bool:
        """Whether it can be a photo."""
        return self.still is not None

    @property
    def is_video(self) -> bool:
        """Whether it can be a clip."""
        return self.video is not None

    @property
    def duration_s(self) -> float | None:
        """How long it plays, picture or sound, whichever ends last; None for a still."""
        if self.video is None:
            return None
        ends = [self.video.start_s + self.video.duration_s]
        if self.audio:
            ends.append(self.audio.start_s + self.audio.duration_s)
        return max(ends) - self.video.start_s + self.kept_wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFrame:
    """A frame of a clip as JPEG, as it is stored; None where the clip has none. duration_s: of the clip."""

    jpeg: bytes | None
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to convert one picture. width, height: of the output; content: of the picture in it, upright.

    aperture: of StillFacts.
    """

    source: str
    output: str
    decoder: str
    orientation: int
    aperture: tuple[int, int, int, int] | None = None
    width: int
    height: int
    content_width: int
    content_height: int
    fit: Fit
    max_bytes: int
