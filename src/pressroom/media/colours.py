"""What colours a picture's numbers stand for."""

import io
from typing import Any, Final, Literal, cast

from PIL import Image, ImageCms

# Greys, the primaries, and what lies between: red, green, blue.
_SWATCHES: Final = (
    *((level,) * 3 for level in (0, 30, 128, 200, 255)),
    *((255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 100, 80), (60, 140, 190)),
)
_TOLERANCE: Final = 3


def standard_profile(name: Literal["sRGB", "LAB"]) -> ImageCms.ImageCmsProfile:
    """Give a profile that comes with the colour library."""
    made = cast("Any", ImageCms).createProfile(name)  # its answer is untyped
    return ImageCms.ImageCmsProfile(made)


def is_srgb(profile: bytes, mode: Literal["L", "RGB"]) -> bool:
    """Ask an ICC profile where it puts some colours, since names mislead: "Display P3 with sRGB Transfer".

    A profile that is damaged or for another mode is not sRGB.
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
