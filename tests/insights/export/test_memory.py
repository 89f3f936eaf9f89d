"""An export takes the same memory whatever there is to export."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from pressroom.core.readings import KeptMedia, Reading, Streamed
from pressroom.graph.answers import MediaId
from pressroom.insights.export import at_ages, fivetran, tables
from pressroom.insights.export.native import NATIVE
from pressroom.insights.export.tables import Layout, Selection
from pressroom.insights.export.workbook import WorkbookWriter
from pressroom.insights.export.writing import SPELLINGS, DuckWriter, TextWriter, Writer
from pressroom.store.insights.readings import SqlReadings
from tests.insights.export.kept import NOW, ONE, media, reading

AGES = 5
# A workbook takes its time, of which each line of a table needs the same.
MEDIA_ALONE = replace(NATIVE, tables=NATIVE.tables[:1])


class Endless(SqlReadings):
    """A repository that makes up what it is asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def page(
        self,
        account: str,  # noqa: ARG002  # the repository's
        kind: type[Streamed],
        after: Any,
        limit: int,
        **_since: object,
    ) -> Sequence[Any]:
        if kind is KeptMedia:
            first = int(after.id) if after else 0
            return [self._one(n + 1) for n in range(first, min(self._count, first + limit))]
        if kind is Reading:
            first = (int(after.media_id) - 1) * AGES + after.age_s // 3600 if after else 0
            return [self._reading(n) for n in range(first, min(self._count * AGES, first + limit))]
        return ()

    def media(self, account: str, query: object) -> Sequence[KeptMedia]:  # noqa: ARG002  # the repository's
        return ()

    def aged(self, account: str, of: object, youngest_s: int = 0, oldest_s: int | None = None) -> list[Any]:
        del account, of, youngest_s, oldest_s
        return []

    def _one(self, number: int) -> KeptMedia:
        return media(MediaId(f"{number:010}"), "FEED", "IMAGE", "Lofoten " * 20)

    def _reading(self, number: int) -> Reading:
        found = reading(MediaId(f"{number // AGES + 1:010}"), number % AGES + 1, views=number, reach=number)
        assert found.read_at == NOW + timedelta(hours=number % AGES + 1)
        return found


def writer(format_: str, layout: Layout, folder: Path) -> Writer:
    if format_ == "duckdb":
        return DuckWriter(folder / "out.duckdb", layout.tables, layout.schema, folder)
    if format_ == "xlsx":
        return WorkbookWriter(folder / "out.xlsx", layout.tables, folder)
    return TextWriter(
        {table: folder / table.name for table in layout.tables}, SPELLINGS[cast("Any", format_)]
    )


def peak(count: int, format_: str, layout: Layout, folder: Path) -> int:
    """Export so many media, and give the most memory that Python had at once."""
    folder.mkdir()
    wanted = Selection([ONE], frozenset(table.name for table in layout.tables), NOW)
    tracemalloc.start()
    try:
        written = writer(format_, layout, folder)
        for chunk in layout.chunks(Endless(count), wanted):
            written.write(chunk)
        written.finish()
        written.close()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PAGE", 20)
    monkeypatch.setattr(fivetran, "_MEDIA", 10)
    monkeypatch.setattr(at_ages, "AT_ONCE", 20)


@pytest.mark.parametrize(
    ("format_", "layout"),
    [
        ("csv", NATIVE),
        ("json", NATIVE),
        ("xlsx", MEDIA_ALONE),
        ("duckdb", NATIVE),
        ("csv", fivetran.FIVETRAN),
    ],
    ids=["csv", "json", "xlsx", "duckdb", "fivetran"],
)
def test_twenty_times_as_much_takes_no_more_memory(tmp_path: Path, format_: str, layout: Layout) -> None:
    peak(30, format_, layout, tmp_path / "warm")
    small = peak(30, format_, layout, tmp_path / "small")
    # All at once they would be megabytes. The interpreter's own tables grow too, but not in both runs.
    large = min(peak(600, format_, layout, tmp_path / name) for name in ("large", "again"))
    assert large < small + 500_000


def test_all_at_once_would_be_told_apart() -> None:
    tracemalloc.start()
    try:
        wanted = Selection([ONE], frozenset(table.name for table in NATIVE.tables), NOW)
        held = list(NATIVE.chunks(Endless(600), wanted))
        assert tracemalloc.get_traced_memory()[0] > 1_200_000
        assert sum(chunk.read for chunk in held) == 600 * (1 + 2 * AGES)
    finally:
        tracemalloc.stop()
