"""The options that edit a clip. None of them is ever applied unasked."""

import re
from collections.abc import Callable
from typing import Any, Final, TypedDict

import click

from pressroom.cli.shell.parameters import Tag
from pressroom.core.assets import Edits, Quality
from pressroom.core.post_options import (
    CLIP_OPTIONS,
    QUALITIES,
    SECONDS,
    SWITCH,
    TAGS,
    TRUTH,
    WHOLE_NUMBER,
    PostOption,
    ValueKind,
)

_SPAN: Final = re.compile(r"(?:(?:([0-9]{1,4}):)?([0-9]{1,2}):)?([0-9]{1,9}(?:\.[0-9]+)?)")


class Editing(TypedDict):
    """The edit options of a clip."""

    start: float | None
    end: float | None
    loop: bool
    loudness: bool
    salvage: bool
    quality: Quality


class Moment(click.ParamType[float]):
    """A moment of a clip: seconds (`2.5`), or `1:30`, or `1:02:03`."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it as seconds."""
        # click passes a default that is a number already.
        if not isinstance(value, str):
            return value
        match = _SPAN.fullmatch(value.strip())
        if match is None:
            self.fail(f"{value!r} is no moment of a clip, such as 2.5 or 1:30.", param, ctx)
        hours, minutes, seconds = match.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


_TYPES: Final[dict[ValueKind, Any]] = {WHOLE_NUMBER: int, SECONDS: Moment(), TAGS: Tag()}


def declare(
    option: PostOption, function: Callable[..., Any], *, is_hidden: bool = False
) -> Callable[..., Any]:
    """Declare an option of a post at a command. is_hidden: accept it without showing it in the help."""
    kind, flag = option.value, option.flag
    assert flag
    # `--no-NAME` says something else than leaving the option out; a switch is on or not.
    names = f"--{flag.name}/--no-{flag.name}" if kind is TRUTH else f"--{flag.name}"
    more: dict[str, Any] = {"multiple": True} if kind.is_list else {"default": option.default}
    if kind is SWITCH:
        more = {"is_flag": True}
    if kind.choices:
        more["type"] = click.Choice(kind.choices, case_sensitive=kind is QUALITIES)
    elif kind in _TYPES:
        more["type"] = _TYPES[kind]
    return click.option(names, metavar=flag.metavar, help=flag.words, hidden=is_hidden, **more)(function)


def edit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare all edit options."""
    for option in reversed(CLIP_OPTIONS):
        function = declare(option, function)
    return function


def edits_of(given: Editing) -> Edits:
    """Return the edits. Raises click.UsageError for an end that is not behind the start."""
    start, end = given["start"], given["end"]
    if end is not None and end <= (start or 0):
        raise click.UsageError("--end must lie behind --start.")
    return Edits(
        start_s=start,
        end_s=end,
        repeat=given["loop"],
        loudness=given["loudness"],
        salvage=given["salvage"],
    )
