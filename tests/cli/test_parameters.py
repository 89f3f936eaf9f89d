"""How options are spelled, and that their bytes have to be UTF-8."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import click
import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.parameters import KeyValue, Since, Tag, moment
from pressroom.graph.calls import UserTag
from tests.cli.conftest import PICTURE, Shell

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
# What Python makes of a byte of a command line that is not UTF-8.
BROKEN = "caf\udce9"
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


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("publish", "photo", PICTURE, "--caption", BROKEN), "text_encoding"),
        (("publish", "photo", PICTURE, "--alt-text", BROKEN), "text_encoding"),
        (("publish", "photo", f"https://e.com/{BROKEN}.jpg"), "text_encoding"),
        (("schedule", "add", "photo", PICTURE, "--at", BROKEN), "text_encoding"),
        (("queue", "pause", "default", "--reason", BROKEN), "text_encoding"),
        (("auth", "switch", BROKEN), "text_encoding"),
        (("doctor", "--explain", BROKEN), "text_encoding"),
        (("publish", "photo", f"{BROKEN}.jpg"), "file_name"),
    ],
)
def test_bytes_that_are_not_utf8_are_refused_with_the_rule(
    account: Shell, words: tuple[str, ...], rule: str
) -> None:
    assert account("publish", "photo", PICTURE).code == ExitCode.DONE  # its like is looked for below
    result = account(*words, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, rule), result.err


@pytest.mark.usefixtures("store")
def test_a_name_that_is_not_utf8_beside_one_that_was_published_is_refused(
    account: Shell, tmp_path: Path
) -> None:
    name, twin = tmp_path / "a.jp\udce9g", tmp_path / "a.jpg"
    for path in (twin, name):
        Image.new("RGB", (800, 800)).save(path, "JPEG")
    assert account("publish", "photo", twin).code == ExitCode.DONE
    result = account("publish", "photo", name, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "file_name")


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
