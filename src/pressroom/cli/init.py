"""`pressroom init`, which writes the helper modules into a user's project; and how such files are written.

They are written all or none, and never over what a person changed unasked. `skill install` writes so, too.
"""

import contextlib
import difflib
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from pressroom.cli.shapes import WrittenShape
from pressroom.cli.shell.command import Command, Invocation
from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

MODULES = ("instagram_helper.py", "insights_helper.py", "cloudinary_helper.py")
_PACKAGED = files("pressroom.cli") / "init_files"
# An editable install has no copy of `app/` in the package (pyproject.toml, dev-mode-dirs).
_CHECKOUT = Path(__file__).parents[3] / "app"


@click.command(cls=Command)
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The project's directory; by default this one.",
)
@click.option("--force", is_flag=True, help="Overwrite files that were changed.")
@click.pass_obj
def init(invocation: Invocation, directory: Path, *, force: bool) -> None:
    """Write app/instagram_helper.py, app/insights_helper.py and app/cloudinary_helper.py into a project.

    It may be run again: files that are as written stay, changed ones are shown and kept, and an __init__.py
    is never touched.
    """
    wanted = {directory / "app" / name: text_of(name) for name in MODULES}
    theirs = differing(wanted)
    if not force:
        refuse_changed(invocation, wanted, theirs, remedy=Remedy(RemedyKind.OVERWRITE_HELPERS))
    written = [path for path in wanted if path in theirs or not path.exists()]
    write_all({path: wanted[path] for path in written})
    unchanged = [path for path in wanted if path not in written]
    shape = WrittenShape(written=tuple(map(str, written)), unchanged=tuple(map(str, unchanged)))
    invocation.console.answer(shape, lambda: show_written(invocation, written, unchanged))


def text_of(name: str) -> str:
    """Return a module's text, from the package or from the checkout."""
    packaged = _PACKAGED / name
    return (packaged if packaged.is_file() else _CHECKOUT / name).read_text(encoding="utf-8")


class ChangedFiles(Refused):
    """Files of the project differ from ours. diff: unified, from theirs to ours."""

    def __init__(self, paths: Iterable[Path], diff: str, *, remedy: Remedy) -> None:
        names = ", ".join(map(str, paths))
        super().__init__(
            f"Not as this command writes them, so left alone: {names}. Nothing was written.",
            rule="changed_file",
            value=names,
            limit="files as this command writes them",
            fix=Fix.of("Overwrite them with {}, or move them away.", remedy),
        )
        self.diff = diff

    def details(self) -> dict[str, Any]:
        """Add the difference."""
        return {**super().details(), "diff": self.diff}


def differing(wanted: Mapping[Path, str]) -> dict[Path, str]:
    """Give the present text of each file that is there with another text than the wanted one."""
    present = {path: path.read_text("utf-8", "replace") for path in wanted if path.exists()}
    return {path: text for path, text in present.items() if text != wanted[path]}


def refuse_changed(
    invocation: Invocation, wanted: Mapping[Path, str], theirs: Mapping[Path, str], *, remedy: Remedy
) -> None:
    """Show what would be lost, and raise ChangedFiles; do nothing where nothing would be."""
    if not theirs:
        return
    diffs = (
        difflib.unified_diff(
            text.splitlines(keepends=True),
            wanted[path].splitlines(keepends=True),
            fromfile=f"{path} (yours)",
            tofile=f"{path} (as this command writes it)",
        )
        for path, text in theirs.items()
    )
    diff = "".join(line for lines in diffs for line in lines)
    if not invocation.console.is_json:
        invocation.console.note(diff.rstrip("\n"))
    raise ChangedFiles(theirs, diff, remedy=remedy)


def write_all(files: Mapping[Path, str]) -> None:
    """Write texts in UTF-8, each whole; where one cannot be written, none is. Makes their folders.

    A link in place of a file is replaced, not followed. Raises OSError.
    """
    with ExitStack() as undo:
        for path in files:
            _make_folder(path.parent, undo)
        asides = dict[Path, Path]()
        for path, text in files.items():
            # With the user's usual permissions: these are the project's, not private.
            asides[path] = aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            undo.callback(aside.unlink, missing_ok=True)
            with aside.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for path, aside in asides.items():
            aside.replace(path)
        undo.pop_all()


def show_written(invocation: Invocation, written: Iterable[Path], unchanged: Iterable[Path]) -> None:
    """Say what became of each file."""
    for path in written:
        invocation.console.data(f"wrote {path}")
    for path in unchanged:
        invocation.console.data(f"{path} is as it should be")


def _make_folder(folder: Path, undo: ExitStack) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, undo)
    folder.mkdir()

    @undo.callback
    def remove() -> None:
        with contextlib.suppress(OSError):  # somebody else put a file there meanwhile
            folder.rmdir()
