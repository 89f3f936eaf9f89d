"""Stills that are whole and odd: what others read is read, what nothing reads is named."""

import io
import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Action, Asset, Fit, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse
from pressroom.media.decoder import decode
from pressroom.media.desk import Desk
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe
from tests.media.fixtures import Clip
from tests.media.heif import box, full, hevc_frame, picture

WISH = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)


def encoded(kind: str) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((400, 400)).save(file, kind)  # pyright: ignore[reportUnknownMemberType]  # numpy
    return file.getvalue()


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def named(path: Path) -> str:
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    assert caught.value.rule == "not_media"
    return str(caught.value.value)


def tiled_tiff(order: str, bits: int, *, is_big: bool = False) -> bytes:
    """Write a grey TIFF of 400 x 400 pixels, black up to 356 and white behind, in four tiles of 256 x 256."""
    size = bits // 8
    tiles = [bytes(256 * 256 * size), (bytes(100 * size) + b"\xff" * (156 * size)) * 256] * 2
    width, entry, count = ("Q", "HHQ", "Q") if is_big else ("I", "HHI", "H")
    step, place = struct.calcsize(width), 16 if is_big else 8
    lists = place + struct.calcsize(f"<{count}") + 10 * struct.calcsize(f"<{entry}{width}") + step
    offsets = [lists + 8 * step + sum(map(len, tiles[:number])) for number in range(4)]
    fields = [(256, 400), (257, 400), (258, bits), (259, 1), (262, 1), (277, 1), (322, 256), (323, 256)]
    tags = [
        struct.pack(f"{order}{entry}H", tag, 3, 1, value).ljust(struct.calcsize(f"<{entry}{width}"), b"\0")
        for tag, value in fields
    ]
    kind = 16 if is_big else 4
    tags += [
        struct.pack(f"{order}{entry}{width}", tag, kind, 4, lists + 4 * step * number)
        for number, tag in enumerate((324, 325))
    ]
    head = (43, 8, 0, place) if is_big else (42, place)
    return b"".join(
        (
            b"II" if order == "<" else b"MM",
            struct.pack(order + ("HHHQ" if is_big else "HI"), *head),
            struct.pack(order + count, len(tags)),
            *tags,
            bytes(step),
            struct.pack(order + 8 * width, *offsets, *map(len, tiles)),
            *tiles,
        )
    )


@pytest.mark.parametrize(("order", "bits"), [("<", 8), (">", 8), ("<", 16), (">", 16)])
def test_a_tiff_of_tiles_is_read_in_both_orders_and_depths(tmp_path: Path, order: str, bits: int) -> None:
    path = written(tmp_path / "a.tif", tiled_tiff(order, bits))
    still = probe(path).still
    assert still is not None
    assert (still.width, still.height, still.damage) == (400, 400, "")
    with path.open("rb") as file:
        small = decode(file, "TIFF", (40, 40)).convert("RGB")
    assert [small.getpixel((at, 20)) for at in (5, 38)] == [(0, 0, 0), (255, 255, 255)]


