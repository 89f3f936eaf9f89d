"""Pictures of posts: made once, beside the post's way out, and kept when the copies of its files are gone."""

import asyncio
import io
import shutil
import threading
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image, ImageFile

from pressroom.core.assets import Asset, PictureUse
from pressroom.core.post import Post, PostKind, PostState
from pressroom.core.readings import Batch, Thumbnail
from pressroom.core.settings import Settings
from pressroom.graph.answers import MediaId
from pressroom.media.facts import Probe
from pressroom.media.looks import Looks
from pressroom.media.small import small_pictures
from pressroom.service import new_post
from pressroom.service.ground.copies import sweep_copies
from pressroom.service.ground.pictures import Pictures, pictured_by, sweep_pictures
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.storing import Schedule
from pressroom.store import tables as t
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.service.rooms import posts_of, storing_of

CHIP, CARD, PAGE = PictureUse
SOON = timedelta(hours=2)


@dataclass
class Wall:
    """A store, and the pictures of its posts as another session sees them."""

    settings: Settings
    store: Store
    clock: FakeClock

    async def add(self, *files: str, at: timedelta = SOON) -> Post:
        """Keep a post of files, each a picture of the colour of its name unless it is there."""
        paths = [name if "://" in name else self.a_file(name) for name in files]
        kind = PostKind.CAROUSEL if len(files) > 1 else PostKind.PHOTO
        post = new_post(kind, [str(path) for path in paths])
        storing = storing_of(self.store, self.settings, clock=self.clock)
        kept = await storing.add(post, Schedule(due_at=self.clock.now() + at))
        await storing.resources.aclose()
        return kept.post

    def a_file(self, name: str) -> Path:
        path = self.settings.home / name
        if not path.exists():
            Image.new("RGB", (400, 400), path.stem).save(path)
        return path

    def end(self, post: Post, state: PostState = PostState.PUBLISHED, **fields: Any) -> Post:
        ended = replace(post, state=state, wake_at=None, revision=9, **fields)
        self.store.posts.save(ended, post)
        return ended

    async def shown(self, post: Post, use: PictureUse = CARD) -> tuple[int, int, int] | None:
        jpeg = await Pictures(self.settings, Looks()).of(post, use)
        if jpeg is None:
            return None
        with Image.open(io.BytesIO(jpeg)) as picture:
            red, green, blue = picture.resize((1, 1)).tobytes()
        return red, green, blue

    async def sweep(self, *, most_bytes: int = 10**9) -> int:
        settings = replace(self.settings, pictures_max_bytes=most_bytes)
        return await sweep_pictures(self.store, settings, before=time.time() + 60)

    @property
    def kept(self) -> set[str]:
        return {path.name for path in self.settings.pictures.iterdir()}


@pytest.fixture
async def wall(tmp_path: Path) -> AsyncGenerator[Wall]:
    clock = FakeClock()
    with open_store(tmp_path / "pressroom.db", clock=clock) as store:
        yield Wall(Settings(home=tmp_path), store, clock)


async def test_what_went_out_is_shown_when_its_files_are_gone(wall: Wall) -> None:
    post = wall.end(await wall.add("red.jpg"))
    (wall.settings.home / "red.jpg").unlink()
    assert await sweep_copies(wall.store, wall.settings.assets, before=time.time() + 60) == 1
    for use in PictureUse:
        red, green, blue = await wall.shown(post, use) or (0, 0, 0)
        assert (red > 240, green < 20, blue < 20) == (True, True, True)
    assert all(path.stat().st_mode & 0o077 == 0 for path in wall.settings.pictures.iterdir())
    shutil.move(wall.settings.pictures, wall.settings.home / "elsewhere")
    assert await wall.shown(post) is None


async def test_posts_of_one_file_share_its_pictures_and_an_edited_one_has_its_own(wall: Wall) -> None:
    await wall.add("red.jpg")
    shared = wall.kept
    await wall.add("red.jpg", "blue.jpg")
    assert (len(shared), wall.kept) == (3, shared)
    post = await wall.add("red.jpg")
    posts = posts_of(wall.store, wall.settings, clock=wall.clock)
    edited = await posts.edit(post.id, sources=str(wall.a_file("lime.jpg")))
    jpeg = await posts.picture(edited.id)
    assert jpeg
    assert await wall.shown(edited) != await wall.shown(post)
    assert len(wall.kept) == 6


