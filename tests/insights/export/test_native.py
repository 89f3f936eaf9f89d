"""The layout `native` holds what the store does, value for value, in every format."""

import csv
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pytest
from msgspec.structs import replace as changed
from openpyxl import load_workbook

from pressroom.core.account import StoredAccount
from pressroom.core.spelling import unguarded
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import DEFAULT_BASE, DEFAULT_VERSION, LoginType
from pressroom.insights.export import workbook
from pressroom.insights.export.native import AT_AGES, NATIVE, READINGS, for_people
from pressroom.insights.export.tables import Kind
from pressroom.service.insights.service import InsightService
from pressroom.store.store import open_store
from tests.insights.export import kept as k

Rows = list[dict[str, Any]]
ACCOUNT = {"account_id": "17841400000000001", "host": "instagram"}
# The day of Los Angeles and of an account without a zone, in which the moment stands.
DAY, PUBLISHED_DAY = date(2026, 11, 19), date(2026, 11, 17)


def expected() -> Mapping[str, Rows]:
    """What is kept, as rows of the tables, in the order of their keys."""
    by_reading = sorted(k.READINGS, key=lambda one: (one.media_id, one.age_s))
    return {
        "media": [
            {
                **ACCOUNT,
                "media_id": one.id,
                "product_type": one.product_type,
                "media_type": one.media_type,
                "published_at": one.published_at,
                "published_day": PUBLISHED_DAY,
                "caption": one.caption,
                "permalink": one.permalink,
                "shortcode": one.shortcode,
                "found_at": one.found_at,
                "vanished_at": one.vanished_at,
                "predates_account": one.predates_account,
                "refused_metrics": list(one.refused) or None,
                "earlier_captions": [{"caption": None, "until": "2026-11-20T12:00:00.250000Z"}]
                if one.earlier_captions
                else None,
            }
            for one in k.MEDIA
        ],
        "readings": [
            {
                **dict.fromkeys(READINGS.names),
                **ACCOUNT,
                "media_id": one.media_id,
                "age_s": one.age_s,
                "read_at": one.read_at,
                "api_version": one.version,
                **_columns(one.numbers),
            }
            for one in by_reading
        ],
        "at_ages": [
            {
                **dict.fromkeys(AT_AGES.names),
                **ACCOUNT,
                "media_id": reading.media_id,
                "kind": kind,
                "published_at": k.NOW - 3 * k.DAY,
                "published_day": PUBLISHED_DAY,
                "age_s": reading.age_s,
                "age": age,
                "from_age_s": reading.age_s,
                "to_age_s": reading.age_s,
                "basis": "read",
                **_columns(reading.numbers),
            }
            for reading, kind, age in (
                (k.READINGS[1], "photo", "24 h"),
                (k.READINGS[4], "reel", "24 h"),
                (k.READINGS[5], "story", "23 h"),
            )
        ],
        "reading_parts": [
            {
                **ACCOUNT,
                "media_id": one.media_id,
                "age_s": one.age_s,
                "metric": metric,
                "part": part,
                "number": number,
            }
            for one in by_reading
            for metric, parts in one.parts.items()
            for part, number in parts.items()
        ],
        "missed_readings": [
            {
                **ACCOUNT,
                "media_id": k.PHOTO,
                "planned_age_s": 10_800,
                "why": "not_running",
                "text": "no worker",
                "noted_at": k.NOW,
            }
        ],
        "account_days": [
            {
                **ACCOUNT,
                "metric": one.metric,
                "day": DAY,
                "ends_at": one.ends_at,
                "number": one.number,
                "read_at": one.read_at,
            }
            for one in k.DAYS
        ],
        "account_day_parts": [
            {
                **ACCOUNT,
                "metric": "views",
                "day": DAY,
                "ends_at": k.NOW,
                "breakdown": "follow_type",
                "part": part,
                "number": number,
            }
            for part, number in (("FOLLOWER", 3), ("NON_FOLLOWER", 1.5))
        ],
        "audience": [
            {
                **ACCOUNT,
                "metric": "follower_demographics",
                "breakdown": "city",
                "read_at": k.NOW,
                "part": "Bodø",
                "number": 4,
            }
        ],
        "followers": [
            {
                **ACCOUNT,
                "read_at": one.read_at,
                "followers_count": one.followers_count,
                "follows_count": one.follows_count,
                "media_count": one.media_count,
                "username": one.username,
                "name": one.name,
                "website": one.website,
            }
            for one in k.OWN
        ],
    }


