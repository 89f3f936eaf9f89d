"""A file that cannot be fetched goes another way, for its own item only."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pressroom.client.client import Client
from pressroom.core.account import Account
from pressroom.core.assets import MediaType
from pressroom.core.errors import (
    Conflict,
    ContainerFailed,
    HostFailed,
    PressroomError,
    Refused,
    StillProcessing,
    StoreFailed,
)
from pressroom.core.post import Post, PostKind, PostState
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.graph.answers import ContainerStatus, UserId
from pressroom.graph.limits import MediaUse
from pressroom.publish.context import Context
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.publisher import Publisher
from pressroom.publish.steps.preparation import Inspect, Preparation, trust
from tests.fakes.clock import FakeClock
from tests.fakes.graph import ScriptedGraph, error
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.posts import a_post

NOT_FETCHED = error(9004, 2207052, "The media could not be fetched from this URI.")
TOO_SLOW = error(-2, 2207003, "It takes too long to download the media.")
BOTH = (Way.SIGNED, Way.CLOUDINARY)


def status(container: str, code: str, subcode: int | None = None) -> dict[str, object]:
    text = f"Error: Media upload has failed with error code {subcode}" if subcode else code
    return {"id": container, "status_code": code, "status": text}


def a_graph() -> ScriptedGraph:
    graph = ScriptedGraph()
    graph.on("POST media", *({"id": str(number)} for number in range(1, 9)))
    for number in range(1, 9):
        graph.on(f"GET {number}", status(str(number), "FINISHED"))
    graph.on("GET media", {"data": []})
    graph.on("GET stories", {"data": []})
    graph.on("GET content_publishing_limit", {"data": [{"quota_usage": 2}]})
    graph.on("POST media_publish", {"id": "999"})
    graph.on("GET 999", {"id": "999", "permalink": "https://www.instagram.com/p/x/"})
    return graph


class Stage:
    def __init__(
        self,
        publisher: Publisher,
        journal: InMemoryJournal,
        host: FakeHost,
        uploads: list[tuple[str, float]],
    ) -> None:
        self.publisher = publisher
        self.journal = journal
        self.host = host
        self.uploads = uploads

    async def publish(self, post: Post) -> Post:
        return await self.publisher.publish(post)

    @property
    def changes(self) -> list[str]:
        return [event.text for event in self.journal.events if event.step == "way_changed"]


@asynccontextmanager
async def stage(
    graph: ScriptedGraph, host: FakeHost, *, size_bytes: int = 1000, inspect: Inspect = trust
) -> AsyncGenerator[Stage]:
    clock = FakeClock()
    await clock.sleep(1)  # it watches the loop's threads from its first sleep on
    account = Account(token=Secret("IGtest"), user_id=UserId("17841"))
    journal = InMemoryJournal(account, clock=clock)
    async with Client(account, graph, clock=clock) as client:
        context = Context(client=client, journal=journal)
        told: list[tuple[str, float]] = []
        preparation = Preparation(
            desk=FakeDesk(size_bytes=size_bytes),
            host=host,
            inspect=inspect,
            on_upload=lambda asset, share: told.append((asset.source, share)),
        )
        yield Stage(Publisher(context=context, preparation=preparation), journal, host, told)


def urls(graph: ScriptedGraph) -> list[str | None]:
    """Which host each container was made from; None for a carousel's own."""
    made = [
        params for call, params in zip(graph.calls, graph.params, strict=True) if call == "POST /17841/media"
    ]
    addresses = [params.get("image_url") or params.get("video_url") for params in made]
    return [address and address.split("/")[2] for address in addresses]


@pytest.mark.parametrize("answer", [NOT_FETCHED, TOO_SLOW])
async def test_a_picture_that_cannot_be_fetched_goes_the_next_way_and_it_is_said(
    answer: dict[str, object],
) -> None:
    graph = a_graph()
    tries = 3 if answer is NOT_FETCHED else 4  # the client's own
    graph.on("POST media", *[answer] * tries, {"id": "1"})
    async with stage(graph, FakeHost(*BOTH)) as on:
        post = await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))

    assert post.state is PostState.PUBLISHED
    assert urls(graph) == ["files.example"] * tries + ["cloudinary.example"]
    [said] = on.changes
    assert "could not get the file by our own media route" in said
    assert said.endswith("trying Cloudinary.")


@pytest.mark.parametrize("subcode", [2207076, 2207077])
async def test_a_clip_whose_container_ends_in_a_fetch_error_is_made_anew_the_next_way(subcode: int) -> None:
    graph = a_graph()
    graph.on("GET 1", status("1", "ERROR", subcode))
    async with stage(graph, FakeHost(*BOTH)) as on:
        post = await on.publish(a_post(PostKind.REEL, "cat.mp4"))

    assert post.state is PostState.PUBLISHED
    assert urls(graph) == ["files.example", "cloudinary.example"]
    assert str(subcode) in on.changes[0]


