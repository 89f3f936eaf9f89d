"""Probe a picture by its header, with the decoder that its first bytes name."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image

from pressroom.media import gif, jpeg, kinds, refusals
from pressroom.media.colours import is_srgb, profile_of
from pressroom.media.decoder import DECODE_ERRORS, damage_of, decode, open_image, quiet
from pressroom.media.facts import BASELINE, StillFacts
from pressroom.media.heif import MainPicture, box_size, main_picture
from pressroom.media.sniff import RAW

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_JPEGS: Final = ("JPEG", "MPO")
_EXIF_ORIENTATION = 0x0112
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
# A scan takes up to 2 ns a pixel: 276 KB of scans took 102 s. Cameras and optimisers write about ten.
_MOST_SCANS: Final = 100
_SCANNED_PIXELS: Final = 2_400_000_000
# Converting takes 14 ns for each pixel of a frame. A minute of 1080 x 1920 has 6e9 of them.
_MOST_FRAMES: Final = 10_000
_MOVED_PIXELS: Final = 10_000_000_000
# The decoders of these copy the pixels up to four times: 120 megapixels take 1.9 GB (measured).
_MOST_PIXELS: Final[dict[str | None, int]] = {"WEBP": 120_000_000, "AVIF": 120_000_000}
_MOVING: Final = ("GIF", "PNG", "WEBP", "AVIF")
_GLANCE: Final = 16  # looks decode at this share of the size


def read_still(path: Path, decoder: str) -> StillFacts:
    """Read a picture's header, and decode it to see whether it is whole.

    Raises MediaRefused: not_media, too_many_pixels, too_many_scans, too_many_frames.
    """
    main = main_picture(path) if decoder in ("HEIF", "AVIF") else MainPicture()
    try:
        with path.open("rb") as file, quiet():
            image = open_image(file, decoder)
            _check_size(image, main, path)
            _check_work(image, path)
            if kinds.is_raw(image):
                raise refusals.not_media(path, RAW)
            facts = _facts(image, main, path, file)
    except DECODE_ERRORS as error:
        words = kinds.unsupported(path, decoder, error) or f"a damaged {decoder} file or none at all"
        raise refusals.not_media(path, words) from error
    return replace(facts, damage=_damage(path, facts))


def _check_size(image: "ImageFile", main: MainPicture, path: Path) -> None:
    width, height = max(image.size, (main.width, main.height), key=math.prod)
    most = _MOST_PIXELS.get(image.format, refusals.MAX_PIXELS)
    if width * height > most:
        raise refusals.too_many_pixels(path, width, height, most)


def _check_work(image: "ImageFile", path: Path) -> None:
    """Refuse a file that would take minutes to decode, by its structure alone."""
    pixels = max(1, image.width * image.height)
    if image.format in _JPEGS:
        most = min(_MOST_SCANS, _SCANNED_PIXELS // pixels)
        if (scans := jpeg.scan_count(path)) > most:
            raise refusals.too_many_scans(path, scans, most)
    elif image.format in ("GIF", "WEBP"):
        most = min(_MOST_FRAMES, _MOVED_PIXELS // pixels)
        if gif.has_more_frames(path, most) if image.format == "GIF" else _frames(image) > most:
            raise refusals.too_many_frames(path, most, image.width, image.height)


def _damage(path: Path, facts: StillFacts) -> str:
    """Decode a picture as converting it does: `truncated`, `corrupt` or nothing.

    Raises MediaRefused for a sort that is not understood: not_media.
    """
    size = max(1, facts.width // _GLANCE), max(1, facts.height // _GLANCE)
    try:
        with path.open("rb") as file, quiet():
            decode(file, facts.decoder, size, facts.aperture)
    except DECODE_ERRORS as error:
        if words := kinds.unsupported(path, facts.decoder, error):
            raise refusals.not_media(path, words) from error
        return damage_of(error)
    return ""


def _facts(image: "ImageFile", main: MainPicture, path: Path, file: BinaryIO) -> StillFacts:
    orientation = _orientation(image)
    aperture = main.turned_aperture if image.format == "HEIF" else main.aperture
    width, height = box_size(aperture) if aperture else image.size
    if orientation in _TURNED:
        width, height = height, width
    is_jpeg, frames = image.format in _JPEGS, _frames(image)
    return StillFacts(
        format=image.format or "",
        mode=image.mode,
        width=width,
        height=height,
        orientation=orientation,
        aperture=aperture,
        frames=frames,
        is_moving=main.is_sequence or (frames > 1 and image.format in _MOVING),
        process=jpeg.process(path) if is_jpeg else BASELINE,
        is_srgb=_is_srgb(image, file),
        has_alpha=image.mode in _ALPHA_MODES or "transparency" in image.info,
        private=jpeg.private_parts(path) if is_jpeg else _private(image),
    )


def _frames(image: "ImageFile") -> int:
    """Count the frames; of a TIFF one or two, since Pillow counts pages in quadratic time."""
    if image.format == "TIFF":
        return 2 if getattr(image, "is_animated", False) else 1
    return getattr(image, "n_frames", 1)


def _orientation(image: "ImageFile") -> int:
    """Give EXIF's orientation. `getexif` would obey XMP's too, which nobody else does."""
    # Pillow turns a TIFF as it decodes it, and pi-heif a HEIF, whose EXIF counts for nothing.
    if image.format in ("TIFF", "HEIF"):
        return 1
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        value = exif.get(_EXIF_ORIENTATION, 1)
    except DECODE_ERRORS:  # the picture is whole all the same
        return 1
    return value if value in range(1, 9) else 1


def _is_srgb(image: "ImageFile", file: BinaryIO) -> bool:
    if image.mode not in ("RGB", "L", "RGBA", "LA", "P", "1"):
        return False
    profile = profile_of(image, file)
    return not profile or is_srgb(profile, "L" if image.mode in _GREYS else "RGB")


def _private(image: "ImageFile") -> tuple[str, ...]:
    names = (name for key, name in _PRIVATE_KEYS.items() if image.info.get(key))
    return tuple(dict.fromkeys(names))
