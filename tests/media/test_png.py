"""A PNG is read whatever its metadata weighs, and its colours are shown as its chunks say."""

import zlib
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Asset, Fit, Rendition, Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.decoder import open_image
from pressroom.media.desk import Desk
from pressroom.media.png import ChunkStream
from pressroom.media.probe import probe
from tests.media.test_images import P3_GREEN_TEST, display_p3, near, pixel

_HEAD_BYTES = 33  # the signature and IHDR
_LARGE = 1 << 21


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def png(
    path: Path, *chunks: bytes, behind: bytes = b"", colour: int | tuple[int, int, int] = (200, 100, 80)
) -> Path:
    """Write a PNG of one colour (a number is a grey), with chunks before its pixels and behind them."""
    Image.new("L" if isinstance(colour, int) else "RGB", (400, 400), colour).save(path, "PNG")
    data = path.read_bytes()
    path.write_bytes(data[:_HEAD_BYTES] + b"".join(chunks) + data[_HEAD_BYTES:-12] + behind + data[-12:])
    return path


def iccp(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"a screen\0\0" + zlib.compress(profile))


async def prepared(desk: Desk, path: Path) -> Rendition:
    return await desk.prepare(
        Asset(str(path)), Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
    )


TEXTS = {
    "tEXt": chunk(b"tEXt", b"Software\0" + b"a" * _LARGE),
    "zTXt": chunk(b"zTXt", b"Software\0\0" + zlib.compress(b"a" * _LARGE)),
    "iTXt": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"a" * _LARGE)),
    "many": chunk(b"tEXt", b"Software\0" + b"a" * 900_000) * 80,
    "wrong checksum": chunk(b"tEXt", b"Software\0some words")[:-4] + bytes(4),
    "unknown compression": chunk(b"zTXt", b"Software\0\7words"),
    "empty": chunk(b"tEXt", b"") + chunk(b"zTXt", b"") + chunk(b"iTXt", b""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_of_any_size_stops_no_png(tmp_path: Path, name: str) -> None:
    """Wherever it is: also behind the pixels."""
    for path in (png(tmp_path / "a", TEXTS[name]), png(tmp_path / "b", behind=TEXTS[name])):
        still = probe(path).still
        assert still is not None
        assert (still.width, still.damage) == (400, "")


def test_xmp_in_a_large_text_is_still_said_to_be_removed(tmp_path: Path) -> None:
    still = probe(png(tmp_path / "a", TEXTS["iTXt"])).still
    assert still is not None
    assert still.private == ("XMP",)


def test_no_text_is_unpacked(tmp_path: Path) -> None:
    """A text of 1 GB packs to 1 MB: it is passed over by its length."""
    path = png(tmp_path / "a", chunk(b"zTXt", b"Software\0\0" + zlib.compress(b"a" * _LARGE)))
    with path.open("rb") as file:
        image = open_image(file, "PNG")
        assert isinstance(getattr(image, "png", None), ChunkStream)
        assert not image.info


def test_a_png_cut_off_in_a_text_is_cut_off(tmp_path: Path) -> None:
    path = png(tmp_path / "a", behind=TEXTS["tEXt"])
    path.write_bytes(path.read_bytes()[:-1_000_000])
    still = probe(path).still
    assert still is not None
    assert still.damage == "truncated"


async def test_a_large_profile_is_used(desk: Desk, tmp_path: Path) -> None:
    """Profiles of measured screens have more than 1 MB."""
    path = png(tmp_path / "a", iccp(display_p3() + bytes(_LARGE)), colour=P3_GREEN_TEST[0])
    assert near(pixel((await prepared(desk, path)).path, 0.5, 0.5), P3_GREEN_TEST[1], 3)


@pytest.mark.parametrize(
    "data",
    [b"name\0\0" + zlib.compress(bytes(33 << 20)), b"name\0\7...", b"name\0\0...", b"", b"name\0"],
    ids=["33 MB", "unknown compression", "damaged", "empty", "cut off"],
)
async def test_a_profile_that_cannot_be_used_is_ignored(desk: Desk, tmp_path: Path, data: bytes) -> None:
    path = png(tmp_path / "a", chunk(b"iCCP", data))
    assert near(pixel((await prepared(desk, path)).path, 0.5, 0.5), (200, 100, 80), 3)


_LINEAR = chunk(b"gAMA", (100_000).to_bytes(4))
_USUAL = chunk(b"gAMA", (45_455).to_bytes(4))
_P3_CICP = chunk(b"cICP", bytes((12, 13, 0, 1)))
_SRGB_CICP = chunk(b"cICP", bytes((1, 13, 0, 1)))
_SRGB = chunk(b"sRGB", b"\0")


def chrm(*values: float) -> bytes:
    return chunk(b"cHRM", b"".join(round(value * 100_000).to_bytes(4) for value in values))


_P3_CHRM = chrm(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
_SRGB_CHRM = chrm(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_BEFORE, _AFTER = P3_GREEN_TEST


@pytest.mark.parametrize(
    ("chunks", "colour", "expected"),
    [
        ([_LINEAR], (48, 48, 48), (120, 120, 120)),
        ([_LINEAR], 48, (120, 120, 120)),
        ([_P3_CICP], _BEFORE, _AFTER),
        ([_USUAL, _P3_CHRM], _BEFORE, _AFTER),
        ([_USUAL], _BEFORE, _BEFORE),
        ([_USUAL, _SRGB_CHRM], _BEFORE, _BEFORE),
        ([_USUAL, chrm(*[0.0] * 8)], _BEFORE, _BEFORE),
        ([chunk(b"gAMA", bytes(4))], _BEFORE, _BEFORE),
        ([_SRGB, _LINEAR, _P3_CHRM], _BEFORE, _BEFORE),
        ([iccp(display_p3()), _SRGB, _LINEAR], _BEFORE, _AFTER),
        ([_SRGB_CICP, iccp(display_p3()), _LINEAR], _BEFORE, _BEFORE),
        ([chunk(b"cICP", bytes((99, 13, 0, 1))), iccp(display_p3())], _BEFORE, _AFTER),
        ([chunk(b"cICP", bytes((1, 8, 0, 1)))], (48, 48, 48), (120, 120, 120)),
        ([chunk(b"cICP", b"")], _BEFORE, _BEFORE),
    ],
    ids=[
        "linear",
        "linear grey",
        "cICP of P3",
        "P3 by cHRM",
        "usual gamma",
        "usual gamma with sRGB's primaries",
        "cHRM of zeros",
        "gamma of zero",
        "sRGB before gAMA",
        "iCCP before sRGB",
        "cICP before iCCP",
        "unknown cICP",
        "linear cICP",
        "empty cICP",
    ],
)
async def test_the_colours_of_a_png_are_what_its_first_valid_chunk_says(
    desk: Desk,
    tmp_path: Path,
    chunks: list[bytes],
    colour: int | tuple[int, int, int],
    expected: tuple[int, ...],
) -> None:
    """The order is cICP, iCCP, sRGB, then gAMA with cHRM."""
    path = png(tmp_path / "a", *chunks, colour=colour)
    assert near(pixel((await prepared(desk, path)).path, 0.5, 0.5), expected, 3)
