"""What `media check` says of a file is what converting it does."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.core.assets import NO_EDITS, Action, Asset, Edits, Fit, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse
from pressroom.media.convert import recipe_of, strip_picture
from pressroom.media.decision import problems
from pressroom.media.desk import Desk
from pressroom.media.facts import Probe
from pressroom.media.picture import PictureError, make_picture
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe
from pressroom.media.report import check
from tests.media.clips import RECIPES, with_jump
from tests.media.fixtures import Clip
from tests.media.fuzz import mutated
from tests.media.heif import heic

WISH = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("JPEG", {}),
    "large_jpeg": ("JPEG", {"quality": 100}),
    "jpeg_with_metadata": ("JPEG", {"comment": b"from my kitchen"}),
    "progressive": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "tiff": ("TIFF", {}),
    "tiff_jpeg": ("TIFF", {"compression": "jpeg"}),
    "tiff_lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "webp": ("WEBP", {}),
    "gif": ("GIF", {}),
    "bmp": ("BMP", {}),
    "avif": ("AVIF", {}),
}
_ROUNDS = 40


def whole(path: Path, kind: str, options: dict[str, Any]) -> bytes:
    """Draw a picture that complies but for its format, and whose data depends on every pixel."""
    dice = random.Random(0)  # noqa: S311  # repeatable; Pillow's own noise is another one each time
    noise = Image.frombytes("L", (360, 300), dice.randbytes(360 * 300))
    noise.convert("RGB").save(path, kind, **options)
    return path.read_bytes()


def damaged(data: bytes, seed: int) -> bytes:
    dice = random.Random(seed)  # noqa: S311  # repeatable
    if seed % 3 == 0:
        return data[: dice.randrange(16, len(data))]
    if seed % 3 == 1:
        return mutated(data, dice)
    place = dice.randrange(len(data))
    return data[:place] + bytes((data[place] ^ 1 << dice.randrange(8),)) + data[place + 1 :]


def verdict(path: Path) -> str:
    """Give the rule by which a check refuses, or the action that it promises."""
    try:
        chosen = plan_for(probe(path), WISH)
    except MediaRefused as refusal:
        return refusal.rule
    return chosen.refusal.rule if chosen.refusal else chosen.action.value


def outcome(facts: Probe, output: Path) -> str:
    """Carry out the plan as the desk does, without its processes."""
    chosen = plan_for(facts, WISH)
    try:
        if chosen.action is Action.REMUX:
            strip_picture(facts.path, output)
        elif chosen.action is Action.FULL:
            make_picture(recipe_of(chosen, output))
        else:
            return chosen.action.value
        assert problems(chosen, probe(output)) == []
    except (PictureError, MediaRefused, AssertionError) as error:
        return repr(error)
    return chosen.action.value


@pytest.mark.usefixtures("foreign_programs")
@pytest.mark.parametrize("name", [*KINDS, "heic"])
def test_what_a_check_lets_pass_converts(tmp_path: Path, clip: Clip, name: str) -> None:
    data = heic(clip("heic_frame")) if name == "heic" else whole(tmp_path / "whole", *KINDS[name])
    assert_agreement(data, tmp_path, range(_ROUNDS))


def assert_agreement(data: bytes, tmp_path: Path, seeds: range) -> None:
    seen = Counter[str]()
    for seed in seeds:
        path = tmp_path / "damaged"
        path.write_bytes(damaged(data, seed))
        expected = verdict(path)
        if expected in tuple(Action):
            assert outcome(probe(path), tmp_path / "made") == expected, f"seed {seed}"
        seen[expected] += 1
    assert seen["truncated"] + seen["corrupt"] + seen["not_media"] > 0, "some are damaged"


@pytest.mark.parametrize("name", [*KINDS, "heic"])
async def test_check_and_convert_refuse_a_cut_still_by_the_same_words(
    desk: Desk, tmp_path: Path, clip: Clip, name: str
) -> None:
    data = heic(clip("heic_frame")) if name == "heic" else whole(tmp_path / "whole", *KINDS[name])
    path = tmp_path / "cut"
    path.write_bytes(data[: len(data) * 3 // 5])
    report = await check(path, use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
    with pytest.raises(MediaRefused) as caught:
        await desk.prepare(Asset(str(path)), WISH)
    assert report.refusal
    assert report.refusal.as_json() == caught.value.as_json()


_LEFT, _CODE_SIZE = -10, -1  # of a frame's fields, counted from its data


@pytest.mark.parametrize(("field", "value"), [(_LEFT, b"\xff\x7f"), (_CODE_SIZE, b"\x0d")])
async def test_a_frame_of_a_gif_that_makes_no_sense_stops_neither_check_nor_conversion(
    desk: Desk, clip: Clip, tmp_path: Path, field: int, value: bytes
) -> None:
    """Outside of the picture, or in a code that there is not: browsers show the frame before for longer."""
    data = bytearray(clip("gif").read_bytes())
    for number in (5, 6, -1):
        place = _data_of_frame(clip("gif"), number)
        data[place + field : place + field + len(value)] = value
    path = tmp_path / "odd.gif"
    path.write_bytes(data)
    report = await check(path, use=MediaUse.REEL, target=Target.PLATFORM)
    rendition = await desk.prepare(Asset(str(path)), Wish(use=MediaUse.REEL, target=Target.PLATFORM))
    assert (report.action, rendition.action) == (Action.FULL, Action.FULL)
    assert rendition.duration_s == pytest.approx(3.2, abs=0.05)


def _data_of_frame(gif: Path, number: int) -> int:
    with Image.open(gif) as image:
        image.seek(number % getattr(image, "n_frames", 1))
        return image.tile[0].offset


async def test_a_damaged_frame_of_a_webp_stops_neither_check_nor_conversion(
    desk: Desk, clip: Clip, tmp_path: Path
) -> None:
    data = clip("brief_webp").read_bytes()
    partition = data.index(b"VP8 ", len(data) // 2) + 18
    path = tmp_path / "odd.webp"
    path.write_bytes(data[:partition] + b"\xff" * 8 + data[partition + 8 :])
    report = await check(path, use=MediaUse.REEL, target=Target.PLATFORM)
    rendition = await desk.prepare(Asset(str(path)), Wish(use=MediaUse.REEL, target=Target.PLATFORM))
    assert (report.action, rendition.action) == (Action.FULL, Action.FULL)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_progressive_jpeg_cut_anywhere_is_refused(tmp_path: Path, share: float) -> None:
    """Decoders show what there is: the whole picture, but blurred."""
    data = whole(tmp_path / "whole", *KINDS["progressive"])
    (tmp_path / "cut").write_bytes(data[: int(len(data) * share)])
    assert verdict(tmp_path / "cut") in ("truncated", "not_media")


async def assert_convert_does_what_check_says(desk: Desk, path: Path, edits: Edits = NO_EDITS) -> None:
    """Refused by both with the same words, or converted as announced into a file that needs nothing more."""
    wish = Wish(use=MediaUse.REEL, target=Target.PLATFORM, edits=edits)
    report = await check(path, use=None, target=Target.PLATFORM, edits=edits)
    if report.refusal:
        with pytest.raises(MediaRefused) as caught:
            await desk.convert(path, wish)
        assert caught.value.as_json() == report.refusal.as_json()
        return
    rendition = await desk.convert(path, wish)
    assert (rendition.action, rendition.changes) == (report.action, report.changes)
    again = await check(rendition.path, use=None, target=Target.PLATFORM)
    assert (again.action, again.refusal) == (Action.AS_IS, None)


@pytest.mark.parametrize("name", RECIPES)
async def test_convert_does_to_each_clip_what_a_check_says(desk: Desk, clip: Clip, name: str) -> None:
    await assert_convert_does_what_check_says(desk, clip(name))


@pytest.mark.parametrize("name", KINDS)
async def test_convert_does_to_each_still_what_a_check_says(desk: Desk, tmp_path: Path, name: str) -> None:
    whole(tmp_path / "whole", *KINDS[name])
    await assert_convert_does_what_check_says(desk, tmp_path / "whole")


def packets(stream: bytes) -> list[bytes]:
    """Split a transport stream."""
    return [stream[start : start + 188] for start in range(0, len(stream), 188)]


def changed(stream: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the packet in the middle of a transport stream."""
    parts = packets(stream)
    middle = len(parts) // 2
    return b"".join((*parts[:middle], change(parts[middle]), *parts[middle + 1 :]))


