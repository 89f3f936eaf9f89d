"""The options that edit a clip. None of them is ever applied unasked."""

import re
from collections.abc import Callable
from typing import Any, Final, TypedDict

import click

from pressroom.core.assets import Edits, Quality

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
        found = _SPAN.fullmatch(value.strip())
        if found is None:
            self.fail(f"{value!r} is no moment of a clip, such as 2.5 or 1:30.", param, ctx)
        hours, minutes, seconds = found.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


TRIM_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "--start": {"type": Moment(), "metavar": "TIME", "help": "Leave out what comes before: 2.5, or 1:30."},
    "--end": {"type": Moment(), "metavar": "TIME", "help": "Leave out what comes after."},
}
CLIP_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "--loop": {"is_flag": True, "help": "Play a clip of under 3 s until it is long enough."},
    "--loudness": {"is_flag": True, "help": "Bring the sound to -14 LUFS."},
    "--salvage": {"is_flag": True, "help": "Use what is left of a clip that is cut off or damaged."},
    "--quality": {
        "type": click.Choice(["normal", "high"]),
        "default": "normal",
        "help": "high takes twice the time where a clip is encoded; normal by default.",
    },
}


def edit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare all edit options."""
    for name, more in reversed((TRIM_OPTIONS | CLIP_OPTIONS).items()):
        function = click.option(name, **more)(function)
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
