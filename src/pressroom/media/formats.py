"""Reads from a file's bytes what decoders do not tell, for formats that need few lines each.

* GIF: whether it has too many frames, by its blocks, without decoding one. Source: GIF89a, sections 15 to 27.
* WebP: how it moves, by its chunks. PyAV has no decoder for a moving one, the ffmpeg that converts has.
  Source: https://developers.google.com/speed/webp/docs/riff_container
* Matroska: Dolby Vision's configuration, from the head of the file.
  Source: https://www.matroska.org/technical/codec_specs.html, Dolby Vision in BlockAdditionMapping.
* Ogg and MPEG: whether the stream was cut off, since these have no index. One that was cut between two pages
  or packets cannot be told from a whole one. Source: RFC 3533 (Ogg), ISO/IEC 13818-1.

`jpeg`, `boxes` (MP4, MOV) and `heif` are files of their own.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from pressroom.media.facts import StillFacts, VideoFacts

_SIGNATURE_BYTES: Final = 6
_SCREEN_BYTES: Final = 7
_FRAME_BYTES: Final = 9
_TABLE: Final = 0x80  # a table of colours follows; the low three bits tell its size
_FRAME, _EXTENSION, _END = b",", b"!", b";"


def has_more_frames(path: Path, most: int) -> bool:
    """Tell whether a GIF has more frames than `most`; reads no further than the first frame too many."""
    with path.open("rb") as file:
        return next(islice(_frames(file), most, None), None) is not None


def _frames(file: BinaryIO) -> Iterator[bytes]:
    """List the frames' descriptors; a file that is cut off ends the list."""
    file.seek(_SIGNATURE_BYTES)
    _skip_table(file, file.read(_SCREEN_BYTES)[4:5])
    while (kind := file.read(1)) not in (b"", _END):
        if kind == _FRAME:
            descriptor = file.read(_FRAME_BYTES)
            yield descriptor
            _skip_table(file, descriptor[8:9])
        if kind in (_FRAME, _EXTENSION):
            file.read(1)  # the code size of the frame's data, or the extension's label
            while size := int.from_bytes(file.read(1)):
                file.read(size)


def _skip_table(file: BinaryIO, flags: bytes) -> None:
    if flags and flags[0] & _TABLE:
        file.read(3 << ((flags[0] & 7) + 1))


_FILE_HEADER: Final = 12
_CHUNK_HEADER: Final = 8
_DURATION: Final = slice(12, 15)  # of an `ANMF` chunk, in milliseconds
# As ffmpeg shows them, and browsers do.
_LEAST_MS: Final = 10
_USUAL_MS: Final = 100
_RGB: Final = 0


def moving_webp(file: BinaryIO, size: int, still: StillFacts) -> VideoFacts | None:
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


_HEAD_BYTES: Final = 1 << 16  # the tracks stand before the first picture
# BlockAddIDType with one of the record's names, then BlockAddIDExtraData of a length of one byte.
_RECORD: Final = re.compile(rb"\x41\xe7\x84dv[cvw]C.{0,64}?\x41\xed[\x80-\xff](.{5})", re.DOTALL)


def dolby_vision(file: BinaryIO) -> str | None:
    """Give the profile and compatibility of a Matroska file, as `boxes` does for MP4: "8.4"."""
    file.seek(0)
    match = _RECORD.search(file.read(_HEAD_BYTES))
    return f"{match[1][2] >> 1}.{match[1][4] >> 4}" if match else None


_TAIL_BYTES: Final = 1 << 20
_TS_PACKETS: Final = (188, 192)
_TS_SYNC: Final = b"\x47"
_PAGE: Final = b"OggS\x00"
_PAGE_BYTES: Final = 27
_PACK: Final = b"\x00\x00\x01\xba"
_PES_BYTES: Final = 6
_ENDS: Final = (b"\x00\x00\x01\xb9", b"\x00\x00\x01\xb7")  # of the program, of the sequence


def is_cut_off(file: BinaryIO, size: int, demuxer: str) -> bool:
    """Tell whether a file of `size` bytes ends in the middle of something; False for other demuxers."""
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    if demuxer == "ogg":
        # The head of the last page ends with the number of its segments, and then their sizes.
        start = tail.rfind(_PAGE)
        page = tail[start:] if start >= 0 else b""
        if len(page) < _PAGE_BYTES:
            return bool(page)
        count = page[_PAGE_BYTES - 1]
        return _PAGE_BYTES + count + sum(page[_PAGE_BYTES : _PAGE_BYTES + count]) > len(page)
    if demuxer == "mpeg":
        # Each packet tells its length: they are followed from the last pack on.
        place = tail.rfind(_PACK)
        if place < 0 or tail.rstrip(b"\x00").endswith(_ENDS):
            return False
        is_second = tail[place + 4 : place + 5] >= b"\x40"  # MPEG-2 marks its longer header
        place += 14 + (tail[place + 13] & 7) if is_second and place + 13 < len(tail) else 12
        while tail[place : place + 3] == b"\x00\x00\x01":
            place += _PES_BYTES + int.from_bytes(tail[place + 4 : place + _PES_BYTES])
        return place > len(tail)
    if demuxer == "mpegts":
        # All packets are equally long; AVCHD cameras put four bytes of time before each.
        file.seek(0)
        lead = 0 if file.read(1) == _TS_SYNC else 1
        return size % _TS_PACKETS[lead] != 0
    return False
