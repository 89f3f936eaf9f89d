"""Finds out which colour space a picture is in: its ICC profile, and whether that means sRGB.

Pillow's colour management converts by ICC profiles only. HEIC, AVIF and PNG can give their colours as ITU-T
H.273 numbers instead, and PNG as a gamma and as chromaticities. A profile is built of these.

Source: ICC.1:2001-04 (version 2), sections 6.3 and 6.5; ITU-R BT.2100 for PQ and HLG;
https://www.w3.org/TR/png-3/, section 4.3, for the order of a PNG's chunks.
"""

import io
import math
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, cast

from PIL import Image, ImageCms

from pressroom.media.facts import BT709, BT2020_PRIMARIES, HLG, P3_PRIMARIES, PQ

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
_Matrix = tuple[tuple[float, float, float], ...]
# The white that ICC profiles refer to, as XYZ.
_D50: Final = (0.9642, 1.0, 0.8249)
_P3: Final[_Matrix] = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
# Red, green and blue as XYZ, adapted to D50.
_PRIMARIES: Final[dict[int, _Matrix]] = {
    BT709: ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)),
    BT2020_PRIMARIES: (
        (0.67348, 0.27904, -0.00193),
        (0.16564, 0.67535, 0.02998),
        (0.12507, 0.04561, 0.79685),
    ),
    **dict.fromkeys(P3_PRIMARIES, _P3),
}
_SRGB_CHROMATICITY: Final = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)  # x and y of white, red, ...
_BRADFORD: Final[_Matrix] = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_USUAL_GAMMA: Final = 2.2
_GAMMA_TOLERANCE: Final = 0.05
_LEAST_GAMMA, _MOST_GAMMA = 0.1, 10.0  # others are mistakes
_STEPS: Final = 1024
_HEADER_BYTES: Final = 128
_SPACE: Final = slice(16, 20)  # of the header: which pixels the profile is for
_WHITE_NITS: Final = 203  # HDR's reference white (ITU-R BT.2408)
_PEAK_NITS: Final = 1000  # of an HLG display (BT.2100)


def profile_of(image: "ImageFile", file: BinaryIO) -> bytes | None:
    """Give the ICC profile of a picture that was opened from `file`; None when its colours are sRGB's."""
    profile = image.info.get("icc_profile")
    if image.format == "PNG":
        return _png_profile(image.info, profile)
    if profile:
        return profile
    if image.format not in ("HEIF", "AVIF"):
        return None
    file.seek(0)
    _, mark, numbers = file.read(_HEAD_BYTES).partition(_CODED)
    return coded_profile(int.from_bytes(numbers[:2]), int.from_bytes(numbers[2:4])) if mark else None


def _png_profile(info: Mapping[Any, Any], profile: bytes | None) -> bytes | None:
    """Give the profile that the first of a PNG's chunks says: cICP, iCCP, sRGB, then gAMA with cHRM."""
    primaries, transfer = info.get("cicp") or (0, 0)
    if primaries in _PRIMARIES:
        return coded_profile(primaries, transfer)
    gamma = info.get("gamma") or 0
    if profile or "srgb" in info or not _LEAST_GAMMA <= gamma <= _MOST_GAMMA:
        return profile
    matrix = _matrix_of(info.get("chromaticity") or _SRGB_CHROMATICITY)
    # Within this, a gamma is the usual one of sRGB, rounded, and sRGB's curve is what was meant.
    is_usual = abs(gamma * _USUAL_GAMMA - 1) <= _GAMMA_TOLERANCE
    return _built(matrix, _srgb if is_usual else lambda value: value ** (1 / gamma))


def _matrix_of(chromaticity: Sequence[float]) -> _Matrix:
    """Give red, green and blue as XYZ, adapted to D50, from x and y of white, red, green and blue.

    Chromaticities that make no sense are sRGB's.
    """
    white, *colours = (
        (x / y, 1.0, (1 - x - y) / y) if y else (0.0, 0.0, 0.0)
        for x, y in zip(chromaticity[::2], chromaticity[1::2], strict=True)
    )
    to_cones = _columns(_BRADFORD)
    try:
        parts = _solved(colours, white)
        scales = [to / at for to, at in zip(_times(to_cones, _D50), _times(to_cones, white), strict=True)]
    except ZeroDivisionError:
        return _PRIMARIES[BT709]
    if min(parts) <= 0:
        return _PRIMARIES[BT709]
    adapted = [
        _solved(
            to_cones, [cone * scale for cone, scale in zip(_times(to_cones, colour), scales, strict=True)]
        )
        for colour in colours
    ]
    return tuple((x * part, y * part, z * part) for (x, y, z), part in zip(adapted, parts, strict=True))


def _columns(rows: _Matrix) -> list[tuple[float, ...]]:
    return list(zip(*rows, strict=True))


