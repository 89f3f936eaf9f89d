"""`pressroom skill`: install what agents read, or print it."""

from pathlib import Path

import click

from pressroom.cli.shapes import SkillInstalledShape, SkillPageShape
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.project_files import differing, refuse_changed, show_written, write_all
from pressroom.cli.skill.files import MAIN, NAME, installed, is_untouched, packaged, references
from pressroom.core.errors import NotFound
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.version import __version__

DEFAULT = Path(".agents/skills")
_NEXT = (
    "An agent that reads this folder knows it from its next session on. Whatever has no terminal counts as a "
    "program once you have run `pressroom approve require-terminal on`: it then plans, and you let it out."
)


@click.group(cls=Group)
def skill() -> None:
    """Give agents the skill instagram-api: how to publish and measure with Pressroom, what not to do."""


@skill.command()
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT,
    show_default=True,
    help="The folder of skills that the agent reads.",
)
@click.option("--force", is_flag=True, help="Overwrite files that were changed.")
@click.pass_obj
def install(invocation: Invocation, directory: Path, *, force: bool) -> None:
    r"""Write the folder instagram-api with the skill into a folder of skills.

    It may be run again, and after each upgrade: files as a release wrote them are replaced, changed ones are
    shown and kept. Where your agent looks, its own documentation says.

    \b
    pressroom skill install
    pressroom skill install --dir .claude/skills
    """
    folder = directory / NAME
    wanted = {folder / name: text for name, text in packaged().items()}
    before = installed(folder)
    theirs = differing(wanted)
    is_ours = is_untouched(before)
    if not (is_ours or force):
        refuse_changed(invocation, wanted, theirs, remedy=_overwriting(directory))
    written = [path for path in wanted if path in theirs or not path.exists()]
    write_all({path: wanted[path] for path in written})
    # Only where a release wrote them: a page that a person added is theirs.
    removed = [folder / name for name in before if is_ours and folder / name not in wanted]
    for path in removed:
        path.unlink(missing_ok=True)
    unchanged = [path for path in wanted if path not in written]
    shape = SkillInstalledShape(
        folder=str(folder),
        version=__version__,
        written=tuple(map(str, written)),
        unchanged=tuple(map(str, unchanged)),
        removed=tuple(map(str, removed)),
    )
    invocation.console.answer(shape, lambda: _show(invocation, written, unchanged, removed))


@skill.command()
@click.argument("reference", required=False)
@click.pass_obj
def show(invocation: Invocation, reference: str | None) -> None:
    r"""Print SKILL.md, or one of its references, as it is installed.

    \b
    pressroom skill show
    pressroom skill show metrics
    """
    pages = packaged()
    named = references(pages)
    wanted = MAIN if reference is None else named.get(_stem(reference))
    if wanted is None:
        raise NotFound(f"The skill has no reference {reference!r}.", fix=f"It has {', '.join(named)}.")
    text = pages[wanted]
    shape = SkillPageShape(name=NAME, file=wanted, references=tuple(named), text=text)
    invocation.console.answer(shape, lambda: invocation.console.content(text.rstrip("\n")))


def _stem(reference: str) -> str:
    return reference.removeprefix("references/").removesuffix(".md")


def _overwriting(directory: Path) -> Remedy:
    elsewhere = {} if directory == DEFAULT else {"directory": str(directory)}
    return Remedy(RemedyKind.OVERWRITE_SKILL, elsewhere)


def _show(invocation: Invocation, written: list[Path], unchanged: list[Path], removed: list[Path]) -> None:
    show_written(invocation, written, unchanged)
    for path in removed:
        invocation.console.data(f"removed {path}, which this release has no more")
    invocation.console.note(_NEXT)
