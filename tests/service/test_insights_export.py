"""An export is there whole, or not at all; and what cannot be exported is refused before anything is read."""

import asyncio
import errno
import resource
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.errors import NotFound, Refused
from pressroom.core.installation import install_extra
from pressroom.core.remedies import RemedyKind, command_of
from pressroom.service.session import Pressroom
from pressroom.store.store import open_store
from tests.insights.export.kept import NOW, ONE, kept, session

FORMATS = ["csv", "json", "xlsx", "parquet", "duckdb"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a store in which something is kept."""
    kept(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for the export alone, so that whatever is left behind is seen."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_folder_has_a_file_for_each_table_that_its_owner_alone_reads(home: Path, place: Path) -> None:
    async with session(home) as pressroom:
        done = await pressroom.insights.export(place / "out", format="parquet", layout="fivetran")
    assert names(place) == ["out"]
    assert names(place / "out") == ["media_history.parquet", "media_insights.parquet", "user_history.parquet"]
    modes = [path.stat().st_mode & 0o777 for path in (place / "out", *(place / "out").iterdir())]
    assert modes == [0o700, 0o600, 0o600, 0o600]
    assert done.size_bytes == sum(path.stat().st_size for path in (place / "out").iterdir())


@pytest.mark.parametrize("format_", FORMATS)
async def test_one_table_is_a_file(home: Path, place: Path, format_: Any) -> None:
    async with session(home) as pressroom:
        done = await pressroom.insights.export(place / "out", format=format_, table="followers")
    assert [(one.name, one.rows, one.file) for one in done.tables] == [("followers", 2, place / "out")]
    assert (names(place), (place / "out").stat().st_mode & 0o777) == (["out"], 0o600)


@pytest.mark.parametrize("format_", FORMATS)
async def test_what_is_there_stays_unless_it_is_to_be_replaced(home: Path, place: Path, format_: Any) -> None:
    async with session(home) as pressroom:
        export = pressroom.insights.export
        await export(place / "out", format=format_)
        before = (place / "out").stat().st_ino
        with pytest.raises(Refused, match="is there already") as refused:
            await export(place / "out", format=format_)
        assert refused.value.remedies[0].kind is RemedyKind.OVERWRITE_FILE
        await export(place / "out", format=format_, overwrite=True, accounts=[ONE])
    assert (place / "out").stat().st_ino != before
    assert names(place) == ["out"]


async def test_no_folder_but_an_exports_is_replaced(home: Path, place: Path) -> None:
    (place / "out").mkdir()
    async with session(home) as pressroom:
        await pressroom.insights.export(place / "out")  # it was empty
        (place / "out" / "thesis.odt").write_text("mine")
        with pytest.raises(Refused, match=r"holds more than an export: thesis\.odt"):
            await pressroom.insights.export(place / "out", overwrite=True)
        with pytest.raises(Refused, match="is no file"):
            await pressroom.insights.export(place / "out", format="duckdb", overwrite=True)
        with pytest.raises(Refused, match="is no folder"):
            await pressroom.insights.export(place / "out" / "thesis.odt", overwrite=True)
        (place / "link").symlink_to(place / "out")
        with pytest.raises(Refused, match="is a link"):
            await pressroom.insights.export(place / "link", overwrite=True)
    assert (place / "out" / "thesis.odt").read_text() == "mine"


@contextmanager
def full_disk(kib: int) -> Generator[None]:
    """Let no file become larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kib << 10, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
@pytest.mark.parametrize(
    ("format_", "kib"), [("csv", 1), ("json", 1), ("xlsx", 1), ("parquet", 8), ("duckdb", 8)]
)
async def test_a_full_disk_leaves_nothing_and_the_next_one_succeeds(
    home: Path, place: Path, format_: Any, kib: int
) -> None:
    async with session(home) as pressroom:
        await pressroom.insights.export(place / "warm", format=format_)  # the store has its files, too
        with full_disk(kib), pytest.raises(OSError, match=r".") as failed:
            await pressroom.insights.export(place / "out", format=format_)
        assert (failed.value.errno, names(place)) == (errno.EFBIG, ["warm"])
        await pressroom.insights.export(place / "out", format=format_)
    assert names(place) == ["out", "warm"]


@pytest.mark.parametrize("format_", FORMATS)
async def test_an_interrupted_one_leaves_nothing_and_the_next_one_succeeds(
    home: Path, place: Path, format_: Any
) -> None:
    async with session(home) as pressroom:

        def interrupt(_read: int, _all: int) -> None:
            task.cancel()

        task = asyncio.create_task(
            pressroom.insights.export(place / "out", format=format_, on_read=interrupt)
        )
        with pytest.raises(asyncio.CancelledError):
            await task
        assert names(place) == []
        seen = list[tuple[int, int]]()
        await pressroom.insights.export(
            place / "out", format=format_, on_read=lambda read, total: seen.append((read, total))
        )
    assert names(place) == ["out"]
    assert (seen[0], seen[-1]) == ((7, 23), (23, 23))


async def test_a_folder_that_is_not_there_is_named(home: Path, place: Path) -> None:
    async with session(home) as pressroom:
        with pytest.raises(FileNotFoundError) as failed:
            await pressroom.insights.export(place / "no" / "out")
    assert failed.value.filename == str(place / "no")


async def test_an_unknown_account_a_moment_to_come_and_an_unknown_table_are_refused(
    home: Path, place: Path
) -> None:
    async with session(home) as pressroom:
        export = pressroom.insights.export
        with pytest.raises(NotFound, match="'nobody'"):
            await export(place / "out", accounts=["nobody"])
        with pytest.raises(Refused, match="in the future"):
            await export(place / "out", since=NOW + timedelta(days=400))
        with pytest.raises(Refused, match="no table 'readings'") as refused:
            await export(place / "out", layout="fivetran", table="readings")
        assert "media_insights" in refused.value.fix
        words: dict[str, Any] = {"format": "ods", "layout": "airbyte"}
        for name, word in words.items():
            with pytest.raises(Refused, match=f"no {name} '{word}'"):
                await export(place / "out", **{name: word})
    async with Pressroom(environ={"PRESSROOM_HOME": str(home)}, account_name="nobody") as pressroom:
        with pytest.raises(NotFound, match="'nobody'"):
            await pressroom.insights.export(place / "out")
    assert names(place) == []


async def test_where_nothing_is_collected_it_says_how_to_collect(tmp_path: Path) -> None:
    async with session(tmp_path / "home") as pressroom:
        with pytest.raises(NotFound, match="Nothing is collected yet") as failed:
            await pressroom.insights.export(tmp_path / "out")
        assert not (tmp_path / "home").exists()
        open_store(tmp_path / "empty.db").close()
    with pytest.raises(NotFound, match="Nothing is collected yet"):
        async with session(tmp_path / "home") as pressroom:
            assert [text async for text in pressroom.insights.export_text("media")]
    assert [one.kind for one in failed.value.remedies] == [RemedyKind.PULL_INSIGHTS]


@pytest.mark.parametrize(
    ("package", "extra", "needing"),
    [("duckdb", "report", {"parquet", "duckdb"}), ("openpyxl", "xlsx", {"xlsx"})],
)
async def test_without_an_extra_the_other_formats_go_and_its_own_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, extra: str, needing: set[str]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    formats: list[Any] = FORMATS
    place = tmp_path / "place"
    place.mkdir()
    async with kept(tmp_path / "home") as pressroom:
        for format_ in formats:
            if format_ not in needing:
                await pressroom.insights.export(place / format_, format=format_, table="media")
                continue
            with pytest.raises(Refused, match="not installed") as refused:
                await pressroom.insights.export(place / format_, format=format_, table="media")
            assert command_of(install_extra(extra)) in refused.value.fix
    assert {*names(place)} == {*FORMATS} - needing
