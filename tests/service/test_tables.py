"""Posts as tables: what is written is read as it was, and no spreadsheet runs it.

The etag of an exported row tells what was edited in it, and what was changed of its post since.
"""

import csv
import gc
import io
import json
import re
import tracemalloc
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.core.assets import NO_EDITS, Asset, Edits, Fit, Target
from pressroom.core.errors import Refused
from pressroom.core.post import IfLate, Post, PostId, PostKind, PostOptions, PostState
from pressroom.core.spelling import PLAIN_CSV, excel_style
from pressroom.core.when import parse_when
from pressroom.graph.answers import MediaId
from pressroom.graph.calls import UserTag
from pressroom.service.posts.tables import columns
from pressroom.service.posts.tables.columns import COLUMNS, Numbered, Row
from pressroom.service.posts.tables.files import Format, read_table
from pressroom.service.posts.tables.rows import (
    MARKED,
    copies_of,
    if_late_of,
    is_as_exported,
    post_of,
    row_of,
    with_etag,
)
from pressroom.service.posts.tables.writing import Writer

# Every character but lone surrogates and NUL, which neither files nor stores take.
ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.one_of(
    st.text(ANY, min_size=1, max_size=20), st.text("=+-@\t\r\n'\"[],;a", min_size=1, max_size=6)
)
# Around these names and keys spaces mean nothing, and are taken off.
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)
# A path has one spelling: `a//b`, `./a` and `a/` are others of the same.
NAMES = WORDS.filter(lambda name: "/" not in name and name != ".")
SOURCES = st.one_of(NAMES.map(lambda name: f"/files/{name}"), WORDS.map(lambda name: f"https://e.com/{name}"))
TAGS = st.sampled_from([UserTag("ben"), UserTag("a.b_c", 0.1, 1.0)])
OPTIONS = st.builds(
    PostOptions,
    caption=st.none() | TEXTS,
    alt_texts=st.lists(TEXTS | st.just(""), max_size=4).map(tuple),
    first_comment=st.none() | TEXTS,
    cover=st.none() | SOURCES.map(Asset),
    thumb_offset_ms=st.none() | st.integers(0, 900_000),
    share_to_feed=st.none() | st.booleans(),
    location_id=st.sampled_from([None, "42"]),
    user_tags=st.lists(TAGS, max_size=3).map(tuple),
    collaborators=st.lists(WORDS, max_size=3).map(tuple),
    fit=st.none() | st.sampled_from(Fit),
    target=st.sampled_from(Target),
    quality=st.sampled_from(["normal", "high"]),
    convert=st.none() | st.booleans(),
    edits=st.sampled_from(
        [NO_EDITS, Edits(start_s=0.1 + 0.2, end_s=1e3, loudness=True), Edits(repeat=True, salvage=True)]
    ),
)
POSTS = st.builds(
    Post,
    id=st.integers(0, 9).map(lambda one: PostId(f"{one:032x}")),
    kind=st.sampled_from(PostKind),
    assets=st.lists(SOURCES.map(Asset), min_size=1, max_size=4).map(tuple),
    options=OPTIONS,
    account=WORDS,
    due_at=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    timezone=st.sampled_from(["UTC", "Europe/Istanbul", "America/New_York"]),
    if_late=st.sampled_from(IfLate),
    idempotency_key=st.none() | WORDS,
    state=st.sampled_from([PostState.DRAFT, PostState.SCHEDULED, PostState.AWAITING_APPROVAL]),
    problem=st.none() | WORDS,
)


def write_csv(posts: list[Post]) -> str:
    return Writer(format="csv").bytes_of([row_of(post) for post in posts]).decode()


def read_csv(text: str) -> list[Numbered]:
    return list(read_table(text.encode(), "csv").rows)


def read_json(text: str) -> list[Numbered]:
    return list(read_table(text.encode(), "json").rows)


def objects_of(posts: list[Post]) -> list[dict[str, Any]]:
    return Writer(format="json").objects_of([row_of(post) for post in posts])


def assert_same(numbered: list[Numbered], posts: list[Post], first: int) -> None:
    """Hold rows against the posts they were made of."""
    assert numbered == [(first + place, row_of(post)) for place, post in enumerate(posts)]
    for (_, row), post in zip(numbered, posts, strict=True):
        assert isinstance(row, Row)
        again = post_of(row, Path("/elsewhere"))
        assert (again.kind, again.assets, again.options) == (post.kind, post.assets, post.options)
        assert (row.post_id, row.account, row.idempotency_key or None) == (
            post.id,
            post.account,
            post.idempotency_key,
        )
        assert (datetime.fromisoformat(row.at), if_late_of(row)) == (post.due_at, post.if_late)


