"""`pressroom skill`: installs what agents read, or prints it; and the files of the skill.

`packaged` gives the files as this release has them, `installed` those of a folder. A digest in SKILL.md tells
whether some release wrote an installed folder, and nobody changed it since.
"""

import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final

import click

from pressroom.cli.init import differing, refuse_changed, show_written, write_all
from pressroom.cli.shapes import SkillInstalledShape, SkillPageShape
from pressroom.cli.shell.command import Group, Invocation
from pressroom.core.errors import NotFound
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.version import __version__

NAME: Final = "instagram-api"
MAIN: Final = "SKILL.md"
_LINKED: Final = re.compile(r"\((references/[a-z0-9-]+\.md)\)")
# In the head of SKILL.md. It is left out of what it is the digest of.
_DIGEST: Final = re.compile(r"^  digest: .*$", re.MULTILINE)
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
    # Some release wrote them, and nobody changed them since.
    is_ours = bool(before and _DIGEST.search(before[MAIN])) and digested(before) == before[MAIN]
    if not (is_ours or force):
        elsewhere = {} if directory == DEFAULT else {"directory": str(directory)}
        refuse_changed(invocation, wanted, theirs, remedy=Remedy(RemedyKind.OVERWRITE_SKILL, elsewhere))
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

    def show() -> None:
        show_written(invocation, written, unchanged)
        for path in removed:
            invocation.console.data(f"removed {path}, which this release has no more")
        invocation.console.note(_NEXT)

    invocation.console.answer(shape, show)


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
    paths, path = references(pages), MAIN
    if reference is not None:
        # By its name, or as SKILL.md links to it.
        name = reference.removeprefix("references/").removesuffix(".md")
        if name not in paths:
            raise NotFound(f"The skill has no reference {reference!r}.", fix=f"It has {', '.join(paths)}.")
        path = paths[name]
    text = pages[path]
    shape = SkillPageShape(name=NAME, file=path, references=tuple(paths), text=text)
    invocation.console.answer(shape, lambda: invocation.console.content(text.rstrip("\n")))


def packaged() -> dict[str, str]:
    """Give the text of each file, by its path in the skill: SKILL.md, then what it links to."""
    folder = files("pressroom.cli.skill") / NAME
    main = (folder / MAIN).read_text(encoding="utf-8")
    return {MAIN: main} | {name: (folder / name).read_text(encoding="utf-8") for name in linked(main)}


def installed(folder: Path) -> dict[str, str]:
    """Give the text of each file of ours that a folder holds: of its SKILL.md, and what that links to."""
    main = folder / MAIN
    if not main.is_file():
        return {}
    text = main.read_text("utf-8", "replace")
    there = [name for name in linked(text) if (folder / name).is_file()]
    return {MAIN: text} | {name: (folder / name).read_text("utf-8", "replace") for name in there}


def linked(main: str) -> list[str]:
    """Name the references that SKILL.md links to, in its order."""
    return list(dict.fromkeys(_LINKED.findall(main)))


def references(skill: Mapping[str, str]) -> dict[str, str]:
    """Give the path of each reference by the name it is asked for with."""
    return {PurePosixPath(name).stem: name for name in skill if name != MAIN}


def digested(skill: Mapping[str, str]) -> str:
    """Give SKILL.md with the digest of all files, by which untouched ones of any release are known."""
    undigested = {**skill, MAIN: _DIGEST.sub("", skill[MAIN])}
    parts = [f"{name}\0{text}\0" for name, text in sorted(undigested.items())]
    digest = hashlib.sha256("".join(parts).encode()).hexdigest()[:16]
    return _DIGEST.sub(f'  digest: "{digest}"', skill[MAIN])
