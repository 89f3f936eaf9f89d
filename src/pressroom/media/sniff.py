"""Identifies a file by its first bytes, never by its name.

The result also fixes the decoder: nothing in the file can choose another one.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from enum import Enum, auto

HEAD_BYTES = 1024
FORMATS = "mov,matroska,avi,gif,webp_anim,mpegts,mpeg,flv,asf,mxf,ogg"  # none that opens other files

_ISO_TYPES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_SCRIPTS = (b"#extm3u", b"ffconcat", b"v=0", b"[playlist]", b"#!", b"<?xml", b"<mpd", b"<smil")
# People take these for pictures, so they are refused by their name.
RAW = "a camera's raw file"
_JPEG_2000 = b"\x00\x00\x00\x0cjP  "  # Motion JPEG 2000, a clip, starts alike
_FOREIGN = (
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"\x76\x2f\x31\x01", "an EXR picture"),
    (b"qoif", "a QOI picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (_JPEG_2000, "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    *((mark, RAW) for mark in (b"FUJIFILM", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR", b"\x00MRM", b"FOVb")),
    (b"II\x1a\x00\x00\x00HEAPCCDR", RAW),
)
_DOCUMENTS = (
    (b"%PDF", "a PDF"),
    (b"%!PS", "a PostScript drawing"),
    (b"PK\x03\x04", "a ZIP archive"),
)
# The letter's case tells nothing; the digit tells text from binary, in pairs. A comment may come first.
_NETPBM = re.compile(rb"P([1-6])\s+(?:#[^\n]*\n\s*)*\d+\s+\d+\s|P(7)\nWIDTH ")
_NETPBM_NAMES = {b"1": "PBM", b"2": "PGM", b"3": "PPM", b"4": "PBM", b"5": "PGM", b"6": "PPM", b"7": "PAM"}
_GZIP = b"\x1f\x8b\x08"
_FROM_GZIP = 31  # zlib's name of the format
_PCX_VERSIONS, _PCX_BITS = (0, 2, 3, 4, 5), (1, 2, 4, 8)
# With a palette and without one, the kinds of pixels, each plain or run-length encoded.
_TGA_KINDS = {0: (2, 3, 10, 11), 1: (1, 9)}
_TGA_BITS = (8, 15, 16, 24, 32)
_TGA_HEADER = struct.Struct("<BBBHHBHHHHBB")
_TS_PACKET = 188
_TS_SYNC = 0x47
_JPEG = b"\xff\xd8"
_IMAGES = (
    (_JPEG + b"\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),  # of more than 4 GB, in theory
    (b"MM\x00+", "TIFF"),
    (b"BM", "BMP"),
)
_STREAMS = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),  # WMV
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "mxf"),
)
_THEORA = b"\x80theora"
_AUDIO = (b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\xff\xf9", b".snd", b"#!AMR")


class Kind(Enum):
    """What sort of file it is."""

    IMAGE = auto()
    VIDEO = auto()
    AUDIO = auto()
    SCRIPT = auto()  # a text that names other files to open
    FOREIGN = auto()  # a picture of a sort that nothing here reads
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`decoder` is Pillow's format name for images, ffmpeg's demuxer for clips.

    words: what a file of a foreign or unknown kind is.
    """

    kind: Kind
    decoder: str = ""
    words: str = "neither a picture nor a clip that can be read"


# What a file without a name is called, by its decoder.
ENDINGS = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "GIF": ".gif",
    "TIFF": ".tif",
    "BMP": ".bmp",
    "WEBP": ".webp",
    "HEIF": ".heic",
    "AVIF": ".avif",
    "mov": ".mp4",
    "matroska": ".mkv",
    "avi": ".avi",
    "mpeg": ".mpg",
    "mpegts": ".ts",
    "flv": ".flv",
    "asf": ".wmv",
    "mxf": ".mxf",
    "ogg": ".ogv",
}
_RIFFS = {
    b"WEBP": Sniffed(Kind.IMAGE, "WEBP"),
    b"AVI ": Sniffed(Kind.VIDEO, "avi"),
    b"WAVE": Sniffed(Kind.AUDIO),
}


