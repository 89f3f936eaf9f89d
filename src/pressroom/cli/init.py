"""`pressroom init`: writes the helper modules into a user's project."""

import difflib
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from pressroom.cli.shapes import WrittenShape
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

MODULES = ("instagram_helper.py", "insights_helper.py", "cloudinary_helper.py")
_PACKAGED = files("pressroom.cli") / "init_files"
# An editable install has no copy of `app/` in the package (pyproject.toml, dev-mode-dirs).
_CHECKOUT = Path(__file__).parents[3] / "app"


class ChangedFiles(Refused):
    """Files of the project differ from ours. diff: unified, from theirs to ours."""

    def __init__(self, paths: list[Path], diff: str) -> None:
        names = ", ".join(map(str, paths))
        super().__init__(
            f"Changed by hand, so left alone: {names}. Nothing was written.",
            rule="changed_file",
            value=names,
            limit="files as `pressroom init` writes them",
            fix=Fix.of("Overwrite them with {}, or move them away.", Remedy(RemedyKind.OVERWRITE_HELPERS)),
        )
        self.diff = diff

    def details(self) -> dict[str, Any]:
        """Add the difference."""
        return {**super().details(), "diff": self.diff}


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
    present = {path: path.read_text("utf-8", "replace") for path in wanted if path.exists()}
    # Nothing at all is written beside a changed file: a person decides first.
    changed = [path for path, text in present.items() if text != wanted[path]]
    if changed and not force:
        diff = "".join(_diff(path, present[path], wanted[path]) for path in changed)
        if not invocation.console.is_json:
            invocation.console.note(diff.rstrip("\n"))
        raise ChangedFiles(changed, diff)
    written = [path for path, text in wanted.items() if present.get(path) != text]
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    _show(invocation, written, [path for path in wanted if path not in written])


def text_of(name: str) -> str:
    """Return a module's text, from the package or from the checkout."""
    packaged = _PACKAGED / name
    return (packaged if packaged.is_file() else _CHECKOUT / name).read_text(encoding="utf-8")


def _diff(path: Path, theirs: str, ours: str) -> str:
    lines = difflib.unified_diff(
        theirs.splitlines(keepends=True),
        ours.splitlines(keepends=True),
        fromfile=f"{path} (yours)",
        tofile=f"{path} (as init writes it)",
    )
    return "".join(lines)


def _show(invocation: Invocation, written: list[Path], unchanged: list[Path]) -> None:
    if invocation.console.is_json:
        done = WrittenShape(written=tuple(map(str, written)), unchanged=tuple(map(str, unchanged)))
        invocation.console.json(done)
        return
    for path in written:
        invocation.console.data(f"wrote {path}")
    for path in unchanged:
        invocation.console.data(f"{path} is as it should be")
