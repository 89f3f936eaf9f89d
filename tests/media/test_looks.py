"""A file is looked at once for as long as its bytes stay as they are, whoever asks and from wherever."""

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Asset, Fit, Target, Wish
from pressroom.core.errors import MediaRefused, PressroomError
from pressroom.graph.limits import MediaUse
from pressroom.media import refusals
from pressroom.media.desk import Desk
from pressroom.media.facts import Probe
from pressroom.media.looks import Looks
from pressroom.media.report import check
from tests.media.facts import still_facts
from tests.patience import patience


class Eyes:
    """Look at nothing, and note what they were to look at. raises: instead of saying what it is."""

    def __init__(self, *raises: Exception) -> None:
        self.looks: list[tuple[str, bool]] = []
        self.raises = list(raises)
        self.opened = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    async def __call__(self, path: Path, *, salvage: bool) -> Probe:
        self.looks.append((path.name, salvage))
        self.opened.set()
        await asyncio.to_thread(self.go_on.wait, patience(30))
        if self.raises:
            raise self.raises.pop(0)
        return seen(path)

    @property
    def count(self) -> int:
        return len(self.looks)


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def looks(eyes: Eyes) -> Looks:
    return Looks(eyes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "cat.jpg").write_text("a cat")
    return tmp_path / "cat.jpg"


def seen(path: Path) -> Probe:
    try:
        return replace(still_facts(size_bytes=path.stat().st_size), path=path)
    except FileNotFoundError:
        raise refusals.missing_file(path) from None


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def copied(path: Path) -> Path:
    copy = path.with_name("copy.jpg")
    copy.write_bytes(path.read_bytes())
    return copy


def replaced_by_a_file_of_its_size_and_time(path: Path) -> None:
    was, other = path.stat(), write(path.with_name("other.jpg"), "a dog")
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)


def linked_and_locked(path: Path) -> None:
    path.chmod(0o600)
    path.with_name("served.jpg").hardlink_to(path)


def rewritten_as_if_untouched(path: Path, text: str) -> None:
    """Put a text of the same length into a file, and set its time back."""
    before = path.stat()
    path.write_text(text)
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # until the disk's clock ticks
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


async def refused(looks: Looks, path: Path) -> MediaRefused:
    with pytest.raises(MediaRefused) as caught:
        await looks.at(path)
    return caught.value


async def test_a_picture_that_is_always_converted_is_not_decoded_for_its_facts(
    looks: Looks, eyes: Eyes, tmp_path: Path
) -> None:
    """Unless that was done before: converting decodes it anyway."""
    for name in ("a.png", "b.jpg"):
        Image.new("RGB", (320, 320)).save(tmp_path / name)
    still = (await looks.header_at(tmp_path / "a.png")).still
    assert still is not None
    assert (still.width, still.is_decoded, eyes.count) == (320, False, 0)
    assert await looks.header_at(tmp_path / "a.png") is await looks.header_at(tmp_path / "a.png")
    await looks.header_at(tmp_path / "b.jpg")
    assert eyes.count == 1
    known = await looks.at(tmp_path / "a.png")
    assert await looks.header_at(tmp_path / "a.png") == known
    assert eyes.count == 2


@pytest.mark.usefixtures("foreign_programs")
async def test_converting_a_picture_decodes_it_once(eyes: Eyes, tmp_path: Path) -> None:
    """By the conversion, not for its facts."""
    Image.new("RGB", (320, 320), "teal").save(tmp_path / "a.png")
    wish = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM)
    rendition = await Desk(tmp_path / "made", looks=Looks(eyes)).convert(tmp_path / "a.png", wish)
    assert rendition.width == 320
    assert [name for name, _ in eyes.looks if name == "a.png"] == []


@pytest.mark.usefixtures("foreign_programs")
async def test_publishing_a_picture_decodes_it_once(eyes: Eyes, tmp_path: Path) -> None:
    """By the conversion, not for the check of all files before it."""
    Image.new("RGB", (320, 320), "teal").save(tmp_path / "a.png")
    desk, asset = Desk(tmp_path / "made", looks=Looks(eyes)), Asset(str(tmp_path / "a.png"))
    wish = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM)
    assert (await desk.examine(asset, wish)).media_type == "image"
    assert (await desk.prepare(asset, wish)).width == 320
    assert [name for name, _ in eyes.looks if name == "a.png"] == []