def sniff(head: bytes) -> Sniffed:
    """Name the sort of file whose first `HEAD_BYTES` are `head`."""
    # Motion JPEG 2000 is decoded like any clip; a picture of JPEG 2000 is not.
    if head.startswith(_JPEG_2000) and head[16:24] == b"ftypmjp2":
        return Sniffed(Kind.VIDEO, "mov")
    # Foreign formats come first: raw files start like TIFF or MP4.
    is_raw = (head[:4] == b"II*\x00" and head[8:10] == b"CR") or head[4:12] == b"ftypcrx "
    if foreign := next((name for magic, name in _FOREIGN if head.startswith(magic)), RAW if is_raw else None):
        return Sniffed(Kind.FOREIGN, words=foreign)
    if head[4:8] in _ISO_TYPES:
        brand = head[8:12] if head[4:8] == b"ftyp" else b""
        # `mif1` can be either: the compatible brands tell.
        is_avif = brand in _AVIF_BRANDS or (brand in _HEIF_BRANDS and b"avif" in head[16:64])
        decoder = "AVIF" if is_avif else "HEIF" if brand in _HEIF_BRANDS else "mov"
        return Sniffed(Kind.VIDEO if decoder == "mov" else Kind.IMAGE, decoder)
    return (
        _RIFFS.get(head[8:12] if head[:4] == b"RIFF" else b"")
        or next((Sniffed(Kind.IMAGE, name) for magic, name in _IMAGES if head.startswith(magic)), None)
        # Some writers pad, and decoders skip that.
        or (
            Sniffed(Kind.IMAGE, "JPEG")
            if head[:2] == _JPEG and head[2:].lstrip(b"\0")[:1] == b"\xff"
            else None
        )
        or _sniff_stream(head)
        or (Sniffed(Kind.AUDIO) if head.startswith(_AUDIO) else None)
        or _sniff_document(head)
    )


def _sniff_document(head: bytes) -> Sniffed:
    if name := next((name for magic, name in _DOCUMENTS if head.startswith(magic)), None):
        return Sniffed(Kind.UNKNOWN, words=name)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_xml = text.startswith((b"<?xml", b"<!doctype", b"<svg", b"<html"))
    if is_xml and b"<svg" in text:
        return Sniffed(Kind.FOREIGN, words="an SVG drawing")
    if is_xml and b"<html" in text:
        return Sniffed(Kind.UNKNOWN, words="a web page")
    if text.startswith(_SCRIPTS):
        return Sniffed(Kind.SCRIPT)
    picture = _old_picture(head)
    return Sniffed(Kind.FOREIGN, words=picture) if picture else Sniffed(Kind.UNKNOWN)


def _old_picture(head: bytes) -> str:
    """Name a picture of a format that no fixed bytes tell; empty for others."""
    if match := _NETPBM.match(head):
        return f"a {_NETPBM_NAMES[match[1] or match[2]]} picture"
    if head.startswith(_GZIP):
        try:
            start = zlib.decompressobj(_FROM_GZIP).decompress(head, HEAD_BYTES)
        except zlib.error:
            return ""
        return "a compressed SVG drawing (SVGZ)" if b"<svg" in start.lower() else ""
    is_pcx = len(head) >= 128 and head[0] == 10 and head[2] == 1 and head[64] == 0  # noqa: PLR2004
    if is_pcx and head[1] in _PCX_VERSIONS and head[3] in _PCX_BITS:
        return "a PCX picture"
    return "a TGA picture" if _is_tga(head) else ""


def _is_tga(head: bytes) -> bool:
    """Tell whether all fields of a TGA's header make sense: it begins with no mark."""
    if len(head) <= _TGA_HEADER.size:
        return False
    _, palette, kind, first, count, entry_bits, _, _, width, height, bits, flags = _TGA_HEADER.unpack_from(
        head
    )
    has_sense = bits in _TGA_BITS and flags < 0x40 and width > 0 and height > 0  # noqa: PLR2004
    is_palette_told = (
        (entry_bits in _TGA_BITS and count > 0) if palette else not (first or count or entry_bits)
    )
    return kind in _TGA_KINDS.get(palette, ()) and has_sense and is_palette_told


def _sniff_stream(head: bytes) -> Sniffed | None:
    name = next((name for magic, name in _STREAMS if head.startswith(magic)), None)
    if name:
        return Sniffed(Kind.VIDEO, name)
    if head.startswith(b"OggS"):
        return Sniffed(Kind.VIDEO, "ogg") if _THEORA in head else Sniffed(Kind.AUDIO)
    # AVCHD cameras put four bytes of time before each packet of a transport stream.
    for lead in (0, 4):
        marks = head[lead :: _TS_PACKET + lead][:4]
        if len(marks) > 1 and all(mark == _TS_SYNC for mark in marks):
            return Sniffed(Kind.VIDEO, "mpegts")
    return None
