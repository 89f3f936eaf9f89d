"""Names the sorts of stills that no decoder of ours understands, so that they are not called damaged."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import TiffImagePlugin

from pressroom.media import jpeg
from pressroom.media.decoder import DECODE_ERRORS, quiet
from pressroom.media.heif import main_picture
from pressroom.media.sniff import RAW

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_BITS, _COMPRESSION, _PHOTOMETRIC = 258, 259, 262  # tags of TIFF
_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 254, 330, 50706
_RAW_COMPRESSIONS: Final = (32767, 32770, 34713, 65535)  # of Sony, Samsung, Nikon, Pentax
_RAW_PIXELS: Final = (32803, 34892)  # a sensor's colour filters, and what DNG makes of them
_LABS: Final = (8, 9, 10)
_ODD_BITS: Final = (10, 12, 14, 24, 64)
_HEIF_CODINGS: Final = {
    "av01": "AV1 without the brand of AVIF",
    "avc1": "H.264",
    "j2k1": "JPEG 2000",
    "jpeg": "JPEG",
    "unci": "uncompressed pixels",
    "vvc1": "VVC",
}


def unsupported(path: Path, decoder: str, error: Exception) -> str:
    """Name in words what a file is that a decoder raised `error` for; empty when it is damaged."""
    name = _NAMES.get(decoder)
    return name(path, str(error)) if name else ""


def is_raw(image: "ImageFile") -> bool:
    """Tell whether an opened TIFF is a camera's raw file, of which Pillow would read the thumbnail."""
    return image.format == "TIFF" and _has_raw_tags(getattr(image, "tag_v2", {}))


def _has_raw_tags(tags: Any) -> bool:  # noqa: ANN401  # Pillow's directory, whose values are of any type
    is_thumbnail = bool(tags.get(_SUBFILE_TYPE, 0) & 1)
    return (
        _DNG_VERSION in tags
        or (is_thumbnail and _SUB_IFDS in tags)
        or tags.get(_COMPRESSION) in _RAW_COMPRESSIONS
        or tags.get(_PHOTOMETRIC) in _RAW_PIXELS
    )


def _jpeg(path: Path, _: str) -> str:
    process = jpeg.process(path)
    return "" if process in jpeg.PLAIN else f"a JPEG of a rare sort ({process})"


def _heif(path: Path, _: str) -> str:
    main = main_picture(path)
    if main.is_sequence:
        return "a moving HEIF (an image sequence)"
    if main.coding in ("", "hvc1"):
        return ""
    return f"a HEIF of a rare sort ({_HEIF_CODINGS.get(main.coding, main.coding)})"


def _bmp(_: Path, error: str) -> str:
    said = error.partition("Unsupported BMP ")[2].translate({ord("("): None, ord(")"): None})
    return f"a BMP of a rare sort ({said})" if said else ""


def _tiff(path: Path, error: str) -> str:
    tags = _directory(path)
    if _has_raw_tags(tags):
        return RAW
    bits, compression = max(tags.get(_BITS, (1,))), tags.get(_COMPRESSION, 1)
    traits = [
        *([f"compression {compression}"] if compression not in TiffImagePlugin.COMPRESSION_INFO else []),
        *(["CIELab"] if tags.get(_PHOTOMETRIC) in _LABS else []),
        *([f"{bits} bits"] if bits in _ODD_BITS or "unknown pixel mode" in error else []),
    ]
    return f"a TIFF of a rare sort ({', '.join(traits)})" if traits else ""


def _directory(path: Path) -> Any:  # noqa: ANN401  # values of any type
    """Read the tags of a TIFF's first page, as far as they can be read."""
    tags: Any = {}
    with path.open("rb") as file, quiet(), contextlib.suppress(*DECODE_ERRORS):
        head = file.read(8)
        tags = TiffImagePlugin.ImageFileDirectory_v2(head + (file.read(8) if b"+" in head[:4] else b""))
        file.seek(tags.next)
        tags.load(file)
    return tags


_NAMES: Final[dict[str, Callable[[Path, str], str]]] = {
    "BMP": _bmp,
    "HEIF": _heif,
    "JPEG": _jpeg,
    "TIFF": _tiff,
}
