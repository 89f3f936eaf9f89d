"""What a person sees of a post that a program wants out."""

from typing import Any

from pressroom.core.assets import Asset, Edits, Fit, Target
from pressroom.core.post import PostKind
from pressroom.service import new_post
from pressroom.service.consent.rules import summary_of


def test_a_summary_has_every_option_that_was_set_and_tells_which_file_is_the_cover() -> None:
    usual = summary_of(new_post(PostKind.REEL, ["cat.mp4"]))
    names = ("thumb_offset_ms", "share_to_feed", "fit", "quality", "target", "edits")
    assert {usual[name] for name in names} == {None}
    cut = Edits(start_s=1.5, loudness=True)
    given: dict[str, Any] = {
        "share_to_feed": False,
        "fit": Fit.PAD,
        "quality": "high",
        "target": Target.HOUSE,
    }
    more: dict[str, Any] = {"cover": Asset("cat.jpg"), "thumb_offset_ms": 0, "edits": cut}
    summary = summary_of(new_post(PostKind.REEL, ["cat.mp4"], **given, **more))
    assert {name: summary[name] for name in given} == given
    assert (summary["thumb_offset_ms"], summary["edits"]) == (0, {"start_s": 1.5, "loudness": True})
    roles = {file["name"]: file["role"] for file in summary["files"]}
    assert roles == {"cat.mp4": None, "cat.jpg": "cover"}
