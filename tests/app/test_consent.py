"""What a helper answers in a process that counts as a program, and once a person let its post out."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from app.cloudinary_helper import upload_image_to_cloudinary
from app.instagram_helper import post_photo_to_instagram
from pressroom import Actor, ActorKind, Pressroom
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.graph.hosts import DEFAULT_BASE
from pressroom.helpers.opening import from_environment
from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import FAST, PHOTO, PLAIN, environment, following, opened_world

PERSON = Actor(ActorKind.PERSON, "ana")


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Sandbox]:
    """The sandbox of an environment in which whoever is not at a terminal is a program."""
    monkeypatch.setenv("PRESSROOM_REQUIRE_TERMINAL", "1")
    with served(PLAIN, time_factor=FAST) as (sandbox, base_url), following(sandbox.clock):
        for name, value in environment(sandbox, base_url, tmp_path).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def publish(sandbox: Sandbox) -> dict[str, Any]:
    with following(sandbox.clock):
        return asyncio.run(post_photo_to_instagram(PHOTO, "Hello"))


def decide(sandbox: Sandbox, answer: str) -> str:
    """Let a person decide the one proposal that waits, and give its id."""

    async def main() -> str:
        async with Pressroom(actor=PERSON, clock=sandbox.clock) as pressroom:
            (waiting,) = await pressroom.approvals.list()
            await getattr(pressroom.approvals, answer)(waiting.id)
            return waiting.id

    return asyncio.run(main())


def test_a_post_waits_for_a_person_and_goes_out_by_the_same_call_once_it_is_approved(
    sandbox: Sandbox,
) -> None:
    waits = publish(sandbox)
    assert publish(sandbox) == waits
    assert sandbox.calls(method="POST") == []
    proposal = decide(sandbox, "approve")
    assert waits == {
        "success": False,
        "error": f"NeedsApproval: A person has to let this out: proposal {proposal} waits for approval. "
        f"A person lets it out: `pressroom approve {proposal}`. "
        "Then the same again tells what became of it.",
    }
    live = publish(sandbox)
    assert live == {"success": True, "id": sandbox.media[0].id, "platform": "instagram"}
    assert publish(sandbox) == live
    assert len(sandbox.media) == 1


def test_a_post_that_is_declined_stays_where_it_is(sandbox: Sandbox) -> None:
    publish(sandbox)
    proposal = decide(sandbox, "decline")
    assert publish(sandbox) == {
        "success": False,
        "error": f"NeedsApproval: A person declined this: proposal {proposal}. "
        f"Do not ask for the same again; see `pressroom approve show {proposal}`, and talk to the person.",
    }
    assert sandbox.media == []


async def test_a_helper_in_an_agents_shell_asks_a_person(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        env = environment(world.sandbox, DEFAULT_BASE, tmp_path) | {"CLAUDECODE": "1"}
        transport = AsgiTransport(world.sandbox.app, clock=world.clock)
        async with from_environment(environ=env, transport=transport, clock=world.clock) as client:
            waits = await post_photo_to_instagram(PHOTO, "Hello", client=client)
        assert waits["error"].startswith("NeedsApproval: ")
        assert "by CLAUDECODE in its environment" in waits["error"]
        assert world.containers == []


def test_an_upload_waits_for_a_person_too_and_how_it_failed_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """There is no Cloudinary here to upload to."""
    file = tmp_path / "cat.png"
    file.write_bytes(b"cat")
    waits = asyncio.run(upload_image_to_cloudinary(str(file)))
    assert waits.keys() == {"success", "error"}
    assert waits["error"].startswith("NeedsApproval: ")
    decide(sandbox, "approve")
    failed = asyncio.run(upload_image_to_cloudinary(str(file)))
    assert failed.keys() == {"success", "error"}
    assert failed["error"].startswith("CLOUDINARY_URL is not set")
