"""What Instagram would answer to bytes it has fetched."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.graph.error_table import find
from pressroom.graph.limits import IMAGE_LIMITS, VIDEO_LIMITS, ImageLimits, MediaUse
from pressroom.media.judge import Violation, judge_image, judge_video
from tests.media.fixtures import Clip

PHOTO = IMAGE_LIMITS[MediaUse.PHOTO]
REEL = VIDEO_LIMITS[MediaUse.REEL]


def answers(violations: list[Violation]) -> list[tuple[str, int | None, int]]:
    return [(violation.rule, violation.code, violation.subcode) for violation in violations]


def picture(path: Path, size: tuple[int, int] = (400, 400), **options: Any) -> Path:
    Image.new("RGB", size, "teal").save(path, **options)
    return path


def test_a_baseline_jpeg_is_taken(tmp_path: Path) -> None:
    assert judge_image(picture(tmp_path / "a.jpg"), PHOTO) == []


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "MPO"])
def test_a_picture_that_is_no_jpeg_is_36001(tmp_path: Path, kind: str) -> None:
    path = picture(tmp_path / "a.jpg", format=kind)
    if kind == "MPO":
        image = Image.new("RGB", (400, 400))
        image.save(path, "MPO", save_all=True, append_images=[image])
    assert answers(judge_image(path, PHOTO)) == [("format", 36001, 2207005)]


def test_a_progressive_jpeg_is_9004(tmp_path: Path) -> None:
    assert answers(judge_image(picture(tmp_path / "a.jpg", progressive=True), PHOTO)) == [
        ("progressive", 9004, 2207052)
    ]


def test_a_ratio_outside_the_limits_is_36003(tmp_path: Path) -> None:
    violations = judge_image(picture(tmp_path / "a.jpg", (400, 800)), PHOTO)
    assert answers(violations) == [("ratio", 36003, 2207009)]
    assert violations[0].value == "1:2"
    assert judge_image(tmp_path / "a.jpg", IMAGE_LIMITS[MediaUse.STORY]) == []


def test_too_many_bytes_are_36000(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.jpg")
    assert answers(judge_image(path, ImageLimits(max_bytes=100))) == [("file_size", 36000, 2207004)]


@pytest.mark.parametrize("share", [0.0, 0.7])
def test_what_does_not_decode_is_9004(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.jpg"
    Image.effect_noise((400, 400), 80).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)] or b"<html>sign in</html>")
    assert [violation.code for violation in judge_image(path, PHOTO)] == [9004]


def test_a_clip_given_as_a_picture_is_9004(clip: Clip) -> None:
    assert [violation.code for violation in judge_image(clip("compliant"), PHOTO)] == [9004]


@pytest.mark.parametrize("name", ["compliant", "silent", "hevc", "sixty", "b_frames", "located"])
def test_what_the_spec_allows_is_taken(clip: Clip, name: str) -> None:
    assert judge_video(clip(name), REEL) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("moov_last", "moov_first"),
        ("priming_edit", "edit_list"),
        ("matroska", "container"),
        ("mpeg4", "video_codec"),
        ("ten_bit", "pixel_format"),
        ("four_two_two", "pixel_format"),
        ("interlaced", "interlaced"),
        ("open_gop", "closed_gop"),
        ("slow", "frame_rate"),
        ("fast", "frame_rate"),
        ("short", "duration"),
        ("surround", "channels"),
        ("high_rate", "sample_rate"),
        ("mp3", "audio_codec"),
    ],
)
def test_a_clip_beyond_the_spec_ends_in_2207026(clip: Clip, name: str, rule: str) -> None:
    """Processing tells it, in the container's status, without a code."""
    assert (rule, None, 2207026) in answers(judge_video(clip(name), REEL))


def test_text_given_as_a_clip_ends_in_2207026(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("hello")
    assert answers(judge_video(tmp_path / "a.mp4", REEL)) == [("not_media", None, 2207026)]


def test_every_answer_is_in_the_error_table(clip: Clip, tmp_path: Path) -> None:
    violations = [
        *judge_image(picture(tmp_path / "a.png"), PHOTO),
        *judge_image(picture(tmp_path / "b.jpg", (100, 900), progressive=True), ImageLimits(max_bytes=1)),
        *judge_video(clip("mpeg4"), REEL),
    ]
    assert all(find(violation.code, violation.subcode) for violation in violations)