@pytest.mark.parametrize(
    ("size_bytes", "second"), [(60_000_000, "cloudinary.example"), (1000, "files.example")]
)
async def test_a_failed_processing_is_taken_for_a_failed_fetch_only_where_the_file_is_large(
    size_bytes: int, second: str
) -> None:
    graph = a_graph()
    graph.on("GET 1", status("1", "ERROR", 2207082))
    async with stage(graph, FakeHost(*BOTH), size_bytes=size_bytes) as on:
        await on.publish(a_post(PostKind.REEL, "cat.mp4"))

    assert urls(graph) == ["files.example", second]


async def test_only_the_item_that_failed_goes_another_way_and_good_children_are_kept() -> None:
    graph = a_graph()
    graph.on("GET 2", status("2", "ERROR", 2207077))
    post = a_post(PostKind.CAROUSEL, "one.jpg", "two.mp4", "three.jpg")
    async with stage(graph, FakeHost(*BOTH)) as on:
        done = await on.publish(post)

    assert done.state is PostState.PUBLISHED
    assert urls(graph) == ["files.example"] * 3 + ["cloudinary.example", None]
    assert graph.params[graph.calls.index("POST /17841/media_publish")]["creation_id"] == "5"
    parent = next(params for params in graph.params if params.get("media_type") == "CAROUSEL")
    assert parent["children"] == "1,4,3"
    assert "item 2" in on.changes[0]


async def test_a_way_that_takes_no_file_is_passed_over() -> None:
    graph = a_graph()
    async with stage(graph, FakeHost(*BOTH, failing=(Way.SIGNED,))) as on:
        await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))

    assert urls(graph) == ["cloudinary.example"]
    assert on.changes == ["our own media route is full. Trying Cloudinary for the file."]


async def test_when_the_last_way_fails_its_error_is_the_posts() -> None:
    graph = a_graph()
    graph.on("POST media", NOT_FETCHED)
    async with stage(graph, FakeHost(*BOTH)) as on:
        with pytest.raises(PressroomError, match="2207052"):
            await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))
    assert urls(graph) == ["files.example"] * 3 + ["cloudinary.example"] * 3
    async with stage(a_graph(), FakeHost(Way.S3, failing=(Way.S3,))) as on:
        with pytest.raises(HostFailed, match="S3 store is full"):
            await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))


async def test_a_url_of_the_users_own_has_no_other_way() -> None:
    graph = a_graph()
    graph.on("POST media", NOT_FETCHED)
    async with stage(graph, FakeHost(*BOTH)) as on:
        with pytest.raises(PressroomError, match="2207052"):
            await on.publish(a_post(PostKind.PHOTO, "https://example.com/cat.jpg"))
    assert not on.changes


async def test_an_error_that_says_nothing_of_fetching_changes_no_way() -> None:
    graph = a_graph()
    graph.on("POST media", error(36003, 2207009))
    async with stage(graph, FakeHost(*BOTH)) as on:
        with pytest.raises(PressroomError, match="36003"):
            await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))
    assert urls(graph) == ["files.example"]


async def test_everything_that_was_put_up_is_taken_back_once_the_post_is_live() -> None:
    graph = a_graph()
    graph.on("GET 2", status("2", "ERROR", 2207077))
    async with stage(graph, FakeHost(*BOTH)) as on:
        await on.publish(a_post(PostKind.CAROUSEL, "one.jpg", "two.mp4"))

    assert len(on.host.put_up) == 3
    assert sorted(on.host.released) == sorted(on.host.put_up)


async def test_what_is_open_for_the_fetch_alone_ends_once_every_container_is_finished() -> None:
    """A tunnel: the send, and looking for it in doubt, may take half an hour more."""
    graph, called = a_graph(), list[str]()

    class Tunnel(FakeHost):
        async def end_fetch(self, owner: str) -> None:
            called.extend(graph.calls)
            assert owner

    async with stage(graph, Tunnel(Way.TUNNEL)) as on:
        await on.publish(a_post(PostKind.CAROUSEL, "one.jpg", "two.jpg"))

    assert called.count("POST /17841/media") == 3
    assert "POST /17841/media_publish" in graph.calls
    assert "POST /17841/media_publish" not in called


