"""Files of posts: our copies live as long as they may be needed, and what a program uploads needs consent.

Twins: of two processes that publish the same content at once, one gets through.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pressroom.core.assets import Asset
from pressroom.core.errors import SettingRefused, Shortage
from pressroom.core.post import Post, PostKind, PostState
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PublishedLately
from pressroom.hosting.cloudinary import Uploaded
from pressroom.media.files import rendition_name
from pressroom.service import Pressroom, new_post
from pressroom.service.ground.copies import sweep_copies
from pressroom.service.posts.planning import Planned
from pressroom.service.posts.storing import Schedule
from pressroom.store.store import Store, open_store
from tests.client.wire_app import served
from tests.fakes.clock import FakeClock
from tests.fakes.cloudinary import SPELLED, CloudinaryDouble
from tests.patience import patience
from tests.service.consenting import PLANNER, person, program, proposed
from tests.service.road import Road, a_photo, opened_road
from tests.service.rooms import run_worker, storing_of

S = PostState


@dataclass
class Cupboard:
    settings: Settings
    store: Store
    clock: FakeClock

    async def add(self, name: str, *, cover: str | None = None, key: str | None = None) -> Post:
        """Keep a post of a file that holds its own name."""
        sources = [self.settings.home / one for one in (name, cover) if one]
        for source in sources:
            source.write_text(source.name)
        post = new_post(PostKind.REEL, [str(sources[0])], cover=Asset(str(sources[1])) if cover else None)
        schedule = Schedule(due_at=self.clock.now() + timedelta(hours=2), idempotency_key=key)
        return (await storing_of(self.store, self.settings, clock=self.clock).add(post, schedule)).post

    def end(self, post: Post, state: PostState) -> None:
        self.store.posts.save(replace(post, state=state, wake_at=None, followups=(), revision=9), post)

    async def sweep(self, *, age_s: float = -60) -> int:
        before = time.time() - age_s
        return await sweep_copies(self.store, self.settings.assets, before=before)

    @property
    def kept(self) -> set[str]:
        return {path.read_text() for path in self.settings.assets.iterdir()}


def inodes(*paths: Path) -> list[int]:
    return [path.stat().st_ino for path in paths]


def wait_until_gone(path: Path) -> None:
    while path.exists():
        time.sleep(0.01)


@pytest.fixture
async def cupboard(tmp_path: Path) -> AsyncGenerator[Cupboard]:
    clock = FakeClock()
    with open_store(tmp_path / "pressroom.db", clock=clock) as store:
        yield Cupboard(Settings(home=tmp_path), store, clock)


@pytest.mark.parametrize("state", PostState)
async def test_what_may_still_be_sent_keeps_its_files(cupboard: Cupboard, state: PostState) -> None:
    post = await cupboard.add("trip.mp4", cover="cover.jpg")
    if state not in (S.SCHEDULED, S.PREPARING, S.READY, S.PUBLISHING):
        cupboard.end(post, state)
    is_over = state in (S.PUBLISHED, S.DELETED, S.CANCELLED)
    assert await cupboard.sweep() == (2 if is_over else 0)
    assert cupboard.kept == (set[str]() if is_over else {"trip.mp4", "cover.jpg"})


async def test_a_file_that_two_posts_share_stays_for_the_second(cupboard: Cupboard) -> None:
    first = await cupboard.add("trip.mp4")
    await cupboard.add("trip.mp4")
    cupboard.end(first, S.PUBLISHED)
    assert await cupboard.sweep() == 0


async def test_a_file_is_kept_as_long_as_the_key_of_its_post(cupboard: Cupboard) -> None:
    post = await cupboard.add("trip.mp4", key="k")
    cupboard.end(post, S.PUBLISHED)
    assert await cupboard.sweep() == 0
    cupboard.store.posts.forget_keys(cupboard.clock.now() + timedelta(days=1))
    assert await cupboard.sweep() == 1


async def test_a_copy_and_its_name_are_on_disk_before_the_post_is_kept(
    cupboard: Cupboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves no post without its file, which may be gone from where it came."""
    synced = list[int]()
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    copy = (await cupboard.add("a")).assets[0].copy
    assert copy
    assert synced == inodes(Path(copy), cupboard.settings.assets)


