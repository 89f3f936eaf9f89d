"""Messages: the window, private replies, what may be read."""

import json

import pytest

from pressroom.sandbox.state.seeding import AccountSeed
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}
DAY_S = 24 * 3600


async def strangers(caller: Caller, path: str, **body: object) -> Got:
    return await caller.raw("POST", f"/_sandbox/{path}", json.dumps(body).encode(), JSON)


async def send(caller: Caller, **body: object) -> Got:
    headers = {**JSON, "authorization": f"Bearer {caller.token}"}
    return await caller.raw("POST", "/v25.0/me/messages", json.dumps(body).encode(), headers)


@pytest.fixture
async def person(caller: Caller) -> str:
    return (await strangers(caller, "messages", text="hello", username="anna")).json["person_id"]


async def test_a_person_who_wrote_is_answered(caller: Caller, person: str) -> None:
    sent = (await send(caller, recipient={"id": person}, message={"text": "hi"})).json
    assert sent["recipient_id"] == person
    [conversation] = (await caller.get("/me/conversations", platform="instagram")).json["data"]
    fields = "messages{id,message,from,to}"
    held = (await caller.get(f"/{conversation['id']}", fields=fields)).json["messages"]["data"]
    assert [(one["message"], one["from"]["username"]) for one in held] == [
        ("hi", "pressroom.sandbox"),
        ("hello", "anna"),
    ]
    assert (await caller.get(f"/{sent['message_id']}", fields="message")).json["message"] == "hi"
    assert (await caller.get(f"/{person}", fields="username")).json["username"] == "anna"
    fields = "message_count,unread_count"
    counts = (await caller.get(f"/{conversation['id']}", fields=fields)).json
    assert (counts["message_count"], counts["unread_count"]) == (2, 0)
    named = (await caller.get(f"/{conversation['id']}", fields="participants")).json["participants"]["data"]
    assert [one["username"] for one in named] == ["pressroom.sandbox", "anna"]


async def test_a_message_may_be_a_form_with_brackets(caller: Caller, person: str) -> None:
    sent = await caller.post("/me/messages", **{"recipient[id]": person, "message[text]": "hi"})
    assert sent.json["recipient_id"] == person


async def test_another_accounts_people_and_commenters_cannot_be_written_to(
    caller: Caller, person: str
) -> None:
    _, token = caller.sandbox.add_account(AccountSeed(username="second"))
    second = Caller(caller.sandbox, token=token)
    media = await caller.publish()
    comment = (await strangers(caller, "comments", media_id=media, text="hm")).id
    for recipient in ({"id": person}, {"comment_id": comment}):
        refused = await send(second, recipient=recipient, message={"text": "hi"})
        assert refused.error == (100, 2018001)
    [held] = caller.sandbox.scene.world.conversations.values()
    assert len(held.messages) == 1
    assert (await send(caller, recipient={"comment_id": comment}, message={"text": "hi"})).status == 200


async def test_a_commenter_is_known_to_the_account_whose_media_it_is(caller: Caller) -> None:
    _, token = caller.sandbox.add_account(AccountSeed(username="second", media=1))
    second = Caller(caller.sandbox, token=token)
    media = (await second.get("/me/media")).json["data"][0]["id"]
    comment = (await strangers(caller, "comments", media_id=media, text="hm")).id
    sent = (await send(second, recipient={"comment_id": comment}, message={"text": "hi"})).json
    assert (await second.get(f"/{sent['recipient_id']}", fields="username")).status == 200


async def test_buttons_and_cards_are_sent_as_templates(caller: Caller, person: str) -> None:
    payload = {"template_type": "generic", "elements": [{"title": "Poster"}]}
    message = {"attachment": {"type": "template", "payload": payload}}
    assert (await send(caller, recipient={"id": person}, message=message)).status == 200


async def test_the_window_is_a_day_or_a_week_for_people(
    caller: Caller, person: str, clock: FakeClock
) -> None:
    clock.advance(DAY_S + 1)
    late = await send(caller, recipient={"id": person}, message={"text": "x"})
    assert late.error == (10, 2534022)
    human = {"recipient": {"id": person}, "message": {"text": "x"}, "tag": "human_agent"}
    assert (await send(caller, **human)).status == 200
    clock.advance(7 * DAY_S)
    assert (await send(caller, **human)).error == (10, 2534022)


