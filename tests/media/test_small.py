"""Small pictures: upright, in sRGB, without a word about place and camera, of stills and of clips."""

import io
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from pressroom.core.errors import MediaRefused
from pressroom.media.examine import PROBERS
from pressroom.media.looks import Looks
from pressroom.media.small import small_pictures
from tests.media.fixtures import Clip
from tests.media.heif import heic

ORIENTATION, GPS = 0x0112, 0x8825
SIZES = (96, 320)


@pytest.fixture(autouse=True, scope="module")
def no_process_is_left() -> Generator[None]:
    yield
    PROBERS.close()


async def made(path: Path, *, at_s: float | None = None) -> list[Image.Image]:
    jpegs = await small_pictures(path, SIZES, looks=Looks(), directory=path.parent / "frames", at_s=at_s)
    assert not list(path.parent.glob("frames/.*"))
    pictures: list[Image.Image] = [Image.open(io.BytesIO(jpeg)) for jpeg in jpegs]
    assert {picture.mode for picture in pictures} == {"RGB"}
    return pictures


def a_still(path: Path, size: tuple[int, int] = (800, 600), **more: Any) -> Path:
    """Write a picture whose upper left quarter is red."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    image.save(path, **more)
    return path


async def test_each_is_upright_and_says_nothing_of_where_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned clockwise
    exif[GPS] = {1: "N", 2: (52.0, 30.0, 0.0)}
    chip, card = await made(a_still(tmp_path / "cat.jpg", exif=exif))
    assert (chip.size, card.size) == ((72, 96), (240, 320))
    red, green, _ = card.crop((230, 10, 231, 11)).tobytes()
    assert red - green > 150
    assert {*chip.info, *card.info} == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_colours_are_those_of_srgb(tmp_path: Path) -> None:
    from pressroom.media.colours import coded_profile  # noqa: PLC0415  # as a decoder of ours would

    profile = coded_profile(12, 13)  # Display P3 with the curve of sRGB
    path = tmp_path / "wide.png"
    Image.new("RGB", (400, 400), (200, 100, 80)).save(path, icc_profile=profile)
    red, green, blue = ImageStat.Stat((await made(path))[1]).mean
    assert (red > 207, green < 98, blue < 77) == (True, True, True)


async def test_none_is_larger_than_the_picture(tmp_path: Path) -> None:
    assert [picture.size for picture in await made(a_still(tmp_path / "s.png", (200, 50)))] == [
        (96, 24),
        (200, 50),
    ]


async def test_what_a_phone_writes_is_read(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "phone.heic"
    path.write_bytes(heic(clip("heic_frame"), turned=90))
    straight = tmp_path / "straight.heic"
    straight.write_bytes(heic(clip("heic_frame")))
    assert (await made(path))[0].size == (await made(straight))[0].size[::-1]


async def test_a_clip_is_shown_by_an_early_frame_that_is_not_black_or_by_the_one_that_was_chosen(
    clip: Clip,
) -> None:
    path = clip("black_first")
    light = ImageStat.Stat((await made(path))[1].convert("L")).mean[0]
    assert light > 60
    assert ImageStat.Stat((await made(path, at_s=0.2))[1].convert("L")).mean[0] < 5


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0 no picture", b"\x00\x00\x00\x20ftypisom" + bytes(99)])
async def test_of_a_broken_file_there_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(MediaRefused):
        await made(tmp_path / "broken")
