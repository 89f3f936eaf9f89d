"""A cheap look for damage in H.264 and HEVC without decoding: the lengths of a frame's parts must add up.

ffmpeg copies damaged frames without a word, and Instagram refuses them with 2207026.
Source: ISO/IEC 14496-15, 5.3 and 8.3.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

# Where the configuration record holds the width of the lengths, less one, in its last two bits.
_WIDTH_AT = {"h264": 4, "hevc": 21}
_FORBIDDEN_ZERO_BIT = 0x80


@dataclass(frozen=True, slots=True)
class LengthPrefixed:
    """Frames stored as MP4 and Matroska do it: each part behind its length, `width` bytes of it."""

    width: int

    @classmethod
    def of(cls, codec: str, extradata: bytes | None) -> Self | None:
        """Read the width of the lengths; None for streams that use start codes, which cannot be checked."""
        place = _WIDTH_AT.get(codec)
        if place is None or not extradata or len(extradata) <= place or extradata[0] != 1:
            return None
        return cls((extradata[place] & 3) + 1)

    def holds(self, packet: "Packet[Stream]") -> bool:
        """Tell whether the parts fill the frame exactly."""
        data = memoryview(packet)
        offset, end = 0, len(data)
        while offset + self.width < end:
            length = int.from_bytes(data[offset : offset + self.width])
            offset += self.width
            if length and data[offset] & _FORBIDDEN_ZERO_BIT:
                return False
            offset += length
        return offset == end
