"""Probes a picture by its header, with the decoder that its first bytes name; start at `read_still`.

A sort of still that no decoder of ours understands is refused by its name, so that it is not called damaged.
"""

import contextlib
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image

from pressroom.media import jpeg, refusals, tiff
from pressroom.media.colours import is_srgb, profile_of
from pressroom.media.decoder import DECODE_ERRORS, damage_of, decode, open_image, quiet
from pressroom.media.facts import ALWAYS_CONVERTED, BASELINE, StillFacts
from pressroom.media.formats import MainPicture, box_size, companions, has_more_frames, main_picture

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile


_JPEGS: Final = ("JPEG", "MPO")
_EXIF_ORIENTATION = 0x0112
_TURNED = range(5, 9)
_GREYS = ("L", "LA", "1")
_SRGB_MODES = ("RGB", "L", "RGBA", "LA", "P", "1")
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
# libavif and libheif give up beyond this.
_LONGEST_SIDE: Final = 32_768
_MOVING: Final = ("GIF", "PNG", "WEBP", "AVIF")
_GLANCE: Final = 16  # looks decode at this share of the size
_COMMON_BITS: Final = 10  # at most, of an AVIF
_AVIF_LIMITS: Final = ("Reformat failed", "Not implemented", "Unsupported depth")  # as libavif says
_HEIF_CODINGS: Final = {
    "av01": "AV1 without the brand of AVIF",
    "avc1": "H.264",
    "j2k1": "JPEG 2000",
    "jpeg": "JPEG",
    "unci": "uncompressed pixels",
    "vvc1": "VVC",
}


