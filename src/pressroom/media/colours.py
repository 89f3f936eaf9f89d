"""Finds out which colour space a picture is in."""

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, cast

from PIL import Image, ImageCms

from pressroom.media.icc import coded_profile

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

# Red, green and blue of greys, of the primaries, and of mixed colours.
_SWATCHES: Final = (
    *((level,) * 3 for level in (0, 30, 128, 200, 255)),
    *((255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 100, 80), (60, 140, 190)),
)
_TOLERANCE: Final = 3  # of 255 levels
_HEAD_BYTES: Final = 1 << 16
_CODED: Final = b"colrnclx"  # HEIF's `colr` box of type `nclx`: colours as ITU-T H.273 numbers


def standard_profile(name: Literal["sRGB", "LAB"]) -> ImageCms.ImageCmsProfile:
    """Give a profile that comes with the colour library."""
    made = cast("Any", ImageCms).createProfile(name)  # its answer is untyped
    return ImageCms.ImageCmsProfile(made)


def is_srgb(profile: bytes, mode: Literal["L", "RGB"]) -> bool:
    """Tell whether an ICC profile means sRGB, by converting some colours.

    Names mislead: "Display P3 with sRGB Transfer". A profile that is damaged or for another mode is not sRGB.
    """
    levels = bytes(level for swatch in _SWATCHES for level in swatch)
    given = Image.frombytes("RGB", (len(_SWATCHES), 1), levels).convert(mode)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        seen = ImageCms.profileToProfile(given, source, standard_profile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    pairs = zip(given.convert("RGB").tobytes(), seen.tobytes() if seen else b"", strict=False)
    return all(abs(one - other) <= _TOLERANCE for one, other in pairs)


def profile_of(image: "ImageFile", file: BinaryIO) -> bytes | None:
    """Give the ICC profile of a picture that was opened from `file`; None when its colours are sRGB's."""
    if profile := image.info.get("icc_profile"):
        return profile
    if image.format not in ("HEIF", "AVIF"):
        return None
    file.seek(0)
    _, found, numbers = file.read(_HEAD_BYTES).partition(_CODED)
    return coded_profile(int.from_bytes(numbers[:2]), int.from_bytes(numbers[2:4])) if found else None
