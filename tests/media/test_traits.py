"""Traits of files from phones, cameras and other muxers that make a converter go wrong."""

import io
import os
import subprocess
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageStat

from pressroom.core.assets import Edits, Rendition, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import VIDEO_LIMITS, MediaUse
from pressroom.media.convert import take_frame
from pressroom.media.desk import Desk
from pressroom.media.formats import is_cut_off
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe
from pressroom.media.report import check
from pressroom.media.rules import FPS
from pressroom.media.timeline import cut_of
from tests.media.clips import (
    LCEVC,
    clean_aperture,
    dolby_vision,
    with_box,
    with_edit_end,
    with_encryption,
    with_jump,
    without_packets,
)
from tests.media.facts import clip_facts
from tests.media.fixtures import Clip
from tests.media.look import begins, loudness
from tests.patience import patience

pytestmark = pytest.mark.usefixtures("foreign_programs")


async def made_of(desk: Desk, path: Path, edits: Edits | None = None) -> Rendition:
    wish = Wish(use=MediaUse.REEL, target=Target.PLATFORM, edits=edits or Edits())
    return await desk.convert(path, wish)


def test_side_data_newer_than_pyav_hides_nothing(clip: Clip, ffmpeg: Path, tmp_path: Path) -> None:
    stream = clip("annex_b").read_bytes()
    first = stream.index(b"\0\0\1\x65")
    (tmp_path / "a.h264").write_bytes(stream[:first] + LCEVC + stream[first:])
    words = [
        str(ffmpeg),
        "-v",
        "error",
        "-i",
        str(tmp_path / "a.h264"),
        "-c",
        "copy",
        str(tmp_path / "a.mp4"),
    ]
    subprocess.run(words, check=True, timeout=patience(20))
    video = probe(tmp_path / "a.mp4").video
    assert video is not None
    assert (video.frames, video.is_mirrored) == (96, False)


async def test_the_pixel_shape_of_the_container_counts_more_than_the_codecs(desk: Desk, clip: Clip) -> None:
    rendition = await made_of(desk, clip("wide_pixels"))
    assert (rendition.width, rendition.height) == (360, 320)