ODD: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "two transport streams": ("transport", lambda data: 2 * data),
    "two program streams": ("mpeg2", lambda data: 2 * data),
    "two Ogg files": ("theora", lambda data: 2 * data),
    "two Matroska files": ("matroska", lambda data: 2 * data),
    "two Flash videos": ("flash_h264", lambda data: 2 * data),
    "two MP4s": ("compliant", lambda data: 2 * data),
    "a clock that jumps": ("beep_theora", lambda data: with_jump(data, 15, 30)),
    "a packet that is lost": ("transport", lambda data: changed(data, lambda _: b"")),
    "a packet sent twice": ("transport", lambda data: changed(data, lambda packet: 2 * packet)),
    "a packet that is marked": (
        "transport",
        lambda data: changed(data, lambda packet: packet[:1] + b"\xff" + packet[2:]),
    ),
    "each twentieth packet lost": (
        "transport",
        lambda data: b"".join(one for number, one in enumerate(packets(data)) if number % 20 != 19),
    ),
    "a start that is missing": ("transport", lambda data: b"".join(packets(data)[40:])),
    **{f"{name} with zeros behind": (name, lambda data: data + bytes(1000)) for name in ("vp9", "mpeg2")},
    **{
        f"{name} cut off": (name, lambda data: data[: len(data) * 3 // 5])
        for name in ("transport", "mpeg2", "theora", "matroska", "flash_h264", "windows", "gif")
    },
}


@pytest.mark.parametrize("name", ODD)
async def test_convert_does_to_an_odd_clip_what_a_check_says(
    desk: Desk, clip: Clip, tmp_path: Path, name: str
) -> None:
    recipe, change = ODD[name]
    path = tmp_path / f"odd{clip(recipe).suffix}"
    path.write_bytes(change(clip(recipe).read_bytes()))
    await assert_convert_does_what_check_says(desk, path)


EDITED = ("beep_late_picture", "long_late_picture", "compliant", "theora", "transport", "vp9", "one_a_second")


@pytest.mark.parametrize("name", EDITED)
@pytest.mark.parametrize(
    "edits", [Edits(start_s=0.5, end_s=3.7, repeat=True), Edits(loudness=True)], ids=["part", "loudness"]
)
async def test_convert_edits_each_clip_as_a_check_says(
    desk: Desk, clip: Clip, name: str, edits: Edits
) -> None:
    await assert_convert_does_what_check_says(desk, clip(name), edits)


@pytest.mark.parametrize("name", ["two Ogg files", "a packet that is lost"])
def test_a_clip_that_ffmpeg_would_not_convert_is_refused_by_a_check(
    clip: Clip, tmp_path: Path, name: str
) -> None:
    recipe, change = ODD[name]
    path = tmp_path / f"odd{clip(recipe).suffix}"
    path.write_bytes(change(clip(recipe).read_bytes()))
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    words = {"two Ogg files": ("not_media", "several clips"), "a packet that is lost": ("corrupt", "damaged")}
    assert caught.value.rule == words[name][0]
    assert words[name][1] in caught.value.message
