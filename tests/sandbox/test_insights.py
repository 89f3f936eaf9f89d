"""Media insights: which metric which media answers, the words of refusals, numbers that grow.

Numbers that lag behind: what insights show is what was true some time ago.
"""

from typing import Any

import pytest

from pressroom.graph.answers import MediaProductType
from pressroom.graph.hosts import LoginType
from pressroom.graph.metrics import MEDIA_METRICS, METRICS_BY_NAME, NAMES_IN_REFUSAL, Metric, metrics_for
from pressroom.sandbox.calls.tokens import all_scopes
from pressroom.sandbox.insights import media as media_routes
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

PARAMS = {
    MediaProductType.FEED: {"image_url": "https://example.com/a.jpg"},
    MediaProductType.STORY: {"media_type": "STORIES", "image_url": "https://example.com/a.jpg"},
}
PRODUCTS = [MediaProductType.FEED, MediaProductType.REELS, MediaProductType.STORY]
DAY_S = 24 * 3600


async def published(caller: Caller, product: MediaProductType) -> str:
    if product in PARAMS:
        return await caller.publish(**PARAMS[product])
    container = await caller.create(media_type="REELS", video_url="https://example.com/a.mp4")
    await caller.sandbox.scene.fetching.settled()
    return (await caller.post(f"/{caller.sandbox.user_id}/media_publish", creation_id=container)).id


async def numbers(caller: Caller, media: str, *names: str) -> dict[str, float]:
    got = (await caller.get(f"/{media}/insights", metric=",".join(names))).json
    return {one["name"]: one["values"][0]["value"] for one in got["data"]}


@pytest.mark.parametrize("login", LoginType)
@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_media_answers_every_metric_of_its_product_type(
    make: Make, product: MediaProductType, login: LoginType
) -> None:
    caller = make(token="EAAsandboxtoken" if login is LoginType.FACEBOOK else None)
    media = await published(caller, product)
    names = metrics_for(product, login)
    assert list(await numbers(caller, media, *names)) == names


