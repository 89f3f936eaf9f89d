"""What `clip` learns from packets without decoding them: times, damage, and a camera's own data.

ffmpeg copies damaged frames without an error, and Instagram refuses them with 2207026. So the lengths of a
frame's NAL units (H.264, HEVC) must add up. Source: ISO/IEC 14496-15, 5.3 and 8.3.
"""

import statistics
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream


# A frame that stands for a third longer or shorter than its neighbours makes motion stutter.
_RATE_TOLERANCE: Final = 1 / 3
_CUT_S: Final = 0.1  # shorter ends are rounding


@dataclass(slots=True)
class Times:
    """The presentation times of one stream's packets, in its time base.

    is_guessed: the container stores none, so decode times stand in. held_s: how much longer the last frame is
    stored to last than the edit list shows it.
    """

    time_base: Fraction
    is_guessed: bool = False
    skipped_s: float = 0.0
    held_s: float = 0.0
    shown: list[int] = field(default_factory=list[int])
    size_bytes: int = 0
    last_key: int | None = None
    end: int = 0
    is_closed_gop: bool = True

    def add(self, packet: "Packet[Stream]") -> None:
        """Note a packet."""
        time = packet.dts if self.is_guessed or packet.pts is None else packet.pts
        if time is None or packet.is_discard:
            return
        self.shown.append(time)
        self.size_bytes += packet.size
        self.end = max(self.end, time + (packet.duration or 0))
        if packet.is_keyframe:
            self.last_key = time
        # Stored after a key frame and shown before it: it needs the group before, so the group is open.
        elif self.last_key is not None and time < self.last_key:
            self.is_closed_gop = False

    def end_at(self, end_s: Fraction) -> None:
        """End where the edit list does: it may show the last frame for a part of its time alone."""
        over_s = float(self.end_s - end_s)
        if over_s > _CUT_S and end_s > max(self.shown, default=0) * self.time_base:
            self.held_s, self.end = over_s, round(end_s / self.time_base)

    @property
    def is_constant(self) -> bool:
        """Whether frames are evenly spaced; the last step may be cut short."""
        ordered = sorted(self.shown)
        steps = [later - earlier for earlier, later in pairwise(ordered)][:-1]
        if not steps:
            return True
        usual = statistics.median(steps)
        return max(abs(step - usual) for step in steps) <= max(usual * _RATE_TOLERANCE, 1)

    @property
    def start_s(self) -> float:
        """When the first frame is shown, or the first sample heard."""
        return float(min(self.shown) * self.time_base) + self.skipped_s

    @property
    def end_s(self) -> Fraction:
        """When the last packet ends, in seconds of the file."""
        return self.end * self.time_base

    @property
    def length_s(self) -> Fraction:
        """Zero or less when there is nothing usable."""
        return (self.end - min(self.shown, default=self.end)) * self.time_base

    @property
    def bitrate(self) -> int:
        """Bits a second."""
        return round(self.size_bytes * 8 / self.length_s)


# The byte of the configuration record whose last two bits are the width of the lengths, less one.
_WIDTH_AT = {"h264": 4, "hevc": 21}
_FORBIDDEN_ZERO_BIT = 0x80
CAMERA_DATA: Final = "camera data in the picture"
# AVCHD cameras write date, place and exposure (MDPM) under this UUID into an SEI unit before each picture.
_MDPM: Final = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66")
_MDPM_WITHIN: Final = 4096


def holds_camera_data(packet: "Packet[Stream]") -> bool:
    """Tell whether a camera's own data stands before a picture."""
    return _MDPM in bytes(memoryview(packet)[:_MDPM_WITHIN])


@dataclass(frozen=True, slots=True)
class LengthPrefixed:
    """Checks frames as MP4 and Matroska store them: each NAL unit behind a length of `width` bytes."""

    width: int

    @classmethod
    def of(cls, codec: str, extradata: bytes | None) -> Self | None:
        """Read the width of the lengths; None for streams of start codes, which hold no lengths to check."""
        place = _WIDTH_AT.get(codec)
        if place is None or not extradata or len(extradata) <= place or extradata[0] != 1:
            return None
        return cls((extradata[place] & 3) + 1)

    def holds(self, packet: "Packet[Stream]") -> bool:
        """Tell whether the NAL units fill the frame exactly."""
        data = memoryview(packet)
        offset, end = 0, len(data)
        while offset + self.width < end:
            length = int.from_bytes(data[offset : offset + self.width])
            offset += self.width
            if length and data[offset] & _FORBIDDEN_ZERO_BIT:
                return False
            offset += length
        return offset == end
