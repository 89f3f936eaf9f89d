"""Exports what is kept of insights as tables: CSV, JSON, xlsx, Parquet or DuckDB, whole or not at all."""

import stat
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pressroom.core.errors import Refused
from pressroom.core.installation import require_openpyxl
from pressroom.core.spelling import PLAIN_CSV, CsvStyle
from pressroom.insights.export.fivetran import FIVETRAN
from pressroom.insights.export.native import AT_AGES, NATIVE, for_people
from pressroom.insights.export.tables import Chunk, Layout, Selection, Table
from pressroom.insights.export.workbook import WorkbookWriter
from pressroom.insights.export.writing import (
    FORMATS,
    OF_ALL_TABLES,
    SPELLINGS,
    SUFFIXES,
    DuckWriter,
    Format,
    ParquetWriter,
    TextWriter,
    Writer,
    require_duckdb,
    spelling_of,
)
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.output import is_there, require_no_link
from pressroom.service.insights.accounts import find_accounts, nothing_collected
from pressroom.store.files import folder_aside, put_in_place

if TYPE_CHECKING:
    from pressroom.store.store import Store

__all__ = [
    "FORMATS",
    "LAYOUTS",
    "OF_ALL_TABLES",
    "TABLES",
    "Exported",
    "Format",
    "InsightExport",
    "LayoutName",
    "Written",
]

LayoutName: TypeAlias = Literal["native", "fivetran"]
LAYOUTS: Final[Mapping[LayoutName, Layout]] = {"native": NATIVE, "fivetran": FIVETRAN}
TABLES: Final = {name: [table.name for table in layout.tables] for name, layout in LAYOUTS.items()}
"""The names of the tables of each layout."""
OnRead = Callable[[int, int], None]
"""Called with how many kept values were read, and how many there are."""


