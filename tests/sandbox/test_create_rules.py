"""What each kind of container may carry, and how a broken rule is answered.

Every limit of the table is held twice: before any call is made, and by whom the call would be made to.
"""

import asyncio
import json
from typing import Any

import pytest

from pressroom.core.errors import Refused
from pressroom.core.post import PostKind
from pressroom.graph.calls import UserTag
from pressroom.graph.limits import CONTAINERS_PER_DAY, COUNT_LIMITS, CountLimit, ImageLimits
from pressroom.publish.validation import validate
from pressroom.sandbox.fetching.download import RealFetcher, TrustingFetcher
from pressroom.sandbox.fetching.fetching import Fetched, Fetching
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.service import new_post
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

PHOTO = {"image_url": "https://example.com/a.jpg"}
REEL = {"media_type": "REELS", "video_url": "https://example.com/a.mp4"}
STORY = {"media_type": "STORIES", "image_url": "https://example.com/a.jpg"}
ITEM = {"image_url": "https://example.com/a.jpg", "is_carousel_item": "true"}
CLIP_ITEM = {"media_type": "VIDEO", "video_url": "https://example.com/a.mp4", "is_carousel_item": "true"}


def tags(count: int, **place: float) -> str:
    return json.dumps([{"username": f"u{number}", **place} for number in range(count)])


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"media_type": "GIF"}, (100, 2207023)),
        ({"media_type": "CAROUSEL", "children": "1"}, (100, 2207028)),
        ({"media_type": "CAROUSEL", "children": ",".join("12345678901")}, (100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1,2"}, (24, 2207006)),
        ({"media_type": "CAROUSEL"}, (100, None)),
        ({}, (100, None)),
        ({"media_type": "REELS"}, (100, None)),
        ({"media_type": "REELS", **PHOTO}, (100, None)),
        ({"media_type": "STORIES"}, (100, None)),
        ({**STORY, "video_url": "https://example.com/a.mp4"}, (100, None)),
        ({**REEL, "is_carousel_item": "true"}, (100, None)),
        ({"image_url": "not a url"}, (9004, 2207052)),
        ({"image_url": "file:///etc/passwd"}, (9004, 2207052)),
        ({"image_url": "ftp://example.com/a.jpg"}, (9004, 2207052)),
        ({**PHOTO, "caption": "a" * 2201}, (36004, 2207010)),
        ({**PHOTO, "caption": "\N{GRINNING FACE}" * 1101}, (36004, 2207010)),
        ({**PHOTO, "caption": " ".join(f"#a{n}" for n in range(31))}, (36004, 2207010)),
        ({**PHOTO, "caption": " ".join(f"@a{n}" for n in range(21))}, (36004, 2207010)),
        ({**PHOTO, "alt_text": "a" * 1001}, (100, None)),
        ({**PHOTO, "location_id": "Berlin"}, (100, None)),
        ({**PHOTO, "user_tags": tags(21, x=0.5, y=0.5)}, (100, 2207040)),
        ({**PHOTO, "user_tags": tags(1)}, (100, None)),
        ({**PHOTO, "user_tags": tags(1, x=1.5, y=0.5)}, (100, None)),
        ({**PHOTO, "user_tags": "anna"}, (100, None)),
        ({**PHOTO, "user_tags": '[{"x":0.1,"y":0.1}]'}, (100, None)),
        ({**PHOTO, "collaborators": "a,b,c,d"}, (100, None)),
        ({**REEL, "thumb_offset": "-1"}, (1, 2207057)),
        ({**REEL, "thumb_offset": "soon"}, (100, None)),
        ({**REEL, "share_to_feed": "perhaps"}, (100, None)),
        ({**REEL, "trial_params": '{"graduation_strategy":"NEVER"}'}, (100, None)),
        ({**ITEM, "is_ai_generated": "true"}, (100, None)),
        ({**CLIP_ITEM, "is_ai_generated": "true"}, (100, None)),
        ({**ITEM, "collaborators": "a"}, (100, None)),
        ({**PHOTO, "collaborators": "@anna"}, (110, 2207018)),
    ],
)
async def test_a_broken_rule_is_refused_by_its_code(
    caller: Caller, params: dict[str, str], error: tuple[int, int | None]
) -> None:
    refused = await caller.post(f"/{caller.sandbox.user_id}/media", **params)
    assert (refused.status, refused.error) == (400, error)
    assert caller.sandbox.scene.world.things == {}


