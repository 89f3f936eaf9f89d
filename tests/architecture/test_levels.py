"""The folders of the sandbox, and the rooms of the use-cases, stand on one another: who may import whom.

Imports for types alone, and those inside functions, count too.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.imports import PACKAGE as WHOLE
from tests.architecture.imports import imported

SANDBOX = {
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
    "surface_shapes": 9,
    "surface": 10,
    "surface_json": 11,
    # What looks at calls and steers them from outside.
    "recording": 10,
    "control": 12,
    "page": 13,
    # The whole, and where it is reached.
    "simulator": 14,
    "server": 15,
    "proxy": 16,
    "pytest_plugin": 17,
}
SERVICE = {
    "ground": 0,
    "acting": 1,
    "consent": 2,
    "posts": 3,
    "doctor": 4,
    "accounts": 5,
    "insights": 6,
    "work": 7,
    "shapes": 8,
    "loading": 8,
    "reports": 9,
    # The session puts the rooms together.
    "session": 10,
    # Its sessions are shared by the faces that programs come to.
    "programs": 11,
}
FRONT, HIGHEST = "its own front", 99


@dataclass(frozen=True)
class House:
    """A package whose folders and loose files have levels."""

    name: str
    levels: dict[str, int]

    @property
    def directory(self) -> Path:
        return WHOLE / self.name

    @property
    def files(self) -> list[Path]:
        """Return its files, without its own front."""
        return [
            path
            for path in sorted(self.directory.rglob("*.py"))
            if path.parent != self.directory or path.stem != "__init__"
        ]

    def place(self, path: Path) -> str:
        return path.relative_to(self.directory).parts[0].removesuffix(".py")

    def not_below(self, path: Path) -> list[str]:
        """Give what a file imports that stands beside it or above; above all is the package's own front."""
        place, name = self.place(path), f"pressroom.{self.name}"
        ours = (module.split(".") for module in imported(path) if f"{module}.".startswith(f"{name}."))
        others = {parts[2] if len(parts) > 2 else FRONT for parts in ours} - {place}
        return sorted(other for other in others if self.levels.get(other, HIGHEST) >= self.levels[place])


HOUSES = [
    pytest.param(House("sandbox", SANDBOX), id="sandbox"),
    pytest.param(House("service", SERVICE), id="service"),
]


@pytest.mark.parametrize("house", HOUSES)
def test_a_file_imports_only_its_own_folder_and_smaller_numbers(house: House) -> None:
    wrong = [
        f"{path.relative_to(WHOLE)} imports {other}"
        for path in house.files
        for other in house.not_below(path)
    ]
    assert wrong == []


@pytest.mark.parametrize("house", HOUSES)
def test_every_folder_and_loose_file_has_a_level(house: House) -> None:
    assert {house.place(path) for path in house.files} == set(house.levels)