def read_still(path: Path, decoder: str, *, header_only: bool = False) -> StillFacts:
    """Read a picture's header, and decode it to see whether it is whole.

    header_only: do not decode one of a sort that is always converted.
    Raises MediaRefused: not_media, too_many_pixels, too_many_scans, too_many_frames.
    """
    main = main_picture(path) if decoder in ("HEIF", "AVIF") else MainPicture()
    # By its own claim, since the decoders call such a file unreadable.
    most = _MOST_PIXELS.get(decoder, refusals.MAX_PIXELS)
    is_too_long = max(main.width, main.height) > _LONGEST_SIDE
    if main.width * main.height > most or is_too_long:
        most_px = _LONGEST_SIDE if is_too_long else None
        raise refusals.too_many_pixels(path, main.width, main.height, most, most_px=most_px)
    try:
        with path.open("rb") as file, quiet():
            image = open_image(file, decoder)
            # What would take minutes to decode is refused by its structure alone.
            if math.prod(image.size) > most:
                raise refusals.too_many_pixels(path, *image.size, most)
            pixels = max(1, math.prod(image.size))
            if image.format in _JPEGS:
                most = min(_MOST_SCANS, _SCANNED_PIXELS // pixels)
                if (scans := jpeg.scan_count(path)) > most:
                    raise refusals.too_many_scans(path, scans, most)
            elif image.format in ("GIF", "WEBP"):
                # Refused, not cut: when the first frames alone were counted, a file passed that failed to
                # convert.
                most = min(_MOST_FRAMES, _MOVED_PIXELS // pixels)
                if has_more_frames(path, most) if image.format == "GIF" else _frames(image, file) > most:
                    raise refusals.too_many_frames(path, most, image.width, image.height)
            if image.format == "TIFF" and (words := tiff.unread_sort(file)):
                raise refusals.not_media(path, words)
            facts = _facts(image, main, path, file)
    except DECODE_ERRORS as error:
        words = _rare_sort(path, decoder, error) or f"a damaged {decoder} file or none at all"
        raise refusals.not_media(path, words) from error
    if header_only and decoder in ALWAYS_CONVERTED:
        return replace(facts, is_decoded=False)
    # By its header alone a cut PNG or HEIC would pass, and fail when it is converted.
    return replace(facts, damage=_damage(path, facts))


def _damage(path: Path, facts: StillFacts) -> str:
    """Decode a picture as converting it does: `truncated`, `corrupt` or nothing.

    Raises MediaRefused for a sort that is not understood: not_media.
    """
    size = max(1, facts.width // _GLANCE), max(1, facts.height // _GLANCE)
    try:
        with path.open("rb") as file, quiet():
            decode(file, facts.decoder, size, facts.aperture)
    except DECODE_ERRORS as error:
        if words := _rare_sort(path, facts.decoder, error):
            raise refusals.not_media(path, words) from error
        return damage_of(error)
    return ""


def _facts(image: "ImageFile", main: MainPicture, path: Path, file: BinaryIO) -> StillFacts:
    orientation = 1
    # Pillow turns a TIFF as it decodes it, and pillow-heif a HEIF, whose EXIF counts for nothing.
    if image.format not in ("TIFF", "HEIF"):
        # `getexif` would obey XMP's orientation too, which nobody else does.
        exif = Image.Exif()
        with contextlib.suppress(*DECODE_ERRORS):  # the picture is whole all the same
            exif.load(image.info.get("exif", b""))
            value = exif.get(_EXIF_ORIENTATION, 1)
            orientation = value if value in range(1, 9) else 1
    aperture = main.turned_aperture if image.format == "HEIF" else main.aperture
    width, height = box_size(aperture) if aperture else image.size
    if orientation in _TURNED:
        width, height = height, width
    is_jpeg, frames = image.format in _JPEGS, _frames(image, file)
    may_have_more = is_jpeg or image.format in ("HEIF", "AVIF")
    profile = profile_of(image, file) if image.mode in _SRGB_MODES else None
    private = dict.fromkeys(name for key, name in _PRIVATE_KEYS.items() if image.info.get(key))
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
        is_srgb=image.mode in _SRGB_MODES
        and (not profile or is_srgb(profile, "L" if image.mode in _GREYS else "RGB")),
        has_alpha=image.mode in _ALPHA_MODES or "transparency" in image.info,
        companions=companions(path, "JPEG" if is_jpeg else image.format or "") if may_have_more else (),
        private=jpeg.private_parts(path) if is_jpeg else tuple(private),
    )


def _frames(image: "ImageFile", file: BinaryIO) -> int:
    """Count the frames; of a TIFF one or two, since Pillow counts pages in quadratic time."""
    if image.format == "TIFF":
        return 2 if tiff.has_more_pages(file) else 1
    return getattr(image, "n_frames", 1)


def _rare_sort(path: Path, decoder: str, error: Exception) -> str:
    """Name in words what a file is that a decoder raised `error` for; empty when it is damaged."""
    trait = ""
    match decoder:
        case "JPEG":
            process = jpeg.process(path)
            trait = "" if process in jpeg.PLAIN else process
        case "HEIF":
            main = main_picture(path)
            if main.is_sequence:
                return "a moving HEIF (an image sequence)"
            trait = "" if main.coding == "hvc1" else _HEIF_CODINGS.get(main.coding, main.coding)
            trait = "layered HEVC" if main.is_layered else trait
        case "AVIF":
            main, is_cut = main_picture(path), damage_of(error) == "truncated"
            bits = main.bits
            if main.is_sequence and not main.coding:
                return "a moving AVIF without a still picture (an image sequence)"
            # Not every decoder takes these, and ours not all of their colours.
            trait = f"{bits} bits" if bits > _COMMON_BITS and not is_cut else ""
            trait = trait or (
                "colours of another kind" if any(words in str(error) for words in _AVIF_LIMITS) else ""
            )
        case "BMP":
            words = str(error).partition("Unsupported BMP ")[2]
            trait = words.translate({ord("("): None, ord(")"): None})
        case "TIFF":
            with path.open("rb") as file, quiet():
                return tiff.rare_sort(file, str(error))
        case _:
            pass
    article = "an" if decoder == "AVIF" else "a"
    return f"{article} {decoder} of a rare sort ({trait})" if trait else ""
