"""What an account's owner does in the app, unseen by the client: edits, deletions, stories by hand."""

from typing import Any

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.state.growth import numbers_of
from pressroom.sandbox.state.things import Callback, Media
from pressroom.sandbox.wire.payloads import story_event
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

DAY_S = 24 * 3600


async def test_a_media_vanishes_with_its_insights_and_comments(make: Make) -> None:
    caller = make(media=3)
    gone, *left = [one.id for one in caller.sandbox.media]
    comment = caller.sandbox.order("comments", media_id=gone, text="Hi")["id"]
    assert caller.sandbox.order("edits", media_id=gone, deleted=True) == {"success": True}
    listed = (await caller.get("/me/media", fields="id,insights.metric(reach)")).json["data"]
    assert [one["id"] for one in listed] == left
    for node, edge in ((gone, ""), (gone, "/insights"), (comment, "")):
        assert (await caller.get(f"/{node}{edge}", metric="reach")).error == (100, 33)


async def test_a_caption_is_edited_and_emptied_in_the_app(make: Make) -> None:
    caller = make(media=1)
    media = caller.sandbox.media[0].id
    caller.sandbox.order("edits", media_id=media, caption="Other words")
    assert (await caller.get(f"/{media}", fields="caption")).json["caption"] == "Other words"
    caller.sandbox.order("edits", media_id=media, caption="")
    assert "caption" not in (await caller.get(f"/{media}", fields="caption")).json


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"media_id": "1", "deleted": True}, "there is no media 1"),
        ({"media_id": "1"}, "give a caption, or deleted"),
        ({"media_id": "1", "deleted": True, "caption": "x"}, "give a caption, or deleted"),
        ({"media_id": "1", "likes": 3}, "unknown field"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(caller: Caller, edit: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        caller.sandbox.order("edits", **edit)


async def test_a_story_made_by_hand_is_found_for_a_day(caller: Caller, clock: FakeClock) -> None:
    caller.sandbox.order("media", kind="story", in_s=60)
    assert (await caller.get("/me/stories")).json["data"] == []
    clock.advance(60)
    [story] = (await caller.get("/me/stories", fields="media_product_type,insights.metric(reach)")).json[
        "data"
    ]
    assert (story["media_product_type"], len(story["insights"]["data"])) == ("STORY", 1)
    clock.advance(DAY_S)
    assert (await caller.get("/me/stories")).json["data"] == []


@pytest.mark.parametrize("login", LoginType)
async def test_its_end_is_told_by_webhook_where_the_login_has_it(
    make: Make, clock: FakeClock, login: LoginType
) -> None:
    caller = make(login=login, token=None, unified_webhooks=True)
    world = caller.sandbox.scene.world
    world.callback = Callback(url="http://127.0.0.1:9/", fields=["story_insights"])
    world.subscriptions[caller.sandbox.user_id] = ["story_insights"]
    caller.sandbox.order("media", kind="story")
    clock.advance(DAY_S)
    story = caller.sandbox.media[0].id
    told = [(one.field, one.value["media_id"]) for one in world.outbox]
    assert told == ([] if login is LoginType.INSTAGRAM else [("story_insights", story)])
    await caller.sandbox.aclose()


async def test_the_webhook_has_the_old_names_and_hides_counts_under_five(caller: Caller) -> None:
    caller.sandbox.order("media", kind="story")
    world = caller.sandbox.scene.world
    [story], [account] = list(world.stories[caller.sandbox.user_id]), world.accounts.values()
    young, old = (_told(caller, story, account.id, age_s) for age_s in (0, DAY_S))
    assert list(old) == [
        "media_id",
        "impressions",
        "reach",
        "taps_forward",
        "taps_back",
        "exits",
        "replies",
    ]
    assert -1 in young.values()
    counts = [value for told in (young, old) for value in told.values() if isinstance(value, int)]
    assert not [count for count in counts if 0 < count < 5]


def _told(caller: Caller, story: Media, user_id: str, age_s: float) -> dict[str, Any]:
    world = caller.sandbox.scene.world
    at = story.created_at + age_s
    return story_event(story, numbers_of(0, story, world.accounts[user_id], at), at).value
