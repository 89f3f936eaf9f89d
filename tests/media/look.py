"""Decode a little of a file, to see and hear what a person would."""

from array import array
from dataclasses import dataclass
from pathlib import Path

import av


@dataclass(frozen=True)
class Signal:
    """When the flash is first seen and the beep first heard, in seconds."""

    seen_s: float
    heard_s: float

    @property
    def offset_s(self) -> float:
        return self.heard_s - self.seen_s


def signal(path: Path, *, bright: int = 128, loud: float = 0.05) -> Signal:
    """Find the first bright frame and the first loud sample."""
    return Signal(seen_s=_first_bright(path, bright), heard_s=_first_loud(path, loud))


def begins(path: Path, *, bright: int = 128, loud: float = 0.05) -> tuple[list[float], list[float]]:
    """Give when each flash and each beep begins, in seconds; both last a tenth."""
    with av.open(str(path)) as container:
        frames = [
            frame.time
            for frame in container.decode(video=0)
            if bytes(frame.reformat(width=2, height=2, format="gray").planes[0])[0] > bright
        ]
    heard = [0.004 * place for place, value in enumerate(loudness(path)) if value > loud]
    return _starts(frames), _starts(heard)


def _starts(times: list[float]) -> list[float]:
    return [time for earlier, time in zip([-1.0, *times], times, strict=False) if time - earlier > 0.5]


def _first_bright(path: Path, bright: int) -> float:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if bytes(frame.reformat(width=2, height=2, format="gray").planes[0])[0] > bright:
                return frame.time
    raise AssertionError("no flash")


def _first_loud(path: Path, loud: float) -> float:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=48000)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            for plain in resampler.resample(frame):
                samples = array("f", bytes(plain.planes[0]))[: plain.samples]
                for index, value in enumerate(samples):
                    if abs(value) > loud:
                        return (plain.time or 0) + index / 48000
    raise AssertionError("no beep")


def loudness(path: Path) -> list[float]:
    """Give the loudest sample of each 4 ms, 0.0 to 1.0."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=48000)
    samples = array("f")
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            for plain in resampler.resample(frame):
                samples.extend(array("f", bytes(plain.planes[0]))[: plain.samples])
    return [max(map(abs, samples[start : start + 192])) for start in range(0, len(samples) - 192, 192)]


Colour = tuple[int, int, int]


def colours(path: Path, *shares: float, at_s: float = 1.0) -> list[Colour]:
    """Give the colours half way down, at shares of the width."""
    return _colours(path, [(share, 0.5) for share in shares], at_s)


def downwards_colours(path: Path, *shares: float, at_s: float = 1.0) -> list[Colour]:
    """Give the colours in the middle, at shares of the height from the top."""
    return _colours(path, [(0.5, share) for share in shares], at_s)


def _colours(path: Path, places: list[tuple[float, float]], at_s: float) -> list[Colour]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time >= at_s:
                plain = frame.reformat(format="rgb24")
                size, line = (plain.width, plain.height), plain.planes[0].line_size
                starts = [3 * int(size[0] * x) + int(size[1] * y) * line for x, y in places]
                held = bytes(plain.planes[0])
                return [(held[start], held[start + 1], held[start + 2]) for start in starts]
    raise AssertionError("too short")
