"""What Instagram's rules say about a file, for people."""

from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Action, Fit, MediaReport, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse
from pressroom.media.desk import Desk
from pressroom.media.report import check
from tests.media.fixtures import Clip

pytestmark = pytest.mark.usefixtures("foreign_programs")


async def checked(path: Path, use: MediaUse | None = None, fit: Fit | None = None) -> MediaReport:
    return await check(path, use=use, target=Target.PLATFORM, fit=fit)


def unmet(report: MediaReport) -> list[str]:
    return [finding.rule for finding in report.findings if not finding.is_met]


async def test_a_clip_that_complies_meets_every_rule(clip: Clip) -> None:
    report = await checked(clip("compliant"))
    assert (report.action, report.media_type, unmet(report)) == (Action.AS_IS, "video", [])
    assert report.estimate_s is None
    assert all(not finding.fix for finding in report.findings)


async def test_each_broken_rule_says_value_limit_and_what_is_done(clip: Clip) -> None:
    report = await checked(clip("hlg"), fit=Fit.KEEP)
    assert unmet(report) == ["moov_first", "edit_list", "pixel_format", "colour"]
    colour = next(finding for finding in report.findings if finding.rule == "colour")
    assert (colour.value, colour.limit, colour.fix) == ("HDR (HLG)", "SDR (BT.709)", "It is converted.")
    assert report.action is Action.FULL
    assert report.estimate_s is not None
    assert 0 < report.estimate_s < 10
    assert "HEVC 10-bit HLG was turned into H.264 SDR (BT.709)." in report.changes


async def test_each_fit_of_a_clip_says_its_work_size_and_time(desk: Desk, clip: Clip) -> None:
    path = clip("landscape")
    fits = {cost.fit: cost for cost in (await checked(path)).fits}
    kept, blurred = fits[Fit.KEEP], fits[Fit.BLUR]
    assert (kept.action, kept.size_bytes, kept.estimate_s) == (Action.AS_IS, path.stat().st_size, None)
    assert (kept.width, kept.height) == (320, 180)
    assert (blurred.action, blurred.width, blurred.height) == (Action.FULL, 720, 1280)
    assert blurred.estimate_s is not None
    rendition = await desk.convert(path, Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.BLUR))
    assert rendition.size_bytes <= blurred.size_bytes


@pytest.mark.parametrize("name", ["compliant", "moov_last", "short"])
async def test_there_is_no_choice_where_every_fit_is_the_same(clip: Clip, name: str) -> None:
    assert (await checked(clip(name))).fits == ()


async def test_of_a_refused_file_nothing_is_said_to_be_converted(clip: Clip) -> None:
    report = await checked(clip("hlg"), MediaUse.PHOTO)
    assert report.action is Action.REFUSE
    assert "It is converted." not in [finding.fix for finding in report.findings]


async def test_a_picture_is_held_against_the_rules_of_a_photo(tmp_path: Path) -> None:
    Image.new("RGB", (600, 800)).save(tmp_path / "a.png")
    report = await checked(tmp_path / "a.png")
    assert (report.media_type, report.action) == ("image", Action.FULL)
    assert unmet(report) == ["format", "ratio"]


@pytest.mark.parametrize(
    ("name", "use", "code"),
    [
        ("short", None, "too_short"),
        ("compliant", MediaUse.PHOTO, "is_video"),
        ("long_house", MediaUse.STORY, "too_long"),
    ],
)
async def test_what_would_be_refused_has_a_code(
    clip: Clip, name: str, use: MediaUse | None, code: str
) -> None:
    report = await checked(clip(name), use)
    assert (report.action, report.error_code) == (Action.REFUSE, code)
    assert code in unmet(report)


async def test_what_is_no_media_gives_a_report_too(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("hello")
    report = await checked(tmp_path / "a.jpg")
    assert (report.error_code, report.media_type, report.action) == ("not_media", "image", Action.REFUSE)


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.pdf", b"%PDF-1.7", None),
        ("song.mp3", b"ID3\x04" + bytes(90), None),
        ("a.mov", b"%PDF-1.7", "video"),
        ("scan", b"\0\0\0\x18ftypmp42" + bytes(12) + b"\0\0\1\0mdat", "video"),
    ],
)
async def test_what_is_neither_picture_nor_clip_is_called_neither(
    tmp_path: Path, name: str, data: bytes, media_type: str | None
) -> None:
    (tmp_path / name).write_bytes(data)
    assert (await checked(tmp_path / name)).media_type == media_type


async def test_no_box_of_the_file_is_named_to_people(clip: Clip) -> None:
    report = await checked(clip("moov_last"))
    texts = [text for finding in report.findings for text in (finding.value, finding.limit, finding.fix)]
    assert {"index last", "index first"} < set(texts)
    assert not [text for text in (*texts, *report.changes) if "moov" in text]


async def test_the_widest_shape_is_called_as_instagram_does(tmp_path: Path) -> None:
    Image.new("RGB", (1080, 360)).save(tmp_path / "a.jpg")
    report = await checked(tmp_path / "a.jpg")
    assert "3:1 is wider than 1.91:1: blurred bars were added; fit crop trims instead." in report.changes


async def test_of_a_file_that_is_not_there_nothing_can_be_said(tmp_path: Path) -> None:
    with pytest.raises(MediaRefused):
        await checked(tmp_path / "none.mp4")