async def test_a_new_row_of_the_table_is_answered_at_once(
    caller: Caller, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Metric(name="stitches", title="Stitches", products=frozenset(PRODUCTS), breakdown="side")
    monkeypatch.setitem(METRICS_BY_NAME, row.name, row)
    monkeypatch.setattr(media_routes, "NAMES_IN_REFUSAL", (*NAMES_IN_REFUSAL, row.name))
    media = await published(caller, MediaProductType.FEED)
    clock.advance(DAY_S)
    [one] = (await caller.get(f"/{media}/insights", metric=row.name, breakdown="side")).json["data"]
    assert one["title"] == "Stitches"
    [cut] = one["total_value"]["breakdowns"]
    assert cut["results"][0]["value"] == one["values"][0]["value"] > 0


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_metric_of_another_product_type_is_refused_in_metas_words(
    make: Make, product: MediaProductType
) -> None:
    caller = make(token="EAAsandboxtoken")
    media = await published(caller, product)
    foreign = [one.name for one in MEDIA_METRICS if product not in one.products]
    for name in [*foreign, "facebook_views"]:
        refused = await caller.get(f"/{media}/insights", metric=name)
        assert (refused.status, refused.error) == (400, (100, None))
        assert refused.message == (
            f"(#100) The Media Insights API does not support the {name} metric for this media product type."
        )


@pytest.mark.parametrize("name", ["plays", "engagement", "video_views", "nonsense"])
async def test_an_unknown_or_removed_metric_is_refused_with_the_list_and_its_place(
    caller: Caller, name: str
) -> None:
    media = await caller.publish()
    refused = await caller.get(f"/{media}/insights", metric=f"reach,{name}")
    assert refused.error == (100, None)
    assert refused.message == (
        f"(#100) metric[1] must be one of the following values: {', '.join(NAMES_IN_REFUSAL)}"
    )


async def test_impressions_answer_for_old_media_on_the_oldest_version_only(
    make: Make, clock: FakeClock
) -> None:
    caller = make(media=1200)
    new = (await caller.get(f"/{caller.sandbox.user_id}/media", limit=1)).json["data"][0]["id"]
    old = caller.sandbox.media[-1].id
    gone = "Starting from version v22.0 and above, the impressions metric is no longer supported"
    assert (await caller.get(f"/v21.0/{old}/insights", metric="impressions")).status == 200
    for target in (f"/v22.0/{old}/insights", f"/v21.0/{new}/insights"):
        assert gone in (await caller.get(target, metric="impressions")).message
    assert caller.sandbox.media[-1].created_at.year == 2024
    assert clock.now().year == 2026


async def test_a_reading_has_the_documented_shape(caller: Caller) -> None:
    media = await caller.publish()
    [one] = (await caller.get(f"/{media}/insights", metric="reach", period="day")).json["data"]
    assert one | {"values": []} == {
        "name": "reach",
        "period": "lifetime",
        "values": [],
        "title": "Accounts reached",
        "description": "The number of unique accounts that have seen this media, at least once.",
        "id": f"{media}/insights/reach/lifetime",
    }


@pytest.mark.parametrize("metric", ['["reach","views"]', "reach,views", "reach, views"])
async def test_metrics_are_read_in_every_spelling(caller: Caller, metric: str) -> None:
    media = await caller.publish()
    got = (await caller.get(f"/{media}/insights", metric=metric)).json
    assert [one["name"] for one in got["data"]] == ["reach", "views"]


async def test_without_metrics_the_parameter_is_named(caller: Caller) -> None:
    media = await caller.publish()
    assert "metric" in (await caller.get(f"/{media}/insights")).message


async def test_a_breakdown_adds_a_total_that_its_parts_sum_up_to(caller: Caller, clock: FakeClock) -> None:
    media = await published(caller, MediaProductType.STORY)
    clock.advance(3600)
    asked = {"metric": "navigation", "breakdown": "story_navigation_action_type"}
    [one] = (await caller.get(f"/{media}/insights", **asked)).json["data"]
    [cut] = one["total_value"]["breakdowns"]
    assert cut["dimension_keys"] == ["story_navigation_action_type"]
    assert sum(part["value"] for part in cut["results"]) == one["values"][0]["value"] > 0
    assert one["total_value"]["value"] == one["values"][0]["value"]


async def test_a_breakdown_that_does_not_fit_is_an_unknown_error(caller: Caller) -> None:
    media = await caller.publish()
    for asked in ({"metric": "reach", "breakdown": "action_type"}, {"metric": "views", "breakdown": "x"}):
        refused = await caller.get(f"/{media}/insights", **asked)
        assert (refused.status, refused.error) == (400, (1, 99))
        assert refused.message == "An unknown error has occurred."


async def test_an_unknown_name_is_refused_before_one_that_does_not_fit(caller: Caller) -> None:
    media = await published(caller, MediaProductType.REELS)
    refused = await caller.get(f"/{media}/insights", metric="follows,plays")
    assert refused.message.startswith("(#100) metric[1] must be one of the following values: impressions,")


async def test_metrics_of_facebook_login_do_not_fit_under_instagram_login(caller: Caller) -> None:
    media = await caller.publish()
    refused = await caller.get(f"/{media}/insights", metric="total_views")
    assert refused.message.startswith("(#100) The Media Insights API does not support the total_views metric")


async def test_media_that_go_to_facebook_too_have_views_there(make: Make) -> None:
    caller = make(crossposts=True)
    media = await published(caller, MediaProductType.REELS)
    read = await numbers(caller, media, "views", "facebook_views", "crossposted_views")
    assert read["views"] + read["facebook_views"] == read["crossposted_views"]


async def test_a_story_answers_for_a_day(caller: Caller, clock: FakeClock) -> None:
    media = await published(caller, MediaProductType.STORY)
    clock.advance(DAY_S - 1)
    assert (await caller.get(f"/{media}/insights", metric="views")).status == 200
    clock.advance(1)
    assert (await caller.get(f"/{media}/insights", metric="views")).error == (100, 33)


async def test_a_carousel_item_has_no_insights(caller: Caller) -> None:
    items = [
        await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true") for _ in "ab"
    ]
    media = await caller.publish(media_type="CAROUSEL", children=",".join(items))
    child = (await caller.get(f"/{media}/children")).json["data"][0]["id"]
    assert (await caller.get(f"/{child}/insights", metric="reach")).error == (100, None)


async def test_too_new_a_media_may_have_no_data_yet(make: Make, clock: FakeClock) -> None:
    caller = make(insights_delay_s=3600.0)
    media = await caller.publish()
    assert (await caller.get(f"/{media}/insights", metric="views")).json == {"data": []}
    clock.advance(3600)
    assert (await caller.get(f"/{media}/insights", metric="views")).json["data"]


@pytest.mark.parametrize("product", PRODUCTS)
async def test_numbers_are_there_at_once_grow_and_stay_believable(
    caller: Caller, clock: FakeClock, product: MediaProductType
) -> None:
    media = await published(caller, product)
    names = [name for name in metrics_for(product) if name != "reels_skip_rate"]
    before = await numbers(caller, media, *names)
    assert before["views"] > before["reach"] > 0
    for _ in range(12):
        clock.advance(7000)
        now = await numbers(caller, media, *names)
        assert all(now[name] >= before[name] for name in names)
        assert now["views"] > now["reach"] > now.get("likes", 0) >= 0
        before = now
    assert before["views"] > 100


async def test_numbers_are_the_same_for_the_same_random_seed_and_others_for_another(make: Make) -> None:
    async def views(random_seed: int) -> dict[str, float]:
        caller = make(media=1, random_seed=random_seed)
        return await numbers(caller, caller.sandbox.media[0].id, "views", "reach", "saved")

    assert await views(1) == await views(1) != await views(2)


async def test_like_and_comment_counts_agree_with_the_insights(caller: Caller, clock: FakeClock) -> None:
    media = await caller.publish()
    await caller.post(f"/{media}/comments", message="x")
    clock.advance(DAY_S)
    fields = (await caller.get(f"/{media}", fields="like_count,comments_count")).json
    read = await numbers(caller, media, "likes", "comments")
    assert (fields["like_count"], fields["comments_count"]) == (read["likes"], read["comments"] or 1)
    assert read["comments"] == 1


async def test_what_was_posted_before_the_switch_to_a_professional_account_has_no_insights(
    caller: Caller,
) -> None:
    seed = b'{"username":"new.pro","media":3,"professional_for_days":1}'
    made = (await caller.raw("POST", "/_sandbox/accounts", seed, {"content-type": "application/json"})).json
    own = Caller(caller.sandbox, token=made["token"])
    newest, *_, oldest = (await own.get("/me/media")).json["data"]
    assert (await own.get(f"/{newest['id']}/insights", metric="reach")).status == 200
    assert (await own.get(f"/{oldest['id']}/insights", metric="reach")).error == (100, 2108006)


async def test_a_story_that_too_few_saw_says_so_with_the_code_of_a_missing_permission(
    caller: Caller,
) -> None:
    seed = b'{"username":"tiny","followers":4}'
    made = (await caller.raw("POST", "/_sandbox/accounts", seed, {"content-type": "application/json"})).json
    own = Caller(caller.sandbox, token=made["token"])
    story = (await own.post("/me/media", media_type="STORIES", image_url="https://example.com/a.jpg")).id
    media = (await own.post("/me/media_publish", creation_id=story)).id
    refused = await own.get(f"/{media}/insights", metric="reach")
    assert (refused.error, refused.message) == (
        (10, None),
        "(#10) Not enough viewers for the media to show insights",
    )


@pytest.mark.parametrize(
    ("missing", "fields"),
    [
        ("instagram_business_manage_insights", "media{insights.metric(reach)}"),
        ("instagram_business_manage_insights", "insights.metric(reach).period(day)"),
        ("instagram_business_manage_comments", "media{comments{text}}"),
        ("instagram_business_content_publish", "content_publishing_limit{config}"),
    ],
)
async def test_a_permission_is_needed_within_fields_too(caller: Caller, missing: str, fields: str) -> None:
    await caller.publish()
    assert (await caller.get("/me", fields=fields)).status == 200
    granted = [one for one in all_scopes(LoginType.INSTAGRAM) if one != missing]
    caller.sandbox.scene.world.tokens[caller.token].scopes = granted
    assert (await caller.get("/me", fields=fields)).error == (10, None)


HOUR_S, LAG_S = 3600, 48 * 3600


async def readings(caller: Caller, media: str) -> dict[str, int]:
    got = (await caller.get(f"/{media}/insights", metric="reach,views,saved,comments")).json["data"]
    return {one["name"]: one["values"][0]["value"] for one in got}


async def series(caller: Caller, **more: Any) -> dict[str, int]:
    now = int(caller.sandbox.clock.unix())
    asked = {"metric": "reach", "since": now - 5 * DAY_S, "until": now, **more}
    [one] = (await caller.get("/me/insights", **asked)).json["data"]
    return {value["end_time"]: value["value"] for value in one["values"]}


async def test_a_media_shows_the_numbers_it_had_before(make: Make, clock: FakeClock) -> None:
    late, prompt = make(media=1, insights_lag_s=float(LAG_S)), make(media=1)
    media = late.sandbox.media[0].id
    true = await readings(prompt, media)
    assert (await readings(late, media))["reach"] < true["reach"]
    clock.advance(LAG_S)
    assert await readings(late, media) == true
    assert (await readings(prompt, media))["reach"] > true["reach"]


async def test_comments_are_counted_late_and_listed_at_once(make: Make, clock: FakeClock) -> None:
    caller = make(media=1, insights_lag_s=float(LAG_S))
    media = caller.sandbox.media[0].id
    caller.sandbox.order("comments", media_id=media, text="Hi")
    assert (await caller.get(f"/{media}", fields="comments_count")).json["comments_count"] == 1
    assert (await readings(caller, media))["comments"] == 0
    clock.advance(LAG_S)
    assert (await readings(caller, media))["comments"] == 1


async def test_late_numbers_never_fall(make: Make, clock: FakeClock) -> None:
    caller = make(insights_lag_s=6.0 * HOUR_S)
    media = await caller.publish()
    before = await readings(caller, media)
    assert before["views"] > before["reach"] > 0
    for _ in range(20):
        clock.advance(HOUR_S)
        now = await readings(caller, media)
        assert all(now[name] >= before[name] for name in now)
        before = now


async def test_a_day_of_the_account_settles_so_long_after_its_end(make: Make, clock: FakeClock) -> None:
    late, prompt = make(insights_lag_s=float(LAG_S)), make()
    true, seen = await series(prompt), await series(late)
    assert list(seen) == list(true)
    *settled, before, last = true
    assert [seen[end] == true[end] for end in settled] == [True] * 3
    assert seen[before] < true[before]
    assert 0 < seen[last] < true[last]
    clock.advance(DAY_S)
    grown = await series(late)
    assert seen[last] < grown[last] < true[last]
    assert grown[before] == true[before]


async def test_a_total_holds_what_its_days_hold(make: Make) -> None:
    late, prompt = make(insights_lag_s=float(LAG_S)), make()

    async def total(caller: Caller) -> int:
        got = await caller.get("/me/insights", metric="reach", metric_type="total_value")
        return got.json["data"][0]["total_value"]["value"]

    assert await total(late) < await total(prompt)


async def test_a_day_that_still_runs_has_no_number(caller: Caller) -> None:
    now = int(caller.sandbox.clock.unix())
    assert len(await series(caller, since=now - 2 * DAY_S, until=now + 3 * DAY_S)) == 2
    assert await series(caller, since=now, until=now + 3 * DAY_S) == {}
