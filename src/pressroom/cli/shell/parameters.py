"""The types of options and arguments that several commands share."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, TypedDict

import click

from pressroom.core.option_values import parse_tag
from pressroom.core.spelling import PLAIN_CSV, CsvStyle, excel_style
from pressroom.core.when import day_of, start_of
from pressroom.graph.calls import UserTag

_SPAN = re.compile(r"(\d+)\s*([mhdw])")
_DAYS = ("today", "yesterday")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


account_option: Final = click.option(
    "--account",
    "account_name",
    metavar="NAME",
    help="Stored account to act for; else the environment's, else the default one.",
)


When: TypeAlias = timedelta | datetime | str
"""What `Since` reads, which `moment` turns into a moment: a span back from now, a date, or a day's word."""


class Since(click.ParamType[When]):
    """A span back from now (`7d`, `12h`, `30m`, `2w`), a date, `today` or `yesterday`.

    A day begins in UTC, and so does a date without a zone.
    """

    name = "when"

    def convert(self, value: When, param: click.Parameter | None, ctx: click.Context | None) -> When:
        """Read the span, the date or the word."""
        # click may call `convert` with a value that is converted already, such as a default.
        if not isinstance(value, str):
            return value
        word = value.strip().lower()
        if word in _DAYS:
            return word
        try:
            if span := _SPAN.fullmatch(word):
                return timedelta(**{_UNITS[span[2]]: int(span[1])})
            read = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            forms = "a span such as 7d, a date such as 2026-11-24, today or yesterday"
            self.fail(f"{value!r} is none of these: {forms}.", param, ctx)
        return read if read.tzinfo else read.replace(tzinfo=UTC)


def moment(since: When | None, now: datetime) -> datetime | None:
    """Turn `--since` into a moment; None, meaning no limit, for a span that reaches before the first date."""
    if isinstance(since, str):
        return start_of(day_of(since, now=now, zone=UTC), UTC)
    try:
        return now - since if isinstance(since, timedelta) else since
    except OverflowError:
        return None


class Tag(click.ParamType[UserTag]):
    """A tagged account, `NAME` or `NAME:X,Y`."""

    name = "NAME[:X,Y]"

    def convert(
        self, value: str | UserTag, param: click.Parameter | None, ctx: click.Context | None
    ) -> UserTag:
        """Read name and position."""
        if isinstance(value, UserTag):
            return value
        try:
            return parse_tag(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class KeyValue(click.ParamType[tuple[str, str]]):
    """A parameter of a call, `key=value`."""

    name = "key=value"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the first equals sign."""
        if not isinstance(value, str):
            return value
        key, equals, text = value.partition("=")
        if not equals or not key:
            self.fail(f"{value!r} is not key=value.", param, ctx)
        return key, text


class Excel(TypedDict):
    """The options of CSV that Excel opens."""

    excel: bool
    locale: str | None


def excel_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options of CSV that Excel opens."""
    named = click.option("--locale", metavar="NAME", help="Of --excel: de_DE; else that of the environment.")
    return click.option("--excel", is_flag=True, help="CSV as Excel opens it: marked, ids as texts.")(
        named(function)
    )


def csv_style(options: Excel, environ: Mapping[str, str], *, is_csv: bool) -> CsvStyle:
    """Return how CSV is spelled. Raises UsageError for another format, and for what is no locale."""
    if not options["excel"]:
        if options["locale"]:
            raise click.UsageError("--locale goes with --excel.")
        return PLAIN_CSV
    if not is_csv:
        raise click.UsageError("--excel is for CSV: no other form needs it.")
    ours = (environ.get(name) for name in ("LC_ALL", "LC_NUMERIC", "LANG"))
    style = excel_style(options["locale"] or next(filter(None, ours), ""))
    if style is None:
        raise click.UsageError("--locale takes a language and a country, such as de_DE or en_US.")
    return style
