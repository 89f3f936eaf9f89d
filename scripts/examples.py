"""Write every Python example of README and docs to build/examples, one module each, for the type checkers.

Prints what basedpyright is to check: the directories of its settings, and these.

An example may use what the blocks before it on its page import or assign. Left out are quotations of
`examples`, which are checked where they stand, and suites, which run in an environment of their own.
"""

import ast
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
TARGET: Final = ROOT / "build/examples"
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK: Final = re.compile(r"(?<!suite -->\n)```python\n(.*?)```", re.DOTALL)
_QUOTED: Final = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py")]


def main() -> None:
    """Write them all anew, and print what is to be checked."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for page in PAGES:
        stem = "_".join(page.relative_to(ROOT).with_suffix("").parts).lower()
        for number, source in enumerate(modules_of(page.read_text(encoding="utf-8")), 1):
            (TARGET / f"{stem}_{number}.py").write_text(source, encoding="utf-8")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["basedpyright"]
    print(*settings["include"], TARGET.relative_to(ROOT))


def modules_of(page: str) -> Iterator[str]:
    """Yield each block of a page as a module: with what the blocks before it define and it uses."""
    if page.startswith("<!-- Generated"):  # it shows signatures
        return
    before: list[ast.stmt] = []
    for block in _BLOCK.findall(page):
        if any(block in source for source in _QUOTED):
            continue
        tree = ast.parse(block)
        yield "\n".join([*_needed(tree, before), block])
        before += tree.body


def _needed(tree: ast.AST, before: list[ast.stmt]) -> list[str]:
    """Return the imports and assignments of earlier blocks that a block needs, in their order."""
    used, found = _used(tree), list[str]()
    for one in reversed(before):
        for name, source in _made(one).items():
            if name in used and source not in found:
                found.append(source)
                used |= _used(ast.parse(source))  # a value is made of what was imported
    return found[::-1]


def _used(tree: ast.AST) -> set[str]:
    """Return the names that a block reads and does not import or define itself."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    own = {name for one in ast.iter_child_nodes(tree) for name in _made(one)}
    return names - own


def _made(one: ast.AST) -> dict[str, str]:
    """Return the names that a statement imports or assigns, each with the statement that makes it alone."""
    match one:
        case ast.ImportFrom(module=module, names=names):
            return {alias.name: f"from {module} import {alias.name}" for alias in names}
        case ast.Import(names=names):
            return {alias.name: f"import {alias.name}" for alias in names}
        case ast.Assign(targets=[ast.Name(id=name)]):
            return {name: ast.unparse(one)}
        case _:
            return {}


if __name__ == "__main__":
    main()
