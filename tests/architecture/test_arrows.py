"""The rooms of docs/decisions/0001 and who may enter which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pressroom
from pressroom import service

PACKAGE = Path(__file__).parents[2] / "src" / "pressroom"
LEVELS = {
    "graph": 1,
    "core": 2,
    "client": 3,
    "media": 3,
    "store": 3,
    "serving": 3,
    "hosting": 4,
    "dispatch": 4,
    "accounts": 4,
    "publish": 5,
    "insights": 5,
    "inbox": 5,
    "service": 6,
    "helpers": 7,
    "cli": 7,
    "web": 7,
    "mcp": 7,
}
SANDBOX_MAY_USE = {"graph", "core", "media", "serving"}
FACES = {room for room, level in LEVELS.items() if level == max(LEVELS.values())}
FACES_MAY_USE = {"graph", "core", "service"}
KNOWN_BY_PROTOCOL = {"publish": {"store", "hosting", "dispatch"}}
TOP = {f"pressroom.{name}" for name in pressroom.__all__}
# Whatever is built of these is put together in `service` alone.
INSIDE_A_SESSION = {"Resources", "Acting"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def _imported(path: Path) -> Iterator[str]:
    """Every module or name of ours that a file imports, inside functions and by its name as a text too."""
    for node in _nodes(path):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{name.name}" for name in node.names]
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.Constant) and _is_module(node.value):
            names = [str(node.value)]
        yield from (name for name in names if name.split(".")[0] == "pressroom")


def _is_module(value: object) -> bool:
    """Tell whether a text names a file of a room; a room's own name may be a logger's."""
    if not (isinstance(value, str) and value.startswith("pressroom.") and value.count(".") > 1):
        return False
    return PACKAGE.joinpath(*value.split(".")[1:]).with_suffix(".py").exists()


def _imported_rooms(path: Path) -> set[str]:
    names = set(_imported(path)) - {"pressroom", "pressroom.__version__"}
    if _room(path) in FACES:
        names -= TOP
    return {name.split(".")[1] for name in names} - {_room(path)}


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
FACE_MODULES = [path for path in MODULES if _room(path) in FACES]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_with_a_smaller_number(path: Path) -> None:
    room = _room(path)
    for other in _imported_rooms(path):
        if room == "sandbox":
            assert other in SANDBOX_MAY_USE, f"sandbox imports {other}"
        elif other == "sandbox":
            assert room == "cli", f"{room} imports sandbox"
        else:
            assert LEVELS[other] < LEVELS[room], f"{room} imports {other}"
            assert other not in KNOWN_BY_PROTOCOL.get(room, set()), f"{room} knows {other} by protocol only"


@pytest.mark.parametrize("path", FACE_MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_face_knows_use_cases_and_values_and_nothing_else_below(path: Path) -> None:
    below = _imported_rooms(path) - FACES_MAY_USE
    if path.parent.name == "sandbox" or path.name == "demo.py":
        below -= {"sandbox"}
    assert below == set()


def test_the_service_names_only_what_faces_need() -> None:
    needed = {name for path in FACE_MODULES for name in _imported(path)}
    for name in set(service.__all__) - set(pressroom.__all__):
        assert f"pressroom.service.{name}" in needed, name


def test_no_face_puts_a_session_together() -> None:
    parts = INSIDE_A_SESSION | {name for path in MODULES if _room(path) == "service" for name in _parts(path)}
    assert {"Worker", "Planning", "PostService", "MediaService"} <= parts
    for path in FACE_MODULES:
        assert _called(path).isdisjoint(parts), path


def _parts(path: Path) -> Iterator[str]:
    """Name the classes that are made of a session's resources, or of whom it acts for."""
    for node in _nodes(path):
        if isinstance(node, ast.ClassDef):
            fields = [one.annotation for one in node.body if isinstance(one, ast.AnnAssign)]
            given = [
                argument.annotation
                for one in node.body
                if isinstance(one, ast.FunctionDef) and one.name == "__init__"
                for argument in one.args.args + one.args.kwonlyargs
            ]
            if any(isinstance(one, ast.Name) and one.id in INSIDE_A_SESSION for one in fields + given):
                yield node.name


def _called(path: Path) -> set[str]:
    calls = [node.func for node in _nodes(path) if isinstance(node, ast.Call)]
    names = {one.id for one in calls if isinstance(one, ast.Name)}
    return names | {one.attr for one in calls if isinstance(one, ast.Attribute)}


def test_every_room_has_a_place() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - {"sandbox"} <= set(LEVELS)
