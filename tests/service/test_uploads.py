"""Uploads: whole or not at all, their owner's alone, within bounds, and gone unless a post has them."""

import asyncio
import errno
import hashlib
import io
import os
import shutil
import time
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from PIL import Image

from pressroom.core.actor import ActorId
from pressroom.core.assets import LARGEST_SOURCE_BYTES
from pressroom.core.errors import Conflict, MediaRefused, NotFound, PressroomError, Refused, Shortage
from pressroom.core.flock import lock_own_file
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import PostKind
from pressroom.core.uploads import LIFETIME, Held, Upload, UploadBounds, UploadId
from pressroom.service import Pressroom, new_post
from pressroom.service.ground.copies import sweep_copies
from pressroom.service.ground.incoming import IncomingFile, tidy_uploads
from pressroom.service.posts import uploads
from tests.patience import patience
from tests.service.consenting import person, program
from tests.service.road import Road, opened_road
from tests.service.rooms import run_worker

ID, OTHER, THIRD = (f"123e4567-e89b-42d3-a456-42661417400{number}" for number in range(3))
HOUR_S, DAY_S = 3600.0, 86_400.0


def a_jpeg(colour: str = "blue") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1080, 1080), colour).save(file, "JPEG")
    return file.getvalue()


JPEG = a_jpeg()
SIZE = len(JPEG)


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def put(pressroom: Pressroom, content: bytes = JPEG, upload_id: str = ID, **fields: Any) -> Upload:
    given: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest(), "name": "cat.jpg"}
    return await pressroom.uploads.put(upload_id, pieces(content), **{**given, **fields})


async def refused(wanted: Any) -> PressroomError:
    with pytest.raises(PressroomError) as error:
        await wanted
    return error.value


def wait_until_gone(path: Path) -> None:
    while path.exists():
        time.sleep(0.01)


@dataclass
class Desk:
    """A road, the sessions of two programs at it, and the files that are kept."""

    road: Road
    shop: Pressroom
    cms: Pressroom

    @property
    def files(self) -> list[str]:
        """All files of posts and uploads, on their way too."""
        return [path.name for path in self.road.settings.assets.rglob("*") if path.is_file()]

    def age(self, upload: Upload, age_s: float) -> None:
        at = time.time() - age_s
        os.utime(self.road.settings.assets / upload.file, (at, at))

    async def tidy(self) -> int:
        return await tidy_uploads(self.road.store, self.road.settings.assets)

    async def sweep(self, *, before: float = DAY_S) -> int:
        return await sweep_copies(self.road.store, self.road.settings.assets, before=time.time() + before)

    def bounded(self, **settings: int) -> Pressroom:
        self.road.settings = replace(self.road.settings, **settings)
        return program(self.road, "shop")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    async with opened_road(tmp_path) as road, program(road, "shop") as shop, program(road, "cms") as cms:
        road.sign_in()
        yield Desk(road, shop, cms)


async def test_a_file_is_there_once_all_of_it_has_come(desk: Desk) -> None:
    start = desk.road.store.events.changes().cursor
    upload = await put(desk.shop, upload_id=ID.upper(), size=SIZE, name="../../etc/cat.jpg")
    now = desk.road.clock.now()
    sha256 = hashlib.sha256(JPEG).hexdigest()
    assert upload == Upload(
        id=upload.id,
        owner=upload.owner,
        name="cat.jpg",
        sha256=sha256,
        size_bytes=SIZE,
        media_type="image",
        file=f"{sha256}.jpg",
        created_at=now,
        ends_at=now + LIFETIME,
    )
    assert (upload.id, upload.owner) == (ID, "program:shop")
    assert desk.files == [upload.file]
    assert await desk.shop.uploads.get(ID) == upload
    assert (await desk.shop.uploads.list()).uploads == (upload,)
    about = JournalEvent(
        subject_id=ID, subject_kind=SubjectKind.UPLOAD, at=now, step="uploaded", actor=upload.owner
    )
    assert desk.road.store.events.changes(start).events == (about,)


async def test_the_same_again_is_the_upload_that_is_there(desk: Desk) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("nothing is read")
        yield b""

    upload = await put(desk.shop)
    assert await desk.shop.uploads.put(ID, unread(), sha256=upload.sha256.upper()) == upload
    other = await refused(put(desk.shop, a_jpeg("red")))
    assert isinstance(other, Refused)
    assert (other.rule, other.limit) == ("upload_id", f"the file whose SHA-256 is {upload.sha256}")
    (desk.road.settings.assets / upload.file).unlink()  # as on another machine
    assert isinstance(await refused(desk.shop.uploads.asset(ID)), MediaRefused)
    assert await put(desk.shop) == upload
    assert desk.files == [upload.file]


