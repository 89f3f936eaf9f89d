"""Every sort of clip ends as one Instagram accepts, with the least work."""

from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Action, Asset, Fit, Rendition, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import VIDEO_LIMITS, MediaUse
from pressroom.media.desk import Desk
from pressroom.media.judge import judge_video
from pressroom.media.probe import probe
from pressroom.media.report import check
from tests.media.clips import AMBIENT, S, dolby_vision, with_box
from tests.media.fixtures import Clip
from tests.media.look import colours, downwards_colours, loudness

REEL = VIDEO_LIMITS[MediaUse.REEL]


async def prepared(
    desk: Desk,
    path: Path,
    *,
    fit: Fit = Fit.KEEP,
    target: Target = Target.PLATFORM,
    use: MediaUse = MediaUse.REEL,
) -> Rendition:
    return await desk.prepare(Asset(str(path)), Wish(use=use, target=target, fit=fit))


def assert_acceptable(rendition: Rendition) -> None:
    """Hold what was made against Instagram's rules and our own promises."""
    facts = probe(rendition.path)
    assert judge_video(rendition.path, REEL) == []
    assert facts.boxes is not None
    assert facts.video is not None
    assert facts.boxes.is_moov_first
    assert not facts.boxes.has_edits
    assert not facts.private
    assert not facts.extras
    assert facts.video.rotation == 0
    assert abs(facts.video.start_s) < 0.001
    assert abs(facts.audio_lead_s) < 0.005
    assert rendition.size_bytes == rendition.path.stat().st_size


@pytest.mark.parametrize("name", ["compliant", "silent", "b_frames", "hevc", "sixty"])
async def test_a_clip_that_complies_is_left_alone(desk: Desk, clip: Clip, name: str) -> None:
    rendition = await prepared(desk, clip(name))
    assert rendition.action is Action.AS_IS
    assert rendition.path == clip(name)
    assert not rendition.is_converted
    assert rendition.changes == ()


