"""Follows the clock of a transport or program stream, which starts again where two recordings were joined.

ffmpeg, which converts the clip, shifts all that follows such a jump, so that it plays right after what came
before. `StreamClock` computes the same shift, so that a probe measures what a conversion makes.
Source: `ts_discontinuity_detect` in FFmpeg's fftools/ffmpeg_demux.c, and its option -dts_delta_threshold.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

_MOST_BACK_S: Final = Fraction(1, 10)
_MOST_GAP_S: Final = 10


@dataclass(slots=True)
class StreamClock:
    """The shift of a stream's packets so far, in seconds.

    begun_s, ended_s: when the last packet of each track begins and ends, shifted.
    """

    shifted_s: Fraction = Fraction(0)
    begun_s: dict[int, Fraction] = field(default_factory=dict[int, Fraction])
    ended_s: dict[int, Fraction] = field(default_factory=dict[int, Fraction])

    def shift_s(self, packet: "Packet[Stream]") -> Fraction:
        """Return the shift of a packet. The packets must come in the order of the file."""
        if packet.dts is None:
            return self.shifted_s
        track, unit_s = packet.stream_index, packet.time_base
        at_s = packet.dts * unit_s + self.shifted_s
        if track in self.ended_s:
            gap_s = at_s - self.ended_s[track]
            if abs(gap_s) > _MOST_GAP_S or at_s + _MOST_BACK_S < self.begun_s[track]:
                self.shifted_s -= gap_s
                at_s = self.ended_s[track]
        self.begun_s[track] = at_s
        self.ended_s[track] = at_s + (packet.duration or 0) * unit_s
        return self.shifted_s
