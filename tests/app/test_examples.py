"""The examples run as they are written."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.fastapi_app import api
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.protocols import Reply, Request
from pressroom.graph.hosts import NEWEST
from pressroom.sandbox.settings import Processing
from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import PHOTO, PLAIN, environment, following
from tests.patience import patience

ROOT = Path(__file__).parents[2]
# One whose end Meta has not named: today's date must not decide what is logged.
LASTING_VERSION = {"INSTAGRAM_API_VERSION": NEWEST.name}


class Browser:
    """Calls the web app, whose background tasks go on when the answer is there."""

    def __init__(self) -> None:
        self._transport = AsgiTransport(api)

    async def post(self, path: str, body: dict[str, Any]) -> Reply:
        headers = {"content-type": "application/json"}
        request = Request(
            method="POST", url=f"http://web{path}", headers=headers, body=json.dumps(body).encode()
        )
        return await self._transport.send(request)

    async def get(self, path: str) -> Any:
        reply = await self._transport.send(Request(method="GET", url=f"http://web{path}"))
        return reply.status, json.loads(reply.body)


async def test_the_web_app_answers_at_once_and_publishes_in_the_background(sandbox_here: Sandbox) -> None:
    browser, sandbox = Browser(), sandbox_here
    with following(sandbox.clock):
        created = await browser.post("/posts", {"image_url": PHOTO, "caption": "Hello"})
        number = json.loads(created.body)["number"]
        assert created.status == 202
        assert await browser.get(f"/posts/{number}") == (200, {"state": "publishing"})
        assert not sandbox.media

        while (await browser.get(f"/posts/{number}"))[1] == {"state": "publishing"}:
            await sandbox.clock.sleep(1)

    (media,) = sandbox.media
    assert await browser.get(f"/posts/{number}") == (
        200,
        {"success": True, "id": media.id, "platform": "instagram"},
    )
    _, numbers = await browser.get(f"/posts/{number}/insights")
    assert numbers["reach"] > 0


@pytest.mark.usefixtures("processes")
def test_the_script_publishes_and_prints_the_numbers(tmp_path: Path) -> None:
    with served(replace(PLAIN, processing=Processing.at_once())) as (sandbox, base_url):
        command = [sys.executable, "-W", "error", "-m", "examples.publish", PHOTO, "Hello"]
        env = environment(sandbox, base_url, tmp_path) | LASTING_VERSION
        ran = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=patience(60), check=False
        )

    assert (ran.returncode, ran.stderr) == (0, "")
    published, measured = ran.stdout.splitlines()
    assert published == str({"success": True, "id": sandbox.media[0].id, "platform": "instagram"})
    assert measured.startswith("{'plays': ")