def _columns(numbers: Mapping[str, float]) -> dict[str, Any]:
    """The columns of numbers; `other` has metrics that nobody knows, and a count that is no whole number."""
    other = {
        name: number
        for name, number in numbers.items()
        if name not in READINGS.names or (name == "views" and number != int(number))
    }
    parts = [numbers[name] for name in ("likes", "comments", "saved", "shares") if name in numbers]
    reach = numbers.get("reach")
    return {
        **{name: number for name, number in numbers.items() if name not in other},
        "engagement_rate": round(sum(parts) / reach * 100, 2) if reach and parts else None,
        "other": other or None,
    }


def of_duckdb(read: str, opened: duckdb.DuckDBPyConnection) -> Rows:
    opened.execute("SET timezone = 'UTC'")
    found = opened.execute(read)
    kinds = {one[0]: str(one[1]) for one in found.description or ()}
    return [
        {
            name: json.loads(cell) if kinds[name] == Kind.JSON and cell is not None else cell
            for name, cell in zip(kinds, row, strict=True)
        }
        for row in found.fetchall()
    ]


def of_csv(path: Path, table: str) -> Rows:
    kinds = {one.name: one.kind for found in NATIVE.tables if found.name == table for one in found.columns}
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: _cell(text, kinds[name]) for name, text in row.items()} for row in csv.DictReader(file)
        ]


def _cell(text: str, kind: Kind) -> Any:
    if not text:
        return None
    match kind:
        case Kind.TEXT:
            return unguarded(text)
        case Kind.MOMENT:
            return datetime.fromisoformat(text)
        case Kind.DATE:
            return date.fromisoformat(text)
        case _:
            return json.loads(text)