async def test_a_young_file_is_left_alone_since_its_post_may_be_on_its_way(cupboard: Cupboard) -> None:
    cupboard.settings.assets.mkdir()
    (cupboard.settings.assets / "young.jpg").write_text("young.jpg")
    assert await cupboard.sweep(age_s=3600) == 0
    assert await cupboard.sweep() == 1


async def test_a_worker_sweeps_what_is_older_than_a_day(cupboard: Cupboard) -> None:
    post = await cupboard.add("trip.mp4")
    young = await cupboard.add("young.mp4")
    for one in (post, young):
        cupboard.end(one, S.PUBLISHED)
    copy = Path(post.assets[0].copy or "")
    long_ago = time.time() - 90_000
    os.utime(copy, (long_ago, long_ago))
    working = asyncio.create_task(run_worker(cupboard.settings))
    await asyncio.to_thread(wait_until_gone, copy)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert cupboard.kept == {"young.mp4"}


async def test_a_worker_sweeps_what_was_made_of_files_that_no_post_needs(cupboard: Cupboard) -> None:
    """A copy that is kept for a key alone keeps nothing that was made of it."""
    settings = replace(cupboard.settings, renditions_max_bytes=0)
    planned, published = await cupboard.add("planned.mp4"), await cupboard.add("published.mp4", key="k")
    cupboard.end(published, S.PUBLISHED)
    settings.renditions.mkdir()
    long_ago = time.time() - 3 * 86_400
    needed, spent = [
        settings.renditions / rendition_name(Path(post.assets[0].copy or ""), "settings", ".mp4")
        for post in (planned, published)
    ]
    for path in (needed, spent):
        path.write_text("made")
        os.utime(path, (long_ago, long_ago))
    working = asyncio.create_task(run_worker(settings))
    await asyncio.to_thread(wait_until_gone, spent)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert needed.exists()
    assert cupboard.kept == {"planned.mp4", "published.mp4"}


def test_each_server_has_its_own_copies_since_one_cannot_know_what_another_needs(tmp_path: Path) -> None:
    addresses = ("postgresql://me:one@db/press", "postgresql://me:two@db/press", "postgresql://me@db/other")
    one, changed, other = (
        Settings(home=tmp_path, database_url=Secret(address)).assets for address in addresses
    )
    assert one == changed, "a new password is no other store"
    assert len({one, other, Settings(home=tmp_path).assets}) == 3


