"""`pressroom media convert` and `cover`: what becomes of one file, or of a folder of them, and where it goes.

An output stands beside its input, with `.instagram` in its name. A second run over a folder skips what the
first made, and takes no output for an input.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Unpack

import click

from pressroom.cli.posts.options import Editing, edits_of
from pressroom.cli.posts.reporting import say_changes
from pressroom.cli.shell.command import Invocation
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.terminal import Tracker, tracker
from pressroom.core.assets import Action, Fit, Rendition, Target, Wish
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


async def convert_one(invocation: Invocation, path: Path, **options: Unpack[ConvertOptions]) -> None:
    """Convert one file and print the result.

    Raises MediaRefused, and Refused for an output that must not be replaced.
    """
    with tracker(invocation.console) as shown:
        async with invocation.session() as pressroom:
            done = await _convert(pressroom, shown, path, options)
    invocation.console.answer(done.shape(), done.as_line())


async def convert_all(
    invocation: Invocation, paths: Sequence[Path], **options: Unpack[ConvertOptions]
) -> ExitCode | None:
    """Convert every file, and report refused ones; returns REFUSED where there were any."""
    # Each would be written over the one before.
    if options["output"] is not None:
        raise click.UsageError("--output goes with one file alone.")
    results = list[FileShape]()
    skipped, taken = 0, set[Path]()
    with tracker(invocation.console) as shown:
        async with invocation.session() as pressroom:
            for path in _files(paths):
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
    files = FilesShape.of(tuple(results), skipped=skipped)
    before = f"{skipped} made before, " if skipped else ""
    words = f"{files.converted} converted, {files.complied} complied, {before}{files.refused} refused."
    invocation.console.answer(files, words)
    return ExitCode.REFUSED if files.refused else None


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files to convert; of a folder the pictures and clips, in the order of their names."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.iterdir()):
            # What an earlier run wrote into the folder is no input of the next.
            is_ours = file.stem.endswith(_MARK) or file.name.endswith(_COVER)
            if is_media_name(file) and not is_ours and file.is_file():
                yield file


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
    report = await pressroom.media.check(path, use=use, target=target, fit=fit, edits=edits)
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


async def take_cover(
    invocation: Invocation, path: Path, *, at_s: float, fit: Fit | None, output: Path | None, overwrite: bool
) -> None:
    """Take one frame of a clip and print the result. Raises MediaRefused."""
    place = output or _beside(path, _COVER)
    async with invocation.session() as pressroom:
        rendition = await pressroom.media.cover(path, at_s=at_s, fit=fit, output=place, overwrite=overwrite)
    done = Converted(source=path, rendition=rendition, reasons=())
    invocation.console.answer(done.shape(), done.as_line())
