"""The layout `native` holds what the store does, value for value, in every format."""

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pressroom.core.spelling import unguarded
from pressroom.insights.export.native import NATIVE, READINGS
from pressroom.insights.export.tables import Kind
from pressroom.service.insights.service import InsightService
from tests.insights.export import kept as k

Rows = list[dict[str, Any]]
ACCOUNT = "17841400000000001"


def expected() -> Mapping[str, Rows]:
    """What is kept, as rows of the tables, in the order of their keys."""
    by_reading = sorted(k.READINGS, key=lambda one: (one.media_id, one.age_s))
    return {
        "media": [
            {
                "account_id": ACCOUNT,
                "media_id": one.id,
                "product_type": one.product_type,
                "media_type": one.media_type,
                "published_at": one.published_at,
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
                "account_id": ACCOUNT,
                "media_id": one.media_id,
                "age_s": one.age_s,
                "read_at": one.read_at,
                "planned_age_s": one.planned_age_s,
                "api_version": one.version,
                **{name: n for name, n in one.numbers.items() if name not in (other := _other(one.numbers))},
                "other": other or None,
            }
            for one in by_reading
        ],
        "reading_parts": [
            {
                "account_id": ACCOUNT,
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
                "account_id": ACCOUNT,
                "media_id": k.PHOTO,
                "planned_age_s": 10_800,
                "why": "not_running",
                "text": "no worker",
                "noted_at": k.NOW,
            }
        ],
        "account_days": [
            {
                "account_id": ACCOUNT,
                "metric": one.metric,
                "ends_at": one.ends_at,
                "number": one.number,
                "read_at": one.read_at,
            }
            for one in k.DAYS
        ],
        "account_day_parts": [
            {
                "account_id": ACCOUNT,
                "metric": "views",
                "ends_at": k.NOW,
                "breakdown": "follow_type",
                "part": part,
                "number": number,
            }
            for part, number in (("FOLLOWER", 3), ("NON_FOLLOWER", 1.5))
        ],
        "audience": [
            {
                "account_id": ACCOUNT,
                "metric": "follower_demographics",
                "breakdown": "city",
                "read_at": k.NOW,
                "part": "Bodø",
                "number": 4,
            }
        ],
        "followers": [
            {
                "account_id": ACCOUNT,
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


def _other(numbers: Mapping[str, float]) -> dict[str, float]:
    """What has no column: metrics that nobody knows, and a count that is no whole number."""
    return {
        name: number
        for name, number in numbers.items()
        if name not in READINGS.names or (name == "views" and number != int(number))
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
        case _:
            return json.loads(text)


def of_json(path: Path, table: str) -> Rows:
    moments = {one.name for found in NATIVE.tables if found.name == table for one in found.columns}
    moments = {name for name in moments if name.endswith("_at")}
    return [
        {
            name: datetime.fromisoformat(cell) if name in moments and cell else cell
            for name, cell in json.loads(line).items()
        }
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def read_back(format_: str, output: Path, table: str) -> Rows:
    match format_:
        case "csv":
            return of_csv(output / f"{table}.csv", table)
        case "json":
            return of_json(output / f"{table}.jsonl", table)
        case "parquet":
            with duckdb.connect() as opened:
                return of_duckdb(f"FROM '{output}/{table}.parquet'", opened)
        case _:
            with duckdb.connect(str(output), read_only=True) as opened:
                return of_duckdb(f"FROM {table}", opened)


@pytest.mark.parametrize("format_", ["csv", "json", "parquet", "duckdb"])
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


async def test_a_caption_that_a_spreadsheet_would_run_is_guarded_in_csv_alone(tmp_path: Path) -> None:
    async with k.kept(tmp_path / "home") as pressroom:
        text = "".join([one async for one in pressroom.insights.export_text("media")])
        lines = [one async for one in pressroom.insights.export_text("media", format="json")]
    assert "\"'=HYPERLINK(" in text
    assert json.loads("".join(lines).splitlines()[0])["caption"] == k.ODD


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
