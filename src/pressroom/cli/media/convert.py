"""`pressroom media convert`: converts one file, or a folder of them."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Unpack

import click

from pressroom.cli.media.edit_options import Editing, edits_of
from pressroom.cli.posts.reporting import say_changes
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.terminal import Tracker, tracker
from pressroom.core.assets import Action, Fit, MediaReport, Rendition, Target, Wish
from pressroom.core.errors import Refused
from pressroom.core.remedies import by_command
from pressroom.graph.limits import MB, MediaUse
from pressroom.service import Pressroom
from pressroom.service.posts.composing import is_media_name, media_type_by_name
from pressroom.service.shapes.media import ConvertedShape, FileShape, FilesShape

_MARK: Final = ".instagram"
_COVER: Final = ".cover.jpg"
# NAME_MAX of ext4 and most other file systems. In bytes: a letter has up to four of them in UTF-8.
_MAX_NAME_BYTES: Final = 255


class Wanted(Editing):
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
        made = self.rendition
        if made.path.absolute() == self.source.absolute():
            return f"{self.source} complies as it is."
        return f"{self.source} -> {made.path} ({made.size_bytes / MB:.2f} MB)"


async def convert_one(invocation: Invocation, path: Path, **wanted: Unpack[Wanted]) -> None:
    """Convert one file and print the result.

    Raises MediaRefused, and Refused for an output that must not be replaced.
    """
    with tracker(invocation.console) as shown:
        async with invocation.session() as pressroom:
            done = await _convert(pressroom, shown, path, wanted)
    invocation.console.answer(done.shape(), done.as_line())


async def convert_all(
    invocation: Invocation, paths: Sequence[Path], **wanted: Unpack[Wanted]
) -> ExitCode | None:
    """Convert every file, and report refused ones; returns REFUSED where there were any."""
    if wanted["output"] is not None:
        raise click.UsageError("--output goes with one file alone.")
    results = list[FileShape]()
    skipped, taken = 0, set[Path]()
    with tracker(invocation.console) as shown:
        async with invocation.session() as pressroom:
            for path in _files(paths):
                if there := _made_before(path, wanted, taken):
                    skipped += 1
                    taken.add(there)
                    shown.note(f"{path.name}: {there.name} was made of it before; --overwrite makes it anew.")
                    continue
                try:
                    done = await _convert(pressroom, shown, path, wanted)
                except Refused as error:
                    # One refused file must not end the work on a folder.
                    results.append(_refused(shown, path, error))
                    continue
                taken.add(done.rendition.path)
                results.append(FileShape.of(path, done.shape()))
                if not invocation.console.is_json:
                    invocation.console.data(done.as_line())
    return _summarise(invocation, results, skipped)


def _refused(shown: Tracker, path: Path, error: Refused) -> FileShape:
    shown.idle()
    shown.warn(f"{path.name}: {error.said_by(by_command)}")
    return FileShape.refused(path, error)


def _summarise(invocation: Invocation, files: Sequence[FileShape], skipped: int) -> ExitCode | None:
    done = FilesShape.of(tuple(files), skipped=skipped)
    before = f"{skipped} made before, " if skipped else ""
    words = f"{done.converted} converted, {done.complied} complied, {before}{done.refused} refused."
    invocation.console.answer(done, words)
    return ExitCode.REFUSED if done.refused else None


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.iterdir()) if _is_input(file))
        else:
            yield path


def _made_before(path: Path, wanted: Wanted, taken: Collection[Path]) -> Path | None:
    """Find what an earlier run made of a file; None where the file is newer, or with `overwrite`.

    taken: outputs of other inputs: a phone's live photo is a picture and a clip of the same name.
    """
    if wanted["overwrite"] or not path.exists():
        return None
    beside = (_beside(path, f"{_MARK}{ending}") for ending in _endings_made(path))
    there = next((file for file in beside if file.exists() and file not in taken), None)
    return there if there and there.stat().st_mtime >= path.stat().st_mtime else None


def _endings_made(path: Path) -> Sequence[str]:
    """Return the endings a file's output may have, by the file's name. A GIF may be a picture or a clip."""
    is_either = path.suffix.lower() == ".webp"  # mostly a picture, which `media_type_by_name` takes it for
    kind = None if is_either else media_type_by_name(path)
    return {"video": (".mp4",), "image": (".jpg",), None: (".jpg", ".mp4")}[kind]


def _is_input(file: Path) -> bool:
    # What an earlier run wrote into the folder is no input of the next.
    is_ours = file.stem.endswith(_MARK) or file.name.endswith(_COVER)
    return is_media_name(file) and not is_ours and file.is_file()


async def _convert(pressroom: Pressroom, shown: Tracker, path: Path, wanted: Wanted) -> Converted:
    use, target, fit, edits = wanted["use"], wanted["target"], wanted["fit"], edits_of(wanted)
    report = await pressroom.media.check(path, use=use, target=target, fit=fit, edits=edits)
    made = await pressroom.media.convert(
        path,
        Wish(use=use or MediaUse.REEL, target=target, fit=fit, quality=wanted["quality"], edits=edits),
        output=_output(report, path, wanted["output"]),
        overwrite=wanted["overwrite"],
        progress=lambda share: shown.busy(f"Converting {path.name}", share),
    )
    shown.idle()
    say_changes(shown, path.name, made)
    return Converted(source=path, rendition=made, reasons=report.reasons)


def _output(report: MediaReport, path: Path, output: Path | None) -> Path | None:
    """Choose the output's path; None when the input complies and no path is given."""
    # A refused file gets no path: `convert` raises before it writes.
    if output or report.action in (Action.AS_IS, Action.REFUSE):
        return output
    return _beside(path, f"{_MARK}{'.jpg' if report.media_type == 'image' else '.mp4'}")


def _beside(path: Path, ending: str) -> Path:
    """Return a path beside another with this ending, its name cut to what file systems take."""
    stem = path.stem
    # By letters, not by bytes: half a letter would be no valid name.
    while len(os.fsencode(stem)) > _MAX_NAME_BYTES - len(ending):
        stem = stem[:-1]
    return path.with_name(f"{stem}{ending}")


async def take_cover(
    invocation: Invocation, path: Path, *, at_s: float, fit: Fit | None, output: Path | None, overwrite: bool
) -> None:
    """Take one frame of a clip and print the result. Raises MediaRefused."""
    place = output or _beside(path, _COVER)
    async with invocation.session() as pressroom:
        made = await pressroom.media.cover(path, at_s=at_s, fit=fit, output=place, overwrite=overwrite)
    done = Converted(source=path, rendition=made, reasons=())
    invocation.console.answer(done.shape(), done.as_line())
