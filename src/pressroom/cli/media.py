"""`pressroom media`: what Instagram would say of a file, the file it accepts, and what is published."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from pressroom.cli.command import Group
from pressroom.cli.console import Console
from pressroom.cli.converting import convert_all, convert_one
from pressroom.cli.face import Face
from pressroom.cli.parameters import Since, account_option, moment
from pressroom.core.assets import Action, Fit, MediaReport, Target
from pressroom.core.errors import ExitCode
from pressroom.graph.answers import Media, MediaProductType, MediaType, timestamp_of
from pressroom.graph.limits import MediaUse

_USES = {
    "photo": MediaUse.PHOTO,
    "reel": MediaUse.REEL,
    "story": MediaUse.STORY,
    "carousel": MediaUse.CAROUSEL_ITEM,
}
_USUAL_LIST = 25
_CAPTION_WIDTH = 40


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
    default=Fit.BLUR,
    help="What is done when the shape does not fit; blur by default.",
)
_paths_argument = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)


@media.command()
@_paths_argument
@_as_option
@_target_option
@_fit_option
@click.pass_obj
async def check(
    face: Face, paths: tuple[Path, ...], use: str | None, target: Target, fit: Fit
) -> ExitCode | None:
    """Hold Instagram's rules against files, and say what would be done about them. No account is needed.

    Ends with 3 when a file cannot be made acceptable.
    """
    from pressroom.media.report import check as report_of  # noqa: PLC0415  # loads the decoders

    chosen = _USES[use] if use else None
    reports = [await asyncio.to_thread(report_of, path, use=chosen, target=target, fit=fit) for path in paths]
    if face.console.is_json:
        face.console.json([_report_json(report) for report in reports])
    else:
        for report in reports:
            _show_report(face.console, report)
    return ExitCode.REFUSED if any(report.action is Action.REFUSE for report in reports) else None


def _report_json(report: MediaReport) -> dict[str, Any]:
    return {
        "path": str(report.path.absolute()),
        "media_type": report.media_type,
        "action": report.action,
        "error_code": report.error_code,
        "estimate_s": None if report.estimate_s is None else round(report.estimate_s, 1),
        "reasons": list(report.reasons),
        "changes": list(report.changes),
        "warnings": list(report.warnings),
        "findings": [
            {
                "rule": finding.rule,
                "value": finding.value,
                "limit": finding.limit,
                "is_met": finding.is_met,
                "fix": finding.fix,
            }
            for finding in report.findings
        ],
    }


_VERDICTS = {
    Action.AS_IS: "Instagram takes it as it is.",
    Action.REMUX: "It is rewritten without loss before it is published",
    Action.AUDIO: "Its sound is encoded again before it is published",
    Action.FULL: "It is converted before it is published",
    Action.REFUSE: "It cannot be published.",
}


def _show_report(console: Console, report: MediaReport) -> None:
    console.data(f"{report.path} ({report.media_type})")
    rows = [
        (finding.rule, finding.value, finding.limit, "ok" if finding.is_met else "not met")
        for finding in report.findings
    ]
    console.table(("rule", "value", "limit", "verdict"), rows)
    verdict = _VERDICTS[report.action]
    if report.estimate_s is not None:
        verdict += f", in about {report.estimate_s:.1f} s:"
    console.data(verdict)
    for change in report.changes:
        console.data(f"  {change}")
    if report.action is Action.REFUSE:
        fixes = dict.fromkeys(f.fix for f in report.findings if not f.is_met and f.fix)
        console.data("".join(f"  {fix}\n" for fix in fixes).rstrip("\n"))
    for warning in report.warnings:
        console.warn(f"{report.path.name}: {warning}")


@media.command()
@_paths_argument
@click.option("--output", type=click.Path(path_type=Path), help="Where the one file goes.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--quality", type=click.Choice(["normal", "high"]), default="normal", show_default=True)
@_as_option
@_target_option
@_fit_option
@click.pass_obj
async def convert(face: Face, paths: tuple[Path, ...], use: str | None, **given: Any) -> ExitCode | None:  # noqa: ANN401
    """Make files that Instagram accepts, next to the given ones. No account is needed.

    A file that complies is left alone. The new one is called like the old one with .instagram.mp4 or
    .instagram.jpg at its end; of a folder, every picture and clip is converted.
    """
    chosen = _USES[use] if use else None
    if len(paths) == 1 and not paths[0].is_dir():
        await convert_one(face, paths[0], use=chosen, **given)
        return None
    return await convert_all(face, paths, use=chosen, **given)


@media.command("list")
@click.option("--since", type=Since(), help="A span such as 7d or 12h, or a date.")
@click.option("--limit", type=click.IntRange(min=1), help=f"At most so many; {_USUAL_LIST} without --since.")
@account_option
@click.pass_obj
async def list_media(
    face: Face, since: timedelta | datetime | None, limit: int | None, account_name: str | None
) -> None:
    """List what is published, newest first; stories are not listed by the API."""
    if since is None and limit is None:
        limit = _USUAL_LIST
    async with face.pressroom(account=await face.account_named(account_name)) as pressroom:
        start = moment(since, face.around.clock.now())
        listed = [one async for one in pressroom.media(since=start, limit=limit)]
    if face.console.is_json:
        face.console.json([_media_json(one) for one in listed])
        return
    rows = [
        (one.id, kind_of(one), _minute(one.timestamp), one.permalink or "-", _start(one.caption))
        for one in listed
    ]
    face.console.table(("id", "kind", "time (UTC)", "permalink", "caption"), rows)


def _media_json(one: Media) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": kind_of(one),
        "caption": one.caption,
        "permalink": one.permalink,
        "timestamp": one.timestamp,
    }


def kind_of(one: Media) -> str:
    """Name a media as the publish commands do."""
    if one.media_product_type is MediaProductType.REELS:
        return "reel"
    if one.media_product_type is MediaProductType.STORY:
        return "story"
    kinds = {MediaType.IMAGE: "photo", MediaType.CAROUSEL_ALBUM: "carousel", MediaType.VIDEO: "video"}
    return kinds.get(one.media_type or MediaType.UNRECOGNISED, "other")


def _minute(timestamp: str | None) -> str:
    return timestamp_of(timestamp).astimezone(UTC).strftime("%Y-%m-%d %H:%M") if timestamp else "-"


def _start(caption: str | None) -> str:
    line = " ".join((caption or "-").split())
    return line if len(line) <= _CAPTION_WIDTH else f"{line[: _CAPTION_WIDTH - 1]}…"