@settings(max_examples=40, deadline=None)
@given(POSTS)
def test_csv_is_read_as_it_was_written_and_holds_no_formula(post: Post) -> None:
    text = write_csv([post, post])
    assert_same(read_csv(text), [post, post], 2)
    cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@settings(max_examples=30, deadline=None)
@given(POSTS, st.sampled_from(["de_DE", "en_US"]), st.sampled_from(["17896129068012345", "0049", "1e5"]))
def test_csv_for_excel_is_read_as_it_was_written_and_its_only_formulas_are_texts_of_digits(
    post: Post, locale: str, numeral: str
) -> None:
    style = excel_style(locale) or PLAIN_CSV
    post = replace(post, idempotency_key=numeral, media_id=MediaId(numeral))
    row = with_etag(row_of(post))
    content = Writer(format="csv", bom=True, csv=style).bytes_of([row])
    table = read_table(content)
    assert table.rows == ((2, row),)
    text = content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=style.separator))
    formulas = [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert f'="{numeral}"' in formulas
    assert not [cell for cell in formulas if not re.fullmatch(r'="[0-9eE.]+"', cell)]


def test_decimals_are_written_and_read_as_the_locale_has_them() -> None:
    row = with_etag(row_of(a_post(edits=Edits(start_s=1.5, end_s=2.25))))
    content = Writer(format="csv", csv=excel_style("de_DE") or PLAIN_CSV).bytes_of([row])
    assert b";1,5;2,25;" in content
    ((_, again),) = read_table(content).rows
    assert again == row


@pytest.fixture
def usual_collector() -> Generator[None]:
    """Garbage is looked for as often as Python does by itself, whatever ran in this process before."""
    was, was_enabled = gc.get_threshold(), gc.isenabled()
    gc.set_threshold(700, 10, 10)
    gc.enable()
    yield
    gc.set_threshold(*was)
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.parametrize(
    "form", ["csv", "json", pytest.param("xlsx", marks=pytest.mark.slow("writes 1,650 rows, traced"))]
)
@pytest.mark.usefixtures("usual_collector")
def test_a_table_of_any_length_is_written_in_the_same_memory(form: Format, tmp_path: Path) -> None:
    row = row_of(a_post(caption="Lofoten " * 50))

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            with (tmp_path / "table").open("wb") as file:
                writing = Writer(format=form).to(file)
                for _ in range(count):
                    writing.write([row])
                writing.finish()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2)  # imports
    # All at once they would take ten times as much. The least of some, since others allocate, too.
    assert min(peak(500) for _ in range(3)) < 2 * min(peak(50) for _ in range(3))


@settings(max_examples=40, deadline=None)
@given(POSTS, st.sampled_from(["csv", "json"]))
def test_each_cell_of_an_export_that_is_read_again_is_known_as_unedited(post: Post, form: Format) -> None:
    row = with_etag(row_of(post))
    ((_, again),) = read_table(Writer(format=form).bytes_of([row]), form).rows
    assert isinstance(again, Row)
    assert [name for name in MARKED if not is_as_exported(again, name)] == []


@pytest.mark.parametrize(
    ("cells", "is_unedited"),
    [
        ({"at": "2026-12-24 18:00:00"}, True),
        ({"at": "24.12.2026 18:00"}, True),
        ({"at": "2026-12-24T18:00:00+01:00"}, False),
        ({"at": "2026-12-24 18:01"}, False),
        ({"at": ""}, False),
        ({"share_to_feed": "TRUE"}, True),
        ({"share_to_feed": ""}, False),
        ({"location_id": "4"}, False),
        ({"caption": "'=a\r\nb"}, True),
        ({"caption": "=a"}, False),
        ({"etag": ""}, False),
    ],
)
def test_what_a_spreadsheet_makes_of_a_cell_is_no_edit_of_it(
    cells: dict[str, str], is_unedited: bool
) -> None:
    row = with_etag(
        Row(at="2026-12-24T18:00:00+03:00", share_to_feed="true", caption="=a\nb", timezone="Europe/Istanbul")
    )
    assert all(is_as_exported(replace(row, **cells), name) for name in MARKED) is is_unedited


def parts(line: str, delimiter: str) -> list[str]:
    """The cells a spreadsheet may make of a line, whether or not it heeds CSV's quotes."""
    rows = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter)
    return [
        *(cell for row in rows for cell in row),
        *line.split(delimiter),
        *(cell.strip('"') for cell in line.split(delimiter)),
    ]


