"""A shape is filled from values by the names of its fields, and shows each as JSON has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pytest

from pressroom.core.errors import ErrorShape, Refused
from pressroom.core.post import Attention, PostId, PostKind, PostState, When
from pressroom.core.stored_posts import Chip
from pressroom.service.ground.shaping import InUtc, Shape, find_shape, shape_of, spelled
from pressroom.service.shapes.posts import ChipsShape
from tests.fakes.clock import START

NOON = datetime(2026, 11, 29, 12, 0, 0, 500, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """A value that is shown."""

    title: str
    made_at: datetime | None = NOON


class Named(NamedTuple):
    """A tuple that is a value."""

    title: str
    made_at: datetime


class PageShape(Shape[Page], frozen=True, kw_only=True):
    """A page."""

    title: str
    made_at: InUtc | None


class Plain(msgspec.Struct, frozen=True):
    """What is a struct, and no `Shape`."""

    title: str


class Loud(Shape[Page], frozen=True, kw_only=True):
    """A shape that makes a field itself."""

    title: str

    @classmethod
    def of(cls, value: Page, /) -> "Loud":
        """Build the shape."""
        return shape_of(cls, value, title=value.title.upper())


def shown(kind: Any, **fields: Any) -> Any:
    """Build a shape of one field of this type, and return what the field shows."""
    shape = msgspec.defstruct("Made", [(name, kind) for name in fields], frozen=True)
    return next(iter(msgspec.structs.asdict(shape_of(shape, None, **fields)).values()))


def test_each_field_is_the_attribute_of_its_name() -> None:
    assert PageShape.of(Page("News")) == PageShape(title="News", made_at="2026-11-29T12:00:00+00:00")
    assert PageShape.of(Page("News", None)).made_at is None


def test_the_first_value_that_has_it_gives_it_and_what_is_named_goes_before_all() -> None:
    @dataclass(frozen=True)
    class Title:
        title: str

    assert shape_of(PageShape, Title("Mine"), Page("Page's")).title == "Mine"
    assert shape_of(PageShape, Title("Mine"), Page("Page's"), title="Said").title == "Said"
    assert shape_of(PageShape, Page("News"), made_at=None).made_at is None


def test_a_field_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(AttributeError, match="made_at"):
        shape_of(PageShape, Plain("News"))


def test_moments_days_and_paths_are_texts_and_the_rest_stays() -> None:
    eastern = NOON.astimezone(timezone(timedelta(hours=3)))
    assert shown(str, at=eastern) == "2026-11-29T12:00:00+00:00"
    assert shown(str, on=date(2026, 11, 29)) == "2026-11-29"
    assert shown(str, path=Path("/a/b.jpg")) == "/a/b.jpg"
    assert shown(int, count=3) == 3
    assert shown(int | None, count=None) is None


def test_a_value_whose_field_is_a_shape_is_shown_in_it() -> None:
    page = PageShape.of(Page("News"))
    assert shown(PageShape, page=Page("News")) == page
    assert shown(PageShape | None, page=Page("News")) == page
    assert shown(PageShape | None, page=None) is None
    assert shown(PageShape, page=page) is page
    assert shown(Plain, page=Page("News")) == Plain("News")
    assert shown(Loud, page=Page("News")) == Loud(title="NEWS")


def test_so_is_each_member_of_a_list_and_of_a_mapping() -> None:
    page = PageShape.of(Page("News"))
    assert shown(tuple[PageShape, ...], pages=[Page("News")]) == (page,)
    assert shown(tuple[PageShape, ...], pages=(Page("News"), page)) == (page, page)
    assert shown(Mapping[str, PageShape], pages={"a": Page("News")}) == {"a": page}
    assert shown(tuple[str, ...], moments=(NOON,)) == ("2026-11-29T12:00:00+00:00",)
    assert shown(dict[str, Any], paths={"a": Path("b")}) == {"a": "b"}


def test_a_named_tuple_is_one_value_and_no_list() -> None:
    assert shown(PageShape, page=Named("News", NOON)) == PageShape.of(Page("News"))


def test_an_error_is_shown_as_everywhere() -> None:
    error = Refused("No.", rule="a", value=1, limit=2, fix="Do.")
    assert shown(ErrorShape | None, error=error) == error.shape()


def test_a_shape_is_found_in_the_annotation_of_a_field() -> None:
    assert find_shape(PageShape) is PageShape
    assert find_shape(tuple[PageShape, ...] | None) is PageShape
    assert find_shape(Mapping[str, PageShape]) is PageShape
    assert find_shape(int | None) is None
    assert find_shape(int) is None


def test_a_moment_is_spelled_to_the_second_in_a_zone() -> None:
    assert spelled(NOON, "Europe/Istanbul") == "2026-11-29T15:00:00+03:00"
    assert spelled(None, "UTC") is None


def test_an_hour_that_a_clock_shows_twice_is_spelled_as_two() -> None:
    """To Python the two moments are equal."""
    zone = "Europe/Berlin"
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo(zone))
    assert spelled(first, zone) == "2026-10-25T02:30:00+02:00"
    assert spelled(first.replace(fold=1), zone) == "2026-10-25T02:30:00+01:00"


def test_a_month_of_500_posts_is_60_kilobytes_and_tells_all_of_each() -> None:
    chips = [
        Chip(
            PostId(f"{number:032x}"),
            f"account-{number % 20}",
            None,
            1 + number % 9,
            (PostState.PUBLISHED, PostState.SCHEDULED)[number % 2],
            list(PostKind)[number % 4],
            When.TIME if number else When.DAY,
            START + timedelta(minutes=number),
            "Europe/Istanbul",
            None if number else Attention.LATE,
            "The first tables stand outside again…",
            1 + number % 10,
        )
        for number in range(500)
    ]
    text = msgspec.json.encode(ChipsShape.of(chips))
    assert len(text) <= 60_000
    month = msgspec.json.decode(text, type=ChipsShape)
    assert [
        (
            post.post_id,
            month.accounts[post.account],
            None,
            post.version,
            month.states[post.state],
            month.kinds[post.kind],
            month.whens[post.when],
            datetime.fromisoformat(post.goes_out_at),
            month.timezones[post.timezone],
            month.attentions[post.attention],
            post.title,
            post.files,
        )
        for post in month.posts
    ] == chips
