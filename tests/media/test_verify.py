"""What a conversion made is held against its plan: ffmpeg can end well and leave less than was asked for."""

from dataclasses import replace

import pytest

from pressroom.core.assets import Action, Fit, Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.facts import Probe
from pressroom.media.plan_video import plan_video
from pressroom.media.verify import problems
from tests.media.facts import BOXES, clip_facts

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
    ("made", "wrong"),
    [
        (clip_facts(audio=None), "audio"),
        (clip_facts(boxes=replace(BOXES, is_moov_first=False)), "moov_first"),
        (clip_facts(private=("location",)), "metadata"),
        (replace(clip_facts(), size_bytes=PLAN.max_bytes + 1), "file_size"),
        (clip_facts(start_s=1.0), "start"),
    ],
    ids=["silent", "index last", "location", "too large", "starts late"],
)
def test_each_thing_that_is_wrong_is_named(made: Probe, wrong: str) -> None:
    assert wrong in problems(PLAN, made)