@pytest.mark.parametrize(
    "params",
    [
        {**PHOTO, "caption": "a" * 2200, "alt_text": "b" * 1000, "location_id": "7640348500"},
        {**PHOTO, "caption": " ".join(f"#a{n}" for n in range(30))},
        {**PHOTO, "user_tags": tags(20, x=0.0, y=1.0), "collaborators": '["a","b","c"]'},
        {**PHOTO, "user_tags": "[{username:'natgeo',x:0.5,y:1.0}]"},
        {**PHOTO, "media_type": "IMAGE", "is_ai_generated": "true"},
        {**REEL, "user_tags": tags(2), "thumb_offset": "1500", "share_to_feed": "True", "audio_name": "Mine"},
        {
            **REEL,
            "cover_url": "https://example.com/c.jpg",
            "trial_params": '{"graduation_strategy":"MANUAL"}',
        },
        {**STORY, "user_tags": tags(1)},
        {**ITEM, "alt_text": "x", "user_tags": tags(1, x=0.1, y=0.1)},
        {**CLIP_ITEM, "thumb_offset": "10"},
    ],
)
async def test_what_a_kind_may_carry_is_taken(caller: Caller, params: dict[str, str]) -> None:
    assert (await caller.post(f"/{caller.sandbox.user_id}/media", **params)).status == 200


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({**STORY, "caption": "x"}, "caption"),
        ({**ITEM, "caption": "x"}, "caption"),
        ({**ITEM, "location_id": "1"}, "location_id"),
        ({**REEL, "alt_text": "x"}, "alt_text"),
        ({**PHOTO, "thumb_offset": "1"}, "thumb_offset"),
        ({**PHOTO, "product_tags": '[{"product_id":"1","x":0.1,"y":0.1}]'}, "product_tags"),
        ({**PHOTO, "is_paid_partnership": "true"}, "is_paid_partnership"),
    ],
)
async def test_what_a_kind_does_not_take_is_left_out_with_a_note(
    make: Make, params: dict[str, str], name: str
) -> None:
    """Nobody knows whether Meta refuses it: a setting tells the sandbox to."""
    lenient, strict = make(), make(unsupported="refuse")
    assert (await lenient.post("/me/media", **params)).status == 200
    assert any(note.startswith(f"{name} is not taken") for note in lenient.sandbox.calls()[0].notes)
    assert (await strict.post("/me/media", **params)).error == (100, None)


@pytest.mark.parametrize("spelling", ["{a},{b}", '["{a}","{b}"]', "[{a},{b}]", " {a} , {b} "])
async def test_children_are_read_in_every_spelling(caller: Caller, spelling: str) -> None:
    first, second = [await caller.create(**ITEM) for _ in "ab"]
    children = spelling.format(a=first, b=second)
    assert (
        await caller.post(f"/{caller.sandbox.user_id}/media", media_type="CAROUSEL", children=children)
    ).status == 200


async def test_children_that_are_no_items_are_refused(caller: Caller) -> None:
    children = ",".join([await caller.create(**PHOTO), await caller.create(**ITEM)])
    assert (
        await caller.post(f"/{caller.sandbox.user_id}/media", media_type="CAROUSEL", children=children)
    ).error == (100, None)


