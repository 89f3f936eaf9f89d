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
    "metrics": 1,
    "samples": 1,
    "settings": 2,
    "traps": 3,
    "facts": 3,
    # What exists, how it is spelled, and how one call is carried out.
    "state": 3,
    "wire": 4,
    "calls": 5,
    # The areas of the API.
    "fetching": 6,
    "insights": 6,
    "messaging": 6,
    "uploads": 6,
    "webhooks": 6,
    "publishing": 7,
    "reading": 8,
    "accounts": 9,
    "comments": 9,
    "surface": 10,
    # What looks at calls and steers them from outside.
    "recording": 10,
    "control": 11,
    "page": 12,
    # The whole, and where it is reached.
    "simulator": 13,
    "server": 14,
    "proxy": 15,
    "pytest_plugin": 16,
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
