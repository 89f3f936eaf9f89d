"""Reads from a file's bytes what decoders do not tell, for formats that need few lines each.

* GIF: whether it has too many frames, by its blocks, without decoding one. Source: GIF89a, sections 15 to 27.
* WebP: how it moves, by its chunks. PyAV has no decoder for a moving one, the ffmpeg that converts has.
  Source: https://developers.google.com/speed/webp/docs/riff_container
* Matroska: encryption, and Dolby Vision's configuration, from the head of the file.
  Source: https://www.matroska.org/technical/codec_specs.html, Dolby Vision in BlockAdditionMapping.
* Ogg and MPEG: whether the stream was cut off, since these have no index. One that was cut between two pages
  or packets cannot be told from a whole one. Source: RFC 3533 (Ogg), ISO/IEC 13818-1.
* HEIC and AVIF: what is coded and what is shown of their main picture. Source: ISO/IEC 23008-12.

`jpeg` and `boxes` (MP4, MOV) are files of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from pressroom.media.boxes import children, clean_aperture, number
from pressroom.media.facts import GAIN_MAP, MOTION, StillFacts, VideoFacts

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
    spans_ms = list[int]()
    file.seek(_FILE_HEADER)
    # A file that is cut off has fewer frames than its header says.
    while len(spans_ms) < still.frames and len(header := file.read(_CHUNK_HEADER)) == _CHUNK_HEADER:
        length = int.from_bytes(header[4:], "little")
        begin = file.tell()
        if header[:4] == b"ANMF":
            span_ms = int.from_bytes(file.read(_DURATION.stop)[_DURATION], "little")
            spans_ms.append(span_ms if span_ms >= _LEAST_MS else _USUAL_MS)
        file.seek(begin + length + length % 2)  # chunks are padded to an even length
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


_HEAD_BYTES: Final = 1 << 16  # the tracks stand before the first picture
# BlockAddIDType with one of the record's names, then BlockAddIDExtraData of a length of one byte.
_RECORD: Final = re.compile(rb"\x41\xe7\x84dv[cvw]C.{0,64}?\x41\xed[\x80-\xff](.{5})", re.DOTALL)


def dolby_vision(file: BinaryIO) -> str | None:
    """Give the profile and compatibility of a Matroska file, as `boxes` does for MP4: "8.4"."""
    file.seek(0)
    match = _RECORD.search(file.read(_HEAD_BYTES))
    return f"{match[1][2] >> 1}.{match[1][4] >> 4}" if match else None


# ContentEncoding of a track, that holds a ContentEncryption.
_ENCRYPTION: Final = re.compile(rb"\x6d\x80.{1,8}?\x62\x40.{1,48}?\x50\x35", re.DOTALL)


def is_encrypted(file: BinaryIO) -> bool:
    """Tell whether a Matroska or WebM file can be decrypted by a licensed player alone."""
    file.seek(0)
    return _ENCRYPTION.search(file.read(_HEAD_BYTES)) is not None


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


_WORD: Final = 4
_ESSENTIAL: Final = 0x7F  # masks the bit that tells whether a reader must know the property
_WIDE_ESSENTIAL: Final = 0x7FFF
_DERIVED: Final = (b"grid", b"iden", b"iovl", b"tmap")  # made of other items
_MOST_DERIVATIONS: Final = 4
# Item types and properties of L-HEVC and of AV1 of several sizes in one.
_LAYERED_CODINGS: Final = ("lhv1", "lhe1")
_LAYERED: Final = (b"oinf", b"tols", b"lhvC")
_LAYERED_BRANDS: Final = (b"heim", b"heis")  # of several views, and of several qualities
_DEEP, _TWELVE = 0x40, 0x20  # flags of the third byte of AV1's configuration
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class MainPicture:
    """The picture that a file is opened for.

    coding: the item type of its pixels: `hvc1`, `av01`, `unci`. width, height: as coded. aperture: the part
    that is shown, as coded; None for all of it. turned_aperture: the same after the file's turns and mirrors.
    is_sequence: the file has a track of frames. is_layered: it is to be put together of several layers.
    bits: of a sample, as AV1 says; 0 for another coding.
    """

    coding: str = ""
    width: int = 0
    height: int = 0
    aperture: Box | None = None
    turned_aperture: Box | None = None
    is_sequence: bool = False
    is_layered: bool = False
    bits: int = 0


# A map of what is brighter on an HDR display: Google's (Ultra HDR), Apple's, ISO 21496-1's.
_GAIN_MAPS: Final = (b"hdrgm:Version", b"hdrgainmap", b"urn:iso:std:iso:ts:21496")
# Motion photos: an MP4 behind the end of a JPEG, and in a box of a HEIC.
_MOTION_BEHIND: Final = re.compile(rb"\xff\xd9.{0,4096}?\0\0\0.ftyp[\x20-\x7e]{4}", re.DOTALL)
_MOTION_BOX: Final = b"mpvd"


def companions(path: Path, decoder: str) -> tuple[str, ...]:
    """Name what a JPEG, HEIF or AVIF stores beside its picture: GAIN_MAP, MOTION.

    Source: https://developer.android.com/media/platform/motion-photo-format and .../hdr-image-format
    """
    data = path.read_bytes()
    if decoder == "JPEG":
        has_map, has_motion = False, _MOTION_BEHIND.search(data) is not None
    else:
        boxes = _heif_boxes(data)[0]
        has_map, has_motion = b"tmap" in boxes.get(b"iinf", b""), _MOTION_BOX in boxes
    has_map = has_map or any(mark in data for mark in _GAIN_MAPS)
    return (*((GAIN_MAP,) if has_map else ()), *((MOTION,) if has_motion else ()))


def box_size(box: Box) -> tuple[int, int]:
    """Give the width and height of a box."""
    return box[2] - box[0], box[3] - box[1]


def main_picture(path: Path) -> MainPicture:
    """Read the main picture's properties; what is missing or damaged is left at its default."""
    boxes, item, properties = _heif_boxes(path.read_bytes())
    size, coding = _heif_size(properties), _heif_coding(boxes, item)
    aperture = turned = _heif_aperture(dict(properties).get(b"clap", b""), *size)
    if turned:
        (left, top, right, bottom), (width, height) = turned, size
        for kind, payload in properties:
            # `irot` counts quarters against the clock.
            for _ in range(number(payload, 0, 1) & 3 if kind == b"irot" else 0):
                left, top, right, bottom = top, width - right, bottom, width - left
                width, height = height, width
            if kind == b"imir" and number(payload, 0, 1) & 1:  # exchanges left and right, else top and bottom
                left, right = width - right, width - left
            elif kind == b"imir":
                top, bottom = height - bottom, height - top
        turned = left, top, right, bottom
    return MainPicture(
        coding=coding,
        width=size[0],
        height=size[1],
        aperture=aperture,
        turned_aperture=turned,
        is_sequence=b"moov" in boxes,
        is_layered=coding in _LAYERED_CODINGS
        or any(kind in _LAYERED for kind, _ in properties)
        or any(brand in boxes.get(b"ftyp", b"") for brand in _LAYERED_BRANDS),
        bits=_av1_bits(dict(properties).get(b"av1C", b"")),
    )


