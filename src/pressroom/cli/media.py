"""`pressroom media`: checks and converts files, takes covers, and lists and deletes what is published.

What is made of a file stands beside it, with `.instagram` in its name. A second run over a folder skips what
the first made, and takes no output for an input.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Unpack, get_args

import click

from pressroom.cli.deleting import delete_media
from pressroom.cli.posts.options import Editing, Moment, edit_options, edits_of
from pressroom.cli.posts.reporting import say_changes
from pressroom.cli.shell.command import Group, Invocation
from pressroom.cli.shell.console import Column, Console
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.cli.shell.terminal import Tracker, tracker
from pressroom.core.address import shown_address
from pressroom.core.assets import Action, Asset, Fit, MediaReport, Rendition, Target, Wish
from pressroom.core.errors import Refused
from pressroom.core.remedies import by_command
from pressroom.core.when import zone_named
from pressroom.graph.answers import timestamp_of
from pressroom.graph.limits import MB, MediaUse
from pressroom.graph.reels import AudioType
from pressroom.service import Pressroom
from pressroom.service.posts.composing import is_media_name, media_type_by_name
from pressroom.service.posts.published import kind_of
from pressroom.service.shapes.media import (
    AudioShape,
    ConvertedShape,
    FileShape,
    FilesShape,
    MediaShape,
    ReportShape,
)

_USES = {
    "photo": MediaUse.PHOTO,
    "reel": MediaUse.REEL,
    "story": MediaUse.STORY,
    "carousel": MediaUse.CAROUSEL_ITEM,
}
_VERDICTS: Final = {
    Action.AS_IS: "Instagram takes it as it is.",
    Action.REMUX: "It is rewritten without loss before it is published",
    Action.AUDIO: "Its sound is encoded again before it is published",
    Action.FULL: "It is converted before it is published",
    Action.REFUSE: "It cannot be published.",
}
_WORK: Final = {
    Action.AS_IS: "none",
    Action.REMUX: "rewritten without loss",
    Action.AUDIO: "sound encoded",
    Action.FULL: "encoded",
}
# One page of Meta's list, whose default size this is: without a limit an old account would take many calls.
_USUAL_LIST = 25
_MARK: Final = ".instagram"
_COVER: Final = ".cover.jpg"
# NAME_MAX of ext4 and most other file systems. In bytes: a letter has up to four of them in UTF-8.
_MAX_NAME_BYTES: Final = 255


@click.group(cls=Group)
def media() -> None:
    """Check and convert files, list what is published, and delete it."""


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
    chosen, edits = _USES[use] if use else None, edits_of(editing)
    async with invocation.session() as pressroom:
        reports = [
            await pressroom.media.check(source, use=chosen, target=target, fit=fit, edits=edits)
            for source in sources
        ]
    # A URL without its query, which may be a signature that gives access; else the file's whole path.
    assets = [Asset(source) for source in sources]
    names = [
        shown_address(asset.source) if asset.is_url or asset.is_object else str(asset.path.absolute())
        for asset in assets
    ]
    if invocation.console.is_json:
        shapes = [ReportShape.of(report, name) for report, name in zip(reports, names, strict=True)]
        invocation.console.json(shapes)
    else:
        for report, name in zip(reports, names, strict=True):
            _show_report(invocation.console, report, name)
    return ExitCode.REFUSED if any(report.action is Action.REFUSE for report in reports) else None


def _show_report(console: Console, report: MediaReport, name: str) -> None:
    """Show what was found of a file or a URL, what would be done to it, and what a person has to do."""
    console.data(f"{name} ({report.media_type})" if report.media_type else name)
    rows = list[tuple[str, ...]]()
    for finding in report.findings:
        verdict = "ok" if finding.is_met else "unusual" if finding.is_advice else "not met"
        rows.append((finding.rule, finding.value, finding.limit, verdict))
    console.table(
        ("rule", Column("value", shortest=12), Column("limit", rank=1, shortest=16), "verdict"), rows
    )

    is_refused, refusal = report.action is Action.REFUSE, report.refusal
    # A URL goes to Instagram as it is: what a file would be converted for refuses it.
    is_unfit_url = is_refused and refusal is None
    words = "Instagram would not take it as it is." if is_unfit_url else _VERDICTS[report.action]
    console.data(words if report.estimate_s is None else f"{words}, in about {report.estimate_s:.1f} s:")
    for change in report.changes:
        console.data(f"  {change}")
    if is_refused:
        # Other findings of a refused file would be fixed by converting it, and fixing them by hand helps
        # nothing.
        unmet = [finding.fix for finding in report.findings if finding.fix and not finding.is_met]
        fixes = [refusal.fix_by(by_command)] if refusal else dict.fromkeys(unmet)
        console.data("\n".join(f"  {fix}" for fix in fixes))

    if report.fits:
        costs = list[tuple[str, ...]]()
        for cost in report.fits:
            # What an encoder writes is not known before it has.
            size = f"{'at most ' if cost.action is Action.FULL else ''}{cost.size_bytes / MB:.2f} MB"
            time = "" if cost.estimate_s is None else f"about {cost.estimate_s:.1f} s"
            costs.append((cost.fit, f"{cost.width} x {cost.height}", _WORK[cost.action], size, time))
        console.table(("--fit", "becomes", "work", "size", "time"), costs)
    for warning in report.warnings:
        console.warn(f"{report.path.name}: {warning}")


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
    **options: Any,  # noqa: ANN401
) -> ExitCode | None:
    r"""Make files that Instagram accepts, next to the given ones. No account is needed.

    A file that complies is left alone. The new one is called like the old one with .instagram.mp4 or
    .instagram.jpg at its end; of a folder, every picture and clip is converted, and what is neither is named.

    \b
    pressroom media convert clip.mov --output reel.mp4
    pressroom media convert trip/ --target house
    """
    wishes = ConvertOptions(use=_USES[use] if use else None, **options)
    # Of one file an error is the command's; of a folder each file has its own.
    if len(paths) == 1 and not paths[0].is_dir():
        with tracker(invocation.console) as shown:
            async with invocation.session() as pressroom:
                done = await _convert(pressroom, shown, paths[0], wishes)
        invocation.console.answer(done.shape(), done.as_line())
        return None
    return await _convert_all(invocation, paths, wishes)


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
    place = output or _beside(path, _COVER)
    async with invocation.session() as pressroom:
        rendition = await pressroom.media.cover(path, at_s=at, fit=fit, output=place, overwrite=overwrite)
    done = Converted(source=path, rendition=rendition, reasons=())
    invocation.console.answer(done.shape(), done.as_line())


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
        listed = [item async for item in pressroom.media.list(since=start, limit=limit)]
        zone = zone_named(await pressroom.lists.zone())
    rows = list[tuple[str, ...]]()
    for item in listed:
        at = timestamp_of(item.timestamp).astimezone(zone) if item.timestamp else None
        published, text = f"{at:%Y-%m-%d %H:%M}" if at else "-", " ".join((item.caption or "-").split())
        rows.append((item.id, kind_of(item), published, item.permalink or "-", text))
    # What tells a media from the next stays longest: its link is in --json.
    kind, link, caption = Column("kind", rank=1), Column("permalink", rank=2), Column("caption", shortest=12)
    columns = ("id", kind, f"published ({zone.key})", link, caption)
    shapes = [MediaShape.of(item) for item in listed]
    invocation.console.answer(shapes, lambda: invocation.console.table(columns, rows))


@media.command("audio")
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option(
    "--type",
    "audio_type",
    type=click.Choice(get_args(AudioType)),
    default="music",
    help="music (the default), or original_sound of others' reels.",
)
@account_option
@click.pass_obj
async def search_audio(
    invocation: Invocation, words: tuple[str, ...], audio_type: AudioType, account_name: str | None
) -> None:
    r"""Search for music or sounds for a reel; without words, what is trending. Facebook Login only.

    \b
    pressroom media audio late night
    pressroom publish reel clip.mp4 --audio 17900000000000000:100,20
    """
    async with invocation.session(account_name) as pressroom:
        shapes = [
            AudioShape.of(audio) for audio in await pressroom.media.search_audio(" ".join(words), audio_type)
        ]
    rows = [
        (
            audio.audio_id,
            "-" if audio.duration_in_ms is None else f"{audio.duration_in_ms / 1000:.0f} s",
            audio.title or "-",
            audio.artist or "-",
        )
        for audio in shapes
    ]
    columns = ("id", Column("length", rank=2), "title", Column("by", rank=1))
    invocation.console.answer(shapes, lambda: invocation.console.table(columns, rows))


media.add_command(delete_media)


class ConvertOptions(Editing):
    """The options of `convert`. output: None is next to the input."""

    use: MediaUse | None
    output: Path | None
    overwrite: bool
    target: Target
    fit: Fit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """One file that Instagram accepts. reasons: the rules the input broke."""

    source: Path
    rendition: Rendition
    reasons: tuple[str, ...]

    def shape(self) -> ConvertedShape:
        """Return its JSON."""
        return ConvertedShape.of(self.rendition, self.reasons)

    def as_line(self) -> str:
        """Describe it to a person."""
        output = self.rendition.path
        if output.absolute() == self.source.absolute():
            return f"{self.source} complies as it is."
        return f"{self.source} -> {output} ({self.rendition.size_bytes / MB:.2f} MB)"


async def _convert_all(
    invocation: Invocation, paths: Sequence[Path], options: ConvertOptions
) -> ExitCode | None:
    """Convert every file, and report refused ones; returns REFUSED where there were any."""
    # Each would be written over the one before.
    if options["output"] is not None:
        raise click.UsageError("--output goes with one file alone.")
    results = list[FileShape]()
    skipped, taken = 0, set[Path]()
    with tracker(invocation.console) as shown:
        async with invocation.session() as pressroom:
            inputs, ignored = await _sorted_out(pressroom, paths)
            for path in inputs:
                if there := _made_before(path, options, taken):
                    skipped += 1
                    taken.add(there)
                    shown.note(f"{path.name}: {there.name} was made of it before; --overwrite makes it anew.")
                    continue
                try:
                    done = await _convert(pressroom, shown, path, options)
                except Refused as error:
                    # One refused file must not end the work on a folder.
                    shown.idle()
                    shown.warn(f"{path.name}: {error.said_by(by_command)}")
                    results.append(FileShape.refused(path, error))
                    continue
                taken.add(done.rendition.path)
                results.append(FileShape.of(path, done.shape()))
                if not invocation.console.is_json:
                    invocation.console.data(done.as_line())
        if ignored:
            names = ", ".join(path.name for path in ignored)
            shown.note(f"Left alone, since they are neither pictures nor clips: {names}.")
    files = FilesShape.of(tuple(results), skipped=skipped, ignored=ignored)
    before = f"{skipped} made before, " if skipped else ""
    words = f"{files.converted} converted, {files.complied} complied, {before}{files.refused} refused."
    invocation.console.answer(files, words)
    return ExitCode.REFUSED if files.refused else None


async def _sorted_out(pressroom: Pressroom, paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files to convert and those of folders to leave alone, in the order of their names.

    A picture that nothing here reads is to be converted, and refused by its name.
    """
    files, ignored = list[Path](), list[Path]()
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        for file in sorted(path.iterdir()):
            # What an earlier run wrote into the folder is no input of the next.
            is_ours = file.stem.endswith(_MARK) or file.name.endswith(_COVER)
            if is_ours or file.name.startswith("."):
                continue
            try:
                is_input = file.is_file() and (is_media_name(file) or await pressroom.media.is_visual(file))
            except Refused:  # a file that may not be read is refused with its reason
                is_input = True
            (files if is_input else ignored).append(file)
    return files, ignored


