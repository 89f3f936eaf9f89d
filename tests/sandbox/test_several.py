"""Several things in one call: a batch on the Facebook host, and `ids=`, which is refused."""

import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from pressroom.sandbox.faults import Fault, FaultKind
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make


@pytest.fixture
def facebook(make: Make) -> Caller:
    return make(token="EAAsandboxtoken", media=3)


async def batch(caller: Caller, *orders: dict[str, Any], **params: str) -> Any:
    return (await caller.post("/", batch=json.dumps(orders), **params)).json


@pytest.mark.parametrize("token", ["EAAsandboxtoken", "IGAsandboxtoken"])
@pytest.mark.parametrize("path", ["/", "/v22.0/", "/v26.0/insights"])
async def test_ids_are_refused_on_both_hosts_whatever_the_version(make: Make, token: str, path: str) -> None:
    caller = make(token=token, media=2)
    refused = await caller.get(path, ids=",".join(one.id for one in caller.sandbox.media), metric="reach")
    assert (refused.status, refused.error) == (500, (100, None))
    assert refused.message == "The ids query parameter is deprecated in v26.0+"
    assert [call.name for call in caller.sandbox.calls()] == ["ids"]


@pytest.mark.parametrize("path", ["123", "me", "123/insights"])
async def test_ids_of_a_call_about_one_node_are_ignored(facebook: Caller, path: str) -> None:
    assert (await facebook.get(f"/{path}", ids="1,2")).status != 500


async def test_ids_inside_a_batch_are_refused_in_their_part_alone(facebook: Caller) -> None:
    [first, second] = (one.id for one in facebook.sandbox.media[:2])
    refused, found = await batch(
        facebook,
        {"method": "GET", "relative_url": f"?ids={first},{second}"},
        {"method": "GET", "relative_url": first},
    )
    assert [refused["code"], found["code"]] == [500, 200]
    assert "ids query parameter is deprecated" in json.loads(refused["body"])["error"]["message"]
    assert [call.name for call in facebook.sandbox.calls()] == ["batch", "ids", "media"]


async def test_a_batch_answers_each_request_in_order(facebook: Caller) -> None:
    account = facebook.sandbox.user_id
    answers = await batch(
        facebook,
        {"method": "GET", "relative_url": f"{account}?fields=username"},
        {"method": "GET", "relative_url": "/v25.0/123"},
        {
            "method": "POST",
            "relative_url": f"{account}/media",
            "body": "image_url=https%3A%2F%2Fexample.com%2Fa.jpg",
        },
    )
    assert [one["code"] for one in answers] == [200, 400, 200]
    assert json.loads(answers[0]["body"])["username"] == "pressroom.sandbox"
    assert json.loads(answers[1]["body"])["error"]["error_subcode"] == 33
    assert json.loads(answers[2]["body"])["id"] in facebook.sandbox.scene.world.things
    assert answers[0]["headers"][0]["name"] == "Content-Type"
    assert [call.name for call in facebook.sandbox.calls()] == ["batch", "user", "", "create"]


@pytest.mark.parametrize("target", ["", "/", "/v25.0", "/v25.0/", "//"])
async def test_a_batch_comes_as_form_or_json_with_or_without_a_slash(facebook: Caller, target: str) -> None:
    orders = [{"method": "GET", "relative_url": f"{facebook.sandbox.user_id}"}]
    body = json.dumps({"batch": orders, "include_headers": False}).encode()
    headers = {"authorization": f"Bearer {facebook.token}", "content-type": "application/json"}
    [answer] = (await facebook.raw("POST", target, body, headers)).json
    assert answer["code"] == 200
    assert "headers" not in answer
    [answer] = (await facebook.post(target, batch=json.dumps(orders))).json
    assert answer["code"] == 200


async def test_a_request_of_a_json_batch_may_hold_an_object(facebook: Caller) -> None:
    account = facebook.sandbox.user_id
    order = {"method": "POST", "relative_url": f"{account}/media"}
    order |= {"body": {"image_url": "https://example.com/a.jpg", "user_tags": []}}
    [answer] = await batch(facebook, order)
    assert answer["code"] == 200


async def test_a_request_of_a_batch_may_have_a_token_of_its_own(facebook: Caller) -> None:
    """As the sample app of Meta for reels asks for each Page with that Page's token."""
    [page] = (await facebook.get("/me/accounts")).json["data"]
    order = {"method": "GET", "relative_url": "me?fields=category", "access_token": page["access_token"]}
    [answer] = await batch(facebook, order)
    assert json.loads(answer["body"]) == {"id": page["id"], "category": "Publisher"}


async def test_the_proof_of_a_batch_holds_for_its_requests(make: Make) -> None:
    caller = make(token="EAAsandboxtoken", requires_proof=True)
    proof = hmac.new(b"sandbox-app-secret", caller.token.encode(), "sha256").hexdigest()
    order = {"method": "GET", "relative_url": caller.sandbox.user_id}
    params = {"access_token": caller.token, "batch": json.dumps([order]), "appsecret_proof": proof}
    [answer] = (await caller.raw("POST", f"/?{urlencode(params)}")).json
    assert answer["code"] == 200


async def test_an_item_whose_answer_is_lost_is_null(facebook: Caller) -> None:
    facebook.sandbox.faults.add(Fault(on="user", kind=FaultKind.DROP))
    one = {"method": "GET", "relative_url": facebook.sandbox.user_id}
    lost, found = await batch(facebook, one, one)
    assert (lost, found["code"]) == (None, 200)


@pytest.mark.parametrize(
    "orders", ["[]", "x", '[{"method":"GET"}]', '[{"method":"PUT","relative_url":"me"}]', "[1]"]
)
async def test_a_batch_that_makes_no_sense_is_refused(facebook: Caller, orders: str) -> None:
    assert (await facebook.post("/", batch=orders)).error == (100, None)


async def test_a_batch_holds_at_most_50(facebook: Caller) -> None:
    one = {"method": "GET", "relative_url": facebook.sandbox.user_id}
    assert len(await batch(facebook, *[one] * 50)) == 50
    assert (await batch(facebook, *[one] * 51))["error"]["code"] == 100


async def test_the_instagram_host_does_no_batch(caller: Caller) -> None:
    """Reported of graph.instagram.com: a batch answers 200 with nothing in it."""
    got = await caller.post("/", batch='[{"method":"GET","relative_url":"me"}]')
    assert (got.status, got.body) == (200, b"")


async def test_several_things_at_once_under_instagram_login_are_a_setting(make: Make) -> None:
    caller = make(instagram_batch=True)
    [answer] = await batch(caller, {"method": "GET", "relative_url": "me?fields=username"})
    assert answer["code"] == 200