def test_a_reel_is_shown_by_its_cover_else_by_the_frame_that_was_chosen() -> None:
    digest, other = "0" * 64, "1" * 64
    clip, cover = Asset("trip.mp4", f"/home/assets/{digest}.mp4"), Asset("c.jpg", f"/assets/{other}.jpg")
    reel = replace(new_post(PostKind.REEL, ["trip.mp4"]), assets=(clip,))

    def shows(**options: Any) -> str:
        pictured = pictured_by(replace(reel, options=replace(reel.options, **options)))
        assert pictured
        return pictured.name(CHIP)

    assert shows() == f"{digest}.chip.jpg"
    assert shows(thumb_offset_ms=1500) == f"{digest}-1500ms.chip.jpg"
    assert (
        shows(thumb_offset_ms=0, edits=replace(reel.options.edits, start_s=2.5))
        == f"{digest}-2500ms.chip.jpg"
    )
    assert shows(cover=cover, thumb_offset_ms=1500) == f"{other}.chip.jpg"


async def test_what_instagram_fetches_by_itself_is_shown_by_what_insights_keep(wall: Wall) -> None:
    post = await wall.add("https://example.com/a.jpg")
    posts = posts_of(wall.store, wall.settings, clock=wall.clock)
    assert await posts.picture(post.id) is None
    live = wall.end(post, media_id=MediaId("17"))
    thumbnail = Thumbnail(media_id=MediaId("17"), read_at=wall.clock.now(), jpeg=b"\xff\xd8 small")
    wall.store.readings.keep(live.account, Batch(thumbnails=[thumbnail]))
    assert await posts.picture(live.id, PAGE) == b"\xff\xd8 small"


@pytest.mark.parametrize("content", [b"no picture", b"\xff\xd8\xff\xe0 broken", b""])
async def test_a_post_is_kept_also_where_there_can_be_no_picture(wall: Wall, content: bytes) -> None:
    (wall.settings.home / "red.jpg").write_bytes(content)
    post = await wall.add("red.jpg")
    assert wall.store.posts.get(post.id) == post
    assert await wall.shown(post) is None


async def test_neither_the_post_nor_the_loop_waits_for_its_picture(wall: Wall) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def look(path: Path, *, salvage: bool) -> Probe:
        begun.set()
        await may_end.wait()
        raise OSError(f"{path} {salvage}")

    storing = storing_of(wall.store, wall.settings, clock=wall.clock)
    storing.resources.looks = Looks(look)
    post = new_post(PostKind.PHOTO, [str(wall.a_file("red.jpg"))])
    await storing.add(post, Schedule(due_at=wall.clock.now() + SOON))
    assert wall.store.posts.get(post.id)
    await begun.wait()
    may_end.set()
    await storing.resources.aclose()