async def test_a_deep_grey_in_big_endian_order_becomes_a_photo(desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", tiled_tiff(">", 16))
    rendition = await desk.prepare(Asset(str(path)), WISH)
    with Image.open(rendition.path) as image:
        assert [image.convert("L").getpixel((at, 200)) for at in (50, 390)] == [0, 255]


START = encoded("JPEG")[:2]
REST = encoded("JPEG")[20:]  # behind the start and a whole JFIF segment
JFIF = encoded("JPEG")[2:20]


@pytest.mark.parametrize(
    ("data", "action"),
    [
        (START + b"\xff\xe0\0\2" + REST, Action.AS_IS),
        (START + b"\xff\xe0\0\7JFIF\0" + REST, Action.FULL),
        (START + JFIF + b"\xff\xff\xff" + REST, Action.AS_IS),
        (START + JFIF + bytes(7) + REST, Action.FULL),
        (START + b"\0\0" + JFIF + REST, Action.FULL),
    ],
    ids=["empty segment", "JFIF without fields", "fill bytes", "padding", "padding at the start"],
)
async def test_an_odd_jpeg_that_others_read_is_read(
    desk: Desk, tmp_path: Path, data: bytes, action: Action
) -> None:
    rendition = await desk.prepare(Asset(str(written(tmp_path / "a.jpg", data))), WISH)
    assert (rendition.action, rendition.width) == (action, 400)
    with Image.open(rendition.path) as image:
        top, bottom = (image.convert("L").getpixel((200, at)) for at in (2, 397))
    assert isinstance(top, int)
    assert isinstance(bottom, int)
    assert top < 10
    assert bottom > 245


@pytest.mark.parametrize("count", [1, 2, 5000])
def test_a_jpeg_may_have_fill_bytes_before_any_marker(tmp_path: Path, count: int) -> None:
    data = encoded("JPEG")
    places = [match.start() for match in re.finditer(rb"\xff[\xc0-\xcf\xd9-\xdf\xe0]", data)]
    assert len(places) == 10
    for place in places:
        filled = data[:place] + b"\xff" * count + data[place:]
        chosen = plan_for(probe(written(tmp_path / "a.jpg", filled)), WISH)
        assert (chosen.action, chosen.probe.private) == (Action.AS_IS, ()), f"before {data[place + 1]:x}"


def test_a_bigtiff_in_big_endian_order_is_named(tmp_path: Path) -> None:
    words = named(written(tmp_path / "a.tif", tiled_tiff(">", 8, is_big=True)))
    assert words == "a BigTIFF in big-endian order, which nothing here can read"
    probe(written(tmp_path / "b.tif", tiled_tiff("<", 8, is_big=True)))


def test_an_avif_that_is_not_understood_is_named(tmp_path: Path) -> None:
    data = encoded("AVIF")
    deep, colours = bytearray(data), bytearray(data)
    deep[data.index(b"av1C") + 6] |= 0x60
    assert named(written(tmp_path / "a.avif", bytes(deep))) == "an AVIF of a rare sort (12 bits)"
    colours[data.index(b"colrnclx") + 13] = 14  # ICtCp
    words = named(written(tmp_path / "b.avif", bytes(colours)))
    assert words == "an AVIF of a rare sort (colours of another kind)"


@pytest.mark.parametrize(
    ("size", "limit"), [((40_000, 64), "32,768 on a side"), ((20_000, 20_000), "120 megapixels")]
)
def test_an_avif_larger_than_decoders_take_is_said_to_be(
    tmp_path: Path, size: tuple[int, int], limit: str
) -> None:
    data = encoded("AVIF")
    sides = data.index(b"ispe") + 8
    claim = size[0].to_bytes(4) + size[1].to_bytes(4)
    path = written(tmp_path / "a.avif", data[:sides] + claim + data[sides + 8 :])
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    assert (caught.value.rule, limit in str(caught.value.limit)) == ("too_many_pixels", True)


def test_a_layered_heic_is_named(tmp_path: Path, clip: Clip) -> None:
    frame = hevc_frame(clip("heic_frame"))
    for data in (picture(replace(frame, coding=b"lhv1")), picture(frame, full(b"oinf", bytes(12)))):
        assert named(written(tmp_path / "a.heic", data)) == "a HEIF of a rare sort (layered HEVC)"


def warnings(path: Path) -> tuple[str, ...]:
    return plan_for(probe(path), WISH).warnings


_MAP = ("Its HDR gain map is left out: it is published as screens without HDR show it.",)
_MOTION = ("The clip in it (a motion photo) is left out: only the picture is published.",)
_MP4 = box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(9))


@pytest.mark.parametrize(
    ("behind", "sentences"),
    [
        (b"", ()),
        (_MP4, _MOTION),
        (encoded("JPEG") + b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"', _MAP),
        (encoded("JPEG") + b"urn:com:apple:photo:2020:aux:hdrgainmap", _MAP),
        (b"urn:iso:std:iso:ts:21496:-1" + encoded("JPEG") + _MP4, (*_MAP, *_MOTION)),
    ],
    ids=["neither", "motion photo", "Ultra HDR", "Apple's", "ISO's, with motion"],
)
def test_what_a_jpeg_shows_besides_elsewhere_is_said_to_be_left_out(
    tmp_path: Path, behind: bytes, sentences: tuple[str, ...]
) -> None:
    assert warnings(written(tmp_path / "a.jpg", encoded("JPEG") + behind)) == sentences


def test_what_a_heic_shows_besides_elsewhere_is_said_to_be_left_out(tmp_path: Path, clip: Clip) -> None:
    plain = picture(hevc_frame(clip("heic_frame")))
    assert warnings(written(tmp_path / "a.heic", plain)) == ()
    auxiliary = full(b"auxC", b"urn:com:apple:photo:2020:aux:hdrgainmap\0")
    with_map = picture(hevc_frame(clip("heic_frame")), auxiliary)
    assert warnings(written(tmp_path / "a.heic", with_map)) == _MAP
    assert warnings(written(tmp_path / "a.heic", plain + box(b"mpvd", _MP4))) == _MOTION
