"""Exports what is kept of insights as tables: CSV, JSON, Parquet or DuckDB, whole or not at all."""

import stat
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pressroom.core.account import AccountId, shown_account
from pressroom.core.errors import NotFound, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.insights.export.fivetran import FIVETRAN
from pressroom.insights.export.native import NATIVE
from pressroom.insights.export.tables import Chunk, Layout, Selection, Table
from pressroom.insights.export.writing import (
    FORMATS,
    SPELLINGS,
    SUFFIXES,
    DuckWriter,
    Format,
    ParquetWriter,
    TextWriter,
    Writer,
    require_duckdb,
)
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.output import is_there, require_no_link
from pressroom.store.files import folder_aside, put_in_place

if TYPE_CHECKING:
    from pressroom.store.store import Store

__all__ = ["FORMATS", "LAYOUTS", "TABLES", "Exported", "Format", "InsightExport", "LayoutName", "Written"]

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
class _Counted:
    """Chunks of the tables that are wanted, counted as they pass."""

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
    """One export. table: the one that is wanted; None for all. accounts: empty for all that are kept."""

    acting: Acting
    format: Format
    layout: LayoutName
    table: str | None = None
    since: datetime | None = None
    accounts: Sequence[str] = ()
    on_read: OnRead = field(default=lambda _read, _all: None)

    async def to(self, output: Path, *, overwrite: bool) -> Exported:
        """Write a file, or a folder with a file for each table. Raises what `InsightService.export` does."""
        self._check()
        _require_place(output, overwrite=overwrite, is_folder=self._is_folder)
        store, wanted = await self._wanted()
        counted = _Counted(self._layout.chunks(store.readings, wanted), dict.fromkeys(self._names(), 0))
        total = await self._count(store, wanted.accounts)
        with folder_aside(output) as aside:
            made = aside / "export"
            with closing(await store.run(self._writer, made, aside)) as writer:
                while await store.run(counted.step, writer):
                    self.on_read(min(counted.read, total), total)
                await store.run(writer.finish)
            await store.run(put_in_place, made, output)
        return self._exported(output, counted.rows)

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
        store, wanted = await self._wanted()
        (table,), spelling = self._tables, SPELLINGS[self.format]
        chunks = self._layout.chunks(store.readings, wanted)
        yield spelling.head(table).decode()
        while chunk := await store.run(next, chunks, None):
            yield spelling.lines(table, chunk.lines.get(table.name, ())).decode()

    @property
    def _layout(self) -> Layout:
        return LAYOUTS[self.layout]

    @property
    def _tables(self) -> Sequence[Table]:
        return [one for one in self._layout.tables if self.table in (None, one.name)]

    def _names(self) -> list[str]:
        return [one.name for one in self._tables]

    @property
    def _is_folder(self) -> bool:
        return self.table is None and self.format != "duckdb"

    def _check(self) -> None:
        """Refuse what cannot be exported before anything is read."""
        _require_known("format", self.format, FORMATS)
        _require_known("layout", self.layout, list(LAYOUTS))
        if self.table is not None:
            _require_known("table", self.table, TABLES[self.layout])
        now = self.acting.resources.clock.now()
        if self.since is not None and self.since > now:
            raise Refused(
                f"{self.since.isoformat()} is in the future: nothing was read since then.",
                rule="since",
                value=self.since.isoformat(),
                limit="a moment in the past",
                fix="Name an earlier moment, or leave it out for everything.",
            )
        if self.format not in SPELLINGS:
            require_duckdb()

    def _files(self, output: Path) -> Mapping[Table, Path]:
        suffix = SUFFIXES[self.format]
        return {
            table: output / f"{table.name}{suffix}" if self._is_folder else output for table in self._tables
        }

    def _writer(self, made: Path, aside: Path) -> Writer:
        files = self._files(made)
        if self._is_folder:
            made.mkdir(mode=0o700)
        match self.format:
            case "duckdb":
                return DuckWriter(made, self._tables, self._layout.schema, aside)
            case "parquet":
                return ParquetWriter(files, aside)
            case _:
                return TextWriter(files, SPELLINGS[self.format])

    async def _wanted(self) -> "tuple[Store, Selection]":
        # A store is not made where there is none: nothing would be in it.
        if not self.acting.resources.has_store:
            raise _nothing()
        store = await self.acting.resources.store()
        kept = await store.run(store.readings.accounts)
        own = (self.acting.name,) if self.acting.name else ()
        accounts = [await self._account(name, kept) for name in self.accounts or own] or kept
        if not set(accounts) & set(kept):
            raise _nothing()
        return store, Selection(list(dict.fromkeys(accounts)), frozenset(self._names()), self.since)

    async def _account(self, name: str, kept: Sequence[str]) -> str:
        """Return the id of an account by the name of a login, or by its id."""
        if stored := await self.acting.login(name):
            return stored.account
        found = next((one for one in kept if name in (one, shown_account(one))), None)
        if found is None:
            raise NotFound(
                f"No account {name!r} is signed in, or has insights.",
                fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS)),
            )
        return AccountId(found)

    async def _count(self, store: "Store", accounts: Sequence[str]) -> int:
        found = [await store.run(store.readings.kept, account) for account in accounts]
        return sum(one.media + one.readings + one.missed + one.days for one in found)


def _require_known(rule: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise Refused(
            f"There is no {rule} {word!r}.",
            rule=rule,
            value=word,
            limit=", ".join(known),
            fix=f"Name one of these: {', '.join(known)}.",
        )


def _nothing() -> NotFound:
    return NotFound(
        "Nothing is collected yet.", fix=Fix.of("Collect it: {}.", Remedy(RemedyKind.PULL_INSIGHTS))
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
        _require_ours(output)
        if not any(output.iterdir()):
            return
    if not overwrite:
        raise is_there(output)


def _require_ours(folder: Path) -> None:
    # Whoever names their home by mistake would lose it.
    ours = {f"{name}{suffix}" for names in TABLES.values() for name in names for suffix in SUFFIXES.values()}
    other = next((one.name for one in folder.iterdir() if one.name not in ours or one.is_dir()), None)
    if other is not None:
        raise Refused(
            f"{folder} holds more than an export: {other}.",
            rule="output",
            value=str(folder),
            limit="a new folder, or one of an earlier export",
            fix="Choose another output.",
        )
