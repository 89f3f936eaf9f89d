"""The times of a clip's packets, and what is wrong with them.

`Times` collects them. `StreamClock` follows the clock of a transport or program stream, which starts again
where two recordings were joined. ffmpeg, which converts the clip, shifts all that follows such a jump, so
that it plays right after what came before. The same shift is computed here, so that a probe measures what a
conversion makes.
Source: `ts_discontinuity_detect` in FFmpeg's fftools/ffmpeg_demux.c, and its option -dts_delta_threshold.
"""

import statistics
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

_MOST_BACK_S: Final = Fraction(1, 10)
_MOST_GAP_S: Final = 10
_JOINT_PACKETS: Final = 100
_CLOCK_SLACK_S: Final = 0.25
# A frame that stands for a third longer or shorter than its neighbours makes motion stutter.
_RATE_TOLERANCE: Final = 1 / 3


@dataclass(slots=True)
class StreamClock:
    """The shift of a stream's packets so far, in seconds, and whether one is damaged that no joint explains.

    may_restart: the container is one whose clock may start again. begun_s, ended_s: when the last packet of
    each track begins and ends, shifted. joined_at, damaged_at: by the number of the packet.
    """

    may_restart: bool
    shifted_s: Fraction = Fraction(0)
    begun_s: dict[int, Fraction] = field(default_factory=dict[int, Fraction])
    ended_s: dict[int, Fraction] = field(default_factory=dict[int, Fraction])
    packets: int = 0
    joined_at: int | None = None
    damaged_at: int | None = None

    def shift_s(self, packet: "Packet[Stream]") -> Fraction:
        """Return the shift of a packet. The packets must come in the order of the file."""
        self.packets += 1
        if self.may_restart and packet.dts is not None:
            self._follow(packet.stream_index, packet.dts * packet.time_base, packet)
        if packet.is_corrupt and self.damaged_at is None:
            self.damaged_at = self.packets
        # Where recordings were joined, a count of packets is broken, which the demuxer takes for damage.
        if self.damaged_at and self.joined_at and abs(self.damaged_at - self.joined_at) <= _JOINT_PACKETS:
            self.damaged_at = None
        return self.shifted_s

    def _follow(self, track: int, stored_s: Fraction, packet: "Packet[Stream]") -> None:
        at_s = stored_s + self.shifted_s
        if track in self.ended_s:
            gap_s = at_s - self.ended_s[track]
            if abs(gap_s) > _MOST_GAP_S or at_s + _MOST_BACK_S < self.begun_s[track]:
                self.shifted_s -= gap_s
                self.joined_at = self.packets
                at_s = self.ended_s[track]
        self.begun_s[track] = at_s
        self.ended_s[track] = at_s + (packet.duration or 0) * packet.time_base

    @property
    def has_damage_behind(self) -> bool:
        """Whether a damaged packet is so far behind that no joint will explain it."""
        return self.damaged_at is not None and self.packets - self.damaged_at > _JOINT_PACKETS


@dataclass(slots=True)
class Times:
    """The presentation times of one stream's packets, in its time base.

    is_guessed: the container stores none, so decode times stand in. held_s: how much longer the last frame is
    stored to last than the edit list shows it. has_repeats: there are empty packets, which repeat a frame.
    is_timed_by_count: the stored times are wrong, and were replaced.
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
    last_dts: int | None = None
    has_rising_dts: bool = True
    has_repeats: bool = False
    is_timed_by_count: bool = False

    def add(self, packet: "Packet[Stream]", shift_s: Fraction) -> None:
        """Note a packet. shift_s: how much later it plays than its stored time says."""
        # Of discarded ones, too: a copy takes them along.
        if packet.dts is not None:
            self.has_rising_dts &= self.last_dts is None or packet.dts > self.last_dts
            self.last_dts = packet.dts
        time = packet.dts if self.is_guessed or packet.pts is None else packet.pts
        if time is None or packet.is_discard:
            return
        time += round(shift_s / self.time_base)
        self.shown.append(time)
        self.size_bytes += packet.size
        self.end = max(self.end, time + (packet.duration or 0))
        if packet.is_keyframe:
            self.last_key = time
        # Stored after a key frame and shown before it: it needs the group before, so the group is open.
        elif self.last_key is not None and time < self.last_key:
            self.is_closed_gop = False

    def pace(self) -> tuple[Fraction | None, bool]:
        """Give the frames a second of the usual step, and whether all are such; the last may be cut short."""
        ordered = sorted(self.shown)
        steps = [later - earlier for earlier, later in pairwise(ordered)][:-1]
        if not steps:
            return None, True
        median = statistics.median(steps)
        slack = median * _RATE_TOLERANCE
        usual = [step for step in steps if abs(step - median) <= slack]
        # Times in milliseconds are rounded: only the mean of many tells 29.97 from 30.
        step_s = Fraction(sum(usual), max(1, len(usual))) * self.time_base
        is_constant = max(abs(step - median) for step in steps) <= max(slack, 1)
        return (1 / step_s if step_s > 0 else None), is_constant

    def time_by_count(self, heard_s: Fraction) -> None:
        """Give each frame one unit of the time base, where the stored times are wrong.

        They are where frames would overlap, and where the sound lasts as long as the frames do. Otherwise a
        gap is a frame that is shown for longer. heard_s: how long the sound lasts; zero for none.
        """
        first, counted_s = min(self.shown, default=0), len(self.shown) * self.time_base
        is_apart = abs(self.length_s - counted_s) > _CLOCK_SLACK_S
        is_confirmed = self.length_s < counted_s
        if heard_s > 0:
            is_confirmed = abs(heard_s - counted_s) <= _CLOCK_SLACK_S
        if is_apart and is_confirmed and not self.has_repeats:
            self.end = first + len(self.shown)
            self.shown = list(range(first, self.end))
            self.is_timed_by_count = True

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
