"""The log of calls: everything that was asked and answered, and no token in any of it."""

from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make


async def test_a_call_is_kept_with_its_answer(caller: Caller) -> None:
    await caller.get("/v21.0/me", fields="username")
    [call] = caller.sandbox.calls()
    assert (call.number, call.method, call.path, call.name, call.status) == (
        1,
        "GET",
        "/v21.0/me",
        "user",
        200,
    )
    assert call.params == {"access_token": "***", "fields": "username"}
    assert call.answer["username"] == "pressroom.sandbox"
    assert call.at == caller.sandbox.clock.now()


async def test_calls_are_narrowed_by_the_end_of_the_path_and_the_method(caller: Caller) -> None:
    media = await caller.publish()
    await caller.get(f"/{media}/comments")
    await caller.post(f"/{media}/comments", message="x")
    sandbox = caller.sandbox
    assert len(sandbox.calls("/media_publish")) == 1
    assert len(sandbox.calls("/comments", "POST")) == 1
    assert len(sandbox.calls(method="GET")) == 1
    assert len(sandbox.calls()) == 4


async def test_no_token_is_in_what_the_log_gives(make: Make) -> None:
    caller = make(media=3)
    await caller.get("/me/media", limit=1)
    await caller.get(f"/{caller.token}", q=f"?access_token={caller.token}x&b=c")
    refreshed = await caller.get("/refresh_access_token", grant_type="ig_refresh_token")
    await Caller(caller.sandbox, token="EAAunknownsecret").get("/me")
    body = f'{{"access_token":"{caller.token}","nested":{{"token":"{caller.token}"}}}}'.encode()
    await caller.raw("POST", "/me/media", body, {"content-type": "application/json"})
    text = repr(caller.sandbox.calls())
    for secret in (caller.token, refreshed.json["access_token"], "EAAunknownsecret"):
        assert secret not in text
    assert "after=" in text


async def test_reset_begins_anew(make: Make) -> None:
    caller = make(media=2)
    seeded = [one.id for one in caller.sandbox.media]
    await caller.publish()
    caller.sandbox.reset()
    assert caller.sandbox.calls() == []
    assert [one.id for one in caller.sandbox.media] == seeded
    assert (await caller.get("/me/content_publishing_limit")).json["data"] == [{"quota_usage": 0}]


async def test_only_the_newest_can_be_asked_for(caller: Caller) -> None:
    for _ in range(4):
        await caller.get("/me")
    log = caller.sandbox.scene.log
    assert [one.number for one in log.records(most=2)] == [3, 4]
    assert [one.number for one in log.records(since=3, most=2)] == [4]
