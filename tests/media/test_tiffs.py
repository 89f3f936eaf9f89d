"""TIFFs of several pages, and of tiles: the full page is read, with its own colours."""

import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Asset, Fit, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse
from pressroom.media.decoder import decode
from pressroom.media.desk import Desk
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe

WISH = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
FULL, PREVIEW, MASK = 0, 1, 4


def pages(path: Path, *parts: tuple[str, int, int]) -> Path:
    """Write a TIFF of pages, each of a colour, a size and a NewSubfileType."""
    images = [Image.new("RGB", (side, side), colour) for colour, side, _ in parts]
    file = io.BytesIO()
    images[0].save(file, "TIFF", save_all=True, append_images=images[1:], tiffinfo={254: PREVIEW})
    written = struct.pack("<HHII", 254, 4, 1, PREVIEW)
    first, *rest = file.getvalue().split(written)
    kinds = (struct.pack("<HHII", 254, 4, 1, kind) for _, _, kind in parts)
    path.write_bytes(first + b"".join(kind + part for kind, part in zip(kinds, rest, strict=True)))
    return path


def tiles(path: Path, data: list[bytes], *, samples: int = 3, colours: int = 2, compression: int = 1) -> Path:
    """Write a TIFF of 400 x 400 pixels in tiles of 256 x 256. Empty ones are not stored. colours: tag 262."""
    short = {256: 400, 257: 400, 259: compression, 262: colours, 277: samples, 322: 256, 323: 256}
    entries = {tag: struct.pack("<HHIHxx", tag, 3, 1, value) for tag, value in short.items()}
    lists = 8 + 2 + 12 * (len(entries) + 3) + 4
    start = lists + 8 * len(data) + 2 * samples
    offsets = [start + sum(map(len, data[:number])) if part else 0 for number, part in enumerate(data)]
    entries[258] = struct.pack("<HHII", 258, 3, samples, lists + 8 * len(data))
    entries[324] = struct.pack("<HHII", 324, 4, len(data), lists)
    entries[325] = struct.pack("<HHII", 325, 4, len(data), lists + 4 * len(data))
    path.write_bytes(
        b"".join(
            (
                struct.pack("<2sHIH", b"II", 42, 8, len(entries)),
                *(entries[tag] for tag in sorted(entries)),
                bytes(4),
                struct.pack(f"<{2 * len(data)}I", *offsets, *map(len, data)),
                struct.pack("<H", 8) * samples,
                *data,
            )
        )
    )
    return path


@pytest.mark.parametrize(
    ("parts", "side", "warns"),
    [
        ([("red", 90, PREVIEW), ("blue", 400, FULL)], 400, False),
        ([("red", 90, PREVIEW), ("red", 60, MASK), ("blue", 400, FULL), ("red", 200, PREVIEW)], 400, False),
        ([("blue", 400, FULL), ("red", 200, PREVIEW)], 400, False),
        ([("red", 90, PREVIEW), ("blue", 400, FULL), ("red", 500, FULL)], 400, True),
        ([("blue", 90, PREVIEW), ("red", 60, PREVIEW)], 90, False),
    ],
    ids=["preview first", "preview and mask first", "previews behind", "two pages", "previews alone"],
)
async def test_the_first_full_page_of_a_tiff_is_published(
    desk: Desk, tmp_path: Path, parts: list[tuple[str, int, int]], side: int, *, warns: bool
) -> None:
    path = pages(tmp_path / "a.tif", *parts)
    still = probe(path).still
    assert still is not None
    assert (still.width, still.height) == (side, side)
    rendition = await desk.prepare(Asset(str(path)), WISH)
    with Image.open(rendition.path) as image:
        assert image.getpixel((image.width // 2, image.height // 2)) == pytest.approx((0, 0, 255), abs=3)
    assert any("several pages" in warning for warning in rendition.warnings) is warns


def test_pages_in_a_circle_end(tmp_path: Path) -> None:
    path = pages(tmp_path / "a.tif", ("red", 90, PREVIEW), ("blue", 90, PREVIEW))
    data = bytearray(path.read_bytes())
    first = struct.unpack("<I", data[4:8])[0]
    link = first + 2 + 12 * struct.unpack("<H", data[first : first + 2])[0]
    data[link : link + 4] = data[4:8]
    path.write_bytes(data)
    still = probe(path).still
    assert still is not None
    assert (still.width, still.damage) == (90, "")


def test_a_tiff_of_ycbcr_tiles_without_compression_is_read_with_its_colours(tmp_path: Path) -> None:
    """Four pixels share a colour, so that there are fewer bytes than Pillow expects."""
    red = Image.new("RGB", (1, 1), "red").convert("YCbCr").tobytes()
    path = tiles(tmp_path / "a.tif", [(4 * red[:1] + red[1:]) * (128 * 128)] * 4, colours=6)
    still = probe(path).still
    assert still is not None
    assert still.damage == ""
    with path.open("rb") as file:
        assert decode(file, "TIFF", (40, 40)).getpixel((35, 35)) == pytest.approx((254, 0, 0), abs=2)


@pytest.mark.parametrize(
    ("data", "compression", "words"),
    [
        ([bytes(3 * 256 * 256)] * 3 + [b""], 1, "a TIFF of a rare sort (parts left out)"),
        ([b"RIFF"] * 4, 50001, "a TIFF of a rare sort (compression WebP)"),
    ],
)
def test_a_tiff_of_tiles_that_is_not_understood_is_named(
    tmp_path: Path, data: list[bytes], compression: int, words: str
) -> None:
    with pytest.raises(MediaRefused) as caught:
        probe(tiles(tmp_path / "a.tif", data, compression=compression))
    assert (caught.value.rule, caught.value.value) == ("not_media", words)


def test_a_tiff_of_tiles_that_is_cut_off_is_still_called_so(tmp_path: Path) -> None:
    path = tiles(tmp_path / "a.tif", [bytes(256 * 256 * 3)] * 4)
    path.write_bytes(path.read_bytes()[:-200_000])
    refusal = plan_for(probe(path), WISH).refusal
    assert refusal is not None
    assert refusal.rule == "truncated"
