"""The rooms of docs/decisions/0001 and who may enter which."""

import ast
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

import pressroom
from pressroom import service
from tests.architecture.imports import PACKAGE, imported, imported_at_run_time, nodes

LEVELS = {
    "version": 0,
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
    "api": 7,
}
SANDBOX_MAY_USE = {"version", "graph", "core", "media", "serving"}
FACES = {room for room, level in LEVELS.items() if level == max(LEVELS.values())}
FACES_MAY_USE = {"version", "graph", "core", "service"}
# Faces that are served on a port; and the commands that run them, which open the port.
LISTENING = {"web", "mcp", "api"}
RUNS_A_FACE = {
    "serve.py": {"web", "serving"},
    "demo.py": {"web", "serving"},
    "keyed.py": {"mcp", "api", "serving"},
    "mcp.py": {"mcp", "serving"},
    "listening.py": {"serving"},
}
KNOWN_BY_PROTOCOL = {"publish": {"hosting", "dispatch"}}
KNOWN_BY_TYPE = {"publish": {"store"}}
TOP = {f"pressroom.{name}" for name in pressroom.__all__}
# Whatever is built of these is put together in `service` alone.
INSIDE_A_SESSION = {"Resources", "Acting"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_rooms(path: Path) -> set[str]:
    names = imported(path)
    # The plugin hands tests a session, as a face would make one.
    if _room(path) in FACES or path.name == "pytest_plugin.py":
        names -= TOP
    return _rooms_of(names) - {_room(path)}


def _rooms_of(names: Collection[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name != "pressroom"}


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
FACE_MODULES = [path for path in MODULES if _room(path) in FACES]


@pytest.mark.usefixtures("long_run")
def test_a_room_imports_only_rooms_with_a_smaller_number() -> None:
    assert _told(_not_below, MODULES) == []


FOR_TYPES = "if TYPE_CHECKING:\n    "
OF_STORE = "from pressroom.store.store import Store\n"
OF_HOSTING = "from pressroom.hosting.ways import Ways\n"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (FOR_TYPES + OF_STORE, set[str]()),
        (OF_STORE, {"store"}),
        (FOR_TYPES + OF_STORE + OF_STORE, {"store"}),
        (f"{FOR_TYPES}pass\nelse:\n    {OF_STORE}", {"store"}),
        (f"def open_it():\n    {OF_STORE}", {"store"}),
        ('import_module("pressroom.store.store")\n', {"store"}),
        (FOR_TYPES + OF_HOSTING, {"hosting"}),
    ],
)
def test_publish_knows_the_store_by_its_types_alone(
    text: str, refused: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path)
    path = tmp_path / "publish" / "file.py"
    path.parent.mkdir()
    path.write_text(text)
    assert _not_below(path) == refused


def test_a_face_knows_use_cases_and_values_and_nothing_else_below() -> None:
    assert _told(_not_for_faces, FACE_MODULES) == []


def _told(wrong: Callable[[Path], set[str]], paths: list[Path]) -> list[str]:
    return [f"{path.relative_to(PACKAGE)} imports {room}" for path in paths for room in sorted(wrong(path))]


def _not_below(path: Path) -> set[str]:
    """Give the rooms that a file imports, and that its own room may not."""
    room, others = _room(path), _imported_rooms(path)
    if room == "sandbox":
        return others - SANDBOX_MAY_USE
    may_use = {other for other, level in LEVELS.items() if level < LEVELS[room]}
    if room == "cli":
        may_use |= {"sandbox", *RUNS_A_FACE.get(path.name, ())}
    loaded = KNOWN_BY_TYPE.get(room, set()) & _rooms_of(imported_at_run_time(path))
    return others - (may_use - KNOWN_BY_PROTOCOL.get(room, set()) - loaded)


def _not_for_faces(path: Path) -> set[str]:
    below = _imported_rooms(path) - FACES_MAY_USE
    if _room(path) in LISTENING:
        below -= {"serving"}
    if _room(path) == "cli":
        below -= RUNS_A_FACE.get(path.name, set())
    if path.parent.name == "sandbox" or path.name in ("demo.py", "demo_month.py"):
        below -= {"sandbox"}
    return below


def test_the_service_names_only_what_faces_need() -> None:
    needed = {name for path in FACE_MODULES for name in imported(path)}
    for name in set(service.__all__) - set(pressroom.__all__):
        assert f"pressroom.service.{name}" in needed, name


def test_no_face_puts_a_session_together() -> None:
    parts = INSIDE_A_SESSION | {name for path in MODULES if _room(path) == "service" for name in _parts(path)}
    assert {"Worker", "Planning", "PostService", "MediaService"} <= parts
    for path in FACE_MODULES:
        assert _called(path).isdisjoint(parts), path


def test_no_command_but_those_that_serve_the_pages_says_that_a_person_acts() -> None:
    """Whoever says so passes the gate: that is for a page to which a person was let in from a terminal.

    The demo's is of a sandbox, with a store of its own that is deleted when it ends.
    """
    saying = [
        path.name
        for path in FACE_MODULES
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "ActorKind.PERSON"
    ]
    assert saying == ["demo.py", "serve.py"]


def _parts(path: Path) -> Iterator[str]:
    """Name the classes that are made of a session's resources, or of whom it acts for."""
    for node in nodes(path):
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
    calls = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
    names = {one.id for one in calls if isinstance(one, ast.Name)}
    return names | {one.attr for one in calls if isinstance(one, ast.Attribute)}


def test_every_room_has_a_place() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - {"sandbox"} <= set(LEVELS)
