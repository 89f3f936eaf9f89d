"""`pressroom media convert`: one file, or a folder of them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

import click

from pressroom.cli.face import Face
from pressroom.cli.progress import Tracker, tracker
from pressroom.cli.reporting import say_changes
from pressroom.core.assets import Action, Fit, MediaReport, Rendition, Target
from pressroom.core.errors import ExitCode, Refused
from pressroom.graph.limits import MB, MediaUse
from pressroom.media.decision import Quality
from pressroom.publish.validate import IMAGE_ENDINGS, VIDEO_ENDINGS

_MARK: Final = ".instagram"


class Wanted(TypedDict):
    """What the options of `convert` say. output: None is next to the input."""

    use: MediaUse | None
    output: Path | None
    force: bool
    quality: Quality
    target: Target
    fit: Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """One file that Instagram accepts. reasons: the rules the input broke."""

    source: Path
    rendition: Rendition
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the documented JSON object."""
        made = self.rendition
        return {
            "success": True,
            "output_path": str(made.path.absolute()),
            "converted": made.is_converted,
            "file_size_mb": round(made.size_bytes / MB, 2),
            "action": made.action,
            "reasons": list(self.reasons),
            "changes": list(made.changes),
            "warnings": list(made.warnings),
            "duration": None if made.duration_s is None else round(made.duration_s, 3),
            "elapsed": round(made.elapsed_s, 2),
        }

    def as_line(self) -> str:
        """Say it to a person."""
        made = self.rendition
        if made.path.absolute() == self.source.absolute():
            return f"{self.source} complies as it is."
        return f"{self.source} -> {made.path} ({made.size_bytes / MB:.2f} MB)"


async def convert_one(face: Face, path: Path, **wanted: Unpack[Wanted]) -> None:
    """Convert one file and tell. Raises MediaRefused, and Refused for an output that must not be replaced."""
    with tracker(face.console) as shown:
        done = await _convert(face, shown, path, wanted)
    if face.console.is_json:
        face.console.json(done.as_json())
    else:
        face.console.data(done.as_line())


async def convert_all(face: Face, paths: Sequence[Path], **wanted: Unpack[Wanted]) -> ExitCode | None:
    """Convert every file, refused ones said and left out; the exit code tells whether there were any."""
    if wanted["output"] is not None:
        raise click.UsageError("--output goes with one file alone.")
    results: list[dict[str, Any]] = []
    with tracker(face.console) as shown:
        for path in _files(paths):
            try:
                done = await _convert(face, shown, path, wanted)
            except Refused as error:
                shown.idle()
                shown.warn(f"{path.name}: {error}")
                results.append({"success": False, "path": str(path.absolute()), "error": error.as_json()})
            else:
                results.append({"path": str(path.absolute()), **done.as_json()})
                if not face.console.is_json:
                    face.console.data(done.as_line())
    return _summarise(face, results)


def _summarise(face: Face, results: list[dict[str, Any]]) -> ExitCode | None:
    converted = sum(result.get("converted", False) for result in results)
    refused = sum(not result["success"] for result in results)
    complied = len(results) - converted - refused
    if face.console.is_json:
        face.console.json(
            {"files": results, "converted": converted, "complied": complied, "refused": refused}
        )
    else:
        face.console.data(f"{converted} converted, {complied} complied, {refused} refused.")
    return ExitCode.REFUSED if refused else None


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.iterdir()) if _is_input(file))
        else:
            yield path


def _is_input(file: Path) -> bool:
    is_ours = file.stem.endswith(_MARK)
    return file.suffix.lower() in IMAGE_ENDINGS | VIDEO_ENDINGS and not is_ours and file.is_file()


async def _convert(face: Face, shown: Tracker, path: Path, wanted: Wanted) -> Converted:

    from pressroom.media.desk import Desk  # noqa: PLC0415  # loads the decoders
    from pressroom.media.report import check  # noqa: PLC0415

    settings, target, fit = face.settings(), wanted["target"], wanted["fit"]
    report = await asyncio.to_thread(check, path, use=wanted["use"], target=target, fit=fit)
    output = _output(report, path, wanted)
    desk = Desk(settings.renditions, ffmpeg_path=settings.ffmpeg_path)
    made = await desk.convert(
        path,
        target=target,
        fit=fit,
        output=output,
        use=wanted["use"] or MediaUse.REEL,
        quality=wanted["quality"],
        progress=lambda share: shown.busy(f"Converting {path.name}", share),
    )
    shown.idle()
    say_changes(shown, path.name, made)
    return Converted(source=path, rendition=made, reasons=report.reasons)


def _output(report: MediaReport, path: Path, wanted: Wanted) -> Path | None:
    """Choose where the file goes; None when the input complies and no place is named."""
    output = wanted["output"]
    if output is None:
        if report.action in (Action.AS_IS, Action.REFUSE):
            return None
        output = path.with_name(f"{path.stem}{_MARK}{'.jpg' if report.media_type == 'image' else '.mp4'}")
    if output.exists() and path.exists() and output.samefile(path):
        raise Refused(
            f"{output} is the input itself.",
            rule="output_is_input",
            value=str(output),
            limit="another file",
            fix="Choose another `--output`.",
        )
    if output.exists() and not wanted["force"]:
        raise Refused(
            f"{output} is there already.",
            rule="output_exists",
            value=str(output),
            limit="a new file",
            fix="Choose another `--output`, or replace it with `--force`.",
        )
    return output
