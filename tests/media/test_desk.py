"""The desk never leaves anything half-written, whatever goes wrong, and does nothing twice."""

import asyncio
import contextlib
import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import Action, Asset, Fit, Rendition, Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.error_table import HelperPrefix
from pressroom.graph.limits import MediaUse
from pressroom.media.desk import Desk
from tests.fakes.programs import is_running, until_written
from tests.media.fake_ffmpeg import fake_ffmpeg
from tests.media.fixtures import Clip

KEEP = Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk as elsewhere, for a few small files: one round of it stays in `make test`."""
    return Desk(tmp_path / "renditions")


async def prepared(desk: Desk, path: Path, *, use: MediaUse = MediaUse.REEL) -> Rendition:
    return await desk.prepare(Asset(str(path)), Wish(use=use, target=Target.PLATFORM, fit=Fit.KEEP))


async def refused(desk: Desk, path: Path, *, use: MediaUse = MediaUse.REEL) -> MediaRefused:
    with pytest.raises(MediaRefused) as caught:
        await prepared(desk, path, use=use)
    return caught.value


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


async def test_nothing_is_converted_twice(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    first = await prepared(desk, clip("moov_last"))
    written = first.path.stat().st_mtime_ns
    copy = shutil.copy(clip("moov_last"), tmp_path / "another name.mp4")
    again = await prepared(desk, Path(copy))
    assert (again.path, again.changes) == (first.path, first.changes)
    assert again.path.stat().st_mtime_ns == written


async def test_progress_only_grows_and_ends_at_one(desk: Desk, clip: Clip) -> None:
    seen = list[float]()
    await desk.convert(
        clip("ten_bit"), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP), progress=seen.append
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


async def test_the_output_goes_where_it_is_asked_to(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    output = tmp_path / "made here.mp4"
    rendition = await desk.convert(
        clip("moov_last"), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP), output=output
    )
    assert (rendition.path, rendition.action) == (output, Action.REMUX)
    assert left(tmp_path) == ["made here.mp4"]


async def test_an_output_asked_for_is_there_even_when_nothing_had_to_be_done(
    desk: Desk, clip: Clip, tmp_path: Path
) -> None:
    output = tmp_path / "copy.mp4"
    rendition = await desk.convert(
        clip("compliant"), Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP), output=output
    )
    assert not rendition.is_converted
    assert output.read_bytes() == clip("compliant").read_bytes()


async def test_a_picture_where_a_clip_is_needed_is_refused(desk: Desk, tmp_path: Path) -> None:
    Image.new("RGB", (400, 400)).save(tmp_path / "a.jpg")
    refusal = await refused(desk, tmp_path / "a.jpg")
    assert (refusal.rule, refusal.helper_prefix) == ("is_image", HelperPrefix.MEDIA_TYPE)
    rendition = await desk.convert(
        tmp_path / "a.jpg", Wish(use=MediaUse.REEL, target=Target.HOUSE, fit=Fit.BLUR)
    )
    assert rendition.media_type == "image"


async def test_a_clip_where_a_picture_is_needed_is_refused(desk: Desk, clip: Clip) -> None:
    assert (await refused(desk, clip("compliant"), use=MediaUse.PHOTO)).rule == "is_video"


async def test_a_story_may_be_either(desk: Desk, clip: Clip) -> None:
    assert (await prepared(desk, clip("compliant"), use=MediaUse.STORY)).media_type == "video"


async def test_an_address_is_not_converted(desk: Desk) -> None:
    with pytest.raises(MediaRefused) as caught:
        await desk.prepare(
            Asset("https://e.com/a.mp4"), Wish(use=MediaUse.REEL, target=Target.HOUSE, fit=Fit.BLUR)
        )
    assert caught.value.rule == "is_url"


@pytest.mark.parametrize(
    ("behaviour", "rule", "helper_prefix"),
    [
        ("full_disk", "disk_full", None),
        ("exceeds_quota", "disk_full", None),
        ("is_killed", "too_expensive", None),
        ("lacks_zscale", "ffmpeg_unfit", None),
        ("is_another", "ffmpeg_unfit", None),
        ("finds_damage", "corrupt", HelperPrefix.MEDIA_TYPE),
    ],
)
async def test_what_ffmpeg_says_is_told_in_our_words(
    clip: Clip, tmp_path: Path, behaviour: str, rule: str, helper_prefix: HelperPrefix | None
) -> None:
    out = tmp_path / "out"
    refusal = await refused(Desk(out, ffmpeg_path=fake_ffmpeg(tmp_path, behaviour)), clip("ten_bit"))
    assert (refusal.rule, refusal.helper_prefix) == (rule, helper_prefix)
    assert refusal.fix
    assert left(out) == []


async def test_what_was_made_is_looked_at_before_anyone_gets_it(clip: Clip, tmp_path: Path) -> None:
    """ffmpeg ends with success on damaged input; half a file is not taken for a whole."""
    out = tmp_path / "out"
    refusal = await refused(Desk(out, ffmpeg_path=fake_ffmpeg(tmp_path, "lies")), clip("ten_bit"))
    assert refusal.rule == "corrupt"
    assert ".part" not in refusal.message
    assert left(out) == []


async def test_an_input_that_is_deleted_meanwhile_is_named(clip: Clip, tmp_path: Path) -> None:
    folder = tmp_path / "quota"  # ffmpeg names the file, and no word of its path is a cause
    folder.mkdir()
    path = Path(shutil.copy(clip("ten_bit"), folder / "a.mp4"))
    desk = Desk(tmp_path / "out", ffmpeg_path=fake_ffmpeg(tmp_path, "loses_the_input"))
    assert (await refused(desk, path)).rule == "missing_file"


async def test_a_missing_ffmpeg_is_named(clip: Clip, tmp_path: Path) -> None:
    refusal = await refused(Desk(tmp_path / "out", ffmpeg_path=tmp_path / "nowhere"), clip("ten_bit"))
    assert refusal.rule == "ffmpeg_unfit"
    assert "No such file" in refusal.message
    refusal = await refused(Desk(tmp_path / "out", ffmpeg_path=Path(__file__)), clip("ten_bit"))
    assert "Permission denied" in refusal.message
    assert "FFMPEG_PATH" in refusal.fix


async def test_a_program_that_is_no_ffmpeg_is_not_held_against_the_clip(clip: Clip, tmp_path: Path) -> None:
    other = shutil.which("false")
    assert other is not None
    refusal = await refused(Desk(tmp_path / "out", ffmpeg_path=Path(other)), clip("ten_bit"))
    assert refusal.rule == "ffmpeg_unfit"


async def test_a_full_disk_is_seen_before_the_work(clip: Clip, tmp_path: Path) -> None:
    refusal = await refused(Desk(tmp_path / "out", free_bytes=lambda _: 1000), clip("ten_bit"))
    assert (refusal.rule, refusal.helper_prefix, refusal.retryable) == ("disk_full", None, True)
    assert left(tmp_path / "out") == []


async def test_a_directory_that_cannot_be_made_is_named(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert (await refused(Desk(tmp_path / "file" / "out"), clip("ten_bit"))).rule == "permission"


@pytest.mark.parametrize("behaviour", ["hangs", "ignores_term"])
async def test_a_cancellation_ends_ffmpeg_and_leaves_nothing(
    clip: Clip, tmp_path: Path, behaviour: str
) -> None:
    out = tmp_path / "out"
    desk = Desk(out, ffmpeg_path=fake_ffmpeg(tmp_path, behaviour))
    task = asyncio.create_task(prepared(desk, clip("ten_bit")))
    await until_written(tmp_path / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left(out) == []
    assert not is_running(tmp_path / "pid")


async def test_a_cancellation_while_waiting_for_a_turn_frees_the_queue(clip: Clip, tmp_path: Path) -> None:
    slow = Desk(tmp_path / "slow", ffmpeg_path=fake_ffmpeg(tmp_path, "hangs"))
    holding = asyncio.create_task(prepared(slow, clip("ten_bit")))
    await until_written(tmp_path / "pid")
    waiting = [asyncio.create_task(prepared(slow, clip(name))) for name in ("hlg", "four_two_two")]
    await asyncio.sleep(0)
    for task in [waiting[0], holding, waiting[1]]:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert (await prepared(Desk(tmp_path / "out"), clip("moov_last"))).is_converted


async def test_what_a_killed_process_left_is_cleared_away_later(
    desk: Desk, clip: Clip, tmp_path: Path
) -> None:
    old, new, other = (tmp_path / name for name in (f".a.{'0' * 32}.part", f".a.{'1' * 32}.part", ".a.part"))
    yesterday = time.time() - 24 * 3600
    for path, age in ((old, yesterday), (new, time.time()), (other, yesterday)):
        path.write_text("half")
        os.utime(path, (age, age))
    wish = Wish(use=MediaUse.REEL, target=Target.PLATFORM, fit=Fit.KEEP)
    await desk.convert(clip("moov_last"), wish, output=tmp_path / "made.mp4")
    assert [path.exists() for path in (old, new, other)] == [False, True, True]


async def test_the_loop_does_none_of_the_work(desk: Desk, clip: Clip) -> None:
    """Its thread spends well under 50 ms of processor time, so it can never have been blocked that long."""
    await prepared(desk, clip("moov_last"))  # imports done
    before = time.thread_time()
    await prepared(desk, clip("four_two_two"))
    assert time.thread_time() - before < 0.05


def test_threads_with_loops_of_their_own_share_one_desk(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    renditions = list[Rendition]()

    def work() -> None:
        renditions.append(asyncio.run(prepared(desk, clip("surround"))))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({rendition.path for rendition in renditions}) == 1
    assert len(renditions) == 4
    assert len(left(tmp_path / "renditions")) == 1


@pytest.mark.usefixtures("long_run")
async def test_eight_at_once_fail_or_end_each_for_itself(clip: Clip, tmp_path: Path) -> None:
    """One is cancelled while it runs, one meets a full disk, one loses its input: the others end well."""
    fakes = {name: tmp_path / name for name in ("hangs", "full_disk", "loses_the_input")}
    for directory in fakes.values():
        directory.mkdir()
    out = tmp_path / "out"
    desk = Desk(out)
    failing = {name: Desk(out, ffmpeg_path=fake_ffmpeg(place, name)) for name, place in fakes.items()}
    lost = Path(shutil.copy(clip("ten_bit"), tmp_path / "lost.mp4"))
    cancelled = asyncio.create_task(prepared(failing["hangs"], clip("prores")))
    await until_written(fakes["hangs"] / "pid")
    good = ("moov_last", "surround", "located", "four_two_two", "priming_edit")
    others = [asyncio.create_task(prepared(desk, clip(name))) for name in good]
    others += [
        asyncio.create_task(prepared(failing["full_disk"], clip("hlg"))),
        asyncio.create_task(prepared(failing["loses_the_input"], lost)),
    ]
    await asyncio.sleep(0)
    cancelled.cancel()
    ended = await asyncio.gather(*others, return_exceptions=True)
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert all(isinstance(result, Rendition) for result in ended[:5])
    assert [result.rule for result in ended[5:] if isinstance(result, MediaRefused)] == [
        "disk_full",
        "missing_file",
    ]
    assert not any(is_running(directory / "pid") for directory in fakes.values())
    assert len(left(out)) == 5


async def test_another_file_is_never_written_over_unasked(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    output = tmp_path / "precious.mp4"
    output.write_text("precious")
    with pytest.raises(MediaRefused) as caught:
        await desk.convert(clip("moov_last"), KEEP, output=output)
    assert (caught.value.rule, output.read_text()) == ("output_exists", "precious")
    rendition = await desk.convert(clip("moov_last"), KEEP, output=output, overwrite=True)
    assert rendition.size_bytes == output.stat().st_size > len("precious")


async def test_the_input_is_never_written_over(desk: Desk, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    shutil.copy(clip("moov_last"), path)
    link = tmp_path / "b.mp4"
    link.symlink_to(path)
    for output in (path, link):
        with pytest.raises(MediaRefused) as caught:
            await desk.convert(path, KEEP, output=output, overwrite=True)
        assert caught.value.rule == "output_is_input"
    assert path.read_bytes() == clip("moov_last").read_bytes()


async def test_what_appears_at_the_output_meanwhile_is_kept(clip: Clip, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    desk = Desk(tmp_path / "renditions", free_bytes=lambda _: output.write_text("new") and 1 << 40)
    with pytest.raises(MediaRefused) as caught:
        await desk.convert(clip("moov_last"), KEEP, output=output)
    assert (caught.value.rule, output.read_text()) == ("output_exists", "new")
    assert left(tmp_path) == ["out.mp4"]


async def test_a_directory_whose_name_is_not_utf8_is_refused(clip: Clip, tmp_path: Path) -> None:
    assert (await refused(Desk(tmp_path / "\udcff"), clip("moov_last"))).rule == "file_name"
