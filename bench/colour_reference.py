"""Computes the colours of a converted clip in floating point, and compares pictures.

The tone curve is the one that our ffmpeg command asks for: linear light with reference white of 203 nits
at 1, the primaries of BT.709, the curve `mobius` of ffmpeg's filter `tonemap` without desaturation, and
the transfer of BT.1886. Sources: ITU-R BT.2100 (PQ, HLG), BT.2020, BT.709; FFmpeg's
libavfilter/vf_tonemap.c.
"""

from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
WHITE_NITS = 203
HLG_PEAK_NITS = 1000
HLG_BY_LUMINANCE = False
# Red, green and blue in CIE XYZ, D65.
_XYZ = {
    "bt709": ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)),
    "bt2020": ((0.6370, 0.1446, 0.1689), (0.2627, 0.6780, 0.0593), (0.0, 0.0281, 1.0610)),
    "smpte432": ((0.4866, 0.2657, 0.1982), (0.2290, 0.6917, 0.0793), (0.0, 0.0451, 1.0439)),
}
_LUMA = {"bt709": (0.2126, 0.0722), "bt2020nc": (0.2627, 0.0593), "smpte170m": (0.299, 0.114)}
_D65 = np.array((0.9505, 1.0, 1.0890))


def to_rgb(planes: list[Array], matrix: str, depth: int, *, is_full: bool) -> Array:
    """Return RGB (not clipped) of a 4:2:0 picture, at half its size: one pixel for each chroma sample."""
    y, cb, cr = planes
    y = y.reshape(y.shape[0] // 2, 2, y.shape[1] // 2, 2).mean(axis=(1, 3))
    unit = 2 ** (depth - 8)
    low, height, chroma = (
        (0, 256 * unit - 1, 256 * unit - 1) if is_full else (16 * unit, 219 * unit, 224 * unit)
    )
    y, cb, cr = (y - low) / height, (cb - 128 * unit) / chroma, (cr - 128 * unit) / chroma
    kr, kb = _LUMA[matrix]
    red, blue = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    return np.stack([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue], axis=-1)


def converted(rgb: Array, transfer: str, primaries: str, peak: float) -> Array:
    """Convert a picture to BT.709, with values of 0 to 1. peak: maximum, in multiples of reference white."""
    to_709 = np.linalg.inv(np.array(_XYZ["bt709"])) @ np.array(_XYZ[primaries])
    if transfer in ("smpte2084", "arib-std-b67"):
        light = _light(np.clip(rgb, 0, 1), transfer) @ to_709.T
        return np.clip(mobius(light, peak), 0, None).clip(max=1) ** (1 / 2.4)
    if primaries == "bt709":
        return rgb.clip(0, 1)
    return _srgb_value(np.clip(_srgb_light(rgb.clip(0, 1)) @ to_709.T, 0, 1))


def _light(rgb: Array, transfer: str) -> Array:
    if transfer == "smpte2084":
        power = rgb ** (32 / 2523)
        base = np.maximum(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)
        return 10_000 / WHITE_NITS * base ** (8192 / 1305)
    # Each channel by itself, as zscale does by default. BT.2100 takes the power of the luminance instead:
    # its colours
    # are less saturated (--bt2100 of one_ffmpeg.py).
    scene = np.where(rgb <= 0.5, rgb**2 / 3, (np.exp((rgb - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    gain = (scene @ np.array(_XYZ["bt2020"][1]))[..., None] if HLG_BY_LUMINANCE else scene
    return HLG_PEAK_NITS / WHITE_NITS * scene * gain**0.2


def mobius(light: Array, peak: float, knee: float = 0.3) -> Array:
    """Scale each pixel so that its largest channel follows ffmpeg's curve."""
    largest: Array = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / max(peak - 1, 1e-6)
    bent = (b * b + 2 * b * knee + knee * knee) / (b - a) * (largest + a) / (largest + b)
    return light * np.where(largest <= knee, largest, bent) / largest


def write_cube(path: Path, transfer: str, primaries: str, peak: float, size: int) -> None:
    """Write the conversion as a table that ffmpeg's filter `lut3d` reads: red changes fastest."""
    steps = np.linspace(0, 1, size)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij")[::-1], axis=-1)
    colours = converted(grid, transfer, primaries, peak).reshape(-1, 3)
    rows = "\n".join(f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in colours.tolist())
    path.write_text(f"LUT_3D_SIZE {size}\n{rows}\n")


def _srgb_light(rgb: Array) -> Array:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _srgb_value(light: Array) -> Array:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def colour_error(one: Array, other: Array) -> Array:
    """Return the distance of two RGB pictures in CIE L*a*b*, of each pixel. About 2 is just noticeable."""
    return np.sqrt(((_lab(one.clip(0, 1)) - _lab(other.clip(0, 1))) ** 2).sum(axis=-1))


def _lab(rgb: Array) -> Array:
    xyz = _srgb_light(rgb) @ np.array(_XYZ["bt709"]).T / _D65
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ssim(one: Array, other: Array, side: int = 8) -> float:
    """Return the structural similarity of two 8-bit planes, over squares of `side` pixels."""
    high, wide = (length // side * side for length in one.shape)

    def squares(plane: Array) -> Array:
        cut = plane[:high, :wide].reshape(high // side, side, wide // side, side)
        return cut.transpose(0, 2, 1, 3).reshape(-1, side * side)

    first, second = squares(one), squares(other)
    mean1, mean2 = first.mean(1), second.mean(1)
    both = ((first - mean1[:, None]) * (second - mean2[:, None])).mean(1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean1 * mean2 + c1) * (2 * both + c2)
    return float((top / ((mean1**2 + mean2**2 + c1) * (first.var(1) + second.var(1) + c2))).mean())
