"""Whatever way a post is published, each of its files is looked at once, and a URL is fetched once."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.core.account import Account
from pressroom.core.assets import Asset
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post, PostKind, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.media.examine import Prober
from pressroom.media.prober import decode_question
from pressroom.sandbox.settings import Processing
from pressroom.service import Pressroom, new_post
from tests.app.serving import served
from tests.app.world import fast_clock
from tests.client.wire_app import served as served_app
from tests.media.fixtures import Clip
from tests.service.road import PLAIN

pytestmark = pytest.mark.usefixtures("foreign_programs")

WAYS = ["at once", "by way of the store", "by a worker"]


@dataclass(frozen=True)
class Publishing:
    """home: where the store, the copies and the renditions are."""

    account: Account
    home: Path

    async def publish(self, post: Post, way: str) -> None:
        async with self.opened(works=way == "by a worker") as pressroom:
            await publish(pressroom, post, way)

    @asynccontextmanager
    async def opened(self, *, works: bool = False) -> AsyncGenerator[Pressroom]:
        async with Pressroom(
            self.account, Settings(home=self.home), works=works, clock=fast_clock()
        ) as pressroom:
            yield pressroom


async def publish(pressroom: Pressroom, post: Post, way: str) -> None:
    if way == "by a worker":
        planned = await pressroom.posts.submit(post)
        assert (await pressroom.posts.wait_for(planned.post.id)).state is PostState.PUBLISHED
    else:
        key = post.id if way == "by way of the store" else None
        assert (await pressroom.publish(post, idempotency_key=key)).media_id


@pytest.fixture
def publishing(tmp_path: Path) -> Generator[Publishing]:
    with served(replace(PLAIN, processing=Processing.at_once()), time_factor=20) as (sandbox, base_url):
        account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base=base_url)
        yield Publishing(account, tmp_path / "home")


@pytest.fixture
def looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of ours that were looked at: the sandbox looks at what it is given too."""
    files, ask = list[Path](), Prober.ask

    def note(prober: Prober, line: bytes) -> bytes:
        question, answer = decode_question(line), ask(prober, line)
        # One that ended before it heard of it saw nothing, and making pictures of what was seen is no look.
        if answer and question.still is None and question.path.is_relative_to(tmp_path):
            files.append(question.path)
        return answer

    monkeypatch.setattr(Prober, "ask", note)
    return files


def pictures(directory: Path, *colours: str, height: int = 1080) -> list[Path]:
    paths = [directory / f"{colour}.jpg" for colour in colours]
    for path in paths:
        Image.new("RGB", (1080, height), path.stem).save(path)
    return paths


@pytest.mark.parametrize("way", WAYS)
async def test_a_clip_and_its_cover_are_looked_at_once(
    publishing: Publishing, looked_at: list[Path], clip: Clip, tmp_path: Path, way: str
) -> None:
    mine = tmp_path / "mine.mp4"
    await asyncio.to_thread(mine.write_bytes, clip("compliant").read_bytes())
    (cover,) = pictures(tmp_path, "teal", height=1920)
    await publishing.publish(new_post(PostKind.REEL, [str(mine)], cover=Asset(str(cover))), way)
    assert looked_at == [mine, cover]


@pytest.mark.parametrize("way", WAYS)
async def test_each_item_of_a_carousel_is_looked_at_once(
    publishing: Publishing, looked_at: list[Path], tmp_path: Path, way: str
) -> None:
    items = pictures(tmp_path, "teal", "red", "blue")
    await publishing.publish(new_post(PostKind.CAROUSEL, [str(item) for item in items]), way)
    assert looked_at == items


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_made_of_a_file_is_looked_at_once_too(
    publishing: Publishing, looked_at: list[Path], tmp_path: Path, way: str
) -> None:
    path = tmp_path / "cat.png"
    await asyncio.to_thread(Image.new("RGBA", (600, 600)).save, path)
    await publishing.publish(new_post(PostKind.PHOTO, [str(path)]), way)
    assert [one.name for one in looked_at[:1]] == ["cat.png"]
    assert [one.suffix for one in looked_at[1:]] == [".part"]


@pytest.mark.parametrize("way", WAYS[:2])
async def test_a_session_looks_again_at_a_file_that_changed_and_at_no_other(
    publishing: Publishing, looked_at: list[Path], tmp_path: Path, way: str
) -> None:
    (path,) = pictures(tmp_path, "teal")
    async with publishing.opened() as pressroom:
        await pressroom.media.check(path)
        for number in range(2):
            await publish(pressroom, new_post(PostKind.PHOTO, [str(path)], caption=f"{number}"), way)
        assert looked_at == [path]
        pictures(tmp_path, "teal", height=1350)
        await publish(pressroom, new_post(PostKind.PHOTO, [str(path)]), way)
    assert looked_at == [path, path]


async def test_a_refused_file_is_looked_at_once(
    publishing: Publishing, looked_at: list[Path], clip: Clip, tmp_path: Path
) -> None:
    half = tmp_path / "half.mp4"
    await asyncio.to_thread(half.write_bytes, clip("moov_last").read_bytes()[:5000])
    async with publishing.opened() as pressroom:
        for _ in range(2):
            with pytest.raises(MediaRefused, match=r"half.mp4"):
                await pressroom.publish(new_post(PostKind.REEL, [str(half)]))
    assert looked_at == [half]


@pytest.mark.parametrize("way", WAYS)
async def test_a_url_that_is_converted_is_fetched_and_looked_at_once(
    publishing: Publishing, looked_at: list[Path], tmp_path: Path, way: str
) -> None:
    (path,) = pictures(tmp_path, "teal")
    content, fetched = await asyncio.to_thread(path.read_bytes), list[str]()

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        fetched.append(scope["path"])
        headers = [(b"content-type", b"image/jpeg")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    with served_app(app) as base_url:
        post = new_post(PostKind.PHOTO, [f"{base_url}/cat.jpg"], convert=True)
        await publishing.publish(post, way)
    assert fetched == ["/cat.jpg"]
    assert len(looked_at) == 1
