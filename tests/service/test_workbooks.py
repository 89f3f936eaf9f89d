"""Workbooks: dates are dates, nothing in them runs, and none can fill the memory."""

import builtins
import io
import zipfile
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from pressroom.core.assets import Asset
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostId, PostKind, PostOptions
from pressroom.service.posts.tables import workbook
from pressroom.service.posts.tables.columns import Numbered, Row
from pressroom.service.posts.tables.files import Table, read_table
from pressroom.service.posts.tables.rows import row_of
from pressroom.service.posts.tables.writing import Writer

HEAD = ("kind", "sources", "at", "caption")


def a_workbook(*lines: tuple[Any, ...], sheets: int = 1) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet
    for line in lines:
        sheet.append(list(line))
    for number in range(1, sheets):
        book.create_sheet(f"more {number}")
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_value(content: bytes, formula: str, value: str) -> bytes:
    """Write beside a formula what a spreadsheet calculated; openpyxl writes none."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w") as written:
        for entry in packed.infolist():
            data = packed.read(entry)
            cell = f"<f>{formula}</f><v></v>", f"<f>{formula}</f><v>{value}</v>"
            empty = f"<f>{formula}</f><v />", cell[1]
            text = data.decode("utf-8") if entry.filename.endswith(".xml") else ""
            written.writestr(entry, text.replace(*cell).replace(*empty).encode() if text else data)
    return out.getvalue()


def only(table: Table) -> Numbered:
    (found,) = table.rows
    return found


def row(table: Table) -> Row:
    found = only(table)[1]
    assert isinstance(found, Row), found
    return found


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (datetime(2026, 12, 24, 18, 0), "2026-12-24 18:00:00"),  # noqa: DTZ001  # a cell has no zone
        (datetime(2026, 12, 24, 17, 59, 59, 999_999), "2026-12-24 18:00:00"),  # noqa: DTZ001
        (datetime(2026, 12, 24).date(), "2026-12-24"),  # noqa: DTZ001
        (time(18, 30), "18:30"),
        ("tomorrow 09:00", "tomorrow 09:00"),
    ],
)
def test_a_date_in_a_cell_is_a_time(cell: object, text: str) -> None:
    assert row(read_table(a_workbook(HEAD, ("photo", "a.jpg", cell, "Hi")))).at == text


def test_numbers_and_truths_are_spelled_as_people_write_them() -> None:
    head = (*HEAD, "thumb_offset_ms", "start_s", "share_to_feed")
    found = row(read_table(a_workbook(head, ("reel", "a.mp4", "+2h", 2026, 1500.0, 2.5, True))))
    assert (found.caption, found.thumb_offset_ms, found.start_s) == ("2026", "1500", "2.5")
    assert found.share_to_feed == "true"


def test_a_formula_counts_by_the_value_it_was_saved_with() -> None:
    content = a_workbook(HEAD, ("photo", "a.jpg", "+2h", "=1+1"))
    assert row(read_table(with_value(content, "1+1", "2"))).caption == "2"


def test_a_formula_that_nobody_calculated_is_refused_by_its_cell() -> None:
    _, found = only(read_table(a_workbook(HEAD, ("photo", "a.jpg", "+2h", "=1+1"))))
    assert isinstance(found, Refused)
    assert found.message == "Cell D2 holds a formula without a value."


@pytest.mark.parametrize(
    ("cell", "at"), [(timedelta(hours=19), "19:00"), (timedelta(hours=8.5, microseconds=2), "08:30")]
)
def test_hours_that_are_counted_are_a_time_of_day(cell: timedelta, at: str) -> None:
    table = read_table(
        a_workbook(("kind", "sources", "date", "time"), ("photo", "a.jpg", "2026-12-24", cell))
    )
    assert row(table).at == f"2026-12-24 {at}"


@pytest.mark.parametrize("cell", ["#REF!", timedelta(hours=30), 17841400000000001])
def test_a_cell_that_says_nothing_certain_is_refused(cell: object) -> None:
    """Of a number Excel keeps 15 digits, and an id of Instagram has 17."""
    _, found = only(read_table(a_workbook(HEAD, ("photo", "a.jpg", "+2h", cell))))
    assert isinstance(found, Refused)
    assert found.message.startswith("Cell D2 holds ")


def test_a_cell_of_a_column_that_nobody_knows_may_hold_anything() -> None:
    table = read_table(a_workbook((*HEAD, "Total"), ("photo", "a.jpg", "+2h", "Hi", "#REF!")))
    assert row(table).caption == "Hi"


def test_the_first_sheet_is_read_and_that_there_are_more_is_told() -> None:
    table = read_table(a_workbook(HEAD, ("photo", "a.jpg", "+2h", "Hi"), sheets=2))
    assert table.read_as == "a workbook, sheet 'Sheet'"
    assert table.warnings == ("Of its sheets only 'Sheet' was read.",)


def test_empty_rows_are_counted_as_the_spreadsheet_does() -> None:
    table = read_table(a_workbook(HEAD, (), ("photo", "a.jpg", "+2h", "Hi"), (None, None, None, None)))
    assert only(table)[0] == 3


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return file.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed(sheet=b"\0" * (3 << 20))
    monkeypatch.setattr(workbook, "_MOST_UNPACKED", 2 << 20)
    assert len(content) < 1 << 16

    def unpacked(*_: object) -> None:
        pytest.fail("it was unpacked")

    monkeypatch.setattr(zipfile.ZipExtFile, "read", unpacked)
    with pytest.raises(Refused, match="it unpacks to 3 MB, more than 2"):
        read_table(content)


@pytest.mark.parametrize("place", ["A51", "GS2"])
def test_a_sheet_with_a_cell_far_out_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 50)
    book = Workbook()
    sheet: Any = book.active
    sheet.append(HEAD)
    sheet[place] = "far"
    with pytest.raises(Refused, match="more than 50 rows or 200 columns"):
        read_table(saved(book))


@pytest.mark.parametrize("content", [b"PK\x03\x04", packed(a=b"b"), a_workbook(HEAD)[:-30]])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="it is no xlsx workbook"):
        read_table(content, "xlsx")


def a_post(**options: Any) -> Post:
    return Post(
        id=PostId("1" * 32),
        kind=PostKind.PHOTO,
        assets=(Asset("a.jpg"),),
        options=PostOptions(**options),
        due_at=datetime(2026, 12, 24, 17, tzinfo=UTC),
        timezone="Europe/Berlin",
    )


def cells(post: Post) -> dict[str, Any]:
    content = Writer(format="xlsx").bytes_of([row_of(post)])
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet
    head, line = sheet.iter_rows()
    return {str(name.value): cell for name, cell in zip(head, line, strict=True)}


def test_a_due_time_is_written_as_a_date_that_a_spreadsheet_can_sort() -> None:
    at = cells(a_post())["at"]
    assert (at.value, at.is_date) == (datetime(2026, 12, 24, 18), True)  # noqa: DTZ001


def test_a_time_that_comes_twice_is_written_with_its_offset() -> None:
    post = a_post()
    twice = Post(
        id=post.id, kind=post.kind, assets=post.assets, due_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        timezone="Europe/Berlin",
    )  # fmt: skip
    assert cells(twice)["at"].value == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("caption", ["=1+1", "@SUM(A1)", "+1", "-1", "'=1"])
def test_no_text_is_written_as_a_formula(caption: str) -> None:
    cell = cells(a_post(caption=caption))["caption"]
    assert (cell.value, cell.data_type) == (caption, "s")


@pytest.mark.parametrize("caption", ["a\rb\r\nc", "\x07\x1b", "_x000D_", "\ufffe", "😀"])
def test_what_xml_takes_not_is_written_all_the_same(caption: str) -> None:
    content = Writer(format="xlsx").bytes_of([row_of(a_post(caption=caption))])
    assert row(read_table(content)).caption == caption


@pytest.mark.parametrize("use", [lambda: read_table(b"PK\x03\x04"), lambda: cells(a_post())])
def test_where_openpyxl_is_missing_its_extra_is_named(use: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def lacking(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "openpyxl":
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(Refused, match="Install it") as refusal:
        use()
    assert refusal.value.rule == "xlsx"
