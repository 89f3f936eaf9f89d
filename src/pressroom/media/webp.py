"""Reads how an animated WebP moves, by its chunks: PyAV has no decoder for one, the ffmpeg that converts has.

Source: https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import BinaryIO, Final

from pressroom.media.facts import StillFacts, VideoFacts

_FILE_HEADER: Final = 12
_CHUNK_HEADER: Final = 8
_DURATION: Final = slice(12, 15)  # of an `ANMF` chunk, in milliseconds
# As ffmpeg shows them, and browsers do.
_LEAST_MS: Final = 10
_USUAL_MS: Final = 100
_RGB: Final = 0


def moving(file: BinaryIO, size: int, still: StillFacts) -> VideoFacts | None:
    """Give the clip that an animation is; None when it has no frames."""
    spans_ms = list(islice(_spans_ms(file), still.frames))
    if not spans_ms:
        return None
    length_s = Fraction(sum(spans_ms), 1000)
    return VideoFacts(
        codec="webp",
        pixel_format="argb",
        bit_depth=8,
        is_420=False,
        width=still.width,
        height=still.height,
        has_alpha=True,
        fps=len(spans_ms) / length_s,
        is_constant_rate=len(set(spans_ms[:-1])) <= 1,
        frames=len(spans_ms),
        duration_s=float(length_s),
        bitrate=round(size * 8 / length_s),
        matrix=_RGB,
    )


def _spans_ms(file: BinaryIO) -> Iterator[int]:
    """List how long each frame is shown; a file that is cut off ends the list."""
    file.seek(_FILE_HEADER)
    while len(header := file.read(_CHUNK_HEADER)) == _CHUNK_HEADER:
        length = int.from_bytes(header[4:], "little")
        begin = file.tell()
        if header[:4] == b"ANMF":
            span_ms = int.from_bytes(file.read(_DURATION.stop)[_DURATION], "little")
            yield span_ms if span_ms >= _LEAST_MS else _USUAL_MS
        file.seek(begin + length + length % 2)  # chunks are padded to an even length
