"""`pressroom init`: writes the helper modules into a user's project."""

from importlib.resources import files
from pathlib import Path

import click

from pressroom.cli.shapes import WrittenShape
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.project_files import differing, refuse_changed, show_written, write_all
from pressroom.core.remedies import Remedy, RemedyKind

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
    _show(invocation, written, [path for path in wanted if path not in written])


def text_of(name: str) -> str:
    """Return a module's text, from the package or from the checkout."""
    packaged = _PACKAGED / name
    return (packaged if packaged.is_file() else _CHECKOUT / name).read_text(encoding="utf-8")


def _show(invocation: Invocation, written: list[Path], unchanged: list[Path]) -> None:
    shape = WrittenShape(written=tuple(map(str, written)), unchanged=tuple(map(str, unchanged)))
    invocation.console.answer(shape, lambda: show_written(invocation, written, unchanged))
