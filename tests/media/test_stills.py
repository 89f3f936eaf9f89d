"""What a still shows is what its maker meant, and what no decoder understands is called by its name."""

import io
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from pressroom.core.assets import Action, Asset, Fit, Rendition, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import IMAGE_LIMITS, MediaUse
from pressroom.media.decoder import decode, open_image, resized
from pressroom.media.desk import Desk
from pressroom.media.judge import judge_image
from pressroom.media.probe import probe
from tests.media.fixtures import Clip
from tests.media.heif import av1_frame, box, clap, grid, hevc_frame, imir, irot, picture
from tests.media.test_images import corner_picture, near, pixel

PHOTO = IMAGE_LIMITS[MediaUse.PHOTO]
WISH = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
RED, BLUE = (254, 0, 0), (0, 0, 254)
XMP = b'<x:xmpmeta xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="3"/>'
WHOLE = (400, 320)


async def made_from(desk: Desk, path: Path) -> Rendition:
    return await desk.prepare(Asset(str(path)), WISH)


def named(path: Path) -> str:
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    assert caught.value.rule == "not_media"
    return caught.value.message.removeprefix(f"{path.name} is ")


def jpeg(**options: object) -> bytes:
    file = io.BytesIO()
    corner_picture().save(file, "JPEG", **options)
    return file.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2) + payload


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_xmp_turns_nothing(desk: Desk, tmp_path: Path, kind: str) -> None:
    """Viewers obey EXIF alone; editors leave an old value in XMP."""
    corner_picture((2000, 2000)).save(tmp_path / "a", kind, xmp=XMP)
    assert near(pixel((await made_from(desk, tmp_path / "a")).path, 0.1, 0.1), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_an_exif_block_that_makes_no_sense_stops_no_picture(
    desk: Desk, tmp_path: Path, kind: str
) -> None:
    corner_picture().save(tmp_path / "a", kind, exif=b"Exif\0\0nothing that anybody wrote")
    rendition = await made_from(desk, tmp_path / "a")
    assert near(pixel(rendition.path, 0.1, 0.1), RED)
    assert b"nothing that anybody wrote" not in rendition.path.read_bytes()


async def test_the_exif_of_a_heic_turns_nothing(desk: Desk, tmp_path: Path, clip: Clip) -> None:
    """Its turn is a property of the picture; a second one in EXIF is the same, told twice."""
    path = tmp_path / "a.heic"
    path.write_bytes(picture(hevc_frame(clip("heic_frame")), irot(180)))
    assert near(pixel((await made_from(desk, path)).path, 0.9, 0.9), RED, 12)


async def test_what_an_avif_crops_is_not_shown(desk: Desk, tmp_path: Path) -> None:
    file = io.BytesIO()
    corner_picture(WHOLE).save(file, "AVIF")
    shown = clap((100, 40, 200, 140), WHOLE)
    (tmp_path / "a.avif").write_bytes(
        picture(av1_frame(file.getvalue(), WHOLE), shown, irot(90), brand=b"avif")
    )
    rendition = await made_from(desk, tmp_path / "a.avif")
    assert rendition.changes[1] == "100 x 100 became 320 x 320."
    assert all(near(pixel(rendition.path, x, y), RED, 12) for x in (0.02, 0.9) for y in (0.02, 0.98))


@pytest.mark.parametrize("mirrored", [(), (imir(0),), (imir(1),)], ids=["", "top", "left"])
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_what_a_heic_crops_is_not_shown(
    tmp_path: Path, clip: Clip, turned: int, mirrored: tuple[bytes, ...]
) -> None:
    """By little, as its library does it; and by much, which its library takes for an attack."""
    frame, turns = hevc_frame(clip("heic_frame")), (irot(turned), *mirrored)
    whole = picture(frame, *turns)
    little = picture(frame, clap((20, 0, 400, 300), frame.size), *turns)
    much = picture(frame, clap((190, 150, 220, 180), frame.size), *turns)
    by_library = open_image(io.BytesIO(little), "HEIF")
    assert shown_of(little, tmp_path).tobytes() == by_library.tobytes()
    # Red ends at 200 and 160: so do the corners of the whole.
    corners = [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)]
    seen, whole_shown = shown_of(much, tmp_path), shown_of(whole, tmp_path)
    assert seen.size == (30, 30)
    assert all(near(at(seen, *corner), at(whole_shown, *corner), 12) for corner in corners)


def shown_of(data: bytes, directory: Path) -> Image.Image:
    path = directory / "a.heic"
    path.write_bytes(data)
    still = probe(path).still
    assert still
    return decode(io.BytesIO(data), "HEIF", (still.width, still.height), still.aperture)