async def test_a_file_that_stays_as_it_is_is_looked_at_once(looks: Looks, eyes: Eyes, path: Path) -> None:
    first = await looks.at(path)
    assert await looks.at(path) == first
    assert eyes.looks == [("cat.jpg", False)]


async def test_what_is_left_of_a_damaged_file_is_a_question_of_its_own(
    looks: Looks, eyes: Eyes, path: Path
) -> None:
    for salvage in (False, True, True):
        await looks.at(path, salvage=salvage)
    assert eyes.looks == [("cat.jpg", False), ("cat.jpg", True)]


async def test_a_link_is_told_under_its_own_name(looks: Looks, path: Path) -> None:
    link = path.with_name("link.jpg")
    link.symlink_to(path)
    assert [(await looks.at(place)).path for place in (path, link)] == [path, link]


async def test_a_file_that_grew_is_looked_at_anew(looks: Looks, eyes: Eyes, path: Path) -> None:
    await looks.at(path)
    write(path, "another cat")
    assert (await looks.at(path)).size_bytes == len("another cat")
    assert eyes.count == 2


async def test_a_file_that_was_written_again_is_looked_at_anew(looks: Looks, eyes: Eyes, path: Path) -> None:
    await looks.at(path)
    os.utime(path, (1, 1))
    await looks.at(path)
    assert eyes.count == 2


async def test_another_file_in_its_place_is_looked_at_anew(looks: Looks, eyes: Eyes, path: Path) -> None:
    await looks.at(path)
    replaced_by_a_file_of_its_size_and_time(path)
    await looks.at(path)
    assert eyes.count == 2


async def test_a_new_link_or_mode_is_no_new_content(looks: Looks, eyes: Eyes, path: Path) -> None:
    await looks.at(path)
    linked_and_locked(path)
    await looks.at(path)
    assert eyes.count == 1


async def test_a_refusal_is_remembered_word_by_word(path: Path) -> None:
    eyes = Eyes(refusals.truncated(path))
    looks = Looks(eyes)
    first, again = await refused(looks, path), await refused(looks, path)
    assert (first.as_json(), first.helper_prefix) == (again.as_json(), again.helper_prefix)
    assert first is not again, "whoever catches it may change its words"
    assert eyes.count == 1


@pytest.mark.parametrize(
    "refuse", [refusals.too_expensive_to_read, refusals.unreadable, refusals.missing_file]
)
async def test_what_may_pass_is_not_remembered(refuse: Callable[[Path], MediaRefused], path: Path) -> None:
    looks = Looks(Eyes(refuse(path)))
    await refused(looks, path)
    assert (await looks.at(path)).path == path


async def test_a_fault_is_not_remembered(path: Path) -> None:
    looks = Looks(Eyes(PressroomError("No process can be started.")))
    with pytest.raises(PressroomError):
        await looks.at(path)
    assert (await looks.at(path)).path == path


@pytest.mark.parametrize(
    ("name", "rule"), [("none.jpg", "missing_file"), (".", "missing_file"), ("\udcff.jpg", "file_name")]
)
async def test_what_is_no_file_is_refused(tmp_path: Path, name: str, rule: str) -> None:
    assert (await refused(Looks(), tmp_path / name)).rule == rule


async def test_a_path_of_windows_that_is_not_there_is_shown_with_slashes(tmp_path: Path) -> None:
    refusal = await refused(Looks(), tmp_path / "bilder\\cat.jpg")
    assert refusal.fix == f"Write / for each \\: {tmp_path}/bilder/cat.jpg."


async def test_a_file_that_changes_while_it_is_looked_at_is_not_remembered(path: Path) -> None:
    eyes = Eyes()
    eyes.go_on.clear()
    looks = Looks(eyes)
    looking = asyncio.create_task(looks.at(path))
    await asyncio.to_thread(eyes.opened.wait, patience(30))
    write(path, "a cat that grew")
    eyes.go_on.set()
    assert (await looking).size_bytes == len("a cat that grew")
    await looks.at(path)
    assert (await looks.at(path)).size_bytes == len("a cat that grew")
    assert eyes.count == 3, "the torn one, one of its own, and the one that is remembered"


