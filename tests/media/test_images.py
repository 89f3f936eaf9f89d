"""Every sort of picture becomes a baseline sRGB JPEG within Instagram's limits."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from pressroom.core.assets import Action, Asset, Fit, Rendition, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import IMAGE_LIMITS, MediaUse
from pressroom.media.colours import standard_profile
from pressroom.media.convert import convert_picture
from pressroom.media.desk import Desk
from pressroom.media.examine import examine
from pressroom.media.judge import judge_image
from pressroom.media.plan import plan_for
from tests.media.fixtures import Clip
from tests.media.heif import heic

PHOTO = IMAGE_LIMITS[MediaUse.PHOTO]
ORIENTATION = 0x0112
GPS = 0x8825
# Display P3 as Apple defines it, made here: primaries and curve are what count.
P3_GREEN_TEST = ((200, 100, 80), (215, 93, 72))


async def prepared(
    desk: Desk, path: Path, *, use: MediaUse = MediaUse.PHOTO, fit: Fit = Fit.BLUR
) -> Rendition:
    return await desk.prepare(Asset(str(path)), Wish(use=use, target=Target.PLATFORM, fit=fit))


def corner_picture(size: tuple[int, int] = (400, 400)) -> Image.Image:
    """Draw a picture whose top left quarter alone is red."""
    image = Image.new("RGB", size, "blue")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill="red")
    return image


def pixel(path: Path, x: float, y: float) -> tuple[int, ...]:
    with Image.open(path) as image:
        colour = image.getpixel((int(image.width * x), int(image.height * y)))
    assert isinstance(colour, tuple)
    return colour


def near(colour: tuple[int, ...], expected: tuple[int, ...], slack: int = 6) -> bool:
    return all(abs(value - level) <= slack for value, level in zip(colour, expected, strict=True))


async def test_a_place_that_cannot_be_written_is_not_called_a_damaged_picture(tmp_path: Path) -> None:
    corner_picture().save(tmp_path / "a.png")
    wish = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
    chosen = plan_for(await examine(tmp_path / "a.png"), wish)
    with pytest.raises(MediaRefused) as caught:
        await convert_picture(chosen, tmp_path / "missing" / "part")
    assert caught.value.rule == "permission"


async def test_a_picture_that_complies_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    corner_picture().save(tmp_path / "a.jpg")
    rendition = await prepared(desk, tmp_path / "a.jpg")
    assert (rendition.path, rendition.action, rendition.changes) == (tmp_path / "a.jpg", Action.AS_IS, ())
    assert (rendition.content_type, rendition.media_type, rendition.duration_s) == (
        "image/jpeg",
        "image",
        None,
    )


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000"])
async def test_a_format_that_is_no_jpeg_becomes_one(desk: Desk, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    corner_picture().save(path, kind)
    if kind == "JPEG2000":
        with pytest.raises(MediaRefused) as caught:
            await prepared(desk, path)
        assert caught.value.rule == "not_media"
        return
    rendition = await prepared(desk, path)
    assert judge_image(rendition.path, PHOTO) == []
    assert near(pixel(rendition.path, 0.25, 0.25), (254, 0, 0))
    assert rendition.changes[0] == f"{kind} became baseline JPEG."


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "CMYK", "I;16", "I", "F", "LAB", "YCbCr"])
async def test_every_kind_of_pixel_is_understood(desk: Desk, tmp_path: Path, mode: str) -> None:
    """A mid grey stays one; naive conversion turns 16-bit grey all white."""
    image, path = grey_picture(mode), tmp_path / "picture"
    image.save(path, "JPEG" if mode == "YCbCr" else "TIFF")
    rendition = await prepared(desk, path)
    if mode != "1":  # black and white only
        assert near(pixel(rendition.path, 0.5, 0.5), (128, 128, 128), 8)
    assert judge_image(rendition.path, PHOTO) == []


def grey_picture(mode: str) -> Image.Image:
    size = (400, 400)
    if mode in ("I;16", "I"):
        image = Image.new(mode, size, 128 * 256)
        image.putpixel((0, 0), 65535)
        return image
    if mode == "F":
        image = Image.new("F", size, 0.5)
        image.putpixel((0, 0), 1.0)
        return image
    if mode == "LAB":
        return Image.new("LAB", size, (137, 128, 128))
    if mode == "CMYK":
        return Image.new("CMYK", size, (0, 0, 0, 127))
    grey = Image.new("RGB", size, (128, 128, 128))
    return grey.quantize(4) if mode == "P" else grey.convert(mode)


async def test_transparent_parts_become_white(desk: Desk, tmp_path: Path) -> None:
    image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((200, 0, 400, 400), fill=(0, 0, 255, 255))
    image.save(tmp_path / "a.png")
    rendition = await prepared(desk, tmp_path / "a.png")
    assert near(pixel(rendition.path, 0.25, 0.5), (255, 255, 255))
    assert near(pixel(rendition.path, 0.75, 0.5), (0, 0, 254))
    assert "Transparent parts became white." in rendition.changes


@pytest.mark.parametrize(
    ("kind", "orientation"),
    [
        *(("PNG", orientation) for orientation in range(1, 9)),
        *((kind, orientation) for kind in ("JPEG", "WEBP", "TIFF", "AVIF") for orientation in (4, 6)),
    ],
)
async def test_a_picture_stands_upright_whatever_its_flag_says(
    desk: Desk, tmp_path: Path, kind: str, orientation: int
) -> None:
    upright = corner_picture((400, 320))
    undo: dict[int, Callable[[Image.Image], Image.Image]] = {
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }
    stored = undo.get(orientation, lambda image: image)(upright)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored.save(tmp_path / "picture", kind, exif=exif)
    rendition = await prepared(desk, tmp_path / "picture")
    assert (rendition.width, rendition.height) == (400, 320)
    assert near(pixel(rendition.path, 0.1, 0.1), (254, 0, 0))
    assert near(pixel(rendition.path, 0.9, 0.1), (0, 0, 254))


async def test_place_and_camera_are_removed_without_touching_the_picture(desk: Desk, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Samplephone"
    exif.get_ifd(GPS)[1] = "N"
    image = corner_picture()
    image.save(tmp_path / "a.jpg", exif=exif, comment=b"from my kitchen", xmp=b"<x:xmpmeta/>")
    image.save(tmp_path / "plain.jpg")
    rendition = await prepared(desk, tmp_path / "a.jpg")
    assert rendition.action is Action.REMUX
    assert rendition.path.read_bytes() == (tmp_path / "plain.jpg").read_bytes()
    assert rendition.changes == (
        "The picture was copied without loss.",
        "Metadata was removed (EXIF, XMP, comment).",
    )


async def test_metadata_does_not_survive_a_conversion(desk: Desk, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Samplephone"
    corner_picture((2000, 2000)).save(tmp_path / "a.jpg", exif=exif, comment=b"from my kitchen")
    rendition = await prepared(desk, tmp_path / "a.jpg")
    data = rendition.path.read_bytes()
    assert rendition.action is Action.FULL
    assert b"Samplephone" not in data
    assert b"kitchen" not in data


async def test_the_pictures_behind_the_first_are_left_out(desk: Desk, tmp_path: Path) -> None:
    image = corner_picture()
    image.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[image])
    rendition = await prepared(desk, tmp_path / "a.jpg")
    assert rendition.action is Action.REMUX
    assert judge_image(rendition.path, PHOTO) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
async def test_a_wide_gamut_picture_keeps_its_colours(desk: Desk, tmp_path: Path, kind: str) -> None:
    """Whatever its profile is called: phones write "Display P3 Gamut with sRGB Transfer"."""
    before, after = P3_GREEN_TEST
    Image.new("RGB", (400, 400), before).save(tmp_path / "a", kind, icc_profile=display_p3())
    rendition = await prepared(desk, tmp_path / "a")
    assert near(pixel(rendition.path, 0.5, 0.5), after, 3)
    assert "Colours were converted to sRGB." in rendition.changes


@pytest.mark.parametrize(
    ("colour", "numbers", "expected"),
    [
        (P3_GREEN_TEST[0], (12, 13), P3_GREEN_TEST[1]),
        ((97, 97, 97), (9, 16), (108, 108, 108)),  # 18 % grey, 26 nits
        ((97, 97, 97), (9, 18), (108, 108, 108)),
    ],
    ids=["P3", "PQ", "HLG"],
)
async def test_colours_told_by_numbers_are_understood(
    desk: Desk,
    tmp_path: Path,
    colour: tuple[int, int, int],
    numbers: tuple[int, int],
    expected: tuple[int, int, int],
) -> None:
    """As HEIC and AVIF do it where they carry no profile; HDR is brought to SDR as in a clip."""
    Image.new("RGB", (400, 400), colour).save(tmp_path / "plain.avif", quality=100)
    coded = b"colrnclx" + b"".join(number.to_bytes(2) for number in numbers)
    data = (tmp_path / "plain.avif").read_bytes().replace(b"colrnclx\x00\x01\x00\x0d", coded)
    (tmp_path / "coded.avif").write_bytes(data)
    rendition = await prepared(desk, tmp_path / "coded.avif")
    assert near(pixel(rendition.path, 0.5, 0.5), expected, 5)


async def test_a_profile_that_means_srgb_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    profile = standard_profile("sRGB").tobytes()
    corner_picture().save(
        tmp_path / "a.jpg", icc_profile=profile.replace(b"s\x00R\x00G\x00B", b"c\x002\x00 \x00 ")
    )
    assert (await prepared(desk, tmp_path / "a.jpg")).action is Action.AS_IS


def display_p3() -> bytes:
    """Take Pillow's sRGB profile and give it P3's primaries (as ICC stores them, adapted to D50)."""
    profile = bytearray(standard_profile("sRGB").tobytes())
    primaries = {
        b"rXYZ": (0.515121, 0.241196, -0.001053),
        b"gXYZ": (0.291977, 0.692245, 0.041885),
        b"bXYZ": (0.157104, 0.066574, 0.784073),
    }
    for index in range(int.from_bytes(profile[128:132])):
        tag = 132 + 12 * index
        place = int.from_bytes(profile[tag + 4 : tag + 8])
        for number, value in enumerate(primaries.get(bytes(profile[tag : tag + 4]), ())):
            offset = place + 8 + 4 * number
            profile[offset : offset + 4] = round(value * 65536).to_bytes(4, signed=True)
    return bytes(profile)


async def test_a_damaged_profile_does_not_stop_a_picture(desk: Desk, tmp_path: Path) -> None:
    corner_picture().save(tmp_path / "a.png", icc_profile=b"not a profile at all")
    rendition = await prepared(desk, tmp_path / "a.png")
    assert near(pixel(rendition.path, 0.25, 0.25), (254, 0, 0))


@pytest.mark.parametrize(
    ("size", "made_size"),
    [
        ((300, 300), (320, 320)),
        ((2000, 2000), (1440, 1440)),
        ((600, 800), (640, 800)),
        ((1600, 400), (1440, 754)),
        ((4001, 5001), (1440, 1800)),
    ],
    ids=["small", "large", "3:4", "4:1", "odd"],
)
async def test_width_and_ratio_end_within_the_limits(
    desk: Desk, tmp_path: Path, size: tuple[int, int], made_size: tuple[int, int]
) -> None:
    corner_picture(size).save(tmp_path / "a.png")
    rendition = await prepared(desk, tmp_path / "a.png")
    assert (rendition.width, rendition.height) == made_size
    assert judge_image(rendition.path, PHOTO) == []


@pytest.mark.parametrize(
    ("fit", "bar", "words"),
    [
        (
            Fit.PAD,
            (255, 255, 255),
            "3:4 is taller than 4:5: white bars were added; fit crop trims instead.",
        ),
        (Fit.BLUR, (217, 0, 0), "3:4 is taller than 4:5: blurred bars were added; fit crop trims instead."),
        (
            Fit.CROP,
            (254, 0, 0),
            "3:4 is taller than 4:5: top and bottom were cut; fit blur adds bars instead.",
        ),
    ],
)
async def test_a_picture_too_tall_is_fitted_as_asked(
    desk: Desk, tmp_path: Path, fit: Fit, bar: tuple[int, int, int], words: str
) -> None:
    Image.new("RGB", (600, 800), "red").save(tmp_path / "a.jpg")
    rendition = await prepared(desk, tmp_path / "a.jpg", fit=fit)
    assert near(pixel(rendition.path, 0.005, 0.5), bar)
    assert near(pixel(rendition.path, 0.5, 0.5), (254, 0, 0))
    assert words in rendition.changes


async def test_keep_refuses_a_ratio_instagram_refuses(desk: Desk, tmp_path: Path) -> None:
    corner_picture((600, 800)).save(tmp_path / "a.jpg")
    with pytest.raises(MediaRefused) as caught:
        await prepared(desk, tmp_path / "a.jpg", fit=Fit.KEEP)
    assert (caught.value.rule, caught.value.value, caught.value.limit) == ("ratio", "3:4", "4:5 to 1.91:1")


async def test_a_story_is_nine_to_sixteen(desk: Desk, tmp_path: Path) -> None:
    corner_picture((1080, 1080)).save(tmp_path / "a.jpg")
    rendition = await prepared(desk, tmp_path / "a.jpg", use=MediaUse.STORY)
    assert (rendition.width, rendition.height) == (1080, 1920)


async def test_a_carousel_has_one_ratio(desk: Desk, tmp_path: Path) -> None:
    corner_picture((1080, 1080)).save(tmp_path / "a.jpg")
    rendition = await desk.prepare(
        Asset(str(tmp_path / "a.jpg")),
        Wish(use=MediaUse.CAROUSEL_ITEM, target=Target.PLATFORM, fit=Fit.PAD, ratio=PHOTO.min_ratio),
    )
    assert rendition.width * 5 == rendition.height * 4


async def test_a_picture_cut_off_is_refused(desk: Desk, tmp_path: Path) -> None:
    Image.effect_noise((600, 600), 60).save(tmp_path / "whole.png")
    Image.effect_noise((600, 600), 60).save(tmp_path / "whole.jpg")
    for name in ("whole.png", "whole.jpg"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(MediaRefused) as caught:
            await prepared(desk, tmp_path / "cut")
        assert caught.value.rule == "truncated"


async def test_a_moving_gif_gives_its_first_frame(desk: Desk, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (400, 400), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=200)
    rendition = await prepared(desk, tmp_path / "a.gif")
    assert near(pixel(rendition.path, 0.5, 0.5), (254, 0, 0))
    assert rendition.warnings == ("It moves; only its first frame is published.",)
    story = await prepared(desk, tmp_path / "a.gif", use=MediaUse.STORY)
    assert story.media_type == "image"


async def test_a_tiff_of_several_pages_gives_its_first(desk: Desk, tmp_path: Path) -> None:
    pages = [Image.new("RGB", (400, 400), colour) for colour in ("red", "blue")]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], big_tiff=True)
    rendition = await prepared(desk, tmp_path / "a.tif")
    assert near(pixel(rendition.path, 0.5, 0.5), (254, 0, 0))
    assert rendition.warnings == ("It has several pages; only the first is published.",)


async def test_noise_ends_below_eight_megabytes(desk: Desk, tmp_path: Path) -> None:
    Image.effect_noise((1440, 1800), 120).convert("RGB").save(tmp_path / "a.png")
    rendition = await prepared(desk, tmp_path / "a.png")
    assert rendition.size_bytes < PHOTO.max_bytes


@pytest.mark.parametrize(("turned", "size"), [(0, (400, 320)), (90, (320, 400))])
async def test_a_phones_heic_is_read(
    desk: Desk, tmp_path: Path, clip: Clip, turned: int, size: tuple[int, int]
) -> None:
    (tmp_path / "a.heic").write_bytes(heic(clip("heic_frame"), turned))
    rendition = await prepared(desk, tmp_path / "a.heic")
    assert (rendition.width, rendition.height) == size
    assert near(pixel(rendition.path, 0.1, 0.1), (254, 0, 0), 12)
    assert rendition.changes[0] == "HEIF became baseline JPEG."
