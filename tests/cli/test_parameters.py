"""How options are spelled."""

from datetime import UTC, datetime, timedelta, timezone

import click
import pytest

from pressroom.cli.shell.parameters import KeyValue, Since, Tag, moment
from pressroom.graph.calls import UserTag

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ISTANBUL = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("30m", NOW - timedelta(minutes=30)),
        ("12h", NOW - timedelta(hours=12)),
        ("7d", NOW - timedelta(days=7)),
        ("2W", NOW - timedelta(weeks=2)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("today", datetime(2026, 11, 24, tzinfo=UTC)),
        ("Yesterday ", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-20T08:00+03:00", datetime(2026, 11, 20, 8, tzinfo=ISTANBUL)),
    ],
)
def test_since_is_a_span_back_from_now_or_a_date(text: str, when: datetime) -> None:
    assert moment(Since().convert(text, None, None), NOW) == when


def test_a_span_before_all_dates_is_for_ever() -> None:
    assert moment(Since().convert("99999999d", None, None), NOW) is None


@pytest.mark.parametrize("text", ["", "soon", "7", "-7d", "7 years", "tomorrow", "2026-13-01", "9999999999w"])
def test_any_other_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Since().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("anna", UserTag("anna")),
        ("@anna:0.25,1", UserTag("@anna", 0.25, 1.0)),
        ("a:0, 0", UserTag("a", 0, 0)),
    ],
)
def test_a_tag_is_a_name_with_or_without_a_place(text: str, tag: UserTag) -> None:
    assert Tag().convert(text, None, None) == tag


@pytest.mark.parametrize("text", ["", "@", ":0,0", "anna:", "anna:0.5", "anna:x,y", "anna:1,2,3"])
def test_any_other_tag_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Tag().convert(text, None, None)


@pytest.mark.parametrize(("text", "pair"), [("a=b", ("a", "b")), ("a=", ("a", "")), ("a=b=c", ("a", "b=c"))])
def test_a_parameter_is_split_at_the_first_equals_sign(text: str, pair: tuple[str, str]) -> None:
    assert KeyValue().convert(text, None, None) == pair


@pytest.mark.parametrize("text", ["", "a", "=b"])
def test_any_other_parameter_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.BadParameter):
        KeyValue().convert(text, None, None)
