"""The demo's own media."""

from pathlib import Path

import pytest

from pressroom.core.assets import Action, Fit, Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.facts import HLG
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe
from pressroom.sandbox import samples

pytestmark = pytest.mark.usefixtures("foreign_programs")


@pytest.mark.parametrize(
    ("make", "use"),
    [
        (samples.make_photo, MediaUse.PHOTO),
        (samples.make_second_photo, MediaUse.PHOTO),
        (samples.make_story_picture, MediaUse.STORY),
    ],
)
def test_the_pictures_comply(tmp_path: Path, make: object, use: MediaUse) -> None:
    assert callable(make)
    make(tmp_path / "a.jpg")
    chosen = plan_for(probe(tmp_path / "a.jpg"), Wish(use=use, target=Target.PLATFORM, fit=Fit.BLUR))
    assert chosen.action is Action.AS_IS


@pytest.mark.parametrize(
    ("size", "use"), [((720, 1280), MediaUse.REEL), ((720, 900), MediaUse.CAROUSEL_ITEM)]
)
def test_the_loops_need_no_new_picture(tmp_path: Path, size: tuple[int, int], use: MediaUse) -> None:
    samples.make_loop(tmp_path / "a.mp4", size, "Sunrise")
    chosen = plan_for(probe(tmp_path / "a.mp4"), Wish(use=use, target=Target.PLATFORM, fit=Fit.BLUR))
    assert "The picture was copied without loss." in chosen.changes


def test_the_poster_needs_a_conversion(tmp_path: Path) -> None:
    samples.make_poster(tmp_path / "a.png")
    wish = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
    chosen = plan_for(probe(tmp_path / "a.png"), wish)
    assert chosen.changes[:2] == (
        "PNG became baseline JPEG.",
        "3:4 is taller than 4:5: blurred bars were added; fit crop trims instead.",
    )


def test_the_clip_is_what_phones_make_and_instagram_refuses(tmp_path: Path) -> None:
    samples.make_phone_clip(tmp_path / "a.mov")
    facts = probe(tmp_path / "a.mov")
    video = facts.video
    assert video is not None
    assert (video.codec, video.bit_depth, video.transfer, video.shown) == ("hevc", 10, HLG, (2160, 3840))
    assert 3 < video.duration_s < 4
    assert not video.is_constant_rate
    assert video.rotation in (90, 270)
    assert "location" in facts.private
    assert facts.audio is not None
    assert facts.audio.channels == 2
