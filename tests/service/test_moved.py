"""A data directory may be moved between two runs: what was planned goes out from the copies in it."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.assets import Asset, Fit, Target, Wish
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post, PostId, PostKind, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.limits import MediaUse
from pressroom.media.looks import Looks
from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Listeners, new_post
from pressroom.service.ground.copies import DeskOfCopies, relocate_copies, relocate_copy
from pressroom.service.ground.files import Files
from pressroom.service.posts.storing import Schedule
from pressroom.store.store import open_store
from tests.fakes.media import FakeDesk
from tests.service.road import Road, opened_road, prepare_store
from tests.service.rooms import run_worker, storing_of

WISH = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)


def planned_picture(home: Path, source: Path) -> Post:
    """A post of a picture that is gone, planned with its copy in `home`."""
    Image.new("RGB", (1080, 1080), "teal").save(source)
    post = new_post(PostKind.PHOTO, [str(source)], cover=Asset(str(source)))
    schedule = Schedule(due_at=SYSTEM_CLOCK.now(), idempotency_key="k")
    prepare_store(home)
    with open_store(home / "pressroom.db") as store:
        added = asyncio.run(storing_of(store, Settings(home=home)).add(post, schedule))
    source.unlink()
    return added.post


@pytest.fixture
def moved(tmp_path: Path) -> tuple[Post, Settings]:
    """A planned post, and the settings of the directory that holds its copy now."""
    post = planned_picture(tmp_path / "old", tmp_path / "cat.jpg")
    (tmp_path / "old").rename(tmp_path / "new")
    return post, Settings(home=tmp_path / "new")


async def prepared(post: Post, road: Road) -> Path:
    files = Files(account=road.account, settings=road.settings, clock=road.clock, listeners=Listeners())
    async with AsyncExitStack() as stack:
        desk = files.preparation(post, stack).desk
        await desk.examine(post.assets[0], WISH)
        return (await desk.prepare(post.assets[0], WISH)).path


def test_a_moved_copy_is_prepared(moved: tuple[Post, Settings], tmp_path: Path) -> None:
    post, settings = moved

    async def run() -> Path:
        async with opened_road(tmp_path / "road") as road:
            return await prepared(post, replace(road, settings=settings))

    (tmp_path / "road").mkdir()
    assert asyncio.run(run()).is_relative_to(settings.home)


async def published_by_a_worker(post_id: PostId, settings: Settings) -> tuple[PostState, int]:
    """Give what became of a post, and how many containers were made of it."""
    sandbox, rested = Sandbox(SandboxSettings(processing=Processing.at_once())), asyncio.Event()
    async with serving(sandbox) as served:
        account = Account(
            token=Secret(sandbox.token), user_id=sandbox.user_id, api_base=served.base_url, version="v26.0"
        )
        with open_store(settings.store) as store:
            vault = open_vault(store, settings)
            vault.keep("default", account, obtained_at=SYSTEM_CLOCK.now(), timezone="UTC", is_default=True)
            working = asyncio.create_task(run_worker(settings, on_rest=lambda _: rested.set()))
            await rested.wait()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            return store.posts.get(post_id).state, len(sandbox.calls("/media", "POST"))


def test_a_worker_publishes_what_was_planned_before_the_move(moved: tuple[Post, Settings]) -> None:
    post, settings = moved
    assert asyncio.run(published_by_a_worker(post.id, settings)) == (PostState.PUBLISHED, 1)


def test_a_table_names_copies_where_they_are_now(moved: tuple[Post, Settings]) -> None:
    post, settings = moved
    found = relocate_copies(post, settings.assets)
    cover = found.options.cover
    assert cover
    assert [asset.path.parent for asset in (*found.assets, cover)] == [settings.assets] * 2


def test_a_key_that_is_repeated_after_the_move_finds_the_copy(moved: tuple[Post, Settings]) -> None:
    post, settings = moved
    with open_store(settings.home / "pressroom.db") as store:
        anew = replace(post, assets=(Asset(post.assets[0].source),))
        recalled = asyncio.run(storing_of(store, settings).recalled(anew, "k"))
    assert recalled.assets[0].path.exists()


def test_a_copy_that_is_gone_is_not_said_to_be_a_file_of_theirs(
    moved: tuple[Post, Settings], tmp_path: Path
) -> None:
    post, settings = moved
    Path(relocate_copy(settings.assets, post.assets[0]).copy or "").unlink()

    async def run() -> None:
        async with opened_road(tmp_path / "road") as road:
            await prepared(post, replace(road, settings=settings))

    (tmp_path / "road").mkdir()
    with pytest.raises(MediaRefused, match=r"The copy of cat.jpg .* no longer in") as refused:
        asyncio.run(run())
    assert refused.value.rule == "kept_copy"


def test_copies_that_did_not_move_are_taken_from_where_they_are(tmp_path: Path) -> None:
    post = planned_picture(tmp_path / "old", tmp_path / "cat.jpg")
    assert relocate_copy(tmp_path / "other" / "assets", post.assets[0]) == post.assets[0]


def put_another_picture_in_its_place(post: Post, settings: Settings) -> None:
    Image.new("RGB", (1080, 1080), "red").save(relocate_copy(settings.assets, post.assets[0]).path)


def test_a_copy_that_was_swapped_is_refused(moved: tuple[Post, Settings], tmp_path: Path) -> None:
    post, settings = moved
    put_another_picture_in_its_place(post, settings)

    async def run() -> None:
        async with opened_road(tmp_path / "road") as road:
            await prepared(post, replace(road, settings=settings))

    (tmp_path / "road").mkdir()
    with pytest.raises(MediaRefused, match=r"The copy of cat.jpg .* holds other content now") as refused:
        asyncio.run(run())
    assert (refused.value.rule, refused.value.value) == ("kept_copy", "other content")
    assert "Plan the post anew" in refused.value.fix


def test_nothing_is_sent_of_a_post_whose_copy_was_swapped_after_it_was_planned(
    moved: tuple[Post, Settings],
) -> None:
    post, settings = moved
    put_another_picture_in_its_place(post, settings)
    assert asyncio.run(published_by_a_worker(post.id, settings)) == (PostState.FAILED, 0)


async def test_a_copy_that_is_swapped_after_it_was_looked_at_is_refused_too(
    moved: tuple[Post, Settings],
) -> None:
    post, settings = moved
    desk = DeskOfCopies(FakeDesk(), settings.assets, Looks())
    await desk.examine(post.assets[0], WISH)
    await asyncio.to_thread(put_another_picture_in_its_place, post, settings)
    with pytest.raises(MediaRefused, match="other content"):
        await desk.prepare(post.assets[0], WISH)


async def test_a_copy_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    unreadable = tmp_path / f"{'a' * 64}.jpg"
    await asyncio.to_thread(unreadable.mkdir)
    desk = DeskOfCopies(FakeDesk(), tmp_path, Looks())
    with pytest.raises(MediaRefused, match=r"The copy of cat.jpg .* cannot be read"):
        await desk.examine(Asset("cat.jpg", copy=str(unreadable)), WISH)


async def test_a_file_that_is_not_named_by_its_content_is_taken_as_it_is(tmp_path: Path) -> None:
    copy = tmp_path / "cat.jpg"
    await asyncio.to_thread(copy.write_text, "a cat")
    desk = DeskOfCopies(FakeDesk(), tmp_path, Looks())
    assert await desk.examine(Asset("https://example.com/cat.jpg", copy=str(copy)), WISH)
