"""Webhooks: verified, signed over the raw bytes, batched, delivered again with growing gaps, then dropped."""

import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from pressroom.sandbox.wire.payloads import FIELDS, MESSAGING
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}
HOUR_S = 3600


@dataclass
class App:
    """The app's own server. `status`: what it answers to deliveries. `during`: runs before it answers."""

    url: str = ""
    status: int = 200
    challenge: str | None = None
    during: Callable[[], object] = lambda: None
    got: list[web.Request] = field(default_factory=list[web.Request])
    bodies: list[bytes] = field(default_factory=list[bytes])

    @property
    def changes(self) -> list[tuple[str, dict[str, object]]]:
        entries = [entry for body in self.bodies for entry in json.loads(body)["entry"]]
        return [(one["field"], one["value"]) for entry in entries for one in entry.get("changes", ())]


@pytest.fixture
async def app() -> AsyncGenerator[App]:
    held = App()

    async def verify(request: web.Request) -> web.Response:
        assert request.query["hub.mode"] == "subscribe"
        is_right = request.query["hub.verify_token"] == "mine"
        answer = held.challenge or request.query["hub.challenge"]
        return web.Response(text=answer, status=200 if is_right else 403)

    async def deliver(request: web.Request) -> web.Response:
        held.got.append(request)
        held.bodies.append(await request.read())
        held.during()
        return web.Response(status=held.status)

    server = web.Application()
    server.router.add_get("/hook", verify)
    server.router.add_post("/hook", deliver)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield held
    await runner.cleanup()


async def order(caller: Caller, path: str, **body: object) -> Got:
    return await caller.raw("POST", f"/_sandbox/{path}", json.dumps(body).encode(), JSON)


async def subscribed(caller: Caller, app: App, *fields: str) -> None:
    assert (
        await order(caller, "webhook", callback_url=app.url, verify_token="mine", fields=fields)
    ).status == 200
    assert (await caller.post("/me/subscribed_apps", subscribed_fields="comments")).json == {"success": True}


async def test_a_callback_is_taken_when_it_answers_the_challenge(caller: Caller, app: App) -> None:
    assert (await order(caller, "webhook", callback_url=app.url, verify_token="wrong")).status == 400
    app.challenge = "something else"
    assert (
        "challenge"
        in (await order(caller, "webhook", callback_url=app.url, verify_token="mine")).json["error"]
    )
    app.challenge = None
    assert (await order(caller, "webhook", callback_url=app.url, verify_token="mine")).status == 200
    assert (await order(caller, "webhook", callback_url="http://127.0.0.1:9/")).status == 400


async def test_an_account_subscribes_and_unsubscribes(caller: Caller) -> None:
    assert (await caller.get("/me/subscribed_apps")).json == {"data": []}
    assert (await caller.post("/me/subscribed_apps")).error == (100, None)
    await caller.post("/me/subscribed_apps", subscribed_fields="comments,messages")
    [one] = (await caller.get("/me/subscribed_apps")).json["data"]
    assert one["subscribed_fields"] == ["comments", "messages"]
    assert (await caller.delete("/me/subscribed_apps")).json == {"success": True}
    assert (await caller.get("/me/subscribed_apps")).json == {"data": []}


async def test_a_comment_is_told_signed_over_the_bytes(caller: Caller, app: App) -> None:
    await subscribed(caller, app)
    media = await caller.publish()
    made = (await order(caller, "comments", media_id=media, text="Grüße", username="anna")).json
    await caller.sandbox.scene.postman.deliver()
    [body], [request] = app.bodies, app.got
    signature = hmac.new(b"sandbox-app-secret", body, hashlib.sha256).hexdigest()
    assert request.headers["x-hub-signature-256"] == f"sha256={signature}"
    [entry] = json.loads(body)["entry"]
    assert (json.loads(body)["object"], entry["id"]) == ("instagram", caller.sandbox.user_id)
    [change] = entry["changes"]
    assert change["field"] == "comments"
    assert change["value"]["id"] == made["id"]
    assert change["value"]["from"]["username"] == "anna"
    assert change["value"]["media"] == {"id": media, "media_product_type": "FEED"}