@pytest.mark.parametrize(
    ("product_tags", "error"),
    [
        ('[{"product_id":"1"}]', (100, 2207036)),
        ('[{"x":0.1,"y":0.1}]', (100, 2207037)),
        (json.dumps([{"product_id": str(n), "x": 0.1, "y": 0.1} for n in range(6)]), (100, 2207037)),
    ],
)
async def test_product_tags_are_checked_under_facebook_login(
    make: Make, product_tags: str, error: tuple[int, int]
) -> None:
    caller = make(token="EAAsandboxtoken")
    assert (
        await caller.post(f"/{caller.sandbox.user_id}/media", **PHOTO, product_tags=product_tags)
    ).error == error


async def test_product_tags_on_a_video_take_no_place(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    placed = '[{"product_id":"1","x":0.1,"y":0.1}]'
    assert (await caller.post(f"/{caller.sandbox.user_id}/media", **REEL, product_tags=placed)).error == (
        100,
        2207035,
    )
    assert (
        await caller.post(f"/{caller.sandbox.user_id}/media", **REEL, product_tags='[{"product_id":"1"}]')
    ).status == 200


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"poll_attachment": '{"option_a":"x","option_b":"y"}'}, 200),
        ({"poll_attachment": '{"option_a":"x"}'}, 400),
        ({"poll_attachment": '{"option_a":"x","option_b":"y"}', "is_comment_prompt_used": "true"}, 400),
        ({"is_paid_partnership": "true", "branded_content_sponsor_ids": "1,2"}, 200),
        ({"branded_content_sponsor_ids": "1,2,3"}, 400),
    ],
)
async def test_caption_add_ons_belong_to_facebook_login(
    make: Make, more: dict[str, str], status: int
) -> None:
    caller = make(token="EAAsandboxtoken")
    assert (await caller.post(f"/{caller.sandbox.user_id}/media", **PHOTO, **more)).status == status


async def test_empty_parameters_count_as_none(caller: Caller) -> None:
    """Forms send every field they have."""
    empty = dict.fromkeys(["caption", "location_id", "user_tags", "collaborators", "thumb_offset"], "")
    item = {**PHOTO, **empty, "is_carousel_item": "true", "is_ai_generated": "false"}
    assert (await caller.post("/me/media", **item)).status == 200
    assert (await caller.post("/me/media", **REEL, **empty, cover_url="", trial_params="")).status == 200


