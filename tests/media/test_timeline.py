"""Edits are made only when somebody asks for them, and picture and sound stay together, whatever is done."""

from pathlib import Path

import pytest

from pressroom.core.assets import Action, Asset, Edits, Fit, Rendition, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import COVER_LIMITS, MediaUse
from pressroom.media.desk import Desk
from pressroom.media.judge import judge_image
from pressroom.media.probe import probe
from tests.media.fixtures import Clip
from tests.media.look import colours, signal


async def edited(desk: Desk, path: Path, edits: Edits) -> Rendition:
    return await desk.convert(
        path, Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP, edits=edits)
    )


async def test_a_clip_is_cut_where_asked(desk: Desk, clip: Clip) -> None:
    rendition = await edited(desk, clip("beep_straight"), Edits(start_s=0.5, end_s=3.7))
    assert rendition.action is Action.FULL
    assert rendition.duration_s is not None
    assert abs(rendition.duration_s - 3.2) < 0.05
    flash = signal(rendition.path)
    assert abs(flash.seen_s - 0.5) < 0.05
    assert abs(flash.offset_s) < 0.005
    assert "0.50 s to 3.70 s were kept." in rendition.changes


@pytest.mark.parametrize("name", ["beep_edits", "beep_transport", "beep_flash"])
async def test_a_cut_between_two_frames_keeps_the_sound_in_step(desk: Desk, clip: Clip, name: str) -> None:
    """In containers without an index as well, where a start is found by guessing."""
    rendition = await edited(desk, clip(name), Edits(start_s=0.51))
    flash = signal(rendition.path)
    assert abs(flash.seen_s - 0.5) < 0.02
    assert abs(flash.offset_s - signal(clip(name)).offset_s) < 0.005


async def test_a_cut_may_make_a_long_clip_acceptable(desk: Desk, clip: Clip) -> None:
    rendition = await desk.convert(
        clip("long_house"), Wish(use=MediaUse.REEL, target=Target.HOUSE, fit=Fit.KEEP, edits=Edits(end_s=4))
    )
    assert rendition.duration_s == 4


@pytest.mark.parametrize("edits", [Edits(start_s=3), Edits(start_s=50), Edits(start_s=2, end_s=1)], ids=str)
async def test_a_cut_that_leaves_too_little_is_refused(desk: Desk, clip: Clip, edits: Edits) -> None:
    with pytest.raises(MediaRefused) as caught:
        await edited(desk, clip("beep_straight"), edits)
    assert caught.value.rule == "too_short"


async def test_a_short_clip_is_repeated_when_asked(desk: Desk, clip: Clip) -> None:
    rendition = await edited(desk, clip("short"), Edits(repeat=True))
    assert rendition.duration_s is not None
    assert 3 <= rendition.duration_s < 3.2
    assert "It is played 3 times, since once is too short." in rendition.changes


async def test_a_clip_that_is_long_enough_is_not_repeated(desk: Desk, clip: Clip) -> None:
    assert (await edited(desk, clip("compliant"), Edits(repeat=True))).action is Action.AS_IS


async def test_loudness_keeps_gaps_in_the_sound(desk: Desk, clip: Clip) -> None:
    rendition = await edited(desk, clip("beep_fragmented"), Edits(loudness=True))
    assert abs(signal(rendition.path, loud=0.02).offset_s) < 0.005


async def test_loudness_leaves_the_picture_alone(desk: Desk, clip: Clip) -> None:
    rendition = await edited(desk, clip("beep_straight"), Edits(loudness=True))
    assert rendition.action is Action.AUDIO
    assert abs(signal(rendition.path, loud=0.02).offset_s) < 0.005
    assert "Loudness was brought to -14 LUFS." in rendition.changes


