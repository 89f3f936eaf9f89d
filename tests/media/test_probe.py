"""What a file is, whatever its name says."""

import os
import random
import zlib
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.errors import MediaRefused
from pressroom.media.facts import HLG, PQ
from pressroom.media.probe import probe
from tests.media.fixtures import Clip
from tests.media.fuzz import mutated
from tests.media.hostile import long_gif, scanned_jpeg


def refused(path: Path) -> str:
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    assert caught.value.message
    assert caught.value.fix
    return caught.value.rule


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_clip_is_told_in_numbers(clip: Clip) -> None:
    facts = probe(clip("compliant"))
    assert facts.video is not None
    assert facts.audio is not None
    assert (facts.video.codec, facts.video.shown, facts.video.fps) == ("h264", (180, 320), Fraction(30))
    assert (facts.video.frames, facts.video.duration_s, facts.video.start_s) == (96, 3.2, 0)
    assert (facts.audio.codec, facts.audio.channels, facts.audio.start_s) == ("aac", 2, 0)
    assert not facts.is_image


def test_a_turned_clip_is_told_as_shown(clip: Clip) -> None:
    video = probe(clip("rotated")).video
    assert video is not None
    assert (video.width, video.height, video.shown) == (180, 320, (320, 180))


def test_pixels_that_are_not_square_count_as_shown(clip: Clip) -> None:
    video = probe(clip("anamorphic")).video
    assert video is not None
    assert video.shown == (180, 320)


@pytest.mark.parametrize(
    ("name", "fact", "value"),
    [
        ("hlg", "transfer", HLG),
        ("pq", "transfer", PQ),
        ("pq", "has_hdr_data", True),
        ("ten_bit", "bit_depth", 10),
        ("four_two_two", "is_420", False),
        ("full_range", "is_full_range", True),
        ("interlaced", "is_interlaced", True),
        ("variable", "is_constant_rate", False),
        ("open_gop", "is_closed_gop", False),
        ("b_frames", "is_closed_gop", True),
    ],
)
def test_what_makes_a_clip_unfit_is_seen(clip: Clip, name: str, fact: str, value: object) -> None:
    assert getattr(probe(clip(name)).video, fact) == value


def test_other_tracks_are_named(clip: Clip) -> None:
    assert probe(clip("two_sounds")).extras == ("second sound",)
    assert probe(clip("cover_art")).extras == ("cover art",)
    assert probe(clip("timecode")).extras == ("data track",)


def test_sound_no_decoder_knows_is_left_out(clip: Clip, tmp_path: Path) -> None:
    """Phones write spatial sound beside the plain one, in a codec of their own."""
    data = clip("compliant").read_bytes().replace(b"mp4a", b"zz4a").replace(b"esds", b"zzds")
    facts = probe(written(tmp_path / "a.mp4", data))
    assert facts.audio is None
    assert facts.extras == ("second sound",)


def test_a_picture_no_decoder_knows_is_refused(clip: Clip, tmp_path: Path) -> None:
    data = clip("silent").read_bytes().replace(b"avc1", b"zzc1")
    assert refused(written(tmp_path / "a.mp4", data)) == "not_media"


def test_a_location_is_named(clip: Clip) -> None:
    assert probe(clip("located")).private == ("title", "location")


def test_a_moving_gif_is_a_picture_and_a_clip(clip: Clip) -> None:
    facts = probe(clip("gif"))
    assert facts.is_image
    assert facts.is_video


def test_the_name_is_not_believed(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "picture.mp4", "PNG")
    facts = probe(tmp_path / "picture.mp4")
    assert facts.still is not None
    assert facts.still.format == "PNG"


@pytest.mark.parametrize(
    "name", ["-x; $(id).mp4", 'it\'s "so".mp4', "sp ace.mp4", "concat:a|b.mp4", "ü%d.mp4"]
)
def test_no_name_is_special(clip: Clip, tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, clip("silent").read_bytes())
    assert probe(path).is_video