async def test_nobody_finds_anothers(desk: Desk) -> None:
    await put(desk.shop)
    uploads = desk.cms.uploads
    theirs = [await refused(ask(ID)) for ask in (uploads.get, uploads.asset, uploads.delete)]
    none = await refused(uploads.get(OTHER))
    assert {str(error).replace(ID, OTHER) for error in theirs} == {str(none)}
    assert all(isinstance(error, NotFound) for error in theirs)
    assert (await uploads.list()).uploads == ()
    mine = await put(desk.cms, a_jpeg("red"))
    assert await uploads.get(ID) == mine


class Wrong(NamedTuple):
    rule: str
    content: bytes = JPEG
    fields: Mapping[str, Any] = MappingProxyType({})


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("checksum", fields={"sha256": "0" * 64}),
        Wrong("checksum", fields={"sha256": "../etc"}),
        Wrong("upload_size", fields={"size": SIZE + 1}),
        Wrong("upload_size", fields={"size": SIZE - 1}),
        Wrong("source_size", fields={"size": LARGEST_SOURCE_BYTES + 1}),
        Wrong("upload_id", fields={"upload_id": "../../etc/passwd"}),
        Wrong("not_media", b"<html>hello"),
        Wrong("forbidden_container", b"#EXTM3U\nfile:///etc/passwd\n"),
        Wrong("empty", b""),
    ],
)
async def test_what_is_not_as_declared_leaves_nothing(desk: Desk, wrong: Wrong) -> None:
    error = await refused(put(desk.shop, wrong.content, **wrong.fields))
    assert isinstance(error, Refused)
    assert error.rule == wrong.rule
    assert desk.files == []
    assert (await desk.shop.uploads.list()).uploads == ()
    assert await put(desk.shop), "it may be tried again"


async def test_a_wrong_checksum_names_both(desk: Desk) -> None:
    error = await refused(put(desk.shop, sha256="0" * 64))
    assert isinstance(error, Refused)
    assert (error.value, error.limit) == (hashlib.sha256(JPEG).hexdigest(), "0" * 64)


async def test_bounds_hold_to_the_byte_and_what_is_declared_is_refused_unread(desk: Desk) -> None:
    pressroom = desk.bounded(uploads_of_caller_max_bytes=SIZE)
    read = list[bytes]()

    async def noted() -> AsyncIterator[bytes]:
        async for piece in pieces(JPEG + b"x"):
            read.append(piece)
            yield piece

    sha256 = hashlib.sha256(JPEG + b"x").hexdigest()
    error = await refused(pressroom.uploads.put(ID, noted(), sha256=sha256, size=SIZE + 1))
    assert (error.code, read) == ("uploads_of_caller", [])
    error = await refused(pressroom.uploads.put(ID, noted(), sha256=sha256))
    assert (error.code, b"".join(read)) == ("uploads_of_caller", JPEG + b"x")
    await put(pressroom)
    assert (await refused(put(pressroom, a_jpeg("red"), OTHER))).code == "uploads_of_caller"
    await pressroom.uploads.delete(ID)
    assert await put(pressroom, JPEG, OTHER)
    await put(desk.cms)
    full = desk.bounded(uploads_max_bytes=SIZE * 3 - 1, uploads_of_caller_max_bytes=SIZE * 9)
    assert (await refused(put(full))).code == "uploads"


async def test_a_program_has_so_many_uploads_and_what_is_on_its_way_is_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UploadBounds", partial(UploadBounds, number=2))
    await put(desk.shop)
    sending = Sending(desk.shop, OTHER)
    await sending.begun.wait()
    error = await refused(put(desk.shop, upload_id=THIRD))
    assert isinstance(error, Refused)
    assert (error.rule, error.value, error.limit) == ("uploads_number", 3, 2)
    assert await put(desk.cms, upload_id=THIRD)
    await desk.shop.uploads.delete(ID)
    sending.goes_on.set()
    assert await sending.task
    assert await put(desk.shop, upload_id=THIRD)
    assert (await put(desk.shop, upload_id=THIRD)).id == THIRD, "a repeat is none more"


