"""Converted files are kept within a budget, and for as long as they are of use."""

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.core.settings import Settings
from pressroom.hosting.renditions import Kept, kept_files, sweep_renditions
from pressroom.hosting.signing import SignedHost
from pressroom.hosting.ways import clear_leftovers
from pressroom.media.files import part_of, rendition_name

NOW = time.time()
DAY_S = 86_400
MADE_BYTES = 100


class Shelf:
    """The renditions of a data directory with room for three."""

    def __init__(self, settings: Settings) -> None:
        self.settings = replace(settings, renditions_max_bytes=3 * MADE_BYTES)
        self.directory = settings.renditions
        self.directory.mkdir(parents=True)

    def source(self, name: str, directory: Path) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / name
        path.write_text(name)
        return path

    def add(self, name: str, *, days: float, read_days: float | None = None) -> Path:
        """Make a rendition of a source that holds its own name. days: since it was made; read_days: read."""
        source = self.source(name, self.settings.home.parent)
        path = self.directory / rendition_name(source, "settings", ".mp4")
        path.write_bytes(bytes(MADE_BYTES))
        read = days if read_days is None else read_days
        os.utime(path, (NOW - read * DAY_S, NOW - days * DAY_S))
        return path

    def keep(self, name: str, directory: str = "assets") -> Path:
        """Keep a copy of such a source for a post, named by its content."""
        source = self.source(name, self.settings.home / directory)
        digest = rendition_name(source, "", "")  # its beginning is the hash's
        return source.rename(source.with_name(digest.partition("-")[0] + "0" * 40 + ".mov"))

    def sweep(self, *spent: Path) -> int:
        return sweep_renditions(self.settings, now=NOW, spent=spent)


@pytest.fixture
def shelf(settings: Settings) -> Shelf:
    return Shelf(settings)


def test_what_nobody_used_for_a_month_is_deleted(shelf: Shelf) -> None:
    old, younger, used = (
        shelf.add("a", days=31),
        shelf.add("b", days=29),
        shelf.add("c", days=90, read_days=5),
    )
    assert shelf.sweep() == 1
    assert [path.exists() for path in (old, younger, used)] == [False, True, True]


def test_above_the_budget_the_longest_unused_go_first_and_no_more_than_need_to(shelf: Shelf) -> None:
    made = [shelf.add(str(days), days=days) for days in (9, 7, 5, 4, 3)]
    assert shelf.sweep() == 2
    assert [path.exists() for path in made] == [False, False, True, True, True]
    assert shelf.sweep() == 0


def test_what_was_used_within_two_days_stays_whatever_the_budget(shelf: Shelf) -> None:
    """It may be on its way to Instagram, by whichever process."""
    for number in range(6):
        shelf.add(str(number), days=20, read_days=1.9)
    assert shelf.sweep() == 0


@pytest.mark.parametrize("store", ["assets", "assets/0123456789abcdef"])
def test_what_was_made_of_a_copy_stays_for_its_post(shelf: Shelf, store: str) -> None:
    """Also where the copy is another store's, which alone knows what it is for."""
    planned, other = shelf.add("planned", days=90), shelf.add("other", days=90)
    shelf.keep("planned", store)
    shelf.settings = replace(shelf.settings, renditions_max_bytes=0)
    assert shelf.sweep() == 1
    assert [path.exists() for path in (planned, other)] == [True, False]


def test_what_was_made_of_a_copy_that_no_post_is_published_from_may_go(shelf: Shelf) -> None:
    shelf.add("published", days=90)
    assert shelf.sweep(shelf.keep("published")) == 1


async def test_what_is_served_stays_and_counts_once(shelf: Shelf) -> None:
    made = shelf.add("a", days=90)
    await SignedHost(shelf.settings, "https://example.com").put(
        made, content_type="video/mp4", lifetime_s=DAY_S
    )
    assert kept_files(shelf.directory) == Kept(1, MADE_BYTES)
    for path in shelf.directory.iterdir():
        os.utime(path, (0, 0))
    assert shelf.sweep() == 0


def test_nothing_else_in_the_directory_is_touched(shelf: Shelf, tmp_path: Path) -> None:
    own, link = shelf.directory / "holiday.mp4", shelf.directory / f"{'a' * 24}-{'b' * 8}.mp4"
    own.write_bytes(bytes(10 * MADE_BYTES))
    os.utime(own, (0, 0))
    link.symlink_to(shelf.source("elsewhere", tmp_path))
    assert shelf.sweep() == 0
    assert own.exists()
    assert link.is_symlink()


def test_there_may_be_no_renditions_at_all(settings: Settings) -> None:
    assert sweep_renditions(settings, now=NOW) == 0
    assert kept_files(settings.renditions) == Kept(0, 0)


def part_beside(target: Path) -> Path:
    """Name a file as one that is written for this place is."""
    with part_of(target) as part:
        return part


async def test_clearing_up_sweeps_them_and_what_a_killed_process_left_half_written(shelf: Shelf) -> None:
    """What is being written stays, by whichever process."""
    old = shelf.add("a", days=31)
    left, written = [part_beside(shelf.directory / name) for name in ("killed.mp4", "living.mp4")]
    for path in (left, written):
        await asyncio.to_thread(path.write_text, "half")
    os.utime(left, (NOW - DAY_S, NOW - DAY_S))
    await clear_leftovers(shelf.settings)
    assert [path.exists() for path in (old, left, written)] == [False, False, True]
