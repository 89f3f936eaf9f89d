"""The folders of the sandbox stand on one another: who may import whom, for types alone too."""

from pathlib import Path

from tests.architecture.imports import PACKAGE as WHOLE
from tests.architecture.imports import imported

PACKAGE = WHOLE / "sandbox"
NAME = "pressroom.sandbox"
LEVELS = {
    # The ground: how it behaves, its time, what goes wrong, pictures to try it with.
    "checks": 0,
    "clock": 1,
    "faults": 1,
    "parts": 1,
    "samples": 1,
    "settings": 1,
    "traps": 2,
    "facts": 2,
    # What exists, how it is spelled, and how one call is carried out.
    "state": 2,
    "wire": 3,
    "calls": 4,
    # The areas of the API.
    "fetching": 5,
    "insights": 5,
    "messaging": 5,
    "uploading": 5,
    "webhooks": 5,
    "publishing": 6,
    "reading": 7,
    "accounts": 8,
    "comments": 8,
    "surface": 9,
    # What looks at calls and steers them from outside.
    "recording": 9,
    "control": 10,
    "page": 11,
    # The whole, and where it is reached.
    "simulator": 12,
    "server": 13,
    "proxy": 14,
    "threads": 14,
    "pytest_plugin": 15,
}
FRONT, HIGHEST = "its own front", 99
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def test_a_file_imports_only_its_own_folder_and_smaller_numbers() -> None:
    wrong = [f"{path.relative_to(PACKAGE)} imports {other}" for path in FILES for other in _not_below(path)]
    assert wrong == []


def _not_below(path: Path) -> list[str]:
    """Give what a file imports that stands beside it or above; above all is the sandbox's own front."""
    place = _place(path)
    ours = (name.split(".") for name in imported(path) if f"{name}.".startswith(f"{NAME}."))
    others = {parts[2] if len(parts) > 2 else FRONT for parts in ours} - {place}
    return sorted(other for other in others if LEVELS.get(other, HIGHEST) >= LEVELS[place])


def _place(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_folder_and_loose_file_has_a_level() -> None:
    assert {_place(path) for path in FILES} == set(LEVELS)