def _made_before(path: Path, options: ConvertOptions, taken: Collection[Path]) -> Path | None:
    """Find what an earlier run made of a file; None where the file is newer, or with `overwrite`.

    taken: outputs of other inputs: a phone's live photo is a picture and a clip of the same name.
    """
    if options["overwrite"] or not path.exists():
        return None
    # A GIF or a WebP may be a picture or a clip, and `media_type_by_name` takes each WebP for a picture.
    kind = None if path.suffix.lower() == ".webp" else media_type_by_name(path)
    endings = {"video": (".mp4",), "image": (".jpg",), None: (".jpg", ".mp4")}[kind]
    beside = (_beside(path, f"{_MARK}{ending}") for ending in endings)
    there = next((file for file in beside if file.exists() and file not in taken), None)
    # A file that was edited since is converted anew.
    return there if there and there.stat().st_mtime >= path.stat().st_mtime else None


async def _convert(pressroom: Pressroom, shown: Tracker, path: Path, options: ConvertOptions) -> Converted:
    use, target, fit, edits = options["use"], options["target"], options["fit"], edits_of(options)
    report = await pressroom.media.check(path, use=use, target=target, fit=fit, edits=edits, header_only=True)
    output = options["output"]
    # A file that complies needs none, and a refused one gets none: `convert` raises before it writes.
    if output is None and report.action not in (Action.AS_IS, Action.REFUSE):
        output = _beside(path, f"{_MARK}{'.jpg' if report.media_type == 'image' else '.mp4'}")
    rendition = await pressroom.media.convert(
        path,
        Wish(use=use or MediaUse.REEL, target=target, fit=fit, quality=options["quality"], edits=edits),
        output=output,
        overwrite=options["overwrite"],
        progress=lambda share: shown.busy(f"Converting {path.name}", share),
    )
    shown.idle()
    say_changes(shown, path.name, rendition)
    return Converted(source=path, rendition=rendition, reasons=report.reasons)


def _beside(path: Path, ending: str) -> Path:
    """Return a path beside another with this ending, its name cut to what file systems take."""
    stem = path.stem
    # By letters, not by bytes: half a letter would be no valid name.
    while len(os.fsencode(stem)) > _MAX_NAME_BYTES - len(ending):
        stem = stem[:-1]
    return path.with_name(f"{stem}{ending}")
