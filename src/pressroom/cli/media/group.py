"""`pressroom media`: checks and converts files, and lists published media."""

from datetime import UTC
from pathlib import Path
from typing import Any, Unpack

import click

from pressroom.cli.media.check import check_all
from pressroom.cli.media.convert import convert_all, convert_one, take_cover
from pressroom.cli.media.edit_options import Editing, Moment, edit_options, edits_of
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.core.assets import Fit, Target
from pressroom.graph.answers import timestamp_of
from pressroom.graph.limits import MediaUse
from pressroom.service.posts.media import kind_of
from pressroom.service.shapes.media import MediaShape

_USES = {
    "photo": MediaUse.PHOTO,
    "reel": MediaUse.REEL,
    "story": MediaUse.STORY,
    "carousel": MediaUse.CAROUSEL_ITEM,
}
# One page of Meta's list, whose default size this is: without a limit an old account would take many calls.
_USUAL_LIST = 25


@click.group(cls=Group)
def media() -> None:
    """Check and convert files, and list what is published."""


_as_option = click.option(
    "--as",
    "use",
    type=click.Choice(list(_USES)),
    help="What it is going to be; by default a photo or a reel.",
)
_target_option = click.option(
    "--target",
    type=click.Choice(Target, case_sensitive=False),
    default=Target.PLATFORM,
    help="house: 720x1280, 30 fps, 90 s; platform, the default: all Instagram allows.",
)
_fit_option = click.option(
    "--fit",
    type=click.Choice(Fit, case_sensitive=False),
    help="What is done when the shape does not fit; by default clips keep theirs, all else is blurred.",
)


@media.command()
@click.argument("sources", nargs=-1, required=True, metavar="FILE|URL...")
@_as_option
@_target_option
@_fit_option
@edit_options
@click.pass_obj
async def check(
    invocation: Invocation,
    sources: tuple[str, ...],
    use: str | None,
    target: Target,
    fit: Fit | None,
    **editing: Unpack[Editing],
) -> ExitCode | None:
    r"""Check files against Instagram's rules, and say what would be changed. No account is needed.

    Of a URL the beginning is fetched, as Instagram would. Ends with 3 when one cannot be published.

    \b
    pressroom media check *.jpg clip.mov
    pressroom media check https://example.com/clip.mp4 --as story
    """
    chosen = _USES[use] if use else None
    return await check_all(invocation, sources, use=chosen, target=target, fit=fit, edits=edits_of(editing))


@media.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--output", type=click.Path(path_type=Path), help="Where the one file goes.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@edit_options
@_as_option
@_target_option
@_fit_option
@click.pass_obj
async def convert(
    invocation: Invocation,
    paths: tuple[Path, ...],
    use: str | None,
    **given: Any,  # noqa: ANN401
) -> ExitCode | None:
    r"""Make files that Instagram accepts, next to the given ones. No account is needed.

    A file that complies is left alone. The new one is called like the old one with .instagram.mp4 or
    .instagram.jpg at its end; of a folder, every picture and clip is converted.

    \b
    pressroom media convert clip.mov --output reel.mp4
    pressroom media convert trip/ --target house
    """
    chosen = _USES[use] if use else None
    if len(paths) == 1 and not paths[0].is_dir():
        await convert_one(invocation, paths[0], use=chosen, **given)
        return None
    return await convert_all(invocation, paths, use=chosen, **given)


@media.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--at", type=Moment(), default=0.0, metavar="TIME", help="Its moment: 2.5, or 1:30.")
@click.option("--output", type=click.Path(path_type=Path), help="Where it goes; by default beside the clip.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@_fit_option
@click.pass_obj
async def cover(
    invocation: Invocation, path: Path, *, at: float, output: Path | None, overwrite: bool, fit: Fit | None
) -> None:
    """Take one frame of a clip as a picture, to be a reel's --cover: JPEG, 9:16. No account is needed.

    It is called like the clip with .cover.jpg at its end.
    """
    await take_cover(invocation, path, at_s=at, fit=fit, output=output, overwrite=overwrite)


@media.command("list")
@click.option("--since", type=Since(), help="A span such as 7d or 12h, a date, today or yesterday.")
@click.option("--limit", type=click.IntRange(min=1), help=f"At most so many; {_USUAL_LIST} without --since.")
@account_option
@click.pass_obj
async def list_media(
    invocation: Invocation, since: When | None, limit: int | None, account_name: str | None
) -> None:
    """List what is published, newest first; stories are not listed by the API."""
    # With a span the person has bounded the list already.
    if since is None and limit is None:
        limit = _USUAL_LIST
    async with invocation.session(account_name) as pressroom:
        start = moment(since, invocation.runtime.clock.now())
        listed = [one async for one in pressroom.media.list(since=start, limit=limit)]
    rows = [
        (one.id, kind_of(one), _minute(one.timestamp), one.permalink or "-", _line(one.caption))
        for one in listed
    ]
    caption = Column("caption", rank=1, shortest=12)
    columns = ("id", Column("kind", rank=2), "published (UTC)", "permalink", caption)
    shapes = [MediaShape.of(one) for one in listed]
    invocation.console.answer(shapes, lambda: invocation.console.table(columns, rows))


def _minute(timestamp: str | None) -> str:
    return timestamp_of(timestamp).astimezone(UTC).strftime("%Y-%m-%d %H:%M") if timestamp else "-"


def _line(caption: str | None) -> str:
    return " ".join((caption or "-").split())