async def test_messages_and_mentions_are_told(caller: Caller, app: App) -> None:
    await subscribed(caller, app)
    message = (await order(caller, "messages", text="hello")).json
    mention = (await order(caller, "mentions", text="see @pressroom.sandbox")).json
    await caller.sandbox.scene.postman.deliver()
    entries = [entry for body in app.bodies for entry in json.loads(body)["entry"]]
    [messaging] = [entry["messaging"][0] for entry in entries if "messaging" in entry]
    assert messaging["message"] == {"mid": message["id"], "text": "hello"}
    assert messaging["recipient"] == {"id": caller.sandbox.user_id}
    assert app.changes == [("mentions", {"media_id": mention["media_id"]})]


async def test_what_nobody_subscribed_to_is_not_told(caller: Caller, app: App) -> None:
    media = await caller.publish()
    await order(caller, "webhook", callback_url=app.url, verify_token="mine", fields=["messages"])
    await order(caller, "comments", media_id=media, text="x")
    await caller.post("/me/subscribed_apps", subscribed_fields="comments")
    await order(caller, "comments", media_id=media, text="x")
    await caller.sandbox.scene.postman.deliver()
    assert app.bodies == []


async def test_a_refused_delivery_comes_again_with_growing_gaps_in_one_batch(
    caller: Caller, app: App, clock: FakeClock
) -> None:
    await subscribed(caller, app)
    media = await caller.publish()
    app.status = 500
    await order(caller, "comments", media_id=media, text="one")
    await caller.sandbox.scene.postman.deliver()
    assert len(app.bodies) == 1
    clock.advance(29)
    await caller.sandbox.scene.postman.deliver()
    assert len(app.bodies) == 1
    clock.advance(1)
    await caller.sandbox.scene.postman.deliver()
    clock.advance(59)
    await caller.sandbox.scene.postman.deliver()
    assert len(app.bodies) == 2
    app.status = 200
    clock.advance(1)
    await order(caller, "comments", media_id=media, text="two")
    await caller.sandbox.scene.postman.deliver()
    assert [value["text"] for _, value in app.changes[-2:]] == ["one", "two"]
    assert (await caller.raw("GET", "/_sandbox/webhook")).json["waiting"] == []


async def test_after_36_hours_it_is_dropped(caller: Caller, app: App, clock: FakeClock) -> None:
    await subscribed(caller, app)
    media = await caller.publish()
    app.status = 500
    await order(caller, "comments", media_id=media, text="x")
    for _ in range(40):
        await caller.sandbox.scene.postman.deliver()
        clock.advance(HOUR_S)
    waiting = (await caller.raw("GET", "/_sandbox/webhook")).json["waiting"]
    assert waiting == []
    assert 5 < len(app.bodies) < 20


async def test_a_page_is_subscribed_with_its_own_token_and_to_fields_that_pages_have(make: Make) -> None:
    person = make(token="EAAsandboxtoken")
    [held] = (await person.get("/me/accounts")).json["data"]
    page, path = Caller(person.sandbox, token=held["access_token"]), f"/{held['id']}/subscribed_apps"
    for refused in (
        await person.post(path, subscribed_fields="feed"),
        await person.get(path),
        await person.delete(path),
    ):
        assert refused.error == (210, None)
    unknown = await page.post(path, subscribed_fields="feed,comments")
    assert "subscribed_fields[1] must be one of {affiliation" in unknown.message
    assert unknown.message.endswith('- got "comments".')
    assert (await page.get(path)).json == {"data": []}
    assert (await page.post(path, subscribed_fields="feed,messages")).status == 200