async def test_a_comment_is_answered_privately_once_within_a_week(caller: Caller, clock: FakeClock) -> None:
    media = await caller.publish()
    comment = (await strangers(caller, "comments", media_id=media, text="?", username="anna")).json["id"]
    late = (await strangers(caller, "comments", media_id=media, text="?", username="anna")).json["id"]
    assert (await send(caller, recipient={"comment_id": comment}, message={"text": "x"})).status == 200
    assert (await send(caller, recipient={"comment_id": comment}, message={"text": "x"})).status == 400
    clock.advance(7 * DAY_S + 1)
    assert (await send(caller, recipient={"comment_id": late}, message={"text": "x"})).error == (10, 2534022)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (100, None)),
        ({"recipient": {"id": "1"}, "message": {"text": "x"}}, (100, 2018001)),
        ({"recipient": {"comment_id": "1"}, "message": {"text": "x"}}, (100, 2018001)),
    ],
)
async def test_nobody_is_not_written_to(
    caller: Caller, body: dict[str, object], error: tuple[int, int]
) -> None:
    assert (await send(caller, **body)).error == error


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"text": "ü" * 500}, 200),
        ({"text": "ü" * 501}, 400),
        ({}, 400),
        (None, 400),
        ({"attachment": {"type": "image", "payload": {"url": "https://example.com/a.jpg"}}}, 200),
        ({"attachments": [{"type": "image"}] * 10}, 200),
        ({"attachments": [{"type": "image"}] * 11}, 400),
        ({"attachment": {"payload": {}}}, 400),
        ({"attachment": "x"}, 400),
    ],
)
async def test_a_message_has_its_limits(caller: Caller, person: str, message: object, status: int) -> None:
    assert (await send(caller, recipient={"id": person}, message=message)).status == status


async def test_an_action_carries_no_message(caller: Caller, person: str) -> None:
    got = await send(caller, recipient={"id": person}, sender_action="typing_on")
    assert got.json == {"recipient_id": person}
    assert (await send(caller, recipient={"id": person}, sender_action="dance")).error == (100, None)


async def test_only_the_twenty_newest_can_be_read(caller: Caller, person: str) -> None:
    first = (await send(caller, recipient={"id": person}, message={"text": "0"})).json["message_id"]
    for number in range(20):
        await send(caller, recipient={"id": person}, message={"text": str(number)})
    assert (await caller.get(f"/{first}")).error == (100, 33)


async def test_each_name_is_another_person_with_a_conversation_of_their_own(caller: Caller) -> None:
    ids = [
        (await strangers(caller, "messages", text="hello", username=name)).json["person_id"]
        for name in ("anna", "tom", "anna")
    ]
    assert ids[0] == ids[2] != ids[1]
    held = (await caller.get("/me/conversations", platform="instagram")).json["data"]
    assert len(held) == 2


async def test_another_account_can_be_written_to(caller: Caller) -> None:
    made = (await strangers(caller, "accounts", username="second.account")).json
    await strangers(caller, "messages", text="hello", user_id=made["user_id"])
    assert (await caller.get("/me/conversations", platform="instagram")).json["data"] == []
    caller.token = made["token"]
    assert len((await caller.get("/me/conversations", platform="instagram")).json["data"]) == 1
    assert (await strangers(caller, "messages", text="hello", user_id="1")).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"sender_action": "react"},
        {"sender_action": "typing_on", "message": {"text": "x"}},
        {"sender_action": "wave"},
        {"message": {"text": "x", "quick_replies": [{"title": "t" * 21}]}},
        {"message": {"text": "x", "quick_replies": [{"title": "t"}] * 14}},
        {"message": {"attachment": {"type": "carrier_pigeon"}}},
    ],
)
async def test_what_a_message_may_not_hold_is_refused(
    caller: Caller, person: str, body: dict[str, object]
) -> None:
    assert (await send(caller, recipient={"id": person}, **body)).error == (100, None)


@pytest.mark.parametrize(
    "body",
    [
        {"sender_action": "react", "payload": {"message_id": "m", "reaction": "love"}},
        {"message": {"attachment": {"type": "like_heart"}}},
        {"message": {"attachment": {"type": "MEDIA_SHARE", "payload": {"id": "1"}}}},
        {"message": {"text": "x", "quick_replies": [{"content_type": "text", "title": "t" * 20}] * 13}},
    ],
)
async def test_what_a_message_may_hold_is_sent(caller: Caller, person: str, body: dict[str, object]) -> None:
    assert (await send(caller, recipient={"id": person}, **body)).status == 200


async def test_calls_of_a_second_are_limited_where_that_is_asked_for(make: Make, clock: FakeClock) -> None:
    caller = make(short_limits=True)
    person = (await strangers(caller, "messages", text="hello", username="anna")).json["person_id"]
    film = {"attachment": {"type": "video", "payload": {"url": "https://example.com/a.mp4"}}}
    for message, most in (({"text": "hi"}, 100), (film, 10)):
        for _ in range(most):
            assert (await send(caller, recipient={"id": person}, message=message)).status == 200
        assert (await send(caller, recipient={"id": person}, message=message)).error == (613, None)
    for wanted in (200, 200, 400):
        assert (await caller.get("/me/conversations")).status == wanted
    clock.advance(1)
    assert (await caller.get("/me/conversations")).status == 200
    assert (await send(caller, recipient={"id": person}, message=film)).status == 200


async def test_private_replies_of_an_hour_are_limited_where_that_is_asked_for(
    make: Make, clock: FakeClock
) -> None:
    caller = make(short_limits=True)
    media = await caller.publish()

    async def reply() -> Got:
        clock.advance(1)
        comment = caller.sandbox.order("comments", media_id=media, text="hi")["id"]
        return await send(caller, recipient={"comment_id": comment}, message={"text": "hi"})

    for _ in range(750):
        assert (await reply()).status == 200
    assert (await reply()).error == (613, None)
