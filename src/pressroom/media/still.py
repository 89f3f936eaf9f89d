"""Probe a picture by its header, with the decoder that its first bytes name."""

import importlib
import struct
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image

from pressroom.media import gif, jpeg, refusals
from pressroom.media.colours import is_srgb, profile_of
from pressroom.media.facts import StillFacts

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_PLUGINS: Final = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "GIF": "GifImagePlugin",
    "WEBP": "WebPImagePlugin",
    "TIFF": "TiffImagePlugin",
    "BMP": "BmpImagePlugin",
    "AVIF": "AvifImagePlugin",
}
_JPEGS: Final = ("JPEG", "MPO")
_EXIF_ORIENTATION = 0x0112
_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 254, 330, 50706  # tags of TIFF
_TURNED = range(5, 9)
_GREYS = ("L", "LA", "1")
_ALPHA_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
_PRIVATE_KEYS: Final = {
    "exif": "EXIF",
    "xmp": "XMP",
    "XML:com.adobe.xmp": "XMP",
    "comment": "comment",
    "photoshop": "IPTC",
}
_warnings_lock = threading.Lock()  # catching warnings changes a global of the process
_CHECKED_BYTES: Final = 10_000_000  # larger JPEGs are always converted, which finds damage as well
# A scan takes up to 2 ns a pixel: 276 KB of scans took 102 s. Cameras and optimisers write about ten.
_MOST_SCANS: Final = 100
_SCANNED_PIXELS: Final = 20 * refusals.MAX_PIXELS
# Converting takes 14 ns for each pixel of a frame. A minute of 1080 x 1920 has 6e9 of them.
_MOST_FRAMES: Final = 10_000
_MOVED_PIXELS: Final = 10_000_000_000
# What Pillow's decoders raise for damaged headers, by its own `Image.open`.
DECODE_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    TypeError,
    KeyError,
    EOFError,
    RuntimeError,
    struct.error,
    Image.DecompressionBombError,
)


def open_image(file: BinaryIO, decoder: str) -> "ImageFile":
    """Open a picture with one decoder and no other; nothing but the header is read.

    `Image.open` would try them all, and warn about large pictures through a global of the process.
    """
    if decoder == "HEIF":
        import pi_heif  # noqa: PLC0415

        pi_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType]  # its options are untyped
    else:
        importlib.import_module(f"PIL.{_PLUGINS[decoder]}")
    factory, _ = Image.OPEN[decoder]
    return factory(file, "")


@contextmanager
def _quiet() -> Generator[None]:
    """Silence the warnings of decoders about odd metadata."""
    with _warnings_lock, warnings.catch_warnings(action="ignore"):
        yield


def read_still(path: Path, decoder: str) -> StillFacts:
    """Read a picture's header.

    Raises MediaRefused: not_media, too_many_pixels, too_many_scans, too_many_frames.
    """
    with path.open("rb") as file:
        try:
            with _quiet():
                image = open_image(file, decoder)
                width, height = image.size
                if width * height > refusals.MAX_PIXELS:
                    raise refusals.too_many_pixels(path, width, height, refusals.MAX_PIXELS)
                if _is_raw(image):
                    raise refusals.not_media(path, "a camera's raw file")
                _check_work(image, path)
                facts = _facts(image, path, file)
        except DECODE_ERRORS as error:
            raise refusals.not_media(path, f"a damaged {decoder} file or none at all") from error
    is_checked = facts.format in _JPEGS and path.stat().st_size <= _CHECKED_BYTES
    return replace(facts, damage=_damage(path)) if is_checked else facts


def _check_work(image: "ImageFile", path: Path) -> None:
    """Refuse a file that would take minutes to decode, by its structure alone."""
    pixels = max(1, image.width * image.height)
    if image.format in _JPEGS:
        most = min(_MOST_SCANS, _SCANNED_PIXELS // pixels)
        if (scans := jpeg.scan_count(path)) > most:
            raise refusals.too_many_scans(path, scans, most)
    elif image.format == "GIF":
        most = min(_MOST_FRAMES, _MOVED_PIXELS // pixels)
        if gif.has_more_frames(path, most):
            raise refusals.too_many_frames(path, most, image.width, image.height)


def _is_raw(image: "ImageFile") -> bool:
    """Tell whether a TIFF is a camera's raw file, of which Pillow would read the thumbnail."""
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    is_thumbnail = bool(tags.get(_SUBFILE_TYPE, 0) & 1)
    return _DNG_VERSION in tags or (is_thumbnail and _SUB_IFDS in tags)


def _damage(path: Path) -> str:
    """Decode a JPEG at an eighth of its size, which reads all of it: `truncated`, `corrupt` or nothing."""
    with path.open("rb") as file:
        try:
            with _quiet():
                image = open_image(file, "JPEG")
            image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
        except DECODE_ERRORS as error:
            return "truncated" if "truncated" in str(error) else "corrupt"
    return ""


def _facts(image: "ImageFile", path: Path, file: BinaryIO) -> StillFacts:
    orientation = _orientation(image)
    width, height = image.size
    if orientation in _TURNED:
        width, height = height, width
    return StillFacts(
        format=image.format or "",
        mode=image.mode,
        width=width,
        height=height,
        orientation=orientation,
        frames=_frames(image),
        is_progressive=bool(image.info.get("progressive")),
        is_srgb=_is_srgb(image, file),
        has_alpha=image.mode in _ALPHA_MODES or "transparency" in image.info,
        private=jpeg.private_parts(path) if image.format in _JPEGS else _private(image),
    )


def _frames(image: "ImageFile") -> int:
    """Count the frames; of a TIFF one or two, since Pillow counts pages in quadratic time."""
    if image.format == "TIFF":
        return 2 if getattr(image, "is_animated", False) else 1
    return getattr(image, "n_frames", 1)


def _orientation(image: "ImageFile") -> int:
    if image.format == "TIFF":
        return 1  # Pillow turns these as it decodes them, and gives their size upright
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode the whole picture to look behind it
    value = image.getexif().get(_EXIF_ORIENTATION, 1)
    return value if value in range(1, 9) else 1


def _is_srgb(image: "ImageFile", file: BinaryIO) -> bool:
    if image.mode not in ("RGB", "L", "RGBA", "LA", "P", "1"):
        return False
    profile = profile_of(image, file)
    return not profile or is_srgb(profile, "L" if image.mode in _GREYS else "RGB")


def _private(image: "ImageFile") -> tuple[str, ...]:
    names = (name for key, name in _PRIVATE_KEYS.items() if image.info.get(key))
    return tuple(dict.fromkeys(names))
