"""Makes a small JPEG of a picture that was fetched.

It runs in the process of its caller, unlike all else here that decodes. So it takes three formats alone, and
bounds what decoding costs before it begins.
"""

import contextlib
import io
from typing import TYPE_CHECKING, Final

from pressroom.media.jpeg import scans_in
from pressroom.media.sniff import HEAD_BYTES, sniff

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MOST_PX: Final = 320
_QUALITY: Final = 75
# Instagram's own have up to 2.6 megapixels. A PNG of 20 takes some 200 MB; of a JPEG an eighth is decoded.
_MOST_PIXELS: Final = 20_000_000
# Each takes up to 2 ns a pixel, though little is decoded; cameras and optimisers write about ten.
_MOST_SCANS: Final = 50
_PLAIN_MODES: Final = ("L", "RGB", "CMYK")


class NoPictureError(ValueError):
    """It is no picture that a thumbnail is made of; the text says why."""


def thumbnail_of(picture: bytes, *, most_px: int = MOST_PX) -> bytes:
    """Make a baseline JPEG of at most `most_px` on the longer side, upright, over white, without metadata.

    Blocks. Raises NoPictureError for what is no JPEG, PNG or WebP, too costly to decode, or damaged.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  # only where a picture was fetched

    try:
        with _opened(picture) as image:
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
    except NoPictureError:
        raise
    except Exception as error:  # decoders raise what they like for damaged files
        raise NoPictureError(f"it cannot be decoded ({type(error).__name__})") from error


def _opened(picture: bytes) -> "ImageFile":
    """Open with one decoder, which reads the header; `Image.open` would warn of large ones on stderr."""
    from PIL.JpegImagePlugin import JpegImageFile  # noqa: PLC0415  # only where a picture was fetched
    from PIL.PngImagePlugin import PngImageFile  # noqa: PLC0415
    from PIL.WebPImagePlugin import WebPImageFile  # noqa: PLC0415

    decoders = {"JPEG": JpegImageFile, "PNG": PngImageFile, "WEBP": WebPImageFile}
    decoder = decoders.get(sniff(picture[:HEAD_BYTES]).decoder)
    if decoder is None:
        raise NoPictureError("it is no JPEG, PNG or WebP")
    image = decoder(io.BytesIO(picture), "")
    if image.width * image.height > _MOST_PIXELS:
        raise NoPictureError("it has too many pixels")
    if image.format == "JPEG" and scans_in(picture) > _MOST_SCANS:
        raise NoPictureError("it has too many scans")
    return image
