"""Small JPEGs of downloaded pictures: whatever comes, little is decoded."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.errors import MediaRefused
from pressroom.media import thumbnail
from pressroom.media.colours import standard_profile
from tests.patience import patience

Thumbnail = Callable[[bytes], bytes]
ORIENTATION = 0x0112
GPS, ARTIST = 0x8825, 0x013B


def drawn(size: tuple[int, int] = (640, 480), mode: str = "RGB", form: str = "JPEG", **more: object) -> bytes:
    """A picture whose upper left quarter is red."""
    image = Image.new("RGB", size, "white")
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    out = io.BytesIO()
    image.convert(mode).save(out, form, **more)
    return out.getvalue()


@pytest.fixture
def thumbnail_of(tmp_path: Path) -> Thumbnail:
    def make(picture: bytes) -> bytes:
        (tmp_path / "picture").write_bytes(picture)
        return thumbnail.thumbnail_of(tmp_path / "picture", 320)

    return make


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1440, 1800), (256, 320)),
        ((1920, 1080), (320, 180)),
        ((320, 320), (320, 320)),
        ((90, 40), (90, 40)),
        ((6000, 2), (320, 1)),
    ],
)
def test_the_longer_side_has_at_most_320_pixels(
    thumbnail_of: Thumbnail, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert opened(thumbnail_of(drawn(size))).size == expected


@pytest.mark.parametrize(
    ("orientation", "red_at"), [(1, (10, 10)), (3, (-10, -10)), (6, (-10, 10)), (8, (10, -10))]
)
def test_it_is_upright(thumbnail_of: Thumbnail, orientation: int, red_at: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = opened(thumbnail_of(drawn(exif=exif)))
    assert image.size == ((320, 240) if orientation < 5 else (240, 320))
    x, y = (at % side for at, side in zip(red_at, image.size, strict=True))
    red, green, _ = image.crop((x, y, x + 1, y + 1)).tobytes()
    assert red - green > 150


def test_nothing_of_the_metadata_is_left(thumbnail_of: Thumbnail) -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST] = 6, "somebody"
    exif.get_ifd(GPS)[1] = "N"
    profile = standard_profile("sRGB").tobytes()
    jpeg = thumbnail_of(drawn(exif=exif, icc_profile=profile, comment=b"private", xmp=b"<x:xmpmeta/>"))
    left = opened(jpeg)
    assert dict(left.getexif()) == {}
    assert left.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not any(word in jpeg for word in (b"somebody", b"Exif", b"ICC_PROFILE", b"private", b"xmpmeta"))


def test_a_picture_with_damaged_exif_is_whole_all_the_same(thumbnail_of: Thumbnail) -> None:
    assert opened(thumbnail_of(drawn(exif=b"Exif\x00\x00MM\x00*\xff\xff"))).size == (320, 240)


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("L", "JPEG"),
        ("CMYK", "JPEG"),
        ("P", "PNG"),
        ("1", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "PNG"),
        ("RGBA", "WEBP"),
    ],
)
def test_pictures_of_every_mode_and_of_three_formats_are_taken(
    thumbnail_of: Thumbnail, mode: str, form: str
) -> None:
    assert opened(thumbnail_of(drawn(mode=mode, form=form))).size == (320, 240)


def test_what_is_transparent_is_white(thumbnail_of: Thumbnail) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(thumbnail_of(out.getvalue())).getpixel((25, 25)) == (255, 255, 255)


def _many_scans() -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    whole = drawn((64, 64), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * 500 + whole[-2:]


def _png_of(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("1", size).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"<!DOCTYPE html>",
        lambda: b"\xff\xd8\xff",
        lambda: drawn()[:2000],
        lambda: drawn(form="PNG")[:200],
        lambda: drawn(form="GIF"),
        lambda: drawn(form="TIFF"),
        lambda: drawn(form="BMP"),
        lambda: _png_of((20_000, 20_000)),
        _many_scans,
    ],
    ids=["empty", "page", "start", "cut", "cut-png", "gif", "tiff", "bmp", "pixels", "scans"],
)
def test_what_is_no_picture_damaged_or_costly_is_refused_soon_and_without_a_word(
    thumbnail_of: Thumbnail, make: Callable[[], bytes], recwarn: pytest.WarningsRecorder
) -> None:
    picture = make()
    started = time.monotonic()
    with pytest.raises(MediaRefused):
        thumbnail_of(picture)
    assert time.monotonic() - started < patience(2)
    assert not recwarn.list
