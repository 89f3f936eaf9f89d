"""Tables as people and spreadsheets save them: recognised, named, and refused where they mean two things."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pressroom.core.errors import Refused
from pressroom.core.when import parse_when
from pressroom.service.posts.tables.columns import Row
from pressroom.service.posts.tables.files import MOST_BYTES, Table, format_of, read_table

HEAD = "kind,sources,at,caption\n"
LINE = "photo,a.jpg,+2h,Süß\n"


def row(table: Table, place: int = 0) -> Row:
    found = table.rows[place][1]
    assert isinstance(found, Row), found
    return found


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")],
)
def test_what_a_table_is_encoded_in_is_recognised_and_named(encoding: str, named: str) -> None:
    table = read_table(f"{HEAD}{LINE}".encode(encoding))
    assert row(table).caption == "Süß"
    assert table.read_as == f"CSV in {named}, separated by commas"
    assert bool(table.warnings) == (named == "Windows-1252")


@pytest.mark.parametrize(
    ("text", "is_doubtful"),
    [
        ("Süßes ???", True),
        ("Süß ? und heiß", True),
        ("?Süß", True),
        ("Süß?", False),
        ("Süß? Ja! https://a.de/?b=1", False),
    ],
)
@pytest.mark.parametrize("column", ["caption", "first_comment", "alt_texts"])
def test_rows_whose_letters_a_code_page_may_have_lost_are_named(
    text: str, column: str, *, is_doubtful: bool
) -> None:
    lines = f"photo,a.jpg,+2h,Grüße\n{f'photo,a.jpg,+2h,{text}' + chr(10)}" * 2
    content = f"kind,sources,at,{column}\n{lines}".encode("cp1252")
    doubts = [warning for warning in read_table(content).warnings if "?" in warning]
    assert [doubt.partition(" have ")[0] for doubt in doubts] == (["Rows 3, 5"] if is_doubtful else [])
    assert read_table(content.decode("cp1252").encode()).warnings == ()


def test_an_encoding_that_cannot_be_recognised_can_be_told() -> None:
    content = f"{HEAD}photo,a.jpg,+2h,İstanbul'da\n".encode("cp1254")
    table = read_table(content, encoding="cp1254")
    assert (row(table).caption, table.warnings) == ("İstanbul'da", ())
    with pytest.raises(Refused, match="it is no text in klingon"):
        read_table(content, encoding="klingon")


def test_a_mark_in_the_file_counts_more_than_what_is_told() -> None:
    assert row(read_table(f"{HEAD}{LINE}".encode("utf-8-sig"), encoding="cp1254")).caption == "Süß"


@pytest.mark.parametrize("content", [HEAD.encode("utf-16-le"), b"kind\x00,\x81\x8d", b"\x81\x8d\x8f"])
def test_what_is_no_text_is_refused_with_how_to_save_it(content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        read_table(content)
    assert refusal.value.rule == "table"
    assert 'Save the table as "CSV UTF-8"' in refusal.value.fix or "missing" in refusal.value.message


@pytest.mark.parametrize(("delimiter", "named"), [(";", "semicolons"), ("\t", "tabs"), (",", "commas")])
def test_the_separator_is_the_one_that_splits_the_head_into_columns(delimiter: str, named: str) -> None:
    text = f"{HEAD}{LINE}".replace(",", delimiter)
    table = read_table(text.encode())
    assert row(table).caption == "Süß"
    assert table.read_as == f"CSV in UTF-8, separated by {named}"


def test_other_letters_in_the_head_are_no_separator() -> None:
    table = read_table(b'kind;sources;at;"Notes, ideas, links, and more"\nphoto;a.jpg;+2h;x\n')
    assert row(table).sources == ("a.jpg",)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_line_end_ends_a_row_and_empty_lines_before_the_head_are_counted(end: str) -> None:
    text = "\n\nkind;sources;at;caption\nphoto;a.jpg;+2h;a, b\n".replace("\n", end)
    table = read_table(text.encode())
    assert (table.rows[0][0], row(table).caption) == (4, "a, b")


def test_excels_line_about_the_separator_is_heeded_and_counted() -> None:
    table = read_table(b"sep=;\r\nkind;sources;at\r\nphoto;a.jpg;+2h\r\n")
    assert (table.rows[0][0], row(table).kind) == (3, "photo")


@pytest.mark.parametrize(
    "head", ["Kind,SOURCES,At,Alt Texts", " kind , sources, at,alt-texts", "kind,sources,at,alt__texts"]
)
def test_heads_may_have_any_case_and_spaces_for_underscores(head: str) -> None:
    table = read_table(f"{head}\nphoto,a.jpg,+2h,A cat\n".encode())
    assert (row(table).alt_texts, table.warnings) == (("A cat",), ())


def test_an_unknown_column_is_named_and_passed_over_and_a_near_one_suggested() -> None:
    table = read_table(b"kind,sources,at,captoin,Owner\nphoto,a.jpg,+2h,Hi,Ana\n")
    assert row(table).caption == ""
    (warning,) = table.warnings
    assert warning == (
        "'captoin' is not one of its columns (did you mean caption?); "
        "'Owner' is not one of its columns: passed over. Say what is meant: `--column captoin=caption`."
    )


def test_strictly_an_unknown_column_is_refused() -> None:
    with pytest.raises(Refused, match=r"'captoin' is not one of its columns \(did you mean caption\?\)"):
        read_table(b"kind,sources,at,captoin\n", is_strict=True)


@pytest.mark.parametrize(
    ("content", "given"),
    [
        (b"kind,sources,at,caption,Caption\n", "csv"),
        (b'[{"kind": "photo", "sources": [], "at": "", "Kind": "reel"}]', "json"),
        (b'[{"kind": "photo", "kind": "reel"}]', "json"),
    ],
)
def test_a_column_given_twice_is_refused(content: bytes, given: Any) -> None:
    try:
        ((_, found),) = read_table(content, given).rows
    except Refused as error:
        found = error
    assert isinstance(found, Refused)
    assert "given twice" in found.message


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("ben, carl", ("ben", "carl")),
        ("ben\ncarl\n", ("ben", "carl")),
        ("ben:0.1,0.2, carl,dan:1,0", ("ben:0.1,0.2", "carl", "dan:1,0")),
        ('["ben", "carl"]', ("ben", "carl")),
    ],
)
def test_people_are_separated_by_commas_or_lines(cell: str, people: tuple[str, ...]) -> None:
    quoted = cell.replace('"', '""')
    table = read_table(f'kind,sources,at,user_tags\nphoto,a.jpg,+2h,"{quoted}"\n'.encode())
    assert row(table).user_tags == people


@pytest.mark.parametrize(
    ("cell", "files"),
    [
        ("a.jpg, b.mp4", ("a.jpg", "b.mp4")),
        ("a.jpg\r\nb.mp4", ("a.jpg", "b.mp4")),
        ("Hello, world.jpg", ("Hello, world.jpg",)),
        ("https://e.com/w_5,h_3/a.jpg", ("https://e.com/w_5,h_3/a.jpg",)),
    ],
)
def test_a_comma_separates_files_where_it_follows_an_ending(cell: str, files: tuple[str, ...]) -> None:
    assert row(read_table(f'kind,sources,at\nphoto,"{cell}",+2h\n'.encode())).sources == files


def test_alt_texts_have_commas_of_their_own() -> None:
    table = read_table(b'kind,sources,at,alt_texts\nphoto,a.jpg,+2h,"A cat, asleep"\n')
    assert row(table).alt_texts == ("A cat, asleep",)


def test_empty_rows_and_columns_behind_the_others_are_nothing() -> None:
    table = read_table(b"kind,sources,at,,\r\nphoto,a.jpg,+2h,,\r\n,,,,\r\n\r\nphoto,b.jpg,+2h,,\r\n,,,,\r\n")
    assert [number for number, _ in table.rows] == [2, 5]
    assert table.warnings == ()


def test_a_cell_below_no_head_is_told() -> None:
    ((_, found),) = read_table(b"kind,sources,at,\nphoto,a.jpg,+2h,lost\n").rows
    assert isinstance(found, Refused)
    assert "more cells than the head" in found.message


@pytest.mark.parametrize("content", [HEAD.encode(), b"[]"])
def test_a_head_alone_is_a_table_without_rows(content: bytes) -> None:
    assert read_table(content, "json" if content == b"[]" else None).rows == ()


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b",,\n,,\n"])
def test_nothing_at_all_is_refused_as_empty(content: bytes) -> None:
    with pytest.raises(Refused, match="it is empty"):
        read_table(content)


def test_a_table_of_changes_needs_the_ids_alone() -> None:
    table = read_table(b"post_id,caption\n" + b"1" * 32 + b",Hi\n")
    assert row(table).given == {"post_id", "caption"}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": 1}', "[1]", "nothing"])
def test_json_that_is_no_list_of_objects_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="it is no"):
        read_table(text.encode(), "json")


def test_an_object_where_a_text_belongs_is_refused() -> None:
    text = json.dumps([{"kind": "photo", "sources": ["a.jpg"], "at": "+2h", "caption": {"text": "Hi"}}])
    ((_, found),) = read_table(text.encode(), "json").rows
    assert isinstance(found, Refused)
    assert found.rule == "caption"


@pytest.mark.parametrize(
    ("cells", "message", "fix"),
    [
        (",20:00", "date is empty beside '20:00'.", "Name the day in each row, in merged cells too."),
        ("24.12.2026,", "time is empty beside '24.12.2026'.", "Write the time in each row."),
    ],
)
def test_a_time_without_its_day_is_not_todays_nor_a_day_without_its_time_one(
    cells: str, message: str, fix: str
) -> None:
    table = read_table(f"kind,sources,date,time\nphoto,a.jpg,{cells}\n".encode())
    ((_, refusal),) = table.rows
    assert isinstance(refusal, Refused)
    assert (refusal.message, refusal.fix) == (message, fix)


@pytest.mark.parametrize("cells", [("2026-12-24", "18.00 Uhr"), ("2026-12-24 00:00:00", "18 Uhr")])
def test_a_day_and_a_time_in_two_columns_are_one_moment(cells: tuple[str, str]) -> None:
    table = read_table(f"kind;sources;date;time\nphoto;a.jpg;{';'.join(cells)}\n".encode())
    at = parse_when(row(table).at, now=datetime(2026, 12, 1, tzinfo=UTC), zone=UTC)
    assert at == datetime(2026, 12, 24, 18, tzinfo=UTC)


def test_a_row_of_json_may_leave_out_what_somebody_named_and_the_whole_table_may_not() -> None:
    rows = [{"kunde": "ana", "kind": "photo", "sources": ["a.jpg"], "at": "+2h"}]
    rows += [{key: value for key, value in rows[0].items() if key != "kunde"}]
    table = read_table(json.dumps(rows).encode(), "json", columns=[("kunde", "account")])
    assert [row(table, place).account for place in range(2)] == ["ana", ""]
    with pytest.raises(Refused, match="it has no column 'client'"):
        read_table(json.dumps(rows).encode(), "json", columns=[("client", "account")])


def test_a_table_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(Refused, match="it has 64 MB, more than 64"):
        read_table(b" " * (MOST_BYTES + 1))


def test_a_workbook_of_before_2007_or_with_a_password_is_named() -> None:
    with pytest.raises(Refused, match="an old or a protected workbook"):
        read_table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def test_the_format_is_the_files_ending() -> None:
    assert [format_of(name) for name in ("a.CSV", "a.json", "a.xlsx", "a.txt", "-")] == [
        "csv",
        "json",
        "xlsx",
        None,
        None,
    ]