async def test_an_account_is_subscribed_to_fields_that_instagram_has(caller: Caller) -> None:
    refused = await caller.post("/me/subscribed_apps", subscribed_fields="comment")
    assert "must be one of {comment_poll_response" in refused.message


async def test_the_end_of_a_story_is_told_under_facebook_login(
    make: Make, app: App, clock: FakeClock
) -> None:
    caller = make(token="EAAsandboxtoken")
    await order(caller, "webhook", callback_url=app.url, verify_token="mine")
    [page] = (await caller.get("/me/accounts")).json["data"]
    own = Caller(caller.sandbox, token=page["access_token"])
    assert (await own.post("/me/subscribed_apps", subscribed_fields="feed")).status == 200
    story = await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")
    clock.advance(24 * HOUR_S)
    caller.sandbox.scene.settle()
    await caller.sandbox.scene.postman.deliver()
    [(name, value)] = app.changes
    assert (name, value["media_id"]) == ("story_insights", story)
    assert value["impressions"] != 0


@pytest.mark.parametrize("name", [*FIELDS, *MESSAGING])
async def test_an_update_of_every_field_can_be_told(caller: Caller, app: App, name: str) -> None:
    await subscribed(caller, app)
    assert (await order(caller, "events", field=name)).json == {"told": True}
    await caller.sandbox.scene.postman.deliver()
    [entry] = json.loads(app.bodies[0])["entry"]
    assert entry["id"] == caller.sandbox.user_id
    if name in MESSAGING:
        [messaging] = entry["messaging"]
        assert messaging["recipient"] == {"id": caller.sandbox.user_id}
        assert len(str(entry["time"])) == 13
    else:
        assert [change["field"] for change in entry["changes"]] == [name]
        assert len(str(entry["time"])) == 10


async def test_an_update_may_be_worded_and_an_unknown_field_is_refused(caller: Caller, app: App) -> None:
    assert (await order(caller, "events", field="nothing")).status == 400
    assert (await order(caller, "events", field="follow")).json == {"told": False}
    await subscribed(caller, app)
    await order(caller, "events", field="follow", value={"from": {"id": "7"}})
    await caller.sandbox.scene.postman.deliver()
    assert app.changes == [("follow", {"from": {"id": "7"}})]


async def test_under_instagram_login_a_mention_in_a_comment_comes_as_a_comment(
    caller: Caller, app: App
) -> None:
    await subscribed(caller, app)
    made = (await order(caller, "mentions", text="hey @pressroom.sandbox", in_comment=True)).json
    await caller.sandbox.scene.postman.deliver()
    [(name, value)] = app.changes
    assert (name, value["id"], value["text"]) == ("comments", made["comment_id"], "hey @pressroom.sandbox")


async def test_the_other_secret_and_the_other_form_are_settings(make: Make, app: App) -> None:
    caller = make(webhook_secret="the other", webhook_form="flat")
    await subscribed(caller, app)
    await order(caller, "comments", media_id=await caller.publish(), text="x")
    await caller.sandbox.scene.postman.deliver()
    signature = hmac.new(b"the other", app.bodies[0], hashlib.sha256).hexdigest()
    assert app.got[0].headers["x-hub-signature-256"] == f"sha256={signature}"
    [entry] = json.loads(app.bodies[0])["entry"]
    assert (entry["field"], entry["value"]["text"], "changes" in entry) == ("comments", "x", False)


