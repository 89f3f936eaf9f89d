"""A refusal names an option only where the option helps: each hint is tried, and its followers arrive."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Edits, Fit, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.graph.limits import MediaUse
from pressroom.media import refusals
from pressroom.media.decision import Refusal
from pressroom.media.facts import Probe
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe
from tests.media.facts import AUDIO, clip_facts, still_facts
from tests.media.fixtures import Clip

K = RemedyKind
EDITS = (
    Edits(),
    Edits(repeat=True),
    Edits(salvage=True),
    Edits(start_s=1.0),
    Edits(start_s=70.0, end_s=950.0),
    Edits(start_s=0.5, end_s=1.0),
    Edits(start_s=0.5, end_s=1.0, repeat=True),
    Edits(start_s=2000.0, repeat=True),
)
WISHES = [
    Wish(use=use, target=target, fit=fit, edits=edits)
    for use, target, fit, edits in product(MediaUse, Target, (None, Fit.KEEP), EDITS)
]
REELS = [wish for wish in WISHES if wish.use is MediaUse.REEL and wish.edits in EDITS[:3]]
_MOVING = replace(still_facts(format="GIF"), video=clip_facts(duration_s=1.2).video)
FACTS = {
    "clip": clip_facts(),
    "short": clip_facts(duration_s=1.1),
    "short_picture": clip_facts(duration_s=1.1, audio=replace(AUDIO, duration_s=9.0)),
    "two_minutes": clip_facts(duration_s=120.0),
    "too_long": clip_facts(duration_s=1000.0),
    "too_wide": clip_facts(width=1900, height=64),
    "dolby_vision": clip_facts(dolby_vision="5.0"),
    "still": still_facts(),
    "wide_still": still_facts(width=3000, height=300),
    "damaged_still": still_facts(damage="truncated"),
    "gif": _MOVING,
}
_OPTIONS: dict[RemedyKind, Callable[[Wish, Remedy], Wish]] = {
    K.REPEAT_CLIP: lambda wish, _: replace(wish, edits=replace(wish.edits, repeat=True)),
    K.SALVAGE_CLIP: lambda wish, _: replace(wish, edits=replace(wish.edits, salvage=True)),
    K.SET_FIT: lambda wish, remedy: replace(wish, fit=Fit(remedy.arguments["fit"])),
    K.SET_TARGET: lambda wish, remedy: replace(wish, target=Target(remedy.arguments["target"])),
    K.PUBLISH_AS: lambda wish, remedy: replace(wish, use=MediaUse(remedy.arguments["kind"])),
    K.CUT_CLIP: lambda wish, remedy: replace(
        wish, edits=replace(wish.edits, end_s=float(remedy.arguments["end_s"]))
    ),
}
Verdict = Callable[[Wish], Refusal | None]


def dead_ends(verdict: Verdict, wish: Wish, *taken: Wish) -> Iterator[str]:
    """Follow every hint from a wish, and name those whose follower is refused for good or comes round."""
    refusal = verdict(wish)
    hints = refusal.fix.remedies if refusal and not isinstance(refusal.fix, str) else ()
    for remedy in hints:
        following = _OPTIONS[remedy.kind](wish, remedy)
        if following in (wish, *taken):
            yield f"{remedy} once more, for {wish}"
            continue
        after = verdict(following)
        if after is not None and (isinstance(after.fix, str) or not after.fix.remedies):
            yield f"{remedy} ends in {after.rule}, for {wish}"
        yield from dead_ends(verdict, following, wish, *taken)


@pytest.mark.parametrize("name", FACTS)
def test_every_hint_of_a_plan_leads_to_a_post(name: str) -> None:
    assert [end for wish in WISHES for end in dead_ends(_planned(FACTS[name]), wish)] == []


def _planned(facts: Probe) -> Verdict:
    return lambda wish: plan_for(facts, wish).refusal


@pytest.fixture
def damaged(clip: Clip, tmp_path: Path) -> Callable[[str], Path]:
    """Write a small file that lacks its end, its index or a piece of its middle."""

    def write(name: str) -> Path:
        sort, recipe = name.split()
        path = tmp_path / f"{sort}{clip(recipe).suffix}"
        data = clip(recipe).read_bytes()
        middle = len(data) // 2
        parts = {
            "cut": data[: len(data) * 85 // 100 - 77],
            "head": data[:600],
            "hole": data[:middle] + bytes(4000) + data[middle + 4000 :],
        }
        path.write_bytes(parts[sort])
        return path

    return write


@pytest.mark.parametrize(
    ("name", "helps"),
    [
        ("cut long_moov_first", True),
        ("cut matroska_long", True),
        ("cut transport", True),
        ("cut short", True),
        ("hole long_moov_first", True),
        ("cut long", False),  # its index came last
        ("cut fragmented", True),
        ("head matroska_long", False),
    ],
)
def test_salvage_is_offered_where_something_is_left(
    damaged: Callable[[str], Path], name: str, *, helps: bool
) -> None:
    path = damaged(name)

    def verdict(wish: Wish) -> Refusal | None:
        try:
            return plan_for(probe(path, salvage=wish.edits.salvage), wish).refusal
        except MediaRefused as refusal:
            return Refusal.of(refusal)

    first = verdict(Wish(use=MediaUse.REEL, target=Target.PLATFORM))
    assert first is not None
    assert first.rule in ("truncated", "corrupt")
    assert ("--salvage" in str(first.fix)) is helps
    assert [end for wish in REELS for end in dead_ends(verdict, wish)] == []


def test_a_damaged_still_is_not_to_be_salvaged(tmp_path: Path) -> None:
    Image.effect_noise((300, 300), 90).save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:9000])
    refusal = plan_for(probe(tmp_path / "a.jpg"), Wish(use=MediaUse.PHOTO, target=Target.PLATFORM)).refusal
    assert refusal is not None
    assert "--salvage" not in str(refusal.fix)


@pytest.mark.parametrize(("is_chosen", "words"), [(True, "Unset FFMPEG_PATH"), (False, "set FFMPEG_PATH")])
def test_the_bundled_ffmpeg_is_not_offered_instead_of_itself(words: str, *, is_chosen: bool) -> None:
    assert words in str(refusals.ffmpeg_unfit("it failed.", is_chosen=is_chosen).advice)
