"""What hangs on a post under Facebook Login: products and a poll."""

import json
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

DAY_S = 24 * 3600
PHOTO = {"image_url": "https://example.com/a.jpg"}


@pytest.fixture
def facebook(make: Make) -> Caller:
    return make(token="EAAsandboxtoken")


async def product(caller: Caller) -> str:
    """Find something for sale."""
    account = caller.sandbox.user_id
    [catalog] = (await caller.get(f"/{account}/available_catalogs")).json["data"]
    asked = {"catalog_id": catalog["catalog_id"], "q": "poster"}
    [found] = (await caller.get(f"/{account}/catalog_product_search", **asked)).json["data"]
    assert (found["product_name"], found["review_status"]) == ("Poster, A2", "approved")
    return str(found["product_id"])


async def test_a_product_is_found_tagged_moved_and_let_go(facebook: Caller) -> None:
    name = await product(facebook)
    tags = json.dumps([{"product_id": name, "x": 0.1, "y": 0.2}])
    media = await facebook.publish(**PHOTO, product_tags=tags)
    edge = f"/{media}/product_tags"
    [held] = (await facebook.get(edge)).json["data"]
    assert (held["product_id"], held["x"], held["name"]) == (name, 0.1, "Poster, A2")
    moved = json.dumps([{"product_id": name, "x": 0.9, "y": 0.2}])
    assert (await facebook.post(edge, updated_tags=moved)).json == {"success": True}
    assert [one["x"] for one in (await facebook.get(edge)).json["data"]] == [0.9]
    gone = json.dumps([{"product_id": name}])
    assert (await facebook.delete(edge, deleted_tags=gone)).json == {"success": True}
    assert (await facebook.get(edge)).json == {"data": []}


async def test_shop_calls_name_what_they_lack(facebook: Caller) -> None:
    account, media = facebook.sandbox.user_id, await facebook.publish()
    assert (await facebook.get(f"/{account}/catalog_product_search")).error == (100, None)
    assert (await facebook.get(f"/{account}/catalog_product_search", catalog_id="1")).error == (100, 33)
    assert (await facebook.post(f"/{media}/product_tags")).error == (100, None)
    assert (await facebook.delete(f"/{media}/product_tags")).error == (100, None)
    assert (await facebook.post(f"/{account}/product_appeal", product_id="1")).error == (100, None)
    appealed = {"product_id": "1", "appeal_reason": "It is paper."}
    assert (await facebook.post(f"/{account}/product_appeal", **appealed)).json == {"success": True}
    [told] = (await facebook.get(f"/{account}/product_appeal", product_id="1")).json["data"]
    assert told["product_id"] == "1"


async def polled(caller: Caller, **more: Any) -> str:
    poll = json.dumps({"option_a": "Matte", "option_b": "Glossy", "option_c": "Both"})
    return await caller.publish(**PHOTO, poll_attachment=poll, **more)


@pytest.mark.parametrize(("more", "days"), [({}, 3), ({"is_poll_duration_extended": "true"}, 7)])
async def test_a_poll_tells_its_options_shares_and_end(
    facebook: Caller, clock: FakeClock, more: dict[str, str], days: int
) -> None:
    media = await polled(facebook, **more)
    got = (await facebook.get(f"/{media}/poll_attachment", date_format="U")).json
    assert (got["option_a"], got["option_c"], "option_d" in got) == ("Matte", "Both", False)
    shares = [got[f"option_{letter}_votes_percentage"] for letter in "abc"]
    assert sum(shares) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares)
    assert got["expiration_timestamp"] == int(clock.start.timestamp()) + days * DAY_S
    assert (await facebook.get(f"/{media}/poll_attachment")).json["expiration_timestamp"].endswith("+0000")
    assert (await facebook.get(f"/{media}", fields="has_poll")).json["has_poll"]


async def test_a_post_without_a_poll_has_null_and_a_story_none_at_all(facebook: Caller, make: Make) -> None:
    media = await facebook.publish()
    assert (await facebook.get(f"/{media}/poll_attachment")).body == b"null"
    story = await facebook.publish(media_type="STORIES", **PHOTO)
    assert (await facebook.get(f"/{story}/poll_attachment")).error == (100, 33)
    assert (await facebook.get(f"/{media}", fields="poll_attachment")).error == (100, None)
    instagram = make()
    assert (await instagram.get(f"/{await instagram.publish()}/poll_attachment")).status == 400