def test_a_link_is_followed(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(clip("silent"))
    assert probe(tmp_path / "link.mp4").is_video


def test_no_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refused(tmp_path / "none.mp4") == "missing_file"
    assert refused(tmp_path) == "missing_file"
    assert refused(tmp_path / "loop") == "missing_file"


def test_a_missing_file_is_not_a_wrong_format(tmp_path: Path) -> None:
    """The helpers put MediaTypeNotSupported first only where the format is wrong."""
    with pytest.raises(MediaRefused) as caught:
        probe(tmp_path / "none.mp4")
    assert caught.value.helper_prefix is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", b"x")
    path.chmod(0)
    assert refused(path) == "permission"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"hello, I am a clip\n", "not_media"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "forbidden_container"),
        (b"\xef\xbb\xbf#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1/a.ts\n", "forbidden_container"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "forbidden_container"),
        (b"<?xml version='1.0'?><smil/>", "forbidden_container"),
        (b"ID3\x04" + bytes(200), "no_video"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "no_video"),
        (b"\xff\xd8\xff\xe0 not really", "not_media"),
        (b"\x1a\x45\xdf\xa3" + bytes(100), "corrupt"),
        (b"\x00\x00\x00\x08moov" + b"\x00\x00\x00\x08mdat", "no_video"),
        (b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00", "not_media"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_media_is_refused(tmp_path: Path, data: bytes, rule: str) -> None:
    assert refused(written(tmp_path / "clip.mp4", data)) == rule


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"<!DOCTYPE html><html>Log in</html>", "a web page"),
        (b"8BPS\x00\x01", "a Photoshop document"),
        (b"\x00\x00\x01\x00\x01\x00", "an icon (ICO)"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "a camera's raw file"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01", "a camera's raw file"),
        (b"II\x1a\x00\x00\x00HEAPCCDR\x02\x00", "a camera's raw file"),
        (b"FUJIFILMCCD-RAW 0201", "a camera's raw file"),
        (b"IIRO\x08\x00\x00\x00", "a camera's raw file"),
        (b"\x00MRM\x00\x00\x01\x00", "a camera's raw file"),
        (b"FOVb\x00\x00\x02\x00", "a camera's raw file"),
        (b"\xff\x4f\xff\x51\x00\x2f", "a JPEG 2000 picture"),
        (b"\xff\x0a\xfa\x1f", "a JPEG XL picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_people_take_for_a_picture_is_called_by_its_name(
    tmp_path: Path, data: bytes, words: str
) -> None:
    with pytest.raises(MediaRefused) as caught:
        probe(written(tmp_path / "picture.jpg", data))
    assert (caught.value.rule, caught.value.message) == ("not_media", f"picture.jpg is {words}.")


def test_a_raw_file_is_not_taken_for_its_thumbnail(tmp_path: Path) -> None:
    Image.new("RGB", (160, 120)).save(tmp_path / "a.dng", "TIFF", tiffinfo={50706: b"\x01\x04\x00\x00"})
    assert refused(tmp_path / "a.dng") == "not_media"


def test_sound_alone_is_refused(clip: Clip) -> None:
    assert refused(clip("sound_only")) == "no_video"


@pytest.mark.parametrize(
    "name", ["compliant", "priming_edit", "matroska", "mpeg4", "flash", "windows", "broadcast"]
)
def test_a_clip_cut_off_is_refused(clip: Clip, tmp_path: Path, name: str) -> None:
    source = clip(name)
    whole = source.read_bytes()
    path = written(tmp_path / f"cut{source.suffix}", whole[: len(whole) * 2 // 3])
    assert refused(path) == "truncated"


@pytest.mark.parametrize("name", ["compliant", "hevc", "matroska"])
def test_a_damaged_clip_is_refused(clip: Clip, tmp_path: Path, name: str) -> None:
    """ffmpeg copies such a clip without a word, and Instagram refuses it."""
    source = clip(name)
    damaged = bytearray(source.read_bytes())
    dice = random.Random(7)  # noqa: S311  # the same damage each time
    for _ in range(len(damaged) // 10):
        damaged[dice.randrange(len(damaged) // 2, len(damaged) - 2000)] = dice.randrange(256)
    path = written(tmp_path / f"noise{source.suffix}", bytes(damaged))
    # Matroska loses its thread at the damage, so it ends early.
    assert refused(path) == ("truncated" if name == "matroska" else "corrupt")


def test_a_picture_of_60000_squared_is_refused_by_its_header(tmp_path: Path) -> None:
    fields = b"IHDR" + (60_000).to_bytes(4) * 2 + b"\x08\x02\x00\x00\x00"
    header = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + fields + zlib.crc32(fields).to_bytes(4)
    data = b"\x00\x00\x00\x00IDAT" + zlib.crc32(b"IDAT").to_bytes(4)
    assert refused(written(tmp_path / "bomb.png", header + data)) == "too_many_pixels"


def test_a_gif_that_claims_65535_squared_is_refused(tmp_path: Path) -> None:
    frame = b"\x21\xf9\x04\x00\x0a\x00\x00\x00\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02\x44\x01\x00"
    path = written(
        tmp_path / "bomb.gif",
        b"GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff" + 2 * frame + b";",
    )
    assert refused(path) == "too_many_pixels"


def test_a_jpeg_of_thousands_of_scans_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    """A scan is a dozen bytes, and a pass over 64 megapixels up to a tenth of a second."""
    path = scanned_jpeg(tmp_path / "scans.jpg", scans=2000, width=8000, height=8000)
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    refusal = caught.value
    assert (refusal.rule, refusal.value, refusal.limit) == (
        "too_many_scans",
        "2,000 scans",
        "37 scans at its size",
    )
    assert refusal.fix == "Save it again as a baseline JPEG in an editor."


@pytest.mark.parametrize(("scans", "is_refused"), [(100, False), (101, True)])
def test_no_jpeg_needs_more_than_a_hundred_scans(tmp_path: Path, scans: int, is_refused: bool) -> None:
    path = scanned_jpeg(tmp_path / "scans.jpg", scans=scans)
    if is_refused:
        assert refused(path) == "too_many_scans"
    else:
        assert (still := probe(path).still)
        assert still.process == "progressive"


def test_scans_behind_the_end_of_a_picture_count_for_nothing(tmp_path: Path) -> None:
    path = scanned_jpeg(tmp_path / "scans.jpg", scans=2)
    written(path, path.read_bytes() + scanned_jpeg(tmp_path / "more.jpg", scans=2000).read_bytes())
    assert probe(path).private == ("trailing data",)


def test_48_megapixels_may_be_progressive_as_optimisers_make_them(tmp_path: Path) -> None:
    assert probe(scanned_jpeg(tmp_path / "large.jpg", scans=12, width=8000, height=6000)).still


@pytest.mark.parametrize(
    ("frames", "size", "limit"),
    [
        (10_001, (10, 10), "10,000 frames of 10 x 10"),
        (300, (6000, 6000), "277 frames of 6000 x 6000"),
    ],
)
def test_a_gif_of_too_many_frames_for_its_size_is_refused(
    tmp_path: Path, frames: int, size: tuple[int, int], limit: str
) -> None:
    path = long_gif(tmp_path / "long.gif", frames=frames, width=size[0], height=size[1])
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    refusal = caught.value
    assert (refusal.rule, refusal.value, refusal.limit) == ("too_many_frames", f"more than {limit}", limit)
    assert refusal.fix


def test_a_webp_of_too_many_frames_is_refused_and_not_cut(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    data = (tmp_path / "a.webp").read_bytes()
    start = data.index(b"ANMF")
    length = 8 + int.from_bytes(data[start + 4 : start + 8], "little")
    body = data[12:start] + data[start : start + length + length % 2] * 10_001
    (tmp_path / "a.webp").write_bytes(b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body)
    assert refused(tmp_path / "a.webp") == "too_many_frames"


def test_a_gif_of_a_minute_is_taken(tmp_path: Path) -> None:
    facts = probe(long_gif(tmp_path / "long.gif", frames=1500, width=1080, height=1920))
    assert facts.still
    assert facts.video
    assert facts.still.frames == facts.video.frames == 1500


def test_the_pages_of_a_tiff_are_not_counted(tmp_path: Path) -> None:
    """Each page only points to the next, so there may be millions in a few megabytes."""
    pages = [Image.new("L", (8, 8)) for _ in range(3)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    assert (still := probe(tmp_path / "pages.tif").still)
    assert still.frames == 2


@pytest.mark.parametrize("name", ["late_sound", "matroska", "transport", "h264_avi", "gif", "hlg"])
def test_damage_anywhere_ends_in_facts_or_a_refusal(clip: Clip, tmp_path: Path, name: str) -> None:
    original = clip(name).read_bytes()
    for seed in range(12):
        path = written(tmp_path / "damaged", mutated(original, random.Random(seed)))  # noqa: S311  # repeatable
        try:
            assert probe(path, salvage=bool(seed & 1)).size_bytes
        except MediaRefused as refusal:
            assert refusal.fix  # noqa: PT017  # either is right