@pytest.mark.parametrize(
    "error", [Conflict("It was cancelled meanwhile."), StoreFailed("The disk is full.", fix="")]
)
async def test_it_ends_too_where_a_step_cannot_be_saved(
    error: PressroomError, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(a_graph(), FakeHost(Way.TUNNEL)) as on:
        save = on.journal.save

        async def save_until_polled(post: Post) -> None:
            if any(record.status is ContainerStatus.FINISHED for record in post.containers):
                raise error
            await save(post)

        monkeypatch.setattr(on.journal, "save", save_until_polled)
        post = a_post(PostKind.PHOTO, "cat.jpg")
        with pytest.raises(type(error)):
            await on.publish(post)
    assert on.host.fetched == [post.id]
    assert on.host.put_up
    assert not on.host.released


async def test_a_container_that_is_made_anew_gets_the_address_that_leads_to_the_file_now() -> None:
    """A tunnel that broke has another address when it is opened again."""

    class Tunnel(FakeHost):
        async def put(self, path: Path, **more: Any) -> str:
            return f"{await super().put(path, **more)}&tunnel={len(graph.calls)}"

    graph, looked = a_graph(), list[str]()
    graph.on("GET 1", status("1", "ERROR", 2207052))

    async def inspect(url: str, _media_type: MediaType, _use: MediaUse) -> Sequence[str]:
        looked.append(url)
        return ()

    async with stage(graph, Tunnel(Way.TUNNEL), inspect=inspect) as on:
        await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))

    first, second = [params["image_url"] for params in graph.params if "image_url" in params]
    assert first != second
    assert {first, second} <= {*looked}


async def test_files_of_a_post_that_failed_are_taken_back_too() -> None:
    graph = a_graph()
    graph.on("GET 1", status("1", "ERROR", 2207026))
    async with stage(graph, FakeHost()) as on:
        with pytest.raises(ContainerFailed):
            await on.publish(a_post(PostKind.REEL, "cat.mp4"))

    assert on.host.released == on.host.put_up


async def test_files_that_instagram_may_still_fetch_are_left() -> None:
    graph = a_graph()
    graph.on("GET 1", status("1", "IN_PROGRESS"))
    async with stage(graph, FakeHost()) as on:
        with pytest.raises(StillProcessing):
            await on.publish(a_post(PostKind.REEL, "cat.mp4"))

    assert on.host.put_up
    assert not on.host.released


async def test_a_host_that_deletes_nothing_does_not_make_a_live_post_fail() -> None:
    class Stubborn(FakeHost):
        async def release(self, owner: str) -> None:
            raise HostFailed(f"The files of {owner} could not be deleted.")

    async with stage(a_graph(), Stubborn()) as on:
        post = await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))

    assert post.state is PostState.PUBLISHED
    assert [event.text for event in on.journal.events if "could not be deleted" in event.text]


class Inspector:
    """Refuses addresses of some hosts, and warns of those of others."""

    def __init__(self, *, refuses: str = "-", warns_of: str = "-") -> None:
        self.refuses = refuses
        self.warns_of = warns_of
        self.seen: list[tuple[str, MediaType]] = []
        self.uses = set[MediaUse]()

    async def __call__(self, url: str, media_type: MediaType, use: MediaUse) -> Sequence[str]:
        self.uses.add(use)
        self.seen.append((url, media_type))
        if self.refuses in url:
            raise Refused("It is a web page.", rule="url_page", fix="Use another.")
        return ["It cannot be reached from here."] if self.warns_of in url else []


async def test_every_address_is_looked_at_once_and_before_any_call() -> None:
    graph, inspector = a_graph(), Inspector(refuses="3.jpg")
    post = a_post(PostKind.CAROUSEL, "1.jpg", "https://example.com/2.mp4", "https://example.com/3.jpg")
    async with stage(graph, FakeHost(), inspect=inspector) as on:
        with pytest.raises(Refused, match="web page"):
            await on.publish(post)
    assert [media_type for _, media_type in inspector.seen] == ["image", "video", "image"]
    assert inspector.uses == {MediaUse.CAROUSEL_ITEM}
    assert not graph.calls

    inspector.refuses = "-"
    inspector.seen.clear()
    async with stage(graph, FakeHost(), inspect=inspector) as on:
        await on.publish(post)
    assert len(inspector.seen) == 3


async def test_a_way_whose_address_could_not_be_fetched_is_passed_over() -> None:
    graph = a_graph()
    async with stage(graph, FakeHost(*BOTH), inspect=Inspector(refuses="files.example")) as on:
        await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))

    assert urls(graph) == ["cloudinary.example"]
    assert on.changes == ["It is a web page. Trying Cloudinary for the file."]
    assert len(on.host.released) == 2


async def test_what_could_not_be_looked_at_is_a_warning_and_blocks_nothing() -> None:
    async with stage(a_graph(), FakeHost(), inspect=Inspector(warns_of="files.example")) as on:
        post = await on.publish(a_post(PostKind.PHOTO, "cat.jpg"))

    assert post.state is PostState.PUBLISHED
    assert [event.text for event in on.journal.events if event.step == "warning"] == [
        "It cannot be reached from here."
    ]
