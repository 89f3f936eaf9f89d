"""Converts one picture. Runs as a process of its own: `python -m pressroom.media.picture`.

`make_small` runs in the `prober`, which is running anyway.

So the decoders of untrusted files, and the memory for 48 megapixels, stay out of the caller's process.
"""

import contextlib
import errno
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from PIL import Image, ImageCms, ImageEnhance, ImageFilter, ImageStat

from pressroom.core.assets import Fit
from pressroom.media.colours import is_for_colours, profile_of, standard_profile
from pressroom.media.decoder import DECODE_ERRORS, damage_of, decode, open_image, resized
from pressroom.media.facts import Recipe, SmallPictures, StillFacts
from pressroom.media.formats import Box

# By EXIF orientation. From 5 on, width and height change places.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FIRST_TURNED: Final = 5
# The first that fits is taken. Noise of 1440 x 1800 takes 2.1 MB at 90, so the others are seldom needed.
_QUALITIES: Final = (90, 85, 75, 60, 40)
# For a page of ours: 1080 pixels take some 120 kB.
_SMALL_QUALITIES: Final = (80, 60, 40)
_MOST_SMALL_BYTES: Final = 1_000_000
_DARK: Final = 16  # of 255, on average
_WHITE: Final = (255, 255, 255)
_BLUR_SHRINK: Final = 8
_BLUR_RADIUS: Final = 4
_BLUR_DARKEN: Final = 0.85
FAILED: Final = 3
_NO_FOLDER: Final = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR)


class PictureError(Exception):
    """The picture cannot be converted; the text is the name of the rule."""


def make_picture(recipe: Recipe) -> None:
    """Carry out a recipe. Raises PictureError: truncated, corrupt, too_expensive, too_large, unwritable."""
    size = (recipe.content_width, recipe.content_height)
    image = _upright(Path(recipe.source), recipe.decoder, recipe.orientation, recipe.aperture, size)
    data = _encoded(_placed(image, recipe), recipe.max_bytes)
    try:
        Path(recipe.output).write_bytes(data)
    except OSError as error:
        # A full disk is told by its own words, which the parent looks for.
        if error.errno in _NO_FOLDER:
            raise PictureError("unwritable") from error
        raise


def make_small(source: Path, still: StillFacts, most_px: Sequence[int]) -> SmallPictures:
    """Make a JPEG for each length of the longer side; none is larger than the picture is.

    Raises PictureError: truncated, corrupt.
    """

    def size_for(longest: int) -> tuple[int, int]:
        share = min(1.0, longest / max(still.width, still.height))
        return max(1, round(still.width * share)), max(1, round(still.height * share))

    size = size_for(max(most_px))
    # Decoded once: each smaller one is made of the largest.
    image = _upright(source, still.decoder, still.orientation, still.aperture, size)
    light = ImageStat.Stat(image.convert("L")).mean[0]
    jpegs = [
        _encoded(resized(image, size_for(longest)), _MOST_SMALL_BYTES, _SMALL_QUALITIES)
        for longest in most_px
    ]
    return SmallPictures(jpegs=tuple(jpegs), is_dark=light < _DARK)


def _upright(
    source: Path, decoder: str, orientation: int, aperture: Box | None, size: tuple[int, int]
) -> Image.Image:
    """Decode a picture in a size: upright, in sRGB, over white where it is transparent."""
    stored_size = (size[1], size[0]) if orientation >= _FIRST_TURNED else size
    with source.open("rb") as file:
        try:
            profile = profile_of(open_image(file, decoder), file)
            image = decode(file, decoder, stored_size, aperture)
        except DECODE_ERRORS as error:
            raise PictureError(damage_of(error)) from error
    image.info = {"icc_profile": profile} if profile else {}
    turn = _TURNS.get(orientation)
    if turn is not None:
        info = image.info
        image = image.transpose(turn)
        image.info = info
    upright = _converted(image.convert("RGB") if image.mode == "RGBA" else image)
    if image.mode == "RGBA":
        page = Image.new("RGB", image.size, _WHITE)
        page.paste(upright, mask=image.getchannel("A"))
        upright = page
    return upright


def _converted(image: Image.Image) -> Image.Image:
    """Convert to sRGB by the picture's profile; without a usable one its numbers are taken for sRGB's."""
    profile = image.info.get("icc_profile")
    srgb = standard_profile("sRGB")
    try:
        if image.mode == "LAB":
            source = standard_profile("LAB")
        elif profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = image.convert("RGB") if image.mode == "L" and is_for_colours(profile) else image
        else:
            return image.convert("RGB")
        converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile that is damaged or for another mode
        converted = None
    return converted or image.convert("RGB")


def _placed(image: Image.Image, recipe: Recipe) -> Image.Image:
    width, height = recipe.width, recipe.height
    if image.size == (width, height):
        return image
    left, top = (width - image.width) // 2, (height - image.height) // 2
    if recipe.fit is Fit.CROP:
        return image.crop((-left, -top, width - left, height - top))
    if recipe.fit is Fit.BLUR:
        # The bars are the picture itself, cropped and blurred; at an eighth of the size this looks the same.
        across, down = width // _BLUR_SHRINK, height // _BLUR_SHRINK
        scale = max(width / image.width, height / image.height) / _BLUR_SHRINK
        small = resized(image, (max(1, round(image.width * scale)), max(1, round(image.height * scale))))
        first, highest = (small.width - across) // 2, (small.height - down) // 2
        cut = small.crop((first, highest, first + across, highest + down))
        soft = resized(cut.filter(ImageFilter.GaussianBlur(_BLUR_RADIUS)), (width, height))
        whole = ImageEnhance.Brightness(soft).enhance(_BLUR_DARKEN)
    else:
        whole = Image.new("RGB", (width, height), _WHITE)
    whole.paste(image, (left, top))
    return whole


def _encoded(image: Image.Image, max_bytes: int, qualities: Sequence[int] = _QUALITIES) -> bytes:
    image.info = {}  # Pillow would write the old comment and profile
    for quality in qualities:
        # Baseline: Instagram has refused progressive JPEGs as 9004, subcode 2207052.
        options = {"quality": quality, "progressive": False, "subsampling": "4:2:0"}
        for optimize in (True, False):  # Pillow's buffer can be too small for optimised noise
            buffer = io.BytesIO()
            with contextlib.suppress(OSError):
                image.save(buffer, "JPEG", optimize=optimize, **options)
                break
        else:
            raise PictureError("corrupt")
        if len(data := buffer.getvalue()) <= max_bytes:
            return data
    raise PictureError("too_large")


def main(arguments: list[str]) -> int:
    """Carry out the recipe of the one argument; a failure prints its rule's name."""
    try:
        make_picture(msgspec.json.decode(arguments[0], type=Recipe))
    except PictureError as error:
        print(error)  # noqa: T201  # the answer to the parent
        return FAILED
    except MemoryError:
        print("too_expensive")  # noqa: T201
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