def uncropped(data: bytes) -> bytes:
    """Give a HEIF whose main picture shows all that is coded.

    libheif takes the size after cropping for the most that may be coded, and refuses what is cropped by much.
    """
    _, _, properties = _heif_boxes(data)
    clap = dict(properties).get(b"clap", b"")
    whole = b"".join(side.to_bytes(_WORD) + (1).to_bytes(_WORD) for side in (*_heif_size(properties), 0, 0))
    return data.replace(b"clap" + clap, b"clap" + whole) if len(clap) == len(whole) else data


def _heif_boxes(data: bytes) -> tuple[dict[bytes, bytes], int, list[tuple[bytes, bytes]]]:
    """Give the boxes of the file and of `meta`, the main picture's number, and its properties in order."""
    boxes = dict[bytes, bytes]()
    for kind, payload in children(data):
        boxes.setdefault(kind, payload)
    boxes.update(children(boxes.get(b"meta", b""), _WORD))
    pitm = boxes.get(b"pitm", b"\0")
    item = number(pitm, _WORD, _id_bytes(pitm))
    iprp = dict(children(boxes.get(b"iprp", b"")))
    properties = list(children(iprp.get(b"ipco", b"")))
    ipma = iprp.get(b"ipma", b"\0")
    width, is_wide = _id_bytes(ipma), bool(ipma[3:4] and ipma[3] & 1)
    # The box's flags tell whether numbers of properties take one byte or two. They count from 1.
    step, mask = (2, _WIDE_ESSENTIAL) if is_wide else (1, _ESSENTIAL)
    indexes, offset = list[int](), 2 * _WORD
    while offset < len(ipma):
        count = number(ipma, offset + width, 1)
        start = offset + width + 1
        if number(ipma, offset, width) == item:
            indexes += (number(ipma, start + step * index, step) & mask for index in range(count))
        offset = start + step * count
    return boxes, item, [properties[index - 1] for index in indexes if 0 < index <= len(properties)]


def _heif_size(properties: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    ispe = dict(properties).get(b"ispe", b"")
    return number(ispe, _WORD), number(ispe, 2 * _WORD)


def _id_bytes(box: bytes) -> int:
    """Give the width of item numbers: 16 bits in a box of version 0."""
    return 4 if box[:1] > b"\0" else 2


def _heif_coding(boxes: dict[bytes, bytes], item: int) -> str:
    """Name the item type of the pixels; a derived item is followed to the first that it is made of."""
    iinf, iref = boxes.get(b"iinf", b""), boxes.get(b"iref", b"")
    kinds = dict[int, bytes]()
    for _, infe in children(iinf, _WORD + _id_bytes(iinf or b"\0")):
        width = 4 if infe[:1] == b"\3" else 2
        kinds[number(infe, _WORD, width)] = infe[_WORD + width + 2 : _WORD + width + 6]
    width = _id_bytes(iref or b"\0")
    parts = {
        number(payload, 0, width): number(payload, width + 2, width)
        for kind, payload in children(iref, _WORD)
        if kind == b"dimg"
    }
    # A damaged file may derive items from one another in a circle.
    for _ in range(_MOST_DERIVATIONS):
        if kinds.get(item) not in _DERIVED or item not in parts:
            break
        item = parts[item]
    return kinds.get(item, b"").decode("latin-1")


def _av1_bits(record: bytes) -> int:
    if not record:
        return 0
    flags = number(record, 2, 1)
    return (12 if flags & _TWELVE else 10) if flags & _DEEP else 8


def _heif_aperture(clap: bytes, width: int, height: int) -> Box | None:
    """Give the clean aperture; None for one that does not lie within the picture, or shows all of it."""
    shown = clean_aperture(clap)
    if not shown:
        return None
    wide, high, right, down = shown
    left, top = round((width - wide) / 2 + right), round((height - high) / 2 + down)
    box = left, top, left + round(wide), top + round(high)
    is_within = 0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height
    return box if is_within and box != (0, 0, width, height) else None