async def test_tagging_products_needs_the_permission_of_the_shop(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    tagged = {**PHOTO, "product_tags": '[{"product_id":"1","x":0.5,"y":0.5}]'}
    assert (await caller.post(f"/{caller.sandbox.user_id}/media", **tagged)).status == 200
    scopes = ["instagram_basic", "instagram_content_publish"]
    caller.sandbox.scene.world.tokens[caller.token].scopes = scopes
    assert (await caller.post(f"/{caller.sandbox.user_id}/media", **tagged)).error == (10, None)
    assert (await caller.post(f"/{caller.sandbox.user_id}/media", **PHOTO)).status == 200


async def test_what_nobody_knows_of_captions_and_carousels_is_a_setting(make: Make) -> None:
    caller = make(carousel_max=20, caption_hashtags_max=5, caption_unit="character")
    items = [await caller.create(**PHOTO, is_carousel_item="true") for _ in range(20)]
    parent = {"media_type": "CAROUSEL", "children": ",".join(items)}
    assert (await caller.post("/me/media", **parent)).status == 200
    assert (await make().post("/me/media", **PHOTO, caption="#a " * 6)).status == 200
    assert (await caller.post("/me/media", **PHOTO, caption="#a " * 6)).error == (36004, 2207010)
    assert (await make().post("/me/media", **PHOTO, caption="😀" * 1101)).error == (36004, 2207010)
    assert (await caller.post("/me/media", **PHOTO, caption="😀" * 2200)).status == 200


@pytest.mark.parametrize("is_shared", [True, False])
async def test_where_a_reel_goes_that_does_not_say_is_a_setting(make: Make, is_shared: bool) -> None:
    caller = make(share_to_feed=is_shared)
    container = await caller.create(**REEL)
    await caller.sandbox.scene.fetching.settled()
    media = (await caller.post("/me/media_publish", creation_id=container)).id
    assert (await caller.get(f"/{media}", fields="is_shared_to_feed")).json["is_shared_to_feed"] is is_shared


async def test_creates_that_run_at_once_make_no_more_containers_than_a_day_allows(
    caller: Caller, clock: FakeClock
) -> None:
    sandbox, all_came = caller.sandbox, asyncio.Barrier(3)

    class Slow(TrustingFetcher):
        async def picture(self, url: str, limits: ImageLimits) -> Fetched:
            await all_came.wait()
            return await super().picture(url, limits)

    sandbox.scene.fetching = Fetching(Slow(RealFetcher(sandbox.scene.home)), sandbox.faults)
    moments = sandbox.scene.world.creations[sandbox.user_id]
    moments += [clock.now().timestamp()] * (CONTAINERS_PER_DAY - 1)
    made = await asyncio.gather(*(caller.post("/me/media", **PHOTO) for _ in range(3)))
    assert sorted(got.status for got in made) == [200, 400, 400]
    assert len(moments) == CONTAINERS_PER_DAY


URL = "https://example.com/a.jpg"
# A text of so many, by what is counted in it.
TEXTS = {
    "characters": "x",
    "hashtags": "#a ",
    "@ mentions": "@a ",
}


async def test_people_who_are_no_accounts_here_may_be_tagged_unless_a_setting_refuses_them(
    make: Make,
) -> None:
    tagged = {**PHOTO, "user_tags": '[{"username":"anna","x":0.5,"y":0.5}]'}
    await make().create(**tagged)
    caller = make(unknown_tags="refuse")
    refused = await caller.post("/me/media", **tagged)
    assert (refused.error, refused.message) == ((110, 2207018), "Invalid user id")
    caller.sandbox.add_account(AccountSeed(username="Anna"))
    await caller.create(**tagged)


every_limit = pytest.mark.parametrize("limit", COUNT_LIMITS, ids=lambda limit: limit.rule)


def options(limit: CountLimit, count: int) -> dict[str, Any]:
    names = tuple(f"u{number}" for number in range(count))
    held: dict[str, Any] = {
        "user_tags": lambda: {"user_tags": tuple(UserTag(name, 0.5, 0.5) for name in names)},
        "collaborators": lambda: {"collaborators": names},
        "caption": lambda: {"caption": TEXTS[limit.words] * count},
        "alt_text": lambda: {"alt_texts": (TEXTS[limit.words] * count,)},
    }
    return held[limit.parameter]()


def parameter(limit: CountLimit, count: int) -> str:
    if limit.parameter == "user_tags":
        return json.dumps([{"username": f"u{number}", "x": 0.5, "y": 0.5} for number in range(count)])
    if limit.parameter == "collaborators":
        return json.dumps([f"u{number}" for number in range(count)])
    return TEXTS[limit.words] * count


@every_limit
def test_one_more_than_allowed_is_refused_before_any_call(limit: CountLimit) -> None:
    validate(new_post(PostKind.PHOTO, [URL], **options(limit, limit.most)))
    with pytest.raises(Refused, match=rf"There are {limit.most + 1:,} {limit.words}") as caught:
        validate(new_post(PostKind.PHOTO, [URL], **options(limit, limit.most + 1)))
    assert (caught.value.rule, caught.value.limit, caught.value.fix) == (limit.rule, limit.most, limit.fix)


@every_limit
async def test_one_more_than_allowed_is_refused_by_instagram(caller: Caller, limit: CountLimit) -> None:
    target = f"/{caller.sandbox.user_id}/media"
    most = await caller.post(target, image_url=URL, **{limit.parameter: parameter(limit, limit.most)})
    assert most.status == 200
    refused = await caller.post(target, image_url=URL, **{limit.parameter: parameter(limit, limit.most + 1)})
    assert (refused.status, refused.error) == (400, (limit.code, limit.subcode))