async def test_only_the_clean_aperture_is_shown(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "clap.mp4"
    path.write_bytes(with_box(clip("long").read_bytes(), clean_aperture(160, 240), b"avc1"))
    rendition = await made_of(desk, path)
    assert (rendition.width, rendition.height) == (160, 240)


@pytest.mark.parametrize("size", [(180, 320), (0, 240), (400, 400)])
def test_a_clean_aperture_that_is_everything_or_impossible_changes_nothing(
    clip: Clip, tmp_path: Path, size: tuple[int, int]
) -> None:
    (tmp_path / "a.mp4").write_bytes(with_box(clip("long").read_bytes(), clean_aperture(*size), b"avc1"))
    video = probe(tmp_path / "a.mp4").video
    assert video is not None
    assert video.shown == (180, 320)


async def test_jitter_of_the_times_makes_no_holes_in_the_sound(desk: Desk, clip: Clip) -> None:
    rendition = await made_of(desk, clip("jittery"))
    assert min(loudness(rendition.path)[10:-25]) > 0.05


async def test_a_last_frame_is_shown_as_long_as_the_edit_list_says(
    desk: Desk, clip: Clip, tmp_path: Path
) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(with_edit_end(clip("long_last_frame").read_bytes(), 3.2))
    video = probe(path).video
    assert video is not None
    assert abs(video.duration_s - 3.2) < 0.01
    rendition = await made_of(desk, path)
    assert rendition.duration_s is not None
    assert abs(rendition.duration_s - 3.2) < 0.04


async def test_each_round_of_a_loop_is_as_long_as_the_picture(desk: Desk, clip: Clip) -> None:
    """Whether the sound lasts shorter, so that there is a pause in each, or longer."""
    brief_sound = await made_of(desk, clip("brief_sound"), Edits(repeat=True))
    heard = loudness(brief_sound.path)
    assert [round(heard[at], 1) > 0 for at in (125, 225, 300, 500, 600)] == [True, False, True, False, True]
    brief_picture = await made_of(desk, clip("brief_picture"), Edits(repeat=True))
    for rendition in (brief_sound, brief_picture):
        assert rendition.duration_s is not None
        assert abs(rendition.duration_s - 3.3) < 0.01


@given(st.floats(0.001, 2.99))
def test_a_loop_lasts_as_long_as_instagram_asks_and_not_a_round_longer(length_s: float) -> None:
    limits = VIDEO_LIMITS[MediaUse.REEL]
    cut = cut_of(clip_facts(duration_s=length_s), Edits(repeat=True), limits, FPS)
    assert 3 * 30 <= cut.times * cut.frames < 3 * 30 + cut.frames


def test_a_clip_that_is_encrypted_is_called_so_and_not_damaged(clip: Clip) -> None:
    with pytest.raises(MediaRefused) as caught:
        probe(clip("encrypted"))
    assert caught.value.rule == "encrypted"


def test_a_webm_that_is_encrypted_is_called_so_and_not_damaged(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "a.webm").write_bytes(with_encryption(clip("vp9").read_bytes()))
    with pytest.raises(MediaRefused) as caught:
        probe(tmp_path / "a.webm")
    assert caught.value.rule == "encrypted"


def test_a_transport_stream_that_announces_a_picture_and_brings_none_holds_sound(
    clip: Clip, tmp_path: Path
) -> None:
    (tmp_path / "a.ts").write_bytes(without_packets(clip("transport").read_bytes(), 0x100))
    with pytest.raises(MediaRefused) as caught:
        probe(tmp_path / "a.ts")
    assert caught.value.rule == "no_video"


async def test_joined_transport_streams_play_one_after_the_other(
    desk: Desk, clip: Clip, tmp_path: Path
) -> None:
    """The clock of the second goes back to its own start."""
    path = tmp_path / "joined.ts"
    path.write_bytes(2 * clip("beep_transport").read_bytes())
    facts, single = probe(path), probe(clip("beep_transport"))
    assert facts.video is not None
    assert single.video is not None
    assert facts.is_joined
    assert facts.video.frames == 2 * single.video.frames
    assert facts.video.duration_s == pytest.approx(2 * single.video.duration_s, abs=0.1)
    assert (facts.video.is_constant_rate, facts.video.usual_fps) == (True, 30)
    rendition = await made_of(desk, path)
    made = probe(rendition.path)
    assert made.video is not None
    assert made.audio is not None
    assert made.video.frames == pytest.approx(facts.video.frames, abs=2)
    assert made.audio.duration_s == pytest.approx(made.video.duration_s, abs=0.1)
    seen_s, heard_s = begins(rendition.path)
    assert seen_s == pytest.approx([1.0, 5.0], abs=0.1)
    assert heard_s == pytest.approx(seen_s, abs=0.04)


@pytest.mark.parametrize(("at", "frames"), [(15, 30), (15, 600), (20, -10)])
async def test_an_ogg_whose_clock_jumps_is_as_long_as_its_frames_and_its_sound(
    desk: Desk, clip: Clip, tmp_path: Path, at: int, frames: int
) -> None:
    path = tmp_path / "jump.ogv"
    path.write_bytes(with_jump(clip("beep_theora").read_bytes(), at, frames))
    video = probe(path).video
    assert video is not None
    assert (video.frames, video.fps, video.is_constant_rate) == (120, 30, True)
    assert video.duration_s == pytest.approx(4.0, abs=0.01)
    whole = await made_of(desk, path)
    assert whole.duration_s == pytest.approx(4.0, abs=0.04)
    seen_s, heard_s = begins(whole.path)
    assert seen_s == pytest.approx([1.0], abs=0.04)
    assert heard_s == pytest.approx([1.0], abs=0.04)
    part = await made_of(desk, path, Edits(start_s=0.5, end_s=3.7))
    assert part.duration_s == pytest.approx(3.2, abs=0.04)
    for times in begins(part.path):
        assert times == pytest.approx([0.5], abs=0.04)
    await take_frame(probe(path), 1.05, tmp_path / "frame.png", None)
    with Image.open(tmp_path / "frame.png") as frame:
        assert ImageStat.Stat(frame.convert("L")).mean[0] > 200


def test_a_frame_of_theora_that_is_shown_for_long_is_no_wrong_clock(clip: Clip) -> None:
    """Encoders write a picture that does not change only now and then."""
    video = probe(clip("still_theora")).video
    assert video is not None
    assert video.frames < 40
    assert video.duration_s > 3


@pytest.mark.parametrize(("kind", "words"), [(b"sefd", "other data"), (b"free", "data in padding")])
def test_metadata_has_names_that_people_know(clip: Clip, tmp_path: Path, kind: bytes, words: str) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(clip("silent").read_bytes() + (16).to_bytes(4) + kind + b"N52.5163")
    assert probe(path).private == (words,)


def test_tag_names_that_are_not_utf8_are_readable_text(clip: Clip, ffmpeg: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    words = ["-i", clip("silent"), "-c", "copy", "-metadata", "PLAZA=here", path]
    subprocess.run([ffmpeg, "-v", "error", *words], check=True)
    path.write_bytes(path.read_bytes().replace(b"PLAZA", b"PL\xffZA"))
    (name,) = probe(path).private
    assert name == "PL\N{REPLACEMENT CHARACTER}ZA"
    assert msgspec.json.encode(name)  # surrogates of undecodable bytes cannot be encoded


@pytest.mark.parametrize("name", ["silent", "anamorphic"])
def test_a_pixel_ratio_is_a_fraction_of_the_standard_library(clip: Clip, name: str) -> None:
    """The decoder's own number type cannot be serialised, and it differs between versions of PyAV."""
    video = probe(clip(name)).video
    assert video is not None
    assert type(video.pixel_ratio) is Fraction


def test_layered_hevc_without_its_base_is_called_so(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(clip("hlg").read_bytes().replace(b"hvc1", b"lhv1"))
    with pytest.raises(MediaRefused) as caught:
        probe(tmp_path / "a.mov")
    assert (caught.value.rule, "layered HEVC" in caught.value.message) == ("not_media", True)


@given(st.sampled_from(["ogg", "mpeg", "mpegts"]), st.binary(max_size=60), st.binary(max_size=60))
def test_no_bytes_crash_the_look_at_the_end(demuxer: str, before: bytes, after: bytes) -> None:
    for mark in (b"OggS\0", b"\0\0\1\xba", b""):
        data = before + mark + after
        assert is_cut_off(io.BytesIO(data), len(data), demuxer) in (True, False)


async def test_motion_jpeg_2000_is_a_clip(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    start = b"\0\0\0\x0cjP  \r\n\x87\n" + (16).to_bytes(4) + b"ftypmjp2" + bytes(4)
    (tmp_path / "a.mj2").write_bytes(start + clip("jpeg_2000").read_bytes()[len(start) :])
    rendition = await made_of(desk, tmp_path / "a.mj2")
    assert (rendition.media_type, rendition.width, rendition.height) == ("video", 48, 64)


def test_dolby_visions_own_colours_are_refused_in_matroska_too(
    clip: Clip, ffmpeg: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.mov").write_bytes(with_box(clip("hlg").read_bytes(), dolby_vision(5)))
    words = [ffmpeg, "-v", "error", "-i", tmp_path / "a.mov", "-c", "copy", "-strict", "unofficial"]
    subprocess.run([*words, tmp_path / "a.mkv"], check=True, timeout=patience(20))
    refusal = plan_for(probe(tmp_path / "a.mkv"), Wish(use=MediaUse.REEL, target=Target.PLATFORM)).refusal
    assert refusal is not None
    assert (refusal.rule, refusal.value) == ("dolby_vision", "Dolby Vision profile 5.4")


@pytest.mark.parametrize("name", ["theora", "transport", "mpeg2"])
async def test_a_stream_cut_off_is_refused_as_that_and_saved_when_asked(
    desk: Desk, clip: Clip, tmp_path: Path, name: str
) -> None:
    whole = clip(name).read_bytes()
    path = tmp_path / f"cut{clip(name).suffix}"
    path.write_bytes(whole[: len(whole) * 97 // 100 // 188 * 188 - 77])
    with pytest.raises(MediaRefused) as caught:
        await made_of(desk, path)
    assert caught.value.rule == "truncated"
    rendition = await made_of(desk, path, Edits(salvage=True, repeat=True))
    assert any(change.startswith("Its end is lost;") for change in rendition.changes)


@pytest.mark.parametrize("name", ["brief_gif", "brief_webp"])
async def test_an_animation_is_played_again_for_a_reel_and_its_first_frame_is_a_photo(
    desk: Desk, clip: Clip, name: str
) -> None:
    reel = await made_of(desk, clip(name))
    assert (reel.media_type, reel.duration_s) == ("video", 3.6)
    assert "It is played 3 times, since once is too short." in reel.changes
    report = await check(clip(name), use=MediaUse.PHOTO, target=Target.PLATFORM)
    photo = await desk.convert(clip(name), Wish(use=MediaUse.PHOTO, target=Target.PLATFORM))
    assert (report.media_type, photo.media_type, photo.width) == ("image", "image", 320)


async def test_an_animation_as_a_story_is_a_picture_where_it_is_too_short(desk: Desk, clip: Clip) -> None:
    rendition = await desk.convert(clip("brief_webp"), Wish(use=MediaUse.STORY, target=Target.PLATFORM))
    assert rendition.media_type == "image"


@pytest.mark.parametrize(("name", "output"), [("ten_bit", "a.jpg"), ("brief_gif", "a.png"), (None, "a.mp4")])
async def test_a_name_of_the_other_kind_is_refused_before_any_work(
    desk: Desk, clip: Clip, tmp_path: Path, name: str | None, output: str
) -> None:
    Image.new("RGB", (600, 600)).save(tmp_path / "still.png")
    wish = Wish(use=MediaUse.REEL, target=Target.PLATFORM)
    with pytest.raises(MediaRefused) as caught:
        await desk.convert(clip(name) if name else tmp_path / "still.png", wish, output=tmp_path / output)
    assert caught.value.rule == "output_kind"
    assert os.listdir(tmp_path) == ["still.png"]  # noqa: PTH208  # pathlib may not be asked in a coroutine
