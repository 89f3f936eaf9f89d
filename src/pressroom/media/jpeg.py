"""Reads the marker segments of a JPEG, and copies it without its metadata and without loss.

Source: ITU-T T.81, annex B.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from pressroom.media.facts import BASELINE

_SOI: Final = b"\xff\xd8"
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_COMMENT: Final = 0xFE
_APP0, _APP1, _APP2, _APP13, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF
# Leaves out what is no marker: stuffed zeros and restart marks in the picture's data, and fill bytes.
_MARKER: Final = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
_MAX_SEGMENTS: Final = 10_000
_FILL: Final = 0xFF
_JFIF: Final = b"JFIF\x00"
_JFIF_BYTES: Final = 14  # without the thumbnail, whose two sides are the last
_PROCESSES: Final = {
    0xC0: BASELINE,
    0xC1: "extended",
    0xC2: "progressive",
    0xC3: "lossless",
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical"),
    **dict.fromkeys((0xC9, 0xCA, 0xCB), "arithmetic coding"),
    0xF7: "JPEG-LS",
}
_PRIVATE: Final = {_COMMENT: "comment", _APP13: "IPTC"}
_NEEDED: Final = {_APP2: b"ICC_PROFILE", _APP14: b"Adobe"}
_SAMPLE_BITS: Final = 8
IRREGULAR: Final = "irregular"
_LATE_HEIGHT: Final = "its height is stored at its end: DNL"
PLAIN: Final = (BASELINE, "extended", "progressive", IRREGULAR)  # what decoders understand


class JpegError(ValueError):
    """A segment is missing or cut off."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker segment: its second byte and its payload without the length."""

    marker: int
    payload: bytes

    @property
    def is_short_jfif(self) -> bool:
        """Whether it lacks fields that a JFIF segment must have."""
        return self.marker == _APP0 and self.payload[:4] == _JFIF[:4] and len(self.payload) < _JFIF_BYTES

    @property
    def private(self) -> str:
        """The name of the metadata in the segment; empty for what a decoder needs."""
        if self.marker in _PRIVATE or not self.payload:
            return _PRIVATE.get(self.marker, "")
        if self.marker == _APP1:
            return "EXIF" if self.payload.startswith(b"Exif") else "XMP"
        # Besides JFIF's fields an APP0 holds a thumbnail (also as JFXX), or a camera's own data.
        if self.marker == _APP0 and self.payload.startswith(_JFIF):
            return "thumbnail" if len(self.payload) > _JFIF_BYTES else ""
        if self.marker == _APP0:
            return "thumbnail" if self.payload.startswith(b"JFXX") else "APP0"
        # Adobe's colour transform tells how to read the picture, as JFIF (APP0) and a profile do.
        if self.payload.startswith(_NEEDED.get(self.marker, ())):
            return ""
        return f"APP{self.marker - _APP0}" if _APP1 <= self.marker <= _APP15 else ""


def segments(file: BinaryIO) -> Iterator[Segment]:
    """List the segments before the picture's data. Raises JpegError."""
    if file.read(2) != _SOI:
        raise JpegError("no start of image")
    for _ in range(_MAX_SEGMENTS):
        if file.read(1) != b"\xff":
            raise JpegError("no marker where one must be")
        marker = _FILL
        while marker == _FILL:
            byte = file.read(1)
            if not byte:
                raise JpegError("cut off")
            marker = byte[0]
        length = int.from_bytes(file.read(2))
        payload = file.read(length - 2) if length > 2 else b""  # noqa: PLR2004  # the length counts itself
        if len(payload) != max(length - 2, 0) or marker == _EOI:
            raise JpegError("a segment is cut off")
        yield Segment(marker, payload)
        if marker == _SOS:
            return


