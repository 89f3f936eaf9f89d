"""Looks at H.264 and HEVC without decoding: damage, and what cameras put between the pictures.

ffmpeg copies damaged frames without an error, and Instagram refuses them with 2207026. The lengths of a
frame's NAL units must add up. Source: ISO/IEC 14496-15, 5.3 and 8.3.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

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