@pytest.mark.parametrize(
    "name",
    ["located", "moov_last", "delayed_edit", "matroska", "fragmented", "two_sounds", "cover_art", "timecode"],
)
async def test_a_wrapper_that_is_wrong_is_changed_without_touching_the_picture(
    desk: Desk, clip: Clip, name: str
) -> None:
    rendition = await prepared(desk, clip(name))
    assert rendition.action is Action.REMUX
    assert_acceptable(rendition)
    assert rendition.changes[0] == "The picture was copied without loss."
    before, after = probe(clip(name)).video, probe(rendition.path).video
    assert before is not None
    assert after is not None
    assert (after.frames, after.bitrate // 1000) == (before.frames, before.bitrate // 1000)


@pytest.mark.parametrize(
    "name",
    [
        *("surround", "high_rate", "mp3", "pcm", "opus", "priming_edit", "late_sound", "transport"),
        *("late_clock", "fragment_per_frame"),
    ],
)
async def test_sound_that_is_wrong_is_made_anew_beside_the_copied_picture(
    desk: Desk, clip: Clip, name: str
) -> None:
    rendition = await prepared(desk, clip(name))
    assert rendition.action is Action.AUDIO
    assert_acceptable(rendition)
    audio = probe(rendition.path).audio
    assert audio is not None
    assert (audio.codec, audio.profile, audio.sample_rate, audio.channels) == ("aac", "LC", 48_000, 2)


async def test_sound_whose_packets_share_a_time_plays_without_a_gap(desk: Desk, clip: Clip) -> None:
    """Each packet counts from its fragment, that is, from a frame of the picture; MP4 takes no such copy."""
    path = clip("fragment_per_frame")
    for fit in (Fit.KEEP, Fit.CROP):
        rendition = await prepared(desk, path, fit=fit)
        assert_acceptable(rendition)
        assert rendition.duration_s == pytest.approx(S, abs=0.03)
        loud = loudness(rendition.path)[10:-10]
        assert min(loud) > 0.7 * max(loud)
    report = await check(path, use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)
    assert report.action is Action.AUDIO
    assert "audio_timestamps" in [finding.rule for finding in report.findings if not finding.is_met]


RATES = {"slow": 24, "fast": 60, "mpeg2": 25, "broadcast": 25}


@pytest.mark.usefixtures("foreign_programs")
@pytest.mark.parametrize(
    "name",
    [
        *(
            "rotated",
            "mirrored",
            "interlaced",
            "anamorphic",
            "full_range",
            "ten_bit",
            "lossless",
            "four_two_two",
            "four_four_four",
        ),
        *("odd_size", "slow", "fast", "variable", "open_gop", "vp9", "mpeg4", "h264_avi", "prores", "mpeg2"),
        *("gif", "hlg", "pq", "trimmed_edit", "late_picture", "constant_luminance"),
        *("windows", "flash", "broadcast", "theora"),
    ],
)
async def test_a_picture_that_is_wrong_is_made_anew(desk: Desk, clip: Clip, name: str) -> None:
    source, rendition = probe(clip(name)), await prepared(desk, clip(name))
    assert rendition.action is Action.FULL
    assert_acceptable(rendition)
    video = probe(rendition.path).video
    assert video is not None
    assert source.video is not None
    assert (video.codec, video.pixel_format, video.fps) == ("h264", "yuv420p", RATES.get(name, 30))
    assert (video.primaries, video.transfer, video.matrix) == (1, 1, 1)
    assert not video.is_full_range
    assert not video.has_hdr_data
    expected_s = source.video.duration_s + source.picture_wait_s
    assert abs(video.duration_s - expected_s) <= 2 / min(30, source.video.fps) + 0.001


async def test_a_clip_at_25_is_encoded_frame_by_frame_and_none_is_shown_twice(desk: Desk, clip: Clip) -> None:
    rendition = await prepared(desk, clip("broadcast"))
    before, after = probe(clip("broadcast")).video, probe(rendition.path).video
    assert before is not None
    assert after is not None
    assert (after.fps, after.frames) == (25, before.frames)


async def test_a_clip_without_sound_gets_a_silent_track_when_made_anew(desk: Desk, clip: Clip) -> None:
    rendition = await prepared(desk, clip("gif"))
    assert probe(rendition.path).audio is not None
    assert "A silent sound track was added, since the clip has none." in rendition.changes


async def test_the_house_target_is_720_by_1280(desk: Desk, clip: Clip) -> None:
    rendition = await prepared(desk, clip("sixty"), target=Target.HOUSE, fit=Fit.BLUR)
    assert (rendition.width, rendition.height, rendition.action) == (720, 1280, Action.FULL)
    again = await prepared(desk, rendition.path, target=Target.HOUSE, fit=Fit.BLUR)
    assert (again.action, again.path) == (Action.AS_IS, rendition.path)


async def test_a_clip_in_the_house_target_is_left_alone(desk: Desk, clip: Clip) -> None:
    rendition = await prepared(desk, clip("house"), target=Target.HOUSE, fit=Fit.BLUR)
    assert rendition.action is Action.AS_IS


@pytest.mark.usefixtures("foreign_programs")
@pytest.mark.parametrize(
    ("fit", "words"),
    [
        (Fit.BLUR, "16:9 is wider than 9:16: blurred bars were added; fit crop trims instead."),
        (Fit.PAD, "16:9 is wider than 9:16: black bars were added; fit crop trims instead."),
        (Fit.CROP, "16:9 is wider than 9:16: the sides were cut; fit blur adds bars instead."),
    ],
)
async def test_a_shape_that_does_not_fit_is_filled_as_asked(
    desk: Desk, clip: Clip, fit: Fit, words: str
) -> None:
    rendition = await prepared(desk, clip("landscape"), fit=fit)
    assert (rendition.width, rendition.height) == (720, 1280)
    assert words in rendition.changes
    assert_acceptable(rendition)


async def test_keep_leaves_a_landscape_alone(desk: Desk, clip: Clip) -> None:
    assert (await prepared(desk, clip("landscape"), fit=Fit.KEEP)).action is Action.AS_IS


@pytest.mark.usefixtures("foreign_programs")
async def test_nothing_of_a_phones_hdr_is_left(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    """As phones write it: Dolby Vision 8.4, whose picture underneath is plain HLG, and the light around."""
    path = tmp_path / "dolby.mov"
    path.write_bytes(with_box(with_box(clip("hlg").read_bytes(), dolby_vision(8)), AMBIENT))
    rendition = await prepared(desk, path)
    assert rendition.changes[0] == "HEVC 10-bit Dolby Vision HLG was turned into H.264 SDR (BT.709)."
    data = rendition.path.read_bytes()
    assert not any(name in data for name in (b"dvvC", b"amve"))
    assert_acceptable(rendition)
    grey = colours(rendition.path, 1 / 6)[0]
    assert all(abs(value / 255 - 0.425) < 0.02 for value in grey)


@pytest.mark.usefixtures("foreign_programs")
@pytest.mark.parametrize("name", ["hlg", "pq"])
async def test_hdr_grey_and_white_land_where_sdr_has_them(desk: Desk, clip: Clip, name: str) -> None:
    """18 % grey at 42.5 %, reference white at 84 %, the peak below white: not washed out, dim or green."""
    rendition = await prepared(desk, clip(name))
    patches = colours(rendition.path, 1 / 6, 3 / 6, 5 / 6)
    for patch, expected in zip(patches, (0.425, 0.843, 0.977), strict=True):
        assert all(abs(value / 255 - expected) < 0.02 for value in patch)
    assert any("was turned into H.264 SDR (BT.709)" in change for change in rendition.changes)


@pytest.mark.usefixtures("foreign_programs")
@pytest.mark.parametrize(("name", "downwards"), [("hlg_clockwise", 1), ("hlg_back", -1)])
async def test_turned_hdr_is_shown_upright(desk: Desk, clip: Clip, name: str, downwards: int) -> None:
    """What lies from left to right stands from top to bottom, or from bottom to top."""
    rendition = await prepared(desk, clip(name))
    video = probe(rendition.path).video
    assert video is not None
    assert (video.rotation, video.width, video.height) == (0, 320, 192)
    patches = downwards_colours(rendition.path, 1 / 6, 3 / 6, 5 / 6)[::downwards]
    for patch, expected in zip(patches, (0.425, 0.843, 0.977), strict=True):
        assert all(abs(value / 255 - expected) < 0.02 for value in patch)


@pytest.mark.usefixtures("foreign_programs")
async def test_the_wide_colours_of_a_display_are_brought_to_bt709(desk: Desk, clip: Clip) -> None:
    """P3, as screens are recorded and phones film: 200, 100, 80 there is 215, 93, 73 here."""
    rendition = await prepared(desk, clip("p3"))
    assert rendition.action is Action.FULL
    patch = colours(rendition.path, 0.5)[0]
    assert all(
        abs(value - expected) <= 0.02 * 255 for value, expected in zip(patch, (215, 93, 73), strict=True)
    )


async def test_transparent_parts_of_a_gif_become_white(desk: Desk, tmp_path: Path) -> None:
    frames = [Image.new("RGBA", (96, 96), (255, 0, 0, 0)) for _ in range(2)]
    for index, frame in enumerate(frames):
        frame.paste((0, 0, 255, 255), (0, 0, 30 + index, 96))
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:] * 20, duration=200, disposal=2)
    rendition = await prepared(desk, path)
    clear, drawn = colours(rendition.path, 0.8, 0.1)
    assert min(clear) > 245
    assert drawn[2] > 200
    assert drawn[0] < 60