def _times(columns: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    return [
        sum(left * right for left, right in zip(row, values, strict=True))
        for row in zip(*columns, strict=True)
    ]


def _solved(columns: Sequence[Sequence[float]], target: Sequence[float]) -> tuple[float, float, float]:
    """Give the shares of three columns that make the target, by Cramer's rule. Raises ZeroDivisionError."""
    a, b, c = columns
    whole = _determinant(a, b, c)
    return (
        _determinant(target, b, c) / whole,
        _determinant(a, target, c) / whole,
        _determinant(a, b, target) / whole,
    )


def _determinant(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
    return (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - b[0] * (a[1] * c[2] - a[2] * c[1])
        + c[0] * (a[1] * b[2] - a[2] * b[1])
    )


def is_srgb(profile: bytes, mode: Literal["L", "RGB"]) -> bool:
    """Tell whether an ICC profile means sRGB, by converting some colours.

    Names mislead: "Display P3 with sRGB Transfer". A profile that is damaged or for another mode is not sRGB.
    """
    levels = bytes(level for swatch in _SWATCHES for level in swatch)
    swatches = Image.frombytes("RGB", (len(_SWATCHES), 1), levels).convert(mode)
    if is_for_colours(profile):
        swatches = swatches.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(swatches, source, standard_profile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    before, after = swatches.convert("RGB").tobytes(), converted.tobytes() if converted else b""
    return all(abs(left - right) <= _TOLERANCE for left, right in zip(before, after, strict=False))


def is_for_colours(profile: bytes) -> bool:
    """Tell whether an ICC profile is for red, green and blue, to which greys are converted first."""
    return profile[_SPACE] == b"RGB "


def standard_profile(name: Literal["sRGB", "LAB"]) -> ImageCms.ImageCmsProfile:
    """Give a profile that comes with the colour library."""
    core_profile = cast("Any", ImageCms).createProfile(name)  # its answer is untyped
    return ImageCms.ImageCmsProfile(core_profile)


def coded_profile(primaries: int, transfer: int) -> bytes | None:
    """Build the profile of H.273 numbers; None for BT.709 and for primaries that are not known.

    HDR is tone-mapped by its curve as clips are: 18 % grey at 42 %, reference white at 84 %.
    """
    matrix, nits_of = _PRIMARIES.get(primaries), _LIGHT.get(transfer)
    curve = _SDR.get(transfer, _srgb)
    if matrix is None or (primaries == BT709 and nits_of is None and curve is _srgb):
        return None
    return _built(matrix, (lambda value: _tone_mapped(nits_of(value))) if nits_of else curve)


def _built(matrix: _Matrix, curve: Callable[[float], float]) -> bytes:
    """Build a profile. curve: gives the light, of 0 to 1, of a value of 0 to 1."""
    shares = (curve(step / (_STEPS - 1)) for step in range(_STEPS))
    levels = [min(65_535, round(65_535 * level)) for level in shares]
    shades = b"curv" + bytes(4) + struct.pack(f">I{len(levels)}H", len(levels), *levels)
    words = b"desc" + bytes(4) + struct.pack(">I", 1) + bytes(79)
    tags = [(b"desc", words), (b"cprt", b"text" + bytes(5)), (b"wtpt", _xyz(_D50))]
    tags += [(name, _xyz(column)) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), matrix, strict=True)]
    tags += [(name, shades) for name in (b"rTRC", b"gTRC", b"bTRC")]
    index, body = struct.pack(">I", len(tags)), b""
    start = _HEADER_BYTES + 4 + 12 * len(tags)
    for name, data in tags:
        index += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)  # each starts at a multiple of four
    # 0x02400000: version 2.4.
    head = struct.pack(
        ">I4xI4s4s4s12x4s28x", start + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    )
    return (head + _fixed(_D50)).ljust(_HEADER_BYTES, b"\x00") + index + body


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # IEC 61966-2-1


def _pq(value: float) -> float:
    """Give the nits of a PQ value of 0 to 1."""
    power = value ** (32 / 2523)
    return 10_000 * (max(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)) ** (8192 / 1305)


def _hlg(value: float) -> float:
    """Give the nits of an HLG value of 0 to 1, on a display of 1,000."""
    is_dark = value <= 0.5  # noqa: PLR2004  # BT.2100
    scene = value**2 / 3 if is_dark else (math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return _PEAK_NITS * scene**1.2


# Transfers of H.273 that are a power.
_SDR: Final[dict[int, Callable[[float], float]]] = {
    4: lambda value: value**2.2,
    5: lambda value: value**2.8,
    8: lambda value: value,
}
_LIGHT: Final[dict[int, Callable[[float], float]]] = {PQ: _pq, HLG: _hlg}


def _tone_mapped(nits: float) -> float:
    """Tone-map nits to linear SDR light by the curve `mobius` of ffmpeg, which `command` uses for clips."""
    light = nits / _WHITE_NITS
    if light > 0.3:  # noqa: PLR2004  # where the curve begins to bend, for a peak of ten times white
        light = min(1.0, 1.0545 * (light - 0.08535) / (light + 0.4544))
    return _srgb(light ** (1 / 2.4))


def _xyz(values: Iterable[float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _fixed(values: Iterable[float]) -> bytes:
    """Write numbers as ICC does, in units of 1/65536."""
    return b"".join(round(value * 65_536).to_bytes(4, signed=True) for value in values)