@settings(max_examples=60, deadline=None)
@given(st.text("=@\t\r\n'\"[],;a ", max_size=12))
def test_no_cell_is_a_formula_wherever_a_spreadsheet_splits(text: str) -> None:
    post = a_post(caption=text, alt_texts=(text, text), first_comment=text)
    written = write_csv([post])
    lines = [line for line in re.split(r"[\r\n]+", written) if line]
    cells = [cell for line in [*lines, written] for delimiter in ",;\t" for cell in parts(line, delimiter)]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    (_, row) = read_csv(written)[0]
    assert row == row_of(post)


@settings(max_examples=10, deadline=None)
@given(POSTS)
def test_json_is_read_as_it_was_written(post: Post) -> None:
    assert_same(read_json(json.dumps(objects_of([post]))), [post], 1)


@settings(max_examples=25, deadline=None)
@given(POSTS, st.booleans())
def test_a_workbook_is_read_as_it_was_written(post: Post, is_whole: bool) -> None:
    """A due time of whole seconds is a date there, which is local to the zone beside it."""
    given = replace(post, due_at=post.due_at.replace(microsecond=0)) if is_whole and post.due_at else post
    content = Writer(format="xlsx").bytes_of([row_of(given)])
    ((number, row),) = read_table(content).rows
    assert isinstance(row, Row)
    moment = datetime.fromisoformat(row.at)
    assert parse_when(row.at, now=datetime.now(UTC), zone=ZoneInfo(row.timezone)) == given.due_at
    assert is_whole or moment.tzinfo or not moment.microsecond
    assert (number, replace(row, at="")) == (2, replace(row_of(given), at=""))


@settings(max_examples=20, deadline=None)
@given(POSTS, st.sampled_from(["utf-8-sig", "utf-16"]), st.sampled_from([";", "\t", ","]))
def test_csv_that_a_spreadsheet_saved_anew_is_read_as_it_was(
    post: Post, encoding: str, delimiter: str
) -> None:
    """Excel's own: another separator, line ends of Windows, UTF-16 as "Unicode text"."""
    lines = list(csv.reader(io.StringIO(write_csv([post]), newline="")))
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    ((_, row),) = read_table(file.getvalue().encode(encoding)).rows
    assert row == row_of(post)


def a_post(**options: Any) -> Post:
    return Post(
        id=PostId("1" * 32),
        kind=PostKind.PHOTO,
        assets=(Asset("https://example.com/a.jpg"),),
        options=PostOptions(**options),
        due_at=datetime(2026, 12, 24, 17, tzinfo=UTC),
    )


@pytest.mark.parametrize("caption", ["=1+1", "+49 30", "-", "@ben", "\tx", "\rx", "'=1", "''=1"])
def test_a_cell_that_a_spreadsheet_would_run_has_a_quote_in_front(caption: str) -> None:
    text = write_csv([a_post(caption=caption)])
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line["caption"] == f"'{caption}"
    (_, row) = read_csv(text)[0]
    assert isinstance(row, Row)
    assert row.caption == caption


@pytest.mark.parametrize(
    ("caption", "cell"),
    [
        ("hi;=1+1", "hi;'=1+1"),
        ("hi\t=1+1", "hi\t'=1+1"),
        ("hi,+1", "hi,'+1"),
        ("hi;'=1", "hi;''=1"),
        ('hi;"=1"', 'hi;"\'=1"'),
        ("Take\n- eggs\n- milk", "Take\n'- eggs\n'- milk"),
        ("\uff1d1", "'\uff1d1"),
    ],
)
def test_what_another_spreadsheet_would_run_has_a_quote_in_front_where_it_splits(
    caption: str, cell: str
) -> None:
    text = write_csv([a_post(caption=caption)])
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line["caption"] == cell
    (_, row) = read_csv(text)[0]
    assert isinstance(row, Row)
    assert row.caption == caption


@pytest.mark.parametrize("caption", ["'tis", "a=1", "Hi", "a, b; c - d", "ben,'tis"])
def test_any_other_cell_is_written_as_it_is(caption: str) -> None:
    (line,) = csv.DictReader(io.StringIO(write_csv([a_post(caption=caption)]), newline=""))
    assert line["caption"] == caption


def test_a_problem_is_written_without_what_is_secret_in_it() -> None:
    post = replace(a_post(caption="access_token=hush"), problem="access_token=hush")
    row = row_of(post)
    assert (row.caption, row.problem) == ("access_token=hush", "access_token=***")


def test_what_people_write_needs_no_quote() -> None:
    """A plus before a due time is no formula of ours."""
    (_, row) = read_csv("kind,sources,at\nphoto,a.jpg,+2h\n")[0]
    assert isinstance(row, Row)
    assert row.at == "+2h"