def of_json(path: Path, table: str) -> Rows:
    kinds = {one.name: one.kind for found in NATIVE.tables if found.name == table for one in found.columns}
    parsed: dict[Kind, Any] = {Kind.MOMENT: datetime.fromisoformat, Kind.DATE: date.fromisoformat}
    return [
        {
            name: parsed[kinds[name]](cell) if kinds[name] in parsed and cell else cell
            for name, cell in json.loads(line).items()
        }
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def of_xlsx(path: Path, table: str) -> Rows:
    """Read a sheet, without the name of the account, and with the moments that it has in UTC."""
    columns = next(found.columns for found in for_people(NATIVE).tables if found.name == table)
    # openpyxl opens no file of another name than `.xlsx`.
    with path.open("rb") as file, closing(load_workbook(file)) as book:
        head, *rows = book[table].iter_rows(values_only=True)
    assert list(head) == [column.name for column in columns]
    return [
        {
            column.name.removesuffix(" (UTC)"): _of_sheet(cell, column.kind)
            for cell, column in zip(row, columns, strict=True)
            if column.name != "account"
        }
        for row in rows
    ]


def _of_sheet(cell: Any, kind: Kind) -> Any:
    match cell, kind:
        case str(), Kind.JSON:
            return json.loads(cell)
        case str(), _:
            return cell.replace("_x0000_", "\0")
        case datetime(), Kind.DATE:
            return cell.date()
        case datetime(), _:
            return cell.replace(tzinfo=UTC)
        case _:
            return cell


def read_back(format_: str, output: Path, table: str) -> Rows:
    match format_:
        case "csv":
            return of_csv(output / f"{table}.csv", table)
        case "json":
            return of_json(output / f"{table}.jsonl", table)
        case "xlsx":
            return of_xlsx(output, table)
        case "parquet":
            with duckdb.connect() as opened:
                return of_duckdb(f"FROM '{output}/{table}.parquet'", opened)
        case _:
            with duckdb.connect(str(output), read_only=True) as opened:
                return of_duckdb(f"FROM {table}", opened)


@pytest.mark.parametrize("format_", ["csv", "json", "xlsx", "parquet", "duckdb"])
async def test_every_value_comes_back_and_what_is_missing_is_no_0(tmp_path: Path, format_: Any) -> None:
    async with k.kept(tmp_path / "home") as pressroom:
        done = await pressroom.insights.export(tmp_path / "out", format=format_)
    rows = expected()
    assert {one.name: one.rows for one in done.tables} == {name: len(of) for name, of in rows.items()}
    for table, of in rows.items():
        found = read_back(format_, done.output, table)
        assert found == of, table
        assert [list(row) for row in found] == [list(row) for row in of], table


async def test_pandas_reads_the_same_from_parquet(tmp_path: Path) -> None:
    pd: Any = import_module("pandas")
    async with k.kept(tmp_path / "home") as pressroom:
        await pressroom.insights.export(tmp_path / "out", format="parquet")
    for table, of in expected().items():
        found = pd.read_parquet(tmp_path / "out" / f"{table}.parquet", dtype_backend="numpy_nullable")
        rows = [
            {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
            for row in found.to_dict("records")
        ]
        texts = [
            {
                name: json.dumps(cell, separators=(",", ":")) if isinstance(cell, list | dict) else cell
                for name, cell in row.items()
            }
            for row in of
        ]
        assert rows == texts, table


@pytest.mark.parametrize("format_", ["parquet", "duckdb"])
async def test_columns_have_the_types_that_are_declared(tmp_path: Path, format_: Any) -> None:
    async with k.kept(tmp_path / "home") as pressroom:
        done = await pressroom.insights.export(tmp_path / "out", format=format_)
    for table, written in zip(NATIVE.tables, done.tables, strict=True):
        source = f"'{written.file}'" if format_ == "parquet" else table.name
        with duckdb.connect(":memory:" if format_ == "parquet" else str(done.output)) as opened:
            found = opened.execute(f"DESCRIBE FROM {source}").fetchall()
        declared = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
        assert [row[:2] for row in found] == [
            (one.name, declared.get(one.kind, one.kind.value)) for one in table.columns
        ]


async def test_formulas_are_texts_in_what_a_spreadsheet_opens_and_data_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = k.EarlierCaption(caption="Hi,=1+1\t@SUM(1)", until=k.NOW)
    odd = changed(k.media(k.PHOTO, "FEED", "IMAGE", k.ODD), earlier_captions=(earlier,))
    monkeypatch.setattr(k, "MEDIA", [odd])
    with open_store(tmp_path / "pressroom.db") as store:
        k.keep(store)
    async with k.session(tmp_path) as pressroom:
        await pressroom.insights.export(tmp_path / "out", table="media")
        await pressroom.insights.export(tmp_path / "out.xlsx", table="media", format="xlsx")
        lines = [text async for text in pressroom.insights.export_text("media", format="json")]
    text = (tmp_path / "out").read_text("utf-8")
    assert "\"'=HYPERLINK(" in text
    # JSON in a cell is escaped as JSON, so that it means the same.
    assert "Hi,\\u003d1+1" in text
    (row,) = csv.DictReader(text.splitlines(keepends=True))
    assert json.loads(row["earlier_captions"])[0]["caption"] == earlier.caption
    with closing(load_workbook(tmp_path / "out.xlsx")) as book:
        assert {cell.data_type for cells in book["media"].iter_rows() for cell in cells} <= {*"sndb"}
    assert json.loads("".join(lines))["caption"] == k.ODD


async def test_what_does_not_fit_in_a_sheet_goes_on_in_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 4)
    async with k.kept(tmp_path / "home") as pressroom:
        done = await pressroom.insights.export(tmp_path / "out.xlsx", format="xlsx")
    assert {written.name: written.rows for written in done.tables}["readings"] == 7
    with closing(load_workbook(tmp_path / "out.xlsx")) as book:
        sheets = [(name, book[name].max_row) for name in book.sheetnames if name.startswith("readings")]
        heads = {tuple(cell.value for cell in book[name][1]) for name, _ in sheets}
        assert book.sheetnames[book.sheetnames.index("readings 3") + 1] == "reading_parts"
    assert (sheets, len(heads)) == ([("readings", 4), ("readings 2", 4), ("readings 3", 2)], 1)


async def test_an_account_of_the_same_id_elsewhere_is_told_by_its_host(tmp_path: Path) -> None:
    there, other = (k.AccountId(f"1784140000000000{n}@127.0.0.1:8378") for n in (1, 2))

    async def accounts(*names: str) -> set[tuple[str, str]]:
        followers = pressroom.insights.export_text("followers", format="json", accounts=names)
        rows = [json.loads(line) for line in "".join([text async for text in followers]).splitlines()]
        return {(row["account_id"], row["host"]) for row in rows}

    async with k.kept(tmp_path / "home", k.ONE, there, other) as pressroom:
        first, second, host = "17841400000000001", "17841400000000002", "127.0.0.1:8378"
        assert await accounts() == {(first, "instagram"), (first, host), (second, host)}
        # One is named by what the table has of it, where that tells.
        assert await accounts(first) == {(first, "instagram")}
        assert await accounts(second) == {(second, host)}


async def test_a_day_is_instagrams_and_a_post_has_the_day_of_its_accounts_zone(tmp_path: Path) -> None:
    """Days of Instagram end at midnight in Los Angeles, wherever the account is."""
    login = StoredAccount(
        name="lofoten",
        user_id=UserId("17841400000000001"),
        login_type=LoginType.INSTAGRAM,
        api_base=DEFAULT_BASE,
        version=DEFAULT_VERSION,
        timezone="Pacific/Auckland",
        sealed_token=b"-",
        token_obtained_at=k.NOW,
    )
    with open_store(tmp_path / "pressroom.db") as store:
        store.accounts.put(login)
        k.keep(store)
    async with k.session(tmp_path) as pressroom:
        await pressroom.insights.export(tmp_path / "out.xlsx", format="xlsx")
    with closing(load_workbook(tmp_path / "out.xlsx")) as book:
        (head, media, *_), (days_head, day, *_) = (
            [*book[name].iter_rows(values_only=True)] for name in ("media", "account_days")
        )
    shown: dict[Any, Any] = dict(zip(head, media, strict=True))
    assert shown["account"] == "lofoten"
    assert shown["published_day"].date() == date(2026, 11, 18)
    shown_day: dict[Any, Any] = dict(zip(days_head, day, strict=True))
    assert shown_day["day"].date() == DAY


async def test_since_and_accounts_limit_what_comes_and_media_come_all_of_them(tmp_path: Path) -> None:
    other = k.AccountId("17841400000000002@instagram")
    async with k.kept(tmp_path / "home", k.ONE, other) as pressroom:
        both = await counted(pressroom.insights, tmp_path / "both")
        one = await counted(pressroom.insights, tmp_path / "one", accounts=["17841400000000002"])
        late = await counted(
            pressroom.insights, tmp_path / "late", accounts=[other], since=k.NOW + 24 * k.HOUR
        )
    assert both == {name: 2 * count for name, count in one.items()}
    assert one == {name: len(of) for name, of in expected().items()}
    assert (late["media"], late["readings"], late["account_days"], late["followers"]) == (6, 3, 1, 0)
    assert k.NOW.tzinfo is UTC


async def counted(insights: InsightService, output: Path, **more: Any) -> dict[str, int]:
    done = await insights.export(output, **more)
    return {one.name: one.rows for one in done.tables}
