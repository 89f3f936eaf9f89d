"""Metrics that Meta takes away, renames or refuses: from the start, by order, and at a later moment."""

import re
from dataclasses import replace
from typing import Any

import pytest

from pressroom.graph.metrics import NAMES_IN_REFUSAL
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

DAY_S = 24 * 3600
UNFIT = "(#100) The Media Insights API does not support the {} metric for this media product type."


async def ask(caller: Caller, node: str, metric: str, **more: object) -> Got:
    return await caller.get(f"/{node}/insights", metric=metric, **more)


def values(got: Got) -> dict[str, Any]:
    return {one["name"]: one.get("values", one.get("total_value")) for one in got.json["data"]}


async def story_of(caller: Caller) -> str:
    return await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")


async def test_a_metric_vanishes_in_the_middle_of_the_month(make: Make, clock: FakeClock) -> None:
    caller = make(media=1)
    media = caller.sandbox.media[0].id
    caller.sandbox.order("metrics", gone=["saved"], in_s=15 * DAY_S)
    assert (await ask(caller, media, "reach,saved")).status == 200
    clock.advance(15 * DAY_S)
    refused = await ask(caller, media, "reach,saved")
    rest = ", ".join(name for name in NAMES_IN_REFUSAL if name != "saved")
    assert (refused.status, refused.error) == (400, (100, None))
    assert refused.message == f"(#100) metric[1] must be one of the following values: {rest}"
    nested = await caller.get("/me/media", fields="insights.metric(saved)")
    assert (nested.error, "metric[0] must be" in nested.message) == ((100, None), True)
    assert caller.sandbox.order("metrics", gone=[])["gone"] == []
    assert (await ask(caller, media, "saved")).status == 200


async def test_a_metric_of_the_same_name_may_go_on_one_level_alone(make: Make) -> None:
    caller = make(media=1, metrics_gone=("account.views",))
    media = caller.sandbox.media[0].id
    assert (await ask(caller, media, "views")).status == 200
    refused = await ask(caller, "me", "views", metric_type="total_value")
    assert refused.message.startswith(
        "(#100) metric[0] must be one of the following values: reach, follower_"
    )
    assert " views" not in refused.message
    caller.sandbox.order("metrics", gone=["views"])
    assert (await ask(caller, media, "views")).error == (100, None)


async def test_viewers_take_the_place_of_reach_for_media_and_account(make: Make, clock: FakeClock) -> None:
    caller = make(media=1)
    media = caller.sandbox.media[0].id
    assert (await ask(caller, media, "viewers")).error == (100, None)
    before = [values(await ask(caller, node, "reach"))["reach"] for node in (media, "me")]
    caller.sandbox.order("metrics", viewers=True, in_s=60)
    clock.advance(60)
    for node in (media, "me"):
        refused = await ask(caller, node, "reach")
        assert (refused.error, " viewers," in refused.message) == ((100, None), True)
    after = [values(await ask(caller, node, "viewers"))["viewers"] for node in (media, "me")]
    assert after[1][0]["value"] == before[1][0]["value"]
    assert after[0][0]["value"] >= before[0][0]["value"]


@pytest.mark.parametrize(
    ("word", "refusing"),
    [
        ("shares:IMAGE", {"photo"}),
        ("shares:CAROUSEL_ALBUM", {"carousel"}),
        ("shares:REELS", {"reel"}),
        ("shares:VIDEO", {"reel"}),
        ("shares:FEED", {"photo", "carousel"}),
        ("shares:1", {"photo", "carousel", "reel"}),
    ],
)
async def test_some_media_refuse_a_metric_that_others_answer(
    make: Make, word: str, refusing: set[str]
) -> None:
    caller = make(media=4, metrics_refused=(word,))
    for media in caller.sandbox.media:
        got = await ask(caller, media.id, "reach,shares")
        assert (got.status == 400) is (media.kind in refusing)
        if got.status == 400:
            assert (got.error, got.message) == ((100, None), UNFIT.format("shares"))
        assert (await ask(caller, media.id, "reach,views")).status == 200


async def test_a_share_of_the_media_refuses_the_same_ones_each_time(make: Make) -> None:
    caller = make(media=200, metrics_refused=("views:0.2", "shares:STORY"))
    status = [(await ask(caller, one.id, "views")).status for one in caller.sandbox.media]
    again = [(await ask(caller, one.id, "views")).status for one in caller.sandbox.media]
    assert status == again
    assert 20 <= status.count(400) <= 60


async def test_one_media_that_refuses_fails_the_whole_page(make: Make) -> None:
    caller = make(media=8, metrics_refused=("shares:CAROUSEL_ALBUM",))
    page = await caller.get("/me/media", fields="id,insights.metric(reach,shares)", limit=8)
    assert (page.status, page.message) == (400, UNFIT.format("shares"))
    assert (await caller.get("/me/media", fields="id,insights.metric(reach)", limit=8)).status == 200
    caller.sandbox.order("metrics", refused=[])
    assert (await caller.get("/me/media", fields="id,insights.metric(shares)", limit=8)).status == 200


async def test_views_of_a_story_may_want_their_type(make: Make) -> None:
    caller = make(story_views_total=True)
    story, photo = await story_of(caller), await caller.publish()
    refused = await ask(caller, story, "reach,views")
    assert refused.error == (100, None)
    assert refused.message.endswith("(views) should be specified with parameter metric_type=total_value")
    told = values(await ask(caller, story, "reach,views", metric_type="total_value"))
    assert told["views"]["value"] > told["reach"][0]["value"] > 0
    assert (await ask(caller, photo, "views")).status == 200
    assert (await ask(caller, story, "reach")).status == 200


async def test_what_was_ordered_survives_an_export(make: Make, clock: FakeClock) -> None:
    caller = make()
    caller.sandbox.order("metrics", gone=["saved"], refused=["views:0.5"])
    caller.sandbox.order("metrics", viewers=True, in_s=60)
    other = Sandbox(SandboxSettings(fetch="trust"), clock=clock)
    other.import_state(caller.sandbox.export_state())
    assert other.order("metrics") == {"gone": ["saved"], "refused": ["views:0.5"], "viewers": False}
    clock.advance(60)
    assert other.order("metrics")["viewers"] is True
    other.reset()
    assert other.order("metrics") == {"gone": [], "refused": [], "viewers": False}


@pytest.mark.parametrize(
    ("name", "word", "told"),
    [
        ("gone", "viewss", "Did you mean views?"),
        ("gone", "account.saved", "no metric 'account.saved'"),
        ("refused", "shares", "names no media"),
        ("refused", "shares:PHOTO", "CAROUSEL_ALBUM, FEED, IMAGE"),
        ("refused", "shares:1.5", "a share such as 0.2"),
        ("refused", "saves:IMAGE", "Did you mean saved?"),
    ],
)
def test_what_names_no_metric_or_media_is_refused(caller: Caller, name: str, word: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        caller.sandbox.order("metrics", **{name: [word]})
    with pytest.raises(ValueError, match=re.escape(told)):
        replace(SandboxSettings(), **{f"metrics_{name}": (word,)})
