"""What is decided, from facts alone, and what a conversion made held against that.

ffmpeg can end well and leave less than was asked for.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.core.assets import Action, Fit, Target, Wish
from pressroom.graph.limits import IMAGE_LIMITS, MediaUse
from pressroom.media.boxes import Boxes, Edit
from pressroom.media.decision import Plan, Sound, problems
from pressroom.media.facts import HLG, Probe
from pressroom.media.plan import plan_for
from pressroom.media.plan_video import plan_video
from tests.media.facts import AUDIO, BOXES, VIDEO, clip_facts, edited, still_facts

HOUSE_SIZE: dict[str, Any] = {"width": 720, "height": 1280}
WHOLE = Edit(10_000, 0)
PRIMING = Edit(10_000, 1024)


def planned(
    facts: Probe,
    *,
    use: MediaUse = MediaUse.REEL,
    target: Target = Target.PLATFORM,
    fit: Fit | None = Fit.BLUR,
    ratio: Fraction | None = None,
) -> Plan:
    return plan_for(facts, Wish(use=use, target=target, fit=fit, ratio=ratio))


def test_unasked_a_clip_keeps_its_shape_and_a_hint_names_the_bars() -> None:
    wide = planned(clip_facts(width=1920, height=1080), fit=None)
    assert wide.action is Action.AS_IS
    assert wide.warnings == ("Instagram shows 16:9 with bars; fit blur fills them, fit crop cuts to 9:16.",)


@pytest.mark.parametrize(
    ("codec", "name", "action"),
    [
        *(("h264", name, Action.AS_IS) for name in ("Constrained Baseline", "Main", "High", "")),
        *(("h264", name, Action.FULL) for name in ("High 4:4:4 Predictive", "High 10", "Extended")),
        ("hevc", "Main", Action.AS_IS),
    ],
)
def test_h264_of_a_profile_that_phones_do_not_decode_is_encoded_again(
    codec: str, name: str, action: Action
) -> None:
    """Lossless x264 is High 4:4:4 Predictive, and its pixels are 4:2:0."""
    plan = planned(clip_facts(codec=codec, profile=name))
    assert plan.action is action
    assert [reason.split(":")[0] for reason in plan.reasons] == ["video_profile"] * (action is Action.FULL)


def test_unasked_no_clip_is_enlarged() -> None:
    small = planned(clip_facts(width=320, height=180, bit_depth=10), fit=None).frame
    assert small is not None
    assert (small.width, small.height, small.fit) == (320, 180, Fit.KEEP)


@pytest.mark.parametrize(
    ("wish", "changes"),
    [
        ({"target": Target.HOUSE}, {}),
        ({"use": MediaUse.CAROUSEL_ITEM, "ratio": Fraction(1)}, {}),
        ({"use": MediaUse.STORY}, {"width": 1920, "height": 180}),
    ],
    ids=["the house target", "the one shape of a carousel", "a shape Instagram does not take"],
)
def test_unasked_a_clip_gets_blurred_bars_for(wish: dict[str, Any], changes: dict[str, Any]) -> None:
    shape: dict[str, Any] = {"width": 1920, "height": 1080, **changes}
    frame = planned(clip_facts(**shape), fit=None, **wish).frame
    assert frame is not None
    assert frame.fit is Fit.BLUR


def test_unasked_a_picture_gets_blurred_bars() -> None:
    frame = planned(still_facts(width=600, height=800), use=MediaUse.PHOTO, fit=None).frame
    assert frame is not None
    assert frame.fit is Fit.BLUR


@pytest.mark.parametrize(
    ("use", "fit", "changes"),
    [
        (MediaUse.REEL, None, {}),
        (MediaUse.REEL, Fit.KEEP, {"width": 1920, "height": 1080}),
        (MediaUse.CAROUSEL_ITEM, None, {"width": 1920, "height": 1080}),
    ],
    ids=["without bars", "that was asked for", "that Instagram crops"],
)
def test_no_hint_is_given_for_a_clip(use: MediaUse, fit: Fit | None, changes: dict[str, Any]) -> None:
    assert planned(clip_facts(**changes), use=use, fit=fit).warnings == ()


def test_a_clip_within_the_limits_is_left_alone() -> None:
    assert planned(clip_facts()).action is Action.AS_IS


@pytest.mark.parametrize(
    "changes",
    [
        {"fps": Fraction(60)},
        {"fps": Fraction(24000, 1001)},
        {"codec": "hevc"},
        {"width": 720, "height": 1280},
        {"width": 1440, "height": 2560},
        {"duration_s": 15 * 60.0},
        {"bitrate": 25_000_000},
    ],
    ids=str,
)
def test_the_platform_allows_what_instagram_does(changes: dict[str, Any]) -> None:
    assert planned(clip_facts(**changes)).action is Action.AS_IS


@pytest.mark.parametrize(
    "changes",
    [{"fps": Fraction(60)}, {"fps": Fraction(25)}, {"codec": "hevc"}, {"width": 1080, "height": 1920}],
    ids=str,
)
def test_the_house_wants_720_by_1280_at_30(changes: dict[str, Any]) -> None:
    facts = clip_facts(**(HOUSE_SIZE | changes))
    chosen = planned(facts, target=Target.HOUSE)
    assert chosen.action is Action.FULL
    assert chosen.frame is not None
    assert (chosen.frame.width, chosen.frame.height) == (720, 1280)


@pytest.mark.parametrize("fps", [Fraction(30), Fraction(30000, 1001)])
def test_the_house_takes_thirty_and_its_television_twin(fps: Fraction) -> None:
    assert planned(clip_facts(width=720, height=1280, fps=fps), target=Target.HOUSE).action is Action.AS_IS


TELEVISION = Fraction(1000, 1001)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (25, 25),
        (50, 50),
        (30 * TELEVISION, 30 * TELEVISION),
        (24 * TELEVISION, 24 * TELEVISION),
        (Fraction(96_000, 3_203), 30 * TELEVISION),  # as counted from times in milliseconds
        (Fraction(2731, 100), Fraction(2731, 100)),
        (Fraction(2295, 100), 23),  # within the slack of the rule, and what is made is within the rule
        (120, 60),
        (240, 60),
        (100, 50),
        (120 * TELEVISION, 60 * TELEVISION),
        (15, 30),
        (12, 24),
        (10, 30),
        (1, 30),
        (14, 28),
    ],
    ids=str,
)
def test_an_encode_for_the_platform_keeps_the_rate_as_far_as_instagram_takes_it(
    fps: Fraction, rate: Fraction
) -> None:
    facts = clip_facts(fps=Fraction(fps), bit_depth=10)
    assert planned(facts).fps == rate
    assert planned(facts, target=Target.HOUSE).fps == 30


@pytest.mark.parametrize(
    ("usual_fps", "rate"), [(30, 30), (Fraction(10_000, 417), 24 * TELEVISION), (90, 45)], ids=str
)
def test_a_clip_of_uneven_rate_gets_the_rate_of_most_of_its_frames(
    usual_fps: Fraction, rate: Fraction
) -> None:
    facts = clip_facts(fps=Fraction(17), usual_fps=Fraction(usual_fps), is_constant_rate=False)
    chosen = planned(facts)
    assert (chosen.action, chosen.fps) == (Action.FULL, rate)


@pytest.mark.parametrize(
    ("width", "shape", "action"),
    [
        (854, Fraction(1280, 1281), Action.AS_IS),  # 16:9 on 854 x 480, as editors round it
        (1280, Fraction(1280, 1281), Action.AS_IS),
        (720, Fraction(719, 720), Action.FULL),
        (720, Fraction(16, 15), Action.FULL),
    ],
    ids=str,
)
def test_pixels_are_square_where_their_shape_moves_the_edge_by_less_than_a_pixel(
    width: int, shape: Fraction, action: Action
) -> None:
    assert planned(clip_facts(width=width, height=480, pixel_ratio=shape), fit=None).action is action


def test_the_wait_for_a_picture_that_starts_late_counts_as_its_first_frame_is_held() -> None:
    audio = replace(AUDIO, start_s=0.0, duration_s=3.2)
    late = clip_facts(audio=audio, start_s=0.4, duration_s=2.8)
    assert (late.picture_s, late.duration_s) == (pytest.approx(3.2), pytest.approx(3.2))
    assert planned(late).action is Action.FULL
    refusal = planned(clip_facts(audio=audio, start_s=0.04, duration_s=2.97)).refusal
    assert refusal is not None
    assert (refusal.rule, refusal.value) == ("too_short", "2.97 s")


def test_a_picture_that_starts_late_may_be_too_long_by_its_wait() -> None:
    late = clip_facts(audio=None, zero_s=0.0, start_s=0.5, duration_s=59.9)
    refusal = planned(late, use=MediaUse.STORY).refusal
    assert refusal is not None
    assert (refusal.rule, refusal.value) == ("too_long", "60.40 s")


@pytest.mark.parametrize(
    ("boxes", "action"),
    [
        (edited(), Action.AS_IS),
        (edited(video=(WHOLE,)), Action.REMUX),
        (edited(video=(Edit(10_000, 2002),), first_shown=2002), Action.REMUX),
        (edited(video=(Edit(10_000, 2002),)), Action.FULL),
        (edited(video=(Edit(7_000, 0),)), Action.FULL),
        (edited(video=(Edit(500, -1), WHOLE)), Action.FULL),
        (edited(video=(Edit(5_000, 0, 0.5),)), Action.FULL),
        (edited(audio=(WHOLE,)), Action.REMUX),
        (edited(audio=(PRIMING,)), Action.AUDIO),
        (edited(audio=(Edit(500, -1), WHOLE)), Action.AUDIO),
        (edited(video=(WHOLE,), audio=(PRIMING,)), Action.AUDIO),
        (edited(video=(Edit(0, 0),), audio=(Edit(0, 0),)), Action.REMUX),
    ],
    ids=[
        *("none", "says nothing", "reordering delay", "cut start", "cut end", "late picture", "half speed"),
        *("sound says nothing", "priming", "late sound", "a phone's both", "open length"),
    ],
)
def test_an_edit_list_is_dropped_only_when_it_says_nothing(boxes: Boxes, action: Action) -> None:
    assert planned(clip_facts(boxes=boxes)).action is action


@pytest.mark.parametrize(
    ("lead_s", "action"),
    [(0.003, Action.AS_IS), (0.02, Action.AUDIO), (-0.4, Action.AUDIO), (0.4, Action.FULL)],
)
def test_sound_that_starts_apart_is_put_in_step(lead_s: float, action: Action) -> None:
    audio = replace(AUDIO, start_s=1.0 - lead_s)
    assert planned(clip_facts(audio=audio, start_s=1.0)).action is action


def test_sound_that_starts_apart_is_a_reason() -> None:
    chosen = planned(clip_facts(audio=replace(AUDIO, start_s=0.5)))
    assert chosen.reasons == ("sync: sound starts 0.500 s after the picture; needed: start together",)


def test_the_least_work_decides_what_becomes_of_the_sound() -> None:
    assert planned(clip_facts(private=("loci",))).sound is Sound.COPY
    assert planned(clip_facts(audio=replace(AUDIO, codec="opus"))).sound is Sound.ENCODE
    assert planned(clip_facts(bit_depth=10)).sound is Sound.COPY
    assert planned(clip_facts(bit_depth=10, audio=None)).sound is Sound.SILENCE
    assert planned(clip_facts(audio=None)).sound is Sound.NONE


def test_avi_holds_no_times_to_copy() -> None:
    assert planned(clip_facts(container="avi")).action is Action.FULL
    assert planned(clip_facts(container="matroska")).action is Action.REMUX


def test_a_dolby_vision_box_over_hlg_is_converted() -> None:
    chosen = planned(clip_facts(codec="hevc", bit_depth=10, transfer=HLG, dolby_vision="8.4"))
    assert chosen.action is Action.FULL
    assert chosen.changes[0] == "HEVC 10-bit Dolby Vision HLG was turned into H.264 SDR (BT.709)."


@pytest.mark.parametrize("profile", ["5.0", "5.4", "10.0", "20.0"])
def test_dolby_vision_alone_is_refused(profile: str) -> None:
    chosen = planned(clip_facts(codec="hevc", bit_depth=10, dolby_vision=profile))
    assert chosen.refusal is not None
    assert chosen.refusal.rule == "dolby_vision"


@pytest.mark.parametrize(
    ("use", "target", "seconds", "rule"),
    [
        (MediaUse.REEL, Target.HOUSE, 90.0, None),
        (MediaUse.REEL, Target.HOUSE, 90.2, "too_long"),
        (MediaUse.REEL, Target.PLATFORM, 900.0, None),
        (MediaUse.REEL, Target.PLATFORM, 901.0, "too_long"),
        (MediaUse.STORY, Target.PLATFORM, 60.0, None),
        (MediaUse.STORY, Target.HOUSE, 61.0, "too_long"),
        (MediaUse.CAROUSEL_ITEM, Target.PLATFORM, 61.0, "too_long"),
        (MediaUse.REEL, Target.PLATFORM, 3.0, None),
        (MediaUse.REEL, Target.PLATFORM, 2.9, "too_short"),
    ],
)
def test_a_clip_is_as_long_as_its_use_allows(
    use: MediaUse, target: Target, seconds: float, rule: str | None
) -> None:
    refusal = planned(clip_facts(duration_s=seconds), use=use, target=target).refusal
    assert (refusal.rule if refusal else None) == rule
    if refusal:
        assert ("--loop" if rule == "too_short" else "--end") in str(refusal.fix)


@pytest.mark.parametrize(("seconds", "helps"), [(95.0, True), (901.0, False)])
def test_another_target_is_offered_only_where_it_helps(seconds: float, *, helps: bool) -> None:
    refusal = planned(clip_facts(duration_s=seconds), target=Target.HOUSE).refusal
    assert refusal is not None
    assert ("--target platform" in str(refusal.fix)) is helps


def test_sound_that_outlasts_the_picture_counts() -> None:
    facts = clip_facts(duration_s=59.0, audio=replace(AUDIO, duration_s=62.0))
    refusal = planned(facts, use=MediaUse.STORY).refusal
    assert refusal is not None
    assert refusal.value == "62.00 s"


@pytest.mark.parametrize(
    ("size", "wish", "whole", "content"),
    [
        ((1920, 1080), (MediaUse.REEL, Target.HOUSE, Fit.BLUR), (720, 1280), (720, 404)),
        ((1920, 1080), (MediaUse.REEL, Target.HOUSE, Fit.CROP), (720, 1280), (2276, 1280)),
        ((1920, 1080), (MediaUse.REEL, Target.PLATFORM, Fit.PAD), (1080, 1920), (1080, 608)),
        ((2160, 3840), (MediaUse.REEL, Target.PLATFORM, Fit.BLUR), (1080, 1920), (1080, 1920)),
        ((640, 480), (MediaUse.STORY, Target.PLATFORM, Fit.BLUR), (720, 1280), (720, 540)),
        ((608, 1080), (MediaUse.REEL, Target.HOUSE, Fit.BLUR), (720, 1280), (720, 1280)),
        ((1080, 1350), (MediaUse.CAROUSEL_ITEM, Target.PLATFORM, Fit.BLUR), (1080, 1350), (1080, 1350)),
        ((3840, 2160), (MediaUse.CAROUSEL_ITEM, Target.PLATFORM, Fit.BLUR), (1920, 1080), (1920, 1080)),
        ((1921, 1081), (MediaUse.REEL, Target.PLATFORM, Fit.KEEP), (1920, 1080), (1920, 1080)),
    ],
    ids=str,
)
def test_a_new_picture_has_the_size_its_use_wants(
    size: tuple[int, int],
    wish: tuple[MediaUse, Target, Fit],
    whole: tuple[int, int],
    content: tuple[int, int],
) -> None:
    facts = clip_facts(width=size[0], height=size[1], bit_depth=10)
    use, target, fit = wish
    frame = planned(facts, use=use, target=target, fit=fit).frame
    assert frame is not None
    assert ((frame.width, frame.height), frame.content) == (whole, content)


def test_a_landscape_is_left_alone_when_its_shape_is_to_be_kept() -> None:
    facts = clip_facts(width=1920, height=1080)
    assert planned(facts).action is Action.FULL
    assert planned(facts, fit=Fit.KEEP).action is Action.AS_IS
    assert planned(facts, use=MediaUse.CAROUSEL_ITEM).action is Action.AS_IS


def test_a_whole_carousel_has_one_ratio() -> None:
    chosen = planned(clip_facts(), use=MediaUse.CAROUSEL_ITEM, ratio=Fraction(4, 5))
    assert chosen.frame is not None
    assert Fraction(chosen.frame.width, chosen.frame.height) == Fraction(4, 5)


SIDES = st.integers(16, 8000)


@given(
    SIDES, SIDES, st.sampled_from(list(MediaUse)), st.sampled_from(list(Target)), st.sampled_from(list(Fit))
)
def test_every_new_clip_is_even_within_its_frame_and_not_stretched(
    width: int, height: int, use: MediaUse, target: Target, fit: Fit
) -> None:
    if use is MediaUse.PHOTO:
        return
    facts = clip_facts(width=width, height=height, bit_depth=10)
    chosen = planned(facts, use=use, target=target, fit=fit)
    if chosen.refusal:
        assert (fit, chosen.refusal.rule) == (Fit.KEEP, "ratio")
        return
    frame = chosen.frame
    assert frame is not None
    sides = (frame.width, frame.height, *frame.content)
    assert all(side % 2 == 0 and side >= 2 for side in sides)
    assert max(frame.width, frame.height) <= 1920
    if frame.fit is Fit.CROP:
        assert frame.content[0] >= frame.width
        assert frame.content[1] >= frame.height
    else:
        assert frame.content[0] <= frame.width
        assert frame.content[1] <= frame.height


@given(SIDES, SIDES, st.sampled_from(list(Fit)))
def test_every_new_picture_is_within_the_limits(width: int, height: int, fit: Fit) -> None:
    facts = still_facts(width=width, height=height, format="PNG")
    chosen = planned(facts, use=MediaUse.PHOTO, fit=fit)
    limits = IMAGE_LIMITS[MediaUse.PHOTO]
    if chosen.refusal:
        assert fit is Fit.KEEP
        return
    assert chosen.frame is not None
    assert limits.min_ratio is not None
    assert limits.max_ratio is not None
    ratio = Fraction(chosen.frame.width, chosen.frame.height)
    assert limits.min_ratio <= ratio <= limits.max_ratio
    assert limits.min_width <= chosen.frame.width <= limits.max_width


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, Action.AS_IS),
        ({"private": ("EXIF",)}, Action.REMUX),
        ({"format": "MPO", "private": ("APP2", "trailing data")}, Action.REMUX),
        ({"process": "progressive"}, Action.FULL),
        ({"orientation": 6}, Action.FULL),
        ({"is_srgb": False}, Action.FULL),
        ({"width": 1441}, Action.FULL),
        ({"size_bytes": 8_000_001}, Action.FULL),
    ],
    ids=str,
)
def test_a_picture_gets_the_least_work(changes: dict[str, Any], action: Action) -> None:
    assert planned(still_facts(**changes), use=MediaUse.PHOTO).action is action


def test_a_plan_is_named_by_everything_that_shapes_its_result() -> None:
    facts = clip_facts(bit_depth=10)
    plans = [
        planned(facts),
        planned(facts, target=Target.HOUSE),
        planned(clip_facts(bit_depth=10, width=1920, height=1080)),
        planned(clip_facts(bit_depth=10, width=1920, height=1080), fit=Fit.CROP),
        plan_for(facts, Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.BLUR, quality="high")),
        planned(clip_facts(bit_depth=10, audio=None)),
    ]
    assert len({chosen.settings for chosen in plans}) == len(plans)


def test_facts_tell_what_is_shown() -> None:
    turned = replace(VIDEO, width=1440, height=1080, pixel_ratio=Fraction(4, 3), rotation=90)
    assert turned.shown == (1080, 1920)
    assert BOXES.track("vide") is None


def test_a_clip_too_wide_to_be_kept_is_refused_or_bounded() -> None:
    wide = clip_facts(width=3840, height=256)
    refusal = planned(wide, fit=Fit.KEEP).refusal
    assert refusal is not None
    assert (refusal.rule, refusal.value, refusal.limit) == ("ratio", "15:1", "0.01:1 to 10:1")
    bounded = planned(wide, use=MediaUse.CAROUSEL_ITEM, fit=Fit.PAD).frame
    assert bounded is not None
    assert bounded.width == 10 * bounded.height


WISH = Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)
PLAN = plan_video(clip_facts(), WISH, at_least=Action.REMUX)


def test_what_came_out_as_planned_has_no_problem() -> None:
    assert problems(PLAN, clip_facts()) == []


@pytest.mark.parametrize("seconds", [9.8, 10.2])
def test_a_clip_that_is_shorter_or_longer_by_more_than_two_frames_is_wrong(seconds: float) -> None:
    assert problems(PLAN, clip_facts(duration_s=seconds)) == ["duration"]


@pytest.mark.parametrize("seconds", [9.95, 10.05])
def test_a_frame_more_or_less_is_right(seconds: float) -> None:
    assert problems(PLAN, clip_facts(duration_s=seconds)) == []


@pytest.mark.parametrize(
    ("result", "wrong"),
    [
        (clip_facts(audio=None), "audio"),
        (clip_facts(boxes=replace(BOXES, is_moov_first=False)), "moov_first"),
        (clip_facts(private=("location",)), "metadata"),
        (replace(clip_facts(), size_bytes=PLAN.max_bytes + 1), "file_size"),
        (clip_facts(start_s=1.0), "start"),
    ],
    ids=["silent", "index last", "location", "too large", "starts late"],
)
def test_each_thing_that_is_wrong_is_named(result: Probe, wrong: str) -> None:
    assert wrong in problems(PLAN, result)
