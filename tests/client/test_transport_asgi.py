"""What only the in-process transport meets: an app that fails like a server that is killed."""

import asyncio
from typing import Any

import pytest

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.errors import AnswerLost
from pressroom.core.protocols import Request
from tests.fakes.clock import FakeClock

REQUEST = Request(method="POST", url="http://127.0.0.1:8055/v21.0/1/media_publish", body=b"creation_id=1")


async def raises(_scope: Any, _receive: Any, _send: Any) -> None:
    raise RuntimeError("killed")


async def says_nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    pass


async def ends_early(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'{"id"', "more_body": True})


async def raises_after_the_answer(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
    raise RuntimeError("too late to matter")


@pytest.mark.parametrize("app", [raises, says_nothing, ends_early])
async def test_an_app_without_a_whole_answer_has_lost_it(app: Any) -> None:
    with pytest.raises(AnswerLost, match="media_publish"):
        await AsgiTransport(app, clock=FakeClock()).send(REQUEST)


async def test_what_an_app_does_after_its_answer_is_its_own_affair() -> None:
    assert (await AsgiTransport(raises_after_the_answer, clock=FakeClock()).send(REQUEST)).body == b"{}"


async def test_an_app_is_told_when_its_client_has_gone() -> None:
    heard: list[str] = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await raises_nothing(send)
        heard.append((await receive())["type"])

    async def raises_nothing(send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    clock = FakeClock()
    await AsgiTransport(app, clock=clock).send(REQUEST)
    await clock.sleep(1)
    assert heard == ["http.disconnect"]


async def test_closing_lets_the_app_end_what_it_has_answered() -> None:
    ended: list[str] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        await asyncio.sleep(0)
        ended.append("closed its file")

    transport = AsgiTransport(app, clock=FakeClock())
    await transport.send(REQUEST)
    await transport.aclose()
    assert ended == ["closed its file"]