def at(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    colour = image.getpixel((int(image.width * x), int(image.height * y)))
    assert isinstance(colour, tuple)
    return colour


async def test_a_heic_that_crops_much_is_converted(desk: Desk, tmp_path: Path, clip: Clip) -> None:
    frame = hevc_frame(clip("heic_frame"))
    (tmp_path / "a.heic").write_bytes(picture(frame, clap((0, 0, 100, 100), frame.size), irot(90)))
    rendition = await made_from(desk, tmp_path / "a.heic")
    assert rendition.changes[1] == "100 x 100 became 320 x 320."
    assert all(near(pixel(rendition.path, x, 0.5), RED, 12) for x in (0.02, 0.5, 0.98))


def test_a_crop_that_cannot_be_is_passed_over(tmp_path: Path) -> None:
    file = io.BytesIO()
    corner_picture(WHOLE).save(file, "AVIF")
    frame = av1_frame(file.getvalue(), WHOLE)
    for shown in (clap((300, 0, 500, 320), WHOLE), clap((0, 0, 400, 320), WHOLE), clap((9, 9, 9, 9), WHOLE)):
        (tmp_path / "a.avif").write_bytes(picture(frame, shown, brand=b"avif"))
        still = probe(tmp_path / "a.avif").still
        assert still
        assert (still.width, still.height, still.aperture) == (*WHOLE, None)


@pytest.mark.parametrize(
    ("marker", "payload", "name"),
    [
        (0xE0, b"CIFF" + b"owner: Somebody", "APP0"),
        (0xE0, b"JFXX\x00\x13\x02\x02" + b"owner: Somebody", "thumbnail"),
        (0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x05" + b"owner: Somebody", "thumbnail"),
        (0xE2, b"MPF\x00" + b"owner: Somebody", "APP2"),
        (0xEE, b"owner: Somebody", "APP14"),
    ],
    ids=["CIFF", "JFXX", "JFIF", "MPF", "APP14"],
)
async def test_a_segment_of_more_than_decoders_need_is_removed(
    desk: Desk, tmp_path: Path, marker: int, payload: bytes, name: str
) -> None:
    plain = jpeg()
    (tmp_path / "a.jpg").write_bytes(plain[:2] + segment(marker, payload) + plain[2:])
    rendition = await made_from(desk, tmp_path / "a.jpg")
    assert (rendition.action, rendition.changes[1]) == (Action.REMUX, f"Metadata was removed ({name}).")
    assert b"Somebody" not in rendition.path.read_bytes()
    assert near(pixel(rendition.path, 0.1, 0.1), RED)
    assert judge_image(rendition.path, PHOTO) == []


@pytest.mark.parametrize(
    ("place", "more"),
    [(jpeg().index(b"\xff\xda"), b"junk"), (-2, segment(0xFE, b"owner: Somebody"))],
    ids=["junk between the segments", "a comment behind a scan"],
)
async def test_a_jpeg_whose_metadata_cannot_be_found_is_converted(
    desk: Desk, tmp_path: Path, place: int, more: bytes
) -> None:
    data = jpeg()
    (tmp_path / "a.jpg").write_bytes(data[:place] + more + data[place:])
    rendition = await made_from(desk, tmp_path / "a.jpg")
    assert rendition.changes == ("Irregular JPEG became baseline JPEG.",)
    assert b"Somebody" not in rendition.path.read_bytes()
    assert near(pixel(rendition.path, 0.1, 0.1), RED)


async def test_a_progressive_jpeg_becomes_a_baseline_one(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(progressive=True))
    rendition = await made_from(desk, tmp_path / "a.jpg")
    assert (rendition.action, rendition.changes) == (Action.FULL, ("Progressive JPEG became baseline JPEG.",))
    assert judge_image(rendition.path, PHOTO) == []


async def test_a_deep_grey_that_is_all_black_stays_black(desk: Desk, tmp_path: Path) -> None:
    Image.new("I;16", (400, 400)).save(tmp_path / "a.tif")
    assert near(pixel((await made_from(desk, tmp_path / "a.tif")).path, 0.5, 0.5), (0, 0, 0))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_what_moves_is_said_to(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a", kind, save_all=True, append_images=frames[1:], duration=200)
    still = probe(tmp_path / "a").still
    assert still
    assert still.is_moving


async def test_a_heic_of_several_pictures_does_not_move(desk: Desk, tmp_path: Path, clip: Clip) -> None:
    """A spatial photo has one for each eye."""
    (tmp_path / "a.heic").write_bytes(picture(hevc_frame(clip("heic_frame")), pictures=2))
    rendition = await made_from(desk, tmp_path / "a.heic")
    assert rendition.warnings == ("It holds several pictures; only the main one is published.",)


@pytest.mark.parametrize("kind", ["RGB", "RGBA", "P", "heic"])
def test_a_large_picture_is_made_smaller_in_bands(clip: Clip, kind: str) -> None:
    """As Pillow does it with the whole picture in memory."""
    file, decoder = io.BytesIO(), "HEIF" if kind == "heic" else "PNG"
    if kind == "heic":
        file.write(grid(hevc_frame(clip("heic_frame")), 5, 4))
    else:
        resized(Image.linear_gradient("L"), (2000, 1280)).convert(kind).save(file, "PNG")
    ours = decode(file, decoder, (100, 64))
    # Twenty pixels are averaged to one: six exactly, then by Lanczos.
    reduced = open_image(file, decoder).convert(ours.mode).reduce(6)
    expected = resized(reduced, (100, 64), (0, 0, 2000 / 6, 1280 / 6))
    differences = ImageChops.difference(ours.convert("RGB"), expected.convert("RGB"))
    assert max(differences.tobytes()) <= 1


async def test_a_heic_of_tiles_becomes_a_photo(desk: Desk, tmp_path: Path, clip: Clip) -> None:
    (tmp_path / "a.heic").write_bytes(grid(hevc_frame(clip("heic_frame")), 11, 13))
    rendition = await made_from(desk, tmp_path / "a.heic")
    assert "4400 x 4160 became 1440 x 1361." in rendition.changes
    for tile in (0, 10):
        left, top = (tile + 0.25) / 11, (tile + 0.25) / 13
        assert near(pixel(rendition.path, left, top), RED, 12)
        assert near(pixel(rendition.path, left + 0.5 / 11, top), BLUE, 12)


@pytest.mark.parametrize(
    ("coding", "words"),
    [(b"unci", "uncompressed pixels"), (b"av01", "AV1 without the brand of AVIF"), (b"xyz1", "xyz1")],
)
def test_a_heif_that_is_not_understood_is_named(
    tmp_path: Path, clip: Clip, coding: bytes, words: str
) -> None:
    data = picture(hevc_frame(clip("heic_frame")), brand=b"mif1").replace(b"hvc1", coding)
    (tmp_path / "a.heif").write_bytes(data)
    assert named(tmp_path / "a.heif") == f"a HEIF of a rare sort ({words})."


def test_a_heif_of_frames_alone_is_named(tmp_path: Path) -> None:
    """Its pictures are a track, and the library reads none of them."""
    (tmp_path / "a.heics").write_bytes(box(b"ftyp", b"hevc", bytes(4), b"msf1hevc") + box(b"moov", bytes(8)))
    assert named(tmp_path / "a.heics") == "a moving HEIF (an image sequence)."


def test_a_heif_with_frames_beside_its_picture_moves(tmp_path: Path, clip: Clip) -> None:
    data = picture(hevc_frame(clip("heic_frame")), brand=b"hevc") + box(b"moov", bytes(8))
    (tmp_path / "a.heics").write_bytes(data)
    still = probe(tmp_path / "a.heics").still
    assert still
    assert still.is_moving


@pytest.mark.parametrize(
    ("marker", "bits", "words"),
    [
        (0xC1, 12, "extended, 12 bits"),
        (0xC3, 8, "lossless"),
        (0xC5, 8, "hierarchical"),
        (0xF7, 8, "JPEG-LS"),
    ],
)
def test_a_jpeg_that_is_not_understood_is_named(tmp_path: Path, marker: int, bits: int, words: str) -> None:
    frame = bytes((marker, 0, 17, bits))
    (tmp_path / "a.jpg").write_bytes(jpeg().replace(b"\xc0\x00\x11\x08", frame, 1))
    assert named(tmp_path / "a.jpg") == f"a JPEG of a rare sort ({words})."


def test_a_lossless_jpeg_of_another_programs_is_named(tmp_path: Path, ffmpeg: Path) -> None:
    words = (
        "-v error -f lavfi -i testsrc2=s=64x64:r=1:d=1 -frames:v 1 -c:v ljpeg -pix_fmt yuvj444p -strict -2"
    )
    subprocess.run([str(ffmpeg), *words.split(), "-f", "image2", str(tmp_path / "a.jpg")], check=True)
    assert named(tmp_path / "a.jpg") == "a JPEG of a rare sort (lossless)."


def tiff(*, bits: int = 8, photometric: int = 2, samples: int = 3, compression: int = 1) -> bytes:
    """Write a TIFF of 8 x 8 pixels."""
    size = bits * samples
    place = 10 + 10 * 12 + 4
    tags = [
        (254, 4, 1, 0),
        (256, 4, 1, 8),
        (257, 4, 1, 8),
        (258, 3, samples, place if samples > 2 else bits),
        (259, 3, 1, compression),
        (262, 3, 1, photometric),
        (273, 4, 1, place + 2 * samples),
        (277, 3, 1, samples),
        (278, 4, 1, 8),
        (279, 4, 1, 8 * size),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    start = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    return start + struct.pack("<H", bits) * samples + bytes(8 * size)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tiff(bits=12), "a TIFF of a rare sort (12 bits)"),
        (tiff(bits=16, photometric=8), "a TIFF of a rare sort (CIELab, 16 bits)"),
        (tiff(photometric=9), "a TIFF of a rare sort (CIELab, 8 bits)"),
        (tiff(bits=64), "a TIFF of a rare sort (64 bits)"),
        (tiff(compression=22610), "a TIFF of a rare sort (compression 22610)"),
        (tiff(bits=12, photometric=32803, samples=1), "a camera's raw file"),
        (tiff(bits=12, photometric=1, samples=1, compression=65535), "a camera's raw file"),
        (tiff()[:40], "a damaged TIFF file or none at all"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_tiff_that_is_not_understood_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.tif").write_bytes(data)
    assert named(tmp_path / "a.tif") == f"{words}."


def bitmap(bits: int, masks: tuple[int, int, int]) -> bytes:
    """Write a BMP of 8 x 8 pixels whose colours are told by masks."""
    fields = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, bits, 3, bits * 8, 0, 0, 0, 0)
    start = 14 + len(fields) + 12
    head = b"BM" + struct.pack("<IHHI", start + bits * 8, 0, 0, start)
    return head + fields + struct.pack("<III", *masks) + bytes(bits * 8)


def test_a_bmp_of_masks_is_taken_or_named(tmp_path: Path) -> None:
    (tmp_path / "a.bmp").write_bytes(bitmap(16, (0xF800, 0x7E0, 0x1F)))
    assert (still := probe(tmp_path / "a.bmp").still)
    assert not still.damage
    (tmp_path / "a.bmp").write_bytes(bitmap(32, (0x3FF00000, 0xFFC00, 0x3FF)))
    assert named(tmp_path / "a.bmp") == "a BMP of a rare sort (bitfields layout)."


def claimed(kind: str, size: tuple[int, int]) -> bytes:
    """Write a picture whose header alone is of that size."""
    file = io.BytesIO()
    corner_picture().save(file, kind)
    data, (width, height) = file.getvalue(), size
    if kind == "AVIF":
        return picture(replace(av1_frame(data, size), size=size), brand=b"avif")
    sides = [(side.to_bytes(2), (400).to_bytes(2)) for side in (height, width)]
    return data.replace(
        b"\x11\x08" + b"".join(old for _, old in sides), b"\x11\x08" + b"".join(new for new, _ in sides), 1
    )


@pytest.mark.parametrize(
    ("kind", "size", "limit"),
    [
        ("JPEG", (16_000, 12_500), ""),
        ("JPEG", (16_000, 12_501), "200 megapixels"),
        ("AVIF", (12_000, 10_001), "120 megapixels"),
    ],
)
def test_as_many_pixels_are_taken_as_memory_allows(
    tmp_path: Path, kind: str, size: tuple[int, int], limit: str
) -> None:
    (tmp_path / "a").write_bytes(claimed(kind, size))
    if not limit:
        assert probe(tmp_path / "a").still
        return
    with pytest.raises(MediaRefused) as caught:
        probe(tmp_path / "a")
    assert (caught.value.rule, caught.value.limit) == ("too_many_pixels", limit)


@pytest.mark.usefixtures("long_run")
def test_a_tiff_may_have_as_many_pixels_as_other_pictures(tmp_path: Path) -> None:
    Image.new("1", (14_000, 13_000), 1).save(tmp_path / "a.tif", compression="group4")
    still = probe(tmp_path / "a.tif").still
    assert still
    assert not still.damage


def test_a_crop_hides_no_pixels_from_the_limit(tmp_path: Path, clip: Clip) -> None:
    frame = replace(hevc_frame(clip("heic_frame")), size=(20_000, 20_000))
    (tmp_path / "a.heic").write_bytes(picture(frame, clap((0, 0, 100, 100), frame.size)))
    with pytest.raises(MediaRefused) as caught:
        probe(tmp_path / "a.heic")
    assert (caught.value.rule, caught.value.value) == ("too_many_pixels", "20000 x 20000")
