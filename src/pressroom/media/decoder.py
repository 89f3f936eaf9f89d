"""Decodes a still with the decoder that its first bytes name: one way for checking and for converting it.

So `still` and `picture` refuse the same files. Pixels are averaged in bands, so that 200 megapixels fit into
the memory of a limited process.
"""

import importlib
import io
import struct
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from PIL import Image

from pressroom.media import jpeg
from pressroom.media.formats import Box, box_size, uncropped
from pressroom.media.refusals import MAX_PIXELS

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_PLUGINS: Final = {
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "pressroom.media.png",
    "GIF": "PIL.GifImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "AVIF": "PIL.AvifImagePlugin",
}
# Pillow refuses a TIFF of twice this, 179 megapixels by its own default. Only processes of ours import this.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
_warnings_lock = threading.Lock()  # catching warnings changes a global of the process
# A JPEG is decoded at a half, a quarter or an eighth of its size, but at least twice the size needed, for
# Lanczos to work on. 48 megapixels take 116 MB so, and 396 MB when decoded whole (measured).
_DRAFT_SCALE: Final = 2
_REDUCING_GAP: Final = 3
_BAND_LINES: Final = 64
_MEASURED: Final = ("I", "I;16", "F")
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


@contextmanager
def quiet() -> Generator[None]:
    """Silence the warnings of decoders about odd metadata."""
    with _warnings_lock, warnings.catch_warnings(action="ignore"):
        yield


def open_image(file: BinaryIO, decoder: str) -> "ImageFile":
    """Open a picture with one decoder and no other; mostly nothing but the header is read.

    `Image.open` would try them all, and warn about large pictures through a global of the process.
    """
    if decoder == "HEIF":
        import pillow_heif  # noqa: PLC0415

        pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType]  # its options are untyped
    elif decoder == "TIFF":
        from pressroom.media.tiff import open_tiff  # noqa: PLC0415

        return open_tiff(file)
    else:
        importlib.import_module(_PLUGINS[decoder])
    factory, _ = Image.OPEN[decoder]
    file.seek(0)
    try:
        return factory(file, "")
    except DECODE_ERRORS:
        if decoder != "JPEG":
            raise
    # Pillow minds what other decoders pass over.
    file.seek(0)
    return factory(io.BytesIO(jpeg.repaired(file.read())), "")


def damage_of(error: Exception) -> str:
    """Name what a decoder's error says of a picture: `truncated` or `corrupt`."""
    words = str(error).lower()
    return "truncated" if any(sign in words for sign in ("truncated", "end of file")) else "corrupt"


def decode(file: BinaryIO, decoder: str, size: tuple[int, int], aperture: Box | None = None) -> Image.Image:
    """Decode the first frame and give it in a size, as stored: neither upright nor in sRGB.

    aperture: what is shown of it. The library of HEIF turns by itself, so there the aperture is turned, too.
    Raises what DECODE_ERRORS lists, and MemoryError.
    """
    if decoder == "HEIF":
        return _shrunk(_Heif(file, aperture), size)
    image = open_image(file, decoder)
    image.draft("RGB", (_DRAFT_SCALE * size[0], _DRAFT_SCALE * size[1]))
    image.load()
    return _shrunk(_Loaded(image, aperture), size)


def resized(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    """Scale a picture, or the part of it in a box."""
    lanczos = Image.Resampling.LANCZOS
    return image.resize(size, lanczos, box=box)  # pyright: ignore[reportUnknownMemberType]  # numpy


class _Lines(Protocol):
    """A decoded picture that is read in bands, so that 200 megapixels are never copied whole."""

    size: tuple[int, int]

    def band(self, top: int, bottom: int) -> Image.Image:
        """Give some lines, in a mode whose pixels can be averaged."""
        ...


def _shrunk(lines: _Lines, size: tuple[int, int]) -> Image.Image:
    """Average whole pixels to three times the size, then resample: fast, and as good to the eye."""
    width, height = lines.size
    factor = int(min(width / size[0], height / size[1]) / _REDUCING_GAP)
    if factor <= 1:
        return resized(lines.band(0, height), size)
    small: Image.Image | None = None
    for top in range(0, height, _BAND_LINES * factor):
        band = lines.band(top, min(height, top + _BAND_LINES * factor)).reduce(factor)
        small = small or Image.new(band.mode, (-(-width // factor), -(-height // factor)))
        small.paste(band, (0, top // factor))
    assert small is not None, "a picture has lines"
    return resized(small, size, box=(0, 0, width / factor, height / factor))


class _Loaded:
    """A picture that Pillow decoded."""

    def __init__(self, image: Image.Image, aperture: Box | None) -> None:
        self._image = image
        self._box = aperture or (0, 0, *image.size)
        if not _is_deep(image):
            self._scale = 1
        else:
            high = _highest(image)
            steps = ((1, 255), (255, 1), (65_535, 1 / 256))  # 0 to 1, 8 bits, 16 bits
            self._scale = next((factor for most, factor in steps if high <= most), 255 / max(high, 1))
        self.size = box_size(self._box)

    def band(self, top: int, bottom: int) -> Image.Image:
        left, first, right, _ = self._box
        box = left, first + top, right, first + bottom
        is_whole = box == (0, 0, *self._image.size)
        return _resizable(self._image if is_whole else self._image.crop(box), self._scale)


def _highest(image: Image.Image) -> float:
    """Give the highest value of a deep grey: band by band, where Pillow does not tell it of the mode."""
    if image.mode not in _MEASURED:
        width, height = image.size
        bands = (
            image.crop((0, top, width, min(height, top + _BAND_LINES))).convert("I")
            for top in range(0, height, _BAND_LINES)
        )
        return max(_highest(band) for band in bands)
    highest = image.getextrema()[1]
    return highest if isinstance(highest, int | float) else 0


class _Heif:
    """A HEIF, whose pixels stay with its library: Pillow's copy takes 800 MB more for 200 megapixels."""

    def __init__(self, file: BinaryIO, aperture: Box | None) -> None:
        import pillow_heif  # noqa: PLC0415

        file.seek(0)
        data = uncropped(file.read()) if aperture else file
        # Kept for as long as the pixels are read: they are memory of its own.
        self._heif: Any = pillow_heif.HeifFile(data, convert_hdr_to_8bit=True, remove_stride=False)
        self._pixels = memoryview(self._heif.data)
        self._box: Box = aperture or (0, 0, *self._heif.size)
        self.size = box_size(self._box)

    def band(self, top: int, bottom: int) -> Image.Image:
        left, first, right, _ = self._box
        mode, stride = self._heif.mode, self._heif.stride
        part = self._pixels[(first + top) * stride : (first + bottom) * stride]
        size = self._heif.size[0], bottom - top
        band = Image.frombytes(mode, size, part, "raw", (mode, stride))
        return _resizable(band if size[0] == right - left else band.crop((left, 0, right, size[1])), 1)


def _resizable(image: Image.Image, scale: float) -> Image.Image:
    """Convert to a mode whose pixels can be averaged: no palette, no deep greys, no single bits."""
    if _is_deep(image):
        deep = image if image.mode == "F" else image.convert("I")
        scaled = deep.point(lambda value: value * scale)  # pyright: ignore[reportUnknownMemberType]  # numpy again
        return scaled.convert("L")
    if image.mode in ("P", "PA", "LA", "La", "RGBa", "1") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"