@pytest.mark.usefixtures("foreign_programs")
async def test_transparent_parts_of_a_webm_become_white(desk: Desk, clip: Clip) -> None:
    """They are kept beside the picture, and what is hidden under them is black and another colour."""
    rendition = await prepared(desk, clip("see_through"))
    hidden, covered, drawn = colours(rendition.path, 1 / 6, 3 / 6, 5 / 6)
    assert min(*hidden, *covered) > 245
    assert max(abs(value - expected) for value, expected in zip(drawn, (200, 100, 80), strict=True)) < 6
    assert "Transparent parts became white." in rendition.changes


async def test_the_location_is_gone_and_said(desk: Desk, clip: Clip) -> None:
    rendition = await prepared(desk, clip("located"))
    assert b"+52.5163" not in rendition.path.read_bytes()
    assert "Location and other metadata were removed." in rendition.changes


async def test_what_a_camera_wrote_between_the_pictures_is_gone(desk: Desk, clip: Clip) -> None:
    rendition = await prepared(desk, clip("camera_data"))
    assert (rendition.action, b"N52.5163" in clip("camera_data").read_bytes()) == (Action.REMUX, True)
    assert b"N52.5163" not in rendition.path.read_bytes()


@pytest.mark.parametrize("kind", [b"inst", b"free"])
async def test_boxes_that_playing_does_not_need_are_left_out(
    desk: Desk, clip: Clip, tmp_path: Path, kind: bytes
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(clip("compliant").read_bytes() + (16).to_bytes(4) + kind + b"N52.5163")
    rendition = await prepared(desk, path)
    assert rendition.action is Action.REMUX
    assert b"N52.5163" not in rendition.path.read_bytes()


@pytest.mark.parametrize(
    ("name", "target", "rule"),
    [
        ("short", Target.PLATFORM, "too_short"),
        ("long_house", Target.HOUSE, "too_long"),
    ],
)
async def test_a_clip_of_the_wrong_length_is_refused(
    desk: Desk, clip: Clip, name: str, target: Target, rule: str
) -> None:
    with pytest.raises(MediaRefused) as caught:
        await prepared(desk, clip(name), target=target)
    assert caught.value.rule == rule
    assert str(caught.value.limit) in caught.value.message


@pytest.mark.usefixtures("foreign_programs")
async def test_ninety_one_seconds_are_fine_on_the_platform(desk: Desk, clip: Clip) -> None:
    rendition = await prepared(desk, clip("long_house"))
    assert rendition.action is Action.AS_IS
    assert rendition.warnings == ("Reels over 90 s publish, but may not be shown in the Reels tab.",)


async def test_a_story_lasts_sixty_seconds_at_most(desk: Desk, clip: Clip) -> None:
    with pytest.raises(MediaRefused) as caught:
        await prepared(desk, clip("long_house"), use=MediaUse.STORY)
    assert caught.value.limit == "60 s"


async def test_high_quality_makes_another_file(desk: Desk, clip: Clip) -> None:
    normal = await desk.convert(
        clip("ten_bit"), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)
    )
    high = await desk.convert(
        clip("ten_bit"), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP, quality="high")
    )
    assert normal.path != high.path
    assert normal.duration_s == high.duration_s
    assert abs((high.duration_s or 0) - S) < 0.001