async def test_two_processes_that_make_the_same_leave_whole_pictures(wall: Wall) -> None:
    post = await wall.add("red.jpg")
    shutil.rmtree(wall.settings.pictures)
    jpegs = await asyncio.gather(*(Pictures(wall.settings, Looks()).of(post, PAGE) for _ in range(4)))
    assert len({*jpegs}) == 1
    assert len(wall.kept) == 3


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of which pictures are made."""
    asked = list[Path]()

    async def noting(path: Path, *given: Any, **more: Any) -> tuple[bytes, ...]:
        asked.append(path)
        return await small_pictures(path, *given, **more)

    monkeypatch.setattr("pressroom.media.small.small_pictures", noting)
    return asked


async def test_twenty_who_ask_at_once_and_who_asks_after_a_restart_have_it_made_once(
    wall: Wall, made: list[Path]
) -> None:
    await wall.add("red.jpg")
    shutil.rmtree(wall.settings.pictures)
    (copy,) = wall.settings.assets.iterdir()
    made.clear()
    pictures = Pictures(wall.settings, Looks())
    jpegs = await asyncio.gather(*(pictures.of_file(copy.stem, PAGE) for _ in range(20)))
    jpegs.append(await Pictures(wall.settings, Looks()).of_file(copy.stem, PAGE))
    assert (len({*jpegs}), None in jpegs, made) == (1, False, [copy])


async def test_the_loop_reads_and_decodes_nothing(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    post = await wall.add("red.jpg")
    shutil.rmtree(wall.settings.pictures)

    def in_a_thread(name: str) -> Any:
        plain = getattr(Path, name)

        def checked(path: Path, *given: Any, **more: Any) -> Any:
            assert threading.current_thread() is not threading.main_thread()
            return plain(path, *given, **more)

        return checked

    def decoded(_image: Image.Image) -> None:
        raise AssertionError("decoded in this process")

    with monkeypatch.context() as patched:
        patched.setattr(ImageFile.ImageFile, "load", decoded)
        for name in ("open", "read_bytes", "write_bytes", "is_file", "stat", "glob"):
            patched.setattr(Path, name, in_a_thread(name))
        pictures = Pictures(wall.settings, Looks())
        pictured = pictured_by(post)
        assert pictured
        assert await pictures.of(post, CHIP)
        assert await pictures.of_file(pictured.digest, PAGE)


async def test_further_pictures_of_a_carousel_are_made_when_they_are_asked_for_and_swept_with_it(
    wall: Wall, made: list[Path]
) -> None:
    post = await wall.add("red.jpg", "lime.jpg")
    assert len(made) == 1
    digests = [Path(asset.copy or "").stem for asset in post.assets]
    pictures = Pictures(wall.settings, Looks())
    assert len({await pictures.of_file(digest, PAGE) for digest in digests}) == len(made) == 2
    assert await wall.sweep(most_bytes=0) == 0
    wall.end(post)
    assert await wall.sweep(most_bytes=0) == 6


async def test_a_copy_with_other_content_than_its_name_says_is_not_shown(wall: Wall) -> None:
    post = await wall.add("red.jpg")
    shutil.rmtree(wall.settings.pictures)
    (copy,) = wall.settings.assets.iterdir()
    copy.unlink()
    copy.symlink_to(wall.a_file("blue.jpg"))
    assert await wall.shown(post) is None


async def test_posts_of_before_an_upgrade_get_their_pictures_before_their_copies_go(wall: Wall) -> None:
    went_out, called_off = wall.end(await wall.add("red.jpg")), await wall.add("blue.jpg")
    wall.end(called_off, PostState.CANCELLED)
    shutil.rmtree(wall.settings.pictures)
    resources = Resources(settings=wall.settings, clock=wall.clock)
    await resources.pictures.make_missing(wall.store)
    assert len(wall.kept) == 3
    assert await wall.shown(went_out)
    assert pictured_by(went_out).name(CHIP) in wall.kept  # type: ignore[union-attr]


async def test_a_damaged_post_keeps_no_other_from_its_pictures(wall: Wall) -> None:
    damaged, sound = await wall.add("red.jpg"), await wall.add("blue.jpg")
    with wall.store.database.writing() as connection:
        connection.execute(sa.update(t.posts).where(t.posts.c.id == damaged.id).values(details="{}"))
    shutil.rmtree(wall.settings.pictures)
    resources = Resources(settings=wall.settings, clock=wall.clock)
    await resources.pictures.make_missing(wall.store)
    assert len(wall.kept) == 3
    assert pictured_by(sound).name(CHIP) in wall.kept  # type: ignore[union-attr]


async def test_above_the_budget_those_that_went_out_first_go_and_planned_ones_stay(wall: Wall) -> None:
    first = wall.end(await wall.add("red.jpg", at=SOON))
    second = wall.end(await wall.add("lime.jpg", at=2 * SOON))
    planned = await wall.add("blue.jpg", at=timedelta(minutes=1))
    sizes = {path.name: path.stat().st_size for path in wall.settings.pictures.iterdir()}
    assert await wall.sweep(most_bytes=sum(sizes.values())) == 0
    assert await wall.sweep(most_bytes=sum(sizes.values()) - 1) >= 1
    assert await wall.shown(second)
    assert pictured_by(first).name(PAGE) not in wall.kept  # type: ignore[union-attr]
    await wall.sweep(most_bytes=0)
    assert {name[:64] for name in wall.kept} == {pictured_by(planned).digest}  # type: ignore[union-attr]


async def test_those_that_no_post_needs_go_and_so_does_what_a_killed_process_left(wall: Wall) -> None:
    wall.end(await wall.add("red.jpg"), PostState.CANCELLED)
    (wall.settings.pictures / ".pressroom-abc").write_bytes(b"half")
    assert await sweep_pictures(wall.store, wall.settings, before=time.time() - 60) == 0
    await wall.add("blue.jpg")
    assert await wall.sweep() == 4
    assert len(wall.kept) == 3
