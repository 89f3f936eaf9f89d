"""The files of the skill: in the package, and where they were installed."""

import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final

NAME: Final = "instagram-api"
MAIN: Final = "SKILL.md"
_LINKED: Final = re.compile(r"\((references/[a-z0-9-]+\.md)\)")
_DIGEST: Final = re.compile(r"^  digest: .*$", re.MULTILINE)


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
    without = _without(skill[MAIN])
    parts = [f"{name}\0{text}\0" for name, text in sorted({**skill, MAIN: without}.items())]
    digest = hashlib.sha256("".join(parts).encode()).hexdigest()[:16]
    return _DIGEST.sub(f'  digest: "{digest}"', skill[MAIN])


def is_untouched(skill: Mapping[str, str]) -> bool:
    """Return whether installed files are as some release wrote them."""
    return MAIN in skill and bool(_DIGEST.search(skill[MAIN])) and digested(skill) == skill[MAIN]


def _without(main: str) -> str:
    return _DIGEST.sub("", main)
