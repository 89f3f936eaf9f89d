"""Clips whose bytes go to Instagram in place of an address."""

import asyncio
from pathlib import Path

import pytest

from pressroom.core.errors import PressroomError
from pressroom.core.graph_errors import TokenInvalid
from pressroom.core.post import Post, PostKind, PostState
from pressroom.core.protocols import Reply, Request
from pressroom.core.reading_settings import Way
from tests.fakes.graph import ScriptedGraph
from tests.fakes.media import FakeHost
from tests.publish.posts import a_post
from tests.publish.test_ways import Stage, a_graph, stage, urls

DONE = {"success": True}
REFUSED = {"debug_info": {"type": "ProcessingFailedError", "message": "unauthorized user request"}}
SIGNED_OUT = {"debug_info": {"type": "NotAuthorizedError", "message": "User not authorized"}}


class UploadGraph(ScriptedGraph):
    """Takes the bytes of uploads as well. `busy` is the most uploads that ran side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes: dict[str, bytes] = {}
        self.busy = self._running = 0

    async def send(self, request: Request) -> Reply:
        if request.stream is not None:
            self._running += 1
            self.busy = max(self.busy, self._running)
            place = request.url.rpartition("/")[2]
            self.bytes[place] = b"".join([piece async for piece in request.stream.pieces])
            await asyncio.sleep(0)
            self._running -= 1
        return await super().send(request)


def graph() -> UploadGraph:
    """Every container takes an upload and is done at its second reading."""
    graph, usual = UploadGraph(), a_graph()
    graph.answers = usual.answers
    uris = [
        {"id": str(number), "uri": f"https://rupload.facebook.com/ig-api-upload/v21.0/{number}"}
        for number in range(1, 9)
    ]
    graph.on("POST media", *uris)
    for number in range(1, 9):
        graph.on(f"POST {number}", DONE)
    return graph


@pytest.fixture
def clip(tmp_path: Path) -> str:
    path = tmp_path / "cat.mp4"
    path.write_bytes(b"a clip")
    return str(path)


def created(graph: ScriptedGraph) -> list[dict[str, str]]:
    pairs = zip(graph.calls, graph.params, strict=True)
    return [params for call, params in pairs if call == "POST /17841/media"]


async def published(on: Stage, post: Post) -> Post:
    done = await on.publish(post)
    assert done.state is PostState.PUBLISHED
    return done


async def test_a_clip_is_uploaded_to_its_container_and_needs_no_address(clip: str) -> None:
    script = graph()
    async with stage(script, FakeHost(Way.UPLOAD)) as on:
        await published(on, a_post(PostKind.REEL, clip))

    [reel] = created(script)
    assert (reel["upload_type"], reel["media_type"]) == ("resumable", "REELS")
    assert "video_url" not in reel
    assert script.bytes == {"1": b"a clip"}
    assert script.calls[:4] == ["POST /17841/media", "GET /1", "POST /ig-api-upload/v21.0/1", "GET /1"]
    assert not on.host.put_up


async def test_a_story_clip_is_uploaded_too(clip: str) -> None:
    script = graph()
    async with stage(script, FakeHost(Way.UPLOAD)) as on:
        await published(on, a_post(PostKind.STORY, clip))

    assert created(script)[0]["media_type"] == "STORIES"
    assert script.bytes == {"1": b"a clip"}


async def test_of_a_carousel_pictures_are_fetched_and_clips_uploaded_one_at_a_time(clip: str) -> None:
    script = graph()
    async with stage(script, FakeHost(Way.UPLOAD, Way.SIGNED)) as on:
        await published(on, a_post(PostKind.CAROUSEL, clip, "cat.jpg", clip))

    assert urls(script) == [None, "files.example", None, None]
    assert [params.get("media_type") for params in created(script)] == ["VIDEO", None, "VIDEO", "CAROUSEL"]
    assert script.bytes == {"1": b"a clip", "3": b"a clip"}
    assert script.busy == 1


async def test_when_the_bytes_are_not_taken_the_clip_goes_another_way(clip: str) -> None:
    script = graph()
    script.on("POST 1", REFUSED)
    async with stage(script, FakeHost(Way.UPLOAD, Way.CLOUDINARY)) as on:
        await published(on, a_post(PostKind.REEL, clip))

    assert urls(script) == [None, "cloudinary.example"]
    assert "upload_type" not in created(script)[1]
    assert "unauthorized user request" in on.changes[0]
    assert on.changes[0].endswith("Trying Cloudinary for the file.")


async def test_without_another_way_the_refusal_is_the_posts(clip: str) -> None:
    script = graph()
    script.on("POST 1", REFUSED)
    async with stage(script, FakeHost(Way.UPLOAD)) as on:
        with pytest.raises(PressroomError, match="unauthorized user request"):
            await on.publish(a_post(PostKind.REEL, clip))


async def test_a_token_that_is_not_taken_would_fail_another_way_too(clip: str) -> None:
    script = graph()
    script.on("POST 1", SIGNED_OUT)
    async with stage(script, FakeHost(Way.UPLOAD, Way.CLOUDINARY)) as on:
        with pytest.raises(TokenInvalid):
            await on.publish(a_post(PostKind.REEL, clip))
    assert not on.changes


async def test_how_far_an_upload_is_is_told(clip: str) -> None:
    async with stage(graph(), FakeHost(Way.UPLOAD)) as on:
        await on.publish(a_post(PostKind.REEL, clip))
    assert on.uploads[-1] == (clip, 1.0)