async def test_what_was_delivered_and_what_was_not_is_kept_at_once(
    make: Make, app: App, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    caller = make(state_file=path)
    await subscribed(caller, app)
    app.status = 500
    await order(caller, "events", field="follow")
    await caller.sandbox.scene.postman.deliver()
    for status, wanted in ((500, [2]), (200, [])):
        app.status = status
        caller.sandbox.clock.advance(60)
        caller.sandbox.save()
        await caller.sandbox.scene.postman.deliver()
        assert [one["tries"] for one in json.loads(path.read_bytes())["outbox"]] == wanted


def own(caller: Caller) -> Caller:
    """Give a caller with the app's own token."""
    return Caller(caller.sandbox, token="1500000000000001|sandbox-app-secret")


async def test_an_app_says_itself_where_its_webhooks_go(caller: Caller, app: App) -> None:
    asked = {
        "object": "instagram",
        "callback_url": app.url,
        "verify_token": "mine",
        "fields": "comments,mentions",
    }
    assert (await own(caller).post("/v25.0/1500000000000001/subscriptions", **asked)).json == {
        "success": True
    }
    [one] = (await own(caller).get("/v25.0/1500000000000001/subscriptions")).json["data"]
    assert (one["callback_url"], one["active"]) == (app.url, True)
    assert one["fields"][0] == {"name": "comments", "version": "v25.0"}
    await caller.post("/me/subscribed_apps", subscribed_fields="comments")
    media = await caller.publish()
    await order(caller, "comments", media_id=media, text="Hi")
    await caller.sandbox.scene.postman.deliver()
    assert [field for field, _ in app.changes] == ["comments"]


async def test_an_app_takes_fields_or_all_of_them_back(caller: Caller, app: App) -> None:
    path = "/1500000000000001/subscriptions"
    asked = {
        "object": "instagram",
        "callback_url": app.url,
        "verify_token": "mine",
        "fields": "comments,mentions",
    }
    await own(caller).post(path, **asked)
    assert (await own(caller).delete(path, object="instagram", fields="comments")).json == {"success": True}
    [one] = (await own(caller).get(path)).json["data"]
    assert [field["name"] for field in one["fields"]] == ["mentions"]
    await own(caller).delete(path, object="instagram")
    assert (await own(caller).get(path)).json == {"data": []}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"verify_token": "theirs"}, 2200),
        ({"callback_url": "x"}, 2200),
        ({"object": "page"}, 100),
        ({"fields": ""}, 100),
        ({"object": ""}, 100),
    ],
)
async def test_a_callback_that_does_not_do_is_refused(
    caller: Caller, app: App, changed: dict[str, str], code: int
) -> None:
    asked = {"object": "instagram", "callback_url": app.url, "verify_token": "mine", "fields": "comments"}
    refused = await own(caller).post("/1500000000000001/subscriptions", **{**asked, **changed})
    assert refused.error == (code, None)
    assert caller.sandbox.scene.world.callback is None


async def test_only_an_app_says_so(make: Make) -> None:
    caller = make(checks_app=True)
    path = "/1500000000000001/subscriptions"
    assert (await caller.get(path)).error == (15, None)
    assert (await own(caller).get(path)).status == 200
    assert (await Caller(caller.sandbox, token="1|x").get(path)).error == (190, None)


async def test_a_reset_or_an_import_during_a_delivery_ends_no_delivery(caller: Caller, app: App) -> None:
    await subscribed(caller, app)
    sandbox = caller.sandbox
    media = await caller.publish()
    state = sandbox.export_state()
    for during in (sandbox.reset, lambda: sandbox.import_state(state)):
        app.during = during
        sandbox.import_state(state)
        await order(caller, "comments", media_id=media, text="hi")
        await sandbox.scene.postman.deliver()
        assert sandbox.scene.world.outbox == []
    assert len(app.bodies) == 2
    await sandbox.aclose()


async def test_an_event_that_an_import_brings_is_not_taken_for_one_that_was_delivered(
    caller: Caller, app: App
) -> None:
    await subscribed(caller, app)
    media, outbox = await caller.publish(), caller.sandbox.scene.world.outbox

    def replace() -> None:
        twin = copy(outbox[0])
        twin.tries, twin.due_at = 1, twin.due_at + HOUR_S
        outbox[:] = [twin]

    app.during = replace
    await order(caller, "comments", media_id=media, text="hi")
    await caller.sandbox.scene.postman.deliver()
    assert len(outbox) == 1
    await caller.sandbox.aclose()