async def test_a_copy_that_a_submit_renames_meanwhile_is_no_reason_to_stop(
    cupboard: Cupboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    cupboard.end(await cupboard.add("a.mp4"), S.CANCELLED)
    renamed = cupboard.settings.assets / ".copy-being-written"
    renamed.write_text("half")
    listed = os.scandir

    def and_renamed(directory: Path) -> object:
        entries = listed(directory)
        renamed.unlink(missing_ok=True)
        return entries

    monkeypatch.setattr(os, "scandir", and_renamed)
    assert await cupboard.sweep() == 1


async def test_a_fault_of_one_sweep_is_not_the_end_of_sweeping(
    cupboard: Cupboard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    faults, swept = [ZeroDivisionError("odd")], asyncio.Event()

    async def sweep(*_given: object, **_more: object) -> int:
        if faults:
            raise faults.pop()
        swept.set()
        return 0

    monkeypatch.setattr("pressroom.service.work.worker.sweep_copies", sweep)
    monkeypatch.setattr("pressroom.service.work.worker._DAY_S", 0.01)
    working = asyncio.create_task(run_worker(cupboard.settings))
    async with asyncio.timeout(patience(10)):
        await swept.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert "a fault of Pressroom's own" in caplog.text


async def accepted(road: Road, caption: str, but: str | None = None) -> Planned | Post:
    """What `publish` is told in a process of its own: its post, or the twin in its way."""
    async with road.pressroom() as pressroom:
        try:
            return await pressroom.posts.accept(a_photo(caption), is_once=True, but=but)
        except PublishedLately as found:
            return found.twin


async def test_the_same_at_the_same_moment_is_stored_once(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road:
        told = await asyncio.gather(*(accepted(road, "Hello") for _ in range(4)))

        # None of them drives it yet: each of the others gets the first one's post, to be seen through.
        accepted_posts = [answer for answer in told if isinstance(answer, Planned)]
        assert sorted(planned.is_replay for planned in accepted_posts) == [False, True, True, True]
        assert {planned.post.id for planned in accepted_posts} == {post.id for post in road.posts}
        assert [post.state for post in road.posts] == [PostState.SCHEDULED]


async def test_other_content_is_not_in_its_way_nor_a_twin_that_somebody_knows_of(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road:
        told = await asyncio.gather(*(accepted(road, caption) for caption in ("One", "Two")))
        assert all(isinstance(one, Planned) for one in told)

        known = road.posts[0]
        again = await accepted(road, known.options.caption or "", but=known.id)
        assert isinstance(again, Planned)


async def test_they_go_where_the_sessions_settings_say_and_are_deleted_by_their_id(tmp_path: Path) -> None:
    (tmp_path / "cat.bin").write_bytes(b"cat")
    double = CloudinaryDouble()
    with served(double) as base_url:
        url = Secret(f"cloudinary://key:{SPELLED}@cloud?upload_prefix={base_url}")
        settings = Settings(home=tmp_path / "home", remote_hosts={Way.CLOUDINARY: url})
        async with Pressroom(settings=settings, environ={}) as pressroom:
            uploaded = await pressroom.media.upload(tmp_path / "cat.bin", "image")
            assert double.kept == {("image", uploaded.public_id): b"cat"}
            assert await pressroom.media.delete_upload(uploaded.public_id)
            assert not await pressroom.media.delete_upload(uploaded.public_id)
    assert not double.kept


async def test_without_an_account_there_they_are_refused(tmp_path: Path) -> None:
    environ = {"CLOUDINARY_URL": "cloudinary://key:secret@cloud"}
    async with Pressroom(settings=Settings(home=tmp_path / "home"), environ=environ) as pressroom:
        with pytest.raises(SettingRefused, match="CLOUDINARY_URL is not set"):
            await pressroom.media.delete_upload("cat")


async def test_what_was_approved_is_sent_whatever_becomes_of_the_file_meanwhile(
    road: Road, tmp_path: Path
) -> None:
    file, sent = tmp_path / "cat.bin", list[bytes]()
    file.write_bytes(b"cat")

    async def upload(path: Path, *_: Any, **__: Any) -> Uploaded:
        file.write_bytes(b"dog")
        sent.append(path.read_bytes())  # noqa: ASYNC240  # a few bytes
        return Uploaded("https://example.com/cat", "cat")

    async with program(road) as planner, person(road) as anna:
        with patch("pressroom.hosting.cloudinary.upload", upload):
            for _ in range(2):
                waits = await proposed(planner.media.upload(file, "image"))
                await anna.approvals.approve(waits.proposal_id or "")
    assert sent == [b"cat", b"dog"]


async def test_a_file_that_was_changed_since_it_was_proposed_is_not_sent(road: Road, tmp_path: Path) -> None:
    file = tmp_path / "cat.bin"
    file.write_bytes(b"cat")
    async with program(road) as planner, person(road) as anna:
        waits = await proposed(planner.media.upload(file, "image"))
        file.write_bytes(b"dog")
        done = await anna.approvals.approve(waits.proposal_id or "")
    assert done.proposal
    assert "not any more what was proposed" in str(done.proposal.outcome)


async def test_what_a_program_has_fetched_leaves_free_what_publishing_needs(road: Road) -> None:
    settings = replace(road.settings, uploads_spare_bytes=10**18)
    post = new_post(PostKind.PHOTO, "https://example.com/cat.jpg", convert=True)
    async with Pressroom(road.account, settings, actor=PLANNER, clock=road.clock) as pressroom:
        with pytest.raises(Shortage, match="free in"):
            await pressroom.posts.submit(post, at="+1h")
    assert not any(path.is_file() for path in settings.assets.rglob("*"))