def repaired(data: bytes) -> bytes:
    """Give a JPEG without padding between its segments, and without a JFIF segment that lacks fields.

    Raises JpegError.
    """
    scan = next((end - 2 for marker, end in _markers(data.removeprefix(_SOI)) if marker == _SOS), None)
    if scan is None:
        raise JpegError("no scan")
    parts, offset, head = [_SOI], 0, data.removeprefix(_SOI)
    while match := _MARKER.search(head, offset, scan):
        offset = match.end() + int.from_bytes(head[match.end() : match.end() + 2])
        payload = head[match.end() + 2 : offset]
        if not Segment(match[1][0], payload).is_short_jfif:
            parts.append(head[match.end() - 2 : offset])
    return b"".join((*parts, head[scan:]))


def process(path: Path) -> str:
    """Name the way a JPEG is coded, in the words of T.81; `irregular` for one whose parts do not add up.

    Decoders pass over what they do not understand, and not all metadata can be found in such a file.
    """
    parts, is_whole = list[Segment](), True
    with path.open("rb") as file:
        try:
            parts.extend(segments(file))
            _end_of_picture(file.read())
        except JpegError:
            is_whole = False
    is_whole &= not any(part.is_short_jfif for part in parts)
    frame = next((part for part in parts if part.marker in _PROCESSES and part.payload), None)
    if frame is None:
        return IRREGULAR
    name, bits = _PROCESSES[frame.marker], frame.payload[0]
    if frame.payload[1:3] == bytes(2):
        return _LATE_HEIGHT
    words = name if bits == _SAMPLE_BITS else f"{name}, {bits} bits"
    # What no decoder understands is called by its name, damaged or not.
    return IRREGULAR if not is_whole and words in PLAIN else words


def private_parts(path: Path) -> tuple[str, ...]:
    """Name the metadata of a JPEG, each kind once; `trailing data` is what follows the end of the picture."""
    with path.open("rb") as file:
        names = list[str]()
        with contextlib.suppress(JpegError):  # then it is `irregular`, and converted
            names.extend(segment.private for segment in segments(file) if segment.private)
            if _end_of_picture(file.read()).has_more:
                names.append("trailing data")
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class _End:
    length: int
    has_more: bool


def _end_of_picture(data: bytes) -> _End:
    """Find the end-of-image marker behind all scans. Raises JpegError when there is none.

    Raises it for metadata between the scans too, which `strip` would keep.
    """
    for marker, end in _markers(data):
        if marker == _COMMENT or _APP0 <= marker <= _APP15:
            raise JpegError("metadata between the scans")
        if marker == _EOI:
            return _End(end, has_more=end < len(data))
    raise JpegError("no end of image")


def _markers(data: bytes) -> Iterator[tuple[int, int]]:
    """List the markers, each with the offset of its end."""
    offset = 0
    while match := _MARKER.search(data, offset):
        yield match[1][0], match.end()
        # A segment is skipped by its length: the thumbnail in EXIF has markers of its own.
        offset = match.end() + int.from_bytes(data[match.end() : match.end() + 2])


def scan_count(path: Path) -> int:
    """Count the scans of a JPEG up to the end of the picture, without decoding; a baseline one has few."""
    count = 0
    for marker, _ in _markers(path.read_bytes().removeprefix(_SOI)):
        count += marker == _SOS
        if marker == _EOI:
            break
    return count


def strip(source: Path, target: BinaryIO) -> None:
    """Copy a JPEG without its metadata; the picture's data stays as it is. Raises JpegError."""
    # Metadata behind a scan would stay. Such a JPEG is `irregular`, and is converted instead.
    with source.open("rb") as file:
        target.write(_SOI)
        for segment in segments(file):
            payload = segment.payload
            if segment.marker == _APP0 and payload.startswith(_JFIF):
                payload = payload[: _JFIF_BYTES - 2] + bytes(2)  # a thumbnail of no width and height
            elif segment.private:
                continue
            length = (len(payload) + 2).to_bytes(2)
            target.write(bytes((_FILL, segment.marker)) + length + payload)
        data = file.read()
        target.write(data[: _end_of_picture(data).length])
