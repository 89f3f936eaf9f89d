"""Traits of files from phones, cameras and other muxers that make a converter go wrong."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.core.assets import Edits, Rendition, Target, Wish
from pressroom.graph.limits import VIDEO_LIMITS, MediaUse
from pressroom.media.desk import Desk
from pressroom.media.edits import cut_of
from pressroom.media.probe import probe
from tests.media.clips import LCEVC, clean_aperture, with_box, with_edit_end
from tests.media.facts import clip_facts
from tests.media.fixtures import Clip
from tests.media.look import loudness
from tests.patience import patience


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
    made = await made_of(desk, clip("wide_pixels"))
    assert (made.width, made.height) == (360, 320)


async def test_only_the_clean_aperture_is_shown(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "clap.mp4"
    path.write_bytes(with_box(clip("long").read_bytes(), clean_aperture(160, 240), b"avc1"))
    made = await made_of(desk, path)
    assert (made.width, made.height) == (160, 240)


@pytest.mark.parametrize("size", [(180, 320), (0, 240), (400, 400)])
def test_a_clean_aperture_that_is_everything_or_impossible_changes_nothing(
    clip: Clip, tmp_path: Path, size: tuple[int, int]
) -> None:
    (tmp_path / "a.mp4").write_bytes(with_box(clip("long").read_bytes(), clean_aperture(*size), b"avc1"))
    video = probe(tmp_path / "a.mp4").video
    assert video is not None
    assert video.shown == (180, 320)


async def test_jitter_of_the_times_makes_no_holes_in_the_sound(desk: Desk, clip: Clip) -> None:
    made = await made_of(desk, clip("jittery"))
    assert min(loudness(made.path)[10:-25]) > 0.05


async def test_a_last_frame_is_shown_as_long_as_the_edit_list_says(
    desk: Desk, clip: Clip, tmp_path: Path
) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(with_edit_end(clip("long_last_frame").read_bytes(), 3.2))
    video = probe(path).video
    assert video is not None
    assert abs(video.duration_s - 3.2) < 0.01
    made = await made_of(desk, path)
    assert made.duration_s is not None
    assert abs(made.duration_s - 3.2) < 0.04


async def test_each_round_of_a_loop_is_as_long_as_the_picture(desk: Desk, clip: Clip) -> None:
    """Whether the sound lasts shorter, so that there is a pause in each, or longer."""
    brief_sound = await made_of(desk, clip("brief_sound"), Edits(repeat=True))
    heard = loudness(brief_sound.path)
    assert [round(heard[at], 1) > 0 for at in (125, 225, 300, 500, 600)] == [True, False, True, False, True]
    brief_picture = await made_of(desk, clip("brief_picture"), Edits(repeat=True))
    for made in (brief_sound, brief_picture):
        assert made.duration_s is not None
        assert abs(made.duration_s - 3.3) < 0.01


@given(st.floats(0.001, 2.99))
def test_a_loop_lasts_as_long_as_instagram_asks_and_not_a_round_longer(length_s: float) -> None:
    limits = VIDEO_LIMITS[MediaUse.REEL]
    cut = cut_of(clip_facts(duration_s=length_s), Edits(repeat=True), limits)
    assert 3 * 30 <= cut.times * cut.frames < 3 * 30 + cut.frames
