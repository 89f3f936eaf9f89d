"""The exact words ffmpeg gets."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pressroom.core.assets import Fit, Quality, Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.command import ffmpeg_command
from pressroom.media.facts import HLG, Probe
from pressroom.media.plan import plan_for
from tests.media.facts import AUDIO, clip_facts


def command(facts: Probe, *, quality: Quality = "normal", target: Target = Target.PLATFORM) -> list[str]:
    chosen = plan_for(facts, Wish(use=MediaUse.REEL, target=target, fit=Fit.BLUR, quality=quality))
    return ffmpeg_command(Path("/ff"), chosen, Path("/out/.a.part"))


def value(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


@pytest.mark.parametrize(
    "facts",
    [clip_facts(private=("loci",)), clip_facts(audio=replace(AUDIO, codec="mp3")), clip_facts(bit_depth=10)],
    ids=["remux", "audio", "full"],
)
def test_every_run_is_pinned(facts: Probe) -> None:
    """No other protocol, format or frame size than expected, no question, stop at the first error."""
    words = command(facts)
    source = words.index("-i")
    before = words[:source]
    assert value(before, "-protocol_whitelist") == "file"
    assert value(before, "-format_whitelist") == "mov,matroska,avi,gif,webp_anim,mpegts,mpeg,flv,asf,mxf,ogg"
    assert value(before, "-max_pixels") == "40000000"
    assert value(before, "-f") == "mov"
    assert {"-nostdin", "-xerror"} < set(before)
    assert words[source + 1] == f"file:{facts.path.absolute()}"
    assert value(words, "-map_metadata") == "-1"
    assert value(words, "-movflags") == "+faststart+negative_cts_offsets"
    assert value(words, "-use_editlist") == "0"
    assert words[-1] == "file:/out/.a.part"


def test_the_cover_art_is_never_taken_for_the_picture() -> None:
    assert value(command(clip_facts(private=("covr",))), "-map") == "0:V:0"


def test_what_need_not_change_is_copied() -> None:
    words = command(clip_facts(private=("loci",)))
    assert (value(words, "-c:v"), value(words, "-c:a")) == ("copy", "copy")


def test_hevc_gets_the_tag_apple_reads() -> None:
    assert value(command(clip_facts(private=("loci",), codec="hevc")), "-tag:v") == "hvc1"


@pytest.mark.parametrize(
    ("target", "rate", "level"), [(Target.HOUSE, "6000000", "4.0"), (Target.PLATFORM, "10000000", "4.2")]
)
def test_the_ceiling_follows_the_size(target: Target, rate: str, level: str) -> None:
    words = command(clip_facts(bit_depth=10), target=target)
    assert (value(words, "-maxrate"), value(words, "-level:v")) == (rate, level)


@pytest.mark.parametrize(
    ("fps", "rate", "group"),
    [(Fraction(25), "25", "50"), (Fraction(30_000, 1001), "30000/1001", "60"), (Fraction(60), "60", "120")],
    ids=str,
)
def test_a_picture_keeps_its_rate_and_a_group_lasts_two_seconds(fps: Fraction, rate: str, group: str) -> None:
    words = command(clip_facts(bit_depth=10, fps=fps))
    assert f"fps={rate}:start_time=0" in value(words, "-vf")
    assert value(words, "-g") == group


def test_a_quarter_of_an_hour_stays_within_its_bytes() -> None:
    words = command(clip_facts(bit_depth=10, duration_s=900.0, audio=None))
    assert int(value(words, "-maxrate")) * 900 / 8 < 300_000_000
    assert "scale=720:1280" in value(words, "-vf")


def test_quality_is_a_slower_preset() -> None:
    facts = clip_facts(bit_depth=10)
    assert value(command(facts), "-preset") == "veryfast"
    assert value(command(facts, quality="high"), "-preset") == "medium"


def test_hdr_is_shrunk_before_it_is_tone_mapped() -> None:
    graph = value(command(clip_facts(width=2160, height=3840, bit_depth=10, transfer=HLG)), "-vf")
    assert graph.index("zscale=w=1080:h=1920") < graph.index("tonemap=mobius")
    assert graph.index("tonemap=mobius") < graph.index("sidedata=mode=delete")


def test_fast_clips_lose_frames_before_they_are_scaled() -> None:
    graph = value(command(clip_facts(fps=Fraction(120))), "-vf")
    assert graph.startswith("fps=60")
    slow = value(command(clip_facts(fps=Fraction(12))), "-vf")
    assert slow.startswith("scale=")


@pytest.mark.parametrize(("height", "matrix"), [(480, "bt601"), (1920, "bt709")])
def test_colours_that_say_nothing_are_read_as_players_do(height: int, matrix: str) -> None:
    graph = value(command(clip_facts(width=height * 9 // 16, height=height, fps=Fraction(12))), "-vf")
    assert f"in_color_matrix={matrix}:out_color_matrix=bt709" in graph


def test_only_a_webm_with_transparency_is_decoded_by_the_slower_library() -> None:
    words = command(clip_facts(codec="vp9", has_alpha=True, container="matroska"))
    assert value(words[: words.index("-i")], "-c:v") == "libvpx-vp9"
    plain = command(clip_facts(codec="vp9", container="matroska"))
    assert "-c:v" not in plain[: plain.index("-i")]


def test_silence_has_a_length() -> None:
    """A source without one never ends."""
    words = command(clip_facts(audio=None, bit_depth=10))
    assert "anullsrc=r=48000:cl=stereo:d=10.000" in words


def test_a_copied_picture_starts_at_zero_and_the_sound_is_counted_from_it() -> None:
    facts = replace(clip_facts(audio=replace(AUDIO, start_s=0.98), start_s=1.0), zero_s=0.98)
    assert value(command(facts), "-af").startswith("asetpts=PTS-0.020000/TB,aresample")
