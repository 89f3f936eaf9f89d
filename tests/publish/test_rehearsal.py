"""A rehearsal describes the calls as they would be, with the files as they would be made."""

from fractions import Fraction
from pathlib import Path

import pytest

from pressroom.core.assets import Action, Asset, Fit, MediaReport, MediaType, Seen, Wish
from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.post import PostKind
from pressroom.graph.calls import UserTag
from pressroom.graph.ids import UserId
from pressroom.publish.rehearsal import rehearse, reports_on
from tests.publish.posts import a_post

USER = UserId("17841")


class Checks:
    """Takes every file; `shapes` are those of the files that are not 1:1."""

    def __init__(self, **shapes: Fraction) -> None:
        self._shapes = shapes
        self.wishes: list[tuple[str, Wish]] = []

    async def __call__(self, path: Path, wish: Wish) -> MediaReport:
        self.wishes.append((path.name, wish))
        kind: MediaType = "video" if path.suffix == ".mp4" else "image"
        seen = Seen(kind, self._shapes.get(path.stem, Fraction(1)), 2.0 if kind == "video" else None)
        return MediaReport(path=path, media_type=kind, findings=(), action=Action.AS_IS, seen=seen)


async def test_the_files_of_a_carousel_are_judged_by_the_shape_of_the_first() -> None:
    checks = Checks(tall=Fraction(9, 16))
    await reports_on(a_post(PostKind.CAROUSEL, "tall.jpg", "b.jpg"), checks)
    assert [wish.ratio for _, wish in checks.wishes[-2:]] == [Fraction(4, 5)] * 2


async def test_a_cover_is_judged_too() -> None:
    checks = Checks()
    await reports_on(a_post(PostKind.REEL, "a.mp4", cover=Asset("face.png")), checks)
    assert [name for name, _ in checks.wishes] == ["a.mp4", "face.png"]


async def test_a_clip_that_is_uploaded_has_no_address() -> None:
    post = a_post(PostKind.REEL, "a.mp4")
    reports = await reports_on(post, Checks())
    fetched = rehearse(post, USER, reports, takes_snapshot=False)
    uploaded = rehearse(post, USER, reports, takes_snapshot=False, uploaded=set(reports))
    assert fetched[0].params["video_url"] == "<address of a.mp4>"
    assert uploaded[0].params["upload_type"] == "resumable"
    assert "video_url" not in uploaded[0].params


async def test_a_file_that_cannot_be_made_fit_is_refused() -> None:
    post = a_post(PostKind.PHOTO, "a.jpg", fit=Fit.KEEP)
    refused = MediaReport(
        path=Path("a.jpg"),
        media_type="image",
        findings=(),
        action=Action.REFUSE,
        refusal=MediaRefused("a.jpg is too tall.", rule="ratio", fix="Crop it."),
    )
    with pytest.raises(MediaRefused) as caught:
        rehearse(post, USER, {post.assets[0]: refused}, takes_snapshot=False)
    assert caught.value.rule == "ratio"


async def test_options_that_do_not_suit_the_files_are_refused_before_anything_is_made() -> None:
    reel = a_post(PostKind.REEL, "a.mp4", thumb_offset_ms=2000)
    with pytest.raises(Refused, match=r"2000 ms, lies behind the clip's end \(2000 ms\)"):
        rehearse(reel, USER, await reports_on(reel, Checks()), takes_snapshot=False)
    carousel = a_post(PostKind.CAROUSEL, "a.mp4", "b.jpg", user_tags=(UserTag("anna", 0.5, 0.5),))
    with pytest.raises(Refused, match="takes no tags"):
        rehearse(carousel, USER, await reports_on(carousel, Checks()), takes_snapshot=False)