def test_threads_with_loops_of_their_own_share_one_look(eyes: Eyes, looks: Looks, path: Path) -> None:
    eyes.go_on.clear()
    results = list[Probe]()
    threads = [threading.Thread(target=lambda: results.append(asyncio.run(looks.at(path)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert eyes.opened.wait(patience(30))
    eyes.go_on.set()
    for thread in threads:
        thread.join(patience(30))
    assert results == [results[0]] * 4
    assert eyes.count == 1


async def test_who_waits_looks_itself_when_the_one_that_looks_is_cancelled(
    looks: Looks, eyes: Eyes, path: Path
) -> None:
    eyes.go_on.clear()
    looking = asyncio.create_task(looks.at(path))
    await asyncio.to_thread(eyes.opened.wait, patience(30))
    waiting = asyncio.create_task(looks.at(path))
    looking.cancel()
    eyes.go_on.set()
    assert (await waiting).path == path
    assert eyes.count == 2
    assert looking.cancelled()


async def test_who_waits_and_is_cancelled_takes_nothing_from_the_others(
    looks: Looks, eyes: Eyes, path: Path
) -> None:
    eyes.go_on.clear()
    looking = asyncio.create_task(looks.at(path))
    await asyncio.to_thread(eyes.opened.wait, patience(30))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await looks.at(path)
    eyes.go_on.set()
    assert (await looking).path == path
    assert eyes.count == 1


async def test_only_the_last_files_are_remembered(eyes: Eyes, tmp_path: Path) -> None:
    looks = Looks(eyes, most=2)
    for name in "abc":
        (tmp_path / name).write_text(name)
    for name in "abacab":
        await looks.at(tmp_path / name)
    assert "".join(name for name, _ in eyes.looks) == "abcb"


async def test_what_was_just_made_need_not_be_looked_at(looks: Looks, eyes: Eyes, path: Path) -> None:
    facts = replace(still_facts(), path=path)
    await looks.remember(facts)
    assert await looks.at(path) == facts
    assert eyes.count == 0


async def test_a_digest_is_worked_out_once(looks: Looks, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = hashlib.sha256(b"a cat").hexdigest()
    assert await looks.digest(path) == expected
    monkeypatch.delattr(hashlib, "file_digest")
    assert await looks.digest(path) == expected


async def test_a_digest_is_of_what_is_there_now_whatever_its_time_says(looks: Looks, path: Path) -> None:
    await looks.digest(path)
    rewritten_as_if_untouched(path, "a dog")
    assert await looks.digest(path) == hashlib.sha256(b"a dog").hexdigest()


async def test_a_copy_is_what_its_source_is(looks: Looks, eyes: Eyes, path: Path) -> None:
    facts = await looks.at(path)
    copy = copied(path)
    await looks.carry_over(path, copy)
    assert await looks.at(copy) == replace(facts, path=copy)
    assert eyes.count == 1


@pytest.mark.parametrize("text", ["a dog", "another cat"])
async def test_a_copy_with_other_content_is_looked_at(
    looks: Looks, eyes: Eyes, path: Path, text: str
) -> None:
    await looks.at(path)
    copy = write(path.with_name("copy.jpg"), text)
    await looks.carry_over(path, copy)
    await looks.at(copy)
    assert eyes.count == 2


async def test_a_source_that_is_gone_or_new_says_nothing_of_its_copy(
    looks: Looks, eyes: Eyes, path: Path
) -> None:
    await looks.at(path)
    copy = copied(path)
    await looks.carry_over(write(path, "another cat"), copy)
    await looks.carry_over(path.with_name("none.jpg"), copy)
    await looks.at(copy)
    assert eyes.count == 2


async def test_who_checks_and_who_converts_share_what_was_seen(
    eyes: Eyes, looks: Looks, tmp_path: Path
) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (1080, 1350)).save(path)
    wish = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
    desk = Desk(tmp_path / "made", looks=looks)
    await check(path, use=None, target=Target.PLATFORM, fit=Fit.BLUR, looks=looks)
    await desk.examine(Asset(str(path)), wish)
    await desk.prepare(Asset(str(path)), wish)
    assert eyes.looks == [("photo.jpg", False)]


async def test_what_was_converted_is_not_looked_at_again_when_it_is_wanted_again(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    Image.new("RGB", (600, 800)).save(path)
    eyes = Eyes()
    wish = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
    looks = Looks(eyes)
    desk = Desk(tmp_path / "made", looks=looks)
    await looks.remember(await Looks().at(path))
    renditions = [await desk.prepare(Asset(str(path)), wish) for _ in range(2)]
    assert renditions[0].path == renditions[1].path != path
    assert eyes.looks == [(renditions[0].path.name, False)], "to see whether it was there"
