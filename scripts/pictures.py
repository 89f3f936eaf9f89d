"""Draws which parts of the package import which: the Mermaid pictures of docs/architecture.md.

An arrow that other arrows imply is left out: `service` uses `core`, and so does everything that it uses. A
room that another needs for type checking alone has a dotted arrow.
"""

import ast
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src/pressroom"
PAGE = ROOT / "docs/architecture.md"
_ARROWS_TEST = ROOT / "tests/architecture/test_arrows.py"
# Beside the levels: it may use a few rooms, and only the commands that run it use it.
_BESIDE = "sandbox"

Arrows = Mapping[str, set[str]]


def _levels() -> dict[str, int]:
    """Read the rooms' numbers off the test that holds them."""
    for node in ast.parse(_ARROWS_TEST.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LEVELS":
            return ast.literal_eval(node.value)
    raise LookupError(_ARROWS_TEST)


class _WithoutTypes(ast.NodeTransformer):
    """Leaves out what `if TYPE_CHECKING` imports."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if ast.unparse(node.test) == "TYPE_CHECKING" else node


def _imported(path: Path, *, at_run_time: bool) -> Iterator[str]:
    """Give every module or name of ours that a file imports, inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(_WithoutTypes().visit(tree) if at_run_time else tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def _parts(folder: Path) -> dict[str, list[Path]]:
    """Give a folder's parts, each with its files: folders by name, loose files by theirs."""
    parts = dict[str, list[Path]]()
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and path.stem != "__init__":
            parts[path.stem] = [path]
        elif (path / "__init__.py").exists():
            parts[path.name] = sorted(path.rglob("*.py"))
    return parts


def _arrows(folder: Path, parts: Mapping[str, list[Path]], *, at_run_time: bool = False) -> Arrows:
    prefix = ".".join(("pressroom", *folder.relative_to(PACKAGE).parts, ""))
    arrows = dict[str, set[str]]()
    for name, files in parts.items():
        names = {name for path in files for name in _imported(path, at_run_time=at_run_time)}
        ours = {name.removeprefix(prefix).split(".")[0] for name in names if name.startswith(prefix)}
        arrows[name] = ours & parts.keys() - {name}
    return arrows


def _reached(name: str, arrows: Arrows) -> set[str]:
    return {deep for other in arrows[name] for deep in (other, *_reached(other, arrows))}


def _fewest(arrows: Arrows) -> Arrows:
    """Leave out what is reached by way of others."""
    return {
        name: others - {deep for other in others for deep in _reached(other, arrows)}
        for name, others in arrows.items()
    }


def _lines(arrows: Arrows, at_run_time: Arrows) -> list[str]:
    return [
        f"  {_id(name)} {'-->' if other in at_run_time[name] else '-.->'} {_id(other)}"
        for name in sorted(arrows)
        for other in sorted(arrows[name])
    ]


def _id(name: str) -> str:
    """Give a node's id: a name by itself may be a word of Mermaid's, as `graph` is."""
    return f"_{name}"


def rooms() -> str:
    """Draw the rooms with their numbers, row by row, and who imports whom."""
    parts = {name: files for name, files in _parts(PACKAGE).items() if (PACKAGE / name).is_dir()}
    levels = {name: number for name, number in _levels().items() if name in parts}
    nodes = [f'  {_id(name)}["{name} ({number})"]' for name, number in sorted(levels.items())]
    beside = f'  {_id(_BESIDE)}(["{_BESIDE}"])'
    arrows = _fewest(_arrows(PACKAGE, parts))
    lines = _lines(arrows, _arrows(PACKAGE, parts, at_run_time=True))
    return "\n".join(["flowchart TB", *nodes, beside, *_rows(levels, arrows), *lines])


def _rows(levels: Mapping[str, int], arrows: Arrows) -> list[str]:
    """Hold the rooms of a number in a row: where no arrow ties it to the next row, one is added unseen."""
    by_level = sorted(levels, key=lambda name: (-levels[name], name))
    rows = [list(row) for _, row in groupby(by_level, key=levels.__getitem__)]
    ties = set[tuple[str, str]]()
    for upper, lower in pairwise(rows):
        ties |= {(upper[-1], name) for name in lower if not any(name in arrows[one] for one in upper)}
        ties |= {(name, lower[0]) for name in upper if not arrows[name] & {*lower}}
    return [f"  {_id(one)} ~~~ {_id(other)}" for one, other in sorted(ties)]


def publish() -> str:
    """Draw the folders of `publish` and the files beside them."""
    folder = PACKAGE / "publish"
    parts = _parts(folder)
    nodes = [
        f'  {_id(name)}(["{name}/"])' if (folder / name).is_dir() else f"  {_id(name)}[{name}.py]"
        for name in parts
    ]
    arrows = _arrows(folder, parts)
    return "\n".join(["flowchart TB", *nodes, *_lines(_fewest(arrows), at_run_time=arrows)])


def page() -> str:
    """Give the text of `docs/architecture.md`, with its pictures as the code is now."""
    text = PAGE.read_text(encoding="utf-8")
    for name, picture in (("rooms", rooms()), ("publish", publish())):
        head, begin, rest = text.partition(f"<!-- {name}: written by scripts/generate.py -->\n")
        _, end, tail = rest.partition(f"<!-- end of {name} -->")
        text = f"{head}{begin}```mermaid\n{picture}\n```\n{end}{tail}"
    return text