@pytest.mark.parametrize("values", [("one\ntwo", "three"), (" spaced ",), ("",), ('["a"]',)])
def test_values_that_lines_cannot_tell_apart_are_a_json_list(values: tuple[str, ...]) -> None:
    post = a_post(alt_texts=values)
    (line,) = csv.DictReader(io.StringIO(write_csv([post]), newline=""))
    assert json.loads(line["alt_texts"]) == list(values)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_csv, "kind,sources,at\nphoto,a.jpg,+2h,more\nphoto,a.jpg,+2h\nphoto,b.jpg,+2h,more\n"),
        (
            read_json,
            '[{"captoin": ""}, {"kind": "photo", "sources": ["a.jpg"], "at": "+2h"}, {"kind": "photo"}]',
        ),
    ],
)
def test_each_row_that_cannot_be_read_stands_for_itself(read: Any, text: str) -> None:
    first, second, third = read(text)
    assert isinstance(first[1], Refused)
    assert isinstance(second[1], Row)
    assert isinstance(third[1], Refused)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"fit": "squeeze", "kind": "poster"}, "kind"),
        ({"fit": "squeeze", "thumb_offset_ms": "soon"}, "thumb_offset_ms"),
        ({"target": "cinema", "fit": "squeeze"}, "fit"),
        ({"start_s": "soon", "quality": "best"}, "quality"),
    ],
)
def test_of_a_row_with_two_bad_cells_the_first_in_the_order_of_the_page_is_named(
    cells: dict[str, Any], column: str
) -> None:
    row = Row(**{"kind": "reel", "sources": ("a.mov",), "at": "+2h", **cells})
    with pytest.raises(Refused) as refused:
        post_of(row, Path("/files"))
    assert refused.value.rule == column == min(cells, key=COLUMNS.index)


def test_every_column_is_written_in_the_order_of_the_page() -> None:
    assert write_csv([]) == ",".join(COLUMNS) + "\n"
    assert [list(one) for one in objects_of([a_post()])] == [list(COLUMNS)]


def test_every_column_is_explained_in_a_line() -> None:
    assert tuple(columns.WORDS) == COLUMNS
    assert max(map(len, columns.WORDS.values())) <= 58  # with its name on 80 columns


def test_a_file_has_the_name_it_was_given_and_its_copy_is_told_beside_it() -> None:
    post = replace(a_post(), assets=(Asset("cat.jpg", copy="/home/ana/assets/9f2c.jpg"),))
    row = row_of(post)
    assert (row.sources, row.copies) == (("cat.jpg",), ("cat.jpg=/home/ana/assets/9f2c.jpg",))
    assert copies_of(row) == {"cat.jpg": "/home/ana/assets/9f2c.jpg"}


def test_a_table_that_lacks_a_needed_column_is_told_which() -> None:
    with pytest.raises(Refused, match="the column 'sources' is missing"):
        read_csv("kind,at\nphoto,+2h\n")


# Each gives its column a value that no post of POSTS has.
EDITS: dict[str, Any] = {
    "caption": "edited in the table, beyond twenty letters",
    "first_comment": "edited in the table, beyond twenty letters",
    "sources": ("https://edited.example/table.jpg",),
    "alt_texts": ("edited in the table, beyond twenty letters",),
    "at": "24.12.2029 18:00",
    "timezone": "Asia/Tokyo",
    "location_id": "43",
    "thumb_offset_ms": "900001",
    "start_s": "0.25",
}
CHANGES: dict[str, Any] = {
    "due_at": datetime(2030, 1, 1, tzinfo=UTC),
    "assets": (Asset("https://changed.example/store.jpg"),),
    "options": PostOptions(caption="changed in the store, beyond twenty letters", fit=Fit.KEEP),
}


@settings(max_examples=60, deadline=None)
@given(
    POSTS,
    st.sampled_from(["csv", "json", "xlsx"]),
    st.sets(st.sampled_from(sorted(EDITS))),
    st.sets(st.sampled_from(sorted(CHANGES))),
)
def test_whatever_is_edited_on_either_side_is_told_cell_by_cell(
    post: Post, form: Format, edits: set[str], changes: set[str]
) -> None:
    written = with_etag(row_of(post))
    ((_, row),) = read_table(Writer(format=form).bytes_of([written]), form).rows
    assert isinstance(row, Row)
    edited = replace(row, **{name: EDITS[name] for name in edits})
    assert {name for name in MARKED if not is_as_exported(edited, name)} == edits
    now = replace(row_of(replace(post, **{name: CHANGES[name] for name in changes})), etag=row.etag)
    differing = {name for name in MARKED if getattr(now, name) != getattr(written, name)}
    assert {name for name in MARKED if not is_as_exported(now, name)} == differing