@dataclass(frozen=True, slots=True)
class Written:
    """A table that was written. file: the one that it is in."""

    name: str
    rows: int
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written. output: the file, or the folder with a file for each table."""

    output: Path
    format: Format
    layout: LayoutName
    tables: tuple[Written, ...]
    size_bytes: int


@dataclass(slots=True)
class _Progress:
    """Chunks of the exported tables, counted as they are written."""

    chunks: Iterator[Chunk]
    rows: dict[str, int]
    read: int = 0

    def step(self, writer: Writer) -> bool:
        """Write the next chunk; False after the last."""
        chunk = next(self.chunks, None)
        if chunk is None:
            return False
        writer.write(chunk)
        self.read += chunk.read
        for name, lines in chunk.lines.items():
            self.rows[name] += len(lines)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightExport:
    """An export. table: the only one that is wanted; None for all. accounts: empty for all that are kept.

    csv: how CSV is spelled.
    """

    acting: Acting
    format: Format
    layout: LayoutName
    table: str | None = None
    csv: CsvStyle = PLAIN_CSV
    since: datetime | None = None
    accounts: Sequence[str] = ()
    on_read: OnRead = field(default=lambda _read, _all: None)

    async def to(self, output: Path, *, overwrite: bool) -> Exported:
        """Write a file, or a folder with a file for each table. Raises what `InsightService.export` does."""
        self._check()
        _require_place(output, overwrite=overwrite, is_folder=self._is_folder)
        store, selection = await self._select()
        names = [table.name for table in self._tables]
        progress = _Progress(self._layout.chunks(store.readings, selection), dict.fromkeys(names, 0))
        kept = [await store.run(store.readings.kept, account) for account in selection.accounts]
        total = sum(count.media + count.readings + count.missed + count.days for count in kept)
        if AT_AGES.name in selection.tables:
            # These are read twice.
            total += sum(count.readings for count in kept)
        # Written beside its place and moved there in the end, so that an export is whole or not there.
        with folder_aside(output) as aside:
            export = aside / "export"
            with closing(await store.run(self._writer, export, aside)) as writer:
                while await store.run(progress.step, writer):
                    self.on_read(min(progress.read, total), total)
                await store.run(writer.finish)
            await store.run(put_in_place, export, output)
        return self._exported(output, progress.rows)

    def _exported(self, output: Path, rows: Mapping[str, int]) -> Exported:
        output = output.absolute()
        files = self._files(output)
        return Exported(
            output=output,
            format=self.format,
            layout=self.layout,
            tables=tuple(Written(table.name, rows[table.name], file) for table, file in files.items()),
            size_bytes=sum(file.stat().st_size for file in {*files.values()}),
        )

    async def text(self) -> AsyncIterator[str]:
        """Yield the text of one table. Raises what `InsightService.export` does."""
        self._check()
        store, selection = await self._select()
        (table,), spelling = self._tables, spelling_of(self.format, self.csv)
        chunks = self._layout.chunks(store.readings, selection)
        # A page at a time: a history of years does not fit in memory.
        yield spelling.head(table).decode()
        while chunk := await store.run(next, chunks, None):
            yield spelling.lines(table, chunk.lines.get(table.name, ())).decode()

    @property
    def _layout(self) -> Layout:
        is_for_excel = self.format == "xlsx" or (self.format == "csv" and self.csv.is_for_excel)
        return for_people(NATIVE) if is_for_excel and self.layout == "native" else LAYOUTS[self.layout]

    @property
    def _tables(self) -> Sequence[Table]:
        return [table for table in self._layout.tables if self.table in (None, table.name)]

    @property
    def _is_folder(self) -> bool:
        return self.table is None and self.format not in OF_ALL_TABLES

    def _check(self) -> None:
        """Refuse what cannot be exported before anything is read."""
        _require_word("format", self.format, FORMATS)
        _require_word("layout", self.layout, list(LAYOUTS))
        if self.table is not None:
            _require_word("table", self.table, TABLES[self.layout])
        now = self.acting.resources.clock.now()
        if self.since is not None and self.since > now:
            raise Refused(
                f"{self.since.isoformat()} is in the future: nothing was read since then.",
                rule="since",
                value=self.since.isoformat(),
                limit="a moment in the past",
                fix="Name an earlier moment, or leave it out for everything.",
            )
        if self.format == "xlsx":
            require_openpyxl()
        elif self.format not in SPELLINGS:
            require_duckdb()

    def _files(self, output: Path) -> Mapping[Table, Path]:
        suffix = SUFFIXES[self.format]
        return {
            table: output / f"{table.name}{suffix}" if self._is_folder else output for table in self._tables
        }

    def _writer(self, export: Path, aside: Path) -> Writer:
        files = self._files(export)
        # Numbers of an account are for its owner: other users of the machine read none of them.
        if self._is_folder:
            export.mkdir(mode=0o700)
        match self.format:
            case "duckdb":
                return DuckWriter(export, self._tables, self._layout.schema, aside)
            case "xlsx":
                return WorkbookWriter(export, self._tables, aside)
            case "parquet":
                return ParquetWriter(files, aside)
            case _:
                return TextWriter(files, spelling_of(self.format, self.csv))

    async def _select(self) -> "tuple[Store, Selection]":
        accounts = [account.id for account in await find_accounts(self.acting, self.accounts)]
        store = await self.acting.resources.store()
        # A named account of which nothing is kept would give tables without a line.
        if not set(accounts) & set(await store.run(store.readings.accounts)):
            raise nothing_collected(self.acting.name)
        logins = await store.run(store.accounts.list)
        return store, Selection(
            accounts=list(dict.fromkeys(accounts)),
            tables=frozenset(table.name for table in self._tables),
            now=self.acting.resources.clock.now(),
            since=self.since,
            names={login.account: login.name for login in logins},
            zones={login.account: ZoneInfo(login.timezone) for login in logins},
        )


def _require_word(rule: str, word: str, words: Sequence[str]) -> None:
    if word not in words:
        raise Refused(
            f"There is no {rule} {word!r}.",
            rule=rule,
            value=word,
            limit=", ".join(words),
            fix=f"Name one of these: {', '.join(words)}.",
        )


def _require_place(output: Path, *, overwrite: bool, is_folder: bool) -> None:
    """Raise Refused for what cannot be written to, or would be lost without having been given up."""
    require_no_link(output)
    if not output.exists():
        return
    if output.is_dir() != is_folder or not (is_folder or stat.S_ISREG(output.stat().st_mode)):
        raise Refused(
            f"{output} is no {'folder' if is_folder else 'file'}.",
            rule="output",
            value=str(output),
            limit="a folder, for a file of each table" if is_folder else "a file",
            fix="Choose another output.",
        )
    if is_folder:
        # Whoever names their home by mistake would lose it.
        ours = {
            f"{name}{suffix}" for names in TABLES.values() for name in names for suffix in SUFFIXES.values()
        }
        other = next((path.name for path in output.iterdir() if path.name not in ours or path.is_dir()), None)
        if other is not None:
            raise Refused(
                f"{output} holds more than an export: {other}.",
                rule="output",
                value=str(output),
                limit="a new folder, or one of an earlier export",
                fix="Choose another output.",
            )
        if not any(output.iterdir()):
            return
    if not overwrite:
        raise is_there(output)
