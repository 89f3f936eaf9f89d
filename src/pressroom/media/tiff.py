"""Opens a TIFF at the page that it is stored for, and names the sorts of TIFF that nothing here reads.

Pillow takes the first page, which may be a small preview of a later one, and gives false colours or an error
for YCbCr pixels that are stored without compression. libtiff, which comes with Pillow, reads those.
Source: TIFF 6.0, sections 8 (NewSubfileType), 15 (tiles) and 21 (YCbCr).
"""

import contextlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from PIL import TiffImagePlugin

from pressroom.media.sniff import RAW

_MOST_PAGES: Final = 32  # that are looked at
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 254, 255, 330, 50706
_REDUCED, _MASK = 1, 4  # flags of NewSubfileType
_OLD_REDUCED: Final = 2
_BITS, _COMPRESSION, _PHOTOMETRIC = 258, 259, 262
_OFFSETS: Final = (273, 324)  # of strips and of tiles
_RAW_COMPRESSIONS: Final = (32767, 32770, 34713, 65535)  # of Sony, Samsung, Nikon, Pentax
_RAW_PIXELS: Final = (32803, 34892)  # a sensor's colour filters, and what DNG makes of them
_BIG_TIFF_BACKWARDS: Final = b"MM\x00+"
_YCBCR: Final = 6
_LABS: Final = (8, 9, 10)
_ODD_BITS: Final = (10, 12, 14, 24, 64)
_UNREAD: Final = {50001: "WebP"}  # compressions that Pillow knows and its libtiff was built without
_Tags = Any  # Pillow's directory, whose values are of any type
_NO_TAGS: Final[_Tags] = dict[int, Any]()


class TiffFile(TiffImagePlugin.TiffImageFile):
    """Pillow's TIFF, whose YCbCr pixels libtiff decodes."""

    def _setup(self) -> None:
        # A global of the process, which decodes one file at a time.
        TiffImagePlugin.READ_LIBTIFF = self.tag_v2.get(_PHOTOMETRIC) == _YCBCR
        super()._setup()


def open_tiff(file: BinaryIO) -> TiffFile:
    """Open a TIFF at its first page that is no preview; at the first one where all are."""
    number = next((number for number, tags in enumerate(_pages(file)) if _is_whole(tags)), 0)
    file.seek(0)
    image = TiffFile(file, "")
    image.seek(number)
    return image


def has_more_pages(file: BinaryIO) -> bool:
    """Return whether a TIFF has several pages besides previews and masks; only the first 32 count."""
    return sum(_is_whole(tags) for tags in _pages(file)) > 1


def unread_sort(file: BinaryIO) -> str:
    """Name what a TIFF is of which Pillow would read a preview, or make up a part; empty for others."""
    tags = next(_pages(file), _NO_TAGS)
    if _has_raw_tags(tags):
        return RAW
    # GDAL does not store empty strips and tiles; Pillow shows other bytes in their place.
    has_holes = any(0 in tags.get(name, ()) for name in _OFFSETS)
    return "a TIFF of a rare sort (parts left out)" if has_holes else ""


def rare_sort(file: BinaryIO, error: str) -> str:
    """Name what a TIFF is that a decoder raised `error` for; empty when it is damaged."""
    file.seek(0)
    if file.read(len(_BIG_TIFF_BACKWARDS)) == _BIG_TIFF_BACKWARDS:
        return "a BigTIFF in big-endian order, which nothing here can read"
    tags = next(_pages(file), _NO_TAGS)
    if _has_raw_tags(tags):
        return RAW
    bits, compression = max(tags.get(_BITS, (1,))), tags.get(_COMPRESSION, 1)
    is_known = compression in TiffImagePlugin.COMPRESSION_INFO and compression not in _UNREAD
    traits = [
        *([] if is_known else [f"compression {_UNREAD.get(compression, compression)}"]),
        *(["CIELab"] if tags.get(_PHOTOMETRIC) in _LABS else []),
        *([f"{bits} bits"] if bits in _ODD_BITS or "unknown pixel mode" in error else []),
    ]
    return f"a TIFF of a rare sort ({', '.join(traits)})" if traits else ""


def _pages(file: BinaryIO) -> Iterator[_Tags]:
    """List the directories of the first pages; damage ends the list."""
    file.seek(0)
    head = file.read(8)
    with contextlib.suppress(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError):
        tags: _Tags = TiffImagePlugin.ImageFileDirectory_v2(
            head + (file.read(8) if b"+" in head[:4] else b"")
        )
        for _ in range(_MOST_PAGES):
            if not tags.next:
                return
            file.seek(tags.next)
            tags.load(file)
            yield tags


def _is_whole(tags: _Tags) -> bool:
    """Return whether a page is neither a preview nor a mask."""
    if _SUB_IFDS in tags:
        return True  # of a camera's raw file, which this page describes
    flags = tags.get(_NEW_SUBFILE_TYPE, 0)
    return not flags & (_REDUCED | _MASK) and tags.get(_SUBFILE_TYPE) != _OLD_REDUCED


def _has_raw_tags(tags: _Tags) -> bool:
    is_preview = bool(tags.get(_NEW_SUBFILE_TYPE, 0) & _REDUCED)
    return (
        _DNG_VERSION in tags
        or (is_preview and _SUB_IFDS in tags)
        or tags.get(_COMPRESSION) in _RAW_COMPRESSIONS
        or tags.get(_PHOTOMETRIC) in _RAW_PIXELS
    )