@pytest.mark.parametrize("name", ["long_moov_first", "matroska_long"])
async def test_what_is_left_of_a_clip_is_saved_when_asked(
    desk: Desk, clip: Clip, tmp_path: Path, name: str
) -> None:
    whole = clip(name).read_bytes()
    path = tmp_path / f"cut{clip(name).suffix}"
    path.write_bytes(whole[: len(whole) * 85 // 100])
    with pytest.raises(MediaRefused) as caught:
        await edited(desk, path, Edits())
    assert caught.value.rule == "truncated"
    rendition = await edited(desk, path, Edits(salvage=True))
    assert rendition.duration_s is not None
    assert 3 < rendition.duration_s < 4
    assert any(change.startswith("Its end is lost;") for change in rendition.changes)
    assert abs(probe(rendition.path).audio_lead_s) < 0.005


async def test_damage_that_only_decoding_finds_is_passed_over_when_asked(
    desk: Desk, clip: Clip, tmp_path: Path
) -> None:
    data = bytearray(clip("ten_bit").read_bytes())
    slices = data.index(b"mdat") + 3000
    for place in range(slices, slices + 4000, 40):
        data[place] ^= 0x55
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    with pytest.raises(MediaRefused) as caught:
        await edited(desk, path, Edits())
    assert (caught.value.rule, "--salvage" in caught.value.advice.text) == ("corrupt", True)
    rendition = await edited(desk, path, Edits(salvage=True))
    assert rendition.duration_s is not None
    assert rendition.duration_s >= 3


async def test_a_part_that_is_kept_may_be_repeated(desk: Desk, clip: Clip) -> None:
    rendition = await edited(desk, clip("beep_straight"), Edits(start_s=0.5, end_s=2, repeat=True))
    assert rendition.duration_s == 3
    assert {"0.50 s to 2.00 s were kept.", "It is played 2 times, since once is too short."} < set(
        rendition.changes
    )
    assert abs(signal(rendition.path).seen_s - 0.5) < 0.05
    assert abs(signal(rendition.path).offset_s) < 0.005


async def test_nothing_is_left_of_a_clip_without_its_index(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    whole = clip("long").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaRefused) as caught:
        await edited(desk, tmp_path / "cut.mp4", Edits(salvage=True))
    assert caught.value.rule == "truncated"


async def test_a_cover_is_the_frame_asked_for(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    white = await desk.cover(clip("beep_straight"), at_s=1.05)
    black = await desk.cover(clip("beep_straight"), at_s=2)
    assert judge_image(white.path, COVER_LIMITS) == []
    assert abs(white.width / white.height - 9 / 16) < 0.01
    assert colours(white.path, 0.5, at_s=0)[0][0] > 240
    assert colours(black.path, 0.5, at_s=0)[0][0] < 16
    assert sorted(path.suffix for path in (tmp_path / "renditions").iterdir()) == [".jpg", ".jpg"]


async def test_a_cover_of_hdr_has_sdr_colours(desk: Desk, clip: Clip) -> None:
    cover = await desk.cover(clip("hlg"), at_s=1)
    for patch, expected in zip(colours(cover.path, 1 / 6, 3 / 6, at_s=0), (0.425, 0.843), strict=True):
        assert all(abs(value / 255 - expected) < 0.02 for value in patch)


@pytest.mark.parametrize("at_s", [-1, 4.5])
async def test_a_cover_outside_the_clip_is_refused(desk: Desk, clip: Clip, at_s: float) -> None:
    with pytest.raises(MediaRefused) as caught:
        await desk.cover(clip("beep_straight"), at_s=at_s)
    assert caught.value.rule == "no_frame"


FIVE_MS = 0.005


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("beep_straight", Action.AS_IS),
        ("beep_moov_last", Action.REMUX),
        ("beep_matroska", Action.AUDIO),
        ("beep_edits", Action.AUDIO),
        ("beep_late_sound", Action.AUDIO),
        ("beep_transport", Action.AUDIO),
        ("beep_trimmed", Action.FULL),
        ("beep_late_picture", Action.FULL),
        ("beep_ten_bit", Action.FULL),
        ("beep_rotated", Action.FULL),
        ("beep_fragmented", Action.FULL),
        ("beep_flash", Action.FULL),
    ],
)
async def test_sound_stays_where_it_was(desk: Desk, clip: Clip, name: str, action: Action) -> None:
    rendition = await desk.prepare(
        Asset(str(clip(name))), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)
    )
    assert rendition.action is action
    assert abs(signal(rendition.path).offset_s - signal(clip(name)).offset_s) < FIVE_MS


async def test_frames_without_times_start_with_the_sound(desk: Desk, clip: Clip) -> None:
    """AVI tells no times of showing, and decoders guess them late by the frames they reorder."""
    rendition = await desk.convert(
        clip("beep_avi"), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)
    )
    assert abs(signal(rendition.path).offset_s) < FIVE_MS