class Sending:
    """A put that stays in the middle until it is let go on."""

    def __init__(self, pressroom: Pressroom, upload_id: str = ID, **fields: Any) -> None:
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()
        digest = hashlib.sha256(JPEG).hexdigest()
        self.task = asyncio.create_task(
            pressroom.uploads.put(upload_id, self._halves(), sha256=digest, **fields)
        )

    async def _halves(self) -> AsyncIterator[bytes]:
        yield JPEG[:100]
        self.begun.set()
        await self.goes_on.wait()
        yield JPEG[100:]


async def test_what_is_on_its_way_counts(desk: Desk) -> None:
    sending = Sending(desk.shop, size=SIZE)
    await sending.begun.wait()
    other = desk.bounded(uploads_of_caller_max_bytes=2 * SIZE - 1)
    assert (await refused(put(other, a_jpeg("red"), OTHER, size=SIZE))).code == "uploads_of_caller"
    sending.goes_on.set()
    assert await sending.task


async def test_of_two_that_send_one_upload_one_is_told(desk: Desk) -> None:
    sending = Sending(desk.shop)
    await sending.begun.wait()
    error = await refused(put(desk.shop))
    assert isinstance(error, Conflict)
    assert error.retryable
    assert await put(desk.cms), "the id of another owner is another upload"
    sending.goes_on.set()
    assert await sending.task == await put(desk.shop)


async def test_a_sender_that_goes_away_leaves_nothing(desk: Desk) -> None:
    sending = Sending(desk.shop)
    await sending.begun.wait()
    assert len(desk.files) == 1
    sending.task.cancel()
    await asyncio.gather(sending.task, return_exceptions=True)
    assert desk.files == []
    assert await put(desk.shop)


async def test_what_a_killed_process_left_is_tidied_and_what_lives_is_not(desk: Desk) -> None:
    sending = Sending(desk.shop)
    await sending.begun.wait()
    dead = desk.road.settings.assets / "incoming" / f"{'0' * 32}-{OTHER}"
    descriptor = lock_own_file(dead)
    assert descriptor is not None
    await desk.tidy()
    assert dead.exists()
    os.close(descriptor)  # the kernel does it for a killed process
    await desk.tidy()
    assert not dead.exists()
    sending.goes_on.set()
    assert await sending.task


async def test_who_tidies_waits_for_nothing_that_is_being_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each upload tidies first: some milliseconds for each of a crowd's kept all threads busy for good."""
    sending = Sending(desk.shop)
    await sending.begun.wait()

    def wait(_seconds: float) -> None:
        raise AssertionError

    monkeypatch.setattr("pressroom.core.flock.time.sleep", wait)
    await desk.tidy()
    sending.goes_on.set()
    assert await sending.task


async def test_a_disk_with_too_little_room_is_named_and_nothing_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = await refused(put(desk.bounded(uploads_spare_bytes=10**18)))
    assert isinstance(error, Shortage)
    assert (error.code, desk.files) == ("disk_full", [])
    assert "leave 1,000,000,000,000,000,000 bytes free" in error.message
    nearly_full = shutil.disk_usage(desk.road.settings.home)._replace(free=SIZE + 10_000_000)

    def usage(_path: Path) -> Any:
        return nearly_full

    # What is declared and has not come takes no block yet, and counts all the same.
    monkeypatch.setattr(shutil, "disk_usage", usage)
    pressroom = desk.bounded(uploads_spare_bytes=10_000_000)
    assert (await refused(put(pressroom, size=SIZE + 5000))).code == "disk_full"
    assert await put(pressroom, size=SIZE)


async def test_a_disk_that_fills_up_is_a_shortage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_descriptor: int, _piece: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        error = await refused(put(desk.shop))
    assert isinstance(error, Shortage)
    assert desk.files == []
    assert await put(desk.shop)


async def test_an_upload_ends_after_a_day_and_its_file_with_it(desk: Desk) -> None:
    upload = await put(desk.shop)
    desk.age(upload, 9 * DAY_S)
    assert await desk.sweep() == 0, "whatever its age"
    desk.road.clock.advance(LIFETIME.total_seconds() - 1)
    assert await desk.tidy() == 0
    desk.road.clock.advance(1)
    assert isinstance(await refused(desk.shop.uploads.get(ID)), NotFound)
    assert await desk.tidy() == 1
    assert desk.files == []


