"""Makes the thumbnail of a downloaded picture, and the logo of a report. Runs in the process of `prober`.

Each takes few formats, and what decoding costs is bounded before it begins.
"""

import contextlib
import io
from collections.abc import Collection, Generator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image, ImageOps

from pressroom.core.errors import MediaRefused
from pressroom.media import refusals
from pressroom.media.decoder import open_image
from pressroom.media.jpeg import scan_count
from pressroom.media.sniff import HEAD_BYTES, sniff

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_QUALITY: Final = 75
_THUMBNAIL_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_LOGO_FORMATS: Final = (*_THUMBNAIL_FORMATS, "GIF")
# Instagram's own have up to 2.6 megapixels. A PNG of 20 takes some 200 MB; of a JPEG an eighth is decoded.
_MOST_PIXELS: Final = 20_000_000
# Each takes up to 2 ns a pixel, though little is decoded; cameras and optimisers write about ten.
_MOST_SCANS: Final = 50
_PLAIN_MODES: Final = ("L", "RGB", "CMYK")


def thumbnail_of(path: Path, most_px: int) -> bytes:
    """Make a baseline JPEG of at most `most_px` on the longer side, upright, over white, without metadata.

    Raises MediaRefused for a file that is no JPEG, PNG or WebP, too costly to decode, or damaged.
    """
    with _damage_refused(path), path.open("rb") as file:
        image = _opened(path, file, _THUMBNAIL_FORMATS, _MOST_PIXELS)
        exif = image.info.get("exif", b"")
        if image.mode in _PLAIN_MODES:
            plain = image
        elif image.has_transparency_data:
            layer = image.convert("RGBA")
            plain = Image.new("RGB", image.size, "white")
            plain.paste(layer, mask=layer.getchannel("A"))
        else:
            plain = image.convert("RGB")
        # A JPEG is decoded at a half, a quarter or an eighth of its size.
        plain.thumbnail((most_px, most_px))
        small = plain.convert("RGB")
        small.info = {"exif": exif}
        upright = small
        # Turned as its EXIF says. Its reader raises what it likes for damaged tags.
        with contextlib.suppress(Exception):
            upright = ImageOps.exif_transpose(small)
        upright.info = {}  # Pillow would write the old metadata
        buffer = io.BytesIO()
        upright.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
        return buffer.getvalue()


def logo_of(path: Path, box: tuple[int, int]) -> bytes:
    """Make a PNG that fits into a box, transparent where the picture is.

    Raises MediaRefused for a file that is no JPEG, PNG, WebP or GIF, too costly to decode, or damaged.
    """
    with _damage_refused(path), path.open("rb") as file:
        image = _opened(path, file, _LOGO_FORMATS, refusals.MAX_PIXELS)
        image.draft("RGB", box)
        logo = image.convert("RGBA")
        logo.thumbnail(box)
        buffer = io.BytesIO()
        logo.save(buffer, "PNG", optimize=True)
        return buffer.getvalue()


@contextlib.contextmanager
def _damage_refused(path: Path) -> Generator[None]:
    try:
        yield
    except (MediaRefused, MemoryError):
        raise
    except Exception as error:  # decoders raise what they like for damaged files
        raise refusals.corrupt(path) from error


def _opened(path: Path, file: BinaryIO, formats: Collection[str], most_pixels: int) -> "ImageFile":
    """Open a picture of one of some formats; only its header is read."""
    sniffed = sniff(file.read(HEAD_BYTES))
    if sniffed.decoder not in formats:
        raise refusals.not_media(path, f"none of {', '.join(formats)}")
    image = open_image(file, sniffed.decoder)
    if image.width * image.height > most_pixels:
        raise refusals.too_many_pixels(path, image.width, image.height, most_pixels)
    if image.format == "JPEG" and (scans := scan_count(path)) > _MOST_SCANS:
        raise refusals.too_many_scans(path, scans, _MOST_SCANS)
    return image
