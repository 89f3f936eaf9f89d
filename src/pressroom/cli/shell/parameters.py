"""The types of options and arguments that several commands share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from pressroom.core.tags import parse_tag
from pressroom.graph.calls import UserTag

_SPAN = re.compile(r"(\d+)\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


account_option: Final = click.option(
    "--account",
    "account_name",
    metavar="NAME",
    help="Stored account to act for; else the environment's, else the default one.",
)


class Since(click.ParamType[timedelta | datetime]):
    """A span back from now (`7d`, `12h`, `30m`, `2w`) or a date; a date without a zone is UTC."""

    name = "when"

    def convert(
        self, value: str | timedelta | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        """Read the span or date."""
        # click may call `convert` with a value that is converted already, such as a default.
        if not isinstance(value, str):
            return value
        try:
            if span := _SPAN.fullmatch(value.strip().lower()):
                return timedelta(**{_UNITS[span[2]]: int(span[1])})
            read = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a span such as 7d nor a date such as 2026-11-24.", param, ctx)
        return read if read.tzinfo else read.replace(tzinfo=UTC)


def moment(since: timedelta | datetime | None, now: datetime) -> datetime | None:
    """Turn `--since` into a moment; None, meaning no limit, for a span that reaches before the first date."""
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
