"""Picture and sound stay together, whatever has to be done."""

import pytest

from pressroom.core.assets import Action, Asset, Fit, Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.desk import Desk
from tests.media.fixtures import Clip
from tests.media.look import signal

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
    made = await desk.prepare(
        Asset(str(clip(name))), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)
    )
    assert made.action is action
    assert abs(signal(made.path).offset_s - signal(clip(name)).offset_s) < FIVE_MS


async def test_frames_without_times_start_with_the_sound(desk: Desk, clip: Clip) -> None:
    """AVI tells no times of showing, and decoders guess them late by the frames they reorder."""
    made = await desk.convert(clip("beep_avi"), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP))
    assert abs(signal(made.path).offset_s) < FIVE_MS
