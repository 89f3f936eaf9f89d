"""The etag of an exported row tells what was edited in it, and what was changed of its post since."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.core.assets import Asset, Fit
from pressroom.core.post import Post, PostOptions
from pressroom.service.posts.tables.columns import Row
from pressroom.service.posts.tables.files import Format, Writer, read_table
from pressroom.service.posts.tables.rows import MARKED, is_as_exported, row_of, with_etag
from tests.service.test_tables import POSTS

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
