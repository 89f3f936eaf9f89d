"""The rooms of docs/decisions/0001 and who may enter which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "pressroom"
LEVELS = {
    "graph": 1,
    "core": 2,
    "client": 3,
    "media": 3,
    "store": 3,
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
SANDBOX_MAY_USE = {"graph", "core", "media"}
FACES_MAY_RUN_THE_SANDBOX = {"cli"}
KNOWN_BY_PROTOCOL = {"publish": {"store", "hosting", "dispatch"}}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [node.module] if node.module != "pressroom" else [f"pressroom.{n.name}" for n in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "pressroom" and len(parts) > 1:
                yield parts[1]


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_with_a_smaller_number(path: Path) -> None:
    room = _room(path)
    for other in set(_imported_rooms(path)) - {room, "__version__"}:
        if room == "sandbox":
            assert other in SANDBOX_MAY_USE, f"sandbox imports {other}"
        elif other == "sandbox":
            assert room in FACES_MAY_RUN_THE_SANDBOX, f"{room} imports sandbox"
        else:
            assert LEVELS[other] < LEVELS[room], f"{room} imports {other}"
            assert other not in KNOWN_BY_PROTOCOL.get(room, set()), f"{room} knows {other} by protocol only"


def test_every_room_has_a_place() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - {"sandbox"} <= set(LEVELS)