async def test_a_worker_tidies_uploads_that_have_ended(desk: Desk) -> None:
    upload = await put(desk.shop)
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    event = JournalEvent(subject_id=ID, subject_kind=SubjectKind.UPLOAD, at=long_ago, step="upload_deleted")
    assert desk.road.store.uploads.end(upload.owner, upload.id, long_ago, event)
    working = asyncio.create_task(run_worker(desk.road.settings))
    async with asyncio.timeout(patience(10)):
        await asyncio.to_thread(wait_until_gone, desk.road.settings.assets / upload.file)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert desk.files == []


async def test_an_upload_sent_anew_is_not_deleted_by_the_one_before(desk: Desk) -> None:
    """Both were begun while there was none, and the first is closed last."""
    settings = desk.road.settings
    first, second = (
        IncomingFile(
            directory=settings.assets,
            owner=ActorId("program:shop"),
            id=UploadId(ID),
            name="cat.jpg",
            size_bytes=None,
            bounds=UploadBounds(of_owner=SIZE, of_all=SIZE),
            spare_bytes=0,
        )
        for _ in range(2)
    )
    for file in (first, second):
        file.open(Held(0, 0, 0))
        file.write(JPEG)
        if file is first:
            file.place("copy.jpg")
    first.discard()
    second.place("copy.jpg")
    second.discard()
    assert desk.files == ["copy.jpg"]


async def test_what_was_asked_for_lately_counts_and_stays_for_an_hour(desk: Desk) -> None:
    """A post may be being made of it, which is not stored yet."""
    upload = await put(desk.shop)
    await desk.shop.uploads.asset(ID)
    await desk.shop.uploads.delete(ID)
    assert desk.files == [upload.file]
    full = desk.bounded(uploads_of_caller_max_bytes=SIZE)
    assert (await refused(put(full, upload_id=OTHER))).code == "uploads_of_caller"
    other = await refused(put(desk.shop, a_jpeg("red")))
    assert other.code == "upload_id"
    desk.age(upload, HOUR_S + 1)
    assert await desk.tidy() == 1
    assert desk.files == []


async def test_a_deleted_upload_makes_room_at_once_and_is_told_of(desk: Desk) -> None:
    await put(desk.shop)
    start = desk.road.store.events.changes().cursor
    await desk.shop.uploads.delete(ID)
    (event,) = desk.road.store.events.changes(start).events
    assert (event.step, event.subject_id, event.actor) == ("upload_deleted", ID, "program:shop")
    assert desk.files == []
    assert isinstance(await refused(desk.shop.uploads.delete(ID)), NotFound)


async def test_a_file_that_another_upload_has_stays_for_it(desk: Desk) -> None:
    upload, _ = await put(desk.shop), await put(desk.cms)
    await desk.shop.uploads.delete(ID)
    assert desk.files == [upload.file]
    await desk.cms.uploads.delete(ID)
    assert desk.files == []


async def test_a_post_keeps_what_it_was_made_of(desk: Desk) -> None:
    upload = await put(desk.shop, name="cat")
    asset = await desk.shop.uploads.asset(ID)
    assert (asset.source, Path(asset.copy or "").name) == ("cat.jpg", upload.file)
    report = await desk.shop.media.check(asset)
    assert report.media_type == "image"
    async with person(desk.road) as anna:
        planned = await anna.posts.submit(new_post(PostKind.PHOTO, [asset]), at="+2d")
        assert planned.post.assets == (asset,)
        await desk.shop.uploads.delete(ID)
        desk.age(upload, 2 * DAY_S)
        assert (await desk.tidy(), await desk.sweep()) == (0, 0)
        assert desk.files == [upload.file]
        await anna.posts.cancel(planned.post.id)
    assert await desk.sweep() == 1


@pytest.mark.usefixtures("long_run")
async def test_a_large_file_takes_little_memory_and_the_loop_goes_on(desk: Desk) -> None:
    size, head = 300_000_000, JPEG
    chunk = bytes(65_536)

    async def large() -> AsyncIterator[bytes]:
        yield head
        for _ in range((size - len(head)) // len(chunk)):
            await asyncio.sleep(0)
            yield chunk

    digest = hashlib.sha256(head)
    for _ in range((size - len(head)) // len(chunk)):
        digest.update(chunk)
    longest, ended = 0.0, asyncio.Event()

    async def tick() -> None:
        nonlocal longest
        while not ended.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    ticking = asyncio.create_task(tick())
    tracemalloc.start()
    upload = await desk.shop.uploads.put(ID, large(), sha256=digest.hexdigest())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ended.set()
    await ticking
    assert upload.size_bytes > size - len(chunk)
    assert peak < 20_000_000
    assert longest < 0.5, "writing 300 MB at once would take longer"
