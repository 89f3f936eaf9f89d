"""Files of ours in somebody's project: written all or none, and never over what a person changed unasked."""

import contextlib
import difflib
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pressroom.cli.shell.invocation import Invocation
from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy


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
    diff = "".join(_diff(path, text, wanted[path]) for path, text in theirs.items())
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
        asides = {path: _write_aside(path, text, undo) for path, text in files.items()}
        for path, aside in asides.items():
            aside.replace(path)
        undo.pop_all()


def show_written(invocation: Invocation, written: Iterable[Path], unchanged: Iterable[Path]) -> None:
    """Say what became of each file."""
    for path in written:
        invocation.console.data(f"wrote {path}")
    for path in unchanged:
        invocation.console.data(f"{path} is as it should be")


def _diff(path: Path, theirs: str, ours: str) -> str:
    lines = difflib.unified_diff(
        theirs.splitlines(keepends=True),
        ours.splitlines(keepends=True),
        fromfile=f"{path} (yours)",
        tofile=f"{path} (as this command writes it)",
    )
    return "".join(lines)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, undo)
    folder.mkdir()
    undo.callback(_remove_folder, folder)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # somebody else put a file there meanwhile
        folder.rmdir()


def _write_aside(path: Path, text: str, undo: ExitStack) -> Path:
    """Write beside a file, with the user's usual permissions: these are the project's, not private."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    undo.callback(aside.unlink, missing_ok=True)
    with aside.open("x", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return aside
